"""Word lists: people, harms, sources, reporting verbs and the like, as they stand in world news.

Each list is a text file beside this module, ``lexicons/NAME.txt``: one lower-case word a line in all its
inflected forms, under a ``#`` head that says what the list holds and why. The lists overlap where words do
("body" is a harm and a noun); they say what a word *can* be, the models decide what it is.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from .documents import DocumentError

LEXICONS: tuple[str, ...] = (
    "animals",
    "casualty",
    "collectives",
    "cue_nouns",
    "cues",
    "demonyms",
    "function_words",
    "harm_other",
    "injured",
    "killed",
    "kinship",
    "missing",
    "money_units",
    "negation",
    "noncues",
    "number_words",
    "outlets",
    "people",
    "places_common",
    "pronouns",
    "qualifiers",
    "quantifiers",
    "sources",
    "sport_business",
    "time_words",
    "titles",
    "vehicles_weapons",
    "verbs_custody",
)


@cache
def lexicon(name: str) -> frozenset[str]:
    """The words of one list. Raises ``DocumentError`` if ``name`` is not in ``LEXICONS``."""
    if name not in LEXICONS:
        raise DocumentError(f"there is no word list {name!r}; the lists are {', '.join(LEXICONS)}")
    # found beside this module, so it works from a checkout, an editable install and a wheel alike
    lines = files(__package__).joinpath("lexicons", f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
