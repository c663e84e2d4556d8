"""First stage: how likely is it that a span begins, goes on or ends at a token?

Two models that err in different ways, and their geometric mean: a logistic regression over a window (``window``), and
a small network that reads farther and knows which words are alike (``convolution``). Taught by a corpus and a teacher,
their log loss a token of real articles was .154 and .144, that of their mean .121.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from ..data.documents import LABELS
from .context import Context
from .convolution import learn, scores
from .tokens import TokenBatch
from .vocabulary import Vocabulary
from .window import TypeRows, WindowModel

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

SHARES = tuple(step / 10 for step in range(11))


def tag_names(labels: Sequence[str]) -> tuple[str, ...]:
    """One tag a token: outside, and for each label begin, inside, end, single. A span's tags are S, or B I* E."""
    return ("O", *(f"{part}-{label}" for label in labels for part in "BIES"))


TAGS = tag_names(LABELS)


def tags_of(spans: Iterable[tuple[int, int, int]], n: int) -> Ints:
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


def targets_of(spans: Sequence[Mapping[tuple[int, int], float]], n: int) -> Floats:
    """How likely each tag is at each of ``n`` positions, shape (n, tags).

    ``spans`` has one entry a label: how likely spans are, by first and last position. They may be rivals; where none
    is likely, outside is.
    """
    targets = np.zeros((n, 1 + 4 * len(spans)), np.float32)
    for label, mine in enumerate(spans):
        base = 1 + 4 * label
        for (first, last), likely in mine.items():
            if first == last:
                targets[first, base + 3] += likely
            else:
                targets[first, base] += likely
                targets[first + 1 : last, base + 1] += likely
                targets[last, base + 2] += likely
    targets[:, 0] = np.maximum(1 - targets.sum(axis=1), 0)
    targets /= targets.sum(axis=1, keepdims=True)
    return targets


class TokenModel:
    """Tag probabilities of every position of a batch, for the tags of ``labels`` (see ``tag_names``).

    Learned state: ``window``, ``network``, and ``share``, the weight of the network in the mean, from 0 to 1.
    """

    def __init__(self, C: float = 0.3) -> None:
        self.C = C

    def fit(
        self, batch: TokenBatch, use: NDArray[np.bool_], context: Context, vocabulary: Vocabulary, targets: Floats
    ) -> TokenModel:
        """Learn from the positions of a batch that ``use`` marks: whole sentences. See ``WindowModel.fit``."""
        self.window = WindowModel(self.C).fit(batch, use, context, vocabulary, targets)
        self.network = learn(batch, use, self.window.features.matrix(vocabulary), targets)
        self.share = 0.5
        return self

    @classmethod
    def fitted(
        cls,
        batch: TokenBatch,
        uses: Sequence[NDArray[np.bool_]],
        context: Context,
        vocabulary: Vocabulary,
        targets: Floats,
        *,
        C: float = 0.3,
    ) -> tuple[TokenModel, Floats]:
        """A model of the whole batch, and the probabilities that models of each of ``uses`` give to what is outside it.

        The share of the network is what tells unseen text best. Each position is outside one of ``uses``.
        """
        every = [*uses, batch.types != 0]
        *parts, model = Parallel()(delayed(cls(C).fit)(batch, use, context, vocabulary, targets) for use in every)
        window, network = np.zeros_like(targets), np.zeros_like(targets)
        for part, use in zip(parts, uses, strict=True):
            one, other = part.halves(batch, context, vocabulary)
            window[~use], network[~use] = one[~use], other[~use]
        model.share = best_share(batch, window, network, targets)
        return model, blended(batch, window, network, model.share)

    def halves(self, batch: TokenBatch, context: Context, vocabulary: Vocabulary) -> tuple[Floats, Floats]:
        """What each half says, as log-probabilities but for a constant at each position: shape (positions, tags)."""
        (rows,) = self._rows().of(vocabulary)
        return self.window.scores(batch, context, vocabulary), scores(self.network, rows, batch.types)

    def probabilities(self, batch: TokenBatch, context: Context, vocabulary: Vocabulary) -> Floats:
        """Shape (positions, tags); padding is certainly outside."""
        return blended(batch, *self.halves(batch, context, vocabulary), self.share)

    def _rows(self) -> TypeRows:
        rows: TypeRows | None = getattr(self, "_cache", None)
        if rows is None:
            rows = self._cache = TypeRows(self.window.features, self.network.embedding[None])
        return rows

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_cache"}


def blended(batch: TokenBatch, window: Floats, network: Floats, share: float) -> Floats:
    """The weighted geometric mean of two opinions: probabilities, shape (positions, tags). Takes ``window``'s place."""
    window *= np.float32(1 - share)
    window += np.float32(share) * network
    window -= window.max(axis=1, keepdims=True)
    np.exp(window, out=window)
    window /= window.sum(axis=1, keepdims=True)
    pad = batch.types == 0
    window[pad] = 0
    window[pad, 0] = 1
    return window


def best_share(batch: TokenBatch, window: Floats, network: Floats, targets: Floats) -> float:
    """The share of the network with which the mean tells the targets best, from what each half says of unseen text."""

    def loss(share: float) -> float:
        likely = blended(batch, window.copy(), network, share)
        return -float(np.einsum("ij,ij->", targets, np.log(np.maximum(likely, 1e-9)), dtype=np.float64))

    return min(SHARES, key=loss)
