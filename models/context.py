"""What a token's sentence says about it: quotation, the nearest harm, cue and figure on either side.

Sentence-wide features are worth more to long spans than wider windows. All of it is array arithmetic over
a whole ``TokenBatch``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tokens import TokenBatch
from .vocabulary import CLASSES, Vocabulary

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]

_HARM = ("killed", "injured", "missing", "casualty")
LANDMARKS: dict[str, tuple[str, ...]] = {
    "harm": _HARM,
    "cue": ("cue",),
    "number": ("number", "vague", "negation"),
    "people": ("people", "demonym", "kinship"),
    "source": ("source", "outlet", "title"),
    "comma": ("comma",),
    "clause": ("comma", "colon", "dash", "quote", "bracket"),
}

_BUCKET = np.array([0, 1, 2, 3, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7, 7, 7, 8], np.int64)
BUCKETS = 10
"""Distances fall into buckets 0 to 8; 9 means that there is none in the sentence."""


def is_class(names: tuple[str, ...]) -> Bools:
    """A mask over ``CLASSES``."""
    return np.array([name in names for name in CLASSES])


@dataclass(frozen=True, slots=True)
class Context:
    """Per position: classes, word hashes, landmarks on either side, quotation.

    ``left[name]`` is the position of the nearest landmark before (not at) a position, in the same sentence,
    or -1; ``right[name]`` the same after it. ``quoted`` is 1 between quotation marks. ``sum_of[name]`` is a
    running count of the landmark: the number inside ``[i, j]`` is ``sum_of[j + 1] - sum_of[i]``.
    """

    classes: Ints
    hashes: Keys
    first: Ints
    last: Ints
    left: dict[str, Ints]
    right: dict[str, Ints]
    sum_of: dict[str, Ints]
    quoted: Ints
    headline: Ints
    """1 where the sentence does not end in a full stop, a question or an exclamation mark."""


def context_of(batch: TokenBatch, vocabulary: Vocabulary) -> Context:
    """Work out the context of every position of a batch."""
    n = len(batch)
    classes = vocabulary.classes[batch.types]
    hashes = vocabulary.hashes[batch.types]
    index = np.arange(n)
    if batch.first.size:
        first, last = batch.first[batch.sentence], batch.last[batch.sentence]
    else:
        first = last = np.zeros(n, np.int64)
    left, right, sum_of = {}, {}, {}
    for name, members in LANDMARKS.items():
        mask = is_class(members)[classes]
        seen = np.maximum.accumulate(np.where(mask, index, -1))
        before = np.concatenate(([-1], seen[:-1]))
        left[name] = np.where(before >= first, before, -1)
        ahead = np.minimum.accumulate(np.where(mask, index, n)[::-1])[::-1]
        after = np.concatenate((ahead[1:], [n]))
        right[name] = np.where(after <= last, after, -1)
        sum_of[name] = np.concatenate(([0], np.cumsum(mask)))
    marks = np.array([vocabulary.tokens[i] in ('"', "“", "”") for i in range(len(vocabulary))])[batch.types]
    count = np.cumsum(marks)
    before_sentence = count[np.maximum(first - 1, 0)]
    quoted = (count - before_sentence) % 2
    ends = is_class(("stop",))[classes]
    closing = is_class(("stop", "quote", "bracket"))[classes]
    final = batch.last
    stopped = ends[final] | (closing[final] & ends[np.maximum(final - 1, 0)]) if final.size else np.zeros(0, bool)
    headline = (~stopped).astype(np.int64)[batch.sentence] if final.size else np.zeros(n, np.int64)
    return Context(classes, hashes, first, last, left, right, sum_of, quoted, headline)


def bucket(distance: Ints, present: Bools) -> Ints:
    """Distances in tokens to buckets; 9 where there is nothing to measure to."""
    return np.where(present, _BUCKET[np.clip(distance, 0, _BUCKET.size - 1)], 9)


def mix(*parts: Keys | Ints | int) -> Keys:
    """One 64-bit key from several: multiply and shift, as in splitmix64."""
    key: Keys | np.uint64 = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        for part in parts:
            value = np.asarray(part).astype(np.uint64)
            key = (key ^ value) * np.uint64(0xBF58476D1CE4E5B9)
            key = key ^ (key >> np.uint64(29))
    return np.asarray(key, np.uint64)
