"""The gate: it passes what may hold a span, and what passes is read as if there were no gate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from casualty_claims.data.documents import Document
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models.gate import RECALL, Gate
from casualty_claims.models.tagger import SpanTagger
from casualty_claims.models.tokens import PADDING, TokenBatch, tokenise
from casualty_claims.models.vocabulary import Lexicons, Vocabulary
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

WORDS = st.sampled_from(["killed", "Police", "said", "7", ".", "zorvaqal"])
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=6)


def batch_of(sentences: list[list[str]], vocabulary: Vocabulary) -> TokenBatch:
    texts = [" ".join(sentence) for sentence in sentences]
    return tokenise(texts, [[(0, len(text))] for text in texts], vocabulary.ids)


@given(SENTENCES, st.data())
def test_a_batch_of_some_sentences_is_that_of_their_texts(
    lexicons: Lexicons, sentences: list[list[str]], data: st.DataObject
) -> None:
    vocabulary = Vocabulary(lexicons)
    wanted = np.array(data.draw(st.lists(st.booleans(), min_size=len(sentences), max_size=len(sentences))))
    part = batch_of(sentences, vocabulary).only(wanted)
    alone = batch_of([s for s, keep in zip(sentences, wanted, strict=True) if keep], vocabulary)
    for name in ("types", "start", "end", "sentence", "first", "last"):
        here = part.types != 0 if name in ("start", "end") else slice(None)
        np.testing.assert_array_equal(getattr(part, name)[here], getattr(alone, name)[here], err_msg=name)
    assert part.text_of.tolist() == np.flatnonzero(wanted).tolist()
    assert len(part) >= PADDING


def test_scores_are_sums_over_the_tokens_of_a_sentence(lexicons: Lexicons) -> None:
    vocabulary = Vocabulary(lexicons)
    batch = batch_of([["killed", "7"], ["Police"], ["killed", "killed", "."]], vocabulary)
    by_type = np.array([{"killed": 1.0, "7": 0.5, "Police": -2.0}.get(t, 0.0) for t in vocabulary.tokens], np.float32)
    for least, passed in ((2.0, [False, False, True]), (1.5, [True, False, True]), (-2.0, [True, True, True])):
        assert Gate(np.zeros(0, np.float32), least, 1, 0).passes(batch, by_type).tolist() == passed


def test_it_learns_which_words_open_it() -> None:
    """Ten sentences in forty hold spans, all with the one word that only they have."""
    types = np.array([1, 2] * 10 + [3, 2] * 30)
    sentences = types.reshape(-1, 2)
    blocks = [np.zeros(PADDING, np.int64)]
    for row in sentences:
        blocks += [row, np.zeros(PADDING, np.int64)]
    flat = np.concatenate(blocks)
    first = PADDING + np.arange(len(sentences)) * (2 + PADDING)
    numbers = np.maximum(np.cumsum(np.isin(np.arange(flat.size), first)) - 1, 0)
    batch = TokenBatch(flat, flat, flat, numbers, first, first + 1, np.arange(len(sentences)))
    by_type = sparse.csr_matrix(np.eye(4, dtype=np.float32))
    spans_in = np.where(sentences[:, 0] == 1, 2, 0)
    gate = Gate.fit(batch, by_type, spans_in, np.arange(len(sentences)))
    assert gate.recall == 1.0 and gate.spared == pytest.approx(0.75)
    assert (gate.passes(batch, by_type @ gate.weights) == (spans_in > 0)).all()


def test_what_passes_is_read_as_without_a_gate(tagger: SpanTagger, fresh_documents: list[Document]) -> None:
    texts = [d.text + "\n\nThe weather was mild and the shops were open." for d in fresh_documents]
    bounds = [split_sentences(text) for text in texts]
    vocabulary = Vocabulary(tagger.lexicons_)
    batch = tokenise(texts, bounds, vocabulary.ids)
    by_type = tagger.token_model_.window.features.matrix(vocabulary) @ tagger.gate_.weights
    passed = tagger.gate_.passes(batch, by_type)
    assert tagger.gate_.recall >= RECALL and 0 < (~passed).sum() < passed.size
    open_ = [
        {(int(batch.start[f]), int(batch.end[t])) for f, t in zip(batch.first[own], batch.last[own], strict=True)}
        for own in (np.flatnonzero(passed & (batch.text_of == n)) for n in range(len(texts)))
    ]
    gate = tagger.gate_
    found = tagger.tag(texts, bounds)
    try:
        tagger.gate_ = replace(gate, least=-np.inf)
        everything = tagger.tag(texts, bounds)
    finally:
        tagger.gate_ = gate
    for mine, all_spans, sentences in zip(found, everything, open_, strict=True):
        assert mine == tuple(s for s in all_spans if any(low <= s.start and s.end <= high for low, high in sentences))
