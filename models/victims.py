"""Whom a claim counts: the people phrase, without qualifier, quantity and harm word.

The phrase ends where a verb, a relative clause, a place or a cause begins. What is kept: an ``of``-phrase that
says who ("members of the Mahdi Army"), a possessor ("Zarqawi's militiamen"), a name, a pronoun, and an
uncounted part inside the claim ("people, including women and children"). What is dropped at its start:
articles, "of", "of them", and words of counting such as "more" and "another".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..data.lexicons import lexicon
from .figures import PEOPLE
from .quantities import find_quantity, flatten

_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*'?")
_PARTITIVE = re.compile(r"\s*of (?:them|whom|these|those|which)\b")
_INCLUDING = re.compile(r",? including (?!\d)")
_COMPOUND = re.compile(r"suicide[ -](?:bomber|attacker)|(?<=islamic )state\b")  # no harm and no verb
_COUNTED_PEOPLE = re.compile(r"\b(?:couple(?! of)|twins|triplets|(?:grand)?parents)\b")
_EVENTS = frozenset(
    """number toll tolls fate wounds burns cuts hospital lost claimed claims claim losing loses lose cost costs left
    leaving leaves missing disappeared destroyed shot shooting shoots hit struck stabbed stabbing beaten hacked
    mowing mowed gunned attacked blew blown crushed trapped taken rescued risen aged loss losses else alive
    inflict inflicts inflicted inflicting sides very heavy light negligible terrible""".split()
)
_HARMS = lexicon("killed") | lexicon("injured") | lexicon("casualty") | _EVENTS
_VERBS = (lexicon("harm_other") | lexicon("verbs_custody") | lexicon("cues")) - PEOPLE  # verbs, once people are named
_LINKS = {"of", "and", "or", "but"}
_POSSESSIVES = {"his", "her", "their", "its", "my", "our"}
_COUNTING = frozenset(
    """more another further so all as some both additional extra many plus odd strong only just mostly one those
    these a an the in total least at any""".split()
)
_STOPS = (lexicon("function_words") | _HARMS) - _LINKS - _POSSESSIVES - _COUNTING | {"in", "at", "there", "when"}
_PERSONS = PEOPLE | lexicon("collectives") | lexicon("titles") | lexicon("pronouns")


def victims_phrase(text: str) -> tuple[int, int] | None:
    """Offsets of the people phrase within the words of a claim; None if it names nobody ("219 wounded")."""
    flat = flatten(text)
    found = find_quantity(text)
    start, end = (found[1], found[2]) if found else (0, 0)
    if _COUNTED_PEOPLE.search(flat, start, end):  # "an elderly couple": the count itself says who
        start = end = 0
    if partitive := _PARTITIVE.match(flat, end):
        end = partitive.end()
    phrases = list(_phrases(flat, end, len(flat)))
    # before a figure stands mostly grammar ("has risen to 1,970"): there only known people words count
    phrases += [(s, e) for s, e in _phrases(flat, 0, start) if _names_people(flat[s:e])]
    if not phrases:
        return None
    phrases = [p for p in phrases if flat[p[0] : p[1]] not in _POSSESSIVES] or phrases
    # a name or a known people word rather than a thing ("turned the gun on himself")
    shouts = text.isupper()  # then a capital names nobody
    named = (p for p in phrases if (text[p[0]].isupper() and not shouts) or _names_people(flat[slice(*p)]))
    first, last = next(named, phrases[0])
    if part := _INCLUDING.match(flat, last):
        last = next((e for _, e in _phrases(flat, part.end(), len(flat))), last)
    return first, last


def _names_people(phrase: str) -> bool:
    return any(word.removesuffix("'s") in _PERSONS for word in _WORD.findall(phrase))


def _phrases(flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of words between verbs, harm words and commas, without articles and links at their edges."""
    run: list[tuple[int, int]] = []
    position, named = start, False
    for match in _WORD.finditer(flat, start, end):
        word = match.group().rstrip("'")
        gap = flat[position : match.start()]
        breaks = any(mark in gap for mark in ",;:()") or ("-" in gap and len(gap) > 1)
        stops = word in _STOPS or (named and word in _VERBS) or word[0].isdigit() or word.endswith(("-old", "-olds"))
        stops = stops and not _COMPOUND.match(flat, match.start())
        position = match.end()
        if breaks or stops:
            yield from _trimmed(flat, run)
            run, named = [], False
        if not stops:
            run.append(match.span())
            named = named or word in _PERSONS
    yield from _trimmed(flat, run)


def _trimmed(flat: str, run: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    words = [flat[s:e] for s, e in run]
    first, last = 0, len(words)
    while first < last and (words[first] in _COUNTING or words[first] in _LINKS):
        first += 1
    while last > first and (words[last - 1] in _COUNTING or words[last - 1] in _LINKS):
        last -= 1
    if first < last and words[first:last] != ["other"]:
        yield run[first][0], run[last - 1][1]
