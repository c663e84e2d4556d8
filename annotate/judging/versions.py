"""Which gold is this? A version file beside every pulled or gold file: hash, when, from which pull, by whom.

``labelled.jsonl`` has ``labelled.version.json``. The documents decide whether anything is written: the same
documents leave the file as it was, byte for byte, and a file that somebody edited by hand is never written over
without being asked to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from ...data.corpus import CorpusError, corpus_hash, read_corpus, write_corpus
from ...data.documents import Document
from ...data.labelled import labelled_ranges
from ...data.outputs import OutputError, open_lines
from ...data.sentences import split_sentences

__all__ = ["Changes", "Version", "origin", "version_of", "version_path", "write_gold"]

ANNOTATOR = "annotator"
"""The meta field with the name of whoever labelled a document."""


@dataclass(frozen=True, slots=True)
class Version:
    """What is known of one file.

    ``hash`` is that of ``corpus_hash``; ``made`` is a time in UTC (ISO 8601); ``how`` is pull, adjudication or
    conversion; ``sentences`` counts different labelled sentences; ``project`` holds the id and title of the project
    on the server, ``pulled`` the hash and time of the pulled file that was adjudicated, ``reviewed`` those of the
    review rounds, ``by`` who adjudicated; ``replaces`` is the hash of the file that stood there before, so that a run
    killed between the two files leaves nothing that is not known.
    """

    hash: str
    made: str
    how: str
    documents: int
    sentences: int
    annotators: tuple[str, ...]
    project: Mapping[str, Any] | None = None
    pulled: Mapping[str, Any] | None = None
    rule: str | None = None
    by: str | None = None
    reviewed: Sequence[Mapping[str, Any]] = ()
    toolkit: str = ""
    replaces: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"annotators": list(self.annotators), "reviewed": list(self.reviewed)}

    @property
    def provenance(self) -> tuple[Any, ...]:
        """All that says where the file comes from, but not when it was written and by which release."""
        row = self.to_json()
        return tuple(row[name] for name in row if name not in ("made", "toolkit", "replaces"))


@dataclass(frozen=True, slots=True)
class Changes:
    """How many documents, by id and annotator, a file gained, has otherwise than before, lost, and has as before."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    same: int = 0

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    def __str__(self) -> str:
        return f"{self.new:,} new, {self.changed:,} changed, {self.gone:,} gone, {self.same:,} as before"


def version_path(path: str | Path) -> Path:
    """Where the version of a pulled or gold file stands: ``gold.version.json`` beside ``gold.jsonl``."""
    path = Path(path)
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".jsonl") + ".version.json")


def version_of(path: str | Path) -> Version | None:
    """The version of a pulled or gold file; ``None`` if it has none.

    Raises ``CorpusError`` if what stands in its place is no version file.
    """
    place = version_path(path)
    try:
        row = json.loads(place.read_text(encoding="utf-8"))
        row["annotators"] = tuple(row["annotators"])
        return Version(**row)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise CorpusError(place, f"this is no version file ({error}); move it away") from None


def origin(path: str | Path) -> dict[str, str | None]:
    """Hash and time of a pulled or gold file, as they stand in the version of what is made from it.

    The time is ``None`` where nothing says when these very documents were made: no version file, or edited since.
    """
    found, version = corpus_hash(read_corpus(path)), version_of(path)
    return {"hash": found, "made": version.made if version and version.hash == found else None}


def write_gold(
    path: str | Path,
    documents: Iterable[Document],
    *,
    how: str,
    annotators: Iterable[str],
    project: Mapping[str, Any] | None = None,
    pulled: Mapping[str, Any] | None = None,
    rule: str | None = None,
    by: str | None = None,
    reviewed: Sequence[Mapping[str, Any]] = (),
    force: bool = False,
) -> Changes:
    """Write documents and their version file, and say what is different from what stood there before.

    Where the documents are those that are there already, the file keeps its bytes and its time; so does the version
    file if it says the same of where they come from. Raises ``OutputError`` if a file is there that was not made in
    this way (``how``), or was edited since, unless ``force`` is set; ``CorpusError`` if an (id, annotator) is there
    twice.
    """
    path, made = Path(path), list(documents)
    _check_distinct(path, made)
    old, recorded = _before(path, force)
    old_hash, new_hash = corpus_hash(old) if old is not None else None, corpus_hash(made)
    if old is not None and old_hash != new_hash and not force:
        _check_ours(path, how, old_hash, recorded)
    version = Version(
        hash=new_hash,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        how=how,
        documents=len(made),
        sentences=_sentences(made),
        annotators=tuple(sorted(set(annotators))),
        project=project,
        pulled=pulled,
        rule=rule,
        by=by,
        reviewed=tuple(reviewed),
        toolkit=installed_version("casualty-claims"),
        replaces=old_hash if old_hash != new_hash else recorded.replaces if recorded else None,
    )
    if recorded is None or recorded.provenance != version.provenance:
        with open_lines(version_path(path), force=True) as lines:
            lines.write(version.to_json())
    if old_hash != new_hash:
        write_corpus(path, made)
    return _changes(old or [], made)


def _before(path: Path, force: bool) -> tuple[list[Document] | None, Version | None]:
    """The documents that stand there, and their version. What cannot be read is passed over by force alone."""
    if not path.exists():
        return None, None
    try:
        return list(read_corpus(path)), version_of(path)
    except CorpusError as error:
        if not force:
            raise OutputError(f"{error}; or pass --force to replace it") from None
        return [], None


def _check_ours(path: Path, how: str, old_hash: str | None, recorded: Version | None) -> None:
    if recorded is None:
        fault = f"it has no {version_path(path).name} beside it, so casualty-annotate did not write it"
    elif old_hash not in (recorded.hash, recorded.replaces):
        fault = f"it was edited after it was made on {recorded.made}"
    elif recorded.how != how:
        fault = f"it comes from {recorded.how}, not {how}"
    else:
        return
    raise OutputError(f"{path} is left as it is: {fault}; name another output, or pass --force to replace it")


def _key(document: Document) -> tuple[str, str]:
    return document.id, str(document.meta.get(ANNOTATOR, ""))


def _check_distinct(path: Path, documents: Sequence[Document]) -> None:
    seen: set[tuple[str, str]] = set()
    for document in documents:
        if (key := _key(document)) in seen:
            by = f" by {key[1]}" if key[1] else ""
            raise CorpusError(path, f"it would hold article {key[0]!r}{by} twice; give every article its own id")
        seen.add(key)


def _changes(old: Sequence[Document], made: Sequence[Document]) -> Changes:
    before, after = ({_key(d): corpus_hash([d]) for d in documents} for documents in (old, made))
    shared = before.keys() & after.keys()
    same = sum(before[key] == after[key] for key in shared)
    return Changes(len(after) - len(shared), len(shared) - same, len(before) - len(shared), same)


def _sentences(documents: Sequence[Document]) -> int:
    """Different sentences that somebody labelled; all of a document's where it does not say."""
    places = set()
    for document in documents:
        ranges = labelled_ranges(document)
        places |= {(document.id, *place) for place in (split_sentences(document.text) if ranges is None else ranges)}
    return len(places)
