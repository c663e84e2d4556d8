"""What the world sends: far too much, far too odd, nothing at all, and a disk that is full.

Whatever comes, the user is told in a sentence, every input is an article or a reject, outputs are whole or
absent, and memory stays sane.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import Document
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models.cli import main
from casualty_claims.models.scorer import Scorer
from casualty_claims.models.stretches import BATCH_CHARACTERS, stretches

NEWS = "Police said 12 people were killed and about 30 injured when a tram left its rails in Orvane on Monday."
CLAIMS = {("killed", 12), ("injured", 30)}
PLAIN = "The road along the coast was opened again in the evening, and traders came back with what they had to sell. "
MEGABYTES = 2**20

MEASURED = """
import resource, sys
from casualty_claims.models.cli import main
status = main(sys.argv[1:])
try:  # the peak of this process alone: ru_maxrss may be that of its parent
    with open("/proc/self/status") as file:
        peak = 1024 * next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(peak)
sys.exit(status)
"""


def score(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def score_measured(*arguments: object) -> tuple[int, int]:
    """Exit status and peak memory in bytes of a run in a process of its own."""
    command = [sys.executable, "-c", MEASURED, *map(str, arguments), "--no-table"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, int(done.stdout)


def write_lines(path: Path, rows: Iterable[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def told_in_sentences(errors: str) -> bool:
    return bool(errors) and "Traceback" not in errors and all(len(line) < 400 for line in errors.splitlines())


class Run:
    """A run over one input: what it made of it."""

    def __init__(self, source: Path, *options: object) -> None:
        out = source.parent / f"{source.name}-out"
        out.mkdir()
        self.status = score(source, "--out", out / "t.jsonl", "--spans", out / "d.jsonl", *options)
        self.rows = read_lines(out / "t.jsonl")
        self.documents: list[Document] = list(read_corpus(out / "d.jsonl"))
        self.rejects = {row["place"].removeprefix(source.as_posix()): row["reason"]
                        for row in read_lines(out / "t.jsonl.rejects.jsonl")}  # fmt: skip

    @property
    def claims(self) -> set[tuple[str, int]]:
        return {(row["harm"], row["count"]) for row in self.rows}

    def is_exact(self) -> bool:
        """Whether every claim's words stand at its offsets."""
        texts = {document.id: document.text for document in self.documents}
        return all(texts[row["article_id"]][row["start"] : row["end"]] == row["text"] for row in self.rows)


# --- too much --------------------------------------------------------------------------------------------------


def test_an_article_of_fifty_megabytes(tmp_path: Path) -> None:
    """News at both ends, prose, and what scraping drags along: a page's data, in lines without a blank."""
    prose = f"{NEWS} {PLAIN * 8}\n\n" * 1000
    furniture = ("x" * 10_000 + "\n") * 5000
    text = f"{NEWS}\n\n{prose}{furniture}\n\n{NEWS}\n"
    source = tmp_path / "archive.txt"
    source.write_text(text)
    assert source.stat().st_size > 50_000_000
    status, peak = score_measured(source, "--out", tmp_path / "t.jsonl", "--spans", tmp_path / "d.jsonl")
    assert status == 0
    assert peak < 1000 * MEGABYTES
    (document,) = read_corpus(tmp_path / "d.jsonl")
    assert document.text == text
    rows = read_lines(tmp_path / "t.jsonl")
    assert len(rows) == len(document.claims)
    assert len(rows) > 1900
    assert all(text[row["start"] : row["end"]] == row["text"] for row in rows)
    assert rows[0]["start"] < len(NEWS)
    assert rows[-1]["end"] > len(text) - len(NEWS)


