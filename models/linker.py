"""The linker: for each claim the attribution that states it, or none.

Candidates are the attributions of the same and of nearby sentences, and "nobody": a claim in the article's
own voice. A boosted forest gives each a score from where the two stand, what stands between them, and the
state of quotation; the scores of one claim's candidates become probabilities together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.utils.validation import check_is_fitted

from ..data.documents import CLAIM, Document, Span
from ..data.matching import source_of, sources_agree
from ..data.sentences import split_sentences
from .pairs import LINK_FEATURES, NOBODY, Scene, candidates_of, pair_features
from .trees import Forest

Floats = NDArray[np.float32]

MOST = 32
"""How many attributions on either side of a claim are looked at: more stand near it in no text but a list."""


class Linker(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Chooses for each claim an attribution of the same document, or none, with a probability.

    ``fit`` takes documents with gold spans and links, ``predict`` documents with spans and gives them back
    with ``attributed_to`` and ``link_confidence`` set.

    After ``fit``: ``forest_``, and ``platt_``: slope and shift that make the share of the best candidate a probability,
    one pair for nobody and one for somebody.
    """

    def __init__(self, trees: int = 150) -> None:
        self.trees = trees

    def fit(
        self,
        X: Sequence[Document],
        y: Any = None,
        groups: Sequence[Any] | None = None,
        found: Sequence[Iterable[Any]] | None = None,
    ) -> Linker:
        """Learn from documents; ``groups`` as for ``SpanTagger.fit``. Links stand in the documents.

        ``found``, one a document, is what a tagger that had not seen it found there (``SpanTagger.unseen_``). The
        probabilities are learned from it: the better part of wrong links are of claims whose source was not found.
        """
        ids = np.unique(np.arange(len(X)) if groups is None else np.asarray(groups), return_inverse=True)[1]
        gold = _pairs_of(X, X, ids)
        learnable = gold.only(gold.answered())
        if not learnable.right.size or learnable.right.all():
            raise ValueError("no links to learn from: the documents hold no claims beside attributions")
        learner = GradientBoostingClassifier(
            n_estimators=self.trees, max_depth=4, learning_rate=0.1, subsample=0.7, min_samples_leaf=8,
            max_features=0.4, random_state=0,
        )  # fmt: skip
        real = gold if found is None else _pairs_of([_as_found(*pair) for pair in zip(X, found, strict=True)], X, ids)
        scores = np.full(real.right.size, np.nan)
        folds = GroupKFold(min(5, np.unique(learnable.group).size))
        for train, test in folds.split(learnable.features, groups=learnable.group):
            model = clone(learner).fit(learnable.features[train], learnable.right[train])
            mine = np.flatnonzero(np.isin(real.group, learnable.group[test]))
            if mine.size:
                scores[mine] = model.decision_function(real.features[mine])
        self.platt_ = _calibrated(real, scores)
        self.forest_ = Forest.of(learner.fit(learnable.features, learnable.right))
        return self

    def predict(self, X: Sequence[Document]) -> list[Document]:
        """The documents with every claim linked, or left in the article's own voice."""
        check_is_fitted(self)
        return list(self.link(X, [split_sentences(document.text) for document in X]))

    def link(self, documents: Sequence[Document], sentences: Sequence[Sequence[tuple[int, int]]]) -> Iterator[Document]:
        """Link a batch of documents whose sentences are known; the forest is walked once for all of them."""
        asked = [_questions(document, bounds) for document, bounds in zip(documents, sentences, strict=True)]
        questions = [question for mine in asked for question in mine]
        if not questions:
            yield from documents
            return
        sizes = [len(candidates) for _, _, candidates, _ in questions]
        scores = self.forest_.log_odds(np.concatenate([features for *_, features in questions]))
        owner = np.repeat(np.arange(len(questions)), sizes)
        best, shares = _best(scores.astype(np.float64), owner)
        first = np.cumsum(sizes) - sizes
        nobody = best == first  # it stands first among the candidates
        (slope, shift), (other_slope, other_shift) = self.platt_
        odds = logit(shares)
        sure = expit(np.where(nobody, slope * odds + shift, other_slope * odds + other_shift))
        chosen = zip(questions, (best - first).tolist(), sure.tolist(), strict=True)
        answers = iter([_answer(*question) for question in chosen])
        for document, mine in zip(documents, asked, strict=True):
            if mine:
                spans = (next(answers) if span.is_claim else span for span in document.spans)
                document = replace(document, spans=tuple(spans))
            yield document


_Question = tuple[Span, list[tuple[int, Span]], list[int], Floats]
"""A claim, the attributions around it, the places of the candidates among them, the candidates' features."""


def _answer(question: _Question, best: int, sure: float) -> Span:
    claim, near, candidates, _ = question
    place = candidates[best]
    return replace(claim, attributed_to=None if place == NOBODY else near[place][0], link_confidence=round(sure, 4))


