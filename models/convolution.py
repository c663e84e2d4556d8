"""First stage, second half: a small convolutional network that reads a sentence some fourteen tokens to either side.

    the vectors of a token's spelling features, summed -> layers: x + relu(convolution of x) -> tags

The linear half (``window``) weighs what stands where in a narrow window. This half learns in what respect words
are alike, and puts what it finds of near tokens together to see what is far (dilated convolutions: Yu and Koltun
2016; for tagging: Strubell and others 2017). What it can learn from a teacher's probabilities is more than a linear
model has room for, and what it gets wrong is other than what that one gets wrong: together they are better than either.

It is learned by Adam (Kingma and Ba 2015) with dropout and a decaying rate. scikit-learn has no such network, and the
libraries that do weigh more than all of this toolkit; forward and backward are a few lines of matrix products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .tokens import PADDING, TokenBatch, packed

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

WIDTH = 48
STEPS = (1, 2, 4, 1, 2, 4)
"""How far each layer looks to either side. None looks over the padding between two sentences."""

REACH = sum(STEPS)

CHUNK = 2048
"""Positions that are scored at a time: what the processor's cache holds."""

BLOCK = range(256, 6001)
"""Tokens that are learned from at a time: about a sixtieth of all, within these bounds."""
DECAY = 0.01
WARM = 0.05
"""The share of the training in which the rate rises; in the rest it falls to nothing."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What the network has learned; for the shapes see ``shapes``."""

    embedding: Floats
    kernels: Floats
    shifts: Floats
    out: Floats
    bias: Floats

    def __iter__(self) -> Iterator[Floats]:
        return (getattr(self, field.name) for field in fields(self))


def shapes(features: int, tags: int) -> dict[str, tuple[int, ...]]:
    """The shapes of ``Weights`` by name, for so many spelling features and tags."""
    return {
        "embedding": (features, WIDTH),
        "kernels": (len(STEPS), 3 * WIDTH, WIDTH),
        "shifts": (len(STEPS), WIDTH),
        "out": (WIDTH, tags),
        "bias": (tags,),
    }


def _drawn(features: int, tags: int, random: np.random.Generator) -> Weights:
    """Where learning starts."""
    scales = {"embedding": 0.1, "kernels": (3 * WIDTH) ** -0.5 / 2, "shifts": 0.0, "out": WIDTH**-0.5 / 2, "bias": 0.0}
    sizes = shapes(features, tags)
    return Weights(**{
        name: random.standard_normal(size, np.float32) * np.float32(scales[name]) for name, size in sizes.items()
    })  # fmt: skip


def scores(weights: Weights, rows: Floats, types: Ints) -> Floats:
    """Scores of tags, shape (positions, tags), from the ``rows`` of token types, shape (types, width).

    ``types`` are those of a batch: padding (0) at both ends and between sentences.
    """
    out = np.zeros((types.size, weights.bias.size), np.float32)
    for begin in range(PADDING, types.size - PADDING, CHUNK):
        end = min(begin + CHUNK, types.size - PADDING)
        low, high = max(begin - REACH, PADDING), min(end + REACH, types.size - PADDING)
        out[begin:end] = _scores(weights, rows, types[low - PADDING : high + PADDING])[begin - low : end - low]
    return out


def _scores(weights: Weights, rows: Floats, types: Ints) -> Floats:
    """Scores of all positions but the outer padding."""
    x = rows[types]
    end = types.size - PADDING
    inner, real = x[PADDING:end], (types[PADDING:end] != 0).astype(x.dtype)[:, None]
    sides, found = np.empty((inner.shape[0], 3 * WIDTH), x.dtype), np.empty_like(inner)
    for step, kernel, shift in zip(STEPS, weights.kernels, weights.shifts, strict=True):
        _look_around(x, step, sides)
        np.matmul(sides, kernel, out=found)
        found += shift
        np.maximum(found, 0, out=found)
        found *= real
        inner += found
    scores: Floats = inner @ weights.out
    scores += weights.bias
    return scores


