"""Does choosing pay? Play a labelling session again on a corpus whose labels are known.

Some documents are held out to judge on. The labelled set starts with sentences drawn by chance and grows in rounds:
once by chance, once by what casualty-annotate export --select would choose with the model trained so far. The result
is two learning curves, and what more sentences would bring.

examples:
  casualty-annotate replay data/corpus                                  the table, and choosing.png
  casualty-annotate replay data/corpus --table choosing.csv --repeats 6
  casualty-annotate replay gold.jsonl --start 200 --step 100 --rounds 5

Intervals (95 %) are Student's over repeats, widened because repeats share documents (Nadeau and Bengio 2003). What
another round would bring comes from a power law of the error (Hestness et al. 2017), fitted to each repeat.
A round trains two models: the default takes some minutes on data/corpus.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from ..choosing.curves import Mean, Score

HELP = "does choosing sentences pay? learning curves of choosing against chance"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", nargs="+", type=Path, metavar="CORPUS", help="labelled files (.jsonl) or folders "
                        "of them")  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("choosing.png"), metavar="FILE", help="the picture: .png, "
                        ".svg or .pdf (default: choosing.png)")  # fmt: skip
    parser.add_argument("--table", type=Path, metavar="FILE", help="also write all scores: .csv, .parquet or .jsonl")
    numbers = {
        "start": (500, "sentences labelled at the beginning"),
        "step": (500, "sentences labelled in a round"),
        "rounds": (4, "how many rounds"),
        "repeats": (3, "how often all of it is done, with other documents held out"),
        "seed": (0, "where chance starts; the same seed gives the same result"),
        "jobs": (1, "processes, each with a repeat of its own"),
    }
    for name, (default, words) in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{words} (default: {default})")
    parser.add_argument("--full", action="store_true", help="train taggers with their own settings, not with fewer "
                        "trees and folds: half as long again")  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace files that are there already")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    from ...data.corpus import read_corpus
    from ...data.outputs import OutputError, open_file, open_table
    from ...models.tagger import SpanTagger
    from ..choosing.chart import FORMATS, draw
    from ..choosing.curves import SCHEMA, findings, in_words, table_of
    from ..choosing.replay import Plan, replay

    kind = args.out.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise OutputError(f"{args.out} is no picture that can be drawn; end its name in {', '.join(FORMATS)}")
    if args.jobs < 1:
        raise ValueError(f"--jobs is {args.jobs}; give 1 process or more")
    own = SpanTagger()
    settings = {"trees": own.trees, "folds": own.folds} if args.full else {}
    plan = Plan(args.start, args.step, args.rounds, args.repeats, seed=args.seed, **settings)
    documents = [document for path in args.corpus for document in read_corpus(path)]
    with ExitStack() as stack:
        picture = stack.enter_context(open_file(args.out, force=args.force))
        table = stack.enter_context(open_table(args.table, SCHEMA, force=args.force)) if args.table else None
        with _progress(errors, plan.repeats) as on_repeat:
            scores = replay(documents, plan, args.jobs, on_repeat)
        draw(scores, picture, kind, plan.shared)
        if table:
            table.write(table_of(scores))
    screen.print(_table(scores, plan.shared))
    for sentence in in_words(findings(scores, args.step, plan.shared)):
        screen.print(sentence, markup=False, soft_wrap=True)
    for path in filter(None, (args.out, args.table)):
        errors.print(f"written: {path}", markup=False, soft_wrap=True)
    return 0


@contextmanager
def _progress(errors: Console, repeats: int) -> Iterator[Callable[[int], None]]:
    """A line that says how many repeats are done, on a terminal."""
    if not (errors.is_terminal and sys.stderr.isatty()):
        yield lambda number: None
        return
    with errors.status(f"repeat 1 of {repeats}") as status:
        yield lambda number: status.update(f"repeat {min(number + 1, repeats)} of {repeats}")


def _table(scores: Sequence[Score], shared: float) -> Table:
    from ..choosing.chart import COLUMNS
    from ..choosing.curves import CHOSEN, RANDOM, gains, levels

    table = Table(title="exact span F1 on held-out documents, %", title_justify="left", box=None, pad_edge=False)
    table.add_column()
    for head in ("sentences", "by chance", "chosen", "difference"):
        table.add_column(head, justify="right", no_wrap=True)
    for label, name in COLUMNS:
        chance, chosen = (levels(scores, arm, label, shared) for arm in (RANDOM, CHOSEN))
        gain = gains(scores, label, shared)
        for size in chance:
            figures = (f"{100 * mean[size].mean:.1f}" for mean in (chance, chosen))
            table.add_row("" if size in gain else name, f"{size:,}", *figures, _points(gain.get(size)))
        table.add_row()
    return table


def _points(mean: Mean | None) -> str:
    if mean is None:
        return ""
    words = f"{100 * mean.mean:+.1f}"
    return words if math.isnan(mean.low) else f"{words} ({100 * mean.low:+.1f} to {100 * mean.high:+.1f})"
