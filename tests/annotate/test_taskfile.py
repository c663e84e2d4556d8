"""The file of tasks: whole or not at all, read as it was written, and in other layouts, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.annotate.taskfile import open_tasks, read_tasks
from casualty_claims.annotate.tasks import TaskError
from casualty_claims.data.outputs import OutputError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"data": st.dictionaries(st.text(max_size=5), VALUES, max_size=4)},
        optional={"predictions": st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=3), max_size=2)},
    ),
    max_size=6,
)
TWO: list[dict[str, Any]] = [{"data": {"text": "Two [died],\n“he said”"}, "predictions": []}, {"data": {"text": "]"}}]


def write(path: Path, rows: list[dict[str, Any]], force: bool = True) -> Path:
    with open_tasks(path, force) as file:
        for row in rows:
            file.write(row)
    return path


@given(ROWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_is_read_again_by_us_and_by_any_reader_of_json(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    path = write(tmp_path / "tasks.json", rows)
    assert list(read_tasks(path)) == rows
    assert json.loads(path.read_bytes()) == rows
    assert len(path.read_bytes().split(b"\n")) == len(rows) + 3  # a line a task, brackets, and the last line's end


def test_the_layout(tmp_path: Path) -> None:
    assert write(tmp_path / "a", []).read_text() == "[\n]\n"
    assert write(tmp_path / "b", [{"data": {}}]).read_text() == '[\n{"data": {}}\n]\n'
    assert write(tmp_path / "c", [{"data": {}}] * 2).read_text() == '[\n{"data": {}},\n{"data": {}}\n]\n'


@pytest.mark.parametrize(
    "words",
    [
        json.dumps(TWO),
        json.dumps(TWO, indent=2),
        json.dumps(TWO, indent=0),
        json.dumps(TWO, ensure_ascii=False).replace("}, {", "},\n{"),
        "\n".join(map(json.dumps, TWO)),
        "\n\n".join(map(json.dumps, TWO)) + "\n\n",
        "\ufeff" + json.dumps(TWO, indent=1),
        "\ufeff[\n" + ",\n".join(map(json.dumps, TWO)) + "\n]",
        "[\r\n" + ",\r\n".join(map(json.dumps, TWO)) + "\r\n]\r\n",
        "\n\n[\n" + " ,\n  ".join(map(json.dumps, TWO)) + "\n\n]",
    ],
)
def test_other_layouts_are_read_alike(tmp_path: Path, words: str) -> None:
    path = tmp_path / "tasks.json"
    path.write_bytes(words.encode())
    assert list(read_tasks(path)) == TWO


def test_one_task_alone_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    for words in (json.dumps(TWO[0]), json.dumps(TWO[0], indent=4)):
        path.write_text(words)
        assert list(read_tasks(path)) == TWO[:1]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (b"", "empty"),
        (b" \n\n ", "empty"),
        (b"hello", "broken JSON"),
        (b'{"data": {}}\nhello', "line 2: broken JSON"),
        (b"[1]", "task 1: a task is an object"),
        (b"[\n[]\n]", "line 2: a task is an object"),
        (b'{"text": "x"}', "a task is an object with an object data"),
        (b'[\n{"data": {}},\n{"data": []}\n]', "line 3: a task is"),
        (b'[\n{"data": {}, "predictions": {}}\n]', "predictions is"),
        (b'[\n{"data": {}},\n', "cut off"),
        (b'[\n{"data": {}},\n{"da', "line 3: broken JSON"),
        (b"[", "cut off"),
        (b'[\n{"data": {}}\n]\n{"data": {}}', "line 4: there is more"),
        (b'[\n{"data": {"a": "\xff"}}\n]', "not UTF-8"),
        (b"[" * 100_000, "cannot be read|broken JSON"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, words: bytes, reason: str) -> None:
    path = tmp_path / "tasks.json"
    path.write_bytes(words)
    with pytest.raises(TaskError, match=reason) as caught:
        list(read_tasks(path))
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="is not there"):
        list(read_tasks(tmp_path / "none.json"))


def test_it_is_read_a_line_at_a_time(tmp_path: Path) -> None:
    """The first tasks are there before the rest was looked at."""
    path = write(tmp_path / "tasks.json", TWO)
    path.write_text(path.read_text().replace("\n]\n", ",\nbroken"))
    rows = read_tasks(path)
    assert [next(rows), next(rows)] == TWO
    with pytest.raises(TaskError, match="line 4: broken"):
        next(rows)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_run_that_ends_early_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), open_tasks(tmp_path / "tasks.json") as file:
        file.write(TWO[0])
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_is_no_json_leaves_what_was_there(tmp_path: Path) -> None:
    path = write(tmp_path / "tasks.json", TWO)
    with pytest.raises(OutputError, match="not JSON"):
        write(path, [{"data": {"x": float("nan")}}])
    assert list(read_tasks(path)) == TWO
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "tasks.json", TWO)
    with pytest.raises(OutputError, match="--force"):
        write(path, [], force=False)
    assert list(read_tasks(path)) == TWO
    assert list(read_tasks(write(path, TWO[:1]))) == TWO[:1]
