"""What the tests of faults push, how, and how they know that no secret came out."""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from casualty_claims.annotate.regions import Reading, to_result
from casualty_claims.annotate.studio.push import Pushed, push
from casualty_claims.annotate.studio.server import ServerError, connect
from casualty_claims.annotate.tasks import tasks_of
from casualty_claims.data.documents import Article, Span
from casualty_claims.data.notation import parse
from proxy import COOKIE, DEADLINE
from studio import Contents

BATCH, PAGE = 4, 5
"""Tasks a request sends and reads: three of each for what is pushed here."""

PATIENCE = 2.5
"""Seconds of waiting until a push gives up: enough for one fault, and little where nobody answers any more."""

SETTLE = 0.05
"""Seconds of waiting for what the server may still do: nothing, in most of the tests."""

FIRST = "first model"


def article() -> tuple[Article, list[tuple[int, int]], list[tuple[Span, ...]]]:
    """Twelve sentences, the places of them in the text, and the spans in each."""
    texts, spans = [], []
    for n in range(3, 15):
        text, found = parse(
            f"[[a1|Colonel Dara Obin said]] [[k>={n}@a1|at least {n} people were killed]] at post {n} 🕊."
        )
        texts.append(text)
        spans.append(found)
    ends = [sum(len(text) + 1 for text in texts[:n]) for n in range(len(texts) + 1)]
    return Article("belmar.txt", " ".join(texts)), [(start, end - 1) for start, end in pairwise(ends)], spans


def rows(version: str = FIRST) -> list[dict[str, Any]]:
    """What a file of tasks holds of them, with the suggestions of one model."""
    report, places, spans = article()
    return [
        {
            "data": task.data(),
            "predictions": [{"model_version": version, "score": 0.5, "result": to_result(Reading(found), task.text)}],
        }
        for task, found in zip(tasks_of(report, places), spans, strict=True)
    ]


def once(*versions: str) -> Contents:
    """What shall be there: each sentence once, and once the suggestions of each of these models."""
    keys = [row["data"]["key"] for row in rows()]
    return Contents(Counter(keys), Counter((key, version) for key in keys for version in versions), Counter())


class Teller:
    """Collects all that a user, a log or a traceback could show."""

    def __init__(self, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
        self.caplog, self.capfd = caplog, capfd
        self.words: list[str] = []
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.INFO, "markdown_it")  # thousands of lines about the guideline

    def error(self, error: BaseException) -> None:
        self.words += [repr(error), repr(vars(error)), *traceback.format_exception(error)]

    def assert_no_secret(self, *tokens: str) -> None:
        """No token, no part of one that opens anything, and no cookie has been shown."""
        captured = self.capfd.readouterr()
        everything = "\n".join([*self.words, captured.out, captured.err, self.caplog.text])
        secrets = [COOKIE, "sessionid", "csrftoken", *(part for token in tokens for part in token.split("."))]
        assert [secret for secret in secrets if secret in everything] == []


def attempt(
    url: str,
    token: str,
    title: str,
    teller: Teller,
    tasks: Sequence[dict[str, Any]] | None = None,
    *,
    timeout: float = DEADLINE,
    told: Callable[[str], None] = lambda words: None,
) -> Pushed | ServerError:
    """One push; how it ended. ``told`` hears what the user is told, after ``teller``."""

    def hear(words: str) -> None:
        teller.words.append(words)
        told(words)

    try:
        server = connect(url, token, timeout=timeout, patience=PATIENCE)
        server.told = hear
        return push(server, tasks or rows(), title, batch=BATCH, settle=SETTLE)
    except ServerError as error:
        teller.error(error)
        return error
