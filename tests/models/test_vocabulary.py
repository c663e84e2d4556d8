"""What a token's spelling says, and the table of types."""

from __future__ import annotations

import pytest
from casualty_claims.models.vocabulary import (
    CLASSES,
    MEMBERSHIPS,
    PAD,
    Lexicons,
    Vocabulary,
    shape,
    token_class,
    type_features,
)
from hypothesis import given
from hypothesis import strategies as st

TOKENS = st.text(min_size=1).filter(lambda s: not s.isspace())


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (PAD, "pad"),
        (",", "comma"),
        ("…", "stop"),
        ("—", "dash"),
        ("”", "quote"),
        ("'", "quote"),
        ("(", "bracket"),
        (";", "colon"),
        ("1,250", "number"),
        ("7", "number"),
        ("2014", "year"),
        ("1899", "year"),
        ("2140", "number"),
        ("20145", "number"),
        ("The", "article"),
        ("OTHERS", "others"),
        ("Their", "possessive"),
        ("Were", "be"),
        ("Killed", "killed"),
        ("wounded", "injured"),
        ("bodies", "killed"),
        ("seven", "number"),
        ("dozens", "vague"),
        ("said", "cue"),
        ("He", "pronoun"),
        ("people", "people"),
        ("officers", "source"),
        ("of", "function"),
        ("Zorvaqal", "capital"),
        ("zorvaqal", "lower"),
        ("%", "other"),
        ("½", "other"),
        ("²", "number"),
        ("\x00", "other"),
        ("한", "lower"),
    ],
)
def test_class(lexicons: Lexicons, token: str, expected: str) -> None:
    assert token_class(token, lexicons) == expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("10,000", "d5,"),
        ("3.5", "d2."),
        ("1,250.5", "d5,."),
        ("123456789", "d6"),
        ("US", "XX"),
        ("A", "X"),
        ("McGill", "Xx"),
        ("Élan", "Xx"),
        ("fell", "x"),
        ("-", "p"),
    ],
)
def test_shape(token: str, expected: str) -> None:
    assert shape(token) == expected


def test_the_features_of_a_word_a_figure_and_a_mark(lexicons: Lexicons) -> None:
    assert set(type_features("Bodies", lexicons)) >= {
        "h=Xx",
        "w=bodies",
        "s3=ies",
        "s2=es",
        "p4=bodi",
        "in=killed",
        "in=people",
    }
    figure = type_features("1,250", lexicons)
    assert set(figure) == {"c=number", "h=d4,"}, "a figure is not learned by heart"
    assert set(type_features("“", lexicons)) == {"c=quote", "h=p", 'w="'}
    assert type_features(PAD, lexicons) == ("pad",)


def test_membership_follows_the_lists_given() -> None:
    other = {**dict.fromkeys(MEMBERSHIPS, frozenset[str]()), "killed": frozenset({"zorvaqal"})}
    assert token_class("Zorvaqal", other) == "killed" and token_class("died", other) == "lower"
    assert "in=killed" in type_features("zorvaqal", other)


@given(TOKENS)
def test_every_token_has_a_class_a_shape_and_distinct_features(lexicons: Lexicons, token: str) -> None:
    found = type_features(token, lexicons)
    assert token_class(token, lexicons) in CLASSES
    assert f"h={shape(token)}" in found
    assert len(set(found)) == len(found)


@given(st.lists(TOKENS))
def test_ids_are_stable_and_name_their_tokens(lexicons: Lexicons, tokens: list[str]) -> None:
    vocabulary = Vocabulary(lexicons)
    ids = vocabulary.ids(tokens)
    assert 0 not in ids, "0 is padding"
    assert [vocabulary.tokens[i] for i in ids] == tokens
    assert vocabulary.ids(tokens[::-1]) == ids[::-1]
    assert len(vocabulary) == len(set(tokens)) + 1
    assert vocabulary.hashes.shape == vocabulary.classes.shape == (len(vocabulary),)
    assert [CLASSES[c] for c in vocabulary.classes] == [token_class(t, lexicons) for t in vocabulary.tokens]
    assert [vocabulary.features(i) for i in ids] == [type_features(t, lexicons) for t in tokens]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Killed", "killed"), ("POLICE", "police"), ("31", "87"), ("1,250", "4,999"), ("“", '"'), ("‘", "’")],
)
def test_equal_hashes(lexicons: Lexicons, one: str, other: str) -> None:
    vocabulary = Vocabulary(lexicons)
    a, b = vocabulary.ids([one, other])
    assert a != b and vocabulary.hashes[a] == vocabulary.hashes[b]


def test_different_hashes(lexicons: Lexicons) -> None:
    vocabulary = Vocabulary(lexicons)
    vocabulary.ids(["killed", "kills", "31", "311", "3.1", "3,1", ",", "."])
    assert len(set(vocabulary.hashes.tolist())) == len(vocabulary)


def test_hashes_are_the_same_in_every_vocabulary(lexicons: Lexicons) -> None:
    one, other = Vocabulary(lexicons), Vocabulary(lexicons)
    one.ids(["first", "killed"])
    here, there = one.ids(["killed"])[0], other.ids(["killed"])[0]
    assert here != there and one.hashes[here] == other.hashes[there]


def test_a_full_vocabulary_is_cleared_and_says_so(lexicons: Lexicons) -> None:
    vocabulary = Vocabulary(lexicons, limit=3)
    vocabulary.ids(["a", "b"])
    assert not vocabulary.full
    vocabulary.ids(["c"])
    assert vocabulary.full
    before = vocabulary.generation
    vocabulary.clear()
    assert vocabulary.generation == before + 1 and not vocabulary.full
    assert vocabulary.tokens == [PAD] and vocabulary.hashes.size == 1
    assert vocabulary.ids(["b"]) == [1]
