"""Label Studio's own environment for the tests: ``python3 tests/annotate/server/install.py`` makes it, once.

The server wants another Django, another numpy and a gigabyte: it lives beside the project's environment, never in it.
Needs Python alone, since ``tasks.py`` runs it before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

VERSION = "1.23.2"
"""The server that the tests run: the only place that says so."""

VARIABLE = "LABEL_STUDIO_ENVIRONMENT"
"""Names another folder than ``.label-studio``; a ready virtual environment that holds label-studio will do."""

USERNAME, PASSWORD, LEGACY_TOKEN = "lead@example.org", "lead-password-1", "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
"""The labelling lead of the throw-away servers."""


def place() -> Path:
    """The folder with ``venv/`` and ``initial/``."""
    return Path(os.environ.get(VARIABLE) or Path(__file__).resolve().parents[3] / ".label-studio")


def program() -> Path:
    """The server's command; it may not be there."""
    scripts = "Scripts" if os.name == "nt" else "bin"
    ready = place() / scripts / "label-studio"
    return ready if ready.exists() else place() / "venv" / scripts / "label-studio"


def settings(folder: Path) -> dict[str, str]:
    """The server's environment variables: data in ``folder``, no word to the outside, nothing from our own shell.

    The last two let the server call a model on this machine, which it refuses by default to guard against forged
    requests: for throw-away servers only.
    """
    ours = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
    return {name: os.environ[name] for name in ours if name in os.environ} | {
        "HOME": str(folder),
        "PYTHONUNBUFFERED": "1",
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_USERNAME": USERNAME,
        "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LABEL_STUDIO_USER_TOKEN": LEGACY_TOKEN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "SECRET_KEY": "of a throw-away server, not secret at all",
        "ML_BLOCK_LOCAL_IP": "false",
        "USE_DEFAULT_BANNED_SUBNETS": "false",
    }


def initial() -> Path:
    """A data folder after the database's migrations (20 to 45 s, once), to be copied for each server (4 s)."""
    folder = place() / f"initial-{VERSION}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=place(), prefix="making-") as making:
            data = Path(making) / "data"
            data.mkdir()
            command = [program(), "init", "--quiet", "--data-dir", data, "--username", USERNAME]
            command += ["--password", PASSWORD, "--user-token", LEGACY_TOKEN, "--enable-legacy-api-token"]
            done = subprocess.run(command, env=settings(data), capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"Label Studio could not make its database: {(done.stdout + done.stderr)[-3000:]}")
            if not folder.exists():  # another test run may have been faster
                data.rename(folder)
    return folder


def install() -> None:
    """Install the server where it is not yet. Raises ``OSError`` or ``CalledProcessError`` if that cannot be."""
    made = place() / "venv"
    ready = made / f"ready-{VERSION}"
    if ready.exists() or program().parent.parent == place():
        return
    print(
        f"installing Label Studio {VERSION} for the tests into {place().name} (once; a few minutes, 1 GB)", flush=True
    )
    shutil.rmtree(made, ignore_errors=True)
    venv.create(made, with_pip=True)
    python = program().with_name("python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"label-studio=={VERSION}"], check=True)
    ready.touch()


def main() -> int:
    """Entry point; returns the exit status, 0 too where it could not be installed: the tests then say so."""
    try:
        install()
        initial()
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"Label Studio {VERSION} could not be installed, tests with a server are skipped: {error}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
