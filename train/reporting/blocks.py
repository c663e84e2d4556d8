"""What the page is made of. Both writers, of HTML and of Markdown, walk over the same sections of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .figures import Figure, percent, span_of
from .instructive import Lesson


@dataclass(frozen=True, slots=True)
class Prose:
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A caution that a reader must not pass over."""

    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; ``note`` stands smaller beside it: the ends of an interval."""

    text: str
    note: str = ""

    @classmethod
    def of(cls, figure: Figure) -> Cell:
        return cls(percent(figure.value), span_of(figure))


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table. ``faint`` rests on few; ``sub`` belongs to the line above and is called ``short`` there."""

    name: str
    cells: Sequence[Cell]
    faint: bool = False
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` names the first one, too; ``prose`` tables hold sentences, all others figures."""

    caption: str
    columns: Sequence[str]
    lines: Sequence[Line]
    prose: bool = False

    @property
    def noted(self) -> list[bool]:
        """Of each column but the first, whether a cell of it has a note."""
        return [any(line.cells[i].note for line in self.lines) for i in range(len(self.columns) - 1)]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture; ``legend`` explains its squares: (class of the colour, sign, words)."""

    svg: str
    caption: str
    legend: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts by gold (rows) and model (columns); ``right`` holds the places (row, column) where they agree."""

    caption: str
    rows: Sequence[str]
    columns: Sequence[str]
    counts: Sequence[Sequence[int]]
    right: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts as bars, from the most to the least frequent; a long list is folded."""

    name: str
    counts: Sequence[tuple[str, int]]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Terms and what is to be said of them."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Lessons:
    items: Sequence[Lesson]


@dataclass(frozen=True, slots=True)
class Pair:
    """Blocks that stand side by side where there is room."""

    blocks: Sequence[Block]


Block = Prose | Notice | Table | Chart | Matrix | Bars | Points | Lessons | Pair


@dataclass(frozen=True, slots=True)
class Section:
    """``key`` is its address on the page."""

    key: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
