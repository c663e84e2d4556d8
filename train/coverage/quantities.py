"""What counts the people in a claim, and the words of its qualifier (annotation scheme, rules 1.3 and 1.8, section 4).

A claim is counted in every row that it shows: "at least a dozen soldiers" is a dozen, and "at least".
"""

from __future__ import annotations

import re

from ...data.lexicons import lexicon
from .conditions import Test, counted, either, every, no, one, one_of, qualifier, words
from .marks import Mark, in_headline

SPELT = one_of(
    """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million"""
)
_PRONOUN = one_of("himself herself myself themselves him me them he she they we i us") + "(?!')"
_HER = r"\bher(?= *$| (?:in|on|to|with|and|dead|death)\b)"  # "wounding her", not "her son"
_OWNER = one_of("his her my their our your")
_COUNTING = one_of("total further number few couple dozen hundred thousand million score minimum maximum third quarter")
_ARTICLE = rf"\ban? (?!{_COUNTING})"
_THE = "".join(rf"(?<!\b{word} )" for word in ("of", "in", "at", "on", "by", "for")) + r"\bthe [\w'-]+"
_FULL_NAME = re.compile(r"\b[A-Z][\w'-]+(?: (?:al-|bin |de |van |da |el-|abu |[A-Z]\. )?[A-Z][\w'-]+)+")
_COMMON = lexicon("demonyms") | (lexicon("people") - lexicon("titles")) | lexicon("killed") | lexicon("injured")


def named(mark: Mark) -> bool:
    """A name stands in the claim, in running text: in a headline every word may have its capital."""
    return not in_headline(mark) and any(
        _COMMON.isdisjoint(re.findall(r"[\w'-]+", match.group().lower())) for match in _FULL_NAME.finditer(mark.words)
    )


def _single(*tests: Test) -> Test:
    """One person, whom no numeral or word for one counts."""
    return every(one, no(counted(r"\d|\bone\b|\bsingle\b")), *tests)


def _vague(alternatives: str) -> Test:
    return every(qualifier("vague"), counted(one_of(alternatives)))


def _share(*patterns: str) -> Test:
    return every(qualifier("share"), words(*patterns))


def _thousands(mark: Mark) -> bool:
    quantity = mark.span.quantity
    figures = (quantity.count, quantity.low, quantity.high) if quantity and quantity.qualifier != "vague" else ()
    return any(figure is not None and figure >= 1000 for figure in figures)


def _without_bounds(mark: Mark) -> bool:
    quantity = mark.span.quantity
    return quantity is not None and (quantity.count, quantity.low, quantity.high) == (None, None, None)


def _bare_plural(mark: Mark) -> bool:
    """The people alone are the count, and they are several."""
    return mark.qualifier == "vague" and not _without_bounds(mark) and not counted(r"\w")(mark)


_NUMBERED = no(qualifier("share", "none", "vague"))
_NO_ARTICLE = no(words(_ARTICLE))

