"""The parts of the benchmark: texts are what they are said to be, and the gate's figures are counted right."""

from __future__ import annotations

import sys
from copy import copy
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.notation import parse
from casualty_claims.models.gate import LONG
from casualty_claims.models.storage import load_model

FOLDER = Path(__file__).parent / "benchmarks"


@pytest.fixture(scope="module")
def parts() -> tuple[ModuleType, ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(FOLDER), *sys.path])
        from parts import articles, costs
    return articles, costs


def document(notation: str) -> Document:
    text, spans = parse(notation)
    return Document(Article("made-up", text), spans)


DOCUMENTS = [
    document("[[k=7@a1|Seven people were killed]], [[a1|police said]]. [[k=2|Two men were killed]]. It rained."),
    document("[[a1|A witness said]] the road was shut. The market opened late."),
]


def test_ordinary_articles_hold_as_few_claims_as_they_say(parts: tuple[ModuleType, ModuleType]) -> None:
    articles, _ = parts
    texts = [article.text for article in articles.ordinary_articles(DOCUMENTS, 1000)]
    sentences = sum(text.count(".") for text in texts)
    assert sum(text.count("killed") for text in texts) / sentences == pytest.approx(0.12, abs=0.02)
    assert sum(text.count("said") for text in texts) / sentences == pytest.approx(0.30, abs=0.02)
    assert sum("killed" in text for text in texts) / len(texts) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("kind", ["made_articles", "ordinary_articles"])
def test_articles_are_the_same_every_time_and_long_enough(parts: tuple[ModuleType, ModuleType], kind: str) -> None:
    articles, _ = parts
    first, again = (list(getattr(articles, kind)(DOCUMENTS, 5)) for _ in range(2))
    assert first == again and len({article.text for article in first}) == 5
    assert all(len(article.text) >= articles.LENGTH for article in first)


def test_what_does_not_pass_the_gate_is_counted_as_lost_and_spared(parts: tuple[ModuleType, ModuleType]) -> None:
    _, costs = parts
    tagger = load_model().tagger
    short, long = "[[k=1|one man died]] ", f"[[k=1|One man died]] of {'old wounds and ' * LONG}fever."
    assert costs.through_the_gate(tagger, DOCUMENTS[:1]) == (1.0, 0.0)
    shut = copy(tagger)
    shut.gate_ = replace(tagger.gate_, least=np.inf)  # now only a long sentence passes
    recall, spared = costs.through_the_gate(shut, [document(f"{long}\n\n{short * 3}")])
    assert recall == 1 / 4
    assert 0.02 < spared < 0.06
    assert costs.through_the_gate(shut, [document("It rained.")]) == (1.0, 1.0)
