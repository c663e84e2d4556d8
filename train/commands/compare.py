"""Which tagger is best on a corpus? Every one cross-validated on the same folds, by document.

examples:
  casualty-train compare data/corpus                                     five taggers, the table on the screen
  casualty-train compare data/corpus --out taggers.md --gold gold.jsonl  also trained on all, judged on gold
  casualty-train compare data/corpus --taggers token,spans --folds 3 --jobs 2
  casualty-train compare data/corpus --taggers spans,teacher,taught --teacher minilm/ --articles news/

The taggers:
  token, token+sentence   a classifier of single tokens, and the likeliest well-formed tags: what it sees is a
                          window, or the whole sentence
  crf, crf+sentence       a conditional random field on the same features
  spans                   the toolkit's own: candidates, a classifier of whole spans, the best set
  teacher                 a pretrained encoder (--teacher), fine-tuned
  taught                  spans, that also learned what a teacher of the same documents thinks of --articles

F1 comes with 95 % intervals over documents; seconds and tokens a second are of processor time. The table is
written anew as each tagger is done, so that nothing is lost if the command is stopped.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ._teaching import add_teaching, check_teaching

if TYPE_CHECKING:
    from ...data.documents import Article
    from ..taggers import Tagger

HELP = "measure ways to find spans side by side, cross-validated"

NAMES = ("token", "token+sentence", "crf", "crf+sentence", "spans", "teacher", "taught")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", nargs="+", type=Path, help="corpus files (.jsonl) or folders of them")
    parser.add_argument("--taggers", type=_names, metavar="A,B,...", help="which, of the names above (default: all "
                        "for which --teacher and --articles give what they need)")  # fmt: skip
    parser.add_argument("--folds", type=int, default=5, metavar="N", help="folds, by document (default: 5)")
    add_teaching(parser)
    parser.add_argument("--gold", type=Path, metavar="FILE", help="also train on the whole corpus and judge here")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes, a fold each (default: 1)")
    parser.add_argument("--out", type=Path, metavar="TABLE", help="write the table: .md, .csv or .json")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="where chance starts (default: 0)")
    parser.add_argument("--force", action="store_true", help="replace the table if it is there")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    from rich.markdown import Markdown

    from ...data.outputs import OutputError, open_file
    from ...data.runs import refuse_inputs
    from ..comparison import FORMATS, Row, as_markdown, compare
    from ..distillation import is_silver
    from ..reading import read_labelled, read_news

    if args.out and args.out.suffix.lower() not in FORMATS:
        raise OutputError(f"{args.out} is no kind of table known here; end its name in {', '.join(FORMATS)}")
    names = args.taggers or tuple(name for name in NAMES if not _missing(name, args))
    for name in names:
        if missing := _missing(name, args):
            raise ValueError(f"{name} needs {missing}; give it, or leave {name} out of --taggers")
    rows: list[Row] = []

    def write(force: bool) -> None:
        if args.out:
            with open_file(args.out, force=force) as file:
                file.write(FORMATS[args.out.suffix.lower()](rows).encode())

    if args.out:
        refuse_inputs([args.out], [*args.corpus, *(args.articles or ()), *([args.gold] if args.gold else ())])
    # A teacher that labelled silver saw all documents: taggers that learn from it would be judged on what it saw.
    documents = [document for document in read_labelled(args.corpus) if not is_silver(document)]
    gold = read_labelled([args.gold]) if args.gold else []
    articles = read_news(args.articles) if "taught" in names else []
    check_teaching(args)
    write(args.force)  # what cannot be written is known before the work

    def say(message: str) -> None:
        if errors.is_terminal:
            errors.print(message, style="dim", markup=False)

    makers = {name: _maker(name, args.teacher or "", articles, args.seed) for name in names}
    for row in compare(documents, makers, folds=args.folds, gold=gold, jobs=args.jobs, seed=args.seed, say=say):
        rows.append(row)
        write(force=True)
        errors.print(f"{row.tagger}: claims {row.claims.exact:.3f}, attributions {row.attributions.exact:.3f}")
    screen.print(Markdown(as_markdown(rows)) if screen.is_terminal else as_markdown(rows), soft_wrap=True, end="")
    if args.out:
        errors.print(f"written: {args.out}", markup=False, soft_wrap=True)
    return 0


def _names(words: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(words.split(",")))
    for name in names:
        if name not in NAMES:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(NAMES)}")
    return names


def _missing(name: str, args: argparse.Namespace) -> str:
    if name in ("teacher", "taught") and not args.teacher:
        return "--teacher"
    return "--articles" if name == "taught" and not args.articles else ""


def _maker(name: str, checkpoint: str, articles: list[Article], seed: int) -> Callable[[], Tagger]:
    from .. import taggers

    if name == "teacher":
        return partial(taggers.TeacherTagger, checkpoint, seed=seed)
    if name == "taught":
        return partial(taggers.TaughtTagger, checkpoint, articles, seed=seed)
    if name == "spans":
        return taggers.SpansTagger
    kind = taggers.TokenTagger if name.startswith("token") else taggers.CrfTagger
    return partial(kind, wide=name.endswith("+sentence"))
