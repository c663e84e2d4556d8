"""An evaluation and its errors as tables for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ..data.counts import Counts
from .errors import Difference
from .evaluation import Evaluation


def evaluation_tables(evaluation: Evaluation, title: str) -> Group:
    """Spans, records and links as tables: the ratios with the counts they come from.

    End to end is a claim with span, record and source all exactly right.
    """
    spans = Table("", "precision", "recall", "F1", "right", "wrong", "missed", title=_plain(title), box=box.SIMPLE_HEAD)
    for column in spans.columns[1:]:
        column.justify = "right"
    for label in evaluation.exact:
        spans.add_row(f"{label} exact", *_ratios(evaluation.exact[label]))
        spans.add_row(f"{label} overlap", *_ratios(evaluation.overlap[label]), style="dim")
    spans.add_row("end to end", *_ratios(evaluation.end_to_end), style="bold")

    claims = Table("of exactly found claims", "right", "of", "accuracy", box=box.SIMPLE_HEAD)
    for column in claims.columns[1:]:
        column.justify = "right"
    rows = [("record (all fields)", evaluation.record)]
    rows += [(f"  {name}", share) for name, share in evaluation.fields.items()]
    rows += [("link", evaluation.link), ("link, attribution exact", evaluation.link_exact)]
    for name, share in rows:
        claims.add_row(name, str(share.right), str(share.of), f"{share.accuracy:.3f}")
    kept = Text(
        f"  expected calibration error: spans {evaluation.span_calibration.error:.3f}, "
        f"links {evaluation.link_calibration.error:.3f}\n"
    )
    return Group(spans, claims, kept, *_confusions(evaluation))


def _ratios(counts: Counts) -> tuple[str, ...]:
    return (
        f"{counts.precision:.3f}",
        f"{counts.recall:.3f}",
        f"{counts.f1:.3f}",
        str(counts.tp),
        str(counts.fp),
        str(counts.fn),
    )


def _confusions(evaluation: Evaluation) -> list[Table]:
    wrong: dict[str, Counter[tuple[str, str]]] = {}
    for (what, gold, predicted), times in evaluation.confusion.items():
        if gold != predicted and not (what == "link" and predicted == "the right one"):
            wrong.setdefault(what, Counter())[gold, predicted] += times
    tables = []
    for what, pairs in wrong.items():
        table = Table(f"{what}: gold", "predicted", "times", box=box.SIMPLE_HEAD)
        for (gold, predicted), times in pairs.most_common():
            table.add_row(gold, predicted, str(times))
        tables.append(table)
    return tables


def difference_table(differences: Iterable[Difference]) -> Group:
    """Each difference with its context: gold in green, predicted in red; then what they are made of."""
    lines: list[Text | Table] = []
    kinds: Counter[tuple[str, str]] = Counter()
    for item in differences:
        kinds[item.label, item.kind] += 1
        line = _plain(f"{item.document}:{item.start} ", style="dim")
        line.append(f"{item.kind} {item.label}", style="bold")
        line.append("\n  … ", style="dim").append_text(_plain(f"{item.before} ", style="dim"))
        if item.gold:
            line.append_text(_plain(f"[gold: {item.gold}]", style="green"))
        if item.predicted:
            sure = f" {item.confidence:.0%}" if item.confidence is not None else ""
            line.append_text(_plain(f"[predicted{sure}: {item.predicted}]", style="red"))
        line.append_text(_plain(f" {item.after} …", style="dim"))
        lines.append(line)
    table = Table("label", "kind of error", "times", box=box.SIMPLE_HEAD)
    for (label, kind), times in kinds.most_common():
        table.add_row(label, kind, str(times))
    return Group(*lines, table)


def _plain(text: str, style: str = "") -> Text:
    """Text as it is: brackets are no markup, and what an article says is no command to the terminal."""
    return Text("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text), style=style)
