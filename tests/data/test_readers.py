from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from casualty_claims.data.columns import Columns
from casualty_claims.data.documents import Article
from casualty_claims.data.readers import Reject, read_articles
from hypothesis import given
from hypothesis import strategies as st

PAGE = """<!DOCTYPE html><html><head><title>Ferry fire kills nine</title>
<meta property="og:site_name" content="The Harbour Post">
<meta property="article:published_time" content="2014-03-05T10:00:00Z"></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Ferry fire kills nine</h1><p>Nine people died in José’s ferry on 2 May 2009, the coastguard said.</p>
<p>Four more were hurt, a doctor at the harbour clinic told the paper.</p></article>
<footer>All rights reserved</footer></body></html>"""


def read(path: Path | str, **names: str) -> tuple[list[Article], list[Reject]]:
    items = list(read_articles([path], columns=Columns(**names)))
    return [i for i in items if isinstance(i, Article)], [i for i in items if isinstance(i, Reject)]


def read_stdin(raw: bytes) -> list[Article | Reject]:
    return list(read_articles(["-"], stdin=io.BytesIO(raw)))


def write_csv(path: Path, rows: Iterable[Sequence[object]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def write_jsonl(path: Path, rows: Iterable[Any], *, ascii_only: bool = False) -> Path:
    path.write_bytes(b"".join(json.dumps(row, ensure_ascii=ascii_only).encode() + b"\n" for row in rows))
    return path


# --- nothing is changed on the way

SPECIAL = [*"\r\n\u2028\x85\x0b\x1c,;|\t\"'\\💥\u202e\ufeffé\u0301", "\r\n", "שלום"]
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.lists(st.sampled_from(SPECIAL) | st.text(CHARACTERS, max_size=8), max_size=12).map("".join).filter(str.strip)


@given(texts=st.lists(TEXT, min_size=1, max_size=5), ascii_only=st.booleans())
def test_texts_come_back_untouched(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], ascii_only: bool
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for i, text in enumerate(texts):
        (folder / f"{i}.txt").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [a.text for a in read(folder)[0]] == texts
    lines = write_jsonl(folder / "a.jsonl", [{"text": t} for t in texts], ascii_only=ascii_only)
    table = write_csv(folder / "a.csv", [["n", "text"], *enumerate(texts)])
    pq.write_table(pa.table({"n": list(range(len(texts))), "text": texts}), folder / "a.parquet")
    (folder / "a.json").write_text(json.dumps([{"text": t} for t in texts]))
    for path in (lines, table, folder / "a.parquet", folder / "a.json"):
        assert read(path) == ([Article(f"{path.name}#{i}", t) for i, t in enumerate(texts, 1)], [])


@given(st.lists(st.sampled_from(["a", "a~2", "a~3", "a~2~2", "b"]), max_size=12))
def test_no_article_hides_another(ids: list[str]) -> None:
    lines = b"".join(json.dumps({"id": i, "text": "Two died."}).encode() + b"\n" for i in ids)
    given_out = [item.id for item in read_stdin(lines) if isinstance(item, Article)]
    assert len(given_out) == len(ids) == len(set(given_out))
    assert all(out == name or out.startswith(f"{name}~") for out, name in zip(given_out, ids, strict=True))


def test_one_id_many_times_is_not_slow() -> None:
    items = read_stdin(b'{"id": "n/a", "text": "Two died."}\n' * 30_000)
    assert isinstance(items[-1], Article)
    assert items[-1].id == "n/a~30000"


# --- formats


def test_a_page_gives_its_article_and_what_it_says_of_itself(tmp_path: Path) -> None:
    for name, encoding in [("a.html", "utf-8"), ("b.htm", "cp1252")]:
        (tmp_path / name).write_bytes(PAGE.encode(encoding))
        ((article,), rejected) = read(tmp_path / name)
        assert rejected == []
        assert article.text.splitlines() == [
            "Ferry fire kills nine",
            "Nine people died in José’s ferry on 2 May 2009, the coastguard said.",
            "Four more were hurt, a doctor at the harbour clinic told the paper.",
        ]
        assert article.id == name
        assert (article.title, article.published, article.source) == (
            "Ferry fire kills nine",
            "2014-03-05",
            "The Harbour Post",
        )


def test_a_date_within_the_story_is_not_that_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<html><body><p>On 3 May 2004 nine people died in the old harbour.</p></body></html>"
    )
    assert read(tmp_path / "a.html")[0][0].published is None


@pytest.mark.parametrize("page", ["", "<html></html>", "no page at all", "<div>" * 20_000])
def test_pages_without_an_article_are_rejected(tmp_path: Path, page: str) -> None:
    (tmp_path / "a.html").write_text(page)
    articles, rejected = read(tmp_path / "a.html")
    assert articles == [] and len(rejected) == 1


def test_a_page_may_declare_its_encoding_in_xml(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<?xml version="1.0" encoding="utf-8"?>\n' + PAGE, encoding="utf-8")
    assert "José’s ferry" in read(tmp_path / "a.html")[0][0].text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_with_all_columns(tmp_path: Path, delimiter: str) -> None:
    rows = [["ID", "Headline", "Date", "Outlet", "Body"], ["7", "Fire", "5 May", "Post", 'He said "two"; |a,b|\tdied.']]
    path = write_csv(tmp_path / "a.csv", rows, delimiter)
    assert read(path) == ([Article("7", 'He said "two"; |a,b|\tdied.', "Fire", "5 May", "Post")], [])
    path.rename(tmp_path / "a.tsv")
    if delimiter == "\t":
        assert read(tmp_path / "a.tsv")[0][0].id == "7"


def test_the_user_names_columns(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["text", "lead", "key"], ["no", "Two died.", "k1"]])
    assert read(path, text="lead", id="key", title="text")[0] == [Article("k1", "Two died.", "no")]
    assert "'nothing'" in read(path, text="nothing")[1][0].reason
    assert "--source-column" in read(path, source="nowhere")[1][0].reason


def test_parquet_of_other_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([12.0, None, 3.5]),
            "text": pa.array(["Two died.", "One died.", None]).dictionary_encode(),
            "date": pa.array([datetime(2004, 8, 12), None, None], pa.timestamp("ns")),
            "title": pa.array([None, "Fire", None], pa.large_string()),
        }
    )
    pq.write_table(table, tmp_path / "c.parquet")
    articles, rejected = read(tmp_path / "c.parquet")
    assert articles == [
        Article("12", "Two died.", None, "2004-08-12"),
        Article("c.parquet#2", "One died.", "Fire"),
    ]
    assert [(Path(r.place).name, r.reason) for r in rejected] == [("c.parquet:row 3", "the text is empty")]


