"""Who says it: links to attributions near by, in the same document, or to nobody."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from casualty_claims.data.documents import ATTRIBUTION, Article, Document
from casualty_claims.data.notation import parse
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models import linker as module
from casualty_claims.models.linker import Linker
from casualty_claims.models.pairs import AHEAD, BACK, LINK_FEATURES, NOBODY, Scene, candidates_of, pair_features
from sklearn.base import clone
from sklearn.exceptions import NotFittedError


def document(notation: str) -> Document:
    text, spans = parse(notation)
    return Document(Article("made-up", text), spans)


def scene_of(text: str) -> Scene:
    return Scene.of(text, split_sentences(text))


def unlinked(documents: list[Document]) -> list[Document]:
    return [replace(d, spans=tuple(replace(s, attributed_to=None) for s in d.spans)) for d in documents]


def links(document: Document) -> list[int | None]:
    return [span.attributed_to for _, span in document.claims]


def test_it_finds_the_links_of_reports_like_those_it_learned_from(
    linker: Linker, fresh_documents: list[Document]
) -> None:
    found = linker.predict(unlinked(fresh_documents))
    pairs = [pair for d, e in zip(found, fresh_documents, strict=True) for pair in zip(links(d), links(e), strict=True)]
    assert sum(a == b for a, b in pairs) > 0.9 * len(pairs)
    assert {link is None for d in found for link in links(d)} == {True, False}


def test_links_point_at_attributions_and_carry_a_probability(linker: Linker, fresh_documents: list[Document]) -> None:
    given = unlinked(fresh_documents)
    for before, after in zip(given, linker.predict(given), strict=True):
        assert after.article is before.article and len(after.spans) == len(before.spans)
        for old, new in zip(before.spans, after.spans, strict=True):
            if not new.is_claim:
                assert new is old
                continue
            assert new.link_confidence is not None and 0 < new.link_confidence <= 1
            assert replace(new, attributed_to=None, link_confidence=None) == old
            if new.attributed_to is not None:
                assert after.spans[new.attributed_to].label == ATTRIBUTION


def test_links_do_not_hang_on_the_gold_ones_or_on_other_documents(
    linker: Linker, fresh_documents: list[Document]
) -> None:
    expected = linker.predict(unlinked(fresh_documents))
    assert linker.predict(fresh_documents) == expected
    for before, after in zip(fresh_documents, expected, strict=True):
        assert linker.predict([before]) == [after]


def test_a_claim_beside_no_attribution_is_nobodys(linker: Linker) -> None:
    plain = document("The blast [[k=7|killed 7 people]]. Later [[i=3|3 were hurt]].")
    (found,) = linker.predict([plain])
    assert links(found) == [None, None]
    assert all((span.link_confidence or 0) > 0.9 for span in found.spans)


@pytest.mark.parametrize("notation", ["Nobody spoke.", "[[a1|Police said]] the road was shut."])
def test_without_claims_a_document_stays_as_it_is(linker: Linker, notation: str) -> None:
    given = document(notation)
    assert linker.predict([given]) == [given]


def test_no_documents_and_not_fitted(linker: Linker) -> None:
    assert linker.predict([]) == []
    with pytest.raises(NotFittedError):
        Linker().predict([])


def test_pickled_cloned_and_learned_again(linker: Linker, documents: list[Document]) -> None:
    some = unlinked(documents[:6])
    expected = linker.predict(some)
    assert pickle.loads(pickle.dumps(linker)).predict(some) == expected
    copy = clone(linker)
    assert copy.trees == linker.trees and not hasattr(copy, "forest_")
    assert copy.fit(documents).predict(some) == expected


@pytest.mark.parametrize(
    "notations",
    [
        [],
        ["Nobody spoke.", "[[a1|Police said]] so."],
        ["The blast [[k=7|killed 7 people]].", "[[k=2|Two men died]]."],
    ],
)
def test_nothing_to_learn_from(notations: list[str]) -> None:
    with pytest.raises(ValueError, match="no links to learn from"):
        Linker().fit([document(notation) for notation in notations])


@pytest.mark.parametrize(("sentences", "near"), [(BACK, True), (BACK + 1, False), (BACK + 3, False)])
def test_an_attribution_far_before_is_no_candidate(linker: Linker, sentences: int, near: bool) -> None:
    filler = "The road was shut. " * (sentences - 1)
    given = document(f"[[a1|Police said]] it began. {filler}[[k=7|7 people were killed]] there.")
    ((_, claim),) = given.claims
    scene = scene_of(given.text)
    assert candidates_of(scene, claim, given.attributions) == ([NOBODY, 0] if near else [NOBODY])
    if not near:
        (found,) = linker.predict([given])
        assert links(found) == [None] and (found.spans[1].link_confidence or 0) > 0.9


@pytest.mark.parametrize(("sentences", "near"), [(AHEAD, True), (AHEAD + 1, False)])
def test_an_attribution_far_behind_is_no_candidate(sentences: int, near: bool) -> None:
    filler = "The road was shut. " * (sentences - 1)
    given = document(f"[[k=7|7 people were killed]] there. {filler}[[a1|Police said]] it began.")
    ((_, claim),) = given.claims
    assert candidates_of(scene_of(given.text), claim, given.attributions) == ([NOBODY, 0] if near else [NOBODY])


@pytest.mark.parametrize(
    ("text", "inside"),  # what stands between ^ and ^ is quoted
    [
        ("He said “^six died^” there.", True),
        ('He said "^six died^" there.', True),
        ('"One." He said ^six died^ there.', False),
        ("“One.” He said ^six died^ there.", False),
        ("“One,” he said. “^Six died^.”", True),
        ('"One," he said. "^Six died^."', True),
        ("“One. Two. ^Six died^. Three.”", True),
        ("“One.\n^Six died^.", False),  # a stray mark reaches no further than its line
        ('"One.\n"^Six died^."', True),  # each paragraph of a long quotation opens anew
        ("“One “two” ^six died^.", False),
        ("‘^Six died^’ he said.", False),  # single marks may be apostrophes
        ("Six’s ^six died^", False),
    ],
)
def test_quotation(text: str, inside: bool) -> None:
    before, words, _ = text.split("^")
    scene = scene_of(text.replace("^", ""))
    start = len(before)
    assert [scene.quoted(offset) for offset in range(start, start + len(words))] == [inside] * len(words)


def test_sentences_are_found_by_offset() -> None:
    text = "One fell. Two rose.\n\nThree sat."
    scene = scene_of(text)
    bounds = split_sentences(text)
    assert [scene.sentence(start) for start, _ in bounds] == [0, 1, 2]
    assert [scene.sentence(end - 1) for _, end in bounds] == [0, 1, 2]


def test_features_have_a_row_a_candidate_and_tell_the_sides_apart() -> None:
    given = document(
        "[[a1|Police said]], “[[k=7@a1|7 people were killed]]”, but [[i=3@a2|3 were hurt]], [[a2|said a medic]]."
    )
    claims, attributions = [span for _, span in given.claims], given.attributions
    scene = scene_of(given.text)
    for claim in claims:
        candidates = candidates_of(scene, claim, attributions)
        assert candidates == [NOBODY, 0, 1]
        rows = np.array(pair_features(scene, claim, claims, attributions, candidates))
        assert rows.shape == (3, LINK_FEATURES) and np.isfinite(rows).all()
        assert len({tuple(row) for row in rows.tolist()}) == 3


def test_links_are_less_certain_where_sources_go_unfound(
    documents: list[Document], fresh_documents: list[Document]
) -> None:
    """The probabilities of links are learned from what a tagger finds: here it misses every third attribution."""
    blind = [[s for i, s in enumerate(d.spans) if s.is_claim or (i + n) % 3] for n, d in enumerate(documents)]
    told, untold = Linker(trees=15).fit(documents, found=blind), Linker(trees=15).fit(documents)
    bare = [replace(d, spans=tuple(s for s in d.spans if s.is_claim)) for d in unlinked(fresh_documents)]
    doubtful, sure = (
        [s.link_confidence or 0 for d in one.predict(bare) for _, s in d.claims] for one in (told, untold)
    )
    assert np.mean(doubtful) < np.mean(sure) - 0.1


def test_shares_of_each_claim_sum_to_one() -> None:
    scores = np.array([1e4, -1e4, 0.0, 3.0, 3.0, 3.0])
    shares = module._shares(scores, np.array([0, 0, 1, 2, 2, 2]))
    np.testing.assert_allclose(shares, [1, 0, 1, 1 / 3, 1 / 3, 1 / 3])


def test_a_very_long_gap_is_linked_in_bounded_time(linker: Linker) -> None:
    given = document(f"[[a1|Police said]] {'on and ' * 30_000}[[k=7@a1|7 people were killed]].")
    (found,) = linker.predict(unlinked([given]))
    assert len(found.spans) == 2
