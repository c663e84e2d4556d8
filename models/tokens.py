"""Text to tokens, as flat arrays.

A token is a run of letters, a number with its separators, an abbreviation with inner stops ("U.S."), or a
single other character. Hyphens part words, so that a span can begin or end at one ("One Dead-Radio").

Many texts are held as one flat array with ``PAD`` positions between sentences: a window never reaches over
a sentence's end without meeting padding, and every feature is array arithmetic over the whole batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A run is cut at 64 characters: a megabyte without a blank must not become one token type.
TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|\d{1,64}(?:[.,]\d{1,64}){0,16}|[^\W\d_]{1,64}|\S")

PADDING = 4
"""Padding positions on either side of a sentence: the widest window any feature looks through."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Tokens of several texts. All arrays but the last two have one entry a position, padding included.

    ``types``: the token's type (an index into the vocabulary; 0 is padding).
    ``start``, ``end``: code point offsets in the token's own text; 0 at padding.
    ``sentence``: the number of the sentence, counted over the batch; padding belongs to the one before it.
    ``first``, ``last``: for each sentence, the positions of its first and last token.
    ``text_of``: for each sentence, the index of its text.
    """

    types: Ints
    start: Ints
    end: Ints
    sentence: Ints
    first: Ints
    last: Ints
    text_of: Ints

    def __len__(self) -> int:
        return int(self.types.size)

    def only(self, wanted: NDArray[np.bool_]) -> TokenBatch:
        """The batch with some of its sentences; ``wanted`` has one entry a sentence."""
        kept, first = packed(self.first[wanted], self.last[wanted])
        return TokenBatch(
            types=self.types[kept],
            start=self.start[kept],
            end=self.end[kept],
            sentence=_numbers(first, kept.size),
            first=first,
            last=first + (self.last - self.first)[wanted],
            text_of=self.text_of[wanted],
        )


def packed(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """The positions of some sentences of a batch, with padding around each, and where each then begins among them."""
    blocks = last - first + 1 + PADDING  # the padding before a sentence goes with it
    begins = PADDING + np.cumsum(blocks) - blocks
    inside = np.arange(int(blocks.sum())) + np.repeat(first - begins, blocks)
    return np.concatenate((inside, np.arange(PADDING))), begins  # a batch begins with padding


def tokenise(
    texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]], type_ids: Callable[[list[str]], list[int]]
) -> TokenBatch:
    """Texts, with the offsets of their sentences, to tokens.

    ``type_ids`` maps token strings to their types; see ``Vocabulary.ids``.
    """
    types: list[Ints] = [np.zeros(PADDING, np.int64)]
    starts: list[Ints] = [np.zeros(PADDING, np.int64)]
    ends: list[Ints] = [np.zeros(PADDING, np.int64)]
    first: list[Ints] = []
    last: list[Ints] = []
    text_of: list[Ints] = []
    position = PADDING
    for number, (text, bounds) in enumerate(zip(texts, sentences, strict=True)):
        matches = [match for low, high in bounds for match in TOKEN.finditer(text, low, high)]
        if not matches:
            continue
        words, finish = [match[0] for match in matches], [match.end() for match in matches]
        begin = np.array([match.start() for match in matches], np.int64)
        cut = np.searchsorted(begin, np.array([s for s, _ in bounds], np.int64))
        cut = np.unique(cut[cut < len(words)])
        lengths = np.diff(np.append(cut, len(words)))
        # Where each token goes: its own index, shifted by the padding of all sentences before it.
        shift = np.repeat(np.arange(lengths.size) * PADDING, lengths)
        place = np.arange(len(words)) + shift
        size = len(words) + lengths.size * PADDING
        for store, values in ((types, type_ids(words)), (starts, begin), (ends, finish)):
            array = np.zeros(size, np.int64)
            array[place] = values
            store.append(array)
        sentence_first = position + cut + np.arange(lengths.size) * PADDING
        first.append(sentence_first)
        last.append(sentence_first + lengths - 1)
        text_of.append(np.full(lengths.size, number, np.int64))
        position += size
    empty = np.zeros(0, np.int64)
    firsts = np.concatenate(first) if first else empty
    flat = np.concatenate(types)
    return TokenBatch(
        types=flat,
        start=np.concatenate(starts),
        end=np.concatenate(ends),
        sentence=_numbers(firsts, flat.size),
        first=firsts,
        last=np.concatenate(last) if last else empty,
        text_of=np.concatenate(text_of) if text_of else empty,
    )


def _numbers(first: Ints, size: int) -> Ints:
    """The number of the sentence of each position: it goes up where a sentence begins."""
    begins = np.zeros(size, np.int64)
    begins[first] = 1
    return np.maximum(np.cumsum(begins) - 1, 0)