def learn(
    batch: TokenBatch,
    use: NDArray[np.bool_],
    by_type: sparse.csr_matrix,
    targets: Floats,
    *,
    passes: int = 6,
    rate: float = 3e-3,
    drop: float = 0.1,
) -> Weights:
    """Learn from the sentences of a batch that ``use`` marks (one entry a position).

    ``by_type`` are the features of token types, shape (types, features); ``targets`` the probabilities of tags, shape
    (positions, tags). The same batch always gives the same weights on the same machine.
    """
    random = np.random.default_rng(0)
    weights = _drawn(by_type.shape[1], targets.shape[1], random)
    slow, fast = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    sentences = np.flatnonzero(use[batch.first])
    lengths = batch.last[sentences] - batch.first[sentences] + 1
    size = min(max(int(lengths.sum()) // 60, BLOCK[0]), BLOCK[-1])
    blocks = max(1, -(-int(lengths.sum()) // size))
    total, step = passes * blocks, 0
    for _ in range(passes):
        order = random.permutation(sentences.size)
        place = np.minimum(np.cumsum(lengths[order]) // size, blocks - 1)
        for number in range(blocks):
            drawn = sentences[order[place == number]]
            if not drawn.size:
                continue
            here, _ = packed(batch.first[drawn], batch.last[drawn])
            gradients = _gradients(weights, batch.types[here], by_type, targets[here], drop, random)
            step += 1
            now = rate * min(step / max(WARM * total, 1), max(total - step, 0) / ((1 - WARM) * total))
            _adam(weights, gradients, slow, fast, step, now)
    # Rounded to what a saved model keeps, so that it gives the same scores as the one just trained.
    weights.embedding[:] = weights.embedding.astype(np.float16)
    return weights


def _look_around(x: Floats, step: int, out: Floats) -> Floats:
    """Each position but the outer padding beside those ``step`` before and after it: shape (positions, 3 * width)."""
    end = x.shape[0] - PADDING
    out[:, :WIDTH] = x[PADDING - step : end - step]
    out[:, WIDTH : 2 * WIDTH] = x[PADDING:end]
    out[:, 2 * WIDTH :] = x[PADDING + step : end + step]
    return out


def _gradients(
    weights: Weights,
    types: Ints,
    by_type: sparse.csr_matrix,
    targets: Floats,
    drop: float,
    random: np.random.Generator,
) -> list[Floats]:
    """Of the mean cross-entropy over the tokens: in the order of ``Weights``."""
    real = types != 0
    inner = real[PADDING:-PADDING, None]

    def kept(shape: tuple[int, ...]) -> Floats:
        return (random.random(shape, np.float32) >= drop) * np.float32(1 / (1 - drop))

    met, place = np.unique(types, return_inverse=True)
    features = by_type[met]
    first = kept((types.size, WIDTH))
    first[~real] = 0
    x = (features @ weights.embedding)[place] * first
    seen, passed = [], []
    for step, kernel, shift in zip(STEPS, weights.kernels, weights.shifts, strict=True):
        seen.append(_look_around(x, step, np.empty((types.size - 2 * PADDING, 3 * WIDTH), x.dtype)))
        found = seen[-1] @ kernel + shift
        passed.append((found > 0) * kept(found.shape) * inner)
        x[PADDING:-PADDING] += found * passed[-1]
    wrong = x @ weights.out + weights.bias
    wrong -= wrong.max(axis=1, keepdims=True)
    np.exp(wrong, out=wrong)
    wrong /= wrong.sum(axis=1, keepdims=True)
    wrong -= targets
    wrong[~real] = 0
    wrong /= np.float32(real.sum())

    kernels, shifts = np.empty_like(weights.kernels), np.empty_like(weights.shifts)
    back = wrong @ weights.out.T
    for layer in reversed(range(len(STEPS))):
        step, end = STEPS[layer], types.size - PADDING
        down = back[PADDING:-PADDING] * passed[layer]
        kernels[layer] = seen[layer].T @ down
        shifts[layer] = down.sum(axis=0)
        sides = down @ weights.kernels[layer].T
        back[PADDING - step : end - step] += sides[:, :WIDTH]
        back[PADDING:end] += sides[:, WIDTH : 2 * WIDTH]
        back[PADDING + step : end + step] += sides[:, 2 * WIDTH :]
        back[~real] = 0
    back *= first
    ones = np.ones(types.size, np.float32)
    of_types = sparse.csr_matrix((ones, (place.ravel(), np.arange(types.size))), shape=(met.size, types.size))
    return [features.T @ (of_types @ back), kernels, shifts, x.T @ wrong, wrong.sum(axis=0)]


def _adam(
    weights: Weights, gradients: list[Floats], slow: list[Floats], fast: list[Floats], step: int, rate: float
) -> None:
    """One step; ``slow`` and ``fast`` are the running means of the gradients and of their squares."""
    norm = float(np.sqrt(sum(float(np.vdot(g, g)) for g in gradients)))
    shrink = np.float32(min(1.0, 1.0 / (norm + 1e-6)))
    for weight, gradient, mean, square in zip(weights, gradients, slow, fast, strict=True):
        gradient *= shrink
        mean += np.float32(0.1) * (gradient - mean)
        square += np.float32(0.001) * (gradient * gradient - square)
        change = mean / (np.sqrt(square / np.float32(1 - 0.999**step)) + np.float32(1e-8))
        weight *= np.float32(1 - rate * DECAY)
        weight -= np.float32(rate / (1 - 0.9**step)) * change
