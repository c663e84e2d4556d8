"""Agreement for the eye: tables of all figures, and in words which of them to trust."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...data.documents import LABELS
from ...data.matching import FIELDS
from ...models.display import visible
from .agreement import Agreement, Comparison, Figure

RELIABLE, TENTATIVE = 0.8, 0.667
"""Alpha from which labels can be relied on, and from which they allow tentative conclusions: Krippendorff (2018)."""

_APART = 0.1
"""F1 by which overlap must lie above exact before the edges of spans are named as what annotators differ on."""

_BEHIND = 0.05
"""F1 by which one annotator must lie behind the next before they are named."""

EVERYONE = "everyone"


def tables(agreement: Agreement) -> Group:
    """A table for each label, and one for links and records, that fit a terminal of 100 columns."""
    rows = [(" · ".join(map(visible, pair.annotators)), pair) for pair in agreement.pairs]
    if len(agreement.everyone.annotators) > 2:
        rows.append((EVERYONE, agreement.everyone))
    parts: list[RenderableType] = []
    for label in LABELS:
        table = _table(label, "sentences", "exact F1", "overlap F1", "alpha")
        for name, c in rows:
            figures = [c.exact[label], c.overlap[label], c.alpha[label]]
            table.add_row(Text(name), f"{c.sentences:,}", *map(with_interval, figures), style=_style(name))
        parts += [table, Text()]
    table = _table("claims that both marked exactly", "claims", "link", "record", *FIELDS)
    for name, c in rows:
        cells = [with_interval(c.link), with_interval(c.record), *(_value(c.fields[field]) for field in FIELDS)]
        table.add_row(Text(name), f"{c.record.of:,}", *cells, style=_style(name))
    return Group(*parts, table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
    table.pad_edge, table.collapse_padding = False, True
    table.add_column("annotators", overflow="fold", min_width=10)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _style(name: str) -> str:
    return "bold" if name == EVERYONE else ""


def with_interval(figure: Figure) -> str:
    """``0.83 (0.79–0.87)``, or a dash where there is nothing to agree on."""
    if figure.low is None or figure.high is None:
        return _value(figure)
    return f"{_value(figure)} ({figure.low:.2f}–{figure.high:.2f})"


def _value(figure: Figure) -> str:
    return "–" if figure.value is None else f"{figure.value:.2f}"


def findings(agreement: Agreement) -> Iterator[str]:
    """What the figures mean, a sentence each."""
    everyone = agreement.everyone
    for label in LABELS:
        yield _of_label(label, everyone)
    if weakest := _weakest(everyone.fields):
        yield (
            f"Of the record, annotators agree least on {weakest} "
            f"({_percent(everyone.fields[weakest])} of the claims that both marked exactly); "
            f"on the source of a claim they agree in {_percent(everyone.link)}."
        )
    if apart := _furthest(agreement.pairs):
        yield apart
    if agreement.documents < 2:
        yield "All shared sentences are from one article, so there are no intervals."
    elif agreement.documents < 20:
        yield f"The intervals rest on {agreement.documents} articles: take them as rough."


def _of_label(label: str, everyone: Comparison) -> str:
    value, exact, overlap = (by[label].value for by in (everyone.alpha, everyone.exact, everyone.overlap))
    if value is None:
        nobody = not everyone.exact[label].of
        return f"{label}: {'nobody marked one' if nobody else 'alpha has no value'} in the shared sentences."
    verdict = (
        "the labels can be relied on"
        if value >= RELIABLE
        else "they allow tentative conclusions only"
        if value >= TENTATIVE
        else "too low to rely on; talk the guideline over and label again"
    )
    words = f"{label}: alpha {value:.2f}, {verdict}."
    if exact is not None and overlap is not None and overlap - exact > _APART:
        words += (
            f" Overlap F1 is {overlap - exact:.2f} above exact F1: often the same words are meant, with other edges."
        )
    return words


def _weakest(fields: Mapping[str, Figure]) -> str | None:
    """The field with the lowest agreement, if one is below the best."""
    values = {name: figure.value for name, figure in fields.items() if figure.value is not None and figure.value < 1}
    return min(values, key=lambda name: values[name]) if values else None


def _furthest(pairs: Sequence[Comparison]) -> str | None:
    """Whose spans agree least with those of the others, where three or more can be told apart."""
    shares: dict[str, list[float]] = {}
    for pair in pairs:
        agreed = sum((f.value or 0) * f.of for f in pair.exact.values())
        if of := sum(f.of for f in pair.exact.values()):
            for name in pair.annotators:
                shares.setdefault(name, []).append(agreed / of)
    means = {name: sum(values) / len(values) for name, values in shares.items()}
    if len(means) < 3:
        return None
    name, second = sorted(means, key=lambda name: means[name])[:2]
    if means[second] - means[name] < _BEHIND:
        return None
    return f"{visible(name)} agrees least with the others: exact F1 {means[name]:.2f} over both labels, on average."


def _percent(figure: Figure) -> str:
    return "–" if figure.value is None else f"{figure.value:.0%}"
