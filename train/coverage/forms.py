"""Forms of attribution: the cue, the source, and how they stand in the sentence (annotation scheme, section 2)."""

from __future__ import annotations

import re
from functools import lru_cache

from ...data.documents import Document
from ...models.sources import source_type, split_attribution
from .conditions import Test, after, before, every, no, one_of, words
from .marks import ATTRIBUTION, Mark, in_headline

split = lru_cache(maxsize=4096)(split_attribution)


def _cue(mark: Mark) -> str:
    found = split(mark.words).cue
    return mark.words[found[0] : found[1]] if found else ""


def _source(mark: Mark) -> str:
    found = split(mark.words).source
    return mark.words[found[0] : found[1]] if found else ""


def _cued(pattern: str) -> Test:
    """The cue holds the pattern."""
    found = re.compile(pattern, re.IGNORECASE).search
    return lambda mark: found(_cue(mark)) is not None


def _sourced(pattern: str) -> Test:
    """The source holds the pattern."""
    found = re.compile(pattern, re.IGNORECASE).search
    return lambda mark: found(_source(mark)) is not None


def _kind(*names: str) -> Test:
    """The source is of one of the kinds of ``source_type``."""
    return lambda mark: source_type(_source(mark) or None) in names


def leads_chain(document: Document, place: int) -> bool:
    """Whether the attribution at ``place`` is followed at once by another with a source of its own."""
    if not 0 <= place < len(document.spans) - 1:
        return False
    here, following = document.spans[place], document.spans[place + 1]
    if here.is_claim or following.is_claim:
        return False
    gap = document.text[here.end : following.start]
    return not gap.strip(" \n,") and split(document.text[following.start : following.end]).source is not None


_ACCORDING = words(r"^(?:and |but |also |as )?acc?ording to\b")
_STATEMENT = "statement|report|interview|communique|tweet|letter|bulletin|message|broadcast|release"
_DOCUMENT = one_of(
    """statements? reports? figures documents? communiques? data statistics counts? tally tallies lists? letters?
    records? bulletins? study studies survey indictment toll estimates? accounts? testimony"""
)

CUES: dict[str, Test] = {
    "say": _cued(one_of("said says say saying")),
    "tell and whom (told reporters)": _cued(one_of("told tells? telling")),
    "according to": _ACCORDING,
    "report": _cued(one_of("report reports reported reporting")),
    "announce, state, declare": _cued(r"\b(?:announc|stat(?:ed|es|ing)\b|declar)"),
    "confirm": _cued(r"\bconfirm"),
    "claim": _cued(r"\bclaim(?:s|ed|ing)?\b(?! responsib)"),
    "add, note, stress, insist": _cued(
        r"\b(?:add(?:ed|s|ing)\b|not(?:ed|es|ing)\b|stress|insist|assert|emphasi[sz]|underlin)"
    ),
    "acknowledge, admit, concede": _cued(r"\b(?:acknowledg|admit|conced)"),
    "deny, dispute, reject": _cued(r"\b(?:den(?:y|ied|ies|ying)\b|disput|reject|contradict|refut)"),
    "disputed the figures, saying": words(
        r"\b(?:disput|den|reject|contradict|question|contest|challeng|dismiss|correct)\w*\b.*"
        + one_of("saying stating insisting claiming adding arguing")
    ),
    "estimate, believe, think": _cued(r"\b(?:estimat|believ|think|thought\b|reckon|suspect)"),
    "put a toll at": _cued(one_of("puts? putting gave gives? giving counted tallied set recorded listed")),
    "quoted as saying": words(r"\bquoted\b.*\b(?:saying|telling)\b|\b(?:was|were|is) quoted\b"),
    "citing, quoting, in the words of": words(
        one_of("citing quoting cited quotes cites quoted.(?!by|as|in)"), r"\bin the words of\b"
    ),
    "write, tweet, post": _cued(r"\b(?:wr(?:ote|ites|iting|itten)\b|tweet|post(?:ed|s|ing)?\b)"),
    "reveal, disclose, learn": _cued(r"\b(?:reveal|disclos|learn)"),
    "show, indicate, suggest (of a document)": _cued(r"\b(?:show|indicat|suggest|read(?:s|ing)?\b|contain)"),
    "identify, name the dead": _cued(r"\b(?:identif|nam(?:ed|es|ing)\b)"),
    "claim responsibility": words(r"\b(?:claim|admit|took|taking)\w* (?:joint |full )?responsibility\b"),
    "explain, recall, warn, find": _cued(
        r"\b(?:explain|recall|recount|testif|comment|remark|observ|warn|predict|argu|conclud|f[io](?:nd|und)s?\b)"
    ),
    "in a statement": words(rf"\bin (?:an? |the |his |her |its |their )?(?:[\w-]+ )?(?:{_STATEMENT})\b"),
    "noun cue (a statement from, a report by)": words(
        _DOCUMENT + r" (?:\w+ )?(?:by|from|of|compiled|issued|released|published|posted)\b"
    ),
    "cue alone, no source beside it": lambda mark: bool(_cue(mark)) and not _source(mark),
}
"""Reporting cues."""

