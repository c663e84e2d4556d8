"""Percentile intervals from documents drawn again and again.

Sentences of one article are not independent, so whole documents are drawn (the cluster bootstrap: Efron and
Tibshirani, 1993, "An Introduction to the Bootstrap", chapters 8 and 13). All figures come from counts that add, so
a resample is a weighted sum of the counts of documents, and a thousand of them a few matrix products.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
_AT_ONCE = 64  # resamples drawn together: their weights stay small beside the counts


def resampled(counts: NDArray[Any], resamples: int, seed: int) -> Floats:
    """Sums over as many documents as there are, drawn with replacement.

    ``counts`` has one row a document, shape (documents, ...); the sums have shape (resamples, ...).
    """
    documents = len(counts)
    flat = counts.reshape(documents, -1).astype(np.float64)
    random = np.random.default_rng(seed)
    sums = np.empty((resamples, flat.shape[1]))
    for first in range(0, resamples, _AT_ONCE):
        drawn = min(_AT_ONCE, resamples - first)
        weights = random.multinomial(documents, np.full(documents, 1 / documents), drawn).astype(np.float64)
        sums[first : first + drawn] = weights @ flat
    return sums.reshape(resamples, *counts.shape[1:])


def interval(values: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Lower and upper percentile of ``values``, shape (resamples, ...); values that are NaN do not count.

    NaN where all are.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column of nothing but NaN is no surprise here
        low, high = np.nanpercentile(values, [50 * (1 - level), 50 * (1 + level)], axis=0)
    return low, high
