"""Corpora to other tools and back: what comes home, what is told, what the command says."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from casualty_claims.annotate.cli import main
from casualty_claims.annotate.exchange.convert import ConvertError, convert, guess_format, read_labels
from casualty_claims.annotate.exchange.mapping import to_document, to_standoff
from casualty_claims.annotate.judging.versions import version_of
from casualty_claims.data.brat import read_brat, write_brat
from casualty_claims.data.conll import read_conll, write_conll
from casualty_claims.data.corpus import corpus_hash, read_corpus, write_corpus
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, HARMS, QUALIFIERS, Article, Document, Quantity, Span
from casualty_claims.data.notation import bounds, parse
from casualty_claims.data.outputs import OutputError
from casualty_claims.data.standoff import Loss, Mark, Relation, Standoff
from hypothesis import given, settings
from hypothesis import strategies as st

settings.register_profile("patient", deadline=None)  # a slow machine is no fault
settings.load_profile("patient")

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
POLNEAR = Path(__file__).parents[3] / "shared" / "polnear"
GOLDEN = Path(__file__).parent / "golden"

PIECES = (
    "six",
    "💥",
    "e\u0301",
    "שלום",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "\u00a0",
    "\u2028",
    "12,000",
    "died.",
    "“",
    "|",
)


def report(name: str, notation: str, **meta: object) -> Document:
    text, spans = parse(notation)
    return Document(Article(name, text), spans, meta)


REPORTS = [
    report("b", "[[a1|Police said]] [[k>=6@a1|at least six\npeople died]] 💥 and [[i=4@a1|four hurt]].", genre="brief"),
    report("a", "[[k=2|Two men]] and [[c0|nobody else]] in Tarnova.", annotator="Ana", labelled=[[0, 7]]),
]


# --- round trips ---------------------------------------------------------------------------------------------


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    qualifier = draw(st.sampled_from(QUALIFIERS))
    if qualifier == "between":
        low, high = sorted(draw(st.tuples(st.integers(1, 90), st.integers(1, 90))))
        return Quantity(qualifier, None, low, high)
    return bounds(qualifier, draw(st.none() | st.integers(1, 10**9)))  # on the page 0 is an empty field


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """What a corpus can hold and every format with links and records keeps: spans without blanks at their edges."""
    text = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=15).map("".join).filter(str.strip))
    edges = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    places = {(a, b) for a, b in draw(st.lists(edges, max_size=6)) if text[a:b].strip() == text[a:b] != ""}
    kinds = sorted({(a, b, draw(st.sampled_from([CLAIM, ATTRIBUTION]))) for a, b in places})
    attributions = [None, *(i for i, kind in enumerate(kinds) if kind[2] == ATTRIBUTION)]
    spans = [
        Span(a, b, label, draw(st.none() | st.sampled_from(HARMS)), draw(st.none() | quantities()),
             draw(st.sampled_from(attributions))) if label == CLAIM else Span(a, b, label)
        for a, b, label in kinds
    ]  # fmt: skip
    words = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
    meta = draw(st.dictionaries(st.sampled_from(["genre", "skipped"]), words | st.lists(st.integers()), max_size=2))
    name = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
    return Document(Article(name, text, draw(words), draw(words), draw(words)), tuple(spans), meta)


@settings(max_examples=50)
@given(st.lists(documents(), min_size=1, max_size=3, unique_by=lambda d: d.id))
def test_a_corpus_comes_back_from_brat_and_label_studio(made: list[Document]) -> None:
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        write_corpus(home / "x.jsonl", made)
        for other in ("brat", "x.json"):
            assert not convert(home / "x.jsonl", home / other).losses
            assert not convert(home / other, home / "back.jsonl", force=True).losses
            assert (home / "back.jsonl").read_bytes() == (home / "x.jsonl").read_bytes()


def test_the_shipped_corpus_goes_through_everything(tmp_path: Path) -> None:
    name = "local-desk.jsonl"
    claims = sum(len(d.claims) for d in read_corpus(CORPUS / name))
    for other in ("brat", "x.json"):
        assert not convert(CORPUS / name, tmp_path / other).losses
        convert(tmp_path / other, tmp_path / f"{other}.jsonl")
        assert list(read_corpus(tmp_path / f"{other}.jsonl")) == list(read_corpus(CORPUS / name))
    summary = convert(CORPUS / name, tmp_path / "x.conll")
    assert summary.losses == {
        "spans without their attributes: CoNLL keeps none": claims,
        "links left out: CoNLL keeps none": summary.links,
    }
    assert not convert(tmp_path / "x.conll", tmp_path / "conll.jsonl").losses
    for was, now in zip(read_corpus(CORPUS / name), read_corpus(tmp_path / "conll.jsonl"), strict=True):
        assert (was.article, was.meta) == (now.article, now.meta)
        places = [sorted((s.start, s.end, s.label) for s in d.spans) for d in (was, now)]
        assert places[0] == places[1]


# --- a corpus with labels of its own -------------------------------------------------------------------------


def polnear(path: Path) -> list[Standoff]:
    """Attributions as sources and contents that hang on a cue."""
    made = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            cues: dict[int, int] = {}
            for i, span in enumerate(row["spans"]):
                if span["label"] == "CUE":
                    cues.setdefault(span["attribution"], i)
            links = [
                Relation(f"{span['label'].lower()}_of", i, cues[span["attribution"]])
                for i, span in enumerate(row["spans"])
                if span["label"] != "CUE" and span["attribution"] in cues
            ]
            marks = [Mark(s["start"], s["end"], s["label"]) for s in row["spans"]]
            made.append(Standoff(row["id"], row["text"], tuple(marks), tuple(links)))
    return made


def labelled_places(document: Standoff) -> list[tuple[int, int, str]]:
    return sorted((m.start, m.end, m.label) for m in document.marks)


@pytest.mark.skipif(not POLNEAR.exists(), reason=f"the attribution corpus is not in {POLNEAR}")
@pytest.mark.parametrize(("name", "spans", "inside_words"), [("dev", 6_659, 18), ("train", 60_352, 143)])
def test_the_attribution_corpus_goes_through_and_back(name: str, spans: int, inside_words: int, tmp_path: Path) -> None:
    made = polnear(POLNEAR / f"{name}.jsonl.gz")
    assert sum(len(d.marks) for d in made) == spans
    write_brat(tmp_path / "brat", made)
    assert list(read_brat(tmp_path / "brat", pytest.fail)) == made

    told: list[Loss] = []
    write_conll(tmp_path / "x.conll", made, told.append)
    kinds = Counter(loss.kind for loss in told)
    assert kinds == {
        "links left out: CoNLL keeps none": sum(len(d.relations) for d in made),
        "spans fitted to whole tokens: they began or ended elsewhere": inside_words,
    }
    back = list(read_conll(tmp_path / "x.conll", pytest.fail))
    assert [(d.id, d.text) for d in back] == [(d.id, d.text) for d in made]
    exact = 0
    for was, now in zip(made, back, strict=True):
        assert len(was.marks) == len(now.marks)
        exact += sum((Counter(labelled_places(was)) & Counter(labelled_places(now))).values())
    assert exact == spans - inside_words


@pytest.mark.skipif(not POLNEAR.exists(), reason=f"the attribution corpus is not in {POLNEAR}")
def test_its_sources_become_attributions(tmp_path: Path) -> None:
    made = polnear(POLNEAR / "dev.jsonl.gz")
    write_brat(tmp_path / "brat", made)
    summary = convert(tmp_path / "brat", tmp_path / "x.jsonl", labels={"SOURCE": ATTRIBUTION})
    found = list(read_corpus(tmp_path / "x.jsonl"))
    for was, now in zip(made, found, strict=True):
        sources = sorted((m.start, m.end) for m in was.marks if m.label == "SOURCE")
        assert [(s.start, s.end) for s in now.spans] == sources
    labels = Counter(m.label for d in made for m in d.marks)
    lost = {kind.partition(" is unknown")[0]: count for kind, count in summary.losses.items()}
    assert lost["spans left out: the label CUE"] == labels["CUE"]
    assert lost["spans left out: the label CONTENT"] == labels["CONTENT"]


# --- what a document cannot hold -----------------------------------------------------------------------------


def mapped(
    marks: Sequence[Mark], relations: Sequence[Relation] = (), labels: dict[str, str] | None = None
) -> tuple[Document, list[str]]:
    told: list[Loss] = []
    standoff = Standoff("a", "Police said six people died, four hurt.", tuple(marks), tuple(relations))
    return to_document(standoff, labels or {}, told.append), [loss.kind for loss in told]


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"harm": "dead"}, "harm attributes left out"),
        ({"qualifier": "maybe"}, "quantities left out"),
        ({"qualifier": "exact", "count": "six"}, "quantities left out"),
        ({"qualifier": "exact", "count": "-6"}, "quantities left out"),
        ({"qualifier": "between", "low": "9", "high": "6"}, "quantities left out"),
        ({"count": "6"}, "quantities left out"),
        ({"colour": "red"}, "colour attributes left out"),
    ],
)
def test_attributes_that_are_no_record_are_told(attributes: dict[str, str], kind: str) -> None:
    document, told = mapped([Mark(12, 27, CLAIM, attributes)])
    assert document.spans == (Span(12, 27, CLAIM),)
    assert [words.partition(":")[0] for words in told] == [kind]


def test_links_that_are_none_are_told() -> None:
    marks = [
        Mark(12, 27, CLAIM),
        Mark(0, 11, ATTRIBUTION),
        Mark(29, 38, CLAIM),
        Mark(0, 6, "WHO"),
        Mark(0, 6, ATTRIBUTION),
    ]
    relations = [
        Relation("by", 1, 0),  # drawn the other way round
        Relation("attributed_to", 0, 1),  # the same again
        Relation("attributed_to", 0, 4),
        Relation("attributed_to", 0, 2),
        Relation("attributed_to", 2, 3),
        Relation("near", 2, 1),
    ]
    document, told = mapped(marks, relations, {"by": "attributed_to"})
    assert [(s.start, s.end, s.attributed_to) for s in document.spans] == [
        (0, 11, None), (0, 6, None), (12, 27, 0), (29, 38, None)
    ]  # fmt: skip
    assert [words.partition(",")[0] for words in told] == [
        "spans left out: the label WHO is unknown",
        "links left out: a claim has one attribution",
        "links left out: they join no claim with an attribution",
        "links left out: an end of them was left out",
        "links left out: the relation near is unknown",
    ]


def test_notes_and_confidences_are_told() -> None:
    _, told = mapped([Mark(0, 11, ATTRIBUTION, {"harm": "killed"}, ("sure?",))])
    assert told == ["harm attributes left out: an attribution has none", "notes left out: a document keeps none"]
    losses: list[Loss] = []
    sure = Document(Article("a", "Six died."), (Span(0, 8, CLAIM, confidence=0.5, link_confidence=0.5),))
    assert to_document(to_standoff(sure, losses.append), {}, losses.append).spans == (Span(0, 8, CLAIM),)
    assert [(loss.kind, loss.place) for loss in losses] == [("confidences left out: the format keeps none", "a [0, 8)")]


def test_an_empty_text_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    write_brat(tmp_path / "brat", [Standoff("empty", " \n"), Standoff("a", "Six died.")])
    summary = convert(tmp_path / "brat", tmp_path / "x.jsonl")
    assert summary.documents == 1 and summary.losses == {"documents left out": 1}
    assert [json.loads(row) for row in (tmp_path / "x.jsonl.rejects.jsonl").open()] == [
        {"place": "empty", "reason": "documents left out (the text is empty)"}
    ]


# --- formats and files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["a.txt", "a.ann", "documents.json", "b.jsonl"], "brat"),
        (["a.txt"], "brat"),
        (["a.conll", "readme.txt"], "conll"),
        (["dev.spacy", "a.txt"], "docbin"),
        (["in/one.json"], "label-studio"),
        (["x.jsonl", "x.version.json", "y.rejects.jsonl"], "corpus"),
        (["x.jsonl.gz"], "corpus"),
        (["x.pdf"], None),
        ([], None),
    ],
)
def test_a_folder_tells_its_format(files: list[str], expected: str | None, tmp_path: Path) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    if expected is None:
        with pytest.raises(ConvertError, match="--from"):
            guess_format(tmp_path)
    else:
        assert guess_format(tmp_path) == expected


@pytest.mark.parametrize(
    ("name", "read", "written"),
    [
        ("x.BIO", "conll", "conll"),
        ("x.json", "label-studio", "label-studio"),
        ("x.jsonl.gz", "corpus", "corpus"),
        ("x.ann", "brat", None),
        ("x.spacy", "docbin", None),
        ("folder", None, "brat"),
        ("x.docx", None, None),
    ],
)
def test_a_name_tells_its_format(name: str, read: str | None, written: str | None) -> None:
    for expected, to_write in ((read, False), (written, True)):
        if expected is None:
            with pytest.raises(ConvertError, match="does not tell its format"):
                guess_format(Path(name), to_write=to_write)
        else:
            assert guess_format(Path(name), to_write=to_write) == expected


def test_labels_are_read_or_refused() -> None:
    assert read_labels(" SOURCE = ATTRIBUTION ,says=attributed_to,") == {"SOURCE": ATTRIBUTION, "says": "attributed_to"}
    assert read_labels("") == {}
    for words in ("SOURCE", "SOURCE=PERSON", "=ATTRIBUTION", "A=ATTRIBUTION;B=ATTRIBUTION"):
        with pytest.raises(ConvertError, match="THEIRS=OURS"):
            read_labels(words)


@pytest.mark.parametrize("target", ["brat", "x.conll", "x.json", "y.jsonl"])
def test_documents_that_do_not_hold_together_are_told(target: str, tmp_path: Path) -> None:
    faults: list[dict[str, object]] = [
        {"labelled": [[5, 99]]},
        {"spans": [{"start": 0, "end": 99, "label": CLAIM}]},
        {"spans": [{"start": 0, "end": 3, "label": CLAIM, "attributed_to": 0}]},
        {"spans": [{"start": 0, "end": 3, "label": CLAIM, "attributed_to": -1}]},
    ]
    good = report("a", "Six died.").to_json()
    rows = [good, *(good | {"id": f"bad {i}"} | fault for i, fault in enumerate(faults)), {"id": "c"}]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    summary = convert(tmp_path / "x.jsonl", tmp_path / target)
    assert summary.documents == 1
    assert summary.losses == {"documents left out": 4, "lines left out: they are no document": 1}


def test_a_folder_of_several_files_with_one_that_is_broken(tmp_path: Path) -> None:
    home = tmp_path / "in"
    home.mkdir()
    for name in ("a", "b"):
        write_conll(home / f"{name}.conll", [Standoff("same", "Six died.", (Mark(0, 8, CLAIM),))], pytest.fail)
    (home / "c.conll").write_text("no tags here\n")
    summary = convert(home, tmp_path / "x.jsonl")
    assert [d.id for d in read_corpus(tmp_path / "x.jsonl")] == ["same", "same~2"]
    assert summary.losses == {"files left out: they cannot be read": 1}


def test_an_id_that_one_annotator_has_twice_gets_a_number(tmp_path: Path) -> None:
    rows = [report("a", "Six died.", annotator=who) for who in ("Ana", "Ben", "Ana", "Ana")]
    write_corpus(tmp_path / "x.jsonl", rows)
    convert(tmp_path / "x.jsonl", tmp_path / "y.jsonl")
    found = [(d.id, d.meta["annotator"]) for d in read_corpus(tmp_path / "y.jsonl")]
    assert found == [("a", "Ana"), ("a", "Ben"), ("a~2", "Ana"), ("a~3", "Ana")]


def test_a_converted_corpus_has_its_version(tmp_path: Path) -> None:
    write_corpus(tmp_path / "x.jsonl", REPORTS)
    convert(tmp_path / "x.jsonl", tmp_path / "x.json")
    convert(tmp_path / "x.json", tmp_path / "y.jsonl")
    version = version_of(tmp_path / "y.jsonl")
    assert version is not None
    assert (version.how, version.hash, version.annotators) == ("conversion", corpus_hash(REPORTS), ("Ana",))


def test_golden_tasks(tmp_path: Path) -> None:
    write_corpus(tmp_path / "x.jsonl", REPORTS)
    convert(tmp_path / "x.jsonl", tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text()) == json.loads((GOLDEN / "converted-tasks.json").read_text())


@pytest.mark.parametrize("target", ["brat", "x.conll", "x.json", "y.jsonl"])
def test_nothing_is_replaced_without_force(target: str, tmp_path: Path) -> None:
    write_corpus(tmp_path / "x.jsonl", REPORTS)
    convert(tmp_path / "x.jsonl", tmp_path / target)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    with pytest.raises(OutputError, match="--force"):
        convert(tmp_path / "x.jsonl", tmp_path / target)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    convert(tmp_path / "x.jsonl", tmp_path / target, force=True)


def test_an_input_without_a_document_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Six died.")
    with pytest.raises(ConvertError, match=r"no document to convert; .*a\.txt: texts left out"):
        convert(tmp_path / "in", tmp_path / "x.jsonl")
    assert [file.name for file in tmp_path.iterdir()] == ["in"]


# --- the command ---------------------------------------------------------------------------------------------


def test_the_command_says_what_it_did_and_what_was_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_corpus(tmp_path / "x.jsonl", REPORTS)
    assert main(["convert", str(tmp_path / "x.jsonl"), str(tmp_path / "brat")]) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path}/x.jsonl read as a corpus, {tmp_path}/brat written as brat standoff" in out
    assert "2 documents with 5 spans and 2 links" in out
    assert main(["convert", str(tmp_path / "brat"), str(tmp_path / "x.conll")]) == 1
    out = capsys.readouterr().out
    assert "       2 links left out: CoNLL keeps none" in out
    assert f"all listed in {tmp_path}/x.conll.rejects.jsonl" in out
    rows = [json.loads(row) for row in (tmp_path / "x.conll.rejects.jsonl").open()]
    assert len(rows) == 6 and all(row.keys() == {"place", "reason"} for row in rows)


def test_the_command_maps_labels(tmp_path: Path) -> None:
    labels = "Dead=CASUALTY_CLAIM,Speaker=ATTRIBUTION,says=attributed_to"
    assert main(["convert", str(GOLDEN / "old-export.json"), str(tmp_path / "x.jsonl"), "--labels", labels]) == 1
    found = list(read_corpus(tmp_path / "x.jsonl"))
    assert sum(len(d.spans) for d in found) == 6
    # Two annotators of one text keep its id.
    assert [d.id for d in found] == ["old-export#31", "old-export#31", "old-export#32"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.conll", "x.jsonl"], "nowhere.conll is not there"),
        (["in.docx", "x.jsonl"], "say which with --from"),
        (["in.conll", "x.docx"], "say which with --to"),
        (["in.conll", "x.jsonl", "--labels", "LOC=PLACE"], "THEIRS=OURS"),
        (["in.conll", "no/x.jsonl"], "make it first"),
        (["in.conll", "x.jsonl", "--from", "label-studio"], "no JSON"),
        (["in.spacy", "x.jsonl"], "in.spacy"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in.conll", "in.docx", "in.spacy"):
        Path(name).write_text("Six\tO\n")
    assert main(["convert", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert not Path("x.jsonl").exists()
