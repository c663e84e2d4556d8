"""Speed, memory and training time: ``python3 tasks.py bench``.

Everything that is compared is measured in one run, in turn, on one core: the machine's own speed cancels out of
the ratios. Absolute figures are medians and belong to the machine they were measured on.

The text is made from the corpus: documents drawn at random, with a share of the names in them replaced by made-up
ones, so that new token types keep coming as they do in real news.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is loaded: one core means one core

# ruff: noqa: E402 - the variables must be set before numpy is loaded
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import LABELS, Article, Document
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models import Scorer
from casualty_claims.models.scorer import claims_frame
from casualty_claims.models.tagger import positions_of
from casualty_claims.models.token_model import TAGS, tags_of
from casualty_claims.models.tokens import TOKEN, TokenBatch, tokenise
from casualty_claims.models.vocabulary import Vocabulary
from casualty_claims.train.fitting import fit_model

CORPUS = Path(__file__).parents[2] / "data" / "corpus"
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}")


def made_articles(documents: list[Document], count: int, seed: int = 0) -> Iterator[Article]:
    """``count`` articles of about 300 tokens with names of their own."""
    draw = random.Random(seed)

    def name(match: re.Match[str]) -> str:
        if draw.random() > 0.2:
            return match.group()
        syllables = (draw.choice("bdfgklmnrstvz") + draw.choice("aeiou") for _ in range(draw.randint(2, 4)))
        return "".join(syllables).capitalize()

    for number in range(count):
        text = ""
        while len(text) < 1500:
            text += _NAME.sub(name, draw.choice(documents).text) + "\n\n"
        yield Article(f"a{number}", text)


def median_seconds(work: Callable[[], object], rounds: int) -> float:
    """Median processor seconds of this process, which has one thread: what others do on the machine counts less."""
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)


class CrfBaseline:
    """python-crfsuite with comparable features: word, class, shape, affixes and lists in a window, and pairs."""

    def __init__(self, documents: list[Document], lexicons: dict[str, frozenset[str]]) -> None:
        import pycrfsuite

        self.vocabulary = Vocabulary(lexicons, limit=10_000_000)
        batch = self.batch([d.text for d in documents])
        gold = [positions_of(batch, [d.spans for d in documents], label) for label in LABELS]
        tags = tags_of([(f, t, i) for i, pairs in enumerate(gold) for f, t in pairs], len(batch))
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.set_params({"c1": 0.05, "c2": 0.01, "max_iterations": 20})
        for first, last in zip(batch.first.tolist(), batch.last.tolist(), strict=True):
            trainer.append(self.features(batch, first, last), [TAGS[t] for t in tags[first : last + 1]])
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "crf")
            trainer.train(path)
            self.tagger = pycrfsuite.Tagger()
            self.model = Path(path).read_bytes()  # the tagger reads it in place: it must stay
            self.tagger.open_inmemory(self.model)

    def batch(self, texts: list[str]) -> TokenBatch:
        return tokenise(texts, [split_sentences(t) for t in texts], self.vocabulary.ids)

    def features(self, batch: TokenBatch, first: int, last: int) -> list[list[str]]:
        types = batch.types[first - 4 : last + 5].tolist()
        by_type = [self.vocabulary.features(t) for t in types]
        return [
            [f"{o}:{name}" for o in range(-4, 5) for name in by_type[i + o]]
            for i in range(4, len(types) - 4)
        ]  # fmt: skip

    def tag(self, texts: list[str]) -> int:
        batch = self.batch(texts)
        for first, last in zip(batch.first.tolist(), batch.last.tolist(), strict=True):
            self.tagger.tag(self.features(batch, first, last))
        return len(batch)


def speed(documents: list[Document], articles: int, rounds: int) -> dict[str, float]:
    """Tokens a second from text to claims table, and how other ways with the same text compare."""
    made = list(made_articles(documents, articles))
    texts = [article.text for article in made]
    tokens = sum(len(TOKEN.findall(text)) for text in texts)
    scorer = Scorer()

    def score() -> object:
        return claims_frame([row for _, rows in scorer.score_with_rows(made) for row in rows])

    score()  # the first run meets all token types; a long run has met most
    crf = CrfBaseline(documents[::4], scorer.model.tagger.lexicons_)
    few = texts[: max(len(texts) // 20, 1)]
    few_tokens = sum(len(TOKEN.findall(text)) for text in few)
    fresh = median_seconds(lambda: list(Scorer(scorer.model).score_many(made)), 1)
    ours = tokens / median_seconds(score, rounds)
    findall = tokens / median_seconds(lambda: [re.findall(r"\w+|[^\w\s]", text) for text in texts], rounds)
    crfsuite = few_tokens / median_seconds(lambda: crf.tag(few), rounds)
    return {
        "tokens": tokens,
        "tokens a second": ours,
        "tokens a second, first pass": tokens / fresh,
        "times slower than re.findall": findall / ours,
        "times faster than python-crfsuite": ours / crfsuite,
    }


def peak_megabytes(module: str, arguments: list[str]) -> float:
    """Peak memory of a command (the ``main`` of a module of the package), in a process of its own."""
    code = (
        f"import resource, sys; from casualty_claims.{module} import main; "
        "status = main(sys.argv[1:]); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(status)"
    )
    out = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return int(out.stdout.split()[-1]) / unit


def write_articles(path: Path, articles: Iterable[Article]) -> None:
    """Articles as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for article in articles:
            file.write(json.dumps({"id": article.id, "text": article.text}) + "\n")


def scoring_megabytes(documents: list[Document], articles: int) -> float:
    """Peak memory of ``casualty-score`` over so many articles."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "articles.jsonl"
        write_articles(source, made_articles(documents, articles))
        return peak_megabytes("models.cli", [str(source), "--out", str(Path(folder) / "claims.parquet"), "--no-table"])


def training_seconds(documents: list[Document]) -> dict[str, float]:
    """Seconds to train on half of the corpus and on all of it, and by the clock in two processes."""
    half = median_seconds(lambda: fit_model(documents[::2]), 1)
    whole = median_seconds(lambda: fit_model(documents), 1)
    begin = time.perf_counter()
    fit_model(documents, jobs=2)
    shared = time.perf_counter() - begin  # of the clock: the work is done in other processes
    return {"half the corpus": half, "the whole corpus": whole, "growth": whole / half, "two processes, clock": shared}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it runs")
    parser.add_argument("--only", choices=("speed", "memory", "training"), help="one of the three parts")
    args = parser.parse_args()
    documents = list(read_corpus(CORPUS))
    scale = 10 if args.quick else 1

    if args.only in (None, "speed"):
        print("speed, one core, text to claims table (processor seconds)")
        for name, value in speed(documents, 2000 // scale, 1 if args.quick else 5).items():
            print(f"  {name:<36}{value:>14,.1f}" if "times" in name else f"  {name:<36}{value:>14,.0f}")
    if args.only in (None, "memory"):
        print("peak memory of casualty-score")
        few, many = (scoring_megabytes(documents, n // scale) for n in (1_000, 20_000))
        print(f"  {1_000 // scale:,} articles{few:>26,.0f} MB\n  {20_000 // scale:,} articles{many:>25,.0f} MB")
        print(f"  ratio{many / few:>32.2f}")
    if args.only in (None, "training"):
        print("training, one core, processor seconds")
        for name, value in training_seconds(documents[:: 4 if args.quick else 1]).items():
            print(f"  {name:<36}{value:>14,.1f}")
    print(f"(this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:,.0f} MB)")


if __name__ == "__main__":
    main()
