"""Tables and JSON Lines, written as a whole or not at all, alone or together.

An output grows in a hidden file beside its target and takes the target's name only when it is complete.
Whatever ends the work before (a full disk, an error, Ctrl-C), the target stays as it was.
"""

from __future__ import annotations

import csv
import json
import os
import secrets
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

CLAIMS_SCHEMA = pa.schema(
    [
        ("article_id", pa.string()),
        ("published", pa.string()),
        ("outlet", pa.string()),
        ("sentence", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("text", pa.string()),
        ("harm", pa.string()),
        ("qualifier", pa.string()),
        ("count", pa.int64()),
        ("low", pa.int64()),
        ("high", pa.int64()),
        ("victims", pa.string()),
        ("source", pa.string()),
        ("source_type", pa.string()),
        ("cue", pa.string()),
        ("attribution_start", pa.int64()),
        ("attribution_end", pa.int64()),
        ("claim_confidence", pa.float64()),
        ("link_confidence", pa.float64()),
        ("model", pa.string()),
    ]
)

_ROW_GROUP = 1 << 15  # rows held before they are written; smaller groups compress badly

# What makes a spreadsheet take a cell for a formula, full-width forms included: OWASP, "CSV Injection".
_FORMULA_SIGNS = frozenset("=+-@＝＋－＠")


class OutputError(ValueError):
    """An output that cannot be written; the message says which, why and what to do."""


class _Sink(Protocol):
    def write(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


class TableWriter:
    """Takes frames with the columns of its schema, in any order, and streams them out."""

    def __init__(self, target: Path, schema: pa.Schema, sink: _Sink) -> None:
        self._target = target
        self._schema = schema
        self._sink = sink

    def write(self, frame: pd.DataFrame) -> None:
        """Append the rows of ``frame``; missing cells (NaN, NA, None) are null.

        Raises ``OutputError`` if a column is missing, superfluous or of another type, or the disk refuses.
        """
        if odd := set(map(str, frame.columns)) ^ set(self._schema.names):
            raise OutputError(f"{self._target}: the columns are not those of the table; see {', '.join(sorted(odd))}")
        try:
            table = pa.Table.from_pandas(frame, schema=self._schema, preserve_index=False)
        except (pa.ArrowException, UnicodeError) as error:
            raise OutputError(f"{self._target}: a column does not fit the table: {error}") from error
        with _told(self._target):
            self._sink.write(table.replace_schema_metadata(self._schema.metadata))


class LinesWriter:
    """Takes one object after the other and streams them out as JSON Lines."""

    def __init__(self, target: Path, file: BinaryIO) -> None:
        self._target = target
        self._file = file

    def write(self, row: Mapping[str, Any]) -> None:
        """Append one line. Raises ``OutputError`` if ``row`` is no JSON (NaN is none) or the disk refuses."""
        try:
            line = _json_line(row)
        except (TypeError, ValueError, RecursionError) as error:
            raise OutputError(f"{self._target}: a row is not JSON: {error}") from error
        with _told(self._target):
            self._put(line)

    def _put(self, line: bytes) -> None:
        self._file.write(line)


class ArrayWriter(LinesWriter):
    """Takes one object after the other and streams them out as one JSON array, an element a line."""

    def close(self) -> None:
        with _told(self._target):
            self._file.write(b"\n]\n" if self._file.tell() else b"[\n]\n")

    def _put(self, line: bytes) -> None:
        self._file.write((b",\n" if self._file.tell() else b"[\n") + line[:-1])


@contextmanager
def open_table(path: str | Path, schema: pa.Schema, *, force: bool = False) -> Iterator[TableWriter]:
    """A table to be written to ``path``: Parquet, CSV or JSON Lines by its ending.

    Raises ``OutputError``, before anything is done, if the ending is another, the folder is missing, or
    the file exists and ``force`` is not set.
    """
    make_sink = _sink_for(Path(path))
    with _replacing(Path(path), force) as file, _table(Path(path), file, schema, make_sink) as writer:
        yield writer


@contextmanager
def open_lines(path: str | Path, *, force: bool = False) -> Iterator[LinesWriter]:
    """JSON Lines to be written to ``path``, one object at a time; raises as ``open_table``, for any ending."""
    with _replacing(Path(path), force) as file, _lines(Path(path), file) as writer:
        yield writer


@contextmanager
def open_array(path: str | Path, *, force: bool = False) -> Iterator[ArrayWriter]:
    """A JSON array to be written to ``path``, one object at a time; raises as ``open_table``, for any ending."""
    with _replacing(Path(path), force) as file:
        writer = ArrayWriter(Path(path), file)
        yield writer
        writer.close()
        with _told(Path(path)):
            _settle(file)


@contextmanager
def open_file(path: str | Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """Bytes of any kind to be written to ``path``; raises as ``open_table``, for any ending."""
    with _replacing(Path(path), force) as file, _told(Path(path)):
        yield file
        _settle(file)


@contextmanager
def open_outputs(
    table: Path | None,
    lines: Path | None,
    rejects: Path | None,
    *,
    schema: pa.Schema = CLAIMS_SCHEMA,
    force: bool = False,
) -> Iterator[tuple[TableWriter | None, LinesWriter | None, LinesWriter | None]]:
    """What one run writes; all of it appears, or nothing does. ``None`` is an output that is not wanted.

    A file of rejects appears only where there are any. Raises as ``open_table``, and if one file is named twice.
    """
    make_sink = _sink_for(table) if table else None
    named = [path for path in (table, lines, rejects) if path]
    for place, path in enumerate(named):
        if path.resolve() in [other.resolve() for other in named[:place]]:
            raise OutputError(f"{path} is named for two outputs; name another for one of them")
    with ExitStack() as stack:
        # Left in reverse order: the drafts are complete, on the disk, before the first of them takes its name.
        drafts = {path: stack.enter_context(_replacing(path, force, path != rejects)) for path in named}
        writer = stack.enter_context(_table(table, drafts[table], schema, make_sink)) if table and make_sink else None
        more = [stack.enter_context(_lines(path, drafts[path])) if path else None for path in (lines, rejects)]
        yield writer, more[0], more[1]


def _sink_for(path: Path) -> type[_ParquetSink] | type[_CsvSink] | type[_JsonLinesSink]:
    sink = _SINKS.get(path.suffix.lower())
    if sink is None:
        raise OutputError(f"{path} is not a kind of table known here; end its name in .parquet, .csv or .jsonl")
    return sink


@contextmanager
def _table(
    path: Path, file: BinaryIO, schema: pa.Schema, make_sink: Callable[[BinaryIO, pa.Schema], _Sink]
) -> Iterator[TableWriter]:
    with _told(path):
        sink = make_sink(file, schema)
    try:
        yield TableWriter(path, schema, sink)
        with _told(path):
            sink.close()
            _settle(file)
    except BaseException:
        with suppress(Exception):  # it may write once more, to the disk that is full
            sink.close()
        raise


@contextmanager
def _lines(path: Path, file: BinaryIO) -> Iterator[LinesWriter]:
    yield LinesWriter(path, file)
    with _told(path):
        _settle(file)


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _replacing(path: Path, force: bool, keep_empty: bool = True) -> Iterator[BinaryIO]:
    """A new file that becomes ``path`` if the block ends well, and vanishes if it does not."""
    with _told(path):
        target = path.resolve()  # a link stays a link; what it points to is replaced
        _check(path, target, force)
        # Opened by hand, as tempfile would make a file that nobody else may read.
        part = target.with_name(f".{secrets.token_hex(8)}.part")
        file = part.open("xb")
    try:
        yield file
        with _told(path):
            file.close()
            _check(path, target, force)  # another run may have finished first
            if not keep_empty and not part.stat().st_size:
                part.unlink()
                target.unlink(missing_ok=True)
                return
            if target.exists():
                part.chmod(stat.S_IMODE(target.stat().st_mode))
            part.replace(target)
    except BaseException:
        with suppress(OSError):
            file.close()
        with suppress(OSError):
            part.unlink()
        raise


def _check(path: Path, target: Path, force: bool) -> None:
    if not target.parent.is_dir():
        raise OutputError(f"{path} cannot be written: there is no folder {path.parent}; make it first")
    if target.exists():
        if not target.is_file():
            raise OutputError(f"{path} cannot be written: it is there, and it is not a regular file; name another")
        if not force:
            raise OutputError(f"{path} exists; pass --force to replace it")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the disk refuses, as one sentence that names the file."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself
        why = getattr(error, "strerror", None) or error
        raise OutputError(f"{path} was not written, nothing was changed: {why}") from error


def _json_line(row: Mapping[str, Any]) -> bytes:
    # A lone surrogate is no UTF-8; backslashreplace writes it just as JSON does.
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace") + b"\n"


def _harmless(cell: str | None) -> str | None:
    """The cell as text in the eyes of a spreadsheet, which may pass over blanks, controls and marks of no width."""
    if not cell:
        return cell
    seen = next((c for c in cell if not c.isspace() and unicodedata.category(c) not in {"Cc", "Cf"}), "")
    return f"'{cell}" if seen in _FORMULA_SIGNS or cell[0] in "\t\r" else cell


class _ParquetSink:
    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(file, schema, compression="zstd")
        self._held: list[pa.Table] = []

    def write(self, table: pa.Table) -> None:
        self._held.append(table)
        if sum(held.num_rows for held in self._held) >= _ROW_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        held, self._held = self._held, []
        if held:
            self._writer.write_table(pa.concat_tables(held))


class _CsvSink:
    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        encoded = SimpleNamespace(write=lambda row: file.write(row.encode("utf-8")))
        self._writer = csv.writer(encoded)  # with CRLF between rows (RFC 4180), any line break in a cell is quoted
        self._writer.writerow(schema.names)

    def write(self, table: pa.Table) -> None:
        columns = []
        for column in table.columns:
            cells = column.to_pylist()
            is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
            columns.append(map(_harmless, cells) if is_text else cells)
        self._writer.writerows(zip(*columns, strict=True))

    def close(self) -> None:
        pass


class _JsonLinesSink:
    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self._file = file

    def write(self, table: pa.Table) -> None:
        self._file.writelines(map(_json_line, table.to_pylist()))

    def close(self) -> None:
        pass


_SINKS: dict[str, type[_ParquetSink] | type[_CsvSink] | type[_JsonLinesSink]] = {
    ".parquet": _ParquetSink,
    ".csv": _CsvSink,
    ".jsonl": _JsonLinesSink,
}
