"""The corpus file: round trips, refusals, and one fault for every kind of problem."""

from __future__ import annotations

import copy
import gzip
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.data.checks import Problem, check_corpus
from casualty_claims.data.corpus import CorpusError, corpus_hash, read_corpus, write_corpus
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.notation import parse
from hypothesis import given
from hypothesis import strategies as st

FERRY = (
    "Ferry sinks\n\n[[a1|Officials said]] [[k>=14@a1|at least 14 people died]] and "
    "[[m6-8@a1|six to eight are missing]]. [[a2|Karl Weber said]] that [[i0@a2|nobody on deck was hurt]]. "
    "[[kv?|Heavy casualties]] were feared, [[k<?@a3|far fewer died]], [[a3|according to the army]]."
)
MARKET = (
    "A bomb [[k=9|killed nine people]] in Adwa. [[a1|Medics told Radio Andina]] that [[i~40@a1|some 40 were hurt]]."
)


def document(name: str, notation: str, **meta: Any) -> Document:
    text, spans = parse(notation)
    return Document(Article(name, text, title="Ferry \U0001f622", published="2004-08-12"), spans, meta)


CLEAN = (document("ferry", FERRY, genre="wire"), document("market", MARKET, region="east", tags=["bomb", "market"]))


def dump(path: Path, rows: list[Any]) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n", "utf-8")
    return path


def problems(*paths: Path) -> list[Problem]:
    return list(check_corpus(paths))


# --- reading and writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.jsonl.gz", "new/folder/corpus.jsonl"])
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    write_corpus(tmp_path / name, CLEAN)
    assert tuple(read_corpus(tmp_path / name)) == CLEAN


META = st.dictionaries(
    st.text(min_size=1).filter(lambda k: k not in {"id", "title", "published", "source", "text", "spans"}),
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    max_size=3,
)


@given(
    st.lists(st.tuples(st.text(min_size=1), st.text().map("x".__add__), META), max_size=5), st.sampled_from(["", ".gz"])
)
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, rows: list[Any], suffix: str) -> None:
    documents = [Document(Article(name, text), (), meta) for name, text, meta in rows]
    path = tmp_path_factory.mktemp("corpus") / f"c.jsonl{suffix}"
    write_corpus(path, documents)
    assert list(read_corpus(path)) == documents
    first = path.read_bytes()
    write_corpus(path, iter(documents))
    assert path.read_bytes() == first


def test_a_folder_is_read_in_order_of_names(tmp_path: Path) -> None:
    write_corpus(tmp_path / "b.jsonl.gz", CLEAN[1:])
    write_corpus(tmp_path / "a.jsonl", CLEAN[:1])
    (tmp_path / "README.md").write_text("no corpus")
    (tmp_path / ".a.jsonl.1.part").write_text("{")
    assert tuple(read_corpus(tmp_path)) == CLEAN


def test_byte_order_mark_blank_lines_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    lines = [json.dumps(d.to_json()) for d in CLEAN]
    (tmp_path / "c.jsonl").write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(lines).encode())
    assert tuple(read_corpus(tmp_path)) == CLEAN


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": "x", "text": "y"', "not JSON"),
        (b'{"id": "x", "text": "caf\xe9"}', "not UTF-8"),
        (b"[1, 2]", "list, not an object"),
        (b"[" * 100_000, "nested too deeply|not JSON"),
        (b'{"id": "x", "text": "y", "score": NaN}', "NaN"),
        (b'{"id": "x", "text": "y", "size": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"id": "x"}', "text is NoneType"),
        (b'{"id": "x", "text": "\\ud83d"}', "half a character"),
        (b'{"id": "x", "text": "y", "spans": [{"start": 0, "end": 1, "label": "NOPE"}]}', "span 0: label 'NOPE'"),
    ],
    ids=range(9),
)
def test_a_bad_line_is_refused_with_place_and_reason(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(json.dumps(CLEAN[0].to_json()).encode() + b"\n" + line + b"\n")
    reader = read_corpus(path)
    assert next(reader) == CLEAN[0]
    with pytest.raises(CorpusError, match=rf"{re.escape(str(path))}:2: .*({reason})"):
        next(reader)
    (problem,) = problems(path)
    assert problem.place == f"{path}:2"
    assert re.search(reason, problem.message)


def test_a_missing_file_an_empty_folder_and_a_cut_archive_are_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"\n".join(json.dumps(d.to_json()).encode() for d in CLEAN))
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[:-20])
    (tmp_path / "none").mkdir()
    for path in (tmp_path / "nowhere.jsonl", tmp_path / "none", tmp_path / "cut.jsonl.gz"):
        with pytest.raises(CorpusError, match=re.escape(str(path))):
            list(read_corpus(path))
        assert len(problems(path)) == 1


