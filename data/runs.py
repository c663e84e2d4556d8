"""A run over files of articles, whichever command makes it: what it read, could not read, and must not replace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .documents import Article
from .outputs import LinesWriter, OutputError
from .rejects import Reject

_SHOWN = 10


class InputError(ValueError):
    """Inputs that are of no use at all; the message says why."""


@dataclass(slots=True)
class Tally:
    """What a run has read so far."""

    articles: int = 0
    rejects: list[Reject] = field(default_factory=list)
    """The first rejects, to show; all of them are in the rejects file."""
    rejected: int = 0

    def readable(self, items: Iterable[Article | Reject], refused: LinesWriter | None) -> Iterator[Article]:
        """The articles among ``items``; rejects are counted, and written to ``refused`` if it is there."""
        for item in items:
            if isinstance(item, Article):
                yield item
                continue
            self.rejected += 1
            if len(self.rejects) < _SHOWN:
                self.rejects.append(item)
            if refused:
                refused.write(item.to_json())

    def check(self, paths: Sequence[str | Path]) -> None:
        """Raises ``InputError`` if there was nothing at all in ``paths``."""
        if not self.articles and not self.rejected:
            raise InputError(f"there are no articles in {', '.join(map(str, paths))}")


def refuse_inputs(targets: Iterable[Path], paths: Sequence[str | Path]) -> None:
    """Raises ``OutputError`` if an output is one of the inputs."""
    inputs = [Path(path).resolve() for path in paths if path != "-"]
    for path in targets:
        if path.resolve() in inputs:
            raise OutputError(f"{path} is an input; name another output")
