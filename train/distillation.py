"""Silver: what a teacher says of articles that nobody has labelled, where it is sure.

A small model that also learns from a strong model's labels of unlabelled text keeps much of what the strong one
knows (Hinton, Vinyals and Dean 2015; for taggers, Wang and others, "Structure-level knowledge distillation", 2020).
Only sentences without a doubtful span are taken: in them every candidate is surely a span or surely none. They stand
in ``meta["labelled"]``, so that training looks at nothing else of their article, and ``meta["silver"]`` names the
teacher. Silver has no records and no links, and nobody is ever judged by it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ..data.documents import LABELS, Article, Document, Span
from ..data.labelled import LABELLED, labelled_part
from ..data.lexicons import lexicon
from ..data.sentences import split_sentences
from ..models.context import LANDMARKS, is_class
from ..models.scorer import batches
from ..models.tokens import tokenise
from ..models.vocabulary import MEMBERSHIPS, Vocabulary
from .opinions import Labeller, Panel, chosen

SILVER = "silver"
KINDS = ("claims", "attributions", "hard", "rest")
"""Sentences with a claim; with attributions alone; without a span but with a word of harm or reporting; others."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sentences teach.

    ``sure``: every candidate of the sentence is at least so likely to be a span, or so likely to be none.
    ``attributions``, ``hard``, ``rest``: at most so many sentences, for each one with a claim, that hold attributions
    alone, no span but a word of harm or reporting, and neither.
    """

    sure: float = 0.95
    attributions: float = 1.0
    hard: float = 0.75
    rest: float = 0.25


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence as a labeller reads it: ``doubt`` is the probability of what is least sure of it."""

    start: int
    end: int
    kind: str
    spans: tuple[Span, ...]
    doubt: float


def is_silver(document: Document) -> bool:
    """Whether a document's labels are a teacher's."""
    return SILVER in document.meta


def provenance(silver: Sequence[Document]) -> dict[str, Any]:
    """What a model's card says of the silver it learned from: whose, how much."""
    parts = [part for part in map(labelled_part, silver) if part is not None]
    return {
        "teachers": sorted({str(document.meta[SILVER]) for document in parts}),
        "documents": len(parts),
        "sentences": sum(len(split_sentences(document.text)) for document in parts),
        "claims": sum(len(document.claims) for document in parts),
        "attributions": sum(len(document.attributions) for document in parts),
    }


def readings(
    articles: Iterable[Article], labeller: Labeller, say: Callable[[str], None] = lambda _: None
) -> Iterator[tuple[Article, list[Reading]]]:
    """Every article with every sentence as the labeller reads it, a batch at a time."""
    vocabulary = Vocabulary({name: lexicon(name) for name in MEMBERSHIPS})
    done = 0
    for batch in batches(articles):
        if vocabulary.full:
            vocabulary.clear()
        yield from zip(batch, _readings(batch, labeller, vocabulary), strict=True)
        done += len(batch)
        say(f"labelled {done:,} articles")


