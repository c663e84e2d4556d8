"""Pulling writes what was done, again and again the same, and keeps names to itself when asked to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.annotate.regions import Reading, to_result
from casualty_claims.annotate.studio.accounts import names_of
from casualty_claims.annotate.studio.pull import Pulled, PullError, Where, bring_home
from casualty_claims.annotate.tasks import Task, tasks_of
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import ATTRIBUTION, Article, Document, Span
from casualty_claims.data.outputs import OutputError

PROJECT = {"id": 4, "title": "Spring session"}
ANNA, BEN = "anna@example.org", "ben@example.org"
NAMES = {1: ANNA, 2: BEN}
TEXTS = {
    "a.txt": "The mayor said it was over. Nobody in Tarnova slept.",
    "b.txt": "Witnesses told us they ran. It was dark. “Wait 🕯”, he said.",
}


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def tasks() -> list[Task]:
    return [task for name, text in TEXTS.items() for task in tasks_of(Article(name, text))]


def marked(task: Task, end: int | None = None) -> list[dict[str, Any]]:
    return to_result(Reading((Span(0, end or task.text.index(" "), ATTRIBUTION),)), task.text)


def exported(number: int, *annotations: tuple[int | None, Any]) -> dict[str, Any]:
    """Task ``number``; an annotation without a result was skipped."""
    rows = [{"completed_by": user, "result": r or [], "was_cancelled": r is None} for user, r in annotations]
    return {"id": number + 100, "data": tasks()[number].data(), "annotations": rows}


def session() -> list[dict[str, Any]]:
    first, _, third, _, _ = tasks()
    return [
        exported(0, (1, marked(first)), (2, marked(first, 14))),
        exported(1, (1, []), (2, None)),
        exported(2, (2, marked(third)), (1, marked(third))),
        exported(3, (1, [])),
        exported(4),
    ]


@pytest.fixture
def pull(news: Path, tmp_path: Path) -> Callable[..., Pulled]:
    def run(rows: list[dict[str, Any]], *, names: Path | None = None, **more: Any) -> Pulled:
        return bring_home(rows, NAMES, PROJECT, Where([news], tmp_path / "out.jsonl", names=names), **more)

    return run


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.iterdir()) if p.is_file()}


def test_one_document_for_each_article_and_annotator(pull: Callable[..., Pulled], tmp_path: Path) -> None:
    found = pull(session())
    documents = list(read_corpus(tmp_path / "out.jsonl"))
    assert [(d.id, d.meta["annotator"]) for d in documents] == [
        ("a.txt", ANNA), ("a.txt", BEN), ("b.txt", ANNA), ("b.txt", BEN)]  # fmt: skip
    assert [[d.text[s.start : s.end] for s in d.spans] for d in documents] == [
        ["The"], ["The mayor said"], ["Witnesses"], ["Witnesses"]]  # fmt: skip
    assert [(len(d.meta["labelled"]), len(d.meta["skipped"])) for d in documents] == [(2, 0), (1, 1), (2, 0), (1, 0)]
    assert (found.tasks, found.annotations, found.notes, found.rejects) == (5, {ANNA: 4, BEN: 3}, (), None)
    made = found.assembled
    assert (made.labelled, made.empty, made.skipped) == (6, 2, 1)
    assert (found.changes.new, found.changes.changed, found.changes.gone, found.changes.same) == (4, 0, 0, 0)
    version = json.loads((tmp_path / "out.version.json").read_text())
    assert (version["how"], version["project"], version["annotators"]) == ("pull", PROJECT, [ANNA, BEN])
    assert sorted(contents(tmp_path)) == ["out.jsonl", "out.version.json"]


def test_pulling_again_touches_nothing(pull: Callable[..., Pulled], tmp_path: Path) -> None:
    pull(session())
    before = contents(tmp_path)
    again = pull([{**row, "annotations": row["annotations"][::-1]} for row in session()[::-1]])
    assert contents(tmp_path) == before
    assert (again.changes.any, again.changes.same) == (False, 4)


def test_what_changed_changes_and_nothing_else(pull: Callable[..., Pulled], tmp_path: Path) -> None:
    pull(session())
    before = (tmp_path / "out.jsonl").read_bytes().splitlines()
    rows = session()
    rows[3]["annotations"].append({"completed_by": 2, "result": [], "was_cancelled": False})
    changes = pull(rows).changes
    after = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, True, True, False]
    assert (changes.new, changes.changed, changes.gone, changes.same) == (0, 1, 0, 3)


def test_rejects_come_and_go(pull: Callable[..., Pulled], tmp_path: Path, news: Path) -> None:
    (news / "b.txt").write_text(TEXTS["b.txt"].replace("dark", "cold"), encoding="utf-8")
    found = pull(session())
    (row,) = [json.loads(line) for line in (tmp_path / "out.jsonl.rejects.jsonl").read_text().splitlines()]
    assert row["place"] == f"Spring session: task 103, {ANNA}, {tasks()[3].key}"
    assert "changed after the export" in row["reason"]
    assert (found.lost, found.rejects) == (1, tmp_path / "out.jsonl.rejects.jsonl")
    (news / "b.txt").write_text(TEXTS["b.txt"], encoding="utf-8")
    assert pull(session()).rejects is None
    assert not (tmp_path / "out.jsonl.rejects.jsonl").exists()


def test_an_article_that_cannot_be_read_is_told_where_one_is_missing(pull: Callable[..., Pulled], news: Path) -> None:
    (news / "c.pdf").write_bytes(b"%PDF")
    assert pull(session()).notes == ()
    (news / "b.txt").write_bytes(b"\x00\x01")
    found = pull(session())
    assert found.lost == 3
    told = [note.place for note in found.notes if not note.lost]
    assert [place.rsplit("/", 1)[-1] for place in told] == ["b.txt", "c.pdf"]


def test_pseudonyms_stand_everywhere(pull: Callable[..., Pulled], tmp_path: Path, news: Path) -> None:
    names = tmp_path / "names.json"
    names.write_text(json.dumps({BEN: "the night desk"}))
    rows = session()
    rows[4]["annotations"].append({"completed_by": 17, "result": [], "was_cancelled": False})
    (news / "a.txt").write_text("Another text altogether, as long as the other was.", encoding="utf-8")
    found = pull(rows, names=names)
    assert json.loads(names.read_text()) == {BEN: "the night desk", ANNA: "annotator 1", "user 17": "annotator 2"}
    assert names.stat().st_mode & 0o777 == 0o600
    written = {name: content for name, (content, _) in contents(tmp_path).items() if name != "names.json"}
    assert len(written) == 3
    assert not any(b"@" in content for content in written.values())
    assert "@" not in repr(found)
    assert [d.meta["annotator"] for d in read_corpus(tmp_path / "out.jsonl")] == [
        "annotator 1", "annotator 2", "the night desk"]  # fmt: skip


@pytest.mark.parametrize("name", [BEN, "annotator 2"])
def test_one_annotator_by_either_name(pull: Callable[..., Pulled], tmp_path: Path, name: str) -> None:
    pull(session(), names=tmp_path / "names.json", only=name)
    assert {d.meta["annotator"] for d in read_corpus(tmp_path / "out.jsonl")} == {"annotator 2"}


def test_an_annotator_who_is_not_there(pull: Callable[..., Pulled], tmp_path: Path) -> None:
    with pytest.raises(
        PullError, match=r"has labelled nothing in 'Spring session'; who has: anna@example.org, ben@example.org"
    ):
        pull(session(), only="cleo@example.org")
    with pytest.raises(PullError) as caught:
        pull(session(), names=tmp_path / "names.json", only="cleo@example.org")
    assert "@" not in str(caught.value) and "annotator 1, annotator 2" in str(caught.value)


def test_nothing_to_bring_home_leaves_what_is_there(pull: Callable[..., Pulled], tmp_path: Path, news: Path) -> None:
    pull(session())
    before = contents(tmp_path)
    with pytest.raises(PullError, match="nobody has labelled anything in 'Spring session' yet"):
        pull([exported(0), exported(1)])
    for name in TEXTS:
        (news / name).rename(news / f"other-{name}")
    with pytest.raises(PullError, match=r"no annotation fits the articles, .* there is no article 'b.txt'"):
        pull(session())
    assert contents(tmp_path) == before


def test_a_file_that_somebody_edited_is_not_written_over(pull: Callable[..., Pulled], tmp_path: Path) -> None:
    pull(session())
    out = tmp_path / "out.jsonl"
    documents = list(read_corpus(out))
    mended = [Document(d.article, (), d.meta).to_json() for d in documents]
    out.write_text("".join(json.dumps(row) + "\n" for row in mended))
    with pytest.raises(OutputError, match="edited after it was made"):
        pull(session())
    assert pull(session(), force=True).changes.changed == 4
    assert list(read_corpus(out)) == documents


def test_outputs_among_the_articles_are_no_articles(news: Path) -> None:
    where = Where([news], news / "out.jsonl", names=news / "names.json")
    (news / "b.txt").unlink()
    for _ in range(2):
        found = bring_home(session(), NAMES, PROJECT, where)
        assert found.lost == 3 and all(note.lost for note in found.notes)


def test_names_of_accounts() -> None:
    users = [
        {"id": 1, "email": ANNA, "username": ""},
        {"id": 2, "email": "", "username": "ben"},
        {"id": 3, "email": "Deleted", "username": "Deleted"},
        {"id": 4, "email": None, "username": None},
    ]
    assert names_of(users) == {1: ANNA, 2: "ben"}