def _questions(document: Document, sentences: Sequence[tuple[int, int]]) -> list[_Question]:
    """For each claim: the claim, the document's attributions, the candidates, their features."""
    attributions = document.attributions
    claims = [span for _, span in document.claims]
    if not claims:
        return []
    scene = Scene.of(document.text, sentences)
    claim_at, attribution_at = [c.start for c in claims], [span.start for _, span in attributions]
    out = []
    for claim in claims:
        # Only what stands near can be a candidate or stand between: a long text has thousands of spans.
        low, high = scene.near(claim)
        near = attributions[_around(attribution_at, claim.start, low, high)]
        beside = claims[_around(claim_at, claim.start, low, high)]
        candidates = candidates_of(scene, claim, near)
        features = np.array(pair_features(scene, claim, beside, near, candidates), np.float32)
        out.append((claim, near, candidates, features))
    return out


def _around(starts: Sequence[int], at: int, low: int, high: int) -> slice:
    """Where those from ``low`` to ``high`` stand in ascending ``starts``, at most ``MOST`` on either side of ``at``."""
    middle = bisect_left(starts, at)
    return slice(
        max(bisect_left(starts, low, 0, middle), middle - MOST), min(bisect_left(starts, high, middle), middle + MOST)
    )


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Questions and candidates as one table; each question's candidates stand together, ``NOBODY`` first.

    ``features`` has shape (pairs, features); ``right`` (is it the answer?), ``owner`` (the question's number) and
    ``group`` one entry a pair.
    """

    features: Floats
    right: NDArray[np.bool_]
    owner: NDArray[np.int64]
    group: NDArray[np.int64]

    def answered(self) -> NDArray[np.bool_]:
        """Whether the pair's question has its answer among the candidates: it may stand farther away than any."""
        return np.isin(self.owner, self.owner[self.right])

    def only(self, wanted: NDArray[np.bool_]) -> _Pairs:
        return _Pairs(self.features[wanted], self.right[wanted], self.owner[wanted], self.group[wanted])


def _pairs_of(documents: Sequence[Document], gold: Sequence[Document], groups: NDArray[np.int64]) -> _Pairs:
    """The questions of documents, and their right answers by ``gold``, which holds the same claims and perhaps more."""
    rows: list[Floats] = [np.zeros((0, LINK_FEATURES), np.float32)]
    right: list[bool] = []
    sizes: list[int] = []
    group: list[int] = []
    for document, known, own in zip(documents, gold, groups.tolist(), strict=True):
        source = {(claim.start, claim.end): source_of(known, claim) for _, claim in known.claims}
        for claim, near, candidates, features in _questions(document, split_sentences(document.text)):
            wanted = source[claim.start, claim.end]
            rows.append(features)
            right += [sources_agree(wanted, None if p == NOBODY else near[p][1]) for p in candidates]
            sizes.append(len(candidates))
            group.append(own)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    return _Pairs(np.concatenate(rows), np.array(right, bool), owner, np.repeat(np.array(group, np.int64), sizes))


def _as_found(gold: Document, found: Iterable[Any]) -> Document:
    """The document with the spans that were found, but of the claims only those found exactly."""
    places = {(claim.start, claim.end) for _, claim in gold.claims}
    spans = (Span(s.start, s.end, s.label) for s in found if s.label != CLAIM or (s.start, s.end) in places)
    return replace(gold, spans=tuple(spans))


def _calibrated(pairs: _Pairs, scores: NDArray[np.float64]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Slope and shift for nobody and for somebody, by Platt scaling of the best candidate's log-odds."""
    known = ~np.isnan(scores)
    if not known.any():
        return (1.0, 0.0), (1.0, 0.0)
    owner = np.unique(pairs.owner[known], return_inverse=True)[1]
    best, shares = _best(scores[known], owner)
    right = pairs.right[known][best]
    nobody = best == np.unique(owner, return_index=True)[1]
    odds = logit(shares)[:, None]
    found = []
    for kind in (nobody, ~nobody):
        if np.unique(right[kind]).size < 2:
            found.append((1.0, 0.0))  # too few to learn from: the share stays what it is
            continue
        platt = LogisticRegression(C=1e6).fit(odds[kind], right[kind])
        found.append((float(platt.coef_[0, 0]), float(platt.intercept_[0])))
    return found[0], found[1]


def _best(scores: NDArray[np.float64], owner: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each owner the place of its greatest score, the first of equals, and that score's share."""
    shares = np.clip(_shares(scores, owner), 1e-4, 1 - 1e-4)
    order = np.lexsort((-scores, owner))
    best = order[np.unique(owner[order], return_index=True)[1]]
    return best, shares[best]


def _shares(scores: NDArray[np.float64], owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """Softmax of scores within each owner (owners numbered from 0, in order)."""
    top = np.full(int(owner.max()) + 1, -np.inf)
    np.maximum.at(top, owner, scores)
    weight = np.exp(scores - top[owner])
    total = np.zeros(top.size)
    np.add.at(total, owner, weight)
    return np.asarray(weight / total[owner], np.float64)
