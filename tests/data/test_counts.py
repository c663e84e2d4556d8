"""Counts and shares: their ratios against scikit-learn's, the empty cases, and that they add."""

from __future__ import annotations

import json

import pytest
from casualty_claims.data.counts import Calibration, Counts, Share
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

NUMBER = st.integers(0, 40)
COUNTS = st.builds(Counts, NUMBER, NUMBER, NUMBER)
SHARES = st.tuples(NUMBER, NUMBER).map(lambda pair: Share(min(pair), max(pair)))


@given(COUNTS)
def test_ratios_are_those_of_scikit_learn(counts: Counts) -> None:
    gold = [1] * counts.tp + [0] * counts.fp + [1] * counts.fn + [0]
    predicted = [1] * counts.tp + [1] * counts.fp + [0] * counts.fn + [0]
    wanted = precision_recall_fscore_support(gold, predicted, average="binary", zero_division=0.0)[:3]
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx(wanted)


@given(SHARES.filter(lambda share: share.of))
def test_accuracy_is_that_of_scikit_learn(share: Share) -> None:
    predicted = [1] * share.right + [0] * (share.of - share.right)
    assert share.accuracy == pytest.approx(accuracy_score([1] * share.of, predicted))


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [
        (Counts(), 0, 0, 0),
        (Counts(fp=3), 0, 0, 0),
        (Counts(fn=3), 0, 0, 0),
        (Counts(tp=5), 1, 1, 1),
        (Counts(3, 1, 2), 3 / 4, 3 / 5, 2 / 3),
    ],
)
def test_ratios_at_the_edges(counts: Counts, precision: float, recall: float, f1: float) -> None:
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx((precision, recall, f1))


def test_nothing_of_nothing_is_no_share() -> None:
    assert Share().accuracy == 0


@given(st.lists(COUNTS, max_size=5))
def test_counts_add_part_by_part(parts: list[Counts]) -> None:
    total = sum(parts, Counts())
    assert (total.tp, total.fp, total.fn) == tuple(sum(getattr(p, name) for p in parts) for name in ("tp", "fp", "fn"))


@given(st.lists(SHARES, max_size=5))
def test_shares_add_part_by_part(parts: list[Share]) -> None:
    total = sum(parts, Share())
    assert (total.right, total.of) == (sum(p.right for p in parts), sum(p.of for p in parts))


def test_the_ratio_of_a_sum_is_no_mean_of_ratios() -> None:
    """One right of one, and one right of nine: 2 of 10, where the mean of the two would be 56%."""
    assert (Counts(1, 0, 0) + Counts(1, 8, 8)).precision == pytest.approx(0.2)
    assert (Share(1, 1) + Share(1, 9)).accuracy == pytest.approx(0.2)


@given(COUNTS, SHARES)
def test_json_holds_counts_and_ratios(counts: Counts, share: Share) -> None:
    row = json.loads(json.dumps(counts.to_json()))
    assert Counts(row["tp"], row["fp"], row["fn"]) == counts
    assert [row[k] for k in ("precision", "recall", "f1")] == pytest.approx(
        [counts.precision, counts.recall, counts.f1], abs=1e-4
    )
    row = json.loads(json.dumps(share.to_json()))
    assert Share(row["right"], row["of"]) == share
    assert row["accuracy"] == pytest.approx(share.accuracy, abs=1e-4)


ANSWERS = st.lists(st.tuples(st.floats(0, 1).map(lambda p: round(p, 4)), st.booleans()), max_size=40)


def test_probabilities_that_keep_their_word_have_no_error() -> None:
    assert Calibration.of([(0.75, True)] * 3 + [(0.75, False)]).error == 0.0
    assert Calibration().error == 0.0


def test_the_error_of_a_hand_made_case() -> None:
    answers = [(0.95, True), (0.95, False), (0.45, True), (1.0, True)]
    # 0.9 to 1: sum 2.9 of 3, 2 right; 0.4 to 0.5: sum 0.45 of 1, 1 right
    assert Calibration.of(answers).error == pytest.approx((abs(2.9 - 2) + abs(0.45 - 1)) / 4)


@given(ANSWERS, ANSWERS)
def test_calibrations_add_up(some: list[tuple[float, bool]], more: list[tuple[float, bool]]) -> None:
    assert Calibration.of(some) + Calibration.of(more) == Calibration.of(some + more)
    assert 0.0 <= Calibration.of(some).error <= 1.0
