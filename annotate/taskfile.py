"""The file of tasks: a JSON array, one task a line, as Label Studio imports it by hand.

    [
    {"data": {...}, "predictions": [{"model_version": ..., "score": ..., "result": [...]}]},
    ...
    ]

Written and read a line at a time, so that its size never matters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ..data.outputs import ArrayWriter, open_array
from .tasks import TaskError


def open_tasks(path: str | Path, force: bool = False) -> AbstractContextManager[ArrayWriter]:
    """A file of tasks to be written with ``.write(row)``; it appears whole, or not at all.

    Raises ``OutputError`` if the file exists and ``force`` is not set, the folder is missing, a row is no JSON, or
    the disk refuses.
    """
    return open_array(path, force=force)


def read_tasks(path: str | Path) -> Iterator[dict[str, Any]]:
    """The tasks of a file, in order: rows with ``data`` and perhaps ``predictions``.

    A file of ``open_tasks`` and JSON Lines are read a line at a time, any other JSON array whole. Rows are only
    known to be objects with an object ``data``; ``Task.from_data`` says whether that is a task of this project.
    Raises ``TaskError`` with the place and the reason; rows before the place were given out already.
    """
    path = Path(path)
    if not path.is_file():
        raise TaskError(f"{path} is not there; casualty-annotate export writes such a file")
    try:
        yield from _rows(path)
    except UnicodeDecodeError as error:
        raise TaskError(f"{path} is not UTF-8 at byte {error.start}; export it again") from None


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        head = next((line.strip() for line in file if not line.isspace()), "")
        if not head:
            raise TaskError(f"{path} is empty; a file of tasks is a JSON array")
        if head != "[" and not _is_row(head):
            file.seek(0)
            yield from _whole(path, file.read())
            return
        file.seek(0)
        yield from _by_line(path, file)


def _is_row(line: str) -> bool:
    """Whether a line is one object, as in JSON Lines."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _by_line(path: Path, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    is_array = is_closed = False
    count = number = 0
    for number, line in enumerate(lines, 1):
        words = line.strip()
        if not words:
            continue
        if words == "[" and not count and not is_array:
            is_array = True
            continue
        if is_closed:
            raise TaskError(f"{path}, line {number}: there is more after the end of the array")
        if words == "]" and is_array:
            is_closed = True
            continue
        try:
            value = json.loads(words.removesuffix(",") if is_array else words)
        except (ValueError, RecursionError) as error:
            if is_array and not count:  # an array laid out by another program: its first element fills many lines
                yield from _whole(path, path.read_text(encoding="utf-8-sig"))
                return
            raise TaskError(f"{path}, line {number}: {_reason(error)}") from None
        count += 1
        yield _checked(value, f"{path}, line {number}")
    if is_array and not is_closed:
        raise TaskError(f"{path}, line {number}: the array has no end; the file was cut off, export it again")


def _whole(path: Path, text: str) -> Iterator[dict[str, Any]]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TaskError(f"{path}: {_reason(error)}") from None
    if not isinstance(values, list):
        values = [values]
    for number, value in enumerate(values, 1):
        yield _checked(value, f"{path}, task {number}")


def _checked(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not isinstance(value.get("data"), Mapping):
        raise TaskError(f"{place}: a task is an object with an object data; this is not one")
    if not isinstance(value.get("predictions", []), list):
        raise TaskError(f"{place}: predictions is {value['predictions']!r}, not a list")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"broken JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    return f"its JSON cannot be read: {error}"
