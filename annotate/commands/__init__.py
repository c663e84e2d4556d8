"""The commands of ``casualty-annotate``, a module each: ``HELP``, ``add`` (its options) and ``run``.

Each is a thin layer over a plain function of the room that a notebook can call.
"""
