"""How far do annotators agree? On spans, links and records, pair by pair and together, with intervals.

Over the sentences that both of a pair labelled (skipped ones are out), and for each label:

- *exact*: F1 of spans with the same start and end; *overlap*: F1 of spans that share a character, paired one to one.
  F1 of two annotators is the same whichever is taken for gold: twice the spans they share, divided by the spans of
  the one plus the spans of the other. Counts are summed over all sentences first.
- *alpha*: Krippendorff's alpha over tokens; see ``alpha``.

And over the claims that both marked exactly: *link*, the share with the same source (sources that share a character,
or both nobody), the share with the same value in each field of the record, and *record*, in all of them.

All annotators together: alpha over every token that two or more labelled; the other figures from the counts of all
pairs. The intervals are percentiles over documents drawn with replacement (``bootstrap``), the same draws for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.bootstrap import interval, resampled
from ...data.documents import LABELS
from ...data.matching import FIELDS, overlap_pairs, record_values
from .alpha import ABSENT, alpha, alpha_of, coincidences, token_values
from .readings import Reading, Sentence, Session

RATIOS = (
    *(("exact", label) for label in LABELS),
    *(("overlap", label) for label in LABELS),
    *(("claim", name) for name in ("link", *FIELDS, "record")),
)
"""What is counted of two readings, each as (agreed, of how many)."""

Floats = NDArray[np.float64]
Ends = tuple[float | None, float | None]


class AgreementError(ValueError):
    """Labels that say nothing of agreement; the message says why."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value between the ends of its interval, and ``of`` how many spans, claims or tokens it speaks.

    ``value`` is ``None`` where there is nothing to agree on; the ends are too with fewer than two documents.
    """

    value: float | None
    low: float | None
    high: float | None
    of: int

    def to_json(self) -> dict[str, float | int | None]:
        ends = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if end is None else round(end, 4) for name, end in ends.items()} | {"of": self.of}


@dataclass(frozen=True, slots=True)
class Comparison:
    """All figures of a pair of annotators, or of everyone. ``exact``, ``overlap`` and ``alpha`` are by label.

    ``of`` counts the spans of the one plus those of the other, tokens for alpha, and for the rest the claims that
    both marked exactly.
    """

    annotators: tuple[str, ...]
    sentences: int
    exact: Mapping[str, Figure]
    overlap: Mapping[str, Figure]
    alpha: Mapping[str, Figure]
    link: Figure
    fields: Mapping[str, Figure]
    record: Figure

    def to_json(self) -> dict[str, Any]:
        by_label = {"exact": self.exact, "overlap": self.overlap, "alpha": self.alpha, "fields": self.fields}
        return {
            "annotators": list(self.annotators),
            "sentences": self.sentences,
            **{name: {key: figure.to_json() for key, figure in row.items()} for name, row in by_label.items()},
            "link": self.link.to_json(),
            "record": self.record.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Agreement:
    """Every pair that shares sentences, in order of names, and everyone together."""

    pairs: tuple[Comparison, ...]
    everyone: Comparison
    documents: int
    resamples: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        return {
            "documents": self.documents,
            "resamples": self.resamples,
            "seed": self.seed,
            "everyone": self.everyone.to_json(),
            "pairs": [pair.to_json() for pair in self.pairs],
        }


def shared_sentences(session: Session) -> list[Sentence]:
    """The sentences that two annotators or more labelled.

    Raises ``AgreementError`` if there are none.
    """
    shared = [sentence for sentence in session.sentences if len(sentence.readings) > 1]
    if shared:
        return shared
    if not session.annotators:
        raise AgreementError("there are no labels here; give the file that casualty-annotate pull wrote")
    if len(session.annotators) == 1:
        raise AgreementError(
            f"all labels are by {session.annotators[0]}; agreement needs two annotators who labelled the same sentences"
        )
    raise AgreementError(
        f"no sentence was labelled by two of {', '.join(session.annotators)}; "
        "let two annotators label the same sentences"
    )


def agreement(
    session: Session, *, resamples: int = 1000, seed: int = 0, on_pair: Callable[[str, str], object] | None = None
) -> Agreement:
    """All figures of a session. Raises ``AgreementError`` if no two annotators share a sentence.

    ``on_pair`` hears of each pair of annotators that was compared.
    """
    shared = shared_sentences(session)
    names = sorted({name for sentence in shared for name in sentence.readings})
    numbers = {article: number for number, article in enumerate(dict.fromkeys(s.article.id for s in shared))}
    in_document = [numbers[sentence.article.id] for sentence in shared]
    values, lengths = token_values(shared, names)
    token_in = np.repeat(np.array(in_document), lengths)

    def figures(members: tuple[str, ...], ratios: Floats, sentences: int) -> Comparison:
        rows = values[:, [names.index(name) for name in members]]
        pairs = np.stack([coincidences(row, token_in, len(numbers)) for row in rows], axis=1)
        ends = _ends(ratios, pairs, resamples, seed)
        tokens = int(((rows[0] != ABSENT).sum(axis=0) > 1).sum())
        alphas = [Figure(alpha(row), *end, tokens) for row, end in zip(rows, ends[len(RATIOS) :], strict=True)]
        totals = zip(ratios.sum(axis=0).tolist(), ends[: len(RATIOS)], strict=True)
        shares = [Figure(agreed / of if of else None, *end, int(of)) for (agreed, of), end in totals]
        return _comparison(members, sentences, shares, alphas)

    pairs: list[Comparison] = []
    together = np.zeros((len(numbers), len(RATIOS), 2))
    for one, other in combinations(names, 2):
        ratios, sentences = np.zeros_like(together), 0
        for sentence, document in zip(shared, in_document, strict=True):
            if one in sentence.readings and other in sentence.readings:
                sentences += 1
                if counts := compared(sentence.readings[one], sentence.readings[other]):
                    ratios[document] += counts
        together += ratios
        if sentences:
            pairs.append(figures((one, other), ratios, sentences))
        if on_pair:
            on_pair(one, other)
    everyone = pairs[0] if len(names) == 2 else figures(tuple(names), together, len(shared))
    return Agreement(tuple(pairs), everyone, len(numbers), resamples, seed)


def _comparison(
    members: tuple[str, ...], sentences: int, shares: Sequence[Figure], alphas: Sequence[Figure]
) -> Comparison:
    by_ratio = dict(zip(RATIOS, shares, strict=True))
    return Comparison(
        members,
        sentences,
        exact={label: by_ratio["exact", label] for label in LABELS},
        overlap={label: by_ratio["overlap", label] for label in LABELS},
        alpha=dict(zip(LABELS, alphas, strict=True)),
        link=by_ratio["claim", "link"],
        fields={name: by_ratio["claim", name] for name in FIELDS},
        record=by_ratio["claim", "record"],
    )


def _ends(ratios: Floats, pairs: Floats, resamples: int, seed: int) -> list[Ends]:
    """Interval of each ratio, then of the alpha of each label.

    ``ratios`` has shape (documents, ratios, 2), ``pairs`` (documents, labels, 3).
    """
    if len(ratios) < 2 or not resamples:
        return [(None, None)] * (ratios.shape[1] + pairs.shape[1])
    width = ratios.shape[1] * 2
    columns = np.concatenate([ratios.reshape(len(ratios), -1), pairs.reshape(len(pairs), -1)], axis=1)
    drawn = resampled(columns, resamples, seed)
    agreed, of = np.moveaxis(drawn[:, :width].reshape(resamples, -1, 2), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(of > 0, agreed / of, np.nan)
    alphas = alpha_of(drawn[:, width:].reshape(resamples, -1, 3))
    lows, highs = interval(np.concatenate([shares, alphas], axis=1))
    ends = zip(lows.tolist(), highs.tolist(), strict=True)
    return [(None, None) if isnan(low) else (low, high) for low, high in ends]


def compared(one: Reading, other: Reading) -> list[tuple[int, int]]:
    """(agreed, of) for each of ``RATIOS``; nothing where neither marked anything."""
    return list(_compared(one, other)) if one or other else []


def _compared(one: Reading, other: Reading) -> Iterator[tuple[int, int]]:
    spans = [[[m.span for m in reading if m.span.label == label] for reading in (one, other)] for label in LABELS]
    for a, b in spans:
        yield 2 * len({(s.start, s.end) for s in a} & {(s.start, s.end) for s in b}), len(a) + len(b)
    for a, b in spans:
        # Which of two equal overlaps is paired first depends on the order: make it that of the spans, not of names.
        first, second = sorted((a, b), key=lambda spans: [(s.start, s.end) for s in spans])
        yield 2 * len(overlap_pairs(first, second)), len(a) + len(b)
    theirs = {mark.place: mark for mark in other if mark.span.is_claim}
    both = [(mark, theirs[mark.place]) for mark in one if mark.place in theirs]
    yield sum(a.same_source(b) for a, b in both), len(both)
    records = [(record_values(a.span), record_values(b.span)) for a, b in both]
    for field in range(len(FIELDS)):
        yield sum(a[field] == b[field] for a, b in records), len(both)
    yield sum(a == b for a, b in records), len(both)
