"""The backend answers what Label Studio asks, and everything else with a status and a sentence."""

from __future__ import annotations

import http.client
import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import falcon
import pytest
import waitress.server
from casualty_claims.annotate.page import labelling_config
from casualty_claims.annotate.regions import from_result
from casualty_claims.annotate.studio import backend
from casualty_claims.annotate.studio.backend import ROUTES, Served, application
from casualty_claims.annotate.tasks import Task, tasks_of
from casualty_claims.data.documents import Article, Document
from casualty_claims.models.linker import Linker
from casualty_claims.models.model import Model
from casualty_claims.models.scorer import Scorer
from casualty_claims.models.tagger import SpanTagger
from falcon import testing

PAGE = labelling_config()
TOKEN = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"


def rows(tasks: Sequence[Task], first: int = 1) -> list[dict[str, Any]]:
    """Tasks as Label Studio sends them."""
    return [{"id": first + n, "data": task.data(), "project": 7} for n, task in enumerate(tasks)]


def asking(tasks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The body of Label Studio's question, with what it sends along."""
    parameters = {"login": None, "password": None, "context": None}
    return {"tasks": list(tasks), "project": "7.1700000000", "label_config": PAGE, "params": parameters}


class Noted:
    """A trainer that writes down what it was told."""

    def __init__(self, project: int | None = 7) -> None:
        self.project = project
        self.told: list[tuple[int, object]] = []
        self.asked = 0

    def notice(self, annotations: int, project: object) -> bool:
        self.told.append((annotations, project))
        return project == self.project

    def ask(self) -> None:
        self.asked += 1


@pytest.fixture(scope="module")
def tasks(fresh_documents: list[Document]) -> list[Task]:
    return [task for document in fresh_documents for task in tasks_of(document.article)]


@pytest.fixture
def served(model: Model) -> Served:
    return Served(Scorer(model))


@pytest.fixture
def client(served: Served) -> testing.TestClient:
    return testing.TestClient(application(served))


@pytest.fixture
def trainer() -> Noted:
    return Noted()


@pytest.fixture
def training(served: Served, trainer: Noted) -> testing.TestClient:
    return testing.TestClient(application(served, trainer))


def refusal(answer: Any) -> str:
    """The sentence of an error, which stands in the body and in the status line, and is no traceback."""
    said = answer.json
    assert list(said) == ["error"]
    sentence: str = said["error"]
    assert answer.status.isascii() and "\n" not in answer.status
    assert "Traceback" not in answer.text and 'File "' not in answer.text
    return sentence


# --- what Label Studio asks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/health", "/", "/health/"])
def test_it_is_well_and_says_which_model(client: testing.TestClient, path: str) -> None:
    answer = client.simulate_get(path)
    assert answer.status_code == 200
    assert answer.json == {"status": "UP", "model_class": "casualty-claims", "model_version": "small"}


def test_setup_names_the_version(client: testing.TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"project": "7.1700000000", "schema": PAGE, "hostname": "http://studio", "access_token": TOKEN}
    answer = client.simulate_post("/setup", json={**body, "extra_params": None})
    assert (answer.status_code, answer.json) == (200, {"model_version": "small"})
    assert TOKEN not in caplog.text and TOKEN not in answer.text


def test_versions(client: testing.TestClient) -> None:
    assert client.simulate_get("/versions").json == {"versions": ["small"]}


def test_suggestions_are_what_the_model_reads_in_the_sentence(client: testing.TestClient, model: Model) -> None:
    text = "“😀 Quiet”\nat dawn. Police said at least 30 miners were killed near the Oshe river."
    (_, task) = tasks_of(Article("siege", text), [(0, 18), (19, len(text))])
    (answer,) = client.simulate_post("/predict", json=asking(rows([task]))).json["results"]
    assert answer["model_version"] == "small"
    assert 0 <= answer["score"] <= 1
    reading, problems = from_result(answer["result"], task.text)
    assert problems == []
    found = {(span.label, task.text[span.start : span.end]) for span in reading.spans}
    assert found == {("ATTRIBUTION", "Police said"), ("CASUALTY_CLAIM", "at least 30 miners were killed")}
    (claim,) = [span for span in reading.spans if span.is_claim]
    assert claim.quantity is not None
    assert (claim.harm, claim.quantity.qualifier, claim.quantity.count) == ("killed", "at_least", 30)
    assert claim.attributed_to is not None and not reading.spans[claim.attributed_to].is_claim


def test_offsets_after_emoji_and_line_breaks_are_code_points(client: testing.TestClient) -> None:
    text = "😀 “Dawn”\r\nin Belmar 👩‍🚒: police said 12 people died and 3 were wounded."
    (task,) = tasks_of(Article("belmar", text), [(0, len(text))])
    (answer,) = client.simulate_post("/predict", json=asking(rows([task]))).json["results"]
    regions = [item["value"] for item in answer["result"] if item["type"] == "labels"]
    assert regions
    assert all(text[r["start"] : r["end"]] == r["text"] for r in regions)
    assert any(r["text"].startswith("12 people died") for r in regions)


def test_one_answer_a_task_in_order(client: testing.TestClient, tasks: list[Task], monkeypatch: Any) -> None:
    monkeypatch.setattr(backend, "STRETCH", 3)
    together = client.simulate_post("/predict", json=asking(rows(tasks))).json["results"]
    assert len(together) == len(tasks)
    assert sum(bool(answer["result"]) for answer in together) > 20
    for task, answer in zip(tasks, together, strict=True):
        assert all(
            task.text[r["value"]["start"] : r["value"]["end"]] == r["value"]["text"]
            for r in answer["result"]
            if "value" in r
        )
        assert client.simulate_post("/predict", json=asking(rows([task]))).json["results"] == [answer]


def test_a_sentence_without_claims_has_an_empty_prediction(client: testing.TestClient) -> None:
    (task,) = tasks_of(Article("school", "Shops opened late and the school remained closed."))
    (answer,) = client.simulate_post("/predict", json=asking(rows([task]))).json["results"]
    assert answer["result"] == []
    assert answer["model_version"] == "small"


def test_no_tasks_no_answers(client: testing.TestClient) -> None:
    assert client.simulate_post("/predict", json=asking([])).json == {"results": []}


# --- what is not right -----------------------------------------------------------------------------------------


def changed(task: Task, **values: Any) -> dict[str, Any]:
    return {"id": 1, "data": task.data() | values}


NOT_OURS: dict[str, Callable[[Task], Any]] = {
    "no object": lambda task: 5,
    "null": lambda task: None,
    "no data": lambda task: {"id": 1},
    "data that is text": lambda task: {"id": 1, "data": task.text},
    "somebody else's": lambda task: {"id": 1, "data": {"image": "http://example.org/a.png"}},
    "a text without a key": lambda task: {"id": 1, "data": {"text": task.text}},
    "a changed sentence": lambda task: changed(task, text=task.text[:-1] + "!"),
    "a changed key": lambda task: changed(task, key="x"),
    "offsets that are text": lambda task: changed(task, start="0"),
    "true for an offset": lambda task: changed(task, start=True),
    "offsets that do not fit": lambda task: changed(task, end=task.end + 1),
    "half a character": lambda task: changed(task, before="\ud83d"),
    "half a character in the sentence": lambda task: changed(task, text="\ud83d" + task.text[1:]),
    "half a character in an unknown field": lambda task: changed(task, more=["\udc00"]),
}


@pytest.mark.parametrize("kind", NOT_OURS)
def test_a_task_that_is_not_ours_is_refused_alone(client: testing.TestClient, tasks: list[Task], kind: str) -> None:
    strange = NOT_OURS[kind](tasks[0])
    answer = client.simulate_post("/predict", body=json.dumps(asking([strange])), content_type="application/json")
    assert answer.status_code == 422
    assert "is none of ours" in refusal(answer)
    batch = [*rows(tasks[:2]), strange, *rows(tasks[2:4], 3)]
    answer = client.simulate_post("/predict", body=json.dumps(asking(batch)), content_type="application/json")
    assert answer.status_code == 200
    assert answer.json["results"][2] == []
    rest = answer.json["results"][:2] + answer.json["results"][3:]
    assert rest == client.simulate_post("/predict", json=asking(rows(tasks[:4]))).json["results"]


def test_a_refused_task_is_told_in_the_log_in_one_short_line(
    client: testing.TestClient, tasks: list[Task], caplog: pytest.LogCaptureFixture
) -> None:
    strange = [changed(tasks[0], key="line\nbreak" * 10_000), {"id": TOKEN * 100, "data": {}}]
    client.simulate_post("/predict", json=asking([*strange, *rows(tasks[1:2])]))
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert "\n" not in line and len(line) < 400
    assert line.startswith("task 1 is none of ours") and line.endswith("(and 1 more)")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b'{"tasks": [}', 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b"[" * 200_000, 400, "not JSON"),
        (b"[]", 422, "a JSON list, not an object"),
        (b"null", 422, "not an object"),
        (b"{}", 422, "no list of tasks"),
        (b'{"tasks": {}}', 422, "no list of tasks"),
        (b'{"tasks": [], "label_config": 5}', 422, "no labelling page"),
        (b'{"tasks": [], "label_config": "<View>"}', 422, "cannot read the labelling page"),
        (b'{"tasks": [], "label_config": "<View/>"}', 422, "needs <Text"),
    ],
)
def test_a_broken_question(client: testing.TestClient, body: bytes, status: int, words: str) -> None:
    answer = client.simulate_post("/predict", body=body, content_type="application/json")
    assert answer.status_code == status
    assert words in refusal(answer)


