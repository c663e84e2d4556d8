"""A second look at each candidate, knowing what likely stands around it.

What a speaker says begins after a reporting verb and ends before the speaker; a figure has its attribution beside it.
The first look judges every candidate alone. The second sees, for each label, how likely spans end just before the
candidate, begin just after it, stand inside it or elsewhere in its sentence, and which rivals share its edges (stacked
learning: Wolpert 1992; Krishnan and Manning 2006 for spans that depend on one another).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from .candidates import Candidates, least_within
from .context import Context
from .span_model import Doubles, calibrated, unseen_odds
from .trees import Forest

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

LEAST = -5.0
"""Candidates of lesser log-odds get no second look: one in 150 would be a span."""
_FEW = 100
_LIKELY = 0.3
"""A span is a landmark to measure distances to from this probability on."""


@dataclass(frozen=True, slots=True)
class Likely:
    """Where spans of one label likely stand. One entry a position of the batch; ``expected`` has one more.

    ``starts`` and ``ends``: the greatest probability of a candidate that starts or ends there; ``inside``: the summed
    probability of those that hold the position; ``expected``: running sum of the probabilities by start; ``left``: the
    last position up to here where a likely span ends, or -1; ``right``: the first from here on where one starts.
    """

    starts: Floats
    ends: Floats
    inside: Floats
    expected: NDArray[np.float64]
    left: Ints
    right: Ints

    @classmethod
    def of(cls, found: Candidates, odds: Floats, positions: int) -> Likely:
        """From candidates and their log-odds, in a batch of so many positions."""
        p = expit(odds).astype(np.float32)
        starts, ends = np.zeros(positions, np.float32), np.zeros(positions, np.float32)
        np.maximum.at(starts, found.first, p)
        np.maximum.at(ends, found.last, p)
        begun = np.bincount(found.first, p, positions + 1)
        over = np.bincount(found.last + 1, p, positions + 1)
        index = np.arange(positions)
        far = np.where(starts > _LIKELY, index, positions)[::-1]
        return cls(
            starts,
            ends,
            np.cumsum(begun - over)[:positions].astype(np.float32),
            np.concatenate(([0.0], np.cumsum(begun[:positions]))),
            np.maximum.accumulate(np.where(ends > _LIKELY, index, -1)),
            np.minimum.accumulate(far)[::-1],
        )


def relations_of(labels: int) -> int:
    """Columns of ``relation_features`` with so many labels."""
    return 3 + 19 * labels


def relation_features(found: Candidates, odds: Floats, likely: Sequence[Likely], own: int, context: Context) -> Floats:
    """Shape (candidates, features): what the likely spans of each label say of candidates of label ``own``."""
    f, t = found.first, found.last
    low, high = context.first[f], context.last[f]
    mine = expit(odds)
    columns: list[NDArray[np.generic]] = [odds]
    for label, there in enumerate(likely):
        for step in (1, 2, 3):  # as far as the padding between sentences reaches, or nearly
            columns += [there.ends[f - step], there.starts[t + step]]
        columns += [there.inside[f - 1], there.inside[f], there.inside[t], there.inside[t + 1]]
        sums = there.expected
        columns += [sums[f] - sums[low], sums[t + 1] - sums[f], sums[high + 1] - sums[t + 1]]
        columns += [_most(there.starts, low, f - 1), _most(there.starts, t + 1, high)]
        left, right = there.left[f - 1], there.right[t + 1]
        columns.append(np.where(left >= low, np.minimum(f - left, 40), 50))
        columns.append(np.where(right <= high, np.minimum(right - t, 40), 50))
        if label == own:  # rivals: those that share an edge, and those that are shorter
            columns += [there.starts[f] - mine, there.ends[t] - mine]
            columns += [_most(there.starts, f + 1, t), _most(there.ends, f, t - 1)]
        else:
            columns += [_most(there.starts, f, t), _most(there.ends, f, t)]
    return np.stack([np.asarray(c, np.float32) for c in columns], axis=1)


def _most(values: Floats, first: Ints, last: Ints) -> Floats:
    """Maximum of ``values`` over each [first, last]; 0 where that is empty."""
    out = np.zeros(first.size, np.float32)
    some = np.flatnonzero(first <= last)
    if some.size:
        out[some] = -least_within(-values, first[some], last[some])
    return out


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Log-odds of candidates of one label from their own numbers and their relations.

    The calibrated log-odds are ``slope * forest + shift``.
    """

    forest: Forest
    slope: float
    shift: float

    @classmethod
    def fit(
        cls, odds: Floats, numbers: Floats, likely: Doubles, groups: Ints, *, trees: int = 120
    ) -> tuple[SecondLook, Floats]:
        """Learn from the first look's log-odds (n,), features (n, m), how likely each is, and groups: as ``SpanModel``
        does."""
        seen = np.flatnonzero(odds >= LEAST)
        is_one = likely[seen] > 0.5
        if min(is_one.sum(), (~is_one).sum()) < _FEW:  # too few of a kind to learn from: take them all
            seen = np.arange(odds.size)
        learner = HistGradientBoostingClassifier(
            max_iter=trees, max_depth=4, learning_rate=0.1, min_samples_leaf=30, l2_regularization=2.0,
            max_features=0.4, early_stopping=False, random_state=0,
        )  # fmt: skip
        apart = unseen_odds(learner, numbers[seen], likely[seen], groups[seen])
        platt, scaled = calibrated(apart[:, None], likely[seen])
        out = odds.astype(np.float32)
        out[seen] = scaled
        return cls(Forest.of(learner), float(platt.coef_[0, 0]), float(platt.intercept_[0])), out

    def log_odds(self, odds: Floats, numbers: Floats) -> Floats:
        """Calibrated log-odds, shape (candidates,); those that get no second look stay as unlikely as they were."""
        out = odds.astype(np.float32)
        seen = np.flatnonzero(odds >= LEAST)
        if seen.size:
            out[seen] = np.float32(self.slope) * self.forest.log_odds(numbers[seen]) + np.float32(self.shift)
        return out
