"""What it costs a model that text arrives altered: each alteration against the untouched text.

The gold spans move with their words, and a found span is exact if it has the moved span's bounds in the altered
text. The intervals come from a paired bootstrap over documents: a resample draws the same documents untouched and
altered, so how hard a document is drops out of the loss (Koehn 2004, "Statistical Significance Tests for Machine
Translation Evaluation", on paired resampling).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.bootstrap import interval, resampled
from ..data.counts import Counts, Share
from ..data.documents import ATTRIBUTION, CLAIM, Document
from ..models.model import Model
from ..models.scorer import Scorer
from .alterations import ALTERATIONS, Alteration
from .evaluation import Evaluation, evaluate

FIGURES: Mapping[str, Callable[[Evaluation], Counts | Share]] = {
    "claims exact": lambda e: e.exact[CLAIM],
    "attributions exact": lambda e: e.exact[ATTRIBUTION],
    "claims overlap": lambda e: e.overlap[CLAIM],
    "attributions overlap": lambda e: e.overlap[ATTRIBUTION],
    "record": lambda e: e.record,
    "link": lambda e: e.link,
}
"""F1 of spans; the share of exactly found claims whose record, and whose link, is right."""

LIMITED = ("claims exact", "attributions exact")
LIMIT = 6.0
LIMITS = {"OCR noise": 12.0, "no commas": 12.0}
"""Points of exact F1 that an alteration may cost; ``LIMIT`` where it is not named."""

UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Loss:
    """One figure on altered text: its value (0 to 1), and the points lost (0 to 100) with their interval."""

    value: float
    points: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Robustness:
    """``untouched``: each of ``FIGURES`` (0 to 1). ``losses``: by alteration and figure.

    ``changed``: how many of the ``documents`` an alteration changes; the others cost nothing and stay in.
    """

    documents: int
    untouched: dict[str, float]
    losses: dict[str, dict[str, Loss]]
    changed: dict[str, int]

    def exceeded(self, alteration: str) -> tuple[str, ...]:
        """The figures that lose more than is allowed."""
        losses = self.losses[alteration]
        return tuple(name for name in LIMITED if losses[name].points > limit_of(alteration))

    def to_json(self) -> dict[str, Any]:
        """Everything, with the limits; losses in points."""
        return {
            "documents": self.documents,
            UNTOUCHED: {name: round(value, 4) for name, value in self.untouched.items()},
            "altered": [
                {
                    "alteration": alteration,
                    "documents_changed": self.changed[alteration],
                    "limit": limit_of(alteration),
                    "exceeded": list(self.exceeded(alteration)),
                    "figures": {
                        name: {
                            "value": round(loss.value, 4),
                            "loss": round(loss.points, 2),
                            "low": round(loss.low, 2),
                            "high": round(loss.high, 2),
                        }
                        for name, loss in losses.items()
                    },
                }
                for alteration, losses in self.losses.items()
            ],
        }


def limit_of(alteration: str) -> float:
    """The points of exact F1 that an alteration may cost."""
    return LIMITS.get(alteration, LIMIT)


def robustness(
    model: Model,
    gold: Sequence[Document],
    alterations: Mapping[str, Alteration] = ALTERATIONS,
    resamples: int = 1000,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Robustness:
    """Score the gold documents untouched and under each alteration, and compare.

    Raises ``ValueError`` if there are no documents, or fewer than one resample is asked for.
    """
    if not gold or resamples < 1:
        raise ValueError("robustness needs at least one document and one resample")
    scorer = Scorer(model)
    versions = {UNTOUCHED: list(gold)}
    versions |= {name: [alter(document) or document for document in gold] for name, alter in alterations.items()}
    counts = np.empty((len(gold), len(versions), len(FIGURES), 2))
    for place, (name, documents) in enumerate(versions.items()):
        say(f"scoring: {name}")
        counts[:, place] = list(_ratios(scorer, documents))
    value = _value(counts.sum(axis=0))
    points = _losses(value)
    low, high = interval(_losses(_value(resampled(counts, resamples, seed))))
    losses = {
        alteration: {
            name: Loss(*map(float, (value[i, j], points[i, j], low[i, j], high[i, j])))
            for j, name in enumerate(FIGURES)
        }
        for i, alteration in enumerate(versions)
        if i
    }
    changed = {name: sum(a.text != b.text for a, b in zip(gold, versions[name], strict=True)) for name in losses}
    return Robustness(len(gold), dict(zip(FIGURES, value[0].tolist(), strict=True)), losses, changed)


def _ratios(scorer: Scorer, documents: Sequence[Document]) -> Iterator[list[tuple[int, int]]]:
    """For each document and figure: numerator and denominator. They add, as F1 is 2 tp of 2 tp + fp + fn."""
    predicted = scorer.score_many(document.article for document in documents)
    for document, found in zip(documents, predicted, strict=True):
        evaluation = evaluate([document], [found])
        yield [_ratio(figure(evaluation)) for figure in FIGURES.values()]


def _ratio(counts: Counts | Share) -> tuple[int, int]:
    if isinstance(counts, Share):
        return counts.right, counts.of
    return 2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn


def _value(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shape (..., 2) to (...); 0 where there is nothing to count."""
    right, of = sums[..., 0], sums[..., 1]
    return np.asarray(right / np.maximum(of, 1))


def _losses(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points below the first version; shape (..., versions, figures)."""
    return np.asarray(100 * (value[..., :1, :] - value))
