"""The learning curve: what a model learns from half of the corpus, a quarter, an eighth, and what more would bring."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import process_time

from joblib import Parallel, delayed

from ...data.documents import ATTRIBUTION, CLAIM, Document
from ...data.runs import InputError
from ...models.model import Model
from ...models.scorer import Scorer
from ..evaluation import Evaluation, evaluate
from ..fitting import fit_model, group_of
from .figures import Figure, Parts, difference, f1, figures

CURVES: dict[str, Callable[[Evaluation], Parts]] = {
    "claims, exact words": lambda e: f1(e.exact[CLAIM]),
    "attributions, exact words": lambda e: f1(e.exact[ATTRIBUTION]),
    "end to end": lambda e: f1(e.end_to_end),
}
"""What is drawn, all of it F1."""


@dataclass(frozen=True, slots=True)
class Step:
    """A model fitted on some documents: its scores by ``CURVES``; ``seconds`` of processor, if it was fitted here."""

    documents: int
    claims: int
    figures: dict[str, Figure]
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The steps, from the smallest, and by ``CURVES`` what the last one brought."""

    steps: tuple[Step, ...]
    gains: dict[str, Figure]


def learning_curve(
    corpus: Sequence[Document],
    gold: Sequence[Document],
    steps: int = 4,
    jobs: int = 1,
    whole: Model | None = None,
    on_step: Callable[[int], None] = lambda done: None,
) -> Curve:
    """Models of 1/2^(steps-1), ..., 1/2 and all of the corpus, each judged on ``gold``.

    The parts are nested and drawn by the name of each document's group, so that kin stay together and the same
    corpus gives the same curve. ``whole`` is a model of the whole corpus, where there is one already. Steps too small
    to learn from are left out. Raises ``InputError`` if fewer than two are left.
    """
    parts = [*_parts(corpus, steps)]
    work = Parallel(n_jobs=jobs, return_as="generator")
    known = [whole if len(part) == len(corpus) else None for part in parts]
    order = sorted(range(len(parts)), key=lambda i: -len(parts[i]))  # the longest work begins first
    results: dict[int, tuple[list[Evaluation], float | None] | None] = {}
    tasks = (delayed(_judged)(parts[i], gold, known[i]) for i in order)
    for done, (i, result) in enumerate(zip(order, work(tasks), strict=True), 1):
        results[i] = result
        on_step(done)
    kept = [(part, result) for i, part in enumerate(parts) if (result := results[i]) is not None]
    if len(kept) < 2:
        raise InputError(
            f"{len(corpus)} documents are too few for a learning curve of {steps} steps; give a larger corpus,"
            " or --curve 0"
        )
    shown = [
        Step(
            len(part),
            sum(len(d.claims) for d in part),
            dict(zip(CURVES, figures([[ratio(e) for ratio in CURVES.values()] for e in by_document]), strict=True)),
            seconds,
        )
        for part, (by_document, seconds) in kept
    ]
    (_, (before, _)), (_, (after, _)) = kept[-2:]
    gains = {name: difference([ratio(e) for e in before], [ratio(e) for e in after]) for name, ratio in CURVES.items()}
    return Curve(tuple(shown), gains)


def _parts(corpus: Sequence[Document], steps: int) -> Iterator[list[Document]]:
    """Nested parts, from the smallest; each keeps the order of the corpus."""
    if steps < 2:
        raise InputError(f"a learning curve of {steps} steps is none; give 2 or more, or 0 to leave it out")
    groups = sorted({group_of(d) for d in corpus}, key=lambda name: (sha256(name.encode()).digest(), name))
    sizes = dict.fromkeys(len(groups) >> halvings for halvings in reversed(range(steps)))
    for size in sizes:
        if size:
            drawn = set(groups[:size])
            yield [d for d in corpus if group_of(d) in drawn]


def _judged(
    part: Sequence[Document], gold: Sequence[Document], model: Model | None
) -> tuple[list[Evaluation], float | None] | None:
    """The evaluation of each gold document; ``None`` where the part is too small to learn from."""
    seconds = None
    if model is None:
        start = process_time()
        try:
            model = fit_model(part)
        except ValueError:
            return None
        seconds = process_time() - start
    found = Scorer(model).score_many(document.article for document in gold)
    return [evaluate([wanted], [answer]) for wanted, answer in zip(gold, found, strict=True)], seconds
