"""The part of a document that somebody labelled.

A labelling session sees chosen sentences of an article, not all of it. The corpus keeps the whole text, so that
offsets stay those of the article, and says in ``meta["labelled"]`` which stretches were read: ``[[start, end], ...]``.
Where a document says nothing, all of it was read. Outside these stretches no span means nobody looked, not no claim:
whoever trains or measures takes ``labelled_part``.
"""

from __future__ import annotations

from dataclasses import replace

from .documents import Article, Document, DocumentError, Span

LABELLED = "labelled"

_GAP = "\n\n"  # a paragraph's end, which no sentence crosses


def labelled_ranges(document: Document) -> list[tuple[int, int]] | None:
    """Half-open stretches of the text that were labelled, in order; ``None`` if all of it was.

    Raises ``DocumentError`` if they are no such stretches.
    """
    raw = document.meta.get(LABELLED)
    if raw is None:
        return None
    ranges = []
    last = 0
    for pair in raw if isinstance(raw, list | tuple) else [raw]:
        match pair:
            case [int(start), int(end)] if last <= start < end <= len(document.text):
                ranges.append((start, end))
                last = end
            case _:
                raise DocumentError(
                    f"labelled holds {pair!r}; it must list [start, end] pairs inside the text, in order, apart"
                )
    return ranges


def labelled_part(document: Document) -> Document | None:
    """The document cut down to what was labelled, with its spans and links moved along.

    The stretches are joined by blank lines. ``None`` if nothing was labelled; the document itself if all of it was.
    Spans that leave the stretches are left out, and so are links to them.
    """
    ranges = labelled_ranges(document)
    if ranges is None:
        return document
    text = document.text
    pieces: list[str] = []
    kept: dict[int, Span] = {}
    position = 0
    for start, end in ranges:
        for index, span in enumerate(document.spans):
            if start <= span.start and span.end <= end:
                kept[index] = replace(span, start=span.start - start + position, end=span.end - start + position)
        pieces.append(text[start:end])
        position += end - start + len(_GAP)
    joined = _GAP.join(pieces)
    if not joined.strip():
        return None
    places = {old: new for new, old in enumerate(kept)}
    spans = tuple(
        span if span.attributed_to is None else replace(span, attributed_to=places.get(span.attributed_to))
        for span in kept.values()
    )
    article = Article(document.id, joined, document.article.title, document.article.published, document.article.source)
    return Document(article, spans, {name: value for name, value in document.meta.items() if name != LABELLED})


def whole_offset(document: Document, offset: int) -> int:
    """Where an offset into the ``labelled_part`` of a document lies in the document itself."""
    position = 0
    for start, end in labelled_ranges(document) or [(0, len(document.text))]:
        if offset <= position + end - start:
            return start + offset - position
        position += end - start + len(_GAP)
    raise DocumentError(f"offset {offset} lies behind the labelled part of document {document.id!r}")
