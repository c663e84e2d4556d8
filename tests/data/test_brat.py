"""brat standoff: exact round trips, what brat itself asks of a file, and files that are wrong."""

from __future__ import annotations

import json
import re
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from casualty_claims.data.brat import ann_of, parse_ann, read_brat, write_brat
from casualty_claims.data.outputs import OutputError
from casualty_claims.data.standoff import FormatError, Loss, Mark, Relation, Standoff
from hypothesis import given
from hypothesis import strategies as st

GOLDEN = Path(__file__).parent / "golden"
FLOOD = (GOLDEN / "brat" / "flood.txt").read_text(encoding="utf-8")

REPORT = Standoff(
    "desk/report 1",
    "Colonel Dara Obin said\nat least six people\n💥 had died. Two are missing.",
    (
        Mark(0, 22, "ATTRIBUTION"),
        Mark(23, 53, "CASUALTY_CLAIM", {"harm": "killed", "qualifier": "at_least", "count": "6"}, ("read twice",)),
        Mark(55, 70, "CASUALTY_CLAIM", {"harm": "missing", "sure": ""}),
        Mark(23, 35, "CASUALTY_CLAIM", {"count": "10"}),
    ),
    (Relation("attributed_to", 1, 0),),
    {"title": "Flood “toll”"},
)


# --- round trips ---------------------------------------------------------------------------------------------


@given(st.lists(st.from_type(Standoff), min_size=1, max_size=3))
def test_what_is_written_comes_back_exactly(documents: list[Standoff]) -> None:
    told: list[Loss] = []
    with tempfile.TemporaryDirectory() as place:
        write_brat(Path(place) / "out", documents)
        assert list(read_brat(Path(place) / "out", told.append)) == documents
    assert not told


@given(st.from_type(Standoff))
def test_every_span_passes_brats_own_checks(document: Standoff) -> None:
    """Of ``TextAnnotations`` in brat's server: pieces apart, in the text, and the words exactly those of the pieces.

    Spans with a line end at an edge are beyond brat.
    """
    breaks = re.compile("[\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029]")
    rows = [row for row in ann_of(document).split("\n") if row.startswith("T")]
    for mark, row in zip(document.marks, rows, strict=True):
        if breaks.match(document.text[mark.start]) or breaks.match(document.text[mark.end - 1]):
            continue
        assert not breaks.search(row)
        _, place, words = row.split("\t", 2)
        pieces = [tuple(map(int, piece.split(" "))) for piece in place.partition(" ")[2].split(";")]
        assert all(start < end <= len(document.text) for start, end in pieces)
        assert all(end < start for (_, end), (start, _) in pairwise(pieces))
        assert words == " ".join(document.text[start:end] for start, end in pieces)


def test_golden_folder(tmp_path: Path) -> None:
    write_brat(tmp_path / "out", [REPORT])
    written = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "out").iterdir()}
    golden = {file.name: file.read_text(encoding="utf-8") for file in (GOLDEN / "brat-written").iterdir()}
    assert written == golden


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    ids = ["a/b", "A/B", "..", ".hidden", "x" * 400, "x" * 401, "con\0trol", "ü", "Ü", "annotation"]
    documents = [Standoff(name, "Six died.") for name in ids]
    write_brat(tmp_path / "out", documents)
    assert [d.id for d in read_brat(tmp_path / "out", lambda _: None)] == ids
    assert len({file.name.casefold() for file in (tmp_path / "out").glob("*.ann")}) == len(ids)


# --- what brat writes ----------------------------------------------------------------------------------------


