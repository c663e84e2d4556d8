"""The span tagger: texts in, casualty-claim and attribution spans out.

    text -> sentences -> tokens -> gate -> tag probabilities -> candidates -> log-odds -> best set of spans

It is a scikit-learn estimator: ``fit(texts, spans)``, ``predict(texts)``; clonable, and usable in
``cross_val_predict`` with ``groups``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupKFold
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from ..data.documents import LABELS
from ..data.lexicons import lexicon
from ..data.sentences import split_sentences
from .candidates import KEEP, MAX_TOKENS, Candidates, enumerate_candidates, numeric_features, span_keys
from .context import Context, context_of
from .gate import Gate
from .relations import Likely, SecondLook, relation_features
from .span_model import DOUBT, SpanModel, best_set, is_certain
from .stretches import Bounds, chunks, likely_of, stretches
from .token_model import TokenModel, targets_of
from .tokens import TokenBatch, tokenise
from .vocabulary import MEMBERSHIPS, Vocabulary
from .window import TypeRows

Scored = tuple[Candidates, NDArray[np.float32]]
"""Candidates of one label and their log-odds."""


@dataclass(frozen=True, slots=True)
class Found:
    """A span that the tagger found: any label, where a document's ``Span`` has one of ``LABELS``."""

    start: int
    end: int
    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What the tagger made of one text: its ``spans``, and every candidate that it judged on the way to them.

    ``start`` (offset into the text) and ``probability`` have shape (candidates,). A candidate overlaps its rivals;
    most are far from being spans.
    """

    spans: tuple[Found, ...]
    start: NDArray[np.int64]
    probability: NDArray[np.float32]


class SpanTagger(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Finds labelled spans in texts.

    Parameters
    ----------
    C : inverse regularisation of the token model.
    span_C : inverse regularisation of the span model's lexical half.
    trees : boosted trees in its numeric half.
    threshold : the least probability of a span that is returned. F1 is greatest near half the best F1 that can be
        had (Lipton, Elkan and Naryanaswamy 2014), not at one half.
    folds : folds by text in which the token model's marks for the span model are made.
    labels : the labels of the spans. Only a tagger of ``LABELS`` makes documents and can be saved.
    longest : the most tokens of a candidate.
    least : the least plausibility of a candidate (see ``enumerate_candidates``): smaller, and more are judged.
    relations : look at each candidate a second time, knowing what likely stands around it (see ``relations``).

    After ``fit``: ``token_model_``, ``span_models_`` and ``second_looks_`` (one a label, in the order of ``labels``;
    no second looks without ``relations``), ``gate_`` (which sentences are looked at), ``lexicons_`` (the word lists its
    features were made with), and ``unseen_`` (what was found in each text by models that had not seen it).
    """

    def __init__(
        self,
        C: float = 0.3,
        span_C: float = 0.1,
        trees: int = 120,
        threshold: float = 0.45,
        folds: int = 3,
        labels: Sequence[str] = LABELS,
        longest: int = MAX_TOKENS,
        least: float = KEEP,
        relations: bool = True,
    ) -> None:
        self.C = C
        self.span_C = span_C
        self.trees = trees
        self.threshold = threshold
        self.folds = folds
        self.labels = labels
        self.longest = longest
        self.least = least
        self.relations = relations

    def fit(
        self,
        X: Sequence[str],
        y: Sequence[Iterable[Any]],
        groups: Sequence[Any] | None = None,
        sentences: Sequence[Sequence[tuple[int, int]]] | None = None,
    ) -> SpanTagger:
        """Learn from texts and their spans (anything with ``start``, ``end`` and ``label``).

        A span with a ``confidence`` is as likely as that, and may have rivals: what is in doubt teaches the first
        stage alone.
        ``groups`` (one a text) keeps texts of one kin in the same fold; without it each text is its own.
        ``sentences`` are what no span leaves, for each text; without them, what ``split_sentences`` finds.
        Runs in several processes within ``joblib.parallel_config(n_jobs=...)``, with the same result.
        Raises ``ValueError`` if there is nothing to learn from.
        """
        texts = list(X)
        if len(texts) != len(y):
            raise ValueError(f"{len(texts)} texts but {len(y)} lists of spans")
        if len(texts) < 2:
            raise ValueError("at least two texts are needed to learn from")
        if not 0.0 < self.threshold < 1.0:
            raise ValueError(f"threshold is {self.threshold}; it must lie between 0 and 1")
        # Many small products: threads of the linear algebra would only wait for each other.
        with threadpool_limits(1):
            bounds = [split_sentences(text) for text in texts] if sentences is None else sentences
            self._fit(texts, list(y), list(range(len(texts)) if groups is None else groups), bounds)
        return self

    def _fit(
        self, texts: list[str], y: list[Iterable[Any]], groups: list[Any], sentences: Sequence[Sequence[Bounds]]
    ) -> None:
        self.lexicons_ = {name: lexicon(name) for name in MEMBERSHIPS}
        vocabulary = Vocabulary(self.lexicons_, limit=10_000_000)
        batch = tokenise(texts, sentences, vocabulary.ids)
        context = context_of(batch, vocabulary)
        spans = [likely_of(batch, y, label) for label in self.labels]
        targets = targets_of(spans, len(batch))
        group_of_text = np.unique(groups, return_inverse=True)[1]
        group = group_of_text[batch.text_of[batch.sentence]]

        # The span models learn from marks that the token model made of texts it had not seen.
        folds = GroupKFold(min(self.folds, int(group_of_text.max()) + 1))
        uses = [np.isin(group, group_of_text[train]) for train, _ in folds.split(texts, groups=group_of_text)]
        self.token_model_, marks = TokenModel.fitted(batch, uses, context, vocabulary, targets, C=self.C)
        counted = [batch.sentence[f] for mine in spans for (f, _), sure in mine.items() if sure >= 1 - DOUBT]
        spans_in = np.bincount(counted, minlength=batch.first.size)
        by_type = self.token_model_.window.features.matrix(vocabulary)
        self.gate_ = Gate.fit(batch, by_type, spans_in, group_of_text[batch.text_of])

        self.span_models_, looks = [], []
        for label, name in enumerate(self.labels):
            found = enumerate_candidates(batch, marks, label, self.longest, self.least)
            pairs = zip(found.first.tolist(), found.last.tolist(), strict=True)
            likely = np.array([spans[label].get(pair, 0.0) for pair in pairs])
            certain = likely[is_certain(likely)] > 0.5
            if certain.all() or not certain.any():
                raise ValueError(f"too few {name} spans to learn from")
            keys, numbers = span_keys(found, context), numeric_features(found, context)
            model, odds = SpanModel.fit(keys, numbers, likely, group[found.first], C=self.span_C, trees=self.trees)
            self.span_models_.append(model)
            looks.append((found, odds, numbers, likely))
        self.second_looks_ = []
        unseen = [(found, odds) for found, odds, _, _ in looks]
        if self.relations:
            around = [Likely.of(found, odds, len(batch)) for found, odds in unseen]
            for own, (found, odds, numbers, likely) in enumerate(looks):
                wide = np.column_stack((numbers, relation_features(found, odds, around, own, context)))
                fitted, unseen_odds = SecondLook.fit(odds, wide, likely, group[found.first], trees=self.trees)
                self.second_looks_.append(fitted)
                unseen[own] = found, unseen_odds
        self.unseen_ = [judged.spans for judged in self._chosen(batch, unseen, len(texts))]

    def predict(self, X: Sequence[str]) -> NDArray[np.object_]:
        """Spans of each text: an object array of tuples of ``Found``, in order, never overlapping."""
        check_is_fitted(self)
        texts = list(X)
        out = np.empty(len(texts), object)
        position = 0
        for chunk in chunks(texts):
            for spans in self.tag(chunk, [split_sentences(text) for text in chunk]):
                out[position] = spans
                position += 1
        return out

    def tag(self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[Found, ...]]:
        """Spans of texts whose sentences are known; see ``predict``."""
        return [judged.spans for judged in self.judge(texts, sentences)]

    def judge(self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]) -> list[Judged]:
        """As ``tag``, and with the candidates: how sure the tagger was shows in those that it let go, too.

        No span leaves its sentence, so a long text is tagged in stretches of sentences and memory stays flat.
        """
        parts: list[list[Judged]] = [[] for _ in texts]
        for stretch in stretches(sentences):
            numbers, bounds = zip(*stretch, strict=True)
            for number, judged in zip(numbers, self._judge([texts[n] for n in numbers], bounds), strict=True):
                parts[number].append(judged)
        return [_joined(p) for p in parts]

    def _judge(self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]) -> Iterator[Judged]:
        """What is made of each text of one batch."""
        batch, scored = self.scored(texts, sentences)
        if scored:
            yield from self._chosen(batch, scored, len(texts))
        else:
            yield from (_NOTHING for _ in texts)

    def scored(
        self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[TokenBatch, list[Scored]]:
        """The sentences of one batch that may hold a span, and each label's candidates there; none if none may."""
        vocabulary = self._vocabulary()
        batch = tokenise(texts, sentences, vocabulary.ids)
        batch = batch.only(self.gate_.passes(batch, self._gate_rows().of(vocabulary)[0][:, 0]))
        if not batch.first.size:
            return batch, []
        context = context_of(batch, vocabulary)
        return batch, self._scored(batch, context, self.token_model_.probabilities(batch, context, vocabulary))

    def _chosen(self, batch: TokenBatch, scored: Sequence[Scored], texts: int) -> Iterator[Judged]:
        """The best set of spans of each text of a batch, from the candidates of each label and their log-odds."""
        first = np.concatenate([c.first for c, _ in scored])
        last = np.concatenate([c.last for c, _ in scored])
        odds = np.concatenate([o for _, o in scored])
        label = np.repeat(np.arange(len(self.labels)), [len(c) for c, _ in scored])
        threshold = np.float32(np.log(self.threshold / (1 - self.threshold)))
        chosen = best_set(first, last, odds - threshold)
        confidence = 1 / (1 + np.exp(-odds[chosen].astype(np.float64)))
        owner = batch.text_of[batch.sentence[first]]
        spans: list[list[Found]] = [[] for _ in range(texts)]
        rows = zip(
            owner[chosen].tolist(),
            batch.start[first[chosen]].tolist(),
            batch.end[last[chosen]].tolist(),
            label[chosen].tolist(),
            confidence.round(4).tolist(),
            strict=True,
        )
        for text, start, end, which, sure in rows:
            spans[text].append(Found(start, end, self.labels[which], sure))
        order = np.argsort(first, kind="stable")  # by place, and so by text
        cuts = np.searchsorted(owner[order], np.arange(1, texts))
        starts = np.split(batch.start[first[order]], cuts)
        probability = np.split(expit(odds[order]), cuts)
        for mine, start, p in zip(spans, starts, probability, strict=True):
            yield Judged(tuple(mine), start, p)

    def _scored(self, batch: TokenBatch, context: Context, probabilities: NDArray[np.float32]) -> list[Scored]:
        """Candidates of each label with their log-odds."""
        looks = []
        for label, model in enumerate(self.span_models_):
            found = enumerate_candidates(batch, probabilities, label, self.longest, self.least)
            numbers = numeric_features(found, context)
            looks.append((found, model.log_odds(span_keys(found, context), numbers), numbers))
        if not self.relations:
            return [(found, odds) for found, odds, _ in looks]
        likely = [Likely.of(found, odds, len(batch)) for found, odds, _ in looks]
        judged = []
        for own, (found, odds, numbers) in enumerate(looks):
            wide = np.column_stack((numbers, relation_features(found, odds, likely, own, context)))
            judged.append((found, self.second_looks_[own].log_odds(odds, wide)))
        return judged

    def _vocabulary(self) -> Vocabulary:
        """The running cache of token types; not part of the learned state."""
        cached: Vocabulary | None = getattr(self, "_types", None)
        if cached is None:
            cached = self._types = Vocabulary(self.lexicons_)
        elif cached.full:
            cached.clear()
        return cached

    def _gate_rows(self) -> TypeRows:
        rows: TypeRows | None = getattr(self, "_weighed", None)
        if rows is None:
            rows = self._weighed = TypeRows(self.token_model_.window.features, self.gate_.weights[None, :, None])
        return rows

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {k: v for k, v in state.items() if k not in ("_types", "_weighed")}


_NOTHING = Judged((), np.zeros(0, np.int64), np.zeros(0, np.float32))


def _joined(parts: Sequence[Judged]) -> Judged:
    """What was made of one text, from its stretches in order."""
    if len(parts) < 2:
        return parts[0] if parts else _NOTHING
    return Judged(
        tuple(span for part in parts for span in part.spans),
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.probability for part in parts]),
    )
