"""How far a session is: sentences, annotators, and what became of the suggestions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ...data.documents import LABELS, Span
from ...data.matching import overlap_pairs
from ..regions import Reading, from_result, numbers
from .accounts import annotators_of, names_of
from .answers import Answer, Answers, read_answers

if TYPE_CHECKING:
    from .server import Project, Server


@dataclass(frozen=True, slots=True)
class Revision:
    """What annotators did with suggested spans; revisions add.

    ``kept``, ``moved``, ``deleted`` and ``added`` count spans. ``harm``, ``qualifier`` and ``number`` count the
    claims, kept or moved, of which that was corrected, ``link`` those given to another source.
    """

    kept: int = 0
    moved: int = 0
    deleted: int = 0
    added: int = 0
    claims: int = 0
    harm: int = 0
    qualifier: int = 0
    number: int = 0
    link: int = 0

    def __add__(self, other: Revision) -> Revision:
        return Revision(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def suggested(self) -> int:
        return self.kept + self.moved + self.deleted


@dataclass(frozen=True, slots=True)
class Progress:
    """Sentences. ``labelled`` by somebody, else ``skipped`` by somebody, else ``open``; ``enough``: by as many
    annotators as the project wants."""

    tasks: int
    labelled: int
    skipped: int
    open: int
    enough: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Work:
    """What one annotator did, in sentences; ``empty`` are among the ``labelled``.

    ``accepted`` and ``corrected`` count suggestions, ``scratch`` labelled sentences without one. ``seconds`` is the
    median time for a sentence.
    """

    annotator: str
    labelled: int = 0
    empty: int = 0
    skipped: int = 0
    accepted: int = 0
    corrected: int = 0
    scratch: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """All of it. ``revisions`` are by label."""

    project: Mapping[str, Any]
    progress: Progress
    annotators: tuple[Work, ...]
    revisions: Mapping[str, Revision]
    strangers: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "project": dict(self.project),
            "progress": asdict(self.progress),
            "annotators": [asdict(work) for work in self.annotators],
            "suggested_spans": {label: asdict(revision) for label, revision in self.revisions.items()},
            "not_of_this_toolkit": self.strangers,
        }


def status(server: Server, project: Project, names: Path | None = None) -> Status:
    """The status of a project on a server; with a file of pseudonyms, under these. Raises ``ServerError``."""
    rows = list(server.export(project))
    known, _ = annotators_of(rows, names_of(server.users()), names)
    answers = read_answers(rows, known, version=project.model_version)
    return status_of(answers, {"id": project.id, "title": project.title}, project.annotators)


def status_of(answers: Answers, project: Mapping[str, Any], wanted: int = 1) -> Status:
    """The status of a session. ``wanted`` is how many annotators shall label each sentence."""
    revisions = dict.fromkeys(LABELS, Revision())
    rows: dict[str, list[tuple[Answer, Reading, Reading | None]]] = {}
    for answer in answers.answers:
        text = answer.task.text
        reading, _ = from_result(answer.result, text)
        suggested = None if answer.suggestion is None else from_result(answer.suggestion, text)[0]
        rows.setdefault(answer.annotator, []).append((answer, reading, suggested))
        if suggested is not None and not answer.skipped:
            for label, revision in revision_of(suggested, reading).items():
                revisions[label] += revision
    return Status(
        project,
        _progress(answers, wanted),
        tuple(_work(name, rows[name]) for name in sorted(rows)),
        revisions,
        answers.strangers,
    )


def _progress(answers: Answers, wanted: int) -> Progress:
    by = Counter(answer.task.key for answer in answers.answers if not answer.skipped)
    skipped = {answer.task.key for answer in answers.answers if answer.skipped} - by.keys()
    return Progress(
        tasks=answers.tasks,
        labelled=len(by),
        skipped=len(skipped),
        open=answers.tasks - len(by) - len(skipped),
        enough=sum(count >= wanted for count in by.values()),
        wanted=wanted,
    )


def _work(name: str, rows: Sequence[tuple[Answer, Reading, Reading | None]]) -> Work:
    labelled = [(reading, suggested) for answer, reading, suggested in rows if not answer.skipped]
    seconds = [answer.seconds for answer, _, _ in rows if answer.seconds is not None]
    accepted = sum(reading == suggested for reading, suggested in labelled)
    scratch = sum(suggested is None for _, suggested in labelled)
    return Work(
        annotator=name,
        labelled=len(labelled),
        empty=sum(not reading.spans for reading, _ in labelled),
        skipped=len(rows) - len(labelled),
        accepted=accepted,
        corrected=len(labelled) - accepted - scratch,
        scratch=scratch,
        seconds=median(seconds) if seconds else None,
    )


def revision_of(suggested: Reading, reading: Reading) -> dict[str, Revision]:
    """What became of the suggested spans, by label.

    A span with the same edges was kept, one that still shares a character with its suggestion moved.
    """
    pairs = _pairs(suggested.spans, reading.spans)
    made = {}
    for label in LABELS:
        given = [i for i, span in enumerate(suggested.spans) if span.label == label]
        left = [i for i, span in enumerate(reading.spans) if span.label == label]
        mine = [(i, pairs[i]) for i in given if i in pairs]
        kept = sum(_edges(suggested.spans[i]) == _edges(reading.spans[j]) for i, j in mine)
        made[label] = Revision(kept, len(mine) - kept, len(given) - len(mine), len(left) - len(mine))
        for i, j in mine:
            if suggested.spans[i].is_claim:
                made[label] += _corrections(suggested, reading, i, j, pairs)
    return made


def _edges(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _pairs(suggested: Sequence[Span], spans: Sequence[Span]) -> dict[int, int]:
    """Suggested spans and what became of them, by index: the same edges first, then the greatest overlaps."""
    exact = {(span.label, *_edges(span)): j for j, span in enumerate(spans)}
    pairs = {i: exact[key] for i, span in enumerate(suggested) if (key := (span.label, *_edges(span))) in exact}
    for label in LABELS:
        given = [i for i, span in enumerate(suggested) if span.label == label and i not in pairs]
        left = [j for j, span in enumerate(spans) if span.label == label and j not in pairs.values()]
        found = overlap_pairs([suggested[i] for i in given], [spans[j] for j in left])
        pairs |= {given[i]: left[j] for i, j in found}
    return pairs


def _corrections(suggested: Reading, reading: Reading, i: int, j: int, pairs: Mapping[int, int]) -> Revision:
    """What was corrected of claim ``i`` of the suggestion, which is ``j`` of the reading."""
    before, after = suggested.spans[i], reading.spans[j]
    was, now = before.quantity, after.quantity
    link = None if before.attributed_to is None else pairs.get(before.attributed_to, -1)
    return Revision(
        claims=1,
        harm=before.harm != after.harm,
        qualifier=(was and was.qualifier) != (now and now.qualifier),
        number=(was and numbers(was)) != (now and numbers(now)),
        link=(link, suggested.sources[i]) != (after.attributed_to, reading.sources[j]),
    )