def _readings(articles: Sequence[Article], labeller: Labeller, vocabulary: Vocabulary) -> list[list[Reading]]:
    texts = [article.text for article in articles]
    sentences = [split_sentences(text) for text in texts]
    opinion = labeller.opinion(texts)
    tokens = tokenise(texts, sentences, vocabulary.ids)
    telling = is_class((*LANDMARKS["harm"], "cue", "cue_noun"))[vocabulary.classes[tokens.types]]
    at = {(int(tokens.text_of[tokens.sentence[i]]), int(tokens.start[i])) for i in np.flatnonzero(telling)}
    lows = [[low for low, _ in bounds] for bounds in sentences]
    hard = {(text, bisect_right(lows[text], start) - 1) for text, start in at}

    doubts = [np.zeros(len(bounds)) for bounds in sentences]
    unsure = np.minimum(opinion.probability, 1 - opinion.probability)
    for text, start, doubt in zip(opinion.text.tolist(), opinion.start.tolist(), unsure.tolist(), strict=True):
        place = bisect_right(lows[text], start) - 1
        doubts[text][place] = max(doubts[text][place], doubt)
    spans: list[list[list[Span]]] = [[[] for _ in bounds] for bounds in sentences]
    for i in chosen(opinion).tolist():
        text, start, end = int(opinion.text[i]), int(opinion.start[i]), int(opinion.end[i])
        sure = round(min(float(opinion.probability[i]), 1.0), 4)
        span = Span(start, end, LABELS[int(opinion.label[i])], confidence=sure)
        spans[text][bisect_right(lows[text], start) - 1].append(span)
    return [
        [
            Reading(low, high, _kind(mine, (text, place) in hard), tuple(mine), round(float(doubt), 4))
            for place, ((low, high), mine, doubt) in enumerate(zip(bounds, spans[text], doubts[text], strict=True))
        ]
        for text, bounds in enumerate(sentences)
    ]


def _kind(spans: Sequence[Span], hard: bool) -> str:
    if any(span.is_claim for span in spans):
        return "claims"
    return "attributions" if spans else "hard" if hard else "rest"


def silver_documents(
    read: Iterable[tuple[Article, Sequence[Reading]]], teacher: str, choice: Choice | None = None
) -> list[Document]:
    """The articles with a sentence to learn from, cut down to these by ``meta["labelled"]``.

    A sentence met before is left out. Which of too many sentences are taken is drawn by their words, so that the
    same articles in any order give the same.
    """
    choice = choice or Choice()
    pools: dict[str, list[tuple[bytes, int, Reading]]] = {kind: [] for kind in KINDS}
    articles: list[Article] = []
    seen: set[bytes] = set()
    for number, (article, sentences) in enumerate(read):
        articles.append(article)
        for reading in sentences:
            words = sha256(" ".join(article.text[reading.start : reading.end].split()).encode()).digest()
            if reading.doubt <= 1 - choice.sure and words not in seen:
                seen.add(words)
                pools[reading.kind].append((words, number, reading))
    taken: dict[int, list[Reading]] = {}
    for kind, pool in pools.items():
        most = len(pool) if kind == "claims" else round(getattr(choice, kind) * len(pools["claims"]))
        for _, number, reading in sorted(pool, key=lambda item: item[0])[:most]:
            taken.setdefault(number, []).append(reading)
    return [_silver(articles[number], taken[number], teacher) for number in sorted(taken)]


def _silver(article: Article, sentences: list[Reading], teacher: str) -> Document:
    inside = sorted(sentences, key=lambda reading: reading.start)
    spans = tuple(span for reading in inside for span in reading.spans)
    return Document(article, spans, {SILVER: teacher, LABELLED: [[r.start, r.end] for r in inside]})


def taught(
    articles: Iterable[Article],
    labeller: Labeller,
    teacher: str,
    choice: Choice | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Document]:
    """What ``labeller`` is sure of in ``articles``, as silver documents; see ``silver_documents``."""
    return silver_documents(readings(articles, labeller, say), teacher, choice)


def teach(
    documents: Sequence[Document],
    articles: Sequence[Article],
    checkpoint: str,
    *,
    teachers: int = 2,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
    **settings: Any,
) -> list[Document]:
    """Fine-tune teachers on labelled documents, and take their silver from articles.

    Two from different seeds are sure together of fewer wrong spans than one alone. ``settings`` are ``Teacher``'s.
    Raises ``ValueError`` if there is no sentence with a claim of which they are sure.
    """
    from .teacher import Teacher

    members = (Teacher(checkpoint, seed=seed + i, **settings).fit(documents, say) for i in range(teachers))
    name = f"{Path(checkpoint).name} x {teachers}"
    silver = taught(articles, Panel(tuple(members)), name, say=say)
    if not silver:
        raise ValueError("the teacher is sure of no claim in the articles; give more of them, or others")
    return silver
