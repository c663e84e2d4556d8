"""The training report: one page that says how good a model is, for whom, and where it goes wrong.

``collect`` gathers everything into a ``Report``; ``html_page`` and ``markdown_page`` write it down.

>>> from casualty_claims.train.reporting import collect, html_page, trial_of
>>> page = html_page(collect(model, [trial_of(model, "mine.jsonl", gold)]))  # doctest: +SKIP
"""

from .collecting import Report, collect, trial_of
from .curve import learning_curve
from .markdown import markdown_page
from .page import html_page
from .trials import Trial

__all__ = ["Report", "Trial", "collect", "html_page", "learning_curve", "markdown_page", "trial_of"]
