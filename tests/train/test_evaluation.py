"""The scorer: against nervaluate, against a matching of graphs, and against figures worked out by hand.

nervaluate (1.2) is an independent implementation of span scoring. Its offsets are inclusive, so a half-open
``[start, end)`` is handed over as ``(start, end - 1)``. Per label its ``strict`` and ``exact`` schemes are
our *exact*: its incorrect and spurious spans are our false positives, its incorrect and missed ones our false
negatives. Its ``ent_type`` scheme is our *overlap* as long as no span overlaps two of the other side. Beyond
that the two differ on purpose: nervaluate goes through the predictions in order and takes for each the gold
span whose edges are nearest, we pair the greatest overlaps first, whatever the order. (It also takes for
overlap only what is 1% of the gold span or more; the texts here are too short for that to matter.) For those
cases the oracle is the maximum matching of the graph of overlaps.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from casualty_claims.data.counts import Counts, Share
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, HARMS, LABELS, Article, Document, Quantity, Span
from casualty_claims.data.matching import FIELDS, overlap_pairs
from casualty_claims.data.notation import bounds, parse
from casualty_claims.train.evaluation import Evaluation, evaluate
from hypothesis import given
from hypothesis import strategies as st
from nervaluate import Evaluator
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

LENGTH = 80
QUANTITIES = (None, bounds("exact", 3), bounds("at_least", 3), bounds("vague", 24), Quantity("between", None, 3, 5))


# --- random documents ----------------------------------------------------------------------------------------


@st.composite
def placed(draw: st.DrawFn, edges: list[int]) -> list[Span]:
    """Bare spans between some of the edges, none overlapping another."""
    used = sorted(draw(st.sets(st.sampled_from(edges), max_size=len(edges)))) if edges else []
    kinds = draw(st.lists(st.sampled_from([None, *LABELS]), min_size=len(used), max_size=len(used)))
    return [Span(low, high, label) for (low, high), label in zip(pairwise(used), kinds, strict=False) if label]


@st.composite
def filled(draw: st.DrawFn, spans: list[Span]) -> tuple[Span, ...]:
    """Claims with a harm, a quantity and a link to any attribution of theirs."""
    sources = [i for i, s in enumerate(spans) if s.label == ATTRIBUTION]
    return tuple(
        replace(
            span,
            harm=draw(st.sampled_from([None, *HARMS[:2]])),
            quantity=draw(st.sampled_from(QUANTITIES)),
            attributed_to=draw(st.sampled_from([None, *sources])),
        )
        if span.is_claim
        else span
        for span in spans
    )


@st.composite
def pairs_of_documents(draw: st.DrawFn) -> tuple[Document, Document]:
    """Gold and predicted spans of one text: the same with other records and links, or others on the same edges."""
    edges = draw(st.lists(st.integers(0, LENGTH), unique=True, max_size=14))
    article = Article(str(draw(st.integers(0, 9))), "x" * LENGTH)
    bare = draw(placed(edges))
    other = draw(st.just(bare) | placed(edges))
    return Document(article, draw(filled(bare))), Document(article, draw(filled(other)))


@st.composite
def one_to_one(draw: st.DrawFn) -> tuple[Document, Document]:
    """Gold and predicted spans that overlap one of the other side at most: each keeps to a cell of its own."""
    sides: tuple[list[Span], list[Span]] = ([], [])
    for low in range(0, LENGTH, 8):
        for spans in sides:
            edges = draw(st.none() | st.sets(st.integers(low, low + 8), min_size=2, max_size=2))
            if edges:
                spans.append(Span(min(edges), max(edges), draw(st.sampled_from(LABELS))))
    article = Article("cells", "x" * LENGTH)
    return Document(article, tuple(sides[0])), Document(article, tuple(sides[1]))


PAIRS = st.lists(pairs_of_documents(), min_size=1, max_size=4)


# --- oracles -------------------------------------------------------------------------------------------------


def oracle(pairs: list[tuple[Document, Document]], scheme: str) -> dict[str, tuple[Counts, tuple[float, ...]]]:
    """Per label what nervaluate counts under a scheme, and its precision, recall and F1."""
    sides = [
        [[{"label": s.label, "start": s.start, "end": s.end - 1} for s in pair[side].spans] for pair in pairs]
        for side in (0, 1)
    ]
    found = Evaluator(*sides, tags=list(LABELS), loader="dict").evaluate()["entities"]
    out: dict[str, tuple[Counts, tuple[float, ...]]] = {}
    for label in LABELS:
        if label not in found:  # in neither side: nervaluate leaves it out
            out[label] = (Counts(), (0.0, 0.0, 0.0))
            continue
        r = found[label][scheme]
        counts = Counts(r.correct, r.incorrect + r.spurious, r.incorrect + r.missed)
        out[label] = (counts, (r.precision, r.recall, r.f1))
    return out


def agree(ours: dict[str, Counts], theirs: dict[str, tuple[Counts, tuple[float, ...]]]) -> None:
    for label, (counts, ratios) in theirs.items():
        assert ours[label] == counts
        assert (ours[label].precision, ours[label].recall, ours[label].f1) == pytest.approx(ratios)


@pytest.mark.parametrize("scheme", ["strict", "exact"])
@given(PAIRS)
def test_exact_spans_are_those_of_nervaluate(scheme: str, pairs: list[tuple[Document, Document]]) -> None:
    agree(evaluate(*zip(*pairs, strict=True)).exact, oracle(pairs, scheme))


@given(st.lists(one_to_one(), min_size=1, max_size=3))
def test_overlapping_spans_are_those_of_nervaluate(pairs: list[tuple[Document, Document]]) -> None:
    agree(evaluate(*zip(*pairs, strict=True)).overlap, oracle(pairs, "ent_type"))


@given(pairs_of_documents())
def test_pairs_are_a_matching_that_leaves_nothing_to_pair(pair: tuple[Document, Document]) -> None:
    """Never more than a maximum matching, never less than half: what greedy pairing guarantees."""
    for label in LABELS:
        gold, predicted = ([s for s in document.spans if s.label == label] for document in pair)
        touch = np.array([[len({*range(g.start, g.end)} & {*range(p.start, p.end)}) for p in predicted] for g in gold])
        pairs = overlap_pairs(gold, predicted)
        assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
        assert all(touch[i, j] for i, j in pairs)
        same = {
            (i, j) for i, g in enumerate(gold) for j, p in enumerate(predicted) if (g.start, g.end) == (p.start, p.end)
        }
        assert same <= set(pairs)
        if touch.size:
            best = int((maximum_bipartite_matching(csr_matrix(touch > 0), perm_type="column") >= 0).sum())
            assert best <= 2 * len(pairs) <= 2 * best
            left = np.delete(np.delete(touch, [i for i, _ in pairs], 0), [j for _, j in pairs], 1)
            assert not left.any()
        else:
            assert not pairs


def test_the_greatest_overlap_is_paired_first() -> None:
    gold = [Span(0, 10, CLAIM), Span(10, 30, CLAIM)]
    assert overlap_pairs(gold, [Span(4, 28, CLAIM)]) == [(1, 0)]
    assert overlap_pairs(gold, [Span(4, 12, CLAIM)]) == [(0, 0)]


# --- by hand -------------------------------------------------------------------------------------------------

GOLD = (
    "[[a1|Police said]] [[k=6@a1|six men died]] and [[i>=4@a1|at least four were hurt]]. "
    "[[a2|Karl Weber said]] [[k~20@a2|some 20 people were killed]], but [[m=2|two are missing]]. "
    "[[k0|No one drowned]], a shop sign read."
)
PREDICTED = (
    "[[a1|Police said]] [[k=6@a1|six men died]] and [[i=4@a1|at least four were hurt]]. "
    "Karl [[a2|Weber said]] [[k~20@a2|some 20 people were killed]], but [[m=2@a1|two are missing]]. "
    "[[k0|No one]] drowned, [[a3|a shop sign read]]."
)


def document(notation: str, name: str = "d") -> Document:
    text, spans = parse(notation)
    return Document(Article(name, text), spans)


def test_a_document_worked_out_by_hand() -> None:
    """Of the five claims, four are found exactly (not "No one"). Of these

    - "six men died" is right in all;
    - "at least four were hurt" is read as exactly four: qualifier and high are wrong;
    - "some 20 people were killed" is linked to "Weber said", which overlaps the right one: link, not link_exact;
    - "two are missing" is linked to the police, where nobody says so.
    """
    e = evaluate([document(GOLD)], [document(PREDICTED)])
    assert e.exact == {CLAIM: Counts(4, 1, 1), ATTRIBUTION: Counts(1, 2, 1)}
    assert e.overlap == {CLAIM: Counts(5, 0, 0), ATTRIBUTION: Counts(2, 1, 0)}
    assert e.fields == {
        "harm": Share(4, 4),
        "qualifier": Share(3, 4),
        "count": Share(4, 4),
        "low": Share(4, 4),
        "high": Share(3, 4),
    }
    assert e.record == Share(3, 4)
    assert e.link == Share(3, 4)
    assert e.link_exact == Share(2, 4)
    assert e.end_to_end == Counts(1, 4, 4)
    assert e.confusion == Counter(
        {
            ("harm", "killed", "killed"): 2,
            ("harm", "injured", "injured"): 1,
            ("harm", "missing", "missing"): 1,
            ("qualifier", "exact", "exact"): 2,
            ("qualifier", "at_least", "exact"): 1,
            ("qualifier", "about", "about"): 1,
            ("link", "somebody", "the right one"): 3,
            ("link", "nobody", "somebody"): 1,
        }
    )


def test_the_json_of_the_document_worked_out_by_hand() -> None:
    row = json.loads(json.dumps(evaluate([document(GOLD)], [document(PREDICTED)]).to_json()))
    assert row["exact"][ATTRIBUTION] == {"tp": 1, "fp": 2, "fn": 1, "precision": 0.3333, "recall": 0.5, "f1": 0.4}
    assert row["record"] == {"right": 3, "of": 4, "accuracy": 0.75}
    assert row["record_fields"]["high"] == {"right": 3, "of": 4, "accuracy": 0.75}
    assert row["link_exact"] == {"right": 2, "of": 4, "accuracy": 0.5}
    assert row["end_to_end"]["f1"] == 0.2
    assert {"gold": "at_least", "predicted": "exact", "times": 1} in row["confusion"]["qualifier"]


RECORD = Quantity("between", None, 3, 5)


@pytest.mark.parametrize(
    ("wrong", "change"),
    [
        ("harm", {"harm": "injured"}),
        ("harm", {"harm": None}),
        ("qualifier", {"quantity": replace(RECORD, qualifier="about")}),
        ("count", {"quantity": replace(RECORD, count=4)}),
        ("low", {"quantity": replace(RECORD, low=2)}),
        ("low", {"quantity": replace(RECORD, low=None)}),
        ("high", {"quantity": replace(RECORD, high=None)}),
    ],
)
def test_each_field_of_a_record_is_judged_by_itself(wrong: str, change: dict[str, Any]) -> None:
    article = Article("d", "x" * 20)
    claim = Span(2, 9, CLAIM, "killed", RECORD)
    e = evaluate([Document(article, (claim,))], [Document(article, (replace(claim, **change),))])
    assert {name: share.right for name, share in e.fields.items()} == {name: int(name != wrong) for name in FIELDS}
    assert (e.record, e.link, e.end_to_end) == (Share(0, 1), Share(1, 1), Counts(0, 1, 1))


def test_unknown_is_not_nought() -> None:
    article = Article("d", "x" * 20)
    unknown, nought = (Document(article, (Span(2, 9, CLAIM, "killed", q),)) for q in (None, bounds("none", 0)))
    e = evaluate([unknown], [nought])
    assert [e.fields[name].right for name in FIELDS] == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("wanted", "given", "link", "link_exact", "kinds"),
    [
        (None, None, 1, 1, ("nobody", "nobody")),
        (None, 1, 0, 0, ("nobody", "somebody")),
        (1, None, 0, 0, ("somebody", "nobody")),
        (1, 1, 1, 1, ("somebody", "the right one")),
        (1, 2, 0, 0, ("somebody", "another one")),
    ],
)
def test_links(wanted: int | None, given: int | None, link: int, link_exact: int, kinds: tuple[str, str]) -> None:
    article = Article("d", "x" * 40)
    said = (Span(10, 15, ATTRIBUTION), Span(20, 25, ATTRIBUTION))
    gold, predicted = (
        Document(article, (Span(2, 9, CLAIM, "killed", RECORD, target), *said)) for target in (wanted, given)
    )
    e = evaluate([gold], [predicted])
    assert (e.link, e.link_exact) == (Share(link, 1), Share(link_exact, 1))
    assert e.end_to_end == Counts(link_exact, 1 - link_exact, 1 - link_exact)
    assert e.confusion["link", *kinds] == 1


def test_labels_are_told_apart() -> None:
    article = Article("d", "x" * 20)
    claim, said = Document(article, (Span(2, 9, CLAIM),)), Document(article, (Span(2, 9, ATTRIBUTION),))
    e = evaluate([claim], [said])
    assert e.exact == e.overlap == {CLAIM: Counts(0, 0, 1), ATTRIBUTION: Counts(0, 1, 0)}
    assert (e.record, e.link) == (Share(), Share())


# --- laws ----------------------------------------------------------------------------------------------------


def numbers(value: Any, path: tuple[Any, ...] = ()) -> Counter[tuple[Any, ...]]:
    """All counts of an evaluation by their place in it."""
    if isinstance(value, int):
        return Counter({path: value})
    if isinstance(value, tuple):
        items = list(enumerate(value))
    elif isinstance(value, dict):
        items = list(value.items())
    else:
        items = [(f.name, getattr(value, f.name)) for f in fields(value)]
    return sum((numbers(part, (*path, name)) for name, part in items), Counter())


@given(PAIRS)
def test_evaluations_add_up(pairs: list[tuple[Document, Document]]) -> None:
    """All documents at once, their evaluations added, and every count of these added by itself."""
    parts = [evaluate([g], [p]) for g, p in pairs]
    whole = evaluate(*zip(*pairs, strict=True))
    assert whole == sum(parts, Evaluation())
    assert numbers(whole) == sum(map(numbers, parts), Counter())


def test_three_times_the_document_worked_out_by_hand() -> None:
    once, thrice = (numbers(evaluate([document(GOLD)] * n, [document(PREDICTED)] * n)) for n in (1, 3))
    assert thrice == {path: 3 * times for path, times in once.items()}
    assert once["confusion", ("qualifier", "exact", "exact")] == 2


@given(PAIRS.flatmap(lambda pairs: st.tuples(st.just(pairs), st.permutations(pairs))))
def test_the_order_of_documents_does_not_matter(orders: tuple[list[Any], list[Any]]) -> None:
    one, other = (evaluate(*zip(*pairs, strict=True)) for pairs in orders)
    assert one == other
    assert one.to_json() == other.to_json()


@given(pairs_of_documents(), st.randoms(use_true_random=False))
def test_the_order_of_spans_does_not_matter(pair: tuple[Document, Document], random: Any) -> None:
    gold, predicted = pair
    order = [*range(len(predicted.spans))]
    random.shuffle(order)
    spans = [predicted.spans[i] for i in order]
    links = [s.attributed_to if s.attributed_to is None else order.index(s.attributed_to) for s in spans]
    shuffled = tuple(replace(s, attributed_to=link) for s, link in zip(spans, links, strict=True))
    assert evaluate([gold], [predicted]) == evaluate([gold], [replace(predicted, spans=shuffled)])


@given(pairs_of_documents())
def test_gold_and_predicted_trade_places(pair: tuple[Document, Document]) -> None:
    """What is missed one way is invented the other."""
    one, other = evaluate([pair[0]], [pair[1]]), evaluate([pair[1]], [pair[0]])
    turned = {label: Counts(c.tp, c.fn, c.fp) for label, c in other.exact.items()}
    assert one.exact == turned
    assert (one.record, one.link, one.link_exact) == (other.record, other.link, other.link_exact)


@given(PAIRS)
def test_a_perfect_prediction_is_right_everywhere(pairs: list[tuple[Document, Document]]) -> None:
    gold = [g for g, _ in pairs]
    e = evaluate(gold, gold)
    claims = sum(len(d.claims) for d in gold)
    sizes = {CLAIM: claims, ATTRIBUTION: sum(len(d.attributions) for d in gold)}
    assert e.exact == e.overlap == {label: Counts(tp=size) for label, size in sizes.items()}
    assert e.end_to_end == Counts(tp=claims)
    assert {*e.fields.values(), e.record, e.link, e.link_exact} == {Share(claims, claims)}
    for label, size in sizes.items():
        assert (e.exact[label].precision, e.exact[label].recall, e.exact[label].f1) == (
            (1, 1, 1) if size else (0, 0, 0)
        )


@pytest.mark.parametrize("ratio", [lambda e: e.exact[CLAIM], lambda e: e.overlap[ATTRIBUTION], lambda e: e.end_to_end])
def test_an_empty_prediction_finds_nothing(ratio: Callable[[Evaluation], Counts]) -> None:
    gold = document(GOLD)
    e = evaluate([gold], [replace(gold, spans=())])
    counts = ratio(e)
    assert (counts.precision, counts.recall, counts.f1) == (0, 0, 0)
    assert counts.fn > 0 == counts.tp == counts.fp
    assert {e.record.accuracy, e.link.accuracy, e.link_exact.accuracy, *(s.accuracy for s in e.fields.values())} == {0}
    assert json.loads(json.dumps(e.to_json()))["record"] == {"right": 0, "of": 0, "accuracy": 0}


def test_nothing_at_all_is_no_error() -> None:
    assert evaluate([], []) == Evaluation()
    bare = Document(Article("d", "Nothing happened."))
    e = evaluate([bare], [bare])
    assert e.exact == e.overlap == {label: Counts() for label in LABELS}
    assert e.end_to_end.f1 == 0


def test_documents_of_another_text_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'a' and 'b' are not the same text"):
        evaluate([document("Six died.", "a")], [document("Six died .", "b")])


@pytest.mark.parametrize("sides", [(1, 2), (2, 1)])
def test_documents_without_a_counterpart_are_refused(sides: tuple[int, int]) -> None:
    gold, predicted = ([document("Six died.")] * n for n in sides)
    with pytest.raises(ValueError, match=r"shorter|longer"):
        evaluate(gold, predicted)
