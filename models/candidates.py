"""Second stage, first half: the spans worth a closer look, and what is known of each.

Candidates are pairs of a likely first and a likely last token with nothing unlikely between them. They must
hold nearly all true spans; the span model sorts them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .context import Context, bucket, mix
from .tokens import TokenBatch
from .vocabulary import CLASSES

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Keys = NDArray[np.uint64]

MAX_TOKENS = 48
KEEP = 0.01
"""The least plausibility of a candidate and its edges, where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Spans of one label as positions in a batch, ``first`` to ``last`` inclusive, with first-stage marks.

    ``marks`` has shape (candidates, 8): log-odds of first and last, mean and least log-probability inside,
    log-probability of the tag chain, label inside just before and just after, the other label inside.
    """

    first: Ints
    last: Ints
    marks: Floats

    def __len__(self) -> int:
        return int(self.first.size)


def _log_odds(p: Floats) -> Floats:
    clipped = np.clip(p, 1e-5, 1 - 1e-5)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)


def enumerate_candidates(
    batch: TokenBatch, probabilities: Floats, label: int, longest: int = MAX_TOKENS, least: float = KEEP
) -> Candidates:
    """Candidates of a label from tag probabilities of shape (positions, tags).

    None is longer than ``longest`` tokens; none has a first token, a last token or, as the geometric mean of its edges
    times that of its members, a plausibility below ``least``.
    """
    begin, inside, end, single = (probabilities[:, 1 + 4 * label + i] for i in range(4))
    member = begin + inside + end + single
    starts = np.flatnonzero(begin + single > least)
    ends = np.flatnonzero(end + single > least)
    last_of = batch.last[batch.sentence[starts]] if starts.size else starts
    low = np.searchsorted(ends, starts)
    high = np.searchsorted(ends, np.minimum(starts + longest - 1, last_of), side="right")
    counts = np.maximum(high - low, 0)
    first = np.repeat(starts, counts)
    step = np.arange(first.size) - np.repeat(np.cumsum(counts) - counts, counts)
    last = ends[np.repeat(low, counts) + step]

    log_member = np.log(np.clip(member, 1e-6, 1))
    running = np.concatenate(([0.0], np.cumsum(log_member, dtype=np.float64)))
    length = last - first + 1
    mean = (running[last + 1] - running[first]) / length
    p_first, p_last = begin[first] + single[first], end[last] + single[last]
    keep = np.sqrt(p_first * p_last) * np.exp(mean) > least
    first, last, mean, length = first[keep], last[keep], mean[keep], length[keep]
    p_first, p_last = p_first[keep], p_last[keep]

    log_inside = np.log(np.clip(inside, 1e-6, 1))
    chain_run = np.concatenate(([0.0], np.cumsum(log_inside, dtype=np.float64)))
    alone = np.log(np.clip(single[first], 1e-6, 1))
    chain = (
        np.log(np.clip(begin[first], 1e-6, 1))
        + np.log(np.clip(end[last], 1e-6, 1))
        + (chain_run[np.maximum(last, first + 1)] - chain_run[first + 1])
    )
    chain = np.where(length == 1, alone, chain)
    other = probabilities[:, 1:].sum(axis=1) - member
    other_run = np.concatenate(([0.0], np.cumsum(other, dtype=np.float64)))
    marks = np.stack(
        [
            _log_odds(p_first),
            _log_odds(p_last),
            mean,
            least_within(log_member, first, last),
            chain,
            member[first - 1],
            member[last + 1],
            (other_run[last + 1] - other_run[first]) / length,
        ],
        axis=1,
    ).astype(np.float32)
    return Candidates(first, last, marks)


def least_within(values: NDArray[np.floating], first: Ints, last: Ints) -> NDArray[np.floating]:
    """Minimum of ``values`` over each [first, last], by doubling (a sparse table)."""
    if not first.size:
        return np.zeros(0)
    level = [values]
    span = 1
    longest = int((last - first).max()) + 1
    while span * 2 <= longest:
        previous = level[-1]
        level.append(np.minimum(previous, np.concatenate((previous[span:], previous[-span:]))))
        span *= 2
    power = np.floor(np.log2(last - first + 1)).astype(np.int64)
    table = np.stack(level)
    least: NDArray[np.floating] = np.minimum(table[power, first], table[power, last - (1 << power) + 1])
    return least


NUMERIC_FEATURES = 8 + 2 + 4 + 7 * 3 + 3
"""Columns of ``numeric_features``."""


def numeric_features(candidates: Candidates, context: Context) -> Floats:
    """Shape (candidates, features): first-stage marks, lengths, counts inside, distances outside."""
    f, t, marks = candidates.first, candidates.last, candidates.marks
    chain = marks[:, 4]
    columns: list[NDArray[np.generic]] = list(marks.T)
    for edge in (f, t):  # how far behind the best rival that shares an edge
        unique, where = np.unique(edge, return_inverse=True)
        best = np.full(unique.size, -np.inf, np.float32)
        np.maximum.at(best, where, chain)
        columns.append(chain - best[where])
    columns += [t - f, f - context.first[f], context.last[f] - t, context.last[f] - context.first[f]]
    for name in ("harm", "cue", "number", "people", "source", "comma", "clause"):
        total = context.sum_of[name]
        columns.append(total[t + 1] - total[f])
        left, right = context.left[name][f], context.right[name][t]
        columns.append(np.where(left >= 0, np.minimum(f - left, 20), 30))
        columns.append(np.where(right >= 0, np.minimum(right - t, 20), 30))
    columns += [context.quoted[f], context.quoted[t], context.headline[f]]
    return np.stack([np.asarray(c, np.float32) for c in columns], axis=1)


def span_keys(candidates: Candidates, context: Context) -> Keys:
    """Keys of shape (candidates, features): words and class patterns at and around both edges."""
    f, t = candidates.first, candidates.last
    h, c = context.hashes, context.classes
    keys: list[Keys] = []

    def add(*parts: object) -> None:
        keys.append(mix(1000 + len(keys), *parts))  # type: ignore[arg-type]  # arrays and ints alike

    length = bucket(t - f, t >= f)
    add(h[f])
    add(h[t])
    add(h[f - 1])
    add(h[t + 1])
    add(h[f - 1], h[f])
    add(h[t], h[t + 1])
    add(h[f - 2], h[f - 1])
    add(h[t + 1], h[t + 2])
    add(h[f - 1], c[f])
    add(c[t], h[t + 1])
    add(c[f - 1], h[f])
    add(h[t], c[t + 1])
    add(c[f - 1], c[f])
    add(c[t], c[t + 1])
    add(c[f - 2], c[f - 1], c[f])
    add(c[t], c[t + 1], c[t + 2])
    add(c[f - 1], c[f], c[f + 1])
    add(c[t - 1], c[t], c[t + 1])
    add(c[f - 3], c[f - 2], c[f - 1])
    add(c[t + 1], c[t + 2], c[t + 3])
    add(c[f - 1], c[t + 1])
    add(c[f], c[t])
    add(c[f], c[t], length)
    add(h[f - 1], h[t + 1])
    harm, number, people, cue = (_inside(context, name, f, t) for name in ("harm", "number", "people", "cue"))
    harm_left, harm_right = context.left["harm"][f], context.right["harm"][t]
    add(harm, number, people, cue)
    add(harm, number, people, length)
    near_left = bucket(f - harm_left, harm_left >= 0)
    near_right = bucket(harm_right - t, harm_right >= 0)
    add(harm, near_left, near_right)
    add(harm, c[f - 1], near_left)
    add(harm, c[t + 1], near_right)
    add(harm, np.where(harm_right >= 0, h[harm_right], np.uint64(0)), near_right)
    add(harm, np.where(harm_left >= 0, h[harm_left], np.uint64(0)), near_left)
    add(cue, c[f], c[t + 1])
    pattern = _pattern(c, f, t)
    add(pattern)
    add(pattern, c[t + 1])
    add(pattern, c[f - 1])
    add(pattern, c[f - 1], c[t + 1])
    add(_pattern(c, np.maximum(t - 5, f), t), c[t + 1])
    add(_pattern(c, f, np.minimum(f + 5, t)), c[f - 1])
    add(length, context.headline[f])
    add(context.quoted[f], context.quoted[t], c[f - 1], c[t + 1])
    return np.stack(keys, axis=1) if keys else np.zeros((0, 0), np.uint64)


def _inside(context: Context, name: str, first: Ints, last: Ints) -> Ints:
    """0, 1, or 2 for more: how many landmarks stand inside."""
    total = context.sum_of[name]
    count: Ints = np.minimum(total[last + 1] - total[first], 2)
    return count


_FREE = np.array([name in ("capital", "lower", "other", "place", "title") for name in CLASSES])


def _pattern(classes: Ints, first: Ints, last: Ints) -> Keys:
    """The sequence of classes in each span as one key, with runs of the same class taken as one.

    Names and unknown words of any number are alike: "Lt. Col. A. B. Okoro said" has the pattern of
    "Okoro said".
    """
    collapsed = np.where(_FREE[classes], CLASSES.index("capital"), classes)
    key = np.zeros(first.size, np.uint64)
    previous = np.full(first.size, -1, np.int64)
    alive = np.arange(first.size)
    step = 0
    while alive.size:
        now = collapsed[first[alive] + step]
        fresh = now != previous[alive]
        key[alive] = np.where(fresh, mix(key[alive], now + 1), key[alive])
        previous[alive] = now
        step += 1
        alive = alive[first[alive] + step <= last[alive]]
    return key
