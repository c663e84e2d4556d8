"""Articles from what people have: text, web pages, JSON, CSV and Parquet, folders of these, standard input.

The stream is lazy and holds one article at a time (a web page or a ``.json`` file is read whole).
What cannot be read becomes a ``Reject`` in its place, and the rest goes on.
"""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from .columns import Columns, make_article
from .decoding import decode, detect
from .documents import Article, DocumentError
from .folders import File, ending, find_files
from .pages import read_page
from .rejects import READ_ERRORS, Reject, Unreadable, reason
from .rows import Rejoined, Row, csv_rows, json_lines, json_values, parquet_rows, read_whole

__all__ = ["ENDINGS", "Columns", "Reject", "read_articles", "size_of"]

_USUAL = Columns()
_HEAD = 1 << 16

_Reader = Callable[[BinaryIO, File, Columns], Iterator[Article | Reject]]


def read_articles(
    paths: Iterable[str | Path],
    *,
    columns: Columns = _USUAL,
    stdin: BinaryIO | None = None,
    on_read: Callable[[int], None] = lambda _: None,
    leave_out: Iterable[Path] = (),
) -> Iterator[Article | Reject]:
    """Every article of ``paths``, in order; ``-`` is standard input (``stdin`` if given).

    An article is named by its id column, else by its file: the path within the folder given, and ``#`` and the
    row for tables. An id met again gets ``~2``, ``~3``, so no article hides another. Nothing is raised for what
    is wrong with an input. ``on_read`` is told of bytes read, for a progress bar; see ``size_of``. Files of
    ``leave_out`` are passed over: the outputs of an earlier run in a folder that is read again.
    """
    ids = _Ids()
    hidden = {path.resolve() for path in leave_out}
    for path in [paths] if isinstance(paths, str | Path) else paths:
        for item in _read(path, columns, stdin, on_read, hidden):
            yield ids.unique(item) if isinstance(item, Article) else item


def size_of(paths: Iterable[str | Path]) -> int | None:
    """Bytes of all files that ``read_articles`` would read; ``None`` where standard input is among them."""
    total = 0
    for path in paths:
        if path == "-":
            return None
        for found in find_files(Path(path), ENDINGS):
            with suppress(OSError):  # a file that vanishes is the reader's to report
                total += 0 if isinstance(found, Reject) else found.path.stat().st_size
    return total


class _Ids:
    """The ids given out, as hashes of 64 bits: some 60 MB for a million articles.

    Where two ids share a hash, one gets a suffix it did not need; nothing is lost.
    """

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._times: dict[int, int] = {}

    def unique(self, article: Article) -> Article:
        name, key = article.id, hash(article.id)
        while hash(name) in self._seen:
            self._times[key] = self._times.get(key, 1) + 1
            name = f"{article.id}~{self._times[key]}"
        self._seen.add(hash(name))
        return article if name == article.id else replace(article, id=name)


def _read(
    path: str | Path, columns: Columns, stdin: BinaryIO | None, on_read: Callable[[int], None], hidden: Set[Path]
) -> Iterator[Article | Reject]:
    if path == "-":
        file = File(Path("-"), "stdin", "stdin")
        yield from _guarded(file, lambda: _standard_input(stdin or sys.stdin.buffer, file, columns))
        return
    names = {path.name for path in hidden}
    for found in find_files(Path(path), ENDINGS):
        if isinstance(found, Reject):
            yield found
        elif found.path.name not in names or found.path.resolve() not in hidden:
            yield from _guarded(found, partial(_open, found, columns, on_read))


def _guarded(file: File, items: Callable[[], Iterator[Article | Reject]]) -> Iterator[Article | Reject]:
    try:
        yield from items()
    except READ_ERRORS as error:
        yield Reject(file.place, reason(error))
    except DocumentError as error:
        yield Reject(file.place, str(error))


def _open(file: File, columns: Columns, on_read: Callable[[int], None]) -> Iterator[Article | Reject]:
    suffix, zipped = ending(file.path.name)
    with file.path.open("rb") as raw:
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if zipped and suffix != ".parquet" else raw
        position = 0
        for item in _READERS.get(suffix, _text)(stream, file, columns):
            yield item
            # Parquet closes its file, and jumps about in it: only what is further on counts.
            now = position if raw.closed else raw.tell()
            on_read(max(now - position, 0))
            position = max(position, now)


def _standard_input(stream: BinaryIO, file: File, columns: Columns) -> Iterator[Article | Reject]:
    head = stream.read(_HEAD)
    start = head.decode(detect(head, whole=len(head) < _HEAD), "ignore").lstrip()[:16].lower()
    if start.startswith("{"):
        reader = _READERS[".jsonl"]
    else:
        reader = _page if start.startswith(("<!doctype html", "<html")) else _text
    yield from reader(cast(BinaryIO, io.BufferedReader(Rejoined(head, stream))), file, columns)


def _text(stream: BinaryIO, file: File, columns: Columns) -> Iterator[Article | Reject]:
    yield Article(id=file.name, text=decode(read_whole(stream)))


def _page(stream: BinaryIO, file: File, columns: Columns) -> Iterator[Article | Reject]:
    yield make_article(read_page(read_whole(stream)), file.name)


def _rows(rows: Callable[[BinaryIO, Columns], Iterator[Row]], place: str = ":row {}") -> _Reader:
    def read(stream: BinaryIO, file: File, columns: Columns) -> Iterator[Article | Reject]:
        for number, cells in rows(stream, columns):
            where, name = file.place, file.name
            if number is not None:
                where, name = where + place.format(number), f"{name}#{number}"
            if isinstance(cells, Unreadable):
                yield Reject(where, str(cells))
                continue
            try:
                item: Article | Reject = make_article(cells, name)
            except (DocumentError, UnicodeError) as error:
                item = Reject(where, str(error))
            yield item

    return read


_READERS: dict[str, _Reader] = {
    ".txt": _text,
    ".html": _page,
    ".htm": _page,
    ".jsonl": _rows(json_lines, ":{}"),
    ".ndjson": _rows(json_lines, ":{}"),
    ".json": _rows(json_values),
    ".csv": _rows(csv_rows),
    ".tsv": _rows(partial(csv_rows, delimiter="\t")),
    ".parquet": _rows(parquet_rows),
}
ENDINGS = frozenset(_READERS)
