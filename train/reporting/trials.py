"""A trial: labelled documents and what a model made of them, with all its figures.

What an earlier trial left in a model's card is a ``Scores`` as well, with intervals where ``fit`` wrote them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...data.counts import Counts, Share
from ...data.documents import ATTRIBUTION, CLAIM, Document
from ..evaluation import Evaluation, evaluate
from .figures import Figure, Parts, accuracy, f1, figures, precision, recall

_MEASURES: dict[str, Callable[[Evaluation], Parts]] = {
    "claims, exact words: F1": lambda e: f1(e.exact[CLAIM]),
    "claims, exact words: precision": lambda e: precision(e.exact[CLAIM]),
    "claims, exact words: recall": lambda e: recall(e.exact[CLAIM]),
    "claims, overlapping words: F1": lambda e: f1(e.overlap[CLAIM]),
    "claims, overlapping words: precision": lambda e: precision(e.overlap[CLAIM]),
    "claims, overlapping words: recall": lambda e: recall(e.overlap[CLAIM]),
    "attributions, exact words: F1": lambda e: f1(e.exact[ATTRIBUTION]),
    "attributions, exact words: precision": lambda e: precision(e.exact[ATTRIBUTION]),
    "attributions, exact words: recall": lambda e: recall(e.exact[ATTRIBUTION]),
    "attributions, overlapping words: F1": lambda e: f1(e.overlap[ATTRIBUTION]),
    "attributions, overlapping words: precision": lambda e: precision(e.overlap[ATTRIBUTION]),
    "attributions, overlapping words: recall": lambda e: recall(e.overlap[ATTRIBUTION]),
    "record right, of claims with exact words": lambda e: accuracy(e.record),
    "link right, of claims with exact words": lambda e: accuracy(e.link),
    "end to end (words, record, source): F1": lambda e: f1(e.end_to_end),
    "end to end (words, record, source): precision": lambda e: precision(e.end_to_end),
    "end to end (words, record, source): recall": lambda e: recall(e.end_to_end),
}
MEASURES = tuple(_MEASURES)


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one trial by name (``MEASURES``), and the expected calibration error of spans and links."""

    name: str
    documents: int | None
    figures: Mapping[str, Figure]
    calibration: tuple[float, float]


@dataclass(frozen=True)
class Trial:
    """``predicted`` is what the model made of the texts of ``gold``, in the same order."""

    name: str
    gold: Sequence[Document]
    predicted: Sequence[Document] = field(repr=False)

    @cached_property
    def by_document(self) -> list[Evaluation]:
        return [evaluate([wanted], [found]) for wanted, found in zip(self.gold, self.predicted, strict=True)]

    @cached_property
    def evaluation(self) -> Evaluation:
        return sum(self.by_document, Evaluation())

    @cached_property
    def scores(self) -> Scores:
        rows = [[measure(e) for measure in _MEASURES.values()] for e in self.by_document]
        errors = self.evaluation.span_calibration.error, self.evaluation.link_calibration.error
        return Scores(self.name, len(self.gold), dict(zip(MEASURES, figures(rows), strict=True)), errors)

    def intervals(self) -> dict[str, list[float | None]]:
        """The ends of the intervals by measure, as a model's card keeps them."""
        return {name: [_rounded(f.low), _rounded(f.high)] for name, f in self.scores.figures.items()}


def card_scores(card: Mapping[str, Any]) -> list[Scores]:
    """The trials that a model's card tells of. What it does not tell, or not as ``fit`` does, is left out."""
    found = []
    for name, told in dict(card.get("scores") or {}).items():
        try:
            evaluation = _told(told)
            ends: Mapping[str, Any] = dict(card.get("intervals") or {}).get(name) or {}
            shown = {measure: _figure(parts(evaluation), ends.get(measure)) for measure, parts in _MEASURES.items()}
            errors = [float(told[f"{k}_calibration"]["expected_calibration_error"]) for k in ("span", "link")]
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
        corpus = card.get("corpus") if name == "cross-validation" else None
        documents = corpus.get("documents") if isinstance(corpus, Mapping) else None
        found.append(Scores(str(name), documents, shown, (errors[0], errors[1])))
    return found


def _told(row: Mapping[str, Any]) -> Evaluation:
    """The counts of ``Evaluation.to_json`` that the measures need."""

    def counts(r: Mapping[str, Any]) -> Counts:
        return Counts(int(r["tp"]), int(r["fp"]), int(r["fn"]))

    def share(r: Mapping[str, Any]) -> Share:
        return Share(int(r["right"]), int(r["of"]))

    return Evaluation(
        exact={label: counts(r) for label, r in row["exact"].items()},
        overlap={label: counts(r) for label, r in row["overlap"].items()},
        record=share(row["record"]),
        link=share(row["link"]),
        end_to_end=counts(row["end_to_end"]),
    )


def _figure(parts: Parts, ends: Sequence[float | None] | None) -> Figure:
    part, of = parts
    low, high = ends or (None, None)
    return Figure(part / of if of else None, low, high, of)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
