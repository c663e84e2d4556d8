"""From spans to what Label Studio draws, and back.

A *reading* is what one person or one model says of one sentence. Label Studio keeps it as a ``result``: a flat
list in which a span, its harm, its qualifier and its numbers are items with the same ``id``, and a relation is an
item with two of them. Offsets are code points, as here. The ``text`` that its page adds to an item is lossy (line
breaks, repeated blanks), so the words are always cut from the sentence.

What its page does (server 1.23.2, seen in a browser): a suggestion that is taken over keeps its ids; a relation drawn
by hand has no ``labels``; a claim made an attribution loses its details; a deleted region takes its relations along;
a number field that is emptied holds 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..data.documents import HARMS, LABELS, QUALIFIERS, DocumentError, Quantity, Span
from ..data.notation import bounds

LABEL, TEXT, RELATION = "label", "text", "attributed_to"
"""Names of the span control, the sentence, and the relation on the labelling page."""
HARM, QUALIFIER, NUMBER, UPPER, SOURCE = "harm", "qualifier", "number", "upper", "source"
"""Names of the controls of one claim."""

EARLIER, LATER, OWN = "earlier", "later", "own voice"
SOURCES = (EARLIER, LATER, OWN)
"""Where the source of a claim stands that no attribution of its sentence states."""

KINDS = {
    LABEL: "labels",
    HARM: "choices",
    QUALIFIER: "choices",
    SOURCE: "choices",
    NUMBER: "number",
    UPPER: "number",
}
"""The controls of the labelling page, and the type of what each answers."""

_CHOICES = {HARM: HARMS, QUALIFIER: QUALIFIERS, SOURCE: SOURCES}
_CONTROLS = list(KINDS.items())  # a list takes whatever a stranger sends
_BY_HAND = ("manual", "prediction-changed")
"""What the page calls the origin of a region that an annotator made or changed."""
_MOST = 10_000_000_000
"""More people than there are: a greater number is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Spans of one sentence, in order, with offsets into the sentence.

    ``sources`` goes along with ``spans``: one of ``SOURCES`` for a claim whose source is not in the sentence, else
    ``None``. Raises ``DocumentError`` if a link does not lead to an attribution among the spans.
    """

    spans: tuple[Span, ...] = ()
    sources: tuple[str | None, ...] = ()

    def __post_init__(self) -> None:
        if not self.sources:
            object.__setattr__(self, "sources", (None,) * len(self.spans))
        if len(self.sources) != len(self.spans):
            raise DocumentError(f"{len(self.spans)} spans but {len(self.sources)} sources")
        for source in self.sources:
            if source is not None and source not in SOURCES:
                raise DocumentError(f"source {source!r} is not one of {', '.join(SOURCES)}")
        for span in self.spans:  # the page hides every suggestion of a task with a relation that leads nowhere
            link = span.attributed_to
            if link is not None and not (0 <= link < len(self.spans) and not self.spans[link].is_claim):
                raise DocumentError(f"the claim at {span.start} is linked to {link}, which is no attribution here")


def to_result(reading: Reading, text: str) -> list[dict[str, Any]]:
    """The items that Label Studio draws for a reading of ``text``. Raises ``DocumentError`` if a span is not in it."""
    items: list[dict[str, Any]] = []
    for index, (span, source) in enumerate(zip(reading.spans, reading.sources, strict=True)):
        if span.end > len(text):
            raise DocumentError(f"span {span.start} to {span.end} is not in the sentence of {len(text)} characters")
        place = {"start": span.start, "end": span.end, "text": text[span.start : span.end]}

        def item(name: str, kind: str, value: object, index: int = index, place: Any = place) -> None:
            row = {"id": f"s{index}", "from_name": name, "to_name": TEXT, "type": kind, "value": {**place, kind: value}}
            items.append(row)

        item(LABEL, "labels", [span.label])
        if span.harm is not None:
            item(HARM, "choices", [span.harm])
        if span.quantity is not None:
            item(QUALIFIER, "choices", [span.quantity.qualifier])
            number, upper = numbers(span.quantity)
            if number is not None:
                item(NUMBER, "number", number)
            if upper is not None:
                item(UPPER, "number", upper)
        if source is not None:
            item(SOURCE, "choices", [source])
    for index, span in enumerate(reading.spans):
        if span.attributed_to is not None:
            ends = {"from_id": f"s{index}", "to_id": f"s{span.attributed_to}"}
            items.append({"type": "relation", **ends, "direction": "right", "labels": [RELATION]})
    return items


def from_result(result: Sequence[Mapping[str, Any]], text: str) -> tuple[Reading, list[str]]:
    """A reading of ``text`` from Label Studio's items, and what is wrong with them, a sentence each.

    Blanks at the edges of a span are left out (a hand on a mouse takes them along), and a span that a hand drew or
    changed holds whole words. What cannot be understood is left out and told, never guessed, and never raises. A
    number of 0 is an emptied field, that is unknown, but for the lower one of "between".
    """
    problems: list[str] = []
    rows = _rows(result, problems)
    spans, kept = _spans(rows, text, problems)
    details = _details(rows, spans, kept, problems)
    links = _links(rows, spans, kept, text, problems)
    order = sorted(spans, key=lambda name: (spans[name].start, spans[name].end, spans[name].label))
    place = {name: index for index, name in enumerate(order)}
    made: list[Span] = []
    sources: list[str | None] = []
    for name in order:
        span, known, link = spans[name], details.get(name, {}), links.get(name)
        words, source = text[span.start : span.end], known.get(SOURCE)
        if span.is_claim:
            quantity = _quantity(known, words, problems)
            target = None if link is None else place[link]
            span = replace(span, harm=known.get(HARM), quantity=quantity, attributed_to=target)
        if link is not None and source is not None:
            problems.append(f"{words!r} has an arrow and {source!r} as its source; the arrow is kept")
            source = None
        made.append(span)
        sources.append(source)
    return Reading(tuple(made), tuple(sources)), problems


def numbers(quantity: Quantity) -> tuple[int | None, int | None]:
    """What the two number fields show: the figure, or the lower and the upper one."""
    if quantity.qualifier == "between":
        return quantity.low, quantity.high
    return (quantity.low if quantity.qualifier == "vague" else quantity.count), None


def _quantity(known: Mapping[str, Any], words: str, problems: list[str]) -> Quantity | None:
    qualifier, number, upper = known.get(QUALIFIER), known.get(NUMBER), known.get(UPPER)
    if qualifier is None:
        if number:
            problems.append(f"{words!r} has the number {number} but no qualifier; the number is left out")
        return None
    if qualifier == "between":
        upper = upper or None
        if number is not None and upper is not None and number > upper:
            problems.append(
                f"{words!r} is between {number} and {upper}, which is left out: the lower number comes first"
            )
            return None
        return Quantity("between", None, number, upper)
    return bounds(qualifier, number or None)


def _rows(result: object, problems: list[str]) -> list[Mapping[str, Any]]:
    """The items that are items."""
    if not isinstance(result, Sequence) or isinstance(result, str | bytes):
        problems.append(f"the result is no list of items but {type(result).__name__}")
        return []
    if wrong := sum(not isinstance(row, Mapping) for row in result):
        problems.append(f"{wrong} of {len(result)} items are left out: they are not objects")
    return [row for row in result if isinstance(row, Mapping)]


def _value(row: Mapping[str, Any]) -> Mapping[str, Any]:
    value = row.get("value")
    return value if isinstance(value, Mapping) else {}


def _chosen(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _spans(
    rows: Sequence[Mapping[str, Any]], text: str, problems: list[str]
) -> tuple[dict[str, Span], dict[str, str | None]]:
    """Spans by name, and for each id the name of the span it stands for, ``None`` where that was left out."""
    spans: dict[str, Span] = {}
    kept: dict[str, str | None] = {}
    for number, row in enumerate(rows):
        if row.get("type") != "labels" or row.get("from_name") != LABEL:
            continue
        name = f"item {number}" if row.get("id") is None else str(row["id"])
        try:
            span = _span(_value(row), text, by_hand=row.get("origin") in _BY_HAND)
        except DocumentError as error:
            problems.append(f"a region is left out: {error}")
            kept.setdefault(name, None)
            continue
        twin = next((n for n, s in spans.items() if s == span), None)
        if twin is not None:
            problems.append(f"the same region is there twice, once is kept: {text[span.start : span.end]!r}")
            kept.setdefault(name, twin)
        elif kept.get(name) is not None:
            problems.append(f"a region is left out: another one has its id, too: {text[span.start : span.end]!r}")
        else:
            spans[name], kept[name] = span, name
    return spans, kept


def _span(value: Mapping[str, Any], text: str, by_hand: bool) -> Span:
    start, end = value.get("start"), value.get("end")
    labels = _chosen(value.get("labels"))
    if type(start) is not int or type(end) is not int:
        raise DocumentError(f"its offsets are {start!r:.60} and {end!r:.60}, not whole numbers")
    if not 0 <= start < end <= len(text):
        raise DocumentError(f"its offsets {start} to {end} are not in the sentence of {len(text)} characters")
    if len(labels) != 1 or labels[0] not in LABELS:
        raise DocumentError(f"its label is {labels!r:.60}, not one of {', '.join(LABELS)}")
    words = text[start:end]
    start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
    if start >= end:
        raise DocumentError("it holds nothing but blanks")
    if by_hand:
        while start > 0 and text[start - 1 : start + 1].isalnum():
            start -= 1
        while end < len(text) and text[end - 1 : end + 1].isalnum():
            end += 1
    return Span(start, end, labels[0])


def _details(
    rows: Sequence[Mapping[str, Any]], spans: Mapping[str, Span], kept: Mapping[str, str | None], problems: list[str]
) -> dict[str, dict[str, Any]]:
    """Harm, qualifier, numbers and source choice by the name of the claim."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        kind, field, id_ = row.get("type"), row.get("from_name"), str(row.get("id"))
        if kind == "relation" or (kind == "labels" and field == LABEL):
            continue
        if (field, kind) not in _CONTROLS:
            problems.append(f"an item of {field!r:.60} is left out: the page has no such control of type {kind!r:.60}")
            continue
        if id_ not in kept:
            problems.append(f"the {field} of no region is left out")
            continue
        name = kept[id_]
        if name is None:  # told already, with its region
            continue
        if not spans[name].is_claim:
            problems.append(f"the {field} of an attribution is left out")
            continue
        value = _detail(str(field), _value(row).get(str(kind)), problems)
        if value is not None and found.setdefault(name, {}).setdefault(str(field), value) != value:
            problems.append(f"a claim has two values of {field}; the first is kept")
    return found


