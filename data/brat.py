"""brat standoff: a folder of ``NAME.txt`` and ``NAME.ann`` (https://brat.nlplab.org/standoff.html).

Read are text-bound annotations (T), binary relations (R), attributes (A, and M of old files) and notes (#). brat
breaks a span at line ends; here it is one again. The folder that is written has an ``annotation.conf`` beside the
texts, without which brat does not show it, and a ``documents.json`` with what standoff has no place for: ids, titles,
dates. brat passes over that file; ``read_brat`` looks for it.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .outputs import OutputError
from .rejects import READ_ERRORS, reason
from .standoff import FormatError, Loss, Mark, Relation, Standoff, Tell, decoded

CONF, DOCUMENTS = "annotation.conf", "documents.json"

# What brat takes for a line's end, since Python's codecs do.
_BREAKS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_LINE = re.compile(f"[^{_BREAKS}]+")
_OTHERS = {"E": "events left out", "N": "normalisations left out", "*": "equivalences left out"}
_LONGEST = 120  # characters of a file's name, so that it fits every file system

Lines = dict[str, tuple[str, str, str]]
"""By id: the place of the line, its second and its third column."""


def read_brat(path: str | Path, tell: Tell) -> Iterator[Standoff]:
    """The documents of a folder and the folders in it, or of one ``.ann`` or ``.txt``.

    They come in the order of ``documents.json``, then by name; one that is not in it is called by its path in the
    folder. Raises ``FormatError`` if there is nothing of brat's.
    """
    path = Path(path)
    single = path.is_file()
    files = [path.with_suffix("")] if single else sorted({file.with_suffix("") for file in _texts(path)})
    if not files:
        raise FormatError(f"{path} holds no .txt or .ann file; give the folder with both")
    folder = path.parent if single else path
    known = _read_documents(folder, tell)
    order = {name: place for place, name in enumerate(known)}
    for stem in sorted(files, key=lambda stem: order.get(stem.relative_to(folder).as_posix(), len(order))):
        text, ann = Path(f"{stem}.txt"), Path(f"{stem}.ann")
        if not text.is_file():
            tell(Loss("annotations left out: their .txt file is not there", str(ann)))
        elif not ann.is_file():
            tell(Loss("texts left out: their .ann file is not there, so nobody labelled them", str(text)))
        else:
            name = stem.relative_to(folder).as_posix()
            try:
                words, lines = decoded(text.read_bytes()), decoded(ann.read_bytes())
            except READ_ERRORS as error:
                tell(Loss("documents left out: a file cannot be read", str(text), reason(error)))
                continue
            marks, relations = parse_ann(words, lines, str(ann), tell)
            meta = dict(known.get(name) or {})
            yield Standoff(str(meta.pop("id", name)), words, marks, relations, meta)


def parse_ann(text: str, ann: str, place: str, tell: Tell) -> tuple[tuple[Mark, ...], tuple[Relation, ...]]:
    """Marks and relations of the ``.ann`` that goes with ``text``; ``place`` names it in losses."""
    lines: Lines = {}
    for number, line in enumerate(ann.split("\n"), 1):
        here = f"{place}:{number}"
        name, _, rest = line.rstrip("\r").partition("\t")
        data, _, tail = rest.partition("\t")
        if not line.strip():
            continue
        if name[:1] not in tuple("TRAM#"):
            kind = _OTHERS.get(name[:1], "lines left out: brat has no such")
            tell(Loss(kind, here, line[:80]))
        elif name in lines:
            tell(Loss("lines left out: their id was there before", here, line[:80]))
        else:
            lines[name] = (here, data, tail)
    pieces = {name: found for name, row in lines.items() if name[0] == "T" and (found := _textbound(row, text, tell))}
    attributes, notes = _about(lines, pieces, tell)
    marks = []
    for name in list(pieces):
        start, end, label = pieces[name]
        marks.append(Mark(start, end, label, attributes.get(name, {}), tuple(notes.get(name, ()))))
    return tuple(marks), tuple(_relations(lines, list(pieces), tell))


def _textbound(row: tuple[str, str, str], text: str, tell: Tell) -> tuple[int, int, str] | None:
    here, data, words = row
    match = re.fullmatch(r"(\S+) (\d+ \d+(?:;\d+ \d+)*) ?", data)
    if not match:
        tell(Loss("spans left out: their line is no LABEL START END", here, data[:80]))
        return None
    places = [(int(start), int(end)) for start, end in (piece.split() for piece in match[2].split(";"))]
    if any(start >= end for start, end in places):
        tell(Loss("spans left out: they are empty or reversed", here, data))
        return None
    start, end = min(places)[0], max(end for _, end in places)
    if end > len(text):
        tell(Loss("spans left out: they reach beyond the text", here, f"{data}; the text has {len(text)} characters"))
        return None
    marked = " ".join(text[a:b] for a, b in places)
    if words.strip() and words.split() != marked.split():
        detail = f"{words[:60]!r} stands there, the text has {marked[:60]!r}"
        tell(Loss("spans left out: their words are not those at their offsets", here, detail))
        return None
    gaps = [text[a[1] : b[0]] for a, b in zip(sorted(places), sorted(places)[1:], strict=False)]
    if any(gap.strip(_BREAKS) for gap in gaps):
        tell(Loss("spans in pieces taken from the first to the last of them", here, data))
    return start, end, match[1]


def _about(
    lines: Lines, marks: Mapping[str, object], tell: Tell
) -> tuple[dict[str, dict[str, str]], dict[str, list[str]]]:
    """Attributes and notes by mark."""
    attributes: dict[str, dict[str, str]] = {}
    notes: dict[str, list[str]] = {}
    for name, (here, data, tail) in lines.items():
        if name[0] not in "AM#":
            continue
        kind = "notes" if name[0] == "#" else "attributes"
        label, target, *value = data.split(None, 2)[:3] if len(data.split()) > 1 else ("", "")
        if target not in marks:
            tell(Loss(f"{kind} left out: what they are about is no span that was read", here, data[:80]))
        elif name[0] == "#":
            notes.setdefault(target, []).append(tail)
        elif len("".join(value).split()) > 1:
            tell(Loss("attributes left out: their value is more than one word", here, data[:80]))
        elif attributes.setdefault(target, {}).setdefault(label, "".join(value).strip()) != "".join(value).strip():
            tell(Loss("attributes left out: the span has another of that name", here, data[:80]))
    return attributes, notes


def _relations(lines: Lines, marks: list[str], tell: Tell) -> Iterator[Relation]:
    place = {name: index for index, name in enumerate(marks)}
    for name, (here, data, _) in lines.items():
        if name[0] != "R":
            continue
        match = re.fullmatch(r"(\S+) [^\s:]+:(\S+) [^\s:]+:(\S+)\s*", data)
        if not match:
            tell(Loss("relations left out: their line is no LABEL Arg1:ID Arg2:ID", here, data[:80]))
        elif not {match[2], match[3]} <= place.keys():
            tell(Loss("relations left out: an end is no span that was read", here, data[:80]))
        else:
            yield Relation(match[1], place[match[2]], place[match[3]])


def write_brat(folder: str | Path, documents: Iterable[Standoff], *, force: bool = False) -> None:
    """Write a folder that brat opens, whole or not at all.

    Raises ``OutputError`` if it is there already and ``force`` is not set, or if it holds files that are not brat's.
    """
    folder = Path(folder)
    _check(folder, force)
    part = folder.with_name(f".{secrets.token_hex(8)}.part")
    try:
        part.mkdir()
        known: dict[str, dict[str, Any]] = {}
        schema = _Schema()
        taken: set[str] = set()
        for document in documents:
            name = _file_name(document.id, taken)
            known[name] = {"id": document.id, **document.meta}
            # Line ends must stay what they are: every offset counts on them.
            (part / f"{name}.txt").write_bytes(document.text.encode())
            (part / f"{name}.ann").write_bytes(ann_of(document).encode())
            schema.add(document)
        rows = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in known.items())
        (part / DOCUMENTS).write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")
        (part / CONF).write_text(str(schema), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    except OSError as error:
        raise OutputError(f"{folder} was not written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            shutil.rmtree(part)


def ann_of(document: Standoff) -> str:
    """The ``.ann`` file of a document."""
    rows = []
    attributes = notes = 0
    for number, mark in enumerate(document.marks, 1):
        places = _unbroken(document.text, mark)
        words = " ".join(document.text[start:end] for start, end in places)
        words = "".join(" " if c in _BREAKS else c for c in words)
        where = ";".join(f"{start} {end}" for start, end in places)
        rows.append(f"T{number}\t{mark.label} {where}\t{words}")
        for name, value in mark.attributes.items():
            attributes += 1
            rows.append(f"A{attributes}\t{name} T{number} {value}".rstrip())
        for note in mark.notes:
            notes += 1
            rows.append(f"#{notes}\tAnnotatorNotes T{number}\t{note}")
    for number, link in enumerate(document.relations, 1):
        rows.append(f"R{number}\t{link.label} Arg1:T{link.source + 1} Arg2:T{link.target + 1}")
    return "".join(row + "\n" for row in rows)


def _unbroken(text: str, mark: Mark) -> list[tuple[int, int]]:
    """The pieces between line ends; the whole where a line end is at an edge, since its place would be lost."""
    if text[mark.start] in _BREAKS or text[mark.end - 1] in _BREAKS:
        return [(mark.start, mark.end)]
    return [piece.span() for piece in _LINE.finditer(text, mark.start, mark.end)]


class _Schema:
    """Labels, relations and attributes that occur, as brat's configuration lists them."""

    def __init__(self) -> None:
        self.labels: dict[str, None] = {}
        self.relations: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
        self.attributes: dict[str, tuple[dict[str, None], set[str]]] = {}

    def add(self, document: Standoff) -> None:
        for mark in document.marks:
            self.labels[mark.label] = None
            for name, value in mark.attributes.items():
                labels, values = self.attributes.setdefault(name, ({}, set()))
                labels[mark.label] = None
                values.add(value)
        for link in document.relations:
            for ends, at in zip(self.relations.setdefault(link.label, ({}, {})), (link.source, link.target),
                                strict=True):  # fmt: skip
                ends[document.marks[at].label] = None

    def __str__(self) -> str:
        rows = ["[entities]", *sorted(self.labels), "", "[relations]"]
        for name, (sources, targets) in sorted(self.relations.items()):
            rows.append(f"{name}\tArg1:{'|'.join(sorted(sources))}, Arg2:{'|'.join(sorted(targets))}")
        # Without this line brat refuses a document with spans that overlap.
        rows += ["<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>", "", "[events]", "", "[attributes]"]
        for name, (labels, values) in sorted(self.attributes.items()):
            known = "|".join(sorted(values - {""}, key=lambda v: (not v.isdigit(), v.zfill(20) if v.isdigit() else v)))
            rows.append(f"{name}\tArg:{'|'.join(sorted(labels))}" + (f", Value:{known}" if known else ""))
        return "\n".join(rows) + "\n"


