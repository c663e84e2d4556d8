"""Which labels may be wrong? Where a model that had not seen a document is sure of something else, look again.

Each document is scored by a model trained on the others (this takes as long as casualty-train fit). Shown are, the
surest first: words that look like a span and are not labelled, labelled spans that look like none, other boundaries,
records that the words contradict, other links; each in its words, with file, document and offsets. Most doubts are
errors of the model: decide each by the guideline. The idea is confident learning (Northcutt and others 2021).

examples:
  casualty-train doubt data/corpus                                 the 50 greatest doubts
  casualty-train doubt mine.jsonl --keep predicted.jsonl --out doubts.jsonl
  casualty-train doubt mine.jsonl --predictions predicted.jsonl --show 500    without scoring again
"""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...data.documents import Document
    from ..doubts import Doubt

HELP = "labels that may be wrong, the most doubtful first"

WEAKEST = 0.05
"""Spans this likely are still predicted here, to tell an unlikely label from an impossible one."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", nargs="+", type=Path, help="corpus files (.jsonl) or folders of them")
    parser.add_argument("--predictions", type=Path, metavar="FILE",
                        help="the same documents as predicted out of sample, from an earlier --keep")  # fmt: skip
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the predictions to this file (.jsonl)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write all doubts to this file (.jsonl)")
    parser.add_argument("--show", type=int, default=50, metavar="N", help="how many to print (default: 50)")
    parser.add_argument("--folds", type=int, default=5, metavar="N",
                        help="folds of the cross-validation, by document (default: 5)")  # fmt: skip
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1; -1: one a core)")
    parser.add_argument("--force", action="store_true", help="replace output files that exist")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    from ...data.outputs import open_lines
    from ...data.runs import InputError, refuse_inputs
    from ..doubts import doubts
    from ..reading import read_labelled

    outputs = [path for path in (args.keep, args.out) if path]
    refuse_inputs(outputs, [*args.corpus, *([args.predictions] if args.predictions else [])])
    if args.keep and (args.predictions or args.keep == args.out):
        raise InputError("--keep writes new predictions to a file of its own; leave out --predictions, or rename it")
    if args.show < 0:
        raise InputError(f"--show is {args.show}; give 0 or more")
    keep = open_lines(args.keep, force=args.force) if args.keep else nullcontext()
    out = open_lines(args.out, force=args.force) if args.out else nullcontext()
    with keep as kept, out as lines:
        documents = read_labelled(args.corpus)
        if args.predictions:
            predicted = _earlier(args.predictions, documents)
        else:
            predicted = _predicted(documents, args.folds, args.jobs, errors)
        if kept:
            for document in predicted:
                kept.write(document.to_json())
        origins = _origins(args.corpus)
        found = [_in_file(doubt, origins) for doubt in doubts(documents, predicted)]
        files = {identity: str(file) for identity, (file, _) in origins.items()}
        if lines:
            for doubt in found:
                lines.write({"file": files[doubt.document]} | doubt.to_json())
    screen.print(listing(found, files, args.show), soft_wrap=True)
    return 0


def listing(found: Sequence[Doubt], files: dict[str, str], show: int) -> Group:
    """The first doubts, the label in green and the model's reading in red, and how many there are of which kind."""
    from collections import Counter

    lines = []
    for doubt in found[:show]:
        line = Text(f"{files[doubt.document]} {doubt.document} [{doubt.start}, {doubt.end}) ", "dim")
        line.append(f"{doubt.kind} {doubt.label} {doubt.sure:.0%}", "bold")
        line.append("\n  … ", "dim").append(_visible(f"{doubt.before} "), "dim")
        line.append(_visible(f"[labelled: {doubt.labelled or 'nothing'}]"), "green")
        line.append(_visible(f"[predicted: {doubt.predicted or 'nothing'}]"), "red")
        lines.append(line.append(_visible(f" {doubt.after} …"), "dim"))
    kinds = Counter(doubt.kind for doubt in found if doubt.confident)
    spread = ", ".join(f"{times:,} {kind}" for kind, times in kinds.most_common()) or "none"
    lines.append(
        Text(f"{len(found):,} doubts; of these the model is surer than it usually is of what is right: {spread}")
    )
    return Group(*lines)


def _visible(text: str) -> str:
    """What an article says is no command to the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _predicted(documents: Sequence[Document], folds: int, jobs: int, errors: Console) -> list[Document]:
    from ..fitting import cross_validate

    with errors.status(f"cross-validation by document, {folds} folds of {len(documents):,} documents") as status:
        return cross_validate(documents, folds, jobs, status.update, threshold=WEAKEST)


def _earlier(path: Path, documents: Sequence[Document]) -> list[Document]:
    """Predictions made before, in the order of the documents."""
    from ...data.corpus import read_corpus
    from ...data.runs import InputError

    predicted = {document.id: document for document in read_corpus(path)}
    if missing := [document.id for document in documents if document.id not in predicted]:
        raise InputError(
            f"{path} holds no prediction for document {missing[0]!r}"
            + (f" and {len(missing) - 1:,} others" if len(missing) > 1 else "")
            + "; make it anew with --keep"
        )
    return [predicted[document.id] for document in documents]


def _origins(paths: Sequence[Path]) -> dict[str, tuple[Path, Document]]:
    """Document id to the corpus file in which it stands, and the document as it stands there."""
    from ...data.corpus import corpus_files, read_corpus

    return {d.id: (file, d) for path in paths for file in corpus_files(path) for d in read_corpus(file)}


def _in_file(doubt: Doubt, origins: dict[str, tuple[Path, Document]]) -> Doubt:
    """The doubt with offsets into the document of the file, of which perhaps only a part was labelled."""
    from ...data.labelled import whole_offset

    document = origins[doubt.document][1]
    return replace(doubt, start=whole_offset(document, doubt.start), end=whole_offset(document, doubt.end))
