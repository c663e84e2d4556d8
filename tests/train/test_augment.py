"""Altered copies: few, drawn by name, each an alteration or several of its original."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from casualty_claims.data.documents import Article, Document, Span
from casualty_claims.data.notation import parse
from casualty_claims.train.alterations import ALTERATIONS, no_marks
from casualty_claims.train.augment import KINDS, SHARE, augmented
from hypothesis import given
from hypothesis import strategies as st

BY_NAME = {**ALTERATIONS, "no marks": no_marks}
NAMES = [f"document {n}" for n in range(40)]
PLAIN = "[[a1|“Officials,” said Weiß]], [[k>=30@a1|at least 30 “rebels”, all İdil’s men, died]]. 👩‍🚒"


def documents(notation: str = PLAIN, names: list[str] = NAMES) -> list[Document]:
    text, spans = parse(notation)
    return [Document(Article(name, text, title="Title"), spans, {"genre": "wire"}) for name in names]


def copies(originals: list[Document]) -> list[Document]:
    return augmented(originals)[len(originals) :]


MANY = documents(names=[f"n{n}" for n in range(2000)])


def test_originals_come_first_and_are_left_alone() -> None:
    assert augmented(documents())[: len(NAMES)] == documents()


def test_a_copy_is_what_its_name_says() -> None:
    originals = {d.id: d for d in documents()}
    found = copies(documents())
    assert found
    for copy in found:
        wanted = originals[copy.id]
        for name in str(copy.meta["altered"]).split(" and "):
            altered = BY_NAME[name](wanted)
            assert altered is not None
            wanted = altered
        assert (copy.text, copy.spans) == (wanted.text, wanted.spans)
        assert copy.text != originals[copy.id].text


def test_the_labels_stay_on_their_words() -> None:
    for copy in copies(MANY):
        said, claim = (copy.text[span.start : span.end].lower() for span in copy.spans)
        assert copy.spans[1].attributed_to == 0
        if "OCR" not in copy.meta["altered"]:
            assert "".join(filter(str.isalpha, said)) == "officialssaidweiß"
            assert claim.startswith("at least 30 ")
            assert claim.endswith(" men died" if "no" in copy.meta["altered"] else " men, died")


def test_about_the_share_of_documents_gets_a_copy_and_none_gets_two() -> None:
    found = copies(MANY)
    assert abs(len(found) / len(MANY) - SHARE) < 0.04
    assert max(Counter(copy.id for copy in found).values()) == 1


def test_every_kind_is_drawn_alike() -> None:
    found = Counter(copy.meta["altered"] for copy in copies(MANY))
    assert set(found) == {" and ".join(name for name, _ in kind) for kind in KINDS}
    expected = len(MANY) * SHARE / len(KINDS)
    assert all(0.5 * expected < times < 1.6 * expected for times in found.values())


def test_each_way_to_be_untidy_is_in_enough_copies() -> None:
    parts = Counter(name for copy in copies(MANY) for name in str(copy.meta["altered"]).split(" and "))
    assert set(parts) == {"no commas", "no marks", "OCR noise", "upper case", "lower case"}
    assert min(parts.values()) > 0.1 * len(MANY)


@given(st.permutations(documents()))
def test_the_order_of_documents_does_not_matter(shuffled: list[Document]) -> None:
    def known(found: list[Document]) -> Counter[tuple[str, str, str]]:
        return Counter((d.id, d.meta["altered"], d.text) for d in found)

    assert known(copies(shuffled)) == known(copies(documents()))


def test_what_a_document_gets_does_not_depend_on_the_others() -> None:
    assert copies(documents()) == [copy for d in documents() for copy in copies([d])]


@pytest.mark.parametrize(
    ("meta", "group"), [({}, None), ({"group": "flood of May"}, "flood of May"), ({"group": None}, None)]
)
def test_a_copy_names_the_group_of_its_original(meta: dict[str, str | None], group: str | None) -> None:
    found = copies([replace(d, meta=meta) for d in documents()])
    assert found
    assert all(copy.meta["group"] == (group or copy.id) for copy in found)


@pytest.mark.parametrize(
    ("text", "spans"),
    [(",,", ()), ("six, died", (Span(3, 4, "ATTRIBUTION"),)), ("six , , died", (Span(4, 7, "ATTRIBUTION"),))],
    ids=["a text of commas", "a span of a comma", "a span of commas and a blank"],
)
def test_no_copy_is_made_that_would_lose_the_text_or_a_span(text: str, spans: tuple[Span, ...]) -> None:
    found = copies([Document(Article(name, text), spans) for name in NAMES])
    assert found or text == ",,"
    assert not any("no commas" in d.meta["altered"] or "no marks" in d.meta["altered"] for d in found)
