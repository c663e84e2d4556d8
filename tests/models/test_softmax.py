"""The stochastic learner against scikit-learn's own."""

from __future__ import annotations

import numpy as np
import pytest
from casualty_claims.models.softmax import SoftmaxRegression
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression


def rows(n: int, classes: int, seed: int) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
    """Sparse 0/1 rows whose class is drawn from a softmax of their own weights."""
    weights = np.random.default_rng(1).normal(scale=1.5, size=(40, classes))
    rng = np.random.default_rng(seed)
    X = (rng.random((n, 40)) < 0.2).astype(np.float32)
    return sparse.csr_matrix(X), (X @ weights + rng.gumbel(size=(n, classes))).argmax(axis=1) * 3


@pytest.mark.parametrize("classes", [2, 5])
def test_it_tells_new_rows_about_as_well_as_the_exact_one(classes: int) -> None:
    X, y = rows(6000, classes, 2)
    fresh, truth = rows(4000, classes, 3)
    exact = LogisticRegression(max_iter=500).fit(X, y)
    ours = SoftmaxRegression(C=1.0, passes=60, rate=0.1).fit(X, y)
    assert ours.coef_.shape == exact.coef_.shape and ours.intercept_.shape == exact.intercept_.shape
    assert ours.coef_.dtype == np.float32
    assert (ours.classes_ == exact.classes_).all() and (ours.classes_ == np.arange(classes) * 3).all()
    assert ours.score(fresh, truth) > exact.score(fresh, truth) - 0.01
    assert np.corrcoef(ours.coef_.ravel(), exact.coef_.ravel())[0, 1] > 0.95
    scores = ours.decision_function(fresh)
    assert scores.shape == exact.decision_function(fresh).shape


def test_the_same_rows_give_the_same_weights() -> None:
    X, y = rows(700, 3, 4)
    one = SoftmaxRegression().fit(X, y)
    assert (clone(one).fit(X, y).coef_ == one.coef_).all()


def test_more_regularisation_gives_smaller_weights() -> None:
    X, y = rows(2000, 3, 5)
    small, large = (np.abs(SoftmaxRegression(C=C, passes=8).fit(X, y).coef_).sum() for C in (0.001, 10.0))
    assert small < 0.7 * large


def test_one_class_is_too_few() -> None:
    X, _ = rows(10, 2, 6)
    with pytest.raises(ValueError, match="one class"):
        SoftmaxRegression().fit(X, np.zeros(10))
