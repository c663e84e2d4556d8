"""The command as people run it: killed in the middle, or met with an error; then run again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from casualty_claims.annotate.studio.push import Pushed
from casualty_claims.annotate.taskfile import open_tasks
from faults import KINDS
from proxy import DEADLINE, Exchange, Fault, Proxy
from pushing import BATCH, FIRST, SETTLE, Teller, attempt, once, rows
from studio import Studio
from test_faults import MOMENTS

COMMAND = f"""
import sys
from casualty_claims.annotate import cli
from casualty_claims.annotate.studio import push
push.push.__kwdefaults__.update(batch={BATCH}, settle={SETTLE})
sys.exit(cli.main())
"""
"""``casualty-annotate`` with small batches and little waiting, for which it has no options."""

WHEN = ("never", "before", "afterwards")
"""Does the server do what was asked for when the process was killed? Never; before; after the process is dead."""


def start(url: str, token: str, title: str, folder: Path, *options: str) -> subprocess.Popen[str]:
    """``casualty-annotate push`` in a process of its own."""
    tasks = folder / "tasks.json"
    with open_tasks(tasks, force=True) as out:
        for row in rows():
            out.write(row)
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "push", tasks, "--project", title, *options],
        cwd=folder,
        env={**os.environ, "LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": token, "PYTHONPATH": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("moment", ["making the project", "the second batch"])
def test_killed_at_a_request(
    moment: str, when: str, label_studio: Studio, proxy: Proxy, teller: Teller, tmp_path: Path
) -> None:
    ready = threading.Event()

    def hold(exchange: Exchange) -> None:
        _ = exchange.body
        if when == "before":
            exchange.forward()
        ready.set()
        exchange.until_gone()
        if when == "afterwards":
            exchange.forward()

    token, title = label_studio.legacy_token, f"killed {moment} {when}"
    proxy.faults.append(fault := Fault(hold, *MOMENTS[moment]))
    process = start(proxy.url, token, title, tmp_path)
    if not ready.wait(DEADLINE):
        process.kill()
        pytest.fail(f"it never came to {moment}: {process.communicate()[0]}")
    process.kill()
    teller.words.append(process.communicate(timeout=DEADLINE)[0])
    assert fault.over.wait(DEADLINE)
    second = attempt(proxy.url, token, title, teller)
    assert isinstance(second, Pushed)
    assert label_studio.count(title) == once(FIRST)
    teller.assert_no_secret(token)


@pytest.mark.parametrize("kind", ["403 of a firewall", "redirect to a login page", "cut after", "refused afterwards"])
def test_what_the_command_says(kind: str, label_studio: Studio, proxy: Proxy, teller: Teller, tmp_path: Path) -> None:
    """One sentence and status 2, or all is well; never a traceback."""
    token, title = label_studio.personal_token(), f"said {kind}"
    proxy.faults.append(Fault(KINDS[kind], *MOMENTS["the second batch"]))
    process = start(proxy.url, token, title, tmp_path, "--patience", "1", "--timeout", "20")
    said = process.communicate(timeout=DEADLINE)[0]
    teller.words.append(said)
    teller.assert_no_secret(token)
    assert "Traceback" not in said
    assert process.returncode == (0 if kind == "cut after" else 2), said
    last = said.splitlines()[-1]
    assert process.returncode == 0 or last.startswith("casualty-annotate: cannot "), said
    proxy.open()
    assert isinstance(attempt(proxy.url, token, title, teller), Pushed)
    assert label_studio.count(title) == once(FIRST)
