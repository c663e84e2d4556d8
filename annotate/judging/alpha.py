"""Krippendorff's alpha over tokens: agreement on what is marked, corrected for what chance alone would give.

Units are the tokens of the sentences (``models.tokens.TOKEN``), values are nominal: for one label, a token is *in*
if it shares a character with a span of that label, else *out*. So begin and inside are one value, spans of one label
that touch or overlap are one stretch, and spans of different labels never meet, as each label has its own alpha.
Where an edge stands is what exact F1 sees and alpha forgives.

After Krippendorff (2018), "Content Analysis", 4th edition, chapter 12. Alpha comes from the package krippendorff;
for the bootstrap its coincidence matrices are summed by document, which gives the same figure (``alpha_of``).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.documents import LABELS
from ...models.tokens import TOKEN
from .readings import Sentence

ABSENT = -1
"""The value of a token whose sentence the annotator did not label."""

Floats = NDArray[np.float64]
Values = NDArray[np.int8]


def token_values(sentences: Sequence[Sentence], annotators: Sequence[str]) -> tuple[Values, NDArray[np.int64]]:
    """Values of all tokens, shape (labels, annotators, tokens): 1 in, 0 out, or ``ABSENT``.

    With them the number of tokens of each sentence.
    """
    rows = {name: row for row, name in enumerate(annotators)}
    parts = [np.zeros((len(LABELS), len(annotators), 0), np.int8)]
    for sentence in sentences:
        tokens = [match.span() for match in TOKEN.finditer(sentence.article.text, sentence.start, sentence.end)]
        starts, ends = [start for start, _ in tokens], [end for _, end in tokens]
        values = np.full((len(LABELS), len(annotators), len(tokens)), ABSENT, np.int8)
        for name, reading in sentence.readings.items():
            values[:, rows[name]] = 0
            for mark in reading:
                first, last = bisect_right(ends, mark.span.start), bisect_left(starts, mark.span.end)
                values[LABELS.index(mark.span.label), rows[name], first:last] = 1
        parts.append(values)
    return np.concatenate(parts, axis=2), np.array([part.shape[2] for part in parts[1:]], np.int64)


def alpha(values: Values) -> float | None:
    """Alpha of ``values``, shape (annotators, tokens); ``None`` where it has no value.

    That is where no token has two annotators, or all of them are in, or all are out: without variation there is
    nothing to agree on.
    """
    import krippendorff

    counts = np.stack([(values == 0).sum(axis=0), (values == 1).sum(axis=0)], axis=1)
    counts = counts[counts.sum(axis=1) > 1]
    if not counts.any(axis=0).all():
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def coincidences(values: Values, document_of: NDArray[np.int64], documents: int) -> Floats:
    """Coincidences of out and out, out and in, in and in: sums for each document, shape (documents, 3).

    ``values`` has shape (annotators, tokens), ``document_of`` the document of each token.
    """
    inside, coders = (values == 1).sum(axis=0), (values != ABSENT).sum(axis=0)
    outside = coders - inside
    pairs = [outside * (outside - 1), outside * inside, inside * (inside - 1)]
    weight = 1 / np.maximum(coders - 1, 1)  # a token with one annotator has no pairs
    return np.stack([np.bincount(document_of, pair * weight, documents) for pair in pairs], axis=1)


def alpha_of(sums: NDArray[Any]) -> Floats:
    """Alpha of summed coincidences, shape (..., 3); NaN where it has no value."""
    out_out, out_in, in_in = np.moveaxis(np.asarray(sums, np.float64), -1, 0)
    outs, ins = out_out + out_in, in_in + out_in
    expected = outs * ins
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - (outs + ins - 1) * out_in / expected, np.nan)
