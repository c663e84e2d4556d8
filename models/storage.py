"""A saved model: a folder of plain arrays and JSON that can run no code.

``card.json`` says what the folder holds, with the size and SHA-256 of each file. Arrays are ``.npy``, read
with ``allow_pickle=False`` after dtype and shape have been checked against the file's size; the rest is
JSON. Nothing names a class or a module. Whatever does not fit is refused with a sentence that says why,
before anything large is allocated.

The hashes find damage. Against malice stands only the check of what the files hold: whoever changes a file
can write a card to match.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import tempfile
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from .model import Model
from .state import ARRAYS, StateError, model_of, state_of

FORMAT = 3
CARD, STATE = "card.json", "state.json"
FILES = frozenset((STATE, *(f"{name}.npy" for name in ARRAYS)))
"""What a model folder holds beside its card: these and no others."""

MAX_BYTES = 512 * 2**20
MAX_JSON_BYTES = 32 * 2**20


class ModelError(ValueError):
    """A model folder that is missing, damaged, from another version or not to be trusted."""


def save_model(model: Model, folder: str | Path, *, force: bool = False) -> Path:
    """Write a model to a folder, whole or not at all; over an existing model only with ``force``.

    Raises ``ModelError`` if the folder exists and is not to be replaced, or the model cannot be saved.
    """
    folder = Path(folder)
    _check_replaceable(folder, force)
    contents = _contents(model)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as spare:
        fresh, old = Path(spare) / "fresh", Path(spare) / "old"
        fresh.mkdir()
        for name, data in contents.items():
            (fresh / name).write_bytes(data)
        try:
            if folder.exists():
                folder.rename(old)
            fresh.rename(folder)
        except BaseException:
            if old.exists():
                old.rename(folder)
            raise
    return folder


def _check_replaceable(folder: Path, force: bool) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ModelError(f"{folder} is a link or a file and is left alone; name a folder")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not _is_model(folder):
        raise ModelError(f"{folder} holds other things than a model and is left alone; name another folder")
    if not force:
        raise ModelError(f"{folder} exists; pass --force to replace it")


def _is_model(folder: Path) -> bool:
    """Whether a folder holds a model of any version and nothing else, for all of it goes when it is replaced."""
    try:
        listed = json.loads((folder / CARD).read_bytes())["files"]
        return all(path.name in (CARD, *listed) and path.is_file() for path in folder.iterdir())
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False


def _contents(model: Model) -> dict[str, bytes]:
    """All files of a model's folder."""
    try:
        arrays, state = state_of(model)
    except StateError as error:
        raise ModelError(str(error)) from None
    contents = {STATE: _json_bytes(state)}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.save(stream, array, allow_pickle=False)
        contents[f"{name}.npy"] = stream.getvalue()
    listed = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sorted(contents.items())
    }
    contents[CARD] = _json_bytes({**model.card, "format": FORMAT, "files": listed})
    return contents


def _json_bytes(value: Any) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
        return f"{text}\n".encode()
    except (TypeError, ValueError) as error:
        raise ModelError(f"the model holds what JSON cannot hold ({error}); mend its card and save it again") from None


def load_model(folder: str | Path | None = None) -> Model:
    """Read a model; without a folder, the one that comes with the package.

    Raises ``ModelError`` with one sentence that says what is wrong and what to do.
    """
    if folder is None:
        with as_file(files(__package__).joinpath("default")) as shipped:
            return _load(Path(shipped))
    return _load(Path(folder))


def _load(folder: Path) -> Model:
    if not folder.is_dir():
        raise ModelError(f"there is no model folder {folder}; train one with casualty-train fit")
    card = _card(folder / CARD)
    state: Any = None
    arrays: dict[str, NDArray[Any]] = {}
    for name in sorted(FILES):
        path = folder / name
        data = _read(path, card["files"][name])
        if name == STATE:
            state = _json(data, path)
        else:
            arrays[path.stem] = _array(data, path)
    try:
        return model_of(arrays, state, {k: v for k, v in card.items() if k not in ("files", "format")})
    except StateError as error:
        _refuse(folder, f"does not hold a sound model: {error}")


