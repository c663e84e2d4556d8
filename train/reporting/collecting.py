"""Everything that a report tells, gathered: ``collect`` is what the command and a notebook call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...data.documents import Document
from ...data.runs import InputError
from ...models.model import Model
from ...models.scorer import Scorer
from ..coverage import coverage
from ..fitting import group_of
from .curve import Curve
from .speed import Speed
from .trials import Scores, Trial, card_scores


@dataclass(frozen=True, slots=True)
class Report:
    """What the page says. The first of ``trials`` is what it is about; the others stand beside it in the scores.

    ``earlier`` are the scores that the model's card tells of, ``corpus`` the tables of ``coverage``, ``shared`` how
    many documents of the first trial stand in the corpus. All but ``speed`` is the same for the same input.
    """

    model: str
    trials: Sequence[Trial]
    earlier: Sequence[Scores] = ()
    corpus: Mapping[str, Counter[str]] = field(default_factory=dict)
    shared: int = 0
    curve: Curve | None = None
    speed: Speed | None = None

    @property
    def main(self) -> Trial:
        return self.trials[0]


def trial_of(model: Model, name: str, gold: Sequence[Document]) -> Trial:
    """Score the texts of labelled documents."""
    return Trial(name, tuple(gold), tuple(Scorer(model).score_many(document.article for document in gold)))


def collect(
    model: Model,
    trials: Sequence[Trial],
    corpus: Sequence[Document] = (),
    curve: Curve | None = None,
    speed: Speed | None = None,
) -> Report:
    """A report on trials of a model. Raises ``InputError`` if there are none.

    Trials of the card that are given anew are not told twice.
    """
    if not trials or not trials[0].gold:
        raise InputError("a report needs labelled documents that the model can be judged on; give some")
    names = {trial.name.removeprefix("gold ") for trial in trials}
    texts = {document.text for document in corpus}
    crossed = trials[0].name == CROSSED
    return Report(
        model.name,
        tuple(trials),
        tuple(s for s in card_scores(model.card) if s.name.removeprefix("gold ") not in names),  # fit says "gold FILE"
        coverage(corpus) if corpus else {},
        0 if crossed else sum(document.text in texts for document in trials[0].gold),
        curve,
        speed,
    )


CROSSED = "cross-validation"
"""The name of the trial whose documents are those of the corpus, each scored by a model that had not seen it."""


def unseen(corpus: Sequence[Document], gold: Sequence[Document]) -> list[Document]:
    """The documents of a corpus that are not, and are not kin of, those of ``gold``: what a curve may learn from."""
    texts, kin = {d.text for d in gold}, {group_of(d) for d in gold}
    return [d for d in corpus if d.text not in texts and group_of(d) not in kin]
