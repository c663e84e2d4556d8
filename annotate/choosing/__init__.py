"""What to label: articles to tasks, duplicates left out, and what teaches a model most.

``export`` makes the tasks; ``replay`` plays a session again to see what choosing brings.
"""
