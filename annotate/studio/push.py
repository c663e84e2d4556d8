"""Tasks to a Label Studio server: each sentence there exactly once, each model version's suggestions once.

A server may have done what it did not confirm, or may still do it. So nothing is believed but what a listing shows:
look, send what is missing, take away what is there twice, and look again, until there is nothing to do. A push that
was killed, or met another one, is mended by the next in the same way.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...data.rejects import Reject
from .kept import Kept, Project
from .projects import Setup, remove_twins, set_up
from .sendable import Checked, Row, check, rows_of, suggestions
from .server import Server, ServerError
from .trouble import Patience, Size

BATCH = 200
"""Tasks a request sends. 500 are a quarter faster, but a failure costs more, and many a proxy takes 1 MB at most."""

SUGGESTIONS = 10
"""As many times more suggestions are added by one request: after each, Label Studio counts the whole project anew,
which takes seconds for 10,000 tasks."""

SETTLE = 30.0
"""Seconds that a request whose answer was given up is given to be done, counted from when all else is."""

POISON = 3
"""How often a task alone may bring the server down before it is left out."""

HOPELESS = 10
"""Refused tasks after which the server will take none, if it took none so far; passes that bring nothing new."""

Step = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push found and did. Of the file's sentences, some were ``there`` before, others are ``new``.

    ``predictions`` were added, ``removed`` counts surplus copies, ``repeated`` tasks that the file holds again.
    ``copies``: sentences that are there more than once, since people have worked on more than one of the copies.
    """

    project: Project
    is_new: bool
    notes: tuple[str, ...]
    there: int
    new: int
    predictions: int
    removed: int
    removed_predictions: int
    repeated: int
    batches: int
    copies: tuple[str, ...]
    rejects: tuple[Reject, ...]


def push(
    server: Server,
    tasks: str | Path | Iterable[Row],
    title: str,
    *,
    setup: Setup | None = None,
    batch: int = BATCH,
    settle: float = SETTLE,
    on_step: Step = lambda phase, done, total: None,
) -> Pushed:
    """Bring ``tasks`` (a file of them, or its rows) to the project called ``title``.

    The project is made if it is not there. ``settle`` are seconds given to a request whose end is unknown, before the
    last look. ``on_step`` hears what goes on (looking, sending) and how far it is (tasks, of how many).
    Raises ``ServerError`` if the server gives no hope, or the project is not one of ours; run again, it goes on.
    """
    rows = rows_of(tasks)
    checked = check(rows)
    if not checked.total:
        raise ServerError(f"there is nothing to send to {title!r}: {checked.why_none}")
    ready = set_up(server, title.strip(), setup or Setup())
    sizes = Size(batch), Size(batch * SUGGESTIONS)
    run = _Run(server, ready.project, rows, checked, batch, settle, on_step, *sizes, is_doubtful=ready.is_doubtful)
    run.until_settled()
    remove_twins(server, ready)
    return Pushed(
        project=ready.project,
        is_new=ready.is_new,
        notes=(*ready.notes, *run.show_newest()),
        there=run.there,
        new=run.new,
        predictions=run.predictions,
        removed=run.removed,
        removed_predictions=run.removed_predictions,
        repeated=checked.repeated,
        batches=run.batches,
        copies=run.copies,
        rejects=(*checked.rejects, *(Reject(key, reason) for key, reason in run.refused.items())),
    )


