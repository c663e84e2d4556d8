"""Features named by 64-bit keys, and the table of those that a model knows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Keys = NDArray[np.uint64]
Floats = NDArray[np.float32]

_STEPS = 3
"""Places looked at one after the other in a key's bucket before the search goes on by halves."""


@dataclass(frozen=True, slots=True)
class KeyTable:
    """Known keys in ascending order; a key's column is its place.

    Keys are spread evenly, so their leading bits lead to the place: ``buckets`` holds, for each value of the
    leading bits, the first key with that value. A look-up is two or three reads where halving takes twenty.
    """

    keys: Keys
    buckets: NDArray[np.int32] = field(init=False, repr=False, compare=False)
    shift: np.uint64 = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        bits = min(max(int(self.keys.size * 4).bit_length(), 4), 22)
        object.__setattr__(self, "shift", np.uint64(64 - bits))
        edges = np.arange(2**bits, dtype=np.uint64) << self.shift
        buckets = np.append(np.searchsorted(self.keys, edges), self.keys.size)
        object.__setattr__(self, "buckets", buckets.astype(np.int32))

    @classmethod
    def learn(cls, keys: Keys, at_least: int = 2) -> KeyTable:
        """Keep the keys seen at least so often: what was seen once says nothing of new text."""
        unique, counts = np.unique(keys, return_counts=True)
        return cls(unique[counts >= at_least])

    def __len__(self) -> int:
        return int(self.keys.size)

    def columns(self, keys: Keys) -> NDArray[np.int64]:
        """The column of each key, -1 where it is not known."""
        out = np.full(keys.size, -1, np.int64)
        flat = keys.ravel()
        lead = (flat >> self.shift).astype(np.int64)
        place = self.buckets[lead]
        open_ = np.flatnonzero(place < self.buckets[lead + 1])
        place, end, wanted = place[open_], self.buckets[lead[open_] + 1], flat[open_]
        for _ in range(_STEPS):
            there = self.keys[place]
            found = there == wanted
            out[open_[found]] = place[found]
            on = (there < wanted) & (place + 1 < end)
            open_, place, end, wanted = open_[on], place[on] + 1, end[on], wanted[on]
        if open_.size:  # a crowded bucket
            place = np.minimum(np.searchsorted(self.keys, wanted), len(self) - 1).astype(np.int32)
            found = self.keys[place] == wanted
            out[open_[found]] = place[found]
        return out.reshape(keys.shape)

    def one_hot(self, keys: Keys) -> sparse.csr_matrix:
        """Keys of shape (n, m) to a 0/1 matrix of shape (n, columns)."""
        columns = self.columns(keys)
        rows, which = np.nonzero(columns >= 0)
        ones = np.ones(rows.size, np.float32)
        return sparse.csr_matrix((ones, (rows, columns[rows, which])), shape=(keys.shape[0], len(self)))

    def sum_weights(self, keys: Keys, weights: Floats) -> Floats:
        """Row sums of ``weights`` (columns, outputs) over keys (n, m): ``one_hot(keys) @ weights``."""
        total = np.zeros((keys.shape[0], weights.shape[1]), np.float32)
        for feature in range(keys.shape[1]):
            columns = self.columns(keys[:, feature])
            known = np.flatnonzero(columns >= 0)
            total[known] += weights[columns[known]]
        return total
