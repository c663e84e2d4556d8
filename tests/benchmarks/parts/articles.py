"""Articles to measure on, made from the corpus.

A share of the names in them is replaced by made-up ones, so that new token types keep coming as they do in real news.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Article, Document
from casualty_claims.data.sentences import split_sentences

CORPUS = Path(__file__).parents[3] / "data" / "corpus"
HELD_OUT = CORPUS.parent / "held-out"
LENGTH = 1500
"""The least characters of an article: some 300 tokens."""

CASUALTIES, CLAIMS, ATTRIBUTIONS = 0.3, 0.4, 0.3
"""Ordinary news: the share of articles with claims, of their sentences that hold one, and of all sentences that hold an
attribution. So 12 in 100 sentences hold a claim, and most articles none."""

_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}")


def made_articles(documents: Sequence[Document], count: int, seed: int = 0) -> Iterator[Article]:
    """``count`` articles of documents drawn at random: as full of claims as the corpus is."""
    draw = random.Random(seed)
    for number in range(count):
        yield Article(f"a{number}", _joined(lambda: draw.choice(documents).text, "\n\n", draw))


def ordinary_articles(documents: Sequence[Document], count: int, seed: int = 0) -> Iterator[Article]:
    """``count`` articles of sentences drawn at random, as few of them with a claim as in ordinary news."""
    draw = random.Random(seed)
    claims, attributions, bare = _sentences(documents)
    both = sum(said for _, said in claims) / len(claims)  # a sentence with a claim often says who states it

    def sentence(of_claims: float) -> str:
        chance = draw.random()
        if chance < of_claims:
            return draw.choice(claims)[0]
        rest = max(ATTRIBUTIONS - of_claims * both, 0)
        return draw.choice(attributions if chance < of_claims + rest else bare)

    for number in range(count):
        share = CLAIMS if draw.random() < CASUALTIES else 0.0
        yield Article(f"o{number}", _joined(lambda share=share: sentence(share), " ", draw))


def write_articles(path: Path, articles: Iterable[Article]) -> None:
    """Articles as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for article in articles:
            file.write(json.dumps({"id": article.id, "text": article.text}) + "\n")


def _sentences(documents: Iterable[Document]) -> tuple[list[tuple[str, bool]], list[str], list[str]]:
    """Sentences with a claim (and whether an attribution is there, too), with an attribution alone, with neither."""
    claims, attributions, bare = [], [], []
    for document in documents:
        for low, high in split_sentences(document.text):
            labels = {span.label for span in document.spans if low <= span.start < high}
            words = " ".join(document.text[low:high].split())
            if CLAIM in labels:
                claims.append((words, ATTRIBUTION in labels))
            else:
                (attributions if labels else bare).append(words)
    return claims, attributions, bare


def _joined(piece: Callable[[], str], gap: str, draw: random.Random) -> str:
    """Pieces up to the length of an article, with some names replaced."""

    def name(match: re.Match[str]) -> str:
        if draw.random() > 0.2:
            return match.group()
        syllables = (draw.choice("bdfgklmnrstvz") + draw.choice("aeiou") for _ in range(draw.randint(2, 4)))
        return "".join(syllables).capitalize()

    text = ""
    while len(text) < LENGTH:
        text += _NAME.sub(name, piece()) + gap
    return text
