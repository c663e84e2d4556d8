"""Three annotators disagree on a real server, a reviewer settles it there, and gold comes home."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from casualty_claims.annotate.cli import main
from casualty_claims.annotate.judging.versions import version_of
from casualty_claims.annotate.regions import Reading, to_result
from casualty_claims.annotate.taskfile import open_tasks, read_tasks
from casualty_claims.annotate.tasks import Task, tasks_of
from casualty_claims.data.checks import check_corpus
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import Article
from casualty_claims.data.labelled import labelled_part
from casualty_claims.data.notation import parse, render
from studio import Studio, User

SESSION, REVIEW = "Three who differ", "Review of three who differ"

POLICE = "“😀 [[a1|Police said]]\n[[k>=30@a1|at least 30 people were killed]]  near Belmar.”"
POLICE_TOO_SHORT = "“😀 [[a1|Police said]]\nat least [[k=30@a1|30 people were killed]]  near Belmar.”"
POLICE_NO_SOURCE = "“😀 Police said\n[[k>=30|at least 30 people were killed]]  near Belmar.”"
ROAD = "The road stayed shut."
HURT, HURT_OTHERWISE = "[[i=4|Four were wounded]] 👩‍🚒 in Tarnova.", "[[k=4|Four were wounded]] 👩‍🚒 in Tarnova."
MINERS = "[[a1|Colonel Dara Obin reported]] that [[k=6@a1|six miners died]]."
NOBODY, SOMEBODY = "Nobody else came.", "[[m0|Nobody else came]]."

STORIES = {"harbour.txt": [POLICE, ROAD, HURT], "mine.txt": [MINERS, NOBODY]}
"""What the first annotator says of each sentence."""

OTHERS = {
    "ben": [POLICE_TOO_SHORT, ROAD, HURT_OTHERWISE, MINERS, None],
    "chidi": [POLICE_NO_SOURCE, ROAD, HURT, MINERS, SOMEBODY],
}
"""What the other two say; ``None`` is skipped."""

AGREED = [ROAD, MINERS]
REVIEWED = [POLICE, HURT, NOBODY]


class Annotator:
    """One who labels on the server as its page does."""

    def __init__(self, user: User) -> None:
        self.user = user
        headers = {"Authorization": f"Token {user.legacy_token}"}
        self.http = httpx.Client(base_url=user.url, headers=headers, timeout=60, trust_env=False)

    def label(self, studio: Studio, title: str, readings: Mapping[str, str | None]) -> None:
        """Submit ``readings`` (the sentence in the inline notation, by its words), or skip."""
        (project,) = studio.projects(title)
        rows = studio.rows("select id, data from task where project_id = ?", [project])
        for number, data in rows:
            words = json.loads(data)["text"]
            if words not in readings:
                continue
            notation = readings[words]
            result = [] if notation is None else to_result(Reading(parse(notation)[1]), words)
            body = {"result": result, "was_cancelled": notation is None}
            self.http.post(f"/api/tasks/{number}/annotations/", json=body).raise_for_status()


def words(notation: str) -> str:
    return parse(notation)[0]


def by_words(readings: list[str | None], sentences: list[str]) -> dict[str, str | None]:
    return {words(sentence): reading for sentence, reading in zip(sentences, readings, strict=True)}


def articles(folder: Path) -> list[Task]:
    """Write the stories, and return their tasks."""
    folder.mkdir()
    tasks: list[Task] = []
    for name, sentences in STORIES.items():
        text, places = "", []
        for sentence in sentences:
            places.append((len(text), len(text) + len(words(sentence))))
            text += words(sentence) + "\n\n"
        (folder / name).write_bytes(text.encode())
        tasks += tasks_of(Article(name, text), places)
    return tasks


def gold(path: Path) -> dict[str, str]:
    """How each sentence of a gold file is labelled, by its words."""
    found = {}
    for document in read_corpus(path):
        for start, end in document.meta["labelled"]:
            part = labelled_part(
                type(document)(document.article, document.spans, {**document.meta, "labelled": [[start, end]]})
            )
            assert part is not None
            found[part.text] = render(part.text, part.spans)
    return found


def test_three_who_differ_are_adjudicated(
    label_studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.personal_token())
    news, tasks = str(tmp_path / "news"), tmp_path / "tasks.json"
    labelled, reviewed, out = (tmp_path / f"{name}.jsonl" for name in ("labelled", "reviewed", "gold"))

    def run(*command: object) -> str:
        status = main([str(word) for word in command])
        said = capsys.readouterr()
        assert status == 0, said.out + said.err
        return said.out

    with open_tasks(tasks) as file:
        for task in articles(tmp_path / "news"):
            file.write({"data": task.data()})
    run("push", tasks, "--project", SESSION, "--annotators", 3)
    sentences = [sentence for story in STORIES.values() for sentence in story]
    for name, readings in {"amara": sentences, **OTHERS}.items():
        annotator = Annotator(label_studio.new_user(f"{name}.adjudicate@example.org"))
        annotator.label(label_studio, SESSION, by_words(list(readings), sentences))
    run("pull", "--project", SESSION, "--articles", news, "--out", labelled)

    figures: dict[str, Any] = json.loads(run("agreement", labelled, "--json"))
    pairs = {tuple(name.split(".")[0] for name in pair["annotators"]): pair for pair in figures["pairs"]}
    assert {pair: row["sentences"] for pair, row in pairs.items()} == {
        ("amara", "ben"): 4,
        ("amara", "chidi"): 5,
        ("ben", "chidi"): 4,
    }
    claims = {pair: row["exact"]["CASUALTY_CLAIM"]["value"] for pair, row in pairs.items()}
    assert claims == {("amara", "ben"): 0.6667, ("amara", "chidi"): 0.8571, ("ben", "chidi"): 0.6667}
    assert pairs["amara", "ben"]["overlap"]["CASUALTY_CLAIM"]["value"] == 1
    assert pairs["amara", "ben"]["fields"]["harm"]["value"] == 0.5
    link = pairs["amara", "chidi"]["link"]
    assert (link["value"], link["of"]) == (0.6667, 3) and link["low"] <= 0.6667 <= link["high"]
    worst = {row["text"] for row in figures["worst"]}
    assert worst == {words(sentence) for sentence in REVIEWED}

    assert "2 of 5 sentences are gold (2 agreed)" in run("adjudicate", labelled, "--out", out)
    assert gold(out) == {words(sentence): sentence for sentence in AGREED}
    review = tmp_path / "gold.review.json"
    assert [row["data"]["text"] for row in read_tasks(review)] == [words(sentence) for sentence in REVIEWED]
    run("push", review, "--project", REVIEW)
    contents = label_studio.count(REVIEW)
    assert sorted(version for _, version in contents.predictions) == sorted(
        f"{name}.adjudicate@example.org" for name in ["amara", "ben", "chidi"] * 2 + ["amara", "chidi"]
    )

    lead = Annotator(label_studio.lead)
    lead.label(label_studio, REVIEW, by_words(list(REVIEWED), REVIEWED))
    run("pull", "--project", REVIEW, "--articles", news, "--out", reviewed)
    again = ["adjudicate", labelled, "--out", out, "--reviewed", reviewed, "--by", "lead@example.org"]
    assert "5 of 5 sentences are gold (3 reviewed by lead@example.org; 2 agreed)" in run(*again)
    assert gold(out) == {words(sentence): sentence for sentence in sentences}
    assert list(check_corpus([out])) == []
    version, pulled = version_of(out), version_of(labelled)
    assert version is not None and pulled is not None and version.pulled is not None
    assert version.pulled == {"hash": pulled.hash, "made": pulled.made}
    assert version.project == {"id": label_studio.projects(SESSION)[0], "title": SESSION}
    assert version.by == "lead@example.org"

    before = out.read_bytes(), out.stat().st_mtime_ns
    run("pull", "--project", SESSION, "--articles", news, "--out", labelled)
    assert "0 new, 0 changed, 0 gone, 2 as before" in run(*again)
    assert (out.read_bytes(), out.stat().st_mtime_ns) == before

    by_vote = tmp_path / "vote.jsonl"
    said = run("adjudicate", labelled, "--out", by_vote, "--rule", "majority")
    assert "3 of 5 sentences are gold (2 agreed; 1 majority)" in said
    assert gold(by_vote) == {words(sentence): sentence for sentence in (ROAD, HURT, MINERS)}
    # two marked the claim of the first sentence, one of them without a source; on the last it is one against one
    assert "there is no majority on the source of" in said and "1 of 2 marked 'Nobody else came'" in said