@pytest.mark.parametrize("filler", ["x", PLAIN.replace(".", "")], ids=["without blanks", "with blanks"])
def test_a_line_of_ten_megabytes(tmp_path: Path, filler: str) -> None:
    """No stop in it either, so that it is one sentence."""
    long = f"{NEWS} {filler * (10_000_000 // len(filler))} {NEWS}"
    rows = [{"id": "a", "text": NEWS}, {"id": "b", "text": long}, {"id": "c", "text": NEWS}]
    source = write_lines(tmp_path / "dump.jsonl", rows)
    status, peak = score_measured(source, "--spans", tmp_path / "d.jsonl")
    assert status == 0
    assert peak < 1000 * MEGABYTES
    documents = list(read_corpus(tmp_path / "d.jsonl"))
    assert [document.id for document in documents] == ["a", "b", "c"]
    assert documents[1].text == long
    assert documents[0].claims
    assert documents[0].spans == documents[2].spans
    words = {long[claim.start : claim.end] for _, claim in documents[1].claims}
    assert {NEWS[claim.start : claim.end] for _, claim in documents[0].claims} <= words


def test_one_long_text_is_tagged_as_its_parts_are() -> None:
    """The stretches that a long text is tagged in leave no seam."""
    tagger = Scorer().model.tagger
    parts = [
        f"{NEWS} {PLAIN * (n % 23)}The count of {n} may rise, a doctor told Radio Orvane.\n\n" for n in range(1400)
    ]
    text = "".join(parts)
    sentences = split_sentences(text)
    assert len(list(stretches([sentences]))) >= 2
    assert len(text) > 2 * BATCH_CHARACTERS
    (whole,) = tagger.tag([text], [sentences])
    found, offset = [], 0
    for part, spans in zip(parts, tagger.tag(parts, [split_sentences(part) for part in parts]), strict=True):
        found += [(span.start + offset, span.end + offset, span.label) for span in spans]
        offset += len(part)
    assert len(found) > 2800
    assert [(span.start, span.end, span.label) for span in whole] == found


@pytest.mark.parametrize("limit", [1, 50, 333, 10**6])
def test_stretches_hold_every_sentence_once(limit: int) -> None:
    sentences = [split_sentences(text) for text in ("", NEWS, f"{NEWS} {PLAIN * 9}", "x" * 120_000, PLAIN * 3)]
    found: list[list[tuple[int, int]]] = [[] for _ in sentences]
    for stretch in stretches(sentences, limit):
        sizes = [high - low for _, bounds in stretch for low, high in bounds]
        assert sum(sizes[:-1]) <= limit
        for number, bounds in stretch:
            found[number] += bounds
    assert found == sentences


def test_what_has_no_stop_is_cut() -> None:
    text = f"{NEWS} " + PLAIN.replace(".", "") * 2000 + "x" * 200_000
    sentences = split_sentences(text)
    assert all(high - low <= 50_000 for low, high in sentences)
    assert "".join(text[low:high] for low, high in sentences).replace(" ", "") == text.replace(" ", "")


def test_a_sentence_of_five_thousand_tokens(tmp_path: Path) -> None:
    source = tmp_path / "long.txt"
    source.write_text(f"{NEWS[:-1]}, {'and then the long road went on and on, ' * 500}until 7 men died.")
    assert len(source.read_text().split()) > 4500
    run = Run(source)
    assert run.status == 0
    assert len(split_sentences(run.documents[0].text)) == 1
    assert run.claims >= {*CLAIMS, ("killed", 7)}
    assert run.is_exact()


def test_a_folder_of_very_many_empty_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    for number in range(20_000):
        (folder / f"{number}.txt").touch()
    (folder / "zuletzt.txt").write_text(NEWS)
    assert score(folder, "--out", tmp_path / "t.jsonl") == 1
    rejects = read_lines(tmp_path / "t.jsonl.rejects.jsonl")
    assert len(rejects) == 20_000
    assert {row["reason"] for row in rejects} == {"the text is empty"}
    assert {row["article_id"] for row in read_lines(tmp_path / "t.jsonl")} == {"zuletzt.txt"}
    err = capsys.readouterr().err
    assert told_in_sentences(err)
    assert "1 article," in err
    assert "20,000 inputs could not be read" in err


