"""Articles to tasks for Label Studio: one a sentence, with its neighbours and what the model suggests.

examples:
  casualty-annotate export news/ --out tasks.json                  every sentence
  casualty-annotate export news/ --out tasks.json --only           those that may hold a claim, and a few others
  casualty-annotate export news/ --out tasks.json --select 500     the 500 that teach a model most
  casualty-annotate export dump.csv --text-column body --out tasks.json --model my-model

The same sentence met again is left out, word for word or nearly so (never one with other figures). --select takes
sentences that the model is unsure of and that are unlike each other; a part of them is drawn from all by chance, since
only on that part can be counted how often something occurs, or how good a model is.
What is read: .txt, .html, .json, .jsonl, .csv, .tsv, .parquet, folders of these, - for standard input.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from ...data.columns import add_columns, columns_of
from ...data.rejects import rejects_beside
from ...data.wording import counted
from ..choosing.duplicates import NEAR
from ..tasks import CONTEXT

HELP = "articles to tasks, with suggestions; choose what is worth labelling"


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    p = parser
    p.add_argument("paths", nargs="+", metavar="ARTICLES", help="files or folders of articles; - is standard input")
    p.add_argument("--out", type=Path, required=True, metavar="FILE", help="the tasks, JSON: push them, or import the "
                   "file into Label Studio by hand")  # fmt: skip
    p.add_argument("--only", action="store_true", help="only sentences that the model thinks may hold a claim or an "
                   "attribution, and a sample of the rest")  # fmt: skip
    p.add_argument("--sample", type=_share, metavar="SHARE", help="share of the rest that goes along with --only "
                   "(default: 0.05)")  # fmt: skip
    p.add_argument("--select", type=_positive, metavar="N", help="only the N sentences most worth labelling; with "
                   "--only, those that chance does not draw may hold a claim")  # fmt: skip
    p.add_argument("--control", type=_share, metavar="SHARE", help="share of --select drawn by chance from all "
                   "sentences (default: 0.2)")  # fmt: skip
    p.add_argument("--context", type=_whole, default=CONTEXT, metavar="N",
                   help=f"sentences shown before and after (default: {CONTEXT})")  # fmt: skip
    p.add_argument("--model", type=Path, metavar="FOLDER", help="a model of casualty-train (default: the shipped one)")
    p.add_argument("--no-suggestions", dest="suggest", action="store_false",
                   help="leave the model's suggestions out of the tasks")  # fmt: skip
    p.add_argument("--near", type=_share, default=NEAR, metavar="P",
                   help="similarity of two sentences, 0 to 1, from which the later one is left out as a near "
                   f"duplicate (default: {NEAR})")  # fmt: skip
    p.add_argument("--keep-duplicates", action="store_true", help="leave out no sentence")
    p.add_argument("--duplicates", type=Path, metavar="FILE", help="list the duplicates left out, JSON Lines, each "
                   "with the key of the sentence kept")  # fmt: skip
    p.add_argument("--seed", type=_whole, default=0, metavar="N",
                   help="where chance starts; the same seed makes the same choice (default: 0)")  # fmt: skip
    p.add_argument("--force", action="store_true", help="replace output files that exist")
    add_columns(p)


def _share(words: str) -> float:
    if not 0.0 <= float(words) <= 1.0:
        raise argparse.ArgumentTypeError(f"{words} does not lie between 0 and 1")
    return float(words)


def _whole(words: str) -> int:
    if int(words) < 0:
        raise argparse.ArgumentTypeError(f"{words} is below 0")
    return int(words)


def _positive(words: str) -> int:
    if int(words) < 1:
        raise argparse.ArgumentTypeError(f"{words} is not 1 or more")
    return int(words)


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    """Export; 0 done, 1 some inputs rejected."""
    from ...models.display import visible
    from ...models.scorer import Scorer
    from ..choosing.export import SAMPLE, Choice, export
    from ..choosing.selection import CONTROL

    _check(args)
    choice = Choice(
        only=args.only,
        sample=SAMPLE if args.sample is None else args.sample,
        count=args.select,
        control=CONTROL if args.control is None else args.control,
        seed=args.seed,
    )
    summary = export(
        args.paths,
        args.out,
        scorer=Scorer(args.model) if args.suggest or choice.needs_model else None,
        choice=choice,
        suggest=args.suggest,
        context=args.context,
        near=None if args.keep_duplicates else args.near,
        duplicates=args.duplicates,
        columns=columns_of(args),
        force=args.force,
        console=errors if errors.is_terminal else None,
    )

    def say(message: str) -> None:
        errors.print(visible(message), markup=False, soft_wrap=True)

    left_out = f", {summary.exact:,} left out as exact and {summary.near:,} as near duplicates"
    say(f"{counted(summary.articles, 'article')}, {counted(summary.sentences, 'sentence')}"
        + ("" if args.keep_duplicates else left_out))  # fmt: skip
    reasons = {"model": "chosen by the model", "control": "by chance from all", "sample": "by chance from the rest"}
    parts = [f"{summary.chosen[name]:,} {words}" for name, words in reasons.items() if summary.chosen[name]]
    say(counted(summary.tasks, "task") + (f": {', '.join(parts)}" if parts else ""))
    if args.select is not None and summary.tasks < args.select:
        say(f"fewer than the {args.select:,} asked for: there are no more")
    if args.suggest:
        say(f"suggested: {counted(summary.claims, 'claim')}, {counted(summary.attributions, 'attribution')}")
    say(f"written: {args.out}" + (f", {args.duplicates}" if args.duplicates else ""))
    if not summary.rejected:
        return 0
    say(f"{counted(summary.rejected, 'input')} could not be read, all listed in {rejects_beside(args.out)}:")
    for reject in summary.rejects:
        say(f"  {reject.place}: {reject.reason}")
    if summary.rejected > len(summary.rejects):
        say(f"  … and {summary.rejected - len(summary.rejects):,} more")
    return 1


def _check(args: argparse.Namespace) -> None:
    """Options that would do nothing beside the others are told, not passed over."""
    if args.near == 0 and not args.keep_duplicates:
        raise ValueError("--near must be above 0; --keep-duplicates leaves out no sentence")
    if args.keep_duplicates and args.duplicates:
        raise ValueError("--duplicates lists what is left out, and --keep-duplicates leaves out nothing; choose one")
    if args.sample is not None and (not args.only or args.select):
        raise ValueError("--sample goes with --only, without --select; with --select, see --control")
    if args.control is not None and not args.select:
        raise ValueError("--control goes with --select; with --only, see --sample")
    if args.model and not args.suggest and not (args.only or args.select):
        raise ValueError("--model has nothing to do with --no-suggestions, unless --only or --select asks it")
