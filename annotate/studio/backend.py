"""Live suggestions: the saved model behind Label Studio's ML backend protocol.

Label Studio asks ``GET /health`` and ``POST /setup`` before it uses a backend, sends tasks to ``POST /predict`` and
tells of annotations at ``POST /webhook``, all in JSON. Whatever is not right is answered with a status and one
sentence, in the body and as the status line's reason: the reason is all that Label Studio shows of an error.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
import re
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import falcon

from ...data.wording import counted, one_line
from ...models.scorer import Scorer
from ..page import PageError, check_config
from ..suggestions import suggest_tasks
from ..tasks import Task

log = logging.getLogger(__name__)

MAX_BODY = 64 * 2**20
"""Bytes of a request: some 30,000 tasks, which "Retrieve predictions" sends at once."""

STRETCH = 100
"""Tasks suggested for before another request may have its turn: a page that opens must not wait for thousands."""

ANNOTATED = frozenset({"ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED"})
TRAIN = "START_TRAINING"

ROUTES = ("health", "setup", "predict", "versions", "train", "webhook")


class Trainer(Protocol):
    """Who retrains (see ``retraining``): told of annotations, or asked outright. Both return at once."""

    def notice(self, annotations: int, project: object) -> bool: ...

    def ask(self) -> None: ...


class Served:
    """The model that answers, shared by threads; another can take its place at any moment.

    A scorer keeps a running vocabulary, so that one thread at a time may use it.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._current = (scorer, threading.Lock())

    @property
    def version(self) -> str:
        """The model's name and content hash."""
        return self._current[0].model.name

    def swap(self, scorer: Scorer) -> None:
        """Answer with another model from now on; answers that were begun are finished with the old one."""
        self._current = (scorer, threading.Lock())

    def suggest(self, tasks: Sequence[Task]) -> list[dict[str, Any]]:
        """One prediction a task (``model_version``, ``score``, ``result``), all by the same model."""
        scorer, lock = self._current
        made: list[dict[str, Any]] = []
        for start in range(0, len(tasks), STRETCH):
            with lock:
                made += suggest_tasks(scorer, tasks[start : start + STRETCH])
        return made


class Refused(falcon.HTTPError):
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        reason = re.sub(r"[^\x20-\x7e]+", "?", sentence)[:300]
        super().__init__(f"{status} {reason}", title=sentence, headers=dict(headers or {}))


class _Routes:
    """What the protocol's addresses do."""

    def __init__(self, served: Served, trainer: Trainer | None) -> None:
        self.served = served
        self.trainer = trainer

    def on_get_health(self, request: falcon.Request, response: falcon.Response) -> None:
        response.media = {"status": "UP", "model_class": "casualty-claims", "model_version": self.served.version}

    def on_get_versions(self, request: falcon.Request, response: falcon.Response) -> None:
        response.media = {"versions": [self.served.version]}

    def on_post_setup(self, request: falcon.Request, response: falcon.Response) -> None:
        # The body also holds an access token of the project's owner: it is neither used nor kept.
        _check_page(_body(request).get("schema"))
        response.media = {"model_version": self.served.version}

    def on_post_predict(self, request: falcon.Request, response: falcon.Response) -> None:
        body = _body(request)
        rows = body.get("tasks")
        if not isinstance(rows, list):
            raise Refused(422, 'the request holds no list of tasks; send {"tasks": [{"data": {...}}, ...]}')
        if body.get("label_config"):
            _check_page(body["label_config"])
        tasks: dict[int, Task] = {}
        refused = []
        for place, row in enumerate(rows):
            try:
                tasks[place] = _task(row)
            except ValueError as error:
                number = row.get("id") if isinstance(row, dict) else None
                refused.append(f"task {str(number if isinstance(number, int) else place)[:20]} is none of ours: "
                               f"{_short(error)}")  # fmt: skip
        if refused:
            log.warning("%s%s", refused[0], f" (and {len(refused) - 1:,} more)" if len(refused) > 1 else "")
        if refused and not tasks:
            raise Refused(422, refused[0])
        # Label Studio pairs tasks and answers by their places: an empty list is no prediction.
        results: list[Any] = [[] for _ in rows]
        for place, made in zip(tasks, self.served.suggest(list(tasks.values())), strict=True):
            results[place] = made
        log.info("suggestions for %s", counted(len(tasks), "task"))
        response.media = {"results": results}

    def on_post_train(self, request: falcon.Request, response: falcon.Response) -> None:
        _body(request)
        self._train(response)

    def on_post_webhook(self, request: falcon.Request, response: falcon.Response) -> None:
        body = _body(request)
        action = body.get("action")
        if not isinstance(action, str):
            raise Refused(422, "the event does not name its action")
        if action == TRAIN:
            self._train(response)
            return
        response.media = {"status": "ignored"}
        if self.trainer is not None and action in ANNOTATED:
            told, project = body.get("annotation"), body.get("project")
            number = project.get("id") if isinstance(project, dict) else None
            if self.trainer.notice(len(told) if isinstance(told, list) else 1, number):
                response.media = {"status": "counted"}

    def _train(self, response: falcon.Response) -> None:
        if self.trainer is None:
            raise Refused(409, "this backend does not retrain; start casualty-annotate serve with --retrain")
        self.trainer.ask()
        response.media = {"status": "training"}


