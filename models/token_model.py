"""First stage: how likely is it that a span begins, goes on or ends at a token?

A multinomial logistic regression over a window of tokens. Where a feature is a function of (token type,
offset), all its weights fold into one row a type: scoring is a sum of table rows, and any feature of the
spelling alone is then free. What depends on several tokens (pairs, class patterns, the sentence) comes in
as 64-bit keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from ..data.documents import LABELS
from .context import BUCKETS, Context, bucket, mix
from .keys import KeyTable
from .tokens import PADDING, TokenBatch
from .vocabulary import Vocabulary

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

OFFSETS = tuple(range(-PADDING, PADDING + 1))
TAGS = ("O", *(f"{part}-{label}" for label in LABELS for part in "BIES"))
"""Begin, inside, end, single: one tag a token; a span's tags are S, or B I* E."""


def tags_of(spans: Sequence[tuple[int, int, int]], n: int) -> Ints:
    """Tags of ``n`` positions for spans given as (first position, last position, label index)."""
    tags = np.zeros(n, np.int64)
    for first, last, label in spans:
        base = 1 + 4 * label
        if first == last:
            tags[first] = base + 3
        else:
            tags[first + 1 : last] = base + 1
            tags[first], tags[last] = base, base + 2
    return tags


def context_keys(context: Context) -> NDArray[np.uint64]:
    """Keys of shape (positions, features) for what depends on more than one token."""
    h, c = context.hashes, context.classes

    def at(values: NDArray[np.generic], offset: int) -> NDArray[np.generic]:
        return np.roll(values, -offset)

    index = np.arange(c.size)
    keys: list[NDArray[np.uint64]] = []

    def add(*parts: object) -> None:
        keys.append(mix(len(keys), *parts))  # type: ignore[arg-type]  # arrays and ints alike

    add(at(h, -1), h)
    add(h, at(h, 1))
    add(at(h, -1), at(h, 1))
    add(at(c, -1), c, at(c, 1))
    add(at(c, -2), at(c, -1), c)
    add(c, at(c, 1), at(c, 2))
    add(at(c, -1), c, at(c, 1), at(c, 2))
    add(at(c, -2), at(c, -1), c, at(c, 1))
    add(at(c, -3), at(c, -2), at(c, -1), c)
    add(c, at(c, 1), at(c, 2), at(c, 3))
    add(context.quoted, c)
    add(context.headline, c)
    add(context.headline, index == context.first, c)
    far: dict[tuple[str, int], Ints] = {}
    for name in ("harm", "cue", "number", "people", "source", "comma", "clause"):
        left, right = context.left[name], context.right[name]
        far[name, -1], far[name, 1] = bucket(index - left, left >= 0), bucket(right - index, right >= 0)
        add(far[name, -1], c)
        add(far[name, 1], c)
    add(far["harm", -1] * BUCKETS + far["harm", 1], c)
    add(far["cue", -1] * BUCKETS + far["cue", 1], c)
    for name in ("harm", "cue", "number", "people", "source"):
        for side, step in ((context.left, -1), (context.right, 1)):
            # A span that holds the landmark ends here if what is beyond, away from the landmark, is no part of it,
            # and nothing (a comma, a quotation mark) stands between the two.
            there, fence, beyond = side[name], side["clause"], at(c, -step)
            word = np.where(there >= 0, h[there], np.uint64(0))
            fenced = (fence >= 0) & (there >= 0) & ((fence - there) * step < 0)
            add(word, c)
            add(far[name, step], fenced, c)
            add(far[name, step], c, beyond)
            add(far[name, step], fenced, beyond)
            add(word, fenced, c, beyond)
    return np.stack(keys, axis=1)


