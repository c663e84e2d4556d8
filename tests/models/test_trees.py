"""The forest walked here gives what scikit-learn gives."""

from __future__ import annotations

import numpy as np
import pytest
from casualty_claims.models.trees import Forest
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

Floats = NDArray[np.float32]


def learned(X: Floats, y: NDArray[np.bool_], **options: object) -> GradientBoostingClassifier:
    return GradientBoostingClassifier(random_state=0, **options).fit(X, y)


def data(rows: int, seed: int, rounded: bool) -> Floats:
    X = np.random.default_rng(seed).normal(size=(rows, 6)).astype(np.float32)
    return np.round(X, 1) if rounded else X


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {"n_estimators": 20, "max_depth": 4, "subsample": 0.7, "max_features": 0.4, "min_samples_leaf": 5},
        {"n_estimators": 1, "max_depth": 1, "learning_rate": 1.0},
        {"n_estimators": 5, "max_depth": 9, "min_samples_leaf": 1},
    ],
)
def test_log_odds_are_those_of_scikit_learn(options: dict[str, object], rounded: bool) -> None:
    X = data(400, 1, rounded)
    y = X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2]) > 0.3
    learner = learned(X, y, **options)
    forest = Forest.of(learner)
    for new in (X, data(10_000, 2, rounded)):
        np.testing.assert_allclose(forest.log_odds(new), learner.decision_function(new), atol=1e-4)
    assert forest.log_odds(X).dtype == np.float32


def test_no_rows_no_scores_and_one_row_is_scored_as_among_others() -> None:
    X = data(9000, 3, False)
    forest = Forest.of(learned(X[:300], X[:300, 0] > 0.5, n_estimators=8))
    assert forest.log_odds(X[:0]).shape == (0,)
    together = forest.log_odds(X)
    for row in (0, 4095, 4096, 8999):
        assert forest.log_odds(X[row : row + 1])[0] == together[row]
    assert (forest.log_odds(np.asfortranarray(X)) == together).all()


def test_a_value_at_a_threshold_goes_the_same_way() -> None:
    """Thresholds lie between neighbouring floats, where rounding one up would send its row to the wrong side."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        low = rng.normal(scale=100, size=1).astype(np.float32)
        high = np.nextafter(low, np.float32(np.inf))
        X = np.concatenate((np.tile(low, 30), np.tile(high, 30)))[:, None]
        learner = learned(X, X[:, 0] == high[0], n_estimators=3, max_depth=1)
        np.testing.assert_allclose(Forest.of(learner).log_odds(X), learner.decision_function(X), atol=1e-4)


def test_one_sided_truth_gives_a_far_prior_but_a_finite_one() -> None:
    X = data(2000, 5, False)
    y = np.zeros(2000, bool)
    y[7] = True
    forest = Forest.of(learned(X, y, n_estimators=2, max_depth=2))
    assert forest.prior == pytest.approx(np.log(1 / 1999), rel=1e-4)
    assert np.isfinite(forest.log_odds(X)).all()


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize(
    "options", [{"max_iter": 20, "max_depth": 4, "max_features": 0.4}, {"max_iter": 1}, {"max_leaf_nodes": 2}]
)
def test_binned_trees_score_as_scikit_learn_does(options: dict[str, object], rounded: bool) -> None:
    X = data(600, 6, rounded)
    y = X[:, 0] * X[:, 1] > 0.3
    learner = HistGradientBoostingClassifier(random_state=0, **options).fit(X, y)
    forest = Forest.of(learner)
    for new in (X, data(9000, 7, rounded)):
        np.testing.assert_allclose(forest.log_odds(new), learner.decision_function(new), atol=1e-4)
