"""A real Label Studio asks the backend, run as its user runs it, and shows what it suggests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from casualty_claims.annotate.page import guideline_html, labelling_config
from casualty_claims.annotate.regions import from_result
from casualty_claims.annotate.tasks import Task, tasks_of
from casualty_claims.data.corpus import read_corpus, write_corpus
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.labelled import labelled_ranges
from casualty_claims.models.model import Model
from casualty_claims.models.storage import load_model, save_model
from studio import Studio

DEADLINE = 180

HARBOUR = Article(
    "harbour",
    "“😀 Dawn”\nat the harbour 👩‍🚒. Police said at least 30 people were killed  near the\nOshe river in “Belmar”. "
    "The road to Belmar stayed shut.",
    title="Harbour",
)


@dataclass
class Running:
    """``casualty-annotate serve`` in its own process."""

    process: subprocess.Popen[str]
    lines: list[str]
    reader: threading.Thread

    @property
    def said(self) -> str:
        return "".join(self.lines)

    @property
    def address(self) -> str:
        return next(line.strip() for line in self.lines if line.startswith("  http://"))

    def wait_for(self, words: str) -> None:
        until(lambda: words in self.said, f"{words!r} was not said; but: {self.said}", self.process)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        status = self.process.wait(60)
        self.reader.join(60)
        return status


def until(true: Callable[[], bool], what: str, process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + DEADLINE
    pause = threading.Event()
    while not true():
        ended = process is not None and process.poll() is not None
        assert time.monotonic() < deadline and not ended, what
        pause.wait(0.05)


@pytest.fixture
def serve(tmp_path: Path, model: Model) -> Iterator[Callable[..., Running]]:
    """Starts backends with the small model, and stops them."""
    save_model(model, tmp_path / "small")
    started: list[Running] = []

    def start(*options: object, **environment: str) -> Running:
        own = {name: value for name, value in os.environ.items() if not name.startswith("LABEL_STUDIO_")}
        command = [sys.executable, "-m", "casualty_claims.annotate.cli", "serve", "--port", "0"]
        process = subprocess.Popen(
            [*command, *map(str, options)], stderr=subprocess.PIPE, text=True, env=own | environment, cwd=tmp_path
        )
        lines: list[str] = []
        assert process.stderr is not None
        reader = threading.Thread(target=lines.extend, args=(process.stderr,), daemon=True)
        reader.start()
        started.append(Running(process, lines, reader))
        started[-1].wait_for("Ctrl-C")
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


@pytest.fixture
def api(label_studio: Studio) -> Iterator[httpx.Client]:
    token = {"Authorization": f"Token {label_studio.legacy_token}"}
    with httpx.Client(base_url=label_studio.url, headers=token, timeout=60, trust_env=False) as client:
        yield client


def project(api: httpx.Client, title: str, config: str | None = None) -> int:
    body = {"title": title, "label_config": config or labelling_config(), "expert_instruction": guideline_html()}
    number: int = api.post("/api/projects/", json=body).raise_for_status().json()["id"]
    return number


def import_tasks(api: httpx.Client, number: int, tasks: Sequence[Task]) -> list[int]:
    """The server's numbers of the tasks, in order."""
    body = [{"data": task.data()} for task in tasks]
    answer = api.post(f"/api/projects/{number}/import?return_task_ids=true", json=body).raise_for_status()
    numbers: list[int] = answer.json()["task_ids"]
    return numbers


def connect(api: httpx.Client, number: int, address: str, **more: Any) -> httpx.Response:
    return api.post("/api/ml/", json={"url": address, "project": number, "title": "live", **more})


def found_in(prediction: dict[str, Any], text: str) -> set[tuple[str, str]]:
    reading, problems = from_result(prediction["result"], text)
    assert problems == []
    return {(span.label, text[span.start : span.end]) for span in reading.spans}


def harbour_tasks() -> list[Task]:
    text = HARBOUR.text
    cuts = [text.index("Police"), text.index("The road")]
    tasks = tasks_of(HARBOUR, [(0, cuts[0] - 1), (cuts[0], cuts[1] - 1), (cuts[1], len(text))])
    assert "\n" in tasks[0].text and "\n" in tasks[1].text
    return tasks


