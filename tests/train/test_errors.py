"""Differences: one for every fault made on purpose, none for a perfect prediction, as many as are counted wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Article, Document, Span
from casualty_claims.data.notation import bounds, parse
from casualty_claims.train.errors import CONTEXT, Difference, differences
from casualty_claims.train.evaluation import evaluate
from casualty_claims.train.report import difference_table
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

TEXT, SPANS = parse(
    "A bus left the road near the old quarry above Lenzburg on Friday night.\n\n"
    "[[a1|He said]] [[k=6@a1|six pupils died]] and [[i~20@a1|some\n20 were hurt]]. Later, [[a2|he said]] that "
    "[[m=2@a2|two were missing]]. [[k0|Nobody else was killed]] on the mountain road that winter."
)
GOLD = Document(Article("bus", TEXT), SPANS)
HE_SAID, DIED, HURT, HE_SAID_AGAIN, MISSING, NOBODY = range(6)


def with_span(index: int, **changes: Any) -> Document:
    spans = list(SPANS)
    spans[index] = replace(spans[index], **changes)
    return replace(GOLD, spans=tuple(spans))


def only(gold: Document, predicted: Document) -> Difference:
    (difference,) = differences([gold], [predicted])
    return difference


def test_a_perfect_prediction_has_no_differences() -> None:
    sure = tuple(replace(s, confidence=0.7) for s in SPANS)
    assert not list(differences([GOLD, GOLD], [GOLD, replace(GOLD, spans=sure)]))


def test_missed(without_span: Callable[[Document, int], Document]) -> None:
    d = only(GOLD, without_span(GOLD, DIED))
    assert d == Difference(
        document="bus",
        start=TEXT.index("six pupils"),
        kind="missed",
        label=CLAIM,
        before="d quarry above Lenzburg on Friday night. He said",
        gold="six pupils died",
        predicted="",
        after="and some 20 were hurt. Later, he said that two we",
        confidence=None,
    )


def test_invented(without_span: Callable[[Document, int], Document]) -> None:
    spans = tuple(replace(s, confidence=0.625) for s in SPANS)
    d = only(without_span(GOLD, HURT), replace(GOLD, spans=spans))
    assert (d.kind, d.label, d.start, d.confidence) == ("invented", CLAIM, SPANS[HURT].start, 0.625)
    assert (d.gold, d.predicted) == ("", "some 20 were hurt")


def test_a_missed_attribution_takes_its_links_along(without_span: Callable[[Document, int], Document]) -> None:
    found = Counter((d.kind, d.label) for d in differences([GOLD], [without_span(GOLD, HE_SAID)]))
    assert found == {("missed", ATTRIBUTION): 1, ("link", CLAIM): 2}


@pytest.mark.parametrize(
    ("moved", "words"), [({"start": TEXT.index("pupils")}, "pupils died"), ({"end": TEXT.index(" died")}, "six pupils")]
)
def test_boundary(moved: dict[str, int], words: str) -> None:
    d = only(GOLD, with_span(DIED, **moved))
    assert (d.kind, d.label, d.start) == ("boundary", CLAIM, SPANS[DIED].start)
    assert (d.gold, d.predicted) == ("six pupils died", words)


def test_a_boundary_of_an_attribution_is_no_wrong_link() -> None:
    """As in the evaluation: its boundaries are judged as a span."""
    d = only(GOLD, with_span(HE_SAID_AGAIN, start=TEXT.index("Later")))
    assert (d.kind, d.label) == ("boundary", ATTRIBUTION)
    assert (d.gold, d.predicted) == ("he said", "Later, he said")
    assert d.after == "that two were missing. Nobody else was killed on"


@pytest.mark.parametrize(
    ("changes", "says", "reads"),
    [
        ({"harm": "missing"}, "killed/exact/6/6/6", "missing/exact/6/6/6"),
        ({"quantity": bounds("at_least", 6)}, "killed/exact/6/6/6", "killed/at_least/6/6/null"),
        ({"quantity": bounds("exact", 16)}, "killed/exact/6/6/6", "killed/exact/16/16/16"),
        ({"harm": None, "quantity": None}, "killed/exact/6/6/6", "null/null/null/null/null"),
    ],
)
def test_record(changes: dict[str, Any], says: str, reads: str) -> None:
    d = only(GOLD, with_span(DIED, **changes))
    assert (d.kind, d.label, d.start) == ("record", CLAIM, SPANS[DIED].start)
    assert (d.gold, d.predicted) == (f"six pupils died = {says}", f"six pupils died = {reads}")


@pytest.mark.parametrize(
    ("claim", "target", "says", "reads"),
    [
        (DIED, None, f"He said @{SPANS[HE_SAID].start}", "nobody"),
        (NOBODY, HE_SAID_AGAIN, "nobody", f"he said @{SPANS[HE_SAID_AGAIN].start}"),
        (MISSING, HE_SAID, f"he said @{SPANS[HE_SAID_AGAIN].start}", f"He said @{SPANS[HE_SAID].start}"),
    ],
)
def test_link(claim: int, target: int | None, says: str, reads: str) -> None:
    d = only(GOLD, with_span(claim, attributed_to=target))
    words = TEXT[SPANS[claim].start : SPANS[claim].end]
    assert (d.kind, d.label, d.start) == ("link", CLAIM, SPANS[claim].start)
    assert (d.gold, d.predicted) == (f"{words} = {says}", f"{words} = {reads}")


def test_a_link_to_the_same_words_elsewhere_is_wrong() -> None:
    text, spans = parse("[[a1|He said]] six left. [[a2|He said]] [[k=2@a2|two died]].")
    gold = Document(Article("twice", text), spans)
    d = only(gold, replace(gold, spans=(*spans[:2], replace(spans[2], attributed_to=0))))
    assert (d.kind, d.gold, d.predicted) == ("link", "two died = He said @18", "two died = He said @0")


def test_a_wrong_record_and_a_wrong_link_are_two_differences() -> None:
    predicted = with_span(DIED, harm="missing", attributed_to=None)
    assert [d.kind for d in differences([GOLD], [predicted])] == ["record", "link"]


def test_they_come_in_the_order_of_the_text_and_of_the_documents() -> None:
    other = replace(GOLD, article=replace(GOLD.article, id="other"))
    found = list(differences([GOLD, other], [replace(d, spans=()) for d in (GOLD, other)]))
    assert [d.document for d in found] == ["bus"] * 6 + ["other"] * 6
    assert [d.start for d in found] == [s.start for s in SPANS] * 2


def test_the_context_stops_at_the_edges_of_the_text() -> None:
    gold = Document(Article("short", "Six died."), (Span(0, 8, CLAIM),))
    d = only(gold, replace(gold, spans=()))
    assert (d.before, d.gold, d.after) == ("", "Six died", ".")


EDGES = st.lists(st.integers(0, 60), unique=True, max_size=14).map(sorted)


@st.composite
def spans(draw: st.DrawFn, edges: list[int]) -> tuple[Span, ...]:
    bare = [
        Span(low, high, draw(st.sampled_from([CLAIM, CLAIM, ATTRIBUTION])))
        for low, high in zip(edges[::2], edges[1::2], strict=False)
        if draw(st.booleans())
    ]
    sources = [i for i, s in enumerate(bare) if not s.is_claim]
    return tuple(
        replace(
            s, harm=draw(st.sampled_from(["killed", "injured"])), attributed_to=draw(st.sampled_from([None, *sources]))
        )
        if s.is_claim
        else s
        for s in bare
    )


@given(st.data(), EDGES, st.sampled_from([0, 1, -1]))
def test_there_are_as_many_as_the_evaluation_counts(data: st.DataObject, edges: list[int], skew: int) -> None:
    article = Article("d", "abcde " * 10)
    gold = Document(article, data.draw(spans(edges)))
    moved = sorted({min(max(edge + skew * (i % 2), 0), 60) for i, edge in enumerate(edges)})
    predicted = Document(article, data.draw(spans(moved)))
    e = evaluate([gold], [predicted])
    kinds = Counter(d.kind for d in differences([gold], [predicted]))
    assert kinds["missed"] == sum(c.fn for c in e.overlap.values())
    assert kinds["invented"] == sum(c.fp for c in e.overlap.values())
    assert kinds["boundary"] == sum(o.tp - x.tp for o, x in zip(e.overlap.values(), e.exact.values(), strict=True))
    assert kinds["record"] == e.record.of - e.record.right
    assert kinds["link"] == e.link.of - e.link.right


@given(st.text(min_size=1, max_size=150).filter(str.strip), st.data())
def test_contexts_are_the_text_around(text: str, data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(text) - 1))
    high = data.draw(st.integers(low + 1, len(text)))
    gold = Document(Article("d", text), (Span(low, high, ATTRIBUTION),))
    d = only(gold, replace(gold, spans=()))
    assert d.before.split() == text[:low][-CONTEXT:].split()
    assert d.gold.split() == text[low:high].split()
    assert d.after.split() == text[high:][:CONTEXT].split()


# --- as shown ------------------------------------------------------------------------------------------------


def shown(*items: Difference) -> str:
    screen = Console(width=200, force_terminal=False)
    with screen.capture() as printed:
        screen.print(difference_table(items))
    return " ".join(printed.get().split())


def test_the_table_shows_each_in_context_and_what_they_are_made_of() -> None:
    found = list(differences([GOLD], [with_span(MISSING, attributed_to=HE_SAID, confidence=0.914)]))
    found += differences([GOLD], [with_span(DIED, harm="injured")])
    text = shown(*found)
    assert "some 20 were hurt. Later, he said that [gold: two were missing = he said @" in text
    assert "[predicted 91%: two were missing = He said @" in text
    assert f"bus:{SPANS[MISSING].start} link CASUALTY_CLAIM" in text
    assert "CASUALTY_CLAIM link 1" in text
    assert "CASUALTY_CLAIM record 1" in text


def test_the_table_takes_nothing_in_a_text_for_a_command() -> None:
    """Brackets are no markup, escape sequences never reach the terminal."""
    wild = Difference("[red]", 3, "missed", CLAIM, "[/bold] \x1b[31m", "\x1b]0;six\x07 died", "", "[/]", None)
    text = shown(wild)
    assert "[red]:3" in text
    assert "[/bold]" in text
    assert "\x1b" not in text
    assert "\x07" not in text
