"""Feature crosses: features of a few small numbers at once, whose weights fold into tables.

Where features are functions of the same few small numbers (the classes of three neighbours; how far the next harm
word is, what stands between, and the class here), all their weights add up to one row for each combination of those
numbers. Scoring is then one look-up a cross, however many features it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .context import BUCKETS, Context, bucket
from .vocabulary import CLASSES

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cross:
    """Axes and the features on them: each part is a feature, a combination of some of the axes."""

    sizes: tuple[int, ...]
    parts: tuple[tuple[int, ...], ...]

    def size_of(self, part: tuple[int, ...]) -> int:
        return prod(self.sizes[axis] for axis in part)


_C, _B = len(CLASSES), BUCKETS
_SIDES = tuple((name, step) for name in ("harm", "cue", "number", "people", "source") for step in (-1, 1))

CROSSES: tuple[Cross, ...] = (
    *[Cross((_C, _C, _C), ((0, 1, 2),))] * 3,
    Cross((2, 2, 2, _C), ((0, 3), (1, 3), (1, 2, 3))),
    *[Cross((_B, _B, _C), ((0, 2), (1, 2), (0, 1, 2)))] * 2,
    *[Cross((_B, _B, _C), ((0, 2), (1, 2)))] * 5,
    *[Cross((_B, 2, _C, _C), ((0, 1, 2), (0, 2, 3), (0, 1, 3)))] * len(_SIDES),
)

_PARTS = tuple((cross, part) for cross in CROSSES for part in cross.parts)
_BASES = tuple(accumulate((cross.size_of(part) for cross, part in _PARTS), initial=0))
CODES = _BASES[-1]
"""How many features all crosses have together; a feature's code is a number below it."""


def values_of(context: Context) -> list[tuple[Ints, ...]]:
    """For each of ``CROSSES`` the values on its axes at every position, arrays of shape (positions,)."""
    c = context.classes
    index = np.arange(c.size)

    def at(offset: int) -> Ints:
        return np.roll(c, -offset)

    left = {name: bucket(index - there, there >= 0) for name, there in context.left.items()}
    right = {name: bucket(there - index, there >= 0) for name, there in context.right.items()}
    values: list[tuple[Ints, ...]] = [(at(-1), c, at(1)), (at(-2), at(-1), c), (c, at(1), at(2))]
    values.append((context.quoted, context.headline, (index == context.first).astype(np.int64), c))
    values += [
        (left[name], right[name], c) for name in ("harm", "cue", "number", "people", "source", "comma", "clause")
    ]
    for name, step in _SIDES:
        # A span that holds the landmark ends here if what is beyond, away from the landmark, is no part of it,
        # and nothing (a comma, a quotation mark) stands between the two.
        side, far = (context.left, left) if step < 0 else (context.right, right)
        there, fence = side[name], side["clause"]
        fenced = (fence >= 0) & (there >= 0) & ((fence - there) * step < 0)
        values.append((far[name], fenced.astype(np.int64), c, at(-step)))
    return values


def codes_of(values: Sequence[tuple[Ints, ...]]) -> NDArray[np.int32]:
    """The codes of all features, shape (positions, features)."""
    by_cross = ((cross, part, axes) for cross, axes in zip(CROSSES, values, strict=True) for part in cross.parts)
    columns = [
        _flat([axes[axis] for axis in part], [cross.sizes[axis] for axis in part]) + base
        for (cross, part, axes), base in zip(by_cross, _BASES, strict=False)
    ]
    return np.stack(columns, axis=1).astype(np.int32)


def _flat(values: Sequence[Ints], sizes: Sequence[int]) -> Ints:
    """One number for each combination, the last axis running fastest."""
    out = values[0]
    for value, size in zip(values[1:], sizes[1:], strict=True):
        out = out * size + value
    return out


@dataclass(frozen=True, slots=True)
class CrossTable:
    """The codes a model knows, in ascending order; a code's column is its place."""

    codes: NDArray[np.int32]

    @classmethod
    def learn(cls, codes: NDArray[np.int32], at_least: int = 3) -> CrossTable:
        """Keep the codes seen at least so often."""
        return cls(np.flatnonzero(np.bincount(codes.ravel(), minlength=CODES) >= at_least).astype(np.int32))

    def __len__(self) -> int:
        return int(self.codes.size)

    def one_hot(self, codes: NDArray[np.int32]) -> sparse.csr_matrix:
        """Codes of shape (n, m) to a 0/1 matrix of shape (n, columns)."""
        place = np.full(CODES, -1, np.int32)
        place[self.codes] = np.arange(len(self))
        columns = place[codes]
        rows, which = np.nonzero(columns >= 0)
        ones = np.ones(rows.size, np.float32)
        return sparse.csr_matrix((ones, (rows, columns[rows, which])), shape=(codes.shape[0], len(self)))

    def fold(self, weights: Floats) -> list[Floats]:
        """One table a cross, shape (combinations, outputs), from ``weights`` of shape (columns, outputs)."""
        tables: list[Floats] = []
        bases = iter(_BASES)
        for cross in CROSSES:
            table = np.zeros((*cross.sizes, weights.shape[1]), np.float32)
            for part in cross.parts:
                base, size = next(bases), cross.size_of(part)
                low, high = np.searchsorted(self.codes, (base, base + size))
                own = np.zeros((size, weights.shape[1]), np.float32)
                own[self.codes[low:high] - base] = weights[low:high]
                table += own.reshape([n if axis in part else 1 for axis, n in enumerate(cross.sizes)] + [-1])
            tables.append(table.reshape(-1, weights.shape[1]))
        return tables


def add_scores(scores: Floats, tables: Sequence[Floats], values: Sequence[tuple[Ints, ...]]) -> None:
    """Add to scores (positions, outputs) the rows that the values point at."""
    row = np.empty_like(scores)
    for cross, table, axes in zip(CROSSES, tables, values, strict=True):
        np.take(table, _flat(axes, cross.sizes), axis=0, out=row, mode="clip")
        scores += row