@pytest.mark.parametrize("path", ["/predict", "/setup", "/webhook", "/train"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_what_another_site_can_make_a_browser_send_is_refused(
    training: testing.TestClient, trainer: Noted, path: str, kind: str
) -> None:
    answer = training.simulate_post(path, body='{"action": "START_TRAINING"}', content_type=kind)
    assert answer.status_code == 415
    assert "application/json" in refusal(answer)
    assert trainer.asked == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/predict", 405),
        ("DELETE", "/predict", 405),
        ("POST", "/health", 405),
        ("PUT", "/webhook", 405),
        ("GET", "/nowhere", 404),
        ("POST", "/predict/../../etc/passwd", 404),
    ],
)
def test_wrong_addresses_and_methods(client: testing.TestClient, method: str, path: str, status: int) -> None:
    answer = client.simulate_request(method, path, json={})
    assert answer.status_code == status
    said = refusal(answer)
    assert method in said if status == 405 else all(f"/{name}" in said for name in ROUTES)


def test_too_large_a_body(client: testing.TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "MAX_BODY", 2**20)
    answer = client.simulate_post("/predict", body=b" " * (2**20 + 1), content_type="application/json")
    assert answer.status_code == 413
    assert "larger than 1 MiB" in refusal(answer)
    assert client.simulate_post("/predict", body=b" " * 2**20, content_type="application/json").status_code == 400


