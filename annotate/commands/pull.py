"""Bring annotations home: one document for each article and annotator, with offsets into the article's text.

examples:
  casualty-annotate pull --project "Spring session" --articles news/ --out labelled.jsonl
  casualty-annotate pull --project "Spring session" --articles news/ --out labelled.jsonl --pseudonyms names.json
  casualty-annotate pull --project 12 --articles dump.csv --id-column url --out anna.jsonl --annotator "annotator 1"

Give the articles that were exported: the server holds their sentences, and the documents hold the whole text. What
does not fit (a sentence that was changed since, a span that cannot be) is listed in OUT.rejects.jsonl with the reason,
and the rest goes on. Drafts are left out. Each document says which sentences its annotator labelled, the empty ones
among them, and which they skipped. What an annotator left open of a claim (harm, qualifier, number) is read from its
words.

Repeat it as often as you like: only what changed is changed, and where nothing did the file is left as it is. A file
that somebody edited, or that comes from elsewhere, is not written over without --force.

Without --pseudonyms, annotators stand in the files under the e-mail address of their account (or its user name).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ...data.columns import add_columns, columns_of
from ...data.wording import counted
from ._server import add_server, project_of, server_of

if TYPE_CHECKING:
    from ..studio.pull import Pulled

HELP = "bring annotations home as corpus documents"

_SHOWN = 10


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    p = parser
    p.add_argument("--articles", nargs="+", required=True, metavar="PATH", help="the articles that were exported: "
                   "files or folders; - is standard input")  # fmt: skip
    p.add_argument("--out", type=Path, required=True, metavar="FILE", help="the labelled documents, .jsonl")
    p.add_argument("--annotator", metavar="NAME", help="only what this annotator did (e-mail address or pseudonym)")
    p.add_argument("--pseudonyms", type=Path, metavar="FILE", help="write pseudonyms instead of names: those in FILE "
                   '({"anna@example.org": "annotator 1"}), where who is new gets one; keep FILE private')  # fmt: skip
    p.add_argument("--force", action="store_true", help="replace a file that was edited or is from elsewhere")
    add_columns(p)
    add_server(p)


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    """Pull; 0 done, 1 some annotations could not be used as they are."""
    from ...models.display import visible
    from ..studio.pull import Where, pull

    where = Where(args.articles, args.out, columns_of(args), args.pseudonyms)

    def say(console: Console, message: str) -> None:
        console.print(visible(message), markup=False, soft_wrap=True)

    server = server_of(args)
    server.told = lambda words: say(errors, words)
    project = project_of(server, args)
    with errors.status(f"pulling {project.tasks:,} tasks"):
        found = pull(server, project, where, only=args.annotator, force=args.force)

    say(screen, f"{project.title}: {counted(found.tasks, 'task')}")
    for line in _summary(found, args.out):
        say(screen, line)
    if found.rejects:
        notes = len(found.notes) - found.lost
        parts = [counted(found.lost, "reject")] * bool(found.lost) + [counted(notes, "note")] * bool(notes)
        say(errors, f"{' and '.join(parts)}, all listed in {found.rejects}:")
        for note in found.notes[:_SHOWN]:
            say(errors, f"  {note.place}: {note.reason}")
        if len(found.notes) > _SHOWN:
            say(errors, f"  … and {len(found.notes) - _SHOWN:,} more")
    return 1 if found.lost else 0


def _summary(found: Pulled, out: Path) -> list[str]:
    made = found.assembled
    by = ", ".join(f"{name} {count:,}" for name, count in found.annotations.items())
    lines = [
        f"annotations: {sum(found.annotations.values()):,} ({by})",
        f"sentences: {made.labelled:,} labelled, {made.empty:,} of them empty, {made.skipped:,} skipped",
        f"documents: {found.changes}",
    ]
    if made.filled:
        lines.insert(2, f"{counted(made.filled, 'claim')} completed from the words")
    return [*lines, f"written: {out}" if found.changes.any else f"nothing changed: {out} is left as it was"]
