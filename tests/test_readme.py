"""What the README shows is what the commands print today."""

from __future__ import annotations

import io
import json
import re
import shlex
from pathlib import Path

import pytest
from casualty_claims.annotate.cli import parser as annotate_parser
from casualty_claims.data.documents import Article
from casualty_claims.models.cli import parser as score_parser
from casualty_claims.models.display import claims_table
from casualty_claims.models.scorer import Scorer
from casualty_claims.train.cli import parser as train_parser
from rich.console import Console

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WIDTH = 116

EXAMPLE = re.search(r"\$ cat siege\.txt\n(.*?)\n\n\$ casualty-score siege\.txt\n(.*?)\n```", README, re.DOTALL)
COMMANDS = re.findall(r"^(?:cat \S+ \| )?(casualty-(?:score|train|annotate) [^#\n]*)", README, re.MULTILINE)


def shown(text: str) -> str:
    """What ``casualty-score`` prints of a text on a terminal of ``WIDTH`` columns."""
    rows = [row for _, rows in Scorer().score_with_rows([Article("siege.txt", text)]) for row in rows]
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None)
    console.print(claims_table(rows, width=WIDTH))
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()).strip("\n")


def test_the_example_is_what_the_command_prints() -> None:
    assert EXAMPLE is not None
    assert EXAMPLE.group(2).strip("\n") == shown(EXAMPLE.group(1))


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 14


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_understood(command: str) -> None:
    name, *arguments = shlex.split(command)
    parsers = {"casualty-annotate": annotate_parser, "casualty-score": score_parser, "casualty-train": train_parser}
    parsers[name]().parse_args(arguments)


def test_the_figures_are_those_of_the_model_card() -> None:
    scores = json.loads((ROOT / "models" / "default" / "card.json").read_text())["scores"]["cross-validation"]
    told = {
        "claims, exact": scores["exact"]["CASUALTY_CLAIM"]["f1"],
        "claims, overlap": scores["overlap"]["CASUALTY_CLAIM"]["f1"],
        "attributions, exact": scores["exact"]["ATTRIBUTION"]["f1"],
        "attributions, overlap": scores["overlap"]["ATTRIBUTION"]["f1"],
        "record": scores["record"]["accuracy"],
        "link": scores["link"]["accuracy"],
        "end to end": scores["end_to_end"]["f1"],
    }
    for name, value in told.items():
        row = re.search(rf"^\| {re.escape(name)}[^|]*\| ([\d.]+) \|", README, re.MULTILINE)
        assert row is not None, name
        assert float(row.group(1)) == pytest.approx(value, abs=0.00051), name
