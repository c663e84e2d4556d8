"""Annotations brought home: the export of a project and the articles it was made of become a corpus file.

Pulling again is the normal case. The same annotations make the same documents, in the same order and bytes, and
leave the file as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.columns import Columns
from ...data.documents import Article
from ...data.outputs import open_outputs
from ...data.readers import read_articles
from ...data.rejects import Reject, rejects_beside
from ..judging.versions import Changes, version_path, write_gold
from .accounts import annotators_of, names_of
from .answers import Answers, Note, read_answers
from .assembly import Assembled, assemble

if TYPE_CHECKING:
    from .server import Project, Server

_USUAL = Columns()


class PullError(ValueError):
    """Nothing can be brought home; the message says why."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull found and wrote. ``annotations`` counts what each annotator labelled or skipped.

    ``notes`` are all in the file ``rejects``, if there are any.
    """

    tasks: int
    annotations: Mapping[str, int]
    assembled: Assembled
    changes: Changes
    notes: tuple[Note, ...] = ()
    rejects: Path | None = None

    @property
    def lost(self) -> int:
        """How many parts of annotations could not be used."""
        return sum(note.lost for note in self.notes)


@dataclass(frozen=True, slots=True)
class Where:
    """What a pull reads besides the server, and writes. ``names`` is the file of pseudonyms, if there are any."""

    articles: Sequence[str | Path]
    out: Path
    columns: Columns = field(default=_USUAL)
    names: Path | None = None

    @property
    def rejects(self) -> Path:
        return rejects_beside(self.out)

    @property
    def files(self) -> list[Path]:
        """What may lie in the folder of the articles and is none."""
        found = [self.out, version_path(self.out), self.rejects]
        return [*found, self.names] if self.names else found


def pull(server: Server, project: Project, where: Where, *, only: str | None = None, force: bool = False) -> Pulled:
    """Bring home what annotators did in a project; see ``bring_home``. Raises ``ServerError`` with the reason, too."""
    told = {"id": project.id, "title": project.title}
    rows = server.export(project, predictions=False)
    return bring_home(rows, names_of(server.users()), told, where, only=only, force=force)


def bring_home(
    rows: Iterable[Mapping[str, Any]],
    names: Mapping[int, str],
    project: Mapping[str, Any],
    where: Where,
    *,
    only: str | None = None,
    force: bool = False,
) -> Pulled:
    """Write what the exported tasks ``rows`` of ``project`` (its ``id`` and ``title``) hold.

    ``names`` are the annotators by the server's number; with ``where.names`` their pseudonyms stand in all that is
    written and returned. ``only`` takes one annotator, by either name.

    Raises ``PullError`` if there is nothing to write, and what ``write_gold`` raises if the file is not its own.
    """
    kept = list(rows)
    known, hidden = annotators_of(kept, names, where.names)
    if only is not None:
        only = hidden.get(only, only)
    answers = read_answers(kept, known, only=only)
    title = project["title"]
    if only is not None and not answers.answers:
        there = ", ".join(sorted(known.values())) or "nobody yet"
        # The name is not repeated: it may be the one that a pseudonym stands for.
        raise PullError(f"the annotator you name has labelled nothing in {title!r}; who has: {there}")
    if not answers.answers:
        raise PullError(f"nobody has labelled anything in {title!r} yet; nothing was written")
    articles, unread = _articles(answers, where)
    assembled = assemble(answers.answers, articles)
    notes = [replace(note, place=f"{title}: {note.place}") for note in (*answers.notes, *assembled.notes)]
    if not assembled.documents:
        last = notes[-1]
        raise PullError(f"no annotation fits the articles, so nothing was written; {last.place}: {last.reason}")
    notes += unread
    annotators = {document.meta["annotator"] for document in assembled.documents}
    written = {"id": project["id"], "title": title}
    changes = write_gold(
        where.out, assembled.documents, how="pull", annotators=annotators, project=written, force=force
    )
    with open_outputs(None, None, where.rejects, force=True) as (_, _, refused):
        for note in notes:
            if refused:
                refused.write({"place": note.place, "reason": note.reason if note.lost else f"note: {note.reason}"})
    counted = Counter(answer.annotator for answer in answers.answers)
    return Pulled(
        answers.tasks, dict(sorted(counted.items())), assembled, changes, tuple(notes), where.rejects if notes else None
    )


def _articles(answers: Answers, where: Where) -> tuple[dict[str, Article], list[Note]]:
    """Of all articles, those that somebody labelled sentences of. If one is missing, what could not be read is told:
    it may be among that."""
    wanted = {answer.task.article for answer in answers.answers}
    found: dict[str, Article] = {}
    unread = []
    for item in read_articles(where.articles, columns=where.columns, leave_out=where.files):
        if isinstance(item, Reject):
            unread.append(Note(item.place, item.reason, lost=False))
        elif item.id in wanted:
            found[item.id] = item
    return found, unread if wanted - found.keys() else []
