"""The errors that teach most: of every kind by turns, the ones the model was surest of first.

Twenty missed headlines say one thing twenty times. So kinds of error take turns, the rare ones first in each round;
within a kind documents and genres take turns; and among what is left comes first what weighs most: a mistake the
model was sure of, a large figure lost, an attribution that many claims rest on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...data.documents import ATTRIBUTION, CLAIM, Document, Span
from ...data.matching import record_values, source_of
from ...models.display import how_many
from ..errors import Fault, faults
from .passages import Piece, passage
from .trials import Trial

NUMBER = 20

NAMES = {
    ("missed", CLAIM): "missed claim",
    ("invented", CLAIM): "invented claim",
    ("boundary", CLAIM): "claim with other edges",
    ("record", CLAIM): "wrong record",
    ("link", CLAIM): "wrong speaker",
    ("missed", ATTRIBUTION): "missed attribution",
    ("invented", ATTRIBUTION): "invented attribution",
    ("boundary", ATTRIBUTION): "attribution with other edges",
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """One error to learn from. ``gold`` and ``model`` say in words what each made of it."""

    document: str
    title: str | None
    genre: str | None
    kind: str
    pieces: tuple[Piece, ...]
    gold: str
    model: str
    why: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fault with what the choice looks at."""

    document: int
    fault: Fault
    genre: str
    weight: float

    @property
    def kind(self) -> tuple[str, str]:
        return self.fault.kind, self.fault.span.label

    @property
    def place(self) -> tuple[int, int, int, str]:
        return self.document, self.fault.span.start, self.fault.span.end, self.fault.kind


def instructive(trial: Trial, number: int = NUMBER) -> list[Lesson]:
    """The ``number`` most instructive errors of a trial, or all if there are fewer."""
    return [_lesson(trial.gold[c.document], trial.predicted[c.document], c) for c in choose(candidates(trial), number)]


def candidates(trial: Trial) -> list[Candidate]:
    """Every fault of a trial."""
    return [
        Candidate(number, fault, str(wanted.meta.get("genre") or ""), _weight(wanted, fault))
        for number, (wanted, found) in enumerate(zip(trial.gold, trial.predicted, strict=True))
        for fault in faults(wanted, found)
    ]


def choose(found: Sequence[Candidate], number: int) -> list[Candidate]:
    """One after the other: the kind, then the document, then the genre shown least so far, then the weightiest.

    The choice does not depend on the order of ``found``.
    """
    there = Counter(c.kind for c in found)
    kinds: Counter[tuple[str, str]] = Counter()
    documents: Counter[int] = Counter()
    genres: Counter[str] = Counter()
    left = sorted(found, key=lambda c: (-c.weight, c.place))
    chosen: list[Candidate] = []
    while left and len(chosen) < number:
        best = min(
            left, key=lambda c: (kinds[c.kind], there[c.kind], c.kind, documents[c.document], genres[c.genre])
        )  # the first of equals: the weightiest
        left.remove(best)
        chosen.append(best)
        kinds[best.kind] += 1
        documents[best.document] += 1
        genres[best.genre] += 1
    return chosen


def _weight(document: Document, fault: Fault) -> float:
    """How much a fault weighs beside others of its kind."""
    if fault.kind == "link" and fault.predicted and fault.predicted.link_confidence is not None:
        return fault.predicted.link_confidence
    if fault.predicted is not None:
        return fault.predicted.confidence or 0.0
    span = fault.span
    if span.is_claim:
        figures = [value for value in record_values(span)[2:] if value is not None]
        return float(figures[0]) if figures else 0.0
    return float(sum(source_of(document, claim) is span for _, claim in document.claims))


def _lesson(wanted: Document, found: Document, candidate: Candidate) -> Lesson:
    fault = candidate.fault
    return Lesson(
        document=wanted.id,
        title=wanted.article.title,
        genre=candidate.genre or None,
        kind=NAMES[candidate.kind],
        pieces=passage(wanted, found, fault),
        gold=_says(wanted, fault, gold=True),
        model=_says(found, fault, gold=False),
        why=_why(candidate),
    )


def _why(candidate: Candidate) -> str:
    """What makes it weigh more than others of its kind."""
    weight = candidate.weight
    sure = "more than 99" if weight > 0.99 else f"{100 * weight:.0f}"
    match candidate.kind:
        case "missed", str(label) if label == CLAIM:
            return f"a figure of {weight:,.0f} is lost" if weight else "no figure is lost, but a claim"
        case "missed", _:
            return "no claim rests on it" if not weight else f"claims that rest on it: {weight:,.0f}"
        case "link", _:
            return f"the model was {sure} % sure of the speaker"
    return f"the model was {sure} % sure of the words"


def _says(document: Document, fault: Fault, *, gold: bool) -> str:
    """What one side makes of the words, in words."""
    span = fault.gold if gold else fault.predicted
    if span is None:
        return "nothing here"
    if fault.kind == "link":
        source = source_of(document, span)
        return "nobody says so" if source is None else f"“{_words(document, source)}”"
    if fault.kind == "record":
        harm, qualifier, count, low, high = ("–" if v is None else str(v) for v in record_values(span))
        return f"{harm}, {qualifier.replace('_', ' ')}; count {count}, low {low}, high {high}"
    words = f"“{_words(document, span)}”"
    return f"{words}: {span.harm}, {how_many(span.quantity)}" if span.is_claim else words


def _words(document: Document, span: Span) -> str:
    return " ".join(document.text[span.start : span.end].split())