def test_parquet_that_needs_care(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    pq.write_table(pa.table({"text": pa.array([b"Two died in \xc3\x89vreux.", b"\xff\xff", b"One died."])}), path)
    articles, rejected = read(path)
    assert [a.text for a in articles] == ["Two died in Évreux.", "One died."]
    assert len(rejected) == 1
    pq.write_table(pa.table({"text": [["a", "list"]]}), path)
    assert "list, not a string" in read(path)[1][0].reason
    pq.write_table(pa.table([["First died."], ["Second died."]], names=["text", "text"]), path)
    assert read(path)[0] == [Article("c.parquet#1", "First died.")]
    pq.write_table(pa.table({"what": ["x"]}), path)
    assert "--text-column" in read(path)[1][0].reason


def test_json_as_object_list_or_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{\n "text": "Two died.",\n "source": {"name": "Post"}\n}')
    assert read(path)[0] == [Article("a.json", "Two died.", source="Post")]
    path.write_text('[{"text": "Two died."}, 3, {"text": "One died."}]')
    articles, rejected = read(path)
    assert [a.id for a in articles] == ["a.json#1", "a.json#3"]
    assert [Path(r.place).name for r in rejected] == ["a.json:row 2"]
    path.write_text('{"text": "Two died."}\n{"text": "One died."}\n')
    assert [a.id for a in read(path)[0]] == ["a.json#1", "a.json#2"]
    path.write_text('[{"text": "Two died."},\n {"text"}]')
    assert "line 2, column 9" in read(path)[1][0].reason
    path.write_bytes(b"%PDF-1.4")
    assert "PDF" in read(path)[1][0].reason


def test_compressed_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"Two died.\r\n"))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"text": "One died."}\n'))
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"text\nThree died.\n" + os.urandom(9000).hex().encode())[:-2000])
    (tmp_path / "d.txt.gz").write_bytes(b"Four died.")
    (tmp_path / "e.txt").write_bytes(gzip.compress(b"Five died."))
    articles, rejected = read(tmp_path)
    assert [a.text for a in articles if a.id[0] in "ab"] == ["Two died.\r\n", "One died."]
    assert [Path(r.place).name for r in rejected] == ["c.csv.gz", "d.txt.gz", "e.txt"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Two died.\r\n", [Article("stdin", "Two died.\r\n")]),
        (b"[Harbour] Two died.", [Article("stdin", "[Harbour] Two died.")]),
        (b'\n {"text": "Two died."}\n{"text": "One"}', [Article("stdin#2", "Two died."), Article("stdin#3", "One")]),
        (b'\xef\xbb\xbf{"text": "Two died."}', [Article("stdin#1", "Two died.")]),
        ('{"text": "Two died."}\n'.encode("utf-16"), [Article("stdin#1", "Two died.")]),
        ("Zwölf Tote".encode("utf-16"), [Article("stdin", "Zwölf Tote")]),
        (b'{"text": 3}', [Reject("stdin:1", "text is int, not a string")]),
        (b"", [Reject("stdin", "the text is empty")]),
    ],
)
def test_standard_input_is_recognised(raw: bytes, expected: list[Article | Reject]) -> None:
    assert read_stdin(raw) == expected


