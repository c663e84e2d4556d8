"""What a model costs: tokens a second, measured here and now, its size, and what training took."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from time import process_time

from threadpoolctl import threadpool_limits

from ... import models
from ...data.documents import Article
from ...models.model import Model
from ...models.scorer import Scorer, claims_frame
from ...models.tokens import TOKEN

_ENOUGH = 2.0  # seconds of measuring


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a processor second, on one core, from text to claims table.

    ``first`` is of texts never seen, ``again`` of the same texts once their words are known: bulk work lies between.
    """

    tokens: int
    articles: int
    first: float
    again: float
    processor: float
    """Processor seconds for a thousand articles, the first time."""
    bytes: int | None
    training: float | None
    """Processor seconds."""
    training_documents: int | None
    machine: str
    measured: str


def measure(
    model: Model,
    articles: Sequence[Article],
    folder: Path | None = None,
    training: float | None = None,
    training_documents: int | None = None,
) -> Speed:
    """Score the articles once, then again until two seconds are over. Raises ``ValueError`` if there are none."""
    if not articles:
        raise ValueError("there are no articles to measure the speed on")
    tokens = sum(sum(1 for _ in TOKEN.finditer(article.text)) for article in articles)
    with threadpool_limits(1):
        scorer = Scorer(deepcopy(model))  # a copy has not met a word yet
        start = process_time()
        _table(scorer, articles)
        first = process_time() - start
        rounds, start = 0, process_time()
        while not rounds or process_time() - start < _ENOUGH:
            _table(scorer, articles)
            rounds += 1
        again = (process_time() - start) / rounds
    return Speed(
        tokens,
        len(articles),
        tokens / first,
        tokens / again,
        1_000 * first / len(articles),
        sum(path.stat().st_size for path in folder.iterdir()) if folder else None,
        training,
        training_documents,
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        date.today().isoformat(),
    )


def shipped() -> Path:
    """The folder of the model that comes with the package."""
    return Path(str(files(models).joinpath("default")))


def enough(*sources: Sequence[Article], characters: int = 500_000) -> list[Article]:
    """Articles to measure on, from the sources in turn, up to about 100,000 tokens: fewer tell more of the clock."""
    found, size = [], 0
    for article in (article for source in sources for article in source):
        if size >= characters:
            break
        found.append(article)
        size += len(article.text)
    return found


def _table(scorer: Scorer, articles: Sequence[Article]) -> None:
    claims_frame([row for _, rows in scorer.score_with_rows(articles) for row in rows])
