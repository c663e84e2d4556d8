"""What a corpus is made of, counted: for its notes, and to see what is rare before writing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ...data import documents as scheme
from ...data.documents import Document
from .conditions import Test, qualifier
from .forms import CUES, POSITIONS, SOURCES
from .harms import HARMS, harm
from .links import LINKS
from .marks import marks, unmarked
from .negatives import PATTERNS
from .quantities import QUALIFIERS, QUANTITIES
from .rules import RULES

FIELDS = ("genre", "region", "decade")
"""Fields of a document's ``meta`` that are counted where they are there."""

ENOUGH = 25
"""A row counted less often is thin: too little to learn it from, and too little to judge it by."""

CLAIMS: dict[str, dict[str, Test]] = {
    "harm": {name: harm(name) for name in scheme.HARMS},
    "qualifier": {name: qualifier(name) for name in scheme.QUALIFIERS},
    "quantity": QUANTITIES,
    "words of the qualifier": QUALIFIERS,
    "words of the harm": HARMS,
    "rule": RULES,
    "claim rests on": LINKS,
}
ATTRIBUTIONS: dict[str, dict[str, Test]] = {"cue": CUES, "source": SOURCES, "attribution stands": POSITIONS}
UNMARKED = "left unmarked (sentences)"

Tables = dict[str, Counter[str]]


def rows() -> list[str]:
    """The names of all rows that are counted by a detector."""
    return [row for tests in (CLAIMS | ATTRIBUTIONS).values() for row in tests] + list(PATTERNS)


def coverage(documents: Iterable[Document]) -> Tables:
    """Counts by table and row: size, what claims and attributions show of the scheme, hard negatives, ``FIELDS``.

    A span is counted once in every row that it shows. Rows of the scheme that nothing shows are there with 0;
    a field that no document has is left out.
    """
    tables: Tables = {"size": Counter()}
    for name, tests in (CLAIMS | ATTRIBUTIONS).items():
        tables[name] = Counter(dict.fromkeys(tests, 0))
    tables[UNMARKED] = Counter(dict.fromkeys(PATTERNS, 0))
    tables |= {name: Counter() for name in FIELDS}
    for document in documents:
        tables["size"].update(size(document))
        for table, row, _ in shown(document):
            tables[table][row] += 1
        for name in FIELDS:
            if name in document.meta:
                tables[name][str(document.meta[name])] += 1
    return {name: counts for name, counts in tables.items() if counts}


def size(document: Document) -> Counter[str]:
    """How much there is of a document: 1 document, its sentences, claims and attributions."""
    sentences = list(unmarked(document))
    bare = sum("⟦" not in text and "⟨" not in text for text in sentences)
    return Counter(
        {
            "documents": 1,
            "sentences": len(sentences),
            "sentences without a span": bare,
            "claims": len(document.claims),
            "attributions": len(document.attributions),
        }
    )


def shown(document: Document) -> Iterator[tuple[str, str, str]]:
    """Every row that a document shows: table, row, and the sentence with the place marked by ▶."""
    for mark in marks(document):
        own = f"▶⟦{mark.words}⟧" if mark.span.is_claim else f"▶⟨{mark.words}⟩"
        for table, tests in (CLAIMS if mark.span.is_claim else ATTRIBUTIONS).items():
            for row, test in tests.items():
                if test(mark):
                    yield table, row, f"{mark.left}{own}{mark.right}"
    for sentence in unmarked(document):
        for row, pattern in PATTERNS.items():
            if found := pattern.search(sentence):
                yield UNMARKED, row, f"{sentence[: found.start()]}▶{sentence[found.start() :]}"


def thin(tables: Tables, least: int = ENOUGH) -> list[tuple[str, str, int]]:
    """Rows counted fewer than ``least`` times, as table, row and count, the rarest first."""
    few = [(table, row, times) for table, counts in tables.items() for row, times in counts.items() if times < least]
    return sorted(few, key=lambda row: (row[2], row[0], row[1]))


def markdown(tables: Tables) -> str:
    """The tables in Markdown, each from the most to the least frequent."""
    parts = []
    for name, counts in tables.items():
        lines = [f"| {key} | {times:,} |" for key, times in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))]
        parts.append("\n".join([f"| {name} | count |", "|---|---:|", *lines]))
    return "\n\n".join(parts)