def test_a_task_that_is_opened_gets_suggestions(
    api: httpx.Client, label_studio: Studio, serve: Callable[..., Running], tmp_path: Path
) -> None:
    number = project(api, "Live suggestions")
    tasks = harbour_tasks()
    numbers = import_tasks(api, number, tasks)
    running = serve("--model", tmp_path / "small")
    assert label_studio.count(number).predictions == {}
    answer = connect(api, number, running.address)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "CO"
    assert api.get(f"/api/projects/{number}/").json()["model_version"] == "live"

    opened = api.get(f"/api/tasks/{numbers[1]}/", params={"project": number}).raise_for_status().json()
    (prediction,) = opened["predictions"]
    assert prediction["model_version"] == "small"
    assert 0 <= prediction["score"] <= 1
    wanted = {("ATTRIBUTION", "Police said"), ("CASUALTY_CLAIM", "at least 30 people were killed")}
    assert found_in(prediction, tasks[1].text) == wanted
    assert {item["type"] for item in prediction["result"]} >= {"labels", "choices", "number", "relation"}

    following = api.get(f"/api/projects/{number}/next").raise_for_status().json()
    assert following["id"] == numbers[0]
    assert [p["model_version"] for p in following["predictions"]] == ["small"]

    api.get(f"/api/tasks/{numbers[1]}/", params={"project": number}).raise_for_status()
    api.get(f"/api/projects/{number}/next").raise_for_status()
    keys = [task.key for task in tasks]
    assert label_studio.count(number).predictions == {(keys[0], "small"): 1, (keys[1], "small"): 1}

    everything = {"selectedItems": {"all": True, "excluded": []}}
    answer = api.post(f"/api/dm/actions?project={number}&id=retrieve_tasks_predictions", json=everything)
    answer.raise_for_status()
    assert label_studio.count(number).predictions == {(key, "small"): 1 for key in keys}
    backend = api.get("/api/ml/", params={"project": number}).json()[0]["id"]
    assert api.get(f"/api/ml/{backend}/versions").json() == {"versions": ["small"]}
    api.post(f"/api/ml/{backend}/train", json={}).raise_for_status()  # this one cannot
    ((state, reason),) = label_studio.rows("select state, error_message from ml_mlbackend where id = ?", [backend])
    assert state == "ER" and "start casualty-annotate serve with --retrain" in reason
    assert running.stop() == 0
    assert "Traceback" not in running.said
    assert label_studio.legacy_token not in running.said  # Label Studio sends the owner's token at setup


def test_a_project_with_another_page_is_refused_with_the_reason(
    api: httpx.Client, serve: Callable[..., Running], tmp_path: Path
) -> None:
    config = (
        '<View><Text name="words" value="$text"/><Choices name="c" toName="words"><Choice value="x"/></Choices></View>'
    )
    number = project(api, "Another page", config)
    answer = connect(api, number, serve("--model", tmp_path / "small").address)
    assert answer.status_code == 400
    assert 'needs <Text name="text" value="$text"/>' in str(answer.json())


def test_a_password_is_asked_for(api: httpx.Client, serve: Callable[..., Running], tmp_path: Path) -> None:
    number = project(api, "With a password")
    running = serve("--model", tmp_path / "small", CASUALTY_SERVE_USER="lead", CASUALTY_SERVE_PASSWORD="pass-word-1")
    refused = connect(api, number, running.address)
    assert refused.status_code == 400
    assert "authentication" in refused.text
    login = {"auth_method": "BASIC_AUTH", "basic_auth_user": "lead", "basic_auth_pass": "pass-word-1"}
    answer = connect(api, number, running.address, **login)
    assert answer.status_code == 201, answer.text
    (task,) = import_tasks(api, number, harbour_tasks()[1:2])
    assert len(api.get(f"/api/tasks/{task}/").json()["predictions"]) == 1
    assert "pass-word-1" not in running.said


