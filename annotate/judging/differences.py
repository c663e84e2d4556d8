"""The sentences in which annotators differ most, with their readings side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ...data.matching import record_values
from ...models.display import ATTRIBUTION_STYLE, HARM_STYLES, how_many, visible
from .readings import Mark, Reading, Sentence


@dataclass(frozen=True, slots=True)
class Difference:
    """A sentence and how many differences two of its annotators have there on average.

    A span that only one of the two marked is a difference, and so is another record or another source of a claim
    that both marked.
    """

    sentence: Sentence
    size: float

    def to_json(self) -> dict[str, Any]:
        s = self.sentence
        return {
            "article": s.article.id,
            "start": s.start,
            "end": s.end,
            "text": s.text,
            "differences": round(self.size, 4),
            "readings": {name: [_mark_json(mark) for mark in reading] for name, reading in s.readings.items()},
        }


def differences(sentences: Iterable[Sentence]) -> list[Difference]:
    """The sentences in which annotators differ, those that differ most first."""
    found = [Difference(sentence, _size(sentence)) for sentence in sentences if len(sentence.readings) > 1]
    return sorted((d for d in found if d.size), key=lambda d: (-d.size, d.sentence.place))


def _size(sentence: Sentence) -> float:
    pairs = list(combinations(sentence.readings.values(), 2))
    return sum(_apart(one, other) for one, other in pairs) / len(pairs)


def _apart(one: Reading, other: Reading) -> int:
    if one == other:
        return 0
    mine, theirs = {mark.place: mark for mark in one}, {mark.place: mark for mark in other}
    both = [(mine[place], theirs[place]) for place in mine.keys() & theirs.keys()]
    records = sum(record_values(a.span) != record_values(b.span) for a, b in both)
    return len(mine.keys() ^ theirs.keys()) + records + sum(not a.same_source(b) for a, b in both)


def shown(difference: Difference) -> Group:
    """The sentence once for each different reading, with the names of whoever read it so."""
    sentence = difference.sentence
    readers: dict[Reading, list[str]] = {}
    for name, reading in sentence.readings.items():
        readers.setdefault(reading, []).append(name)
    heading = Text(f"{visible(sentence.article.id)}, {sentence.start} to {sentence.end}", style="bold")
    parts: list[RenderableType] = [heading]
    for reading, names in readers.items():
        parts.append(Text(f"  {', '.join(map(visible, names))}:", style="dim"))
        parts.append(Padding(marked(sentence, reading), (0, 0, 0, 4)))
    return Group(*parts, Text())


def marked(sentence: Sentence, reading: Reading) -> Text:
    """The sentence with its marks in brackets and colour, so that edges can be seen without colour too.

    ``[1: Police said] [killed ≥ 30 ←1: at least 30 people had died]``: the number joins claim and source.
    """
    numbers = {m.place: n for n, m in enumerate((m for m in reading if not m.span.is_claim), 1)}
    text = sentence.article.text
    out = Text(overflow="fold")
    position = sentence.start
    for mark in reading:
        span = mark.span
        out.append(_line(text[position : span.start]))
        if span.is_claim:
            style = HARM_STYLES.get(span.harm or "", "bold")
            head = f"{span.harm or '?'} {how_many(span.quantity)}{_source(mark, numbers, text)}"
        else:
            style, head = ATTRIBUTION_STYLE, str(numbers[mark.place])
        out.append(f"[{head}: ", style=style)
        out.append(_line(text[span.start : span.end]), style=f"{style} underline")
        out.append("]", style=style)
        position = max(position, span.end)
    out.append(_line(text[position : sentence.end]))
    return out


def _source(mark: Mark, numbers: dict[tuple[int, int, str], int], text: str) -> str:
    if mark.elsewhere:
        return f" ←{mark.elsewhere}"
    source = mark.source
    if source is None:
        return ""
    place = (source.start, source.end, source.label)
    return f" ←{numbers[place]}" if place in numbers else f" ←“{_line(text[source.start : source.end])}”"


def _line(words: str) -> str:
    """Words without line breaks, which would part a sentence on the screen."""
    return visible("".join(" " if c.isspace() else c for c in words))


def _mark_json(mark: Mark) -> dict[str, Any]:
    row = mark.span.to_json()
    if mark.span.is_claim:
        source = mark.source
        row["attributed_to"] = mark.elsewhere if source is None else {"start": source.start, "end": source.end}
    return row


def side_by_side(found: Sequence[Difference]) -> Group:
    """All of them, one under another."""
    return Group(*map(shown, found))
