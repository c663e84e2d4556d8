"""How many: from the words of a claim to a typed quantity with bounds (annotation scheme, section 4).

A claim is short, so it is read by position: of all the words that can count (figures, shares, words for
none, vague words) the first one counts; in a toll ("the toll rose from 12 to 15") it is the last figure.
Without any of them the people do: an article, a name or a pronoun for one person is 1, a plural is vague.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ..data.documents import Quantity
from ..data.lexicons import lexicon
from ..data.notation import bounds
from .figures import PEOPLE, SCALES, TOLL, Found, figures

_SHARE = re.compile(
    r"(?<!the )(?<!a )(?<!at )(?<!'s )(?<!its )\bmost\b(?! (?:\w+ly|wanted|senior|recent|powerful|prominent|important))"
    r"|\b(?:(?:more|less|fewer) than |over |about |around |almost |nearly |roughly |at least"
    r" |as many as |up to |some )?"
    r"(?:half(?! an? |[ -](?:a[ -])?(?:dozen|million)|-|$)"
    r"|(?:an?|one|two|three|four)[ -](?:(?:third|quarter|fifth|sixth|tenth)s?(?= of| the| were| are)"
    r"|(?:third|quarter|fifth|sixth|tenth)s(?= had)))"
    r"|\b(?:almost|nearly|virtually) (?:all|everyone|everybody)\b|(?<!-)\bmajority\b(?!-)"
    r"|\bevery (?:second|third|fourth|fifth|tenth)\b|\b(?:bulk|part|proportion|percentage) of\b"
)
_NONE = re.compile(
    r"\bno\b(?!\.| (?:fewer|less|more) than| longer)|\bno-?one\b|\bnone\b|\bnobody\b|\bnil\b|\bneither\b|\bwithout\b"
    r"|\bany (?:other )?(?:casualties|injuries|deaths|fatalities|victims|wounded)\b"
    r"|(?:\bnot|n't|\bnever|\bcannot)\b(?=(?: \w+){0,2} (?:an?|one|any|anyone|anybody|single)\b)"
)
_SCALE = "score|dozen|hundred|thousand|million|lakh|crore"
_MANY = "dozens|scores|tens|hundreds|thousands|millions|lakhs|crores"
_EXTENT = (  # how heavy, without a bound
    r"(?:heav(?:y|ier|iest)|high|huge|massive|major|great|grievous|enormous|appalling|terrible|crushing|serious|severe"
    r"|significant|considerable|substantial|light|lighter|low|slight|minor|minimal|negligible|catastrophic|devastating)"
)
_VAGUE = re.compile(
    rf"\b(?:(?:several|many|a few|few|a couple(?: of)?|untold|countless|some) )?(?P<many>{_MANY})"
    r"(?: of (?P<times>hundreds|thousands|millions|lakhs|crores))?\b"
    rf"|\b(?:several|many|a few|few|a couple(?: of)?) (?P<scale>{_SCALE})\b"
    r"|\b(?:far |many )?(?P<fewer>fewer|far less)\b(?! than)"
    rf"|\b(?:an? |the |some )?(?P<heavy>{_EXTENT}) (?:[\w'-]+ ){{0,2}}(?:casualties|losses|tolls?)\b"
    rf"|\b(?P<were>casualties|losses|tolls?)\b[^\d.;]{{0,80}}?[ \"](?:was|were|are|is|be|been|remain\w*|proved?)"
    rf"(?: [\w'-]+){{0,2}} [\"'\u201c]?(?:(?:very|quite|so|relatively|extremely) )?{_EXTENT}\b"
    r"|\b(?:an? )?(?:\w+ )?numbers? of\b|\b(?:a handful|plenty|lots|a lot)(?: of)?\b"
    r"|\ba couple (?:of\b|(?=more\b|others?\b|people\b|\w+men\b|(?!was\b|is\b|has\b|dies\b)\w+s\b))"
    r"|\b(?:several|many|a few|few|numerous|countless|innumerable|uncounted|untold|various|multiple|some|everyone"
    r"|everybody)\b"
)
_LOWS = {"ten": 20, "few": 2} | {word: 2 * n for word, n in SCALES.items()}
_PAIR = re.compile(
    r"\b(?:(couple(?!'s)|pair|duo|twins|(?:(?<=his )|(?<=her )|(?<=\bmy )|(?<=our ))(?:grand)?parents"
    r"|twin (?=sister|brother|son|daughter|girl|boy|bab|sibling))"
    r"|(trio|threesome|triplets)|(quartet|foursome|quadruplets)|(quintet|quintuplets))\b"
)
_BOTH = re.compile(
    r"\bboth\b(?! (?:of )?(?:his |her |the |my )?(?:sides?|arms|legs|hands|feet|eyes|knees|ankles|wrists)\b)"
)
_LOST = re.compile(r"\s*(?:i|he|she) (?:\w+ )?(?:lost|counted|saw|buried|found|killed|shot|wounded)\b")
_VERBS = {"was", "were", "is", "are", "has", "had", "have"}
_LISTED = re.compile(
    r"\s*(?:those|the|fatalities|dead|victims)\b(?: \w+){0,2}? (?:was|were|included?) (?=(?:an?|the|his|her) )"
)
_UNCOUNTED = re.compile(r"\btolls?\b|\bcasualties\b|\blosses\b")
_GIVES = re.compile(r"(?:\b(?:to|at|is|are|was|were|be|reach\w*|of|than|hits?|stands?|stood|now)|:)$")

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_ONE = {"i", "me", "myself", "you", "he", "him", "himself", "she", "hers", "herself", "someone", "somebody"}
_POSSESSIVES = {"his", "her", "my", "our", "their", "its"}
_DETERMINERS = {"a", "an", "the", "another", "one", "each", "every", "this", "that"}
_SINGULAR = _ONE | {"his", "her", "my"}
_SUBJECTS = {"they", "he", "she"}
_REMAINS = {"body", "bodies", "corpse", "corpses", "death", "deaths", "killing", "killings", "murder", "murders"}
_HARMS = lexicon("killed") | lexicon("injured") | lexicon("harm_other") | lexicon("casualty")
_HARMS |= {"missing", "disappeared"}
_PLURAL_HARMS = {"casualties", "fatalities", "corpses", "bodies", "deaths", "martyrs", "victims"}
_FUNCTION, _COLLECTIVES = lexicon("function_words"), lexicon("collectives")
_PERSONS = (PEOPLE - _HARMS) | _SINGULAR | _COLLECTIVES | _PLURAL_HARMS


def read_quantity(text: str) -> Quantity | None:
    """The quantity a claim states, from the words of its span; None if they count nobody at all."""
    found = find_quantity(text)
    return found[0] if found else None


@lru_cache(maxsize=4096)
def find_quantity(text: str) -> Found | None:
    """``read_quantity`` with the offsets of the words that count, qualifier included.

    Start and end are equal where the people themselves are the count ("killed Sheikh Ali").
    """
    flat = flatten(text)
    given = list(figures(flat))
    candidates = given[:1]
    toll = bool(given) and TOLL.search(flat) is not None
    if toll:
        candidates = [figure for figure in given if _is_given(flat, figure)][-1:] or given[-1:]
    elif match := _VAGUE.search(flat):
        candidates.append((_vague(match), match.start(), match.end("were") if match["were"] else match.end()))
    for pattern, qualifier in ((_SHARE, "share"), (_NONE, "none")):
        if match := pattern.search(flat):
            candidates.append((bounds(qualifier, None), match.start(), match.end()))
    if match := _BOTH.search(flat):
        candidates.append((bounds("exact", 2), match.start(), match.end()))
    if candidates:
        first = min(candidates, key=lambda found: (found[1], -found[2]))
        before = flat[: first[1]]
        # "a boy with two broken legs": whoever stands before the figure is counted, not what follows
        whole = toll or flat.startswith("of ", first[1]) or before.endswith("'s ")
        candidates = [first] if whole or _LOST.match(before) or not _is_one(before) else []
    if match := _PAIR.search(flat):
        candidates.append((bounds("exact", (match.lastindex or 1) + 1), match.start(), match.end()))
    return min(candidates, key=lambda found: (found[1], -found[2])) if candidates else _people(text, flat)


_PLAIN = dict.fromkeys(map(ord, "\t\n\r\v\f\u00a0\u2002\u2003\u2007\u2009\u202f"), " ")
_PLAIN |= dict.fromkeys((0x2018, 0x2019), "'") | dict.fromkeys((0x2010, 0x2011, 0x2013, 0x2014), "-")


def flatten(text: str) -> str:
    """Lower case with plain blanks, quotes and hyphens, character for character: offsets still hold."""
    low = text.lower()
    if len(low) != len(text):  # a few letters grow when lowered
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return low.translate(_PLAIN)


def is_plural(noun: str) -> bool:
    """Whether a people noun, in lower case, stands for several ("villagers", "crew", "gunmen", "they")."""
    if noun in _SINGULAR:
        return False
    if noun in _COLLECTIVES or noun.endswith(("men", "children", "wives")):
        return True
    if noun.endswith("ss") or not noun.endswith("s"):
        return False
    return noun[:-1] in PEOPLE or not noun.endswith(("us", "is", "'s"))


def _is_given(flat: str, figure: Found) -> bool:
    """Whether a figure is what a toll comes to ("rose to 12", "stands at 12", "tops 12")."""
    quantity, start, _ = figure
    gives = _GIVES.search(flat[:start].rstrip()) is not None or flat.startswith(("to ", "at ", "of "), start)
    return gives or quantity.qualifier == "more_than"


def _vague(match: re.Match[str]) -> Quantity:
    if match["fewer"]:
        return bounds("fewer_than", None)
    if match["heavy"] or match["were"]:
        return bounds("vague", None)
    word = match["many"] or match["scale"] or "few"
    return bounds("vague", _LOWS[word.removesuffix("s")] * SCALES.get((match["times"] or "").removesuffix("s"), 1))


@dataclass(frozen=True, slots=True)
class _Phrase:
    """The first people phrase: its head noun, else the first word that names someone, and its determiner."""

    head: str = ""
    name: str = ""
    determiner: tuple[int, int] | None = None
    possessed: bool = False
    end: int = 0  # behind the head


def _phrase(flat: str, start: int = 0) -> _Phrase:
    determiner: tuple[int, int] | None = None
    head = name = owner = ""
    last, end, possessed = start, start, False
    for match in _WORD.finditer(flat, start):
        word = match.group().removesuffix("'s")
        harm = word in _HARMS and word not in _PERSONS
        foreign = harm or word in _FUNCTION or flat[last : match.start()].strip(" \"'-.0123456789") != ""
        last = match.end()
        if determiner and word in _VERBS and (name or head) and flat[determiner[0] : determiner[1]] in {"a", "an"}:
            break  # "a bulldozer operator were among those killed"
        if head in _SUBJECTS and word in {"have", "had", "has", "also", "then"}:
            continue
        if head and foreign:
            if harm and head in _SUBJECTS and (rest := _phrase(flat, last)).head:
                return rest  # who did it, before whom it was done to: "they shot my husband"
            if word == "of" and head in _REMAINS and (rest := _phrase(flat, last)).head + rest.name:
                return rest  # the deaths are those of someone
            break
        possessed = possessed or word in _POSSESSIVES
        if word in _DETERMINERS:
            if head and head not in _COLLECTIVES and determiner:
                break  # "a soldier escorting the group"
            determiner = determiner or match.span()
        elif word in _POSSESSIVES:
            owner, end = owner or word, end or last
        elif word in _PERSONS:
            head, end = word, last
        elif not foreign and not name:
            name = match.group()
    return _Phrase(head or ("" if name else owner), name, determiner, possessed, end)


def _is_one(flat: str) -> bool:
    """Whether these words already name one certain person ("a former guard who", "she")."""
    phrase = _phrase(flat)
    certain = phrase.head in _ONE or phrase.determiner is not None or phrase.possessed
    return bool(phrase.head) and certain and not is_plural(phrase.head)


def _is_two(flat: str, one: _Phrase) -> bool:
    """Whether a singular is joined with another ("driver and nurse killed", "his wife and son").

    Not with another role of the same person: "a farmer and activist", "director and columnist Ana Ruiz".
    """
    if not one.head or not flat.startswith(" and ", one.end):
        return False
    other = _phrase(flat, one.end + len(" and"))
    follows = _WORD.match(flat, other.end + 1)
    ends = follows is None or follows.group() in _FUNCTION or follows.group() in _HARMS
    apart = one.determiner is None or other.determiner is not None or other.head in lexicon("kinship")
    return bool(other.head) and ends and apart and not is_plural(other.head)


def _people(text: str, flat: str) -> Found | None:
    """The count that lies in the people words alone: one person, several, or nobody named."""
    listed = _LISTED.match(flat)
    phrase = _phrase(flat, listed.end() if listed else 0)
    if not phrase.head and _UNCOUNTED.search(flat):
        return bounds("vague", None), 0, 0
    if not phrase.head and not phrase.name:
        one = "another" in flat or any(word in flat for word in ("body", "corpse", "suicide"))
        return (bounds("exact", 1), *(phrase.determiner or (0, 0))) if one else None
    if phrase.head:
        several = is_plural(phrase.head)
    else:  # an unknown word: in lower case it is a noun, else part of a name
        several = phrase.determiner is None and phrase.name in text and is_plural(phrase.name)
    if several:
        return bounds("vague", 2), 0, 0
    if _is_two(flat, phrase):
        return bounds("exact", 2), 0, 0
    return bounds("exact", 1), *(phrase.determiner or (0, 0))
