"""Speed, memory and training time: ``python3 tasks.py bench``.

Everything that is compared is measured in one run, in turn, on one core: the machine's own speed cancels out of
the ratios. Absolute figures are medians and belong to the machine they were measured on.

Two kinds of text are read. "Corpus": documents of the corpus drawn at random, where most sentences hold a span.
"Ordinary": its sentences drawn so that 12 in 100 hold a claim and 30 an attribution, and seven of ten articles have no
claim, as in news of all kinds; the sentences without a span were written to look like claims, so a gate has it harder
here than in real news. Ours goes from text to the claims table, with records and links; the others mark spans at most.
"""

from __future__ import annotations

import argparse
import os
import pickle
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is loaded: one core means one core

# ruff: noqa: E402 - the variables must be set before numpy is loaded
from casualty_claims import models
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import Article, Document
from casualty_claims.models import Scorer
from casualty_claims.models.scorer import claims_frame
from casualty_claims.train.fitting import fit_model
from casualty_claims.train.taggers import CrfTagger
from parts.articles import CORPUS, HELD_OUT, made_articles, ordinary_articles, write_articles
from parts.costs import median_seconds, peak_megabytes, seconds, through_the_gate, tokens_in
from parts.rivals import WindowCrf, spacy_ner, tagging_alone, trained

OURS, FRESH = "ours, text to claims table", "  the same, on words never met"
CRF, CRF_ALONE = "python-crfsuite, our features", "  its tagging alone, features given"
WINDOW = "python-crfsuite, words in a window"
SPACY, FINDALL = "spaCy ner, from blank", "re.findall, tokens only"
SLOW = 20
"""Of the articles the slow ones read one in so many."""


def table(scorer: Scorer, articles: Sequence[Article]) -> object:
    """The claims table of articles."""
    return claims_frame([row for _, rows in scorer.score_with_rows(articles) for row in rows])


def speed(
    articles: Sequence[Article], scorer: Scorer, crf: CrfTagger, window: CrfTagger, nlp: Any, rounds: int
) -> dict[str, float]:
    """Tokens a processor second of every contender."""
    texts = [article.text for article in articles]
    few = texts[::SLOW]
    tokens, few_tokens = tokens_in(texts), tokens_in(few)
    unread = Scorer(pickle.loads(pickle.dumps(scorer.model)))  # without the words that it has met
    first = tokens / seconds(lambda: table(unread, articles))
    table(scorer, articles)  # a long run has met most words
    slow = {
        CRF: lambda: crf.predict(articles[::SLOW]),
        CRF_ALONE: tagging_alone(crf, few),
        WINDOW: lambda: window.predict(articles[::SLOW]),
        SPACY: lambda: list(nlp.pipe(few, batch_size=64)),
    }
    works = {
        OURS: lambda: table(scorer, articles),
        FINDALL: lambda: [re.findall(r"\w+|[^\w\s]", text) for text in texts],
    }
    medians = median_seconds(works | slow, rounds)
    found = {name: (few_tokens if name in slow else tokens) / taken for name, taken in medians.items()}
    return {OURS: found[OURS], FRESH: first} | found


def show_speed(documents: list[Document], count: int, rounds: int, steps: int) -> None:
    """Speed on both kinds of text, the ratios, and what the gate spares."""
    scorer, nlp = Scorer(), spacy_ner(documents, steps)
    crf, window = (trained(tagger, documents[::4]) for tagger in (CrfTagger(wide=True), WindowCrf(wide=False)))
    kinds = {"corpus": made_articles(documents, count), "ordinary": ordinary_articles(documents, count)}
    articles = {kind: list(made) for kind, made in kinds.items()}
    found = {kind: speed(made, scorer, crf, window, nlp, rounds) for kind, made in articles.items()}
    print(f"tokens a processor second, one core{'corpus':>15}{'ordinary':>14}")
    for name in (OURS, FRESH, CRF, CRF_ALONE, WINDOW, SPACY, FINDALL):
        print(f"  {name:<34}" + "".join(f"{rates[name]:>14,.0f}" for rates in found.values()))
    print("ours as a multiple of")
    for name in (CRF, WINDOW, SPACY, FINDALL):
        print(f"  {name:<34}" + "".join(f"{times(rates[OURS] / rates[name]):>14}" for rates in found.values()))
    tagger = scorer.model.tagger
    print("the gate" + f"{'recall':>42}{'spared':>14}")
    print(f"  {'corpus, out of fold':<34}{tagger.gate_.recall:>14.4f}{tagger.gate_.spared:>14.1%}")
    if HELD_OUT.exists():
        recall, spared = through_the_gate(tagger, list(read_corpus(HELD_OUT)))
        print(f"  {'held-out documents':<34}{recall:>14.4f}{spared:>14.1%}")
    _, spared = through_the_gate(tagger, [Document(article) for article in articles["ordinary"][::SLOW]])
    print(f"  {'ordinary':<34}{'':>14}{spared:>14.1%}")


def times(ratio: float) -> str:
    """A ratio as a person says it: "7.5", or "1/57" where we are the slower."""
    return f"{ratio:.1f}" if ratio >= 1 else f"1/{1 / ratio:.0f}"


def scoring_megabytes(documents: list[Document], articles: int) -> float:
    """Peak memory of ``casualty-score`` over so many articles."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "articles.jsonl"
        write_articles(source, made_articles(documents, articles))
        return peak_megabytes("models.cli", [str(source), "--out", str(Path(folder) / "claims.parquet"), "--no-table"])


def show_memory(documents: list[Document], few: int, many: int) -> None:
    """Peak memory for few and for many articles, and the size of the shipped model."""
    peaks = {count: scoring_megabytes(documents, count) for count in (few, many)}
    print("peak memory of casualty-score")
    for count, peak in peaks.items():
        print(f"  {f'{count:,} articles':<34}{peak:>11,.0f} MB")
    print(f"  {'ratio':<34}{peaks[many] / peaks[few]:>14.2f}")
    size = sum(file.stat().st_size for file in (Path(models.__file__).parent / "default").iterdir())
    print(f"  {'the shipped model folder':<34}{size / 1e6:>11.1f} MB")


def show_training(documents: list[Document]) -> None:
    """Seconds to train on half of the documents and on all of them, and by the clock in two processes."""
    half, whole = seconds(lambda: fit_model(documents[::2])), seconds(lambda: fit_model(documents))
    begin = time.perf_counter()
    fit_model(documents, jobs=2)
    clock = time.perf_counter() - begin  # the work is done in other processes
    print(f"training, one core, processor seconds ({len(documents):,} documents)")
    rows = {"half of them": half, "all of them": whole, "ratio": whole / half, "all, two processes, clock": clock}
    for name, value in rows.items():
        print(f"  {name:<34}{value:>14,.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it runs")
    parser.add_argument("--only", choices=("speed", "memory", "training"), help="one of the three parts")
    args = parser.parse_args()
    documents = list(read_corpus(CORPUS))
    scale = 10 if args.quick else 1
    if args.only in (None, "speed"):
        show_speed(documents, 2000 // scale, 3 if args.quick else 5, 300 // scale)
    if args.only in (None, "memory"):
        show_memory(documents, 1_000 // scale, 20_000 // scale)
    if args.only in (None, "training"):
        show_training(documents[:: 4 if args.quick else 1])


if __name__ == "__main__":
    main()
