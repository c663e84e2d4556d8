"""Agreement at scale: seconds and peak memory for 10,000 sentences that five annotators labelled.

    python tests/benchmarks/agreement.py [--sentences 10000] [--annotators 5]

The labels are those of the corpus, with slips made at random for each annotator; articles are repeated under new ids.
Seconds are of the whole command, from file to figures, in a process of its own: by the clock, and of the processor,
which says more on a machine that others use.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from casualty_claims.annotate.judging.versions import write_gold
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import HARMS, Article, Document, Span
from casualty_claims.data.sentences import split_sentences

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
BUDGET = 60  # seconds

PEAK = Path(__file__).parent / "parts" / "peak.py"


def session(sentences: int, annotators: int, seed: int = 0) -> Iterator[Document]:
    """Documents by (article, annotator) that hold ``sentences`` different sentences."""
    made = 0
    for number, document in enumerate(cycle(read_corpus(CORPUS))):
        if made >= sentences:
            return
        places = split_sentences(document.text)[: sentences - made]
        made += len(places)
        inside = [s for s in document.spans if any(a <= s.start and s.end <= b for a, b in places)]
        origin = {id(span): index for index, span in enumerate(document.spans)}
        old = replace_links(inside, [origin[id(span)] for span in inside])
        a = document.article
        article = Article(f"{a.id}-{number}", a.text, a.title, a.published, a.source)
        for reader in range(annotators):
            spans = jittered(old, document.text, random.Random(f"{seed}-{number}-{reader}"))
            meta = {"annotator": f"reader-{reader}", "labelled": [list(place) for place in places]}
            yield Document(article, spans, meta)


def replace_links(spans: list[Span], places: list[int]) -> list[Span]:
    """Spans that were at ``places`` of a document, with links among themselves."""
    new = {old: index for index, old in enumerate(places)}
    return [replace(s, attributed_to=None if s.attributed_to is None else new.get(s.attributed_to)) for s in spans]


def jittered(spans: list[Span], text: str, draw: random.Random) -> tuple[Span, ...]:
    """The spans as somebody marks them who overlooks some, moves edges, mistakes harms and forgets links."""
    kept, places = [], []
    for index, span in enumerate(spans):
        if draw.random() < 0.08:
            continue
        blank = text.find(" ", span.start, span.end)
        if blank > 0 and draw.random() < 0.1:
            span = replace(span, start=blank + 1)
        if span.is_claim and draw.random() < 0.1:
            span = replace(span, harm=draw.choice(HARMS))
        if span.is_claim and draw.random() < 0.05:
            span = replace(span, attributed_to=None)
        kept.append(span)
        places.append(index)
    return tuple(replace_links(kept, places))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=10_000)
    parser.add_argument("--annotators", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        labelled = Path(folder) / "labelled.jsonl"
        names = [f"reader-{reader}" for reader in range(args.annotators)]
        write_gold(labelled, session(args.sentences, args.annotators), how="pull", annotators=names)
        gold = Path(folder) / "gold.jsonl"
        print(
            f"{args.sentences:,} sentences by {args.annotators} annotators, {labelled.stat().st_size / 2**20:,.0f} MB"
        )
        for name, command in {
            "agreement": ["agreement", str(labelled)],
            "adjudicate": ["adjudicate", str(labelled), "--rule", "majority", "--out", str(gold)],
        }.items():
            begin = time.perf_counter()
            out = subprocess.run([sys.executable, PEAK, "annotate.cli", *command], capture_output=True, text=True)
            seconds = time.perf_counter() - begin
            if out.returncode not in (0, 1):
                sys.exit(out.stderr)
            processor, memory = map(float, out.stdout.split()[-2:])
            within = "within" if seconds <= BUDGET else "BEYOND"
            print(f"  {name:<12}{seconds:>8.1f} s ({within} {BUDGET} s), {processor:.1f} of the processor", end="")
            print(f"{memory:>10,.0f} MB at most")


if __name__ == "__main__":
    main()
