"""A real Label Studio server for the tests: started, stopped and looked into behind the back of its interface."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import install

DEADLINE = 180
"""Seconds until a server must answer: a copied data folder takes 4 on an idle machine."""


@dataclass(frozen=True)
class Contents:
    """What the database holds for one project, counted: how often each is there. Once is right.

    ``tasks`` by sentence key, ``predictions`` by (key, model version), ``annotations`` by (key, annotator's email).
    """

    tasks: Counter[str]
    predictions: Counter[tuple[str, str]]
    annotations: Counter[tuple[str, str]]


@dataclass
class User:
    """Somebody with an account. ``legacy_token`` and ``personal_token()`` both open the interface."""

    url: str
    email: str
    password: str
    legacy_token: str
    _personal: list[str] = field(default_factory=list)

    @contextmanager
    def session(self, page: str = "/user/login/") -> Iterator[httpx.Client]:
        """A client that is logged in as a browser is: by the form on ``page``, with cookies."""
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            client.get(page).raise_for_status()
            form = {"email": self.email, "password": self.password, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
            answer = client.post(page, data=form, headers={"Referer": self.url + page})
            if not answer.is_redirect:
                raise RuntimeError(f"{self.email} could not get in at {page}: status {answer.status_code}")
            client.headers.update({"X-CSRFToken": client.cookies["csrftoken"], "Referer": self.url})
            yield client

    def personal_token(self) -> str:
        """A personal access token (a refresh token). The server allows one a user: the same one each time."""
        if not self._personal:
            with self.session() as client:
                self._personal.append(client.post("/api/token/").raise_for_status().json()["token"])
        return self._personal[0]


class Studio:
    """One server on loopback, its data in ``folder``, which starts as a copy of the cached initial one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "label-studio.log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.lead = User(self.url, install.USERNAME, install.PASSWORD, install.LEGACY_TOKEN)
        shutil.copytree(install.initial(), self.data)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def username(self) -> str:
        return self.lead.email

    @property
    def password(self) -> str:
        return self.lead.password

    @property
    def legacy_token(self) -> str:
        return self.lead.legacy_token

    def personal_token(self) -> str:
        """The lead's personal access token."""
        return self.lead.personal_token()

    # --- running ----------------------------------------------------------------------------------------------

    def start(self) -> Studio:
        """Run the server and wait until it answers. Raises ``RuntimeError`` with its log if it does not."""
        assert self.process is None, "it runs already"
        command = [install.program(), "start", "--no-browser", "--data-dir", self.data]
        command += ["-p", str(self.port), "--internal-host", "127.0.0.1"]
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=install.settings(self.data),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + DEADLINE
        while not self._answers(before):
            try:
                status = self.process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
                status = None
            self.stop()
            told = f"ended with status {status}" if status is not None else f"did not answer within {DEADLINE} s"
            raise RuntimeError(f"Label Studio {told}:\n{self.told()}")
        return self

    def stop(self) -> None:
        """End the server at once, as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self) -> None:
        """Stop and start with the same data at the same address."""
        self.stop()
        self.start()

    def told(self, characters: int = 5_000) -> str:
        """The end of the server's log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-characters:] if self.log.exists() else ""

    def _answers(self, before: int) -> bool:
        """Whether it is up. Where the port is taken the server moves on to the next one, and a stranger answers
        here; so the log, from ``before`` on, must name this port."""
        if f"127.0.0.1:{self.port}/".encode() not in self.log.read_bytes()[before:]:
            return False
        try:
            return httpx.get(f"{self.url}/health", timeout=10, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    # --- people -----------------------------------------------------------------------------------------------

    def new_user(self, email: str, password: str = "annotator-password-1") -> User:
        """One more annotator of the same organisation, through the sign-up page."""
        user = User(self.url, email, password, "")
        with user.session("/user/signup/") as client:
            user.legacy_token = client.get("/api/current-user/token").raise_for_status().json()["token"]
        return user

    # --- looking into the database ----------------------------------------------------------------------------

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What the database says, read only."""
        path = (self.data / "label_studio.sqlite3").as_uri()
        with closing(sqlite3.connect(f"{path}?mode=ro", uri=True, timeout=60)) as database:
            return database.execute(query, values).fetchall()

    def projects(self, title: str) -> list[int]:
        """Numbers of the projects with this title, oldest first."""
        return [n for (n,) in self.rows("select id from project where title = ? and deleted_at is null order by id",
                                        [title])]  # fmt: skip

    def count(self, project: int | str) -> Contents:
        """What a project holds, by its number or by its title, which must then be there exactly once."""
        if isinstance(project, str):
            (project,) = self.projects(project)
        found = self.rows("select id, data from task where project_id = ?", [project])
        keys = {number: str(json.loads(data).get("key", number)) for number, data in found}
        predictions = self.rows(
            "select p.task_id, p.model_version from prediction p join task t on t.id = p.task_id"
            " where t.project_id = ?",
            [project],
        )
        annotations = self.rows(
            "select a.task_id, u.email from task_completion a join task t on t.id = a.task_id"
            " left join htx_user u on u.id = a.completed_by_id where t.project_id = ?",
            [project],
        )
        return Contents(
            Counter(keys.values()),
            Counter((keys[task], version) for task, version in predictions),
            Counter((keys[task], email) for task, email in annotations),
        )


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port
