"""What comes with the package: the corpus is sound and rich enough, the model is the one it makes, and good."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from casualty_claims.data.checks import check_corpus
from casualty_claims.data.corpus import corpus_hash, read_corpus
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, HARMS, QUALIFIERS, Document
from casualty_claims.data.readers import Reject, read_articles
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models.model import Model
from casualty_claims.models.scorer import Scorer
from casualty_claims.models.storage import load_model
from casualty_claims.train.coverage import coverage, markdown
from casualty_claims.train.evaluation import Evaluation, evaluate
from casualty_claims.train.fitting import fit_model

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "data" / "corpus"
SAMPLES = ROOT / "data" / "samples"
DEV = ROOT.parent / "shared" / "dev-set" / "dev.jsonl"

MEANT = {
    "scrapes-and-cables-042": "a name broken over two lines, as scraped pages bring it",
}
"""Documents whose warnings are known, and why the labels are right as they are."""


@pytest.fixture(scope="module")
def corpus() -> list[Document]:
    return list(read_corpus(CORPUS))


@pytest.fixture(scope="module")
def shipped() -> Model:
    return load_model()


# --- the corpus ----------------------------------------------------------------------------------------------


def test_the_corpus_is_sound() -> None:
    found = list(check_corpus([CORPUS]))
    assert [str(p) for p in found if p.severity == "error"] == []
    assert [str(p) for p in found if not any(repr(name) in p.message for name in MEANT)] == []


def test_the_corpus_is_large_enough(corpus: list[Document]) -> None:
    sentences = bare = 0
    for document in corpus:
        for start, end in split_sentences(document.text):
            sentences += 1
            bare += not any(span.start < end and start < span.end for span in document.spans)
    assert len(corpus) >= 200
    assert sentences >= 1_800
    assert bare >= 500
    assert sum(len(d.claims) for d in corpus) >= 1_500
    assert sum(len(d.attributions) for d in corpus) >= 1_200


@pytest.mark.parametrize("field", ["harm", "qualifier"])
def test_every_kind_of_claim_is_there(corpus: list[Document], field: str) -> None:
    claims = [claim for document in corpus for _, claim in document.claims]
    values = [claim.harm if field == "harm" else claim.quantity and claim.quantity.qualifier for claim in claims]
    times = Counter(values)
    kinds = HARMS if field == "harm" else QUALIFIERS
    assert {kind: times[kind] for kind in kinds if times[kind] < 25} == {}


def test_every_document_says_how_it_was_made(corpus: list[Document]) -> None:
    assert [d.id for d in corpus if not str(d.meta.get("made") or "").strip()] == []


def test_the_notes_on_the_corpus_give_its_counts(corpus: list[Document]) -> None:
    """What ``casualty-train check data/corpus --counts`` prints stands in them."""
    notes = (CORPUS / "README.md").read_text("utf-8")
    _, given, _ = re.split(r"<!-- /?counts -->", notes)
    assert given.strip() == markdown(coverage(corpus))


# --- the model and the corpus --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def retrained() -> Model:
    """A model trained afresh from the corpus: a minute or two, once."""
    return fit_model(list(read_corpus(CORPUS)))


def test_the_card_names_the_corpus(corpus: list[Document], shipped: Model) -> None:
    assert shipped.card["corpus"]["sha256"] == corpus_hash(corpus)
    assert shipped.card["corpus"]["documents"] == len(corpus)
    assert shipped.name.endswith(corpus_hash(corpus)[:8])


def test_the_corpus_makes_the_weights(shipped: Model, retrained: Model) -> None:
    """What is learned as counts is the same to the last bit, what is learned as sums but for their rounding."""
    settings = {"tagger": retrained.tagger.get_params(), "linker": retrained.linker.get_params()}
    assert shipped.card["settings"] == settings
    made, here = retrained.tagger.token_model_, shipped.tagger.token_model_
    assert made.features.names == here.features.names
    np.testing.assert_array_equal(made.keys.keys, here.keys.keys)
    np.testing.assert_allclose(made.window, here.window, atol=1e-3)
    np.testing.assert_allclose(made.key_weights, here.key_weights, atol=1e-3)


CLOSE_CALLS = 8


@pytest.mark.parametrize("which", ["samples", "corpus"])
def test_the_corpus_makes_the_predictions(which: str, corpus: list[Document], shipped: Model, retrained: Model) -> None:
    """All the same on the processor that trained the model.

    Another one rounds sums otherwise in the seventh digit; a tree may then part at another place, and a span
    that was a close call fall the other way. A model of another corpus or other settings is farther off.
    """
    if which == "samples":
        articles = [item for item in read_articles([SAMPLES]) if not isinstance(item, Reject)]
    else:
        articles = [document.article for document in corpus[:: len(corpus) // 50][:50]]
    here, made = (list(Scorer(model).score_many(articles)) for model in (shipped, retrained))
    assert sum(len(d.spans) for d in here) > len(articles)
    alike = evaluate(here, made)
    for counts in (*alike.exact.values(), alike.end_to_end):
        assert counts.fp + counts.fn <= CLOSE_CALLS
    assert alike.record.right == alike.record.of


# --- figures -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(shipped: Model) -> Evaluation:
    if not DEV.is_file():
        pytest.skip(f"no development set beside the checkout: {DEV} is not there")
    gold = list(read_corpus(DEV))
    return evaluate(gold, Scorer(shipped).score_many(d.article for d in gold))


@pytest.mark.parametrize(("label", "least"), [(CLAIM, 0.74), (ATTRIBUTION, 0.75)])
def test_spans_are_found_exactly(figures: Evaluation, label: str, least: float) -> None:
    assert figures.exact[label].f1 >= least


def test_records_and_links_are_right(figures: Evaluation) -> None:
    assert figures.record.accuracy >= 0.90
    assert figures.link.accuracy >= 0.80
