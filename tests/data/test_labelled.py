"""The labelled part of a document: its words, its spans, its links, and ranges that are none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Article, Document, DocumentError, Quantity, Span
from casualty_claims.data.labelled import labelled_part, labelled_ranges
from casualty_claims.data.notation import parse
from hypothesis import given
from hypothesis import strategies as st

TEXT = "Six died, police said. 💥 Nobody was hurt.\nTwo are missing, she added."


@st.composite
def partly_labelled(draw: st.DrawFn) -> Document:
    """A text with ranges, in order and apart, and spans and links anywhere."""
    text = draw(st.text(st.sampled_from("ab 💥\n.é"), min_size=2, max_size=40).filter(str.strip))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    touching = draw(st.booleans())
    places = list(pairwise(cuts) if touching else zip(cuts[::2], cuts[1::2], strict=False))
    edges = st.sets(st.integers(0, len(text)), min_size=2, max_size=2).map(sorted)
    kinds = [(a, b, draw(st.sampled_from([CLAIM, ATTRIBUTION]))) for a, b in draw(st.lists(edges, max_size=6))]
    sources = [None, *(i for i, kind in enumerate(kinds) if kind[2] == ATTRIBUTION)]
    spans = [
        Span(a, b, label, "killed", Quantity("exact", i, i, i), draw(st.sampled_from(sources)))
        if label == CLAIM
        else Span(a, b, label)
        for i, (a, b, label) in enumerate(kinds)
    ]
    meta = {"genre": "brief", "labelled": [list(place) for place in places]}
    return Document(Article("a", text, "T", "2020", "S"), tuple(spans), meta)


@given(partly_labelled())
def test_the_part_holds_the_stretches_and_nothing_else(document: Document) -> None:
    places = document.meta["labelled"]
    words = [document.text[start:end] for start, end in places]
    part = labelled_part(document)
    if not "".join(words).strip():
        assert part is None
        return
    assert part is not None
    assert part.text == "\n\n".join(words)
    assert (part.id, part.article.title, part.article.published, part.article.source) == ("a", "T", "2020", "S")
    assert {**part.meta} == {"genre": "brief"}


@given(partly_labelled())
def test_spans_inside_keep_their_words_records_and_links(document: Document) -> None:
    part = labelled_part(document)
    if part is None:
        return
    home = [
        next((n for n, (start, end) in enumerate(document.meta["labelled"]) if start <= s.start and s.end <= end), None)
        for s in document.spans
    ]
    inside = [i for i, n in enumerate(home) if n is not None]
    # In the order of the stretches, and within one in the order they had.
    order = sorted(inside, key=lambda i: home[i] or 0)
    assert len(part.spans) == len(order)
    for new, old in zip(part.spans, (document.spans[i] for i in order), strict=True):
        assert part.text[new.start : new.end] == document.text[old.start : old.end]
        assert (new.label, new.harm, new.quantity) == (old.label, old.harm, old.quantity)
        if old.attributed_to in inside:
            assert new.attributed_to == order.index(old.attributed_to)
        else:
            assert new.attributed_to is None


def test_a_link_across_two_labelled_stretches_is_kept() -> None:
    text, spans = parse(
        "[[a1|Police said]] it. Shops shut. [[k=2@a1|Two died]] and [[k=6@a2|six died]]. [[a2|She said]] so."
    )
    first, third = (0, text.index(" Shops")), (text.index("Two died"), text.index(" She"))
    part = labelled_part(Document(Article("a", text), spans, {"labelled": [list(first), list(third)]}))
    assert part is not None
    assert part.text == "Police said it.\n\nTwo died and six died."
    assert [(part.text[s.start : s.end], s.attributed_to) for s in part.spans] == [
        ("Police said", None), ("Two died", 0), ("six died", None)
    ]  # fmt: skip


def test_a_document_that_says_nothing_was_read_whole() -> None:
    document = Document(Article("a", TEXT), (Span(0, 8, CLAIM),))
    assert labelled_ranges(document) is None
    assert labelled_part(document) is document


def test_a_document_nobody_labelled_has_no_part() -> None:
    nothing: list[list[int]] = []
    for places in (nothing, [[9, 10]]):  # a blank is nothing either
        assert labelled_part(Document(Article("a", "Six died. "), (), {"labelled": places})) is None


@pytest.mark.parametrize(
    "ranges",
    [
        [[0, 99]],
        [[5, 2]],
        [[3, 3]],
        [[-1, 3]],
        [[0, 9], [5, 12]],
        [[9, 12], [0, 5]],
        [[0, "9"]],
        [[0.0, 9.0]],
        [[0, 9, 12]],
        [0, 9],
        "all of it",
        {"start": 0, "end": 9},
        7,
    ],
    ids=str,
)
def test_ranges_that_are_none_are_refused(ranges: object) -> None:
    document = Document(Article("a", TEXT), (), {"labelled": ranges})
    for read in (labelled_ranges, labelled_part):
        with pytest.raises(DocumentError, match=r"must list \[start, end\] pairs"):
            read(document)
