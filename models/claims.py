"""From spans to data: what each claim says, who says it, and where it stands.

``with_records`` reads harm and quantity into the claims of a document; ``claim_rows`` makes the rows of
the claims table.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..data.documents import Document
from .harms import harms
from .quantities import read_quantity
from .sources import source_type, split_attribution
from .victims import victims_phrase

Sentences = Sequence[tuple[int, int]]


def sentence_at(sentences: Sentences, offset: int) -> tuple[int, int]:
    """The sentence that an offset stands in."""
    place = bisect_right(sentences, offset, key=lambda bounds: bounds[0]) - 1
    return sentences[max(place, 0)]


def with_records(document: Document, sentences: Sentences) -> Document:
    """The document with the harm and quantity of every claim read from its words."""
    spans = list(document.spans)
    by_sentence: dict[tuple[int, int], list[int]] = {}
    for index, span in document.claims:
        by_sentence.setdefault(sentence_at(sentences, span.start), []).append(index)
    previous: str | None = None
    for sentence, indices in by_sentence.items():
        found = harms(document.text, [(spans[i].start, spans[i].end) for i in indices], sentence, previous)
        for index, harm in zip(indices, found, strict=True):
            words = document.text[spans[index].start : spans[index].end]
            spans[index] = replace(spans[index], harm=harm, quantity=read_quantity(words))
            previous = harm
    return replace(document, spans=tuple(spans))


def claim_rows(document: Document, sentences: Sentences, model: str) -> list[dict[str, Any]]:
    """One row a claim, with the columns of ``CLAIMS_SCHEMA``; unknown is ``None``."""
    text, article = document.text, document.article
    rows = []
    for _, claim in document.claims:
        words = text[claim.start : claim.end]
        quantity, people = claim.quantity, victims_phrase(words)
        low, high = sentence_at(sentences, claim.start)
        row: dict[str, Any] = {
            "article_id": article.id,
            "published": article.published,
            "outlet": article.source,
            "sentence": text[low:high],
            "start": claim.start,
            "end": claim.end,
            "text": words,
            "harm": claim.harm,
            "qualifier": quantity.qualifier if quantity else None,
            "count": quantity.count if quantity else None,
            "low": quantity.low if quantity else None,
            "high": quantity.high if quantity else None,
            "victims": words[slice(*people)] if people else None,
            "source": None,
            "source_type": None,
            "cue": None,
            "attribution_start": None,
            "attribution_end": None,
            "claim_confidence": claim.confidence,
            "link_confidence": claim.link_confidence,
            "model": model,
        }
        if claim.attributed_to is not None:
            span = document.spans[claim.attributed_to]
            said = text[span.start : span.end]
            parts = split_attribution(said)
            source = said[slice(*parts.source)] if parts.source else None
            row |= {
                "source": source,
                "source_type": source_type(source),
                "cue": said[slice(*parts.cue)] if parts.cue else None,
                "attribution_start": span.start,
                "attribution_end": span.end,
            }
        rows.append(row)
    return rows
