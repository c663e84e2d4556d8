"""Is a labelled file sound? Every fault with its file, line and what to do; then what the corpus is made of.

examples:
  casualty-train check corpus.jsonl
  casualty-train check data/corpus --counts                  how often each rule, form and hard negative is shown
  casualty-train check data/corpus --show "quoted as saying"    sentences that show it, up to 20
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from rich.console import Console

from ...data.checks import check_corpus
from ...data.corpus import CorpusError
from ...data.documents import Document
from ...data.runs import InputError
from ..coverage import ENOUGH, coverage, markdown, rows, shown, size, thin
from ..reading import read_labelled

HELP = "validate corpus files: what is wrong, and where"

SHOWN = 20


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", nargs="+", type=Path, help="corpus files (.jsonl) or folders of them")
    parser.add_argument("--counts", action="store_true", help="also print what the corpus is made of, in Markdown")
    parser.add_argument("--show", metavar="ROW", help="also print sentences that show this row of the counts")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    for path in args.corpus:
        if not path.exists():
            raise CorpusError(path, "there is no such file or folder; check the path")
    found: Counter[str] = Counter()
    for problem in check_corpus(args.corpus):
        found[problem.severity] += 1
        print(problem)
    if found:
        print(f"{found['error']:,} errors, {found['warning']:,} warnings")
    if found["error"]:
        return 1
    documents = read_labelled(args.corpus)
    total: Counter[str] = Counter()
    for document in documents:
        total.update(size(document))
    print("sound: " + ", ".join(f"{times:,} {name}" for name, times in total.items()))
    if args.counts:
        tables = coverage(documents)
        print(f"\n{markdown(tables)}")
        if few := [f"{row} ({times})" for _, row, times in thin(tables)]:
            errors.print(f"thin, fewer than {ENOUGH}: {'; '.join(few)}", markup=False, soft_wrap=True)
    if args.show:
        _show(documents, args.show)
    return 0


def _show(documents: Sequence[Document], row: str) -> None:
    """Sentences that show a row, the place marked; claims stand in ⟦ ⟧, attributions in ⟨ ⟩."""
    if row not in rows():
        alike = [name for name in rows() if row.casefold() in name.casefold()]
        hint = f"did you mean {'; '.join(alike)}?" if alike else "--counts prints them all"
        raise InputError(f"there is no row {row!r} in the counts; {hint}")
    found = ((d.id, text) for d in documents for _, name, text in shown(d) if name == row)
    for identity, text in islice(found, SHOWN):
        print(f"{identity}: {''.join(c if c.isprintable() else '?' for c in text)}")
