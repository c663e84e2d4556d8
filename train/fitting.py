"""From a labelled corpus to a model, and what the model would have said of each document unseen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed, parallel_config
from sklearn.model_selection import GroupKFold

from ..data.documents import LABELS, Document
from ..data.labelled import labelled_part
from ..models.linker import Linker
from ..models.model import Model
from ..models.scorer import Scorer
from ..models.tagger import SpanTagger
from .augment import augmented

Progress = Callable[[str], None]


def fit_model(
    documents: Sequence[Document],
    card: dict[str, Any] | None = None,
    say: Progress = lambda _: None,
    jobs: int = 1,
    silver: Sequence[Document] = (),
) -> Model:
    """Train tagger and linker on documents, with ``jobs`` processes; the result is the same for any number.

    From ``silver`` documents (see ``distillation``) the tagger learns, too; the linker does not, for they have no
    links. Raises ``ValueError`` if the documents hold too little to learn from.
    """
    tagger = fit_tagger(documents, silver, say, jobs)
    say("links")
    groups = [group_of(document) for document in documents]
    linker = Linker().fit(documents, groups=groups, found=tagger.unseen_[: len(documents)])
    return Model(tagger, linker, card or {})


def fit_tagger(
    documents: Sequence[Document],
    silver: Sequence[Document] = (),
    say: Progress = lambda _: None,
    jobs: int = 1,
) -> SpanTagger:
    """Train the tagger alone; see ``fit_model``."""
    for label in LABELS:
        # What is learned is judged on documents kept apart: one alone would leave nothing on the other side.
        if len({group_of(d) for d in documents if any(span.label == label for span in d.spans)}) < 2:
            raise ValueError(f"fewer than two documents hold {label} spans: too little to learn from; label more")
    # People's labels are certain, whatever the suggestion was that one of them began as.
    more = [replace(d, spans=tuple(replace(s, confidence=None) for s in d.spans)) for d in augmented(documents)]
    copies = len(more) - len(documents)
    more += [part for part in map(labelled_part, silver) if part is not None]
    say(f"spans: {len(documents):,} documents, {copies:,} altered copies, {len(silver):,} silver documents")
    groups = [group_of(document) for document in more]
    with parallel_config(backend="loky", n_jobs=jobs):
        return SpanTagger().fit([d.text for d in more], [d.spans for d in more], groups)


def cross_validate(
    documents: Sequence[Document],
    folds: int = 5,
    jobs: int = 1,
    say: Progress = lambda _: None,
    threshold: float | None = None,
) -> list[Document]:
    """Each document as scored by a model that saw neither it nor its kin (see ``group_of``).

    ``threshold`` is the least probability of a span that is kept, if not the tagger's own.
    Raises ``ValueError`` if ``folds`` is below 2, or the documents are all of one kin.
    """
    if folds < 2:
        raise ValueError(f"folds is {folds}; give 2 or more, or leave the cross-validation out")
    names, groups = np.unique([group_of(document) for document in documents], return_inverse=True)
    if names.size < 2:
        raise ValueError("all documents are of one group; cross-validation needs documents of two groups or more")
    splits = list(GroupKFold(min(folds, names.size)).split(documents, groups=groups))
    out: list[Document | None] = [None] * len(documents)

    def run(train: Any, test: Any) -> list[Document]:
        model = fit_model([documents[i] for i in train])
        if threshold is not None:
            model.tagger.set_params(threshold=threshold)
        return list(Scorer(model).score_many(documents[i].article for i in test))

    results = Parallel(n_jobs=jobs, return_as="generator")(delayed(run)(train, test) for train, test in splits)
    for number, ((_, test), scored) in enumerate(zip(splits, results, strict=True), 1):
        for place, document in zip(test, scored, strict=True):
            out[place] = document
        say(f"fold {number} of {len(splits)}")
    return [document for document in out if document is not None]


def group_of(document: Document) -> str:
    """What must stay on one side of a split: the event where the corpus names one, else the document."""
    return str(document.meta.get("group") or document.id)
