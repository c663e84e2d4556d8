"""Push against a real server: whatever goes wrong on the way, each sentence and each suggestion ends there once."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from casualty_claims.annotate import regions
from casualty_claims.annotate.cli import main
from casualty_claims.annotate.page import labelling_config
from casualty_claims.annotate.studio.projects import Setup
from casualty_claims.annotate.studio.push import Pushed, push
from casualty_claims.annotate.studio.server import Server, ServerError, connect
from casualty_claims.annotate.taskfile import open_tasks
from casualty_claims.annotate.tasks import Task
from casualty_claims.data.documents import Quantity, Span
from faults import KINDS, answers, cut_after, done_but
from proxy import DEADLINE, Answer, Exchange, Fault, Proxy, page, said
from studio import Contents, Studio

Row = dict[str, Any]

IMPORT = r"^/api/projects/\d+/import($|\?)"
LIST = r"^/api/tasks/\?"

_numbers = count(1)


@pytest.fixture
def title() -> str:
    return f"Push {next(_numbers)}"


def rows(number: int, *versions: str, first: int = 0) -> list[Row]:
    made = []
    for i in range(first, first + number):
        text = f"Colonel Dara Obin said {i + 2} villagers died near Tarnova. 🌾\nBelmar"
        claim = text.index(" villagers") - len(str(i + 2)), text.index(" died") + len(" died")
        quantity = Quantity("exact", i + 2, i + 2, i + 2)
        spans = (Span(0, 22, "ATTRIBUTION"), Span(*claim, "CASUALTY_CLAIM", "killed", quantity, attributed_to=0))
        task = Task(f"tarnova-{i % 3}", 100 * i, 100 * i + len(text), text, before="Before.", title="Belmar")
        result = regions.to_result(regions.Reading(spans), text)
        predictions = [{"model_version": version, "score": 0.25, "result": result} for version in versions]
        made.append({"data": task.data(), "predictions": predictions})
    return made


def reach(url: str, token: str, timeout: float = 60, patience: float = 10) -> Server:
    return connect(url, token, timeout=timeout, patience=patience)


def once(tasks: Iterable[Row]) -> Contents:
    """What must be there: each task once, each version's suggestion once."""
    tasks = list(tasks)
    keys = [row["data"]["key"] for row in tasks]
    made = [(row["data"]["key"], p["model_version"]) for row in tasks for p in row["predictions"]]
    return Contents(Counter(keys), Counter(made), Counter())


def again(server: Server, tasks: list[Row], title: str, batch: int = 5, runs: int = 3) -> tuple[Pushed, int]:
    """Push as a lead does who reads the error, sees that it is over, and runs the command again."""
    for run in range(1, runs + 1):
        try:
            return push(server, tasks, title, batch=batch, settle=1), run
        except ServerError as error:
            assert_no_secret(str(error), server)
    raise AssertionError(f"not done after {runs} runs")


def assert_no_secret(words: str, server: Server) -> None:
    assert server._token not in words
    assert "sessionid" not in words and "csrftoken" not in words and "Cookie" not in words


# --- the normal case ----------------------------------------------------------------------------------------------


def test_a_second_push_sends_nothing(label_studio: Studio, proxy: Proxy, title: str) -> None:
    tasks = rows(12, "m1")
    first = push(reach(proxy.url, label_studio.legacy_token), tasks, title, batch=5)
    assert (first.is_new, first.new, first.there, first.predictions, first.batches) == (True, 12, 0, 12, 3)
    assert label_studio.count(title) == once(tasks)
    before = len(proxy.seen)
    second = push(reach(proxy.url, label_studio.personal_token()), tasks, title, batch=5)
    assert (second.is_new, second.new, second.there, second.predictions, second.batches) == (False, 0, 12, 0, 0)
    assert label_studio.count(title) == once(tasks)
    written = [path for method, path in proxy.seen[before:] if method != "GET" and "token" not in path]
    assert written == []
    (settings,) = label_studio.rows("select show_instruction, maximum_annotations, sampling, model_version from project"
                                    " where title = ?", [title])  # fmt: skip
    assert settings == (1, 1, "Sequential sampling", "m1")