def _texts(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        inner = file.relative_to(folder).parts
        if file.suffix in (".txt", ".ann") and not any(part.startswith(".") for part in inner):
            yield file


def _read_documents(folder: Path, tell: Tell) -> dict[str, Any]:
    file = folder / DOCUMENTS
    if not file.is_file():
        return {}
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(known, dict) and all(isinstance(row, dict) for row in known.values()):
            return known
        why = "it is no object of objects"
    except ValueError as error:
        why = str(error)
    tell(Loss("lists of ids and titles left out", str(file), why))
    return {}


def _file_name(name: str, taken: set[str]) -> str:
    """A name for the files that every system takes, and that no other document has, however capitals count."""
    base = quote(name, safe=" ,;=+@()~!'")[:_LONGEST] or "_"
    base = base.replace(".", "%2E", base.startswith("."))
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base}~{number}"
    taken.add(name.casefold())
    return name


def _check(folder: Path, force: bool) -> None:
    if not folder.parent.is_dir():
        raise OutputError(f"{folder} cannot be written: there is no folder {folder.parent}; make it first")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder} is a file; brat standoff is a folder, name another")
    for file in folder.iterdir():
        if not force:
            raise OutputError(f"{folder} exists and is not empty; pass --force to replace it")
        if file.suffix not in (".txt", ".ann") and file.name not in (CONF, DOCUMENTS):
            raise OutputError(f"{folder} holds {file.name}, which is not brat's, and is left as it is; name another")
