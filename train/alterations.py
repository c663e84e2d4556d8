"""The same article as untidy text brings it: another text, and every span moved along with its words.

Scraped text loses its commas, wire headlines are all capitals, e-mail wraps lines by hand, scans misread letters,
and each house has its own quotation marks and spelling. ``casualty-train robust`` measures what each of these costs
a model, and training teaches from some copies (see ``augment``); both use these functions.

An alteration is a list of edits. What is outside the edits stays as it is, and each offset is carried over by the
lengths of the edits before it, so spans move exactly. Records and links stay: the words still say the same.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from random import Random

from ..data.documents import Document
from .spellings import american_to_british, british_to_american

Edit = tuple[int, int, str]
"""Start and end in the text, half-open and never empty, and what stands there instead; in order, without overlaps."""

Alteration = Callable[[Document], Document | None]
"""Gives ``None`` where nothing but blanks would be left of the text or of a span."""

COLUMNS = 70
NOISE = 0.015
"""Misread places a character of text. A scan counts as good with 1 to 2 % wrong (Holley, "How Good Can It Get?",
D-Lib Magazine 15, 2009)."""


def edited(document: Document, edits: Iterable[Edit]) -> Document | None:
    """The document with its text edited and its spans moved along.

    An offset within an edit keeps its distance from the edit's start, as far as the new words reach.
    """
    text, parts = document.text, []
    begins, moves = [0], [(0, 0, 0)]  # of each edit: its start; its end, where its new words start and end
    done = length = 0
    for start, end, words in edits:
        length += start - done
        parts += [text[done:start], words]
        begins.append(start)
        moves.append((end, length, length + len(words)))
        done, length = end, length + len(words)
    altered = "".join([*parts, text[done:]])

    def moved(offset: int) -> int:
        edit = bisect_right(begins, offset) - 1
        end, first, last = moves[edit]
        return last + offset - end if offset >= end else min(first + offset - begins[edit], last)

    bounds = [(moved(span.start), moved(span.end)) for span in document.spans]
    if not altered.strip() or not all(altered[start:end].strip() for start, end in bounds):
        return None
    spans = tuple(replace(s, start=a, end=b) for s, (a, b) in zip(document.spans, bounds, strict=True))
    return replace(document, article=replace(document.article, text=altered), spans=spans)


def no_commas(document: Document) -> Document | None:
    """All commas gone, those within figures too."""
    return _without(document, ",")


def no_marks(document: Document) -> Document | None:
    """Commas, quotation marks and apostrophes gone: what a crude cleaner leaves."""
    return _without(document, ",\"'“”‘’")


def upper_case(document: Document) -> Document | None:
    """All capitals; a letter that would grow ("ß") stays."""
    return _letter_by_letter(document, str.upper)


def lower_case(document: Document) -> Document | None:
    """No capitals."""
    return _letter_by_letter(document, str.lower)


def straight_quotes(document: Document) -> Document | None:
    """Curly quotation marks and apostrophes made straight."""
    return _letter_by_letter(document, lambda c: _STRAIGHT.get(c, c))


def curly_quotes(document: Document) -> Document | None:
    """Straight quotation marks and apostrophes made curly: opening ones where a word begins, else closing ones."""
    edits = ((m.start(), m.end(), _CURLY[m.group()][m["opens"] is None]) for m in _MARK.finditer(document.text))
    return edited(document, edits)


def hard_wrapped(document: Document) -> Document | None:
    """A line break in place of the blank wherever the next word would pass ``COLUMNS``; no offset moves."""
    text, wrapped = document.text, list(document.text)
    begin = 0
    for match in _WORD_OR_BREAK.finditer(text):
        start, end = match.span()
        if text[start].isspace():
            begin = end
        elif end - begin > COLUMNS and start > begin and text[start - 1] == " ":
            wrapped[start - 1] = "\n"
            begin = start
    return edited(document, [(0, len(text), "".join(wrapped))])


def ocr_noise(document: Document, rate: float = NOISE) -> Document | None:
    """Letters and figures misread, blanks lost or doubled, words broken at a line's end: ``rate`` faults a character.

    Always the same faults for the same document.
    """
    random = Random(f"ocr {document.id}")
    places = [m for m in _MISREADABLE.finditer(document.text) if m.group() != " " or random.random() < _BLANKS]
    faults = random.sample(places, min(round(rate * len(document.text)), len(places)))
    faults.sort(key=re.Match.start)
    return edited(document, [(m.start(), m.end(), _misread(m, random)) for m in faults])


def british_spelling(document: Document) -> Document | None:
    """American spellings made British."""
    return _respelt(document, american_to_british())


def american_spelling(document: Document) -> Document | None:
    """British spellings made American."""
    return _respelt(document, british_to_american())


ALTERATIONS: Mapping[str, Alteration] = {
    "no commas": no_commas,
    "upper case": upper_case,
    "lower case": lower_case,
    "curly quotes": curly_quotes,
    "straight quotes": straight_quotes,
    "hard-wrapped": hard_wrapped,
    "OCR noise": ocr_noise,
    "British spelling": british_spelling,
    "American spelling": american_spelling,
}
"""What a model is tested on, by name."""

_STRAIGHT = dict.fromkeys("“”„‟", '"') | dict.fromkeys("‘’‚‛", "'")
_CURLY = {'"': "“”", "'": "‘’"}
_MARK = re.compile(r"""(?P<opens>(?<![^\s(\[{"'“‘–—-])(?=["']+\w))?["']""")

_WORD_OR_BREAK = re.compile("\\S+|[\n\r\x0b\x0c\x85\u2028\u2029]")

_CONFUSED = dict(
    pair.split() for pair in "rn m|m rn|cl d|l 1|1 l|I l|O 0|0 O|e c|c e|h b|S 5|5 S|B 8|8 B|, .|. ,".split("|")
)
_MISREADABLE = re.compile("rn|cl|[ml1IO0echS5B8,. ]")
_BLANKS = 0.25
"""The share of blanks that can be lost or doubled: fewer than their share of the text, as in real scans."""
_WITHIN_WORD = re.compile(r"(?<=[a-z]{3})(?=[a-z]{3})")
_HYPHENATED = 0.3
"""The share of faults within a long word that break it at a line's end."""

_WORD = re.compile(r"per cent\b|[^\W\d_]+", re.IGNORECASE)


def _without(document: Document, marks: str) -> Document | None:
    return edited(document, ((at, at + 1, "") for at, c in enumerate(document.text) if c in marks))


def _letter_by_letter(document: Document, change: Callable[[str], str]) -> Document | None:
    changed = "".join(new if len(new := change(c)) == 1 else c for c in document.text)
    return edited(document, [(0, len(changed), changed)])


def _misread(place: re.Match[str], random: Random) -> str:
    read = place.group()
    if read == " ":
        return random.choice(["", "  "])
    if _WITHIN_WORD.match(place.string, place.end()) and random.random() < _HYPHENATED:
        return f"{read}-\n"
    return _CONFUSED[read]


def _respelt(document: Document, spellings: Mapping[str, str]) -> Document | None:
    return edited(document, _spelling_edits(document.text, spellings))


def _spelling_edits(text: str, spellings: Mapping[str, str]) -> Iterator[Edit]:
    for match in _WORD.finditer(text):
        word = match.group()
        new = spellings.get(word.lower())
        for case in (str.lower, str.capitalize, str.upper):
            if new and case(word) == word:
                yield match.start(), match.end(), case(new)
                break