_TITLE = one_of(
    """Mr Mrs Ms Dr Sgt Cpl Lt Capt Maj Col Gen Brig Insp Supt Det Prof Rev Sheikh Colonel General Major Captain
    Lieutenant Sergeant Inspector Superintendent Chief Constable Minister Governor Mayor President Senator Judge
    Commander Admiral Ambassador Professor Father Bishop Brigadier Commissioner Sheriff"""
)
_TITLED = rf"(?-i:{_TITLE}\.?)"
_NAMED = r"(?-i:[A-Z][\w'-]+ (?:[A-Z]\.? )?(?:al-|bin |de |van |da |el-|ul |ur )?[A-Z][\w'-]+)"

SOURCES: dict[str, Test] = {
    "person with title": _sourced(_TITLED + r".*(?-i:[A-Z])"),
    "person with apposition": _sourced(rf"{_NAMED}, \w|\w, {_NAMED}"),
    "office holder without a name (a police spokesman)": every(
        _sourced(
            r"\b(?:spokes(?:m[ae]n|wom[ae]n|persons?)|official|chief|minister|governor|mayor|commander|officer|director"
            r"|secretary|president|prosecutor|coroner|head)"
            r"(?=$|,| (?:in|at|of|for|with|from|who|there|close|based|speaking)\b)"
        ),
        no(_sourced(_NAMED)),
    ),
    "officials, unnamed": _sourced(one_of("officials authorities sources")),
    "police": _kind("police"),
    "military": _kind("military"),
    "ministry, government, office, agency": _sourced(
        one_of("ministry government department council office embassy agency authority")
    ),
    "hospital, doctors, medics": _kind("medical"),
    "armed group": _kind("armed_group"),
    "outlet": _kind("media"),
    "UN, Red Cross, international body": _kind("international"),
    "monitors, rights groups": _kind("monitor"),
    "document (statement, report, figures)": every(_kind("document"), no(_ACCORDING)),
    "according to a document": every(_ACCORDING, words(_DOCUMENT)),
    "witnesses, residents, relatives": _kind("witness"),
    "experts": _kind("expert"),
    "person, name alone": every(_kind("person"), no(_sourced(",|" + _TITLED))),
    "pronoun": _kind("pronoun"),
    "several sources (police and medics)": _sourced(r"\w (?:and|or) \w"),
    "relative clause inside": words(r" (?-i:who|which|whose) "),
}
"""Who says it."""


def _inverted(mark: Mark) -> bool:
    """The cue stands before its source: "said the mayor"."""
    found = split(mark.words)
    return found.source is not None and found.cue is not None and found.cue[0] < found.source[0]


def _trailing(mark: Mark) -> bool:
    return not any(c.isalnum() or c == "⟦" for c in mark.right)


def _fronted(mark: Mark) -> bool:
    return not any(c.isalnum() or c == "⟦" for c in mark.left)


def _in_chain(mark: Mark) -> bool:
    return leads_chain(mark.document, mark.place) or leads_chain(mark.document, mark.place - 1)


_DAYS = one_of(
    """Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August
    September October November December"""
)
_AFTER_QUOTATION = before(r"[,.?!-]\" ")

POSITIONS: dict[str, Test] = {
    "fronted": every(_fronted, no(_trailing), no(_ACCORDING)),
    "fronted according to": every(_fronted, _ACCORDING),
    "fronted, with that": after(r"(?: (?:on|in|at|late|early|today|yesterday|this|last)\b[^⟦⟨,.]{0,40})? that\b"),
    "parenthetical, in the middle of a clause": every(
        before(r"[^⟨⟩]\w⟧?(?:,| -) "),
        after(r"(?: (?:on )?(?-i:[A-Z])\w+)?(?:,| -) [\w⟦]"),
        no(_inverted),
        no(words(r"ing$")),
    ),
    "trailing, source before cue": every(_trailing, no(_fronted), no(_inverted)),
    "trailing according to": every(_ACCORDING, no(_fronted)),
    "inverted (said X)": every(
        _inverted,
        words(
            r"^(?:said|says|added|reported|wrote|confirmed|announced|claimed|explained|recalled|told|noted|insisted"
            r"|stated|reports|warned)\b"
        ),
    ),
    "between two parts of a quotation": every(before(r"[,.?!]\" "), after(r"[^\"⟨⟩]*\"")),
    "after a quotation": _AFTER_QUOTATION,
    "before a quotation": every(after(r"[^\"⟨⟩]{0,25}[:,] \""), no(_AFTER_QUOTATION)),
    "in a headline": in_headline,
    "in a headline, after a colon or dash": every(in_headline, before(r"(?::|-|--) ?")),
    "second cue in the sentence (, adding)": every(
        before(rf"{ATTRIBUTION}.*"), words(r"^(?:and |but )?\w+(?:ing|ed)\b|^sa(?:id|ys)\b")
    ),
    "chain (radio reported, quoting officials)": _in_chain,
    "relative clause after it, outside": after(r",? (?:who|which|whose|whom|where)\b"),
    "date or place directly after it, outside": after(
        r" (?:(?:late|early|earlier) )?(?:(?:on|last|this|from|in|at|by|to) )?(?:(?:late|early) )?"
        rf"(?:(?-i:{_DAYS})|today|yesterday|tonight|\w+ (?:night|morning|evening|week))\b"
        r"| (?:in|from|at|outside|by|on) (?:the |a )?(?-i:[A-Z])"
    ),
    "carries no claim": lambda mark: all(s.attributed_to != mark.place for s in mark.document.spans),
}
"""Where it stands, and what stands beside it."""
