"""Readings to what Label Studio draws and back: nothing lost on the way, nothing raised by what comes."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.annotate.regions import LATER, SOURCES, Reading, from_result, to_result
from casualty_claims.data.documents import HARMS, LABELS, DocumentError, Quantity, Span
from casualty_claims.data.notation import bounds, parse
from hypothesis import given
from hypothesis import strategies as st

GOLDEN = Path(__file__).parent / "golden"
NORTH = "“No sleep” 🕯️ for the 👩‍👩‍👧 of Tarnova’s north.\n"

FIGURES = st.integers(1, 10_000_000_000)
QUANTITIES = st.one_of(
    st.none(),
    st.builds(bounds, st.sampled_from("exact at_least more_than about at_most fewer_than vague".split()), FIGURES),
    st.builds(bounds, st.sampled_from("exact about fewer_than vague none share".split()), st.none()),
    st.tuples(st.integers(0, 99), st.integers(1, 99)).map(lambda ends: Quantity("between", None, min(ends), max(ends))),
    st.just(Quantity("between")),
)
TEXTS = st.text(
    st.one_of(st.sampled_from("aé “”’\n\r\t\u00a0🕯\ufe0f👩\u200d🇺"), st.characters(codec="utf-8")), min_size=1
)


@st.composite
def readings(draw: st.DrawFn) -> tuple[Reading, str]:
    """Any reading of any sentence: spans may overlap, but do not begin or end with a blank."""
    text = "a" + draw(TEXTS)
    spots = [place for place, letter in enumerate(text) if not letter.isspace()]
    ends = st.tuples(st.sampled_from(spots), st.sampled_from(spots))
    places = draw(st.sets(st.tuples(ends.map(lambda e: (min(e), max(e) + 1)), st.sampled_from(LABELS)), max_size=6))
    order = sorted((start, end, label) for (start, end), label in places)
    said = [index for index, place in enumerate(order) if place[2] == "ATTRIBUTION"]
    spans, sources = [], []
    for start, end, label in order:
        if label == "ATTRIBUTION":
            spans.append(Span(start, end, label))
            sources.append(None)
            continue
        link = draw(st.sampled_from([None, *said]))
        spans.append(Span(start, end, label, draw(st.sampled_from([None, *HARMS])), draw(QUANTITIES), link))
        sources.append(None if link is not None else draw(st.sampled_from([None, *SOURCES])))
    return Reading(tuple(spans), tuple(sources)), text


@given(readings(), st.randoms(use_true_random=False))
def test_a_reading_comes_back_as_it_went_in_whatever_order(made: tuple[Reading, str], chance: random.Random) -> None:
    reading, text = made
    items = json.loads(json.dumps(to_result(reading, text)))
    for item in items:
        if item["type"] != "relation":
            assert text[item["value"]["start"] : item["value"]["end"]] == item["value"]["text"]
    chance.shuffle(items)
    assert from_result(items, text) == (reading, [])


@given(readings())
def test_what_goes_out_has_the_shape_that_the_page_draws(made: tuple[Reading, str]) -> None:
    """One label an id, relations between ids that are there: a dangling one hides the whole suggestion."""
    reading, text = made
    items = to_result(reading, text)
    labels = [item["id"] for item in items if item["type"] == "labels"]
    assert len(set(labels)) == len(labels) == len(reading.spans)
    for item in items:
        ends = (item["from_id"], item["to_id"]) if item["type"] == "relation" else (item["id"],)
        assert set(ends) <= set(labels)


@pytest.mark.parametrize(
    ("name", "expected", "sources"),
    [
        (
            "labelled",
            "[[a1|Colonel Dara Obin said]] [[k>=15@a1|at least 14 people were killed]] and [[i=9@a1|nine wounded]].",
            {},
        ),
        (
            "corrected",
            "[[a1|The army said]] [[i20-35@a1|20 to 30 wounded]] and [[cv?|heavy casualties]]; aid workers put the "
            "[[a2|death toll at 21]] and [[a3|Mina Orr told us]] of [[k=1@a3|one death]].",
            {"heavy casualties": LATER},
        ),
    ],
)
def test_what_the_real_page_submitted_is_understood(name: str, expected: str, sources: dict[str, str]) -> None:
    """``golden`` holds what the page sent in the browser test, where hands did what stands here."""
    kept = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    text, spans = parse(NORTH + expected)
    assert kept["text"] == text
    reading, problems = from_result(kept["result"], text)
    assert (reading.spans, problems) == (spans, [])
    assert {text[s.start : s.end]: where for s, where in zip(spans, reading.sources, strict=True) if where} == sources


TEXT = "Police said six men died."


def region(
    start: object, end: object, label: object = "CASUALTY_CLAIM", id: object = "r1", **more: Any
) -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": label if isinstance(label, list) else [label]}
    return {"id": id, "from_name": "label", "to_name": "text", "type": "labels", "value": value} | more


def detail(name: str, value: object, kind: str = "choices", id: object = "r1") -> dict[str, Any]:
    return {
        "id": id,
        "from_name": name,
        "to_name": "text",
        "type": kind,
        "value": {"start": 12, "end": 24, kind: value},
    }


def number(value: object, name: str = "number") -> dict[str, Any]:
    return detail(name, value, "number")


def relation(start: object, end: object) -> dict[str, Any]:
    return {"type": "relation", "from_id": start, "to_id": end, "direction": "right"}


SIX = region(12, 24)
POLICE = region(0, 11, "ATTRIBUTION", "r2")
ONE = Span(12, 24, "CASUALTY_CLAIM")
SAID = Span(0, 11, "ATTRIBUTION")


@pytest.mark.parametrize(
    ("items", "spans", "told"),
    [
        ([SIX, POLICE], (SAID, ONE), []),
        ([region(11, 25)], (Span(12, 25, "CASUALTY_CLAIM"),), []),  # a blank at the edge
        ([region(11, 12)], (), ["nothing but blanks"]),
        ([region(24, 12)], (), ["not in the sentence"]),
        ([region(12, 12)], (), ["not in the sentence"]),
        ([region(-3, 4)], (), ["not in the sentence"]),
        ([region(12, 26)], (), ["not in the sentence of 25 characters"]),
        ([region(12.0, 24)], (), ["not whole numbers"]),
        ([region("12", "24")], (), ["not whole numbers"]),
        ([region(True, 24)], (), ["not whole numbers"]),
        ([region(None, None)], (), ["not whole numbers"]),
        ([region(12, 24, "VICTIM")], (), ["its label is ['VICTIM']"]),
        ([region(12, 24, [])], (), ["its label is []"]),
        ([region(12, 24, [*LABELS])], (), ["its label is"]),
        ([region(12, 24, [{}])], (), ["its label is"]),
        ([SIX | {"value": None}], (), ["not whole numbers"]),
        ([SIX | {"value": "six"}], (), ["not whole numbers"]),
        ([SIX, region(12, 24, id="r9")], (ONE,), ["there twice"]),
        ([SIX, region(16, 24)], (ONE,), ["another one has its id"]),
        ([region(12, 24, id=None), region(0, 11, "ATTRIBUTION", None)], (SAID, ONE), []),
        ([SIX, "six", None, 6], (ONE,), ["3 of 4 items are left out"]),
        ([SIX, detail("harm", ["drowned"])], (ONE,), ["harm is ['drowned']"]),
        ([SIX, detail("harm", ["killed", "injured"])], (ONE,), ["harm is ['killed', 'injured']"]),
        ([SIX, detail("harm", [])], (ONE,), []),
        ([SIX, detail("harm", ["killed"]), detail("harm", ["injured"])], (Span(12, 24, "CASUALTY_CLAIM", "killed"),),
         ["two values of harm"]),
        ([SIX, detail("harm", ["killed"], id="r7")], (ONE,), ["the harm of no region"]),
        ([POLICE, detail("harm", ["killed"], id="r2")], (SAID,), ["the harm of an attribution"]),
        ([SIX, detail("colour", ["red"])], (ONE,), ["no such control"]),
        ([SIX, number(6)], (ONE,), ["has the number 6 but no qualifier"]),
        ([SIX, relation("r1", "r2")], (ONE,), ["one of its ends is no region"]),
        ([SIX, relation(None, [])], (ONE,), ["one of its ends is no region"]),
        ([SIX, relation("r1", "r1")], (ONE,), ["must join a claim and an attribution"]),
        ([SIX, POLICE, region(0, 6, "ATTRIBUTION", "r3"), relation("r1", "r3"), relation("r1", "r2")],
         (Span(0, 6, "ATTRIBUTION"), SAID, Span(12, 24, "CASUALTY_CLAIM", attributed_to=1)), ["drawn last is kept"]),
        ([SIX, POLICE, relation("r2", "r1")], (SAID, Span(12, 24, "CASUALTY_CLAIM", attributed_to=0)), []),
        ([SIX, region(12, 24, id="r9"), POLICE, relation("r9", "r2")],
         (SAID, Span(12, 24, "CASUALTY_CLAIM", attributed_to=0)), ["there twice"]),
        ([SIX, POLICE, relation("r1", "r2"), detail("source", ["earlier"])],
         (SAID, Span(12, 24, "CASUALTY_CLAIM", attributed_to=0)), ["the arrow is kept"]),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_left_out_and_told(
    items: list[Any], spans: tuple[Span, ...], told: list[str]
) -> None:
    reading, problems = from_result(items, TEXT)
    assert reading.spans == spans
    assert len(problems) == len(told)
    for problem, part in zip(problems, told, strict=True):
        assert part in problem


@pytest.mark.parametrize(
    ("qualifier", "numbers", "quantity", "told"),
    [
        ("exact", [number(6)], bounds("exact", 6), ""),
        ("exact", [number(6.0)], bounds("exact", 6), ""),
        ("exact", [number(0)], bounds("exact", None), ""),  # an emptied field
        ("exact", [number("6")], bounds("exact", None), "number is '6'"),
        ("exact", [number(6.5)], bounds("exact", None), "number is 6.5"),
        ("exact", [number(-6)], bounds("exact", None), "number is -6"),
        ("exact", [number(True)], bounds("exact", None), "number is True"),
        ("exact", [number(float("nan"))], bounds("exact", None), "number is nan"),
        ("exact", [number(float("inf"))], bounds("exact", None), "number is inf"),
        ("exact", [number(10**400)], bounds("exact", None), "which is left out"),
        ("exact", [number([6])], bounds("exact", None), "number is [6]"),
        ("vague", [number(0)], bounds("vague", None), ""),
        ("none", [number(6)], bounds("none", None), ""),  # typed before "none" was chosen
        ("share", [number(6)], bounds("share", None), ""),
        ("between", [number(0), number(6, "upper")], Quantity("between", None, 0, 6), ""),
        ("between", [number(6), number(0, "upper")], Quantity("between", None, 6, None), ""),
        ("between", [], Quantity("between"), ""),
        ("between", [number(9), number(6, "upper")], None, "the lower number comes first"),
        ("at_least", [number(6), number(9, "upper")], bounds("at_least", 6), ""),
    ],
)
def test_numbers(qualifier: str, numbers: list[Any], quantity: Quantity | None, told: str) -> None:
    reading, problems = from_result([SIX, detail("qualifier", [qualifier]), *numbers], TEXT)
    assert reading.spans[0].quantity == quantity
    assert len(problems) == bool(told) and all(told in problem for problem in problems)


@pytest.mark.parametrize("origin", ["manual", "prediction-changed", "prediction", None])
@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        ("ix men die", "six men died"),
        ("six men died", "six men died"),
        (" six men died.", "six men died."),  # a full stop is no letter: that is for the annotator to see
        ("lice s", "Police said"),
        ("me", "men"),
    ],
)
def test_a_span_by_hand_holds_whole_words_and_a_suggested_one_what_it_held(
    drawn: str, words: str, origin: str | None
) -> None:
    start = TEXT.index(drawn)
    reading, problems = from_result([region(start, start + len(drawn), origin=origin)], TEXT)
    (span,) = reading.spans
    by_hand = origin in ("manual", "prediction-changed")
    assert (TEXT[span.start : span.end], problems) == (words if by_hand else drawn.strip(), [])


@pytest.mark.parametrize("result", [None, {}, {"id": 1}, "labels", b"", 7, SIX])
def test_a_result_that_is_none_is_told(result: Any) -> None:
    assert from_result(result, TEXT) == (Reading(), [f"the result is no list of items but {type(result).__name__}"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([*LABELS, *HARMS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("start end labels".split()), inner),
    max_leaves=5,
)
KEYS = ("id", "from_id", "to_id", "from_name", "type", "value")
USUAL = st.sampled_from(["r1", "r2", "label", "harm", "number", "labels", "choices", "relation"])
PLACE = st.integers(-2, 30) | JSON
VALUE = st.fixed_dictionaries(
    {}, optional={"start": PLACE, "end": PLACE, "labels": st.sampled_from([*([x] for x in LABELS)]) | JSON,
                  "choices": st.just(["killed"]) | JSON, "number": JSON},
)  # fmt: skip
ROW = st.fixed_dictionaries({}, optional={key: VALUE | JSON if key == "value" else USUAL | JSON for key in KEYS})


@given(st.lists(ROW | JSON, max_size=8))
def test_nothing_that_comes_raises_and_what_is_read_can_go_out_again(items: list[Any]) -> None:
    reading, problems = from_result(items, TEXT)
    assert from_result(to_result(reading, TEXT), TEXT) == (reading, [])
    assert all(isinstance(problem, str) and len(problem) < 2000 for problem in problems)
    assert bool(reading.spans) or not items or problems


@pytest.mark.parametrize(
    ("spans", "sources", "told"),
    [
        ((ONE,), (None, None), "1 spans but 2 sources"),
        ((ONE,), ("nobody",), "source 'nobody' is not one of"),
        ((Span(12, 24, "CASUALTY_CLAIM", attributed_to=1),), (), "linked to 1, which is no attribution here"),
        ((Span(12, 24, "CASUALTY_CLAIM", attributed_to=0),), (), "linked to 0, which is no attribution here"),
    ],
)
def test_a_reading_that_the_page_could_not_draw_is_refused(
    spans: tuple[Span, ...], sources: tuple[str | None, ...], told: str
) -> None:
    with pytest.raises(DocumentError, match=told):
        Reading(spans, sources)


def test_a_span_beyond_the_sentence_is_refused() -> None:
    with pytest.raises(DocumentError, match="not in the sentence of 20 characters"):
        to_result(Reading((ONE,)), TEXT[:20])
