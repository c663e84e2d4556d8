"""Altered articles: the text is what was asked for, and every span stays on its words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from casualty_claims.data.documents import Article, Document, Span
from casualty_claims.data.lexicons import LEXICONS, lexicon
from casualty_claims.data.notation import parse
from casualty_claims.train.alterations import ALTERATIONS, COLUMNS, NOISE, Alteration, edited, no_marks, ocr_noise
from casualty_claims.train.spellings import american_to_british, british_to_american
from hypothesis import given, settings
from hypothesis import strategies as st

ALL = ALTERATIONS | {"no marks": no_marks}
STILL = ("upper case", "lower case", "straight quotes", "curly quotes", "hard-wrapped")
"""Alterations that keep every character in its place."""


def document(notation: str, name: str = "report") -> Document:
    text, spans = parse(notation)
    return Document(Article(name, text, title="Title"), spans, {"genre": "wire"})


def altered(name: str, of: Document) -> Document:
    found = ALL[name](of)
    assert found is not None
    return found


def words(of: Document) -> list[str]:
    return [of.text[span.start : span.end] for span in of.spans]


LONG = "The road from Tarnova to Belmar stayed shut on Monday and"

TABLE = [
    # kind, notation, text, words of the spans
    ("no commas", "[[k=1200|1,200 people died]], [[a1|he said]].", "1200 people died he said.",
     ["1200 people died", "he said"]),
    ("no commas", "[[k=2|Two, both old, died]].", "Two both old died.", ["Two both old died"]),
    ("no marks", "“[[k=2|Two of Obin's men died]],” [[a1|she said]].", "Two of Obins men died she said.",
     ["Two of Obins men died", "she said"]),
    ("upper case", "[[a1|Colonel Weiß said]] so.", "COLONEL WEIß SAID SO.", ["COLONEL WEIß SAID"]),
    ("lower case", "[[a1|İnal of WHO said]] so.", "İnal of who said so.", ["İnal of who said"]),
    ("curly quotes", "\"[[k=1|Obin's 'son' died]],\" [[a1|he said]].", "“Obin’s ‘son’ died,” he said.",
     ["Obin’s ‘son’ died", "he said"]),
    ("curly quotes", "(\"'Stop,' he said\") -- \"so.\"", "(“‘Stop,’ he said”) -- “so.”", []),
    ("straight quotes", "“[[k=1|Obin’s „son” died]],” ‘so’", "\"Obin's \"son\" died,\" 'so'", ["Obin's \"son\" died"]),
    ("hard-wrapped", f"{LONG} [[k=3|three miners died]] there.", f"{LONG} three miners\ndied there.",
     ["three miners\ndied"]),
    ("hard-wrapped", f"{LONG}  [[k=3|three quarrymen]] died.", f"{LONG}  three\nquarrymen died.", ["three\nquarrymen"]),
    ("hard-wrapped", f"Short.\n{LONG} 1234567890123 x", f"Short.\n{LONG}\n1234567890123 x", []),
    ("hard-wrapped", "x" * 90 + " y", "x" * 90 + "\ny", []),
    ("British spelling", "[[k=2|Two neighbors burned]] at the CENTER. Defense!",
     "Two neighbours burnt at the CENTRE. Defence!", ["Two neighbours burnt"]),
    ("American spelling", "[[k%|Thirty Per cent of labourers]] travelled 3 metres towards a grey theatre",
     "Thirty Percent of laborers traveled 3 meters toward a gray theater", ["Thirty Percent of laborers"]),
    ("American spelling", "He prefers colourWay and per centaur", "He prefers colourWay and per centaur", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "notation", "text", "spans"), TABLE, ids=lambda value: str(value)[:24])
def test_by_hand(name: str, notation: str, text: str, spans: list[str]) -> None:
    found = altered(name, document(notation))
    assert found.text == text
    assert words(found) == spans


TRAWLER = (
    "[[a1|The coastguard said]] [[k>=30@a1|at least 30 fishermen drowned]] in the storm on Monday. A trawler called"
    " Marlin sank off Cape Orla, where a lighthouse keeper heard screaming."
)


@pytest.mark.parametrize(
    ("name", "rate", "text", "spans"),
    [
        (
            "b5",
            NOISE,
            "The coastguard said at least 30 fishermen drowned in the storm on Monday. A trawler callcd Marlin sank off"
            " Cape Orla, where a lighthouse keeper heard scream-\ning.",
            ["The coastguard said", "at least 30 fishermen drowned"],
        ),
        (
            "c3",
            0.1,
            "The coastguard said at least 30 fisbe-\nrmcn drowncdin thc storrn on Monday. A trawlcr ca1led Mar1in"
            " sankoff Cape Orla, where a lightbouse keepcr beardscreaming,",
            ["The coastguard said", "at least 30 fisbe-\nrmcn drowncd"],
        ),
    ],
)
def test_misread_by_hand(name: str, rate: float, text: str, spans: list[str]) -> None:
    """The same faults for ever: what a model was measured on does not change under it."""
    found = ocr_noise(document(TRAWLER, name), rate)
    assert found is not None
    assert found.text == text
    assert words(found) == spans
    assert ocr_noise(document(TRAWLER, name), rate) == found


def test_other_documents_have_other_faults() -> None:
    assert len({altered("OCR noise", document(TRAWLER, name)).text for name in "abcdef"}) == 6


PIECE = st.text(st.sampled_from("aZßŉİΣé1lm,\"'“”‘’. \n-\u0301😀"), min_size=1, max_size=9)
PROSE = st.lists(
    st.sampled_from("centre honours rn, 'clear, “so” died. Programs 1,000 burned\nten".split(" ")), min_size=1
)
WORDS = st.one_of(PIECE, PROSE.map(" ".join))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A text cut into pieces, every other one a span."""
    pieces = draw(st.lists(WORDS, min_size=1, max_size=7))
    text, spans = "x ", []
    for number, piece in enumerate(pieces):
        if number % 2 and piece.strip():
            spans.append(Span(len(text), len(text) + len(piece), "ATTRIBUTION"))
        text += piece + " "
    return Document(Article(draw(st.sampled_from("abcdef")), text), tuple(spans))


