"""A task: one sentence to label, with what an annotator needs to see around it.

The sentence is known everywhere by its *key* (article, offsets, hash of the words), never by a number that a
server gave it: server numbers are used again after a deletion, and change on every import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..data.documents import Article
from ..data.sentences import split_sentences

CONTEXT = 2
"""Sentences shown before and after the one to label."""

CHOSEN = ("all", "model", "control", "sample")
"""Everything was taken; the model thought it worth it; chance chose it from all; chance chose it from the rest."""


class TaskError(ValueError):
    """Something that is no task of this project; the message says why."""


@dataclass(frozen=True, slots=True)
class Task:
    """One sentence: ``text`` is ``article.text[start:end]``, ``before`` and ``after`` its neighbours in the article.

    ``chosen`` says why it is in the session (one of ``CHOSEN``); estimates about all sentences of the articles may
    rest only on those that chance chose.
    """

    article: str
    start: int
    end: int
    text: str
    before: str = ""
    after: str = ""
    title: str | None = None
    published: str | None = None
    outlet: str | None = None
    chosen: str = "all"

    def __post_init__(self) -> None:
        if not self.article:
            raise TaskError("the task does not say which article it is from")
        if not 0 <= self.start < self.end or self.end - self.start != len(self.text):
            raise TaskError(f"offsets {self.start} to {self.end} do not fit a sentence of {len(self.text)} characters")

    @property
    def key(self) -> str:
        """``ARTICLE#START-END#HASH``: the same for the same words in the same place of the same article."""
        words = hashlib.sha256(self.text.encode()).hexdigest()[:12]
        return f"{self.article}#{self.start}-{self.end}#{words}"

    def data(self) -> dict[str, Any]:
        """What Label Studio keeps and shows; unknown is an empty string, since its page cannot show null."""
        return {
            "key": self.key,
            "article": self.article,
            "start": self.start,
            "end": self.end,
            "title": self.title or "",
            "published": self.published or "",
            "outlet": self.outlet or "",
            "before": self.before,
            "text": self.text,
            "after": self.after,
            "chosen": self.chosen,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Task:
        """Back from ``data``. Raises ``TaskError`` if it is not a task of ours, or was changed since."""
        for name, kind in {"key": str, "article": str, "text": str, "start": int, "end": int}.items():
            if not isinstance(data.get(name), kind) or isinstance(data.get(name), bool):
                raise TaskError(f"{name} is {data.get(name)!r}; tasks are made by casualty-annotate export")
        words = {name: str(data.get(name) or "") for name in ("before", "after", "title", "published", "outlet")}
        task = cls(
            article=data["article"],
            start=data["start"],
            end=data["end"],
            text=data["text"],
            before=words["before"],
            after=words["after"],
            title=words["title"] or None,
            published=words["published"] or None,
            outlet=words["outlet"] or None,
            chosen=str(data.get("chosen") or "all"),
        )
        if task.key != data["key"]:
            raise TaskError(f"the key {data['key']!r} does not fit the sentence: it was changed after the export")
        return task


def tasks_of(
    article: Article, sentences: Sequence[tuple[int, int]] | None = None, context: int = CONTEXT
) -> list[Task]:
    """One task a sentence, in order. ``sentences`` are (start, end) in ``article.text``; split here if not given."""
    text = article.text
    places = list(split_sentences(text)) if sentences is None else list(sentences)
    tasks = []
    for number, (start, end) in enumerate(places):
        first, last = places[max(number - context, 0)][0], places[min(number + context, len(places) - 1)][1]
        tasks.append(
            Task(
                article=article.id,
                start=start,
                end=end,
                text=text[start:end],
                before=text[first:start].strip(),
                after=text[end:last].strip(),
                title=article.title,
                published=article.published,
                outlet=article.source,
            )
        )
    return tasks
