"""The pictures, as SVG that stands in the page: real text in the page's type, colours that follow light and dark.

Matplotlib draws with stand-in colours, each of which becomes a variable of the page's style. A picture is narrow, so
that its words can be read on a telephone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from textwrap import fill
from typing import TYPE_CHECKING, Any

from ...data.counts import Calibration
from ...models.display import visible
from .breakdown import Row
from .curve import CURVES, Curve
from .figures import Figure
from .outcomes import KINDS, Outcomes, of_hundred
from .reliability import bins

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

COLOURS = {
    "ink": "#010101",
    "faint": "#020202",
    "paper": "#030303",
    "blue": "#040404",
    "vermilion": "#050505",
    "green": "#060606",
    "orange": "#070707",
    "purple": "#080808",
}
"""The stand-in of each variable (``--ink``, ...): nothing else is drawn in these."""

KIND_COLOURS = {"right": "green", "edges": "blue", "speaker": "orange", "figure": "purple", "missed": "vermilion"}
LINES: dict[str, dict[str, Any]] = {
    name: {"color": COLOURS[colour], "marker": marker, "linestyle": line}
    for name, colour, marker, line in zip(CURVES, ("vermilion", "blue", "ink"), "osD", ("-", "--", ":"), strict=True)
}
WIDTH = 4.2
"""Inches; the page shows 4.2 inches as about 420 pixels, a telephone as 350."""


def hundred(outcomes: Outcomes) -> str:
    """A hundred squares, one a gold claim in a hundred: what became of it, by colour and sign."""
    counts = of_hundred([outcomes.shares[kind.name].value or 0.0 for kind in KINDS])
    told = "; ".join(f"{n} {kind.words}" for n, kind in zip(counts, KINDS, strict=True))
    kinds = [kind for n, kind in zip(counts, KINDS, strict=True) for _ in range(n)]
    with _picture("hundred", "Of 100 claims", f"A hundred squares: {told}.", WIDTH, WIDTH) as (figure, out):
        axes = figure.add_subplot(xlim=(-0.5, 9.5), ylim=(9.5, -0.5))
        axes.axis("off")
        for kind in KINDS:
            places = [divmod(i, 10) for i, other in enumerate(kinds) if other is kind]
            colour = COLOURS[KIND_COLOURS[kind.name]]
            axes.scatter([x for _, x in places], [y for y, _ in places], s=580, marker="s", color=colour, linewidth=0)
            for y, x in places if kind.sign else ():
                axes.text(x, y, kind.sign, color=COLOURS["paper"], ha="center", va="center_baseline", fontsize=12)
    return out[0]


def forest(name: str, title: str, rows: Sequence[Row]) -> str:
    """F1 of each part of a trial with its interval; small parts are hollow."""
    told = "; ".join(f"{row.name} {_percent(row.f1)}" for row in rows)
    height = 0.62 + sum(0.3 if len(row.name) <= 22 else 0.38 for row in rows)
    with _picture(name, title, f"F1 in per cent, with 95 % intervals: {told}.", WIDTH, height) as (figure, out):
        axes = figure.subplots()
        for y, row in enumerate(rows):
            _interval(axes, row.f1, y, COLOURS["faint" if row.small else "blue"], hollow=row.small)
        axes.set_yticks(range(len(rows)), [fill(visible(row.name.replace("_", " ")), 22) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel("F1, %")
        ends = [end for row in rows for end in (row.f1.value, row.f1.low) if end is not None]
        axes.set_xlim(10 * int(10 * min(ends, default=0)), 101)
        _plain(axes, "x")
    return out[0]


def _interval(axes: Axes, figure: Figure, y: float, colour: str, *, hollow: bool) -> None:
    if figure.value is None:
        return
    if figure.low is not None and figure.high is not None:
        axes.plot([100 * figure.low, 100 * figure.high], [y, y], color=colour, linewidth=2, solid_capstyle="round")
    fill = COLOURS["paper"] if hollow else colour
    axes.plot([100 * figure.value], [y], "o", color=colour, markersize=6, markerfacecolor=fill, clip_on=False)


def curves(curve: Curve) -> str:
    """F1 over the number of documents learned from, with intervals."""
    last = "; ".join(f"{name} {_percent(curve.steps[-1].figures[name])}" for name in CURVES)
    told = f"F1 in per cent over documents learned from, {len(curve.steps)} steps; with all of them: {last}."
    with _picture("learned", "Learning curve", told, WIDTH, 3.1) as (figure, out):
        axes = figure.subplots()
        sizes = [step.documents for step in curve.steps]
        for number, (name, style) in enumerate(LINES.items()):
            shown = [step.figures[name] for step in curve.steps]
            x = [size * (1 + 0.02 * (number - 1)) for size in sizes]  # a little apart, so that bars can be told apart
            for place, one in zip(x, shown, strict=True):
                if one.low is not None and one.high is not None:
                    axes.plot([place, place], [100 * one.low, 100 * one.high], color=style["color"], linewidth=1.2)
            axes.plot(x, [100 * (f.value or 0) for f in shown], label=name, linewidth=1.8, markersize=5, **style)
        axes.set_xscale("log", base=2)
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("documents learned from")
        axes.set_ylabel("F1, %")
        axes.legend(frameon=False, loc="lower right", fontsize=8.5)
        _plain(axes, "y")
    return out[0]


def reliability(name: str, title: str, calibration: Calibration) -> str:
    """Share right over probability, with intervals; below, how many answers each bar rests on."""
    rows = bins(calibration)
    told = "; ".join(f"given {_round(b.mean)}, right {_round(b.share)} of {b.answers}" for b in rows)
    with _picture(name, title, f"Share right over the probability given, in per cent: {told}.", WIDTH, 4.1) as (f, out):
        above, below = f.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        above.plot([0, 100], [0, 100], color=COLOURS["faint"], linewidth=1, linestyle="--")
        above.text(32, 36, "as promised", color=COLOURS["faint"], rotation=45, rotation_mode="anchor",
                   transform_rotates_text=True, ha="center", fontsize=8)  # fmt: skip
        for b in rows:
            above.plot([100 * b.mean] * 2, [100 * b.least, 100 * b.most], color=COLOURS["blue"], linewidth=1.6)
        above.plot(
            [100 * b.mean for b in rows], [100 * b.share for b in rows], "o", color=COLOURS["blue"], markersize=6
        )
        above.set_ylabel("right, %")
        above.set_xlim(0, 101)
        above.set_ylim(0, 104)
        _plain(above, "y")
        answers = max((b.answers for b in rows), default=1)
        below.bar([50 * (b.low + b.high) for b in rows], [b.answers for b in rows], width=8.6, color=COLOURS["blue"])
        for b in rows:
            below.text(50 * (b.low + b.high), b.answers + 0.05 * answers, f"{b.answers:,}", ha="center", fontsize=7.5)
        below.set_ylim(0, 1.3 * answers)
        below.set_yticks([])
        below.set_ylabel("how many")
        below.set_xlabel("probability given, %")
        _plain(below, None)
    return out[0]


def _plain(axes: Axes, grid: str | None) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=3)
    if grid:
        axes.grid(axis=grid, color=COLOURS["faint"], alpha=0.3, linewidth=0.6)  # type: ignore[arg-type]
        axes.set_axisbelow(True)


@contextmanager
def _picture(name: str, title: str, told: str, width: float, height: float) -> Iterator[tuple[Picture, list[str]]]:
    """A picture to draw on; its SVG is in the list when the block ends."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Picture

    inked = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), COLOURS["ink"])
    style: Any = {
        **inked,
        "axes.edgecolor": COLOURS["faint"],
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "font.size": 9,
        "svg.fonttype": "none",
        "text.parse_math": False,  # a dollar sign in an article is no formula
        "svg.hashsalt": name,  # the same picture makes the same bytes
    }
    out: list[str] = []
    with rc_context(style):
        figure = Picture(figsize=(width, height), layout="constrained")
        yield figure, out
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    out.append(_inline(file.getvalue(), name, title, told))


