"""Rows of JSON Lines, JSON, CSV and Parquet, as streams that outlive a broken row.

Every reader takes an open binary stream and yields ``(number, cells)``: the number counted from 1 (the
line of a JSON Lines file, the row without the header of a table, ``None`` where a file is one row), and the
cells by field (``text``, ``id``, ``title``, ``published``, ``source``), or the reason why there are none.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, count
from typing import Any, BinaryIO

from .columns import ColumnError, Columns, locate
from .decoding import WIDE, decode, detect
from .rejects import Unreadable

Row = tuple[int | None, Mapping[str, object] | Unreadable]

LIMIT = 1 << 28  # bytes of one file read whole, characters of one line or cell: 256 Mi, far above any article
_HEAD = 1 << 20
_SURROGATE = re.compile("[\ud800-\udfff]")
_BATCH = 256


class Rejoined(io.RawIOBase):
    """A stream of which the head was already read, from its beginning again. Does not close the stream."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(chunk)] = chunk
        return len(chunk)


def read_whole(stream: BinaryIO) -> bytes:
    """All bytes of a stream, up to ``LIMIT``; raises ``Unreadable`` above it."""
    raw = stream.read(LIMIT + 1)
    if len(raw) > LIMIT:
        raise Unreadable(f"it is larger than {LIMIT >> 20} MiB; as .jsonl, .csv or .parquet it is read in pieces")
    return raw


def read_lines(stream: BinaryIO, newline: str) -> Iterator[str]:
    """Decoded lines with their endings untouched. Bytes that do not decode become lone surrogates."""
    head = stream.read(_HEAD)
    encoding = detect(head, whole=len(head) < _HEAD)
    text = io.TextIOWrapper(
        io.BufferedReader(Rejoined(head, stream)),
        encoding,
        errors="surrogatepass" if encoding in WIDE else "surrogateescape",
        newline=newline,
    )
    return iter(partial(text.readline, LIMIT), "")


def json_lines(stream: BinaryIO, columns: Columns) -> Iterator[Row]:
    """One object a line."""
    for number, line in enumerate(read_lines(stream, "\n"), 1):
        if not line.isspace():
            yield number, _cells(line, columns)


def json_values(stream: BinaryIO, columns: Columns) -> Iterator[Row]:
    """A file that is one object, a list of objects, or JSON Lines under another name."""
    raw = read_whole(stream)
    text = decode(raw)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise Unreadable(f"broken JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
        yield from json_lines(io.BytesIO(raw), columns)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"its JSON cannot be read: {error}") from None
    else:
        if isinstance(value, list):
            for number, item in enumerate(value, 1):
                yield number, _picked(item, columns)
        else:
            yield None, _picked(value, columns)


def csv_rows(stream: BinaryIO, columns: Columns, delimiter: str | None = None) -> Iterator[Row]:
    """Rows under a header; without ``delimiter``, the one of ``, ; tab |`` that is most frequent in the header."""
    csv.field_size_limit(LIMIT)
    lines = read_lines(stream, "")
    first = next((line for line in lines if not line.isspace()), "")
    delimiter = delimiter or max(",;\t|", key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise Unreadable(f"its header is broken: {error}") from None
    if not header:
        raise Unreadable("it has no header: its first line must name the columns")
    found = {field: header.index(name) for field, name in locate(columns, tuple(header)).items()}
    number = count(1)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield next(number), Unreadable(f"broken CSV in lines {line} to {reader.line_num}: {error}")
            continue
        if row:
            yield next(number), _checked(row, len(header)) or {field: row[i] for field, i in found.items()}


def parquet_rows(stream: BinaryIO, columns: Columns) -> Iterator[Row]:
    """Rows of a Parquet file, of which only the columns needed are read, page by page."""
    import pyarrow as pa  # slow to import, and many runs read no table
    import pyarrow.parquet as pq

    errors = (OSError, ValueError, OverflowError, pa.ArrowException)
    try:
        # Without pre_buffer, a row group is streamed by the page instead of being loaded as a whole.
        file = pq.ParquetFile(stream, buffer_size=_HEAD, pre_buffer=False, page_checksum_verification=True)
    except errors as error:
        raise Unreadable(f"it is not a readable Parquet file: {_first_line(error)}") from None
    found = locate(columns, tuple(file.schema_arrow.names))
    names = list(dict.fromkeys(found.values()))
    number = 0
    for group in range(file.num_row_groups):
        last = number + file.metadata.row_group(group).num_rows
        try:
            for batch in file.iter_batches(_BATCH, row_groups=[group], columns=names):
                index = {field: batch.schema.get_all_field_indices(name)[0] for field, name in found.items()}
                for i in range(batch.num_rows):
                    number += 1
                    cells: Mapping[str, object] | Unreadable
                    try:
                        cells = {field: batch.column(at)[i].as_py() for field, at in index.items()}
                    except errors as error:
                        cells = Unreadable(f"a cell cannot be read: {_first_line(error)}")
                    yield number, cells
        except errors as error:
            yield number + 1, Unreadable(f"rows {number + 1} to {last} are lost, broken Parquet: {_first_line(error)}")
        number = last


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _cells(line: str, columns: Columns) -> Mapping[str, object] | Unreadable:
    if not line.isascii() and (half := _SURROGATE.search(line)):
        return Unreadable(f"column {half.start() + 1} holds bytes that do not decode as the rest of the file does")
    try:
        value = json.loads(line.rstrip("\r\n"))
    except json.JSONDecodeError as error:
        return Unreadable(f"broken JSON at column {error.colno}: {error.msg}")
    except (ValueError, RecursionError) as error:
        return Unreadable(f"its JSON cannot be read: {error}")
    return _picked(value, columns)


def _picked(value: object, columns: Columns) -> Mapping[str, object] | Unreadable:
    if not isinstance(value, dict):
        return Unreadable(f"a JSON {type(value).__name__}, not an object with a text")
    try:
        return {field: value[name] for field, name in locate(columns, tuple(value), strict=False).items()}
    except ColumnError as error:
        return error


def _checked(row: list[str], width: int) -> Unreadable | None:
    if len(row) != width:
        return Unreadable(f"it has {len(row)} fields where the header has {width}")
    for cell in row:
        if "\0" in cell:
            return Unreadable("it holds a NUL character, so it is not text")
        if not cell.isascii() and _SURROGATE.search(cell):
            return Unreadable("it holds bytes that do not decode as the rest of the file does")
    return None