def test_tasks_of_others_and_ours_in_one_project(
    api: httpx.Client, label_studio: Studio, serve: Callable[..., Running], tmp_path: Path
) -> None:
    """A task that somebody typed in gets nothing; those around it get their suggestions."""
    number = project(api, "A stranger among them")
    tasks = harbour_tasks()
    fields = dict.fromkeys(("title", "outlet", "published", "before", "after"), "")
    body = [{"data": tasks[0].data()}, {"data": {"text": "Typed in by hand.", **fields}}, {"data": tasks[1].data()}]
    api.post(f"/api/projects/{number}/import", json=body).raise_for_status()
    assert connect(api, number, serve("--model", tmp_path / "small").address).status_code == 201
    everything = {"selectedItems": {"all": True, "excluded": []}}
    api.post(f"/api/dm/actions?project={number}&id=retrieve_tasks_predictions", json=everything).raise_for_status()
    assert label_studio.count(number).predictions == {(task.key, "small"): 1 for task in tasks[:2]}


def test_annotations_retrain_the_model(
    api: httpx.Client, label_studio: Studio, serve: Callable[..., Running], tmp_path: Path,
    documents: list[Document], fresh_documents: list[Document],
) -> None:  # fmt: skip
    """Annotations come in, the webhook counts them, a model is trained, and the next task shows what it says."""
    title = "Retrained while it runs"
    number = project(api, title)
    articles = [document.article for document in fresh_documents[:4]]
    with (tmp_path / "articles.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": a.id, "text": a.text}) + "\n" for a in articles)
    tasks = [task for article in articles for task in tasks_of(article)]
    numbers = import_tasks(api, number, tasks)
    write_corpus(tmp_path / "corpus.jsonl", documents[:24])
    running = serve(
        "--model", tmp_path / "small", "--retrain", tmp_path / "corpus.jsonl", "--out", tmp_path / "live", "--project",
        title, "--articles", tmp_path / "articles.jsonl", "--every", 3, "--url", label_studio.url,
        LABEL_STUDIO_API_KEY=label_studio.legacy_token,
    )  # fmt: skip
    assert connect(api, number, running.address).status_code == 201

    for task in numbers[:3]:
        (prediction,) = api.get(f"/api/tasks/{task}/").raise_for_status().json()["predictions"]
        assert prediction["model_version"] == "small"
        answer = {"result": prediction["result"], "parent_prediction": prediction["id"], "lead_time": 2.0}
        api.post(f"/api/tasks/{task}/annotations/", json=answer).raise_for_status()
    running.wait_for("answers from now on")
    retrained = load_model(tmp_path / "live" / "model").name
    assert retrained.startswith("casualty-claims-")
    gold = list(read_corpus(tmp_path / "live" / "gold.jsonl"))
    assert sum(len(labelled_ranges(document) or ()) for document in gold) == 3

    (prediction,) = api.get(f"/api/tasks/{numbers[4]}/").raise_for_status().json()["predictions"]
    assert prediction["model_version"] == retrained
    following = api.get(f"/api/projects/{number}/next").raise_for_status().json()
    assert following["id"] == numbers[3]
    assert [p["model_version"] for p in following["predictions"]] == [retrained]

    # "Start Training" retrains without waiting for more; the lead annotates one sentence more first.
    (prediction,) = following["predictions"]
    api.post(f"/api/tasks/{numbers[3]}/annotations/", json={"result": prediction["result"]}).raise_for_status()
    backend = api.get("/api/ml/", params={"project": number}).json()[0]["id"]
    api.post(f"/api/ml/{backend}/train", json={}).raise_for_status()
    until(lambda: running.said.count("answers from now on") == 2, running.said, running.process)
    assert load_model(tmp_path / "live" / "model").name != retrained

    assert running.stop(signal.SIGINT) == 0
    assert label_studio.legacy_token not in running.said
    assert "Traceback" not in running.said
    assert all(len(line) < 400 for line in running.lines)


def test_when_the_backend_is_gone_annotators_go_on(
    api: httpx.Client, serve: Callable[..., Running], tmp_path: Path
) -> None:
    number = project(api, "The backend goes away")
    (first, _) = import_tasks(api, number, harbour_tasks()[:2])
    running = serve("--model", tmp_path / "small")
    assert connect(api, number, running.address).status_code == 201
    assert running.stop() == 0
    for page in (f"/api/tasks/{first}/", f"/api/projects/{number}/next"):
        opened = api.get(page).raise_for_status().json()
        assert (opened["id"], opened["predictions"]) == (first, [])