def test_what_nobody_foresaw_is_a_sentence_too(
    client: testing.TestClient, tasks: list[Task], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def burst(*_: object) -> None:
        raise ZeroDivisionError("of course")

    monkeypatch.setattr(backend, "suggest_tasks", burst)
    answer = client.simulate_post("/predict", json=asking(rows(tasks[:1])))
    assert answer.status_code == 500
    assert "log says more" in refusal(answer)
    assert "ZeroDivisionError: of course" in caplog.text
    assert "Traceback" not in "".join(r.getMessage() for r in caplog.records)


# --- the labelling page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["text", "label", "harm", "qualifier", "number", "upper", "source"])
def test_a_page_that_lacks_a_control_is_refused_by_name(client: testing.TestClient, name: str) -> None:
    """A suggestion that names a control the page does not have is hidden whole."""
    page = PAGE.replace(f'name="{name}"', 'name="other"').replace(f'"{name}"', '"other"')
    answer = client.simulate_post("/setup", json={"schema": page})
    assert answer.status_code == 422
    assert f'name="{name}"' in refusal(answer)
    assert f'name="{name}"' in answer.status  # all that Label Studio shows


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (None, "no labelling page"),
        ("", "no labelling page"),
        ("  ", "no labelling page"),
        (["<View/>"], "no labelling page"),
        ("<View></View>", "needs <Text"),
        ("not XML", "cannot read"),
        ("<View><é", "cannot read"),
        (PAGE.replace('value="killed"', 'value="slain"'), "lacks killed"),
        ('<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><View>&c;</View>', "entities"),
    ],
)
def test_a_page_that_is_not_ours_is_refused_at_setup(client: testing.TestClient, page: object, words: str) -> None:
    answer = client.simulate_post("/setup", json={"schema": page, "access_token": TOKEN})
    assert answer.status_code == 422
    assert words in refusal(answer)
    assert TOKEN not in answer.text