def _refuse(path: Path, reason: str) -> NoReturn:
    raise ModelError(f"{path} {reason}; get the model again from where it came from, or train one") from None


def _card(path: Path) -> dict[str, Any]:
    card = _json(_read(path), path)
    if not isinstance(card, dict):
        _refuse(path, "is not a card, for it holds no JSON object")
    if card.get("format") != FORMAT:
        raise ModelError(
            f"{path} says format {str(card.get('format'))[:40]!r}, and this version reads format {FORMAT}; "
            "train the model again, or install the version of casualty-claims that made it"
        )
    listed = card.get("files")
    if not isinstance(listed, dict):
        _refuse(path, "does not list the model's files")
    if odd := sorted(listed.keys() ^ FILES):
        verb = "lists" if odd[0] in listed else "does not list"
        _refuse(path, f"{verb} {odd[0][:80]!r}, which is {'no' if verb == 'lists' else 'a'} file of a model")
    for name, entry in listed.items():
        match entry:
            case {"bytes": int(size), "sha256": str(), **others} if not others:
                limit = MAX_JSON_BYTES if name == STATE else MAX_BYTES
                if not 0 < size <= limit:
                    _refuse(path, f"gives {name} a size that is not between 1 and {limit} bytes")
            case _:
                _refuse(path, f"does not give the size and SHA-256 of {name}")
    if sum(entry["bytes"] for entry in listed.values()) > MAX_BYTES:
        _refuse(path, f"lists more than {MAX_BYTES} bytes in all, which no model needs")
    if not isinstance(card.get("name", ""), str):
        _refuse(path, "gives a name that is not a string")
    return card


def _read(path: Path, entry: Mapping[str, Any] | None = None) -> bytes:
    """A file's bytes, if it is the one that its entry in the card speaks of; the card itself has none."""
    if path.is_symlink():
        _refuse(path, "is a link, and a model's files must stand in its folder themselves")
    if not path.is_file():
        _refuse(path, "is missing")
    limit = MAX_JSON_BYTES if entry is None else entry["bytes"]
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}; mend that, or name another model") from None
    if entry is None:
        if len(data) > limit:
            _refuse(path, "is larger than a card can be")
        return data
    if len(data) != limit:
        held = "more" if len(data) > limit else len(data)
        _refuse(path, f"has {held} bytes where the card says {limit}: it was cut short or changed")
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        _refuse(path, "was changed: its SHA-256 is not the one in the card")
    return data


def _json(data: bytes, path: Path) -> Any:
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # half characters, 1e999
    except (ValueError, RecursionError):
        _refuse(path, "is not JSON, or holds what no model does")
    return value


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _array(data: bytes, path: Path) -> NDArray[Any]:
    """An array whose header promises just what the file holds, and no objects."""
    stream = io.BytesIO(data)
    header: Any = np.lib.format  # untyped before numpy 2.3
    try:
        if header.read_magic(stream) != (1, 0):
            raise ValueError("not of version 1.0")
        shape, _, dtype = header.read_array_header_1_0(stream)
    except Exception as error:  # numpy parses the header as Python: damage surfaces as almost anything
        _refuse(path, f"is not an array ({type(error).__name__})")
    if dtype.kind not in "iuf" or dtype.fields is not None or dtype.subdtype is not None:
        _refuse(path, f"holds {str(dtype)[:80]}, where a model has numbers only")
    sane = all(0 <= length <= len(data) for length in shape)
    if not sane or math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
        _refuse(path, f"says shape {str(shape)[:80]}, which is not what it holds")
    stream.seek(0)
    try:
        array: NDArray[Any] = np.load(stream, allow_pickle=False)
    except ValueError as error:
        _refuse(path, f"is not an array ({error})")
    return array
