"""Fitting and judging a model: ``fit_model``, ``cross_validate``, ``evaluate``.

>>> from casualty_claims.data import read_corpus
>>> from casualty_claims.train import evaluate, fit_model
>>> model = fit_model(list(read_corpus("data/corpus")))  # doctest: +SKIP
"""

from ..data.counts import Counts, Share
from .errors import Difference, differences
from .evaluation import Evaluation, evaluate
from .fitting import cross_validate, fit_model

__all__ = [
    "Counts",
    "Difference",
    "Evaluation",
    "Share",
    "cross_validate",
    "differences",
    "evaluate",
    "fit_model",
]
