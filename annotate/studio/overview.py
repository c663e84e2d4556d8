"""The status of a session for the eye: a bar, the annotators, and what became of the suggestions."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ...data.wording import counted
from ...models.display import visible
from .status import Progress, Revision, Status, Work

ANNOTATORS = (
    "time: the median for a sentence; accepted, corrected: sentences with a suggestion, taken as it was or changed; "
    "unaided: sentences without one"
)
SPANS = "kept: the same words; moved: some of them; added: spans that nobody had suggested"


def overview(status: Status) -> Group:
    """Everything that fits a terminal of 80 columns; figures nobody has produced yet are left out."""
    parts: list[RenderableType] = [*_progress(status)]
    if status.annotators:
        parts += [Text(), _annotators(status.annotators), Text(ANNOTATORS, style="dim")]
    if any(revision.suggested or revision.added for revision in status.revisions.values()):
        parts += [Text(), *_revisions(status)]
    return Group(*parts)


def _progress(status: Status) -> Iterator[RenderableType]:
    done = status.progress
    title = Text(visible(str(status.project["title"])), style="bold", overflow="fold")
    yield title.append(f"  project {status.project['id']}", style="dim not bold")
    line = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=max(done.tasks, 1), completed=done.labelled, width=32, complete_style="green")
    line.add_row(bar, f"{_share(done.labelled, done.tasks)} of {counted(done.tasks, 'sentence')} labelled")
    yield line
    yield Text(_words(done))
    if status.strangers:
        yield Text(f"{counted(status.strangers, 'task')} in the project that this toolkit did not make", style="yellow")


def _words(done: Progress) -> str:
    found = [f"{done.labelled:,} labelled", f"{done.skipped:,} skipped", f"{done.open:,} open"]
    if done.wanted > 1:
        found.append(f"{done.enough:,} by {done.wanted} annotators, as wanted")
    return " · ".join(found)


def _annotators(annotators: tuple[Work, ...]) -> Table:
    table = _table("annotator", "labelled", "empty", "skipped", "time", "accepted", "corrected", "unaided")
    table.padding = 0  # room for an address beside seven figures
    for work in annotators:
        table.add_row(
            Text(visible(work.annotator)),
            f"{work.labelled:,}",
            f"{work.empty:,}",
            f"{work.skipped:,}",
            _time(work.seconds),
            f"{work.accepted:,}",
            f"{work.corrected:,}",
            f"{work.scratch:,}",
        )
    return table


def _revisions(status: Status) -> Iterator[RenderableType]:
    table = _table("suggested spans", "suggested", "kept", "moved", "deleted", "added")
    total = Revision()
    for label, r in status.revisions.items():
        of = r.suggested
        cells = (_percent(r.kept, of), _percent(r.moved, of), _percent(r.deleted, of), f"{r.added:,}")
        table.add_row(label, f"{of:,}", *cells)
        total += r
    yield table
    yield Text(SPANS, style="dim")
    if total.claims:
        yield Text()
        corrected = _table("kept and moved claims", "claims", "harm", "qualifier", "number", "source")
        figures = (total.harm, total.qualifier, total.number, total.link)
        corrected.add_row("corrected", f"{total.claims:,}", *(_percent(n, total.claims) for n in figures))
        yield corrected


def _table(first: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    table.pad_edge, table.collapse_padding = False, True
    table.add_column(first, overflow="fold", min_width=10)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _share(part: int, of: int) -> str:
    return f"{part / of:.0%}" if of else "0%"


def _percent(part: int, of: int) -> str:
    return f"{part:,} ({_share(part, of)})" if part else "0"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
