"""Candidate spans, against a plain double loop over first and last tokens."""

from __future__ import annotations

import math

import numpy as np
import pytest
from casualty_claims.data.documents import LABELS
from casualty_claims.models import candidates as module
from casualty_claims.models.candidates import (
    NUMERIC_FEATURES,
    Candidates,
    enumerate_candidates,
    numeric_features,
    span_keys,
)
from casualty_claims.models.context import context_of
from casualty_claims.models.token_model import TAGS, tags_of
from casualty_claims.models.tokens import TokenBatch, tokenise
from casualty_claims.models.vocabulary import MEMBERSHIPS, Vocabulary
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

LEXICONS = {
    **dict.fromkeys(MEMBERSHIPS, frozenset[str]()),
    "killed": frozenset({"killed"}),
    "cues": frozenset({"said"}),
    "people": frozenset({"people"}),
}
WORDS = ("Police", "said", "7", "people", "killed", ",", "“", "zorvaqal")
LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=4)
SEEDS = st.integers(0, 2**32 - 1)


def sentences_of(lengths: list[int], seed: int = 0) -> tuple[TokenBatch, Vocabulary]:
    """Sentences with the given numbers of tokens, all in one text."""
    words = np.random.default_rng(seed).choice(WORDS, sum(lengths)).tolist()
    text, bounds = "", []
    for length in lengths:
        start = len(text)
        text += " ".join(words[:length])
        words = words[length:]
        bounds.append((start, len(text)))
        text += "\n"
    vocabulary = Vocabulary(LEXICONS)
    return tokenise([text], [bounds], vocabulary.ids), vocabulary


def probabilities_of(batch: TokenBatch, seed: int, sharpness: float) -> NDArray[np.float32]:
    """Random tag probabilities; the sharper, the more certain. Padding is outside."""
    scores = np.random.default_rng(seed).normal(scale=sharpness, size=(len(batch), len(TAGS)))
    found = np.exp(scores - scores.max(axis=1, keepdims=True)).astype(np.float32)
    found /= found.sum(axis=1, keepdims=True)
    found[batch.types == 0] = 0
    found[batch.types == 0, 0] = 1
    return found


def pairs(found: Candidates) -> list[tuple[int, int]]:
    return list(zip(found.first.tolist(), found.last.tolist(), strict=True))


def certain(batch: TokenBatch, spans: list[tuple[int, int, int]]) -> NDArray[np.float32]:
    """Nearly all probability on the tags of the given spans."""
    found = np.full((len(batch), len(TAGS)), 1e-4, np.float32)
    found[np.arange(len(batch)), tags_of(spans, len(batch))] = 1 - 1e-4 * (len(TAGS) - 1)
    return found


@settings(deadline=None)
@given(LENGTHS, SEEDS, st.sampled_from([0.5, 3.0, 8.0]), st.integers(0, len(LABELS) - 1))
def test_candidates_are_the_most_plausible_pairs_of_a_likely_first_and_last_token(
    lengths: list[int], seed: int, sharpness: float, label: int
) -> None:
    batch, _ = sentences_of(lengths)
    p = probabilities_of(batch, seed, sharpness)
    begin, inside, end, single = (p[:, 1 + 4 * label + i] for i in range(4))
    member = np.log(np.clip(begin + inside + end + single, 1e-6, 1))
    found = pairs(enumerate_candidates(batch, p, label))
    possible = {
        (i, j): math.sqrt((begin[i] + single[i]) * (end[j] + single[j])) * math.exp(member[i : j + 1].mean())
        for first, last in zip(batch.first.tolist(), batch.last.tolist(), strict=True)
        for i in range(first, last + 1)
        for j in range(i, min(i + module.MAX_TOKENS, last + 1))
        if begin[i] + single[i] > np.float32(module.KEEP) and end[j] + single[j] > np.float32(module.KEEP)
    }
    assert len(found) == len(set(found)) and set(found) <= possible.keys()
    least = min((possible[pair] for pair in found), default=1.0)
    missed = max((plausible for pair, plausible in possible.items() if pair not in found), default=0.0)
    assert missed <= least * 1.001
    assert missed < 0.05, "what is left out is hardly plausible"


@settings(deadline=None)
@given(LENGTHS, SEEDS, st.integers(0, len(LABELS) - 1))
def test_marks_against_a_plain_loop(lengths: list[int], seed: int, label: int) -> None:
    batch, _ = sentences_of(lengths)
    p = probabilities_of(batch, seed, 2.0)
    tags = p[:, 1 + 4 * label : 5 + 4 * label].astype(float)
    begin, inside, end, single = tags.T
    member = tags.sum(axis=1)
    found = enumerate_candidates(batch, p, label)
    assert found.marks.shape == (len(found), 8) and found.marks.dtype == np.float32
    for (i, j), marks in zip(pairs(found), found.marks, strict=True):
        logs = [math.log(max(x, 1e-6)) for x in member[i : j + 1]]
        middle = sum(math.log(max(x, 1e-6)) for x in inside[i + 1 : j])
        ends = math.log(max(begin[i], 1e-6)) + math.log(max(end[j], 1e-6))
        others = p[i : j + 1, 1:].sum(axis=1, dtype=float) - member[i : j + 1]
        expected = [
            math.log((begin[i] + single[i]) / (1 - begin[i] - single[i])),
            math.log((end[j] + single[j]) / (1 - end[j] - single[j])),
            sum(logs) / len(logs),
            min(logs),
            math.log(max(single[i], 1e-6)) if i == j else ends + middle,
            member[i - 1],
            member[j + 1],
            others.mean(),
        ]
        np.testing.assert_allclose(marks, expected, rtol=1e-3, atol=2e-4)


