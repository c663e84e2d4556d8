"""Articles to tasks: every sentence, or those worth labelling, with what the model suggests.

    articles -> judged in batches -> sentences -> duplicates left out -> all, only likely ones, or a selection -> file

Nothing grows with the number of sentences but, for a selection, three numbers each: what must wait for a decision, and
what was there before, is on the disk.
"""

from __future__ import annotations

import random
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from ...data.columns import Columns
from ...data.documents import CLAIM, Article
from ...data.outputs import LinesWriter, OutputError, open_outputs
from ...data.readers import read_articles, size_of
from ...data.rejects import rejects_beside
from ...data.runs import Tally, refuse_inputs
from ...models.display import reading_progress
from ...models.scorer import Scorer, batches
from ..suggestions import Judgment, judge_articles, suggestion
from ..taskfile import open_tasks
from ..tasks import CONTEXT, Task, tasks_of
from .duplicates import NEAR, Seen
from .selection import CONTROL, select
from .spool import Spool, Texts

LIKELY = 0.05
"""A sentence may hold a claim if the model gives anything in it this probability.

In real articles that the shipped model had not seen, 98 of 100 sentences with a claim passed, and 94 at one half.
"""

SAMPLE = 0.05
"""Share of the other sentences that goes along with the likely ones."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sentences become tasks; without ``only`` and ``count``, all.

    ``only``: those in which the model gives anything at least ``likely``, and a ``sample`` of the rest by chance.
    ``count``: so many of the best, ``control`` of them by chance from all; with ``only``, the model chooses from the
    likely ones, and there is no further sample. ``seed`` starts chance.
    """

    only: bool = False
    likely: float = LIKELY
    sample: float = SAMPLE
    count: int | None = None
    control: float = CONTROL
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("likely", "sample", "control"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie between 0 and 1")
        if self.count is not None and self.count < 1:
            raise ValueError(f"{self.count} sentences cannot be selected; ask for 1 or more")

    @property
    def needs_model(self) -> bool:
        return self.only or self.count is not None


@dataclass(slots=True)
class Summary(Tally):
    """What an export did. ``chosen`` counts the tasks by why they are there (see ``tasks.CHOSEN``)."""

    sentences: int = 0
    exact: int = 0
    near: int = 0
    chosen: Counter[str] = field(default_factory=Counter)
    claims: int = 0
    attributions: int = 0

    @property
    def tasks(self) -> int:
        return self.chosen.total()


@dataclass(frozen=True, slots=True)
class Judged:
    """A task, and what the model says of it, if there is a model."""

    task: Task
    judgment: Judgment | None


def export(
    paths: Sequence[str | Path],
    out: Path,
    *,
    scorer: Scorer | None = None,
    choice: Choice | None = None,
    suggest: bool = True,
    context: int = CONTEXT,
    near: float | None = NEAR,
    duplicates: Path | None = None,
    columns: Columns | None = None,
    force: bool = False,
    console: Console | None = None,
) -> Summary:
    """Write the tasks of the articles in ``paths`` to ``out``, in the order of the articles; returns what was done.

    With a ``scorer``, each task carries its suggestion, unless ``suggest`` is off. ``near``: see ``duplicates.NEAR``;
    ``None`` keeps duplicates. ``duplicates`` is a file, JSON Lines, for those left out. Rejects go beside ``out``.
    ``console`` is for progress. Outputs appear whole or not at all. Raises ``OutputError`` before any work if one
    exists or cannot be made, ``InputError`` if there is no article, ``ValueError`` if a choice has no model to go by.
    """
    choice = choice or Choice()
    if choice.needs_model and scorer is None:
        raise ValueError("choosing sentences needs a model")
    rejects = rejects_beside(out)
    targets = [path for path in (out, duplicates, rejects) if path]
    _check(targets, paths)
    summary = Summary()
    with ExitStack() as stack:
        _, listed, refused = stack.enter_context(open_outputs(None, duplicates, rejects, force=force))
        tasks = stack.enter_context(open_tasks(out, force=force))
        seen = None if near is None else stack.enter_context(Seen(near))
        spool = stack.enter_context(Spool(out.parent))
        progress = stack.enter_context(reading_progress(console)) if console else None
        bar = progress.add_task("reading", total=size_of(paths), articles=0) if progress else None

        def on_read(count: int) -> None:
            if progress and bar is not None:
                progress.update(bar, advance=count, articles=summary.articles)

        items = read_articles(paths, columns=columns or Columns(), on_read=on_read, leave_out=targets)
        judged = _judged(summary.readable(items, refused), scorer, context, summary)
        fresh = judged if seen is None else _fresh(judged, seen, summary, listed)
        version = scorer.model.name if scorer and suggest else None
        rows = _selected(fresh, choice, version, spool) if choice.count else _passed(fresh, choice, version)
        for row in rows:
            tasks.write(row)
            _count(row, summary)
        summary.check(paths)
    return summary


def _check(targets: Sequence[Path], paths: Sequence[str | Path]) -> None:
    refuse_inputs(targets, paths)
    for place, path in enumerate(targets):
        if path.resolve() in [other.resolve() for other in targets[:place]]:
            raise OutputError(f"{path} is named for two outputs; name another for one of them")


def _judged(articles: Iterable[Article], scorer: Scorer | None, context: int, summary: Summary) -> Iterator[Judged]:
    """Every sentence of every article."""
    for batch in batches(articles):
        if scorer is None:
            made = (Judged(task, None) for article in batch for task in tasks_of(article, context=context))
        else:
            made = (
                Judged(task, judgment)
                for article, bounds, judgments in judge_articles(scorer, batch)
                for task, judgment in zip(tasks_of(article, bounds, context), judgments, strict=True)
            )
        summary.articles += len(batch)
        for item in made:
            summary.sentences += 1
            yield item


def _fresh(items: Iterable[Judged], seen: Seen, summary: Summary, listed: LinesWriter | None) -> Iterator[Judged]:
    """Those that were not there before."""
    for item in items:
        duplicate = seen.check(item.task.key, item.task.text)
        if duplicate is None:
            yield item
            continue
        if duplicate.kind == "exact":
            summary.exact += 1
        else:
            summary.near += 1
        if listed:
            listed.write(duplicate.to_json())


def _row(item: Judged, model_version: str | None) -> dict[str, Any]:
    """The task as it stands in the file; with a ``model_version``, with its suggestion."""
    row: dict[str, Any] = {"data": item.task.data()}
    if model_version is not None and item.judgment is not None:
        judgment = item.judgment
        row["predictions"] = [suggestion(judgment.reading, item.task.text, model_version, judgment.confidence)]
    return row


def _passed(items: Iterable[Judged], choice: Choice, model_version: str | None) -> Iterator[dict[str, Any]]:
    """All rows, or the likely ones and a sample; decided one by one."""
    for item in items:
        chosen = "all"
        if choice.only and item.judgment is not None:
            if item.judgment.likely >= choice.likely:
                chosen = "model"
            # by the sentence's own key: what else is exported does not change the draw
            elif random.Random(f"{choice.seed} {item.task.key}").random() < choice.sample:
                chosen = "sample"
            else:
                continue
        yield _row(replace(item, task=replace(item.task, chosen=chosen)), model_version)


def _selected(
    items: Iterable[Judged], choice: Choice, model_version: str | None, spool: Spool
) -> Iterator[dict[str, Any]]:
    """The rows worth labelling, once all were seen."""
    closeness, likely = array("f"), array("b")
    for item in items:
        assert item.judgment is not None
        closeness.append(item.judgment.closeness)
        likely.append(not choice.only or item.judgment.likely >= choice.likely)
        spool.append(_row(item, model_version))
    selection = select(
        np.array(closeness, np.float32),
        Texts(spool),
        choice.count or 0,
        control=choice.control,
        seed=choice.seed,
        among=np.array(likely, np.bool_),
    )
    by_chance = set(selection.control.tolist())
    for number in sorted(by_chance.union(selection.model.tolist())):
        row = spool[number]
        row["data"]["chosen"] = "control" if number in by_chance else "model"
        yield row


def _count(row: dict[str, Any], summary: Summary) -> None:
    summary.chosen[row["data"]["chosen"]] += 1
    for prediction in row.get("predictions", []):
        labels = [item["value"]["labels"][0] for item in prediction["result"] if item["type"] == "labels"]
        claims = labels.count(CLAIM)
        summary.claims += claims
        summary.attributions += len(labels) - claims