def test_an_error_survives_the_way_between_processes() -> None:
    error = CorpusError("c.jsonl:3", "broken")
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "c.jsonl:3: broken"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    write_corpus(path, CLEAN)
    before = path.read_bytes()
    broken = Document(Article("x", "Nine died."), (), {"when": object()})
    with pytest.raises(CorpusError, match="document 'x'"):
        write_corpus(path, [CLEAN[0], broken])
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["c.jsonl"]


@pytest.mark.parametrize("meta", [{"half": "\ud83d"}, {"score": float("nan")}])
def test_what_no_reader_could_read_is_not_written(tmp_path: Path, meta: dict[str, Any]) -> None:
    with pytest.raises(CorpusError, match="cannot be written"):
        write_corpus(tmp_path / "c.jsonl", [Document(Article("x", "Nine died."), (), meta)])
    assert not list(tmp_path.iterdir())


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CorpusError, match="choose a place"):
        write_corpus(tmp_path / "file" / "c.jsonl", CLEAN)


def test_a_corpus_can_be_rewritten_from_itself(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    write_corpus(path, CLEAN)
    write_corpus(path, read_corpus(path))
    assert tuple(read_corpus(path)) == CLEAN


# --- hash ----------------------------------------------------------------------------------------------------


def test_the_hash_is_that_of_the_documents_not_of_the_files(tmp_path: Path) -> None:
    write_corpus(tmp_path / "one" / "c.jsonl.gz", CLEAN)
    for number, item in enumerate(CLEAN):
        row = dict(reversed(item.to_json().items()))
        (tmp_path / f"{number}.jsonl").write_text(f"\n{json.dumps(row, indent=None)}  \n")
    hashes = {corpus_hash(CLEAN), corpus_hash(read_corpus(tmp_path / "one")), corpus_hash(read_corpus(tmp_path))}
    assert len(hashes) == 1
    assert re.fullmatch("[0-9a-f]{64}", hashes.pop())


def test_the_hash_sees_order_text_spans_and_fields() -> None:
    others = [
        CLEAN[::-1],
        CLEAN[:1],
        (document("ferry", FERRY.replace("14", "15"), genre="wire"), CLEAN[1]),
        (document("ferry", FERRY.replace("k>=", "k>"), genre="wire"), CLEAN[1]),
        (document("ferry", FERRY, genre="web"), CLEAN[1]),
        (document("Ferry", FERRY, genre="wire"), CLEAN[1]),
    ]
    assert len({corpus_hash(c) for c in [CLEAN, *others]}) == len(others) + 1


# --- checking ------------------------------------------------------------------------------------------------


def test_a_clean_corpus_has_no_problems(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c.jsonl", CLEAN)
    assert problems(tmp_path) == []


def span(row: dict[str, Any], words: str) -> dict[str, Any]:
    found: dict[str, Any] = next(s for s in row["spans"] if row["text"][s["start"] : s["end"]] == words)
    return found


def change(words: str, **fields: Any) -> Callable[[dict[str, Any]], None]:
    """A fault: other fields for the span of these words; ``start`` and ``end`` are moved by what is given."""

    def fault(row: dict[str, Any]) -> None:
        target = span(row, words)
        for key, value in fields.items():
            target[key] = target[key] + value if key in ("start", "end") else value

    return fault


def put(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update(fields)


def swap_spans(row: dict[str, Any]) -> None:
    spans = row["spans"]
    last = len(spans) - 1  # "far fewer died" and its attribution stand last
    spans[last - 1], spans[last] = spans[last], spans[last - 1]
    spans[last]["attributed_to"] = last - 1


def add_overlap(row: dict[str, Any]) -> None:
    nobody = span(row, "nobody on deck was hurt")
    copied = nobody | {"start": nobody["start"] + len("nobody ")}
    place = row["spans"].index(nobody) + 1
    row["spans"].insert(place, copied)
    for item in row["spans"]:
        if item.get("attributed_to") is not None and item["attributed_to"] >= place:
            item["attributed_to"] += 1


DIED, MISSING, HURT = "at least 14 people died", "six to eight are missing", "nobody on deck was hurt"
HEAVY, FEWER = "Heavy casualties", "far fewer died"

FAULTS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "no id": (put(id=""), "needs an id"),
    "id of the wrong type": (put(id=7), "needs an id"),
    "no text": (put(text=None), "text is NoneType"),
    "empty text": (put(text=" \n"), "text is empty"),
    "title of the wrong type": (put(title=7), "title is 7"),
    "date of the wrong type": (put(published=20040812), "published is 20040812"),
    "spans of the wrong type": (put(spans={}), "spans is dict"),
    "a span of the wrong type": (lambda row: row["spans"].append("x"), "span 8: it is not an object"),
    "unknown label": (change(HEAVY, label="CLAIM"), "label 'CLAIM'"),
    "no label": (change(HEAVY, label=None), "label None"),
    "unknown harm": (change(HEAVY, harm="maimed"), "harm 'maimed'"),
    "unknown qualifier": (change(HEAVY, qualifier="roughly"), "qualifier 'roughly'"),
    "offset of the wrong type": (lambda row: span(row, HEAVY).update(start="3"), "start is '3'"),
    "a figure of the wrong type": (change(DIED, count="14"), "count is '14'"),
    "negative figure": (change(DIED, count=-14), "count is -14"),
    "link of the wrong type": (change(DIED, attributed_to="0"), "attributed_to is '0'"),
    "confidence out of range": (change(HEAVY, confidence=1.5), "confidence is 1.5"),
    "past the end": (change("according to the army", end=+9), "runs past the end"),
    "reversed": (change(HEAVY, end=-40), "empty, reversed or negative"),
    "starts in a blank": (change(HEAVY, start=-1), "begins or ends with a blank"),
    "ends in a blank": (change(DIED, end=+1), "begins or ends with a blank"),
    "cuts a word at its start": (change(DIED, start=+1), "cuts a word"),
    "cuts a word at its end": (change(MISSING, end=-1), "cuts a word"),
    "over a blank line": (change("Officials said", start=-len("sinks\n\n")), "runs over a blank line"),
    "overlap": (add_overlap, "span 5 .* overlaps span 4"),
    "out of order": (swap_spans, "not in order"),
    "link out of range": (change(DIED, attributed_to=8), "attributed_to is 8, but the document has 8 spans"),
    "negative link": (change(DIED, attributed_to=-1), "attributed_to is -1"),
    "link to itself": (change(DIED, attributed_to=1), "attributed to itself"),
    "link to a claim": (change(DIED, attributed_to=2), "span 2, which is no attribution"),
    "claim without harm": (change(DIED, harm=None), "without harm"),
    "claim without qualifier": (change(HEAVY, qualifier=None), "without qualifier"),
    "figures without qualifier": (change(DIED, qualifier=None), "without a qualifier"),
    "attribution with harm": (change("Officials said", harm="killed"), "has no harm"),
    "low above high": (change(MISSING, low=9), "low 9 is above high 8"),
    "at_least with a high": (change(DIED, high=20), "should be count 14, low 14, high null"),
    "at_least without count": (change(DIED, count=None), "at_least needs a count"),
    "exact with other bounds": (
        change(DIED, qualifier="exact", low=13, high=14),
        "should be count 14, low 14, high 14",
    ),
    "more_than": (change(DIED, qualifier="more_than"), "should be count 14, low 15, high null"),
    "about with bounds": (change(DIED, qualifier="about"), "should be count 14, low null, high null"),
    "at_most with a low": (change(DIED, qualifier="at_most", high=14), "should be count 14, low null, high 14"),
    "between with count": (change(MISSING, count=7), "between needs low and high"),
    "between without high": (change(MISSING, high=None), "between needs low and high"),
    "none without zero": (change(HURT, count=None, low=None, high=None), "should be count 0, low 0, high 0"),
    "vague with count": (change(HEAVY, count=2), "should be count null, low null, high null"),
    "share with count": (change(HEAVY, qualifier="share", count=2), "should be count null, low null, high null"),
    "fewer_than": (change(FEWER, count=10, high=10), "should be count 10, low null, high 9"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_reported_alone_and_where_it_is(tmp_path: Path, name: str) -> None:
    fault, message = FAULTS[name]
    row = copy.deepcopy(CLEAN[0].to_json())
    fault(row)
    path = dump(tmp_path / "c.jsonl", [CLEAN[1].to_json(), row])
    (problem,) = problems(path)
    assert problem.place == f"{path}:2"
    assert re.search(message, problem.message), problem
    assert problem.message.startswith(f"document {row['id']!r}")
    assert str(problem).startswith(f"{path}:2: {problem.severity}: document")


LEGAL = [
    "[[k<?|Far fewer died]].",
    "[[k<10|Fewer than ten died]].",
    "[[k<=10|Up to ten died]].",
    "[[cv?|Heavy casualties]] fell.",
    "[[kv24|Dozens died]].",
    "[[k3-5|Three to five died]].",
    "[[k>12|More than a dozen died]].",
    "[[k%|Most of the dead]] were boys.",
    "[[i0|Nobody was hurt]].",
    "[[k~30|Some 30 died]].",
]


@pytest.mark.parametrize("notation", LEGAL)
def test_every_qualifier_of_the_scheme_is_legal(tmp_path: Path, notation: str) -> None:
    write_corpus(tmp_path / "c.jsonl", [document("x", notation)])
    assert problems(tmp_path) == []


def test_a_span_over_the_end_of_a_sentence_is_a_warning(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c.jsonl", [document("x", "In Adwa [[k=9|nine died. The others]] fled.")])
    (problem,) = problems(tmp_path)
    assert (problem.severity, "end of a sentence" in problem.message) == ("warning", True)


def test_one_id_for_two_documents(tmp_path: Path) -> None:
    dump(tmp_path / "a.jsonl", [document("x", "Nine people died.").to_json()])
    dump(tmp_path / "b.jsonl", [document("x", "Ten people fled.").to_json()])
    (problem,) = problems(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert problem.place.endswith("b.jsonl:1")
    assert "a.jsonl:1" in problem.message


def test_one_text_for_two_documents(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c.jsonl", [document("x", MARKET), document("y", MARKET)])
    (problem,) = problems(tmp_path)
    assert "the text is that of" in problem.message
    assert "'x'" in problem.message


@pytest.mark.parametrize(
    "other",
    [
        "[[a1|Police said]] that nine people died.",
        "[[a1|Police said that]] [[k=9@a1|nine people died]].",
        "[[a1|Police said]] that [[i=9@a1|nine people died]].",
        "[[a1|Police said]] that [[k~9@a1|nine people died]].",
        "Police said that nine people died.",
    ],
)
def test_one_sentence_labelled_in_two_ways(tmp_path: Path, other: str) -> None:
    first = document("x", "Adwa is quiet. [[a1|Police said]] that [[k=9@a1|nine people died]].")
    write_corpus(tmp_path / "c.jsonl", [first, document("y", f"{other} It rained in Adwa.")])
    (problem,) = problems(tmp_path)
    assert problem.severity == "warning"
    assert "'Police said that nine people died.'" in problem.message
    assert "'x'" in problem.message


def test_links_do_not_count_when_sentences_are_compared(tmp_path: Path) -> None:
    free = document("x", "Adwa is quiet. [[a1|Police said]] that [[k=9|nine people died]].")
    linked = document("y", "[[a1|Police said]] that [[k=9@a1|nine people died]]. It rained in Adwa.")
    write_corpus(tmp_path / "c.jsonl", [free, linked])
    assert problems(tmp_path) == []


def test_nothing_stops_the_check(tmp_path: Path) -> None:
    """Every line and every span has its own report, also after an unreadable file."""
    bad = copy.deepcopy(CLEAN[0].to_json())
    for words in (DIED, HEAVY):
        span(bad, words)["label"] = "NOPE"
    span(bad, HURT)["harm"] = None
    (tmp_path / "a.jsonl.gz").write_bytes(b"no archive")
    dump(tmp_path / "b.jsonl", ["{", bad, "null", CLEAN[1].to_json()])
    found = problems(tmp_path, tmp_path / "nowhere.jsonl")
    assert [Path(p.place).name for p in found] == [
        "a.jsonl.gz",
        "b.jsonl:1",
        "b.jsonl:2",
        "b.jsonl:2",
        "b.jsonl:2",
        "b.jsonl:3",
        "nowhere.jsonl",
    ]
