"""The one module that talks to a Label Studio server, through its SDK.

Reading is tried again with patience. Writing is tried once: a server may have done what it did not confirm, so who
writes looks before trying again (``push``). No token, cookie or header ever stands in an error of this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from .access import address_of, is_legacy, is_loopback, token_of
from .kept import Kept, Project
from .trouble import Garbled, Patience, ServerError, explain, keep_headers_out_of_logs

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

__all__ = ["Kept", "Project", "Server", "ServerError", "connect"]

OLDEST = (1, 20)
"""The first version whose interface is known to do; the tests run against 1.23."""

TIMEOUT, PATIENCE = 60.0, 180.0
"""Seconds for one request; seconds of waiting for a server in trouble."""

PAGE = 250
"""Tasks a request reads."""

_KEPT = "id,data,predictions,annotations_ids,draft_exists"
_NEEDED = {"id", "data", "predictions", "annotations", "annotations_ids", "draft_exists"}
_EXPORTED = (
    "id,data,predictions,annotations,drafts,draft_exists,result,completed_by,was_cancelled,ground_truth,created_at,"
    "updated_at,lead_time,parent_prediction,parent_annotation,unique_id,task,user,annotation"
)
"""Fields asked for, of tasks and of the annotations and drafts in them: the others cost the server half its time."""

_ANSWERED = "id,data,annotations,result,completed_by,was_cancelled,created_at,updated_at,lead_time,parent_prediction"

T = TypeVar("T")


def connect(
    url: str | None = None, token: str | None = None, *, timeout: float = TIMEOUT, patience: float = PATIENCE
) -> Server:
    """A server at ``url`` (else ``LABEL_STUDIO_URL``), opened with ``token`` (else ``LABEL_STUDIO_API_KEY``).

    Both kinds of token do: a legacy one, and a personal access token. Raises ``ServerError`` if there is no such
    server, it is too old, or does not accept the token.
    """
    server = Server(address_of(url), token_of(token), timeout=timeout, patience=patience)
    server.check()
    return server


class Server:
    """A Label Studio server; ``connect`` makes one. Every method raises ``ServerError``.

    ``told`` hears why and how long reading waits.
    """

    def __init__(self, address: str, token: str, *, timeout: float, patience: float) -> None:
        self.address, self.timeout, self.patience = address, timeout, patience
        self.told: Callable[[str], None] = lambda words: None
        self._token = token
        self._sdk: LabelStudio | None = None
        self._is_known = False

    def __repr__(self) -> str:
        return f"Server({self.address!r})"

    # --- asking -----------------------------------------------------------------------------------------------

    def _open(self) -> LabelStudio:
        """The SDK's client. It exchanges a personal access token for short-lived ones, and must not try again."""
        if self._sdk is None:
            import httpx
            from label_studio_sdk import LabelStudio

            keep_headers_out_of_logs()
            http = httpx.Client(timeout=self.timeout, follow_redirects=False, trust_env=not is_loopback(self.address))
            self._sdk = LabelStudio(  # type: ignore[no-untyped-call]
                base_url=self.address + "/", api_key=self._token, httpx_client=http, max_retries=0
            )
        return self._sdk

    def _ask(self, what: str, call: Callable[[LabelStudio], T]) -> T:
        """One try. The error is raised where the SDK's is forgotten, so that no traceback can show it."""
        try:
            answer = call(self._open())
        except Exception as error:
            trouble = explain(error, what, self.address, timeout=self.timeout, secrets=self._secrets())
            is_stale = getattr(error, "status_code", None) == 401 and self._is_known
        else:
            self._is_known = True
            return answer
        if is_stale and not is_legacy(self._token):
            # A clock that is slow takes a short-lived token for good that no longer is: once, get a new one.
            self._sdk, self._is_known, trouble.passing = None, False, True
        raise trouble

    def _read(self, what: str, call: Callable[[LabelStudio], T]) -> T:
        """As many tries as there is patience for."""
        patience = Patience(self.patience, self.told)
        while True:
            try:
                return self._ask(what, call)
            except ServerError as error:
                trouble = error
            patience.pause(trouble)

    def _secrets(self) -> list[str]:
        return [self._token, *self._token.split(".")]

    def check(self) -> None:
        """Raises ``ServerError`` unless a Label Studio of a known kind is there and accepts the token."""
        release = self._ask("reach the server", lambda sdk: _release(sdk.versions.get().model_dump()))
        if release < OLDEST:
            there, wanted = ".".join(map(str, release)), ".".join(map(str, OLDEST))
            raise ServerError(f"{self.address} runs Label Studio {there}, too old for this: {wanted} or later will do")
        self._ask("log in", lambda sdk: _number(sdk.users.whoami()))

    # --- projects ---------------------------------------------------------------------------------------------

    def projects(self, title: str) -> list[Project]:
        """All with exactly this title, oldest first."""

        def call(sdk: LabelStudio) -> list[int]:
            found: list[Any] = []
            for number in count(1):
                page: Any = sdk.projects.list(title=title, page=number, page_size=100)
                found += page.items
                if len(found) >= page.response.count:
                    return sorted(_number(project) for project in found if project.title == title)
            raise Garbled

        return [self._project(number) for number in self._read(f"look for the project {title!r}", call)]

    def project(self, name: str | int) -> Project | None:
        """The project of this number, or of this title. Empty ones give way to one with tasks of the same title.

        Raises ``ServerError`` if it is not clear which one is meant.
        """
        found = [] if isinstance(name, int) else self.projects(name.strip())
        several = [project for project in found if project.tasks] or found[:1]
        if len(several) > 1:
            numbers = ", ".join(str(project.id) for project in several)
            raise ServerError(f"several projects are called {name!r}: give the number of one of them ({numbers})")
        if not several and (isinstance(name, int) or name.isdecimal()):
            with suppress(_Gone):
                return self._project(int(name))
        return several[0] if several else None

    def _project(self, number: int) -> Project:
        def call(sdk: LabelStudio) -> Project | None:
            return _unless_gone(lambda: Project.of(sdk.projects.get(number), self.address))

        project = self._read(f"read project {number}", call)
        if project is None:
            raise _Gone(f"{self.address} has no project {number}; was it deleted?")
        return project

    def create_project(self, title: str, config: str, instruction: str, **settings: Any) -> int:
        """The number of a new project. ``settings`` are the SDK's. May be there after an error, too: look again."""

        page: Any = {"label_config": config, "expert_instruction": instruction, "show_instruction": True}
        what = f"make the project {title!r}"
        return self._ask(what, lambda sdk: _number(sdk.projects.create(title=title, **page, **settings)))

    def update_project(self, project: Project, **settings: Any) -> Project:
        """Change what ``settings`` name, as the SDK names it. May be repeated."""
        what = f"change the project {project.title!r}"
        self._read(what, lambda sdk: _number(sdk.projects.update(project.id, **settings)))
        return self._project(project.id)

    def delete_project(self, project: Project) -> None:
        what = f"delete the surplus project {project.id}"
        self._ask(what, lambda sdk: _unless_gone(lambda: sdk.projects.delete(project.id)))

    # --- tasks ------------------------------------------------------------------------------------------------

    def tasks(self, project: Project) -> Iterator[Kept]:
        """What is there, in order of the server's numbers, a page at a time."""
        return self._rows(project, _KEPT, Kept.of)

    def export(self, project: Project, *, predictions: bool = True) -> Iterator[dict[str, Any]]:
        """All tasks in Label Studio's own JSON, a page at a time: ``id``, ``data``, ``annotations`` (``completed_by``
        a number), ``predictions`` (whole ones, not their numbers) and the ``drafts`` of this account. Without
        ``predictions``, these and the drafts are not asked for, which takes the server half the time."""
        return self._rows(project, _EXPORTED if predictions else _ANSWERED, dict)

    def _rows(self, project: Project, fields: str, of: Callable[[dict[str, Any]], T]) -> Iterator[T]:
        """Asks for what comes after the last one it had, so that nothing is missed where others add or delete."""
        what, after = f"read the tasks of {project.title!r}", 0
        while True:
            rows, after, is_last = self._read(what, partial(_page, project.id, fields, of, after))
            yield from rows
            if is_last:
                return

    def import_tasks(self, project: Project, rows: Sequence[Mapping[str, Any]]) -> None:
        """Send tasks, with their predictions, in one transaction: all or none. May be done after an error, too."""

        def call(sdk: LabelStudio) -> None:
            answer: Any = sdk.projects.import_tasks(project.id, request=rows)  # type: ignore[arg-type]
            if answer.task_count != len(rows):
                raise Garbled

        self._ask(f"send {len(rows)} tasks to {project.title!r}", call)

    def import_predictions(self, project: Project, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add predictions to tasks that are there (``task`` is the number): 500 at most, all or none."""

        def call(sdk: LabelStudio) -> None:
            answer = sdk.projects.import_predictions(project.id, request=rows)  # type: ignore[arg-type]
            if answer.created != len(rows):
                raise Garbled

        self._ask(f"send {len(rows)} predictions to {project.title!r}", call)

    def delete_tasks(self, project: Project, numbers: Sequence[int]) -> None:
        def call(sdk: LabelStudio) -> None:
            chosen: Any = {"all": False, "included": list(numbers)}
            sdk.actions.create(id="delete_tasks", project=project.id, selected_items=chosen)

        self._ask(f"delete {len(numbers)} surplus tasks of {project.title!r}", call)

    def delete_prediction(self, number: int) -> None:
        what = f"delete the surplus prediction {number}"
        self._ask(what, lambda sdk: _unless_gone(lambda: sdk.predictions.delete(number)))

    # --- people -----------------------------------------------------------------------------------------------

    def users(self) -> list[dict[str, Any]]:
        """The accounts that this one may see: ``id``, ``email``, ``username`` and more."""

        def call(sdk: LabelStudio) -> list[dict[str, Any]]:
            found = [user.model_dump(mode="json", exclude_unset=True) for user in sdk.users.list()]
            if not all(isinstance(user.get("id"), int) for user in found):
                raise Garbled
            return found

        return self._read("read who has an account", call)


class _Gone(ServerError):
    """What was asked for by number is not there."""


def _unless_gone(call: Callable[[], T]) -> T | None:
    """``None`` if Label Studio itself, and not something in between, says that there is no such thing."""
    from label_studio_sdk.core.api_error import ApiError

    try:
        return call()
    except ApiError as error:
        if error.status_code != 404 or not isinstance(error.body, Mapping) or "detail" not in error.body:
            raise
    return None


def _page(
    project: int, fields: str, of: Callable[[dict[str, Any]], T], after: int, sdk: LabelStudio
) -> tuple[list[T], int, bool]:
    """A page of the tasks with greater numbers than ``after``, the last of these numbers, and whether that was all."""
    newer = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": after}
    query = json.dumps({"filters": {"conjunction": "and", "items": [newer]}})
    pager: Any = sdk.tasks.list(
        project=project, fields="all", include=fields, query=query, page=1, page_size=PAGE, resolve_uri=False
    )
    rows = [task.model_dump(mode="json", exclude_unset=True) for task in pager.items]
    total, wanted = pager.response.total, _NEEDED & set(fields.split(","))
    numbers = [after, *(row["id"] for row in rows)]
    is_whole = isinstance(total, int) and bool(total) == bool(rows) and all(wanted <= row.keys() for row in rows)
    if not is_whole or numbers != sorted(set(numbers)):
        raise Garbled
    return [of(row) for row in rows], numbers[-1], len(rows) >= total


def _number(thing: Any) -> int:
    if not isinstance(thing.id, int):
        raise Garbled
    return thing.id


def _release(found: Mapping[str, Any]) -> tuple[int, ...]:
    if match := re.match(r"(\d+)\.(\d+)", str(found.get("release"))):
        return int(match[1]), int(match[2])
    raise Garbled