def test_another_version_goes_beside_the_first(label_studio: Studio, title: str) -> None:
    server = reach(label_studio.url, label_studio.legacy_token)
    old, both = rows(7, "m1"), rows(9, "m1", "m2")
    push(server, old, title)
    mine = "select id from prediction where model_version = 'm1' and project_id = ? order by id"
    before = label_studio.rows(mine, label_studio.projects(title))
    done = push(server, rows(9, "m2"), title, batch=4)
    assert (done.new, done.there, done.predictions) == (2, 7, 9)
    assert label_studio.rows(mine, label_studio.projects(title)) == before
    assert "annotators see the suggestions of m2" in done.notes
    done = push(server, both, title, batch=4)
    assert (done.new, done.there, done.predictions) == (0, 9, 2)
    assert label_studio.count(title) == once(both)


def test_requests_grow_with_batches_not_with_tasks(label_studio: Studio, proxy: Proxy, title: str) -> None:
    server = reach(proxy.url, label_studio.legacy_token)
    push(server, rows(40, "m1"), title, batch=20)
    few = len(proxy.seen)
    push(server, rows(40, "m1", first=40), title, batch=20)
    push(server, rows(80, "m2"), title, batch=20)
    assert few < 20
    assert len(proxy.seen) - few < 2 * few
    assert sum(bool(method == "POST") for method, _ in proxy.seen) == 1 + 2 + 2 + 1


def test_settings_of_a_project(label_studio: Studio, title: str) -> None:
    server = reach(label_studio.url, label_studio.legacy_token)
    look = "select maximum_annotations, sampling from project where title = ?"
    push(server, rows(1), title, setup=Setup(annotators=3, order="uncertain"))
    assert label_studio.rows(look, [title]) == [(3, "Uncertainty sampling")]
    push(server, rows(1), title)
    assert label_studio.rows(look, [title]) == [(3, "Uncertainty sampling")]
    push(server, rows(1), title, setup=Setup(annotators=2))
    assert label_studio.rows(look, [title]) == [(2, "Uncertainty sampling")]


# --- faults -------------------------------------------------------------------------------------------------------


TROUBLE = ("500 after", "504 after", "login page after", "half of the JSON", "another JSON after", "a list after",
           "cut after", "twice")  # fmt: skip
"""Kinds that a push gets over by itself; test_faults tries all of them, one at a time."""


def test_a_server_down_for_good_is_told_in_time(label_studio: Studio, proxy: Proxy, title: str) -> None:
    server = reach(proxy.url, label_studio.legacy_token, patience=1)
    proxy.faults.append(Fault(KINDS["refused afterwards"], "POST", IMPORT))
    heard: list[str] = []
    server.told = heard.append
    with pytest.raises(ServerError, match=f"nothing answers at {proxy.url}"):
        push(server, rows(12), title, batch=5)
    assert heard
    proxy.open()
    push(server, rows(12), title, batch=5)
    assert label_studio.count(title) == once(rows(12))


