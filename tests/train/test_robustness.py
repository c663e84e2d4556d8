"""What untidy text costs a model: the losses are those that evaluation gives, and too much is marked."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.data.corpus import write_corpus
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Document
from casualty_claims.models.model import Model
from casualty_claims.models.scorer import Scorer
from casualty_claims.models.storage import save_model
from casualty_claims.train.alterations import ALTERATIONS, COLUMNS, NOISE, edited
from casualty_claims.train.cli import main
from casualty_claims.train.commands.robust import tables
from casualty_claims.train.evaluation import evaluate
from casualty_claims.train.robustness import FIGURES, LIMIT, LIMITS, Loss, Robustness, limit_of, robustness
from rich.console import Console


def same(document: Document) -> Document | None:
    return document


def hashed(document: Document) -> Document | None:
    """Letters to hash marks: nothing can be read any more."""
    text = document.text
    return edited(document, [(at, at + 1, "#") for at, c in enumerate(text) if c.isalpha()])


def refused(document: Document) -> Document | None:
    return None


def half(document: Document) -> Document | None:
    return hashed(document) if document.id[-1] in "02468" else document


@pytest.fixture(scope="module")
def found(model: Model, fresh_documents: list[Document]) -> Robustness:
    kinds = {"same": same, "half": half, "OCR noise": hashed, "refused": refused}
    return robustness(model, fresh_documents, kinds, resamples=200)


def test_figures_are_those_of_evaluation(model: Model, fresh_documents: list[Document], found: Robustness) -> None:
    scorer = Scorer(model)
    versions = {"half": [half(d) or d for d in fresh_documents]}
    wanted = {
        name: evaluate(documents, scorer.score_many(d.article for d in documents))
        for name, documents in {"untouched": fresh_documents, **versions}.items()
    }
    for figure in FIGURES:
        before, after = (
            {
                "claims exact": e.exact[CLAIM].f1,
                "attributions exact": e.exact[ATTRIBUTION].f1,
                "claims overlap": e.overlap[CLAIM].f1,
                "attributions overlap": e.overlap[ATTRIBUTION].f1,
                "record": e.record.accuracy,
                "link": e.link.accuracy,
            }[figure]
            for e in (wanted["untouched"], wanted["half"])
        )
        assert found.untouched[figure] == pytest.approx(before)
        assert found.losses["half"][figure].value == pytest.approx(after)
        assert found.losses["half"][figure].points == pytest.approx(100 * (before - after))
    assert found.untouched["claims exact"] > 0.6  # a model that finds nothing would lose nothing


@pytest.mark.parametrize("name", ["same", "refused"])
def test_what_changes_nothing_costs_nothing_whatever_is_drawn(found: Robustness, name: str) -> None:
    """Each resample draws the same documents on both sides: no spread is left."""
    assert {(x.points, x.low, x.high) for x in found.losses[name].values()} == {(0.0, 0.0, 0.0)}
    assert found.changed[name] == 0
    assert not found.exceeded(name)


def test_what_destroys_the_text_costs_all_and_is_marked(found: Robustness) -> None:
    lost = found.losses["OCR noise"]
    assert lost["claims exact"].value == 0
    assert lost["claims exact"].points == pytest.approx(100 * found.untouched["claims exact"])
    assert found.exceeded("OCR noise") == ("claims exact", "attributions exact")
    assert found.changed == {"same": 0, "half": 6, "OCR noise": 12, "refused": 0}
    assert found.documents == 12


def test_the_interval_holds_the_loss_and_has_width(found: Robustness) -> None:
    for loss in found.losses["half"].values():
        assert loss.low <= loss.points <= loss.high
    exact = found.losses["half"]["claims exact"]
    assert 5 < exact.high - exact.low < 90


def test_the_same_seed_gives_the_same_intervals(model: Model, fresh_documents: list[Document]) -> None:
    one, again = (robustness(model, fresh_documents, {"half": half}, 50, seed=3) for _ in "ab")
    assert one == again
    assert one != robustness(model, fresh_documents, {"half": half}, 50, seed=4)


def test_nothing_to_measure_is_said(model: Model, fresh_documents: list[Document]) -> None:
    with pytest.raises(ValueError, match="at least one document"):
        robustness(model, [])
    with pytest.raises(ValueError, match="one resample"):
        robustness(model, fresh_documents, resamples=0)


# --- the limits and their marks -------------------------------------------------------------------------------


def losing(name: str, claims: float, attributions: float) -> Robustness:
    points = dict.fromkeys(FIGURES, 50.0) | {"claims exact": claims, "attributions exact": attributions}
    losses = {figure: Loss(0.9 - lost / 100, lost, lost - 1, lost + 1) for figure, lost in points.items()}
    return Robustness(9, dict.fromkeys(FIGURES, 0.9), {name: losses}, {name: 7})


def printed(of: Robustness) -> str:
    screen = Console(width=80)
    with screen.capture() as shown:
        screen.print(tables(of, "[b]mine[/b]"))
    return " ".join(shown.get().split())


def test_the_limits() -> None:
    assert (LIMIT, LIMITS) == (6.0, {"OCR noise": 12.0, "no commas": 12.0})
    assert LIMITS.keys() <= ALTERATIONS.keys()


@pytest.mark.parametrize("name", ALTERATIONS)
@pytest.mark.parametrize(("claims", "attributions"), [(0.1, 0.1), (0.1, -0.1), (-0.1, 0.1), (-9.0, -0.1), (0.0, 0.0)])
def test_what_is_over_the_limit_is_marked(name: str, claims: float, attributions: float) -> None:
    """Above the limit, not at it; in the table, in the sentence below it and in the JSON."""
    limit = limit_of(name)
    of = losing(name, limit + claims, limit + attributions)
    over = [f for f, by in (("claims exact", claims), ("attributions exact", attributions)) if by > 0]
    assert list(of.exceeded(name)) == of.to_json()["altered"][0]["exceeded"] == over
    text = printed(of)
    assert text.startswith("[b]mine[/b]")
    assert (f"over {limit:g}" in text) == bool(over)
    if over:
        assert text.endswith(f"Costs more than is allowed: {name} ({' and '.join(over)}).")
    else:
        assert text.endswith("Nothing costs more than is allowed.")


# --- the command ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Files:
    model: Path
    gold: Path


@pytest.fixture(scope="module")
def files(model: Model, fresh_documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("robust")
    card: dict[str, Any] = {"name": "small"}
    save_model(replace(model, card=card), folder / "model")
    write_corpus(folder / "gold.jsonl", fresh_documents)
    return Files(folder / "model", folder / "gold.jsonl")


@pytest.fixture(scope="module")
def row(files: Files) -> dict[str, Any]:
    """What the command writes with ``--out``."""
    target = files.gold.parent / "robust.json"
    assert main(["robust", str(files.model), str(files.gold), "--out", str(target)]) == 0
    written: dict[str, Any] = json.loads(target.read_text("utf-8"))
    return written


def test_the_command_writes_every_alteration_and_figure(
    row: dict[str, Any], model: Model, fresh_documents: list[Document]
) -> None:
    assert row == {"model": "small"} | robustness(model, fresh_documents).to_json()
    assert [part["alteration"] for part in row["altered"]] == list(ALTERATIONS)
    assert all(list(part["figures"]) == list(FIGURES) for part in row["altered"])
    changed = {part["alteration"]: part["documents_changed"] for part in row["altered"]}
    assert changed["upper case"] == changed["OCR noise"] == 12
    assert changed["British spelling"] == 0


def test_json_is_what_out_writes(files: Files, row: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["robust", str(files.model), str(files.gold), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == row


def test_the_table_holds_what_the_json_holds(
    files: Files, row: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["robust", str(files.model), str(files.gold)]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith(f"as it is {row['untouched']['claims exact']:.3f}") for line in lines)
    for part in row["altered"]:
        (first, *_) = [line for line in lines if line.startswith(part["alteration"])]
        for figure in ("claims exact", "attributions exact"):
            loss = part["figures"][figure]
            assert f" {loss['value']:.3f} " in first
        assert first.endswith(f"{'over ' if part['exceeded'] else ''}{part['limit']:g}")
    assert all(len(line) <= 80 for line in lines)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["robust", *map(str, arguments)]) == 2
    return " ".join(capsys.readouterr().err.split())


def test_out_never_replaces_a_file_without_force(
    files: Files, row: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "robust.json"
    out.write_text("precious")
    assert str(out) in refusal(capsys, files.model, files.gold, "--out", out)
    assert out.read_text() == "precious"
    assert main(["robust", str(files.model), str(files.gold), "--out", str(out), "--force"]) == 0
    assert json.loads(out.read_text("utf-8")) == row


def test_the_gold_is_never_the_output(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    before = files.gold.read_bytes()
    assert "is an input" in refusal(capsys, files.model, files.gold, "--out", files.gold, "--force")
    assert files.gold.read_bytes() == before


def test_what_is_not_there_is_said_and_nothing_is_written(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "robust.json"
    assert "nowhere" in refusal(capsys, tmp_path / "nowhere", files.gold, "--out", out)
    assert "nowhere" in refusal(capsys, files.model, tmp_path / "nowhere.jsonl", "--out", out)
    assert not list(tmp_path.iterdir())


def test_help_names_the_limits_and_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["robust", "--help"])
    assert stopped.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"Allowed are {LIMIT:g} points of exact F1, {LIMITS['OCR noise']:g} for misreadings and lost commas" in shown
    assert f"{1000 * NOISE:g} in 1,000 characters" in shown
    assert f"wrapped at {COLUMNS} columns" in shown
    assert all(option in shown for option in ("--json", "--out FILE", "--force"))
