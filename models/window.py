"""First stage, first half: a multinomial logistic regression over a window of tokens.

Where a feature is a function of (token type, offset), all its weights fold into one row a type: scoring is a sum of
table rows, and any feature of the spelling alone is then free. Class patterns and the sentence fold into tables too
(see ``crosses``); only pairs of words come in as 64-bit keys.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .context import Context, mix
from .crosses import CrossTable, add_scores, codes_of, values_of
from .keys import KeyTable
from .softmax import SoftmaxRegression
from .tokens import PADDING, TokenBatch
from .vocabulary import Vocabulary

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

OFFSETS = tuple(range(-PADDING, PADDING + 1))


def word_keys(context: Context) -> NDArray[np.uint64]:
    """Keys of shape (positions, features): words beside words."""
    h = context.hashes
    return np.stack([mix(0, np.roll(h, 1), h), mix(1, h, np.roll(h, -1))], axis=1)


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


class TypeRows:
    """What the spelling features of each token type weigh together: one row a type, made when the type is first met.

    ``weights`` has shape (tables, features, outputs); each table has shape (types, outputs).
    """

    def __init__(self, features: TypeFeatures, weights: Floats) -> None:
        self.features = features
        self.weights = weights
        self._vocabulary: Vocabulary | None = None
        self._generation = -1
        self._tables: list[Floats] = []

    def of(self, vocabulary: Vocabulary) -> list[Floats]:
        """The tables for all types of a vocabulary, which may have grown since the last call."""
        if vocabulary is not self._vocabulary or vocabulary.generation != self._generation:
            self._vocabulary, self._generation = vocabulary, vocabulary.generation
            self._tables = [np.zeros((0, self.weights.shape[2]), np.float32) for _ in self.weights]
        known = self._tables[0].shape[0]
        if known < len(vocabulary):
            new = self.features.matrix(vocabulary, known)
            self._tables = [
                np.concatenate((table, new @ weights))
                for table, weights in zip(self._tables, self.weights, strict=True)
            ]
        return self._tables


class WindowModel:
    """Scores of tags at every position of a batch.

    Learned state: ``features``, ``keys``, ``crosses``, ``window`` (offsets, features, tags), ``key_weights`` (keys,
    tags), ``cross_weights`` (crosses, tags), ``bias`` (tags).
    """

    def __init__(self, C: float = 0.3) -> None:
        self.C = C

    def fit(
        self, batch: TokenBatch, use: NDArray[np.bool_], context: Context, vocabulary: Vocabulary, targets: Floats
    ) -> WindowModel:
        """Learn from the positions of a batch that ``use`` marks, and how likely each tag is there (``targets``)."""
        real = np.flatnonzero(use & (batch.types != 0))
        self.features = TypeFeatures.learn(batch.types[real], vocabulary)
        by_type = self.features.matrix(vocabulary)
        windows = [by_type[batch.types[real + offset]] for offset in OFFSETS]
        keys, codes = word_keys(context)[real], codes_of(values_of(context))[real]
        self.keys, self.crosses = KeyTable.learn(keys, at_least=3), CrossTable.learn(codes)
        parts = [*windows, self.keys.one_hot(keys), self.crosses.one_hot(codes)]
        X = sparse.hstack(parts, format="csr", dtype=np.float32)
        learner = SoftmaxRegression(C=self.C).fit(X, targets[real])
        bias = learner.intercept_.copy()
        bias[~targets[real].any(axis=0)] = -20.0  # a tag never seen is never likely
        width = len(self.features.names)
        cuts = np.cumsum([width * len(OFFSETS), len(self.keys)])
        # Rounded to what a saved model keeps, so that it gives the same scores as the one just trained.
        coef = learner.coef_.astype(np.float16).astype(np.float32)
        window, key_weights, cross_weights = np.split(coef, cuts, axis=1)
        self.window: Floats = window.reshape(len(bias), len(OFFSETS), width).transpose(1, 2, 0).copy()
        self.key_weights: Floats = key_weights.T.copy()
        self.cross_weights: Floats = cross_weights.T.copy()
        self.bias: Floats = bias
        return self

    def scores(self, batch: TokenBatch, context: Context, vocabulary: Vocabulary) -> Floats:
        """Shape (positions, tags): log-probabilities but for a constant at each position."""
        tables = self._rows().of(vocabulary)
        scores = np.tile(self.bias, (len(batch), 1))
        inner = slice(PADDING, len(batch) - PADDING)
        for offset, table in zip(OFFSETS, tables, strict=True):
            scores[inner] += table[batch.types[PADDING + offset : len(batch) - PADDING + offset]]
        add_scores(scores, self._folded(), values_of(context))
        scores += self.keys.sum_weights(word_keys(context), self.key_weights)
        return scores

    def _rows(self) -> TypeRows:
        rows: TypeRows | None = getattr(self, "_cache", None)
        if rows is None:
            rows = self._cache = TypeRows(self.features, self.window)
        return rows

    def _folded(self) -> list[Floats]:
        """The weights of the crosses as tables, made when they are first asked for."""
        tables: list[Floats] | None = getattr(self, "_crossed", None)
        if tables is None:
            tables = self._crossed = self.crosses.fold(self.cross_weights)
        return tables

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in ("_cache", "_crossed")}
