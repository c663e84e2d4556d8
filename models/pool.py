"""Scoring chunk by chunk, here or in several processes; the results come in the order of the articles."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

from joblib import cpu_count
from threadpoolctl import threadpool_limits

from ..data.documents import Article, Document
from .scorer import Scorer

Scored = list[tuple[Document, list[dict[str, Any]]]]
"""Documents, each with its rows of the claims table."""

CHUNK_CHARACTERS = 300_000
CHUNK_ARTICLES = 500


def score_chunks(scorer: Scorer, articles: Iterable[Article], jobs: int = 1) -> Generator[Scored, None, None]:
    """Articles in, scored chunks out, with ``jobs`` processes (-1: one a core).

    Articles are read in the calling thread, and never more than the processes have use for. Raises
    ``concurrent.futures.BrokenExecutor`` if a process is killed.
    """
    if jobs == 1:
        with threadpool_limits(1):  # of the linear algebra: its products are small, and threads would only wait
            for chunk in _chunks(articles):
                yield list(scorer.score_with_rows(chunk))
        return
    jobs = cpu_count() if jobs == -1 else jobs
    pool = _pool(scorer, jobs)
    waiting: deque[Future[Scored]] = deque()
    try:
        for chunk in _chunks(articles):
            waiting.append(pool.submit(_score, chunk))
            if len(waiting) > 2 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _chunks(articles: Iterable[Article]) -> Iterator[list[Article]]:
    chunk: list[Article] = []
    size = 0
    for article in articles:
        chunk.append(article)
        size += len(article.text)
        if size > CHUNK_CHARACTERS or len(chunk) >= CHUNK_ARTICLES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _pool(scorer: Scorer, jobs: int) -> ProcessPoolExecutor:
    """Processes that hold the scorer, and with it what it learns of words from chunk to chunk."""
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _hold, (scorer,))
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # only the main thread may do so, and only there does Ctrl-C arrive
        return pool
    try:
        for _ in range(jobs):  # each starts one process, deaf to Ctrl-C: it is this process that ends the work
            pool.submit(int)
    finally:
        signal.signal(signal.SIGINT, before)
    return pool


_held: Scorer


def _hold(scorer: Scorer) -> None:
    global _held
    _held = scorer
    threadpool_limits(1)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A process waits for work for ever, also when there is nobody left to send it."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _score(chunk: list[Article]) -> Scored:
    return list(_held.score_with_rows(chunk))
