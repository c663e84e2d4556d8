"""Does an export count code points or UTF-16 units?

Old releases of Label Studio gave the offsets of the browser, where a character outside the Basic Multilingual Plane
(an emoji) is two units. Behind one, the two readings of the same offsets differ, and the words that Label Studio
recorded with a region say which is meant.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any

from ...data.standoff import Loss, Tell

POINTS, UTF16 = "code points", "UTF-16 units"


class Units:
    """What the regions of one export say: ``learn`` from all of them, then have them ``mended``."""

    def __init__(self) -> None:
        self.votes: Counter[str] = Counter()
        self.mended_regions = 0

    def learn(self, text: str, result: Iterable[Mapping[str, Any]]) -> None:
        for row in result:
            self.votes.update([vote] if (vote := _meant(text, row.get("value"))) else [])

    def mended(self, text: str, result: Iterable[Mapping[str, Any]], place: str, tell: Tell) -> list[Mapping[str, Any]]:
        """The items with offsets in code points. A region of which nothing tells what it counts is left out."""
        made: list[Mapping[str, Any]] = []
        for row in result:
            value = row.get("value")
            if not _differs(text, value):
                made.append(row)
                continue
            assert isinstance(value, Mapping)
            unit = _meant(text, value) or self._common
            here = f"{place} [{value['start']}, {value['end']})"
            points = _points(text, value["start"], value["end"]) if unit == UTF16 else (value["start"], value["end"])
            if unit is None:
                tell(Loss("items left out: nothing tells whether they count code points or UTF-16 units", here,
                          repr(value.get("text", ""))))  # fmt: skip
            elif points is None:
                tell(Loss("items left out: in UTF-16 units they begin or end within a character", here))
            else:
                self.mended_regions += unit == UTF16 and row.get("type") == "labels"
                made.append({**row, "value": {**value, "start": points[0], "end": points[1]}})
        return made

    def tell(self, place: str, tell: Tell) -> None:
        """That an export counts now one, now the other, which no release does."""
        if len(self.votes) > 1:
            detail = ", ".join(f"{count} count {unit}" for unit, count in self.votes.most_common())
            tell(Loss("exports in which regions count differently: each was read as its words say", place, detail))

    @property
    def _common(self) -> str | None:
        """What all regions that tell anything agree on; code points, as today, if none does."""
        if len(self.votes) > 1:
            return None
        return next(iter(self.votes), POINTS)


def _meant(text: str, value: Any) -> str | None:
    """The one reading of a region's offsets that gives the words recorded with it."""
    if not _differs(text, value) or not isinstance(value.get("text"), str):
        return None
    words, start, end = _bare(value["text"]), value["start"], value["end"]
    points = _points(text, start, end)
    fits = {POINTS: end <= len(text) and _bare(text[start:end]) == words,
            UTF16: points is not None and _bare(text[slice(*points)]) == words}  # fmt: skip
    return next((unit for unit in fits if fits[unit]), None) if sum(fits.values()) == 1 else None


def _differs(text: str, value: Any) -> bool:
    """Whether the offsets of an item mean two places."""
    if not isinstance(value, Mapping):
        return False
    start, end = value.get("start"), value.get("end")
    if not (type(start) is int and type(end) is int and 0 <= start < end):
        return False
    return any(ord(c) > 0xFFFF for c in text[:end]) and _points(text, start, end) != (start, end)


def _points(text: str, start: int, end: int) -> tuple[int, int] | None:
    """UTF-16 offsets as code points; ``None`` if they are within a character or beyond the text."""
    units = [0, *accumulate(1 + (ord(c) > 0xFFFF) for c in text)]
    places = []
    for at in (start, end):
        place = bisect_left(units, at)
        if place == len(units) or units[place] != at:
            return None
        places.append(place)
    return places[0], places[1]


def _bare(words: str) -> str:
    """Without blanks, which Label Studio changes or writes as two characters."""
    for escaped in ("\\r", "\\n", "\\t"):
        words = words.replace(escaped, "")
    return "".join(words.split())
