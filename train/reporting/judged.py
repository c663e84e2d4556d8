"""What a trial shows in detail: parts, calibration, confusions, errors."""

from __future__ import annotations

from collections.abc import Iterator

from ...data.counts import Calibration
from ...data.documents import HARMS, QUALIFIERS
from . import charts
from .blocks import Block, Cell, Chart, Lessons, Line, Matrix, Pair, Prose, Table
from .breakdown import FEW_CLAIMS, FEW_DOCUMENTS, Row, by_field, by_harm, by_qualifier
from .figures import percent
from .instructive import NUMBER, instructive
from .reliability import bins, by_chance
from .trials import Trial
from .words import spaced, upper

_LINKS = {("nobody", "nobody"), ("somebody", "the right one")}


def breakdowns(trial: Trial) -> dict[str, list[Row]]:
    return {"genre": by_field(trial, "genre"), "harm": by_harm(trial), "qualifier": by_qualifier(trial)}


def parts_of(parts: dict[str, list[Row]]) -> Iterator[Block]:
    yield Prose(
        "Claims with exact words; by harm and by qualifier, the harm or the qualifier must be right as well. Grey and"
        f" hollow: fewer than {FEW_DOCUMENTS} documents or {FEW_CLAIMS} claims, too few to rely on. No"
        " interval stands where all draws give the same."
    )
    told = {name: rows for name, rows in parts.items() if rows}
    for name in parts.keys() - told.keys():
        yield Prose(f"None of these documents names its {name}, so there are no scores by {name}.")
    yield Pair(
        [
            Chart(charts.forest(f"by-{name}", f"F1 by {name}", rows), f"F1 by {name}, with 95 % intervals.")
            for name, rows in told.items()
        ]
    )
    for name, rows in told.items():
        lines = [
            Line(
                spaced(row.name),
                [
                    Cell(f"{row.documents:,}"),
                    Cell(f"{row.claims:,}"),
                    *(Cell.of(figure) for figure in (row.precision, row.recall, row.f1)),
                ],
                faint=row.small,
            )
            for row in rows
        ]
        yield Table(f"Claims by {name}", (name, "documents", "claims", "precision", "recall", "F1"), lines)


def calibration_of(trial: Trial) -> Iterator[Block]:
    kinds = (
        ("spans", "Claims and attributions", trial.evaluation.span_calibration),
        ("links", "Links of claims to speakers", trial.evaluation.link_calibration),
    )
    yield Prose(
        "If it says 90 %, nine in ten should be right: dots on the dashed line. A dot below it is too sure of itself,"
        " one above it too modest. Bars over a dot are its 95 % interval; below, how many answers it rests on."
    )
    yield Prose(" ".join(_kept(title, calibration) for _, title, calibration in kinds))
    pictures = [
        Chart(charts.reliability(f"reliability-{name}", title, calibration), title)
        for name, title, calibration in kinds
        if bins(calibration)
    ]
    if pictures:
        yield Pair(pictures)
    tables = []
    for _, title, calibration in kinds:
        lines = [
            Line(
                f"{100 * b.low:.0f} to {100 * b.high:.0f}",
                [
                    Cell(f"{b.answers:,}"),
                    Cell(percent(b.mean)),
                    Cell(percent(b.share), f"{percent(b.least)}–{percent(b.most)}"),
                ],
            )
            for b in bins(calibration)
        ]
        columns = ("given, %", "answers", "mean, %", "right, %")
        if lines:
            tables.append(Table(title, columns, lines))
    if tables:
        yield Pair(tables)


def _kept(title: str, calibration: Calibration) -> str:
    return (
        f"{title}: expected calibration error {calibration.error:.3f}, the mean gap between what it said and what was"
        f" right; on so many answers perfect probabilities would show about {by_chance(calibration):.3f}."
    )


def confusion_of(trial: Trial) -> Iterator[Block]:
    yield Prose("Of claims found with exact words. Rows are what the reader says, columns what the model says.")
    names = {
        "harm": (HARMS, HARMS),
        "link": (("nobody", "somebody"), ("nobody", "the right one", "another one", "somebody")),
        "qualifier": (QUALIFIERS, QUALIFIERS),
    }
    made = []
    for what, (rows, columns) in names.items():
        times = {(g, p): n for (field, g, p), n in trial.evaluation.confusion.items() if field == what}
        if not times:
            continue
        down = [name for name in (*rows, "None") if any(g == name for g, _ in times)]
        across = [name for name in (*columns, "None") if any(p == name for _, p in times) or name in down]
        if what == "link":
            across = [name for name in across if any(p == name for _, p in times)]
        agree = _LINKS if what == "link" else {(name, name) for name in down}
        right = frozenset((i, j) for i, g in enumerate(down) for j, p in enumerate(across) if (g, p) in agree)
        counts = [[times.get((g, p), 0) for p in across] for g in down]
        made.append(Matrix(upper(what), [*map(_read, down)], [*map(_read, across)], counts, right))
    yield Pair(made) if made else Prose("No claim was found with exact words.")


def _read(name: str) -> str:
    return "not read" if name == "None" else spaced(name)


def errors_of(trial: Trial) -> Iterator[Block]:
    lessons = instructive(trial)
    if not lessons:
        yield Prose("There is no error in these documents.")
        return
    yield Prose(
        f"{len(lessons)} of the errors, chosen to teach (at most {NUMBER}): kinds of error take turns, and so do"
        " documents and genres; of what is left, those come first that the model was surest of, of missed claims those"
        " with the largest figures."
    )
    yield Lessons(lessons)
