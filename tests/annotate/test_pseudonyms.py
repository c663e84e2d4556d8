"""Pseudonyms stay with their people, and the file that tells them stays private."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from casualty_claims.annotate.studio.pseudonyms import PseudonymError, pseudonyms, read_pseudonyms, with_new
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.lists(st.sampled_from([f"{name}@example.org" for name in "anna ben cleo dara emil".split()]), unique=True)


@given(st.dictionaries(NAMES.map("".join), st.sampled_from(["annotator 1", "annotator 7", "A.", "annotator x"])), NAMES)
def test_old_names_stay_and_new_ones_are_told_apart(known: dict[str, str], names: list[str]) -> None:
    known = {name: pseudonym for pseudonym, name in {p: n for n, p in known.items()}.items()}
    made = with_new(known, names)
    assert known.items() <= made.items()
    assert set(names) <= made.keys()
    assert len(set(made.values())) == len(made)
    assert with_new(made, reversed(names)) == made


def test_numbers_go_on_from_the_highest() -> None:
    assert with_new({"a": "annotator 4", "b": "the night desk"}, ["a", "c", "d"]) == {
        "a": "annotator 4",
        "b": "the night desk",
        "c": "annotator 5",
        "d": "annotator 6",
    }


def test_the_file_is_made_extended_and_private(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    assert pseudonyms(path, ["anna@example.org"]) == {"anna@example.org": "annotator 1"}
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    before = path.stat().st_mtime_ns
    assert pseudonyms(path, ["anna@example.org"]) == {"anna@example.org": "annotator 1"}
    assert (path.stat().st_mode & 0o777, path.stat().st_mtime_ns) == (0o600, before)
    pseudonyms(path, ["ben@example.org", "anna@example.org"])
    assert json.loads(path.read_text()) == {"anna@example.org": "annotator 1", "ben@example.org": "annotator 2"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["names.json"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "is no JSON"),
        ("[]", "must hold names and pseudonyms"),
        ('{"anna@example.org": 1}', "must hold names and pseudonyms"),
        ('{"anna@example.org": " "}', "must hold names and pseudonyms"),
        ('{"a": "annotator 1", "b": "annotator 1"}', "gives 'annotator 1' to 'a' and 'b'"),
    ],
)
def test_a_file_that_is_no_list_of_names_is_left_alone(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "names.json"
    path.write_text(content)
    with pytest.raises(PseudonymError, match=why):
        pseudonyms(path, ["cleo@example.org"])
    assert path.read_text() == content


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(PseudonymError, match="was not written: No such file or directory"):
        pseudonyms(tmp_path / "no folder" / "names.json", ["anna@example.org"])
    assert read_pseudonyms(tmp_path / "names.json") == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PseudonymError, match="Permission denied"):
        pseudonyms(tmp_path / "names.json", ["anna@example.org"])
