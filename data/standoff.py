"""Annotated text as other tools keep it: any labels, any attributes, any relations.

brat, CoNLL and spaCy know nothing of claims and attributions. Their readers and writers speak of a ``Standoff``: a
text, marks on it, relations between marks. What a format cannot hold, or a file holds wrongly, is told as a ``Loss``
while the rest goes on.

Offsets are Python code points, half-open, into the untouched text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .decoding import decode


class FormatError(ValueError):
    """A file or folder that is not what its format asks for; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that was not carried over.

    ``kind`` is the same for all losses of a kind and begins with a plural, so that it can be counted ("links left
    out: CoNLL keeps none"); ``place`` is where a person finds it; ``detail`` says more of this one.
    """

    kind: str
    place: str
    detail: str = ""

    @property
    def reason(self) -> str:
        return f"{self.kind} ({self.detail})" if self.detail else self.kind


Tell = Callable[[Loss], None]
"""Who listens to losses: ``list.append``, say."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled stretch of text. An attribute without a value (a flag) has the value "".

    Labels, and names and values of attributes, hold no blanks; notes are lines.
    """

    start: int
    end: int
    label: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise FormatError(f"mark [{self.start}, {self.end}) is empty, reversed or negative")
        _check_words(self.label, *self.attributes, *filter(None, self.attributes.values()))
        if any("\n" in note or "\r" in note for note in self.notes):
            raise FormatError("a note is one line")


@dataclass(frozen=True, slots=True)
class Relation:
    """From one mark to another, by their places in the document's ``marks``."""

    label: str
    source: int
    target: int

    def __post_init__(self) -> None:
        _check_words(self.label)


@dataclass(frozen=True, slots=True)
class Standoff:
    """A text with its marks and relations. ``meta`` is what else is known of it, as JSON can hold it."""

    id: str
    text: str
    marks: tuple[Mark, ...] = ()
    relations: tuple[Relation, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for mark in self.marks:
            if mark.end > len(self.text):
                raise FormatError(f"mark [{mark.start}, {mark.end}) is not in the text of {len(self.text)} characters")
        for relation in self.relations:
            if not {relation.source, relation.target} <= set(range(len(self.marks))):
                raise FormatError(f"a relation {relation.label} has an end that is no mark")

    def place(self, mark: Mark) -> str:
        """Where a mark is, for people."""
        return f"{self.id} [{mark.start}, {mark.end})"


def _check_words(*words: str) -> None:
    for word in words:
        if not word or word.split() != [word]:
            raise FormatError(f"{word!r} names no label, relation or attribute: it must be one word without blanks")


def decoded(raw: bytes) -> str:
    """The text of a file that should be UTF-8, with its byte order mark, since other tools count it as a character.

    Where it is not UTF-8, an older encoding is recognised. Raises ``Unreadable``.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return decode(raw)
