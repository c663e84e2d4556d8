"""What spans say of tags, certain or not, and the mean of two opinions."""

from __future__ import annotations

import numpy as np
import pytest
from casualty_claims.models.token_model import best_share, blended, tags_of, targets_of
from casualty_claims.models.tokens import PADDING, TokenBatch
from hypothesis import given
from hypothesis import strategies as st

LENGTH = 20
SPANS = st.lists(st.tuples(st.integers(0, LENGTH - 1), st.integers(0, 5), st.integers(0, 1)), max_size=8).map(
    lambda drawn: [(first, min(first + more, LENGTH - 1), label) for first, more, label in drawn]
)


@given(SPANS)
def test_certain_spans_say_the_tags_they_are(drawn: list[tuple[int, int, int]]) -> None:
    apart, end = [], -1
    for first, last, label in sorted(drawn):
        if first > end:
            apart.append((first, last, label))
            end = last
    by_label = [{(f, t): 1.0 for f, t, label in apart if label == own} for own in (0, 1)]
    assert targets_of(by_label, LENGTH).tolist() == np.eye(9)[tags_of(apart, LENGTH)].tolist()


@given(SPANS, st.floats(0.01, 1.0))
def test_rivals_share_what_is_likely(drawn: list[tuple[int, int, int]], sure: float) -> None:
    share = sure / max(len(set(drawn)), 1)
    found = targets_of([{(f, t): share for f, t, label in drawn if label == own} for own in (0, 1)], LENGTH)
    assert found.min() >= 0
    assert found.sum(axis=1) == pytest.approx(np.ones(LENGTH), abs=1e-5)
    for place in range(LENGTH):
        inside = share * sum(first <= place <= last for first, last, _ in set(drawn))
        assert 1 - found[place, 0] == pytest.approx(inside, abs=1e-5)


def batch_of(size: int) -> TokenBatch:
    types = np.concatenate((np.zeros(PADDING, np.int64), np.ones(size, np.int64), np.zeros(PADDING, np.int64)))
    here, nothing = np.array([PADDING]), np.zeros(types.size, np.int64)
    return TokenBatch(types, nothing, nothing, nothing, here, here + size - 1, np.zeros(1, np.int64))


def test_the_mean_of_two_opinions() -> None:
    batch = batch_of(2)
    one, other = np.log(np.full((10, 2), 0.5, "f4")), np.log(np.tile(np.array([0.8, 0.2], "f4"), (10, 1)))
    found = blended(batch, one.copy(), other, 0.5)
    assert found[PADDING].tolist() == pytest.approx([2 / 3, 1 / 3])  # the square roots are as two to one
    assert blended(batch, one.copy(), other, 0.0)[PADDING].tolist() == pytest.approx([0.5, 0.5])
    assert blended(batch, one.copy(), other, 1.0)[PADDING].tolist() == pytest.approx([0.8, 0.2])
    assert (found[:PADDING] == [1, 0]).all() and (found[-PADDING:] == [1, 0]).all()


def test_who_knows_more_has_the_greater_share() -> None:
    random = np.random.default_rng(0)
    batch = batch_of(500)
    truth = random.integers(0, 3, len(batch))
    targets = np.eye(3, dtype="f4")[truth]

    def opinion(noise: float) -> np.ndarray:
        return np.asarray(4 * targets + noise * random.normal(size=targets.shape), np.float32)

    good, bad, other = opinion(1.0), opinion(50.0), opinion(1.0)
    assert best_share(batch, good, bad, targets) == 0.0
    assert best_share(batch, bad, good, targets) == 1.0
    assert 0.2 <= best_share(batch, good, other, targets) <= 0.8
