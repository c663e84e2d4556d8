"""Does choosing pay? A labelling session played again on a corpus whose labels are known.

Some documents are held out. From the sentences of the others a first set is drawn by chance; then the labelled set
grows, once by chance and once by ``selection.select`` with the model trained so far, and after every round a tagger
is trained on the labelled sentences alone and judged on the held-out documents. Both ways start from the same
sentences and train taggers with the same settings.

What a session has and this has not: links (a session's choice also looks at how sure they are), annotators who get
tired, and suggestions that speed them up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed

from ...data.counts import Counts
from ...data.documents import LABELS, Document
from ...data.labelled import LABELLED, labelled_part
from ...data.sentences import split_sentences
from ...models.scorer import as_spans
from ...models.tagger import SpanTagger
from ..suggestions import judgments
from .curves import CHOSEN, RANDOM, Score
from .selection import CONTROL, select

Progress = Callable[[int], None]
Place = tuple[int, int, int]
"""A sentence: number of its document, start, end."""


class ReplayError(ValueError):
    """A replay that cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a replay goes: ``start`` sentences by chance, ``rounds`` times ``step`` more, and all that ``repeats`` times.

    ``held_out`` is the share of documents to judge on, ``control`` the share of a choice that chance makes, ``trees``
    and ``folds`` are settings of ``SpanTagger``, smaller than its own for speed.
    """

    start: int = 500
    step: int = 500
    rounds: int = 4
    repeats: int = 3
    held_out: float = 0.25
    control: float = CONTROL
    trees: int = 40
    folds: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("start", "step", "rounds", "repeats", "trees"):
            if getattr(self, name) < 1:
                raise ReplayError(f"{name} is {getattr(self, name)}; it must be 1 or more")
        if not 0.0 < self.held_out < 1.0 or not 0.0 <= self.control <= 1.0:
            raise ReplayError("the shares held out and left to chance must lie between 0 and 1")

    @property
    def shared(self) -> float:
        """Documents held out over documents learned from; see ``curves.mean_of``."""
        return self.held_out / (1 - self.held_out)


def replay(
    documents: Iterable[Document], plan: Plan, jobs: int = 1, on_repeat: Progress = lambda _: None
) -> list[Score]:
    """The scores of every repeat, arm and round, in that order; the same for any number of ``jobs`` (processes).

    Of documents labelled in part, the labelled part is all there is. Raises ``ReplayError`` if the corpus is too
    small for the plan, ``ValueError`` if the first sentences hold too little to learn from.
    """
    kept = [part for document in documents if (part := labelled_part(document)) is not None]
    if len({_group(document) for document in kept}) < 2:
        raise ReplayError("a replay needs two documents or more: some to learn from, the others to judge on")
    wanted = plan.start + plan.rounds * plan.step
    there = min(len(_Scene.of(kept, plan, repeat).pool) for repeat in range(plan.repeats))
    if wanted > there:
        raise ReplayError(
            f"{plan.start:,} sentences and {plan.rounds} times {plan.step:,} more need {wanted:,} to learn from, but"
            f" only {there:,} are not held out; make --start, --step or --rounds smaller"
        )
    scores: list[Score] = []
    work = Parallel(n_jobs=jobs, return_as="generator")
    for number, found in enumerate(work(delayed(_scores)(kept, plan, r) for r in range(plan.repeats)), 1):
        scores += found
        on_repeat(number)
    return scores


@dataclass(frozen=True, slots=True)
class _Scene:
    """One repeat: the documents, the sentences to learn from in an order drawn by chance, what is held out."""

    documents: Sequence[Document]
    sentences: Sequence[Sequence[tuple[int, int]]]
    pool: Sequence[Place]
    held_out: Sequence[int]

    @classmethod
    def of(cls, documents: Sequence[Document], plan: Plan, repeat: int) -> _Scene:
        draw = np.random.default_rng([plan.seed, repeat])
        groups = sorted({_group(document) for document in documents})
        away = {groups[i] for i in draw.permutation(len(groups))[: max(round(plan.held_out * len(groups)), 1)]}
        held_out = [number for number, document in enumerate(documents) if _group(document) in away]
        sentences = [list(split_sentences(document.text)) for document in documents]
        pool = [
            (number, start, end)
            for number, bounds in enumerate(sentences)
            if _group(documents[number]) not in away
            for start, end in bounds
        ]
        return cls(documents, sentences, [pool[i] for i in draw.permutation(len(pool))], held_out)

    def text(self, place: Place) -> str:
        number, start, end = place
        return self.documents[number].text[start:end]


def _scores(documents: Sequence[Document], plan: Plan, repeat: int) -> list[Score]:
    scene = _Scene.of(documents, plan, repeat)
    labelled = list(scene.pool[: plan.start])
    first, spans = _trained(scene, labelled, plan)
    counts = _judged(scene, first)
    scores = [Score(repeat, arm, plan.start, spans, counts) for arm in (RANDOM, CHOSEN)]
    tagger = first
    for number in range(1, plan.rounds + 1):
        size = plan.start + number * plan.step
        by_chance, spans = _trained(scene, scene.pool[:size], plan)
        scores.append(Score(repeat, RANDOM, size, spans, _judged(scene, by_chance)))
        labelled += _chosen(scene, labelled, tagger, plan, [plan.seed, repeat, number])
        tagger, spans = _trained(scene, labelled, plan)
        scores.append(Score(repeat, CHOSEN, size, spans, _judged(scene, tagger)))
    return scores


def _chosen(
    scene: _Scene, labelled: Sequence[Place], tagger: SpanTagger, plan: Plan, seed: Sequence[int]
) -> list[Place]:
    """The next sentences, as an export with ``--select`` chooses them with this tagger."""
    known = set(labelled)
    rest = [place for place in scene.pool if place not in known]
    closeness = _closeness(scene, tagger, {number for number, _, _ in rest})
    unsure = np.array([closeness[place] for place in rest], np.float32)
    draw = int(np.random.default_rng(list(seed)).integers(2**31))
    found = select(unsure, [scene.text(place) for place in rest], plan.step, control=plan.control, seed=draw)
    return [rest[i] for i in np.concatenate((found.model, found.control))]


def _closeness(scene: _Scene, tagger: SpanTagger, numbers: Iterable[int]) -> dict[Place, float]:
    """How unsure the tagger is of each sentence of some documents, which it sees whole."""
    wanted = sorted(numbers)
    bounds = [scene.sentences[number] for number in wanted]
    judged = tagger.judge([scene.documents[number].text for number in wanted], bounds)
    return {
        (number, start, end): judgment.closeness
        for number, own, found in zip(wanted, bounds, judged, strict=True)
        for (start, end), judgment in zip(
            own, judgments(Document(scene.documents[number].article, as_spans(found.spans)), found, own), strict=True
        )
    }


def _trained(scene: _Scene, labelled: Iterable[Place], plan: Plan) -> tuple[SpanTagger, int]:
    """A tagger that learned from labelled sentences alone, and how many spans they hold."""
    ranges: dict[int, list[list[int]]] = {}
    for number, start, end in sorted(labelled):
        ranges.setdefault(number, []).append([start, end])
    parts = []
    for number, own in ranges.items():
        document = scene.documents[number]
        part = labelled_part(replace(document, meta={**document.meta, LABELLED: own}))
        assert part is not None, "a sentence is never blank"
        parts.append(part)
    tagger = SpanTagger(trees=plan.trees, folds=plan.folds)
    tagger.fit([p.text for p in parts], [p.spans for p in parts], [_group(p) for p in parts])
    return tagger, sum(len(p.spans) for p in parts)


def _judged(scene: _Scene, tagger: SpanTagger) -> dict[str, Counts]:
    """Exact spans in the documents held out, by label."""
    gold = [scene.documents[number] for number in scene.held_out]
    counts = dict.fromkeys(LABELS, Counts())
    for document, found in zip(gold, tagger.predict([d.text for d in gold]), strict=True):
        for label in LABELS:
            wanted = {(s.start, s.end) for s in document.spans if s.label == label}
            given = {(s.start, s.end) for s in found if s.label == label}
            right = len(wanted & given)
            counts[label] += Counts(right, len(given) - right, len(wanted) - right)
    return counts


def _group(document: Document) -> str:
    """What must stay on one side: the event where the corpus names one, else the document."""
    return str(document.meta.get("group") or document.id)
