"""The table of known keys, against a dictionary."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from casualty_claims.models.keys import KeyTable
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

# Few values, so that they recur, with the ends of the range.
KEYS = st.sampled_from([0, 1, 2, 3, 5, 2**63 - 1, 2**63, 2**64 - 1])
ROWS = st.tuples(st.integers(0, 6), st.integers(1, 4)).flatmap(lambda shape: arrays(np.uint64, shape, elements=KEYS))


@given(ROWS, ROWS, st.integers(1, 3))
def test_columns_are_the_places_of_frequent_keys(seen: np.ndarray, asked: np.ndarray, at_least: int) -> None:
    table = KeyTable.learn(seen, at_least)
    counts = Counter(seen.ravel().tolist())
    place = {key: i for i, key in enumerate(sorted(k for k, times in counts.items() if times >= at_least))}
    assert len(table) == len(place)
    columns = table.columns(asked)
    assert columns.shape == asked.shape
    assert columns.ravel().tolist() == [place.get(key, -1) for key in asked.ravel().tolist()]


@given(ROWS, ROWS, st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_sum_weights_is_one_hot_times_weights(seen: np.ndarray, asked: np.ndarray, outputs: int, seed: int) -> None:
    table = KeyTable.learn(seen, 1)
    weights = np.random.default_rng(seed).normal(size=(len(table), outputs)).astype(np.float32)
    one_hot = table.one_hot(asked)
    assert one_hot.shape == (asked.shape[0], len(table))
    assert one_hot.sum() == (table.columns(asked) >= 0).sum()
    total = table.sum_weights(asked, weights)
    assert total.dtype == np.float32
    np.testing.assert_allclose(total, one_hot @ weights, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [0, 3])
def test_a_table_without_keys_knows_nothing(rows: int) -> None:
    table = KeyTable(np.zeros(0, np.uint64))
    asked = np.ones((rows, 2), np.uint64)
    assert (table.columns(asked) == -1).all()
    assert table.one_hot(asked).shape == (rows, 0)
    assert table.sum_weights(asked, np.zeros((0, 3), np.float32)).shape == (rows, 3)