class _BasicAuth:
    """Lets in who knows the name and the password."""

    def __init__(self, user: str, password: str) -> None:
        self.expected = b"Basic " + base64.b64encode(f"{user}:{password}".encode())

    def process_request(self, request: falcon.Request, response: falcon.Response) -> None:
        given = (request.get_header("Authorization") or "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self.expected):
            challenge = {"WWW-Authenticate": 'Basic realm="casualty-annotate serve", charset="UTF-8"'}
            raise Refused(401, "wrong or no user name and password; give those that this backend was started with",
                          challenge)  # fmt: skip


def application(
    served: Served, trainer: Trainer | None = None, login: tuple[str, str] | None = None
) -> falcon.App[falcon.Request, falcon.Response]:
    """The WSGI application. ``login`` is a user name and password (basic authentication); none lets everybody in."""
    app = falcon.App(middleware=[] if login is None else [_BasicAuth(*login)])
    app.req_options.strip_url_path_trailing_slash = True
    routes = _Routes(served, trainer)
    for name in ROUTES:
        app.add_route(f"/{name}", routes, suffix=name)
    app.add_route("/", routes, suffix="health")
    app.set_error_serializer(_say)
    app.add_error_handler(Exception, _unforeseen)
    return app


@lru_cache(maxsize=32)
def _fault_of(config: str) -> str | None:
    if re.search(r"<!(?:DOCTYPE|ENTITY)", config):
        return "the labelling page declares entities, which no such page needs"
    try:
        check_config(config)
    except PageError as error:
        return _short(error)
    return None


def _check_page(config: object) -> None:
    if not isinstance(config, str) or not config.strip():
        raise Refused(422, "the project has no labelling page; casualty-annotate push gives it one")
    if fault := _fault_of(config):
        raise Refused(422, fault)


def _body(request: falcon.Request) -> dict[str, Any]:
    """The request's JSON object."""
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        # A page of another site can make a browser send plain text to this machine, but not JSON.
        raise Refused(415, "the request's Content-Type is not application/json")
    if (request.content_length or 0) > MAX_BODY:
        raise Refused(413, f"the request is larger than {MAX_BODY // 2**20} MiB; send fewer tasks at once")
    try:
        body = json.loads(request.bounded_stream.read())
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the request is not JSON: {_short(error)}") from None
    if not isinstance(body, dict):
        raise Refused(422, f"the request is a JSON {type(body).__name__}, not an object")
    return body


def _task(row: object) -> Task:
    """The task in a row of a request; raises ``ValueError`` if it is none of this project."""
    data = row.get("data") if isinstance(row, dict) else None
    if not isinstance(data, dict):
        raise ValueError("it has no data")
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("its text holds half a character") from None
    return Task.from_data(data)


def _say(request: falcon.Request, response: falcon.Response, error: falcon.HTTPError) -> None:
    """Errors as one sentence; those of the framework itself too."""
    own = {
        404: f"there is nothing here; the addresses are {', '.join(f'/{name}' for name in ROUTES)}",
        405: f"{request.method} is not for this address",
    }
    response.media = {"error": error.title if isinstance(error, Refused) else own.get(error.status_code, error.title)}


def _unforeseen(request: falcon.Request, response: falcon.Response, error: Exception, parameters: object) -> None:
    """No traceback leaves the house; what is known stands in the log."""
    log.error("%s could not be answered: %s: %s", request.path[:80], type(error).__name__, _short(error))
    log.debug("the whole of it", exc_info=error)
    raise Refused(500, "this could not be answered; the backend's log says more")


def _short(error: Exception) -> str:
    return one_line(str(error), 200)
