"""Speed and memory of ``casualty-annotate export``: ``python3 tests/benchmarks/export.py``.

Exports with suggestions of ten thousand and of a hundred thousand sentences, each in a process of its own. The
sentences are those of the corpus, each with made-up places and figures, so that hardly any is a duplicate: the worst
case for what is kept of those met before. The places are two of 2,000: with new words in every sentence, it would be
the model's cache of words that fills, up to its limit, as scoring.py shows.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.sentences import split_sentences
from scoring import CORPUS, made_articles, peak_megabytes, write_articles

_SYLLABLES = [c + v for c in "bdfgklmnrstvz" for v in "aeiou"]
_PLACES = 2_000


def varied_articles(documents: list[Document], sentences: int, seed: int = 0) -> Iterator[Article]:
    """Articles with so many sentences, or a few more, hardly two of them alike."""
    draw = random.Random(seed)
    places = ["".join(draw.choices(_SYLLABLES, k=draw.randint(3, 5))).capitalize() for _ in range(_PLACES)]

    def somewhere(_: re.Match[str]) -> str:
        return f", in {draw.choice(places)} near {draw.choice(places)}."

    left = sentences
    for article in made_articles(documents, sentences, seed):
        if left <= 0:
            return
        text = re.sub(r"[1-9]\d*", lambda match: str(draw.randint(1, 10 ** len(match.group()))), article.text)
        text = re.sub(r"(?<=[a-z])[.](?= [A-Z“\"]|\n|$)", somewhere, text)
        left -= len(list(split_sentences(text)))
        yield Article(article.id, text)


def measure(documents: list[Document], sentences: int, *options: str) -> tuple[float, float]:
    """Peak memory in MB, and sentences a second (of the processor), of one export with its start."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "articles.jsonl", Path(folder) / "tasks.json"
        write_articles(source, varied_articles(documents, sentences))
        begin = _seconds()
        peak = peak_megabytes("annotate.cli", ["export", str(source), "--out", str(out), *options])
        return peak, sentences / (_seconds() - begin)


def _seconds() -> float:
    """Processor seconds of the processes that were started here and have ended: what others do counts less."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it runs")
    args = parser.parse_args()
    documents = list(read_corpus(CORPUS))
    sizes = [size // (10 if args.quick else 1) for size in (10_000, 100_000)]
    for options in ((), ("--select", str(sizes[0] // 10))):
        print(f"casualty-annotate export {' '.join(options)}".rstrip())
        peaks = []
        for size in sizes:
            peak, speed = measure(documents, size, *options)
            peaks.append(peak)
            print(f"  {size:>9,} sentences{peak:>8,.0f} MB{speed:>8,.0f} sentences a processor second", flush=True)
        print(f"  memory, ratio{peaks[1] / peaks[0]:>14.2f}", flush=True)


if __name__ == "__main__":
    main()
