"""What a second look sees of a candidate's surroundings, against plain counting."""

from __future__ import annotations

import numpy as np
from casualty_claims.models.candidates import Candidates
from casualty_claims.models.context import context_of
from casualty_claims.models.relations import LEAST, Likely, SecondLook, relation_features
from casualty_claims.models.tokens import TokenBatch, tokenise
from casualty_claims.models.vocabulary import Lexicons, Vocabulary
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

TEXT = "Obin said that many fell there . Two fled , he added late ."
SENTENCES = [(0, 32), (33, len(TEXT))]


def scene(lexicons: Lexicons) -> tuple[TokenBatch, Vocabulary]:
    vocabulary = Vocabulary(lexicons)
    return tokenise([TEXT], [SENTENCES], vocabulary.ids), vocabulary


def candidates(batch: TokenBatch, drawn: list[tuple[int, int, float]]) -> tuple[Candidates, np.ndarray]:
    """Candidates from (place of the first token, length, log-odds), each within its sentence."""
    real = np.flatnonzero(batch.types != 0)
    first = real[[a % real.size for a, _, _ in drawn]].astype(np.int64)
    last = np.minimum(first + np.array([n for _, n, _ in drawn], np.int64), batch.last[batch.sentence[first]])
    odds = np.array([o for _, _, o in drawn], np.float32)
    return Candidates(first, last, np.zeros((first.size, 8), np.float32)), odds


DRAWN = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.floats(-8, 4, width=16)), min_size=1, max_size=8)


@given(st.tuples(DRAWN, DRAWN))
def test_what_it_sees_is_what_is_there(lexicons: Lexicons, drawn: tuple[list[tuple[int, int, float]], ...]) -> None:
    batch, vocabulary = scene(lexicons)
    context = context_of(batch, vocabulary)
    looks = [candidates(batch, one) for one in drawn]
    likely = [Likely.of(found, odds, len(batch)) for found, odds in looks]
    found, odds = looks[0]
    features = relation_features(found, odds, likely, 0, context)
    rows = zip(found.first.tolist(), found.last.tolist(), features, odds.tolist(), strict=True)
    for first, last, row, own in rows:
        low, high = context.first[first], context.last[first]
        seen = [own]
        for label, (others, their) in enumerate(looks):
            spans = list(zip(others.first.tolist(), others.last.tolist(), expit(their).tolist(), strict=True))

            def start(place: int, spans=spans) -> float:  # type: ignore[no-untyped-def]
                return max((p for a, _, p in spans if a == place), default=0.0)

            def end(place: int, spans=spans) -> float:  # type: ignore[no-untyped-def]
                return max((p for _, b, p in spans if b == place), default=0.0)

            for step in (1, 2, 3):
                seen += [end(first - step), start(last + step)]
            seen += [sum(p for a, b, p in spans if a <= place <= b) for place in (first - 1, first, last, last + 1)]
            seen += [
                sum(p for a, _, p in spans if i <= a <= j)
                for i, j in ((low, first - 1), (first, last), (last + 1, high))
            ]
            seen += [
                max((start(i) for i in range(low, first)), default=0.0),
                max((start(i) for i in range(last + 1, high + 1)), default=0.0),
            ]
            left = [first - i for i in range(low, first) if end(i) > 0.3]
            right = [i - last for i in range(last + 1, high + 1) if start(i) > 0.3]
            seen += [min(left, default=50), min(right, default=50)]
            if label == 0:
                seen += [start(first) - expit(own), end(last) - expit(own)]
                seen += [max((start(i) for i in range(first + 1, last + 1)), default=0.0)]
                seen += [max((end(i) for i in range(first, last)), default=0.0)]
            else:
                seen += [max(start(i) for i in range(first, last + 1)), max(end(i) for i in range(first, last + 1))]
        np.testing.assert_allclose(row, np.array(seen, np.float32), atol=1e-4)


def test_a_second_look_learns_what_the_first_could_not_see() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(size=1200).astype(np.float32)
    odds[:50] = LEAST - 1
    beside = rng.random(1200)
    truth = (expit(odds) * beside > 0.3) & (odds >= LEAST)
    numbers = np.column_stack((odds, beside)).astype(np.float32)
    look, _ = SecondLook.fit(odds[:800], numbers[:800], truth[:800], np.arange(800) % 40, trees=40)
    again = look.log_odds(odds[800:], numbers[800:])
    assert ((again > 0) == truth[800:]).mean() > 0.95 > ((odds[800:] > 0) == truth[800:]).mean()
    unlikely = look.log_odds(odds[:50], numbers[:50])
    assert (unlikely == odds[:50]).all() and unlikely.dtype == np.float32
    assert look.log_odds(odds[:0], numbers[:0]).shape == (0,)
