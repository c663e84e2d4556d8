"""Sentences that were there already: word for word, or nearly.

Agencies' copy is printed over and over with small changes, and labelling it again teaches nothing. Near duplicates
are found by MinHash and locality-sensitive hashing (Broder 1997; rensa), over the 5-character shingles that suit
short texts (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", ch. 3). What hashing proposes is compared
in full, so that no accident of a hash drops a sentence.

Figures are the data here. Two sentences are near duplicates only if all their *telling* words (figures, words for
how many, harms, qualifiers, negations) are the same in the same order: "killed 12" never stands for "killed 30".
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self

from ...data.lexicons import lexicon

NEAR = 0.8
"""Jaccard similarity of shingles from which two sentences with the same telling words are near duplicates.

A word more, or another ending, passes in a sentence of usual length; another name of a place only in a long one.
"""

SHINGLE = 5
SHORTEST = 30
"""Characters; two shorter sentences are near duplicates only if all their words are the same."""

BANDS = 10
COMPARED = 100
"""Candidates compared in full for one sentence, the earliest ones; more than a few are rare."""

_SEED = 1
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE kept (number INTEGER PRIMARY KEY, key TEXT, text TEXT);
CREATE TABLE marks (mark INTEGER, number INTEGER, PRIMARY KEY (mark, number)) WITHOUT ROWID;
BEGIN;
"""
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_TELLING = ("number_words", "quantifiers", "qualifiers", "negation", "killed", "injured", "missing", "casualty")


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A sentence that was left out, and the one before it that was kept; ``kind`` is "exact" or "near"."""

    key: str
    text: str
    kind: str
    of: str
    similarity: float

    def to_json(self) -> dict[str, Any]:
        row = {"key": self.key, "text": self.text, "kind": self.kind}
        return row | {"of": self.of, "similarity": round(self.similarity, 4)}


class Seen:
    """The sentences kept so far, in a temporary database on the disk: memory stays flat.

    ``near`` is the least similarity of near duplicates, above 0 and up to 1.
    """

    def __init__(self, near: float = NEAR) -> None:
        if not 0.0 < near <= 1.0:
            raise ValueError(f"near is {near}; a similarity lies above 0 and is 1 at most")
        from rensa import RMinHash

        self.near = near
        self._rows = rows_of(near)
        self._sketch: Any = RMinHash
        self._base = sqlite3.connect("", isolation_level=None)  # without a name: gone when it is closed
        self._base.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._base.close()

    def check(self, key: str, text: str) -> Duplicate | None:
        """The sentence as a duplicate of one kept before, or ``None``: then it is kept from now on.

        Raises ``OSError`` if the disk refuses.
        """
        try:
            return self._check(key, text)
        except sqlite3.Error as error:
            raise OSError(
                f"the sentences met before cannot be kept on the disk: {error}; set SQLITE_TMPDIR to a folder with more"
                " room, or keep duplicates"
            ) from error

    def _check(self, key: str, text: str) -> Duplicate | None:
        words = _plain(text)
        same, bands = zlib.crc32(words.encode()), self._bands(text)
        for other, kept in self._sharing([same]):
            if _plain(kept) == words:
                return Duplicate(key, text, "exact", other, 1.0)
        for other, kept in self._sharing(bands):
            likeness = similarity(text, kept)
            if likeness >= self.near:
                return Duplicate(key, text, "near", other, likeness)
        number = self._base.execute("INSERT INTO kept (key, text) VALUES (?, ?)", (key, text)).lastrowid
        marks = [(mark, number) for mark in (same, *bands)]
        self._base.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", marks)
        return None

    def _sharing(self, marks: list[int]) -> list[tuple[str, str]]:
        """Key and text of those kept that share a mark, the earliest first."""
        places = ", ".join("?" * len(marks))
        return self._base.execute(
            "SELECT key, text FROM kept WHERE number IN"
            f" (SELECT number FROM marks WHERE mark IN ({places})) ORDER BY number LIMIT {COMPARED}",
            marks,
        ).fetchall()

    def _bands(self, text: str) -> list[int]:
        """Hashes of which two sentences share one, almost certainly, if they are as similar as ``near``."""
        found = shingles(text)
        if not found:
            return []
        rows = self._rows
        sketch = self._sketch(BANDS * rows, _SEED)
        sketch.update(list(found))  # not in bulk: for one sentence at a time, threads cost more than they bring
        digest = sketch.digest()
        return [hash((band, *digest[band * rows : (band + 1) * rows])) for band in range(BANDS)]


def similarity(one: str, other: str) -> float:
    """Jaccard similarity of two sentences' shingles; 0 if their telling words differ, or there are no words."""
    if telling(one) != telling(other):
        return 0.0
    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second) if first and second else 0.0


def telling(text: str) -> tuple[str, ...]:
    """The words of a sentence that a claim's record rests on, in order."""
    return tuple(w for w in _words(text) if w[0].isdigit() or w in _telling_words())


def shingles(text: str) -> set[str]:
    """Runs of characters, case and punctuation aside; marked, so that other telling words share none."""
    flat = " ".join(_words(text))
    if not flat:
        return set()
    mark = f"{zlib.crc32(' '.join(telling(text)).encode()):x} "
    if len(flat) < SHORTEST:
        return {mark + flat}
    return {mark + flat[i : i + SHINGLE] for i in range(len(flat) - SHINGLE + 1)}


def rows_of(near: float) -> int:
    """Rows of a band: the most (and so the fewest candidates) that miss less than 1 % of pairs at ``near``."""
    return max((rows for rows in range(1, 9) if (1 - near**rows) ** BANDS < 0.01), default=1)


def _plain(text: str) -> str:
    """The text with all blanks alike, in lower case."""
    return " ".join(text.casefold().split())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


@cache
def _telling_words() -> frozenset[str]:
    return frozenset(word for name in _TELLING for word in lexicon(name))