def alone(alter: Alteration, words: str) -> str:
    """What an alteration makes of some words by themselves."""
    found = alter(Document(Article("alone", f"x {words} x"), ()))
    return "" if found is None else found.text[2:-2]


@given(documents(), st.sampled_from(sorted(set(ALL) - {"OCR noise", "hard-wrapped"})))
def test_the_words_of_a_span_are_its_words_altered(of: Document, name: str) -> None:
    found = ALL[name](of)
    texts = [alone(ALL[name], w) for w in words(of)]
    if found is None:
        assert not all(text.strip() for text in texts)
        return
    assert words(found) == texts
    for now, was in zip(found.spans, of.spans, strict=True):
        assert replace(now, start=was.start, end=was.end) == was
    assert (found.id, found.article.title, found.meta) == (of.id, of.article.title, of.meta)


@given(documents(), st.sampled_from(STILL))
def test_what_keeps_its_length_moves_nothing(of: Document, name: str) -> None:
    found = altered(name, of)
    assert found.spans == of.spans
    assert len(found.text) == len(of.text)


@given(documents())
def test_wrapping_changes_blanks_alone_and_no_line_is_too_long(of: Document) -> None:
    found = altered("hard-wrapped", of)
    assert {(a, b) for a, b in zip(of.text, found.text, strict=True) if a != b} <= {(" ", "\n")}
    for line in re.split(r"[\n\x85]", found.text):
        assert len(line.rstrip()) <= COLUMNS or " " not in line.strip()


@given(st.lists(st.text("abc", min_size=1, max_size=12), min_size=1, max_size=60))
def test_a_line_is_as_full_as_it_can_be(tokens: list[str]) -> None:
    lines = altered("hard-wrapped", Document(Article("x", " ".join(tokens)))).text.split("\n")
    for above, below in pairwise(lines):
        assert len(above) <= COLUMNS < len(above) + 1 + len(below.split(" ")[0])


