"""Annotated text of any kind, for properties of the formats of other tools."""

from __future__ import annotations

from casualty_claims.data.standoff import Mark, Relation, Standoff
from hypothesis import settings
from hypothesis import strategies as st

settings.register_profile("patient", deadline=None)  # a slow machine is no fault
settings.load_profile("patient")

_PIECES = (
    *("Six", "people", "died", "U.S.", "12,000", "said", "Kadın", "été", "e\u0301", "שלום", "عدد", "\u202e", "\u200d"),
    *("👩‍👩‍👧", "💥", "𝒳", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2003", "\u2028", "\x85", "\ufeff"),
    *("#", "# id = x", "|", "\\", "\\s", "_", "O", "B-X", "=", '"', "-DOCSTART-", ".", ";", "’", "-"),
)
_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.lists(st.sampled_from(_PIECES) | _characters, min_size=1, max_size=25).map("".join).filter(str.strip)
_words = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=8)
_words = _words.filter(lambda word: word.split() == [word])
_lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=12)
_json = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
labels = st.sampled_from(["CASUALTY_CLAIM", "ATTRIBUTION", "CUE"]) | _words


@st.composite
def standoffs(draw: st.DrawFn) -> Standoff:
    text = draw(texts)
    edges = st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True).map(sorted)
    marks = [
        Mark(start, end, draw(labels), draw(st.dictionaries(_words, _words | st.just(""), max_size=2)),
             tuple(draw(st.lists(_lines, max_size=1))))
        for start, end in draw(st.lists(edges, max_size=5))
    ]  # fmt: skip
    ends = st.integers(0, max(len(marks) - 1, 0))
    links = draw(st.lists(st.builds(Relation, _words, ends, ends), max_size=3)) if marks else []
    meta = draw(st.dictionaries(st.text(max_size=5).filter(lambda name: name != "id"), _json, max_size=2))
    return Standoff(draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1)), text, tuple(marks),
                    tuple(links), meta)  # fmt: skip


st.register_type_strategy(Standoff, standoffs())
