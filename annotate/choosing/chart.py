"""The picture of a replay: how good the models were, and what choosing brought."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from ...data.documents import ATTRIBUTION, CLAIM
from .curves import CHOSEN, RANDOM, Mean, Score, gains, levels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = ("png", "svg", "pdf")

COLUMNS = ((None, "all spans"), (CLAIM, "casualty claims"), (ATTRIBUTION, "attributions"))

STYLES: dict[str, dict[str, Any]] = {
    RANDOM: {"color": "#0072B2", "marker": "o", "linestyle": "--", "label": "taken by chance"},
    CHOSEN: {"color": "#D55E00", "marker": "s", "linestyle": "-", "label": "chosen"},
}
"""Blue and vermilion of Okabe and Ito, which colour-blind people tell apart; marks and lines differ as well."""

INK, FAINT = "#1c1b19", "#8a867c"


def draw(scores: Sequence[Score], file: BinaryIO, kind: str, shared: float = 0.0) -> None:
    """Write the picture to a file opened for bytes, as one of ``FORMATS``; ``shared`` as ``curves.mean_of``."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    inked: Any = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
    # A fixed salt: the same scores make the same bytes.
    style = {**inked, "font.size": 10, "axes.edgecolor": FAINT, "svg.hashsalt": "replay"}
    with rc_context(style):
        figure = Figure(figsize=(10.5, 6.2), layout="constrained")
        axes = figure.subplots(2, 3, sharex=True, sharey="row", height_ratios=(3, 2))
        for column, (label, title) in enumerate(COLUMNS):
            above, below = axes[0][column], axes[1][column]
            for arm in (RANDOM, CHOSEN):
                _curve(above, levels(scores, arm, label, shared), STYLES[arm])
            above.set_title(title, loc="left", fontweight="bold")
            _differences(below, gains(scores, label, shared))
            below.set_xlabel("labelled sentences")
        sizes = sorted({score.sentences for score in scores})
        axes[0][0].set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes[0][0].set_ylabel("exact span F1, %")
        axes[1][0].set_ylabel("chosen less chance,\npoints of F1")
        axes[0][0].legend(frameon=False, loc="lower right")
        repeats = len({score.repeat for score in scores})
        bars = "; bars and bands are 95 % intervals" if repeats > 1 else ""
        figure.suptitle(f"Learning curves on held-out documents, means of {repeats} repeats{bars}", fontsize=11, x=0.01,
                        ha="left")  # fmt: skip
        figure.savefig(file, format=kind, dpi=150, metadata={} if kind == "png" else _UNDATED[kind])


_UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


def _curve(axes: Axes, found: dict[int, Mean], style: dict[str, Any]) -> None:
    sizes = list(found)
    axes.plot(sizes, [100 * found[n].mean for n in sizes], linewidth=1.8, markersize=5, **style)
    if not any(math.isnan(mean.low) for mean in found.values()):
        low, high = ([100 * getattr(found[n], end) for n in sizes] for end in ("low", "high"))
        axes.fill_between(sizes, low, high, color=style["color"], alpha=0.12, linewidth=0)
    _plain(axes)


def _differences(axes: Axes, found: dict[int, Mean]) -> None:
    axes.axhline(0, color=FAINT, linewidth=1)
    for size, mean in found.items():
        if not math.isnan(mean.low):
            axes.plot([size, size], [100 * mean.low, 100 * mean.high], color=INK, linewidth=1.4)
    axes.plot(list(found), [100 * mean.mean for mean in found.values()], "D", color=INK, markersize=5)
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=FAINT, alpha=0.25, linewidth=0.7)