QUANTITIES: dict[str, Test] = {
    "digits (30)": every(_NUMBERED, counted(r"\d")),
    "number word (six)": every(_NUMBERED, counted(SPELT)),
    "a dozen, two dozen": every(_NUMBERED, counted(r"\bdozen\b")),
    "a thousand or more": _thousands,
    "article (a soldier)": _single(
        words(_ARTICLE), no(words(rf"^(?:{_PRONOUN}|{_OWNER}|[\w.]+'s\b)", r"\b(?:him|her|my|them)sel"))
    ),
    "one with a possessive (his son)": _single(words(_OWNER + r" [a-z]\w*"), _NO_ARTICLE),
    "pronoun (wounding him)": _single(words(_PRONOUN, _HER), _NO_ARTICLE),
    "described with the (the driver was killed)": _single(
        words(rf"^(?:[\w-]+ ){{0,3}}{_THE}"), _NO_ARTICLE, no(words(_PRONOUN))
    ),
    "named person": _single(named),
    "both, all, every": words(
        r"(?<!, )\b(?:both|all|every)\b(?! (?:his|her|their|my|legs|arms|below|members|under)\b)"
    ),
    "several, a few, a number of": _vague("several few couple handful numbers? some various"),
    "many, countless": _vague("many countless uncountable numerous untold uncounted innumerable lots lot.of"),
    "tens, dozens, scores": _vague("(?:tens|dozens|scores)(?!.of.(?:thousands|hundreds))"),
    "hundreds, thousands": _vague("hundreds thousands millions"),
    "bare plural (killed people in Kut)": _bare_plural,
    "heavy casualties, no number": every(qualifier("vague"), _without_bounds),
    "comparison (far fewer, more than before)": either(
        every(
            qualifier("fewer_than", "vague"),
            words(rf"\b(?:far |many )?(?:fewer|less)\b(?! than (?:\d|half\b|an?\b|{SPELT}))"),
        ),
        every(
            qualifier("vague"),
            words(r"\b(?:more|most|worse|higher|twice as many)\b (?!than\b).*\bthan\b", r"\b(?:many|far) more\b"),
        ),
    ),
    "further, another, more (12 more)": words(
        one_of("further another additional"),
        rf"(?:\d|{SPELT}|dozens|scores|hundreds|several|many|dozen) (?:more|others?)\b(?! than)",
    ),
    "a total of": words(r"\b(?:a|in) (?:\w+ )?total\b", r"\btotal of\b"),
    "no, without": every(qualifier("none"), words(one_of("no without any not.an? zero"))),
    "nobody, no one, none": every(qualifier("none"), words(one_of("nobody no-?.?one none neither nor never"))),
    "most, the majority": _share(one_of("most majority bulk mostly mainly")),
    "half, a third, two-thirds": _share(one_of("half thirds? quarters? fifths? tenths?")),
    "per cent": _share(r"\bper ?cent\b|%"),
}
"""Kinds of quantity."""

_RANGE = rf"(?:\d|{SPELT})"

QUALIFIERS: dict[str, Test] = {
    "at least": every(qualifier("at_least"), words(r"\bat (?:the (?:very )?)?least\b")),
    "no fewer than, a minimum of, N or more": every(
        qualifier("at_least"),
        words(r"\b(?:no|not) (?:fewer|less) than|\bminimum|\bor more\b|\bas few as\b|\bif not more\b"),
    ),
    "more than": every(qualifier("more_than"), words(r"\bmore than\b")),
    "over": every(qualifier("more_than"), words(r"\bover\b")),
    "upwards of, exceeding, topped": every(
        qualifier("more_than"),
        words(
            r"\bupwards?|\bexceed|\bexcess\b|\bsurpass",
            one_of("tops topped topping top pass passes passed above beyond"),
        ),
    ),
    "about, around": every(qualifier("about"), words(one_of("about around"))),
    "some": every(qualifier("about"), words(r"\bsome\b")),
    "nearly, almost, close to": every(qualifier("about"), words(one_of("nearly almost close.to nearing approaching"))),
    "approximately, estimated, roughly, or so": every(
        qualifier("about"), words(one_of("approximately estimated roughly or.so perhaps maybe odd possibly approx"))
    ),
    "up to": every(qualifier("at_most"), words(r"\bup to\b")),
    "as many as": every(qualifier("at_most"), words(r"\bas many as\b")),
    "at most, no more than, a maximum of": every(
        qualifier("at_most"), words(r"\bat (?:the )?most\b|\b(?:no|not) more than|\bmaximum\b")
    ),
    "fewer than, less than, under": every(
        qualifier("fewer_than"), words(r"\b(?:fewer|less) than\b", one_of("under below"))
    ),
    "between N and M": every(qualifier("between"), words(one_of("between from"))),
    "N to M, N-M": every(
        qualifier("between"), no(words(one_of("between from"))), words(r"\w (?:to|and) \w|\w-\w|\w/\w")
    ),
    "N or M": every(qualifier("between"), words(rf"{_RANGE},? or (?:perhaps |even |maybe |as many as )?{_RANGE}")),
}
"""Words that qualify a quantity."""
