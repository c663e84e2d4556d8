"""``casualty-score`` from end to end: what it reads, writes, shows, refuses, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import Document
from casualty_claims.data.outputs import CLAIMS_SCHEMA
from casualty_claims.models.cli import EXAMPLES, main, parser
from rich.cells import cell_len

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
COMMAND = (sys.executable, "-c", "import sys; from casualty_claims.models.cli import main; sys.exit(main())")
NEWS = "Police said 12 people were killed and about 30 injured when a tram left its rails in Orvane on Monday."

Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same screen wherever the tests run."""
    monkeypatch.setenv("COLUMNS", "160")
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def score(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def cell(words: str, kind: pa.DataType) -> Any:
    """A cell of a CSV file as the schema has it; an empty one is null."""
    if not words:
        return None
    return int(words) if pa.types.is_integer(kind) else float(words) if pa.types.is_floating(kind) else words


def read(path: Path) -> Rows:
    """The rows of a claims table of any kind."""
    if path.suffix == ".parquet":
        rows: Rows = pq.read_table(path).to_pylist()
        return rows
    if path.suffix == ".jsonl":
        return read_lines(path)
    with path.open(newline="", encoding="utf-8") as file:
        return [{k: cell(v, CLAIMS_SCHEMA.field(k).type) for k, v in row.items()} for row in csv.DictReader(file)]


def read_lines(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_lines(path: Path, rows: Iterable[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def state(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes, hidden ones too."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def one_sentence(errors: str) -> str:
    """What the user was told, which must be one line of this command."""
    (line,) = errors.splitlines()
    assert line.startswith("casualty-score: ")
    assert "Traceback" not in line
    assert "Error" not in line
    return line


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample articles as tables of each kind, and as documents."""
    folder = tmp_path_factory.mktemp("scored")
    for name in ("claims.csv", "claims.parquet", "claims.jsonl"):
        spans = ("--spans", folder / "documents.jsonl") if name.endswith("csv") else ()
        assert score(SAMPLES, "--out", folder / name, "--no-table", *spans) == 0
    return folder


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """A folder of one article, apart from where outputs go."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "tram.txt").write_text(NEWS)
    return folder


# --- outputs ---------------------------------------------------------------------------------------------------


def test_tables_of_all_kinds_agree_cell_by_cell(scored: Path) -> None:
    table = pq.read_table(scored / "claims.parquet")
    assert table.schema.equals(CLAIMS_SCHEMA)
    rows = table.to_pylist()
    assert len(rows) > 20
    assert len({row["article_id"] for row in rows}) >= 7
    assert read(scored / "claims.jsonl") == rows
    assert read(scored / "claims.csv") == rows


def test_the_words_of_every_row_stand_where_it_says(scored: Path) -> None:
    texts = {document.id: document.text for document in read_corpus(scored / "documents.jsonl")}
    for row in read(scored / "claims.parquet"):
        text = texts[row["article_id"]]
        assert text[row["start"] : row["end"]] == row["text"]
        assert row["sentence"] in text
        assert row["text"] in row["sentence"]
        if row["attribution_start"] is not None:
            said = text[row["attribution_start"] : row["attribution_end"]]
            assert (row["source"] or "") in said
            assert (row["cue"] or "") in said


def test_documents_read_back_hold_the_claims_of_the_table(scored: Path) -> None:
    documents = list(read_corpus(scored / "documents.jsonl"))
    assert {document.id for document in documents} > {"ferry.txt", "quake.html", "coast-17", "wire-3"}

    def told(document: Document) -> Iterable[tuple[Any, ...]]:
        for _, claim in document.claims:
            quantity = claim.quantity
            source = None if claim.attributed_to is None else document.spans[claim.attributed_to]
            yield (
                document.id, claim.start, claim.end, claim.harm, quantity and quantity.qualifier,
                quantity and quantity.count, quantity and quantity.low, quantity and quantity.high,
                source and source.start, source and source.end, claim.confidence, claim.link_confidence,
            )  # fmt: skip

    names = "article_id start end harm qualifier count low high attribution_start attribution_end".split()
    names += ["claim_confidence", "link_confidence"]
    rows = [tuple(row[name] for name in names) for row in read(scored / "claims.parquet")]
    assert [claim for document in documents for claim in told(document)] == rows


def test_facts_about_the_article_come_along(scored: Path) -> None:
    rows = {row["article_id"]: (row["published"], row["outlet"]) for row in read(scored / "claims.csv")}
    assert rows["coast-17"] == ("2015-06-21", "The Coast Herald")
    assert rows["quake.html"] == ("2019-04-02", "Highland Courier")
    assert rows["wire-1"] == ("2006-11-03", "Meridian Wire")
    assert rows["ferry.txt"] == (None, None)


def test_what_was_done_is_told(news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(news, "--out", tmp_path / "claims.csv", "--spans", tmp_path / "spans.jsonl") == 0
    out, err = capsys.readouterr()
    assert out == ""
    counted, *written = err.splitlines()
    assert re.fullmatch(r"1 article, 2 claims, 2 of them with their source", counted)
    assert written == [f"written: {tmp_path / 'claims.csv'}", f"written: {tmp_path / 'spans.jsonl'}"]
    assert {path.name for path in tmp_path.iterdir()} == {"news", "claims.csv", "spans.jsonl"}


def test_confidence_takes_away_and_never_adds(tmp_path: Path) -> None:
    before: set[tuple[Any, ...]] | None = None
    sizes = []
    for level in (0, 0.7, 0.9, 0.97, 1):
        out = tmp_path / f"{level}.jsonl"
        assert score(SAMPLES, "--out", out, "--min-confidence", level) == 0
        rows = read(out)
        assert all(row["claim_confidence"] >= level for row in rows)
        claims = {(row["article_id"], row["start"], row["end"]) for row in rows}
        assert before is None or claims <= before
        before = claims
        sizes.append(len(claims))
    assert sizes[0] > sizes[3] > sizes[-1]


def test_many_processes_give_what_one_gives(tmp_path: Path) -> None:
    rows: list[object] = [{"id": f"a{i}", "text": f"{'' if i % 7 else NEWS} Lorry {i} stood by."} for i in range(1100)]
    rows[37] = rows[600] = {"id": "empty", "text": ""}
    dump = write_lines(tmp_path / "dump.jsonl", rows)
    for jobs in (1, 2):
        folder = tmp_path / str(jobs)
        folder.mkdir()
        assert score(dump, "--out", folder / "t.csv", "--spans", folder / "d.jsonl", "--jobs", jobs) == 1
    assert state(tmp_path / "1") == state(tmp_path / "2")
    assert len(read_lines(tmp_path / "1" / "d.jsonl")) == 1098
    assert len(read_lines(tmp_path / "1" / "t.csv.rejects.jsonl")) == 2


# --- the screen ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "table", "articles"),
    [
        ([], True, False),
        (["--no-table"], False, False),
        (["--show"], False, True),
        (["--show", "--table"], True, True),
        (["--out"], False, False),
        (["--out", "--table"], True, False),
        (["--rows", "0"], False, False),
    ],
)
def test_what_is_printed(
    news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], table: bool, articles: bool
) -> None:
    given = [part for option in options for part in (option, *([tmp_path / "t.csv"] if option == "--out" else []))]
    assert score(news, *given) == 0
    out = capsys.readouterr().out
    assert ("who says so" in out) is table
    assert ("⟨killed 12" in out) is articles
    assert bool(out) is (table or articles)


def test_articles_are_shown_with_every_claim_and_its_source(scored: Path, capsys: pytest.CaptureFixture[str],
                                                            monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", "2000")
    assert score(SAMPLES, "--show") == 0
    out = capsys.readouterr().out
    for row in read(scored / "claims.jsonl"):
        shown = re.escape(row["text"]) + rf"⟨{row['harm']} [^⟩\n]*(?P<link> ←\[\d+\])?⟩"
        found = list(re.finditer(shown, out))
        assert found, row
        assert any("←" in match.group() for match in found) or row["attribution_start"] is None
    for document in read_corpus(scored / "documents.jsonl"):
        assert document.id in out
        for number, (_, span) in enumerate(document.attributions, 1):
            assert f"{document.text[span.start : span.end]}[{number}]" in out


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_the_table_fits_and_nothing_in_it_is_cut(
    scored: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert score(SAMPLES) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= width
    assert "…" not in "".join(lines)
    rows = read(scored / "claims.jsonl")
    for name in {row["article_id"] for row in rows}:
        assert lines.count(name) == 1
    claims = [line for line in lines if re.search(r"\d+%\s*", line[-12:])]
    assert [line.split()[0] for line in claims] == [row["harm"] for row in rows]
    if width >= 80:
        letters = "".join("".join(lines).split())
        assert all(row["text"].split()[0] in letters for row in rows)


def test_long_tables_are_cut_and_say_so(scored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(SAMPLES, "--rows", 3) == 0
    out = capsys.readouterr().out
    assert len(re.findall(r"\d+%", out)) == 3
    assert f"… and {len(read(scored / 'claims.csv')) - 3} more" in out


def test_an_article_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Police said \x1b[31m12 people were killed\x1b[2J in Orvane.\x9b5A\x07\rAbout 30 were injured, one said.\r\n"
    row = {"id": "a\x1b]0;x\x07", "title": "b\x1b[1m\nc", "text": text}
    dump = write_lines(tmp_path / "dump\x1b[3m.jsonl", [row, "not an article"])
    assert score(dump, "--show", "--table") == 1
    out, err = capsys.readouterr()
    assert "people were killed" in out
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out + err)


def test_a_screen_without_the_signs_still_shows(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (news / "odd.txt").write_text("Nine people died in Łódź, “at least”, the mayor said. 死者\n", encoding="utf-8")
    narrow = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(narrow, encoding="ascii"))
    assert score(news, "--show", "--table") == 0
    sys.stdout.flush()
    assert b"killed 12" in narrow.getvalue()


# --- inputs ----------------------------------------------------------------------------------------------------

PAGE = f"""<!DOCTYPE html><html><head><title>Tram crash</title></head><body><nav><a href="/">Home</a></nav>
<article><h1>Tram crash in Orvane</h1><p>{NEWS}</p><p>The line stays shut until Friday, the operator said, and buses
will run in its place from the old market to the harbour.</p></article><footer>All rights reserved</footer></body>
</html>"""


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (NEWS.encode(), "stdin"),
        (b"\xef\xbb\xbf" + NEWS.encode(), "stdin"),
        (NEWS.encode("utf-16"), "stdin"),
        (PAGE.encode(), "stdin"),
        (json.dumps({"id": "tram", "body": NEWS}).encode() + b"\n", "tram"),
    ],
    ids=["text", "text with mark", "wide text", "page", "lines"],
)
def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: bytes, name: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert score("-", "--out", tmp_path / "t.jsonl") == 0
    rows = read(tmp_path / "t.jsonl")
    assert {(row["article_id"], row["harm"], row["count"]) for row in rows} >= {
        (name, "killed", 12),
        (name, "injured", 30),
    }


def test_columns_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "ref": "r7",
        "words": NEWS,
        "text": "Nothing happened.",
        "day": "2020-02-02",
        "paper": "Post",
        "line": "Tram",
    }
    dump = write_lines(tmp_path / "dump.jsonl", [row])
    named = (
        "--text-column words --id-column ref --published-column day --source-column paper --title-column line".split()
    )
    assert score(dump, "--out", tmp_path / "t.csv", "--spans", tmp_path / "d.jsonl", *named) == 0
    rows = read(tmp_path / "t.csv")
    assert {(r["article_id"], r["published"], r["outlet"]) for r in rows} == {("r7", "2020-02-02", "Post")}
    assert read_lines(tmp_path / "d.jsonl")[0]["title"] == "Tram"
    capsys.readouterr()
    assert score(dump, "--text-column", "wrods") == 1
    assert "'wrods'" in (told := capsys.readouterr().err)
    assert "'words'" in told
    assert "--text-column" in told


def test_outputs_in_the_folder_that_is_read_are_not_read(news: Path) -> None:
    (news / "empty.txt").touch()
    for force in ([], ["--force"], ["--force"]):
        arguments = (news, "--out", news / "t.jsonl", "--spans", news / "d.jsonl", *force)
        assert score(*arguments) == 1
        assert {row["article_id"] for row in read(news / "t.jsonl")} == {"tram.txt"}
        assert [row["id"] for row in read_lines(news / "d.jsonl")] == ["tram.txt"]
        assert len(read_lines(news / "t.jsonl.rejects.jsonl")) == 1


# --- rejects ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(news: Path) -> Path:
    """One article, and four inputs that are none."""
    (news / "empty.txt").write_text(" \n")
    (news / "report.pdf").write_bytes(b"%PDF-1.7")
    (news / "lines.jsonl").write_text(
        f'{json.dumps({"id": "b", "text": NEWS})}\n{{"id": 1, "text": "cut\n{{"id": 2}}\n'
    )
    return news


def test_rejects_are_listed_with_place_and_reason(
    mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert score(mixed, "--out", tmp_path / "t.csv") == 1
    rejects = {row["place"]: row["reason"] for row in read_lines(tmp_path / "t.csv.rejects.jsonl")}
    assert list(rejects) == [
        f"{mixed.as_posix()}/{name}" for name in ("empty.txt", "lines.jsonl:2", "lines.jsonl:3", "report.pdf")
    ]
    reasons = [reason for _, reason in sorted(rejects.items())]
    for reason, word in zip(reasons, ("empty", "broken JSON", "no column", "ending '.pdf'"), strict=True):
        assert word in reason
    err = capsys.readouterr().err
    assert f"4 inputs could not be read, all listed in {tmp_path / 't.csv.rejects.jsonl'}:" in err
    assert all(f"  {place}: {reason}" in err for place, reason in rejects.items())
    assert {row["article_id"] for row in read(tmp_path / "t.csv")} == {"tram.txt", "b"}


def test_rejects_go_where_they_are_wanted(mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(mixed, "--no-table") == 1
    assert "4 inputs could not be read:" in capsys.readouterr().err
    assert score(mixed, "--no-table", "--rejects", tmp_path / "r.jsonl", "--out", tmp_path / "t.csv") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"news", "r.jsonl", "t.csv"}


def test_only_the_first_rejects_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = write_lines(tmp_path / "dump.jsonl", [{"text": NEWS}, *range(25)])
    assert score(dump, "--no-table") == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == "25 inputs could not be read:"
    assert len(lines) == 13
    assert lines[-1].strip() == "… and 15 more"


def test_no_rejects_no_file_and_no_old_one_either(mixed: Path, tmp_path: Path) -> None:
    out, rejects = tmp_path / "t.csv", tmp_path / "t.csv.rejects.jsonl"
    assert score(mixed, "--out", out) == 1
    assert rejects.exists()
    assert score(mixed / "tram.txt", "--out", out, "--force") == 0
    assert not rejects.exists()


def test_everything_rejected_is_an_empty_table_and_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "t.parquet"
    assert score(tmp_path / "not there.txt", tmp_path / "nor this", "--out", out) == 1
    table = pq.read_table(out)
    assert table.num_rows == 0
    assert table.schema.equals(CLAIMS_SCHEMA)
    rejects = read_lines(tmp_path / "t.parquet.rejects.jsonl")
    assert [row["place"] for row in rejects] == [
        f"{tmp_path.as_posix()}/{name}" for name in ("not there.txt", "nor this")
    ]
    assert "0 articles" in capsys.readouterr().err


# --- refusals --------------------------------------------------------------------------------------------------


def test_no_articles_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    assert score(tmp_path / "empty", "--out", tmp_path / "t.csv", "--spans", tmp_path / "d.jsonl") == 2
    assert "there are no articles in" in one_sentence(capsys.readouterr().err)
    assert state(tmp_path) == {}


@pytest.mark.parametrize("taken", ["t.csv", "d.jsonl", "r.jsonl"])
def test_an_output_that_exists_is_left_alone(
    mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], taken: str
) -> None:
    (tmp_path / taken).write_text("precious")
    before = state(tmp_path)
    outputs = ("--out", tmp_path / "t.csv", "--spans", tmp_path / "d.jsonl", "--rejects", tmp_path / "r.jsonl")
    assert score(mixed, *outputs) == 2
    assert (
        one_sentence(capsys.readouterr().err)
        == f"casualty-score: {tmp_path / taken} exists; pass --force to replace it"
    )
    assert state(tmp_path) == before
    assert score(mixed, *outputs, "--force") == 1
    assert state(tmp_path).keys() == before.keys() | {"t.csv", "d.jsonl", "r.jsonl"}
    assert (tmp_path / taken).read_text(encoding="utf-8") != "precious"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--out", "claims.xlsx"], "end its name in .parquet, .csv or .jsonl"),
        (["--out", "claims"], "end its name in .parquet, .csv or .jsonl"),
        (["--out", "away/claims.csv"], "there is no folder"),
        (["--spans", "away/spans.jsonl"], "there is no folder"),
        (["--out", "t.jsonl", "--spans", "./t.jsonl"], "named for two outputs"),
        (["--out", "t.csv", "--rejects", "t.csv"], "named for two outputs"),
        (["--out", "folder.csv"], "not a regular file"),
        (["--spans", "news/tram.txt", "--force"], "is an input"),
    ],
)
def test_outputs_that_cannot_be(
    news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    options: list[str], told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    before = state(tmp_path)
    assert score("news/tram.txt", *options) == 2
    assert told in one_sentence(capsys.readouterr().err)
    assert state(tmp_path) == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--min-confidence", "1.5"], "0 and 1"),
        (["--min-confidence", "nan"], "0 and 1"),
        (["--min-confidence", "high"], "'high'"),
        (["--rows", "-1"], "below 0"),
        (["--jobs", "0"], "1 or more"),
        (["--jobs", "-2"], "1 or more"),
        (["--colour"], "--colour"),
    ],
)
def test_options_that_cannot_be(capsys: pytest.CaptureFixture[str], options: list[str], told: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        score(SAMPLES, *options)
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err.splitlines()[-1]


def _no_card(model: Path) -> None:
    (model / "card.json").unlink()


def _broken_card(model: Path) -> None:
    (model / "card.json").write_text('{"format": 1, ')


def _later_format(model: Path) -> None:
    (model / "card.json").write_text(json.dumps(json.loads((model / "card.json").read_bytes()) | {"format": 99}))


def _lost_file(model: Path) -> None:
    (model / "state.json").unlink()


def _short_file(model: Path) -> None:
    with next(iter(sorted(model.glob("*.npy")))).open("r+b") as file:
        file.truncate(100)


def _changed_file(model: Path) -> None:
    path = sorted(model.glob("*.npy"))[-1]
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (shutil.rmtree, "there is no model folder"),
        (_no_card, "card.json"),
        (_broken_card, "not JSON"),
        (_later_format, "99"),
        (_lost_file, "state.json"),
        (_short_file, "100 bytes"),
        (_changed_file, "was changed"),
    ],
)
def test_a_model_that_is_none_is_refused(
    news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None], told: str
) -> None:
    model = tmp_path / "model"
    shutil.copytree(Path(str(files("casualty_claims.models").joinpath("default"))), model)
    damage(model)
    before = state(tmp_path)
    assert score(news, "--model", model, "--out", tmp_path / "t.csv") == 2
    assert told in one_sentence(capsys.readouterr().err)
    assert state(tmp_path) == before


