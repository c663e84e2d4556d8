"""From readings to one answer: what all agree on, what a review or a rule decides, and what still waits.

A sentence is decided as a whole. All annotators say the same (spans, records and sources; the edges of a source in
another sentence are settled there): *agreed*. Only one labelled it: *only NAME*. Else the rule has the word:

- ``review``: it waits for a review round.
- ``majority``: what more than half say; where there is no majority it waits. See ``majority``.
- ``expert:NAME``: what NAME says, where NAME labelled it, whatever the others say; else it waits.

What was labelled in a review round stands above all of this: whoever reviews has seen all readings. If two reviewers
differ, the sentence goes on waiting. A reading that breaks a rule of the annotation scheme (a claim without a harm,
overlapping spans, a cut word) is never gold: the sentence waits, and the reason says what to mend.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...data.checks import faults
from ...data.documents import Document
from ...data.rejects import Reject
from .majority import Undecided, majority_reading
from .readings import Place, Reading, Sentence, Session, with_common_sources

RULES = ("review", "majority", "expert")
AGREED, MAJORITY = "agreed", "majority"


class RuleError(ValueError):
    """A rule that cannot decide this session; the message says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who decides where annotators differ. ``expert`` is set for the rule expert alone.

    A sentence with fewer annotators than ``min_annotators`` waits, however they agree, unless the expert is one.
    """

    name: str = "review"
    expert: str | None = None
    min_annotators: int = 1

    @classmethod
    def of(cls, words: str, min_annotators: int = 1) -> Rule:
        """``review``, ``majority`` or ``expert:NAME``; raises ``RuleError`` for anything else."""
        name, _, expert = words.partition(":")
        if name not in RULES or (name == "expert") != bool(expert):
            raise RuleError(f"{words!r} is no rule; choose review, majority or expert:NAME")
        return cls(name, expert or None, min_annotators)

    def __str__(self) -> str:
        name = f"{self.name}:{self.expert}" if self.expert else self.name
        return name if self.min_annotators == 1 else f"{name}, at least {self.min_annotators} annotators"


@dataclass(frozen=True, slots=True)
class Decision:
    """The one reading of a sentence, and how it came about: ``agreed``, ``majority``, ``expert NAME``, ...

    ``notes`` tells what a majority left out.
    """

    sentence: Sentence
    reading: Reading
    how: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sentence that somebody has to look at, with the readings of its reviewers among the others, and why."""

    sentence: Sentence
    reason: str
    is_reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every sentence of a session is in one of the two, in order, or told in ``rejects``."""

    decided: tuple[Decision, ...]
    waiting: tuple[Waiting, ...]
    rejects: tuple[Reject, ...] = ()


def adjudicate(session: Session, rule: Rule | None = None, reviewed: Session | None = None) -> Outcome:
    """Decide every sentence of a session that can be decided.

    ``reviewed`` holds what was labelled in review rounds. Raises ``RuleError`` if the expert labelled nothing.
    """
    rule = rule or Rule()
    if rule.expert and rule.expert not in session.annotators:
        raise RuleError(
            f"{rule.expert} labelled nothing here; those who did: {', '.join(session.annotators) or 'nobody'}"
        )
    sentences, rejects = _apart(session)
    reviews, more = _reviews(sentences, reviewed) if reviewed else ({}, [])
    decided, waiting = [], []
    for sentence in sentences:
        review = reviews.get(sentence.place)
        try:
            decision = _reviewed(sentence, review) if review else _decision(sentence, rule)
            _check(decision)
            decided.append(decision)
        except Undecided as reason:
            readings = {**sentence.readings, **(review.readings if review else {})}
            waiting.append(Waiting(replace(sentence, readings=readings), str(reason), review is not None))
    return Outcome(tuple(decided), tuple(waiting), (*session.rejects, *rejects, *more))


def _apart(session: Session) -> tuple[list[Sentence], list[Reject]]:
    """The sentences, without those that overlap one before them, as another export may have cut the text."""
    kept: list[Sentence] = []
    rejects = []
    for sentence in session.sentences:
        last = kept[-1] if kept and kept[-1].article.id == sentence.article.id else None
        if last and sentence.start < last.end:
            reason = f"it overlaps the sentence at {last.start} to {last.end}, which is kept"
            rejects.append(Reject(where(sentence), reason))
        else:
            kept.append(with_common_sources(sentence))
    return kept, rejects


def _reviews(sentences: list[Sentence], reviewed: Session) -> tuple[dict[Place, Sentence], list[Reject]]:
    """What reviewers said, by sentence; what is none of ours is told."""
    own = {sentence.place: sentence for sentence in sentences}
    found, rejects = {}, list(reviewed.rejects)
    for review in reviewed.sentences:
        known = own.get(review.place)
        if known is None:
            rejects.append(Reject(where(review), "it was reviewed, but is not in the labelled file"))
        elif known.text != review.text:
            rejects.append(Reject(where(review), "its words are not those that were reviewed; pull both again"))
        else:
            found[review.place] = with_common_sources(review)
    return found, rejects


def where(sentence: Sentence) -> str:
    """A sentence as people find it again."""
    return f"article {sentence.article.id!r}, sentence at {sentence.start} to {sentence.end}"


def _reviewed(sentence: Sentence, review: Sentence) -> Decision:
    names = ", ".join(review.readings)
    readings = set(review.readings.values())
    if len(readings) > 1:
        raise Undecided(f"its reviewers {names} differ")
    return Decision(sentence, readings.pop(), f"reviewed by {names}")


def _decision(sentence: Sentence, rule: Rule) -> Decision:
    names, readings = list(sentence.readings), list(sentence.readings.values())
    is_enough = len(names) >= rule.min_annotators
    is_agreed = len(names) > 1 and len(set(readings)) == 1
    if rule.expert in names and not (is_agreed and is_enough):
        return Decision(sentence, sentence.readings[rule.expert], f"expert {rule.expert}")
    if not is_enough:
        raise Undecided(f"{len(names)} of at least {rule.min_annotators} annotators labelled it")
    if len(names) == 1:
        return Decision(sentence, readings[0], f"only {names[0]}")
    if is_agreed:
        return Decision(sentence, readings[0], AGREED)
    if rule.name != MAJORITY:
        raise Undecided(f"{', '.join(names)} differ")
    reading, notes = majority_reading(sentence)
    return Decision(sentence, reading, MAJORITY, tuple(notes))


def _check(decision: Decision) -> None:
    spans = tuple(sorted((mark.span for mark in decision.reading), key=lambda s: (s.start, s.end)))
    if fault := next(faults(Document(decision.sentence.article, spans)), None):
        raise Undecided(f"it is {decision.how}, but breaks a rule: {fault}")
