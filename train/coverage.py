"""What a corpus is made of, counted: for its notes, and to see what is rare before writing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..data.documents import Document
from ..data.sentences import split_sentences

FIELDS = ("genre", "region", "decade")
"""Fields of a document's ``meta`` that are counted where they are there."""


def coverage(documents: Iterable[Document]) -> dict[str, Counter[str]]:
    """Counts by table: size, harm, qualifier, place of the attribution, link, and each of ``FIELDS``."""
    tables: dict[str, Counter[str]] = {
        name: Counter() for name in ("size", "harm", "qualifier", "attribution stands", "claim rests on", *FIELDS)
    }
    for document in documents:
        sentences = split_sentences(document.text)
        starts = [span.start for span in document.spans]
        bare = sum(not any(low <= start < high for start in starts) for low, high in sentences)
        tables["size"].update(
            {
                "documents": 1,
                "sentences": len(sentences),
                "sentences without a span": bare,
                "claims": len(document.claims),
                "attributions": len(document.attributions),
            }
        )
        for low, high in sentences:
            for _, span in document.attributions:
                if low <= span.start < high:
                    tables["attribution stands"][_place(document.text, low, high, span.start, span.end)] += 1
        for _, claim in document.claims:
            tables["harm"][str(claim.harm)] += 1
            tables["qualifier"][claim.quantity.qualifier if claim.quantity else "null"] += 1
            tables["claim rests on"][_link(document, sentences, claim.start, claim.attributed_to)] += 1
        for name in FIELDS:
            if name in document.meta:
                tables[name][str(document.meta[name])] += 1
    return {name: counts for name, counts in tables.items() if counts}


def _place(text: str, low: int, high: int, start: int, end: int) -> str:
    if not any(c.isalnum() for c in text[low:start]):
        return "at the sentence's start"
    if not any(c.isalnum() for c in text[end:high]):
        return "at its end"
    return "within it"


def _link(document: Document, sentences: list[tuple[int, int]], start: int, target: int | None) -> str:
    if target is None:
        return "nobody"
    low, high = next(bounds for bounds in reversed(sentences) if bounds[0] <= start)
    source = document.spans[target]
    if low <= source.start < high:
        return "an attribution before it" if source.start < start else "an attribution after it"
    return "another sentence's attribution"


def markdown(tables: dict[str, Counter[str]]) -> str:
    """The tables in Markdown, each from the most to the least frequent."""
    parts = []
    for name, counts in tables.items():
        rows = [f"| {key} | {times:,} |" for key, times in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))]
        parts.append("\n".join([f"| {name} | count |", "|---|---:|", *rows]))
    return "\n\n".join(parts)
