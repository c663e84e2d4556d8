"""Labelled text from other tools, and for them: brat, CoNLL, spaCy, Label Studio, this project's corpus.

Everything goes through ``Document``. What a format cannot hold, and what a file holds that a document cannot, is
counted by kind and listed, never dropped in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...data.brat import read_brat, write_brat
from ...data.conll import read_conll, write_conll
from ...data.corpus import corpus_files, corpus_lines, line_object
from ...data.docbin import read_docbin
from ...data.documents import LABELS, Document, DocumentError
from ...data.labelled import labelled_ranges
from ...data.outputs import OutputError, open_outputs
from ...data.rejects import rejects_beside
from ...data.standoff import FormatError, Loss, Standoff, Tell
from ..judging.versions import version_path, write_gold
from ..regions import RELATION
from ..taskfile import open_tasks
from .mapping import to_document, to_standoff
from .studio_json import ANNOTATOR, read_studio, studio_tasks

BRAT, CONLL, DOCBIN, STUDIO, CORPUS = "brat", "conll", "docbin", "label-studio", "corpus"
SOURCES = (BRAT, CONLL, DOCBIN, STUDIO, CORPUS)
TARGETS = (CORPUS, BRAT, CONLL, STUDIO)

_ENDINGS = {
    BRAT: (".txt", ".ann"),
    CONLL: (".conll", ".bio", ".iob", ".iob2", ".conllup"),
    DOCBIN: (".spacy",),
    STUDIO: (".json",),
    CORPUS: (".jsonl", ".jsonl.gz"),
}
_PASSED_OVER = (".rejects.jsonl", ".version.json")
_PLACES = 3  # places shown for each kind of loss


class ConvertError(ValueError):
    """A conversion that cannot be done; the message says why and what to do."""


@dataclass(slots=True)
class Summary:
    """What a conversion did. ``losses`` counts by kind, ``places`` holds the first of each."""

    source: str
    target: str
    documents: int = 0
    spans: int = 0
    links: int = 0
    notes: list[str] = field(default_factory=list)
    losses: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    rejects: Path | None = None

    def add(self, loss: Loss) -> None:
        self.losses[loss.kind] += 1
        places = self.places.setdefault(loss.kind, [])
        if len(places) < _PLACES and loss.place not in places:
            places.append(loss.place)


def guess_format(path: Path, *, to_write: bool = False) -> str:
    """The format that a path stands for; raises ``ConvertError`` if it tells none."""
    if path.is_dir() and not to_write:
        # Texts alone say little: files of another format beside them decide, unless brat's annotations are there.
        found = (name for name in (DOCBIN, CONLL, STUDIO, CORPUS, BRAT) if next(_files(path, _ENDINGS[name]), None))
        if name := BRAT if next(_files(path, (".ann",)), None) else next(found, None):
            return name
    elif to_write and (path.is_dir() or not path.suffix):
        return BRAT
    for name, endings in _ENDINGS.items():
        if path.name.lower().endswith(endings) and not (to_write and name in (BRAT, DOCBIN)):
            return name
    option, known = ("--to", TARGETS) if to_write else ("--from", SOURCES)
    raise ConvertError(f"{path} does not tell its format; say which with {option} {'|'.join(known)}")


def read_labels(words: str) -> dict[str, str]:
    """``"SOURCE=ATTRIBUTION,says=attributed_to"`` as a mapping; raises ``ConvertError`` if it is none."""
    labels = {}
    for pair in filter(None, map(str.strip, words.split(","))):
        theirs, _, ours = map(str.strip, pair.partition("="))
        if not theirs or ours not in (*LABELS, RELATION):
            raise ConvertError(
                f"--labels has {pair!r}; write THEIRS=OURS, OURS being {', '.join(LABELS)} or {RELATION}"
            )
        labels[theirs] = ours
    return labels


def convert(
    source: str | Path,
    target: str | Path,
    *,
    source_format: str | None = None,
    target_format: str | None = None,
    labels: Mapping[str, str] | None = None,
    force: bool = False,
) -> Summary:
    """Read ``source`` and write ``target``; formats that are not given are guessed from the paths.

    ``labels`` are the source's names of labels and relations with ours. What was not carried over stands in
    ``TARGET.rejects.jsonl``. Raises ``ValueError`` with the reason if nothing can be read or written.
    """
    source, target = Path(source), Path(target)
    if not source.exists():
        raise ConvertError(f"{source} is not there; check the path")
    summary = Summary(source_format or guess_format(source), target_format or guess_format(target, to_write=True))
    if summary.source not in SOURCES or summary.target not in TARGETS:
        raise ConvertError(f"{summary.source} cannot be read, or {summary.target} cannot be written")
    _check_target(target, summary.target, force)
    rejects = rejects_beside(target)
    with open_outputs(None, None, rejects, force=force) as (_, _, lines):
        assert lines is not None
        first: list[Loss] = []

        def tell(loss: Loss) -> None:
            summary.add(loss)
            first[:] = first or [loss]
            lines.write({"place": loss.place, "reason": loss.reason})

        read = read_documents(source, summary.source, labels or {}, tell, summary.notes.append)
        documents = list(_told_apart(_checked(read, tell)))
        if not documents:
            why = f"{first[0].place}: {first[0].reason}" if first else "it is empty"
            raise ConvertError(f"{source} gave no document to convert; {why}")
        _write(target, summary.target, documents, tell, force)
    summary.documents = len(documents)
    summary.spans = sum(len(document.spans) for document in documents)
    summary.links = sum(span.attributed_to is not None for document in documents for span in document.spans)
    summary.rejects = rejects if summary.losses else None
    return summary


def _check_target(target: Path, name: str, force: bool) -> None:
    """Refuse before the work what would be refused after it."""
    for path in (target, version_path(target)) if name == CORPUS else (target,):
        if path.is_file() and not force:
            raise OutputError(f"{path} exists; pass --force to replace it")
    if not target.parent.is_dir():
        raise OutputError(f"{target} cannot be written: there is no folder {target.parent}; make it first")


# --- reading and writing -------------------------------------------------------------------------------------


def read_documents(
    path: Path, name: str, labels: Mapping[str, str], tell: Tell, say: Callable[[str], None] = lambda _: None
) -> Iterator[Document]:
    """The documents of a file or folder in this format. Raises ``FormatError`` if there is none of them."""
    if name == BRAT:
        yield from _documents(read_brat(path, tell), labels, tell)
        return
    files = [path] if path.is_file() else sorted(_files(path, _ENDINGS[name]))
    if not files:
        raise FormatError(f"{path} holds no file that ends in {' or '.join(_ENDINGS[name])}")
    for file in files:
        try:
            if name == CORPUS:
                yield from _corpus(file, tell)
            elif name == STUDIO:
                yield from read_studio(file, tell, labels, say)
            else:
                read = read_conll if name == CONLL else read_docbin
                yield from _documents(read(file, tell), labels, tell)
        except FormatError as error:
            if path.is_file():
                raise
            tell(Loss("files left out: they cannot be read", str(file), str(error)))


def _files(folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    for file in folder.rglob("*"):
        if file.name.lower().endswith(endings) and not file.name.endswith(_PASSED_OVER) and file.is_file():
            yield file


def _documents(read: Iterable[Standoff], labels: Mapping[str, str], tell: Tell) -> Iterator[Document]:
    for standoff in read:
        try:
            yield to_document(standoff, labels, tell)
        except DocumentError as error:
            tell(Loss("documents left out", standoff.id, str(error)))


def _corpus(file: Path, tell: Tell) -> Iterator[Document]:
    for path in corpus_files(file):
        for place, line in corpus_lines(path):
            try:
                yield Document.from_json(line_object(line))
            except (DocumentError, TypeError) as error:
                tell(Loss("lines left out: they are no document", place, str(error)))


def _write(target: Path, name: str, documents: Sequence[Document], tell: Tell, force: bool) -> None:
    if name == CORPUS:
        people = {str(d.meta[ANNOTATOR]) for d in documents if ANNOTATOR in d.meta}
        write_gold(target, documents, how="conversion", annotators=people, force=force)
    elif name == STUDIO:
        with open_tasks(target, force=force) as tasks:
            for row in studio_tasks(documents, tell):
                tasks.write(row)
    else:
        standoffs = [to_standoff(document, tell) for document in documents]
        if name == BRAT:
            write_brat(target, standoffs, force=force)
        else:
            from ...models.tokens import TOKEN

            write_conll(target, standoffs, tell, token=TOKEN, force=force)


def _checked(documents: Iterable[Document], tell: Tell) -> Iterator[Document]:
    """Documents that hold together, as a corpus that somebody else wrote may not."""
    for document in documents:
        try:
            _check(document)
        except DocumentError as error:
            tell(Loss("documents left out", document.id, str(error)))
        else:
            yield document


def _check(document: Document) -> None:
    labelled_ranges(document)
    sources = {index for index, _ in document.attributions}
    for index, span in enumerate(document.spans):
        if span.end > len(document.text):
            raise DocumentError(f"span {index} runs past the text")
        if span.attributed_to is not None and span.attributed_to not in sources:
            raise DocumentError(f"span {index} is attributed to span {span.attributed_to}, which is no attribution")


def _told_apart(documents: Iterable[Document]) -> Iterator[Document]:
    """Documents with ids that no two readings by one annotator share: ``a``, ``a~2``, ``a~3``."""
    seen: set[tuple[str, str]] = set()
    for document in documents:
        name, number, who = document.id, 1, str(document.meta.get(ANNOTATOR, ""))
        while (name, who) in seen:
            number += 1
            name = f"{document.id}~{number}"
        seen.add((name, who))
        yield document if name == document.id else replace(document, article=replace(document.article, id=name))
