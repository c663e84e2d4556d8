"""The architecture of the tagger measured on another task: sources, cues and contents in PolNeAR.

PolNeAR (Newell, Margolin and Ruths, LREC 2018, https://github.com/networkdynamics/PolNeAR) marks in 1,008 news articles
who is said to say or think what. Its articles are read as published (folders ``train``, ``dev`` and ``test``, each with
``text`` and ``attributions``, brat standoff), or as JSON Lines (``train.jsonl.gz`` and so on): ``id, text, spans``, a
span having ``start, end, label``.

What is scored follows the published figures (Wang and others, CofeNet, COLING 2022), which read one label a token. A
content in pieces counts as so many spans; PolNeAR's guideline leaves no token in two attributions, and where a slip put
one there the first and longest span keeps it. An article that several people read is taken in the reading that comes
first by name. A span is right if its label and both ends are. It differs from theirs in this: they score words inside
paragraphs, here are characters of the article, so that a mark that cuts a word in two, or runs from one sentence into
the next outside quotation marks, can only be missed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.bootstrap import interval, resampled
from ..data.brat import parse_ann
from ..data.corpus import corpus_lines, line_object
from ..data.counts import Counts
from ..data.documents import DocumentError
from ..data.runs import InputError
from ..data.sentences import split_sentences
from ..data.standoff import Mark, decoded
from ..models.stretches import chunks
from ..models.tagger import SpanTagger

LABELS = ("SOURCE", "CUE", "CONTENT")

PUBLISHED: tuple[tuple[str, tuple[float, float, float]], ...] = (
    ("BiLSTM-CRF", (69.6, 66.7, 59.0)),
    ("best without a pretrained encoder", (73.3, 67.1, 63.6)),
    ("BERT and CofeNet", (83.2, 75.3, 72.9)),
    ("two people", (77.7, 70.5, 65.9)),
)
"""Exact F1 by label, from the table of CofeNet: on the test split, trained on the train split."""

SETTINGS: dict[str, Any] = {
    "C": 0.05, "threshold": 0.32, "labels": LABELS, "longest": 120, "least": 0.006,
}  # fmt: skip
"""Settings of the tagger. They were chosen on a part of the train split that was held out."""

RESAMPLES = 1000

Bounds = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """An article with the spans of one reader, in order, none over another."""

    id: str
    text: str
    spans: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Exact spans of one label: counts by article of shape (articles, 3), and the share of gold among candidates."""

    by_article: NDArray[np.int64]
    candidate_recall: float

    @property
    def counts(self) -> Counts:
        tp, fp, fn = self.by_article.sum(axis=0).tolist()
        return Counts(tp, fp, fn)

    def intervals(self) -> dict[str, tuple[float, float]]:
        """Precision, recall and F1 that hold 95 % of resamples of the articles."""
        tp, fp, fn = resampled(self.by_article, RESAMPLES, seed=0).T
        with np.errstate(invalid="ignore"):
            values = np.stack((tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fp + fn)), axis=1)
        low, high = interval(values)
        return {name: (float(a), float(b)) for name, a, b in zip(("precision", "recall", "f1"), low, high, strict=True)}

    def to_json(self) -> dict[str, Any]:
        around = {name: [round(end, 4) for end in ends] for name, ends in self.intervals().items()}
        counts: dict[str, Any] = dict(self.counts.to_json())
        return counts | {"intervals": around, "candidate_recall": round(self.candidate_recall, 4)}


def measure(
    train: Sequence[Reading], gold: Sequence[Reading], say: Callable[[str], None] = lambda _: None, **settings: Any
) -> dict[str, Result]:
    """Train on some articles, score others: the result of each label.

    ``settings`` are those of ``SpanTagger``, in place of ``SETTINGS``. Raises ``ValueError`` if there is too little to
    learn from.
    """
    say(f"training on {len(train):,} articles")
    tagger = SpanTagger(**(SETTINGS | settings))
    tagger.fit([r.text for r in train], [r.spans for r in train], sentences=[passages(r.text) for r in train])
    say(f"scoring {len(gold):,} articles")
    return score(tagger, gold)


def score(tagger: SpanTagger, gold: Sequence[Reading]) -> dict[str, Result]:
    """Exact spans that a fitted tagger finds, by label."""
    texts = [reading.text for reading in gold]
    found = tagger.tag(texts, [passages(text) for text in texts])
    there = _among_candidates(tagger, gold)
    results = {}
    for label in tagger.labels:
        rows = []
        for reading, spans in zip(gold, found, strict=True):
            wanted = {(s.start, s.end) for s in reading.spans if s.label == label}
            given = {(s.start, s.end) for s in spans if s.label == label}
            right = len(wanted & given)
            rows.append((right, len(given) - right, len(wanted) - right))
        by_article = np.array(rows, np.int64).reshape(-1, 3)
        total = int(by_article[:, [0, 2]].sum())
        results[label] = Result(by_article, there[label] / total if total else 0.0)
    return results


