"""Splits that keep kin together, scores of documents unseen, and the same model from the same corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from casualty_claims.data.documents import ATTRIBUTION, Article, Document
from casualty_claims.data.notation import parse
from casualty_claims.models.linker import Linker
from casualty_claims.models.model import Model
from casualty_claims.models.scorer import Scorer
from casualty_claims.models.tagger import Found, Judged
from casualty_claims.train import fitting
from casualty_claims.train.fitting import cross_validate, fit_model, group_of
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from sklearn.model_selection import GroupKFold


def scored(model: Model, documents: Sequence[Document]) -> list[Document]:
    return list(Scorer(model).score_many(d.article for d in documents))


# --- splits --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Witness:
    """A tagger that learns nothing and signs what it scores: its number is the confidence of the one span."""

    number: int

    def judge(self, texts: Sequence[str], sentences: Any) -> list[Judged]:
        signed = (Found(0, 1, ATTRIBUTION, self.number / 100),)
        return [Judged(signed, np.zeros(1, np.int64), np.ones(1, np.float32)) for _ in texts]


@dataclass(slots=True)
class Trainer:
    """Stands in for the training, which is slow, to see what it is given."""

    seen: list[list[str]] = field(default_factory=list)

    def __call__(self, documents: Sequence[Document], *_: Any, **__: Any) -> Model:
        self.seen.append([d.id for d in documents])
        return Model(Witness(len(self.seen) - 1), Linker(), {})  # type: ignore[arg-type]


@contextmanager
def watched() -> Iterator[Trainer]:
    with pytest.MonkeyPatch.context() as patch:
        trainer = Trainer()
        patch.setattr(fitting, "fit_model", trainer)
        yield trainer


@st.composite
def kin(draw: DrawFn) -> list[Document]:
    """Documents of at least two groups; some name an event, the others stand for themselves."""
    events = draw(st.lists(st.sampled_from(["flood", "strike", "", None]), min_size=2, max_size=12))
    documents = [
        Document(Article(f"d{n}", f"Text {n}."), (), {} if event is None else {"group": event})
        for n, event in enumerate(draw(st.permutations(events)))
    ]
    if len({group_of(d) for d in documents}) < 2:
        documents.append(Document(Article("alone", "Text.")))
    return documents


@given(documents=kin(), folds=st.integers(2, 6))
@settings(max_examples=60)
def test_groups_never_stand_on_both_sides_of_a_split(documents: list[Document], folds: int) -> None:
    with watched() as trainer:
        found = cross_validate(documents, folds)
    by_id = {d.id: d for d in documents}
    assert [d.article for d in found] == [d.article for d in documents]
    assert len(trainer.seen) == min(folds, len({group_of(d) for d in documents}))
    judges = [round(document.spans[0].confidence * 100) for document in found]  # type: ignore[operator]
    assert set(judges) == set(range(len(trainer.seen)))  # every fold scores something
    for document, judge in zip(found, judges, strict=True):
        seen = {group_of(by_id[name]) for name in trainer.seen[judge]}
        assert group_of(by_id[document.id]) not in seen
    for judge, names in enumerate(trainer.seen):  # what a model did not score, it learned from
        assert names == [d.id for d, other in zip(documents, judges, strict=True) if other != judge]


def test_each_fold_is_told() -> None:
    told: list[str] = []
    with watched():
        cross_validate([Document(Article(f"d{n}", "Text.")) for n in range(5)], 3, say=told.append)
    assert told == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3"]


@pytest.mark.parametrize("folds", [1, 0, -2])
def test_fewer_than_two_folds_are_refused(folds: int) -> None:
    with pytest.raises(ValueError, match=f"folds is {folds}; give 2 or more"):
        cross_validate([Document(Article(f"d{n}", "Text.")) for n in range(5)], folds)


def test_documents_of_one_group_are_refused() -> None:
    with pytest.raises(ValueError, match="all documents are of one group"):
        cross_validate([Document(Article(f"d{n}", "Text."), (), {"group": "flood"}) for n in range(5)])


@pytest.mark.parametrize(
    ("meta", "group"), [({}, "d"), ({"group": "flood"}, "flood"), ({"group": ""}, "d"), ({"group": 7}, "7")]
)
def test_a_document_without_group_is_its_own(meta: dict[str, Any], group: str) -> None:
    assert group_of(Document(Article("d", "Text."), (), meta)) == group


# --- training, for real --------------------------------------------------------------------------------------


def test_folds_are_scored_by_models_of_the_others_and_training_is_repeatable(corpus_slice: list[Document]) -> None:
    """Folds trained and scored in two processes, one of them against a model trained here: the same to the digit."""
    found = cross_validate(corpus_slice, folds=2, jobs=2)
    names = [d.id for d in corpus_slice]
    train, test = next(GroupKFold(2).split(names, groups=np.unique(names, return_inverse=True)[1]))
    model = fit_model([corpus_slice[i] for i in train])
    assert [found[i] for i in test] == scored(model, [corpus_slice[i] for i in test])
    assert [found[i] for i in train] != scored(model, [corpus_slice[i] for i in train])
    assert any(found[i].spans for i in test)


TOLD, STATED = "[[a1|Police said]] six left.", "[[k=6|Six people died]] on Monday."


@pytest.mark.parametrize(
    ("notations", "reason"),
    [
        ([], "fewer than two documents hold CASUALTY_CLAIM"),
        (["Nobody came.", "It rained all day."], "fewer than two documents hold CASUALTY_CLAIM"),
        ([STATED, STATED, TOLD], "fewer than two documents hold ATTRIBUTION"),
        ([STATED, TOLD, TOLD], "fewer than two documents hold CASUALTY_CLAIM"),
    ],
)
def test_too_little_to_learn_from_is_refused(notations: list[str], reason: str) -> None:
    parsed = [parse(notation) for notation in notations]
    with pytest.raises(ValueError, match=reason):
        fit_model([Document(Article(f"d{n}", text), spans) for n, (text, spans) in enumerate(parsed)])
