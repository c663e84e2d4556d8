"""Counts that add, ratios that are derived: averaging ratios would lose what the counts know.

After spaCy's ``PRFScore``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives, false negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 0 where nothing was found."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """Share of what is there that was found; 0 where nothing is there."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where nothing is there and nothing was found."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else 0.0

    def to_json(self) -> dict[str, float]:
        return {
            "tp": self.tp,
            "fp": self.fp,
            "fn": self.fn,
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
        }


@dataclass(frozen=True, slots=True)
class Share:
    """So many right of so many."""

    right: int = 0
    of: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.right + other.right, self.of + other.of)

    @property
    def accuracy(self) -> float:
        return self.right / self.of if self.of else 0.0

    def to_json(self) -> dict[str, float]:
        return {"right": self.right, "of": self.of, "accuracy": round(self.accuracy, 4)}


BINS = 10
PARTS = 10_000
"""Probabilities are summed in whole ten-thousandths, so that sums are the same in any order."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Do probabilities keep their word? Ten bins by probability: (how many, their sum in ``PARTS``, how many right)."""

    bins: tuple[tuple[int, int, int], ...] = ((0, 0, 0),) * BINS

    @classmethod
    def of(cls, answers: Iterable[tuple[float, bool]]) -> Calibration:
        """From (probability, right or not) of each answer."""
        bins = [[0, 0, 0] for _ in range(BINS)]
        for probability, right in answers:
            bin_ = bins[min(int(probability * BINS), BINS - 1)]
            bin_[0] += 1
            bin_[1] += round(probability * PARTS)
            bin_[2] += right
        return cls(tuple((n, total, right) for n, total, right in bins))

    def __add__(self, other: Calibration) -> Calibration:
        pairs = zip(self.bins, other.bins, strict=True)
        return Calibration(tuple((a + d, b + e, c + f) for (a, b, c), (d, e, f) in pairs))

    @property
    def error(self) -> float:
        """Expected calibration error: the mean gap between probability and share right, weighted by bin size.

        After Naeini, Cooper and Hauskrecht (2015); 0 where there are no answers.
        """
        answers = sum(n for n, _, _ in self.bins)
        return sum(abs(total / PARTS - right) for _, total, right in self.bins) / answers if answers else 0.0

    def to_json(self) -> dict[str, object]:
        rows = [{"answers": n, "mean_probability": round(t / n / PARTS, 4), "right": r} for n, t, r in self.bins if n]
        return {"expected_calibration_error": round(self.error, 4), "bins": rows}
