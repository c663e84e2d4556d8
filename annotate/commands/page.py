"""Write the labelling page and the guideline as files, for projects that are set up by hand.

casualty-annotate push sets up a project by itself; nobody needs this command before it.

examples:
  casualty-annotate page --out page/              labels.xml, guideline.md, guideline.html
  casualty-annotate page --out page/ --force      again, after an upgrade
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

HELP = "write the labelling page and the guideline as files"

_NEXT = """\
In Label Studio: Create Project, Labeling Setup, Custom template: paste labels.xml as the code.
Settings, Annotation: paste guideline.html as the instructions and switch on "Show before labeling".
Import the file of casualty-annotate export. guideline.md is the same guideline, to read or to print."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where to write the three files")
    parser.add_argument("--force", action="store_true", help="replace files that are there already")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    from ..page import write_page

    for path in write_page(args.out, args.force):
        screen.print(str(path), markup=False, soft_wrap=True)
    errors.print(_NEXT, markup=False, soft_wrap=True)
    return 0
