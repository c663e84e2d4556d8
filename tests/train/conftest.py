"""What several of these tests need: a few documents of the corpus to train on, and documents less a span."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import Document
from hypothesis import settings

settings.register_profile("patient", deadline=None)  # a slow machine is no fault
settings.load_profile("patient")

CORPUS = Path(__file__).parents[2] / "data" / "corpus"


@pytest.fixture(scope="session")
def corpus_slice() -> list[Document]:
    """Short documents with claims, attributions and links: enough to learn from, little to wait for."""
    rich = [d for d in read_corpus(CORPUS) if any(claim.attributed_to is not None for _, claim in d.claims)]
    return sorted(rich, key=lambda d: (len(d.text), d.id))[10:30]


@pytest.fixture(scope="session")
def without_span() -> Callable[[Document, int], Document]:
    """A document less one span; links to it go to nobody, the others move along."""

    def drop(document: Document, gone: int) -> Document:
        kept = []
        for index, span in enumerate(document.spans):
            link = span.attributed_to
            if link is not None:
                link = None if link == gone else link - (link > gone)
            if index != gone:
                kept.append(replace(span, attributed_to=link))
        return replace(document, spans=tuple(kept))

    return drop
