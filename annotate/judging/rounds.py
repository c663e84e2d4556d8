"""One round of adjudication, from labelled files to a gold file, a file for review and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...data.outputs import OutputError, open_outputs
from ...data.rejects import rejects_beside
from ...data.wording import counted
from ..studio.pseudonyms import pseudonyms, read_pseudonyms
from .adjudication import Outcome, Rule, adjudicate, where
from .gold import gold_documents
from .readings import read_session, renamed
from .review import ENDING, check_review, write_review
from .versions import Changes, origin, version_of, version_path, write_gold

_SHOWN = 5  # waiting sentences and rejects that the summary names


@dataclass(frozen=True, slots=True)
class Files:
    """What a round reads and writes. ``names`` is the file of pseudonyms, if there are to be any."""

    labelled: Path
    out: Path
    reviewed: Sequence[Path] = ()
    review: Path | None = None
    names: Path | None = None

    @property
    def to_review(self) -> Path:
        """Where the tasks of a review round are written."""
        stem = self.out.name.removesuffix(".gz").removesuffix(".jsonl")
        return self.review or self.out.with_name(stem + ENDING)

    @property
    def rejects(self) -> Path:
        return rejects_beside(self.out)

    def check(self) -> None:
        """Raises ``OutputError`` if an output is an input or another output."""
        taken = [path.resolve() for path in (self.labelled, *self.reviewed, *([self.names] if self.names else []))]
        for path in (self.out, version_path(self.out), self.to_review, self.rejects):
            if path.resolve() in taken:
                raise OutputError(f"{path} is read or written for something else in this run; name another output")
            taken.append(path.resolve())


@dataclass(frozen=True, slots=True)
class Round:
    """What a round decided and wrote. ``is_dated`` says whether a version file tells when the labels were pulled."""

    files: Files
    outcome: Outcome
    changes: Changes
    is_dated: bool

    def told(self) -> Iterator[str]:
        """A summary, a line each."""
        decided, waiting, rejects = self.outcome.decided, self.outcome.waiting, self.outcome.rejects
        ways = sorted(Counter(decision.how for decision in decided).items(), key=lambda way: (-way[1], way[0]))
        how = "; ".join(f"{number:,} {how}" for how, number in ways)
        yield f"{len(decided):,} of {len(decided) + len(waiting):,} sentences are gold" + (f" ({how})" if how else "")
        yield f"articles in {self.files.out}: {self.changes}"
        if waiting:
            yield (
                f"{counted(len(waiting), 'sentence')} to review in {self.files.to_review}: push it to a project of its "
                "own, label, pull, and run this again with --reviewed"
            )
            for item in sorted(waiting, key=lambda item: not item.is_reviewed)[:_SHOWN]:
                yield f"  {where(item.sentence)}: {item.reason}"
            if len(waiting) > _SHOWN:
                yield f"  … and {len(waiting) - _SHOWN:,} more"
        elif self.files.to_review.exists():
            yield f"nothing waits any more; {self.files.to_review} is empty now"
        if not self.is_dated:
            yield f"{self.files.labelled} is not as a pull left it: the version of the gold names its hash, but no time"
        if rejects:
            yield f"{counted(len(rejects), 'reject')}, all listed in {self.files.rejects}:"
            for reject in rejects[:_SHOWN]:
                yield f"  {reject.place}: {reject.reason}"


def adjudicate_files(
    files: Files, rule: str = "review", *, min_annotators: int = 1, by: str | None = None, force: bool = False
) -> Round:
    """Adjudicate labelled files and write gold, its version, the review round and the rejects.

    ``rule`` is ``review``, ``majority`` or ``expert:NAME``. With ``files.names``, pseudonyms stand in all that is
    written and returned; ``rule`` and ``by`` may give either name.

    Raises ``RuleError`` if the rule is none, or its expert labelled nothing; ``CorpusError`` if a file cannot be
    read; ``OutputError``, before anything is written, if an output would replace what is not its own.
    """
    files.check()
    check_review(files.to_review, force)
    session, reviewed = read_session([files.labelled]), read_session(files.reviewed)
    chosen = Rule.of(rule, min_annotators)
    if files.names:
        people = {*session.annotators, *reviewed.annotators, *([by] if by else [])}
        hidden = _pseudonyms(files.names, people)
        session, reviewed = renamed(session, hidden), renamed(reviewed, hidden)
        by = hidden.get(by, by) if by else None
        chosen = replace(chosen, expert=hidden.get(chosen.expert, chosen.expert) if chosen.expert else None)
    outcome = adjudicate(session, chosen, reviewed)
    pulled, version = origin(files.labelled), version_of(files.labelled)
    changes = write_gold(
        files.out,
        gold_documents(outcome, session.meta),
        how="adjudication",
        annotators={*session.annotators, *reviewed.annotators},
        project=version.project if version else None,
        pulled=pulled,
        rule=str(chosen),
        by=by,
        reviewed=[origin(path) for path in files.reviewed],
        force=force,
    )
    if outcome.waiting or files.to_review.exists():
        write_review(files.to_review, outcome.waiting, force)
    with open_outputs(None, None, files.rejects, force=True) as (_, _, refused):
        for place, reason in _refused(outcome):
            if refused:
                refused.write({"place": place, "reason": reason})
    return Round(files, outcome, changes, pulled["made"] is not None)


def _pseudonyms(file: Path, names: set[str]) -> dict[str, str]:
    """The pseudonym of each name. Names that are pseudonyms already, from the pull, stay."""
    taken = set(read_pseudonyms(file).values())
    return pseudonyms(file, sorted(names - taken))


def _refused(outcome: Outcome) -> Iterator[tuple[str, str]]:
    for reject in outcome.rejects:
        yield reject.place, reject.reason
    for decision in outcome.decided:
        for note in decision.notes:
            yield where(decision.sentence), f"note: {note}"