def _among_candidates(tagger: SpanTagger, gold: Sequence[Reading]) -> dict[str, int]:
    """How many gold spans of each label are among the candidates: no more than these can be found."""
    there = dict.fromkeys(tagger.labels, 0)
    rest = list(gold)
    for texts in chunks([reading.text for reading in gold]):
        some, rest = rest[: len(texts)], rest[len(texts) :]
        batch, scored = tagger.scored(texts, [passages(text) for text in texts])
        for label, (found, _) in zip(tagger.labels, scored, strict=False):  # none where no sentence may hold a span
            owner = batch.text_of[batch.sentence[found.first]].tolist()
            starts, ends = batch.start[found.first].tolist(), batch.end[found.last].tolist()
            known = set(zip(owner, starts, ends, strict=True))
            wanted = {(i, s.start, s.end) for i, r in enumerate(some) for s in r.spans if s.label == label}
            there[label] += len(known & wanted)
    return there


def passages(text: str) -> list[Bounds]:
    """Sentences of a text, those of one quotation in one paragraph joined: a content often runs through all of them."""
    found: list[Bounds] = []
    quoted = False
    for low, high in split_sentences(text):
        if found and quoted and "\n" not in text[found[-1][1] : low]:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
            quoted = False
        for mark in re.findall(r'["“”]', text[low:high]):
            quoted = mark == "“" or (mark == '"' and not quoted)
    return found


# --- reading -------------------------------------------------------------------------------------------------


def read_split(path: str | Path, split: str) -> list[Reading]:
    """The articles of ``train``, ``dev`` or ``test`` in a folder of the corpus, published or as JSON Lines.

    Raises ``InputError`` if the split is not there or holds nothing.
    """
    path = Path(path)
    for folder in (path, path / "data"):
        if (folder / split / "text").is_dir():
            return _some(read_folder(folder / split), folder / split)
        for file in (folder / f"{split}.jsonl", folder / f"{split}.jsonl.gz"):
            if file.is_file():
                return _some(read_lines(file), file)
    raise InputError(
        f"{path} holds neither {split}/text and {split}/attributions, as PolNeAR is published, nor {split}.jsonl;"
        " give the folder of the corpus"
    )


def read_lines(path: str | Path) -> Iterator[Reading]:
    """Articles of a file of JSON Lines; raises ``InputError`` at the first line that is none."""
    for place, line in corpus_lines(Path(path)):
        try:
            row = line_object(line)
            marks = [Mark(s["start"], s["end"], s["label"]) for s in row["spans"]]
            if any(mark.end > len(row["text"]) for mark in marks):
                raise ValueError("a span runs past the text")
            yield Reading(str(row["id"]), row["text"], flat(marks))
        except KeyError as error:
            raise InputError(f"{place}: {error} is missing; a line has id, text and spans") from None
        except (DocumentError, TypeError, ValueError) as error:
            raise InputError(f"{place}: {error}; a line has id, text and spans of start, end and label") from None


def read_folder(folder: Path) -> Iterator[Reading]:
    """Articles of one split as published: ``text/NAME.txt`` and ``attributions/NAME_READER.ann``."""
    readings: dict[str, Path] = {}
    for ann in sorted((folder / "attributions").glob("*.ann")):
        readings.setdefault(ann.stem.rpartition("_")[0], ann)
    for file in sorted((folder / "text").glob("*.txt")):
        if file.stem in readings:
            ann = readings[file.stem]
            # The corpus' own: attributions as events, and what the readers set aside. Nothing else is lost.
            text = decoded(file.read_bytes())
            marks, _ = parse_ann(text, _in_pieces(decoded(ann.read_bytes())), str(ann), lambda _: None)
            yield Reading(file.stem, text, flat([Mark(m.start, m.end, m.label.upper()) for m in marks]))


def _in_pieces(ann: str) -> str:
    """Each piece of a span in pieces as a span of its own."""
    rows = []
    for row in ann.split("\n"):
        match = re.fullmatch(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)+)\t.*", row.rstrip("\r"))
        if match:
            rows += [f"{match[1]}.{i}\t{match[2]} {piece}\t" for i, piece in enumerate(match[3].split(";"))]
        else:
            rows.append(row)
    return "\n".join(rows)


def flat(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """One label a character: of spans that overlap the one that starts first is kept, and of these the longest."""
    kept: list[Mark] = []
    wanted = [mark for mark in marks if mark.label in LABELS]
    for mark in sorted(wanted, key=lambda m: (m.start, -m.end, LABELS.index(m.label))):
        if not kept or kept[-1].end <= mark.start:
            kept.append(mark)
    return tuple(kept)


def _some(readings: Iterator[Reading], place: Path) -> list[Reading]:
    found = list(readings)
    if not found:
        raise InputError(f"{place} holds no article with its attributions; give the folder of the corpus")
    return found
