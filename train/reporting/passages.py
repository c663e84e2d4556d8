"""An error in its text: the words around what gold and model say, cut into pieces that are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...data.documents import Document, Span
from ...data.matching import source_of
from ..errors import Fault

AROUND = 80
"""Characters shown on either side, to the next blank."""

CLOSE = 60
"""Windows no farther apart than this are shown as one."""

Mark = tuple[int, int, str]
"""Start, end, and who marks it: ``gold``, ``model``, or ``claim`` where both do and its source is in question."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and who marks it; without text it stands for what was left out."""

    text: str
    marks: tuple[str, ...] = ()


def passage(wanted: Document, found: Document, fault: Fault) -> tuple[Piece, ...]:
    """What a reader must see to judge a fault; the pieces joined are the article's own words."""
    return pieces(wanted.text, _marks(wanted, found, fault))


def _marks(wanted: Document, found: Document, fault: Fault) -> list[Mark]:
    gold, predicted = fault.gold, fault.predicted
    if fault.kind == "link" and gold and predicted:
        marks = [(gold.start, gold.end, "claim")]
        marks += _mark(source_of(wanted, gold), "gold") + _mark(source_of(found, predicted), "model")
        return marks
    return _mark(gold, "gold") + _mark(predicted, "model")


def _mark(span: Span | None, who: str) -> list[Mark]:
    return [(span.start, span.end, who)] if span else []


def pieces(text: str, marks: Sequence[Mark]) -> tuple[Piece, ...]:
    """The text around marks, cut wherever a mark starts or ends."""
    windows: list[list[int]] = []
    for start, end, _ in sorted(marks):
        low, high = _back(text, start), _on(text, end)
        if windows and low <= windows[-1][1] + CLOSE:
            windows[-1][1] = max(windows[-1][1], high)
        else:
            windows.append([low, high])
    out: list[Piece] = []
    for low, high in windows:
        if low and (out or low > 0):
            out.append(Piece(""))
        cuts = sorted({low, high, *(place for start, end, _ in marks for place in (start, end) if low < place < high)})
        for start, end in pairwise(cuts):
            who = tuple(dict.fromkeys(w for a, b, w in marks if a <= start and end <= b))
            out.append(Piece(text[start:end], who))
    if windows and windows[-1][1] < len(text):
        out.append(Piece(""))
    return tuple(out)


def _back(text: str, place: int) -> int:
    """The start of a word about ``AROUND`` characters before a place."""
    low = max(place - AROUND, 0)
    if low == 0:
        return 0
    blank = text.find(" ", low, place)
    return low if blank < 0 else blank + 1


def _on(text: str, place: int) -> int:
    high = min(place + AROUND, len(text))
    if high == len(text):
        return high
    blank = text.rfind(" ", place, high)
    return high if blank < 0 else blank
