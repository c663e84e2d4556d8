"""``casualty-train`` from its options to its exit status: check, fit, evaluate."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.data.corpus import corpus_hash, write_corpus
from casualty_claims.data.counts import Calibration, Counts, Share
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, LABELS, Article, Document
from casualty_claims.data.matching import FIELDS
from casualty_claims.data.notation import bounds, parse
from casualty_claims.models.scorer import Scorer
from casualty_claims.models.storage import load_model
from casualty_claims.train.cli import COMMANDS, main, parser
from casualty_claims.train.evaluation import Evaluation, evaluate
from casualty_claims.train.report import evaluation_tables
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

SHARES = ("record", "link", "link_exact")


def document(name: str, notation: str) -> Document:
    text, spans = parse(notation)
    return Document(Article(name, text), spans)


BARGE = document("barge", "[[a1|The coastguard said]] [[k=4@a1|four sailors drowned]]. Two tugs searched until dark.")
SILO = document("silo", "A silo burst in Orsk. [[i~30|Some 30 people were hurt]], [[a1|the mayor said]].")


@dataclass(frozen=True, slots=True)
class Fitted:
    """What ``fit`` left and said, and the labelled file it was judged on."""

    model: Path
    gold: Path
    corpus: list[Document]
    report: dict[str, Any]


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory, corpus_slice: list[Document]) -> Fitted:
    folder = tmp_path_factory.mktemp("fit")
    corpus, gold, model = folder / "corpus", folder / "gold.jsonl", folder / "model"
    write_corpus(corpus / "one.jsonl", corpus_slice[:8])
    write_corpus(corpus / "two.jsonl", corpus_slice[8:])
    write_corpus(gold, [*corpus_slice[::5], BARGE, SILO])
    options = ["--out", str(model), "--folds", "2", "--gold", str(gold), "--name", "mine", "--json"]
    with redirect_stdout(StringIO()) as printed:
        assert main(["fit", str(corpus), *options]) == 0
    return Fitted(model, gold, corpus_slice, json.loads(printed.getvalue()))


@pytest.fixture(autouse=True)
def plain_and_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever terminal the tests run in: no colours, and no line broken."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "400")


def words(text: str) -> str:
    return " ".join(text.split())


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one sentence on standard error of a command that could not run."""
    assert main([str(a) for a in arguments]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.startswith("casualty-train: ")
    assert said.err.count("\n") == 1
    return said.err


# --- check ---------------------------------------------------------------------------------------------------


def test_check_of_a_sound_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_corpus(tmp_path / "a.jsonl", [BARGE])
    write_corpus(tmp_path / "b.jsonl.gz", [SILO])
    assert main(["check", str(tmp_path)]) == 0
    assert capsys.readouterr().out == (
        "sound: 2 documents, 4 sentences, 2 sentences without a span, 2 claims, 2 attributions\n"
    )


def test_check_names_every_fault_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [BARGE.to_json(), SILO.to_json(), BARGE.to_json() | {"id": "again"}]
    rows[0]["spans"][1]["count"] = 5
    rows[1]["spans"][0]["attributed_to"] = 7
    path = tmp_path / "c.jsonl"
    path.write_text("\n".join([*map(json.dumps, rows), "{"]), "utf-8")
    assert main(["check", str(path)]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    errors = [line for line in lines if ": error: " in line]
    faults = ["does not follow from exact", "attributed_to is 7", "the text is that of", "not JSON"]
    assert len(errors) == len(faults)
    for number, (line, fault) in enumerate(zip(errors, faults, strict=True), 1):
        assert line.startswith(f"{path}:{number}: error: ")
        assert fault in line
    assert last == f"4 errors, {len(lines) - 4} warnings"


def test_check_shows_warnings_and_takes_none_for_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same sentence labelled in one document and not in another is doubtful, and may be right."""
    other = document("other", "It burned for hours. Some 30 people were hurt, [[a1|the mayor said]].")
    write_corpus(tmp_path / "c.jsonl", [SILO, other])
    assert main(["check", str(tmp_path / "c.jsonl")]) == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{tmp_path / 'c.jsonl'}:2: warning: ")
    assert second == "0 errors, 1 warnings"
    assert last.startswith("sound: 2 documents")


# --- fit -----------------------------------------------------------------------------------------------------


def test_fit_reports_all_figures_as_json(fitted: Fitted) -> None:
    assert set(fitted.report) == {"cross-validation", "gold gold.jsonl"}
    for report in fitted.report.values():
        assert set(report) == {
            "exact",
            "overlap",
            "record",
            "record_fields",
            "link",
            "link_exact",
            "end_to_end",
            "span_calibration",
            "link_calibration",
            "confusion",
        }
        assert set(report["exact"]) == set(report["overlap"]) == set(LABELS)
        assert set(report["record_fields"]) == set(FIELDS)
        for counts in (*report["exact"].values(), *report["overlap"].values(), report["end_to_end"]):
            assert set(counts) == {"tp", "fp", "fn", "precision", "recall", "f1"}
        for share in (*report["record_fields"].values(), *(report[name] for name in SHARES)):
            assert set(share) == {"right", "of", "accuracy"}
    judged = fitted.report["cross-validation"]["exact"][CLAIM]
    assert judged["tp"] + judged["fn"] == sum(len(d.claims) for d in fitted.corpus)


def test_fit_judges_the_cross_validation_on_unseen_documents(fitted: Fitted) -> None:
    """The model knows most of its gold file here, and none of what a fold scores."""
    seen, unseen = (fitted.report[name]["exact"][CLAIM]["f1"] for name in ("gold gold.jsonl", "cross-validation"))
    assert seen > unseen


def test_the_card_says_how_the_model_was_made(fitted: Fitted) -> None:
    card = json.loads((fitted.model / "card.json").read_text("utf-8"))
    fingerprint = corpus_hash(fitted.corpus)
    assert card["name"] == f"mine-{fingerprint[:8]}" == load_model(fitted.model).name
    assert card["scores"] == fitted.report
    assert card["corpus"] == {
        "sha256": fingerprint,
        "documents": len(fitted.corpus),
        "claims": sum(len(d.claims) for d in fitted.corpus),
        "attributions": sum(len(d.attributions) for d in fitted.corpus),
    }
    assert set(card["settings"]) == {"tagger", "linker"}
    assert {"python", "casualty-claims", "numpy", "scikit-learn"} <= set(card["versions"])


def test_fit_refuses_a_model_that_is_there_before_it_reads_a_thing(
    fitted: Fitted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file: file.read_bytes() for file in fitted.model.iterdir()}
    said = refused(capsys, "fit", tmp_path / "there is no such corpus", "--out", fitted.model)
    assert f"{fitted.model} exists; pass --force" in said
    assert {file: file.read_bytes() for file in fitted.model.iterdir()} == before


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_fit_never_replaces_what_is_no_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, force: list[str]
) -> None:
    out = tmp_path / "thesis"
    precious = out / "chapter.txt" if kind == "folder" else out
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("all of it")
    said = refused(capsys, "fit", tmp_path / "there is no such corpus", "--out", out, *force)
    assert f"{out} is not a model folder and is left alone" in said
    assert precious.read_text() == "all of it"


def test_fit_says_that_a_corpus_is_too_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_corpus(tmp_path / "c.jsonl", [BARGE])
    out = tmp_path / "model"
    assert "all documents are of one group" in refused(capsys, "fit", tmp_path / "c.jsonl", "--out", out)
    assert "too little to learn" in refused(capsys, "fit", tmp_path / "c.jsonl", "--out", out, "--folds", "0")
    assert "folds is 1; give 2 or more" in refused(capsys, "fit", tmp_path / "c.jsonl", "--out", out, "--folds", "1")
    assert not out.exists()


# --- evaluate ------------------------------------------------------------------------------------------------


def test_evaluate_gives_the_figures_that_fit_gave(fitted: Fitted, capsys: pytest.CaptureFixture[str]) -> None:
    """What was saved and loaded scores as what was trained did."""
    assert main(["evaluate", str(fitted.model), str(fitted.gold), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == fitted.report["gold gold.jsonl"]


def hidden(document: Document, around: str) -> Document:
    """The same, in the middle of an article of which nobody labelled the rest."""
    text = f"{around} {document.text} {around}"
    shift = len(around) + 1
    spans = tuple(replace(s, start=s.start + shift, end=s.end + shift) for s in document.spans)
    meta = {**document.meta, "labelled": [[shift, shift + len(document.text)]]}
    return Document(replace(document.article, text=text), spans, meta)


def test_unlabelled_sentences_neither_teach_nor_count(
    fitted: Fitted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is around the labelled part is full of claims that nobody marked."""
    around = "Police said 12 people were killed and 40 wounded. Six soldiers died, the army said."
    plain = fitted.corpus[:5]
    partly = [hidden(document, around) for document in plain]
    models = []
    for name, documents in (("plain", plain), ("partly", partly)):
        corpus, model = tmp_path / f"{name}.jsonl", tmp_path / name
        write_corpus(corpus, documents)
        assert main(["fit", str(corpus), "--out", str(model), "--folds", "0"]) == 0
        models.append({file.name: file.read_bytes() for file in model.iterdir() if file.name != "card.json"})
    assert models[0] == models[1]
    capsys.readouterr()
    reports = []
    for name in ("plain", "partly"):
        assert main(["evaluate", "default", str(tmp_path / f"{name}.jsonl"), "--json"]) == 0
        reports.append(json.loads(capsys.readouterr().out))
    assert reports[0] == reports[1]


def rows_of(report: dict[str, Any]) -> list[str]:
    """The lines that a table of these figures holds."""

    def ratios(counts: dict[str, Any]) -> str:
        return " ".join(
            [f"{counts[k]:.3f}" for k in ("precision", "recall", "f1")] + [str(counts[k]) for k in ("tp", "fp", "fn")]
        )

    def share(counts: dict[str, Any]) -> str:
        return f"{counts['right']} {counts['of']} {counts['accuracy']:.3f}"

    rows = [f"{label} {how} {ratios(report[how][label])}" for label in report["exact"] for how in ("exact", "overlap")]
    rows.append(f"end to end {ratios(report['end_to_end'])}")
    rows.append(f"record (all fields) {share(report['record'])}")
    rows += [f"{name} {share(counts)}" for name, counts in report["record_fields"].items()]
    rows += [f"link {share(report['link'])}", f"link, attribution exact {share(report['link_exact'])}"]
    for what, pairs in report["confusion"].items():
        right = {"link": {("nobody", "nobody"), ("somebody", "the right one")}}.get(what)
        rows += [
            f"{pair['gold']} {pair['predicted']} {pair['times']}"
            for pair in pairs
            if (pair["gold"], pair["predicted"]) not in (right or {(pair["gold"], pair["gold"])})
        ]
    return rows


def test_the_table_and_the_json_agree(fitted: Fitted, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(fitted.model), str(fitted.gold)]) == 0
    lines = [words(line) for line in capsys.readouterr().out.splitlines()]
    assert f"{load_model(fitted.model).name} on" in " ".join(lines)
    for row in rows_of(fitted.report["gold gold.jsonl"]):
        assert row in lines


NUMBER = st.integers(0, 20_000)
COUNTS = st.builds(Counts, NUMBER, NUMBER, NUMBER)
SHARE = st.tuples(NUMBER, NUMBER).map(lambda pair: Share(min(pair), max(pair)))
BY_LABEL = st.fixed_dictionaries(dict.fromkeys(LABELS, COUNTS))
CONFUSION = st.sampled_from(
    [("harm", "killed", "killed"), ("harm", "killed", "injured"), ("harm", "None", "missing")]
    + [("qualifier", "exact", "vague"), ("link", "nobody", "nobody"), ("link", "nobody", "somebody")]
    + [("link", "somebody", other) for other in ("nobody", "the right one", "another one")]
)
CALIBRATION = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=5).map(Calibration.of)
EVALUATIONS = st.builds(
    Evaluation,
    BY_LABEL,
    BY_LABEL,
    st.fixed_dictionaries(dict.fromkeys(FIELDS, SHARE)),
    SHARE,
    SHARE,
    SHARE,
    COUNTS,
    CALIBRATION,
    CALIBRATION,
    st.lists(CONFUSION, max_size=9).map(Counter),
)


