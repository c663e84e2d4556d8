"""What could not be read, and why. A reject takes the place of an article, and the reading goes on."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Reject:
    """One input that gave no article.

    ``place`` is where a person finds it again: ``news/a.jsonl:12`` (a line), ``b.csv:row 7`` (rows are
    counted from 1, without the header) or the name of a file.
    """

    place: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """The reject as a line of a rejects file."""
        return {"place": self.place, "reason": self.reason}


def rejects_beside(out: Path) -> Path:
    """Where the rejects of a run go that writes ``out``."""
    return out.with_name(out.name + ".rejects.jsonl")


class Unreadable(ValueError):
    """Input that is not what it should be; the message is the reason, in words for the user."""


# What reading a damaged, vanished or forbidden file raises. Anything else is a mistake of ours and must be seen.
READ_ERRORS = (OSError, EOFError, zlib.error, UnicodeError, Unreadable)


def reason(error: Exception) -> str:
    """Why the reading failed, in words for the user."""
    match error:
        case FileNotFoundError():
            return "there is no such file (any more)"
        case PermissionError():
            return "reading it is not permitted"
        case OSError() if error.strerror:
            return f"it cannot be read: {error.strerror}"
        case Unreadable():
            return str(error)
        case OSError() | EOFError() | zlib.error():
            return f"its compressed data is damaged: {error}"
        case _:
            return f"it cannot be read: {error}"


def displayed(path: str | os.PathLike[str]) -> str:
    """A path as text that every output can hold: file names need not be valid UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")