def test_standard_input_may_be_a_page_and_stays_open() -> None:
    stdin = io.BytesIO(PAGE.encode())
    (article,) = read_articles(["-"], stdin=stdin)
    assert isinstance(article, Article) and article.title == "Ferry fire kills nine"
    assert not stdin.closed


def test_a_file_without_a_known_ending_is_text_if_named_itself(tmp_path: Path) -> None:
    (tmp_path / "story").write_text("Two died.")
    assert read(tmp_path / "story") == ([Article("story", "Two died.")], [])
    assert [len(part) for part in read(tmp_path)] == [0, 1]
    assert len(list(read_articles(str(tmp_path / "story")))) == 1  # a single path, by mistake


# --- what is broken is told, and the rest goes on


def test_broken_lines(tmp_path: Path) -> None:
    lines = [
        '{"text": "Zwölf Tote in Köln", "id": 1}'.encode(),
        b'{"text": "caf\xe9 fire", "id": 2}',
        b'{"text": "no end',
        b"[1, 2]",
        b'{"title": "no text"}',
        b'{"text": null}',
        b'{"text": " \\n "}',
        b'{"text": ["a"]}',
        b'{"text": "half \\ud83d of it"}',
        b"[" * 100_000,
        b'{"text": "x", "n": ' + b"9" * 5000 + b"}",
        b'{"text": "raw \x00 byte"}',
        b"",
        '{"text": "Elf Tote in Münster", "id": 14, "title": "half \\ud83d"}'.encode(),
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    articles, rejected = read(tmp_path / "a.jsonl")
    assert [(a.id, a.title) for a in articles] == [("1", None), ("14", "half \ufffd")]
    reasons = {int(r.place.rpartition(":")[2]): r.reason for r in rejected}
    assert sorted(reasons) == list(range(2, 13))
    for line, words in {
        2: "column 14",
        3: "column 10",
        4: "list, not an object",
        5: "--text-column",
        6: "the text is empty",
        7: "the text is empty",
        8: "list, not a string",
        9: "surrogate",
        12: "broken JSON",
    }.items():
        assert words in reasons[line]


def test_broken_rows(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_bytes(
        b'\xef\xbb\xbfid,text\n1,"Zw\xc3\xb6lf\nTote"\n2,a,b\n3\n4,x\x00y\n5,caf\xe9\n6,"said "two" died"\n\n7,\n'
        + "8,Zwölf Tote in Köln\n9,Elf Tote in Münster\n".encode()
        + b'10,"never closed\n'
    )
    articles, rejected = read(path)
    assert [(a.id, a.text) for a in articles] == [
        ("1", "Zwölf\nTote"),
        ("8", "Zwölf Tote in Köln"),
        ("9", "Elf Tote in Münster"),
    ]
    places = [Path(r.place).name for r in rejected]
    assert places == [f"b.csv:row {n}" for n in (2, 3, 4, 5, 6, 7, 10)]
    assert "3 fields where the header has 2" in rejected[0].reason
    assert "NUL" in rejected[2].reason
    assert "lines 8 to 8" in rejected[4].reason


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"a,b\n1,2\n", b'"a,b\n', b"%PDF-1.3\n", "id,text\n1,x\n".encode("utf-16-le")]
)
def test_a_table_without_a_usable_header_is_one_reject(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "b.csv").write_bytes(raw)
    articles, rejected = read(tmp_path / "b.csv")
    assert articles == [] and [Path(r.place).name for r in rejected] == ["b.csv"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16", "utf-32"])
def test_tables_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    text = "Zwölf Tote in Köln,\r\nsagte die Behörde für Straßenbau."
    write_csv(tmp_path / "a.csv", [["id", "text"], [1, text], [2, text]], encoding=encoding)
    lines = "".join(json.dumps({"id": n, "text": text}, ensure_ascii=False) + "\n" for n in (3, 4))
    (tmp_path / "b.jsonl").write_bytes(lines.encode(encoding))
    articles, rejected = read(tmp_path)
    assert rejected == []
    assert [(a.id, a.text) for a in articles] == [(str(n), text) for n in (1, 2, 3, 4)]


def test_lines_that_end_in_carriage_returns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'id,text\r1,"Two\r\ndied."\r2,One\r')
    assert [a.text for a in read(tmp_path / "a.csv")[0]] == ["Two\r\ndied.", "One"]


