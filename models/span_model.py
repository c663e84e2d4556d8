"""Second stage, second half: which candidates are spans.

For each label, a logistic regression over keys (words and class patterns at the edges) feeds a boosted
forest over numbers (first-stage marks, lengths, distances); their log-odds are mixed and calibrated by
Platt scaling on predictions made out of fold. Of overlapping candidates the best set is chosen exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from .keys import KeyTable
from .softmax import SoftmaxRegression
from .trees import Forest

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Keys = NDArray[np.uint64]

DOUBT = 0.05
"""A candidate less likely than this is surely no span; one more likely than all but this surely is one."""


@dataclass(frozen=True, slots=True)
class SpanModel:
    """Log-odds that a candidate of one label is a span.

    ``weights`` has shape (keys, 1). The calibrated log-odds are ``mix[0] * lexical + mix[1] * structural + shift``.
    """

    keys: KeyTable
    weights: Floats
    bias: float
    forest: Forest
    mix: tuple[float, float]
    shift: float

    @classmethod
    def fit(
        cls, keys: Keys, numbers: Floats, likely: Doubles, groups: Ints, *, C: float = 0.1, trees: int = 120
    ) -> tuple[SpanModel, Floats]:
        """Learn from candidates: keys (n, k), numbers (n, m), how likely each is a span, and its group.

        Candidates of one group (one article) never stand on both sides of a split. Also returns the log-odds that the
        candidates get from models that had not seen their group.
        """
        table = KeyTable.learn(keys)
        linear = SoftmaxRegression(C=C)
        lexical = unseen_odds(linear, table.one_hot(keys), likely, groups)
        boosted = HistGradientBoostingClassifier(
            max_iter=trees, max_depth=5, learning_rate=0.1, min_samples_leaf=20, l2_regularization=1.0,
            max_features=0.4, early_stopping=False, random_state=0,
        )  # fmt: skip
        structural = unseen_odds(boosted, np.column_stack((numbers, lexical)), likely, groups)
        platt, odds = calibrated(np.column_stack((lexical, structural)), likely)
        model = cls(
            keys=table,
            weights=linear.coef_.T.astype(np.float32),
            bias=float(linear.intercept_[0]),
            forest=Forest.of(boosted),
            mix=(float(platt.coef_[0, 0]), float(platt.coef_[0, 1])),
            shift=float(platt.intercept_[0]),
        )
        return model, odds

    def log_odds(self, keys: Keys, numbers: Floats) -> Floats:
        """Calibrated log-odds, shape (candidates,)."""
        if not keys.shape[0]:
            return np.zeros(0, np.float32)
        lexical = self.keys.sum_weights(keys, self.weights)[:, 0] + np.float32(self.bias)
        structural = self.forest.log_odds(np.column_stack((numbers, lexical)))
        return (self.mix[0] * lexical + self.mix[1] * structural + self.shift).astype(np.float32)


def is_certain(likely: Doubles) -> NDArray[np.bool_]:
    """Which of the candidates, of whom somebody says how likely they are spans, are not in doubt."""
    certain: NDArray[np.bool_] = np.abs(likely - 0.5) >= 0.5 - DOUBT
    return certain


def unseen_odds(learner: Any, X: Any, likely: Doubles, groups: Ints) -> Floats:
    """Fit a classifier, and what it says of candidates of groups that it has not seen: log-odds of shape (n,).

    Candidates in doubt teach it nothing.
    """
    sure, truth = is_certain(likely), likely > 0.5
    folds = GroupKFold(min(3, np.unique(groups[sure]).size))
    out = np.empty(likely.size, np.float32)
    apart: dict[str, Any] = {"groups": groups[sure], "cv": folds, "method": "decision_function"}
    out[sure] = cross_val_predict(learner, X[sure], truth[sure], **apart)
    learner.fit(X[sure], truth[sure])
    if not sure.all():
        out[~sure] = learner.decision_function(X[~sure])
    return out


def calibrated(odds: Floats, likely: Doubles) -> tuple[LogisticRegression, Floats]:
    """Platt scaling of log-odds, shape (n, m), to what is likely, doubt included; and the log-odds so scaled."""
    platt = LogisticRegression(C=1e6)
    both = np.repeat([True, False], likely.size)
    platt.fit(np.concatenate((odds, odds)), both, np.concatenate((likely, 1 - likely)))
    return platt, platt.decision_function(odds).astype(np.float32)


def best_set(first: Ints, last: Ints, gain: Floats) -> Ints:
    """Indices of the non-overlapping set of intervals with the greatest total gain, in order.

    Weighted interval scheduling by dynamic programming: exact, O(n log n). Intervals are inclusive;
    those without a positive gain are never taken.
    """
    use = np.flatnonzero(gain > 0)
    order: Ints = use[np.lexsort((first[use], last[use]))]
    if order.size < 2:
        return order
    f, t, g = first[order], last[order], gain[order].astype(np.float64)
    before = np.searchsorted(t, f, side="left")
    best = [0.0] * (order.size + 1)
    taken = [False] * (order.size + 1)
    for i, (weight, back) in enumerate(zip(g.tolist(), before.tolist(), strict=True), 1):
        with_it = weight + best[back]
        taken[i] = with_it > best[i - 1]
        best[i] = with_it if taken[i] else best[i - 1]
    chosen = []
    i = order.size
    while i:
        if taken[i]:
            chosen.append(i - 1)
            i = int(before[i - 1])
        else:
            i -= 1
    return order[np.array(chosen[::-1], np.int64)]
