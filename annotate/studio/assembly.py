"""Annotated sentences put back into articles: one document for each article and annotator.

A document holds the whole text of the article, so its offsets are those of the article; ``meta`` says who labelled
it (``annotator``), which sentences they submitted (``labelled``, empty ones too), which they skipped (``skipped``),
and which of the labelled ones chance had chosen (``control``). What an annotator left open is read from the words;
what they set is never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from ...data.documents import Article, Document, Quantity, Span
from ...data.labelled import LABELLED
from ...data.notation import bounds
from ...data.wording import quoted
from ...models.harms import harms
from ...models.quantities import read_quantity
from ..regions import EARLIER, LATER, Reading, from_result
from .answers import Answer, Note

ANNOTATOR, SKIPPED, CONTROL = "annotator", "skipped", "control"
UNRESOLVED = "unresolved"
"""The claims, ``[start, end, "earlier" or "later"]``, of whose source nothing but the direction is known."""

_COUNTED = ("exact", "at_least", "more_than", "about", "at_most", "fewer_than")


@dataclass(frozen=True, slots=True)
class Assembled:
    """Documents in order of (id, annotator), what there is to tell, and counts.

    ``labelled``, ``empty`` (of the labelled ones, those without a span) and ``skipped`` count sentences, once for
    each annotator; ``filled`` the claims of which harm, qualifier or number were read from the words.
    """

    documents: tuple[Document, ...]
    notes: tuple[Note, ...]
    labelled: int = 0
    empty: int = 0
    skipped: int = 0
    filled: int = 0


def assemble(answers: Iterable[Answer], articles: Mapping[str, Article]) -> Assembled:
    """The documents that these answers make of ``articles`` (by id).

    Sentences whose words are no longer where they were in the article are left out and told.
    """
    drafts = []
    notes: list[Note] = []
    ordered = sorted(answers, key=lambda a: (a.task.article, a.annotator, a.task.start, a.task.end))
    for (name, annotator), group in groupby(ordered, key=lambda a: (a.task.article, a.annotator)):
        article = articles.get(name)
        usable = [answer for answer in group if _fits(answer, article, notes)]
        if usable and article is not None:
            drafts.append(_Draft(article, annotator, notes).add(usable))
    return Assembled(
        tuple(draft.document() for draft in drafts),
        tuple(notes),
        labelled=sum(len(draft.labelled) for draft in drafts),
        empty=sum(draft.empty for draft in drafts),
        skipped=sum(len(draft.skipped) for draft in drafts),
        filled=sum(draft.filled for draft in drafts),
    )


def _fits(answer: Answer, article: Article | None, notes: list[Note]) -> bool:
    task = answer.task
    if article is None:
        reason = f"there is no article {task.article!r}; give the articles that were exported"
    elif article.text[task.start : task.end] != task.text:
        there = article.text[task.start : task.end]
        reason = f"the article was changed after the export: at {task.start} it reads {quoted(there, 40)} now"
    else:
        return True
    notes.append(Note(answer.place, reason))
    return False


@dataclass(slots=True)
class _Draft:
    """One document in the making. ``sources`` says of a claim, by its index, in which direction its source stands."""

    article: Article
    annotator: str
    notes: list[Note]
    spans: list[Span] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    sources: dict[int, str] = field(default_factory=dict)
    labelled: list[list[int]] = field(default_factory=list)
    skipped: list[list[int]] = field(default_factory=list)
    control: list[list[int]] = field(default_factory=list)
    unresolved: list[list[int | str]] = field(default_factory=list)
    empty: int = 0
    filled: int = 0

    def add(self, answers: Iterable[Answer]) -> _Draft:
        """Take in the answers, which come in the order of the text."""
        previous: str | None = None
        for answer in answers:
            place = [answer.task.start, answer.task.end]
            if answer.skipped:
                self.skipped.append(place)
            elif self.labelled and place[0] < self.labelled[-1][1]:
                start, end = self.labelled[-1]
                reason = f"it overlaps the sentence at {start} to {end}, which was labelled too and is kept"
                self.notes.append(Note(answer.place, reason))
            else:
                previous = self._add(answer, place, previous)
        self._link()
        return self

    def document(self) -> Document:
        meta: dict[str, object] = {ANNOTATOR: self.annotator, LABELLED: self.labelled}
        meta |= {SKIPPED: self.skipped, CONTROL: self.control}
        if self.unresolved:
            meta[UNRESOLVED] = self.unresolved
        return Document(self.article, tuple(self.spans), meta)

    def _add(self, answer: Answer, place: list[int], previous: str | None) -> str | None:
        """Take in one sentence; returns the harm of its last claim, or else the one given."""
        task, base = answer.task, len(self.spans)
        reading, problems = from_result(answer.result, task.text)
        reading, overlaps = without_overlaps(reading, task.text)
        self.notes += [Note(answer.place, problem) for problem in problems]
        self.notes += [replace(note, place=answer.place) for note in overlaps]
        spans = completed(reading.spans, task.text, previous)
        self.filled += sum(a != b for a, b in zip(reading.spans, spans, strict=True))
        self.notes += [Note(answer.place, reason, lost=False) for reason in _gaps(spans, task.text)]
        for number, (span, source) in enumerate(zip(spans, reading.sources, strict=True)):
            link = None if span.attributed_to is None else span.attributed_to + base
            moved = replace(span, start=span.start + task.start, end=span.end + task.start, attributed_to=link)
            self.spans.append(moved)
            self.places.append(answer.place)
            if source in (EARLIER, LATER):
                self.sources[base + number] = source
        self.labelled.append(place)
        self.empty += not spans
        if task.chosen == CONTROL:
            self.control.append(place)
        return next((span.harm for span in reversed(spans) if span.is_claim), previous)

    def _link(self) -> None:
        """Link claims with a source in another sentence to the nearest attribution that way."""
        for index, source in self.sources.items():
            claim = self.spans[index]
            first, last = next(place for place in self.labelled if place[0] <= claim.start < place[1])
            others = [(number, span) for number, span in enumerate(self.spans) if not span.is_claim]
            if source == EARLIER:
                found = [number for number, span in others if span.end <= first][-1:]
            else:
                found = [number for number, span in others if span.start >= last][:1]
            if found:
                self.spans[index] = replace(claim, attributed_to=found[0])
                continue
            self.unresolved.append([claim.start, claim.end, source])
            words = self.article.text[claim.start : claim.end]
            reason = f"the source of {words!r} stands {source}, but no sentence labelled there has an attribution"
            self.notes.append(Note(self.places[index], f"{reason}; the claim is kept without it", lost=False))


def without_overlaps(reading: Reading, text: str) -> tuple[Reading, list[Note]]:
    """A reading in which no two spans of one label overlap, and what was left out (notes without a place).

    Of two the longer is kept, of two as long the first; a claim linked to an attribution that is left out is
    linked to the one kept instead. Spans of different labels stay, since each says something of its own.
    """
    notes = []
    spans = reading.spans
    kept: list[int] = []
    instead: dict[int, int] = {}
    for index in sorted(range(len(spans)), key=lambda i: (spans[i].start - spans[i].end, i)):
        span = spans[index]
        words = text[span.start : span.end]
        overlapped = [k for k in kept if spans[k].start < span.end and span.start < spans[k].end]
        same = next((k for k in overlapped if spans[k].label == span.label), None)
        instead[index] = index if same is None else same
        if same is not None:
            other = text[spans[same].start : spans[same].end]
            notes.append(Note("", f"{words!r} is left out: it overlaps {other!r}, of the same label"))
            continue
        for k in overlapped:
            other = text[spans[k].start : spans[k].end]
            notes.append(
                Note("", f"{words!r} and {other!r} overlap; casualty-train check will ask to part them", False)
            )
        kept.append(index)
    order = sorted(kept)
    places = {old: new for new, old in enumerate(order)}
    left = []
    for index in order:
        link = spans[index].attributed_to
        left.append(spans[index] if link is None else replace(spans[index], attributed_to=places[instead[link]]))
    return Reading(tuple(left), tuple(reading.sources[index] for index in order)), notes


def completed(spans: tuple[Span, ...], text: str, previous: str | None = None) -> tuple[Span, ...]:
    """Spans of one sentence with what their claims lack read from the words: harm, qualifier, number.

    ``previous`` is the harm of the claim before the sentence. What is set stays.
    """
    claims = [(number, span) for number, span in enumerate(spans) if span.is_claim]
    lacking = any(span.harm is None for _, span in claims)
    found = harms(text, [(s.start, s.end) for _, s in claims], (0, len(text)), previous) if lacking else []
    made = list(spans)
    for place, (number, span) in enumerate(claims):
        quantity = completed_quantity(span.quantity, text[span.start : span.end])
        made[number] = replace(span, harm=span.harm or found[place], quantity=quantity)
    return tuple(made)


def completed_quantity(given: Quantity | None, words: str) -> Quantity | None:
    """The quantity an annotator set, with the figure of ``words`` where they chose a qualifier and no number."""
    read = read_quantity(words)
    if given is None or read is None:
        return given or read
    if given.qualifier == "between" and read.qualifier == "between":
        low = read.low if given.low is None else given.low
        high = read.high if given.high is None else given.high
        if low is not None and high is not None and low <= high:
            return Quantity("between", None, low, high)
    if given.qualifier == "vague" and given.low is None and read.qualifier == "vague":
        return bounds("vague", read.low)
    if given.qualifier in _COUNTED and given.count is None and read.qualifier in _COUNTED:
        return bounds(given.qualifier, read.count)
    return given


def _gaps(spans: Iterable[Span], text: str) -> Iterator[str]:
    """Claims of which neither annotator nor words say how many."""
    for span in spans:
        words, quantity = text[span.start : span.end], span.quantity
        if span.is_claim and quantity is None:
            yield f"{words!r} has no qualifier, and its words give none"
        elif quantity is not None and (
            (quantity.qualifier == "between" and None in (quantity.low, quantity.high))
            or (quantity.qualifier in _COUNTED and quantity.qualifier != "fewer_than" and quantity.count is None)
        ):
            yield f"{words!r} is {quantity.qualifier}, but neither the annotator nor the words give the number"