def test_trouble_that_goes_on_and_on(label_studio: Studio, proxy: Proxy, title: str) -> None:
    """Every third request fails, in another way each time."""
    turn = count()

    def now_and_then(exchange: Exchange) -> None:
        number = next(turn)
        happening = KINDS[TROUBLE[number // 3 % len(TROUBLE)]] if number % 3 == 2 else None
        if happening and "token" not in exchange.path:
            happening(exchange)
        else:
            exchange.reply(exchange.forward())

    server = reach(proxy.url, label_studio.legacy_token, timeout=2, patience=60)
    proxy.faults += [Fault(now_and_then, method, "", times=10**6) for method in ("GET", "POST", "DELETE", "PATCH")]
    tasks = rows(60, "m1")
    again(server, tasks, title, batch=10, runs=1)
    assert label_studio.count(title) == once(tasks)


def test_a_batch_that_brings_the_server_down_is_found_out(label_studio: Studio, proxy: Proxy, title: str) -> None:
    tasks = rows(6, "m1")
    poison = tasks[4]["data"]["key"]

    def happening(exchange: Exchange) -> None:
        exchange.reply(page(500) if poison.encode() in exchange.body else exchange.forward())

    proxy.faults.append(Fault(happening, "POST", IMPORT, times=10**6))
    done = push(reach(proxy.url, label_studio.legacy_token, patience=120), tasks, title, batch=4)
    assert [reject.place for reject in done.rejects] == [poison]
    assert label_studio.count(title) == once(tasks[:4] + tasks[5:])


def test_a_server_that_forgets_what_it_took_is_told(label_studio: Studio, proxy: Proxy, title: str) -> None:
    proxy.faults.append(Fault(answers(said(201, {"task_count": 3})), "POST", IMPORT, times=10**6))
    with pytest.raises(ServerError, match="does not show it"):
        push(reach(proxy.url, label_studio.legacy_token), rows(3), title)
    assert len(proxy.seen) < 60


def test_what_the_server_refuses_does_not_take_others_along(label_studio: Studio, proxy: Proxy, title: str) -> None:
    tasks = rows(12, "m1")
    bad = {tasks[0]["data"]["key"], tasks[7]["data"]["key"]}

    def happening(exchange: Exchange) -> None:
        refused = Answer(400, (("Content-Type", "application/json"),), b'{"detail": "too sad"}')
        exchange.reply(refused if any(key.encode() in exchange.body for key in bad) else exchange.forward())

    proxy.faults.append(Fault(happening, "POST", IMPORT, times=10**6))
    done = push(reach(proxy.url, label_studio.legacy_token), tasks, title, batch=5)
    assert {reject.place for reject in done.rejects} == bad
    assert all("too sad" in reject.reason for reject in done.rejects)
    assert label_studio.count(title) == once(row for row in tasks if row["data"]["key"] not in bad)


def test_a_server_that_takes_nothing_is_not_asked_for_each(label_studio: Studio, proxy: Proxy, title: str) -> None:
    proxy.faults.append(Fault(answers(page(400)), "POST", IMPORT, times=10**6))
    with pytest.raises(ServerError, match="refuses it"):
        push(reach(proxy.url, label_studio.legacy_token), rows(200), title)
    assert len(proxy.seen) < 60


def test_a_short_lived_token_that_ran_out_is_renewed(label_studio: Studio, proxy: Proxy, title: str) -> None:
    proxy.faults.append(Fault(KINDS["401"], "POST", IMPORT, 2))
    push(reach(proxy.url, label_studio.personal_token()), rows(12), title, batch=5)
    assert label_studio.count(title) == once(rows(12))


# --- killed -------------------------------------------------------------------------------------------------------


def write(path: Path, tasks: Iterable[Row]) -> Path:
    with open_tasks(path, force=True) as file:
        for row in tasks:
            file.write(row)
    return path


def command(file: Path, title: str, url: str, token: str) -> subprocess.Popen[str]:
    program = "import sys; from casualty_claims.annotate.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", program, "push", str(file), "--project", title],
        env={"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": token, "PATH": "/usr/bin:/bin", "HOME": str(file.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_in_the_middle(
    label_studio: Studio, proxy: Proxy, title: str, tmp_path: Path, how: signal.Signals, moment: str
) -> None:
    tasks = rows(500, "m1")
    file = write(tmp_path / "tasks.json", tasks)
    started: list[subprocess.Popen[str]] = []

    def happening(exchange: Exchange) -> None:
        _ = exchange.body
        answer = exchange.forward() if moment == "after" else None
        started[0].send_signal(how)
        exchange.until_gone()
        if answer is None:
            exchange.forward()

    fault = Fault(happening, "POST", IMPORT, 2)
    proxy.faults.append(fault)
    with command(file, title, proxy.url, label_studio.legacy_token) as process:
        started.append(process)
        out, err = process.communicate(timeout=DEADLINE)
    assert fault.over.wait(DEADLINE)
    assert process.returncode == (-9 if how == signal.SIGKILL else 130)
    if how == signal.SIGINT:
        assert "run the same command again" in err and "Traceback" not in err
    with command(file, title, proxy.url, label_studio.legacy_token) as process:
        out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, err
    assert f"{label_studio.projects(title)[0]}/data" in out
    assert label_studio.count(title) == once(tasks)


def test_two_pushes_at_the_same_time(label_studio: Studio, title: str) -> None:
    tasks, token = rows(60, "m1"), label_studio.legacy_token
    failures: list[ServerError] = []

    def work() -> None:
        try:
            push(reach(label_studio.url, token), tasks, title, batch=5)
        except ServerError as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    push(reach(label_studio.url, token), tasks, title)
    assert label_studio.count(title) == once(tasks)
    assert all(str(error) for error in failures)


# --- what is there already ----------------------------------------------------------------------------------------


def api(studio: Studio) -> httpx.Client:
    return httpx.Client(base_url=studio.url, headers={"Authorization": f"Token {studio.legacy_token}"}, timeout=60)


def test_copies_are_taken_away_but_never_work(label_studio: Studio, title: str) -> None:
    tasks, server = rows(6, "m1"), reach(label_studio.url, label_studio.legacy_token)
    project = push(server, tasks, title).project
    with api(label_studio) as client:
        for _ in range(2):
            client.post(f"/api/projects/{project.id}/import", json=tasks).raise_for_status()
        there: dict[str, list[int]] = {}
        for task in server.tasks(project):
            there.setdefault(str(task.key), []).append(task.id)
        keys = [row["data"]["key"] for row in tasks]
        assert [len(there[key]) for key in keys] == [3] * 6
        answer = {"result": tasks[0]["predictions"][0]["result"], "was_cancelled": False}
        for key, copies in ((keys[0], [2]), (keys[1], [0, 2])):
            for copy in copies:
                client.post(f"/api/tasks/{there[key][copy]}/annotations/", json=answer).raise_for_status()
        client.post(f"/api/tasks/{there[keys[2]][1]}/annotations/", json={"result": [], "was_cancelled": True})
        client.post(f"/api/tasks/{there[keys[3]][1]}/drafts", json={"result": [], "lead_time": 1}).raise_for_status()
        done = push(server, tasks, title)
    assert done.copies == (keys[1],)
    assert (done.removed, done.new) == (18 - 7, 0)
    kept = {task.id for task in server.tasks(project)}
    wanted = {there[keys[0]][2], there[keys[1]][0], there[keys[1]][2], there[keys[2]][1], there[keys[3]][1]}
    assert kept == wanted | {there[keys[4]][0], there[keys[5]][0]}
    assert sum(label_studio.count(title).annotations.values()) == 4
    assert push(server, tasks, title).removed == 0


def test_surplus_suggestions_are_taken_away(label_studio: Studio, title: str) -> None:
    tasks, server = rows(4, "m1"), reach(label_studio.url, label_studio.legacy_token)
    project = push(server, tasks, title).project
    first = {task.key: task.predictions for task in server.tasks(project)}
    again = [{**tasks[0]["predictions"][0], "task": task.id} for task in server.tasks(project)]
    server.import_predictions(project, again + again)
    done = push(server, tasks, title)
    assert done.removed_predictions == 8
    assert {task.key: task.predictions for task in server.tasks(project)} == first


def test_a_project_of_others_is_left_alone(label_studio: Studio, title: str) -> None:
    server = reach(label_studio.url, label_studio.legacy_token)
    other = '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="a"/></Choices></View>'
    with api(label_studio) as client:
        made = client.post("/api/projects/", json={"title": title, "label_config": other}).raise_for_status().json()
        client.post(f"/api/projects/{made['id']}/import", json=[{"data": {"text": "Belmar"}}]).raise_for_status()
        with pytest.raises(ServerError, match="is not one of casualty-annotate"):
            push(server, rows(3), title)
        assert sum(label_studio.count(title).tasks.values()) == 1
        empty = f"{title} empty"
        client.post("/api/projects/", json={"title": empty}).raise_for_status()
    push(server, rows(3), empty)
    assert label_studio.count(empty) == once(rows(3))
    found = server.project(empty)
    assert found is not None and found.config.strip() == labelling_config().strip() and found.instruction


def test_what_a_lead_changed_on_the_page_stays(label_studio: Studio, title: str) -> None:
    server = reach(label_studio.url, label_studio.legacy_token)
    project = push(server, rows(3), title).project
    own = labelling_config().replace('hotkey="c"', 'hotkey="1"')
    server.update_project(project, label_config=own, expert_instruction="Our own")
    done = push(server, rows(3), title)
    found = server.project(project.id)
    assert found is not None and found.config.strip() == own.strip() and found.instruction == "Our own"
    assert any("--update-page" in note for note in done.notes)
    push(server, rows(3), title, setup=Setup(page=True))
    found = server.project(project.id)
    assert found is not None and found.config.strip() == labelling_config().strip() and found.instruction != "Our own"


def test_projects_with_the_same_title(label_studio: Studio, title: str) -> None:
    server = reach(label_studio.url, label_studio.legacy_token)
    first = push(server, rows(3), title).project
    with api(label_studio) as client:
        second = client.post("/api/projects/", json={"title": title}).raise_for_status().json()["id"]
        assert push(server, rows(3), title).project.id == first.id
        client.post(f"/api/projects/{second}/import", json=[{"data": {"text": "Belmar"}}]).raise_for_status()
    with pytest.raises(ServerError, match=f"{first.id}, {second}"):
        push(server, rows(3), title)
    assert push(server, rows(3), str(first.id)).project.id == first.id
    assert server.project(first.id) == server.project(str(first.id))
    assert server.project(10**9) is None and server.project(str(10**9)) is None


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(label_studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.personal_token())


@pytest.mark.usefixtures("environment")
def test_rejects_and_the_rest_goes_on(
    label_studio: Studio, title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, broken = rows(5, "m1"), rows(2, "m1", first=5)
    broken[0]["data"]["text"] += " edited"
    broken[1]["predictions"][0]["result"][-1]["to_id"] = "nowhere"
    file = write(tmp_path / "tasks.json", [*good[:2], broken[0], *good[2:], good[0], broken[1]])
    rejects = file.with_name("tasks.json.rejects.jsonl")
    assert main(["push", str(file), "--project", title]) == 1
    out, _ = capsys.readouterr()
    assert "5 new tasks" in out and "1 task stood in the file again" in out and "2 tasks could not be sent" in out
    assert [json.loads(line)["place"] for line in rejects.read_text().splitlines()] == ["task 3", "task 8"]
    assert label_studio.count(title) == once(good)
    write(file, good)
    assert main(["push", str(file), "--project", title]) == 0
    assert not rejects.exists()


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("name", "words"), [("ab", "3 to 50 characters"), ("b" * 51, "3 to 50 characters")])
def test_a_title_that_no_server_takes(
    tmp_path: Path, name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["push", str(write(tmp_path / "tasks.json", rows(1))), "--project", name]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_a_file_that_was_cut_off_sends_nothing(label_studio: Studio, title: str, tmp_path: Path) -> None:
    file = write(tmp_path / "tasks.json", rows(20))
    file.write_bytes(file.read_bytes()[:-100])
    assert main(["push", str(file), "--project", title]) == 2
    assert label_studio.projects(title) == []


def test_no_secret_gets_out(
    label_studio: Studio,
    proxy: Proxy,
    title: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not where all messages of all libraries are logged, and the server repeats what it was sent."""
    cookie = ("Set-Cookie", "sessionid=a-secret-of-the-server; Path=/")
    token = label_studio.personal_token()

    def telling(exchange: Exchange) -> None:
        exchange.reply(Answer(500, (cookie, ("Content-Type", "application/json")), json.dumps(
            {"detail": f"Authorization: {exchange._handler.headers['Authorization']} and {token} and Cookie: x=1"}
        ).encode()))  # fmt: skip

    server = connect(proxy.url, token, timeout=5, patience=3)
    said: list[str] = [repr(server), str(vars(server).keys())]
    server.told = said.append
    caplog.set_level(logging.DEBUG)
    proxy.faults += [Fault(telling, "POST", IMPORT, times=2), Fault(done_but(page(500)), "GET", LIST, 2)]
    push(server, rows(12, "m1"), title, batch=5)
    proxy.faults.append(Fault(telling, "POST", IMPORT, times=100))
    with pytest.raises(ServerError) as raised:
        push(server, rows(24, "m1"), title, batch=5)
    assert raised.value.__cause__ is None and raised.value.__context__ is None
    said += [str(raised.value), caplog.text, *capsys.readouterr()]
    assert "500" in str(raised.value)
    for words in said:
        for secret in (*token.split("."), "a-secret-of-the-server", "Bearer"):
            assert secret not in words


def test_at_the_first_contact_every_error_is_one_sentence(label_studio: Studio, proxy: Proxy) -> None:
    proxy.faults.append(Fault(cut_after, "GET", "version"))
    with pytest.raises(ServerError, match=r"the connection to \S+ broke"):
        reach(proxy.url, label_studio.legacy_token)
    with pytest.raises(ServerError, match="does not accept the token"):
        reach(proxy.url, "0" * 40)
    proxy.faults.append(Fault(answers(said(200, {"release": "1.7.3"})), "GET", "version"))
    with pytest.raises(ServerError, match=r"runs Label Studio 1\.7, too old for this"):
        reach(proxy.url, label_studio.legacy_token)
    proxy.faults.append(Fault(answers(page(200)), "GET", "version"))
    with pytest.raises(ServerError, match="is not Label Studio's"):
        reach(proxy.url, label_studio.legacy_token)