# --- events ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"action": "ANNOTATION_CREATED", "annotation": {"id": 1}, "project": {"id": 7}}, (1, 7)),
        ({"action": "ANNOTATION_UPDATED", "annotation": {"id": 1}, "project": {"id": 7}}, (1, 7)),
        ({"action": "ANNOTATIONS_CREATED", "annotation": [{"id": 1}, {"id": 2}], "project": {"id": 7}}, (2, 7)),
        ({"action": "ANNOTATION_CREATED"}, (1, None)),
        ({"action": "ANNOTATION_CREATED", "annotation": "x", "project": 7}, (1, None)),
        ({"action": "ANNOTATIONS_DELETED", "annotation": [{"id": 1}], "project": {"id": 7}}, None),
        ({"action": "TASKS_CREATED", "tasks": [{"id": 1}], "project": {"id": 7}}, None),
        ({"action": "SOMETHING_NEW"}, None),
    ],
)
def test_events_are_counted(
    training: testing.TestClient, trainer: Noted, event: dict[str, Any], told: tuple[int, object] | None
) -> None:
    answer = training.simulate_post("/webhook", json=event)
    assert answer.status_code == 200
    assert trainer.told == ([] if told is None else [told])
    assert answer.json == {"status": "counted" if told and told[1] == 7 else "ignored"}
    assert trainer.asked == 0


@pytest.mark.parametrize("path", ["/webhook", "/train"])
def test_start_training(training: testing.TestClient, trainer: Noted, client: testing.TestClient, path: str) -> None:
    body = {"action": "START_TRAINING", "project": {"id": 7}}
    assert training.simulate_post(path, json=body).json == {"status": "training"}
    assert trainer.asked == 1
    answer = client.simulate_post(path, json=body)
    assert answer.status_code == 409
    assert "--retrain" in refusal(answer)


def test_events_without_a_trainer_are_taken_and_forgotten(client: testing.TestClient) -> None:
    answer = client.simulate_post("/webhook", json={"action": "ANNOTATION_CREATED"})
    assert (answer.status_code, answer.json) == (200, {"status": "ignored"})


@pytest.mark.parametrize("event", [{}, {"action": None}, {"action": ["START_TRAINING"]}])
def test_an_event_without_a_name(training: testing.TestClient, event: dict[str, Any]) -> None:
    answer = training.simulate_post("/webhook", json=event)
    assert answer.status_code == 422
    assert "action" in refusal(answer)


