"""Scoring with several processes: the same results in the same order, no reading ahead, and a clean end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from multiprocessing import active_children
from multiprocessing.process import BaseProcess

import pytest
from casualty_claims.data.documents import Article, Document
from casualty_claims.models.model import Model
from casualty_claims.models.pool import CHUNK_ARTICLES, score_chunks
from casualty_claims.models.scorer import Scorer


def children() -> set[BaseProcess]:
    """Processes of ours that run: another test may have left some (joblib keeps its workers for the next call)."""
    return set(active_children())


@pytest.fixture(scope="module")
def scorer(model: Model) -> Scorer:
    return Scorer(model)


@pytest.fixture(scope="module")
def articles(fresh_documents: list[Document]) -> list[Article]:
    """Seven chunks, nearly all of short articles, with reports among them."""
    reports = [document.text for document in fresh_documents]
    return [
        Article(f"a{n}", reports[n % len(reports)] if n % 50 == 0 else f"Lorry {n} waits.")
        for n in range(6 * CHUNK_ARTICLES + 1)
    ]


def test_many_processes_give_what_one_gives(scorer: Scorer, articles: list[Article]) -> None:
    alone, together = list(score_chunks(scorer, articles)), list(score_chunks(scorer, articles, 2))
    assert len(alone) == 7
    assert sum(len(rows) for chunk in alone for _, rows in chunk) > 20
    assert together == alone
    assert [document.article for chunk in together for document, _ in chunk] == articles


def test_no_articles_no_chunks(scorer: Scorer) -> None:
    assert list(score_chunks(scorer, [])) == []


def test_no_more_is_read_than_there_is_use_for(scorer: Scorer) -> None:
    read = []

    def long_run() -> Iterator[Article]:
        for number in range(30 * CHUNK_ARTICLES):
            read.append(number)
            yield Article(str(number), "The road stayed shut.")

    before = children()
    chunks = score_chunks(scorer, long_run(), 2)
    assert next(chunks)[0][0].id == "0"
    assert len(read) <= 6 * CHUNK_ARTICLES
    chunks.close()
    assert not children() - before


def test_a_fault_in_reading_is_the_callers(scorer: Scorer) -> None:
    before = children()

    def broken() -> Iterator[Article]:
        yield from (Article(str(number), "The road stayed shut.") for number in range(CHUNK_ARTICLES))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(score_chunks(scorer, broken(), 2))
    assert not children() - before


def test_a_process_that_is_killed_is_noticed(scorer: Scorer, articles: list[Article]) -> None:
    before = children()
    chunks = score_chunks(scorer, articles, 2)
    next(chunks)
    for process in children() - before:
        process.kill()
    with pytest.raises(BrokenExecutor):
        list(chunks)
