"""The corpus file: one document a line in JSON Lines, gold, predicted or suggested alike.

A corpus is a file or a folder of ``*.jsonl`` and ``*.jsonl.gz``, read in the order of their names.
``read_corpus`` stops at the first line that is no document; ``checks.check_corpus`` goes through everything.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .documents import Document, DocumentError

__all__ = ["CorpusError", "corpus_hash", "read_corpus", "write_corpus"]

_SUFFIXES = (".jsonl", ".jsonl.gz")


class CorpusError(ValueError):
    """A corpus that cannot be read or written: ``place`` (file and line), and ``message`` (reason and remedy)."""

    def __init__(self, place: object, message: str) -> None:
        super().__init__(str(place), message)
        self.place, self.message = str(place), message

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def read_corpus(path: str | Path) -> Iterator[Document]:
    """Documents of a file or folder, one at a time; raises ``CorpusError`` at the first that is none."""
    for file in corpus_files(Path(path)):
        for place, line in corpus_lines(file):
            try:
                document = Document.from_json(line_object(line))
            except (DocumentError, TypeError) as error:
                raise CorpusError(place, f"{error}; mend the line, or list every fault with check_corpus") from None
            yield document


def write_corpus(path: str | Path, documents: Iterable[Document]) -> None:
    """Write documents to one file (compressed if it ends in ``.gz``), or leave what was there untouched.

    The same documents always give the same bytes.
    """
    path = Path(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as file:
                if path.suffix == ".gz":
                    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                        packed.writelines(_encoded(documents))
                else:
                    file.writelines(_encoded(documents))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise CorpusError(path, f"{error.strerror or error}; choose a place that can be written to") from error


def corpus_hash(documents: Iterable[Document]) -> str:
    """SHA-256 (hexadecimal) of the documents in their order.

    It depends on nothing but the documents: not on how they are spread over files, on the order of keys, on
    blanks between them or on compression. The same documents in another order have another hash, since what is
    trained on them may differ.
    """
    digest = hashlib.sha256()
    for document in documents:
        line = json.dumps(document.to_json(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        digest.update(line.encode("ascii") + b"\n")
    return digest.hexdigest()


def corpus_files(path: Path) -> list[Path]:
    """A file, or the corpus files of a folder in order of name; raises ``CorpusError`` if it holds none."""
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.name.endswith(_SUFFIXES) and file.name[0] != ".")
    if not files:
        raise CorpusError(path, "the folder holds no .jsonl or .jsonl.gz file; give the folder of the corpus")
    return files


def corpus_lines(file: Path) -> Iterator[tuple[str, bytes]]:
    """Lines that are not blank, each with its place."""
    place = str(file)
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                place = f"{file}:{number}"
                if line.strip():
                    yield place, line
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(place, f"nothing can be read from here on ({reason}); check the path and the file") from None


def line_object(line: bytes) -> Mapping[str, Any]:
    """The JSON object of a line; raises ``DocumentError`` with the reason if it is none."""

    def refuse(constant: str) -> None:
        raise DocumentError(f"{constant} is no value in JSON")

    try:
        row = json.loads(line.decode("utf-8-sig"), parse_constant=refuse)
    except UnicodeDecodeError as error:
        raise DocumentError(f"the line is not UTF-8 (byte {error.start + 1})") from None
    except RecursionError:
        raise DocumentError("the JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise DocumentError(f"the line is not JSON: {error.msg} at character {error.colno}") from None
    except DocumentError:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise DocumentError(f"the line is not JSON: {error}") from None
    if not isinstance(row, dict):
        raise DocumentError(f"the line is {type(row).__name__}, not an object")
    return row


def _encoded(documents: Iterable[Document]) -> Iterator[bytes]:
    for document in documents:
        try:
            line = json.dumps(document.to_json(), ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise CorpusError(f"document {document.id!r}", f"it cannot be written as JSON ({error}); mend it") from None
        yield line + b"\n"


# --- checks --------------------------------------------------------------------------------------------------
