"""``casualty-score``: articles in, a table of casualty claims out."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from ..data.columns import Columns, add_columns, columns_of
from ..data.outputs import OutputError, open_outputs
from ..data.readers import read_articles, size_of
from ..data.rejects import rejects_beside
from ..data.runs import InputError, Tally, refuse_inputs
from ..data.wording import counted
from .display import annotated, claims_table, reading_progress, visible
from .pool import score_chunks
from .scorer import Scorer, claims_frame
from .storage import ModelError

EXAMPLES = """\
examples:
  casualty-score news/                                   show the claims of a folder of articles
  casualty-score news/ --out claims.csv                  write them as a table (.parquet, .csv or .jsonl)
  casualty-score dump.jsonl --text-column body --out claims.parquet --spans documents.jsonl
  cat article.txt | casualty-score - --show              one article with its spans coloured and linked

what is read: .txt, .html, .json, .jsonl, .csv, .tsv, .parquet, folders of these, - for standard input.
What cannot be read goes to the rejects file with its place and the reason; the rest goes on.
exit status: 0 all read, 1 some inputs rejected, 2 could not run.
"""


@dataclass(slots=True)
class Summary(Tally):
    """What a run did."""

    characters: int = 0
    claims: int = 0
    linked: int = 0


def parser() -> argparse.ArgumentParser:
    """The command's options; ``--help`` prints what this holds."""
    p = argparse.ArgumentParser(
        prog="casualty-score",
        description="Find casualty claims in news articles: who was harmed, how many, who says so, and the words.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("paths", nargs="+", metavar="PATH", help="files or folders of articles; - is standard input")
    p.add_argument("--out", type=Path, metavar="FILE", help="write the claims table: .parquet, .csv or .jsonl")
    p.add_argument("--spans", type=Path, metavar="FILE", help="write the scored documents, JSON Lines")
    p.add_argument("--rejects", type=Path, metavar="FILE", help="where unreadable inputs are listed, if there are any "
                   "(default: beside --out, NAME.rejects.jsonl; shown only, without --out)")  # fmt: skip
    p.add_argument("--model", type=Path, metavar="FOLDER", help="a model of casualty-train (default: the shipped one)")
    p.add_argument("--min-confidence", type=_probability, default=0.0, metavar="P",
                   help="leave out spans less likely than P, 0 to 1 (default: 0, all the model marks)")  # fmt: skip
    p.add_argument("--show", action="store_true", help="print each article with its spans coloured and linked")
    p.add_argument("--table", action=argparse.BooleanOptionalAction, default=None,
                   help="print the claims as a table (default: on a terminal, or without --out)")  # fmt: skip
    p.add_argument("--rows", type=_rows, default=60, metavar="N", help="rows of the printed table (default: 60)")
    p.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="processes to score with "
                   "(default: 1; -1: one a core)")  # fmt: skip
    p.add_argument("--force", action="store_true", help="replace output files that exist")
    add_columns(p)
    p.add_argument("--version", action="version", version=f"%(prog)s {version('casualty-claims')}",
                   help="print the version")  # fmt: skip
    return p


def _probability(words: str) -> float:
    value = float(words)
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{words} does not lie between 0 and 1")
    return value


def _rows(words: str) -> int:
    if int(words) < 0:
        raise argparse.ArgumentTypeError(f"{words} is below 0")
    return int(words)


def _jobs(words: str) -> int:
    if int(words) < 1 and int(words) != -1:
        raise argparse.ArgumentTypeError(f"{words} is not 1 or more, nor -1 for all cores")
    return int(words)


