"""Where sentences begin and end in untidy news text.

Two passes, both over the untouched text, so offsets are exact by construction:

1. *Lines.* A blank line always ends a sentence. A single line break ends one unless the text shows that it
   runs on: the next line starts in lower case, or the paragraph is hard-wrapped and the line is full (the next
   word would not have fitted), or the line stops at a word or mark that cannot end a sentence.
2. *Stops.* Within what is left, every full stop, question or exclamation mark and ellipsis is judged by the
   word before it and the word after it.

Why not a library: the best maintained one, sentencex 1.0.32, is faster still and its offsets are right, but it
keeps a quotation whole, takes most single line breaks for blanks, and lacks ranks (74 of the 99 cases first
written for this module's tests came out as wanted). To split inside quotations every stop must be judged here
anyway, which leaves it nothing to do. The kinds of abbreviation and the test by typical first words are those of
Kiss and Strunk (2006), "Unsupervised Multilingual Sentence Boundary Detection", with lists in place of counts.

Every look back is bounded, and the patterns that run over the whole text start on one character and never give
back what they took, so the time is linear in the text, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

__all__ = ["split_sentences"]


def _plain(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _words(words: str) -> frozenset[str]:
    """The words as they are and in capitals, for agency copy that shouts."""
    return _plain(words) | _plain(words.upper())


# A name or a figure follows: these never end a sentence.
_OPEN = _words(
    "Adm Amb Brig Capt Cdr Cmdr Col Comdr Const Cpl Det Dr Engr Fr Ft Gen Gov Hon Ing Insp Lic Lieut Lt Maj Messrs Mr"
    " Mrs Ms Msgr Mt Pfc Pres Prof PSupt Pte Pvt Rep Reps Rev Sen Sens Sgt Spc Supt Wm"
    " approx cf e.g i.e incl viz vs"
) | _plain("est v Vs")
# These end one only where a typical first word follows.
_EITHER = _words(
    "Ave Blvd Bros Co Corp Dept Esq Govt Hwy Inc Intl Jr LLC Ltd Natl Pty Rd Sr St Univ al ca dept"
    " Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun"
    " Ala Alta Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Mass Md Mich Minn Miss Mo Mont Neb Nev Okla"
    " Ont Ore Pa Que Tenn Tex Va Vt Wash Wis Wyo Ph.D"
)
# These never end one before a figure.
_NUMBERED = _words("No Nos no nos Art Ch Fig Figs Sec Vol ch fig para pp sec vol")

# Words that open sentences and are no part of a name.
_FIRST = _words(
    "A After All Also Although An And Another As At Because Before Both But By Despite During Each Earlier Either"
    " Eight Every Few Five For Four From He Her Here His How However I If In It Its Last Later Many Meanwhile More"
    " Most My Neither Nine No None Nor Not Now On One Only Or Other Others Our Seven She Several Since Six Some Still"
    " Such Ten That The Their Then There These They This Those Though Three Thus To Today Two Under Until We What When"
    " Where Whether While Who Why With Yesterday Yet You Your"
)
# Words that often do, but stand in names and headlines too: believed where a lower-case word or figure follows.
_FIRST_NOUNS = _words(
    "Activists Aides Authorities Civilians Doctors Dozens Fighters Gunmen Hundreds Insurgents Medics Militants"
    " Officers Officials Police Protesters Rebels Reports Rescuers Residents Scores Soldiers Survivors Thousands"
    " Troops Villagers Witnesses"
)
# "10 a.m. Monday", "9 p.m. EST": what follows a time without starting a sentence.
_CLOCK = _EITHER | _words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August"
    " September October November December Eastern Pacific Central Mountain Greenwich Local GMT UTC EST EDT ET CST CDT"
    " CT PST PDT PT BST CET IST"
)
_DOMAINS = _plain("com org net edu gov mil int info biz uk us de fr ru cn jp html htm php asp aspx pdf jpg")
# A line that ends in one of these is not a whole sentence.
_UNFINISHED = _words(
    "a an the of in on at by to for from with and or but as that which who whose when while where after before between"
    " near into over under against amid than is are was were be been has have had will would could may his her their"
    " its our my this these said says about some including two three four five six seven eight nine ten"
)

_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"
_NEWLINE = rf"[{_BREAKS}](?:(?<=\r)\r?\n)?+"
_LINE_BREAK = re.compile(_NEWLINE)
_BLANK_LINE = re.compile(rf"{_NEWLINE}(?:[^\S{_BREAKS}]*+{_NEWLINE})++")

_STOP = re.compile(
    r"""(?<![.!?…])[.!?…。！？؟۔]
        (?![a-z0-9])                            # 3.5, example.org
        (?!\s(?![a-z]{2,3}-[A-Z])[a-z])         # U.S. troops; but: al-Qaeda
        ([.!?…。！？؟۔]*+(?:[ ]\.++(?!\w))*+)      # the rest of ?!, ..., . . .
        (["'”’»)\]}]*+(?:\[\d{1,3}\])?+(?:\s["”](?=\s|\Z))?+)
        \s*+""",
    re.VERBOSE,
)
_QUOTES = "\"'“‘«"
_OPENERS = _QUOTES + "([{"
_NEXT_WORD = re.compile(r"[\"'“‘«(\[]*([^\W\d_]++)(?=[\s,;:'’]|\Z)(?:[,;:]?\s++(\w++))?+")
_GLUED_WORD = re.compile(r"[\"“‘(\[]*+([^\W\d_]++)(?![\w@/=]|\.\w)")
_NAME_WITH_DASH = re.compile(r"[a-z]{2,3}-[A-Z]")
_SPEAKER_SAID = re.compile(
    r"((?:[A-Z][\w.'’-]{0,30}\s+){1,3})(?i:said|says|asked|asks|told|wrote|added|replied|cried|shouted|wondered)\b"
)
_SHOUTED = (["HE"], ["SHE"], ["THEY"], ["WE"], ["I"])
_DASHES = re.compile(r"[-–—\s]*+(.)", re.DOTALL)

_STOP_AT_END = re.compile(r"[.!?…。！？؟۔][\"'”’»)\]}]*\Z")
_LAST_WORD = re.compile(r"([^\W\d_]*)(\.?)\Z")
_LONG_WORD = re.compile(r"[^\W\d_][^\W\d_'’-]{3,}")
_BULLET = re.compile(r"[•▪●·*]|\[\w+\]")
_AGENCIES = "Reuters|AP|AFP|UPI|Xinhua|Interfax|ITAR-TASS|EFE|DPA|dpa|ANSA|PTI|Bloomberg|CNN|BBC"
_DATELINE = re.compile(
    rf"(?:{_AGENCIES})\s?[-–—]|\((?:{_AGENCIES})\)|[A-Z][A-Z.'-]+(?: [A-Z][A-Z.'-]+){{0,3}}"
    r"(?:, [A-Z][\w.' -]{1,25})?(?:\s\([^()\n]{2,30}\))?\s?[-–—]{1,2}\s"
)

_WIDEST = 100  # columns; a longer line was not wrapped by hand or by a wire
_SLACK = 10  # columns by which a ragged line may fall short of a full one
_BEHIND = 24  # code points looked at before a stop
_LONGEST = 50_000  # code points; what has no stop for as long as that is no sentence
_QUOTED = 3000  # code points before a straight quote in which others are counted


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Sentences of ``text`` as half-open code point offsets, in order.

    Each begins and ends with a non-blank character, and every non-blank character belongs to exactly one.
    Datelines stay with the sentence they open, closing quotes with the sentence they close.
    """
    if text.islower():  # small letters throughout say no more than capitals throughout, and those are read below
        text = "".join(c.upper() if len(c.upper()) == 1 else c for c in text)
    sentences: list[tuple[int, int]] = []
    for start, end in _blocks(text):
        begin = start
        for stop in _STOP.finditer(text, start, end):
            if stop.end() >= end:
                break
            cut = _cut(text, start, begin, stop, end)
            if cut:
                sentences += _pieces(text, begin, cut)
                begin = stop.end() if cut == stop.end(2) else _skip_blanks(text, cut)
        sentences += _pieces(text, begin, end)
    return sentences


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence, or pieces of one longer than any: text without stops, at a cost that grows with its square."""
    while end - start > _LONGEST:
        cut = max(text.rfind(" ", start, start + _LONGEST), 0) or start + _LONGEST
        yield start, start + len(text[start:cut].rstrip())
        start = _skip_blanks(text, cut)
    yield start, end


def _skip_blanks(text: str, at: int) -> int:
    while text[at].isspace():
        at += 1
    return at


# --- lines ---------------------------------------------------------------------------------------------------


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that no sentence crosses, without the blanks around them."""
    start = 0
    for gap in _BLANK_LINE.finditer(text):
        yield from _paragraph(text, start, gap.start())
        start = gap.end()
    yield from _paragraph(text, start, len(text))


