"""Label Studio's JSON: exports of this project and of others, old and new, and tasks that come back as they were."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.annotate.exchange.studio_json import read_studio, studio_tasks
from casualty_claims.annotate.exchange.units import Units
from casualty_claims.annotate.tasks import tasks_of
from casualty_claims.data.documents import Article, Document, Quantity, Span
from casualty_claims.data.notation import parse
from casualty_claims.data.standoff import FormatError, Loss
from hypothesis import given
from hypothesis import strategies as st

GOLDEN = Path(__file__).parent / "golden" / "old-export.json"
LABELS = {"Dead": "CASUALTY_CLAIM", "Speaker": "ATTRIBUTION", "says": "attributed_to"}
TEXT = "💥 Police said six people\ndied; two are missing."


def read(path: Path, rows: Any, labels: Mapping[str, str] | None = None) -> tuple[list[Document], list[Loss]]:
    path.write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
    told: list[Loss] = []
    return list(read_studio(path, told.append, labels)), told


def words(document: Document) -> list[tuple[str, str]]:
    return [(document.text[s.start : s.end], s.label) for s in document.spans]


def utf16(text: str, at: int) -> int:
    return len(text[:at].encode("utf-16-le")) // 2


def region(
    text: str, words: str, label: str = "CASUALTY_CLAIM", /, *, units: bool = False, **more: Any
) -> dict[str, Any]:
    start = text.index(words)
    place = [start, start + len(words)]
    start, end = [utf16(text, at) for at in place] if units else place
    value = {"start": start, "end": end, "text": words, "labels": [label]} | more
    return {"id": f"r{start}", "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def task(text: str, *regions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "data": {"text": text},
        "annotations": [{"id": 1, "completed_by": 3, "result": list(regions)}],
    } | more


# --- another project's export --------------------------------------------------------------------------------


def test_an_old_export_of_another_project() -> None:
    told: list[Loss] = []
    said: list[str] = []
    documents = list(read_studio(GOLDEN, told.append, LABELS, said.append))
    assert [(d.id, d.meta["annotator"], words(d)) for d in documents] == [
        (
            "old-export#31",
            "ana@example.org",
            [
                ("Mayor Ilse Varga\nsaid", "ATTRIBUTION"),
                ("12 villagers 🌊 drowned", "CASUALTY_CLAIM"),
                ("three  are missing", "CASUALTY_CLAIM"),
            ],
        ),
        ("old-export#31", "user 5", [("12 villagers", "CASUALTY_CLAIM")]),
        ("old-export#32", "user 5", [("Nobody was hurt", "CASUALTY_CLAIM"), ("police said", "ATTRIBUTION")]),
    ]
    assert [s.attributed_to for s in documents[0].spans] == [None, 0, None]
    assert documents[0].article.title == "Flood" and documents[0].meta["url"] == "https://news.example/31"
    assert said == [f"{GOLDEN} counts UTF-16 units, as old exports do: 5 spans behind an emoji were mended"]
    assert Counter(loss.kind.partition(":")[0] for loss in told) == {
        "spans left out": 1,
        "links left out": 1,
        "choices items left out": 1,
        "tasks left out": 2,
    }
    assert any("map it with --labels Place=CASUALTY_CLAIM" in loss.kind for loss in told)


def test_without_labels_nothing_is_guessed() -> None:
    told: list[Loss] = []
    documents = list(read_studio(GOLDEN, told.append))
    assert not any(d.spans for d in documents)
    assert sum(loss.kind.startswith("spans left out: the label") for loss in told) == 7


# --- what do offsets count? ----------------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from(["💥", "six", "died", "\n", "  ", "שלום", "𝒳", "é"]), min_size=1, max_size=12),
    st.data(),
)
def test_units_are_told_by_the_words(pieces: list[str], data: st.DataObject) -> None:
    """One region whose words say it is enough for all the others of its export."""
    text = "💥 unmistakable " + "".join(pieces)
    edges = st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True).map(sorted)
    places = [(2, 14), *data.draw(st.lists(edges, max_size=5))]
    for counts in (utf16, lambda _, at: at):
        rows = [
            {"type": "labels", "value": {"start": counts(text, a), "end": counts(text, b),
                                         "text": " ".join(text[a:b].split())}}
            for a, b in places
        ]  # fmt: skip
        units = Units()
        units.learn(text, rows)
        told: list[Loss] = []
        back = units.mended(text, rows, "task 1", told.append)
        units.tell("export", told.append)
        if len(units.votes) == 1:
            assert [(row["value"]["start"], row["value"]["end"]) for row in back] == [tuple(p) for p in places]
            assert not told
        else:  # words that happen to be right for both; nothing may be lost in silence
            assert len(back) + sum(loss.kind.startswith("items") for loss in told) == len(rows)
            assert any(loss.kind.startswith("exports") for loss in told)


def test_a_mixed_export_is_told_and_each_region_read_as_its_words_say(tmp_path: Path) -> None:
    unclear = region(TEXT, "two are missing", units=True, text=None)
    documents, told = read(
        tmp_path / "x.json",
        [task(TEXT, region(TEXT, "six people", units=True), region(TEXT, "Police said", "ATTRIBUTION"), unclear)],
    )
    assert words(documents[0]) == [("Police said", "ATTRIBUTION"), ("six people", "CASUALTY_CLAIM")]
    assert [loss.kind.partition(":")[0] for loss in told] == [
        "items left out",
        "exports in which regions count differently",
    ]


def test_words_that_fit_both_ways_prove_nothing(tmp_path: Path) -> None:
    text = "💥aaaa, six died."
    unclear = region(text, "a", units=True)  # as code points it is the second a
    documents, told = read(tmp_path / "x.json", [task(text, unclear, region(text, "six died", units=True))])
    assert [(s.start, s.end) for s in documents[0].spans] == [(1, 2), (7, 15)]
    assert not told


def test_a_line_break_written_as_two_characters_is_one(tmp_path: Path) -> None:
    """The page of old releases records it so."""
    line = region(TEXT, "six people\ndied", units=True) | {"id": "only"}
    line["value"]["text"] = "six people\\ndied"
    documents, told = read(tmp_path / "x.json", [task(TEXT, line)])
    assert words(documents[0]) == [("six people\ndied", "CASUALTY_CLAIM")]
    assert not told


def test_without_recorded_words_offsets_are_code_points(tmp_path: Path) -> None:
    documents, told = read(tmp_path / "x.json", [task(TEXT, region(TEXT, "six people", text=None))])
    assert words(documents[0]) == [("six people", "CASUALTY_CLAIM")]
    assert not told


def test_half_a_character_is_left_out(tmp_path: Path) -> None:
    broken = region(TEXT, "two are missing", units=True, start=1, text=None)
    documents, told = read(tmp_path / "x.json", [task(TEXT, region(TEXT, "six people", units=True), broken)])
    assert words(documents[0]) == [("six people", "CASUALTY_CLAIM")]
    assert ["within a character" in loss.kind for loss in told] == [True]


def test_recorded_words_are_never_believed_over_the_text(tmp_path: Path) -> None:
    documents, _ = read(tmp_path / "x.json", [task("Six died.", region("Six died.", "Six died", text="Seven died"))])
    assert words(documents[0]) == [("Six died", "CASUALTY_CLAIM")]


# --- JSON-MIN ------------------------------------------------------------------------------------------------


def test_json_min_gives_spans_and_says_what_it_lacks(tmp_path: Path) -> None:
    (ours,) = tasks_of(Article("a1", "Six died, police said."))
    rows = [
        {
            **ours.data(),
            "id": 9,
            "label": [{"start": 0, "end": 8, "text": "Six died", "labels": ["CASUALTY_CLAIM"]},
                      {"start": 10, "end": 21, "text": "police said", "labels": ["ATTRIBUTION"]}],
            "harm": ["killed"],
            "number": [{"start": 0, "end": 8, "text": "Six died", "number": 6}],
            "annotator": 2,
            "annotation_id": 4,
            "lead_time": 3.5,
        },
        {**ours.data(), "id": 10, "annotator": 3, "annotation_id": 5},
        {**ours.data(), "id": 11, "annotator": None, "annotation_id": None},
    ]  # fmt: skip
    documents, told = read(tmp_path / "x.json", rows)
    assert [(d.id, d.meta["annotator"], words(d)) for d in documents] == [
        ("a1", "user 2", [("Six died", "CASUALTY_CLAIM"), ("police said", "ATTRIBUTION")]),
        ("a1", "user 3", []),
    ]
    assert [loss.kind.partition(":")[0] for loss in told] == [
        "harm fields left out",
        "number fields left out",
        "tasks without their links",
        "tasks left out",
    ]


# --- tasks of this project -----------------------------------------------------------------------------------


def test_sentences_and_skipped_and_changed_tasks(tmp_path: Path) -> None:
    first, second = tasks_of(Article("a1", "Six died. Police gave no names.", published="2020-01-02"))
    changed = second.data() | {"text": "Police gave 22 names."}
    rows = [
        {"id": 1, "data": first.data(), "annotations": [
            {"id": 8, "import_id": None, "completed_by": 1, "result": [region(first.text, "Six died")]},
            {"id": 9, "import_id": None, "completed_by": 2, "was_cancelled": True, "result": []}]},
        {"id": 2, "data": second.data(), "annotations": [], "predictions": [41]},
        {"id": 3, "data": changed, "annotations": [{"completed_by": 1, "result": []}]},
    ]  # fmt: skip
    documents, told = read(tmp_path / "x.json", rows)
    assert [(d.id, words(d)) for d in documents] == [(first.key, [("Six died", "CASUALTY_CLAIM")])]
    assert documents[0].article.published == "2020-01-02"
    assert {**documents[0].meta} == {
        "article": "a1", "start": 0, "end": 9, "before": "", "after": "Police gave no names.", "annotator": "user 1"
    }  # fmt: skip
    assert [(loss.kind, loss.detail[:7]) for loss in told] == [
        ("tasks left out: the annotator skipped them", "user 2"),
        ("tasks left out: nobody labelled them", ""),
        ("tasks left out: they cannot be read", "the key"),
    ]
    (back,) = studio_tasks(documents, pytest.fail)
    assert back["data"].items() >= first.data().items()


def test_a_source_in_another_sentence_is_told(tmp_path: Path) -> None:
    text = "Six died."
    claim = region(text, "Six died")
    choice = {"id": claim["id"], "from_name": "source", "to_name": "text", "type": "choices"}
    rows = [task(text, claim, {**choice, "value": {**claim["value"], "choices": ["earlier"]}})]
    _, told = read(tmp_path / "x.json", rows)
    assert [(loss.kind.partition(":")[0], loss.detail) for loss in told] == [
        ("claims with a source in another sentence", "earlier")
    ]


def test_suggestions_of_a_model_keep_their_confidence(tmp_path: Path) -> None:
    text, spans = parse("[[a1|Police said]] [[k=6@a1|six died]].")
    sure = tuple(Span(s.start, s.end, s.label, s.harm, s.quantity, s.attributed_to, 0.5 + i / 4)
                 for i, s in enumerate(spans))  # fmt: skip
    document = Document(Article("a1", text), sure, {"model": "small"})
    (row,) = studio_tasks([document], pytest.fail)
    assert row["predictions"][0]["model_version"] == "small" and row["predictions"][0]["score"] == 0.5
    assert "annotations" not in row
    assert read(tmp_path / "x.json", [row]) == ([document], [])
    del row["data"]["readings"]
    assert read(tmp_path / "x.json", [row]) == ([document], [])


def test_annotators_share_a_task_and_are_told_apart_again(tmp_path: Path) -> None:
    text, spans = parse("[[k=6|Six died]], police said.")
    ana = Document(Article("a1", text), spans, {"annotator": "Ana", "labelled": [[0, 8]]})
    ben = Document(Article("a1", text), (), {"annotator": "Ben"})
    (row,) = studio_tasks([ana, ben], pytest.fail)
    assert read(tmp_path / "x.json", [row]) == ([ana, ben], [])
    # After an import the server's numbers are others, and somebody labels on the page.
    for annotation, number in zip(row["annotations"], (501, 500), strict=True):
        annotation |= {"import_id": annotation["id"], "id": number, "completed_by": 1}
    row["annotations"].append({"id": 1, "import_id": None, "completed_by": 9, "result": []})
    documents, told = read(tmp_path / "x.json", [row])
    assert documents == [ana, ben, Document(Article("a1", text), (), {"annotator": "user 9"})]
    assert not told


def test_gold_without_an_annotator_has_none_after_an_import(tmp_path: Path) -> None:
    gold = Document(Article("a1", "No one came."))
    (row,) = studio_tasks([gold], pytest.fail)
    row["annotations"][0] |= {"import_id": 1, "id": 500, "completed_by": 1}
    assert read(tmp_path / "x.json", [row]) == ([gold], [])


def test_what_will_not_come_back_is_told() -> None:
    spans = (
        Span(0, 9, "CASUALTY_CLAIM", "killed", Quantity("exact", 6, 6, 6)),  # a blank at its end
        Span(0, 8, "CASUALTY_CLAIM", "killed", Quantity("at_least", 6, None, None)),
        Span(10, 21, "ATTRIBUTION"),
        Span(10, 21, "ATTRIBUTION"),
    )
    told: list[Loss] = []
    list(studio_tasks([Document(Article("a1", "Six died, police said."), spans)], told.append))
    assert [(loss.kind.partition(":")[0], loss.place) for loss in told] == [
        ("bounds left out", "a1 [0, 8)"),
        ("spans that will not come back as they are", "a1 [10, 21)"),
    ]


# --- what is wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "{", "[1]", "{}", '{"data": 1}', "[" * 100_000, "null"])
def test_files_that_are_no_export_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(FormatError, match=r"x\.json"):
        read(tmp_path / "x.json", content)


@pytest.mark.parametrize(
    "row",
    [
        {"data": {"html": "<p>Six died</p>"}, "annotations": [{"result": []}]},
        {"data": {"text": "  "}, "annotations": [{"result": []}]},
        {"data": {"text": 3}, "annotations": [{"result": []}]},
        {"data": {}, "annotations": [{"result": []}]},
        {"nothing": "of use"},
    ],
)
def test_tasks_that_cannot_be_read_are_told(tmp_path: Path, row: dict[str, Any]) -> None:
    documents, told = read(tmp_path / "x.json", [row, task("Six died.")])
    assert [d.text for d in documents] == ["Six died."]
    assert [loss.kind for loss in told] == ["tasks left out: they cannot be read"]


@pytest.mark.parametrize(
    "result", ["six", {"id": 1}, 7, [None, "six"], [[]], [{"type": "labels", "value": 3}, 4],
               [{"type": "labels", "score": 0.5, "value": {"start": 0, "end": 3, "labels": "Six"}}],
               [{"type": "relation", "labels": 5}]]
)  # fmt: skip
def test_annotations_that_are_none_are_told(tmp_path: Path, result: Any) -> None:
    rows = [{"data": {"text": "Six died."}, "annotations": [{"completed_by": 1, "result": result}, "nothing"]}]
    documents, told = read(tmp_path / "x.json", rows)
    assert [d.spans for d in documents] == [()]
    assert told


@pytest.mark.parametrize(
    "value",
    [
        {"start": 4, "end": 2},
        {"start": 0, "end": 99},
        {"start": -1, "end": 3},
        {"start": 1.5, "end": 3},
        {"start": None, "end": 3},
        {"start": True, "end": 3},
        {"labels": []},
        {"labels": ["CASUALTY_CLAIM", "ATTRIBUTION"]},
        {"labels": ["Weather"]},
        {"start": 3, "end": 4},
    ],
)
def test_regions_that_are_wrong_are_told_and_the_rest_goes_on(tmp_path: Path, value: dict[str, Any]) -> None:
    text = "Six 💥 died, police said."
    wrong = region(text, "Six", **value) | {"id": "wrong"}
    good = region(text, "police said", "ATTRIBUTION")
    link = {"type": "relation", "from_id": "wrong", "to_id": good["id"], "labels": []}
    documents, told = read(tmp_path / "x.json", [task(text, wrong, good, link)])
    assert words(documents[0]) == [("police said", "ATTRIBUTION")]
    assert len(told) == 2  # the region and its link
