"""What a run costs: seconds, tokens a second, memory, and what the gate spares."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from casualty_claims.data.documents import LABELS, Document
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models.stretches import positions_of
from casualty_claims.models.tagger import SpanTagger
from casualty_claims.models.tokens import TOKEN, tokenise
from casualty_claims.models.vocabulary import Vocabulary


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process, which has one thread: what others do on the machine counts less."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def median_seconds(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median of each over so many rounds; in each round every one has its turn."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds(work))
    return {name: statistics.median(own) for name, own in times.items()}


def tokens_in(texts: Iterable[str]) -> int:
    """Tokens as our scorer counts them, whoever reads the text."""
    return sum(len(TOKEN.findall(text)) for text in texts)


def through_the_gate(tagger: SpanTagger, documents: Sequence[Document]) -> tuple[float, float]:
    """The share of the spans of documents whose sentence passes the gate, and the share of tokens that it spares.

    Where there are no spans, none is lost.
    """
    texts, spans = [d.text for d in documents], [d.spans for d in documents]
    sentences = [split_sentences(text) for text in texts]
    whole = tokenise(texts, sentences, Vocabulary(tagger.lexicons_, limit=10_000_000).ids)
    passed, _ = tagger.scored(texts, sentences)
    there, left = (sum(len(positions_of(batch, spans, label)) for label in LABELS) for batch in (whole, passed))
    tokens, kept = (int((batch.types != 0).sum()) for batch in (whole, passed))
    return left / there if there else 1.0, 1 - kept / tokens


def peak_megabytes(module: str, arguments: list[str]) -> float:
    """Peak memory of a command (the ``main`` of a module of the package), in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("peak.py")), module, *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(out.stdout.split()[-1])
