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


@dataclass(frozen=True, slots=True)
class Fault:
    """Where gold and predicted part, as spans; a side that has none is ``None``. Kinds are those of ``Difference``."""

    kind: str
    gold: Span | None
    predicted: Span | None

    @property
    def span(self) -> Span:
        """The gold span, or what was invented."""
        span = self.gold or self.predicted
        assert span is not None
        return span


def differences(gold: Iterable[Document], predicted: Iterable[Document]) -> Iterator[Difference]:
    """All differences, document by document, in the order of the text."""
    for wanted, found in zip(gold, predicted, strict=True):
        yield from sorted((_difference(wanted, found, fault) for fault in faults(wanted, found)), key=lambda d: d.start)


def faults(wanted: Document, found: Document) -> Iterator[Fault]:
    """All faults of one document, label by label."""
    for label in dict.fromkeys(s.label for s in (*wanted.spans, *found.spans)):
        gold = [s for s in wanted.spans if s.label == label]
        predicted = [s for s in found.spans if s.label == label]
        pairs = overlap_pairs(gold, predicted)
        paired_gold, paired_predicted = {i for i, _ in pairs}, {j for _, j in pairs}
        for i, j in pairs:
            g, p = gold[i], predicted[j]
            if (g.start, g.end) != (p.start, p.end):
                yield Fault("boundary", g, p)
                continue
            if not g.is_claim:
                continue
            if record_values(g) != record_values(p):
                yield Fault("record", g, p)
            if not sources_agree(source_of(wanted, g), source_of(found, p)):
                yield Fault("link", g, p)
        for i, g in enumerate(gold):
            if i not in paired_gold:
                yield Fault("missed", g, None)
        for j, p in enumerate(predicted):
            if j not in paired_predicted:
                yield Fault("invented", None, p)


def _difference(wanted: Document, found: Document, fault: Fault) -> Difference:
    text = wanted.text
    spans = [s for s in (fault.gold, fault.predicted) if s is not None]
    low, high = min(s.start for s in spans), max(s.end for s in spans)
    says = read = ""
    if fault.gold and fault.predicted and fault.kind in ("record", "link"):
        says, read = _answer(wanted, fault.gold, fault.kind), _answer(found, fault.predicted, fault.kind)
    return Difference(
        document=wanted.id,
        start=low,
        kind=fault.kind,
        label=spans[0].label,
        before=" ".join(text[max(low - CONTEXT, 0) : low].split()),
        gold=(_words(text, fault.gold) if fault.gold else "") + (f" = {says}" if says else ""),
        predicted=(_words(text, fault.predicted) if fault.predicted else "") + (f" = {read}" if read else ""),
        after=" ".join(text[high : high + CONTEXT].split()),
        confidence=fault.predicted.confidence if fault.predicted else None,
    )


def _answer(document: Document, claim: Span, kind: str) -> str:
    return _record(claim) if kind == "record" else _said(document.text, source_of(document, claim))


def _record(span: Span) -> str:
    return "/".join("null" if value is None else str(value) for value in record_values(span))


def _said(text: str, source: Span | None) -> str:
    """The words of an attribution and where they stand: "he said" is seldom the only one."""
    return "nobody" if source is None else f"{_words(text, source)} @{source.start}"


def _words(text: str, span: Span) -> str:
    return " ".join(text[span.start : span.end].split())
