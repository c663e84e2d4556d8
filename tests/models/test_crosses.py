"""Crosses of small numbers: the tables that weights fold into say the same as the features one by one."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from casualty_claims.models.context import context_of
from casualty_claims.models.crosses import CODES, CROSSES, CrossTable, add_scores, codes_of, values_of
from casualty_claims.models.tokens import tokenise
from casualty_claims.models.vocabulary import Lexicons, Vocabulary
from hypothesis import given
from hypothesis import strategies as st

Values = list[tuple[np.ndarray, ...]]


def drawn(seed: int, positions: int) -> Values:
    """Values on every axis of every cross, few enough different ones that combinations recur."""
    draw = np.random.default_rng(seed)
    return [tuple(draw.integers(0, min(size, 3), positions) for size in cross.sizes) for cross in CROSSES]


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_folded_tables_add_up_to_the_features(seed: int, at_least: int) -> None:
    seen, asked = drawn(seed, 12), drawn(seed + 1, 9)
    table = CrossTable.learn(codes_of(seen), at_least)
    weights = np.random.default_rng(seed).normal(size=(len(table), 3)).astype(np.float32)
    scores = np.ones((9, 3), np.float32)
    add_scores(scores, table.fold(weights), asked)
    np.testing.assert_allclose(scores, 1 + table.one_hot(codes_of(asked)) @ weights, rtol=1e-4, atol=1e-4)


@given(st.integers(0, 2**32 - 1))
def test_each_feature_and_combination_has_a_code_of_its_own(seed: int) -> None:
    values = drawn(seed, 40)
    codes = codes_of(values)
    assert codes.min() >= 0 and codes.max() < CODES
    column = 0
    spaces: list[set[int]] = []
    for cross, axes in zip(CROSSES, values, strict=True):
        for part in cross.parts:
            combinations = list(zip(*(axes[axis].tolist() for axis in part), strict=True))
            pairs = set(zip(combinations, codes[:, column].tolist(), strict=True))
            assert len(pairs) == len(set(combinations)) == len(set(codes[:, column].tolist()))
            spaces.append(set(codes[:, column].tolist()))
            column += 1
    assert column == codes.shape[1] and sum(map(len, spaces)) == len(set().union(*spaces))


def test_a_table_keeps_what_was_seen_often_enough() -> None:
    codes = np.array([[5, 9], [5, 9], [5, 11]], np.int32)
    assert CrossTable.learn(codes, 2).codes.tolist() == [5, 9]
    assert CrossTable.learn(codes, 3).codes.tolist() == [5]
    assert CrossTable.learn(codes, 2).one_hot(codes).toarray().tolist() == [[1, 1], [1, 1], [1, 0]]


@pytest.mark.parametrize("text", ["Police said seven people died.", "“Dozens wounded”, he said, 7 killed", "", "—"])
def test_values_of_text_lie_on_their_axes(lexicons: Lexicons, text: str) -> None:
    vocabulary = Vocabulary(lexicons)
    batch = tokenise([text], [[(0, len(text))]], vocabulary.ids)
    values = values_of(context_of(batch, vocabulary))
    assert len(values) == len(CROSSES)
    for cross, axes in zip(CROSSES, values, strict=True):
        assert len(axes) == len(cross.sizes) and prod(cross.sizes) <= 2**17
        for size, axis in zip(cross.sizes, axes, strict=True):
            assert axis.shape == (len(batch),) and ((axis >= 0) & (axis < size)).all()