def _detail(field: str, value: object, problems: list[str]) -> str | int | None:
    """The value of one control; ``None`` where it is empty or cannot be understood."""
    if field in (NUMBER, UPPER):
        whole = (
            isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST and value % 1 == 0
        )
        if whole:
            return int(value)  # type: ignore[call-overload, no-any-return]  # a number, as just seen
        if value is not None:
            problems.append(f"{field} is {value!r:.40}, which is left out: it must be a whole number up to {_MOST:,}")
        return None
    chosen, allowed = _chosen(value), _CHOICES[field]
    if len(chosen) == 1 and chosen[0] in allowed:
        return str(chosen[0])
    if chosen:
        problems.append(f"{field} is {chosen!r:.60}, which is left out: choose one of {', '.join(allowed)}")
    return None


def _links(
    rows: Sequence[Mapping[str, Any]],
    spans: Mapping[str, Span],
    kept: Mapping[str, str | None],
    text: str,
    problems: list[str],
) -> dict[str, str]:
    """The attribution of each claim. An arrow drawn from the attribution to the claim means the same."""
    links: dict[str, str] = {}
    for row in rows:
        if row.get("type") != "relation":
            continue
        claim, attribution = kept.get(str(row.get("from_id"))), kept.get(str(row.get("to_id")))
        if claim is None or attribution is None:
            problems.append("a relation is left out: one of its ends is no region")
            continue
        if not spans[claim].is_claim:
            claim, attribution = attribution, claim
        if not spans[claim].is_claim or spans[attribution].is_claim:
            problems.append("a relation is left out: it must join a claim and an attribution")
            continue
        if links.get(claim, attribution) != attribution:  # the suggested one comes first, a correction after it
            words = text[spans[claim].start : spans[claim].end]
            problems.append(f"{words!r} has two arrows; the one drawn last is kept")
        links[claim] = attribution
    return links
