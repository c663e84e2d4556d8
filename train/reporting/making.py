"""How a model came to be, and what it costs: learning curve, corpus, speed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from . import charts
from .blocks import Bars, Block, Cell, Chart, Line, Pair, Prose, Table
from .curve import CURVES, Curve
from .speed import Speed
from .words import spaced

_LONG = 12  # rows from which bars are folded


def curve_of(curve: Curve) -> Iterator[Block]:
    gain = curve.gains["claims, exact words"]
    more = curve.steps[-1].documents / curve.steps[-2].documents
    if gain.value is not None:
        between = f" (95 % interval {_points(gain.low)} to {_points(gain.high)})" if gain.low is not None else ""
        yield Prose(
            f"Learning from {more:.1f} times as many documents, {curve.steps[-1].documents:,} for"
            f" {curve.steps[-2].documents:,}, brought {_points(gain.value)} points of F1 on claims{between}. While the"
            " curve rises, more of the same kind helps; where it is flat, other documents or another model do."
        )
    yield Chart(charts.curves(curve), "F1 over the number of documents learned from.")
    lines = [
        Line(
            f"{step.documents:,}",
            [Cell(f"{step.claims:,}"), *(Cell.of(step.figures[name]) for name in CURVES)],
        )
        for step in curve.steps
    ]
    yield Table("F1 in per cent by documents learned from", ("documents", "claims", *CURVES), lines)


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.1f}"


def corpus_of(corpus: Mapping[str, Counter[str]]) -> Iterator[Block]:
    tables = {name: counts for name, counts in corpus.items() if counts}
    size = tables.pop("size", None)
    if size:
        yield Prose("It has " + ", ".join(f"{times:,} {name}" for name, times in size.items()) + ".")
    shown = [
        Bars(spaced(name), [(spaced(key), times) for key, times in by_size(counts)], len(counts) > _LONG)
        for name, counts in tables.items()
    ]
    if open_ := [bars for bars in shown if not bars.folded]:
        yield Pair(open_)
    if folded := [bars for bars in shown if bars.folded]:
        yield Pair(folded)


def by_size(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The largest first."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def speed_of(speed: Speed, curve: Curve | None) -> Iterator[Block]:
    rows = [
        ("tokens a second, articles it has not met", f"{speed.first:,.0f}"),
        ("tokens a second, once it knows the words", f"{speed.again:,.0f}"),
        ("processor seconds for 1,000 such articles", f"{speed.processor:.1f}"),
    ]
    if speed.bytes is not None:
        rows.append(("size of the model's folder", f"{speed.bytes / 1e6:.1f} MB"))
    if speed.training is not None:
        learned = f" on {speed.training_documents:,} documents" if speed.training_documents else ""
        rows.append((f"training{learned}, processor seconds", f"{speed.training:,.0f}"))
    rows += [
        (f"training on {step.documents:,} documents, processor seconds", f"{step.seconds:,.0f}")
        for step in (curve.steps if curve else ())
        if step.seconds is not None
    ]
    yield Prose(
        f"Measured in processor seconds on one core, from text to claims table, on {speed.articles:,} articles of"
        f" {speed.tokens / speed.articles:,.0f} tokens in the mean ({speed.machine}; {speed.measured}). Long runs lie"
        " between the first two figures. Another machine gives others: this section alone differs from run to run."
    )
    yield Table("What it costs", ("", ""), [Line(name, [Cell(value)]) for name, value in rows])