@given(EVALUATIONS)
def test_any_table_holds_what_the_json_holds(evaluation: Evaluation) -> None:
    """On the width of a pipe; the ratios come from the counts, as the JSON's are rounded already."""
    screen = Console(width=80, force_terminal=False)
    with screen.capture() as printed:
        screen.print(evaluation_tables(evaluation, "[b]title[/i]"))
    lines = [words(line) for line in printed.get().splitlines()]
    assert lines[0] == "[b]title[/i]"
    report = evaluation.to_json()
    for counts, row in [
        *((c, report[how][label]) for how in ("exact", "overlap") for label, c in getattr(evaluation, how).items()),
        (evaluation.end_to_end, report["end_to_end"]),
    ]:
        row |= {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
    for share, row in [
        *((s, report["record_fields"][name]) for name, s in evaluation.fields.items()),
        *((getattr(evaluation, name), report[name]) for name in SHARES),
    ]:
        row["accuracy"] = share.accuracy
    wanted = rows_of(report)
    numbers = [line for line in lines if line and line[-1].isdigit()]
    gaps = (evaluation.span_calibration.error, evaluation.link_calibration.error)
    wanted.append("expected calibration error: spans {:.3f}, links {:.3f}".format(*gaps))
    assert sorted(numbers) == sorted(wanted)


def test_evaluate_default_is_the_model_of_the_package(fitted: Fitted, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "default", str(fitted.gold), "--json"]) == 0
    gold = [*fitted.corpus[::5], BARGE, SILO]
    wanted = evaluate(gold, Scorer(None).score_many(d.article for d in gold)).to_json()
    assert json.loads(capsys.readouterr().out) == wanted


