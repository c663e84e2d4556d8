"""How good is the tagger's architecture where others have published figures? Train it on PolNeAR, score it there.

The corpus of attributions in political news is not part of this package; get it from
https://github.com/networkdynamics/PolNeAR. A model of its labels (SOURCE, CUE, CONTENT) is trained, scored and thrown
away: the shipped model is not touched.

examples:
  casualty-train polnear PolNeAR                 train on its train split, score on its dev split
  casualty-train polnear PolNeAR --on test       on its test split, as the published figures
  casualty-train polnear PolNeAR --part 0.25     a quarter of the training articles, for a quick look
  casualty-train polnear PolNeAR --json          for a program
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..polnear import Result

HELP = "train and score the same architecture on PolNeAR, beside published figures"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", type=Path, help="folder of the corpus, as published or with train.jsonl, dev.jsonl")
    parser.add_argument("--on", choices=("dev", "test"), default="dev", help="the split to score (default: dev)")
    parser.add_argument("--part", type=float, default=1.0, metavar="SHARE",
                        help="train on this share of the articles (default: 1)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    from ...data.runs import InputError
    from ..polnear import measure, read_split

    if not 0 < args.part <= 1:
        raise InputError(f"--part is {args.part:g}; give a share of the articles, above 0 and up to 1")
    train, gold = read_split(args.corpus, "train"), read_split(args.corpus, args.on)
    some = [train[int(i / args.part)] for i in range(int(len(train) * args.part))]
    with errors.status("reading") as status:
        results = measure(some, gold, say=status.update)
    if args.json:
        figures = {label: result.to_json() for label, result in results.items()}
        screen.out(json.dumps({"trained on": len(some), "scored": len(gold), "split": args.on, "labels": figures},
                              indent=1), highlight=False)  # fmt: skip
    else:
        screen.print(tables(results, f"trained on {len(some):,} articles, scored on the {len(gold):,} of {args.on}"))
    return 0


def tables(results: Mapping[str, Result], title: str) -> Group:
    """Exact spans by label with their intervals; then F1 beside what others have published."""
    from ..polnear import PUBLISHED, RESAMPLES

    ours = Table("exact", "precision", "recall", "F1", "gold among\ncandidates", title=Text(title), box=box.SIMPLE_HEAD)
    for label, result in results.items():
        counts, around = result.counts, result.intervals()
        values = {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
        cells = [f"{100 * v:.1f}  {100 * around[k][0]:.1f}–{100 * around[k][1]:.1f}" for k, v in values.items()]
        ours.add_row(label, *cells, f"{100 * result.candidate_recall:.1f}")
    beside = Table("exact F1", *results, box=box.SIMPLE_HEAD)
    beside.add_row("this architecture", *(f"{100 * r.counts.f1:.1f}" for r in results.values()), style="bold")
    for name, row in PUBLISHED:
        beside.add_row(name, *(f"{value:.1f}" for value in row))
    for table in (ours, beside):
        for column in table.columns[1:]:
            column.justify = "right"
    note = f"  Per cent, with 95 % intervals from {RESAMPLES:,} resamples of the articles. Published: on test.\n"
    return Group(ours, beside, Text(note))
