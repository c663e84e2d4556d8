"""Whatever goes wrong at whatever moment: in the end each sentence is there once, each version's suggestions once.

The toolkit talks to a real server through a proxy that goes wrong at one request; then, as a person would after an
error, the same is done again with nothing in the way. What is there is counted in the server's own database.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from casualty_claims.annotate.studio.pull import Where, pull
from casualty_claims.annotate.studio.push import Pushed, push
from casualty_claims.annotate.studio.server import Server, ServerError, connect
from faults import KINDS, NEEDS_PATIENCE
from proxy import DEADLINE, Exchange, Fault, Proxy
from pushing import BATCH, FIRST, PAGE, PATIENCE, Teller, article, attempt, once, rows
from studio import Studio

MOMENTS = {
    "looking for the server": ("GET", r"^/api/version", 1),
    "logging in": ("GET", r"^/api/current-user/whoami", 1),
    "looking for the project": ("GET", r"^/api/projects/?\?", 1),
    "making the project": ("POST", r"^/api/projects/?$", 1),
    "reading the project": ("GET", r"^/api/projects/\d+", 1),
    "listing the tasks": ("GET", r"^/api/tasks", 3),
    "the first batch": ("POST", r"^/api/projects/\d+/import(\?|$)", 1),
    "the second batch": ("POST", r"^/api/projects/\d+/import(\?|$)", 2),
    "the last batch": ("POST", r"^/api/projects/\d+/import(\?|$)", 3),
    "the first suggestions": ("POST", r"^/api/projects/\d+/import/predictions", 1),
    "the last suggestions": ("POST", r"^/api/projects/\d+/import/predictions", 3),
    "showing the suggestions": ("PATCH", r"^/api/projects/\d+", 1),
    "removing tasks": ("POST", r"^/api/dm/actions", 1),
    "removing suggestions": ("DELETE", r"^/api/predictions/\d+", 1),
}
"""Requests by what they are for: method, path, and the how many-th."""

READING = ("502 before", "429", "401", "cut in the answer", "half of the JSON", "login page instead", "slow")
"""Kinds that differ for a request that changes nothing."""

WRITING = ("500 before", "504 after", "cut before", "cut after", "half of the zipped", "twice", "later")
"""Kinds that differ most for a request that changes something."""

MANY = (
    *("500 after", "503 with Retry-After", "429 after", "401 after", "404 of a proxy", "413", "empty after"),
    *("half of the JSON", "half of the zipped", "cut after", "cut in the answer", "twice", "late", "later"),
    *("refused afterwards", "restart meanwhile"),
)
"""Enough for a second path through the same code; the second batch meets all kinds."""

NEW = [
    *(("the second batch", kind) for kind in KINDS),
    *(("making the project", kind) for kind in (*WRITING, "restart meanwhile", "empty after", "401 after")),
    *((moment, kind) for moment in ("the first batch", "the last batch") for kind in WRITING[1:4]),
    *((moment, kind) for moment in list(MOMENTS)[:3] for kind in READING[:4]),
    *((moment, kind) for moment in ("reading the project", "listing the tasks") for kind in READING),
]
AGAIN = [
    *(("the first suggestions" if number % 2 else "the last suggestions", kind) for number, kind in enumerate(MANY)),
    *(("showing the suggestions", kind) for kind in WRITING[:4]),
]
MENDING = [(moment, kind) for moment in ("removing tasks", "removing suggestions") for kind in WRITING[:5]]
HOME = (
    *READING,
    *("500 before", "404 of a proxy", "redirect to a login page", "empty after", "null after", "a list after"),
    *("half of the zipped", "cut before", "cut in the head", "refused afterwards", "restart meanwhile"),
)

GIVES_UP = {"401", "401 after", "403 of a firewall", "404 of a proxy", "redirect to a login page", "refused afterwards"}
"""Kinds in which to try again is of no use: a person is told. All others a push gets over by itself."""


def named(pairs: Sequence[tuple[str, str]]) -> Any:
    return pytest.mark.parametrize(("moment", "kind"), pairs, ids=[f"{moment}: {kind}" for moment, kind in pairs])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pages, few suggestions a request, short pauses."""
    monkeypatch.setattr("casualty_claims.annotate.studio.server.PAGE", PAGE)
    monkeypatch.setattr("casualty_claims.annotate.studio.trouble.FIRST_PAUSE", 0.05)
    monkeypatch.setattr("casualty_claims.annotate.studio.push.SUGGESTIONS", 1)


@pytest.fixture
def title(label_studio: Studio) -> str:
    """A project's title that nobody has used."""
    return f"faults {label_studio.rows('select coalesce(max(id), 0) from project')[0][0] + 1}"