@pytest.fixture(scope="session")
def faulty(
    fitted: Fitted, tmp_path_factory: pytest.TempPathFactory, without_span: Callable[[Document, int], Document]
) -> tuple[Path, Document]:
    """A gold file that lacks one attribution of what the model says and has another count, and what it says."""
    said = Scorer(fitted.model).score_many(d.article for d in fitted.corpus)
    plain = next(d for d in said if d.attributions and any(c.attributed_to is None and c.quantity for _, c in d.claims))
    index, claim = next((i, c) for i, c in plain.claims if c.attributed_to is None and c.quantity)
    spans = list(plain.spans)
    spans[index] = replace(claim, quantity=bounds("exact", 31_999))
    path = tmp_path_factory.mktemp("faulty") / "gold.jsonl"
    write_corpus(path, [without_span(replace(plain, spans=tuple(spans)), plain.attributions[0][0])])
    return path, plain


def test_errors_are_shown_in_context(
    fitted: Fitted, faulty: tuple[Path, Document], capsys: pytest.CaptureFixture[str]
) -> None:
    path, document = faulty
    assert main(["evaluate", str(fitted.model), str(path), "--errors"]) == 0
    shown = words(capsys.readouterr().out)
    _, invented = document.attributions[0]
    assert f"{document.id}:{invented.start} invented {ATTRIBUTION}" in shown
    assert (
        f": {words(document.text[invented.start : invented.end])}] {words(document.text[invented.end :])[:20]}" in shown
    )
    assert "/exact/31999/31999/31999]" in shown
    assert f"{ATTRIBUTION} invented 1" in shown
    assert f"{CLAIM} record 1" in shown


