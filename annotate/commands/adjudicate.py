"""Make gold of what annotators labelled: what all agree on, and of the rest what a review or a rule decides.

a review round (the default):
  casualty-annotate adjudicate labelled.jsonl --out gold.jsonl         agreed sentences; the rest to gold.review.json
  casualty-annotate push gold.review.json --project "Spring review"    open its sentences from the list there: each
                                                                       annotator's reading has a tab
  casualty-annotate pull --project "Spring review" --articles news/ --out reviewed.jsonl
  casualty-annotate adjudicate labelled.jsonl --out gold.jsonl --reviewed reviewed.jsonl

or a rule instead:
  casualty-annotate adjudicate labelled.jsonl --out gold.jsonl --rule majority
  casualty-annotate adjudicate labelled.jsonl --out gold.jsonl --rule expert:amara@example.org

Every sentence of the gold file says how it was decided, and gold.version.json which file it was made of, when, by
whom and by which rule. What is not decided is never gold: it waits in the review file. Run it again after each pull.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

HELP = "make gold of labels: what all agree on, the rest by review or rule"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="LABELLED", help="the labelled file of casualty-annotate pull")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the gold file, .jsonl")
    parser.add_argument("--rule", default="review", metavar="RULE",
                        help="review, majority or expert:NAME (default: review)")  # fmt: skip
    parser.add_argument("--review", type=Path, metavar="FILE", help="where sentences that wait are written as tasks "
                        "(default: beside --out, NAME.review.json)")  # fmt: skip
    parser.add_argument("--reviewed", type=Path, action="append", default=[], metavar="FILE",
                        help="the labelled file of a review round, which has the last word; repeatable")  # fmt: skip
    parser.add_argument("--min-annotators", type=_count, default=1, metavar="N",
                        help="sentences that fewer labelled wait (default: 1)")  # fmt: skip
    parser.add_argument("--pseudonyms", type=Path, metavar="FILE", help="write pseudonyms instead of names: "
                        "those in FILE, where who is new gets one")  # fmt: skip
    parser.add_argument("--by", metavar="NAME", help="who adjudicates, for the version file")
    parser.add_argument("--force", action="store_true", help="replace a gold file that was edited or is from elsewhere")


def _count(words: str) -> int:
    if int(words) < 1:
        raise argparse.ArgumentTypeError(f"{words} is below 1")
    return int(words)


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    from ...models.display import visible
    from ..judging.rounds import Files, adjudicate_files

    files = Files(args.file, args.out, args.reviewed, args.review, args.pseudonyms)
    with errors.status("adjudicating"):
        done = adjudicate_files(files, args.rule, min_annotators=args.min_annotators, by=args.by, force=args.force)
    for line in done.told():
        screen.print(visible(line), markup=False, soft_wrap=True)
    return 1 if done.outcome.rejects else 0
