"""Is a corpus sound? All that is wrong in it, and what is well-formed but unlikely to be meant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from .corpus import CorpusError, corpus_files, corpus_lines, line_object
from .documents import Article, Document, DocumentError, Quantity, Span
from .notation import bounds
from .sentences import split_sentences
from .wording import quoted


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend in a corpus.

    ``place`` is ``file:line``; ``message`` names the document and quotes the span. An ``error`` breaks a rule of
    the format or of the annotation scheme; a ``warning`` breaks none but is rarely meant.
    """

    place: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}: {self.message}"


def check_corpus(paths: Iterable[str | Path]) -> Iterator[Problem]:
    """Everything that is wrong or doubtful in these files and folders, taken as one corpus.

    Documents are read one at a time. What is remembered of each is its id, and hashes of its text and sentences.
    """
    seen = _Seen()
    for path in paths:
        try:
            files = corpus_files(Path(path))
        except CorpusError as error:
            yield Problem(error.place, error.message)
            continue
        for file in files:
            try:
                for place, line in corpus_lines(file):
                    yield from _check_line(place, line, seen)
            except CorpusError as error:
                yield Problem(error.place, error.message)


def faults(document: Document) -> Iterator[str]:
    """What breaks a rule in the spans of one document, each quoted: the errors that ``check_corpus`` would give."""
    spans = list(enumerate(document.spans))
    labels = [span.label for span in document.spans]
    for index, span in spans:
        for message in _faults(span, index, document.text, labels):
            yield f"{_quote(index, span, document.text)}: {message}"
    yield from _order_faults(spans, document.text)


# --- lines ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    """Where ids, texts and labelled sentences were first met."""

    ids: dict[str, str] = field(default_factory=dict)
    texts: dict[bytes, str] = field(default_factory=dict)
    sentences: dict[bytes, tuple[bytes, str]] = field(default_factory=dict)


def _hash(value: str) -> bytes:
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _check_line(place: str, line: bytes, seen: _Seen) -> Iterator[Problem]:
    try:
        row = line_object(line)
    except DocumentError as error:
        yield Problem(place, f"{error}; write the line again")
        return
    name = f"document {row.get('id')!r}"
    try:
        article = Document.from_json({**row, "spans": []}).article
    except (DocumentError, TypeError) as error:
        yield Problem(place, f"{name}: {error}")
        return
    for key in ("title", "published", "source"):
        if not isinstance(row.get(key), str | None):
            yield Problem(place, f"{name}: {key} is {row[key]!r}; it must be a string or null")
    yield from (Problem(place, f"{name}: {message}") for message in _repeats(article, f"{place} ({name})", seen))

    raw = row.get("spans", [])
    if not isinstance(raw, list):
        yield Problem(place, f"{name}: spans is {type(raw).__name__}; it must be a list")
        return
    spans: list[tuple[int, Span]] = []
    for index, item in enumerate(raw):
        try:
            if not isinstance(item, Mapping):
                raise DocumentError("it is not an object")
            span = Span.from_json(item)
            if span.end > len(article.text):
                raise DocumentError(f"[{span.start}, {span.end}) runs past the end of the text ({len(article.text)})")
            spans.append((index, span))
        except (DocumentError, TypeError) as error:
            yield Problem(place, f"{name}, span {index}: {error}")
    labels = [item.get("label") if isinstance(item, Mapping) else None for item in raw]
    for index, span in spans:
        for message in _faults(span, index, article.text, labels):
            yield Problem(place, f"{name}, {_quote(index, span, article.text)}: {message}")
    for message in _order_faults(spans, article.text):
        yield Problem(place, f"{name}, {message}")
    for message in _sentence_faults(spans, article.text, f"{place} ({name})", seen):
        yield Problem(place, f"{name}, {message}", "warning")


def _quote(index: int, span: Span, text: str) -> str:
    return f"span {index} {quoted(text[span.start : span.end], 60)}"