def test_a_file_of_brats_with_all_it_can_hold() -> None:
    told: list[Loss] = []
    (document,) = read_brat(GOLDEN / "brat", told.append)
    assert document.id == "flood"
    words = [(document.text[m.start : m.end], m.label, dict(m.attributes), m.notes) for m in document.marks]
    assert words == [
        ("Mayor Ilse Varga said", "Speaker", {}, ("which of the two?",)),
        ("12 villagers had\ndrowned", "Dead", {"Certain": "", "Number": "12"}, ()),
        ("three", "Dead", {}, ()),
        ("burst", "Cause", {}, ()),
        ("12 villagers had\ndrowned near Belmar, and three more were missing", "Dead", {}, ()),
    ]
    assert [(r.label, r.source, r.target) for r in document.relations] == [("says", 0, 1)]
    assert [(loss.kind, loss.place.rpartition(":")[2]) for loss in told] == [
        ("events left out", "8"),
        ("equivalences left out", "9"),
        ("normalisations left out", "10"),
        ("spans in pieces taken from the first to the last of them", "5"),
        ("notes left out: what they are about is no span that was read", "13"),
    ]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("T9\tDead 0 999\tx", "they reach beyond the text"),
        ("T9\tDead 9 4\tx", "they are empty or reversed"),
        ("T9\tDead 4 4\t", "they are empty or reversed"),
        ("T9\tDead -1 4\tx", "their line is no LABEL START END"),
        ("T9\tDead 0 x\tx", "their line is no LABEL START END"),
        ("T9 Dead 0 5 Mayor", "their line is no LABEL START END"),
        ("T9\tDead 1 6\tMayor", "their words are not those at their offsets"),
        ("T1\tDead 0 5\tMayor\nT1\tDead 6 10\tIlse", "their id was there before"),
        ("R1\tsays Arg1:T7 Arg2:T8", "an end is no span that was read"),
        ("T1\tDead 0 5\tMayor\nR1\tsays Arg1:T1 Arg2:T8", "an end is no span that was read"),
        ("R1\tsays T1", "their line is no LABEL Arg1:ID Arg2:ID"),
        ("A1\tharm T9 killed", "what they are about is no span that was read"),
        ("A1\tharm", "what they are about is no span that was read"),
        ("T1\tDead 0 5\tMayor\nA1\tharm T1 very dead", "their value is more than one word"),
        ("T1\tDead 0 5\tMayor\nA1\tharm T1 a\nA2\tharm T1 b", "the span has another of that name"),
        ("#1\tAnnotatorNotes R3\tx", "what they are about is no span that was read"),
        ("so it goes", "lines left out: brat has no such"),
    ],
)
def test_lines_that_are_wrong_are_told_and_the_rest_goes_on(line: str, kind: str) -> None:
    told: list[Loss] = []
    marks, relations = parse_ann(FLOOD, f"{line}\nT20\tSpeaker 0 16\tMayor Ilse Varga\n", "x.ann", told.append)
    assert [loss.kind for loss in told if kind in loss.kind] and len(told) == 1
    assert told[0].place.startswith("x.ann:")
    assert marks[-1] == Mark(0, 16, "Speaker")
    assert not relations


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Six died.")
    (tmp_path / "b.ann").write_text("T1\tDead 0 3\tSix\n")
    (tmp_path / "c.txt").write_text("Six died.")
    (tmp_path / "c.ann").write_text("")
    told: list[Loss] = []
    assert [d.id for d in read_brat(tmp_path, told.append)] == ["c"]
    assert [(Path(loss.place).name, loss.kind.partition(":")[0]) for loss in told] == [
        ("a.txt", "texts left out"),
        ("b.ann", "annotations left out"),
    ]


def test_an_older_encoding_is_recognised_and_a_wrong_one_told(tmp_path: Path) -> None:
    text = "“Six people died,” the café’s owner said – and he said it again to the police."
    (tmp_path / "a.txt").write_bytes(text.encode("cp1252"))
    (tmp_path / "a.ann").write_bytes("T1\tDead 1 16\tSix people died\nT2\tWho 19 37\tthe café’s owner s\n".encode())
    (tmp_path / "b.txt").write_bytes(b"%PDF-1.4 \x00\x01\xff")
    (tmp_path / "b.ann").write_bytes(b"")
    told: list[Loss] = []
    (document,) = read_brat(tmp_path, told.append)
    assert document.text == text
    assert [text[m.start : m.end] for m in document.marks] == ["Six people died", "the café’s owner s"]
    assert [Path(loss.place).name for loss in told] == ["b.txt"]


def test_offsets_of_bytes_are_told_not_believed(tmp_path: Path) -> None:
    told: list[Loss] = []
    ann = "T1\tDead 4 7\tSix\n"  # an emoji is four bytes
    assert parse_ann("💥Six died", ann, "x.ann", told.append) == ((), ())
    assert len(told) == 1


def test_one_file_and_folders_in_folders(tmp_path: Path) -> None:
    for name in ("z.x", "in/a"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.txt").write_text("Six died.")
        (tmp_path / f"{name}.ann").write_text("T1\tDead 0 9\tSix died.\r\n")
    (tmp_path / "annotation.conf").write_text("[entities]\nDead\n")
    assert [d.id for d in read_brat(tmp_path, pytest.fail)] == ["in/a", "z.x"]
    assert [d.id for d in read_brat(tmp_path / "z.x.ann", pytest.fail)] == ["z.x"]
    with pytest.raises(FormatError, match=r"holds no \.txt or \.ann"):
        list(read_brat(tmp_path / "nowhere", pytest.fail))


def test_a_damaged_list_of_documents_is_told(tmp_path: Path) -> None:
    write_brat(tmp_path / "out", [REPORT])
    for damage in ("{", "[1]", json.dumps({"x": 3})):
        (tmp_path / "out" / "documents.json").write_text(damage)
        told: list[Loss] = []
        (document,) = read_brat(tmp_path / "out", told.append)
        assert document.id == "desk%2Freport 1"
        assert [loss.kind for loss in told] == ["lists of ids and titles left out"]


# --- writing -------------------------------------------------------------------------------------------------


def test_a_folder_is_replaced_by_force_alone_and_only_if_it_is_brats(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_brat(out, [REPORT])
    with pytest.raises(OutputError, match="--force"):
        write_brat(out, [REPORT])
    write_brat(out, [Standoff("other", "Six died.")], force=True)
    assert [d.id for d in read_brat(out, pytest.fail)] == ["other"]
    (out / "thesis.docx").write_text("years of work")
    with pytest.raises(OutputError, match=r"thesis\.docx"):
        write_brat(out, [REPORT], force=True)
    assert [d.id for d in read_brat(out, pytest.fail)] == ["other"]
    with pytest.raises(OutputError, match="no folder"):
        write_brat(tmp_path / "no" / "out", [REPORT])


def test_an_error_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> object:
        yield REPORT
        raise RuntimeError("the reader broke")

    with pytest.raises(RuntimeError):
        write_brat(tmp_path / "out", failing())  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
