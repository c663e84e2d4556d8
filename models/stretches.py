"""Texts in batches that memory holds, and spans by character as spans by position in a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from .tokens import TokenBatch

BATCH_CHARACTERS = 400_000
"""Texts are scored in batches of about this size: large enough for arrays, small enough for memory."""


def positions_of(batch: TokenBatch, spans: Sequence[Iterable[Any]], label: str) -> list[tuple[int, int]]:
    """Spans of a label as (first, last) positions; a span that holds no token or leaves its sentence is dropped."""
    return [(first, last) for first, last, _ in _placed(batch, spans, label)]


def likely_of(batch: TokenBatch, spans: Sequence[Iterable[Any]], label: str) -> dict[tuple[int, int], float]:
    """As ``positions_of``, and how likely each is: as its ``confidence`` says, and certain where none is given."""
    sure = ((first, last, getattr(span, "confidence", None)) for first, last, span in _placed(batch, spans, label))
    return {(first, last): 1.0 if likely is None else float(likely) for first, last, likely in sure}


def _placed(batch: TokenBatch, spans: Sequence[Iterable[Any]], label: str) -> list[tuple[int, int, Any]]:
    found = []
    by_text: dict[int, tuple[int, int]] = {}
    for sentence, text in enumerate(batch.text_of.tolist()):
        low, _ = by_text.get(text, (sentence, sentence))
        by_text[text] = (low, sentence)
    for text, items in enumerate(spans):
        wanted = [s for s in items if s.label == label]
        if not wanted or text not in by_text:
            continue
        low, high = by_text[text]
        where = np.arange(batch.first[low], batch.last[high] + 1)
        where = where[batch.types[where] != 0]
        start, end = batch.start[where], batch.end[where]
        for span in wanted:
            a = int(np.searchsorted(end, span.start, side="right"))
            b = int(np.searchsorted(start, span.end, side="left")) - 1
            if a <= b and batch.sentence[where[a]] == batch.sentence[where[b]]:
                found.append((int(where[a]), int(where[b]), span))
    return found


def chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    """Texts in lists of about ``BATCH_CHARACTERS``."""
    chunk: list[str] = []
    size = 0
    for text in texts:
        if chunk and size + len(text) > BATCH_CHARACTERS:
            yield chunk
            chunk, size = [], 0
        chunk.append(text)
        size += len(text)
    if chunk:
        yield chunk


Bounds = tuple[int, int]


def stretches(
    sentences: Sequence[Sequence[Bounds]], limit: int = 2 * BATCH_CHARACTERS
) -> Iterator[list[tuple[int, list[Bounds]]]]:
    """The sentences of texts in lists of about ``limit`` characters: numbers of texts, their sentences there."""
    stretch: list[tuple[int, list[Bounds]]] = []
    size = 0
    for number, bounds in enumerate(sentences):
        part: list[Bounds] = []
        for low, high in bounds:
            if size > limit:
                yield [*stretch, (number, part)]
                stretch, part, size = [], [], 0
            part.append((low, high))
            size += high - low
        stretch.append((number, part))
    if stretch:
        yield stretch
