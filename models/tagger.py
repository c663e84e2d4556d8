"""The span tagger: texts in, casualty-claim and attribution spans out.

    text -> sentences -> tokens -> tag probabilities -> candidates -> log-odds -> best set of spans

It is a scikit-learn estimator: ``fit(texts, spans)``, ``predict(texts)``; clonable, and usable in
``cross_val_predict`` with ``groups``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupKFold
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from ..data.documents import LABELS, Span
from ..data.lexicons import lexicon
from ..data.sentences import split_sentences
from .candidates import Candidates, enumerate_candidates, numeric_features, span_keys
from .context import Context, context_of
from .span_model import SpanModel, best_set
from .token_model import TAGS, TokenModel, tags_of
from .tokens import TokenBatch, tokenise
from .vocabulary import MEMBERSHIPS, Vocabulary

BATCH_CHARACTERS = 400_000
"""Texts are scored in batches of about this size: large enough for arrays, small enough for memory."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the tagger made of one text: its ``spans``, and every candidate that it judged on the way to them.

    ``start`` (offset into the text) and ``probability`` have shape (candidates,). A candidate overlaps its rivals;
    most are far from being spans.
    """

    spans: tuple[Span, ...]
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

    After ``fit``: ``token_model_``, ``span_models_`` (one a label, in the order of ``LABELS``), ``lexicons_``
    (the word lists its features were made with).
    """

    def __init__(
        self,
        C: float = 0.3,
        span_C: float = 0.1,
        trees: int = 120,
        threshold: float = 0.4,
        folds: int = 3,
    ) -> None:
        self.C = C
        self.span_C = span_C
        self.trees = trees
        self.threshold = threshold
        self.folds = folds

    def fit(self, X: Sequence[str], y: Sequence[Iterable[Any]], groups: Sequence[Any] | None = None) -> SpanTagger:
        """Learn from texts and their spans (anything with ``start``, ``end`` and ``label``).

        ``groups`` (one a text) keeps texts of one kin in the same fold; without it each text is its own.
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
            self._fit(texts, list(y), list(range(len(texts)) if groups is None else groups))
        return self

    def _fit(self, texts: list[str], y: list[Iterable[Any]], groups: list[Any]) -> None:
        self.lexicons_ = {name: lexicon(name) for name in MEMBERSHIPS}
        vocabulary = Vocabulary(self.lexicons_, limit=10_000_000)
        batch = tokenise(texts, [split_sentences(text) for text in texts], vocabulary.ids)
        context = context_of(batch, vocabulary)
        gold = [positions_of(batch, y, label) for label in LABELS]
        tags = tags_of([(f, t, i) for i, pairs in enumerate(gold) for f, t in pairs], len(batch))
        group_of_text = np.unique(groups, return_inverse=True)[1]
        group = group_of_text[batch.text_of[batch.sentence]]

        # The span models learn from marks that the token model made of texts it had not seen.
        apart = np.zeros((len(batch), len(TAGS)), np.float32)
        apart[:, 0] = 1
        folds = GroupKFold(min(self.folds, int(group_of_text.max()) + 1))
        splits = list(folds.split(texts, groups=group_of_text))
        uses = [np.isin(group, group_of_text[train]) for train, _ in splits] + [batch.types != 0]
        *models, self.token_model_ = Parallel()(
            delayed(TokenModel(self.C).fit)(batch, use, context, vocabulary, tags) for use in uses
        )
        for model, (_, test) in zip(models, splits, strict=True):
            held_out = np.isin(group, group_of_text[test])
            apart[held_out] = model.probabilities(batch, context, vocabulary)[held_out]

        self.span_models_ = []
        for label in range(len(LABELS)):
            found = enumerate_candidates(batch, apart, label)
            known = set(gold[label])
            truth = np.array([pair in known for pair in zip(found.first.tolist(), found.last.tolist(), strict=True)])
            if truth.all() or not truth.any():
                raise ValueError(f"too few {LABELS[label]} spans to learn from")
            keys, numbers = span_keys(found, context), numeric_features(found, context)
            self.span_models_.append(
                SpanModel.fit(keys, numbers, truth, group[found.first], C=self.span_C, trees=self.trees)
            )

    def predict(self, X: Sequence[str]) -> NDArray[np.object_]:
        """Spans of each text: an object array of tuples of ``Span`` with confidence, in order, never overlapping."""
        check_is_fitted(self)
        texts = list(X)
        out = np.empty(len(texts), object)
        position = 0
        for chunk in chunks(texts):
            for spans in self.tag(chunk, [split_sentences(text) for text in chunk]):
                out[position] = spans
                position += 1
        return out

    def tag(self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[Span, ...]]:
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
        vocabulary = self._vocabulary()
        batch = tokenise(texts, sentences, vocabulary.ids)
        if not len(batch.first):
            yield from (_NOTHING for _ in texts)
            return
        context = context_of(batch, vocabulary)
        probabilities = self.token_model_.probabilities(batch, context, vocabulary)
        found = [self._scored(batch, context, probabilities, label) for label in range(len(LABELS))]
        first = np.concatenate([c.first for c, _ in found])
        last = np.concatenate([c.last for c, _ in found])
        odds = np.concatenate([o for _, o in found])
        label = np.repeat(np.arange(len(LABELS)), [len(c) for c, _ in found])
        threshold = np.float32(np.log(self.threshold / (1 - self.threshold)))
        chosen = best_set(first, last, odds - threshold)
        confidence = 1 / (1 + np.exp(-odds[chosen].astype(np.float64)))
        owner = batch.text_of[batch.sentence[first]]
        spans: list[list[Span]] = [[] for _ in texts]
        rows = zip(
            owner[chosen].tolist(),
            batch.start[first[chosen]].tolist(),
            batch.end[last[chosen]].tolist(),
            label[chosen].tolist(),
            confidence.round(4).tolist(),
            strict=True,
        )
        for text, start, end, which, sure in rows:
            spans[text].append(Span(start, end, LABELS[which], confidence=sure))
        order = np.argsort(first, kind="stable")  # by place, and so by text
        cuts = np.searchsorted(owner[order], np.arange(1, len(texts)))
        starts = np.split(batch.start[first[order]], cuts)
        probability = np.split(expit(odds[order]), cuts)
        for mine, start, p in zip(spans, starts, probability, strict=True):
            yield Judged(tuple(mine), start, p)

    def _scored(
        self, batch: TokenBatch, context: Context, probabilities: NDArray[np.float32], label: int
    ) -> tuple[Candidates, NDArray[np.float32]]:
        found = enumerate_candidates(batch, probabilities, label)
        odds = self.span_models_[label].log_odds(span_keys(found, context), numeric_features(found, context))
        return found, odds

    def _vocabulary(self) -> Vocabulary:
        """The running cache of token types; not part of the learned state."""
        cached: Vocabulary | None = getattr(self, "_types", None)
        if cached is None:
            cached = self._types = Vocabulary(self.lexicons_)
        elif cached.full:
            cached.clear()
        return cached

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {k: v for k, v in state.items() if k != "_types"}


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


def positions_of(batch: TokenBatch, spans: Sequence[Iterable[Any]], label: str) -> list[tuple[int, int]]:
    """Spans of a label as (first, last) positions; a span that holds no token or leaves its sentence is dropped."""
    found = []
    by_text: dict[int, tuple[int, int]] = {}
    for sentence, text in enumerate(batch.text_of.tolist()):
        low, _ = by_text.get(text, (sentence, sentence))
        by_text[text] = (low, sentence)
    for text, items in enumerate(spans):
        wanted = [s for s in items if s.label == label]
        if not wanted or text not in by_text:
            continue
        low, high = by_text[text]
        where = np.arange(batch.first[low], batch.last[high] + 1)
        where = where[batch.types[where] != 0]
        start, end = batch.start[where], batch.end[where]
        for span in wanted:
            a = int(np.searchsorted(end, span.start, side="right"))
            b = int(np.searchsorted(start, span.end, side="left")) - 1
            if a <= b and batch.sentence[where[a]] == batch.sentence[where[b]]:
                found.append((int(where[a]), int(where[b])))
    return found


def chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    """Texts in lists of about ``BATCH_CHARACTERS``."""
    chunk: list[str] = []
    size = 0
    for text in texts:
        if chunk and size + len(text) > BATCH_CHARACTERS:
            yield chunk
            chunk, size = [], 0
        chunk.append(text)
        size += len(text)
    if chunk:
        yield chunk


Bounds = tuple[int, int]


def stretches(
    sentences: Sequence[Sequence[Bounds]], limit: int = 2 * BATCH_CHARACTERS
) -> Iterator[list[tuple[int, list[Bounds]]]]:
    """The sentences of texts in lists of about ``limit`` characters: numbers of texts, their sentences there."""
    stretch: list[tuple[int, list[Bounds]]] = []
    size = 0
    for number, bounds in enumerate(sentences):
        part: list[Bounds] = []
        for low, high in bounds:
            if size > limit:
                yield [*stretch, (number, part)]
                stretch, part, size = [], [], 0
            part.append((low, high))
            size += high - low
        stretch.append((number, part))
    if stretch:
        yield stretch
