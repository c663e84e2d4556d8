"""Altered copies of training documents: the same words as untidy text brings them (see ``alterations``).

A copy teaches the tagger that the labels stay. Copies are made at training time only and stand in no corpus. As
each costs as much to learn from as a document, there are few, and most carry several alterations at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from random import Random

from ..data.documents import Document
from .alterations import Alteration, lower_case, no_commas, no_marks, ocr_noise, upper_case

SHARE = 0.5
"""The share of documents that get a copy."""

_CHOICES: tuple[tuple[tuple[str, Alteration] | None, ...], ...] = (
    (("no commas", no_commas), ("no marks", no_marks), None),
    (("OCR noise", ocr_noise), None),
    (("upper case", upper_case), ("lower case", lower_case), None),
)
KINDS = tuple(kind for drawn in product(*_CHOICES) if (kind := tuple(part for part in drawn if part)))
"""Every way to take one or none of each choice, but all of none. Faults of a scan come before the case that hides
them: what is misread depends on it."""


def augmented(documents: Sequence[Document]) -> list[Document]:
    """The documents and their altered copies; a copy's ``meta["group"]`` names its original."""
    return [*documents, *(copy for document in documents for copy in _copies(document))]


def _copies(document: Document) -> Iterator[Document]:
    """One copy or none, drawn by name: the same corpus always gives the same copies, whatever its order."""
    random = Random(f"copy {document.id}")
    if random.random() >= SHARE:
        return
    kind = random.choice(KINDS)
    copy: Document | None = document
    for _, alter in kind:
        copy = alter(copy) if copy else None
    if copy:
        group = document.meta.get("group") or document.id
        yield replace(copy, meta={"group": group, "altered": " and ".join(name for name, _ in kind)})
