"""Pseudonyms: which name stands for which annotator, kept in a private file.

The file is a JSON object, ``{"anna@example.org": "annotator 1"}``. People may edit it; who is new gets the next
number. It is the only place where both names stand: keep it out of what you publish.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

_NUMBERED = re.compile(r"annotator (\d+)\Z")


class PseudonymError(ValueError):
    """A file of pseudonyms that cannot be used; the message says why."""


def read_pseudonyms(path: Path) -> dict[str, str]:
    """The pseudonyms by name; none if there is no file. Raises ``PseudonymError`` if it is not such a file."""
    try:
        names = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise PseudonymError(f"{path} is no JSON ({error}); mend it, or name another file") from None
    if not isinstance(names, dict) or not all(isinstance(name, str) and name.strip() for name in names.values()):
        raise PseudonymError(f'{path} must hold names and pseudonyms, as in {{"anna@example.org": "annotator 1"}}')
    taken: dict[str, str] = {}
    for name, pseudonym in names.items():
        if pseudonym in taken:
            raise PseudonymError(
                f"{path} gives {pseudonym!r} to {taken[pseudonym]!r} and {name!r}; give each their own"
            )
        taken[pseudonym] = name
    return names


def with_new(known: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """``known`` and, in the order of ``names``, a pseudonym for each that has none: the next number not yet used."""
    made = dict(known)
    last = max((int(match[1]) for value in known.values() if (match := _NUMBERED.match(value))), default=0)
    for name in names:
        if name not in made:
            last += 1
            made[name] = f"annotator {last}"
    return made


def write_pseudonyms(path: Path, names: Mapping[str, str]) -> None:
    """Write the file, whole or not at all, for its owner's eyes alone.

    Raises ``PseudonymError`` if it cannot be written.
    """
    target = path.resolve()
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(dict(names), file, ensure_ascii=False, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise PseudonymError(
            f"{path} was not written: {error.strerror or error}; choose a place that can be"
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


def pseudonyms(path: Path, names: Iterable[str]) -> dict[str, str]:
    """The pseudonym of each name, from the file, which is extended by those that are new."""
    known = read_pseudonyms(path)
    made = with_new(known, names)
    if made != known:
        write_pseudonyms(path, made)
    elif path.exists():
        with suppress(OSError):  # another's file, which is theirs to guard
            path.chmod(0o600)
    return made