def test_errors_are_part_of_the_json(
    fitted: Fitted, faulty: tuple[Path, Document], capsys: pytest.CaptureFixture[str]
) -> None:
    path, document = faulty
    assert main(["evaluate", str(fitted.model), str(path), "--errors", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (invented,) = [e for e in report["errors"] if e["kind"] == "invented"]
    _, span = document.attributions[0]
    assert (invented["document"], invented["start"], invented["confidence"]) == (
        document.id,
        span.start,
        span.confidence,
    )
    assert [e["kind"] for e in report["errors"]].count("record") == 1
    assert report["record"]["of"] - report["record"]["right"] == 1
    assert report["exact"][ATTRIBUTION]["fp"] == 1


# --- what cannot run -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "{nowhere}"],
        ["fit", "{nowhere}", "--out", "{out}"],
        ["fit", "{corpus}", "--out", "{out}", "--gold", "{nowhere}"],
        ["evaluate", "default", "{nowhere}"],
        ["evaluate", "{nowhere}", "{corpus}"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    places = {"nowhere": tmp_path / "nowhere", "corpus": tmp_path / "c.jsonl", "out": tmp_path / "model"}
    write_corpus(places["corpus"], [BARGE, SILO])
    said = refused(capsys, *(a.format(**places) for a in arguments))
    assert str(places["nowhere"]) in said
    assert not places["out"].exists()


@pytest.mark.parametrize("command", [["check"], ["evaluate", "default"], ["fit", "--out", "model"]], ids=lambda c: c[0])
def test_a_file_without_documents_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    assert f"{tmp_path / 'empty.jsonl'}: there are no documents" in refused(capsys, *command, tmp_path / "empty.jsonl")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"attributed_to": 9}, "span 0 is attributed to span 9, which is no attribution"),
        ({"attributed_to": 0}, "span 0 is attributed to span 0, which is no attribution"),
        ({"attributed_to": -1}, "span 0 is attributed to span -1, which is no attribution"),
        ({"end": 900}, "span 0 runs past the text"),
    ],
)
@pytest.mark.parametrize("command", [["evaluate", "default"], ["fit", "--out", "model"]], ids=lambda c: c[0])
def test_labels_that_cannot_be_are_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], change: dict[str, int], fault: str
) -> None:
    row = SILO.to_json()
    row["spans"][0] |= change
    (tmp_path / "c.jsonl").write_text(json.dumps(row))
    assert f"document 'silo': {fault}; mend it" in refused(capsys, *command, tmp_path / "c.jsonl")


# --- help ----------------------------------------------------------------------------------------------------


def commands() -> dict[str, argparse.ArgumentParser]:
    (found,) = [a.choices for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(found)


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    printed = capsys.readouterr().out
    assert tuple(commands()) == COMMANDS
    for name in commands():
        assert f"casualty-train {name} " in printed  # an example of each


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    printed = words(capsys.readouterr().out)
    for action in commands()[command]._actions:
        assert action.help, action.dest
        assert words(action.help) in printed
        assert all(option in printed for option in action.option_strings)


@pytest.mark.parametrize(
    "arguments", [[], ["fit"], ["evaluate", "default"], ["check"], ["fit", "c", "--out", "m", "--folds", "x"]]
)
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: casualty-train" in capsys.readouterr().err


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="casualty-train")
    assert command.load() is main
