"""The linker: for each claim the attribution that states it, or none.

Candidates are the attributions of the same and of nearby sentences, and "nobody": a claim in the article's
own voice. A boosted forest gives each a score from where the two stand, what stands between them, and the
state of quotation; the scores of one claim's candidates become probabilities together.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.base import BaseEstimator
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.utils.validation import check_is_fitted

from ..data.documents import Document, Span
from ..data.sentences import split_sentences
from .trees import Forest

Floats = NDArray[np.float32]

BACK, AHEAD = 4, 2
"""How many sentences before and after its own an attribution may stand."""
MOST = 32
"""How many attributions on either side of a claim are looked at: more stand near it in no text but a list."""
NOBODY = -1

LINK_FEATURES = 12 + 27
"""Columns of ``pair_features``: the claim's situation, the pair's."""

_ABSENT = -9.0
_CONJUNCTIONS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in ("but|however|yet", "while|whereas", "although|though", "and", "as|after|when|since|before", "that")
)
_PRONOUN = re.compile(r"(?:he|she|it|they|we|i|who)\b", re.IGNORECASE)
_ACCORDING = re.compile(r"according|acording|in the words", re.IGNORECASE)
_CITING = re.compile(r"citing|quoting|cited|quoted", re.IGNORECASE)
_ADDING = re.compile(r"add(?:s|ed|ing)?\b", re.IGNORECASE)
_END = re.compile(r"[\s.,;:!?\"'”’)\]*]*\Z")
_LEAD = re.compile(r"[\s\"'“‘(\[*]*\Z")
_OPENERS, _CLOSERS = "“", "”"


@dataclass(frozen=True, slots=True)
class _Scene:
    """A text with its sentences, prepared for questions about places in it."""

    text: str
    sentences: Sequence[tuple[int, int]]
    starts: list[int]
    quotes: list[int]

    @classmethod
    def of(cls, text: str, sentences: Sequence[tuple[int, int]]) -> _Scene:
        quotes: list[int] = []
        open_quote = False
        for match in re.finditer(r'["“”]|\n', text):
            mark = match.group()
            # A quotation left open at a paragraph's end is opened anew by the next, or was a stray mark.
            becomes = mark == _OPENERS or (mark == '"' and not open_quote)
            if becomes != open_quote:
                quotes.append(match.start())
                open_quote = becomes
        return cls(text, sentences, [s for s, _ in sentences], quotes)

    def sentence(self, offset: int) -> int:
        return max(bisect_right(self.starts, offset) - 1, 0)

    def quoted(self, offset: int) -> bool:
        return bisect_right(self.quotes, offset) % 2 == 1


def candidates_of(scene: _Scene, claim: Span, attributions: Sequence[tuple[int, Span]]) -> list[int]:
    """Places, in ``attributions``, of those near enough to a claim; ``NOBODY`` stands first."""
    here = scene.sentence(claim.start)
    near = [
        place
        for place, (_, span) in enumerate(attributions)
        if here - BACK <= scene.sentence(span.start) <= here + AHEAD
    ]
    return [NOBODY, *near]


def pair_features(
    scene: _Scene,
    claim: Span,
    claims: Sequence[Span],
    attributions: Sequence[tuple[int, Span]],
    candidates: Sequence[int],
) -> list[list[float]]:
    """One row a candidate: the claim's own situation, then the pair's."""
    text = scene.text
    here = scene.sentence(claim.start)
    low, high = scene.sentences[here] if scene.sentences else (0, len(text))
    spans = [span for _, span in attributions]
    same = [s for s in spans if low <= s.start < high]
    before = [s for s in same if s.end <= claim.start]
    after = [s for s in same if s.start >= claim.end]
    trailing = bool(after) and _END.match(text[after[-1].end : high]) is not None
    fronted = bool(before) and _LEAD.match(text[low : before[0].start]) is not None
    quoted = scene.quoted(claim.start)
    stopped = bool(re.search(r"[.!?…][\"'”’)\]]*\Z", text[low:high]))
    own = [
        len(before), len(after), trailing, fronted, quoted, scene.quoted(low), not stopped, here == 0,
        min(here, 6), sum(low <= c.start < claim.start for c in claims),
        sum(claim.end <= c.start < high for c in claims),
        "reportedly" in text[low:high],
    ]  # fmt: skip
    rows = []
    for place in candidates:
        if place == NOBODY:
            pair: list[float] = [1.0, *[_ABSENT] * (LINK_FEATURES - 13)]
        else:
            span = spans[place]
            there = scene.sentence(span.start)
            ahead = span.start >= claim.end
            left, right = (claim.end, span.start) if ahead else (span.end, claim.start)
            gap = text[left:right] if right - left < 2000 else ""
            between = [s for s in spans if left <= s.start and s.end <= right]
            words = text[span.start : span.end]
            s_low, s_high = scene.sentences[there]
            follow = text[span.end : span.end + 6]
            pair = [
                0.0,
                there - here,
                ahead,
                min(gap.count(" "), 60),
                len(between),
                sum(left <= c.start and c.end <= right for c in claims),
                gap.count(","),
                ":" in gap,
                ";" in gap,
                any(q in gap for q in '"“”'),
                gap.count("\n"),
                *(bool(c.search(gap)) for c in _CONJUNCTIONS),
                scene.quoted(span.start),
                _LEAD.match(text[s_low : span.start]) is not None,
                _END.match(text[span.end : s_high]) is not None,
                " " not in words,
                bool(_PRONOUN.match(words)) or bool(re.search(r"\b(?:he|she|it|they)\Z", words)),
                bool(_ACCORDING.match(words)),
                bool(_CITING.search(words)),
                bool(_ADDING.search(words)),
                follow.lstrip().startswith("that"),
                follow.startswith((",", ":")),
            ]  # fmt: skip
        rows.append([float(v) for v in (*own, *pair)])
    return rows


class Linker(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Chooses for each claim an attribution of the same document, or none, with a probability.

    ``fit`` takes documents with gold spans and links, ``predict`` documents with spans and gives them back
    with ``attributed_to`` and ``link_confidence`` set.

    After ``fit``: ``forest_`` and ``temperature_`` (scores are divided by it before they become
    probabilities).
    """

    def __init__(self, trees: int = 150) -> None:
        self.trees = trees

    def fit(self, X: Sequence[Document], y: Any = None, groups: Sequence[Any] | None = None) -> Linker:
        """Learn from documents; ``groups`` as for ``SpanTagger.fit``. Links stand in the documents."""
        rows: list[Floats] = []
        truth: list[bool] = []
        owner: list[int] = []
        group: list[int] = []
        ids = np.unique(np.arange(len(X)) if groups is None else np.asarray(groups), return_inverse=True)[1]
        question = 0
        for number, document in enumerate(X):
            for span, attributions, candidates, features in _questions(document, split_sentences(document.text)):
                answers = [NOBODY if place == NOBODY else attributions[place][0] for place in candidates]
                wanted = NOBODY if span.attributed_to is None else span.attributed_to
                if wanted not in answers:
                    continue  # farther away than any candidate
                rows.append(features)
                truth += [answer == wanted for answer in answers]
                owner += [question] * len(answers)
                group += [int(ids[number])] * len(answers)
                question += 1
        if not rows or all(truth):
            raise ValueError("no links to learn from: the documents hold no claims beside attributions")
        X_pairs, y_pairs = np.concatenate(rows), np.array(truth)
        learner = GradientBoostingClassifier(
            n_estimators=self.trees, max_depth=4, learning_rate=0.1, subsample=0.7, min_samples_leaf=8,
            max_features=0.4, random_state=0,
        )  # fmt: skip
        folds = GroupKFold(min(5, np.unique(group).size))
        apart = cross_val_predict(learner, X_pairs, y_pairs, groups=group, cv=folds, method="decision_function")
        questions = np.array(owner)

        def loss(temperature: float) -> float:
            return -float(np.log(np.clip(_shares(apart / temperature, questions)[y_pairs], 1e-9, 1)).mean())

        self.temperature_ = float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)
        self.forest_ = Forest.of(learner.fit(X_pairs, y_pairs))
        return self

    def predict(self, X: Sequence[Document]) -> list[Document]:
        """The documents with every claim linked, or left in the article's own voice."""
        check_is_fitted(self)
        return [self.link(document, split_sentences(document.text)) for document in X]

    def link(self, document: Document, sentences: Sequence[tuple[int, int]]) -> Document:
        """Link one document whose sentences are known."""
        questions = list(_questions(document, sentences))
        if not questions:
            return document
        scores = self.forest_.log_odds(np.concatenate([q[3] for q in questions]))
        owner = np.repeat(np.arange(len(questions)), [len(q[2]) for q in questions])
        shares = _shares(scores.astype(np.float64) / self.temperature_, owner)
        spans = []
        position = number = 0
        for span in document.spans:
            if span.is_claim:
                _, attributions, candidates, _ = questions[number]
                mine = shares[position : position + len(candidates)]
                best = int(np.argmax(mine))
                place = candidates[best]
                target = None if place == NOBODY else attributions[place][0]
                span = replace(span, attributed_to=target, link_confidence=round(float(mine[best]), 4))
                position += len(candidates)
                number += 1
            spans.append(span)
        return replace(document, spans=tuple(spans))


def _questions(
    document: Document, sentences: Sequence[tuple[int, int]]
) -> list[tuple[Span, list[tuple[int, Span]], list[int], Floats]]:
    """For each claim: the claim, the document's attributions, the candidates, their features."""
    attributions = document.attributions
    claims = [span for _, span in document.claims]
    if not claims:
        return []
    scene = _Scene.of(document.text, sentences)
    claim_at, attribution_at = [c.start for c in claims], [span.start for _, span in attributions]
    out = []
    for claim in claims:
        # Only what stands near can be a candidate or stand between: a long text has thousands of spans.
        here = scene.sentence(claim.start)
        low = scene.starts[max(here - BACK, 0)]
        high = scene.starts[here + AHEAD + 1] if here + AHEAD + 1 < len(scene.starts) else len(document.text)
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


def _shares(scores: NDArray[np.float64], owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """Softmax of scores within each owner (owners numbered from 0, in order)."""
    top = np.full(int(owner.max()) + 1, -np.inf)
    np.maximum.at(top, owner, scores)
    weight = np.exp(scores - top[owner])
    total = np.zeros(top.size)
    np.add.at(total, owner, weight)
    return np.asarray(weight / total[owner], np.float64)
