"""Ways to find spans, side by side behind one face, so that one command can compare them.

- ``token``: a logistic regression over tokens that sees a window (words, classes and their patterns up to four
  tokens away), and the likeliest well-formed tags by Viterbi.
- ``token+sentence``: the same with sentence-wide features: the nearest word of harm, cue, figure and comma on
  either side, quotation.
- ``crf``, ``crf+sentence``: a linear-chain conditional random field (python-crfsuite) on the same features.
- ``spans``: the toolkit's own: candidates, a classifier over whole spans, the best set.
- ``teacher``: a pretrained encoder, fine-tuned.
- ``taught``: ``spans``, trained on the labelled documents and on what a teacher of the same documents thinks of
  articles that nobody labelled.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ..data.documents import LABELS, Article, Document, Span
from ..data.lexicons import lexicon
from ..data.sentences import split_sentences
from ..models.context import Context, context_of
from ..models.crosses import codes_of, values_of
from ..models.scorer import as_spans
from ..models.stretches import positions_of
from ..models.tagger import SpanTagger
from ..models.token_model import TAGS, tags_of
from ..models.tokens import TokenBatch, tokenise
from ..models.vocabulary import MEMBERSHIPS, Vocabulary
from ..models.window import OFFSETS, WindowModel, word_keys
from .augment import augmented
from .chain import best_tags, spans_of
from .distillation import teach
from .fitting import fit_tagger
from .opinions import Opinion, TaggerOpinion, documents_of

TAGGERS = ("token", "token+sentence", "crf", "crf+sentence", "spans", "teacher", "taught")


class Tagger(Protocol):
    """What can be compared: it learns from documents and marks articles."""

    def fit(self, documents: Sequence[Document]) -> None: ...

    def predict(self, articles: Sequence[Article]) -> list[Document]: ...

    def candidates(self, texts: Sequence[str]) -> Opinion | None:
        """The spans it chooses from, if it chooses from spans."""

    def size(self) -> int:
        """Bytes of what it has learned."""


class _Tags:
    """What taggers of single tokens share: features of each token, tags to spans."""

    def __init__(self, wide: bool) -> None:
        self.wide = wide
        self.vocabulary = Vocabulary({name: lexicon(name) for name in MEMBERSHIPS}, limit=10_000_000)

    def candidates(self, texts: Sequence[str]) -> None:
        return None

    def read(self, texts: Sequence[str]) -> tuple[TokenBatch, Context]:
        """Tokens and their context: all of it, or only what a window sees."""
        batch = tokenise(texts, [split_sentences(text) for text in texts], self.vocabulary.ids)
        context = context_of(batch, self.vocabulary)
        return batch, context if self.wide else _windowed(context)


class TokenTagger(_Tags):
    """The toolkit's token model alone, and Viterbi."""

    def fit(self, documents: Sequence[Document]) -> None:
        more = augmented(documents)
        batch, context = self.read([d.text for d in more])
        targets = np.eye(len(TAGS), dtype=np.float32)[_tags(batch, more)]
        self.model = WindowModel().fit(batch, batch.types != 0, context, self.vocabulary, targets)

    def predict(self, articles: Sequence[Article]) -> list[Document]:
        batch, context = self.read([article.text for article in articles])
        scores = self.model.scores(batch, context, self.vocabulary)
        scores -= logsumexp(scores, axis=1, keepdims=True)
        return _documents(articles, batch, best_tags(batch, scores))

    def size(self) -> int:
        return len(pickle.dumps(self.model))


