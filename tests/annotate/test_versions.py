"""Version files: what is written when, what is left alone, and what is never written over."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.annotate.judging import versions
from casualty_claims.annotate.judging.versions import Changes, origin, version_of, version_path, write_gold
from casualty_claims.data.corpus import CorpusError, corpus_hash, read_corpus
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.outputs import OutputError


def document(id: str, text: str = "Six died in Belmar. Rain fell.", name: str = "amara", **meta: Any) -> Document:
    return Document(Article(id, text), (), {"annotator": name, "labelled": [[0, 19]], **meta})


def write(path: Path, documents: list[Document], **more: Any) -> Changes:
    return write_gold(path, documents, **{"how": "pull", "annotators": ["amara"], **more})


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def age(folder: Path) -> None:
    """Make every file look old, so that one that is written again is seen."""
    for path in folder.iterdir():
        os.utime(path, (1_000_000_000, 1_000_000_000))


@pytest.mark.parametrize("name", ["gold.jsonl", "gold.jsonl.gz"])
def test_a_version_says_what_where_from_and_by_whom(tmp_path: Path, name: str) -> None:
    documents = [document("a"), document("a", name="ben"), document("b", labelled=[[0, 19], [20, 30]])]
    path = tmp_path / name
    pulled = {"hash": "abc", "made": "2031-05-01T10:00:00+00:00"}
    project = {"id": 4, "title": "Spring in Tarnova"}
    changes = write(path, documents, annotators=["ben", "amara"], project=project, pulled=pulled, rule="majority")
    assert changes == Changes(new=3)
    assert version_path(path) == tmp_path / "gold.version.json"
    row = json.loads(version_path(path).read_text())
    assert row["hash"] == corpus_hash(read_corpus(path)) == corpus_hash(documents)
    assert (row["documents"], row["sentences"]) == (3, 3)  # the first sentence of a is one, however many labelled it
    assert row["annotators"] == ["amara", "ben"]
    assert (row["project"], row["pulled"], row["rule"], row["how"]) == (project, pulled, "majority", "pull")
    assert row["made"].endswith("+00:00")
    found = version_of(path)
    assert found is not None and found.hash == row["hash"] and found.annotators == ("amara", "ben")
    assert origin(path) == {"hash": row["hash"], "made": row["made"]}


def test_a_document_that_does_not_say_what_was_labelled_counts_all_its_sentences(tmp_path: Path) -> None:
    whole = Document(Article("a", "Six died in Belmar. Rain fell."), (), {"annotator": "amara"})
    write(tmp_path / "gold.jsonl", [whole])
    version = version_of(tmp_path / "gold.jsonl")
    assert version is not None and version.sentences == 2


def test_the_same_again_touches_nothing(tmp_path: Path) -> None:
    write(tmp_path / "gold.jsonl", [document("a"), document("b")])
    age(tmp_path)
    before = state(tmp_path)
    assert write(tmp_path / "gold.jsonl", [document("a"), document("b")]) == Changes(same=2)
    assert state(tmp_path) == before


def test_changes_are_counted_by_article_and_annotator(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    write(path, [document("a"), document("a", name="ben"), document("b"), document("c")])
    changes = write(path, [document("a"), document("a", name="ben", genre="wire"), document("b"), document("d")])
    assert changes == Changes(new=1, changed=1, gone=1, same=2)
    assert changes.any and str(changes) == "1 new, 1 changed, 1 gone, 2 as before"
    version = version_of(path)
    assert version is not None and version.hash == corpus_hash(read_corpus(path))


def test_the_same_documents_from_another_pull_leave_the_gold_but_renew_its_version(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    write(path, [document("a")], pulled={"hash": "1", "made": None})
    age(tmp_path)
    before = state(tmp_path)
    write(path, [document("a")], pulled={"hash": "2", "made": None})
    assert state(tmp_path)["gold.jsonl"] == before["gold.jsonl"]
    version = version_of(path)
    assert version is not None and version.pulled == {"hash": "2", "made": None}


def edit(path: Path) -> None:
    path.write_text(path.read_text().replace("Belmar", "Osheva"))


def damage(path: Path) -> None:
    path.write_text(path.read_text()[:-9])


def lose_version(path: Path) -> None:
    version_path(path).unlink()


def break_version(path: Path) -> None:
    version_path(path).write_text('{"hash": 1}')


@pytest.mark.parametrize("harm", [edit, damage, lose_version, break_version])
def test_what_is_not_as_it_was_written_is_never_written_over(tmp_path: Path, harm: Any) -> None:
    path = tmp_path / "gold.jsonl"
    write(path, [document("a")])
    harm(path)
    before = state(tmp_path)
    with pytest.raises(OutputError, match="--force"):
        write(path, [document("a"), document("b")])
    assert state(tmp_path) == before
    write(path, [document("a"), document("b")], force=True)
    assert [d.id for d in read_corpus(path)] == ["a", "b"]
    assert origin(path)["made"] is not None


def test_gold_is_not_written_over_by_a_pull(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    write(path, [document("a")], how="adjudication")
    with pytest.raises(OutputError, match="it comes from adjudication, not pull"):
        write(path, [document("b")])


def test_an_article_twice_by_one_annotator_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="article 'a' by amara twice"):
        write(tmp_path / "gold.jsonl", [document("a"), document("b"), document("a")])
    assert list(tmp_path.iterdir()) == []


def test_an_edited_file_has_no_time(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    write(path, [document("a")])
    edit(path)
    assert origin(path) == {"hash": corpus_hash(read_corpus(path)), "made": None}


@pytest.mark.parametrize("step", ["open_lines", "write_corpus"])
def test_a_run_killed_at_any_step_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "gold.jsonl"
    write(path, [document("a")])

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    for _ in range(2):  # killed twice in a row
        with monkeypatch.context() as patch:
            patch.setattr(versions, step, killed)
            with pytest.raises(KeyboardInterrupt):
                write(path, [document("a"), document("b")])
        assert [d.id for d in read_corpus(path)] == ["a"]
    write(path, [document("a"), document("c")])
    assert [d.id for d in read_corpus(path)] == ["a", "c"]
    edit(path)
    with pytest.raises(OutputError, match="edited"):
        write(path, [document("a")])
