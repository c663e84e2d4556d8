"""Altered copies: their labels stay on the same words, and the same corpus always gives the same copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from casualty_claims.data.documents import Article, Document, Span
from casualty_claims.data.notation import parse
from casualty_claims.train.augment import SHARE, augmented
from hypothesis import given
from hypothesis import strategies as st

ALTERED: dict[str, Callable[[str], str]] = {
    "no commas": lambda text: text.translate(dict.fromkeys(map(ord, ",\"'“”‘’"))),
    "upper case": lambda text: "".join(c.upper() if len(c.upper()) == 1 else c for c in text),
    "lower case": lambda text: "".join(c.lower() if len(c.lower()) == 1 else c for c in text),
}

NAMES = [f"document {n}" for n in range(16)]
"""Enough for copies of each kind; see the first test."""

PLAIN = "[[a1|“Officials,” said Weiß]], [[k>=30@a1|at least 30 “rebels”, all İdil’s men, died]]. 👩‍🚒"


def documents(notation: str, names: list[str] = NAMES) -> list[Document]:
    text, spans = parse(notation)
    return [Document(Article(name, text, title="Title"), spans, {"genre": "wire"}) for name in names]


def copies(originals: list[Document]) -> list[Document]:
    return augmented(originals)[len(originals) :]


def test_the_names_draw_every_kind() -> None:
    assert {d.meta["altered"] for d in copies(documents(PLAIN))} == set(ALTERED)


def test_a_copy_of_each_kind_by_hand() -> None:
    found = {
        copy.meta["altered"]: [copy.text[s.start : s.end] for s in copy.spans] for copy in copies(documents(PLAIN))
    }
    assert found == {
        "no commas": ["Officials said Weiß", "at least 30 rebels all İdils men died"],
        "upper case": ["“OFFICIALS,” SAID WEIß", "AT LEAST 30 “REBELS”, ALL İDIL’S MEN, DIED"],
        "lower case": ["“officials,” said weiß", "at least 30 “rebels”, all İdil’s men, died"],
    }


WORDS = st.text(st.sampled_from("aZßŉİΣǰﬁé1😀🇨🇭,\"'“”‘’. \n-\u0301"), min_size=1, max_size=8)
MARKS = st.sampled_from(["", "k=6", "i>=4@{}", "m~20", "c0@{}", "k%", "a"])


@st.composite
def notations(draw: st.DrawFn) -> str:
    """Annotated text with attributions and claims linked to any of them."""
    pieces = draw(st.lists(st.tuples(MARKS, WORDS), min_size=1, max_size=8))
    names = [f"a{n}" for n, (mark, _) in enumerate(pieces) if mark == "a"]
    out = []
    for number, (mark, words) in enumerate(pieces):
        if not mark or not words.strip():
            out.append(words)
        elif mark == "a":
            out.append(f"[[a{number}|{words.strip()}]] ")
        else:
            usable = [name for name in names if pieces[int(name[1:])][1].strip()]
            head = mark.format(draw(st.sampled_from(usable))) if usable else mark.partition("@")[0]
            out.append(f"[[{head}|{words.strip()}]] ")
    return "x" + "".join(out)


@given(notations())
def test_labels_stay_on_their_words(notation: str) -> None:
    originals = documents(notation)
    for copy in copies(originals):
        original = originals[NAMES.index(copy.id)]
        alter = ALTERED[copy.meta["altered"]]
        assert copy.text == alter(original.text)
        assert len(copy.spans) == len(original.spans)
        for span, was in zip(copy.spans, original.spans, strict=True):
            assert 0 <= span.start < span.end <= len(copy.text)
            assert copy.text[span.start : span.end] == alter(original.text[was.start : was.end])
            assert replace(span, start=was.start, end=was.end) == was


@given(notations())
def test_changing_case_moves_nothing(notation: str) -> None:
    originals = documents(notation)
    for copy in copies(originals):
        if copy.meta["altered"] != "no commas":
            assert copy.spans == originals[0].spans
            assert len(copy.text) == len(originals[0].text)


def test_the_originals_come_first_and_are_left_alone() -> None:
    originals = documents(PLAIN)
    assert augmented(originals)[: len(originals)] == originals


@given(st.permutations(documents(PLAIN)))
def test_the_order_of_documents_does_not_matter(shuffled: list[Document]) -> None:
    def known(found: list[Document]) -> Counter[tuple[str, str, str]]:
        return Counter((d.id, d.meta["altered"], d.text) for d in found)

    assert known(copies(shuffled)) == known(copies(documents(PLAIN)))


def test_what_a_document_gets_does_not_depend_on_the_others() -> None:
    together = copies(documents(PLAIN))
    assert together == [copy for d in documents(PLAIN) for copy in copies([d])]


@pytest.mark.parametrize(
    ("meta", "group"), [({}, None), ({"group": "flood of May"}, "flood of May"), ({"group": None}, None)]
)
def test_a_copy_names_the_group_of_its_original(meta: dict[str, str | None], group: str | None) -> None:
    found = copies([replace(d, meta=meta) for d in documents(PLAIN)])
    assert found
    assert all(copy.meta["group"] == (group or copy.id) for copy in found)


def test_each_kind_is_made_of_about_its_share() -> None:
    many = documents(PLAIN, [f"n{n}" for n in range(1000)])
    found = Counter(d.meta["altered"] for d in copies(many))
    assert set(found) == set(ALTERED)
    assert all(abs(times / 1000 - SHARE) < 0.05 for times in found.values())


def test_kinds_are_drawn_apart() -> None:
    """A document that gets one kind is no likelier to get another: all combinations occur."""
    kinds: dict[str, frozenset[str]] = {}
    for copy in copies(documents(PLAIN, [f"n{n}" for n in range(1000)])):
        kinds[copy.id] = kinds.get(copy.id, frozenset()) | {copy.meta["altered"]}
    assert len(set(kinds.values())) == 7


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (",,", ()),
        ('" "', ()),
        ("six, died", (Span(3, 4, "ATTRIBUTION"),)),
        ("six ' ' died", (Span(4, 7, "ATTRIBUTION"), Span(8, 12, "CASUALTY_CLAIM"))),
    ],
    ids=["a text of commas", "a text of quotes", "a span of a comma", "a span of quotes and a blank"],
)
def test_no_copy_is_made_that_would_lose_the_text_or_a_span(text: str, spans: tuple[Span, ...]) -> None:
    found = copies([Document(Article(name, text), spans) for name in NAMES])
    assert {d.meta["altered"] for d in found} == {"upper case", "lower case"}