def _inline(svg: str, name: str, title: str, told: str) -> str:
    """A file's SVG as an element of a page: ids of its own, colours by name, a title and a description."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*|<style[^>]*>.*?</style>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<[^>]+>", lambda match: _tag(match.group(), name), svg)  # what is said between tags stays as it is
    head, body = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    assert box is not None
    opening = (
        '<svg class="chart" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' {box.group()} role="img" aria-labelledby="{name}-title {name}-told" stroke-linejoin="round">'
    )
    about = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-told">{escape(visible(told))}</desc>'
    return f"{opening}{about}{body}".strip()


def _tag(tag: str, name: str) -> str:
    """A tag with ids of its picture's own, colours by name, and no typeface."""
    tag = re.sub(r'\b(id="|xlink:href="#|url\(#)', rf"\g<1>{name}-", tag)
    tag = re.sub("|".join(_VARIABLES), lambda match: _VARIABLES[match.group()], tag)
    return re.sub(r"font: (\d+ )?.*?([\d.]+)px [^;\"]*", r"font-size: \2px", tag)


_VARIABLES = {stand_in: f"var(--{colour})" for colour, stand_in in COLOURS.items()}


def _percent(figure: Figure) -> str:
    return "–" if figure.value is None else _round(figure.value)


def _round(value: float) -> str:
    return f"{100 * value:.0f}"