# --- a password ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("", 401),
        ("Basic", 401),
        ("Basic !!!", 401),
        ("Bearer bGVhZDpzw6ljcmV0", 401),
        ("Basic bGVhZDpzZWNyZXQ=", 401),
        ("Basic bGVhZDpzw6ljcmV0", 200),
        ("Basic \xe9", 401),
    ],
)
@pytest.mark.parametrize("path", ["/health", "/versions"])
def test_a_password(served: Served, header: str | None, status: int, path: str) -> None:
    client = testing.TestClient(application(served, login=("lead", "sécret")))
    headers = {} if header is None else {"Authorization": header}
    answer = client.simulate_get(path, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert "password" in refusal(answer)
        assert answer.headers["www-authenticate"].startswith("Basic ")


def test_the_password_guards_every_address(served: Served, trainer: Noted) -> None:
    client = testing.TestClient(application(served, trainer, login=("lead", "secret")))
    for name in ROUTES:
        for method in ("GET", "POST"):
            answer = client.simulate_request(method, f"/{name}", json={"action": "START_TRAINING"})
            assert answer.status_code == 401, (method, name)
    assert trainer.asked == 0


# --- many at once ----------------------------------------------------------------------------------------------


def test_eight_threads_say_what_one_says(model: Model, documents: list[Document], fresh_documents: Any) -> None:
    several = [tasks_of(d.article) for d in [*documents[:8], *fresh_documents]]
    alone = [Served(Scorer(model)).suggest(tasks) for tasks in several]
    shared = Served(Scorer(model))
    # A vocabulary that is full again and again, so that it is emptied while others may be reading it.
    shared.suggest(several[0])
    types = shared._current[0].model.tagger._vocabulary()
    limit, types.limit = types.limit, 40
    try:
        together = threading.Barrier(8)

        def ask(_: int) -> list[Any]:
            together.wait()
            return [shared.suggest(tasks) for tasks in several]

        with ThreadPoolExecutor(8) as pool:
            for answers in pool.map(ask, range(8)):
                assert answers == alone
    finally:
        types.limit = limit


@pytest.fixture(scope="module")
def other_model(documents: list[Document], linker: Linker) -> Model:
    """A model that reads the same sentences otherwise."""
    few = documents[:12]
    tagger = SpanTagger(trees=3, folds=2).fit([d.text for d in few], [d.spans for d in few])
    return Model(tagger, linker, {"name": "other"})


def test_a_swap_never_mixes_two_models_in_one_answer(
    model: Model, other_model: Model, tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "STRETCH", 2)
    scorers = Scorer(model), Scorer(other_model)
    tasks = tasks[:16]
    wanted = {scorer.model.name: Served(scorer).suggest(tasks) for scorer in scorers}
    assert wanted["small"] != wanted["other"]
    shared = Served(scorers[0])
    done = threading.Event()

    def swap() -> None:
        turn = 0
        while not done.wait(0.0001):
            turn += 1
            shared.swap(scorers[turn % 2])

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for _ in range(10):
            answer = shared.suggest(tasks)
            assert answer == wanted[answer[0]["model_version"]]
    finally:
        done.set()
        swapping.join()
    shared.swap(scorers[1])
    assert shared.version == "other"


# --- over a socket ---------------------------------------------------------------------------------------------


@pytest.fixture
def address(served: Served) -> Iterator[tuple[str, int]]:
    """A real server on a free port of loopback."""
    server = waitress.server.create_server(
        application(served), host="127.0.0.1", port=0, max_request_body_size=backend.MAX_BODY
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield "127.0.0.1", server.effective_port
    server.trigger.pull_trigger(server.close)  # in its own thread
    thread.join(30)


def exchange(address: tuple[str, int], method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
    connection = http.client.HTTPConnection(*address, timeout=60)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.reason, answer.read()
    finally:
        connection.close()


JSON = {"Content-Type": "application/json"}


def test_through_a_socket_it_says_the_same(
    address: tuple[str, int], client: testing.TestClient, tasks: list[Task]
) -> None:
    body = json.dumps(asking(rows(tasks))).encode()
    status, _, said = exchange(address, "POST", "/predict", body, JSON)
    assert status == 200
    assert json.loads(said) == client.simulate_post("/predict", body=body, content_type="application/json").json


def test_through_a_socket_the_reason_is_the_sentence(address: tuple[str, int]) -> None:
    status, reason, said = exchange(address, "POST", "/setup", b'{"schema": "<View/>"}', JSON)
    assert status == 422
    assert reason == json.loads(said)["error"]
    assert "<Text" in reason


def test_a_body_that_says_it_is_huge_is_refused_before_it_is_read(address: tuple[str, int]) -> None:
    status, _, said = exchange(address, "POST", "/predict", None, JSON | {"Content-Length": str(2**40)})
    assert status == 413
    assert b"Traceback" not in said


def test_no_page_of_ours_says_more_than_falcon_allows() -> None:
    """The reason phrase of a status line is bounded and plain, whatever a sentence quotes."""
    refused = backend.Refused(422, "é\r\nX-Evil: 1 " * 200)
    assert isinstance(refused, falcon.HTTPError)
    assert isinstance(refused.status, str)
    assert len(refused.status) < 310 and refused.status.isprintable() and refused.status.isascii()
