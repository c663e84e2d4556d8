"""What ``select`` promises, whatever the sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from casualty_claims.annotate.choosing.selection import POOL, select
from hypothesis import given, settings
from hypothesis import strategies as st

TOPICS = {
    "flood": "river flood water bank dam rain rose",
    "court": "judge court trial lawyer verdict law appeal",
    "mine": "mine shaft coal miners tunnel gas rescue",
    "market": "market stall trader price fruit customers shop",
    "school": "school pupils teacher class lesson exam books",
}


def report(topic: str, number: int) -> str:
    draw = np.random.default_rng(number)
    return " ".join(draw.choice(TOPICS[topic].split(), 9))


def unsure(count: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(seed).random(count).astype(np.float32) / 2


CASES = st.integers(0, 60).flatmap(
    lambda count: st.tuples(
        st.lists(st.floats(0, 1, width=32), min_size=count, max_size=count),
        st.lists(st.text(st.sampled_from("ab c."), max_size=12), min_size=count, max_size=count),
        st.lists(st.booleans(), min_size=count, max_size=count),
    )
)


@settings(max_examples=60, deadline=None)
@given(CASES, st.integers(0, 70), st.floats(0, 1), st.integers(0, 99))
def test_exactly_so_many_are_chosen_and_none_twice(
    case: tuple[list[float], list[str], list[bool]], n: int, control: float, seed: int
) -> None:
    closeness, texts, _ = case
    chosen = select(np.array(closeness, np.float32), texts, n, control=control, seed=seed)
    both = np.concatenate((chosen.model, chosen.control)).tolist()
    assert len(chosen) == len(both) == len(set(both)) == min(n, len(texts))
    assert set(both) <= set(range(len(texts)))
    assert chosen.control.size == round(control * min(n, len(texts)))
    assert chosen.model.tolist() == sorted(chosen.model.tolist())
    assert chosen.control.tolist() == sorted(chosen.control.tolist())


@settings(max_examples=30, deadline=None)
@given(CASES, st.integers(0, 70), st.integers(0, 99))
def test_the_model_keeps_to_what_it_may_choose_from(
    case: tuple[list[float], list[str], list[bool]], n: int, seed: int
) -> None:
    closeness, texts, allowed = case
    among = np.array(allowed, np.bool_)
    chosen = select(np.array(closeness, np.float32), texts, n, control=0.3, seed=seed, among=among)
    free = (set(range(len(texts))) - set(chosen.control.tolist())) & set(np.flatnonzero(among).tolist())
    assert set(chosen.model.tolist()) <= free
    assert chosen.model.size == min(min(n, len(texts)) - chosen.control.size, len(free))


def test_the_same_seed_makes_the_same_choice_and_another_another() -> None:
    texts = [report(topic, i) for i in range(100) for topic in TOPICS]
    first, again, other = (select(unsure(500), texts, 40, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first.model, again.model)
    assert np.array_equal(first.control, again.control)
    assert not np.array_equal(first.control, other.control)


def test_the_model_takes_the_unsure() -> None:
    texts = [report(topic, i) for i in range(200) for topic in TOPICS]
    closeness = unsure(1000)
    chosen = select(closeness, texts, 25, control=0.2, seed=1)
    assert chosen.model.size == 20
    fence = np.sort(closeness)[-(POOL * 20 + 5)]
    assert closeness[chosen.model].min() >= fence
    assert closeness[chosen.model].mean() > closeness.mean() + 0.1


def test_each_kind_of_sentence_gives_one_however_many_of_another_are_as_unsure() -> None:
    kinds = ["flood"] * 120 + ["court"] * 8 + ["mine"] * 8 + ["market"] * 8 + ["school"] * 8
    texts = [report(topic, i) for i, topic in enumerate(kinds)]
    chosen = select(np.full(len(texts), 0.4, np.float32), texts, 20, control=0.0, seed=2)
    found = Counter(kinds[i] for i in chosen.model.tolist())
    assert found.keys() == TOPICS.keys()
    assert found["flood"] < 14  # by chance alone, 16 of 20


def test_of_a_crowd_of_copies_few_are_taken() -> None:
    texts = [report("flood", 0)] * 150 + [report(topic, i) for i in range(6) for topic in TOPICS]
    chosen = select(np.full(len(texts), 0.4, np.float32), texts, 20, control=0.0, seed=0)
    assert sum(i < 150 for i in chosen.model.tolist()) <= 3


def test_chance_draws_from_all_alike_whatever_the_model_thinks() -> None:
    texts, closeness = ["word"] * 40, np.linspace(0, 0.5, 40).astype(np.float32)
    among = closeness > 0.25
    drawn: Counter[int] = Counter()
    for seed in range(300):
        drawn.update(select(closeness, texts, 10, control=1.0, seed=seed, among=among).control.tolist())
    # 75 of 300 draws each; five standard deviations are 37
    assert drawn.total() == 3000
    assert all(38 < drawn[i] < 112 for i in range(40))


def test_equally_unsure_sentences_are_not_taken_from_the_first_articles() -> None:
    texts = [report("flood", i) for i in range(2000)]
    chosen = select(np.zeros(2000, np.float32), texts, 20, control=0.0, seed=0)
    assert chosen.model.max() > 1000


class Counted(Sequence[str]):
    """Sentences that count how often they were asked for."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[int] = []

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: Any) -> Any:
        self.asked.append(number)
        return f"word{number % 97} word{number % 89} word{number % 83}"


def test_only_the_pool_is_read() -> None:
    texts = Counted(50_000)
    chosen = select(unsure(50_000), texts, 50, control=0.2, seed=0)
    assert len(chosen) == 50
    assert len(texts.asked) == len(set(texts.asked)) <= POOL * 50


@pytest.mark.parametrize(
    ("closeness", "texts", "options", "reason"),
    [
        ([0.1], ["a", "b"], {}, "2 sentences, but 1 figures"),
        ([0.1, 0.2], ["a", "b"], {"among": np.array([True])}, "2 sentences"),
        ([0.1], ["a"], {"control": 1.5}, "a share lies between"),
        ([0.1], ["a"], {"control": float("nan")}, "a share lies between"),
        ([0.1], ["a"], {"n": -1}, "-1 sentences"),
        ([float("nan")], ["a"], {}, "0 or more"),
        ([-0.1], ["a"], {}, "0 or more"),
    ],
)
def test_what_does_not_fit_is_refused(
    closeness: list[float], texts: list[str], options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        select(np.array(closeness, np.float32), texts, **({"n": 1} | options))
