"""What goes wrong in a command is said in one sentence, and the exit status tells it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest
from casualty_claims.data.programs import add_commands, run_command

COMMAND = '''"""Boats of Belmar.

examples:
  harbour moor boat
"""

HELP = "moor a boat"


def add(parser):
    parser.add_argument("boat", help="which one")


def run(args, screen, errors):
    if args.boat == "none":
        raise ValueError("there is no boat [none]; name one")
    if args.boat == "wreck":
        raise FileNotFoundError(2, "No such file", "wreck.txt")
    if args.boat == "ferry":
        raise KeyboardInterrupt
    if args.boat.startswith("import "):
        __import__(args.boat.removeprefix("import "))
    screen.print(f"moored: {args.boat}")
    return 1
'''


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> argparse.ArgumentParser:
    """A program of one command, on the path for as long as the test."""
    package = tmp_path / "harbour_commands"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "moor.py").write_text(COMMAND)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    for name in ("harbour_commands", "harbour_commands.moor"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    parser = argparse.ArgumentParser(prog="harbour")
    add_commands(parser, ["moor"], "harbour_commands")
    return parser


@pytest.mark.parametrize(
    ("boat", "status", "said"),
    [
        ("none", 2, "harbour: there is no boat [none]; name one\n"),
        ("wreck", 2, "harbour: [Errno 2] No such file: 'wreck.txt'\n"),
        ("ferry", 130, "harbour: stopped\n"),
        ("import sails_of_tarnova", 2, "harbour: moor needs sails_of_tarnova; install it with"
         " pip install 'casualty-claims[deck]'\n"),
        ("import oars_of_tarnova.left", 2, "harbour: moor needs oars_of_tarnova; install it with"
         " pip install 'casualty-claims[hull]'\n"),
    ],
)  # fmt: skip
def test_one_sentence_and_the_status(
    harbour: argparse.ArgumentParser, boat: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(harbour, ["moor", boat], extra="deck", extras={"oars_of_tarnova": "hull"}) == status
    assert capsys.readouterr() == ("", said)


def test_the_status_is_the_commands_own(harbour: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(harbour, ["moor", "barge"], extra="deck") == 1
    assert capsys.readouterr() == ("moored: barge\n", "")


def test_a_part_of_the_package_that_is_missing_is_no_missing_extra(harbour: argparse.ArgumentParser) -> None:
    with pytest.raises(ModuleNotFoundError):
        run_command(harbour, ["moor", "import casualty_claims.nowhere"], extra="deck")


def test_help_shows_what_the_module_says(harbour: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        harbour.parse_args(["moor", "--help"])
    assert "examples:\n  harbour moor boat\n" in capsys.readouterr().out
