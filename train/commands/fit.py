"""Train a model on corpus files, say how good it is, and save it.

examples:
  casualty-train fit data/corpus --out models/mine                    cross-validate, fit on everything, save
  casualty-train fit data/corpus --out models/mine --gold gold.jsonl  also judge it on a labelled file
  casualty-train fit data/corpus mine.jsonl --out models/mine --folds 0 --jobs 2
  casualty-train fit data/corpus --out models/mine --gold gold.jsonl --report report.html   the page of report, too
  casualty-train fit data/corpus --out models/mine --teacher minilm/ --articles news/

With --teacher and --articles, a pretrained encoder is fine-tuned on the corpus, labels the articles, and the model
also learns what the teacher thinks of them (minutes to hours, once; the model needs no teacher afterwards). The
cross-validation leaves that out, for the teacher saw every document: casualty-train compare measures it.
"""

from __future__ import annotations

import argparse
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from ...data.corpus import CorpusError, corpus_hash
from ...data.documents import Document
from ...data.outputs import OutputError, open_file
from ...data.runs import InputError, refuse_inputs
from ...models.model import Model
from ...models.storage import CARD, ModelError, save_model
from ..distillation import is_silver, provenance, teach
from ..fitting import cross_validate, fit_model
from ..reading import read_labelled, read_news
from ..report import evaluation_tables
from ..reporting import Trial, collect, html_page, trial_of
from ..reporting.collecting import CROSSED
from ..reporting.speed import enough, measure
from ._teaching import add_teaching, check_teaching

HELP = "train a model on corpus files, report, and save it"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", nargs="+", type=Path, help="corpus files (.jsonl) or folders of them")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the model is saved")
    parser.add_argument("--gold", type=Path, metavar="FILE", help="also judge the model on this labelled file")
    parser.add_argument("--folds", type=int, default=5, metavar="N",
                        help="folds of the cross-validation, by document (default: 5; 0 leaves it out)")  # fmt: skip
    add_teaching(parser)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1; -1: one a core)")
    parser.add_argument("--report", type=Path, metavar="FILE",
                        help="also write a page on how good the model is; see casualty-train report")  # fmt: skip
    parser.add_argument("--name", default="casualty-claims", help="the model's name in claims tables")
    parser.add_argument("--force", action="store_true", help="replace the folder if it holds a model, and the page")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    _refuse_taken(args.out, args.force)
    if args.report:
        _refuse_report(args)
    if bool(args.teacher) != bool(args.articles):
        raise ValueError("a teacher needs articles, and articles a teacher: give both --teacher and --articles")
    check_teaching(args)
    read = read_labelled(args.corpus)
    documents, silver = [d for d in read if not is_silver(d)], [d for d in read if is_silver(d)]
    if not documents:
        raise CorpusError(
            ", ".join(map(str, args.corpus)), "all documents are a teacher's; give some that people labelled"
        )
    articles = read_news(args.articles) if args.articles else []
    gold = read_labelled([args.gold]) if args.gold else None

    def say(message: str) -> None:
        if errors.is_terminal:
            errors.print(message, style="dim", markup=False)

    trials: list[Trial] = []
    if args.folds:
        say(f"cross-validation by document, {args.folds} folds of {len(documents):,} documents")
        trials.append(Trial(CROSSED, documents, cross_validate(documents, args.folds, args.jobs, say)))
    if args.teacher:
        silver += teach(documents, articles, args.teacher, say=say)
    say("training on everything")
    model = fit_model(documents, say=say, jobs=args.jobs, silver=silver)
    fingerprint = corpus_hash([*documents, *silver])
    if gold is not None:
        trials.append(trial_of(model, f"gold {args.gold.name}", gold))
    card: dict[str, Any] = {
        "name": f"{args.name}-{fingerprint[:8]}",
        "corpus": {
            "sha256": corpus_hash(documents),
            "documents": len(documents),
            "claims": sum(len(d.claims) for d in documents),
            "attributions": sum(len(d.attributions) for d in documents),
        },
        "settings": {"tagger": model.tagger.get_params(), "linker": model.linker.get_params()},
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("casualty-claims", "numpy", "scikit-learn")},
        **({"silver": provenance(silver)} if silver else {}),
        "scores": {trial.name: trial.evaluation.to_json() for trial in trials},
        "intervals": {trial.name: trial.intervals() for trial in trials},
    }
    model = type(model)(model.tagger, model.linker, card)
    save_model(model, args.out, force=args.force)
    if args.report:
        say("writing the report")
        _write_report(model, trials, documents, args)
    if args.json:
        print(json.dumps(card["scores"], indent=1))
    else:
        for trial in trials:
            screen.print(evaluation_tables(trial.evaluation, trial.name))
    for said, path in (("saved", args.out), ("written", args.report)):
        if path:
            errors.print(f"{said}: {path}", markup=False, soft_wrap=True)
    return 0


def _refuse_report(args: argparse.Namespace) -> None:
    """Refuse before the work a page that could not be written after it."""
    import jinja2  # noqa: F401
    import matplotlib  # noqa: F401

    refuse_inputs([args.report], [*args.corpus, *filter(None, [args.gold])])
    if not args.folds and not args.gold:
        raise InputError("there is nothing to report; let --folds cross-validate, or give --gold labelled articles")
    if args.report.exists() and not args.force:
        raise OutputError(f"{args.report} exists; pass --force to replace it")
    if not args.report.parent.is_dir():
        raise OutputError(f"{args.report} cannot be written: there is no folder {args.report.parent}; make it first")


def _write_report(model: Model, trials: list[Trial], documents: list[Document], args: argparse.Namespace) -> None:
    """The page on a model that was just saved: about the gold file, where there is one."""
    articles = enough(*([document.article for document in trial.gold] for trial in reversed(trials)))
    report = collect(model, trials[::-1], documents, speed=measure(model, articles, args.out))
    with open_file(args.report, force=args.force) as file:
        file.write(html_page(report).encode())


def _refuse_taken(out: Path, force: bool) -> None:
    """Refuse before the work what ``save_model`` would refuse after it."""
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / CARD).is_file()):
        raise ModelError(f"{out} is not a model folder and is left alone; name another one")
    if out.exists() and not force:
        raise ModelError(f"{out} exists; pass --force to replace it")
