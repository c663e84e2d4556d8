"""Altered copies of training documents: the same words as untidy text brings them.

Scraped text loses its commas, wire headlines are all capitals, old reports are wrapped by hand. A copy
teaches the tagger that the labels stay. Copies are made at training time only and stand in no corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

from ..data.documents import Document, Span

SHARE = 0.25
"""The share of documents that get a copy of each kind."""


def augmented(documents: Sequence[Document]) -> list[Document]:
    """The documents and their altered copies; a copy's ``meta["group"]`` names its original."""
    out = list(documents)
    for document in documents:
        for name, keep, change in _KINDS:
            if _drawn(document.id, name):
                copy = _altered(document, keep, change)
                if copy is not None:
                    group = document.meta.get("group") or document.id
                    out.append(replace(copy, meta={"group": group, "altered": name}))
    return out


def _drawn(identity: str, kind: str) -> bool:
    """A fixed draw by name: the same corpus always gives the same copies, whatever its order."""
    return sha256(f"{kind}:{identity}".encode()).digest()[0] < 256 * SHARE


def _altered(document: Document, keep: Callable[[str], bool], change: Callable[[str], str]) -> Document | None:
    """Drop the characters that ``keep`` refuses, change the rest one by one; spans move along.

    ``None`` where nothing but blanks would be left of the text or of a span.
    """
    text, place = [], [0]
    for character in document.text:
        if keep(character):
            changed = change(character)
            text.append(changed if len(changed) == 1 else character)
        place.append(len(text))
    altered = "".join(text)
    spans: list[Span] = []
    for span in document.spans:
        start, end = place[span.start], place[span.end]
        if not altered[start:end].strip():
            return None
        spans.append(replace(span, start=start, end=end))
    if not altered.strip():
        return None
    return replace(document, article=replace(document.article, text=altered), spans=tuple(spans))


_KINDS: tuple[tuple[str, Callable[[str], bool], Callable[[str], str]], ...] = (
    ("no commas", lambda c: c not in ",\"'“”‘’", lambda c: c),
    ("upper case", lambda c: True, str.upper),
    ("lower case", lambda c: True, str.lower),
)
