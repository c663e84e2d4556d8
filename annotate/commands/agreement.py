"""How far do the annotators agree on spans, links and records, and where do they differ most?

examples:
  casualty-annotate agreement labelled.jsonl
  casualty-annotate agreement labelled.jsonl --worst 30          more of the sentences they differ on
  casualty-annotate agreement spring.jsonl autumn.jsonl --json   several sessions as one, for a program

The files are those of casualty-annotate pull. F1 counts spans, alpha (Krippendorff) tokens, and corrects for chance;
0.80 or more can be relied on. The intervals hold 95 % of 1,000 resamples of the articles.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from ...data.wording import counted

HELP = "how far do annotators agree, and where do they differ?"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="labelled files of casualty-annotate pull")
    parser.add_argument("--worst", type=_whole, default=10, metavar="N",
                        help="how many of the sentences that differ most are shown (default: 10)")  # fmt: skip
    parser.add_argument("--resamples", type=_whole, default=1000, metavar="N",
                        help="resamples for the intervals (default: 1000; 0: no intervals)")  # fmt: skip
    parser.add_argument("--seed", type=_whole, default=0, metavar="N",
                        help="where chance starts; the same seed gives the same intervals (default: 0)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def _whole(words: str) -> int:
    if int(words) < 0:
        raise argparse.ArgumentTypeError(f"{words} is below 0")
    return int(words)


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    import json

    from ...models.display import visible
    from ..judging.agreement import agreement, shared_sentences
    from ..judging.differences import differences, side_by_side
    from ..judging.readings import read_session
    from ..judging.report import findings, tables

    with errors.status("reading") as status:
        session = read_session(args.files)

        def on_pair(one: str, other: str) -> None:
            status.update(f"compared {one} and {other}")

        shared = shared_sentences(session)
        found = agreement(session, resamples=args.resamples, seed=args.seed, on_pair=on_pair)
        apart = differences(shared)
    worst = apart[: args.worst]
    if args.json:
        rejects = [reject.to_json() for reject in session.rejects]
        row = found.to_json() | {"differing": len(apart), "worst": [d.to_json() for d in worst], "rejects": rejects}
        screen.out(json.dumps(row, ensure_ascii=False, indent=1), highlight=False)
    else:
        many = f"{counted(len(shared), 'sentence')} of {counted(found.documents, 'article')}"
        screen.print(f"{many} that two or more of {len(session.annotators)} annotators labelled\n")
        screen.print(tables(found))
        screen.print()
        for sentence in findings(found):
            screen.print(sentence, markup=False)
        end = f"; the {len(worst):,} in which they differ most:" if worst else "."
        screen.print(f"They differ in {len(apart):,} of the {counted(len(shared), 'sentence')}{end}\n")
        screen.print(side_by_side(worst))
    for reject in session.rejects:
        errors.print(visible(f"left out: {reject.place}: {reject.reason}"), markup=False, soft_wrap=True)
    return 1 if session.rejects else 0
