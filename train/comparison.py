"""Ways to find spans, measured side by side: cross-validated by document, every one on the same folds.

Figures are counted over all documents, each marked by a tagger that saw neither it nor its kin. Intervals (95 %)
come from documents drawn again and again: see ``data.bootstrap``.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from ..data.bootstrap import interval, resampled
from ..data.counts import Share
from ..data.documents import LABELS, Document
from ..models.tokens import TOKEN
from .evaluation import evaluate
from .fitting import group_of
from .taggers import Tagger

RESAMPLES = 1000

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Score:
    """F1 of one label: exact with the bounds of its 95 % interval, and overlap."""

    exact: float
    low: float
    high: float
    overlap: float


@dataclass(frozen=True, slots=True)
class Row:
    """One tagger. ``claims_gold`` and ``attributions_gold`` are on the documents set apart, after training on all.

    ``candidate_recall`` is the share of gold spans among the spans it chooses from; ``None`` if it chooses from none.
    ``training_seconds`` (one fold) and ``tokens_a_second`` (scoring) are of processor time, ``megabytes`` of memory.
    """

    tagger: str
    claims: Score
    attributions: Score
    candidate_recall: float | None
    training_seconds: float
    tokens_a_second: float
    megabytes: float
    claims_gold: Score | None = None
    attributions_gold: Score | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """One tagger trained once: what it made of the documents to judge it on, and at what cost."""

    documents: list[Document]
    recalled: Share | None
    training: float
    scoring: float
    size: int


def compare(
    documents: Sequence[Document],
    taggers: Mapping[str, Callable[[], Tagger]],
    *,
    folds: int = 5,
    gold: Sequence[Document] = (),
    jobs: int = 1,
    seed: int = 0,
    say: Progress = lambda _: None,
) -> Iterator[Row]:
    """Each tagger's row as soon as it is measured; with ``gold``, it is also trained on everything and judged there.

    ``taggers`` makes a new tagger for each training. Raises ``ValueError`` if there are fewer than two folds or
    groups of documents (see ``group_of``).
    """
    names, groups = np.unique([group_of(document) for document in documents], return_inverse=True)
    if folds < 2 or names.size < 2:
        raise ValueError(f"{folds} folds of {names.size} groups of documents; give two or more of both")
    splitter = GroupKFold(min(folds, names.size), shuffle=True, random_state=seed)
    splits = list(splitter.split(documents, groups=groups))
    for name, make in taggers.items():
        work = [([documents[i] for i in train], [documents[i] for i in test]) for train, test in splits]
        if gold:
            work.append((list(documents), list(gold)))
        runs: list[_Run] = []
        for run in Parallel(n_jobs=jobs, return_as="generator")(delayed(_run)(make, *sides) for sides in work):
            runs.append(run)
            say(f"{name}: {len(runs)} of {len(work)} trainings")
        yield _row(name, work, runs, len(splits), seed)


def _run(make: Callable[[], Tagger], train: list[Document], test: list[Document]) -> _Run:
    tagger = make()
    begin = time.process_time()
    tagger.fit(train)
    fitted = time.process_time()
    found = tagger.predict([document.article for document in test])
    scored = time.process_time()
    opinion = tagger.candidates([document.text for document in test])
    recalled = None
    if opinion is not None:
        columns = (opinion.text, opinion.start, opinion.end, opinion.label)
        seen = set(zip(*(column.tolist() for column in columns), strict=True))
        wanted = [
            (number, span.start, span.end, LABELS.index(span.label))
            for number, document in enumerate(test)
            for span in document.spans
        ]
        recalled = Share(sum(place in seen for place in wanted), len(wanted))
    return _Run(found, recalled, fitted - begin, scored - fitted, tagger.size())


def _row(name: str, work: list[tuple[list[Document], list[Document]]], runs: list[_Run], folds: int, seed: int) -> Row:
    tests = [test for _, test in work]
    wanted = [document for test in tests[:folds] for document in test]
    found = [document for run in runs[:folds] for document in run.documents]
    claims, attributions = scores(wanted, found, seed)
    apart = scores(tests[folds], runs[folds].documents, seed) if len(runs) > folds else (None, None)
    tokens = sum(len(TOKEN.findall(document.text)) for test in tests for document in test)
    shares = [run.recalled for run in runs[:folds] if run.recalled is not None]
    return Row(
        tagger=name,
        claims=claims,
        attributions=attributions,
        candidate_recall=round(sum(shares, Share()).accuracy, 4) if shares else None,
        training_seconds=round(sum(run.training for run in runs[:folds]) / folds, 1),
        tokens_a_second=round(tokens / max(sum(run.scoring for run in runs), 1e-3)),
        megabytes=round(max(run.size for run in runs) / 1e6, 1),
        claims_gold=apart[0],
        attributions_gold=apart[1],
    )


def scores(wanted: Sequence[Document], found: Sequence[Document], seed: int = 0) -> tuple[Score, Score]:
    """The scores of claims and of attributions."""
    judged = [evaluate([w], [f]) for w, f in zip(wanted, found, strict=True)]
    rows = [[[e.exact[label], e.overlap[label]] for label in LABELS] for e in judged]
    counts = np.array([[[[c.tp, c.fp, c.fn] for c in pair] for pair in row] for row in rows])
    point = _f1(counts.sum(axis=0))
    low, high = interval(_f1(resampled(counts[:, :, 0], RESAMPLES, seed)))
    made = (
        Score(*(round(float(value), 4) for value in (point[i, 0], low[i], high[i], point[i, 1])))
        for i in range(len(LABELS))
    )
    return next(made), next(made)


def _f1(counts: NDArray[np.generic]) -> NDArray[np.float64]:
    """F1 of counts of shape (..., 3); 0 where there is nothing to find and nothing was found."""
    right, wrong, missed = np.moveaxis(np.asarray(counts, np.float64), -1, 0)
    total = 2 * right + wrong + missed
    f1: NDArray[np.float64] = np.divide(2 * right, total, out=np.zeros_like(total), where=total > 0)
    return f1


# --- as a table ----------------------------------------------------------------------------------------------


def as_markdown(rows: Sequence[Row]) -> str:
    """The table for a person; columns that no row fills are left out."""
    cells = [_cells(row) for row in rows]
    columns = [name for name in _cells(_EMPTY) if any(row[name] for row in cells) or not cells]
    lines = ["| " + " | ".join(columns) + " |", "|---" + "|---:" * (len(columns) - 1) + "|"]
    lines += ["| " + " | ".join(row[name] for name in columns) + " |" for row in cells]
    return "\n".join(lines) + "\n"


def as_json(rows: Sequence[Row]) -> str:
    """The table for a program, one object a tagger."""
    return json.dumps([asdict(row) for row in rows], indent=1) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """The table for a spreadsheet, one figure a column."""
    flat = [_flat(row) for row in rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(flat[0]) if flat else ["tagger"])
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


FORMATS: dict[str, Callable[[Sequence[Row]], str]] = {".md": as_markdown, ".csv": as_csv, ".json": as_json}

_EMPTY = Row("", Score(0, 0, 0, 0), Score(0, 0, 0, 0), None, 0, 0, 0)


def _cells(row: Row) -> dict[str, str]:
    def exact(score: Score | None) -> str:
        return f"{score.exact:.3f} ({score.low:.3f}–{score.high:.3f})" if score else ""

    return {
        "tagger": row.tagger,
        "claims, exact F1": exact(row.claims),
        "attributions, exact F1": exact(row.attributions),
        "claims, overlap": f"{row.claims.overlap:.3f}",
        "attributions, overlap": f"{row.attributions.overlap:.3f}",
        "claims, set apart": exact(row.claims_gold),
        "attributions, set apart": exact(row.attributions_gold),
        "candidates hold": "" if row.candidate_recall is None else f"{row.candidate_recall:.1%}",
        "training, s": f"{row.training_seconds:,.0f}",
        "tokens/s": f"{row.tokens_a_second:,.0f}",
        "MB": f"{row.megabytes:,.1f}",
    }


def _flat(row: Row) -> dict[str, object]:
    out: dict[str, object] = {}
    for name, value in asdict(row).items():
        if isinstance(value, dict):
            out |= {f"{name}_{part}": figure for part, figure in value.items()}
        else:
            out[name] = value
    return out
