"""What annotators answered: the tasks of a project as Label Studio exports them, read task by task.

An *answer* is the last thing that one annotator submitted for one sentence. Drafts are no answers. Sentences are told
apart by their key, annotators by their name, never by the server's numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..tasks import Task, TaskError
from .accounts import NOBODY, account, name_of

Result = tuple[Mapping[str, Any], ...]

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell about an annotation. ``lost`` says whether a part of it could not be used."""

    place: str
    reason: str
    lost: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """The items an annotator left on a sentence (none: nothing to mark), or that they skipped it.

    ``number`` is the task's on the server, for messages alone. ``seconds`` is the time it took. ``suggestion`` holds
    the items of the prediction it came from, ``None`` if there was none.
    """

    task: Task
    number: int
    annotator: str
    skipped: bool
    result: Result
    updated: datetime = _NEVER
    seconds: float | None = None
    suggestion: Result | None = None

    @property
    def place(self) -> str:
        return f"task {self.number}, {self.annotator}, {self.task.key}"


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of a project, in order of article, place and annotator.

    ``tasks`` counts its sentences, ``strangers`` what stands there and is no task of this toolkit.
    """

    tasks: int = 0
    answers: tuple[Answer, ...] = ()
    notes: tuple[Note, ...] = ()
    strangers: int = 0

    @property
    def annotators(self) -> list[str]:
        return sorted({answer.annotator for answer in self.answers})


def read_answers(
    rows: Iterable[Mapping[str, Any]],
    names: Mapping[int, str],
    *,
    version: str = "",
    only: str | None = None,
) -> Answers:
    """The answers of exported tasks.

    ``names`` are the annotators by the server's number; who is not among them is ``user 17``. ``version`` is the
    model version whose suggestions the project shows. With ``only``, the answers of one annotator are read. Where one
    annotator answered a sentence twice, what they did last counts.
    """
    reader = _Reader(names, version, only)
    for row in rows:
        reader.read(row)
    found = reader.found.values()
    answers = sorted(found, key=lambda a: (a.task.article, a.task.start, a.task.end, a.annotator))
    return Answers(len(reader.keys), tuple(answers), tuple(reader.notes), reader.strangers)


@dataclass(slots=True)
class _Reader:
    names: Mapping[int, str]
    version: str
    only: str | None
    keys: set[str] = field(default_factory=set)
    found: dict[tuple[str, str], Answer] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    strangers: int = 0

    def read(self, row: Mapping[str, Any]) -> None:
        place = f"task {row.get('id')}"
        try:
            data = row.get("data")
            task = Task.from_data(data if isinstance(data, Mapping) else {})
        except TaskError as error:
            self.strangers += 1
            self.notes.append(Note(place, f"it is no task of this toolkit: {error}"))
            return
        self.keys.add(task.key)
        for annotation in row.get("annotations") or ():
            name = name_of(account(annotation), self.names)
            if self.only in (None, name):
                try:
                    self._keep(self._answer(task, name, annotation, row))
                except (TypeError, ValueError) as error:
                    self.notes.append(Note(f"{place}, {name}, {task.key}", f"an annotation cannot be read: {error}"))

    def _answer(self, task: Task, name: str, annotation: Mapping[str, Any], row: Mapping[str, Any]) -> Answer:
        skipped = bool(annotation.get("was_cancelled"))
        seconds = annotation.get("lead_time")
        return Answer(
            task=task,
            number=int(row.get("id") or 0),
            annotator=name,
            skipped=skipped,
            result=() if skipped else _items(annotation.get("result")),
            updated=_time(annotation.get("updated_at") or annotation.get("created_at")),
            seconds=float(seconds) if isinstance(seconds, int | float) else None,
            suggestion=self._suggestion(annotation, row),
        )

    def _suggestion(self, annotation: Mapping[str, Any], row: Mapping[str, Any]) -> Result | None:
        """The items of the prediction it came from. Where the server does not know that, it was the newest of the
        version shown that was there before it."""
        offered = [p for p in row.get("predictions") or () if isinstance(p, Mapping)]
        parent = annotation.get("parent_prediction")
        if parent is not None:
            chosen = [p for p in offered if p.get("id") == parent]
        else:
            versions = {p.get("model_version") for p in offered}
            version = versions.pop() if len(versions) == 1 else self.version
            made = _time(annotation.get("created_at") or annotation.get("updated_at"))
            chosen = [p for p in offered if p.get("model_version") == version and _time(p.get("created_at")) <= made]
        try:
            return _items(max(chosen, key=lambda p: _time(p.get("created_at"))).get("result")) if chosen else None
        except TypeError:
            return None

    def _keep(self, answer: Answer) -> None:
        place = answer.task.key, answer.annotator
        other = self.found.get(place)
        if other is None:
            self.found[place] = answer
            return
        earlier, later = sorted((other, answer), key=lambda a: a.updated)
        self.found[place] = later
        self.notes.append(
            Note(
                earlier.place,
                f"answered twice: what was submitted at {earlier.updated:%Y-%m-%d %H:%M:%S} gives way to what was"
                f" submitted at {later.updated:%Y-%m-%d %H:%M:%S}",
                lost=answer.annotator == NOBODY,  # it may have been two people
            )
        )


def _items(result: object) -> Result:
    """What is in the list, whatever it is. No list is no answer, and must not pass for one without a span."""
    if result is None:
        return ()
    if not isinstance(result, list | tuple):
        raise TypeError(f"its result is {type(result).__name__}, not a list")
    return tuple(result)


def _time(words: object) -> datetime:
    """A time of the server. What is none is older than any."""
    try:
        time = datetime.fromisoformat(str(words))
    except ValueError:
        return _NEVER
    return time if time.tzinfo else time.replace(tzinfo=UTC)
