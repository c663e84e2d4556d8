"""Decided sentences put together into gold documents, one for each article.

A gold document holds the whole text, the decided sentences (``labelled``), how each was decided (``decided``), and
which of them chance had chosen (``control``). Links may cross sentences: a claim is linked where the attribution is
gold as well. Where it is not (yet), the direction is kept in ``unresolved``, as in pulled files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from ...data.documents import Article, Document, Span
from ...data.labelled import LABELLED
from ..regions import EARLIER, LATER
from ..studio.assembly import CONTROL, UNRESOLVED
from .adjudication import Decision, Outcome
from .readings import Mark

DECIDED = "decided"


def gold_documents(outcome: Outcome, meta: Mapping[str, Mapping[str, Any]] | None = None) -> list[Document]:
    """The documents of all decided sentences, in order of their ids; articles without one are left out.

    ``meta`` is what else is known of each article, by id.
    """
    open_places: dict[str, list[int]] = {}
    for waiting in outcome.waiting:
        open_places.setdefault(waiting.sentence.article.id, []).append(waiting.sentence.start)
    return [
        _document(list(group), open_places.get(name, []), (meta or {}).get(name, {}))
        for name, group in groupby(outcome.decided, key=lambda decision: decision.sentence.article.id)
    ]


def _document(decisions: Sequence[Decision], waiting: Sequence[int], meta: Mapping[str, Any]) -> Document:
    marks = [(mark, d) for d in decisions for mark in sorted(d.reading, key=lambda mark: mark.place)]
    spans = [mark.span for mark, _ in marks]
    unresolved = []
    for index, (mark, decision) in enumerate(marks):
        way = _direction(mark, decision)
        link = _link(mark, decision, way, spans, waiting)
        spans[index] = replace(mark.span, attributed_to=link)
        if link is None and way is not None:
            unresolved.append([mark.span.start, mark.span.end, way])
    article: Article = decisions[0].sentence.article
    own: dict[str, Any] = {
        LABELLED: [[d.sentence.start, d.sentence.end] for d in decisions],
        DECIDED: [{"start": d.sentence.start, "end": d.sentence.end, "how": d.how} for d in decisions],
        CONTROL: [[d.sentence.start, d.sentence.end] for d in decisions if d.sentence.is_control],
    }
    if unresolved:
        own[UNRESOLVED] = unresolved
    return Document(article, tuple(spans), {**meta, **own})


def _direction(mark: Mark, decision: Decision) -> str | None:
    """Where the source stands that is not in the sentence."""
    if mark.source is None:
        return mark.elsewhere
    if mark.source.end <= decision.sentence.start:
        return EARLIER
    return LATER if mark.source.start >= decision.sentence.end else None


def _link(mark: Mark, decision: Decision, way: str | None, spans: Sequence[Span], waiting: Sequence[int]) -> int | None:
    """The index of the attribution that states a claim.

    It may have got other edges than the annotators of this sentence gave it. Where only its direction is known it is
    the nearest one that way, as in a pull, unless a sentence between the two still waits.
    """
    attributions = [(index, span) for index, span in enumerate(spans) if not span.is_claim]
    if source := mark.source:
        same = [index for index, span in attributions if (span.start, span.end) == (source.start, source.end)]
        same += [index for index, span in attributions if span.start < source.end and source.start < span.end]
        return same[0] if same else None
    start, end = decision.sentence.start, decision.sentence.end
    if way == EARLIER:
        found = [(index, span.end, start) for index, span in attributions if span.end <= start][-1:]
    elif way == LATER:
        found = [(index, end, span.start) for index, span in attributions if span.start >= end][:1]
    else:
        return None
    return next((index for index, low, high in found if not any(low <= at < high for at in waiting)), None)
