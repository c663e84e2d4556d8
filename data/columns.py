"""Which column holds what, and an article made of one row.

Names are compared without regard to case, blanks and punctuation: ``publishedAt``, ``Published at`` and
``published_at`` are one name.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

from .documents import Article
from .rejects import Unreadable


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns the user names. ``None``: the usual names are tried, the first of ``USUAL`` that is there."""

    text: str | None = None
    id: str | None = None
    title: str | None = None
    published: str | None = None
    source: str | None = None


USUAL: dict[str, tuple[str, ...]] = {
    "text": (
        *("text", "articletext", "fulltext", "maintext", "body", "articlebody", "bodytext", "content"),
        *("articlecontent", "article", "story", "storytext", "newstext"),
    ),
    "id": ("id", "articleid", "documentid", "docid", "uid", "uuid", "guid", "url", "link", "uri"),
    "title": ("title", "headline", "articletitle", "heading"),
    "published": (
        *("published", "date", "publishdate", "publisheddate", "publicationdate", "datepublished", "datepublish"),
        *("publishedat", "publishedon", "pubdate", "articledate", "datetime", "timestamp"),
    ),
    "source": (
        *("source", "outlet", "publisher", "publication", "sourcename", "newspaper", "sitename", "site"),
        *("sourcedomain", "domain"),
    ),
}
COLUMNS = {
    "text": "text of the article (default: text, body, content, ... as found)",
    "id": "article's id (default: id, url, ...; without one, file and row)",
    "title": "headline (default: title, headline, ...)",
    "published": "date of publication (default: published, date, ...)",
    "source": "outlet (default: source, outlet, publisher, ...)",
}
"""The columns that can be named, with what they hold."""


def add_columns(parser: argparse.ArgumentParser) -> None:
    """The options of a command that name columns."""
    for name, content in COLUMNS.items():
        parser.add_argument(f"--{name}-column", metavar="NAME", help=f"the column with the {content}")


def columns_of(args: argparse.Namespace) -> Columns:
    """What these options say."""
    return Columns(**{name: getattr(args, f"{name}_column") for name in COLUMNS})


_SURROGATE = re.compile("[\ud800-\udfff]")


class ColumnError(Unreadable):
    """A column that is not there; the message says which are and how to name one."""


@lru_cache(maxsize=256)
def locate(columns: Columns, names: tuple[str, ...], *, strict: bool = True) -> Mapping[str, str]:
    """The column of each field that has one; ``text`` always has.

    With ``strict``, every column the user named must be there; without, only that of the text, as JSON
    leaves out what a row has not. Raises ``ColumnError``.
    """
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(_key(name), name)
    found: dict[str, str] = {}
    for field in fields(columns):
        wanted: str | None = getattr(columns, field.name)
        required = field.name == "text" or (strict and wanted is not None)
        candidates = USUAL[field.name] if wanted is None else (_key(wanted),)
        column = wanted if wanted in names else next((by_key[key] for key in candidates if key in by_key), None)
        if column is not None:
            found[field.name] = column
        elif required:
            raise ColumnError(_complaint(field.name, wanted, names))
    return found


def make_article(cells: Mapping[str, object], fallback_id: str) -> Article:
    """An article of the cells of one row, by field; raises ``DocumentError`` where it cannot be one.

    ``fallback_id`` serves where the row has no id of its own.
    """
    text = cells.get("text")
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    return Article(
        id=clean(cells.get("id")) or fallback_id,
        text="" if _is_missing(text) else text,  # type: ignore[arg-type]  # Article says what is wrong with it
        title=clean(cells.get("title")),
        published=clean(cells.get("published")),
        source=clean(cells.get("source")),
    )


def clean(cell: object) -> str | None:
    """A cell other than the text, as a string: 12.0 is ``12``, a date is ISO 8601, NaN and blanks are ``None``.

    A time of midnight is no time. Of an object, its ``name`` is taken (news interfaces give sources so).
    """
    if isinstance(cell, Mapping):
        cell = cell.get("name")
    if _is_missing(cell) or isinstance(cell, list | tuple | Mapping):
        return None
    match cell:
        case datetime():
            string = (cell.date() if cell.time() == time.min else cell).isoformat()
        case date():
            string = cell.isoformat()
        case float() | Decimal() if cell % 1 == 0:
            string = format(cell, ".0f")
        case bytes():
            string = cell.decode("utf-8", "replace")
        case _:
            string = str(cell)
    return _SURROGATE.sub("\ufffd", string).strip() or None


def _is_missing(cell: object) -> bool:
    return cell is None or cell != cell  # NaN, NaT


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _complaint(field: str, wanted: str | None, names: tuple[str, ...]) -> str:
    there = ", ".join(repr(name[:40]) for name in names[:20]) + (", ..." if len(names) > 20 else "")
    missing = f"no column {wanted!r}" if wanted is not None else f"no column that is known to hold the {field}"
    return f"there is {missing}, only {there or 'none at all'}; name it with --{field}-column"
