"""``casualty-train``: check a corpus, fit a model, judge a model."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from ..data.checks import check_corpus
from ..data.corpus import CorpusError, corpus_hash, read_corpus
from ..data.documents import Document
from ..data.labelled import labelled_part
from ..models.scorer import Scorer
from ..models.storage import CARD, ModelError, load_model, save_model
from .coverage import coverage, markdown
from .errors import differences
from .evaluation import Evaluation, evaluate
from .fitting import cross_validate, fit_model
from .report import difference_table, evaluation_tables

EXAMPLES = """\
examples:
  casualty-train check data/corpus                       is the corpus sound? what is wrong, and where
  casualty-train fit data/corpus --out models/mine       cross-validate, fit on everything, save
  casualty-train fit data/corpus --out models/mine --gold gold.jsonl
  casualty-train evaluate models/mine gold.jsonl         how good is it on labelled articles?
  casualty-train evaluate models/mine gold.jsonl --errors

exit status: 0 done, 1 the corpus has errors, 2 could not run.
"""


def parser() -> argparse.ArgumentParser:
    """The command's options; ``--help`` prints what this holds."""
    p = argparse.ArgumentParser(
        prog="casualty-train",
        description="Check a labelled corpus, train a model on it, and see how good the model is.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = p.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="validate corpus files: what is wrong, and where")
    check.add_argument("corpus", nargs="+", type=Path, help="corpus files (.jsonl) or folders of them")
    check.add_argument("--counts", action="store_true", help="also print what the corpus is made of, in Markdown")

    fit = commands.add_parser("fit", help="train a model on corpus files, report, and save it")
    fit.add_argument("corpus", nargs="+", type=Path, help="corpus files (.jsonl) or folders of them")
    fit.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the model is saved")
    fit.add_argument("--gold", type=Path, metavar="FILE", help="also judge the model on this labelled file")
    fit.add_argument("--folds", type=int, default=5, metavar="N", help="folds of the cross-validation, by document "
                     "(default: 5; 0 leaves it out)")  # fmt: skip
    fit.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1; -1: one a core)")
    fit.add_argument("--name", default="casualty-claims", help="the model's name in claims tables")
    fit.add_argument("--force", action="store_true", help="replace the folder if it holds a model")
    fit.add_argument("--json", action="store_true", help="print the report as JSON")

    judge = commands.add_parser("evaluate", help="score labelled documents with a saved model and compare")
    judge.add_argument("model", help="a model folder, or 'default' for the one that comes with the package")
    judge.add_argument("gold", type=Path, help="a corpus file or folder with the right answers")
    judge.add_argument(
        "--errors", action="store_true", help="show missed and wrong spans, records and links in context"
    )
    judge.add_argument("--json", action="store_true", help="print the figures as JSON")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    args = parser().parse_args(arguments)
    errors = Console(stderr=True, highlight=False)
    try:
        match args.command:
            case "check":
                return _check(args.corpus, args.counts)
            case "fit":
                return _fit(args, errors)
            case _:
                return _evaluate(args)
    except (CorpusError, ModelError, ValueError, OSError) as error:
        errors.print(f"casualty-train: {error}", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        errors.print("casualty-train: stopped; nothing was saved")
        return 130


def _read(paths: Sequence[Path]) -> list[Document]:
    read = (labelled_part(document) for path in paths for document in read_corpus(path))
    documents = [document for document in read if document is not None]
    if not documents:
        raise CorpusError(", ".join(map(str, paths)), "there are no documents; give files that hold some")
    for document in documents:
        for index, span in enumerate(document.spans):
            link = span.attributed_to
            linked = link is None or (0 <= link < len(document.spans) and not document.spans[link].is_claim)
            if span.end > len(document.text) or not linked:
                fault = f"is attributed to span {link}, which is no attribution" if not linked else "runs past the text"
                raise CorpusError(
                    f"document {document.id!r}",
                    f"span {index} {fault}; mend it, or list every fault with casualty-train check",
                )
    return documents


def _check(paths: Sequence[Path], counts: bool) -> int:
    for path in paths:
        if not path.exists():
            raise CorpusError(path, "there is no such file or folder; check the path")
    found: Counter[str] = Counter()
    for problem in check_corpus(paths):
        found[problem.severity] += 1
        print(problem)
    if found:
        print(f"{found['error']:,} errors, {found['warning']:,} warnings")
    if found["error"]:
        return 1
    tables = coverage(_read(paths))
    print("sound: " + ", ".join(f"{times:,} {name}" for name, times in tables["size"].items()))
    if counts:
        print(f"\n{markdown(tables)}")
    return 0


def _fit(args: argparse.Namespace, errors: Console) -> int:
    _refuse_taken(args.out, args.force)
    documents = _read(args.corpus)
    gold = _read([args.gold]) if args.gold else None

    def say(message: str) -> None:
        if errors.is_terminal:
            errors.print(message, style="dim", markup=False)

    scores: dict[str, Evaluation] = {}
    if args.folds:
        say(f"cross-validation by document, {args.folds} folds of {len(documents):,} documents")
        scores["cross-validation"] = evaluate(documents, cross_validate(documents, args.folds, args.jobs, say))
    say("training on everything")
    model = fit_model(documents, say=say, jobs=args.jobs)
    fingerprint = corpus_hash(documents)
    if gold is not None:
        scores[f"gold {args.gold.name}"] = evaluate(gold, Scorer(model).score_many(d.article for d in gold))
    card: dict[str, Any] = {
        "name": f"{args.name}-{fingerprint[:8]}",
        "corpus": {
            "sha256": fingerprint,
            "documents": len(documents),
            "claims": sum(len(d.claims) for d in documents),
            "attributions": sum(len(d.attributions) for d in documents),
        },
        "settings": {"tagger": model.tagger.get_params(), "linker": model.linker.get_params()},
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("casualty-claims", "numpy", "scikit-learn")},
        "scores": {name: evaluation.to_json() for name, evaluation in scores.items()},
    }
    save_model(type(model)(model.tagger, model.linker, card), args.out, force=args.force)
    if args.json:
        print(json.dumps(card["scores"], indent=1))
    else:
        screen = Console(highlight=False)
        for name, evaluation in scores.items():
            screen.print(evaluation_tables(evaluation, name))
    errors.print(f"saved: {args.out}", markup=False, soft_wrap=True)
    return 0


def _refuse_taken(out: Path, force: bool) -> None:
    """Refuse before the work what ``save_model`` would refuse after it."""
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / CARD).is_file()):
        raise ModelError(f"{out} is not a model folder and is left alone; name another one")
    if out.exists() and not force:
        raise ModelError(f"{out} exists; pass --force to replace it")


def _evaluate(args: argparse.Namespace) -> int:
    model = load_model(None if args.model == "default" else args.model)
    gold = _read([args.gold])
    predicted = list(Scorer(model).score_many(document.article for document in gold))
    evaluation = evaluate(gold, predicted)
    if args.json:
        report = evaluation.to_json()
        if args.errors:
            report["errors"] = [{name: getattr(d, name) for name in d.__slots__} for d in differences(gold, predicted)]
        json.dump(report, sys.stdout, indent=1, ensure_ascii=False)
        print()
        return 0
    screen = Console(highlight=False)
    if args.errors:
        screen.print(difference_table(differences(gold, predicted)))
    screen.print(evaluation_tables(evaluation, f"{model.name} on {args.gold}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
