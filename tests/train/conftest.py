"""What several of these tests need: a few documents of the corpus to train on, and documents less a span."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import Document
from hypothesis import settings

settings.register_profile("patient", deadline=None)  # a slow machine is no fault
settings.load_profile("patient")

CORPUS = Path(__file__).parents[2] / "data" / "corpus"


@pytest.fixture(scope="session")
def corpus_slice() -> list[Document]:
    """Short documents with claims, attributions and links: enough to learn from, little to wait for."""
    rich = [d for d in read_corpus(CORPUS) if any(claim.attributed_to is not None for _, claim in d.claims)]
    return sorted(rich, key=lambda d: (len(d.text), d.id))[10:30]


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of two small layers with random weights, and a vocabulary of the corpus's commonest words."""
    torch = pytest.importorskip("torch", reason="the extra 'teacher' is not installed")
    pytest.importorskip("transformers", reason="the extra 'teacher' is not installed")
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    words = Counter(word for d in read_corpus(CORPUS) for word in re.findall(r"[^\W\d_]+", d.text.lower()))
    signs = [chr(i) for i in range(33, 127) if not chr(i).isupper()]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *signs, *(f"##{sign}" for sign in signs)]
    pieces += [word for word, _ in words.most_common(1500) if word not in pieces]
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=128).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def without_span() -> Callable[[Document, int], Document]:
    """A document less one span; links to it go to nobody, the others move along."""

    def drop(document: Document, gone: int) -> Document:
        kept = []
        for index, span in enumerate(document.spans):
            link = span.attributed_to
            if link is not None:
                link = None if link == gone else link - (link > gone)
            if index != gone:
                kept.append(replace(span, attributed_to=link))
        return replace(document, spans=tuple(kept))

    return drop
