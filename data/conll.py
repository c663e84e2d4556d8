"""CoNLL columns: a token a line, its BIO tags in columns, a blank line between sentences.

What is written follows CoNLL-U Plus (https://universaldependencies.org/ext-format.html) where that has a word for it::

    # global.columns = FORM MISC CASUALTY_CLAIM ATTRIBUTION
    # newdoc id = a1
    Police	_	O	B-ATTRIBUTION
    said	_	O	I-ATTRIBUTION
    six	_	B-CASUALTY_CLAIM	O
    died	SpaceAfter=No	I-CASUALTY_CLAIM	O
    .	SpacesAfter=\\n\\n	O	O

A column holds the spans of one label, and a label whose spans overlap has as many columns as it needs. ``MISC`` keeps
the blanks between tokens as UDPipe writes them, so the text comes back exactly. Read are these files and those of
others: IOB1, IOB2 and BIOES (BILOU), tabs or blanks between columns, documents begun by ``# newdoc``, ``# id =`` or
``-DOCSTART-``.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .bio import Place, from_tags, in_layers, is_strict, is_tag, to_tags
from .outputs import open_file
from .rejects import READ_ERRORS, reason
from .sentences import split_sentences
from .spacing import from_misc, to_misc
from .standoff import FormatError, Loss, Mark, Standoff, Tell, decoded

TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)*|[^\W\d_]+|\S")
"""A token, if no other pattern is given: a word, a number, an abbreviation with inner stops, any other character."""

_COMMENT = re.compile(r"#\s*(?:(newdoc(?:\s+id)?|id|meta|global\.columns)\b\s*(?:=\s*(.*))?$|\S.*)")


# --- writing -------------------------------------------------------------------------------------------------


def write_conll(
    path: str | Path,
    documents: Sequence[Standoff],
    tell: Tell,
    *,
    token: re.Pattern[str] = TOKEN,
    force: bool = False,
) -> None:
    """Write documents to one file, which appears whole or not at all.

    A span that begins or ends inside a token is widened to it, and told; so is what the format cannot hold.
    ``token`` must match every character that is no blank. Raises ``OutputError`` as ``open_file``.
    """
    pages = [_page(document, token, tell) for document in documents]
    depth: Counter[str] = Counter()
    for page in pages:
        for label, layers in page.layers.items():
            depth[label] = max(depth[label], len(layers))
    columns = [(label, layer) for label in sorted(depth, reverse=True) for layer in range(depth[label])]
    names = [label if not layer else f"{label}:{layer + 1}" for label, layer in columns]
    with open_file(path, force=force) as file:
        file.write(f"# global.columns = {' '.join(['FORM', 'MISC', *(names or ['TAG'])])}\n".encode())
        for page in pages:
            file.writelines(row.encode() for row in page.rows(columns))


@dataclass(frozen=True, slots=True)
class _Page:
    """A document in tokens. ``breaks`` are tokens that begin a sentence; ``layers`` are spans by label and column."""

    document: Standoff
    tokens: list[Place]
    breaks: set[int]
    layers: Mapping[str, list[list[Place]]]

    def rows(self, columns: Sequence[tuple[str, int]]) -> Iterator[str]:
        text, document, size = self.document.text, self.document, len(self.tokens)
        tags = []
        for label, layer in columns:
            layers = self.layers.get(label, [])
            tags.append(to_tags(layers[layer] if layer < len(layers) else (), label, size))
        yield f"# newdoc id = {_plain_or_json(document.id)}\n"
        if document.meta:
            yield f"# meta = {json.dumps(dict(document.meta), ensure_ascii=False)}\n"
        for number, (start, end) in enumerate(self.tokens):
            if number in self.breaks:
                yield "\n"
            after = self.tokens[number + 1][0] if number + 1 < size else len(text)
            misc = to_misc(text[: start if not number else 0], text[end:after])
            yield "\t".join((text[start:end], misc, *(column[number] for column in tags or [["O"] * size]))) + "\n"
        yield "\n"


def _page(document: Standoff, token: re.Pattern[str], tell: Tell) -> _Page:
    text = document.text
    tokens: list[Place] = []
    breaks = set()
    for start, end in split_sentences(text):
        breaks.add(len(tokens))
        tokens += [match.span() for match in token.finditer(text, start, end)]
    starts, ends = [start for start, _ in tokens], [end for _, end in tokens]
    spans: dict[str, list[Place]] = {}
    for mark in document.marks:
        place = document.place(mark)
        if mark.attributes:
            tell(Loss("spans without their attributes: CoNLL keeps none", place, ", ".join(mark.attributes)))
        for note in mark.notes:
            tell(Loss("notes left out: CoNLL keeps none", place, note))
        first, last = bisect_right(ends, mark.start), bisect_left(starts, mark.end)
        if first >= last:
            tell(Loss("spans left out: they hold nothing but blanks", place))
            continue
        if (start := starts[first], end := ends[last - 1]) != (mark.start, mark.end):
            detail = f"{text[mark.start : mark.end]!r} becomes {text[start:end]!r}"
            tell(Loss("spans fitted to whole tokens: they began or ended elsewhere", place, detail))
        spans.setdefault(mark.label, []).append((first, last))
        breaks -= set(range(first + 1, last))  # a sentence that ends inside a span would cut it
    for link in document.relations:
        tell(Loss("links left out: CoNLL keeps none", document.place(document.marks[link.source]), link.label))
    return _Page(document, tokens, breaks - {0}, {label: in_layers(found) for label, found in spans.items()})


def _plain_or_json(name: str) -> str:
    simple = name == name.strip() and name.isprintable() and not name.startswith('"')
    return name if simple else json.dumps(name)


# --- reading -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Block:
    """The lines of one document: sentences of (place, line)."""

    id: str
    place: str
    meta: dict[str, Any] = field(default_factory=dict)
    sentences: list[list[tuple[str, str]]] = field(default_factory=list)


def read_conll(path: str | Path, tell: Tell) -> Iterator[Standoff]:
    """The documents of a file; one that names none is one document, called by its name.

    Raises ``FormatError`` if the file cannot be read or has no column of tags.
    """
    path = Path(path)
    try:
        lines = decoded(path.read_bytes()).removeprefix("\ufeff").split("\n")
    except READ_ERRORS as error:
        raise FormatError(f"{path}: {reason(error)}") from None
    columns, blocks = _blocks(lines, path, tell)
    table = _table(blocks, columns, path)
    yield from (_document(block, table, tell) for block in blocks if block.sentences)


def _blocks(lines: Sequence[str], path: Path, tell: Tell) -> tuple[list[str], list[_Block]]:
    """Names of the columns if the file gives them, and its documents."""
    columns: list[str] = []
    blocks = [_Block(path.stem, str(path))]
    is_open = False
    for number, line in enumerate(lines, 1):
        line, place = line.rstrip("\r"), f"{path}:{number}"
        if not line.strip(" \t"):
            is_open = False
        elif line.startswith("-DOCSTART-"):
            blocks.append(_Block(f"{path.stem}#{len(blocks)}", place))
            is_open = False
        elif (said := _COMMENT.fullmatch(line)) and (said[1] or not is_tag(line.split()[-1])):
            kind, value = said[1], (said[2] or "").strip()
            if kind == "global.columns":
                columns = value.split()
            elif kind == "meta":
                blocks[-1].meta |= _json_object(value, place, tell)
            elif kind:
                name = _json_or_plain(value) if value else f"{path.stem}#{len(blocks)}"
                blocks.append(_Block(name, place))
                is_open = False
        else:
            if not is_open:
                blocks[-1].sentences.append([])
                is_open = True
            blocks[-1].sentences[-1].append((place, line))
    return columns, blocks


@dataclass(frozen=True, slots=True)
class _Table:
    """How the columns of a file are meant. ``strict``: columns in which every span begins with a tag of its own."""

    separator: str | None
    width: int
    form: int
    misc: int | None
    tags: tuple[int, ...]
    strict: frozenset[int]

    def row(self, line: str, place: str, tell: Tell) -> list[str]:
        """The cells of a line, with O for a tag that is none. Its word stays in the text in any case."""
        cells = line.split(self.separator)
        if len(cells) != self.width:
            tell(Loss("tags left out: their line has more or fewer columns than the others", place, line[:80]))
            cells = [*cells[: min(self.width, self.tags[0])], *["_"] * self.width][: self.width]
            for column in self.tags:
                cells[column] = "O"
        for column in self.tags:
            if not is_tag(cells[column]):
                tell(Loss("tags left out: they are no O, B-LABEL or I-LABEL", place, cells[column]))
                cells[column] = "O"
        return cells

    def blanks(self, cells: Sequence[str], ends_sentence: bool, ends_text: bool) -> tuple[str, str]:
        """Before and after a token."""
        if self.misc is None:
            return "", "" if ends_text else "\n" if ends_sentence else " "
        return from_misc(cells[self.misc])


def _table(blocks: Sequence[_Block], columns: Sequence[str], path: Path) -> _Table:
    sentences = [[line for _, line in sentence] for block in blocks for sentence in block.sentences]
    if not sentences:
        raise FormatError(f"{path} holds no token; a CoNLL file has one a line")
    separator = "\t" if any("\t" in line for lines in sentences for line in lines) else None
    table = [[line.split(separator) for line in lines] for lines in sentences]
    width = len(columns) or Counter(len(row) for rows in table for row in rows).most_common(1)[0][0]
    whole = [row for rows in table for row in rows if len(row) == width]
    form = columns.index("FORM") if "FORM" in columns else 0
    tags: list[int] = []
    for column in reversed(range(width)):
        cells = [row[column] for row in whole]
        if column != form and 10 * sum(map(is_tag, cells)) >= 9 * len(cells) > 0:
            tags.insert(0, column)
        elif not columns:  # tags stand last; only named columns may stand in any order
            break
    if not tags:
        raise FormatError(f"{path} has no column of tags (O, B-LABEL, I-LABEL); they are expected last")
    strict = {
        c for c in tags if is_strict([row[c] for row in rows if len(row) == width and is_tag(row[c])]
                                     for rows in table)
    }  # fmt: skip
    misc = columns.index("MISC") if "MISC" in columns else None
    return _Table(separator, width, form, misc, tuple(tags), frozenset(strict))


def _document(block: _Block, table: _Table, tell: Tell) -> Standoff:
    text: list[str] = []
    length = 0
    marks: list[Mark] = []
    last = block.sentences[-1][-1]
    for sentence in block.sentences:
        rows = [table.row(line, place, tell) for place, line in sentence]
        places = []
        for row, at in zip(rows, sentence, strict=True):
            before, after = table.blanks(row, at is sentence[-1], at is last)
            start = length + len(before)
            places.append((start, start + len(row[table.form])))
            text += [before, row[table.form], after]
            length = places[-1][1] + len(after)
        for column in table.tags:
            for first, end, label, begun in from_tags([row[column] for row in rows]):
                if not begun and column in table.strict:
                    place, line = sentence[first]
                    tell(Loss("spans begun by a tag that should go on with one", place, line[:80]))
                marks.append(Mark(places[first][0], places[end - 1][1], label))
    if table.misc is None:
        detail = "single blanks between words, a line for each sentence"
        tell(Loss("texts rebuilt from their words: the file does not keep the blanks", block.place, detail))
    return Standoff(block.id, "".join(text), tuple(sorted(marks, key=lambda m: (m.start, m.end))), (), block.meta)


def _json_or_plain(words: str) -> str:
    try:
        value = json.loads(words) if words.startswith('"') else words
    except ValueError:
        value = words
    return value if isinstance(value, str) else words


def _json_object(words: str, place: str, tell: Tell) -> dict[str, Any]:
    try:
        value = json.loads(words)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    tell(Loss("comments left out: their meta is no JSON object", place))
    return {}
