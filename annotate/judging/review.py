"""A review round: the sentences that wait, as tasks on which every reading is a suggestion with its annotator.

Opened from the list of the project, a task has a tab for each suggestion. Label Studio writes no more than 15
characters on it and shortens words to initials, so a suggestion goes by the name of its annotator and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...data.outputs import OutputError
from ...data.sentences import split_sentences
from .. import regions
from ..taskfile import open_tasks
from ..tasks import Task, tasks_of
from .adjudication import Waiting
from .readings import Mark, Reading, Sentence

_sentences = lru_cache(maxsize=4)(split_sentences)  # one article after the other, many sentences of each

ENDING = ".review.json"
"""How a file of a review round is named; one that is named so may be replaced by the next round."""


def review_rows(waiting: Iterable[Waiting]) -> Iterator[dict[str, Any]]:
    """Tasks as they stand in a file of tasks, each with one prediction for each annotator.

    Its score is the F1 of this reading's marks against all others, so that lowest first is most disputed first.
    """
    for item in waiting:
        sentence = item.sentence
        predictions = [
            {
                "model_version": name,
                "score": _shared(sentence, name),
                "result": regions.to_result(reading_on_page(sentence, reading), sentence.text),
            }
            for name, reading in sentence.readings.items()
        ]
        yield {"data": task_of(sentence).data(), "predictions": predictions}


def write_review(path: Path, waiting: Iterable[Waiting], force: bool = False) -> int:
    """Write the tasks of a review round over a former one, and return how many.

    Raises as ``check_review``.
    """
    check_review(path, force)
    number = 0
    with open_tasks(path, force=True) as tasks:
        for number, row in enumerate(review_rows(waiting), 1):  # noqa: B007 - told when all are written
            tasks.write(row)
    return number


def check_review(path: Path, force: bool = False) -> None:
    """Raises ``OutputError`` if ``path`` is there and is not named as a review round, unless ``force`` is set."""
    if path.exists() and not force and not path.name.endswith(ENDING):
        raise OutputError(f"{path} exists; name a file that ends in {ENDING}, or pass --force to replace it")


def task_of(sentence: Sentence) -> Task:
    """The task of a sentence, with the sentences around it as its context."""
    others = _sentences(sentence.article.text)
    before = [place for place in others if place[1] <= sentence.start]
    after = [place for place in others if place[0] >= sentence.end]
    tasks = tasks_of(sentence.article, [*before, (sentence.start, sentence.end), *after])
    return replace(tasks[len(before)], chosen="control" if sentence.is_control else "all")


def reading_on_page(sentence: Sentence, reading: Reading) -> regions.Reading:
    """The marks as the labelling page draws them: offsets in the sentence, sources outside of it as a direction."""
    places = {mark.place: index for index, mark in enumerate(reading)}
    spans, sources = [], []
    for mark in reading:
        link = None if mark.source is None else places.get((mark.source.start, mark.source.end, mark.source.label))
        span = mark.span
        spans.append(
            replace(span, start=span.start - sentence.start, end=span.end - sentence.start, attributed_to=link)
        )
        sources.append(_elsewhere(sentence, mark) if link is None else None)
    return regions.Reading(tuple(spans), tuple(sources))


def _elsewhere(sentence: Sentence, mark: Mark) -> str | None:
    if mark.source is None:
        return mark.elsewhere
    return regions.EARLIER if mark.source.start < sentence.start else regions.LATER


def _shared(sentence: Sentence, name: str) -> float:
    """F1 of the marks of one annotator, record and source included, against those of all others."""
    mine = sentence.readings[name]
    others = [reading for who, reading in sentence.readings.items() if who != name]
    of = sum(len(mine) + len(other) for other in others)
    return round(sum(2 * len(set(mine) & set(other)) for other in others) / of, 4) if of else 1.0