@dataclass(slots=True)
class _Run:
    """One push on its way.

    ``before`` is what the first look found: model versions by key. ``there``, ``new`` and ``predictions`` are measured
    against it in every pass, since what a server did need not be what it confirmed.
    """

    server: Server
    project: Project
    rows: Iterable[Row]
    checked: Checked
    batch: int
    settle: float
    on_step: Step
    tasks_size: Size
    predictions_size: Size
    before: dict[str, set[str]] | None = None
    there: int = 0
    new: int = 0
    predictions: int = 0
    removed: int = 0
    removed_predictions: int = 0
    batches: int = 0
    known: int = 0
    copies: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    seen_versions: set[str] = field(default_factory=set)
    failures: Counter[str] = field(default_factory=Counter)
    is_doubtful: bool = False

    def until_settled(self) -> None:
        """Pass after pass, until one finds nothing to do and no request can still be under way."""
        patience, best, idle = Patience(self.server.patience, self.server.told), -1, 0
        while True:
            trouble = None
            try:
                has_changed = self._pass()
            except ServerError as error:
                trouble = error
            if self.known > best:
                patience, best, idle = Patience(self.server.patience, self.server.told), self.known, 0
            if trouble is not None:
                self.is_doubtful |= trouble.doubtful
                patience.pause(trouble)
            elif has_changed:
                idle += 1
                if idle > HOPELESS:
                    raise ServerError(
                        f"{self.server.address} takes what is sent to {self.project.title!r} and does not show it; is"
                        " another program at work on the project?"
                    )
            elif self.is_doubtful:
                words = "the server may still be at work on what it did not confirm"
                self.server.told(f"waiting {self.settle:.0f} s: {words}")
                time.sleep(self.settle)
                self.is_doubtful = False
            else:
                return

    def _pass(self) -> bool:
        """Look, mend, and send what is missing. Returns whether there was anything to do."""
        there, has_mended = self._mended()
        if self.before is None:
            self.before = {key: {v for task in tasks for _, v in task.predictions} for key, tasks in there.items()}
        self.there = self.new = self.predictions = done = 0
        tasks: list[Row] = []
        predictions: list[tuple[str, Row]] = []
        has_sent = False
        for row in self._sendable():
            key = row["data"]["key"]
            self.there += key in self.before
            self.new += key not in self.before
            self.predictions += len(suggestions(row).keys() - self.before.get(key, set()))
            if key in there:
                done += 1
                predictions += _missing(row, there[key])
            else:
                tasks.append(row)
            if len(tasks) >= self.tasks_size.now:
                done += self._send_tasks(tasks)
                has_sent, tasks = True, []
            if len(predictions) >= self.predictions_size.now:
                self._send_predictions(predictions)
                has_sent, predictions = True, []
            self.on_step("sending", done, self.checked.total)
        if tasks:
            done += self._send_tasks(tasks)
        if predictions:
            self._send_predictions(predictions)
        self.on_step("sending", done, self.checked.total)
        return bool(has_mended or has_sent or tasks or predictions)

    def _sendable(self) -> Iterator[Row]:
        for place, row in enumerate(self.rows):
            if place not in self.checked.passed_over and row["data"]["key"] not in self.refused:
                yield row

    # --- looking and mending ----------------------------------------------------------------------------------

    def _mended(self) -> tuple[dict[str, list[Kept]], bool]:
        """What is there by key, after surplus tasks and predictions were removed, and whether there were any."""
        there: dict[str, list[Kept]] = {}
        for number, task in enumerate(self.server.tasks(self.project)):
            self.on_step("looking", number, max(number, self.checked.total))
            self.seen_versions.update(version for _, version in task.predictions)
            if task.key is not None:
                there.setdefault(task.key, []).append(task)
        self.known = sum(1 + len(tasks[0].predictions) for tasks in there.values())
        surplus = []
        for key, copies in there.items():
            if len(copies) > 1:
                there[key] = [task for task in copies if task.is_worked_on] or copies[:1]
                surplus += [task.id for task in copies if task not in there[key]]
        twice = [number for tasks in there.values() for task in tasks for number in _twice(task)]
        for start in range(0, len(surplus), self.batch):
            numbers = surplus[start : start + self.batch]
            self.server.delete_tasks(self.project, numbers)
            self.removed += len(numbers)
        for number in twice:
            self.server.delete_prediction(number)
            self.removed_predictions += 1
        self.copies = tuple(key for key, tasks in there.items() if len(tasks) > 1)
        return there, bool(surplus or twice)

    # --- sending ----------------------------------------------------------------------------------------------

    def _send_tasks(self, rows: Sequence[Row]) -> int:
        """Returns how many were taken; the others are refused for good."""
        fields = [{"data": row["data"], "predictions": list(row.get("predictions") or [])} for row in rows]
        return self._send(self.server.import_tasks, self.tasks_size, fields, [row["data"]["key"] for row in rows])

    def _send_predictions(self, rows: Sequence[tuple[str, Row]]) -> None:
        self._send(
            self.server.import_predictions, self.predictions_size, [row for _, row in rows], [key for key, _ in rows]
        )

    def _send(
        self, send: Callable[[Project, Sequence[Row]], None], size: Size, rows: Sequence[Row], keys: Sequence[str]
    ) -> int:
        """Send rows, in halves where they are refused, down to the one that is. Returns how many were taken."""
        try:
            send(self.project, rows)
        except ServerError as error:
            trouble = error
        else:
            self.batches += 1
            size.grow()
            return len(rows)
        if len(rows) == 1:
            self.failures[keys[0]] += trouble.is_of_server
            if trouble.refused or self.failures[keys[0]] >= POISON:
                self.refused[keys[0]] = str(trouble)
                if len(self.refused) >= HOPELESS and not self.batches:
                    raise trouble
                return 0
        if size is self.tasks_size or not trouble.doubtful:  # fewer suggestions would take as long
            size.shrink(len(rows))
        if not trouble.refused:
            raise trouble
        half = len(rows) // 2
        taken = self._send(send, size, rows[:half], keys[:half])
        return taken + self._send(send, size, rows[half:], keys[half:])

    # --- what annotators see ----------------------------------------------------------------------------------

    def show_newest(self) -> list[str]:
        """Annotators see the suggestions of one version: the one just sent, unless a model answers live."""
        if len(self.checked.versions) != 1:
            return []
        (version,) = self.checked.versions
        shown = self.server.project(self.project.id) or self.project
        if shown.model_version == version or (shown.model_version and shown.model_version not in self.seen_versions):
            return []
        self.server.update_project(shown, model_version=version)
        return [f"annotators see the suggestions of {version}"] if shown.model_version else []


def _missing(row: Row, copies: Iterable[Kept]) -> list[tuple[str, Row]]:
    """The suggestions that are not there yet, with the sentence's key, as the server wants them."""
    return [
        (row["data"]["key"], {**suggestion, "task": task.id})
        for task in copies
        for version, suggestion in suggestions(row).items()
        if version not in {known for _, known in task.predictions}
    ]


def _twice(task: Kept) -> list[int]:
    """The predictions of a version that has one before."""
    first: dict[str, int] = {}
    return [number for number, version in task.predictions if first.setdefault(version, number) != number]
