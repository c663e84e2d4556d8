"""Figures in the words of a claim: which numbers count people, and with what qualifier.

Number words are read by text2num, which is strict and fast. Finding them, digits, dozens, scales after
digits ("2.5 million") and qualifiers are done here, since text2num leaves those alone. A point before three
digits is read as a thousands separator ("1.200"): people come whole. Ages, years, dates, ordinals, money,
measures, calibres and flight numbers count nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from text_to_num import text2num

from ..data.documents import Quantity
from ..data.lexicons import lexicon
from ..data.notation import bounds

Found = tuple[Quantity, int, int]

SCALES = {"dozen": 12, "score": 20, "hundred": 100, "thousand": 1000, "lakh": 10**5, "million": 10**6}
SCALES |= {"crore": 10**7, "billion": 10**9}

_SCALE = "dozen|hundred|thousand|lakh|million|crore|billion"
_SPELT = (  # longer words before those they begin with
    "seventeen|sixteen|fourteen|eighteen|nineteen|thirteen|fifteen|seventy|sixty|eighty|ninety|seven|eight|nine|six"
    "|eleven|twelve|twenty|thirty|forty|fifty|ten|one|two|three|four|five|hundred|thousand|million|billion|zero"
)
_DIGITS = rf"(?:\d{{1,3}}(?:[, .]\d{{3}})+(?!\d)|\d+(?:\.\d+)?)(?:[ -](?:{_SCALE})\b|(?!\w|[,.]\d))"
# "and" belongs to a number only after a scale, and not before another one ("between one hundred and two hundred")
_AND = r"(?<=hundred) and (?!\S+ hundred)|(?:(?<=thousand)|(?<=million)|(?<=billion)) and (?!\S+ (?:hundred|thousand))"
_WORDS = (
    rf"(?:(?:{_SPELT})[ -]and[ -]a[ -]half[ -](?:{_SCALE})|(?:a )?half[ -](?:a[ -])?(?:dozen|hundred|thousand|million)"
    rf"|an? (?:score|{_SCALE})|dozen|(?:{_SPELT}))\b"
    rf"(?:(?:{_AND}|[ -]|, (?=[\w-]+ (?:hundred|thousand)))(?:{_SPELT}|dozen|score|lakh|crore)\b)*"
)
# no part of AK-47, M16, 9:30 or $50, nor of a word
_NUMBER = rf"(?:(?<![\w$£€¥#])(?<!\w-)(?<!\d[.,:]){_DIGITS}|(?<![\w-]){_WORDS})"

_QUALIFIERS = {
    "at_least": r"at(?: the)?(?: very)? least|(?:no|not) (?:fewer|less|under) than|(?:a )?minimum(?: of)?|as few as",
    "at_most": r"(?:any\w+ )?up to|as (?:many|much) as|at(?: the)?(?: very)? most|(?:no|not) more than"
    r"|(?:a )?maximum(?: of)?",
    "fewer_than": r"(?:fewer|less) than|under|below",
    "more_than": r"(?:more|better|greater) than|over|upwards? of|in excess of|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?"
    r"|top(?:s|ped|ping)|(?<=deaths )top|(?<=fatalities )top|(?<=casualties )top|(?<=injuries )top|(?<=dead )top"
    r"|(?<=victims )top|pass(?:es|ed|ing)?|past|above|beyond|north of",
    "about": r"about|around|some|nearly|almost|approximately|approx\.?|close (?:to|on)|roughly"
    r"|(?:an )?estimated(?: at)?|perhaps|maybe|possibly|probably|circa|ca?\.|nearing|approaching|something like"
    r"|(?:just )?(?:short|shy) of|nigh on"
    r"|in the (?:region|order|neighbou?rhood|vicinity) of|on the order of|getting on for|the best part of|virtually",
}
_FILLERS = (
    r"the|an?|another|(?:a )?further|additional|extra|other|(?:a )?(?:combined |grand )?total(?: of)?|all|of|to|at|just"
    r"|only|well|just|(?:any|some)where|between|from|either|his|her|their|its|my|our"
)
_QUALIFIER = re.compile(rf"\b(?:{'|'.join(f'(?P<{name}>{words})' for name, words in _QUALIFIERS.items())})(?= )")
_LATER = r"^(?: [\w'-]+){0,4},? at(?: the)?(?: very)?"
_ENDS = rf"\b(?! (?:an?|another|some|the|\d|{_SPELT})\b| \d)"  # no qualifier of a figure behind it
_FIGURE = re.compile(
    rf"(?P<lead>(?:\b(?:{'|'.join(_QUALIFIERS.values())}|{_FILLERS}) ){{0,6}})(?P<first>{_NUMBER})"
    rf"(?:(?P<joint> ?- ?| to (?:as many as )?|,? or | and )(?:about |around |maybe |perhaps |even |possibly )?"
    rf"(?P<second>{_DIGITS}|\b{_WORDS}))?"
)
_AFTER = re.compile(
    rf"(?P<at_least>\b(?:or|and) (?:more|above|over)\b|{_LATER} least{_ENDS}|^\+|^[ -]plus\b)"
    rf"|(?P<at_most>\b(?:or|and) (?:fewer|less|under)\b|{_LATER} (?:most|outside){_ENDS})"
    r"|(?P<about>\bor so\b|^[ -]odd\b|^-some\b|, give or take|^(?: \w+)?,? (?:or thereabouts|approximately)\b)"
)
_SIGNS = {">": "more_than", "\u2265": "at_least", "~": "about", "<": "fewer_than", "\u2264": "at_most"}
_RISEN = re.compile(  # "has gone up to 12": the verb's own "up", no upper bound
    r"\b(?:go(?:es|ne|ing)?|went|ris(?:es?|en|ing)|rose|climb\w*|cre(?:ep\w*|pt)|moved?s?|edged|inched|jump\w*|came|comes?"
    r"|pushe[sd]|pushing|revised|updated|brought|brings|shot it|leap\w*|tick\w*) $"
)
# "two in three", "nine out of ten" with people or what happened to them behind: a share, not a count
_ONE_IN = re.compile(rf" (?:in(?: every)?|out of(?: every)?) (?P<of>{_SPELT}|100?0*|\d)\b(?! ?[-%.,]?\d)")
_SHARED_BY = re.compile(r"\W*$| (?:of|were|was|are|is|had|has|have|died|dead|killed|injured|wounded)\b")
_PER_CENT = re.compile(r" ?(?:%|per ?cent\b|pct\b|percentage)")
TOLL = re.compile(r"\btolls?\b|(?<!\ba )\bnumber (?:of|killed)\b|\bcount\b|\bfigure\b|\btotals?\b(?! of)")

PEOPLE = lexicon("people") | lexicon("kinship") | lexicon("demonyms")
_FUNCTION = lexicon("function_words")
_UNITS = (lexicon("money_units") | lexicon("vehicles_weapons") | lexicon("time_words")) - PEOPLE - _FUNCTION
_UNITS |= {
    "stitches",
    "wounds",
    "fractures",
    "strikes",
    "raids",
    "rounds",
    "stab",
    "gunshot",
    "bullet",
    "bullets",
    "fingers",
    "toes",
    "limbs",
}
_UNITS |= {"times", "separate", "attacks", "bombings", "explosions", "blasts", "incidents", "clashes", "shots"}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_AFTER_MONTH = re.compile(rf"\b{_MONTH} $")
_BEFORE_MONTH = re.compile(rf" {_MONTH}")
_AFTER_YEAR_WORD = re.compile(
    r"\b(?:in|since|until|till|by|from|during|of|early|late|mid|summer|winter|spring|autumn|"
    rf"{_MONTH}(?: \d\d?,?)?)[ -]$"
)
_NUMBERED = re.compile(  # what bears a number of its own
    r"\b(?:flight|route|highway|no\.?|number|section|article|phase|unit|squadron|bus|boeing|airbus|apollo|camp|block"
    r"|sector|district|zone|ward|room|class|grade|type|channel|chapter|level|group|magnitude|category|brigade|division"
    r"|battalion|age|aged(?: between)?|die[sd]? at"
    r"|\w*(?:father|mother) of|(?:man|woman|boy|girl|pensioner) of(?: about)?) $"
)
_AGE = re.compile(r"[ -](?:year|month|week|day)s?[ -]old")
_ORDINAL = re.compile(  # what makes an ordinal of the number before it: "one hundred and first", "two thousandth"
    rf"(?:,? (?:and )?|-)(?:(?:{_SPELT})[ -](?:and )?)*"
    r"(?:(?P<small>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|\w+tieth)"
    r"|(?:hundred|thousand|million)th)\b(?!-)"
)
_NOT_MAY = re.compile(r" may (?:also |now |well |still |yet |already |not )?(?:have|be|die)\b")  # the verb, no month
_APPOSED = re.compile(r"[^\W\d_]\.?(?:,| ?\() ?$")
_MEMBERS = re.compile(r"-(?:man|woman|men|members?|person|strong|odd|plus|some)\b")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def figures(flat: str) -> Iterator[Found]:
    """Every figure that can count people with its offsets, left to right; ``flat`` is lower case, plain blanks."""
    position = 0
    while match := _FIGURE.search(flat, position):
        position = match.end("first")
        start, first = match.start(), _value(match["first"])
        second = _value(match["second"]) if match["second"] else None
        if _PER_CENT.match(flat, position) or (second is not None and _PER_CENT.match(flat, match.end())):
            yield bounds("share", None), start, position
        elif first is not None and (end := _share_end(flat, position, first)):
            yield bounds("share", None), start, end
        elif first is None or not _counts(flat, match, "first", first):
            continue
        elif second is not None and _is_range(flat, match) and (low := _low(match, first, second)) < second:
            position = match.end()
            if _counts(flat, match, "second", second):
                yield Quantity("between", None, low, second), start, position
        else:
            yield _figure(flat, match, first), start, position


def _is_range(flat: str, match: re.Match[str]) -> bool:
    joint, lead = match["joint"].strip(), match["lead"]
    return "between" in lead if joint == "and" else not ("from " in lead and TOLL.search(flat))


def _low(match: re.Match[str], first: int, second: int) -> int:
    """The lower end of a range, which may leave its scale to the upper: "two to three hundred", "10-15,000"."""
    scale = next((n for word, n in SCALES.items() if match["second"].endswith(word)), 1)
    if first < 1000 <= second and "," in match["second"] and match["joint"].strip() == "-":
        scale = 1000
    return first * scale if first < scale else first


def _figure(flat: str, match: re.Match[str], count: int) -> Quantity:
    if count == 0:
        return bounds("none", None)
    found = _QUALIFIER.search(flat, match.start(), match.start("first"))
    if sign := _SIGNS.get(flat[max(0, match.start("first") - 1) : match.start("first")]):
        return bounds(sign, count)
    if found and found[0] == "up to" and _RISEN.search(flat[: found.start()][-16:]):
        found = _QUALIFIER.search(flat, found.end(), match.start("first"))
    found = found or _AFTER.search(flat[match.end("first") :][:80])
    return bounds((found.lastgroup if found else None) or "exact", count)


def _share_end(flat: str, position: int, first: int) -> int | None:
    """Where a share such as "two in three women" ends, if the number before ``position`` begins one."""
    match = _ONE_IN.match(flat, position)
    whole = _value(match["of"]) if match else None
    if match is None or whole is None or first >= whole or (" out of " in match[0] and whole not in {10, 100, 1000}):
        return None  # "three out of seven miners" are three
    behind = flat[match.end() : match.end() + 40]
    return match.end() if _SHARED_BY.match(behind) or _people_follow(behind) else None


@lru_cache(maxsize=8192)
def _value(words: str) -> int | None:
    """The number that a run of digits or number words begins with; None if it is not a whole one."""
    if not words[0].isdigit():
        return _spelt(words)
    digits, _, scale = words.replace("-", " ").rpartition(" ")
    if scale not in SCALES:
        digits, scale = re.sub(r"[, .](?=\d{3}(?!\d))", "", words), ""
    whole, _, part = re.sub(r"[, ]", "", digits).partition(".")
    if len(whole) + len(part) > 15:  # no count of people: a telephone number, a serial, noise
        return None
    value, rest = divmod(int(whole + part) * SCALES.get(scale, 1), 10 ** len(part))
    return None if rest else value


def _spelt(words: str) -> int | None:
    parts = re.split(r"[ ,-]+", words)[:24]  # no number has more words
    if "half" in parts[1:4] and parts[0] not in {"a", "half"}:  # "two and a half thousand"
        return (2 * int(text2num(parts[0], "en")) + 1) * SCALES[parts[-1]] // 2
    if "half" in parts:
        return next((SCALES[part] // 2 for part in parts[:4] if part in SCALES), None)
    if parts[0] in {"a", "an"}:
        parts[0] = "one"
    elif parts[0] in SCALES:
        parts.insert(0, "one")
    for end in range(len(parts), 0, -1):
        times, stop = 1, end
        while stop > 1 and parts[stop - 1] in {"dozen", "score", "lakh", "crore"}:
            stop -= 1
            times *= SCALES[parts[stop]]
        try:
            return int(text2num(" ".join(parts[:stop]), "en")) * times
        except ValueError:
            continue
    return None


def _counts(flat: str, match: re.Match[str], group: str, value: int) -> bool:
    """Whether a number counts people, by what stands right before and after it."""
    start, end, plain = match.start(group), match.end(group), match[group].isdigit()
    before, after = flat[max(0, start - 40) : start], flat[end : end + 80]  # enough for any rule, whatever the length
    if _AGE.match(after) or (group == "first" and _NUMBERED.search(before)):
        return False
    ordinal = None if match[group][-1].isdigit() else _ORDINAL.match(after)
    if ordinal and not (ordinal["small"] and value < 20):
        return False
    if value <= 31 and _BEFORE_MONTH.match(after) and not _NOT_MAY.match(after):
        return False
    people_follow = _people_follow(after)
    if plain and not people_follow:
        if value <= 31 and _AFTER_MONTH.search(before):
            return False
        if 1900 <= value <= 2100 and len(match[group]) == 4 and _AFTER_YEAR_WORD.search(before):
            return False
        if value <= 120 and _APPOSED.search(before) and (not after or after[0] in ",)"):
            return False  # an age in apposition: "the swimmer, 77, died"
    if not plain and value <= 19 and after[:1] == "," and group == "first" and _APPOSED.search(before):
        return False  # "Little Ana, six, was burned"
    if after[:1] == "-" and after[1:2].isalpha():
        return _MEMBERS.match(after) is not None
    word = _WORD.match(after, 1)
    return people_follow or after[:1] != " " or word is None or word.group() not in _UNITS


def _people_follow(after: str) -> bool:
    """Whether one of the next three words of the phrase is a people word ("six railway workers")."""
    position = 1
    for _ in range(3):
        word = _WORD.match(after, position)
        if after[position - 1 : position] != " " or word is None or word.group() in _FUNCTION:
            return False
        if word.group() in PEOPLE:
            return True
        position = word.end() + 1
    return False
