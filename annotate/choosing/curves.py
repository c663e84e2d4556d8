"""Learning curves: what the next sentences would bring, and whether one way of choosing them beats another.

Errors fall as a power of the number of examples (Hestness et al. 2017, "Deep Learning Scaling is Predictable,
Empirically"; for annotation Figueroa et al. 2012, "Predicting sample size required for classification performance"),
so that the logarithm of the error, 1 - F1, is a straight line over the logarithm of the number. A straight line has
two unknowns, which the four or five points of a replay can bear.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.stats import t as student

from ...data.counts import Counts

RANDOM, CHOSEN = "random", "chosen"
ARMS = (RANDOM, CHOSEN)

ALL = "ALL"
"""Stands for the label where spans of all labels are counted together."""

LEAST_ERROR = 1e-4
"""An error of 0 has no logarithm."""


SCHEMA = pa.schema(
    [
        ("repeat", pa.int64()),
        ("arm", pa.string()),
        ("sentences", pa.int64()),
        ("spans", pa.int64()),
        ("label", pa.string()),
        ("tp", pa.int64()),
        ("fp", pa.int64()),
        ("fn", pa.int64()),
        ("precision", pa.float64()),
        ("recall", pa.float64()),
        ("f1", pa.float64()),
    ]
)
"""Columns of ``table_of``."""


@dataclass(frozen=True, slots=True)
class Score:
    """How good a model was that had learned from ``sentences`` labelled sentences with ``spans`` spans in them.

    ``counts`` are those of exact spans in the documents that were held out, by label.
    """

    repeat: int
    arm: str
    sentences: int
    spans: int
    counts: Mapping[str, Counts]

    def f1(self, label: str | None = None) -> float:
        """Exact span F1 of a label; of all spans together without one."""
        return (sum(self.counts.values(), Counts()) if label is None else self.counts[label]).f1

    def to_rows(self) -> list[dict[str, Any]]:
        """A row for each label, and one for all spans."""
        place = {"repeat": self.repeat, "arm": self.arm, "sentences": self.sentences, "spans": self.spans}
        every = {**self.counts, ALL: sum(self.counts.values(), Counts())}
        return [{**place, "label": label, **counts.to_json()} for label, counts in every.items()]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over repeats with its 95 % interval; ``nan`` at both ends where there is none: one repeat, infinity."""

    mean: float
    low: float
    high: float


def mean_of(values: Iterable[float], shared: float = 0.0) -> Mean:
    """The mean over repeats and its 95 % interval after Student.

    Repeats that draw their held-out documents from one corpus are no independent samples. ``shared`` is the number of
    documents held out over the number learned from: the variance is widened by it (Nadeau and Bengio 2003,
    "Inference for the Generalization Error").
    """
    sample = np.array(list(values), float)
    if len(sample) < 2 or not np.isfinite(sample).all():
        return Mean(float(sample.mean()), math.nan, math.nan)
    width = student.ppf(0.975, len(sample) - 1) * math.sqrt((1 / len(sample) + shared) * sample.var(ddof=1))
    return Mean(float(sample.mean()), float(sample.mean() - width), float(sample.mean() + width))


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """``error(n) = scale * n ** -power``, and F1 is 1 less the error."""

    scale: float
    power: float

    @classmethod
    def fit(cls, sizes: Sequence[float], f1: Sequence[float]) -> PowerLaw:
        """By least squares on logarithms. Raises ``ValueError`` if there are not two different sizes."""
        if len(set(sizes)) < 2:
            raise ValueError("a learning curve needs scores at two numbers of sentences or more")
        errors = np.maximum(1 - np.array(f1, float), LEAST_ERROR)
        slope, intercept = np.polyfit(np.log(sizes), np.log(errors), 1)
        return cls(float(np.exp(intercept)), float(-slope))

    def f1(self, size: float) -> float:
        """F1 after a number of sentences; never below 0."""
        return float(max(1 - self.scale * size**-self.power, 0.0))

    def size(self, f1: float) -> float:
        """How many sentences give an F1; infinitely many where the curve does not rise."""
        if self.power <= 0:
            return math.inf
        logarithm = (math.log(self.scale) - math.log(max(1 - f1, LEAST_ERROR))) / self.power
        return math.exp(logarithm) if logarithm < 50 else math.inf


def table_of(scores: Iterable[Score]) -> pd.DataFrame:
    """All scores, a row for each label and one for all of them, with the columns of ``SCHEMA``."""
    return pd.DataFrame([row for score in scores for row in score.to_rows()], columns=SCHEMA.names)


def levels(scores: Iterable[Score], arm: str, label: str | None = None, shared: float = 0.0) -> dict[int, Mean]:
    """F1 of one arm by number of sentences, over repeats; of a label, or of all spans together."""
    found: dict[int, list[float]] = {}
    for score in scores:
        if score.arm == arm:
            found.setdefault(score.sentences, []).append(score.f1(label))
    return {size: mean_of(found[size], shared) for size in sorted(found)}


