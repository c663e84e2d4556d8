"""What may be sent to a server: tasks of this project with suggestions that its page can show.

Label Studio takes much that its page then cannot draw: a relation that leads nowhere, or a control that is not there,
hides every suggestion of the task without a word. So it is looked for here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...data.rejects import Reject
from ..regions import KINDS, LABEL, TEXT, from_result
from ..taskfile import read_tasks
from ..tasks import Task, TaskError

Row = Mapping[str, Any]


@dataclass(slots=True)
class Checked:
    """What is in a file: how many tasks can be sent, and the places (from 0) of those that cannot or came before."""

    total: int = 0
    repeated: int = 0
    passed_over: set[int] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def why_none(self) -> str:
        """Why there is nothing to send."""
        if not self.rejects:
            return "there are no tasks in the file"
        first = self.rejects[0]
        return f"none of {len(self.rejects)} tasks can be used; {first.place}: {first.reason}"


@dataclass(frozen=True, slots=True)
class _File:
    path: Path

    def __iter__(self) -> Iterator[Row]:
        return read_tasks(self.path)


def rows_of(tasks: str | Path | Iterable[Row]) -> Iterable[Row]:
    """The rows of a file of tasks, or rows as they are, so that they can be read again and again."""
    if isinstance(tasks, str | Path):
        return _File(Path(tasks))
    return list(tasks) if iter(tasks) is tasks else tasks


def check(rows: Iterable[Row]) -> Checked:
    """Read all rows once, before any is sent. Raises ``TaskError`` if a file cannot be read to its end."""
    found = Checked()
    keys: set[str] = set()
    for place, row in enumerate(rows):
        if reason := why_not(row):
            found.rejects.append(Reject(f"task {place + 1}", reason))
        elif (key := row["data"]["key"]) in keys:
            found.repeated += 1
        else:
            keys.add(key)
            found.versions.update(suggestions(row))
            continue
        found.passed_over.add(place)
    found.total = len(keys)
    return found


def suggestions(row: Row) -> dict[str, Row]:
    """The predictions of a row that can be sent, by model version."""
    return {prediction["model_version"]: prediction for prediction in row.get("predictions") or []}


def why_not(row: Row) -> str | None:
    """Why a row of a file of tasks cannot be sent; ``None`` if it can."""
    try:
        json.dumps(row, ensure_ascii=False, allow_nan=False).encode()  # as it will be sent
        task = Task.from_data(row["data"])
    except UnicodeError:
        return "it holds half of a surrogate pair, which is no character"
    except (TaskError, ValueError) as error:
        return str(error)
    if any("\0" in value for value in row["data"].values() if isinstance(value, str)):
        return "it holds a NUL character, which PostgreSQL cannot keep"
    if row.get("annotations"):
        return "it holds annotations, which are made on the server; only sentences and suggestions are sent"
    versions = set()
    for prediction in row.get("predictions") or []:
        if reason := _prediction(prediction, task.text):
            return reason
        if (version := prediction["model_version"]) in versions:
            return f"it has two suggestions of {version!r}; a version suggests once"
        versions.add(version)
    return None


def _prediction(prediction: object, text: str) -> str | None:
    if not isinstance(prediction, Mapping):
        return f"a suggestion is {type(prediction).__name__}, not an object"
    version, score, result = (prediction.get(name) for name in ("model_version", "score", "result"))
    if not isinstance(version, str) or not version.strip():
        return f"a suggestion does not say who makes it: its model_version is {version!r}"
    if score is not None and (not isinstance(score, int | float) or isinstance(score, bool)):
        return f"the score of {version!r} is {score!r}, not a number"
    if not isinstance(result, list) or not all(isinstance(item, Mapping) for item in result):
        return f"the suggestion of {version!r} has no list of items as its result"
    reason = _items(result) or next(iter(from_result(result, text)[1]), None)
    return f"the suggestion of {version!r}: {reason}" if reason else None


def _items(result: Sequence[Mapping[str, Any]]) -> str | None:
    """What the page would choke on, or hide without a word, and ``from_result`` need not mind."""
    regions: dict[str, Any] = {}
    seen = set()
    for item in result:
        if item.get("type") == "relation":
            continue
        name, number, value = item.get("from_name"), item.get("id"), item.get("value")
        if not isinstance(name, str) or name not in KINDS or item.get("to_name") != TEXT:
            return f"it names {name!r} on {item.get('to_name')!r}, which the labelling page does not have"
        kind = KINDS[name]
        wanted = int | float if kind == "number" else list
        if item.get("type") != kind or not isinstance(value, Mapping) or not isinstance(value.get(kind), wanted):
            return f"its answer to {name!r} is not of the type {kind}"
        if not isinstance(number, str) or not number:
            return f"an item has the id {number!r}, not a text"
        if (number, name) in seen:
            return f"two items answer {name!r} with the id {number!r}"
        seen.add((number, name))
        if name == LABEL:
            regions[number] = _place(value)
    for item in result:
        if item.get("type") != "relation" and _place(item["value"]) != regions.get(item["id"]):
            return f"its answer to {item['from_name']!r} belongs to no region"
    return None


def _place(value: Mapping[str, Any]) -> tuple[Any, Any]:
    return value.get("start"), value.get("end")