@given(st.text(st.characters(exclude_characters="“”„‟‘’‚‛", exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_curly_quotes_come_back_straight(text: str) -> None:
    curly = altered("curly quotes", Document(Article("x", text)))
    assert not set(curly.text) & set("\"'")
    assert altered("straight quotes", curly).text == text


@given(documents())
def test_spellings_come_back(of: Document) -> None:
    american = altered("American spelling", of)
    assert altered("American spelling", altered("British spelling", american)) == american


@given(documents(), st.sampled_from(sorted(set(ALL) - {"OCR noise"})))
def test_altered_again_nothing_changes(of: Document, name: str) -> None:
    once = ALL[name](of)
    assert once is None or ALL[name](once) == once


WITHOUT: dict[str, Callable[[str], bool]] = {
    "no commas": lambda text: "," not in text,
    "upper case": lambda text: text == text.upper(),
    "lower case": lambda text: text == text.lower(),
    "curly quotes": lambda text: not set(text) & set("\"'"),
    "straight quotes": lambda text: not set(text) & set("“”„‟‘’‚‛"),
    "hard-wrapped": lambda text: max(map(len, text.splitlines())) <= COLUMNS,
    "British spelling": lambda text: not set(re.findall("[a-z]+", text.lower())) & set(american_to_british()),
    "American spelling": lambda text: not set(re.findall("per cent|[a-z]+", text.lower())) & set(british_to_american()),
}


@given(documents(), st.sampled_from(sorted(WITHOUT)))
def test_a_text_without_the_feature_stays_as_it_is(of: Document, name: str) -> None:
    if WITHOUT[name](of.text):
        assert ALL[name](of) == of


SENTENCE = "The coastguard said at least 30 fishermen, all from Belmar, drowned in a storm on Monday night. "


def distance(a: str, b: str) -> int:
    """Characters to put in, take out or exchange (Levenshtein)."""
    row = list(range(len(b) + 1))
    for i, c in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, d in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (c != d))
    return row[-1]


@settings(max_examples=15)
@given(st.text("abcdefgh", min_size=1, max_size=6), st.sampled_from([0.01, NOISE, 0.04]))
def test_so_many_characters_are_misread(name: str, rate: float) -> None:
    text = (SENTENCE * 3).strip()
    found = ocr_noise(Document(Article(name, text)), rate)
    faults = round(rate * len(text))
    assert found is not None
    assert faults <= distance(text, found.text) <= 2 * faults  # "rn" read for "m" is two characters


def test_no_noise_is_no_change() -> None:
    of = document(f"[[a1|The coastguard said]] {SENTENCE}")
    assert ocr_noise(of, 0.0) == of


@given(documents(), st.floats(0, 1))
def test_misread_spans_keep_their_order_and_their_neighbours(of: Document, rate: float) -> None:
    """Blanks around a span may go; the letters of its words never change sides."""
    found = ocr_noise(of, rate)
    if found is None:
        return
    assert len(found.spans) == len(of.spans)
    edges = [edge for span in found.spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    for now, was in zip(words(found), words(of), strict=True):
        assert abs(len(now) - len(was)) <= rate * len(of.text) * 2 + 2


@given(st.text("abcde", min_size=1, max_size=30), st.data())
def test_edits_are_made_and_offsets_carried_over(text: str, data: st.DataObject) -> None:
    """Every character that no edit touches is found again at its carried offset."""
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    edits = [(a, b, data.draw(st.text("XYZ", max_size=4))) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    spans = tuple(Span(at, at + 1, "ATTRIBUTION") for at in range(len(text)))
    untouched = [at for at in range(len(text)) if not any(a <= at < b for a, b, _ in edits)]
    found = edited(Document(Article("x", text + "."), tuple(spans[at] for at in untouched)), edits)
    assert found is not None
    expected = text + "."
    for start, end, new in reversed(edits):
        expected = expected[:start] + new + expected[end:]
    assert found.text == expected
    assert words(found) == [text[at] for at in untouched]


@pytest.mark.parametrize(
    ("text", "spans"),
    [(",,", ()), ("six, died", (Span(3, 4, "ATTRIBUTION"),)), ("six , , died", (Span(4, 7, "ATTRIBUTION"),))],
    ids=["a text of commas", "a span of a comma", "a span of commas and a blank"],
)
def test_nothing_is_made_that_would_lose_the_text_or_a_span(text: str, spans: tuple[Span, ...]) -> None:
    assert ALTERATIONS["no commas"](Document(Article("x", text), spans)) is None


# --- spellings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("british", "american"),
    [
        tuple(pair.split("/"))
        for pair in "colour/color neighbouring/neighboring labourers/laborers armoured/armored"
        " organisation/organization hospitalised/hospitalized paralysed/paralyzed travelled/traveled centre/center"
        " centred/centered metres/meters"
        " defence/defense programme/program grey/gray manoeuvres/maneuvers haemorrhage/hemorrhage paediatric/pediatric"
        " orthopaedic/orthopedic gynaecologist/gynecologist diarrhoea/diarrhea smouldering/smoldering ploughed/plowed"
        " burnt/burned aeroplane/airplane councillors/councilors fulfil/fulfill towards/toward sceptics/skeptics"
        " judgement/judgment skilfully/skillfully counsellor/counselor calibre/caliber dialogue/dialog".split()
    ],
)
def test_spellings_by_hand(british: str, american: str) -> None:
    assert british_to_american()[british] == american
    assert american_to_british()[american] == british


def test_no_spelling_is_of_both_kinds() -> None:
    there, back = british_to_american(), american_to_british()
    assert not there.keys() & back.keys()
    assert {american: british for british, american in there.items()} == back
    assert len(there) == len(back)
    assert all(a.isascii() and a == a.lower() and a != b for a, b in there.items())


@pytest.mark.parametrize(
    "word", "check tire story practice license improvise advertise wise surprised hour four rise".split()
)
def test_words_of_another_sense_are_left_alone(word: str) -> None:
    assert word not in british_to_american()
    assert word not in american_to_british()


@pytest.mark.parametrize("name", LEXICONS)
def test_a_word_list_that_holds_one_spelling_holds_the_other(name: str) -> None:
    pairs = british_to_american().items()
    listed = lexicon(name)
    assert [pair for pair in pairs if " " not in pair[0] and len(listed.intersection(pair)) == 1] == []