def test_nothing_that_could_be_kept_is_lost() -> None:
    """Where every token may begin, go on and end, each stretch up to the longest is a candidate."""
    batch, _ = sentences_of([module.MAX_TOKENS + 9, 1, 3])
    p = np.zeros((len(batch), len(TAGS)), np.float32)
    p[:, 1:5] = 0.25
    p[batch.types == 0] = 0
    expected = [
        (i, j)
        for first, last in zip(batch.first.tolist(), batch.last.tolist(), strict=True)
        for i in range(first, last + 1)
        for j in range(i, min(i + module.MAX_TOKENS, last + 1))
    ]
    assert sorted(pairs(enumerate_candidates(batch, p, 0))) == expected
    assert pairs(enumerate_candidates(batch, p, 1)) == []


@settings(deadline=None)
@given(LENGTHS, SEEDS)
def test_spans_the_tags_are_sure_of_are_candidates_and_the_best_of_their_kin(lengths: list[int], seed: int) -> None:
    batch, _ = sentences_of(lengths)
    r = np.random.default_rng(seed)
    spans = []
    for first, last in zip(batch.first.tolist(), batch.last.tolist(), strict=True):
        at = first
        while at <= last:
            end = int(r.integers(at, last + 1))
            spans.append((at, end, int(r.integers(len(LABELS)))))
            at = end + 1 + int(r.integers(3))
    p = certain(batch, spans)
    for label in range(len(LABELS)):
        found = enumerate_candidates(batch, p, label)
        true = {(i, j) for i, j, which in spans if which == label}
        assert true <= set(pairs(found))
        for (i, j), marks in zip(pairs(found), found.marks, strict=True):
            assert (marks[4] > -1) == ((i, j) in true), "the chain of tags is likely for true spans alone"


@given(arrays(np.float64, st.integers(1, 70), elements=st.floats(-20, 0)), st.data())
def test_least_is_the_minimum(values: NDArray[np.float64], data: st.DataObject) -> None:
    place = st.integers(0, values.size - 1)
    both = [sorted(pair) for pair in data.draw(st.lists(st.tuples(place, place), min_size=1))]
    first, last = np.array(both, np.int64).T
    assert module.least_within(values, first, last).tolist() == [values[i : j + 1].min() for i, j in both]


def test_least_of_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert module.least_within(np.zeros(9), none, none).size == 0


@settings(deadline=None)
@given(LENGTHS, SEEDS)
def test_features_do_not_depend_on_what_else_is_in_the_batch(lengths: list[int], seed: int) -> None:
    """A sentence's candidates have the same marks, numbers and keys alone as at the end of a batch."""
    batch, vocabulary = sentences_of(lengths, seed)
    p = probabilities_of(batch, seed, 3.0)
    low = int(batch.first[-1])
    alone = slice(low - 4, len(batch))
    text = TokenBatch(
        *(getattr(batch, name)[alone] for name in ("types", "start", "end")),
        sentence=np.zeros(len(batch) - low + 4, np.int64),
        first=np.array([4]),
        last=batch.last[-1:] - low + 4,
        text_of=np.zeros(1, np.int64),
    )
    found, own = enumerate_candidates(batch, p, 0), enumerate_candidates(text, p[alone], 0)
    mine = found.first >= low
    assert [(i - low + 4, j - low + 4) for i, j in pairs(found) if i >= low] == pairs(own)
    np.testing.assert_allclose(found.marks[mine], own.marks, rtol=1e-5, atol=1e-6)
    context, own_context = context_of(batch, vocabulary), context_of(text, vocabulary)
    assert (span_keys(found, context)[mine] == span_keys(own, own_context)).all()
    numbers, own_numbers = numeric_features(found, context)[mine], numeric_features(own, own_context)
    np.testing.assert_allclose(numbers, own_numbers, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("sure", [True, False])
def test_shapes(sure: bool) -> None:
    batch, vocabulary = sentences_of([5, 3])
    first = int(batch.first[0])
    found = enumerate_candidates(batch, certain(batch, [(first, first + 2, 0)] if sure else []), 0)
    context = context_of(batch, vocabulary)
    assert bool(len(found)) == sure
    numbers, keys = numeric_features(found, context), span_keys(found, context)
    assert numbers.shape == (len(found), NUMERIC_FEATURES) and numbers.dtype == np.float32
    assert keys.shape[0] == len(found) and keys.dtype == np.uint64
    assert np.isfinite(numbers).all()