def _paragraph(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    rows: list[tuple[int, str]] = []
    for line_break in _LINE_BREAK.finditer(text, start, end):
        rows.append((start, text[start : line_break.start()].rstrip()))
        start = line_break.end()
    rows.append((start, text[start:end].rstrip()))
    rows = [row for row in rows if row[1]]
    if not rows:
        return
    width = _full_width([line for _, line in rows]) if len(rows) > 1 else 0
    begin, above = rows[0]
    begin += len(above) - len(above.lstrip())
    first = True
    for (top, above), (bottom, below) in pairwise(rows):
        if not _runs_on(above, below, width, first):
            yield begin, top + len(above)
            begin = bottom + len(below) - len(below.lstrip())
        first = False
    yield begin, rows[-1][0] + len(rows[-1][1])


def _full_width(lines: list[str]) -> int:
    """The width above which a line of a hard-wrapped paragraph is full; 0 where nothing shows that it is one."""
    widths = [len(line) for line in lines if len(line) <= _WIDEST]
    widest = max(widths, default=0)
    if widest < 40 or 4 * len(widths) < 3 * len(lines):
        return 0
    below = [line.lstrip()[0] for line in lines[1:]]
    if 6 * sum(c.islower() for c in below) >= len(below) or (len(lines) > 3 and all(map(str.isupper, lines))):
        return widest - _SLACK if len(lines) > 2 else widest
    # No line starts in lower case: wrapped only if every line is as full as it could be.
    exact = widest >= 50 and len(widths) == len(lines) and all(_reach(a, b) > widest for a, b in pairwise(lines))
    return widest if exact else 0


def _reach(above: str, below: str) -> int:
    """How wide the upper line would be with the first word of the lower one."""
    return len(above) + 1 + len(below.split(None, 1)[0])


def _runs_on(above: str, below: str, width: int, first: bool) -> bool:
    """Whether a sentence may go on from one line to the next."""
    next_line = below.lstrip()
    if next_line[0].islower() or next_line[0] in ",;:.?!)%…":
        return width > 0 or not _STOP_AT_END.search(above[-_BEHIND:])
    if width and _reach(above, below) > width:
        indented = len(below) - len(next_line) >= len(above) - len(above.lstrip()) + 2
        own_line = first and _is_headline(above)
        return not (own_line or indented or _BULLET.match(next_line) or _DATELINE.match(next_line))
    if _DATELINE.match(next_line) or _BULLET.match(next_line):
        return False
    word, stop = _LAST_WORD.search(above[-_BEHIND:]).groups()  # type: ignore[union-attr]  # it matches the empty word
    return word in _OPEN if stop else above[-1] in ",;-–—([“‘" or word in _UNFINISHED


def _is_headline(line: str) -> bool:
    """Three or more words of four letters, each with a capital, no stop at the end, not all in capitals."""
    if _STOP_AT_END.search(line) or line[-1] in ",;-–—" or line.isupper():
        return False
    words = [word for word in _LONG_WORD.findall(line) if word not in _UNFINISHED]
    return len(words) >= 3 and all(word[0].isupper() for word in words)


# --- stops ---------------------------------------------------------------------------------------------------


def _cut(text: str, block: int, begin: int, stop: re.Match[str], end: int) -> int:
    """Where the sentence from ``begin`` ends, if it ends at this stop; 0 if it goes on."""
    at, after = stop.span(2)
    following = stop.end()
    c = text[following]
    behind = (text[max(begin, stop.start() - _BEHIND) : stop.start()].rsplit(None, 1) or [""])[-1]
    word = behind.lstrip(_OPENERS)
    between = after > at and text[after - 1] == '"' and (following == after or text[at].isspace())
    if between and text.count('"', max(block, at - _QUOTED), after - 1) % 2 == 0:  # it opens the next sentence
        return at if following > after or _glued(text, word, stop, after - 1, end) else 0
    if following == after:
        return after if _glued(text, word, stop, after, end) else 0
    if c.islower():
        return after if _NAME_WITH_DASH.match(text, following, end) and word not in _OPEN and len(word) > 1 else 0
    if c in ",;:.?!)]}%&/=”’»":
        return 0
    if c in "-–—" and (letter := _DASHES.match(text, following, end)) and letter[1].islower():
        return 0
    mark = text[stop.start() : at]
    if mark == ".":
        return after if _ends(text, begin, stop.start(), word, following, end) else 0
    if mark.strip(". …"):  # a question or exclamation mark
        said = _SPEAKER_SAID.match(text, following, end) if after > at else None
        speaker = said[1].split() if said else []
        named = bool(speaker) and (speaker in _SHOUTED or speaker[0] not in _FIRST | _FIRST_NOUNS)
        return 0 if named or (mark == "!" and word == "Yahoo") else after
    # An ellipsis ends a sentence where it hangs on a word and a capital follows; standing free it marks an omission.
    attached = after > at or (begin < stop.start() and not text[stop.start() - 1].isspace())
    return after if _is_first(text, following, end, word) or (attached and (c.isupper() or c in _QUOTES)) else 0


def _ends(text: str, begin: int, at: int, word: str, following: int, end: int) -> bool:
    """Whether the full stop at ``at``, after ``word``, is more than the mark of an abbreviation."""
    if word.isdigit():
        return at - begin != len(word)  # "2. Police said": the number of an item
    last = word if word in _OPEN or word in _EITHER else word.replace("-", ".").rpartition(".")[2]
    if last in _OPEN:
        return False
    if last in _NUMBERED:
        return not text[following].isdigit()
    initial = len(last) == 1 and last.isalpha() and "-" not in word
    if last not in _EITHER and not initial:
        return True
    if word.lower() in ("a.m", "p.m") and _starts_after_clock(text, following, end):
        return True
    return _is_first(text, following, end, text[max(begin, at - _BEHIND) : at])


def _is_first(text: str, at: int, end: int, before: str) -> bool:
    """Whether the word at ``at`` opens sentences; in a headline, where all words have capitals, none does."""
    match = _NEXT_WORD.match(text, at, end)
    if not match:
        return False
    word, following, words = match[1], match[2] or "-", before.split()
    headline = len(words) > 1 and not words[-2][0].islower()
    if word in _FIRST_NOUNS:
        return not headline and not following[0].isupper()
    return word in _FIRST and not (headline and following[0].isupper())


def _starts_after_clock(text: str, at: int, end: int) -> bool:
    match = _NEXT_WORD.match(text, at, end)
    if not match or match[1] in _CLOCK or not match[1][0].isupper() or not match[2]:
        return False
    return match[2][0].islower() and match[2] != "time"


def _glued(text: str, word: str, stop: re.Match[str], at: int, end: int) -> bool:
    """Whether a sentence starts at ``at`` although no blank sets it apart: "in the hospital.The army"."""
    mark = text[stop.start()]
    if mark in "。！？؟۔":
        return not text[at].islower()
    match = _GLUED_WORD.match(text, at, end)
    if not match or not word or not match[1][0].isupper():
        return False
    new, tail = match[1], word[-2:]
    if word in _OPEN or word in _EITHER or word in _NUMBERED or any(c in word for c in "./@:=_"):
        return False
    if new.lower() in _DOMAINS:
        return False
    if len(new) == 1 and (new not in "AI" or text[match.end(1) : match.end(1) + 1] == "."):  # "J.A. Smith"
        return False
    if (word[0].isupper() or text[stop.start() - 1].isspace()) and text[at] not in _OPENERS:
        return new in _FIRST and (len(new) == 1 or not new.isupper())  # names are glued too: a share's TRN.TO
    if tail.isdigit():
        return word.isdigit() and len(new) > 1 and new[1].islower()
    return len(tail) == 2 and tail.isalpha() and tail.islower()
