"""What the model says of a sentence, as a pre-annotation, and how sure it is.

Whole articles are scored, so that a claim finds its source in another sentence; then each sentence gets its part.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data.documents import Article, Document, Span
from ..data.sentences import split_sentences
from ..models.scorer import Scorer, batches
from ..models.tagger import Judged
from .regions import EARLIER, LATER, OWN, Reading, to_result
from .tasks import Task

Sentences = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Judgment:
    """What the model says of one sentence.

    ``confidence``: how sure it is of its least sure decision in the sentence, 0 to 1; 1 where there was nothing to
    decide. A decision is a candidate taken or let go, max(p, 1 - p), or the source chosen for a claim.
    ``likely``: the greatest probability that anything in the sentence is a claim or an attribution.
    """

    reading: Reading
    confidence: float
    likely: float

    @property
    def closeness(self) -> float:
        """How close the model is to the fence, 0 to 1: what uncertainty sampling goes by (Lewis and Gale 1994)."""
        return 1.0 - self.confidence


def readings(document: Document, sentences: Sentences) -> list[Reading]:
    """A document's spans by sentence, with offsets into it.

    A claim is joined to the attribution of its own sentence; for one elsewhere, or none, its ``sources`` says so.
    ``sentences`` are (start, end) in order. A span that is not wholly in one of them is left out; the model makes
    none such.
    """
    starts = [start for start, _ in sentences]
    members: list[list[int]] = [[] for _ in sentences]
    for index, span in enumerate(document.spans):
        number = bisect_right(starts, span.start) - 1
        if number >= 0 and span.end <= sentences[number][1]:
            members[number].append(index)
    return [_reading(document.spans, own, start) for own, start in zip(members, starts, strict=True)]


def _reading(spans: Sequence[Span], members: list[int], offset: int) -> Reading:
    order = sorted(members, key=lambda index: (spans[index].start, spans[index].end, spans[index].label))
    place = {index: number for number, index in enumerate(order)}
    made, sources = [], []
    for index in order:
        span, link = spans[index], spans[index].attributed_to
        source = None
        if span.is_claim and link is None:
            source = OWN
        elif link is not None and link not in place:
            source = EARLIER if spans[link].start < span.start else LATER
        inside = None if link is None else place.get(link)
        made.append(replace(span, start=span.start - offset, end=span.end - offset, attributed_to=inside))
        sources.append(source)
    return Reading(tuple(made), tuple(sources))


def judgments(document: Document, judged: Judged, sentences: Sentences) -> list[Judgment]:
    """What the model says of each sentence of a document that it scored; see ``Scorer.judge``."""
    starts = np.array([start for start, _ in sentences], np.int64)
    confidence, likely = np.ones(len(starts)), np.zeros(len(starts))
    home = np.searchsorted(starts, judged.start, side="right") - 1
    p = judged.probability.astype(np.float64)
    np.minimum.at(confidence, home, np.maximum(p, 1 - p))
    np.maximum.at(likely, home, p)
    found = readings(document, sentences)
    linked = [[s.link_confidence for s in r.spans if s.link_confidence is not None] for r in found]
    sure = [min([c, *links]) for c, links in zip(confidence.tolist(), linked, strict=True)]
    return [Judgment(r, round(c, 4), round(m, 4)) for r, c, m in zip(found, sure, likely.tolist(), strict=True)]


def judge_articles(scorer: Scorer, articles: Sequence[Article]) -> Iterator[tuple[Article, Sentences, list[Judgment]]]:
    """One batch of articles with their sentences and what the model says of each; see ``models.scorer.batches``."""
    sentences = [split_sentences(article.text) for article in articles]
    for (document, judged), bounds in zip(scorer.judge(articles, sentences), sentences, strict=True):
        yield document.article, bounds, judgments(document, judged, bounds)


def suggestion(reading: Reading, text: str, model_version: str, confidence: float) -> dict[str, Any]:
    """A reading of ``text`` as Label Studio takes predictions. Its uncertainty sampling serves the least ``score``
    first."""
    return {"model_version": model_version, "score": confidence, "result": to_result(reading, text)}


def suggest_tasks(scorer: Scorer, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """A suggestion for each task, from its sentence and the context shown with it.

    As in an export, but that the model sees no more of the article than the annotator does.
    """
    shown = [_shown(task, number) for number, task in enumerate(tasks)]
    made: list[dict[str, Any]] = []
    for batch in batches(article for article, _, _ in shown):
        part = shown[len(made) : len(made) + len(batch)]
        scored = scorer.judge(batch, [bounds for _, bounds, _ in part])
        for (document, judged), (_, bounds, own) in zip(scored, part, strict=True):
            judgment = judgments(document, judged, bounds)[own]
            text = tasks[len(made)].text
            made.append(suggestion(judgment.reading, text, scorer.model.name, judgment.confidence))
    return made


def _shown(task: Task, number: int) -> tuple[Article, Sentences, int]:
    """A task as a small article, its sentences, and which of them is to be labelled."""
    start = len(task.before) + 1 if task.before else 0
    end = start + len(task.text)
    before = list(split_sentences(task.before)) if task.before else []
    after = [(end + 1 + low, end + 1 + high) for low, high in split_sentences(task.after)] if task.after else []
    text = " ".join(part for part in (task.before, task.text, task.after) if part)
    if not text.strip():  # no sentence of ours, but a page may show it
        text = "-" * len(text)
    return Article(f"task {number}", text), [*before, (start, end), *after], len(before)
