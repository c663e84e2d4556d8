"""Write one page that says how good a model is: for people who count casualties, and for those who train models.

Scores with intervals, by genre, harm and qualifier; whether its confidence keeps its word; what is taken for what; the
twenty most instructive errors in their text; a learning curve; speed; what the corpus is made of; what the model is
not for. The page is about the first file of right answers; scores on further ones, and those in the model's card, stand
beside it.

examples:
  casualty-train report default mine.jsonl --out report.html
  casualty-train report models/mine held-out.jsonl mine.jsonl --corpus data/corpus --out report.html --jobs 2
  casualty-train report models/mine gold.jsonl --corpus data/corpus --curve 0 --out report.html --markdown README.md

The page needs nothing beside it. The Markdown is for a model card: the same with tables for pictures. The learning
curve fits models on 1/8, 1/4, 1/2 and all of the corpus: it takes as long as two trainings, or as one where the model
was trained on this very corpus.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...data.documents import Document
    from ...models.model import Model
    from ..reporting.curve import Curve

HELP = "write one page on how good a model is, as HTML and Markdown"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model folder, or 'default' for the one that comes with the package")
    parser.add_argument("gold", nargs="+", type=Path, help="corpus files or folders with the right answers")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the page is written (HTML)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write it as Markdown, for a model card")
    parser.add_argument("--corpus", nargs="+", type=Path, default=[], metavar="CORPUS",
                        help="what the model learned from: for the learning curve, and to be described")  # fmt: skip
    parser.add_argument("--curve", type=int, default=4, metavar="N",
                        help="steps of the learning curve (default: 4; 0 leaves it out)")  # fmt: skip
    parser.add_argument("--jobs", type=int, default=1, metavar="N",
                        help="processes for the learning curve (default: 1; -1: one a core)")  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace files that are there already")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    import jinja2  # noqa: F401 - what is missing is told before the work, not after it
    import matplotlib  # noqa: F401

    from ...data.outputs import OutputError, open_file
    from ...data.runs import InputError, refuse_inputs
    from ...models.storage import load_model
    from ..reading import read_labelled
    from ..reporting import collect, html_page, markdown_page, trial_of
    from ..reporting.speed import enough, measure, shipped

    targets = [path for path in (args.out, args.markdown) if path]
    refuse_inputs(targets, [*args.gold, *args.corpus])
    if len({path.resolve() for path in targets}) < len(targets):
        raise OutputError(f"{args.out} is named for two outputs; name another for one of them")
    if args.curve < 0 or args.curve == 1:
        raise InputError(f"--curve is {args.curve}; give 2 steps or more, or 0 to leave the learning curve out")
    with ExitStack() as stack:
        page, card = (stack.enter_context(open_file(path, force=args.force)) if path else None
                      for path in (args.out, args.markdown))  # fmt: skip
        default = args.model == "default"
        model = load_model(None if default else args.model)
        gold = {_name(path, args.gold): read_labelled([path]) for path in args.gold}
        corpus = read_labelled(args.corpus) if args.corpus else []
        with errors.status("scoring") as status:
            trials = [trial_of(model, name, documents) for name, documents in gold.items()]
            curve = None
            if corpus and args.curve:
                status.update(f"learning curve: step 1 of {args.curve}")
                curve = _curve(model, corpus, trials[0].gold, args, status.update)
            status.update("measuring the speed")
            articles = enough([d.article for d in trials[0].gold], [d.article for d in corpus])
            speed = measure(model, articles, shipped() if default else Path(args.model))
            status.update("writing")
            report = collect(model, trials, corpus, curve, speed)
            for file, written in ((page, html_page), (card, markdown_page)):
                if file:
                    file.write(written(report).encode())
    for path in targets:
        errors.print(f"written: {path}", markup=False, soft_wrap=True)
    return 0


def _name(path: Path, others: list[Path]) -> str:
    """A file's name, or its whole path where another has the same name."""
    return path.name if sum(other.name == path.name for other in others) == 1 else str(path)


def _curve(
    model: Model,
    corpus: Sequence[Document],
    gold: Sequence[Document],
    args: argparse.Namespace,
    say: Callable[[str], None],
) -> Curve:
    """The learning curve; its last step is the model itself, where this corpus is what it was trained on."""
    from ...data.corpus import corpus_hash
    from ..reporting.collecting import unseen
    from ..reporting.curve import learning_curve

    kept = unseen(corpus, gold)
    trained = dict(model.card.get("corpus") or {}).get("sha256")
    whole = model if len(kept) == len(corpus) and trained == corpus_hash(corpus) else None

    def on_step(done: int) -> None:
        say(f"learning curve: step {min(done + 1, args.curve)} of {args.curve}")

    return learning_curve(kept, gold, args.curve, args.jobs, whole, on_step)