def _repeats(article: Article, here: str, seen: _Seen) -> Iterator[str]:
    first = seen.ids.setdefault(article.id, here)
    if first != here:
        yield f"the id is taken by {first}; give this document another"
    first = seen.texts.setdefault(_hash(article.text), here)
    if first != here:
        yield f"the text is that of {first}; keep one of the two"


def _faults(span: Span, index: int, text: str, labels: list[Any]) -> Iterator[str]:
    words = text[span.start : span.end]
    if words != words.strip():
        yield "begins or ends with a blank; leave the blank outside"
    else:
        if _inside_word(text, span.start) or _inside_word(text, span.end):
            yield "cuts a word; move its edge to the end of the word"
        if _over_blank_line(words):
            yield "runs over a blank line; end it before, or mark two spans"
    if not span.is_claim:
        return
    if span.harm is None:
        yield "a claim without harm; say which harm is claimed"
    if span.quantity is None:
        yield "a claim without qualifier; say how the quantity is qualified"
    elif fault := _quantity_fault(span.quantity):
        yield fault
    link = span.attributed_to
    if link is None:
        return
    if not 0 <= link < len(labels):
        yield f"attributed_to is {link}, but the document has {len(labels)} spans; counting starts at 0"
    elif link == index:
        yield "is attributed to itself; link it to an attribution, or to null"
    elif labels[link] != "ATTRIBUTION":
        yield f"is attributed to span {link}, which is no attribution; link it to one, or to null"


def _over_blank_line(words: str) -> bool:
    return any(not line.strip() for line in words.strip().splitlines())


def _inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def _quantity_fault(quantity: Quantity) -> str | None:
    """What contradicts the table of the annotation scheme, section 4."""
    q = quantity
    if q.qualifier == "between":
        if q.count is None and q.low is not None and q.high is not None:
            return None
        return "between needs low and high, and a null count"
    figure = q.low if q.qualifier == "vague" else q.count
    if figure is None and q.qualifier in ("exact", "at_least", "more_than", "about", "at_most"):
        return f"{q.qualifier} needs a count"
    wanted = bounds(q.qualifier, figure)
    if q == wanted:
        return None
    given, right = (f"count {x.count}, low {x.low}, high {x.high}".replace("None", "null") for x in (q, wanted))
    return f"{given} does not follow from {q.qualifier}; it should be {right}"


def _order_faults(spans: list[tuple[int, Span]], text: str) -> Iterator[str]:
    if any(a.start > b.start for (_, a), (_, b) in pairwise(spans)):
        yield "spans are not in order of their start; sort them and renumber attributed_to"
    ordered = sorted(spans, key=lambda item: (item[1].start, item[1].end))
    widest: tuple[int, Span] | None = None
    for index, span in ordered:
        if widest and span.start < widest[1].end:
            yield f"{_quote(index, span, text)} overlaps {_quote(*widest, text)}; part them or drop one"
        if widest is None or span.end > widest[1].end:
            widest = index, span


def _sentence_faults(spans: list[tuple[int, Span]], text: str, here: str, seen: _Seen) -> Iterator[str]:
    sentences = split_sentences(text)
    starts = [start for start, _ in sentences]
    inside: dict[int, list[str]] = {}
    for index, span in spans:
        number = max(bisect_right(starts, span.start) - 1, 0)
        start, end = sentences[number]
        if span.start < end and text[end : span.end].strip() and not _over_blank_line(text[span.start : span.end]):
            yield f"{_quote(index, span, text)}: runs over the end of a sentence; end it there, or mark two spans"
        mark = (span.start - start, span.end - start, span.label, span.harm, span.quantity)
        inside.setdefault(number, []).append(repr(mark))
    for number, (start, end) in enumerate(sentences):
        labels = _hash("\n".join(sorted(inside.get(number, ()))))
        first, where = seen.sentences.setdefault(_hash(text[start:end]), (labels, here))
        if first != labels:
            yield (
                f"the sentence {quoted(text[start:end], 60)} is labelled otherwise in {where}; make them alike, "
                "unless the context tells them apart"
            )
