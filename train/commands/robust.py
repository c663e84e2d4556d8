"""Score labelled articles as they are and as untidy text brings them: what does each alteration cost the model?

Without commas, in capitals, in small letters, with curly and straight quotation marks, wrapped at 70 columns, with
the misreadings of a scan (15 in 1,000 characters, always the same), in British and in American spelling.

examples:
  casualty-train robust default gold.jsonl
  casualty-train robust models/mine gold.jsonl --json
  casualty-train robust models/mine gold.jsonl --out robust.json

Losses are points of F1 with the interval that holds 95 % of 1,000 resamples of the articles, each drawn untouched and
altered. Allowed are 6 points of exact F1, 12 for misreadings and lost commas; what costs more is marked.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from ..robustness import Loss, Robustness

HELP = "what untidy text costs the model: no commas, capitals, misread scans ..."


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model folder, or 'default' for the one that comes with the package")
    parser.add_argument("gold", type=Path, help="a corpus file or folder with the right answers")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the figures to this file, as JSON")
    parser.add_argument("--force", action="store_true", help="replace FILE if it exists")


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    from contextlib import nullcontext

    from ...data.outputs import open_file
    from ...data.runs import refuse_inputs
    from ...models.storage import load_model
    from ..reading import read_labelled
    from ..robustness import robustness

    if args.out:
        refuse_inputs([args.out], [args.gold])
    with open_file(args.out, force=args.force) if args.out else nullcontext() as file:
        model = load_model(None if args.model == "default" else args.model)
        gold = read_labelled([args.gold])
        with errors.status("scoring") as status:
            found = robustness(model, gold, say=status.update)
        printed = json.dumps({"model": model.name} | found.to_json(), indent=1, ensure_ascii=False)
        if file:
            file.write(f"{printed}\n".encode())
    if args.json:
        screen.out(printed, highlight=False)
    else:
        screen.print(tables(found, f"{model.name} on {args.gold}"))
    return 0


def tables(found: Robustness, title: str) -> Group:
    """Exact F1 with its losses; the losses of the other figures; and in a sentence what costs too much."""
    from ..robustness import FIGURES, LIMITED, limit_of

    exact = _table("exact F1", "claims", "lost", "attri-\nbutions", "lost", "allowed")
    exact.add_row("as it is", *(cell for name in LIMITED for cell in (f"{found.untouched[name]:.3f}", "")))
    for name, losses in found.losses.items():
        over, limit = found.exceeded(name), f"{limit_of(name):g}"
        cells = [Text(words, _RED * (f in over)) for f in LIMITED for words in _value_and_loss(losses[f])]
        exact.add_row(name, *cells, Text(f"over {limit}" if over else limit, _RED * bool(over)))
    others = [name for name in FIGURES if name not in LIMITED]
    rest = _table("points lost", *(name.replace(" ", "\n") for name in others), "articles\naltered")
    for name, losses in found.losses.items():
        rest.add_row(name, *(_points(losses[figure].points) for figure in others), f"{found.changed[name]:,}")
    over_all = [f"{name} ({' and '.join(found.exceeded(name))})" for name in found.losses if found.exceeded(name)]
    verdict = (
        f"Costs more than is allowed: {', '.join(over_all)}." if over_all else "Nothing costs more than is allowed."
    )
    blank = Text()
    return Group(Text(title, "bold"), blank, exact, blank, rest, blank, Text(verdict, _RED if over_all else "green"))


_RED = "red"


def _value_and_loss(loss: Loss) -> tuple[str, str]:
    return f"{loss.value:.3f}", f"{_points(loss.points)} [{_points(loss.low)}, {_points(loss.high)}]"


def _points(points: float) -> str:
    return f"{points:.1f}" if round(points, 1) else "0.0"


def _table(head: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column(head, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table
