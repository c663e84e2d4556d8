"""How far a session is: who has labelled how much, how fast, and what became of the suggestions.

examples:
  casualty-annotate status --project "Spring session"
  casualty-annotate status --project "Spring session" --json > status.json

A sentence is labelled when at least one annotator has submitted it, with or without spans. A suggestion is accepted
when it was submitted as it was, and corrected when anything of it was changed: a span, its record, its source.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rich.console import Console

from ._server import add_server, project_of, server_of

HELP = "progress, annotators, what became of the suggestions"


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--pseudonyms", type=Path, metavar="FILE", help="show pseudonyms instead of names: those in "
                        "FILE, where who is new gets one")  # fmt: skip
    add_server(parser)


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    """Show the status; 0 done."""
    from ..studio.overview import overview
    from ..studio.status import status

    server = server_of(args)
    server.told = lambda words: errors.print(words, markup=False, soft_wrap=True)
    project = project_of(server, args)
    with errors.status(f"reading {project.tasks:,} tasks"):
        found = status(server, project, args.pseudonyms)
    if args.json:
        screen.out(json.dumps(found.to_json(), ensure_ascii=False, indent=1), highlight=False)
    else:
        screen.print(overview(found))
    return 0