def run(
    scorer: Scorer,
    paths: Sequence[str | Path],
    *,
    out: Path | None = None,
    spans: Path | None = None,
    rejects: Path | None = None,
    columns: Columns | None = None,
    jobs: int = 1,
    force: bool = False,
    console: Console | None = None,
    show: Console | None = None,
    keep_rows: int = 0,
) -> tuple[Summary, list[dict[str, Any]]]:
    """Score files to files; returns a summary and the first ``keep_rows`` rows of the claims table.

    Outputs appear together and whole, or not at all. ``console`` is for progress, ``show`` for annotated articles.
    Raises ``OutputError`` before any work if an output exists or cannot be made, and when the disk refuses;
    ``InputError`` if there is no article at all.
    """
    summary = Summary()
    kept: list[dict[str, Any]] = []
    if rejects is None and out is not None:
        rejects = rejects_beside(out)
    targets = [path for path in (out, spans, rejects) if path]
    refuse_inputs(targets, paths)
    with ExitStack() as stack:
        table, lines, refused = stack.enter_context(open_outputs(out, spans, rejects, force=force))
        progress = stack.enter_context(reading_progress(console)) if console else None
        task = progress.add_task("reading", total=size_of(paths), articles=0) if progress else None

        def on_read(count: int) -> None:
            if progress and task is not None:
                progress.update(task, advance=count, articles=summary.articles)

        items = read_articles(paths, columns=columns or Columns(), on_read=on_read, leave_out=targets)
        readable = summary.readable(items, refused)
        for scored in stack.enter_context(closing(score_chunks(scorer, readable, jobs))):
            rows = [row for _, found in scored for row in found]
            summary.articles += len(scored)
            summary.characters += sum(len(document.text) for document, _ in scored)
            summary.claims += len(rows)
            summary.linked += sum(row["attribution_start"] is not None for row in rows)
            kept += rows[: max(keep_rows - len(kept), 0)]
            if table:
                table.write(claims_frame(rows))
            for document, _ in scored:
                if lines:
                    lines.write(document.to_json())
                if show:
                    show.print(annotated(document))
        summary.check(paths)
    return summary, kept


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    args = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign that the terminal lacks is no reason to stop
    screen = Console(highlight=False)
    wants_table = args.table
    if wants_table is None:
        wants_table = not args.show and (args.out is None or sys.stdout.isatty())
    wants_bar = sys.stderr.isatty() and not (args.show and sys.stdout.isatty())
    try:
        scorer = Scorer(args.model, args.min_confidence)
        summary, rows = run(
            scorer,
            args.paths,
            out=args.out,
            spans=args.spans,
            rejects=args.rejects,
            columns=columns_of(args),
            jobs=args.jobs,
            force=args.force,
            console=Console(stderr=True) if wants_bar else None,
            show=screen if args.show else None,
            keep_rows=args.rows if wants_table else 0,
        )
    except (ModelError, InputError, OutputError, OSError) as error:
        _say(f"casualty-score: {error}")
        return 2
    except BrokenExecutor:
        _say("casualty-score: a scoring process was killed, most likely for want of memory; try fewer --jobs")
        return 2
    except KeyboardInterrupt:
        _say("casualty-score: stopped; no output was written")
        return 130
    if rows:
        screen.print(claims_table(rows, summary.claims - len(rows), screen.width))
    return _report(summary, args)


def _report(summary: Summary, args: argparse.Namespace) -> int:
    counts = counted(summary.articles, "article"), counted(summary.claims, "claim")
    _say(f"{', '.join(counts)}, {summary.linked:,} of them with their source")
    for path in (args.out, args.spans):
        if path:
            _say(f"written: {path}")
    if not summary.rejected:
        return 0
    rejects = args.rejects or (args.out and rejects_beside(args.out))
    _say(
        f"{counted(summary.rejected, 'input')} could not be read" + (f", all listed in {rejects}:" if rejects else ":")
    )
    for reject in summary.rejects:
        _say(f"  {reject.place}: {reject.reason}")
    if summary.rejected > len(summary.rejects):
        _say(f"  … and {summary.rejected - len(summary.rejects):,} more")
    return 1


def _say(message: str) -> None:
    """One line on standard error, whatever its width: it may end in a log."""
    print(visible(message), file=sys.stderr)