def strike(
    moment: str,
    kind: str,
    proxy: Proxy,
    token: str,
    title: str,
    teller: Teller,
    tasks: Sequence[dict[str, Any]] | None = None,
) -> Pushed | ServerError:
    """Push while something goes wrong, and again as long as something is on its way. How the first one ended."""
    fault = Fault(KINDS[kind], *MOMENTS[moment])
    proxy.faults.append(fault)

    def told(words: str) -> None:
        if words.startswith("waiting"):  # as if the time it says were always enough for the server
            assert fault.over.wait(DEADLINE)

    timeout = 2.0 if kind in NEEDS_PATIENCE else DEADLINE
    first = attempt(proxy.url, token, title, teller, tasks, timeout=timeout, told=told)
    assert fault.struck.is_set(), f"nothing went wrong: {proxy.seen}"
    was_over = fault.over.is_set()
    if isinstance(first, Pushed) and kind not in {"twice", *NEEDS_PATIENCE} and "removing" not in moment:
        assert (first.removed, first.removed_predictions) == (0, 0), "it made itself what it had to remove"
    proxy.open()
    second = attempt(proxy.url, token, title, teller, tasks)
    assert isinstance(second, Pushed), second
    assert second.rejects == ()
    if was_over and isinstance(first, Pushed) and kind not in NEEDS_PATIENCE:
        assert (second.new, second.removed, second.predictions) == (0, 0, 0), "the first one said that all was well"
    assert fault.over.wait(DEADLINE)
    if not was_over:
        assert isinstance(attempt(proxy.url, token, title, teller, tasks), Pushed)
    teller.assert_no_secret(token)
    return first


@named(NEW)
def test_a_push_ends_with_each_sentence_there_once(
    moment: str, kind: str, label_studio: Studio, proxy: Proxy, title: str, teller: Teller
) -> None:
    first = strike(moment, kind, proxy, label_studio.legacy_token, title, teller)
    assert label_studio.count(title) == once(FIRST)
    if moment == "the second batch":
        assert isinstance(first, ServerError) == (kind in GIVES_UP), first
    if kind == "refused afterwards":
        tries = sum("trying again" in words for words in teller.words)
        assert tries <= 6, "one after the batch, then 0.05 + 0.1 + … + 0.8 s are what PATIENCE allows"


@named(AGAIN)
def test_another_models_suggestions_are_there_once(
    moment: str, kind: str, label_studio: Studio, proxy: Proxy, title: str, teller: Teller
) -> None:
    assert isinstance(attempt(proxy.url, label_studio.legacy_token, title, teller), Pushed)
    strike(moment, kind, proxy, label_studio.legacy_token, title, teller, rows("second model"))
    assert label_studio.count(title) == once(FIRST, "second model")


@named(MENDING)
def test_what_is_there_twice_is_taken_away(
    moment: str, kind: str, label_studio: Studio, proxy: Proxy, title: str, teller: Teller
) -> None:
    """Somebody imported the file by hand, too, and some suggestions once more."""
    token = label_studio.legacy_token
    assert isinstance(attempt(proxy.url, token, title, teller), Pushed)
    (project,) = label_studio.projects(title)
    with httpx.Client(base_url=label_studio.url, headers={"Authorization": f"Token {token}"}, timeout=DEADLINE) as http:
        numbers = label_studio.rows("select id from task where project_id = ? order by id limit 2", [project])
        again = [{**rows()[place]["predictions"][0], "task": number} for place, (number,) in enumerate(numbers)]
        http.post(f"/api/projects/{project}/import/predictions", json=again).raise_for_status()
        http.post(f"/api/projects/{project}/import", json=rows()[:5]).raise_for_status()
    there = label_studio.count(title)
    assert (there.tasks.total(), there.predictions.total()) == (17, 19)
    strike(moment, kind, proxy, token, title, teller)
    assert label_studio.count(title) == once(FIRST)


@pytest.mark.parametrize("kind", ["401", "500 before", "cut after", "login page instead", "half of the JSON"])
def test_a_personal_token_that_cannot_be_exchanged(
    kind: str, label_studio: Studio, proxy: Proxy, title: str, teller: Teller
) -> None:
    token = label_studio.personal_token()
    proxy.faults.append(fault := Fault(KINDS[kind], "POST", "^/api/token/refresh"))
    first = attempt(proxy.url, token, title, teller)
    assert fault.struck.is_set()
    assert isinstance(first, ServerError) or label_studio.count(title) == once(FIRST)
    assert isinstance(attempt(proxy.url, token, title, teller), Pushed)
    assert label_studio.count(title) == once(FIRST)
    teller.assert_no_secret(token)


