"""Claims for the eye: a table of them, and an article with its spans coloured and linked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Column, Table
from rich.text import Text

from ..data.documents import Document, Quantity

HARM_STYLES = {"killed": "bold red", "injured": "yellow", "missing": "magenta", "casualties": "bold dark_orange"}
ATTRIBUTION_STYLE = "cyan"

WIDE = 110
"""Columns of a terminal on which the whole table fits."""

_LINE_BREAK = re.compile(r"\r\n?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def how_many(quantity: Quantity | None) -> str:
    """A quantity in figures: ``30``, ``≥ 30``, ``> 100``, ``~ 500``, ``12–15``, ``≥ 24 (vague)``, ``?``."""
    if quantity is None:
        return "?"
    q = quantity
    number = "?" if q.count is None else f"{q.count:,}"
    match q.qualifier:
        case "exact":
            return number
        case "between":
            return "–".join("?" if end is None else f"{end:,}" for end in (q.low, q.high))
        case "none":
            return "0"
        case "share":
            return "a share"
        case "vague":
            return "vague" if q.low is None else f"≥ {q.low:,} (vague)"
    signs = {"at_least": "≥", "more_than": ">", "about": "~", "at_most": "≤", "fewer_than": "<"}
    return f"{signs[q.qualifier]} {number}"


def claims_table(rows: Iterable[Mapping[str, Any]], more: int = 0, width: int = 120) -> Group:
    """Rows of the claims table for a terminal of ``width`` columns, under the ids of their articles.

    A narrow one leaves out what the words say anyway. ``more`` says how many rows were left out.
    """
    wide = width >= WIDE
    parts: list[RenderableType] = [_empty_table(wide, header=True)]
    table = None
    previous = None
    for row in rows:
        if table is None or row["article_id"] != previous:
            table, previous = _empty_table(wide), row["article_id"]
            parts += [Text(_one_line(previous), style="bold", overflow="fold"), table]
        quantity = None
        if row["qualifier"] is not None:
            quantity = Quantity(row["qualifier"], row["count"], row["low"], row["high"])
        cells: dict[str, Text | str] = {
            "harm": Text(row["harm"] or "?", HARM_STYLES.get(row["harm"], "")),
            "how many": how_many(quantity),
            "victims": Text(_one_line(row["victims"] or "")),
            "who says so": Text(_one_line(row["source"] or ("(unnamed)" if row["cue"] else "—"))),
            "the words": Text(_one_line(row["text"])),
            "at": str(row["start"]),
            "sure": f"{row['claim_confidence']:.0%}" if row["claim_confidence"] is not None else "",
        }
        table.add_row(*[cells[str(column.header)] for column in _columns(wide)])
    if more:
        parts.append(Text(f"… and {more:,} more", style="dim italic"))
    return Group(*parts)


def _columns(wide: bool) -> list[Column]:
    columns = [
        Column("harm", width=10),
        Column("how many", justify="right", width=13),
        Column("victims", ratio=3, overflow="fold"),
        Column("who says so", style=ATTRIBUTION_STYLE, ratio=4, overflow="fold"),
        Column("the words", ratio=5, overflow="fold"),
        Column("at", justify="right", style="dim", width=6, overflow="fold"),
        Column("sure", justify="right", width=4),
    ]
    return [column for column in columns if wide or column.header not in ("victims", "at")]


def _empty_table(wide: bool, header: bool = False) -> Table:
    """One table an article; all have the same columns, so that they stand under one another."""
    return Table(*_columns(wide), box=box.SIMPLE_HEAD, show_edge=False, show_header=header, expand=True)


def annotated(document: Document) -> Group:
    """An article with its claims coloured by harm, its attributions numbered, and each claim's figure and source.

    ``US forces said[1] they have killed 360 militiamen⟨killed 360 ←[1]⟩``: the number joins claim and source.
    """
    numbers = {index: n for n, (index, _) in enumerate(document.attributions, 1)}
    out = Text(overflow="fold")
    position = 0
    for index, span in sorted(enumerate(document.spans), key=lambda pair: pair[1].start):
        out.append(visible(document.text[position : span.start]))
        words = visible(document.text[span.start : span.end])
        if index in numbers:
            out.append(words, style=f"{ATTRIBUTION_STYLE} underline")
            out.append(f"[{numbers[index]}]", style=f"bold {ATTRIBUTION_STYLE}")
        else:
            style = HARM_STYLES.get(span.harm or "", "bold")
            out.append(words, style=f"{style} underline")
            out.append(f"⟨{span.harm or '?'} {how_many(span.quantity)}", style=style)
            if span.attributed_to is not None:
                out.append(f" ←[{numbers[span.attributed_to]}]", style=f"bold {ATTRIBUTION_STYLE}")
            out.append("⟩", style=style)
        position = span.end
    out.append(visible(document.text[position:].rstrip()))
    heading = Text(_one_line(document.id), style="bold", overflow="fold")
    details = " · ".join(v for v in (document.article.source, document.article.published, document.article.title) if v)
    if details:
        heading.append(f"  {_one_line(details)}", style="dim")
    return Group(heading, out, Text())


def visible(text: str) -> str:
    """Text that cannot steer a terminal: line breaks and tabs stay, every other control character becomes a sign."""
    return _CONTROL.sub("\ufffd", _LINE_BREAK.sub("\n", text))


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def reading_progress(console: Console) -> Progress:
    """A bar over the bytes read; its task has a field ``articles``."""
    return Progress(
        TextColumn("scoring"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[articles]:,} articles"),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
