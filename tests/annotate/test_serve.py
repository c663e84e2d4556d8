"""``casualty-annotate serve`` as its user runs it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from casualty_claims.annotate.cli import main
from casualty_claims.models.model import Model
from casualty_claims.models.storage import save_model


@pytest.fixture
def folder(tmp_path: Path, model: Model) -> Path:
    return save_model(model, tmp_path / "small")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], list[str]]]]:
    """Starts backends: the process, and what it says until it is ready."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: object, **environment: str) -> tuple[subprocess.Popen[str], list[str]]:
        command = [sys.executable, "-m", "casualty_claims.annotate.cli", "serve", *map(str, options)]
        own = {name: value for name, value in os.environ.items() if not name.startswith("CASUALTY_SERVE_")}
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=own | environment, cwd=tmp_path)
        started.append(process)
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break
        return process, said

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["serve", *map(str, arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("casualty-annotate: ") and said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_it_is_stopped(
    serve: Callable[..., tuple[subprocess.Popen[str], list[str]]], folder: Path, number: int
) -> None:
    process, said = serve("--model", folder, "--port", 0)
    assert said[0].startswith("small answers at this address")
    address = said[1].strip()
    assert address.startswith("http://127.0.0.1:")
    assert "ML_BLOCK_LOCAL_IP=false in its environment" in said[2]
    assert not any("password" in line for line in said)
    with urllib.request.urlopen(f"{address}/health", timeout=60) as answer:
        assert json.load(answer)["status"] == "UP"
    process.send_signal(number)
    _, rest = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, "stopped\n")


def test_an_address_that_others_reach_is_told_to_want_a_password(
    serve: Callable[..., tuple[subprocess.Popen[str], list[str]]], folder: Path
) -> None:
    _, said = serve("--model", folder, "--port", 0, "--host", "0.0.0.0")
    assert f"http://{socket.gethostname()}:" in said[1]
    assert "Set CASUALTY_SERVE_USER and CASUALTY_SERVE_PASSWORD" in said[3]
    _, said = serve("--model", folder, "--port", 0, "--host", "0.0.0.0", CASUALTY_SERVE_USER="a",
                    CASUALTY_SERVE_PASSWORD="very secret")  # fmt: skip
    assert not any("CASUALTY_SERVE" in line or "very secret" in line for line in said)


def test_localhost(serve: Callable[..., tuple[subprocess.Popen[str], list[str]]], folder: Path) -> None:
    _, said = serve("--model", folder, "--port", 0, "--host", "localhost")
    with urllib.request.urlopen(f"{said[1].strip()}/health", timeout=60) as answer:
        assert json.load(answer)["model_version"] == "small"


def test_the_retrained_model_is_served_again_after_a_stop(
    serve: Callable[..., tuple[subprocess.Popen[str], list[str]]], tmp_path: Path, model: Model
) -> None:
    """It is found in --out; without a server that answers there is no start, so the refusal must come after it."""
    (tmp_path / "live" / "model").mkdir(parents=True)
    options = ("--retrain", tmp_path, "--out", tmp_path / "live", "--project", "x", "--articles", tmp_path)
    process, said = serve(*options, "--url", "http://127.0.0.1:9", "--token", "0" * 40, "--patience", 0)
    process.wait(60)
    assert process.returncode == 2
    assert "card.json is missing" in said[-1]
    (tmp_path / "live" / "model").rmdir()
    save_model(model, tmp_path / "live" / "model")
    process, said = serve(*options, "--url", "http://127.0.0.1:9", "--token", "0" * 40, "--patience", 0)
    process.wait(60)
    assert process.returncode == 2
    assert "nothing answers at http://127.0.0.1:9" in said[-1] and "0" * 40 not in said[-1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--retrain", "."], "--retrain needs --out and --project and --articles, too"),
        (["--retrain", ".", "--out", "o", "--articles", "."], "--retrain needs --project, too"),
        (["--out", "o"], "--out does nothing without --retrain"),
        (["--retrain", "nowhere", "--out", "o", "--articles", ".", "--project", "p"], "there is no nowhere"),
        (["--retrain", ".", "--out", "o", "--articles", "nowhere", "--project", "p"], "there is no nowhere"),
        (["--model", "nowhere"], "no model folder nowhere"),
    ],
)
def test_options_that_do_not_go_together(
    capsys: pytest.CaptureFixture[str], options: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert words in refused(capsys, *options)


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_is_none(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["serve", "--port", port])
    assert stopped.value.code == 2
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize(
    "environment",
    [{"CASUALTY_SERVE_USER": "lead"}, {"CASUALTY_SERVE_PASSWORD": "secret"},
     {"CASUALTY_SERVE_USER": "le:ad", "CASUALTY_SERVE_PASSWORD": "secret"}],
)  # fmt: skip
def test_half_a_login(
    capsys: pytest.CaptureFixture[str], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    said = refused(capsys)
    assert "CASUALTY_SERVE_USER" in said and "secret" not in said


@pytest.mark.parametrize("host", ["127.0.0.1", "203.0.113.7", "no such host"])
def test_an_address_that_cannot_be_had(capsys: pytest.CaptureFixture[str], folder: Path, host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(capsys, "--model", folder, "--host", host, "--port", port)
    assert f"cannot listen on {host} port {port}" in said