# --- too odd ---------------------------------------------------------------------------------------------------


def test_nul_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.txt").write_bytes(NEWS.encode() + b"\0")
    (folder / "b.csv").write_bytes(f'id,text\n1,"{NEWS}"\n2,"{NEWS}\0"\n3,"{NEWS}"\n'.encode())
    (folder / "c.jsonl").write_bytes(
        b'{"id": "4", "text": "raw \0 one"}\n' + json.dumps({"id": "5", "text": f"\0 {NEWS} \0"}).encode() + b"\n"
    )
    (folder / "d.html").write_bytes(b"<html><body><p>" + NEWS.encode() + b"\0</p></body></html>")
    run = Run(folder)
    assert run.status == 1
    assert run.rejects.keys() == {"/a.txt", "/b.csv:row 2", "/c.jsonl:1", "/d.html"}
    assert [document.id for document in run.documents] == ["1", "3", "5"]
    assert run.is_exact()
    assert {row["article_id"] for row in run.rows} == {"1", "3", "5"}
    assert told_in_sentences(capsys.readouterr().err)


def test_lone_surrogates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "dump.jsonl"
    source.write_text(
        f'{{"id": "a", "text": "{NEWS} \\ud83d"}}\n'
        f'{{"id": "b\\ud83d", "title": "\\ude00", "text": "{NEWS} \\ud83d\\ude00"}}\n'
    )
    run = Run(source, "--show")
    assert run.status == 1
    assert list(run.rejects) == [":1"]
    assert "half a character" in run.rejects[":1"]
    (document,) = run.documents
    assert (document.id, document.article.title, document.text) == ("b\ufffd", "\ufffd", f"{NEWS} \U0001f600")
    assert run.claims >= CLAIMS
    assert run.is_exact()
    assert told_in_sentences(capsys.readouterr().err)


@pytest.mark.parametrize(
    "beside",
    [
        "قالت الشرطة إن اثني عشر شخصا قتلوا.",
        "המשטרה מסרה כי 12 בני אדם נהרגו.",
        "\u202bقالت الشرطة\u202c \u200f12\u200e \u2067שלום\u2069.",
        "\u202e.detrever si siht",
        "\u200b\u2060\ufeff\u00ad",
    ],
    ids=["arabic", "hebrew", "marks", "override", "no width"],
)
@pytest.mark.parametrize("place", ["{} {}", "{}\n\n{}", "{0}{1} {0}"])
def test_text_from_right_to_left(tmp_path: Path, beside: str, place: str) -> None:
    source = tmp_path / "mixed.txt"
    text = place.format(beside, NEWS)
    source.write_text(text, encoding="utf-8")
    run = Run(source)
    assert run.status == 0
    assert run.documents[0].text == text
    assert run.claims >= CLAIMS
    assert run.is_exact()
    start = text.index(NEWS)
    assert {text[row["start"] : row["end"]] for row in run.rows if row["start"] >= start} & set(_phrases())


def _phrases() -> Iterator[str]:
    document = Scorer().score(NEWS)
    return (NEWS[claim.start : claim.end] for _, claim in document.claims)


def test_mixed_line_endings(tmp_path: Path) -> None:
    source = tmp_path / "mixed.txt"
    text = NEWS.join(("Tram leaves rails\r\n\r\n", "\r\r", "\n", "\n\r\n", "\u2028", "\x85\r\nA calm day.\r"))
    source.write_bytes(text.encode())
    run = Run(source)
    assert run.status == 0
    assert run.documents[0].text == text
    assert run.is_exact()
    for harm, count in CLAIMS:
        assert sum((row["harm"], row["count"]) == (harm, count) for row in run.rows) == text.count(NEWS)


# --- nothing, and nowhere to put it ----------------------------------------------------------------------------


