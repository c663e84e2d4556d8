"""CoNLL columns: exact round trips, the schemes others write, and files that are wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from casualty_claims.data.bio import from_tags, in_layers, is_strict, to_tags
from casualty_claims.data.conll import TOKEN, read_conll, write_conll
from casualty_claims.data.outputs import OutputError
from casualty_claims.data.sentences import split_sentences
from casualty_claims.data.spacing import from_misc, to_misc
from casualty_claims.data.standoff import FormatError, Loss, Mark, Relation, Standoff
from hypothesis import assume, given
from hypothesis import strategies as st

GOLDEN = Path(__file__).parent / "golden" / "report.conll"
LABELS = st.sampled_from(["CASUALTY_CLAIM", "ATTRIBUTION", "B-X", "CONTENT:2"])


def read(path: Path, text: str) -> tuple[list[Standoff], list[Loss]]:
    path.write_bytes(text.encode())
    told: list[Loss] = []
    return list(read_conll(path, told.append)), told


def words(document: Standoff) -> list[tuple[str, str]]:
    return [(document.text[m.start : m.end], m.label) for m in document.marks]


def spans(document: Standoff) -> list[tuple[int, int, str]]:
    return sorted((m.start, m.end, m.label) for m in document.marks)


# --- round trips ---------------------------------------------------------------------------------------------


@st.composite
def on_tokens(draw: st.DrawFn) -> Standoff:
    """A text with spans, also across sentences, that begin and end with tokens."""
    found: Standoff = draw(st.from_type(Standoff))
    tokens = [t.span() for place in split_sentences(found.text) for t in TOKEN.finditer(found.text, *place)]
    edges = st.lists(st.integers(0, len(tokens) - 1), min_size=2, max_size=2).map(sorted)
    marks = [Mark(tokens[a][0], tokens[b][1], draw(LABELS)) for a, b in draw(st.lists(edges, max_size=6))]
    return Standoff(found.id, found.text, tuple(marks), (), found.meta)


@given(st.lists(on_tokens(), min_size=1, max_size=3))
def test_spans_on_tokens_come_back_exactly(documents: list[Standoff]) -> None:
    told: list[Loss] = []
    with tempfile.TemporaryDirectory() as place:
        write_conll(Path(place) / "x.conll", documents, told.append)
        back = list(read_conll(Path(place) / "x.conll", told.append))
    assert [(d.id, d.text, d.meta, spans(d)) for d in back] == [(d.id, d.text, d.meta, spans(d)) for d in documents]
    assert not told


@given(st.from_type(Standoff))
def test_other_spans_are_widened_and_everything_lost_is_told(document: Standoff) -> None:
    told: list[Loss] = []
    with tempfile.TemporaryDirectory() as place:
        write_conll(Path(place) / "x.conll", [document], told.append)
        (back,) = read_conll(Path(place) / "x.conll", told.append)
    assert back.text == document.text
    kinds = [loss.kind.partition(":")[0] for loss in told]
    assert len(back.marks) == len(document.marks) - kinds.count("spans left out")
    tokens = [t.span() for place in split_sentences(document.text) for t in TOKEN.finditer(document.text, *place)]
    held = [m for m in document.marks if any(a < m.end and m.start < b for a, b in tokens)]
    exact = [m for m in held if m.start in dict(tokens) and m.end in dict(map(reversed, tokens))]  # type: ignore[arg-type]
    assert kinds.count("spans fitted to whole tokens") == len(held) - len(exact)
    assert kinds.count("links left out") == len(document.relations)
    assert kinds.count("notes left out") == sum(len(m.notes) for m in document.marks)
    assert kinds.count("spans without their attributes") == sum(bool(m.attributes) for m in document.marks)
    expected = sorted(
        (min(a for a, b in tokens if b > m.start), max(b for a, b in tokens if a < m.end), m.label) for m in held
    )
    assert spans(back) == expected


def test_golden_file(tmp_path: Path) -> None:
    text = "\n Colonel Dara\u00a0Obin said ten\tpeople, six of them children, had died.\r\n💥 Two are missing."
    whole = "ten\tpeople, six of them children, had died"
    marks = [(whole, "CASUALTY_CLAIM"), ("six of them children, had died", "CASUALTY_CLAIM"),
             ("Two are missing", "CASUALTY_CLAIM"), ("Colonel Dara\u00a0Obin said", "ATTRIBUTION")]  # fmt: skip
    made = tuple(Mark(text.index(w), text.index(w) + len(w), label) for w, label in marks)
    document = Standoff("desk\treport", text, made, (), {"title": "Flood “toll”"})
    write_conll(tmp_path / "x.conll", [document], pytest.fail)
    assert (tmp_path / "x.conll").read_bytes() == GOLDEN.read_bytes()
    (back,) = read_conll(GOLDEN, pytest.fail)
    assert (back.id, back.text, back.meta) == (document.id, text, document.meta)
    assert spans(back) == spans(document)


def test_a_file_without_any_span_comes_back(tmp_path: Path) -> None:
    write_conll(tmp_path / "x.conll", [Standoff("a", "No one came."), Standoff("b", " # ")], pytest.fail)
    assert [(d.id, d.text, d.marks) for d in read_conll(tmp_path / "x.conll", pytest.fail)] == [
        ("a", "No one came.", ()),
        ("b", " # ", ()),
    ]


def test_what_the_format_cannot_hold_is_told(tmp_path: Path) -> None:
    marks = (Mark(0, 2, "A", {"harm": "killed"}, ("sure?",)), Mark(4, 8, "B"), Mark(3, 4, "B"))
    told: list[Loss] = []
    write_conll(tmp_path / "x.conll", [Standoff("a", "Six died.", marks, (Relation("by", 0, 1),))], told.append)
    assert [(loss.kind.partition(":")[0], loss.place, loss.detail) for loss in told] == [
        ("spans without their attributes", "a [0, 2)", "harm"),
        ("notes left out", "a [0, 2)", "sure?"),
        ("spans fitted to whole tokens", "a [0, 2)", "'Si' becomes 'Six'"),
        ("spans left out", "a [3, 4)", ""),
        ("links left out", "a [0, 2)", "by"),
    ]


def test_a_file_is_replaced_by_force_alone(tmp_path: Path) -> None:
    out = tmp_path / "x.conll"
    out.write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        write_conll(out, [Standoff("a", "Six died.")], pytest.fail)
    assert out.read_text() == "mine"
    write_conll(out, [Standoff("a", "Six died.")], pytest.fail, force=True)
    assert "Six" in out.read_text()


# --- what others write ---------------------------------------------------------------------------------------

SCHEMES = {
    "IOB2": "B-PER I-PER O B-LOC B-LOC I-LOC O",
    "IOB1": "I-PER I-PER O I-LOC B-LOC I-LOC O",
    "BIOES": "B-PER E-PER O S-LOC B-LOC E-LOC O",
    "BILOU": "B-PER L-PER O U-LOC B-LOC L-LOC O",
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("separator", ["\t", " ", "   "])
def test_every_scheme_says_the_same(tmp_path: Path, scheme: str, separator: str) -> None:
    tokens = "Dara Obin left Tarnova Belmar City .".split()
    rows = [separator.join(row) for row in zip(tokens, SCHEMES[scheme].split(), strict=True)]
    (document,), told = read(tmp_path / "x.bio", "\r\n".join(rows) + "\r\n")
    assert document.id == "x" and document.text == "Dara Obin left Tarnova Belmar City ."
    assert words(document) == [("Dara Obin", "PER"), ("Tarnova", "LOC"), ("Belmar City", "LOC")]
    assert [loss.kind for loss in told] == ["texts rebuilt from their words: the file does not keep the blanks"]


def test_the_shared_task_of_2003(tmp_path: Path) -> None:
    """Documents by -DOCSTART-, columns between the word and the tag, IOB1 chunks beside names."""
    file = (
        "-DOCSTART- -X- O O\n\nObin NNP I-NP I-PER\nsaid VBD I-VP O\n# NN I-NP O\n\nBelmar NNP I-NP I-LOC\n\n"
        "-DOCSTART- -X- -X- O\n\nSix CD I-NP O\ndied VBD I-VP O\n"
    )
    documents, told = read(tmp_path / "train.conll", file)
    assert [(d.id, d.text) for d in documents] == [("train#1", "Obin said #\nBelmar"), ("train#2", "Six died")]
    assert [w for w in words(documents[0]) if w[1] in ("PER", "LOC")] == [("Obin", "PER"), ("Belmar", "LOC")]
    assert ("said", "VP") in words(documents[0])
    assert len(told) == 2  # the blanks of two texts


def test_documents_by_comments(tmp_path: Path) -> None:
    file = (
        "# id = one\n# sent_id = 1\nSix\tB-X\n\n# text = died here\ndied\tO\n\n"
        "# newdoc\nTwo\tI-X\n# newdoc id = O\nx\tO\n"
    )
    documents, _ = read(tmp_path / "x.conll", file)
    assert [(d.id, d.text) for d in documents] == [("one", "Six\ndied"), ("x#2", "Two"), ("O", "x")]


def test_named_columns_in_any_order(tmp_path: Path) -> None:
    file = "# global.columns = ID NE:1 FORM MISC\n1\tB-X\tSix\tSpaceAfter=No\n2\tO\t,\t_\n3\tO\tdied\tSpaceAfter=No\n"
    (document,), told = read(tmp_path / "x.conllup", file)
    assert document.text == "Six, died" and words(document) == [("Six", "X")]
    assert not told


# --- what is wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "expected", "ill"),
    [
        ("B-X O I-X O", ["Six", "died"], [3]),
        ("B-X I-Y I-Y O", ["Six", "had died"], [2]),
        ("B-X I-X O E-X", ["Six had", "."], [4]),
        ("B-X L-X I-X O", ["Six had", "died"], [3]),
        ("U-X E-X I-X O", ["Six", "had", "died"], [2, 3]),
        ("I-X O I-X O", ["Six", "died"], []),  # IOB1: nothing is wrong
        ("I-X B-X I-X O", ["Six", "had died"], []),
    ],
)
def test_ill_formed_tags_begin_a_span_and_are_told(
    tmp_path: Path, tags: str, expected: list[str], ill: list[int]
) -> None:
    rows = zip("Six had died .".split(), tags.split(), strict=True)
    (document,), told = read(tmp_path / "x.conll", "".join("\t".join(row) + "\n" for row in rows))
    assert [w for w, _ in words(document)] == expected
    assert [int(loss.place.rpartition(":")[2]) for loss in told if "begun" in loss.kind] == ill


def test_ragged_lines_and_tags_that_are_none_keep_their_words(tmp_path: Path) -> None:
    rows = ["a\t_\tB-X"] * 30 + ["Six\tB-X", "had\t_\tI-X\tO", "died\t_\tperhaps", ".\t_\tO"]
    (document,), told = read(tmp_path / "x.conll", "\n".join(rows))
    assert document.text.endswith("a Six had died .")
    assert len(document.marks) == 30
    found = [(loss.kind.partition(":")[2], int(loss.place.rpartition(":")[2])) for loss in told[:-1]]
    assert found == [
        (" their line has more or fewer columns than the others", 31),
        (" their line has more or fewer columns than the others", 32),
        (" they are no O, B-LABEL or I-LABEL", 33),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no token"),
        (b"# newdoc id = a\n\n", "holds no token"),
        (b"Six CD\ndied VBD\n", "no column of tags"),
        (b"Six\ndied\n", "no column of tags"),
        (b"\x00\x01\x02\xff\xfe", "x.conll"),
    ],
)
def test_files_that_are_no_conll_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "x.conll").write_bytes(content)
    with pytest.raises(FormatError, match=reason):
        list(read_conll(tmp_path / "x.conll", lambda _: None))


def test_an_older_encoding_is_recognised(tmp_path: Path) -> None:
    rows = "\n".join(f"{word}\tO" for word in "“The café’s owner” said – twice – that it was the police .".split())
    (tmp_path / "x.conll").write_bytes(rows.encode("cp1252"))
    (document,) = read_conll(tmp_path / "x.conll", lambda _: None)
    assert document.text.startswith("“The café’s owner” said – twice")


def test_damaged_comments_are_told(tmp_path: Path) -> None:
    (document,), told = read(tmp_path / "x.conll", '# newdoc id = "a\n# meta = [1]\nSix\tO\n')
    assert document.id == '"a'
    assert told[0].kind == "comments left out: their meta is no JSON object"


# --- tags and blanks -----------------------------------------------------------------------------------------

PLACES = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 5)).map(lambda p: (p[0], p[0] + p[1])), max_size=8)


@given(PLACES)
def test_layers_hold_every_span_and_no_overlap_and_are_as_few_as_can_be(places: list[tuple[int, int]]) -> None:
    layers = in_layers(places)
    assert sorted(span for layer in layers for span in layer) == sorted(places)
    for layer in layers:
        tags = to_tags(layer, "X", 20)
        assert [found[:2] for found in from_tags(tags)] == layer
    deepest = max((sum(a <= at < b for a, b in places) for at in range(20)), default=0)
    assert len(layers) == deepest


@given(st.lists(st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"]), min_size=1, max_size=12))
def test_tags_read_as_spacy_reads_them(tags: list[str]) -> None:
    """spaCy mends nothing: only sequences that it takes are compared."""
    training = pytest.importorskip("spacy.training", reason="spaCy, from the extra docbin, is the oracle here")
    begun = [found[3] for found in from_tags(tags)]
    assume(all(begun))

    def spacys() -> Iterator[tuple[int, int, str]]:
        start = 0
        for at, tag in enumerate(training.iob_to_biluo(tags)):
            start = at if tag[0] in "BU" else start
            if tag[0] in "LU":
                yield start, at + 1, tag[2:]

    assert [found[:3] for found in from_tags(tags)] == list(spacys())
    assert is_strict([tags]) or not any(tag[0] == "B" for tag in tags)


@given(st.text(st.sampled_from(" \t\r\n\u00a0\u2028\x85\u3000|\\"), max_size=4), st.text(" \n\u2009", max_size=3))
def test_blanks_of_every_kind_come_back(before: str, after: str) -> None:
    cell = to_misc(before, after)
    assert cell.split() == [cell]
    assert from_misc(cell) == (before, after)
