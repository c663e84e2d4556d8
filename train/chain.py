"""Well-formed taggings: begin, inside, end, single and outside as a chain, scored exactly.

A tagger says of each token how likely each tag is; taken one by one, its best tags may be no spans at all
("inside" after "outside"). Over the taggings that are well-formed, the best one and the probability of any span are
found exactly by dynamic programming (Viterbi 1967; Rabiner 1989), for all sentences at once.

Tags are those of ``token_model.TAGS``: outside, then begin, inside, end, single of each label.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..models.tokens import TokenBatch

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

_NEVER = -1e30
_AT_ONCE = 400_000  # tokens, with the padding of shorter sentences


def allowed(tags: int) -> Bools:
    """Shape (tags, tags): whether the second tag may follow the first."""
    inside = np.zeros((tags, tags), bool)
    open_, close = _opening(tags), _closing(tags)
    inside[np.ix_(close, open_)] = True
    for base in range(1, tags, 4):  # begin and inside go on with inside or end of the same label
        inside[base : base + 2, base + 1 : base + 3] = True
    return inside


def _opening(tags: int) -> Ints:
    """Tags that may stand first: outside, begin, single."""
    return np.array([0, *(b + i for b in range(1, tags, 4) for i in (0, 3))])


def _closing(tags: int) -> Ints:
    """Tags that may stand last: outside, end, single."""
    return np.array([0, *(b + i for b in range(1, tags, 4) for i in (2, 3))])


def best_tags(batch: TokenBatch, log_probabilities: Floats) -> Ints:
    """The likeliest well-formed tags of every position, from shape (positions, tags) to (positions,)."""
    n, tags = log_probabilities.shape
    step = np.where(allowed(tags), 0.0, _NEVER)
    first, last = (np.full(tags, _NEVER) for _ in range(2))
    first[_opening(tags)] = last[_closing(tags)] = 0
    out = np.zeros(n, np.int64)
    for place, real, scores in _sentences(batch, log_probabilities):
        came = np.zeros(scores.shape, np.int8)
        best = scores[:, 0] + first
        for i in range(1, scores.shape[1]):
            through = best[:, :, None] + step
            came[:, i] = through.argmax(axis=1)
            best = through.max(axis=1) + scores[:, i]
        tag = (best + last).argmax(axis=1)
        rows = np.arange(tag.size)
        for i in range(scores.shape[1] - 1, -1, -1):
            now = real[:, i]
            out[place[now, i]] = tag[now]
            tag = came[rows, i, tag].astype(np.int64)
    return out


def spans_of(tags: Ints, label: int) -> tuple[Ints, Ints]:
    """First and last positions of the well-formed spans of a label in tags, which may hold others."""
    base = 1 + 4 * label
    begin = np.flatnonzero(tags == base)
    other = np.append(np.flatnonzero(tags != base + 1), tags.size)
    after = other[np.searchsorted(other, begin, side="right")]
    whole = np.append(tags, 0)[after] == base + 2
    alone = np.flatnonzero(tags == base + 3)
    first, last = np.concatenate((begin[whole], alone)), np.concatenate((after[whole], alone))
    order = np.argsort(first)
    return first[order], last[order]


def span_log_probabilities(
    batch: TokenBatch, log_probabilities: Floats, first: Ints, last: Ints, label: Ints
) -> Floats:
    """How likely it is, of all well-formed taggings, that there is just this span: logarithms, shape (spans,).

    Spans are given by first and last position, in one sentence, and the number of their label.
    """
    rows: NDArray[np.float64] = log_probabilities.astype(np.float64)
    before, after = _outer_weights(batch, rows)
    base = 1 + 4 * label
    inner = np.concatenate((np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)))
    longer = last > first
    between = inner[last, base + 1] - inner[np.minimum(first + 1, last), base + 1]
    chain = np.where(longer, rows[first, base] + between + rows[last, base + 2], rows[first, base + 3])
    sentence = batch.sentence[first]
    total = after[batch.first[sentence]]
    found: Floats = (before[first] + chain + after[last + 1] - total).astype(np.float32)
    return found


def _outer_weights(batch: TokenBatch, log_probabilities: NDArray[np.floating]) -> tuple[NDArray[np.float64], ...]:
    """For each position, the weight of all well-formed taggings of its sentence before it, and from it on.

    Positions of padding hold the weight of what is beside them.
    """
    n, tags = log_probabilities.shape
    before, after = np.zeros(n + 1), np.zeros(n + 1)
    for place, real, scores in _sentences(batch, log_probabilities):
        rows, length = scores.shape[:2]
        ahead = np.zeros((rows, length + 1))
        inside: NDArray[np.float64] = np.full((rows, tags), _NEVER)
        for i in range(length):
            ahead[:, i + 1], inside = _advance(ahead[:, i], inside, scores[:, i], 2)
        back = np.zeros((rows, length + 1))
        inside = np.full((rows, tags), _NEVER)
        for i in range(length - 1, -1, -1):
            back[:, i], inside = _advance(back[:, i + 1], inside, scores[:, i], 0)
        before[place[real]] = ahead[:, :-1][real]
        after[place[real]] = back[:, :-1][real]
    return before, after


def _advance(
    outside: NDArray[np.float64], inside: NDArray[np.float64], scores: NDArray[np.float64], closing: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One token on: weight where no span is open (rows,), and where one is (rows, tags; the column of its inside).

    Read backwards, a span is opened by its end and closed by its begin: ``closing`` is 2, or 0.
    """
    opened = np.full_like(inside, _NEVER)
    done = [outside + scores[:, 0]]
    for base in range(1, scores.shape[1], 4):
        now = inside[:, base + 1]
        opened[:, base + 1] = np.logaddexp(outside + scores[:, base + 2 - closing], now + scores[:, base + 1])
        done += [outside + scores[:, base + 3], now + scores[:, base + closing]]
    return np.logaddexp.reduce(done, axis=0), opened


def _sentences(
    batch: TokenBatch, log_probabilities: NDArray[np.floating]
) -> Iterator[tuple[Ints, Bools, NDArray[np.float64]]]:
    """Sentences of like length as one array: positions and whether they are real (rows, length), their scores.

    What is beyond a sentence's end is certainly outside, so that it weighs nothing.
    """
    length = batch.last - batch.first + 1
    order = np.argsort(length, kind="stable")
    begin = 0
    while begin < order.size:
        end = begin + 1
        while end < order.size and (end + 1 - begin) * length[order[end]] <= _AT_ONCE:
            end += 1
        some = order[begin:end]
        place = batch.first[some, None] + np.arange(length[some].max())
        real = place <= batch.last[some, None]
        scores = log_probabilities[np.minimum(place, len(batch) - 1)].astype(np.float64)
        scores[~real] = _NEVER
        scores[~real, 0] = 0
        yield place, real, scores
        begin = end
