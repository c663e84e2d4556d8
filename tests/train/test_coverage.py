"""What a corpus is made of, against a document counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from casualty_claims.data.corpus import write_corpus
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.notation import parse
from casualty_claims.train.cli import main
from casualty_claims.train.coverage import coverage, markdown

NOTATION = (
    "[[a1|The harbour master said]] [[k=2@a1|two divers drowned]] and [[i%|half of the crew were hurt]]. "
    "[[i~9@a2|Some nine cadets were burned]], [[a2|an aunt said]]. The wind fell at dusk. "
    "A cook, [[a3|witnesses said]], ran ashore. [[k=1@a2|Another died later]]. "
)


def document(name: str, **meta: str) -> Document:
    text, spans = parse(NOTATION)
    return Document(Article(name, text), spans, meta)


def test_every_count_of_a_document() -> None:
    assert coverage([document("ship", genre="wire", decade="1990s", event="storm")]) == {
        "size": {"documents": 1, "sentences": 5, "sentences without a span": 1, "claims": 4, "attributions": 3},
        "harm": {"killed": 2, "injured": 2},
        "qualifier": {"exact": 2, "share": 1, "about": 1},
        "attribution stands": {"at the sentence's start": 1, "at its end": 1, "within it": 1},
        "claim rests on": {
            "an attribution before it": 1,
            "nobody": 1,
            "an attribution after it": 1,
            "another sentence's attribution": 1,
        },
        "genre": {"wire": 1},
        "decade": {"1990s": 1},
    }


def test_documents_add_up_and_what_is_nowhere_has_no_table() -> None:
    one, three = coverage([document("a")]), coverage([document(name) for name in "abc"])
    assert three == {name: {key: 3 * times for key, times in counts.items()} for name, counts in one.items()}
    assert "genre" not in one


def test_check_prints_the_counts_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = [document("ship", genre="wire")]
    write_corpus(tmp_path / "c.jsonl", documents)
    assert main(["check", str(tmp_path / "c.jsonl"), "--counts"]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith(f"\n\n{markdown(coverage(documents))}\n")
    assert "| size | count |\n|---|---:|\n| sentences | 5 |\n| claims | 4 |\n" in printed
    assert "| harm | count |\n|---|---:|\n| injured | 2 |\n| killed | 2 |\n" in printed
