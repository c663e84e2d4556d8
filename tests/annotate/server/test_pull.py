"""What two people did on a real server comes home, and the status says what they did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from casualty_claims.annotate.cli import main
from casualty_claims.annotate.regions import EARLIER, Reading, to_result
from casualty_claims.annotate.studio.server import connect
from casualty_claims.annotate.taskfile import open_tasks
from casualty_claims.annotate.tasks import Task, tasks_of
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import CLAIM, Article, Span
from casualty_claims.data.notation import parse
from studio import Studio, User

TITLE = "Two who pull"
STORIES = {
    "harbour.txt": [
        "“😀 [[a1|Police said]]\n[[k>=30@a1|at least 30 people were killed]]  near Belmar.”",
        "The road stayed shut.",
        "[[i=4|Four were wounded]] 👩‍🚒 in Tarnova.",
    ],
    "mine.txt": ["[[a1|Colonel Dara Obin reported]] that [[k=6@a1|six miners died]].", "Nobody else came."],
}


class Annotator:
    """One who works on the server as its page does."""

    def __init__(self, user: User, numbers: dict[str, int]) -> None:
        self.email, self.numbers = user.email, numbers
        headers = {"Authorization": f"Token {user.legacy_token}"}
        self.http = httpx.Client(base_url=user.url, headers=headers, timeout=60, trust_env=False)

    def submit(self, task: Task, reading: Reading, *, skip: bool = False, **more: Any) -> int:
        row = {"result": to_result(reading, task.text), "was_cancelled": skip, **more}
        return int(self._post(f"/api/tasks/{self.numbers[task.key]}/annotations/", row)["id"])

    def draft(self, task: Task, reading: Reading) -> None:
        self._post(f"/api/tasks/{self.numbers[task.key]}/drafts", {"result": to_result(reading, task.text)})

    def change(self, annotation: int, task: Task, reading: Reading) -> None:
        answer = self.http.patch(f"/api/annotations/{annotation}/", json={"result": to_result(reading, task.text)})
        answer.raise_for_status()

    def _post(self, address: str, row: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.post(address, json=row).raise_for_status()
        return dict(answer.json())


class Session:
    """A project with both stories, their readings, and two annotators."""

    def __init__(self, studio: Studio, folder: Path) -> None:
        self.news, self.out = folder / "news", folder / "labelled.jsonl"
        self.news.mkdir()
        self.tasks: list[Task] = []
        self.meant: list[Reading] = []
        for name, sentences in STORIES.items():
            text, places = "", []
            for sentence in sentences:
                words, spans = parse(sentence)
                places.append((len(text), len(text) + len(words)))
                text += words + "\n\n"
                self.meant.append(Reading(spans))
            (self.news / name).write_bytes(text.encode())
            self.tasks += tasks_of(Article(name, text), places)
        with open_tasks(folder / "tasks.json") as file:
            for task, reading in zip(self.tasks, self.meant, strict=True):
                result = to_result(reading, task.text)
                shown = {"model_version": "small 1", "score": 0.5, "result": result}
                file.write({"data": task.data(), "predictions": [shown]})
        way_in = ["--url", studio.url, "--token", studio.legacy_token]
        assert main(["push", str(folder / "tasks.json"), "--project", TITLE, "--annotators", "2", *way_in]) == 0
        self.server = connect(studio.url, studio.legacy_token)
        project = self.server.project(TITLE)
        assert project is not None
        self.project = project
        there = list(self.server.export(self.project))
        self.suggestion = {row["data"]["key"]: row["predictions"][0]["id"] for row in there}
        numbers = {row["data"]["key"]: row["id"] for row in there}
        self.anna = Annotator(studio.new_user("anna.pull@example.org"), numbers)
        self.ben = Annotator(studio.new_user("ben.pull@example.org"), numbers)

    def work(self) -> int:
        """What they did; returns the number of the annotation that is changed later."""
        harbour, road, hurt, mine, nobody = self.tasks
        for task, reading, seconds in zip(self.tasks[:4], self.meant, (30, 5, 12, 11), strict=False):
            self.anna.submit(task, reading, parent_prediction=self.suggestion[task.key], lead_time=seconds)
        self.anna.draft(nobody, Reading((Span(0, 6, CLAIM),)))
        killed = self.meant[0].spans[1]
        shorter = replace(killed, end=killed.end - len(" killed"), harm="missing", attributed_to=0)
        mended = Reading((self.meant[0].spans[0], shorter))
        self.ben.submit(harbour, mended, parent_prediction=self.suggestion[harbour.key], lead_time=20)
        self.ben.submit(road, Reading(), skip=True)
        earlier = Reading(self.meant[2].spans, (EARLIER,))
        changed = self.ben.submit(hurt, earlier, parent_prediction=self.suggestion[hurt.key], lead_time=40)
        self.ben.submit(mine, Reading(), parent_prediction=self.suggestion[mine.key], lead_time=6)
        return changed


@pytest.fixture(scope="module")
def session(label_studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = Session(label_studio, tmp_path_factory.mktemp("pull"))
    yield made
    made.server.delete_project(made.project)


@pytest.fixture(autouse=True)
def way_in(label_studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.personal_token())


def pulled(session: Session, *more: str) -> int:
    return main(["pull", "--project", TITLE, "--articles", str(session.news), "--out", str(session.out), *more])


def test_a_session_comes_home(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert pulled(session) == 2
    assert "nobody has labelled anything" in capsys.readouterr().err
    changed = session.work()

    assert pulled(session) == 0
    told = capsys.readouterr()
    assert "annotations: 8 (anna.pull@example.org 4, ben.pull@example.org 4)" in told.out
    assert "sentences: 7 labelled, 2 of them empty, 1 skipped" in told.out
    assert "documents: 4 new, 0 changed, 0 gone, 0 as before" in told.out
    assert told.err == ""

    documents = {(d.id, d.meta["annotator"][:4]): d for d in read_corpus(session.out)}
    assert list(documents) == [(story, name) for story in STORIES for name in ("anna", "ben.")]
    for story, sentences in STORIES.items():
        document = documents[story, "anna"]
        assert document.text == (session.news / story).read_bytes().decode()
        wanted = [span for sentence in sentences for span in parse(sentence)[1]]
        meant = [parse(sentence) for sentence in sentences]
        words = [text[s.start : s.end] for text, spans in meant for s in spans]
        assert [document.text[s.start : s.end] for s in document.spans] == words
        assert [(s.label, s.harm, s.quantity, s.attributed_to is None) for s in document.spans] == [
            (s.label, s.harm, s.quantity, s.attributed_to is None) for s in wanted]  # fmt: skip
    places = [[task.start, task.end] for task in session.tasks]
    assert documents["mine.txt", "anna"].meta["labelled"] == places[3:4]  # a draft is no annotation
    ben = documents["harbour.txt", "ben."]
    assert (ben.meta["labelled"], ben.meta["skipped"]) == ([places[0], places[2]], [places[1]])
    assert [(ben.text[s.start : s.end], s.harm, s.attributed_to) for s in ben.spans] == [
        ("Police said", None, None),
        ("at least 30 people were", "missing", 0),
        ("Four were wounded", "injured", 0),
    ]
    assert documents["mine.txt", "ben."].spans == () and documents["mine.txt", "ben."].meta["labelled"] == places[3:4]

    before = session.out.read_bytes(), session.out.stat().st_mtime_ns
    assert pulled(session) == 0
    assert "nothing changed" in capsys.readouterr().out
    assert (session.out.read_bytes(), session.out.stat().st_mtime_ns) == before

    session.ben.change(changed, session.tasks[2], Reading())
    assert pulled(session) == 0
    assert "documents: 0 new, 1 changed, 0 gone, 3 as before" in capsys.readouterr().out
    lines = zip(before[0].splitlines(), session.out.read_bytes().splitlines(), strict=True)
    assert [a == b for a, b in lines] == [True, False, True, True]

    text = (session.news / "mine.txt").read_bytes()
    (session.news / "mine.txt").write_bytes(text.replace(b"six", b"ten"))
    assert pulled(session) == 1
    assert "2 rejects, all listed in" in capsys.readouterr().err
    (session.news / "mine.txt").write_bytes(text)
    assert pulled(session) == 0
    assert not session.out.with_name("labelled.jsonl.rejects.jsonl").exists()


def test_the_status_says_what_was_done(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    """After the test above: Ben's last sentence was emptied."""
    assert main(["status", "--project", TITLE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["progress"] == {"tasks": 5, "labelled": 4, "skipped": 0, "open": 1, "enough": 3, "wanted": 2}
    anna, ben = found["annotators"]
    assert anna == {"annotator": "anna.pull@example.org", "labelled": 4, "empty": 1, "skipped": 0, "accepted": 4,
                    "corrected": 0, "scratch": 0, "seconds": 11.5}  # fmt: skip
    assert ben == {"annotator": "ben.pull@example.org", "labelled": 3, "empty": 2, "skipped": 1, "accepted": 0,
                   "corrected": 3, "scratch": 0, "seconds": 20.0}  # fmt: skip
    assert found["suggested_spans"][CLAIM] == {"kept": 3, "moved": 1, "deleted": 2, "added": 0, "claims": 4,
                                               "harm": 1, "qualifier": 0, "number": 0, "link": 0}  # fmt: skip
    assert main(["status", "--project", TITLE]) == 0
    shown = capsys.readouterr().out
    assert "80% of 5 sentences labelled" in shown and "anna.pull@example.org" in shown


def test_with_pseudonyms_no_address_is_written_or_shown(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names, out = tmp_path / "names.json", tmp_path / "out.jsonl"
    command = ["--project", TITLE, "--pseudonyms", str(names)]
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "mine.txt").write_bytes((session.news / "mine.txt").read_bytes())
    assert main(["pull", *command, "--articles", str(tmp_path / "news"), "--out", str(out)]) == 1
    assert main(["status", *command]) == 0
    told = capsys.readouterr()
    assert sorted(json.loads(names.read_text()).values()) == ["annotator 1", "annotator 2"]
    assert {d.meta["annotator"] for d in read_corpus(out)} == {"annotator 1", "annotator 2"}
    written = [path.read_text() for path in tmp_path.iterdir() if path.is_file() and path != names]
    assert len(written) == 3
    for text in (*written, told.out, told.err):
        assert "@example.org" not in text


def test_who_is_deleted_keeps_a_name_and_the_work(
    session: Session, label_studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cleo = label_studio.new_user("cleo.pull@example.org")
    (number,) = [user["id"] for user in session.server.users() if user["email"] == cleo.email]
    Annotator(cleo, session.anna.numbers).submit(session.tasks[1], Reading())
    lead = {"Authorization": f"Token {label_studio.legacy_token}"}
    httpx.delete(f"{label_studio.url}/api/users/{number}/", headers=lead, trust_env=False).raise_for_status()
    out = tmp_path / "out.jsonl"
    assert main(["pull", "--project", TITLE, "--articles", str(session.news), "--out", str(out)]) == 0
    names = {d.meta["annotator"] for d in read_corpus(out)}
    assert names == {session.anna.email, session.ben.email, "a deleted account"}
    assert "a deleted account 1" in capsys.readouterr().out
