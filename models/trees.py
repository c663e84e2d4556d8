"""Gradient-boosted trees as plain arrays: learned by scikit-learn, evaluated by numpy.

The saved model must name no class, so the forest is kept as five arrays and walked here; a test holds the
scores against scikit-learn's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Forest:
    """Binary boosted trees. A leaf points at itself on both sides, so a walk of ``depth`` steps ends in one.

    ``feature``, ``threshold``, ``left``, ``right``, ``value``: one entry a node, all trees in one row;
    ``roots``: the node where each tree starts; ``prior``: the log-odds before any tree.
    """

    feature: NDArray[np.int32]
    threshold: Floats
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Floats
    roots: NDArray[np.int32]
    prior: float
    depth: int

    @classmethod
    def of(cls, learner: GradientBoostingClassifier) -> Forest:
        """Take the trees of a fitted two-class learner."""
        feature, threshold, left, right, value, roots = [], [], [], [], [], []
        offset = 0
        for (regressor,) in learner.estimators_:
            tree = regressor.tree_
            nodes = np.arange(tree.node_count)
            leaf = tree.children_left < 0
            roots.append(offset)
            feature.append(np.where(leaf, 0, tree.feature))
            threshold.append(np.where(leaf, np.float32(0), _rounded_down(tree.threshold)))
            left.append(np.where(leaf, nodes, tree.children_left) + offset)
            right.append(np.where(leaf, nodes, tree.children_right) + offset)
            value.append(tree.value[:, 0, 0] * learner.learning_rate)
            offset += tree.node_count
        positive = float(learner.init_.class_prior_[1])
        return cls(
            feature=np.concatenate(feature).astype(np.int32),
            threshold=np.concatenate(threshold).astype(np.float32),
            left=np.concatenate(left).astype(np.int32),
            right=np.concatenate(right).astype(np.int32),
            value=np.concatenate(value).astype(np.float32),
            roots=np.array(roots, np.int32),
            prior=float(np.log(positive / (1 - positive))),
            depth=int(learner.max_depth),
        )

    def log_odds(self, X: Floats) -> Floats:
        """Log-odds of the positive class for rows of shape (n, features)."""
        total = np.full(X.shape[0], self.prior, np.float32)
        flat = np.ascontiguousarray(X, np.float32).ravel()
        # In blocks, so that the (rows, trees) node matrix stays in the cache.
        for begin in range(0, X.shape[0], 4096):
            rows = np.arange(begin, min(begin + 4096, X.shape[0]))
            node = np.tile(self.roots, (rows.size, 1))
            base = (rows * X.shape[1])[:, None]
            for _ in range(self.depth):
                go_left = flat[base + self.feature[node]] <= self.threshold[node]
                node = np.where(go_left, self.left[node], self.right[node])
            total[rows] += self.value[node].sum(axis=1)
        return total


def _rounded_down(thresholds: NDArray[np.float64]) -> Floats:
    """The greatest float32 not above each: a float32 is then at most the one where it is at most the other."""
    nearest = thresholds.astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)