def test_a_model_can_be_named(news: Path, tmp_path: Path) -> None:
    shutil.copytree(Path(str(files("casualty_claims.models").joinpath("default"))), tmp_path / "model")
    assert score(news, "--out", tmp_path / "1.csv") == score(
        news, "--out", tmp_path / "2.csv", "--model", tmp_path / "model"
    )
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


# --- help ------------------------------------------------------------------------------------------------------


def test_every_option_is_explained() -> None:
    told = parser().format_help()
    for action in parser()._actions:
        assert action.help and len(action.help) > 10, action
        assert all(option in told for option in action.option_strings)
    assert EXAMPLES in told
    assert "exit status" in told


def test_the_examples_are_commands() -> None:
    commands = re.findall(r"(?:^|\| )casualty-score (.*?)(?: {2,}|$)", EXAMPLES.replace("\n  ", "\n"), re.MULTILINE)
    assert len(commands) == EXAMPLES.count("casualty-score ")
    used = {vars(parser().parse_args(shlex.split(command)))["paths"][0] for command in commands}
    assert {"news/", "-"} <= used


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        score("--version")
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"casualty-score {version('casualty-claims')}\n"


# --- real processes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, jobs: str) -> None:
    outputs = ("--out", tmp_path / "t.jsonl", "--spans", tmp_path / "d.jsonl", "--jobs", jobs)
    command = [*COMMAND, "-", *map(str, outputs)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdin
        assert process.stderr
        line = json.dumps({"text": f"{NEWS}\n\n{'x' * 20_000}"}).encode() + b"\n"
        for _ in range(150):
            process.stdin.write(line)
        process.stdin.flush()  # most of it is read by now, since a pipe holds far less, and more is waited for
        assert len(list(tmp_path.glob(".*.part"))) == 3
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: the processes of --jobs get it too
        told = process.stderr.read().decode()
        assert process.wait(60) == 130
    assert one_sentence(told) == "casualty-score: stopped; no output was written"
    assert list(tmp_path.iterdir()) == []


def test_nothing_outlives_a_run_that_is_killed(tmp_path: Path) -> None:
    command = [*COMMAND, "-", "--jobs", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdin
        line = json.dumps({"text": f"{NEWS}\n\n{'x' * 20_000}"}).encode() + b"\n"
        for _ in range(150):
            process.stdin.write(line)
        process.stdin.flush()
        process.kill()
        try:
            process.communicate(timeout=60)  # ends when nobody holds its standard output any more
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail("its processes are still there")


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    dump = write_lines(tmp_path / "dump.jsonl", [{"text": f"{NEWS} {'x' * 2_000}"}] * 200)
    with subprocess.Popen([*COMMAND, str(dump), "--show"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().strip() == b"dump.jsonl#1"
        process.stdout.close()
        told = process.stderr.read().decode()
        process.wait(60)
    assert "Traceback" not in told


def test_progress_is_for_terminals(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    dump = write_lines(tmp_path / "dump.jsonl", [{"text": f"{NEWS} {'x' * 3_000}"}] * 1200)
    terminal, end = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "120"}
    command = [*COMMAND, str(dump), "--out", str(tmp_path / "t.csv")]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=end, env=environment
    ) as process:
        os.close(end)
        shown = b""
        while True:
            try:
                chunk = os.read(terminal, 1 << 16)
            except OSError:  # how Linux says that the other end is closed
                break
            if not chunk:
                break
            shown += chunk
        os.close(terminal)
        assert process.wait(60) == 0
        assert process.stdout
        assert process.stdout.read() == b""
    seen = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())
    assert re.search(r"scoring [━╸╺ ]+ +\d+% [\d,]+ articles", seen)
    assert re.search(r"\d [kM]?B/s|bytes/s", seen)
    assert re.search(r"\d:\d\d:\d\d", seen)
    assert "1,200 articles, 2,400 claims" in seen


@pytest.mark.parametrize("forced", [False, True])
def test_progress_is_for_nobody_else(
    news: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, forced: bool
) -> None:
    if forced:  # colours in a log are wanted by some; a bar that moves never is
        monkeypatch.setenv("FORCE_COLOR", "1")
    assert score(news, "--no-table") == 0
    assert capsys.readouterr().err == "1 article, 2 claims, 2 of them with their source\n"
