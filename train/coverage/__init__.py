"""What a corpus is made of: ``coverage`` counts every rule, qualifier, form of attribution and hard negative it shows.

``marks`` reads a labelled span in its sentence; ``conditions`` are small tests of it, put together to one detector a
row in ``quantities``, ``harms``, ``rules``, ``forms`` and ``links``; ``negatives`` searches what nobody marked;
``table`` counts. The detectors go by the words and the labels. They are made so that of twenty hits at least eighteen
show what the row says, and rather miss a rare wording than count a wrong one.
"""

from .table import ENOUGH, Tables, coverage, markdown, rows, shown, size, thin

__all__ = ["ENOUGH", "Tables", "coverage", "markdown", "rows", "shown", "size", "thin"]
