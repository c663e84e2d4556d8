"""The report as Markdown, for a model card on a code host: the same sections, with tables for pictures.

Pictures are left out: every one of them has its table, and one file is easier to keep beside a model than a folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...models.display import visible
from .blocks import Bars, Block, Chart, Lessons, Matrix, Notice, Pair, Points, Prose, Section, Table
from .collecting import Report
from .instructive import Lesson
from .sections import SPEED, sections, summary

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$!]")
_LINKING = re.compile(r"@|(?i:\bwww)\.|(?i:\b(?:https?|ftp)):")
FRONT = """\
---
language: en
library_name: casualty-claims
pipeline_tag: token-classification
tags: [casualty-recording, information-extraction, attribution, scikit-learn]
---
"""


def markdown_page(report: Report) -> str:
    """The page. The same report gives the same text."""
    parts = [FRONT, f"# How good is {_text(report.model)}?", _text(summary(report))]
    for section in sections(report):
        parts += _section(section)
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _section(section: Section) -> Iterator[str]:
    if section.key == SPEED:
        yield f"<!-- {SPEED} -->"
    yield f"## {section.title}"
    for block in section.blocks:
        yield from _block(block)
    if section.key == SPEED:
        yield f"<!-- /{SPEED} -->"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Prose(text):
            yield _text(text)
        case Notice(text):
            yield f"> **Mind:** {_text(text)}"
        case Points(items):
            yield "\n".join(f"- **{_text(term)}.** {_text(words)}" for term, words in items)
        case Table(caption, columns, lines):
            yield f"**{_text(caption)}**"
            rows = [[line.name, *(f"{c.text} ({c.note})" if c.note else c.text for c in line.cells)] for line in lines]
            yield _table(columns, rows, left=block.prose)
        case Matrix(caption, names, columns, counts):
            rows = [[name, *(f"{n:,}" for n in row)] for name, row in zip(names, counts, strict=True)]
            yield f"**{_text(caption)}**"
            yield _table(["reader ↓ model →", *columns], rows)
        case Bars(name, counts):
            yield _table([name, "count"], [[key, f"{times:,}"] for key, times in counts])
        case Pair(blocks):
            for part in blocks:
                yield from _block(part)
        case Chart(_, caption, legend) if legend:
            yield _text(caption)
            yield "\n".join(f"- {_text(words)}" for _, _, words in legend)
        case Lessons(items):
            yield "⟦Brackets⟧ hold what was marked; small letters say by whom, or which claim lacks its speaker."
            yield "\n".join(_lesson(number, lesson) for number, lesson in enumerate(items, 1))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], left: bool = False) -> str:
    rule = ["---", *("---" if left else "---:" for _ in columns[1:])]
    lines = [columns, rule, *rows]
    return "\n".join(f"| {' | '.join(cell if line is rule else _text(cell) for cell in line)} |" for line in lines)


def _lesson(number: int, lesson: Lesson) -> str:
    where = " · ".join(filter(None, (lesson.title or lesson.document, lesson.genre)))
    words = "".join(_piece(piece.text, piece.marks) for piece in lesson.pieces)
    return (
        f"{number}. **{_text(lesson.kind)}**, {_text(where)}: {words.strip()}\n"
        f"   - reader: {_text(lesson.gold)}\n"
        f"   - model: {_text(lesson.model)}\n"
        f"   - why here: {_text(lesson.why)}"
    )


_BRACKETS: dict[tuple[str, ...], str] = {("gold",): "⟦{}⟧ʳᵉᵃᵈᵉʳ", ("model",): "⟦{}⟧ᵐᵒᵈᵉˡ", ("claim",): "⟦{}⟧ᶜˡᵃⁱᵐ"}


def _piece(text: str, marks: Sequence[str]) -> str:
    if not text:
        return " … "
    shown = _text(text, strip=False)
    return _BRACKETS.get(tuple(marks), "⟦{}⟧ᵇᵒᵗʰ").format(shown) if marks else shown


def _text(text: str, strip: bool = True) -> str:
    """Text that is text in Markdown: no markup, no HTML, and no link, not even of a bare address."""
    one_line = re.sub(r"\s+", " ", visible(text))
    plain = _SPECIAL.sub(r"\\\g<0>", (one_line.strip() if strip else one_line).replace("&", "&amp;"))
    return _LINKING.sub(lambda m: f"{m.group()[:-1]}&#{ord(m.group()[-1])};", plain)
