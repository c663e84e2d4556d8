"""A labelled span in its sentence, as the detectors of this package read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...data.documents import Document, Span
from ...data.sentences import split_sentences

CLAIM = "⟦[^⟦⟧]*⟧"
ATTRIBUTION = "⟨[^⟨⟩]*⟩"
"""Patterns for another span beside a mark: claims stand in ⟦ ⟧, attributions in ⟨ ⟩."""

_PLAIN = str.maketrans("‘’“”–—", "''\"\"--", "⟦⟧⟨⟩")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Mark:
    """One span of a document: its ``words``, and what stands left and right of it in its sentence.

    Blanks are single, quotes straight. Other spans stand in their brackets. ``place`` is the index of the span.
    """

    document: Document
    place: int
    sentence: tuple[int, int]
    words: str
    left: str
    right: str

    @property
    def span(self) -> Span:
        return self.document.spans[self.place]

    @property
    def qualifier(self) -> str | None:
        return self.span.quantity.qualifier if self.span.quantity else None

    @property
    def target(self) -> Span | None:
        """The attribution that a claim rests on."""
        link = self.span.attributed_to
        return None if link is None else self.document.spans[link]


def marks(document: Document) -> Iterator[Mark]:
    """The spans of a document in order, each in the sentence where it begins."""
    sentences = split_sentences(document.text)
    for place, span in enumerate(document.spans):
        low, high = next((bounds for bounds in reversed(sentences) if bounds[0] <= span.start), (0, span.end))
        high = max(high, span.end)
        words = _plain(document.text[span.start : span.end]).strip()
        left, right = _bracketed(document, low, span.start), _bracketed(document, span.end, high)
        yield Mark(document, place, (low, high), words, left, right)


def in_headline(mark: Mark) -> bool:
    """In a first line of at most 16 words that ends without a full stop, with more text below it."""
    line, _, rest = mark.document.text.partition("\n")
    line = line.rstrip()
    return bool(rest.strip()) and mark.span.end <= len(line) and len(line.split()) <= 16 and line[-1:] not in '.!?"'


def unmarked(document: Document) -> Iterator[str]:
    """Each sentence with its claims cut out to ⟦⟧ and its attributions to ⟨⟩: only what nobody marked is left."""
    for low, high in split_sentences(document.text):
        yield re.sub("(?<=[⟦⟨])[^⟦⟧⟨⟩]*", "", _bracketed(document, low, high))


def _bracketed(document: Document, low: int, high: int) -> str:
    """The text from ``low`` to ``high`` with the spans that begin there in brackets."""
    out, position = [], low
    for span in document.spans:
        if low <= span.start < high and position <= span.start:
            opening, closing = "⟦⟧" if span.is_claim else "⟨⟩"
            end = min(span.end, high)
            out += [_plain(document.text[position : span.start]), opening]
            out += [_plain(document.text[span.start : end]), closing]
            position = end
    return "".join([*out, _plain(document.text[position:high])])


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text.translate(_PLAIN))
