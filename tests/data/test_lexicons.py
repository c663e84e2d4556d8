"""The word lists: well formed, wide enough, and found from an installed package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from casualty_claims.data.documents import DocumentError
from casualty_claims.data.lexicons import LEXICONS, lexicon

FOLDER = files("casualty_claims.data").joinpath("lexicons")


def lines(name: str) -> list[str]:
    return FOLDER.joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", LEXICONS)
def test_each_list_is_one_lower_case_word_a_line_sorted_under_a_head(name: str) -> None:
    head = [line for line in lines(name) if line.startswith("#")]
    words = lines(name)[len(head) :]
    assert head, "a list says what it is"
    assert words == sorted(set(words))
    assert all(word == word.lower() and word.split() == [word] for word in words)
    assert lexicon(name) == frozenset(words)


def test_names_are_the_files() -> None:
    assert sorted(Path(str(item)).stem for item in FOLDER.iterdir()) == sorted(LEXICONS)


def test_an_unknown_list_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(DocumentError, match=r"'robots'.*killed"):
        lexicon("robots")
    with pytest.raises(DocumentError):
        lexicon("../lexicons/killed")


@pytest.mark.parametrize(
    ("name", "least"), [("people", 900), ("demonyms", 450), ("sources", 350), ("places_common", 300)]
)
def test_coverage_of_the_long_lists(name: str, least: int) -> None:
    assert len(lexicon(name)) >= least


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("people", "militiaman militiamen pilgrims schoolgirl gis crewmen peasants toddlers passer-by troops"),
        ("demonyms", "iraqi iraqis chechens shia shiites hutu tutsis kurdish filipinos basque rohingya"),
        ("killed", "killed killing slain slew perished drowned beheaded corpses fatalities martyrs died dies deaths"),
        ("injured", "wounded hurt injuries burned shrapnel hospitalised hospitalized maimed"),
        ("cues", "said says told adding confirmed estimates denied citing according wrote quoted"),
        ("noncues", "vowed urged demanded accused blamed promised threatened"),
        ("titles", "mr lt col gen sgt sheikh president"),
        ("outlets", "reuters afp xinhua interfax bbc"),
        ("number_words", "one twenty-one hundred dozen half"),
        ("negation", "no none nobody without neither"),
        ("verbs_custody", "arrested kidnapped displaced rescued"),
    ],
)
def test_words_that_must_be_there(name: str, words: str) -> None:
    assert set(words.split()) <= lexicon(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("killed", "injured"),
        ("people", "vehicles_weapons"),
        ("people", "animals"),
        ("cues", "negation"),
        ("killed", "cues"),
    ],
)
def test_lists_that_decide_against_each_other_hardly_overlap(one: str, other: str) -> None:
    both = lexicon(one) & lexicon(other)
    assert len(both) <= 12, sorted(both)
