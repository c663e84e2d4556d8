"""Documents and their notation: round trips of anything legal, and a reason for everything refused."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from casualty_claims.data.documents import (
    ATTRIBUTION,
    CLAIM,
    HARMS,
    Article,
    Document,
    DocumentError,
    Quantity,
    Span,
)
from casualty_claims.data.notation import bounds, parse, render
from hypothesis import assume, given
from hypothesis import strategies as st

FIGURES = st.integers(0, 10**9)
QUANTITIES = st.one_of(
    st.builds(bounds, st.sampled_from(["exact", "at_least", "more_than", "about", "at_most"]), FIGURES),
    st.builds(bounds, st.sampled_from(["fewer_than", "vague"]), st.none() | FIGURES),
    st.sampled_from(["none", "share"]).map(lambda qualifier: bounds(qualifier, None)),
    st.tuples(FIGURES, FIGURES).map(sorted).map(lambda pair: Quantity("between", None, *pair)),
)
# Any text but the brackets and the bar that the notation is made of.
PLAIN = st.text(st.characters(exclude_characters="[]|", exclude_categories=["Cs"]), max_size=12)
WORDS = PLAIN.map(str.strip).filter(bool)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A text of stretches, some of them spans, claims linked to any attribution or to none."""
    kinds = draw(st.lists(st.sampled_from([CLAIM, ATTRIBUTION]), max_size=6))
    attributions = [i for i, kind in enumerate(kinds) if kind == ATTRIBUTION]
    text = draw(PLAIN)
    spans = []
    for kind in kinds:
        words = draw(WORDS)
        start, end = len(text), len(text) + len(words)
        text += words + draw(PLAIN)
        if kind == ATTRIBUTION:
            spans.append(Span(start, end, ATTRIBUTION))
        else:
            link = draw(st.none() | st.sampled_from(attributions)) if attributions else None
            spans.append(Span(start, end, CLAIM, draw(st.sampled_from(HARMS)), draw(QUANTITIES), link))
    assume(text.strip())
    known = {"id", "title", "published", "source", "text", "spans"}
    meta = draw(st.dictionaries(st.text().filter(lambda key: key not in known), st.text() | st.integers(), max_size=2))
    title, published, source = (draw(st.none() | st.text(max_size=5)) for _ in range(3))
    return Document(Article(draw(st.text(min_size=1)), text, title, published, source), tuple(spans), meta)


@given(documents())
def test_notation_round_trip(document: Document) -> None:
    assert parse(render(document.text, document.spans)) == (document.text, document.spans)


@given(documents())
def test_json_round_trip(document: Document) -> None:
    assert Document.from_json(json.loads(json.dumps(document.to_json()))) == document


@given(documents())
def test_pickle_round_trip(document: Document) -> None:
    assert pickle.loads(pickle.dumps(document)) == document


@given(documents(), st.floats(0, 1), st.floats(0, 1))
def test_confidence_is_kept_and_absent_where_it_was(document: Document, confidence: float, link: float) -> None:
    scored = Span(0, 1, CLAIM, "killed", bounds("exact", 1), None, confidence, link)
    assert Span.from_json(json.loads(json.dumps(scored.to_json()))) == scored
    assert all("confidence" not in span.to_json() for span in document.spans)


@given(documents())
def test_claims_and_attributions_are_the_spans_with_their_indices(document: Document) -> None:
    both = document.claims + document.attributions
    assert sorted(both, key=lambda item: item[0]) == list(enumerate(document.spans))


@given(st.text())
def test_parse_gives_spans_of_its_text_or_a_reason(notation: str) -> None:
    try:
        text, spans = parse(notation)
    except DocumentError as error:
        assert str(error)
    else:
        assert all(0 <= span.start < span.end <= len(text) for span in spans)


MARKS = [
    ("k=6", Quantity("exact", 6, 6, 6)),
    ("k>=6", Quantity("at_least", 6, 6, None)),
    ("k>6", Quantity("more_than", 6, 7, None)),
    ("k~6", Quantity("about", 6, None, None)),
    ("k<=6", Quantity("at_most", 6, None, 6)),
    ("k<6", Quantity("fewer_than", 6, None, 5)),
    ("k<0", Quantity("fewer_than", 0, None, 0)),
    ("k<?", Quantity("fewer_than", None, None, None)),
    ("k6-8", Quantity("between", None, 6, 8)),
    ("kv24", Quantity("vague", None, 24, None)),
    ("kv?", Quantity("vague", None, None, None)),
    ("k0", Quantity("none", 0, 0, 0)),
    ("k=0", Quantity("exact", 0, 0, 0)),
    ("k%", Quantity("share", None, None, None)),
]


@pytest.mark.parametrize(("mark", "quantity"), MARKS)
def test_a_mark_means_its_quantity(mark: str, quantity: Quantity) -> None:
    assert parse(f"In Adwa [[{mark}|many died]].")[1] == (Span(8, 17, CLAIM, "killed", quantity),)


@pytest.mark.parametrize(("letter", "harm"), list(zip("kimc", HARMS, strict=True)))
def test_a_letter_means_its_harm(letter: str, harm: str) -> None:
    assert parse(f"[[{letter}=1|one]]")[1][0].harm == harm


