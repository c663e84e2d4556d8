"""What is shipped: an sdist and a wheel, built from the tracked files, installed and used like a stranger's."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("data", "models", "annotate", "train")
SCRIPTS = ("casualty-annotate", "casualty-score", "casualty-train")
NEED_AN_EXTRA = ("casualty_claims.annotate.studio.backend", "casualty_claims.train.teacher")
"""Modules that only what needs an extra imports: they may import it at their top."""
MADE = {"build", "dist", "__pycache__"}


@dataclass(frozen=True)
class Shipped:
    """Names in the sdist (without its top folder) and in the wheel, and the wheel itself."""

    sdist: frozenset[str]
    wheel: frozenset[str]
    wheel_file: Path


@dataclass(frozen=True)
class Installed:
    """A virtual environment that holds the wheel and what it needs."""

    python: Path
    site: Path
    scripts: Path


def outside() -> dict[str, str]:
    """The environment without anything that leads Python back into the checkout."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and k != "VIRTUAL_ENV"}


def run(*command: str | Path, cwd: Path, hint: str = "", env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env or outside(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command[:4]))} ... failed. {hint}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def tracked() -> list[Path]:
    """What git holds; outside a repository everything but what tools have made."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False
    ).stdout.decode()
    names = [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]
    if names:
        return names
    every = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [
        path
        for path in every
        if not any(part in MADE or part.startswith(".") or part.endswith(".egg-info") for part in path.parts)
    ]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    source = tmp_path_factory.mktemp("source") / "casualty-claims"
    for path in tracked():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, source / path)
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", out, source, cwd=out,
        hint="Building needs the package `build`, and the package index for setuptools.")  # fmt: skip
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    with tarfile.open(sdist) as packed:
        names = frozenset(member.name.partition("/")[2] for member in packed if member.isfile())
    with zipfile.ZipFile(wheel) as zipped:
        return Shipped(names, frozenset(zipped.namelist()), wheel)


@pytest.fixture(scope="module")
def installed(shipped: Shipped, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=True)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    run(python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", shipped.wheel_file, cwd=home,
        hint="Installing fetches the dependencies: it needs the package index.")  # fmt: skip
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home)
    return Installed(python, Path(site.strip()), scripts)


def test_the_wheel_holds_the_package_and_nothing_else(shipped: Shipped) -> None:
    tops = {name.split("/")[0] for name in shipped.wheel}
    info = {top for top in tops if top.endswith(".dist-info")}
    assert len(info) == 1
    assert tops - info == {"casualty_claims"}
    assert {name.split("/")[1] for name in shipped.wheel if name.startswith("casualty_claims/")} == set(ROOMS)
    assert any(name.endswith("licenses/LICENSE") for name in shipped.wheel)


def test_the_wheel_holds_every_module(shipped: Shipped) -> None:
    modules = {
        f"casualty_claims/{path.as_posix()}" for path in tracked() if path.parts[0] in ROOMS and path.suffix == ".py"
    }
    assert {name for name in shipped.wheel if name.endswith(".py")} == modules


@pytest.mark.parametrize("room", ROOMS)
def test_types_are_shipped(shipped: Shipped, room: str) -> None:
    assert f"casualty_claims/{room}/py.typed" in shipped.wheel


def test_the_model_is_shipped_whole(shipped: Shipped) -> None:
    card = json.loads((ROOT / "models/default/card.json").read_text(encoding="utf-8"))
    for name in ("card.json", *card["files"]):
        assert f"casualty_claims/models/default/{name}" in shipped.wheel
        assert f"models/default/{name}" in shipped.sdist


def test_the_word_lists_are_shipped(shipped: Shipped) -> None:
    lists = {path.name for path in (ROOT / "data/lexicons").glob("*.txt")}
    assert len(lists) > 20
    assert {f"casualty_claims/data/lexicons/{name}" for name in lists} <= shipped.wheel
    assert {f"data/lexicons/{name}" for name in lists} <= shipped.sdist


def test_the_corpus_is_for_those_who_train(shipped: Shipped) -> None:
    corpus = {f"data/corpus/{path.name}" for path in (ROOT / "data/corpus").glob("*.jsonl*")}
    assert corpus
    assert corpus <= shipped.sdist
    assert not any("corpus/" in name or "samples/" in name for name in shipped.wheel)


def test_the_sdist_can_be_worked_on(shipped: Shipped) -> None:
    samples = {f"data/samples/{path.name}" for path in (ROOT / "data/samples").iterdir()}
    tests = {path.as_posix() for path in tracked() if path.parts[0] == "tests"}
    assert {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "tasks.py"} | samples | tests <= shipped.sdist
    assert not any(name.endswith((".pyc", ".pyo")) for name in shipped.sdist | shipped.wheel)


def test_only_the_package_lands_in_site_packages(installed: Installed) -> None:
    (record,) = installed.site.glob("casualty_claims-*.dist-info/RECORD")
    with record.open(newline="", encoding="utf-8") as file:
        places = [(installed.site / row[0]).resolve() for row in csv.reader(file)]
    inside = {
        place.relative_to(installed.site.resolve()).parts[0]
        for place in places
        if installed.site.resolve() in place.parents
    }
    assert inside == {"casualty_claims", record.parent.name}
    beyond = {place for place in places if installed.site.resolve() not in place.parents}
    assert {place.parent for place in beyond} == {installed.scripts.resolve()}
    assert {place.stem for place in beyond} == set(SCRIPTS)
    assert not any((installed.site / room).exists() for room in (*ROOMS, "tests"))


def test_the_scripts_answer(installed: Installed, tmp_path: Path) -> None:
    for script in SCRIPTS:
        assert f"usage: {script}" in run(installed.scripts / script, "--help", cwd=tmp_path)
    version = run(installed.scripts / "casualty-score", "--version", cwd=tmp_path).split()[-1]
    assert f"-{version}-" in next(iter(installed.site.glob("casualty_claims-*.dist-info"))).name.replace(
        ".dist-info", "-"
    )


def test_nothing_needed_is_missing(installed: Installed, tmp_path: Path) -> None:
    code = (
        "import importlib, pkgutil\n"
        f"for room in {ROOMS!r}:\n"
        "    package = importlib.import_module(f'casualty_claims.{room}')\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        f"        if module.name not in {NEED_AN_EXTRA!r}:\n"
        "            print(importlib.import_module(module.name).__file__)"
    )
    files = run(installed.python, "-c", code, cwd=tmp_path).splitlines()
    assert len(files) > 30
    assert all(installed.site.resolve() in Path(file).resolve().parents for file in files)
    run(installed.python, "-m", "pip", "check", cwd=tmp_path)


def test_articles_are_scored_from_anywhere(installed: Installed, tmp_path: Path) -> None:
    samples = tmp_path / "articles"
    shutil.copytree(ROOT / "data/samples", samples)
    run(installed.scripts / "casualty-score", "articles", "--out", "claims.csv", "--no-table", cwd=tmp_path)
    with (tmp_path / "claims.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    plain = {path.name: path.read_bytes().decode() for path in samples.glob("*.txt")}
    assert {row["article_id"] for row in rows} >= {*plain, "quake.html", "coast-17", "wire-1"}
    read = [row for row in rows if row["article_id"] in plain]
    assert len(read) > 5
    for row in read:
        assert plain[row["article_id"]][int(row["start"]) : int(row["end"])] == row["text"]
