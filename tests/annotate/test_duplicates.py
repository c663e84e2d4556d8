"""What is left out as there already, and what never may be."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

import pytest
from casualty_claims.annotate.choosing.duplicates import (
    BANDS,
    NEAR,
    SHORTEST,
    Seen,
    rows_of,
    shingles,
    similarity,
    telling,
)
from hypothesis import given, settings
from hypothesis import strategies as st

DEAD = "Police said 12 people were killed in Tarnova on Monday."
LONG = "Colonel Dara Obin told reporters that the road to Belmar stayed shut and that repairs would take a week."


@pytest.fixture
def seen() -> Iterator[Seen]:
    with Seen() as it:
        yield it


@pytest.mark.parametrize("other", [DEAD, DEAD.upper(), f"  {DEAD.replace(' ', '  ')}\n", DEAD.replace(" ", "\u00a0")])
def test_the_same_words_are_exact_duplicates(seen: Seen, other: str) -> None:
    assert seen.check("first", DEAD) is None
    found = seen.check("second", other)
    assert found is not None
    assert (found.key, found.text, found.kind, found.of) == ("second", other, "exact", "first")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (DEAD, "Police said 12 people were killed in Tarnova, on Monday"),
        (DEAD, "Police said that 12 people were killed in Tarnova on Monday."),
        (DEAD, "“Police said 12 people were killed in Tarnova on Monday.”"),
        (LONG, LONG.replace("told reporters", "told the reporters")),
        (LONG, LONG.replace("a week", "a week, in Tarnova")),
        (LONG, LONG.replace("repairs", "repair")),
    ],
)
def test_nearly_the_same_words_are_near_duplicates(seen: Seen, one: str, other: str) -> None:
    assert seen.check("first", one) is None
    found = seen.check("second", other)
    assert found is not None
    assert (found.kind, found.of) == ("near", "first")
    assert NEAR <= found.similarity <= 1.0


@pytest.mark.parametrize(
    "other",
    [
        DEAD.replace("12", "30"),
        DEAD.replace("12", "1,200"),
        DEAD.replace("12", "twelve"),
        DEAD.replace("12", "at least 12"),
        DEAD.replace("12", "up to 12"),
        DEAD.replace("12", "dozens of"),
        DEAD.replace("were killed", "were wounded"),
        DEAD.replace("were killed", "were not killed"),
        DEAD.replace("Tarnova", "Belmar"),
        DEAD.replace("Police said", "A spokesman denied that"),
    ],
)
def test_another_figure_harm_or_place_is_no_duplicate(seen: Seen, other: str) -> None:
    assert seen.check("first", DEAD) is None
    assert seen.check("second", other) is None


def test_figures_that_change_places_are_no_duplicates_in_the_longest_sentence(seen: Seen) -> None:
    tail = " at a market in the centre of Belmar, the mayor said after a visit to the hospital beside the river."
    assert seen.check("a", "The blast killed 3 and wounded 5" + tail) is None
    assert seen.check("b", "The blast killed 5 and wounded 3" + tail) is None
    assert seen.check("c", "The blast killed 3 and wounded 5" + tail.replace("visit", "visit,")) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("He said so.", "She said so."), ("Roads shut", "Road shut"), ("Aid came late", "Aid came later")],
)
def test_short_sentences_differ_by_a_letter(seen: Seen, one: str, other: str) -> None:
    assert max(len(one), len(other)) < SHORTEST
    assert seen.check("first", one) is None
    assert seen.check("second", other) is None


def test_short_sentences_may_differ_in_punctuation(seen: Seen) -> None:
    assert seen.check("first", "He said so.") is None
    found = seen.check("second", "“He said so”")
    assert found is not None
    assert (found.kind, found.similarity) == ("near", 1.0)


def test_sentences_without_words_are_only_ever_the_same(seen: Seen) -> None:
    assert [seen.check(mark, mark) is None for mark in ("***", "---", "***", "🙂")] == [True, True, False, True]


def test_the_first_is_kept_and_named(seen: Seen) -> None:
    assert [seen.check(f"s{i}", t) for i, t in enumerate([DEAD, LONG])] == [None, None]
    found = [seen.check("x", DEAD), seen.check("y", LONG.replace("repairs", "repair")), seen.check("z", LONG)]
    assert [d.of for d in found if d] == ["s0", "s1", "s1"]


@given(st.text(max_size=80), st.text(max_size=80))
def test_similarity_is_a_similarity(one: str, other: str) -> None:
    assert 0.0 <= similarity(one, other) == similarity(other, one) <= 1.0
    assert similarity(one, one) == (1.0 if shingles(one) else 0.0)
    if telling(one) != telling(other):
        assert similarity(one, other) == 0.0


WORDS = "the road market by old river bridge was shut for weeks after night talks with men from coastal towns".split()


def test_the_made_up_words_tell_nothing() -> None:
    assert telling(" ".join(WORDS)) == ()


def corpus(seed: int, count: int = 200) -> list[str]:
    """Made-up sentences, many of them small changes of earlier ones, so that similarities of all sizes are there."""
    draw = random.Random(seed)
    made: list[list[str]] = []
    for _ in range(count):
        words = list(draw.choice(made)) if made and draw.random() < 0.7 else draw.choices(WORDS, k=draw.randint(4, 22))
        for _ in range(draw.choice((0, 1, 1, 2, 3))):
            words[draw.randrange(len(words))] = draw.choice([*WORDS, "12", "30", "killed"])
        made.append(words)
    return [" ".join(words) + draw.choice((".", "", "!")) for words in made]


def jaccard(one: str, other: str) -> float:
    """An oracle of its own: 5-character windows of the words, where the telling words agree."""
    tell = {"12", "30", "killed"}
    a, b = (t.rstrip(".!") for t in (one, other))
    numbers = [[w for w in t.split() if w in tell] for t in (a, b)]
    if numbers[0] != numbers[1]:
        return 0.0
    if min(len(a), len(b)) < SHORTEST:
        return float(a == b)
    first, second = ({t[i : i + 5] for i in range(len(t) - 4)} for t in (a, b))
    return len(first & second) / len(first | second)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.6, 0.8, 0.95]))
def test_what_is_left_out_is_what_comparing_all_pairs_leaves_out(seed: int, near: float) -> None:
    texts = corpus(seed)
    kept: list[str] = []
    missed = 0
    with Seen(near) as seen:
        for text in texts:
            likeness = max((jaccard(text, other) for other in kept), default=0.0)
            found = seen.check(text, text)
            if found is not None:
                assert jaccard(text, found.of) == pytest.approx(found.similarity)
                assert found.similarity >= near
                continue
            missed += likeness >= near  # hashing may miss a pair; it must not often
            kept.append(text)
    assert missed <= 0.03 * len(texts)


def test_accidents_of_hashes_drop_no_sentence(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all sentences share all hashes, only true duplicates are left out."""

    texts = list(dict.fromkeys(corpus(3, 120)))
    expected: list[str] = []
    for text in texts:
        if all(jaccard(text, other) < NEAR for other in expected):
            expected.append(text)
    monkeypatch.setattr(zlib, "crc32", lambda _: 1)
    monkeypatch.setattr(seen, "_bands", lambda _: [1, 2])
    assert [text for text in texts if seen.check(text, text) is None] == expected


def test_a_disk_that_refuses_is_told(seen: Seen) -> None:
    seen._base.execute("PRAGMA max_page_count = 10")
    with pytest.raises(OSError, match="cannot be kept on the disk"):
        for text in corpus(1, 3000):
            seen.check(text, text)


@pytest.mark.parametrize("near", [0.3, 0.5, 0.7, 0.8, 0.9, 1.0])
def test_bands_miss_hardly_a_pair_at_the_similarity_asked_for(near: float) -> None:
    miss = (1 - near ** rows_of(near)) ** BANDS
    assert miss < 0.03
    assert rows_of(near) >= rows_of(near / 2)


@pytest.mark.parametrize("near", [0.0, -1.0, 1.01, float("nan")])
def test_a_similarity_lies_between_0_and_1(near: float) -> None:
    with pytest.raises(ValueError, match="near is"):
        Seen(near)