def test_nothing_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "b.csv").write_text("id,text\n")
    (tmp_path / "c.json").write_text("[]")
    assert score(tmp_path, "--out", tmp_path / "t.csv") == 2
    assert told_in_sentences(err := capsys.readouterr().err)
    assert err == f"casualty-score: there are no articles in {tmp_path}\n"
    assert not (tmp_path / "t.csv").exists()


FULL_DISK = """
import contextlib, io, json, resource, sys
from pathlib import Path
from casualty_claims.models.cli import main

_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
results = []
for limit, options in json.loads(sys.argv[1]):
    told = io.StringIO()
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    with contextlib.redirect_stderr(told):
        status = main(options)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    files = {path.name: path.read_text(errors="replace") for path in Path().iterdir() if path.is_file()}
    results.append([status, told.getvalue(), files])
print(json.dumps(results))
"""


def test_a_full_disk(tmp_path: Path) -> None:
    """Each output in turn is what does not fit; then none of them is there, and what was there stays."""
    pytest.importorskip("resource")
    many = write_lines(tmp_path / "many.jsonl", [{"id": i, "text": f"{NEWS} {PLAIN * 3}"} for i in range(60)])
    few = write_lines(tmp_path / "few.jsonl", [{"id": i, "text": NEWS} for i in range(6)])
    broken = write_lines(tmp_path / "broken.jsonl", [{"id": 1, "text": NEWS}, *range(3000)])
    place = tmp_path / "full"
    place.mkdir()
    (place / "old.csv").write_text("precious")
    kept = {"old.csv": "precious"}
    cases: list[tuple[int, Path, str, str]] = [
        (20_000, many, "--out t.csv", "t.csv"),
        (20_000, many, "--out t.jsonl", "t.jsonl"),
        (20_000, many, "--out t.parquet --spans d.jsonl", "d.jsonl"),
        (20_000, many, "--out old.csv --force", "old.csv"),
        (20_000, broken, "--out t.csv", "t.csv.rejects.jsonl"),
        (20_000, broken, "--out t.csv --rejects r.jsonl --spans d.jsonl", "r.jsonl"),
        (1_000, few, "--out t.parquet", "t.parquet"),
        (5_500, few, "--out t.jsonl --spans d.jsonl", "t.jsonl"),  # seen only when all else is written
        (1 << 30, broken, "--out t.csv --spans d.jsonl", ""),
    ]
    asked = [(limit, [str(source), *options.split(), "--no-table"]) for limit, source, options, _ in cases]
    command = [sys.executable, "-c", FULL_DISK, json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=place)
    *refused, whole = json.loads(done.stdout)
    for (status, told, files), (*_, failed) in zip(refused, cases[:-1], strict=True):
        assert status == 2
        assert told == f"casualty-score: {failed} was not written, nothing was changed: File too large\n"
        assert files == kept
    status, _, files = whole
    assert status == 1
    assert files.keys() == {"old.csv", "t.csv", "d.jsonl", "t.csv.rejects.jsonl"}
    assert files["t.csv.rejects.jsonl"].count("\n") == 3000
    assert files["d.jsonl"].count("\n") == 1


def test_a_folder_that_takes_no_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "tram.txt"
    source.write_text(NEWS)
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):  # nothing is closed to root but what the system itself keeps shut
        folder = Path("/sys")
        if not folder.is_dir():
            pytest.skip("root may write everywhere here")
    before = sorted(folder.iterdir())
    for options in (["--out", folder / "t.csv"], ["--out", tmp_path / "t.csv", "--spans", folder / "d.jsonl"]):
        assert score(source, *options, "--no-table") == 2
        err = capsys.readouterr().err
        assert err.startswith(f"casualty-score: {options[-1]} was not written, nothing was changed: ")
        assert len(err.splitlines()) == 1
    assert sorted(folder.iterdir()) == before
    assert not (tmp_path / "t.csv").exists()
