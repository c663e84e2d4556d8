"""A Label Studio server: tasks to it, annotations home from it, and suggestions while people work.

``server`` is the one module that talks to it; ``push``, ``pull`` and ``status`` are what a labelling lead runs, and
``backend`` answers the labelling page.
"""
