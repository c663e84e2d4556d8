"""What comes with the package: the corpus is sound and rich enough, the model is the one it makes, and good."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from casualty_claims.data.checks import check_corpus
from casualty_claims.data.corpus import corpus_hash, read_corpus
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, LABELS, Document
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models.linker import Linker
from casualty_claims.models.model import Model
from casualty_claims.models.scorer import Scorer
from casualty_claims.models.storage import load_model
from casualty_claims.models.stretches import positions_of
from casualty_claims.models.tagger import SpanTagger
from casualty_claims.models.tokens import tokenise
from casualty_claims.models.vocabulary import Vocabulary
from casualty_claims.train.coverage import Tables, coverage, markdown, thin
from casualty_claims.train.evaluation import Evaluation, evaluate
from casualty_claims.train.fitting import fit_model

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "data" / "corpus"
HELD_OUT = ROOT / "data" / "held-out"
DEV = ROOT.parent / "shared" / "dev-set" / "dev.jsonl"

MEANT = {
    "scrapes-and-cables-042": "a name broken over two lines, as scraped pages bring it",
    "rare-genres-045": "a command's name broken over two lines of a communique's head",
    "newsroom-mix-015": "a hard-wrapped cable, its lines all capitals",
}
"""Documents whose warnings are known, and why the labels are right as they are."""


@pytest.fixture(scope="module")
def corpus() -> list[Document]:
    return list(read_corpus(CORPUS))


@pytest.fixture(scope="module")
def held_out() -> list[Document]:
    """The documents that no model is trained on."""
    return list(read_corpus(HELD_OUT))


@pytest.fixture(scope="module")
def counts(corpus: list[Document], held_out: list[Document]) -> Tables:
    return coverage([*corpus, *held_out])


@pytest.fixture(scope="module")
def shipped() -> Model:
    return load_model()


# --- the corpus ----------------------------------------------------------------------------------------------


def test_the_corpus_is_sound() -> None:
    found = list(check_corpus([CORPUS, HELD_OUT]))
    assert [str(p) for p in found if p.severity == "error"] == []
    assert [str(p) for p in found if not any(repr(name) in p.message for name in MEANT)] == []


def test_the_corpus_is_large_enough(corpus: list[Document], held_out: list[Document]) -> None:
    everything = [*corpus, *held_out]
    assert len(everything) >= 800
    assert sum(len(split_sentences(d.text)) for d in everything) >= 7_000
    assert sum(len(d.claims) for d in everything) >= 6_500
    assert sum(len(d.attributions) for d in everything) >= 5_500


def test_a_part_was_labelled_twice(corpus: list[Document], held_out: list[Document]) -> None:
    everything = [*corpus, *held_out]
    assert sum("twice" in str(d.meta.get("read")) for d in everything) >= 0.15 * len(everything)


def test_no_model_is_trained_on_the_held_out_part(corpus: list[Document], held_out: list[Document]) -> None:
    by_genre = list(read_corpus(HELD_OUT / "by-genre.jsonl"))
    assert len(held_out) >= 100 and len(by_genre) >= 25
    assert {d.id for d in corpus}.isdisjoint(d.id for d in held_out)
    assert {d.text for d in corpus}.isdisjoint(d.text for d in held_out)
    assert {d.meta["genre"] for d in by_genre}.isdisjoint(d.meta["genre"] for d in corpus)


def test_every_rule_form_and_hard_negative_is_shown_often_enough(counts: Tables) -> None:
    """Every row of the counts: what is thin, and how often it is there."""
    assert thin(counts) == []


def test_every_document_says_how_it_was_made(corpus: list[Document], held_out: list[Document]) -> None:
    assert [d.id for d in (*corpus, *held_out) if not str(d.meta.get("made") or "").strip()] == []


def test_the_notes_on_the_corpus_give_its_counts(counts: Tables) -> None:
    """What ``casualty-train check data/corpus data/held-out --counts`` prints stands in them."""
    notes = (CORPUS / "README.md").read_text("utf-8")
    _, given, _ = re.split(r"<!-- /?counts -->", notes)
    assert given.strip() == markdown(counts)


# --- the model and the corpus --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def retrained() -> Model:
    """A model trained afresh from the corpus: a minute or two, once."""
    return fit_model(list(read_corpus(CORPUS)))


def test_the_card_says_what_the_model_learned_from(corpus: list[Document], shipped: Model, retrained: Model) -> None:
    card = shipped.card
    assert (card["corpus"]["sha256"], card["corpus"]["documents"]) == (corpus_hash(corpus), len(corpus))
    assert card["settings"] == {"tagger": params(retrained.tagger), "linker": params(retrained.linker)}
    assert card["silver"]["sentences"] > 1_000 and card["silver"]["teachers"]


def params(estimator: SpanTagger | Linker) -> dict[str, object]:
    """Settings as JSON has them."""
    found: dict[str, object] = json.loads(json.dumps(estimator.get_params()))
    return found


def test_the_model_is_small() -> None:
    folder = ROOT / "models" / "default"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 20_000_000


def test_the_corpus_makes_the_linker(shipped: Model, retrained: Model) -> None:
    """Silver has no links: the linker is of the corpus alone."""
    here, made = shipped.linker.forest_, retrained.linker.forest_
    assert (here.depth, here.roots.size) == (made.depth, made.roots.size)
    alike = here.feature.size == made.feature.size and (here.feature == made.feature).mean() > 0.95
    assert alike  # another processor rounds otherwise, and a tree may part at another place


def test_teaching_cost_nothing(held_out: list[Document], shipped: Model, retrained: Model) -> None:
    """On documents that neither it nor its teacher saw, the shipped model does as well as an untaught one."""
    taught, untaught = (
        evaluate(held_out, Scorer(model).score_many(d.article for d in held_out)) for model in (shipped, retrained)
    )
    for label in LABELS:
        assert taught.exact[label].f1 > max(0.84, untaught.exact[label].f1 - 0.02)


def test_the_gate_lets_nearly_every_span_pass(held_out: list[Document], shipped: Model) -> None:
    tagger = shipped.tagger
    assert tagger.gate_.recall >= 0.999
    vocabulary = Vocabulary(tagger.lexicons_)
    texts = [d.text for d in held_out]
    batch = tokenise(texts, [split_sentences(text) for text in texts], vocabulary.ids)
    by_type = tagger.token_model_.window.features.matrix(vocabulary) @ tagger.gate_.weights
    passed = tagger.gate_.passes(batch, by_type)
    spans = [first for label in LABELS for first, _ in positions_of(batch, [d.spans for d in held_out], label)]
    assert np.mean([passed[batch.sentence[first]] for first in spans]) >= 0.995


# --- figures -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(shipped: Model) -> Evaluation:
    if not DEV.is_file():
        pytest.skip(f"no development set beside the checkout: {DEV} is not there")
    gold = list(read_corpus(DEV))
    return evaluate(gold, Scorer(shipped).score_many(d.article for d in gold))


@pytest.mark.parametrize(("label", "least"), [(CLAIM, 0.86), (ATTRIBUTION, 0.88)])
def test_spans_are_found(figures: Evaluation, label: str, least: float) -> None:
    assert figures.exact[label].f1 >= least
    assert (
        figures.overlap[label].f1 >= 0.945
    )  # 0.95 is the aim; one span in two hundred is the room for other processors


def test_records_links_and_all_together_are_right(figures: Evaluation) -> None:
    assert figures.record.accuracy >= 0.95
    assert figures.link.accuracy >= 0.90
    assert figures.end_to_end.f1 >= 0.70


def test_probabilities_keep_their_word(figures: Evaluation) -> None:
    """0.03 is the aim; perfect probabilities of so few answers would show some 0.025."""
    assert figures.span_calibration.error <= 0.035
    assert figures.link_calibration.error <= 0.035
