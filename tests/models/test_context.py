"""Landmarks, quotation and running counts, against plain loops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from casualty_claims.models.context import LANDMARKS, Context, bucket, context_of, is_class, mix
from casualty_claims.models.tokens import TokenBatch, tokenise
from casualty_claims.models.vocabulary import CLASSES, Lexicons, Vocabulary
from hypothesis import given
from hypothesis import strategies as st

Built = Callable[[list[list[str]]], tuple[TokenBatch, Context]]

WORDS = st.sampled_from(
    ["killed", "wounded", "said", "Police", "7", "dozens", "people", "zorvaqal", ",", "“", "”", '"', ".", ")", "?", "-"]
)
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=9), max_size=4)


@pytest.fixture(scope="session")
def built(lexicons: Lexicons) -> Built:
    """Makes a batch and its context. Each sentence is a text of its own, its tokens parted by blanks."""

    def build(sentences: list[list[str]]) -> tuple[TokenBatch, Context]:
        texts = [" ".join(sentence) for sentence in sentences]
        vocabulary = Vocabulary(lexicons)
        batch = tokenise(texts, [[(0, len(text))] for text in texts], vocabulary.ids)
        return batch, context_of(batch, vocabulary)

    return build


@given(SENTENCES)
def test_landmarks_on_either_side(built: Built, sentences: list[list[str]]) -> None:
    batch, context = built(sentences)
    for name, members in LANDMARKS.items():
        is_landmark = [CLASSES[c] in members for c in context.classes]
        for first, last in zip(batch.first.tolist(), batch.last.tolist(), strict=True):
            for at in range(first, last + 1):
                before = [i for i in range(first, at) if is_landmark[i]]
                after = [i for i in range(at + 1, last + 1) if is_landmark[i]]
                assert context.left[name][at] == (before[-1] if before else -1)
                assert context.right[name][at] == (after[0] if after else -1)
                assert context.first[at] == first and context.last[at] == last


@given(SENTENCES, st.data())
def test_running_counts(built: Built, sentences: list[list[str]], data: st.DataObject) -> None:
    batch, context = built(sentences)
    low = data.draw(st.integers(0, len(batch) - 1))
    high = data.draw(st.integers(low, len(batch) - 1))
    for name, members in LANDMARKS.items():
        inside = sum(CLASSES[context.classes[i]] in members for i in range(low, high + 1))
        assert context.sum_of[name][high + 1] - context.sum_of[name][low] == inside


@given(SENTENCES)
def test_quotation_and_headlines(built: Built, sentences: list[list[str]]) -> None:
    batch, context = built(sentences)
    for first, words in zip(batch.first.tolist(), sentences, strict=True):
        inside = False
        for place, word in enumerate(words):
            inside ^= word in ('"', "“", "”")
            assert context.quoted[first + place] == inside
        bare = words[-1] if words[-1] not in ("”", "“", '"', ")") or len(words) == 1 else words[-2]
        stopped = words[-1] in (".", "?") or bare in (".", "?")
        assert (context.headline[first : first + len(words)] == (not stopped)).all()


def test_a_quotation_left_open_ends_with_its_sentence(built: Built) -> None:
    batch, context = built([["“", "seven", "died", "."], ["He", "left", "."]])
    second = batch.first[1]
    assert context.quoted[batch.first[0]] == 1
    assert not context.quoted[second : second + 3].any()


def test_landmarks_by_hand(built: Built) -> None:
    batch, context = built([["Police", "said", "7", "people", "were", "killed", ",", "dozens", "wounded", "."]])
    start = int(batch.first[0])
    left = {name: int(context.left[name][start + 7]) - start for name in LANDMARKS}
    assert left == {"harm": 5, "cue": 1, "number": 2, "people": 3, "source": 0, "comma": 6, "clause": 6}
    assert context.right["harm"][start + 7] - start == 8
    assert context.left["source"][start] == context.right["comma"][start + 6] == -1


def test_an_empty_batch_has_a_context(built: Built) -> None:
    batch, context = built([])
    assert context.quoted.shape == context.headline.shape == (len(batch),)
    assert (context.classes == CLASSES.index("pad")).all()


def test_is_class_marks_the_named_classes() -> None:
    assert [name for name, is_in in zip(CLASSES, is_class(("cue", "killed")), strict=True) if is_in] == [
        "cue",
        "killed",
    ]


@given(st.lists(st.integers(0, 500)))
def test_buckets_grow_with_distance_and_absence_is_its_own(distances: list[int]) -> None:
    here = np.array(sorted(distances), np.int64)
    there = np.ones(here.size, bool)
    found = bucket(here, there)
    assert (np.diff(found) >= 0).all() and ((found >= 0) & (found <= 8)).all()
    assert (bucket(here, ~there) == 9).all()


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 40)), min_size=1), st.integers(0, 99))
def test_mix_gives_a_key_to_each_row_that_depends_on_every_part(rows: list[tuple[int, int]], salt: int) -> None:
    words = np.array([w for w, _ in rows], np.uint64)
    classes = np.array([c for _, c in rows], np.int64)
    keys = mix(salt, words, classes)
    assert keys.dtype == np.uint64 and keys.shape == words.shape
    for key, word, cls in zip(keys, words, classes, strict=True):
        assert key == mix(salt, word, cls)
    assert len(set(keys.tolist())) == len(set(rows))
    assert (mix(salt + 1, words, classes) != keys).all()
    assert (mix(salt, words, classes + 1) != keys).all()
    assert (mix(salt, words ^ np.uint64(1), classes) != keys).all()