def test_a_claim_may_stand_before_its_attribution() -> None:
    text, spans = parse("[[k=2@a7|Two died]], [[a7|she said]].")
    assert [text[span.start : span.end] for span in spans] == ["Two died", "she said"]
    assert spans[0].attributed_to == 1


@pytest.mark.parametrize(
    ("notation", "reason"),
    [
        ("[[k=2|two [[i=3|three]] dead]]", "inside a mark"),
        ("[[k=2|two died", "stray bracket"),
        ("two died]]", "stray bracket"),
        ("[[two died]]", "stray bracket"),
        ("[[k=2| two died]]", "begins or ends with a blank"),
        ("[[k=2|]]", "empty"),
        ("[[x=2|two died]]", "neither an attribution nor a claim"),
        ("[[k|two died]]", "neither an attribution nor a claim"),
        ("[[k=two|two died]]", "neither an attribution nor a claim"),
        ("[[k=2@b1|two died]]", "neither an attribution nor a claim"),
        ("[[k=2@a1|two died]]", "no attribution a1"),
        ("[[a1|he said]] and [[a1|she said]]", "named twice"),
        ("[[k8-6|eight to six died]]", "low 8 is above high 6"),
    ],
)
def test_notation_at_fault_is_refused_with_its_reason(notation: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        parse(notation)


def test_a_claim_without_quantity_is_not_rendered() -> None:
    with pytest.raises(DocumentError, match="no harm or quantity"):
        render("Two died.", [Span(0, 8, CLAIM, "killed")])


def test_no_bounds_follow_from_between() -> None:
    with pytest.raises(DocumentError, match="between"):
        bounds("between", 3)


CLAIM_ROW = {
    "start": 3,
    "end": 11,
    "label": CLAIM,
    "harm": "killed",
    "qualifier": "exact",
    "count": 2,
    "low": 2,
    "high": 2,
    "attributed_to": 1,
}
ROW: dict[str, Any] = {
    "id": "x",
    "text": "So two died, he said.",
    "spans": [CLAIM_ROW, {"start": 13, "end": 20, "label": ATTRIBUTION}],
}


def test_the_row_of_these_tests_is_a_document() -> None:
    document = Document.from_json(ROW)
    assert [document.text[span.start : span.end] for span in document.spans] == ["two died", "he said"]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("id", None, "needs an id"),
        ("id", "", "needs an id"),
        ("id", 5, "needs an id"),
        ("text", None, "text is NoneType"),
        ("text", 5, "text is int"),
        ("text", "", "text is empty"),
        ("text", " \n\t", "text is empty"),
        ("text", "Two \ud83d died", "lone surrogate.* offset 4"),
        ("spans", None, "spans is NoneType"),
        ("spans", {"start": 1}, "spans is dict"),
        ("spans", ["two died"], "span 0: 'two died' is not an object"),
    ],
)
def test_a_bad_field_of_a_document_is_refused_with_its_reason(field: str, value: object, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        Document.from_json(ROW | {field: value})


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("start", None, "start is None"),
        ("start", "3", "start is '3'"),
        ("start", 3.0, "start is 3.0"),
        ("start", True, "start is True"),
        ("start", -1, "negative"),
        ("end", None, "end is None"),
        ("end", 3, "empty"),
        ("end", 2, "reversed"),
        ("label", None, "label None"),
        ("label", "claim", "label 'claim'"),
        ("label", [], r"label \[\]"),
        ("label", ATTRIBUTION, "an ATTRIBUTION has no harm"),
        ("harm", "dead", "harm 'dead'"),
        ("qualifier", "roughly", "qualifier 'roughly'"),
        ("qualifier", 3, "qualifier 3"),
        ("qualifier", None, "without a qualifier"),
        ("count", "2", "count is '2'"),
        ("count", 2.5, "count is 2.5"),
        ("count", True, "count is True"),
        ("low", -1, "low is -1"),
        ("low", 3, "low 3 is above high 2"),
        ("high", [2], r"high is \[2\]"),
        ("attributed_to", "1", "attributed_to is '1'"),
        ("attributed_to", 1.0, "attributed_to is 1.0"),
        ("attributed_to", False, "attributed_to is False"),
        ("confidence", 1.01, "confidence is 1.01"),
        ("confidence", float("nan"), "confidence is nan"),
        ("confidence", "high", "confidence"),
        ("link_confidence", -0.1, "link_confidence is -0.1"),
    ],
)
def test_a_bad_field_of_a_span_is_refused_with_its_reason(field: str, value: object, reason: str) -> None:
    with pytest.raises(DocumentError, match=f"span 0: .*{reason}"):
        Document.from_json(ROW | {"spans": [CLAIM_ROW | {field: value}]})


def test_unknown_fields_are_kept_as_meta_and_cannot_be_changed() -> None:
    document = Document.from_json(ROW | {"genre": "wire"})
    assert dict(document.meta) == {"genre": "wire"}
    assert document.to_json()["genre"] == "wire"
    with pytest.raises(TypeError):
        document.meta["genre"] = "web"  # type: ignore[index]
