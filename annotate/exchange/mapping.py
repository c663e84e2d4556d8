"""Documents in the words of other tools, and back: records as attributes of marks, links as relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...data.documents import ATTRIBUTION, CLAIM, HARMS, LABELS, Article, Document, DocumentError, Quantity, Span
from ...data.standoff import Loss, Mark, Relation, Standoff, Tell
from ..regions import RELATION

_FACTS = ("title", "published", "source")
_NUMBERS = ("count", "low", "high")


def unknown_label(name: str) -> str:
    """What is told of spans with a label that nobody mapped."""
    return f"spans left out: the label {name} is unknown, map it with --labels {name}={CLAIM} or {name}={ATTRIBUTION}"


def unknown_relation(name: str) -> str:
    """What is told of relations with a name that nobody mapped."""
    return f"links left out: the relation {name} is unknown, map it with --labels {name}={RELATION}"


def to_standoff(document: Document, tell: Tell) -> Standoff:
    """A document in the words of other tools: records as attributes, links as relations."""
    marks, relations = [], []
    for index, span in enumerate(document.spans):
        values: dict[str, object] = {"harm": span.harm}
        if (q := span.quantity) is not None:
            values |= {"qualifier": q.qualifier, "count": q.count, "low": q.low, "high": q.high}
        known = {name: str(value) for name, value in values.items() if value is not None}
        marks.append(Mark(span.start, span.end, span.label, known))
        if span.attributed_to is not None:
            relations.append(Relation(RELATION, index, span.attributed_to))
        if (span.confidence, span.link_confidence) != (None, None):
            place = f"{document.id} [{span.start}, {span.end})"
            tell(Loss("confidences left out: the format keeps none", place))
    facts = {name: value for name in _FACTS if (value := getattr(document.article, name)) is not None}
    return Standoff(document.id, document.text, tuple(marks), tuple(relations), {**facts, **document.meta})


def to_document(standoff: Standoff, labels: Mapping[str, str], tell: Tell) -> Document:
    """A document of ours from another tool's; ``labels`` are its names with ours.

    Raises ``DocumentError`` if the text is none, or its meta does not fit.
    """
    facts = {name: standoff.meta.get(name) for name in _FACTS}
    article = Article(standoff.id, standoff.text, **facts)
    spans: dict[int, Span] = {}
    for index, mark in enumerate(standoff.marks):
        label = labels.get(mark.label, mark.label)
        if label in LABELS:
            spans[index] = _span(mark, label, standoff.place(mark), tell)
        else:
            tell(Loss(unknown_label(mark.label), standoff.place(mark)))
        for note in mark.notes:
            tell(Loss("notes left out: a document keeps none", standoff.place(mark), note))
    for claim, attribution in _links(standoff, spans, labels, tell).items():
        spans[claim] = replace(spans[claim], attributed_to=attribution)
    order = sorted(spans, key=lambda index: spans[index].start)
    place = {index: new for new, index in enumerate(order)}
    made = tuple(
        s if (s := spans[index]).attributed_to is None else replace(s, attributed_to=place[s.attributed_to])
        for index in order
    )
    return Document(article, made, {name: value for name, value in standoff.meta.items() if name not in _FACTS})


def _span(mark: Mark, label: str, place: str, tell: Tell) -> Span:
    if label == ATTRIBUTION:
        for name in mark.attributes:
            tell(Loss(f"{name} attributes left out: an attribution has none", place))
        return Span(mark.start, mark.end, label)
    known = dict(mark.attributes)
    harm = known.pop("harm", None)
    if harm is not None and harm not in HARMS:
        tell(Loss("harm attributes left out: they are none of " + ", ".join(HARMS), place, harm))
        harm = None
    qualifier = known.pop("qualifier", None)
    figures = {name: known.pop(name) for name in _NUMBERS if name in known}
    quantity = None
    try:
        numbers = {name: int(value) for name, value in figures.items()}
        if qualifier is not None:
            quantity = Quantity(qualifier, **numbers)
        elif numbers:
            raise DocumentError("figures without a qualifier")
    except ValueError as error:
        tell(Loss("quantities left out: they are none", place, str(error)))
    for name in known:
        tell(Loss(f"{name} attributes left out: a claim has no such", place))
    return Span(mark.start, mark.end, label, harm, quantity)


def _links(standoff: Standoff, spans: Mapping[int, Span], labels: Mapping[str, str], tell: Tell) -> dict[int, int]:
    """The attribution of each claim. Drawn from the attribution to the claim, a relation means the same."""
    links: dict[int, int] = {}
    for relation in standoff.relations:
        ends = [relation.source, relation.target]
        place = standoff.place(standoff.marks[ends[0]])
        if labels.get(relation.label, relation.label) != RELATION:
            tell(Loss(unknown_relation(relation.label), place))
            continue
        if not set(ends) <= spans.keys():
            tell(Loss("links left out: an end of them was left out", place))
            continue
        if spans[ends[0]].label == ATTRIBUTION:
            ends.reverse()
        claim, attribution = ends
        if (spans[claim].label, spans[attribution].label) != (CLAIM, ATTRIBUTION):
            tell(Loss("links left out: they join no claim with an attribution", place))
        elif links.setdefault(claim, attribution) != attribution:
            tell(Loss("links left out: a claim has one attribution, the first is kept", place))
    return links
