"""The same scores for parts of a trial: by genre, by qualifier, by harm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...data.counts import Counts
from ...data.documents import CLAIM, HARMS, QUALIFIERS, Span
from .figures import Figure, f1, figures, precision, recall
from .trials import Trial

FEW_DOCUMENTS, FEW_CLAIMS = 5, 25
"""A cell that rests on fewer documents or gold claims says little, and is shown in grey."""

UNKNOWN = "not said"


@dataclass(frozen=True, slots=True)
class Row:
    """One part: in how many documents it occurs, its counts, and the figures made of them."""

    name: str
    documents: int
    counts: Counts
    precision: Figure
    recall: Figure
    f1: Figure

    @property
    def claims(self) -> int:
        """Gold claims."""
        return self.counts.tp + self.counts.fn

    @property
    def small(self) -> bool:
        return self.documents < FEW_DOCUMENTS or self.claims < FEW_CLAIMS


def by_field(trial: Trial, name: str) -> list[Row]:
    """Claims with exact words by a field of the documents' ``meta``; the largest parts first, unknown last.

    Empty where no document says anything in that field.
    """
    values = [str(document.meta.get(name) or UNKNOWN) for document in trial.gold]
    parts = sorted(Counter(values).items(), key=lambda item: (item[0] == UNKNOWN, -item[1], item[0]))
    if all(value == UNKNOWN for value in values):
        return []
    counts = [{value: e.exact[CLAIM]} for value, e in zip(values, trial.by_document, strict=True)]
    return _rows([value for value, _ in parts], counts)


def by_harm(trial: Trial) -> list[Row]:
    """Claims that have exact words and the right harm, by harm."""
    return _by_kind(trial, HARMS, lambda span: span.harm)


def by_qualifier(trial: Trial) -> list[Row]:
    """Claims that have exact words and the right qualifier, by qualifier."""
    return _by_kind(trial, QUALIFIERS, lambda span: span.quantity.qualifier if span.quantity else None)


def _by_kind(trial: Trial, kinds: Sequence[str], kind_of: Callable[[Span], str | None]) -> list[Row]:
    """A claim counts as right where both have the same words and are of the same kind."""
    counts = []
    for gold, predicted in zip(trial.gold, trial.predicted, strict=True):
        wanted, found = (
            Counter((kind_of(s), s.start, s.end) for _, s in document.claims) for document in (gold, predicted)
        )
        mine: dict[str, Counts] = {}
        for kind in kinds:
            n, m, both = (
                sum(times for (k, _, _), times in spans.items() if k == kind)
                for spans in (wanted, found, wanted & found)
            )
            if n or m:
                mine[kind] = Counts(both, m - both, n - both)
        counts.append(mine)
    return _rows([kind for kind in kinds if any(kind in mine for mine in counts)], counts)


def _rows(names: Sequence[str], counts: Sequence[Mapping[str, Counts]]) -> list[Row]:
    ratios = (precision, recall, f1)
    cells = [[ratio(mine.get(name, Counts())) for name in names for ratio in ratios] for mine in counts]
    shown = figures(cells)
    return [
        Row(
            name,
            sum(name in mine for mine in counts),
            sum((mine[name] for mine in counts if name in mine), Counts()),
            *shown[3 * i : 3 * i + 3],
        )
        for i, name in enumerate(names)
    ]
