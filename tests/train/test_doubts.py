"""Labels that may be wrong: errors put into labels on purpose must come out on top, and nothing else must."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from casualty_claims.data.corpus import read_corpus, write_corpus
from casualty_claims.data.documents import CLAIM, Article, Document, Quantity, Span
from casualty_claims.data.labelled import LABELLED, labelled_part, whole_offset
from casualty_claims.data.notation import parse
from casualty_claims.train.cli import main
from casualty_claims.train.doubts import Doubt, doubts
from hypothesis import given
from hypothesis import strategies as st

NOTATION = (
    "[[a1|The harbour master said]] [[k=2@a1|two divers drowned]] off Belmar on Monday. "
    "[[i=9@a2|Nine cadets were burned]], [[a2|a doctor told reporters]]. Some 40 boats were lost."
)
TEXT, SPANS = parse(NOTATION)
ROOF = len("The roof fell in. ")


def labelled(*spans: Span, name: str = "pier") -> Document:
    return Document(Article(name, TEXT), tuple(spans or SPANS))


def sure_of(document: Document, span: float = 0.97, link: float = 0.95) -> Document:
    """The document as a model would give it that finds just what is labelled."""
    spans = (replace(s, confidence=span, link_confidence=link if s.is_claim else None) for s in document.spans)
    return replace(document, spans=tuple(spans))


def kinds(found: list[Doubt]) -> list[tuple[str, str, str]]:
    return [(doubt.kind, doubt.labelled, doubt.predicted) for doubt in found]


def changed(place: int, **fields: object) -> Document:
    spans = list(SPANS)
    spans[place] = replace(spans[place], **fields)  # type: ignore[arg-type]
    return labelled(*spans)


# --- one error at a time -------------------------------------------------------------------------------------


def test_labels_that_the_model_finds_are_not_doubted() -> None:
    assert doubts([labelled()], [sure_of(labelled())]) == []


def test_a_span_left_out(without_span: Callable[[Document, int], Document]) -> None:
    found = doubts([without_span(labelled(), 2)], [sure_of(labelled())])
    assert kinds(found) == [("unmarked", "", "Nine cadets were burned")]
    assert (found[0].sure, found[0].label, found[0].confident) == (0.97, CLAIM, True)
    assert TEXT[found[0].start : found[0].end] == "Nine cadets were burned"
    assert found[0].before.endswith("off Belmar on Monday.") and found[0].after.startswith(", a doctor told")


def test_a_span_too_many() -> None:
    start = TEXT.index("Some 40 boats")
    wrong = Span(start, start + len("Some 40 boats"), CLAIM, "missing", Quantity("about", 40))
    found = doubts([labelled(*SPANS, wrong)], [sure_of(labelled())])
    assert kinds(found) == [("unlikely", "Some 40 boats", "")]
    assert found[0].sure == pytest.approx(1 - 0.97), "all that is known is that it is weaker than the weakest"


def test_a_weak_prediction_says_how_unlikely_a_label_is() -> None:
    predicted = sure_of(labelled())
    weak = replace(predicted.spans[2], confidence=0.06)
    predicted = replace(predicted, spans=(*predicted.spans[:2], weak, *predicted.spans[3:]))
    found = doubts([labelled()], [predicted])
    assert kinds(found) == [("unlikely", "Nine cadets were burned", "")]
    assert found[0].sure == pytest.approx(0.94)


def test_a_boundary() -> None:
    found = doubts([changed(1, end=SPANS[1].end + len(" off Belmar"))], [sure_of(labelled())])
    assert kinds(found) == [("boundary", "two divers drowned off Belmar", "two divers drowned")]


def test_a_record() -> None:
    found = doubts([changed(2, quantity=Quantity("exact", 6, 6, 6))], [sure_of(labelled())])
    assert kinds(found) == [
        ("record", "Nine cadets were burned = injured/exact/6/6/6", "Nine cadets were burned = injured/exact/9/9/9")
    ]


def test_a_link_and_how_far_off_its_attribution_stands() -> None:
    found = doubts([changed(2, attributed_to=0)], [sure_of(labelled())])
    assert kinds(found) == [
        (
            "link",
            f"Nine cadets were burned = The harbour master said, {SPANS[2].start} characters back",
            f"Nine cadets were burned = a doctor told reporters, {SPANS[3].start - SPANS[2].start} characters on",
        )
    ]
    assert found[0].sure == pytest.approx(0.95 * 0.97), "no surer than the attribution that it points at"


# --- ranking -------------------------------------------------------------------------------------------------


def test_what_is_surer_than_usual_comes_first_kind_by_kind() -> None:
    """A model that is timid about attributions is not passed over, nor is a bold one on claims listened to more."""
    right = sure_of(labelled(name="right"))
    spans = [replace(s, confidence=0.95 if s.is_claim else 0.6) for s in right.spans]
    right = replace(right, spans=tuple(spans))
    bare = Document(Article("bare", TEXT))
    timid = Document(
        bare.article, (replace(spans[0], confidence=0.7), replace(spans[1], confidence=0.9, attributed_to=0))
    )
    found = doubts([labelled(name="right"), bare], [right, timid])
    assert [(d.label == CLAIM, d.sure, d.confident) for d in found] == [(False, 0.7, True), (True, 0.9, False)]


@given(st.lists(st.tuples(st.sampled_from(range(4)), st.floats(0.05, 1.0)), max_size=4))
def test_the_surest_first_and_all_between_0_and_1(weights: list[tuple[int, float]]) -> None:
    predicted = sure_of(labelled())
    spans = list(predicted.spans)
    for place, sure in weights:
        spans[place] = replace(spans[place], confidence=sure)
    found = doubts([labelled(SPANS[0])], [replace(predicted, spans=tuple(spans))])
    for group in (True, False):
        sure_values = [d.sure for d in found if d.confident is group]
        assert sure_values == sorted(sure_values, reverse=True)
    assert all(0 <= d.sure <= 1 for d in found)
    assert [d.confident for d in found] == sorted((d.confident for d in found), reverse=True)


def test_errors_put_into_a_corpus_are_on_top(
    corpus_slice: list[Document], without_span: Callable[[Document, int], Document]
) -> None:
    """Every third document less one span: each comes out, before anything else."""
    wrong = [without_span(d, 0) if i % 3 == 0 else d for i, d in enumerate(corpus_slice)]
    found = doubts(wrong, [sure_of(d) for d in corpus_slice])
    first = found[: len(wrong[::3])]
    assert {d.document for d in first if d.kind == "unmarked"} == {d.id for d in wrong[::3]}


def test_a_prediction_of_another_text_is_refused() -> None:
    other = replace(labelled(), article=Article("pier", TEXT + "!"))
    with pytest.raises(ValueError, match="document 'pier' is of another text"):
        doubts([labelled()], [other])


# --- the command ---------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path, without_span: Callable[[Document, int], Document]) -> tuple[Path, Path]:
    corpus, predictions = tmp_path / "mine.jsonl", tmp_path / "predicted.jsonl"
    half = Document(
        Article("half", f"The roof fell in. {TEXT}"),
        tuple(replace(s, start=s.start + ROOF, end=s.end + ROOF) for s in SPANS[:1]),
        {LABELLED: [[ROOF, ROOF + len(TEXT)]]},
    )
    part = labelled_part(half)
    assert part is not None
    write_corpus(corpus, [without_span(labelled(), 2), half])
    write_corpus(predictions, [sure_of(Document(part.article, SPANS[:2])), sure_of(labelled())])
    return corpus, predictions


def test_the_command_ranks_with_predictions_made_before(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    corpus, predictions = files
    out = corpus.with_name("doubts.jsonl")
    arguments = ["doubt", str(corpus), "--predictions", str(predictions), "--out", str(out)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert f"{corpus} pier [" in said and "[labelled: nothing][predicted: Nine cadets were burned]" in said
    assert "2 doubts" in said and "2 unmarked" in said
    written = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    texts = {document.id: document.text for document in read_corpus(corpus)}
    assert {(row["document"], texts[row["document"]][row["start"] : row["end"]]) for row in written} == {
        ("pier", "Nine cadets were burned"),
        ("half", "two divers drowned"),
    }, "offsets are those of the file, also where only a part was labelled"
    assert {row["file"] for row in written} == {str(corpus)}
    assert main(arguments) == 2, "no output is replaced without --force"
    assert main([*arguments, "--force", "--show", "0"]) == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--predictions", "{part}"], "holds no prediction for document 'half'; make it anew with --keep"),
        (["--predictions", "{predicted}", "--keep", "{new}"], "leave out --predictions"),
        (["--predictions", "{predicted}", "--show", "-1"], "--show is -1"),
        (["--predictions", "{predicted}", "--out", "{corpus}"], "is an input"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    files: tuple[Path, Path], options: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, predictions = files
    part = corpus.with_name("part.jsonl")
    write_corpus(part, [d for d in read_corpus(predictions) if d.id == "pier"])
    names = {"corpus": corpus, "predicted": predictions, "part": part, "new": corpus.with_name("new.jsonl")}
    assert main(["doubt", str(corpus), *(option.format(**names) for option in options)]) == 2
    assert reason in capsys.readouterr().err


def test_the_command_makes_and_keeps_predictions(
    corpus_slice: list[Document], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was kept gives the same doubts again, without a model being trained."""
    corpus, kept = tmp_path / "mine.jsonl", tmp_path / "kept.jsonl"
    write_corpus(corpus, corpus_slice)
    assert main(["doubt", str(corpus), "--folds", "2", "--keep", str(kept)]) == 0
    first = capsys.readouterr().out
    predicted = list(read_corpus(kept))
    assert [(d.id, d.text) for d in predicted] == [(d.id, d.text) for d in corpus_slice]
    confidences = [span.confidence for document in predicted for span in document.spans]
    assert confidences and all(sure is not None and sure >= 0.05 for sure in confidences)
    assert min(sure for sure in confidences if sure is not None) < 0.4, "weak spans are kept, too"
    assert main(["doubt", str(corpus), "--predictions", str(kept)]) == 0
    assert capsys.readouterr().out == first


@given(st.lists(st.integers(1, 30), min_size=2, max_size=8), st.data())
def test_offsets_of_the_labelled_part_lead_back(widths: list[int], data: st.DataObject) -> None:
    cuts = [sum(widths[: i + 1]) for i in range(len(widths))]
    text = "".join(chr(97 + i % 26) for i in range(cuts[-1] + 1))
    ranges = [[a, b] for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    document = Document(Article("x", text), (), {LABELLED: ranges})
    part = labelled_part(document)
    assert part is not None
    offset = data.draw(st.integers(0, len(part.text) - 1))
    if part.text[offset] != "\n":
        assert text[whole_offset(document, offset)] == part.text[offset]
