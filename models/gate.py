"""The gate: which sentences may hold a span at all? Only they pay for the costly stages.

Most sentences of most articles hold neither a claim nor an attribution. A logistic regression over the spellings in
a sentence, blind to their order, tells nearly all of the rest apart; its weights fold into one number a token type,
so asking it costs one look-up a token.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.model_selection import GroupKFold, cross_val_predict

from .softmax import SoftmaxRegression
from .tokens import TokenBatch

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

RECALL = 0.999
"""The share of spans whose sentence must pass, measured on sentences that the gate had not seen."""

LONG = 60
"""A sentence of more tokens passes whatever they weigh: many dull words must not outweigh a few telling ones."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A sentence passes if the ``weights`` of its tokens' features add up to ``least`` or more, or if it is ``LONG``.

    ``weights`` has shape (features,). ``recall`` is the share of spans that passed, and ``spared`` the share of tokens
    that did not, both out of fold.
    """

    weights: Floats
    least: float
    recall: float
    spared: float

    @classmethod
    def fit(
        cls, batch: TokenBatch, by_type: sparse.csr_matrix, spans_in: Ints, groups: Ints, *, C: float = 0.1
    ) -> Gate:
        """Learn from the sentences of a batch.

        ``by_type`` has shape (types, features); ``spans_in``, the number of spans, and ``groups`` one entry a sentence.
        Where nearly every sentence holds a span there is nothing to learn, and all pass.
        """
        real = np.flatnonzero(batch.types != 0)
        here = (np.ones(real.size, np.float32), (batch.sentence[real], np.arange(real.size)))
        X = sparse.csr_matrix(here, shape=(batch.first.size, real.size)) @ by_type[batch.types[real]]
        learner = SoftmaxRegression(C=C)
        holds = spans_in > 0
        folds = GroupKFold(min(5, np.unique(groups).size))
        if any(holds[train].all() for train, _ in folds.split(X, groups=groups)):
            return cls(np.zeros(by_type.shape[1], np.float32), 0.0, 1.0, 0.0)  # nothing to tell apart: all pass
        apart = cross_val_predict(learner, X, holds, groups=groups, cv=folds, method="decision_function")
        learner.fit(X, holds)
        lengths = batch.last - batch.first + 1
        apart = np.where(lengths > LONG, np.inf, apart)
        # The lowest score that lets the wanted share of spans pass; ties pass.
        order = np.argsort(-apart, kind="stable")
        seen = np.cumsum(spans_in[order]) / spans_in.sum()
        last = float(apart[order[np.searchsorted(seen, RECALL)]])
        least = last if np.isfinite(last) else float(apart[np.isfinite(apart)].max(initial=0.0))
        open_ = apart >= least
        return cls(
            weights=learner.coef_[0].astype(np.float32),
            least=least - float(learner.intercept_[0]),
            recall=float(spans_in[open_].sum() / spans_in.sum()),
            spared=float(lengths[~open_].sum() / lengths.sum()),
        )

    def passes(self, batch: TokenBatch, by_type: Floats) -> NDArray[np.bool_]:
        """One entry a sentence; ``by_type``, of shape (types,), holds the summed weights of each token type."""
        if not batch.first.size:
            return np.zeros(0, np.bool_)
        running = np.concatenate(([0.0], np.cumsum(by_type[batch.types], dtype=np.float64)))
        passed: NDArray[np.bool_] = running[batch.last + 1] - running[batch.first] >= self.least
        return passed | (batch.last - batch.first >= LONG)
