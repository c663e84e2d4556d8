"""PolNeAR: reading it in both forms, one label a character, and the command from a folder to the table."""

from __future__ import annotations

import gzip
import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from casualty_claims.data.runs import InputError
from casualty_claims.data.sentences import split_sentences
from casualty_claims.data.standoff import Mark
from casualty_claims.train import polnear
from casualty_claims.train.cli import main
from casualty_claims.train.polnear import LABELS, Reading, Result, flat, passages, read_split
from hypothesis import given
from hypothesis import strategies as st

CORPUS = Path(__file__).parents[3] / "shared" / "polnear"

TEXT = "“The bridge is shut,” Colonel Obin said. “Nobody crosses.”\n\nShops in Tarnova opened late."
SOURCE, CUE = (22, 34), (35, 39)
PIECES = [(0, 21), (41, 58)]
ANN = f"""\
T1\tSource 22 34\tColonel Obin
T2\tCue 35 39\tsaid
T3\tContent 0 21;41 58\t“The bridge is shut,” “Nobody crosses.”
T4\tAttribution 35 39\tsaid
E1\tAttribution:T4 Content:T3 Cue:T2 Source:T1
T5\tDiscard 60 {len(TEXT)}\tShops in Tarnova opened late.
"""


def published(folder: Path, split: str, articles: dict[str, tuple[str, dict[str, str]]]) -> Path:
    """A folder as PolNeAR is published: by name a text, and by reader the annotations."""
    for part in ("text", "attributions"):
        (folder / "data" / split / part).mkdir(parents=True)
    for name, (text, readings) in articles.items():
        (folder / "data" / split / "text" / f"{name}.txt").write_bytes(text.encode())
        for reader, ann in readings.items():
            (folder / "data" / split / "attributions" / f"{name}_{reader}.ann").write_bytes(ann.encode())
    return folder


def places(reading: Reading) -> list[tuple[int, int, str]]:
    return [(m.start, m.end, m.label) for m in reading.spans]


# --- reading -------------------------------------------------------------------------------------------------


def test_the_published_form(tmp_path: Path) -> None:
    other = "T1\tSource 22 34\tColonel Obin\n"
    folder = published(tmp_path, "dev", {
        "obin_2016-03-11_the-bridge": (TEXT, {"4b22": ANN, "ef2d": other}),
        "nobody-read-this": ("Rain fell.", {}),
        "nothing-in-it": ("Rain fell.", {"4b22": ""}),
    })  # fmt: skip
    empty, obin = read_split(folder, "dev")
    assert (empty.id, empty.spans) == ("nothing-in-it", ())
    assert (obin.id, obin.text) == ("obin_2016-03-11_the-bridge", TEXT)
    assert places(obin) == [(*PIECES[0], "CONTENT"), (*SOURCE, "SOURCE"), (*CUE, "CUE"), (*PIECES[1], "CONTENT")]
    assert read_split(folder / "data", "dev") == [empty, obin]


@pytest.mark.parametrize("packed", [False, True])
def test_json_lines_are_read_as_the_published_form(tmp_path: Path, packed: bool) -> None:
    published(tmp_path / "brat", "train", {"a": (TEXT, {"x": ANN})})
    (expected,) = read_split(tmp_path / "brat", "train")
    spans = [{"start": s, "end": e, "label": label, "attribution": 0} for s, e, label in places(expected)]
    line = json.dumps({"id": "a", "text": TEXT, "spans": spans[::-1]}).encode()
    name, data = ("train.jsonl.gz", gzip.compress(line)) if packed else ("train.jsonl", line)
    (tmp_path / name).write_bytes(data)
    assert read_split(tmp_path, "train") == [expected]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": "a", "spans": []}', "'text' is missing"),
        ('{"id": "a", "text": "Rain.", "spans": [{"start": 0, "end": 9, "label": "CUE"}]}', "runs past the text"),
        ('{"id": "a", "text": "Rain.", "spans": [{"start": 3, "end": 3, "label": "CUE"}]}', "empty, reversed"),
        ('{"id": "a", "text": "Rain.", "spans": 7}', "not iterable"),
        ("[1]", "not an object"),
        ("", "holds no article"),
    ],
)
def test_a_line_that_is_no_article_is_refused(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "train.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        read_split(tmp_path, "train")
    assert "train.jsonl" in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give the folder of the corpus"):
        read_split(tmp_path, "dev")


@pytest.mark.skipif(not CORPUS.exists(), reason=f"PolNeAR is not in {CORPUS}")
def test_the_corpus_itself() -> None:
    dev = read_split(CORPUS, "dev")
    assert len(dev) == 84
    counts = {label: sum(m.label == label for r in dev for m in r.spans) for label in LABELS}
    assert counts == {"SOURCE": 1952, "CUE": 2192, "CONTENT": 2515}


# --- one label a character -----------------------------------------------------------------------------------

MARKS = st.lists(
    st.builds(lambda a, n, label: Mark(a, a + n, label), st.integers(0, 30), st.integers(1, 9),
              st.sampled_from([*LABELS, "DISCARD"])),
    max_size=12,
)  # fmt: skip


@given(MARKS)
def test_flat_spans_stand_in_order_apart_and_leave_out_only_what_overlaps(marks: list[Mark]) -> None:
    kept = flat(marks)
    assert all(one.end <= two.start for one, two in pairwise(kept))
    assert all(mark in marks for mark in kept) and all(mark.label in LABELS for mark in kept)
    for mark in marks:
        if mark.label in LABELS and mark not in kept:
            assert any(k.start < mark.end and mark.start < k.end and k.start <= mark.start for k in kept)
    assert flat(marks[::-1]) == kept == flat(kept)


def test_of_spans_that_start_together_the_longest_is_kept() -> None:
    marks = [Mark(0, 4, "SOURCE"), Mark(0, 9, "CONTENT"), Mark(7, 12, "CUE"), Mark(9, 10, "CUE")]
    assert flat(marks) == (marks[1], marks[3])


# --- passages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One fell. Two fled.", ["One fell.", "Two fled."]),
        ("“One fell. Two fled,” he said. Rain fell.", ["“One fell. Two fled,” he said.", "Rain fell."]),
        ('"One fell. Two fled," he said. Rain fell.', ['"One fell. Two fled," he said.', "Rain fell."]),
        ("“One fell. Two fled.\n\n“Rain fell,” he said.", ["“One fell. Two fled.", "“Rain fell,” he said."]),
        ("He said “yes.” Rain fell.", ["He said “yes.”", "Rain fell."]),
        ("", []),
    ],
)
def test_sentences_of_one_quotation_are_one_passage(text: str, expected: list[str]) -> None:
    assert [text[low:high] for low, high in passages(text)] == expected


