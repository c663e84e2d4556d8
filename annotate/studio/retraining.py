"""Retraining while a session goes on: annotations come in, a new model takes the old one's place.

Training is another process (``casualty-train fit``): it needs its own memory and processors, and a training that
fails or is killed leaves the model that answers as it was.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.corpus import write_corpus
from ...data.wording import one_line
from ...models.scorer import Scorer
from ...models.storage import save_model
from ..judging.adjudication import MAJORITY, Rule, adjudicate
from ..judging.gold import gold_documents
from ..judging.readings import read_session
from .pull import Where, pull

if TYPE_CHECKING:
    from .server import Project, Server

log = logging.getLogger(__name__)

LABELLED, GOLD, MODEL = "labelled.jsonl", "gold.jsonl", "model"
"""What a retraining leaves in its folder: what was pulled, what of it was learned, and the newest sound model."""

TRAIN = (sys.executable, "-m", "casualty_claims.train.cli", "fit")

KEPT_OUT = ("LABEL_STUDIO_", "CASUALTY_SERVE_")
"""Environment variables with tokens and passwords, by how they begin: training has no use for them."""


class RetrainingError(RuntimeError):
    """A retraining that came to nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a model is retrained from: corpus files, the annotations of a session, options of ``casualty-train fit``.

    ``out`` is the folder for annotations and models; ``every`` how many annotations are worth a retraining;
    ``project`` the number of the project whose annotations count, on its server.
    """

    corpus: tuple[Path, ...]
    out: Path
    every: int = 100
    project: int | None = None
    options: tuple[str, ...] = ("--folds", "0")

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every is {self.every}; give 1 annotation or more")


class Retrainer:
    """Retrains in a thread of its own, one run at a time; what comes in during a run makes one more run, not many.

    ``pull`` writes the session's gold to the path it is given; ``use`` takes the new model into service.
    """

    def __init__(self, recipe: Recipe, pull: Callable[[Path], object], use: Callable[[Scorer], None]) -> None:
        self.recipe = recipe
        self._pull = pull
        self._use = use
        self._learned: str | None = None
        self._waiting = 0
        self._due = self._stopping = False
        self._process: subprocess.Popen[str] | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="retraining", daemon=True)
        self._thread.start()

    def notice(self, annotations: int = 1, project: object = None) -> bool:
        """Count annotations that came in; ``False`` if they are of another project. Returns at once."""
        if None not in (project, self.recipe.project) and project != self.recipe.project:
            return False
        with self._changed:
            self._waiting += annotations
            if self._waiting >= self.recipe.every:
                self._due = True
                self._changed.notify_all()
        return True

    def ask(self) -> None:
        """Retrain, however few annotations came in. Returns at once."""
        with self._changed:
            self._due = True
            self._changed.notify_all()

    def stop(self) -> None:
        """End, with the training that may be under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            if self._process is not None:
                self._process.terminate()
        self._thread.join(10)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._due or self._stopping)
                if self._stopping:
                    return
                self._due, self._waiting = False, 0
            try:
                self._retrain()
            except (RetrainingError, ValueError, OSError) as error:
                if not self._stopping:
                    log.error("retraining failed, the model stays as it was: %s", one_line(str(error), 300))
            except Exception as error:  # its words may hold what a server said, cookies too: its name must do
                log.error("retraining failed, the model stays as it was (%s)", type(error).__name__)
                log.debug("the whole of it", exc_info=error)

    def _retrain(self) -> None:
        gold = self.recipe.out / GOLD
        self.recipe.out.mkdir(parents=True, exist_ok=True)
        self._pull(gold)
        content = hashlib.sha256(gold.read_bytes()).hexdigest()
        if content == self._learned:
            log.info("nothing new to learn from")
            return
        log.info("retraining begins")
        with tempfile.TemporaryDirectory(dir=self.recipe.out, prefix=".training-") as spare:
            fresh = Path(spare) / MODEL
            self._fit(gold, fresh)
            scorer = Scorer(fresh)
            save_model(scorer.model, self.recipe.out / MODEL, force=True)
        self._use(scorer)
        self._learned = content
        log.info("retrained: %s answers from now on", scorer.model.name)

    def _fit(self, gold: Path, out: Path) -> None:
        command = [*TRAIN, *map(str, (*self.recipe.corpus, gold)), "--out", str(out), *self.recipe.options]
        quiet = {name: value for name, value in os.environ.items() if not name.startswith(KEPT_OUT)}
        with self._changed:
            if self._stopping:
                raise RetrainingError("the backend is stopping")
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True, errors="replace", env=quiet,
            )  # fmt: skip
        try:
            _, told = self._process.communicate()
        finally:
            status = self._process.poll()
            self._process = None
        if status:
            last = next((line for line in reversed(told.splitlines()) if line.strip()), "it said nothing")
            raise RetrainingError(f"casualty-train ended with status {status}: {last}")


def pull_gold(server: Server, project: Project, articles: Sequence[str | Path], gold: Path) -> None:
    """Write to ``gold`` what the annotators of a project have decided so far: where several labelled a sentence, what
    most of them say.

    Raises ``RetrainingError`` if that is nothing, and what ``pull`` raises.
    """
    labelled = gold.with_name(LABELLED)
    pull(server, project, Where(articles, labelled))
    session = read_session([labelled])
    documents = gold_documents(adjudicate(session, Rule(MAJORITY)), session.meta)
    if not documents:
        raise RetrainingError(f"no sentence of {project.title!r} is decided yet")
    write_corpus(gold, documents)
