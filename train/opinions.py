"""What a labeller thinks of every span it thinks possible, and what several think together.

A tagger's errors are not a teacher's errors: the mean of their probabilities is better than either. Of the spans
that overlap, the best set is chosen as the tagger itself does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from ..data.documents import LABELS, Article, Document, Span
from ..data.sentences import split_sentences
from ..models.candidates import enumerate_candidates
from ..models.span_model import best_set
from ..models.tagger import SpanTagger
from ..models.tokens import TokenBatch
from .chain import span_log_probabilities

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

THRESHOLD = 0.4
"""The least probability of a span that is taken; see ``SpanTagger``."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Possible spans of some texts, rivals among them. All arrays have shape (spans,).

    ``text`` is the number of the text, ``start`` and ``end`` are offsets into it, ``label`` is a place in ``LABELS``.
    """

    text: Ints
    start: Ints
    end: Ints
    label: Ints
    probability: Floats


class Labeller(Protocol):
    """Whoever can be asked what spans there are in texts."""

    def opinion(self, texts: Sequence[str]) -> Opinion: ...


@dataclass(frozen=True, slots=True)
class TaggerOpinion:
    """A span tagger as a labeller."""

    tagger: SpanTagger

    def opinion(self, texts: Sequence[str]) -> Opinion:
        """All candidates that the tagger judges, with their probabilities."""
        batch, scored = self.tagger.scored(texts, [split_sentences(text) for text in texts])
        parts = [
            (found.first, found.last, np.full(len(found), label), expit(odds))
            for label, (found, odds) in enumerate(scored)
        ]
        return _opinion(batch, parts)


@dataclass(frozen=True, slots=True)
class Panel:
    """Several labellers as one: the mean of their probabilities; who does not think of a span gives it none."""

    members: tuple[Labeller, ...]

    def opinion(self, texts: Sequence[str]) -> Opinion:
        return mean_opinion([member.opinion(texts) for member in self.members])


def mean_opinion(opinions: Sequence[Opinion]) -> Opinion:
    """The union of the spans with their mean probability."""
    rows = np.concatenate([np.stack((o.text, o.start, o.end, o.label), axis=1) for o in opinions])
    spans, place = np.unique(rows, axis=0, return_inverse=True)
    total = np.bincount(place.ravel(), np.concatenate([o.probability for o in opinions]), len(spans))
    text, start, end, label = spans.T
    return Opinion(text, start, end, label, (total / len(opinions)).astype(np.float32))


def opinion_of_tags(batch: TokenBatch, probabilities: Floats) -> Opinion:
    """What tag probabilities, shape (positions, tags), say of spans: of all well-formed taggings, how many hold it."""
    logs = np.log(np.maximum(probabilities, 1e-9))
    parts = []
    for label in range(len(LABELS)):
        found = enumerate_candidates(batch, probabilities, label)
        which = np.full(len(found), label)
        sure = np.exp(span_log_probabilities(batch, logs, found.first, found.last, which))
        parts.append((found.first, found.last, which, sure))
    return _opinion(batch, parts)


def _opinion(batch: TokenBatch, parts: Sequence[tuple[Ints, Ints, Ints, Floats]]) -> Opinion:
    if not parts:
        none = np.zeros(0, np.int64)
        return Opinion(none, none, none, none, np.zeros(0, np.float32))
    first, last, label, probability = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    text = batch.text_of[batch.sentence[first]] if first.size else first
    return Opinion(text, batch.start[first], batch.end[last], label, probability.astype(np.float32))


def chosen(opinion: Opinion, threshold: float = THRESHOLD) -> Ints:
    """Indices of the best set of spans without overlaps, in the order of the texts."""
    odds = logit(np.clip(opinion.probability.astype(np.float64), 1e-6, 1 - 1e-6))
    gain = (odds - logit(threshold)).astype(np.float32)
    longest = int(opinion.end.max(initial=0))
    base = opinion.text * (longest + 1)
    taken: Ints = best_set(base + opinion.start, base + opinion.end - 1, gain)
    return taken


def documents_of(articles: Sequence[Article], opinion: Opinion, threshold: float = THRESHOLD) -> list[Document]:
    """The articles with the chosen spans and their confidence; no records, no links."""
    spans: list[list[Span]] = [[] for _ in articles]
    for i in chosen(opinion, threshold).tolist():
        sure = round(min(float(opinion.probability[i]), 1.0), 4)
        span = Span(int(opinion.start[i]), int(opinion.end[i]), LABELS[int(opinion.label[i])], confidence=sure)
        spans[int(opinion.text[i])].append(span)
    return [Document(article, tuple(mine)) for article, mine in zip(articles, spans, strict=True)]