def test_damaged_parquet(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    texts = [f"Report {i}: {os.urandom(200).hex()}" for i in range(3000)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=1000)
    raw = path.read_bytes()
    chunk = pq.ParquetFile(path).metadata.row_group(1).column(0)
    start, size = chunk.dictionary_page_offset, chunk.total_compressed_size
    path.write_bytes(raw[:start] + bytes(size) + raw[start + size :])
    articles, rejected = read(path)
    assert len(rejected) == 1 and "to 2000 are lost" in rejected[0].reason
    ids = [int(a.id.partition("#")[2]) for a in articles]
    assert [a.text for a in articles] == [texts[i - 1] for i in ids]
    assert {*range(1, 1001), *range(2001, 3001)} <= set(ids) and 2000 not in ids
    for broken in (raw[:-50], raw[:20], b"", b"PAR1"):
        path.write_bytes(broken)
        assert [len(part) for part in read(path)] == [0, 1]


def test_files_that_are_not_there_or_vanish(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text("Two died.")
    stream = read_articles([tmp_path, tmp_path / "none.csv"])
    assert isinstance(next(stream), Article)
    (tmp_path / "b.txt").unlink()
    rest = list(stream)
    assert [Path(i.place).name if isinstance(i, Reject) else i.id for i in rest] == ["b.txt", "c.txt", "none.csv"]
    assert all("no such file" in i.reason for i in rest if isinstance(i, Reject))


def test_files_and_folders_that_are_forbidden(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Two died.")
    (tmp_path / "b.txt").write_text("Two died.")
    (tmp_path / "a.txt").chmod(0)
    if os.access(tmp_path / "a.txt", os.R_OK):
        pytest.skip("everything is permitted to this user")
    (tmp_path / "closed").mkdir(mode=0)
    articles, rejected = read(tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert [a.id for a in articles] == ["b.txt"]
    assert [Path(r.place).name for r in rejected] == ["a.txt", "closed"]
    assert all("not permitted" in r.reason for r in rejected)


# --- size


def test_many_files_of_nothing(tmp_path: Path) -> None:
    for i in range(20_000):
        (tmp_path / f"{i}.txt").touch()
    count = 0
    for item in read_articles([tmp_path]):
        assert isinstance(item, Reject) and item.reason == "the text is empty"
        count += 1
    assert count == 20_000


def test_long_lines_cells_and_articles(tmp_path: Path) -> None:
    text = "Zwölf Tote.\r\n" * 800_000
    write_jsonl(tmp_path / "a.jsonl", [{"text": text}, {"text": "One died."}])
    write_csv(tmp_path / "b.csv", [["text", "n"], [text, 1], ["One died.", 2]])
    (tmp_path / "c.txt").write_bytes(text.encode("cp1252"))
    articles, rejected = read(tmp_path)
    assert rejected == []
    assert [a.text == text for a in articles] == [True, False, True, False, True]
