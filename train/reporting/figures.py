"""Figures with intervals: ratios of counts that add, over documents drawn again and again.

Every figure of the report is a numerator over a denominator, both sums over documents; see ``data.bootstrap``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from ...data.bootstrap import interval, resampled
from ...data.counts import Counts, Share

RESAMPLES = 1_000
SEED = 0
Parts = tuple[int, int]
"""Numerator and denominator of a ratio."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio between the ends of its 95 % interval, and the denominator it rests on.

    ``value`` is ``None`` where the denominator is 0. The ends are where there are fewer than two documents, or where
    all draws gave the same: all of four is right, and no draw of these four can tell how sure that is.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    of: int = 0


def precision(counts: Counts) -> Parts:
    return counts.tp, counts.tp + counts.fp


def recall(counts: Counts) -> Parts:
    return counts.tp, counts.tp + counts.fn


def f1(counts: Counts) -> Parts:
    return 2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn


def accuracy(share: Share) -> Parts:
    return share.right, share.of


def figures(rows: Sequence[Sequence[Parts]]) -> list[Figure]:
    """One figure a column from ``rows`` of parts, one row a document; all columns share the same draws."""
    if not rows or not rows[0]:
        return []
    counts = np.asarray(rows, np.int64)
    sums = counts.sum(axis=0)
    low, high = interval(_ratio(resampled(counts, RESAMPLES, SEED)))
    found = []
    for i, (part, of) in enumerate(sums.tolist()):
        told = bool(of) and len(rows) > 1 and low[i] < high[i]
        ends = (float(low[i]), float(high[i])) if told else (None, None)
        found.append(Figure(part / of if of else None, ends[0], ends[1], of))
    return found


def difference(before: Sequence[Parts], after: Sequence[Parts]) -> Figure:
    """``after`` less ``before``, two ratios of the same documents: each draw takes the same documents of both."""
    counts = np.asarray([before, after], np.int64).swapaxes(0, 1)
    sums = _ratio(counts.sum(axis=0))
    drawn = _ratio(resampled(counts, RESAMPLES, SEED))
    low, high = (float(end) for end in interval(drawn[:, 1] - drawn[:, 0]))
    return Figure(_number(float(sums[1] - sums[0])), _number(low), _number(high), int(counts.sum(axis=0)[1, 1]))


def _ratio(sums: NDArray[np.number]) -> NDArray[np.float64]:
    """Numerators over denominators along the last axis; NaN where nothing is below."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0] / sums[..., 1], np.float64)


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)


def percent(value: float | None) -> str:
    """``86.4``, or a dash where there is nothing."""
    return "–" if value is None else f"{100 * value:.1f}"


def span_of(figure: Figure) -> str:
    """``84.0–88.7``, or nothing where there is no interval."""
    return "" if figure.low is None or figure.high is None else f"{percent(figure.low)}–{percent(figure.high)}"