class CrfTagger(_Tags):
    """A conditional random field on the features of the token model."""

    iterations = 100

    def fit(self, documents: Sequence[Document]) -> None:
        import pycrfsuite

        more = augmented(documents)
        batch, context = self.read([d.text for d in more])
        tags = _tags(batch, more)
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.set_params({"c1": 0.05, "c2": 0.01, "feature.minfreq": 2, "max_iterations": self.iterations})
        for first, last, features in self._features(batch, context):
            trainer.append(features, [TAGS[tag] for tag in tags[first : last + 1]])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "crf"
            trainer.train(str(path))
            self.learned = path.read_bytes()  # the tagger reads it in place: it must stay
        self.model: Any = pycrfsuite.Tagger()
        self.model.open_inmemory(self.learned)

    def predict(self, articles: Sequence[Article]) -> list[Document]:
        batch, context = self.read([article.text for article in articles])
        number = {tag: i for i, tag in enumerate(TAGS)}
        tags = np.zeros(len(batch), np.int64)
        for first, last, features in self._features(batch, context):
            tags[first : last + 1] = [number[tag] for tag in self.model.tag(features)]
        return _documents(articles, batch, tags)

    def size(self) -> int:
        return len(self.learned)

    def _features(self, batch: TokenBatch, context: Context) -> Iterable[tuple[int, int, list[list[str]]]]:
        """Sentence by sentence: first and last position, and the names of every token's features."""
        reach = max(OFFSETS)
        table = np.concatenate((word_keys(context), codes_of(values_of(context)).astype(np.uint64)), axis=1)
        for first, last in zip(batch.first.tolist(), batch.last.tolist(), strict=True):
            names = [self.vocabulary.features(t) for t in batch.types[first - reach : last + reach + 1].tolist()]
            keys = table[first : last + 1].tolist()
            yield first, last, [
                [*(f"{o}:{name}" for o in OFFSETS for name in names[i + reach + o]), *(f"{key:x}" for key in mine)]
                for i, mine in enumerate(keys)
            ]  # fmt: skip


class SpansTagger:
    """What ships."""

    def fit(self, documents: Sequence[Document]) -> None:
        self.model: SpanTagger = fit_tagger(documents)

    def predict(self, articles: Sequence[Article]) -> list[Document]:
        found = self.model.predict([article.text for article in articles])
        return [Document(article, as_spans(spans)) for article, spans in zip(articles, found, strict=True)]

    def candidates(self, texts: Sequence[str]) -> Opinion:
        return TaggerOpinion(self.model).opinion(texts)

    def size(self) -> int:
        return len(pickle.dumps(self.model))


class TeacherTagger:
    """A pretrained encoder; see ``teacher``."""

    def __init__(self, checkpoint: str, **settings: Any) -> None:
        self.checkpoint, self.settings = checkpoint, settings

    def fit(self, documents: Sequence[Document]) -> None:
        from .teacher import Teacher

        self.model = Teacher(self.checkpoint, **self.settings).fit(documents)

    def predict(self, articles: Sequence[Article]) -> list[Document]:
        return documents_of(articles, self.candidates([article.text for article in articles]))

    def candidates(self, texts: Sequence[str]) -> Opinion:
        return self.model.opinion(texts)

    def size(self) -> int:
        return self.model.size()


class TaughtTagger(SpansTagger):
    """What ships, taught by a teacher that saw the same documents and no others."""

    def __init__(self, checkpoint: str, articles: Sequence[Article], **settings: Any) -> None:
        self.checkpoint, self.articles, self.settings = checkpoint, articles, settings

    def fit(self, documents: Sequence[Document]) -> None:
        silver = teach(documents, self.articles, self.checkpoint, **self.settings)
        self.model = fit_tagger(documents, silver)


def _windowed(context: Context) -> Context:
    """The context without what stands outside a token's window: no landmarks, no quotation, no headline."""
    nowhere = {name: np.full_like(places, -1) for name, places in context.left.items()}
    blank = np.zeros_like(context.quoted)
    return replace(context, left=nowhere, right=nowhere, quoted=blank, headline=blank)


def _tags(batch: TokenBatch, documents: Sequence[Document]) -> NDArray[np.int64]:
    spans = [document.spans for document in documents]
    places = [(first, last, i) for i, name in enumerate(LABELS) for first, last in positions_of(batch, spans, name)]
    tags: NDArray[np.int64] = tags_of(places, len(batch))
    return tags


def _documents(articles: Sequence[Article], batch: TokenBatch, tags: NDArray[np.int64]) -> list[Document]:
    found: list[list[Span]] = [[] for _ in articles]
    for label, name in enumerate(LABELS):
        for first, last in zip(*(places.tolist() for places in spans_of(tags, label)), strict=True):
            text = int(batch.text_of[batch.sentence[first]])
            found[text].append(Span(int(batch.start[first]), int(batch.end[last]), name))
    ordered = (tuple(sorted(spans, key=lambda span: span.start)) for spans in found)
    return [Document(article, spans) for article, spans in zip(articles, ordered, strict=True)]
