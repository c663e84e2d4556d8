"""Do the probabilities keep their word? The bins of a calibration as rows, and what chance alone would show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...data.counts import BINS, PARTS, Calibration

_DRAWS = 1_000
_Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers with a probability from ``low`` to ``high``: how many, their mean, the share right, its interval."""

    low: float
    high: float
    answers: int
    right: int
    mean: float
    share: float
    least: float
    most: float


def bins(calibration: Calibration) -> list[Bin]:
    """The bins that hold answers."""
    rows = []
    for number, (n, total, right) in enumerate(calibration.bins):
        if n:
            least, most = wilson(right, n)
            rows.append(Bin(number / BINS, (number + 1) / BINS, n, right, total / PARTS / n, right / n, least, most))
    return rows


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927): it holds for few answers and near 0 and 1, too."""
    share, z2 = right / of, _Z * _Z
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * float(np.sqrt(share * (1 - share) / of + z2 / (4 * of * of)))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def by_chance(calibration: Calibration) -> float:
    """The expected calibration error that perfect probabilities would show on so many answers, in the mean.

    It is not 0: of ten answers with 90 %, nine are right only on average (Bröcker and Smith 2007).
    """
    n, total = np.array([(n, t) for n, t, _ in calibration.bins], np.float64).T
    if not n.sum():
        return 0.0
    mean = np.divide(total / PARTS, n, out=np.zeros_like(n), where=n > 0)
    right = np.random.default_rng(0).binomial(n.astype(np.int64), np.clip(mean, 0, 1), (_DRAWS, BINS))
    return float((np.abs(total / PARTS - right).sum(axis=1) / n.sum()).mean())
