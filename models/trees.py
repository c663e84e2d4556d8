"""Gradient-boosted trees as plain arrays: learned by scikit-learn, evaluated by numpy.

The saved model must name no class, so the forest is kept as five arrays and walked here; a test holds the
scores against scikit-learn's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

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
    def of(cls, learner: GradientBoostingClassifier | HistGradientBoostingClassifier) -> Forest:
        """Take the trees of a fitted two-class learner (of numbers alone, and none missing)."""
        if isinstance(learner, HistGradientBoostingClassifier):
            return cls._of_binned(learner)
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

    @classmethod
    def _of_binned(cls, learner: HistGradientBoostingClassifier) -> Forest:
        # scikit-learn opens these trees by no public name; a test holds them to its scores.
        trees = [predictor.nodes for (predictor,) in learner._predictors]
        roots = np.concatenate(([0], np.cumsum([tree.size for tree in trees])[:-1]))
        nodes = np.concatenate(trees)
        leaf = nodes["is_leaf"].astype(bool)
        base = np.repeat(roots, [tree.size for tree in trees])
        here = np.arange(nodes.size)
        return cls(
            feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
            threshold=np.where(leaf, np.float32(0), _rounded_down(nodes["num_threshold"])).astype(np.float32),
            left=np.where(leaf, here, nodes["left"] + base).astype(np.int32),
            right=np.where(leaf, here, nodes["right"] + base).astype(np.int32),
            value=np.where(leaf, nodes["value"], 0).astype(np.float32),
            roots=roots.astype(np.int32),
            prior=float(learner._baseline_prediction[0, 0]),
            depth=int(nodes["depth"].max()) or 1,
        )

    def log_odds(self, X: Floats) -> Floats:
        """Log-odds of the positive class for rows of shape (n, features)."""
        total = np.full(X.shape[0], self.prior, np.float32)
        flat = np.ascontiguousarray(X, np.float32).ravel()
        # Indices of the machine's own size, and both children in one table: a step is four look-ups.
        roots, feature = self.roots.astype(np.intp), self.feature.astype(np.intp)
        children = np.stack((self.right, self.left), axis=1).astype(np.intp).ravel()
        # In blocks, so that the (rows, trees) node matrix stays in the cache.
        for begin in range(0, X.shape[0], 256):
            rows = np.arange(begin, min(begin + 256, X.shape[0]))
            node = np.tile(roots, (rows.size, 1))
            base = (rows * X.shape[1])[:, None]
            for _ in range(self.depth):
                go_left = flat.take(base + feature.take(node)) <= self.threshold.take(node)
                node = children.take(2 * node + go_left)
            total[rows] += self.value.take(node).sum(axis=1)
        return total


def _rounded_down(thresholds: NDArray[np.float64]) -> Floats:
    """The greatest float32 not above each: a float32 is then at most the one where it is at most the other."""
    nearest = thresholds.astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)