@pytest.mark.parametrize(("moment", "removed"), [("the second batch", BATCH), ("making the project", 0)])
def test_the_last_look_comes_after_all_that_the_server_may_still_do(
    moment: str, removed: int, label_studio: Studio, proxy: Proxy, title: str, teller: Teller
) -> None:
    """A request lies about until the push has nothing left to do; one push is enough nevertheless."""
    waits = threading.Event()

    def happening(exchange: Exchange) -> None:
        _ = exchange.body
        exchange.until_gone()
        assert waits.wait(DEADLINE)
        exchange.forward()

    def told(words: str) -> None:
        if words.startswith("waiting"):
            waits.set()
            assert fault.over.wait(DEADLINE)

    proxy.faults.append(fault := Fault(happening, *MOMENTS[moment]))
    done = attempt(proxy.url, label_studio.legacy_token, title, teller, timeout=2.0, told=told)
    assert waits.is_set()
    assert isinstance(done, Pushed)
    assert done.removed == removed
    assert label_studio.count(title) == once(FIRST)


@pytest.mark.parametrize("seed", range(4))
def test_one_fault_after_another(seed: int, label_studio: Studio, proxy: Proxy, title: str, teller: Teller) -> None:
    """Six at random, wherever they strike, in pushes until one meets none of them."""
    r = random.Random(seed)
    quick = sorted(KINDS.keys() - NEEDS_PATIENCE - {name for name in KINDS if name.startswith("restart")})
    moments = [MOMENTS[name] for name in sorted(MOMENTS)]
    chosen = [(r.choice(quick), r.choice(moments)) for _ in range(6)]
    proxy.faults += [Fault(KINDS[kind], method, path, r.randint(1, 4)) for kind, (method, path, _) in chosen]
    for _ in range(len(chosen) + 1):
        attempt(proxy.url, label_studio.legacy_token, title, teller)
        proxy.open()
    assert any(fault.struck.is_set() for fault in proxy.faults)
    proxy.faults.clear()
    assert isinstance(attempt(proxy.url, label_studio.legacy_token, title, teller), Pushed)
    assert label_studio.count(title) == once(FIRST), chosen
    teller.assert_no_secret(label_studio.legacy_token)


# --- bringing home ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def labelled(label_studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A folder with the article, and what a pull brings home when all is well: the suggestions, all accepted."""
    folder = tmp_path_factory.mktemp("labelled")
    (folder / "news").mkdir()
    report, _, _ = article()
    (folder / "news" / report.id).write_text(report.text, encoding="utf-8")
    server = connect(label_studio.url, label_studio.legacy_token)
    push(server, rows(), "Labelled")
    headers = {"Authorization": f"Token {label_studio.legacy_token}"}
    with httpx.Client(base_url=label_studio.url, headers=headers, timeout=DEADLINE) as http:
        (project,) = label_studio.projects("Labelled")
        found = label_studio.rows(
            "select t.id, p.result from task t join prediction p on p.task_id = t.id where t.project_id = ?", [project]
        )
        for number, result in found:
            answer = http.post(
                f"/api/tasks/{number}/annotations/",
                content=f'{{"result": {result}}}',
                headers={"Content-Type": "application/json"},
            )
            answer.raise_for_status()
    out = folder / "whole.jsonl"
    bring(server, folder, out)
    assert out.read_bytes().count(b"CASUALTY_CLAIM") == len(rows())
    return folder, out.read_bytes()


def bring(server: Server, folder: Path, out: Path) -> None:
    project = server.project("Labelled")
    assert project is not None
    pull(server, project, Where([folder / "news"], out))


@pytest.mark.parametrize("kind", HOME)
def test_a_pull_brings_home_all_or_says_why_not(
    kind: str, label_studio: Studio, proxy: Proxy, labelled: tuple[Path, bytes], tmp_path: Path, teller: Teller
) -> None:
    folder, whole = labelled
    out = tmp_path / "pulled.jsonl"
    proxy.faults.append(fault := Fault(KINDS[kind], "GET", "^/api/tasks", 2))
    timeout = 2 if kind in NEEDS_PATIENCE else DEADLINE
    try:
        bring(connect(proxy.url, label_studio.legacy_token, timeout=timeout, patience=PATIENCE), folder, out)
    except ServerError as error:
        teller.error(error)
        assert list(tmp_path.iterdir()) == []
    else:
        assert out.read_bytes() == whole
    assert fault.struck.is_set()
    proxy.open()
    bring(connect(proxy.url, label_studio.legacy_token), folder, out)
    assert out.read_bytes() == whole
    teller.assert_no_secret(label_studio.legacy_token)