@dataclass(frozen=True, slots=True)
class TypeFeatures:
    """The names of the spelling features a model knows, in the order of its weights."""

    names: tuple[str, ...]

    @classmethod
    def learn(cls, types: Ints, vocabulary: Vocabulary, at_least: int = 2) -> TypeFeatures:
        """Keep the features that the given token types show at least so often."""
        counts: Counter[str] = Counter({"pad": at_least})
        for number, times in zip(*np.unique(types, return_counts=True), strict=True):
            for name in vocabulary.features(number):
                counts[name] += int(times)
        return cls(tuple(sorted(name for name, times in counts.items() if times >= at_least)))

    def matrix(self, vocabulary: Vocabulary, begin: int = 0) -> sparse.csr_matrix:
        """0/1 matrix of shape (types, names) for the types of a vocabulary from ``begin`` on."""
        column = {name: i for i, name in enumerate(self.names)}
        indices: list[int] = []
        indptr = [0]
        for number in range(begin, len(vocabulary)):
            indices += [column[name] for name in vocabulary.features(number) if name in column]
            indptr.append(len(indices))
        ones = np.ones(len(indices), np.float32)
        return sparse.csr_matrix((ones, indices, indptr), shape=(len(indptr) - 1, len(self.names)))


class TokenModel:
    """Tag probabilities of every position of a batch.

    Learned state: ``features``, ``keys``, ``window`` (offsets, features, tags), ``key_weights`` (keys,
    tags), ``bias`` (tags).
    """

    def __init__(self, C: float = 0.3, max_iter: int = 60) -> None:
        self.C = C
        self.max_iter = max_iter

    def fit(
        self, batch: TokenBatch, use: NDArray[np.bool_], context: Context, vocabulary: Vocabulary, tags: Ints
    ) -> TokenModel:
        """Learn from the positions of a batch that ``use`` marks, and their tags."""
        real = np.flatnonzero(use & (batch.types != 0))
        self.features = TypeFeatures.learn(batch.types[real], vocabulary)
        by_type = self.features.matrix(vocabulary)
        windows = [by_type[batch.types[real + offset]] for offset in OFFSETS]
        keys = context_keys(context)[real]
        self.keys = KeyTable.learn(keys, at_least=3)
        X = sparse.hstack([*windows, self.keys.one_hot(keys)], format="csr", dtype=np.float32)
        learner = LogisticRegression(C=self.C, max_iter=self.max_iter, tol=1e-3)
        learner.fit(X, tags[real])
        coef = np.zeros((len(TAGS), X.shape[1]), np.float32)
        bias = np.full(len(TAGS), -20.0, np.float32)  # a tag never seen is never likely
        coef[learner.classes_] = learner.coef_
        bias[learner.classes_] = learner.intercept_
        width = len(self.features.names)
        # Rounded to what a saved model keeps, so that it gives the same scores as the one just trained.
        coef = coef.astype(np.float16).astype(np.float32)
        self.window: Floats = (
            coef[:, : width * len(OFFSETS)].reshape(len(TAGS), len(OFFSETS), width).transpose(1, 2, 0).copy()
        )
        self.key_weights = coef[:, width * len(OFFSETS) :].T.copy()
        self.bias: Floats = bias
        return self

    def probabilities(self, batch: TokenBatch, context: Context, vocabulary: Vocabulary) -> Floats:
        """Shape (positions, tags); padding is certainly outside."""
        tables = self._tables(vocabulary)
        scores = np.tile(self.bias, (len(batch), 1))
        inner = slice(PADDING, len(batch) - PADDING)
        for offset, table in zip(OFFSETS, tables, strict=True):
            scores[inner] += table[batch.types[PADDING + offset : len(batch) - PADDING + offset]]
        scores += self.keys.sum_weights(context_keys(context), self.key_weights)
        scores -= scores.max(axis=1, keepdims=True)
        probabilities = np.exp(scores, dtype=np.float32)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        pad = batch.types == 0
        probabilities[pad] = 0
        probabilities[pad, 0] = 1
        return probabilities

    def _tables(self, vocabulary: Vocabulary) -> list[Floats]:
        """One row a token type and offset, grown as the vocabulary grows."""
        state: tuple[Vocabulary, int, list[Floats]] | None = getattr(self, "_cache", None)
        if state is None or state[0] is not vocabulary or state[1] != vocabulary.generation:
            state = (vocabulary, vocabulary.generation, [np.zeros((0, len(TAGS)), np.float32) for _ in OFFSETS])
        tables = state[2]
        known = tables[0].shape[0]
        if known < len(vocabulary):
            new = self.features.matrix(vocabulary, known)
            tables = [
                np.concatenate((table, new @ weights)) for table, weights in zip(tables, self.window, strict=True)
            ]
        self._cache = (vocabulary, vocabulary.generation, tables)
        return tables

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_cache"}
