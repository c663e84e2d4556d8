"""Which candidates are spans: the best set against all sets, and the two-part learner."""

from __future__ import annotations

import pickle
from itertools import combinations, pairwise

import numpy as np
import pytest
from casualty_claims.models.span_model import SpanModel, best_set
from hypothesis import given
from hypothesis import strategies as st

# Whole gains, so that sums are exact; zero and negative ones among them.
INTERVALS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5), st.integers(-2, 9)), max_size=9)


def chosen_from(intervals: list[tuple[int, int, int]]) -> list[int]:
    first = np.array([a for a, _, _ in intervals], np.int64)
    length = np.array([b for _, b, _ in intervals], np.int64)
    gain = np.array([g for _, _, g in intervals], np.float32)
    return best_set(first, first + length, gain).tolist()


def apart(intervals: list[tuple[int, int, int]]) -> bool:
    return all(a + b < c or c + d < a for (a, b, _), (c, d, _) in combinations(intervals, 2))


@given(INTERVALS)
def test_no_set_without_overlap_gains_more(intervals: list[tuple[int, int, int]]) -> None:
    chosen = [intervals[i] for i in chosen_from(intervals)]
    assert apart(chosen)
    assert all(gain > 0 for _, _, gain in chosen)
    best = max(
        sum(gain for _, _, gain in some)
        for size in range(len(intervals) + 1)
        for some in combinations(intervals, size)
        if apart(list(some))
    )
    assert sum(gain for _, _, gain in chosen) == best


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40), st.integers(-5, 50)), max_size=200))
def test_the_set_stands_in_order_without_overlap(intervals: list[tuple[int, int, int]]) -> None:
    chosen = [intervals[i] for i in chosen_from(intervals)]
    assert chosen == sorted(chosen)
    assert all(a + b < c for (a, b, _), (c, _, _) in pairwise(chosen))


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], []),
        ([(3, 0, 0)], []),
        ([(3, 0, 1)], [0]),
        ([(0, 5, 3), (5, 2, 2)], [0]),  # an end is inclusive
        ([(0, 4, 3), (5, 2, 2)], [0, 1]),
        ([(5, 2, 2), (0, 4, 3)], [1, 0]),
        ([(0, 9, 5), (0, 2, 3), (4, 2, 3)], [1, 2]),
        ([(0, 9, 7), (0, 2, 3), (4, 2, 3)], [0]),
    ],
)
def test_cases(intervals: list[tuple[int, int, int]], expected: list[int]) -> None:
    assert chosen_from(intervals) == expected


@pytest.fixture(scope="module")
def candidates() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Keys, numbers, truth and groups; truth hangs on one key and one number, one in ten the wrong way."""
    r = np.random.default_rng(0)
    keys = np.stack([r.integers(0, 6, 900), r.integers(10, 40, 900)], axis=1).astype(np.uint64)
    numbers = r.normal(size=(900, 4)).astype(np.float32)
    truth = ((keys[:, 0] < 3) & (numbers[:, 1] > 0)) ^ (r.random(900) < 0.1)
    return keys, numbers, truth, r.integers(0, 12, 900)


@pytest.fixture(scope="module")
def span_model(candidates: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]) -> SpanModel:
    keys, numbers, truth, groups = candidates
    return SpanModel.fit(keys[:600], numbers[:600], truth[:600], groups[:600], trees=20)[0]


def test_log_odds_tell_spans_from_others_and_are_probabilities(
    candidates: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], span_model: SpanModel
) -> None:
    keys, numbers, truth, _ = candidates
    odds = span_model.log_odds(keys[600:], numbers[600:])
    assert odds.dtype == np.float32 and odds.shape == (300,)
    assert ((odds > 0) == truth[600:]).mean() > 0.8
    assert (1 / (1 + np.exp(-odds))).mean() == pytest.approx(truth[600:].mean(), abs=0.08), "calibrated in the mean"


def test_log_odds_are_the_calibrated_mean_of_both_halves(
    candidates: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], span_model: SpanModel
) -> None:
    keys, numbers = candidates[0][600:], candidates[1][600:]
    lexical = (span_model.keys.one_hot(keys) @ span_model.weights)[:, 0] + span_model.bias
    structural = span_model.forest.log_odds(np.column_stack((numbers, lexical)).astype(np.float32))
    expected = span_model.mix[0] * lexical + span_model.mix[1] * structural + span_model.shift
    np.testing.assert_allclose(span_model.log_odds(keys, numbers), expected, atol=1e-3)


def test_the_log_odds_of_its_own_candidates_come_from_models_that_had_not_seen_them(
    candidates: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """On truth that hangs on nothing, a model knows what it has seen, and the odds it gives back know nothing."""
    keys, numbers, _, groups = candidates
    chance = np.random.default_rng(1).random(900) < 0.5
    seen, apart_odds = SpanModel.fit(keys, numbers, chance, groups, trees=60)
    assert apart_odds.dtype == np.float32 and apart_odds.shape == (900,)
    lexical = (seen.keys.one_hot(keys) @ seen.weights)[:, 0] + seen.bias
    known = seen.forest.log_odds(np.column_stack((numbers, lexical)).astype(np.float32))
    assert ((known > 0) == chance).mean() > 0.65
    assert ((apart_odds > 0) == chance).mean() < 0.6


def test_no_candidates_no_log_odds(span_model: SpanModel) -> None:
    assert span_model.log_odds(np.zeros((0, 2), np.uint64), np.zeros((0, 4), np.float32)).shape == (0,)


def test_learning_is_repeatable_and_survives_pickling(
    candidates: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], span_model: SpanModel
) -> None:
    keys, numbers, truth, groups = candidates
    again, _ = SpanModel.fit(keys[:600], numbers[:600], truth[:600], groups[:600], trees=20)
    expected = span_model.log_odds(keys, numbers).tolist()
    assert again.log_odds(keys, numbers).tolist() == expected
    assert pickle.loads(pickle.dumps(span_model)).log_odds(keys, numbers).tolist() == expected


def test_what_is_in_doubt_teaches_nothing_and_is_calibrated_for(
    candidates: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Candidates that one could take for spans as well as not: what they are called changes no learner."""
    keys, numbers, truth, groups = candidates
    likely = truth.astype(float)
    doubtful = np.arange(900) % 3 == 0
    fitted = []
    for doubt in (0.4, 0.6):
        likely[doubtful] = doubt
        fitted.append(SpanModel.fit(keys, numbers, likely, groups, trees=20))
    (one, odds), (two, more) = fitted
    assert (one.weights == two.weights).all() and (one.forest.value == two.forest.value).all()
    means = [float((1 / (1 + np.exp(-o))).mean()) for o in (odds, more)]
    assert means == pytest.approx([np.where(doubtful, d, truth).mean() for d in (0.4, 0.6)], abs=0.01)
