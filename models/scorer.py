"""Scoring in bulk: articles in, documents and claims out.

``Scorer.score_frame`` is the one primitive for scale: a pure, picklable function from frame to frame that
joblib, Dask (``map_partitions``) and Spark (``mapInPandas``) run as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..data.columns import Columns, locate, make_article
from ..data.documents import Article, Document, DocumentError, Span
from ..data.outputs import CLAIMS_SCHEMA
from ..data.sentences import split_sentences
from .claims import Sentences, claim_rows, with_records
from .model import Model
from .storage import load_model
from .stretches import BATCH_CHARACTERS
from .tagger import Found, Judged


class Scorer:
    """Finds the casualty claims of articles with a saved model.

    Parameters
    ----------
    model : a ``Model``, the folder of a saved one, or ``None`` for the model that comes with the package.
    min_confidence : claims and attributions less likely than this are left out.
    """

    def __init__(self, model: Model | str | Path | None = None, min_confidence: float = 0.0) -> None:
        if not 0.0 <= min_confidence <= 1.0:
            raise ValueError(f"min_confidence is {min_confidence}; it must lie between 0 and 1")
        self.model = model if isinstance(model, Model) else load_model(model)
        self.min_confidence = min_confidence

    def score(self, article: Article | str) -> Document:
        """One article (or its bare text) with spans, records and links."""
        if isinstance(article, str):
            article = Article("article", article)
        return next(self.score_many([article]))

    def score_many(self, articles: Iterable[Article]) -> Iterator[Document]:
        """Articles in, documents out, in order, a batch at a time in flat memory."""
        for document, _ in self._scored(articles):
            yield document

    def score_with_rows(self, articles: Iterable[Article]) -> Iterator[tuple[Document, list[dict[str, Any]]]]:
        """Each document with its rows of the claims table."""
        for document, sentences in self._scored(articles):
            yield document, claim_rows(document, sentences, self.model.name)

    def score_frame(self, frame: pd.DataFrame, columns: Columns | None = None) -> pd.DataFrame:
        """A frame of articles to the frame of their claims, with the columns of ``CLAIMS_SCHEMA``.

        Columns are found by name as in files (``text``, ``id``, ``title``, ``published``, ``source``);
        without an id the row label stands for it. Rows without text have no claims.
        Raises ``ValueError`` if there is no text column.
        """
        fields = locate(columns or Columns(), tuple(map(str, frame.columns)))
        return claims_frame([row for _, rows in self.score_with_rows(_articles(frame, fields)) for row in rows])

    def judge(self, articles: Sequence[Article], sentences: Sequence[Sentences]) -> Iterator[tuple[Document, Judged]]:
        """One batch of articles whose sentences are known, each with all that the tagger judged.

        For who must know how sure the model was, also of what it did not mark; see ``batches``.
        """
        tagged = self.model.tagger.judge([article.text for article in articles], sentences)
        marked = [
            Document(article, as_spans(judged.spans, self.min_confidence))
            for article, judged in zip(articles, tagged, strict=True)
        ]
        linked = self.model.linker.link(marked, sentences)
        for document, judged, bounds in zip(linked, tagged, sentences, strict=True):
            yield with_records(document, bounds) if document.spans else document, judged

    def _scored(self, articles: Iterable[Article]) -> Iterator[tuple[Document, Sentences]]:
        for batch in batches(articles):
            sentences = [split_sentences(article.text) for article in batch]
            for (document, _), bounds in zip(self.judge(batch, sentences), sentences, strict=True):
                yield document, bounds


def as_spans(found: Iterable[Found], least: float = 0.0) -> tuple[Span, ...]:
    """What a tagger found as the spans of a document; those less likely than ``least`` are left out."""
    sure = (span for span in found if span.confidence >= least)
    return tuple(Span(span.start, span.end, span.label, confidence=span.confidence) for span in sure)


def batches(articles: Iterable[Article]) -> Iterator[list[Article]]:
    """Articles in lists of about ``BATCH_CHARACTERS``."""
    batch: list[Article] = []
    size = 0
    for article in articles:
        batch.append(article)
        size += len(article.text)
        if size > BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _articles(frame: pd.DataFrame, fields: Mapping[str, str]) -> Iterator[Article]:
    columns = [frame[name] for name in fields.values()]
    for label, *cells in zip(frame.index, *columns, strict=True):
        row = dict(zip(fields, cells, strict=True))
        text = row["text"]
        if text is None or text is pd.NA or text != text or (isinstance(text, str) and not text.strip()):
            continue
        try:
            yield make_article(row, fallback_id=str(label))
        except DocumentError as error:
            raise DocumentError(f"row {label!r}: {error}") from None


def claims_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of the claims table as a frame with the same column types whether or not there are any."""
    kinds: dict[str, Any] = {"int64": "Int64", "double": "Float64", "string": "string"}
    # Column by column: a frame of mixed rows would hold counts beside gaps as floats, which lose digits.
    return pd.DataFrame(
        {
            field.name: pd.array([row[field.name] for row in rows], dtype=kinds[str(field.type)])
            for field in CLAIMS_SCHEMA
        }
    )
