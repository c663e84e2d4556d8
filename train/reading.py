"""A corpus as training and judging need it: the part that was labelled, and only documents that hang together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..data.corpus import CorpusError, read_corpus
from ..data.documents import Article, Document
from ..data.labelled import labelled_part
from ..data.readers import read_articles
from ..data.runs import InputError


def read_labelled(paths: Sequence[Path]) -> list[Document]:
    """The labelled part of the documents of corpus files and folders, in order.

    Raises ``CorpusError`` where there are none, or where a span or link points at nothing.
    """
    read = (labelled_part(document) for path in paths for document in read_corpus(path))
    documents = [document for document in read if document is not None]
    if not documents:
        raise CorpusError(", ".join(map(str, paths)), "there are no documents; give files that hold some")
    for document in documents:
        for index, span in enumerate(document.spans):
            link = span.attributed_to
            linked = link is None or (0 <= link < len(document.spans) and not document.spans[link].is_claim)
            if span.end > len(document.text) or not linked:
                fault = f"is attributed to span {link}, which is no attribution" if not linked else "runs past the text"
                raise CorpusError(
                    f"document {document.id!r}",
                    f"span {index} {fault}; mend it, or list every fault with casualty-train check",
                )
    return documents


def read_news(paths: Sequence[Path]) -> list[Article]:
    """The articles of files and folders in any format that can be scored; what cannot be read is left out.

    Raises ``InputError`` if there is none.
    """
    articles = [item for item in read_articles(paths) if isinstance(item, Article)]
    if not articles:
        raise InputError(f"there are no articles in {', '.join(map(str, paths))}; give files that hold some")
    return articles
