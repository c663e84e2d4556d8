"""What most annotators of a sentence say, where most of them say one thing.

A span is kept when more than half of the annotators marked it, edge for edge; its harm, its quantity and its source
are what more than half of those say who marked it. Where no more than half say one thing, nothing is guessed:
``Undecided`` tells on what they are split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from ...data.documents import Span
from .readings import Mark, Reading, Sentence

SpanPlace = tuple[int, int, str]
_Value = TypeVar("_Value", bound=Hashable)


class Undecided(ValueError):
    """No majority; the message says on what."""


def majority_reading(sentence: Sentence) -> tuple[Reading, list[str]]:
    """The majority's reading, and what was left out of it because it overlapped.

    Raises ``Undecided`` where a span, a field of its record or its source has no majority.
    """
    readings = list(sentence.readings.values())
    marked: dict[SpanPlace, list[Mark]] = {}
    for reading in readings:
        for mark in reading:
            marked.setdefault(mark.place, []).append(mark)
    elected = {place: marks for place, marks in sorted(marked.items()) if 2 * len(marks) > len(readings)}
    _check_others(sentence, marked, elected, readings)
    kept, notes = _parted(sentence, elected)
    sources = [span for span in (marks[0].span for marks in kept.values()) if not span.is_claim]
    return tuple(_elected(sentence, marks, sources) for marks in kept.values()), notes


def _check_others(
    sentence: Sentence,
    marked: Mapping[SpanPlace, Sequence[Mark]],
    elected: Collection[SpanPlace],
    readings: Collection[Reading],
) -> None:
    """A span that is not elected is dropped where most see nothing there, or see what is elected instead."""
    for place, marks in marked.items():
        if any(_meet(place, other) for other in elected):
            continue
        seen = sum(any(_meet(place, mark.place) for mark in reading) for reading in readings)
        if 2 * seen >= len(readings):
            who = f"{len(marks)} of {len(readings)} marked {_words(sentence, marks[0].span)}"
            raise Undecided(f"{who}, {seen - len(marks)} the same with other edges" if seen > len(marks) else who)


def _parted(
    sentence: Sentence, elected: Mapping[SpanPlace, list[Mark]]
) -> tuple[dict[SpanPlace, list[Mark]], list[str]]:
    """Of two elected spans that overlap, the one with more votes."""
    kept: dict[SpanPlace, list[Mark]] = {}
    notes = []
    for place, marks in sorted(elected.items(), key=lambda item: (-len(item[1]), item[0])):
        over = next((other for other in kept if place[0] < other[1] and other[0] < place[1]), None)
        if over is None:
            kept[place] = marks
            continue
        words, others = _words(sentence, marks[0].span), _words(sentence, kept[over][0].span)
        if len(kept[over]) == len(marks):
            raise Undecided(f"{words} and {others} overlap, and as many marked the one as the other")
        notes.append(f"{words} is left out: it overlaps {others}, which more annotators marked")
    return dict(sorted(kept.items())), notes


def _elected(sentence: Sentence, marks: Sequence[Mark], attributions: Sequence[Span]) -> Mark:
    span = marks[0].span
    if not span.is_claim:
        return Mark(span)
    words = _words(sentence, span)
    harm = _most((mark.span.harm for mark in marks), f"the harm of {words}")
    quantity = _most((mark.span.quantity for mark in marks), f"the number of {words}")

    def said(mark: Mark) -> tuple[Span | None, str | None]:
        """The source; one that overlaps an elected attribution is that one."""
        if mark.source is None:
            return None, mark.elsewhere
        return next((s for s in attributions if _overlap(s, mark.source)), mark.source), None

    source, elsewhere = _most(map(said, marks), f"the source of {words}")
    if source and sentence.start <= source.start < sentence.end and source not in attributions:
        raise Undecided(f"the source of {words} is {_words(sentence, source)}, which most did not mark")
    return Mark(replace(span, harm=harm, quantity=quantity), source, elsewhere)


def _most(values: Iterable[_Value], what: str) -> _Value:
    votes = Counter(values)
    value, count = votes.most_common(1)[0]
    if 2 * count <= votes.total():
        raise Undecided(f"there is no majority on {what}")
    return value


def _meet(a: SpanPlace, b: SpanPlace) -> bool:
    return a[2] == b[2] and a[0] < b[1] and b[0] < a[1]


def _overlap(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


def _words(sentence: Sentence, span: Span) -> str:
    return repr(sentence.article.text[span.start : span.end])