def gains(scores: Sequence[Score], label: str | None = None, shared: float = 0.0) -> dict[int, Mean]:
    """F1 of choosing less F1 of chance by number of sentences.

    They are compared within a repeat, where both learned from the same first sentences and were judged on the same
    documents.
    """
    return {size: mean_of(values, shared) for size, values in _gains(scores, label).items()}


def _gains(scores: Iterable[Score], label: str | None = None) -> dict[int, list[float]]:
    """A difference for each repeat, by number of sentences; there is none where both arms start."""
    f1 = {(s.repeat, s.sentences, s.arm): s.f1(label) for s in scores}
    places = sorted({(repeat, size) for repeat, size, _ in f1})
    first = min(size for _, size in places)
    found: dict[int, list[float]] = {}
    for repeat, size in places:
        if size > first:
            found.setdefault(size, []).append(f1[repeat, size, CHOSEN] - f1[repeat, size, RANDOM])
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Findings:
    """What a replay tells a labelling lead. All F1 are pooled, of exact spans; all means have 95 % intervals.

    After ``most`` sentences F1 was ``last``, and ``step`` more would bring ``next_step``, by arm. ``gain`` is what
    choosing brought over chance, averaged over the rounds. ``worth`` is how many sentences taken by chance would do
    what ``most`` chosen ones do. ``spans`` is how many spans a labelled sentence held, by arm: what it costs to label;
    ``gain_by_spans`` what choosing brought where both had labelled as many spans as chance had in the end.
    """

    most: int
    step: int
    last: Mapping[str, Mean]
    next_step: Mapping[str, Mean]
    gain: Mean
    worth: Mean
    spans: Mapping[str, float]
    gain_by_spans: Mean


def findings(scores: Sequence[Score], step: int = 500, shared: float = 0.0) -> Findings:
    """What the scores of a replay say; ``step`` is how many sentences more are thought of, ``shared`` as ``mean_of``.

    A power law is fitted to each repeat; the interval is that over repeats, and knows nothing of how the law itself
    may fail beyond the last round. Raises ``ValueError`` if there are not two numbers of sentences.
    """
    by_repeat = [[s for s in scores if s.repeat == repeat] for repeat in sorted({s.repeat for s in scores})]
    most = max(s.sentences for s in scores)

    def next_step(own: Sequence[Score], arm: str) -> float:
        law = _law(own, arm)
        return law.f1(most + step) - law.f1(most)

    def by_spans(own: Sequence[Score]) -> float:
        spans = _last(own, RANDOM).spans
        return _law(own, CHOSEN, by="spans").f1(spans) - _law(own, RANDOM, by="spans").f1(spans)

    return Findings(
        most,
        step,
        {arm: levels(scores, arm, shared=shared)[most] for arm in ARMS},
        {arm: mean_of((next_step(own, arm) for own in by_repeat), shared) for arm in ARMS},
        mean_of((float(np.mean(list(_gains(own).values()))) for own in by_repeat), shared),
        mean_of((_law(own, RANDOM).size(_last(own, CHOSEN).f1()) for own in by_repeat), shared),
        {arm: float(np.mean([_last(own, arm).spans / most for own in by_repeat])) for arm in ARMS},
        mean_of(map(by_spans, by_repeat), shared),
    )


def _law(own: Iterable[Score], arm: str, by: str = "sentences") -> PowerLaw:
    curve = [(getattr(score, by), score.f1()) for score in own if score.arm == arm]
    return PowerLaw.fit(*zip(*curve, strict=True))


def _last(own: Iterable[Score], arm: str) -> Score:
    return max((score for score in own if score.arm == arm), key=lambda score: score.sentences)


def in_words(found: Findings) -> list[str]:
    """The findings as sentences for a labelling lead."""
    gain, brought = found.gain, _points(found.gain)
    if math.isnan(gain.low):
        verdict = f"choosing brought {brought} over chance, in one repeat: it may be luck, take more --repeats"
    elif gain.low > 0:
        verdict = f"choosing beat chance by {brought}"
    elif gain.high < 0:
        verdict = f"choosing did worse than chance, by {brought}"
    else:
        verdict = f"no difference between choosing and chance could be shown: {brought}"
    more, last = found.next_step, found.last[CHOSEN].mean
    said = [
        f"After {found.most:,} chosen sentences exact span F1 was {100 * last:.1f}; another {found.step:,} would bring"
        f" {_points(more[CHOSEN])}, or {_points(more[RANDOM])} if they all were taken by chance.",
        f"On average over the rounds {verdict}.",
        f"A chosen sentence held {found.spans[CHOSEN]:.2f} spans to label, one taken by chance"
        f" {found.spans[RANDOM]:.2f}; for the same number of spans the difference was {_points(found.gain_by_spans)}.",
    ]
    if gain.low > 0 and math.isfinite(found.worth.mean):
        said.insert(
            2, f"{found.most:,} chosen sentences did what some {round(found.worth.mean, -2):,.0f} by chance would do."
        )
    return said


def _points(mean: Mean) -> str:
    """A difference of F1 in points, with its interval."""
    words = f"{100 * mean.mean:+.1f} points"
    return words if math.isnan(mean.low) else f"{words} ({100 * mean.low:+.1f} to {100 * mean.high:+.1f})"
