"""What the toolkit reads and what it finds: articles, spans and documents.

An *article* is a text and what is known about it. A *span* is a stretch of that text with a label.
A *document* is an article with its spans: gold, predicted or suggested, always in the same shape.

Offsets are Python code points, half-open, into the untouched text: ``article.text[span.start:span.end]``
is the evidence. Every class here is frozen and checks itself once, when it is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

CLAIM = "CASUALTY_CLAIM"
ATTRIBUTION = "ATTRIBUTION"
LABELS = (CLAIM, ATTRIBUTION)

HARMS = ("killed", "injured", "missing", "casualties")

QUALIFIERS = (
    "exact",
    "at_least",
    "more_than",
    "about",
    "at_most",
    "fewer_than",
    "between",
    "vague",
    "none",
    "share",
)

_FIELDS = frozenset({"id", "title", "published", "source", "text", "spans"})

_SURROGATE = re.compile("[\ud800-\udfff]")


class DocumentError(ValueError):
    """An article, span or document that breaks a rule of the format; the message says which."""


_NUMBER = (int, float)  # "int | float" would be made anew at every call


def _is_number(value: object) -> bool:
    return isinstance(value, _NUMBER) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many, as typed bounds. ``None`` is unknown, never 0.

    ``count`` is the figure named, ``low`` and ``high`` the inclusive bounds the words give.
    """

    qualifier: str
    count: int | None = None
    low: int | None = None
    high: int | None = None

    def __post_init__(self) -> None:
        if self.qualifier not in QUALIFIERS:
            raise DocumentError(f"qualifier {self.qualifier!r} is not one of {', '.join(QUALIFIERS)}")
        for name in ("count", "low", "high"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
                raise DocumentError(f"{name} is {value!r}; it must be a whole number of 0 or more, or null")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise DocumentError(f"low {self.low} is above high {self.high}")


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled stretch of text.

    ``harm``, ``quantity`` and ``attributed_to`` belong to claims alone. ``attributed_to`` is the index,
    in the same document, of the attribution that states the claim. ``confidence`` and
    ``link_confidence`` are probabilities and stand only on predictions.
    """

    start: int
    end: int
    label: str
    harm: str | None = None
    quantity: Quantity | None = None
    attributed_to: int | None = None
    confidence: float | None = None
    link_confidence: float | None = None

    def __post_init__(self) -> None:
        if self.label not in LABELS:
            raise DocumentError(f"label {self.label!r} is not one of {', '.join(LABELS)}")
        if not (0 <= self.start < self.end):
            raise DocumentError(f"span [{self.start}, {self.end}) is empty, reversed or negative")
        if self.harm is not None and self.harm not in HARMS:
            raise DocumentError(f"harm {self.harm!r} is not one of {', '.join(HARMS)}")
        if self.label == ATTRIBUTION and (self.harm, self.quantity, self.attributed_to) != (None, None, None):
            raise DocumentError("an ATTRIBUTION has no harm, quantity or attributed_to of its own")
        for name in ("confidence", "link_confidence"):
            value = getattr(self, name)
            if value is not None and not (_is_number(value) and 0.0 <= value <= 1.0):
                raise DocumentError(f"{name} is {value!r}; it must lie between 0 and 1")

    @property
    def is_claim(self) -> bool:
        return self.label == CLAIM

    def to_json(self) -> dict[str, Any]:
        """The span as it stands in a corpus file."""
        row: dict[str, Any] = {"start": self.start, "end": self.end, "label": self.label}
        if self.is_claim:
            row["harm"] = self.harm
            if self.quantity is not None:
                q = self.quantity
                row |= {"qualifier": q.qualifier, "count": q.count, "low": q.low, "high": q.high}
            else:
                row["qualifier"] = None
            row["attributed_to"] = self.attributed_to
        if self.confidence is not None:
            row["confidence"] = self.confidence
        if self.link_confidence is not None:
            row["link_confidence"] = self.link_confidence
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Span:
        """Read a span of a corpus file; raises ``DocumentError`` with the reason if it is not one."""
        for key in ("start", "end"):
            if not isinstance(row.get(key), int) or isinstance(row.get(key), bool):
                raise DocumentError(f"{key} is {row.get(key)!r}; it must be a whole number")
        link = row.get("attributed_to")
        if link is not None and (not isinstance(link, int) or isinstance(link, bool)):
            raise DocumentError(f"attributed_to is {link!r}; it must be the index of a span, or null")
        quantity = None
        if row.get("qualifier") is not None:
            quantity = Quantity(row["qualifier"], row.get("count"), row.get("low"), row.get("high"))
        elif any(row.get(key) is not None for key in ("count", "low", "high")):
            raise DocumentError("count, low or high without a qualifier")
        return cls(
            start=row["start"],
            end=row["end"],
            label=row.get("label", ""),
            harm=row.get("harm"),
            quantity=quantity,
            attributed_to=link,
            confidence=row.get("confidence"),
            link_confidence=row.get("link_confidence"),
        )


@dataclass(frozen=True, slots=True)
class Article:
    """A text and what is known about it. ``text`` is never changed; all offsets point into it."""

    id: str
    text: str
    title: str | None = None
    published: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not self.id:
            raise DocumentError("an article needs an id")
        if not isinstance(self.text, str):
            raise DocumentError(f"text is {type(self.text).__name__}, not a string")
        if not self.text.strip():
            raise DocumentError("the text is empty")
        for name in ("title", "published", "source"):
            if not isinstance(getattr(self, name), str | None):
                raise DocumentError(f"{name} is {getattr(self, name)!r}; it must be a string or null")
        if half := _SURROGATE.search(self.text):
            raise DocumentError(
                f"the text holds half a character (lone surrogate) at offset {half.start()}; "
                "it was damaged before it came here: decode it again from its first source"
            )


@dataclass(frozen=True, slots=True)
class Document:
    """An article with its spans, in order of their start.

    ``meta`` keeps every other field of a corpus line (how the document was made, genre, region, ...).
    """

    article: Article
    spans: tuple[Span, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if taken := _FIELDS & self.meta.keys():
            raise DocumentError(f"meta holds {', '.join(sorted(taken))}, which the document has already")
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))

    def __reduce__(self) -> tuple[Any, ...]:  # a mappingproxy does not pickle
        return (Document, (self.article, self.spans, dict(self.meta)))

    @property
    def id(self) -> str:
        return self.article.id

    @property
    def text(self) -> str:
        return self.article.text

    @property
    def claims(self) -> list[tuple[int, Span]]:
        """Claims with their index in ``spans``."""
        return [(i, s) for i, s in enumerate(self.spans) if s.is_claim]

    @property
    def attributions(self) -> list[tuple[int, Span]]:
        """Attributions with their index in ``spans``."""
        return [(i, s) for i, s in enumerate(self.spans) if not s.is_claim]

    def to_json(self) -> dict[str, Any]:
        """The document as one line of a corpus file."""
        a = self.article
        row: dict[str, Any] = {"id": a.id, "title": a.title, "published": a.published, "source": a.source}
        row |= dict(self.meta)
        row["text"] = a.text
        row["spans"] = [span.to_json() for span in self.spans]
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Document:
        """Read one line of a corpus file; raises ``DocumentError`` with the reason if it is not one."""
        article = Article(
            id=row.get("id", ""),
            text=row.get("text"),  # type: ignore[arg-type]  # Article says what is wrong with it
            title=row.get("title"),
            published=row.get("published"),
            source=row.get("source"),
        )
        raw = row.get("spans", [])
        if not isinstance(raw, list):
            raise DocumentError(f"spans is {type(raw).__name__}, not a list")
        spans = []
        for i, item in enumerate(raw):
            try:
                if not isinstance(item, Mapping):
                    raise DocumentError(f"{item!r} is not an object")
                spans.append(Span.from_json(item))
            except DocumentError as error:
                raise DocumentError(f"span {i}: {error}") from None
        return cls(article, tuple(spans), {k: v for k, v in row.items() if k not in _FIELDS})
