"""The people phrase of a claim."""

from __future__ import annotations

import pytest
from casualty_claims.models.victims import victims_phrase
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("claim", "people"),
    [
        ("At least 26 people have been killed", "people"),
        ("killed around 40 of Vasquez's bandits", "Vasquez's bandits"),
        ("31 people, including nuns and pupils, were killed", "people, including nuns and pupils"),
        ("shot dead Mullah Karim", "Mullah Karim"),
        ("83 wounded", None),
        ("six policemen", "policemen"),
        ("two members of the Gao Brigade", "members of the Gao Brigade"),
        ("a Bolivian girl who was already dead", "Bolivian girl"),
        ("toll of sailors drowned since June 2011 to 58", "sailors"),
        ("deaths of 14 raiders", "raiders"),
        ("number of deaths has climbed to 2,415", None),
        ("death toll at 64", None),
        ("his badly injured niece Marta", "niece Marta"),
        ("his niece is still missing", "his niece"),
        ("killed her", "her"),
        ("shot himself dead", "himself"),
        ("two of them nurses, have died", "nurses"),
        ("most of them stabbed to death", None),
        ("15 dead bodies", None),
        ("a 61-year-old baker from Lille was killed", "baker"),
        ("body of an Angolan schoolboy", "Angolan schoolboy"),
        ("a total of 318 people were killed", "people"),
        ("Lt. Col. James Harrow was killed", "Lt. Col. James Harrow"),
        ("lives of 21 hikers", "hikers"),
        ("wounded and killed thousands", None),
        ("two tourists who were rowing on the lake were killed", "tourists"),
        ("injured 13 others", "others"),
        ("Maria Lopes, 34, was found dead", "Maria Lopes"),
        ("nobody was hurt", None),
        ("killing an elderly couple", "elderly couple"),
        ("His parents", "His parents"),
        ("killed six Islamic State fighters", "Islamic State fighters"),
        ("two suicide bombers died", "suicide bombers"),
        ("12 people - mostly pupils - died", "people"),
        ("inflicted heavy losses on the militants", "militants"),
        ("without any casualties", None),
        ("Casualties among the guards were light", "guards"),
        ("several other bodies", None),
        ("turned the gun on himself", "himself"),
        ("Two Shot Dead", None),
        ("GUN DOWN MIGRANT WORKERS", "MIGRANT WORKERS"),
        ("AT LEAST 26 PEOPLE HAVE BEEN KILLED", "PEOPLE"),
        ("", None),
    ],
)
def test_people_phrase(claim: str, people: str | None) -> None:
    found = victims_phrase(claim)
    assert (None if found is None else claim[slice(*found)]) == people


@pytest.mark.parametrize("space", ["\n", "  ", "\u00a0"])
def test_other_blanks_change_nothing(space: str) -> None:
    claim = "at least 12 Red Cross nurses were killed".replace(" ", space)
    found = victims_phrase(claim)
    assert found is not None
    assert claim[slice(*found)].split() == ["Red", "Cross", "nurses"]


@given(st.text(max_size=100))
def test_offsets_stay_inside_and_hold_words(text: str) -> None:
    found = victims_phrase(text)
    if found is not None:
        start, end = found
        assert 0 <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
