"""Text as an encoder reads it: word pieces, in windows of whole sentences.

Sentences are read in the company of their neighbours: a window holds as many sentences of one text as fit, so that
context costs nothing. Each of the toolkit's tokens is told by the piece that begins it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..models.tokens import TokenBatch

WINDOW = 256
"""Word pieces a window holds at most."""

SHAPES = 3
"""What is told of a piece's capitals: none at its start, one, nothing but capitals."""

_AT_ONCE = 1000  # sentences given to the tokenizer together


@dataclass(frozen=True, slots=True)
class Window:
    """Some sentences of one text as the encoder reads them.

    ``pieces`` (the encoder's word pieces) and ``shapes`` (see ``SHAPES``) are of one length; ``places`` says for
    each of the batch's ``positions`` which piece begins its token.
    """

    pieces: list[int]
    shapes: list[int]
    places: list[int]
    positions: list[int]


def windows_of(batch: TokenBatch, texts: Sequence[str], tokenizer: Any) -> Iterator[Window]:
    """The sentences of a batch, packed in order; a sentence longer than a window is cut.

    ``tokenizer`` is a fast one of transformers, which knows the place of each piece.
    """
    sep, cls = tokenizer.sep_token_id, tokenizer.cls_token_id
    room = min(WINDOW, tokenizer.model_max_length) - 2
    read: dict[str, Any] = {"add_special_tokens": False, "return_offsets_mapping": True, "verbose": False}
    window, owner = Window([cls], [0], [], []), -1
    for begin in range(0, batch.first.size, _AT_ONCE):
        first, last = batch.first[begin : begin + _AT_ONCE], batch.last[begin : begin + _AT_ONCE]
        text_of = batch.text_of[begin : begin + _AT_ONCE].tolist()
        low, high = batch.start[first].tolist(), batch.end[last].tolist()
        sentences = [texts[text][a:b] for text, a, b in zip(text_of, low, high, strict=True)]
        encoded = tokenizer(sentences, **read)
        rows = zip(text_of, first.tolist(), last.tolist(), low, sentences, strict=True)
        for row, (text, f, t, start, sentence) in enumerate(rows):
            pieces, offsets = encoded["input_ids"][row], encoded["offset_mapping"][row]
            shapes = [_shape(sentence[a:b]) for a, b in offsets]
            ends = np.array([b for _, b in offsets] or [0]) + start
            # A token begins in the first piece that reaches beyond its start.
            at = np.minimum(np.searchsorted(ends, batch.start[f : t + 1], side="right"), len(pieces) - 1)
            for cut in range(0, len(pieces), room):
                part = pieces[cut : cut + room]
                if window.positions and (text != owner or len(window.pieces) + len(part) > room + 1):
                    yield window
                    window = Window([cls], [0], [], [])
                owner = text
                mine = np.flatnonzero((at >= cut) & (at < cut + room))
                window.places.extend((at[mine] - cut + len(window.pieces)).tolist())
                window.positions.extend((mine + f).tolist())
                window.pieces.extend([*part, sep])
                window.shapes.extend([*shapes[cut : cut + room], 0])
    if window.positions:
        yield window


def bucketed(windows: list[Window], size: int, order: random.Random) -> list[list[Window]]:
    """Batches of windows of like length, in random order: little is padding, and no batch is always the same."""
    shuffled = order.sample(windows, len(windows))
    stretch = 20 * size
    batches = []
    for begin in range(0, len(shuffled), stretch):
        alike = sorted(shuffled[begin : begin + stretch], key=lambda window: len(window.pieces))
        batches += [alike[i : i + size] for i in range(0, len(alike), size)]
    order.shuffle(batches)
    return batches


def _shape(surface: str) -> int:
    if not surface[:1].isupper():
        return 0
    return 2 if len(surface) > 1 and surface.isupper() else 1
