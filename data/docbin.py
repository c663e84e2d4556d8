"""spaCy's DocBin files (``.spacy``), read only: entities and span groups.

Needs spaCy: ``pip install 'casualty-claims[docbin]'``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .rejects import reason
from .standoff import FormatError, Loss, Mark, Standoff, Tell


def read_docbin(path: str | Path, tell: Tell) -> Iterator[Standoff]:
    """The documents of a file, called by its name and their number. A span in several groups is one mark.

    Raises ``FormatError`` if spaCy is not installed or the file is no DocBin.
    """
    path = Path(path)
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab
    except ModuleNotFoundError:
        raise FormatError(
            f"{path} is read by spaCy, which is not installed: pip install 'casualty-claims[docbin]'"
        ) from None
    try:
        docs = list(DocBin().from_bytes(path.read_bytes()).get_docs(Vocab()))
    except OSError as error:
        raise FormatError(f"{path}: {reason(error)}") from None
    except Exception as error:  # zlib, msgpack and spaCy each have errors of their own
        raise FormatError(f"{path} is no DocBin that this spaCy can read ({error}); write it again") from None
    for number, doc in enumerate(docs, 1):
        yield _standoff(doc, f"{path.stem}#{number}", tell)


def _standoff(doc: Any, name: str, tell: Tell) -> Standoff:
    places: dict[tuple[int, int, str], None] = {}
    for span in [*doc.ents, *(span for group in doc.spans.values() for span in group)]:
        place = f"{name} [{span.start_char}, {span.end_char})"
        label = "_".join(span.label_.split())
        if not label or span.start_char >= span.end_char:
            tell(Loss("spans left out: they are empty or have no label", place))
            continue
        places[span.start_char, span.end_char, label] = None
    for category in doc.cats:
        tell(Loss("categories of whole texts left out", name, category))
    return Standoff(name, doc.text, tuple(Mark(*place) for place in sorted(places)))
