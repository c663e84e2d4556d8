from __future__ import annotations

import os
from pathlib import Path

import pytest
from casualty_claims.data.folders import File, ending, find_files
from casualty_claims.data.rejects import Reject

ENDINGS = frozenset({".txt", ".csv"})


def names(root: Path) -> list[str]:
    return [found.name for found in find_files(root, ENDINGS) if isinstance(found, File)]


def rejects(root: Path) -> dict[str, str]:
    return {Path(f.place).name: f.reason for f in find_files(root, ENDINGS) if isinstance(f, Reject)}


def test_folders_are_walked_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ["b.txt", "a/2.txt", "a/10.txt", "a/b/c.csv", ".git/x.txt", ".hidden.txt", "c.TXT", "d.csv.gz"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert names(tmp_path) == ["a/10.txt", "a/2.txt", "a/b/c.csv", "b.txt", "c.TXT", "d.csv.gz"]
    assert rejects(tmp_path) == {}


def test_places_tell_the_way_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.txt").touch()
    monkeypatch.chdir(tmp_path)
    for root in ("news", Path("news"), "./news/"):
        (found,) = find_files(Path(root), ENDINGS)
        assert isinstance(found, File)
        assert (found.name, found.place) == ("a.txt", "news/a.txt")
    (single,) = find_files(Path("news/a.txt"), ENDINGS)
    assert isinstance(single, File)
    assert (single.name, single.place) == ("a.txt", "news/a.txt")


def test_other_endings_are_rejected_with_those_known(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    (tmp_path / "README").touch()
    found = rejects(tmp_path)
    assert set(found) == {"a.pdf", "README"}
    assert ".csv, .txt" in found["a.pdf"]


def test_links_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.txt").touch()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "c.txt").symlink_to(tmp_path / "a" / "1.txt")
    (tmp_path / "self.txt").symlink_to("self.txt")
    (tmp_path / "gone.txt").symlink_to("nowhere.txt")
    assert names(tmp_path) == ["a/1.txt", "c.txt"]
    assert set(rejects(tmp_path)) == {"self.txt", "gone.txt"}


def test_many_ways_to_one_folder_are_not_all_walked(tmp_path: Path) -> None:
    here = tmp_path
    for _ in range(40):  # 2 ** 40 paths
        (here / "x").mkdir()
        (here / "y").symlink_to("x")
        here = here / "x"
    (here / "end.txt").touch()
    assert len(names(tmp_path)) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_in_a_folder_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert rejects(tmp_path) == {"pipe.txt": "it is not a regular file"}


def test_names_that_are_no_utf8_become_text(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).touch()
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    assert names(tmp_path) == ["caf\ufffd.txt"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.TXT", (".txt", False)),
        ("a.jsonl.GZ", (".jsonl", True)),
        ("a.gz", ("", True)),
        ("a", ("", False)),
        ("a.b.csv", (".csv", False)),
    ],
)
def test_endings(name: str, expected: tuple[str, bool]) -> None:
    assert ending(name) == expected
