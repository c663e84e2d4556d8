"""When are two spans, two records, two sources the same? One answer for evaluation and for agreement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .documents import Document, Span

FIELDS = ("harm", "qualifier", "count", "low", "high")
"""The fields of a record, in the order of ``record_values``."""


def overlap_pairs(gold: Sequence[Span], predicted: Sequence[Span]) -> list[tuple[int, int]]:
    """Pairs (gold, predicted) of overlapping spans, one to one; the greatest overlaps are paired first."""
    overlaps = [
        (min(g.end, p.end) - max(g.start, p.start), -i, -j)
        for i, g in enumerate(gold)
        for j, p in enumerate(predicted)
        if g.start < p.end and p.start < g.end
    ]
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for _, i, j in sorted(overlaps, reverse=True):
        if -i not in pairs and -j not in used:
            pairs[-i] = -j
            used.add(-j)
    return sorted(pairs.items())


def record_values(span: Span) -> tuple[Any, ...]:
    """Harm, qualifier, count, low, high of a claim."""
    q = span.quantity
    return (span.harm, q and q.qualifier, q and q.count, q and q.low, q and q.high)


def source_of(document: Document, claim: Span) -> Span | None:
    """The attribution that a claim of this document is linked to."""
    return None if claim.attributed_to is None else document.spans[claim.attributed_to]


def sources_agree(a: Span | None, b: Span | None) -> bool:
    """Whether two sources are one: they share a character, or both are nobody."""
    if a is None or b is None:
        return a is b
    return a.start < b.end and b.start < a.end
