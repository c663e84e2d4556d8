"""Which files a path stands for."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from .rejects import Reject, displayed, reason


@dataclass(frozen=True, slots=True)
class File:
    """A file to read. ``name`` is the id of an article that has none of its own; ``place`` is for people."""

    path: Path
    name: str
    place: str


def ending(name: str) -> tuple[str, bool]:
    """The ending that says what a file holds, in lower case, and whether gzip lies over it."""
    path = PurePath(name.lower())
    zipped = path.suffix == ".gz"
    return (PurePath(path.stem) if zipped else path).suffix, zipped


def find_files(root: Path, endings: Collection[str]) -> Iterator[File | Reject]:
    """``root`` if it is a file, else every file in it and its folders that is not hidden, in order of name.

    Names are those relative to ``root``, so they stay when the folder moves. Within a folder, files of other
    endings and things that are not files (pipes, devices) are rejected. Links are followed; a folder that is
    met again is not entered again, which also ends loops.
    """
    try:
        is_folder = root.is_dir()
    except OSError as error:
        yield Reject(displayed(root), reason(error))
        return
    if not is_folder:
        yield File(root, displayed(root.name), displayed(root.as_posix()))
        return
    entered: set[tuple[int, int]] = set()
    pending = [(os.fspath(root), True)]
    while pending:
        path, is_folder = pending.pop()
        if not is_folder:
            yield _checked(Path(path), root, endings)
            continue
        try:
            status = os.stat(path)  # noqa: PTH116  # scandir speaks in strings
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(path) as entries:
                visible = [(entry.path, _is_folder(entry)) for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            yield Reject(displayed(path), reason(error))
        else:
            pending += sorted(visible, reverse=True)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, say; its own turn comes, and then the reason is told
        return False


def _checked(path: Path, root: Path, endings: Collection[str]) -> File | Reject:
    place = displayed(path.as_posix())
    suffix = ending(path.name)[0]
    if suffix not in endings:
        return Reject(place, f"its ending {displayed(suffix)!r} is not one of {', '.join(sorted(endings))}")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Reject(place, "it is not a regular file")
    except OSError as error:
        return Reject(place, reason(error))
    return File(path, displayed(path.relative_to(root).as_posix()), place)
