"""The network: its gradients against differences, its reach, and that no sentence sees another."""

from __future__ import annotations

import numpy as np
import pytest
from casualty_claims.models import convolution
from casualty_claims.models.convolution import REACH, WIDTH, Weights, learn, scores, shapes
from casualty_claims.models.tokens import PADDING, TokenBatch
from numpy.typing import NDArray
from scipy import sparse

TYPES, TAGS = 12, 3
BY_TYPE = sparse.csr_matrix(np.vstack((np.zeros(7), np.random.default_rng(5).random((TYPES - 1, 7)) < 0.4)), dtype="f4")


def batch_of(sentences: list[list[int]]) -> TokenBatch:
    """Sentences of token types, with the padding that ``tokenise`` sets."""
    gap = [0] * PADDING
    types = np.array(gap + [t for sentence in sentences for t in (*sentence, *gap)], np.int64)
    lengths = np.array([len(sentence) for sentence in sentences])
    first = PADDING + np.cumsum(lengths + PADDING) - lengths - PADDING
    nothing = np.zeros(types.size, np.int64)
    return TokenBatch(types, nothing, nothing, nothing, first, first + lengths - 1, np.zeros(len(sentences), np.int64))


def drawn(seed: int, sentences: int, longest: int = 40) -> list[list[int]]:
    random = np.random.default_rng(seed)
    return [random.integers(1, TYPES, random.integers(1, longest)).tolist() for _ in range(sentences)]


def weights_of(seed: int, dtype: str = "f4") -> Weights:
    random = np.random.default_rng(seed)
    return Weights(**{n: (random.normal(size=s) * 0.2).astype(dtype) for n, s in shapes(7, TAGS).items()})


def loss(weights: Weights, batch: TokenBatch, targets: NDArray[np.float64]) -> float:
    real = batch.types != 0
    found = np.zeros((len(batch), TAGS))
    found[PADDING:-PADDING] = convolution._scores(weights, BY_TYPE @ weights.embedding, batch.types)
    found = found[real]
    return float(-(targets[real] * (found - np.logaddexp.reduce(found, axis=1, keepdims=True))).sum(1).mean())


@pytest.mark.parametrize("name", list(shapes(7, TAGS)))
def test_gradients_are_those_of_the_loss(name: str) -> None:
    """Along a random direction, against the difference of the loss itself, in double precision."""
    batch = batch_of(drawn(1, 6))
    targets = np.random.default_rng(2).dirichlet(np.ones(TAGS), len(batch))
    weights = weights_of(3, "f8")
    gradients = convolution._gradients(weights, batch.types, BY_TYPE, targets, 0.0, np.random.default_rng(0))
    place = list(shapes(7, TAGS)).index(name)
    changed = getattr(weights, name)
    direction = np.random.default_rng(4).normal(size=changed.shape)
    changed += 1e-6 * direction
    above = loss(weights, batch, targets)
    changed -= 2e-6 * direction
    below = loss(weights, batch, targets)
    assert (above - below) / 2e-6 == pytest.approx(float(np.vdot(gradients[place], direction)), rel=1e-4)


def test_no_sentence_sees_another() -> None:
    sentences, weights = drawn(6, 30), weights_of(7)
    rows = BY_TYPE @ weights.embedding
    together = batch_of(sentences)
    found = scores(weights, rows, together.types)
    for sentence, first, last in zip(sentences, together.first, together.last, strict=True):
        alone = scores(weights, rows, batch_of([sentence]).types)
        assert alone[PADDING:-PADDING] == pytest.approx(found[first : last + 1], abs=1e-4)


@pytest.mark.parametrize("chunk", [1, 10, 100, 5000])
def test_scores_do_not_depend_on_how_the_text_is_cut(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, batch = weights_of(8), batch_of(drawn(9, 60, 90))
    rows = BY_TYPE @ weights.embedding
    whole = scores(weights, rows, batch.types)
    monkeypatch.setattr(convolution, "CHUNK", chunk)
    assert scores(weights, rows, batch.types) == pytest.approx(whole, abs=1e-4)


def test_it_sees_as_far_as_its_steps_add_up_to() -> None:
    weights, words = weights_of(10), [3] * 60
    rows = np.random.default_rng(11).normal(size=(TYPES, WIDTH)).astype("f4")
    before = scores(weights, rows, batch_of([words]).types)
    after = scores(weights, rows, batch_of([[*words[:30], 5, *words[31:]]]).types)
    differs = np.flatnonzero((before != after).any(axis=1)) - PADDING
    assert (differs.min(), differs.max()) == (30 - REACH, 30 + REACH)


def far(seed: int) -> tuple[TokenBatch, NDArray[np.float32]]:
    """A token's tag is told by the type ten tokens before it, which no window of the other half reaches."""
    sentences = drawn(seed, 300)
    batch = batch_of(sentences)
    targets = np.zeros((len(batch), TAGS), np.float32)
    targets[:, 0] = 1
    for sentence, first in zip(sentences, batch.first.tolist(), strict=True):
        for i in range(10, len(sentence)):
            targets[first + i] = np.eye(TAGS)[sentence[i - 10] % 2 + 1]
    return batch, targets


def test_it_learns_what_stands_far_away() -> None:
    one_hot = sparse.eye(TYPES, dtype="f4", format="csr")
    batch, targets = far(12)
    use = batch.types >= 0
    weights = learn(batch, use, one_hot, targets, passes=60)
    fresh, truth = far(13)
    real = fresh.types != 0
    found = scores(weights, one_hot @ weights.embedding, fresh.types)[real]
    assert (found.argmax(axis=1) == truth[real].argmax(axis=1)).mean() > 0.95
    again = learn(batch, use, one_hot, targets, passes=60)
    assert all((one == other).all() for one, other in zip(weights, again, strict=True))


def test_what_is_not_to_be_used_teaches_nothing() -> None:
    batch, targets = far(14)
    use = np.zeros(len(batch), bool)
    for first, last in zip(batch.first[:200], batch.last[:200], strict=True):
        use[first : last + 1] = True
    other = targets.copy()
    other[batch.first[200] :] = np.eye(TAGS)[2]
    one, two = (learn(batch, use, BY_TYPE, wanted, passes=1) for wanted in (targets, other))
    assert all((a == b).all() for a, b in zip(one, two, strict=True))