@given(st.lists(st.sampled_from(["Men fell. ", "“", "” ", '"', "\n\n", "Obin said ", "he left. "]), max_size=25))
def test_passages_are_sentences_put_together(pieces: list[str]) -> None:
    text = "".join(pieces)
    found, sentences = passages(text), split_sentences(text)
    assert {low for low, _ in found} <= {low for low, _ in sentences}
    assert {high for _, high in found} <= {high for _, high in sentences}
    for low, high in sentences:
        assert sum(a <= low and high <= b for a, b in found) == 1


# --- figures and the command ---------------------------------------------------------------------------------


def test_intervals_are_of_articles() -> None:
    same = Result(np.tile([3, 1, 2], (20, 1)), 0.9)
    assert (same.counts.tp, same.counts.fp, same.counts.fn) == (60, 20, 40)
    assert list(same.intervals()) == ["precision", "recall", "f1"]
    for ends, value in zip(same.intervals().values(), (0.75, 0.6, 2 / 3), strict=True):
        assert ends == pytest.approx((value, value))
    mixed = Result(np.array([[3, 0, 0], [0, 3, 3]] * 10), 0.9)
    low, high = mixed.intervals()["f1"]
    assert low < mixed.counts.f1 == 0.5 < high
    nothing = Result(np.zeros((3, 3), np.int64), 0.0)
    assert nothing.counts.f1 == 0 and np.isnan(nothing.intervals()["f1"]).all()


NAMES = ("Obin", "Varga", "Lund", "Okoro", "Teller", "Sand", "Reva", "Moss")
SAID = ("said", "claimed", "insisted")
WHAT = ("the bridge was shut", "nobody had crossed the river", "the market in Belmar burned", "rain was coming")


def article(number: int) -> tuple[str, str]:
    """A text of six sentences, three of them attributions, with its annotations."""
    text, rows = "", []
    for i in range(3):
        n = number * 3 + i
        text += f"Shops in Tarnova opened late on day {n}. "
        for label, words in (
            ("Source", f"Colonel {NAMES[n % 8]}"), ("Cue", SAID[n % 3]), ("Content", WHAT[(n // 2) % 4])
        ):  # fmt: skip
            rows.append(f"T{len(rows) + 1}\t{label} {len(text)} {len(text) + len(words)}\t{words}")
            text += words + (". " if label == "Content" else " ")
    return text, "\n".join(rows) + "\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    articles = {f"article-{n}": article(n) for n in range(24)}
    for split, names in (("train", list(articles)[:18]), ("dev", list(articles)[18:])):
        published(tmp_path / "corpus", split, {n: (articles[n][0], {"4b22": articles[n][1]}) for n in names})
    return tmp_path / "corpus"


def test_the_command_trains_and_scores(
    corpus: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(polnear.SETTINGS, "trees", 20)
    assert main(["polnear", str(corpus), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["trained on"], report["scored"], report["split"]) == (18, 6, "dev")
    for label in LABELS:
        row = report["labels"][label]
        assert row["tp"] + row["fn"] == 18
        assert row["f1"] > 0.9 and row["candidate_recall"] > 0.9
        assert row["intervals"]["f1"][0] <= row["f1"] <= row["intervals"]["f1"][1]


def test_the_table_stands_beside_published_figures(
    corpus: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(polnear.SETTINGS, "trees", 5)
    assert main(["polnear", str(corpus), "--part", "0.5"]) == 0
    shown = capsys.readouterr().out
    assert "trained on 9 articles, scored on the 6 of dev" in shown
    for name, figures in polnear.PUBLISHED:
        (row,) = [line for line in shown.splitlines() if name in line]
        assert [float(cell) for cell in row.replace(name, "").split()] == list(figures)


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--on", "test"], "test.jsonl"), (["--part", "0"], "--part is 0"), (["--part", "2"], "up to 1")],
)
def test_what_cannot_be_run_is_one_sentence(
    corpus: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert main(["polnear", str(corpus), *options]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert words in line
