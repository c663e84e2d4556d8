"""Bring labelled text from other tools home, or hand it to them.

Reads brat standoff (a folder of .txt and .ann), CoNLL columns (.conll, .bio, .iob), spaCy's DocBin (.spacy), Label
Studio's JSON exports (.json) and this project's corpus (.jsonl); writes all but DocBin. Formats are guessed from the
paths. What could not be carried over is told by kind, and listed in OUT.rejects.jsonl.

  casualty-annotate convert brat-folder/ gold.jsonl
  casualty-annotate convert export.json gold.jsonl --labels "Dead=CASUALTY_CLAIM,Speaker=ATTRIBUTION,says=attributed_to"
  casualty-annotate convert gold.jsonl gold.conll
"""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console

from ...data.wording import counted

HELP = "read and write brat, CoNLL, DocBin and Label Studio's JSON"

_FORMATS = ("corpus", "brat", "conll", "label-studio")
_NAMES = {
    "brat": "brat standoff",
    "conll": "CoNLL columns",
    "docbin": "spaCy's DocBin",
    "label-studio": "Label Studio's JSON",
    "corpus": "a corpus",
}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="IN", help="file or folder to read")
    parser.add_argument("target", type=Path, metavar="OUT", help="file or folder (brat) to write")
    parser.add_argument("--from", dest="source_format", choices=(*_FORMATS, "docbin"), metavar="FORMAT",
                        help="corpus, brat, conll, docbin or label-studio (default: as the path says)")  # fmt: skip
    parser.add_argument("--to", dest="target_format", choices=_FORMATS, metavar="FORMAT",
                        help="corpus, brat, conll or label-studio (default: as the path says)")  # fmt: skip
    parser.add_argument("--labels", default="", metavar="THEIRS=OURS,...",
                        help="what their labels mean: CASUALTY_CLAIM or ATTRIBUTION; a relation's name may mean "
                        "attributed_to")  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace what is there")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    from ..exchange.convert import convert, read_labels

    with errors.status("reading and writing …") if errors.is_terminal else nullcontext():
        summary = convert(
            args.source,
            args.target,
            source_format=args.source_format,
            target_format=args.target_format,
            labels=read_labels(args.labels),
            force=args.force,
        )

    def say(words: str) -> None:
        screen.print(words, markup=False, soft_wrap=True)

    say(f"{args.source} read as {_NAMES[summary.source]}, {args.target} written as {_NAMES[summary.target]}")
    documents, spans, links = counted(summary.documents, "document"), counted(summary.spans, "span"), summary.links
    say(f"{documents} with {spans} and {counted(links, 'link')}")
    for note in summary.notes:
        say(note)
    if not summary.losses:
        return 0
    say(f"not carried over as it was, all listed in {summary.rejects}:")
    for kind, count in summary.losses.most_common():
        places = summary.places[kind]
        say(f"{count:>8,} {kind}")
        say(f"{'':>8} at {', '.join(places)}{', …' if count > len(places) else ''}")
    return 1
