"""Viterbi and span probabilities against an oracle that writes out every well-formed tagging."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from casualty_claims.data.documents import LABELS
from casualty_claims.models.token_model import TAGS, tags_of
from casualty_claims.models.tokens import PADDING, TokenBatch, tokenise
from casualty_claims.train.chain import allowed, best_tags, span_log_probabilities, spans_of
from hypothesis import given, settings
from hypothesis import strategies as st

Span = tuple[int, int, int]


def sets_of_spans(length: int, begin: int = 0) -> list[list[Span]]:
    """All sets of (first, last, label) that do not overlap, from ``begin`` on."""
    if begin >= length:
        return [[]]
    without = sets_of_spans(length, begin + 1)
    found = list(without)
    for last, label in product(range(begin, length), range(len(LABELS))):
        found += [[(begin, last, label), *rest] for rest in sets_of_spans(length, last + 1)]
    return found


def made(lengths: list[int], seed: int) -> tuple[TokenBatch, np.ndarray]:
    """Sentences of so many tokens with log-probabilities drawn by chance; padding is certainly outside."""
    texts = [" ".join("x" * length) for length in lengths]
    batch = tokenise(texts, [[(0, len(text))] for text in texts], lambda words: [1] * len(words))
    scores = np.random.default_rng(seed).normal(scale=2, size=(len(batch), len(TAGS)))
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    logs[batch.types == 0] = -1e9
    logs[batch.types == 0, 0] = 0
    return batch, logs


@settings(max_examples=30)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 10_000))
def test_against_every_tagging(lengths: list[int], seed: int) -> None:
    batch, logs = made(lengths, seed)
    tags = best_tags(batch, logs)
    for place, length in zip(batch.first.tolist(), lengths, strict=True):
        rows = logs[place : place + length]
        sets = sets_of_spans(length)
        weights = np.array([rows[np.arange(length), tags_of(spans, length)].sum() for spans in sets])
        assert tags[place : place + length].tolist() == tags_of(sets[int(weights.argmax())], length).tolist()
        total = np.exp(weights).sum()
        for first, last, label in {span for spans in sets for span in spans}:
            share = sum(np.exp(w) for w, spans in zip(weights, sets, strict=True) if (first, last, label) in spans)
            found = span_log_probabilities(
                batch, logs, np.array([place + first]), np.array([place + last]), np.array([label])
            )
            assert np.exp(found[0]) == pytest.approx(share / total, rel=1e-4)


@given(st.lists(st.integers(0, len(TAGS) - 1), max_size=8))
def test_spans_are_read_from_any_tags(tags: list[int]) -> None:
    """A span is a single, or a begin, any insides and an end, of one label."""
    names = [TAGS[tag] for tag in tags]
    for label, name in enumerate(LABELS):
        expected = [
            (i, j)
            for i in range(len(names))
            for j in range(i, len(names))
            if (i == j and names[i] == f"S-{name}")
            or (i < j and [*names[i : j + 1]] == [f"B-{name}", *[f"I-{name}"] * (j - i - 1), f"E-{name}"])
        ]
        first, last = spans_of(np.array(tags, np.int64), label)
        assert list(zip(first.tolist(), last.tolist(), strict=True)) == expected


def test_what_may_follow_what() -> None:
    may = {(TAGS[a], TAGS[b]) for a, b in zip(*np.nonzero(allowed(len(TAGS))), strict=True)}
    closed = {tag for tag in TAGS if tag[0] in "OES"}
    opening = {tag for tag in TAGS if tag[0] in "OBS"}
    within = {(f"{a}-{name}", f"{b}-{name}") for name in LABELS for a in "BI" for b in "IE"}
    assert may == {(a, b) for a in closed for b in opening} | within


def test_no_sentences() -> None:
    batch, logs = made([], 0)
    assert len(batch) == PADDING
    assert best_tags(batch, logs).tolist() == [0] * PADDING
