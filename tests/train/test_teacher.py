"""A teacher made of a tiny encoder with random weights and a vocabulary of its own: no download."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Article, Document, Span

pytest.importorskip("torch", reason="the extra 'teacher' is not installed")
pytest.importorskip("transformers", reason="the extra 'teacher' is not installed")

from casualty_claims.train.evaluation import evaluate
from casualty_claims.train.teacher import Teacher, token_batch
from casualty_claims.train.windows import WINDOW, bucketed, windows_of

PEOPLE = ("soldiers", "farmers", "nurses", "miners", "fishermen")
SAYERS = ("Police", "The mayor of Belmar", "Colonel Dara Obin", "Witnesses in Tarnova")


def made(number: int) -> Document:
    """A document of two sentences, one of them with a claim and its attribution."""
    draw = random.Random(number)
    said, harmed = f"{draw.choice(SAYERS)} said", f"{draw.randint(2, 90)} {draw.choice(PEOPLE)} were killed"
    text = f"Rain fell over Tarnova. {said} {harmed} there."
    spans = (
        Span(text.index(said), text.index(said) + len(said), ATTRIBUTION),
        Span(text.index(harmed), text.index(harmed) + len(harmed), CLAIM),
    )
    return Document(Article(f"d{number}", text), spans)


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [made(number) for number in range(60)]


@pytest.fixture(scope="module")
def teacher(tiny_encoder: Path, documents: list[Document]) -> Teacher:
    return Teacher(tiny_encoder, epochs=12, learning_rate=3e-3, batch_size=4, seed=1).fit(documents)


def test_it_learns(teacher: Teacher) -> None:
    fresh = [made(number) for number in range(100, 130)]
    judged = evaluate(fresh, teacher.predict(fresh))
    assert min(counts.f1 for counts in judged.exact.values()) > 0.9
    assert all(0 < span.confidence <= 1 for document in teacher.predict(fresh) for span in document.spans)


def test_same_seed_same_teacher(tiny_encoder: Path, documents: list[Document]) -> None:
    def weights(seed: int) -> list[Any]:
        made = Teacher(tiny_encoder, epochs=1, seed=seed).fit(documents[:8])
        return [value.numpy() for value in made.network.state_dict().values()]

    first, again, other = weights(3), weights(3), weights(4)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_saved_and_loaded_it_says_the_same(teacher: Teacher, tmp_path: Path) -> None:
    texts = [made(number).text for number in range(200, 205)]
    teacher.save(tmp_path / "teacher")
    loaded = Teacher.load(tmp_path / "teacher")
    assert loaded.settings == teacher.settings
    batch = token_batch(texts)
    assert np.array_equal(loaded.probabilities(batch, texts), teacher.probabilities(batch, texts))


def test_other_folders_are_refused(teacher: Teacher, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no teacher"):
        Teacher.load(tmp_path)
    teacher.save(tmp_path)
    card = json.loads((tmp_path / "teacher.json").read_text())
    (tmp_path / "teacher.json").write_text(json.dumps(card | {"tags": ["O", "B-X"]}))
    with pytest.raises(ValueError, match="other tags"):
        Teacher.load(tmp_path)


def test_every_token_is_in_one_window(teacher: Teacher) -> None:
    """In the company of its own text alone, and told by a piece that holds its first letter."""
    long = "Nine miners died " + "in the long valley of Belmar " * 200 + "."
    texts = [made(1).text, long, "", "Two. Dr. Varga’s café: 3,500 – “none”!", made(2).text]
    batch = token_batch(texts)
    windows = list(windows_of(batch, texts, teacher.tokenizer))
    seen = [position for window in windows for position in window.positions]
    assert seen == np.flatnonzero(batch.types).tolist()
    for window in windows:
        assert len(window.pieces) == len(window.shapes) <= WINDOW
        text = {int(batch.text_of[batch.sentence[position]]) for position in window.positions}
        assert len(text) == 1
        for place, position in zip(window.places, window.positions, strict=True):
            word = texts[text.copy().pop()][batch.start[position] : batch.end[position]]
            piece = teacher.tokenizer.convert_ids_to_tokens(window.pieces[place])
            assert piece == "[UNK]" or word.lower().startswith(piece)
            assert window.shapes[place] == (
                0 if not word[0].isupper() else 2 if len(word) > 1 and word.isupper() else 1
            )


def test_batches_hold_every_window_once(teacher: Teacher, documents: list[Document]) -> None:
    texts = [document.text for document in documents]
    windows = list(windows_of(token_batch(texts), texts, teacher.tokenizer))
    batches = bucketed(windows, 7, random.Random(0))
    assert sorted(id(window) for batch in batches for window in batch) == sorted(map(id, windows))
    assert max(map(len, batches)) == 7
