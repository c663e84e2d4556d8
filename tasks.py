"""Set up and run: ``python3 tasks.py demo`` or ``python3 tasks.py test``.

Needs Python 3.11 or later and nothing else; makes its own virtual environment in ``.venv``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
ROOMS = ("data", "models", "annotate", "train")


def run(*command: str | Path) -> None:
    """Run a command at the top of the project; its failure is ours."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def pip_install(*what: str) -> None:
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what)


def set_up(*groups: str, extras: tuple[str, ...] = ()) -> None:
    """The virtual environment with what the package, its extras and the dependency groups need, and the package as it
    is now.

    The package is installed as a user would have it, so that tests and types run on what is shipped.
    """
    import tomllib  # not there before Python 3.11, and then main has said so

    if not BIN.exists():
        print("making .venv (once)", flush=True)
        try:
            venv.create(ENVIRONMENT, with_pip=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
            sys.exit("this Python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv")
    settings = (ROOT / "pyproject.toml").read_bytes()
    parts = "-".join(("package", *extras, *groups))
    stamp = ENVIRONMENT / f"ready-{hashlib.sha256(settings).hexdigest()[:12]}-{parts}"
    if not stamp.exists():
        print("installing what is needed into .venv (once; a minute or two)", flush=True)
        listed = tomllib.loads(settings.decode())
        optional = listed["project"]["optional-dependencies"]
        needed = [listed["project"]["dependencies"], *(optional[e] for e in extras)]
        needed += [listed["dependency-groups"][g] for g in groups]
        pip_install(*(requirement for part in needed for requirement in part))
        stamp.touch()
    shutil.rmtree(ROOT / "build", ignore_errors=True)  # it would bring back files that are gone
    pip_install("--no-deps", "--force-reinstall", ".")
    shutil.rmtree(ROOT / "build", ignore_errors=True)


def demo(*options: str) -> None:
    """score the sample articles with the shipped model: a table here, and claims.csv; further options go to it"""
    set_up()
    run(BIN / "casualty-score", "data/samples", "--out", "claims.csv", "--force", "--table", *options)


def test(*options: str) -> None:
    """lint, check types, run all tests; further options go to pytest"""
    set_up("test", "lint", extras=("annotate", "docbin", "train"))
    run(sys.executable, "tests/annotate/server/install.py")
    run(BIN / "ruff", "check", ".")
    run(BIN / "ruff", "format", "--check", ".")
    run(BIN / "mypy", *(part for room in ROOMS for part in ("-p", f"casualty_claims.{room}")))
    run(BIN / "python", "-m", "pytest", *options)


def bench(*options: str) -> None:
    """measure; then a name (scoring, export, studio, agreement; default: scoring), further options go to it"""
    names = [path.stem for path in (ROOT / "tests" / "benchmarks").glob("*.py")]
    name, *rest = options if options and options[0] in names else ("scoring", *options)
    set_up("test", "bench", extras=("annotate",))
    if name == "studio":
        run(sys.executable, "tests/annotate/server/install.py")
    run(BIN / "python", f"tests/benchmarks/{name}.py", *rest)


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python meets this file before it meets pyproject.toml
        sys.exit(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}")
    tasks = {task.__name__: task for task in (demo, test, bench)}
    told = "\n".join(f"  {name:<6}{task.__doc__}" for name, task in tasks.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=f"tasks:\n{told}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=tasks, metavar="task", help=", ".join(tasks))
    chosen, rest = parser.parse_known_args()
    tasks[chosen.task](*rest)


if __name__ == "__main__":
    main()
