"""The house keeps its order: imports go one way, modules are told and small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "casualty_claims"
MAY_IMPORT = {
    "data": set(),
    "models": {"data"},
    "annotate": {"data", "models"},
    "train": {"data", "models"},
}
LONGEST = 340


def modules(root: Path) -> dict[str, ast.Module]:
    """Parsed modules by name, ``room.module``; a room's ``__init__`` is ``room``."""
    found = {}
    for room in MAY_IMPORT:
        for path in sorted((root / room).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def nodes_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when the module is imported: not the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from nodes_at_import(node)


def targets(name: str, node: ast.ImportFrom, known: dict[str, ast.Module]) -> Iterator[str]:
    """What a relative import in module ``name`` brings in, as ``room.module`` or ``room``."""
    is_package = any(other.startswith(f"{name}.") for other in known)
    package = name.split(".") if is_package else name.split(".")[:-1]
    base = package[: len(package) + 1 - node.level] + (node.module.split(".") if node.module else [])
    for alias in node.names:
        whole = ".".join([*base, alias.name])
        yield whole if whole in known else ".".join(base)


def project_imports(known: dict[str, ast.Module], at_import: bool = False) -> dict[str, set[str]]:
    """For each module the modules of the project that it imports."""
    walk = nodes_at_import if at_import else ast.walk
    return {
        name: {
            target
            for node in walk(tree)
            if isinstance(node, ast.ImportFrom) and node.level
            for target in targets(name, node, known)
        }
        for name, tree in known.items()
    }


def trespasses(known: dict[str, ast.Module]) -> list[str]:
    """Imports that go the wrong way."""
    return [
        f"{name} imports {target}"
        for name, brought in project_imports(known).items()
        for target in sorted(brought)
        if (room := name.split(".")[0]) != (other := target.split(".")[0]) and other not in MAY_IMPORT[room]
    ]


def absolute(known: dict[str, ast.Module]) -> list[str]:
    """Imports of the package by its own name, which would not follow the folders."""
    return [
        f"{name}:{node.lineno}"
        for name, tree in known.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == PACKAGE for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == PACKAGE)
    ]


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """One cycle of a graph, or nothing."""
    done: set[str] = set()

    def follow(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph.get(name, ())):
            if found := follow(target, [*way, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := follow(name, []))), [])


def tree(root: Path, **sources: str) -> dict[str, ast.Module]:
    """A small house; ``data__words="..."`` is the module ``data/words.py``."""
    for place, source in sources.items():
        path = root / Path(*place.split("__")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        path.with_name("__init__.py").touch()
        path.write_text(source)
    return modules(root)


def test_imports_go_one_way() -> None:
    known = modules(ROOT)
    assert len(known) > 30
    assert any(target.startswith("data.") for target in project_imports(known)["models.scorer"])
    assert trespasses(known) == []


def test_nothing_imports_the_package_by_its_own_name() -> None:
    assert absolute(modules(ROOT)) == []


def test_no_cycles_between_modules() -> None:
    assert cycle(project_imports(modules(ROOT), at_import=True)) == []


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("data__words", "from ..models.names import x"),
        ("data__words", "from .. import models"),
        ("data__words", "def late():\n    from ..models import names"),
        ("models__names", "from ..train.fit import x"),
        ("models__names", "from .. import annotate"),
        ("annotate__tasks", "from ..train import fit"),
        ("train__fit", "import os\nif os.name:\n    from ..annotate import tasks"),
    ],
)
def test_a_step_the_wrong_way_is_seen(tmp_path: Path, place: str, source: str) -> None:
    other = {"models__names": "x = 1", "train__fit": "x = 1", "annotate__tasks": "x = 1"} | {place: source}
    assert len(trespasses(tree(tmp_path, **other))) == 1


def test_a_step_the_right_way_is_none(tmp_path: Path) -> None:
    known = tree(
        tmp_path,
        data__words="import re",
        models__names="from ..data.words import re\nfrom . import model",
        models__model="from ..data import words",
        train__fit="from ..models import names\nfrom ..data.words import re",
    )
    assert trespasses(known) == []
    assert project_imports(known)["models.names"] == {"data.words", "models.model"}
    assert project_imports(known)["train.fit"] == {"data.words", "models.names"}


@pytest.mark.parametrize(
    "source", ["import casualty_claims", "import casualty_claims.data as d", "from casualty_claims.data import words"]
)
def test_an_absolute_import_is_seen(tmp_path: Path, source: str) -> None:
    assert absolute(tree(tmp_path, data__words=source)) == ["data.words:1"]


@pytest.mark.parametrize(
    ("one", "two", "three", "way"),
    [
        ("from .two import x", "from .three import x", "from . import one", ["data.one", "data.two", "data.three"]),
        ("from .two import x", "from .one import x", "", ["data.one", "data.two"]),
        ("from .two import x", "def late():\n    from .one import x", "", []),
        ("from .two import x", "from .three import x", "", []),
    ],
)
def test_a_cycle_is_seen(tmp_path: Path, one: str, two: str, three: str, way: list[str]) -> None:
    known = tree(tmp_path, data__one=one, data__two=two, data__three=three)
    found = cycle(project_imports(known, at_import=True))
    assert found[:-1] == way
    graph = project_imports(known, at_import=True)
    assert all(after in graph[before] for before, after in pairwise(found))


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, tree in modules(ROOT).items() if not (ast.get_docstring(tree) or "").strip()]
    assert silent == []


def test_no_module_is_too_long_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for room in MAY_IMPORT
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}
