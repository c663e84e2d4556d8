"""Silver: what a teacher thinks of articles that nobody has labelled.

A small model that also learns from a strong model's opinions of unlabelled text keeps much of what the strong one
knows, and more of it if it learns how likely the teacher thinks what, and not only what it would have chosen (Hinton,
Vinyals and Dean 2015). So a silver document holds every span that the teacher thinks possible, with its probability as
``confidence``, rivals among them. The sentences to learn from stand in ``meta["labelled"]``: training looks at nothing
else of their article. ``meta["silver"]`` names the teacher. Silver has no records and no links, and nobody is ever
judged by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ..data.documents import LABELS, Article, Document, Span
from ..data.labelled import LABELLED, labelled_part
from ..data.sentences import split_sentences
from ..models.scorer import batches
from .opinions import Labeller, Opinion, Panel

SILVER = "silver"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sentences teach: all with a span that is at least so ``possible``, and a share of the ``rest``."""

    possible: float = 0.02
    rest: float = 0.15


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
        "claims": sum(_is_likely(span) for document in parts for _, span in document.claims),
        "attributions": sum(_is_likely(span) for document in parts for _, span in document.attributions),
    }


def _is_likely(span: Span) -> bool:
    return span.confidence is None or span.confidence > 0.5


def taught(
    articles: Iterable[Article],
    labeller: Labeller,
    teacher: str,
    choice: Choice | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Document]:
    """What ``labeller`` thinks of the sentences of ``articles`` that ``choice`` takes, as silver documents.

    A sentence met before is left out. Which of the others are taken is drawn by their words: the same articles in any
    order give the same.
    """
    choice = choice or Choice()
    out: list[Document] = []
    seen: set[bytes] = set()
    done = 0
    for batch in batches(articles):
        opinion = labeller.opinion([article.text for article in batch])
        for article, spans in zip(batch, _spans(opinion, batch, choice.possible), strict=True):
            taken = []
            for low, high in split_sentences(article.text):
                words = sha256(" ".join(article.text[low:high].split()).encode()).digest()
                teaches = any(low <= span.start < high for span in spans) or words[0] < choice.rest * 256
                if teaches and words not in seen:
                    taken.append([low, high])
                seen.add(words)
            if taken:
                kept = tuple(span for span in spans if any(low <= span.start < high for low, high in taken))
                out.append(Document(article, kept, {SILVER: teacher, LABELLED: taken}))
        done += len(batch)
        say(f"labelled {done:,} articles")
    return out


def _spans(opinion: Opinion, articles: Sequence[Article], possible: float) -> list[list[Span]]:
    """The possible spans of each article, in order."""
    spans: list[list[Span]] = [[] for _ in articles]
    for i in np.lexsort((opinion.end, opinion.start)).tolist():
        if opinion.probability[i] >= possible:
            sure = round(min(float(opinion.probability[i]), 1.0), 4)
            span = Span(int(opinion.start[i]), int(opinion.end[i]), LABELS[int(opinion.label[i])], confidence=sure)
            spans[int(opinion.text[i])].append(span)
    return spans


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

    What two from different seeds think together is nearer the truth than what one does. ``settings`` are ``Teacher``'s.
    Raises ``ValueError`` if there is no claim that they think likely.
    """
    from .teacher import Teacher

    members = (Teacher(checkpoint, seed=seed + i, **settings).fit(documents, say) for i in range(teachers))
    name = f"{Path(checkpoint).name} x {teachers}"
    silver = taught(articles, Panel(tuple(members)), name, say=say)
    if not any(_is_likely(claim) for document in silver for _, claim in document.claims):
        raise ValueError("the teacher finds no claim in the articles; give more of them, or others")
    return silver
