"""Where predictions and gold differ, in context, so that a person can read what goes wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..data.documents import Document, Span
from ..data.matching import overlap_pairs, record_values, source_of, sources_agree

CONTEXT = 50
"""Characters shown on either side."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``kind`` is missed, invented, boundary, record or link.

    ``gold`` and ``predicted`` are what each side says, as text; ``before`` and ``after`` surround them.
    Each kind holds what ``Evaluation`` counts as wrong: a link to an attribution that overlaps the right one
    is right, and the attribution's own difference is of kind boundary.
    """

    document: str
    start: int
    kind: str
    label: str
    before: str
    gold: str
    predicted: str
    after: str
    confidence: float | None


def differences(gold: Iterable[Document], predicted: Iterable[Document]) -> Iterator[Difference]:
    """All differences, document by document, in the order of the text."""
    for wanted, found in zip(gold, predicted, strict=True):
        yield from sorted(_of_document(wanted, found), key=lambda d: d.start)


def _of_document(wanted: Document, found: Document) -> Iterator[Difference]:
    for label in dict.fromkeys(s.label for s in (*wanted.spans, *found.spans)):
        gold = [s for s in wanted.spans if s.label == label]
        predicted = [s for s in found.spans if s.label == label]
        pairs = overlap_pairs(gold, predicted)
        paired_gold, paired_predicted = {i for i, _ in pairs}, {j for _, j in pairs}
        for i, j in pairs:
            g, p = gold[i], predicted[j]
            if (g.start, g.end) != (p.start, p.end):
                yield _difference(wanted, "boundary", g, p)
                continue
            if not g.is_claim:
                continue
            if record_values(g) != record_values(p):
                yield _difference(wanted, "record", g, p, _record(g), _record(p))
            source, answer = source_of(wanted, g), source_of(found, p)
            if not sources_agree(source, answer):
                yield _difference(wanted, "link", g, p, _said(wanted.text, source), _said(wanted.text, answer))
        for i, g in enumerate(gold):
            if i not in paired_gold:
                yield _difference(wanted, "missed", g, None)
        for j, p in enumerate(predicted):
            if j not in paired_predicted:
                yield _difference(wanted, "invented", None, p)


def _difference(
    document: Document, kind: str, gold: Span | None, predicted: Span | None, says: str = "", read: str = ""
) -> Difference:
    text = document.text
    spans = [s for s in (gold, predicted) if s is not None]
    low, high = min(s.start for s in spans), max(s.end for s in spans)

    return Difference(
        document=document.id,
        start=low,
        kind=kind,
        label=spans[0].label,
        before=" ".join(text[max(low - CONTEXT, 0) : low].split()),
        gold=(_words(text, gold) if gold else "") + (f" = {says}" if says else ""),
        predicted=(_words(text, predicted) if predicted else "") + (f" = {read}" if read else ""),
        after=" ".join(text[high : high + CONTEXT].split()),
        confidence=predicted.confidence if predicted else None,
    )


def _record(span: Span) -> str:
    return "/".join("null" if value is None else str(value) for value in record_values(span))


def _said(text: str, source: Span | None) -> str:
    """The words of an attribution and where they stand: "he said" is seldom the only one."""
    return "nobody" if source is None else f"{_words(text, source)} @{source.start}"


def _words(text: str, span: Span) -> str:
    return " ".join(text[span.start : span.end].split())
