"""Learning curves: the arithmetic against scipy and against curves whose law is known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from casualty_claims.annotate.choosing.curves import (
    ALL,
    CHOSEN,
    RANDOM,
    SCHEMA,
    PowerLaw,
    Score,
    findings,
    gains,
    in_words,
    levels,
    mean_of,
    table_of,
)
from casualty_claims.data.counts import Counts
from casualty_claims.data.documents import ATTRIBUTION, CLAIM
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

SIZES = (500, 1000, 1500, 2000)


def counts_with(f1: float) -> Counts:
    """Counts of some ten million spans with an F1 very near the one wanted."""
    right = round(1e7 * f1)
    return Counts(right, 10**7 - right, 10**7 - right)


def score(repeat: int, arm: str, sentences: int, f1: float, spans: int = 100) -> Score:
    return Score(repeat, arm, sentences, spans, {CLAIM: counts_with(f1), ATTRIBUTION: counts_with(f1)})


def session(gained: Sequence[float], scale: float = 2.0, power: float = 0.3) -> list[Score]:
    """Chance follows a power law; choosing is better by so much in each repeat, but for where both start."""
    rows = []
    for repeat, gain in enumerate(gained):
        for size in SIZES:
            f1 = 1 - scale * size**-power
            rows.append(score(repeat, RANDOM, size, f1, spans=size))
            rows.append(score(repeat, CHOSEN, size, f1 + (gain if size > SIZES[0] else 0), spans=2 * size))
    return rows


@given(st.floats(0.1, 5), st.floats(0.05, 1.0))
def test_a_power_law_is_found_again(scale: float, power: float) -> None:
    law = PowerLaw(scale, power)
    sizes = [n for n in (100, 400, 900, 2500) if scale * n**-power < 1]
    if len(sizes) < 2 or scale * sizes[-1] ** -power < 1e-3:
        return
    found = PowerLaw.fit(sizes, [law.f1(n) for n in sizes])
    assert found.scale == pytest.approx(scale, rel=1e-6)
    assert found.power == pytest.approx(power, rel=1e-6)
    assert found.f1(10_000) == pytest.approx(law.f1(10_000), abs=1e-9)
    assert found.size(law.f1(sizes[0])) == pytest.approx(sizes[0], rel=1e-6)


def test_a_law_of_one_point_is_none() -> None:
    with pytest.raises(ValueError, match="two numbers of sentences"):
        PowerLaw.fit([500, 500], [0.5, 0.6])


def test_a_perfect_score_has_a_law_too() -> None:
    assert PowerLaw.fit([100, 200], [0.99, 1.0]).f1(300) == pytest.approx(1, abs=1e-3)
    assert PowerLaw.fit([100, 200], [0.0, 0.0]).f1(300) == pytest.approx(0, abs=1e-9)
    assert PowerLaw.fit([100, 200], [0.5, 0.0]).f1(1000) == 0.0


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=12))
def test_the_interval_is_students(values: list[float]) -> None:
    mean = mean_of(values)
    if np.var(values) < 1e-12:
        assert mean.low == pytest.approx(mean.high, abs=1e-5)
        return
    wanted = ttest_1samp(values, 0).confidence_interval(0.95)
    assert (mean.low, mean.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)
    wider = mean_of(values, shared=1 / 3)
    # Nadeau and Bengio: 1/k becomes 1/k + n_test / n_train.
    assert (wider.high - wider.low) / (mean.high - mean.low) == pytest.approx(math.sqrt(1 + len(values) / 3))


def test_one_repeat_has_no_interval() -> None:
    mean = mean_of([0.25])
    assert mean.mean == 0.25 and math.isnan(mean.low) and math.isnan(mean.high)


def test_gains_are_within_a_repeat() -> None:
    """Repeats that differ a lot among themselves do not hide what both arms of each agree on."""
    rows = []
    for repeat, base in enumerate((0.2, 0.5, 0.8)):
        rows += [score(repeat, RANDOM, n, base) for n in SIZES]
        rows += [score(repeat, CHOSEN, n, base + (0.05 if n > 500 else 0)) for n in reversed(SIZES)]
    found = gains(rows)
    assert list(found) == [1000, 1500, 2000]
    for mean in found.values():
        assert (mean.low, mean.mean, mean.high) == pytest.approx((0.05, 0.05, 0.05), abs=1e-6)
    wide = levels(rows, CHOSEN)[2000]
    assert wide.mean == pytest.approx(0.55, abs=1e-6) and wide.high - wide.low > 1


def test_labels_are_apart() -> None:
    rows = [
        Score(0, arm, n, 1, {CLAIM: Counts(claims, 10 - claims, 10 - claims), ATTRIBUTION: Counts(5, 5, 5)})
        for arm, claims in ((RANDOM, 2), (CHOSEN, 4))
        for n in (10, 20)
    ]
    assert gains(rows, CLAIM)[20].mean == pytest.approx(0.2)
    assert gains(rows, ATTRIBUTION)[20].mean == 0
    assert gains(rows)[20].mean == pytest.approx(0.1)


def test_a_curve_that_does_not_rise_reaches_nothing() -> None:
    assert PowerLaw.fit([100, 200], [0.5, 0.5]).size(0.9) == math.inf
    assert PowerLaw.fit([100, 200], [0.5, 0.4]).size(0.9) == math.inf
    assert PowerLaw(2.0, 1e-3).size(0.99) == math.inf


def test_what_choosing_is_worth_is_read_off_the_curve_of_chance() -> None:
    """Where choosing is as far along the same curve with half of the sentences, they are worth double."""
    rows = [
        score(repeat, arm, n, 1 - 2 * (factor * n) ** -0.3, spans=(3 if arm == CHOSEN else 1) * n)
        for repeat in range(3)
        for arm, factor in ((RANDOM, 1), (CHOSEN, 2))
        for n in SIZES
    ]
    found = findings(rows)
    assert found.worth.mean == pytest.approx(4000, rel=1e-4)
    # Three times the spans for twice the worth: for as many spans, choosing is behind.
    assert found.gain_by_spans.mean == pytest.approx(2 * 2000**-0.3 - 2 * (2000 * 2 / 3) ** -0.3, abs=1e-5)
    assert found.gain.mean > 0 > found.gain_by_spans.mean


def test_what_more_sentences_bring_follows_the_law() -> None:
    found = findings(session([0.0, 0.0, 0.0]), step=500)
    wanted = 2 * 2000**-0.3 - 2 * 2500**-0.3
    for arm in (RANDOM, CHOSEN):
        assert found.next_step[arm].mean == pytest.approx(wanted, abs=1e-6)
        assert found.last[arm].mean == pytest.approx(1 - 2 * 2000**-0.3, abs=1e-6)
    assert found.spans == {RANDOM: 1.0, CHOSEN: 2.0}
    assert findings(session([0.0]), step=1000).next_step[RANDOM].mean > found.next_step[RANDOM].mean


@pytest.mark.parametrize(
    ("gained", "words"),
    [
        ([0.05, 0.06, 0.055], "choosing beat chance by +5.5 points ("),
        ([-0.05, -0.06, -0.055], "choosing did worse than chance, by -5.5 points ("),
        ([0.05, -0.04, 0.01], "no difference between choosing and chance could be shown: +0.7 points (-"),
        ([0.05], "choosing brought +5.0 points over chance, in one repeat: it may be luck"),
    ],
)
def test_the_verdict_is_no_more_than_was_seen(gained: list[float], words: str) -> None:
    said = in_words(findings(session(gained)))
    assert words in said[1]
    assert "another 500 would bring +" in said[0]
    assert said[-1].startswith("A chosen sentence held 2.00 spans to label, one taken by chance 1.00; for the same ")
    assert any("chosen sentences did what some" in words for words in said) == ("beat" in words)


def test_the_table_holds_every_score() -> None:
    rows = session([0.0, 0.1])
    table = table_of(rows)
    assert list(table.columns) == SCHEMA.names
    assert len(table) == 3 * len(rows)
    both = table[(table.label == ALL) & (table.arm == CHOSEN) & (table.repeat == 1) & (table.sentences == 2000)]
    assert both.f1.item() == pytest.approx(next(r for r in reversed(rows) if r.arm == CHOSEN).f1(), abs=1e-4)
    assert table[table.label != ALL].tp.sum() == table[table.label == ALL].tp.sum()
