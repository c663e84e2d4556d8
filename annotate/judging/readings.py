"""What each annotator said of each sentence: pulled documents, turned so that a sentence holds all its readings.

A *reading* is a tuple of marks in order. Two readings are equal when the annotators marked the same spans with the
same records and the same sources. A sentence that an annotator skipped has no reading of theirs; one they found
nothing in has an empty one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...data.corpus import read_corpus
from ...data.documents import Article, Document, DocumentError, Span
from ...data.labelled import LABELLED, labelled_ranges
from ...data.matching import sources_agree
from ...data.rejects import Reject
from ...data.sentences import split_sentences
from ..studio.assembly import ANNOTATOR, CONTROL, SKIPPED, UNRESOLVED

Place = tuple[str, int, int]
"""Id of the article, start and end of the sentence in it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A span in the article, without its link, and the attribution it is linked to.

    ``elsewhere`` is ``earlier`` or ``later`` where no more is known of the source than its direction.
    """

    span: Span
    source: Span | None = None
    elsewhere: str | None = None

    @property
    def place(self) -> tuple[int, int, str]:
        """What two marks of one span have in common."""
        return (self.span.start, self.span.end, self.span.label)

    def same_source(self, other: Mark) -> bool:
        """Whether both say that the claim comes from the same source, or from nobody."""
        return self.elsewhere == other.elsewhere and sources_agree(self.source, other.source)


Reading = tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, ``article.text[start:end]``, with its readings by annotator, in the order of their names.

    ``is_control`` says that chance chose it from all.
    """

    article: Article
    start: int
    end: int
    readings: Mapping[str, Reading]
    is_control: bool = False

    @property
    def place(self) -> Place:
        return (self.article.id, self.start, self.end)

    @property
    def text(self) -> str:
        return self.article.text[self.start : self.end]


def with_common_sources(sentence: Sentence) -> Sentence:
    """The sentence with sources outside of it that overlap taken for one: that which most annotators marked.

    Which edges the source has is said in its own sentence, not here.
    """
    marks = [mark for reading in sentence.readings.values() for mark in reading]
    outside = Counter(m.source for m in marks if m.source and not sentence.start <= m.source.start < sentence.end)
    if len(outside) < 2:
        return sentence
    ranked = sorted(outside, key=lambda source: (-outside[source], source.start, source.end))

    def common(mark: Mark) -> Mark:
        source = mark.source
        if source not in outside:
            return mark
        return replace(mark, source=next(other for other in ranked if sources_agree(source, other)))

    return replace(sentence, readings={name: tuple(map(common, r)) for name, r in sentence.readings.items()})


@dataclass(frozen=True, slots=True)
class Session:
    """Sentences in order of article and place, annotators in order of name, and what could not be used.

    ``meta`` holds, by article, what else its documents say alike (genre, region, ...).
    """

    sentences: tuple[Sentence, ...]
    annotators: tuple[str, ...]
    rejects: tuple[Reject, ...] = ()
    meta: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_session(paths: Iterable[str | Path]) -> Session:
    """The session that pulled files hold; raises ``CorpusError`` if one cannot be read."""
    return session_of(document for path in paths for document in read_corpus(path))


def renamed(session: Session, names: Mapping[str, str]) -> Session:
    """The session with other names for its annotators; who is not among ``names`` keeps theirs."""
    sentences = tuple(
        replace(s, readings=dict(sorted((names.get(name, name), reading) for name, reading in s.readings.items())))
        for s in session.sentences
    )
    return replace(session, sentences=sentences, annotators=tuple(sorted(names.get(n, n) for n in session.annotators)))


def session_of(documents: Iterable[Document]) -> Session:
    """The session that pulled documents hold: one for each article and annotator, in any order.

    Where a document does not say which sentences were labelled, all of them were. What does not fit (another text
    under the same id, nobody's labels, a span outside the labelled sentences, two readings of one sentence by one
    annotator) is left out and told in ``rejects``.
    """
    draft = _Draft()
    for document in sorted(documents, key=lambda d: (d.id, str(d.meta.get(ANNOTATOR)))):
        draft.add(document)
    return draft.session()


_OWN = frozenset({ANNOTATOR, LABELLED, SKIPPED, CONTROL, UNRESOLVED})


@dataclass(slots=True)
class _Draft:
    articles: dict[str, Article] = field(default_factory=dict)
    meta: dict[str, dict[str, Any]] = field(default_factory=dict)
    readings: dict[Place, dict[str, Reading]] = field(default_factory=dict)
    control: set[Place] = field(default_factory=set)
    rejects: list[Reject] = field(default_factory=list)

    def add(self, document: Document) -> None:
        name = document.meta.get(ANNOTATOR)
        where = f"article {document.id!r}" + (f" by {name}" if name else "")
        if not isinstance(name, str) or not name:
            self.reject(where, "it does not say who labelled it; give the file that casualty-annotate pull wrote")
            return
        known = self.articles.get(document.id, document.article)
        if known.text != document.text:
            self.reject(where, "its text is not that of the same article by others; pull all of it again")
            return
        try:
            given = labelled_ranges(document)
        except DocumentError as error:
            self.reject(where, str(error))
            return
        self.articles[document.id] = known
        more = {key: value for key, value in document.meta.items() if key not in _OWN}
        said = self.meta.setdefault(document.id, more)
        self.meta[document.id] = {key: value for key, value in said.items() if more.get(key) == value}
        ranges = split_sentences(document.text) if given is None else given
        for (start, end), reading in zip(ranges, self._readings(document, ranges, where), strict=True):
            place = (document.id, start, end)
            others = self.readings.setdefault(place, {})
            if others.setdefault(name, reading) != reading:
                self.reject(where, f"the sentence at {start} to {end} is labelled twice, and otherwise; one is kept")
        self.control |= {(document.id, start, end) for start, end in document.meta.get(CONTROL) or ()}

    def _readings(self, document: Document, ranges: list[tuple[int, int]], where: str) -> list[Reading]:
        """The marks of each range, in order."""
        unresolved = {(start, end): way for start, end, way in document.meta.get(UNRESOLVED) or ()}
        found: list[list[Mark]] = [[] for _ in ranges]
        starts = [start for start, _ in ranges]
        for span in document.spans:
            number = bisect_right(starts, span.start) - 1
            if number < 0 or span.end > ranges[number][1]:
                words = document.text[span.start : span.end]
                self.reject(where, f"the span {words!r} at {span.start} is outside of what was labelled")
                continue
            link = span.attributed_to
            source = None if link is None else _bare(document.spans[link]) if link < len(document.spans) else None
            elsewhere = unresolved.get((span.start, span.end)) if span.is_claim and source is None else None
            mark = Mark(_bare(span), source, elsewhere)
            if any(mark.place == other.place for other in found[number]):
                self.reject(where, f"a span at {span.start} is there twice; one is kept")
                continue
            found[number].append(mark)
        return [tuple(sorted(marks, key=lambda mark: mark.place)) for marks in found]

    def reject(self, place: str, reason: str) -> None:
        self.rejects.append(Reject(place, reason))

    def session(self) -> Session:
        sentences = tuple(
            Sentence(self.articles[place[0]], place[1], place[2], dict(sorted(readings.items())), place in self.control)
            for place, readings in sorted(self.readings.items())
        )
        annotators = tuple(sorted({name for readings in self.readings.values() for name in readings}))
        return Session(sentences, annotators, tuple(self.rejects), self.meta)


def _bare(span: Span) -> Span:
    """The span as a person marked it: without link and confidence."""
    return replace(span, attributed_to=None, confidence=None, link_confidence=None)
