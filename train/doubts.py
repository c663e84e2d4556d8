"""Labels that may be wrong: where a model that had not seen a document is sure of something else.

People who label err, too; in news corpora that everybody trains on, one label in twenty was wrong (Reiss et al. 2020).
The idea is confident learning (Northcutt, Jiang and Chuang 2021): predict each document out of sample, by
cross-validation, and suspect a label where another one is more probable than the model usually gives to labels that
are right. That usual probability is taken apart for claims, attributions and links, so that a kind on which the
model is timid is not passed over. A doubt is a question to a reader, not a correction: the model errs more often.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..data.documents import LABELS, Document, Span
from ..data.matching import record_values, source_of, sources_agree
from .errors import CONTEXT, faults

LINK = "link"
KINDS = {
    "missed": "unlikely",
    "invented": "unmarked",
    "boundary": "boundary",
    "record": "record",
    "link": LINK,
}
"""What an error of the model is called where the label is the suspect."""

SHORT_OF = 0.5
"""A labelled span that the model does find, but less likely than this, is doubted as unlikely."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A label that may be wrong, and why.

    ``kind``: *unmarked* (the model is sure of a span where none is labelled), *unlikely* (a labelled span that the
    model does not find, or hardly), *boundary* (it is sure of another start or end), *record* (harm, qualifier or
    figures are not what the words say) or *link* (it is sure of another attribution, or of none).
    ``start`` and ``end`` are half-open offsets of the span in question, into what was labelled of the document (see
    ``data.labelled``). ``sure``, 0 to 1, is how sure the model is that the label is wrong; ``confident`` whether it is
    surer than it usually is of what is right. ``labelled`` and ``predicted`` are the two readings in words, empty where
    a side has none; ``before`` and ``after`` surround them.
    """

    document: str
    kind: str
    label: str
    start: int
    end: int
    sure: float
    confident: bool
    before: str
    labelled: str
    predicted: str
    after: str

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def doubts(labelled: Sequence[Document], predicted: Sequence[Document]) -> list[Doubt]:
    """All doubts about labels, the surest first; those that are ``confident`` before all others.

    ``predicted`` are the same documents in the same order, out of sample, with confidences: see
    ``fitting.cross_validate``. Predictions that keep weak spans, too (its ``threshold``), tell how unlikely a
    labelled span is; without them its probability is taken to be that of the weakest span that was kept.
    Raises ``ValueError`` where a pair is not of the same text.
    """
    pairs = list(zip(labelled, predicted, strict=True))
    for wanted, found in pairs:
        if wanted.text != found.text:
            raise ValueError(f"the prediction for document {wanted.id!r} is of another text; predict it anew")
    usual, weakest = _usual(pairs), _weakest(predicted)
    found_doubts = [doubt for wanted, found in pairs for doubt in _of_document(wanted, found, usual, weakest)]
    return sorted(found_doubts, key=lambda d: (not d.confident, -d.sure, d.document, d.start, d.kind))


def _usual(pairs: Iterable[tuple[Document, Document]]) -> dict[str, float]:
    """How sure the model is, on average, of the spans of each label, and of the links, that are as labelled."""
    sums = dict.fromkeys((*LABELS, LINK), 0.0)
    times = dict.fromkeys(sums, 0)
    for wanted, found in pairs:
        for gold, span in _agreed(wanted, found):
            sums[span.label] += _probability(span)
            times[span.label] += 1
            same = sources_agree(source_of(wanted, gold), source_of(found, span))
            if span.is_claim and same and span.link_confidence is not None:
                sums[LINK] += span.link_confidence
                times[LINK] += 1
    return {name: sums[name] / times[name] if times[name] else 0.0 for name in sums}


def _agreed(wanted: Document, found: Document) -> Iterator[tuple[Span, Span]]:
    places = {(s.start, s.end, s.label): s for s in wanted.spans}
    for span in found.spans:
        if gold := places.get((span.start, span.end, span.label)):
            yield gold, span


def _weakest(predicted: Iterable[Document]) -> float:
    return min((_probability(span) for document in predicted for span in document.spans), default=1.0)


def _probability(span: Span) -> float:
    return 1.0 if span.confidence is None else span.confidence


def _of_document(wanted: Document, found: Document, usual: dict[str, float], weakest: float) -> Iterator[Doubt]:
    for fault in faults(wanted, found):
        gold, span = fault.gold, fault.predicted
        if fault.kind == LINK and gold and span:
            sure = span.link_confidence if span.link_confidence is not None else 1.0
            sure *= _firm(source_of(found, span))
        else:
            sure = 1 - weakest if span is None else _probability(span)
        yield _doubt(wanted, found, KINDS[fault.kind], gold, span, sure, usual)
    for gold, span in _agreed(wanted, found):
        if _probability(span) < SHORT_OF:
            yield _doubt(wanted, found, "unlikely", gold, None, 1 - _probability(span), usual)


def _firm(source: Span | None) -> float:
    """A link is no surer than the attribution that it points at."""
    return 1.0 if source is None else _probability(source)


def _doubt(
    wanted: Document,
    found: Document,
    kind: str,
    gold: Span | None,
    span: Span | None,
    sure: float,
    usual: dict[str, float],
) -> Doubt:
    sides = [s for s in (gold, span) if s is not None]
    low, high = min(s.start for s in sides), max(s.end for s in sides)
    return Doubt(
        document=wanted.id,
        kind=kind,
        label=sides[0].label,
        start=sides[0].start,
        end=sides[0].end,
        sure=round(sure, 4),
        confident=sure >= usual[LINK if kind == LINK else sides[0].label],
        before=" ".join(wanted.text[max(low - CONTEXT, 0) : low].split()),
        labelled=_reading(wanted, gold, kind),
        predicted=_reading(found, span, kind),
        after=" ".join(wanted.text[high : high + CONTEXT].split()),
    )


def _reading(document: Document, span: Span | None, kind: str) -> str:
    if span is None:
        return ""
    words = _words(document, span)
    if kind == "record":
        return f"{words} = " + "/".join("null" if value is None else str(value) for value in record_values(span))
    if kind == LINK:
        return f"{words} = {_said_by(document, span)}"
    return words


def _said_by(document: Document, claim: Span) -> str:
    """The attribution and how far off it stands: "he said" is seldom the only one."""
    source = source_of(document, claim)
    if source is None:
        return "nobody"
    off = source.start - claim.start
    return f"{_words(document, source)}, {abs(off)} characters {'on' if off > 0 else 'back'}"


def _words(document: Document, span: Span) -> str:
    return " ".join(document.text[span.start : span.end].split())
