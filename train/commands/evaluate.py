"""Score labelled documents with a saved model and compare: how good is it, and what does it get wrong?

examples:
  casualty-train evaluate models/mine gold.jsonl
  casualty-train evaluate default gold.jsonl --errors    missed and wrong spans, records and links, in context
  casualty-train evaluate default gold.jsonl --json      for a program
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from ...models.scorer import Scorer
from ...models.storage import load_model
from ..errors import differences
from ..evaluation import evaluate
from ..reading import read_labelled
from ..report import difference_table, evaluation_tables

HELP = "score labelled documents with a saved model and compare"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model folder, or 'default' for the one that comes with the package")
    parser.add_argument("gold", type=Path, help="a corpus file or folder with the right answers")
    parser.add_argument(
        "--errors", action="store_true", help="show missed and wrong spans, records and links in context"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    model = load_model(None if args.model == "default" else args.model)
    gold = read_labelled([args.gold])
    predicted = list(Scorer(model).score_many(document.article for document in gold))
    evaluation = evaluate(gold, predicted)
    if args.json:
        report = evaluation.to_json()
        if args.errors:
            report["errors"] = [{name: getattr(d, name) for name in d.__slots__} for d in differences(gold, predicted)]
        json.dump(report, sys.stdout, indent=1, ensure_ascii=False)
        print()
        return 0
    if args.errors:
        screen.print(difference_table(differences(gold, predicted)))
    screen.print(evaluation_tables(evaluation, f"{model.name} on {args.gold}"))
    return 0
