"""Tokens: every non-blank character once, never over a sentence's end, alone as among others."""

from __future__ import annotations

import numpy as np
import pytest
from casualty_claims.data.lexicons import lexicon
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models.tokens import PADDING, TokenBatch, tokenise
from casualty_claims.models.vocabulary import MEMBERSHIPS, Vocabulary
from hypothesis import example, given
from hypothesis import strategies as st

LEXICONS = {name: lexicon(name) for name in MEMBERSHIPS}

# Text that looks like news to the splitter finds more than arbitrary characters do; both are tried.
PIECES = st.sampled_from(
    [
        *"AIabM.,-’“”\"'()?!…\n\t 7٣²é한\x00\u2028\U0001f4a5",
        "J.A. ",
        "U.S.",
        "3.5",
        "1,200",
        " Gen. ",
        "\n\n",
        " The ",
        "died. ",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


def batch_of(texts: list[str]) -> tuple[TokenBatch, Vocabulary]:
    vocabulary = Vocabulary(LEXICONS)
    return tokenise(texts, [split_sentences(text) for text in texts], vocabulary.ids), vocabulary


def tokens_of(batch: TokenBatch, text: int) -> list[list[tuple[int, int, int]]]:
    """Type, start and end of the tokens of each sentence of a text."""
    return [
        [(int(batch.types[i]), int(batch.start[i]), int(batch.end[i])) for i in range(first, last + 1)]
        for first, last, owner in zip(batch.first.tolist(), batch.last.tolist(), batch.text_of.tolist(), strict=True)
        if owner == text
    ]


def words(text: str) -> list[list[str]]:
    return [[text[start:end] for _, start, end in sentence] for sentence in tokens_of(batch_of([text])[0], 0)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hit 1,250.5 homes.", [["Hit", "1,250.5", "homes", "."]]),
        ("U.S. troops: 3-year-old girl", [["U.S.", "troops", ":", "3", "-", "year", "-", "old", "girl"]]),
        ("“No,” he said", [["“", "No", ",", "”", "he", "said"]]),
        ("Dara’s 4x4 it_is", [["Dara", "’", "s", "4", "x", "4", "it", "_", "is"]]),
        ("One fell. Two rose.", [["One", "fell", "."], ["Two", "rose", "."]]),
        ("J.A. Obin died.", [["J.A.", "Obin", "died", "."]]),
        ("She holds a B.A. in law.", [["She", "holds", "a", "B.A.", "in", "law", "."]]),
        ("\x00 died", [["\x00", "died"]]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_cases(text: str, expected: list[list[str]]) -> None:
    assert words(text) == expected


@given(TEXTS)
@example("Died.B.A.I.A. The")
def test_tokens_are_the_non_blank_characters_of_their_sentence(text: str) -> None:
    batch, vocabulary = batch_of([text])
    found = tokens_of(batch, 0)
    bounds = split_sentences(text)
    assert len(found) == len(bounds)
    for (low, high), sentence in zip(bounds, found, strict=True):
        covered = [offset for _, start, end in sentence for offset in range(start, end)]
        assert covered == [offset for offset in range(low, high) if not text[offset].isspace()]
        for kind, start, end in sentence:
            assert kind != 0 and vocabulary.tokens[kind] == text[start:end]


@given(st.lists(TEXTS, max_size=4))
def test_a_batch_is_its_texts_with_padding_between_all_sentences(texts: list[str]) -> None:
    batch, vocabulary = batch_of(texts)
    assert len(batch) == batch.start.size == batch.end.size == batch.sentence.size
    real = np.zeros(len(batch), bool)
    previous = -1
    for number, (first, last) in enumerate(zip(batch.first.tolist(), batch.last.tolist(), strict=True)):
        assert first - previous > PADDING and last >= first
        assert (batch.sentence[first : last + 1] == number).all()
        real[first : last + 1] = True
        previous = last
    assert len(batch) - 1 - previous >= PADDING
    assert ((batch.types != 0) == real).all()
    assert not batch.start[~real].any() and not batch.end[~real].any()
    for number, text in enumerate(texts):
        alone = tokenise([text], [split_sentences(text)], vocabulary.ids)
        assert tokens_of(batch, number) == tokens_of(alone, 0)


def test_only_what_stands_in_a_sentence_is_read() -> None:
    text = "one two three four"
    batch = tokenise([text], [[(4, 7), (7, 8), (14, 18)]], Vocabulary(LEXICONS).ids)
    assert [[text[s:e] for _, s, e in sentence] for sentence in tokens_of(batch, 0)] == [["two"], ["four"]]


@pytest.mark.parametrize("unit", ["a", "7", "ab1", "7,", "U.", "-"])
def test_a_long_run_without_blanks_is_cut(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    tokens = [token for sentence in words(text) for token in sentence]
    assert "".join(tokens) == text
    if unit != "U.":
        assert max(map(len, tokens)) <= 64 * 17 + 16


def test_texts_and_sentences_must_match() -> None:
    with pytest.raises(ValueError, match="longer"):
        tokenise(["one"], [[(0, 3)], [(0, 1)]], Vocabulary(LEXICONS).ids)
