"""What a report is made of: figures with intervals, outcomes, parts, reliability, the choice of errors, the curve."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from casualty_claims.data.counts import Calibration
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, HARMS, LABELS, Article, Document, Quantity, Span
from casualty_claims.data.notation import parse
from casualty_claims.data.runs import InputError
from casualty_claims.models.model import Model
from casualty_claims.train.errors import Fault, differences
from casualty_claims.train.evaluation import evaluate
from casualty_claims.train.fitting import group_of
from casualty_claims.train.reporting import Trial, collect, learning_curve, trial_of
from casualty_claims.train.reporting.breakdown import by_field, by_harm, by_qualifier
from casualty_claims.train.reporting.collecting import unseen
from casualty_claims.train.reporting.curve import CURVES
from casualty_claims.train.reporting.figures import difference, figures
from casualty_claims.train.reporting.instructive import Candidate, candidates, choose, instructive
from casualty_claims.train.reporting.outcomes import of_hundred, outcomes
from casualty_claims.train.reporting.passages import passage, pieces
from casualty_claims.train.reporting.reliability import bins, by_chance, wilson
from casualty_claims.train.reporting.trials import MEASURES, card_scores
from casualty_claims.train.reporting.words import headline
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats


def document(name: str, notation: str, **meta: str) -> Document:
    text, spans = parse(notation)
    return Document(Article(name, text), spans, meta)


def spoiled(gold: Document, seed: int) -> Document:
    """A document as a careless model would read it: spans lost, moved, read wrongly, tied to another speaker."""
    r = random.Random(seed)
    kept: list[tuple[int, Span]] = []
    for index, span in enumerate(gold.spans):
        what = r.choice(("keep", "keep", "keep", "lose", "shrink", "record", "link"))
        sure = round(r.random(), 3)
        if what == "lose":
            continue
        if what == "shrink" and span.end - span.start > 4:
            span = replace(span, start=span.start + 2)
        if what == "record" and span.is_claim:
            span = replace(span, harm="missing", quantity=Quantity("exact", 7, 7, 7))
        if what == "link" and span.is_claim:
            span = replace(span, attributed_to=None)
        kept.append((index, replace(span, confidence=sure, link_confidence=sure if span.is_claim else None)))
    places = {old: new for new, (old, _) in enumerate(kept)}
    spans = [s if s.attributed_to is None else replace(s, attributed_to=places.get(s.attributed_to)) for _, s in kept]
    end = len(gold.text)
    if r.random() < 0.4 and not any(s.end > end - 5 for s in spans):
        spans.append(Span(end - 5, end - 1, r.choice(LABELS), confidence=0.9))
    return replace(gold, spans=tuple(spans), meta={})


@pytest.fixture(scope="module")
def gold(documents: list[Document]) -> list[Document]:
    genres = ("wire", "cable", "transcript")
    return [replace(d, meta={"genre": genres[i % 3]}) for i, d in enumerate(documents)]


@pytest.fixture(scope="module")
def trial(gold: list[Document]) -> Trial:
    return Trial("spoiled", gold, [spoiled(d, i) for i, d in enumerate(gold)])


# --- figures -------------------------------------------------------------------------------------------------

counted = st.integers(1, 30).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(st.lists(st.tuples(counted, counted), min_size=1, max_size=30))
@settings(max_examples=40)
def test_a_figure_is_the_ratio_of_sums_within_its_interval(rows: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    shown = figures(rows)
    for column, figure in enumerate(shown):
        assert figure.value == sum(r[column][0] for r in rows) / sum(r[column][1] for r in rows)
        if figure.low is not None and figure.high is not None:
            assert 0 <= figure.low < figure.high <= 1
        # What stands beside a column does not move it: all columns share the draws.
        assert figures([[r[column]] for r in rows]) == [figure]


def test_an_interval_is_that_of_a_plain_bootstrap() -> None:
    draw = random.Random(5)
    rows = [[(draw.randint(0, 8), 8)] for _ in range(60)]
    (figure,) = figures(rows)
    means = []
    for _ in range(4000):
        drawn = draw.choices(rows, k=len(rows))
        means.append(sum(r[0][0] for r in drawn) / (8 * len(rows)))
    low, high = np.percentile(means, [2.5, 97.5])
    assert (figure.low, figure.high) == (pytest.approx(low, abs=0.012), pytest.approx(high, abs=0.012))


@pytest.mark.parametrize("rows", [[[(3, 4)]], [[(2, 2)], [(5, 5)]], [[(0, 0)], [(0, 0)]]])
def test_no_interval_where_draws_tell_nothing(rows: list[list[tuple[int, int]]]) -> None:
    """One document; all right, which is no proof that the next will be; nothing to count."""
    (figure,) = figures(rows)
    assert figure.low is None and figure.high is None
    assert (figure.value is None) == (rows[0][0][1] == 0)


def test_the_interval_of_a_difference_pairs_the_documents() -> None:
    """Two models that differ by the same on every document: however these vary, the gain is sure."""
    draw = random.Random(2)
    before = [(n := draw.randint(1, 20), n + draw.randint(9, 30)) for _ in range(40)]
    sure = difference(before, before)
    assert (sure.value, sure.low, sure.high) == (0, 0, 0)
    apart = figures([[b] for b in before])[0]
    assert apart.low is not None and apart.high is not None and apart.high - apart.low > 0.05


# --- trials and outcomes -------------------------------------------------------------------------------------


def test_scores_are_those_of_evaluate(trial: Trial) -> None:
    told, found = evaluate(trial.gold, trial.predicted), trial.scores.figures
    assert found["claims, exact words: F1"].value == told.exact[CLAIM].f1
    assert found["claims, overlapping words: recall"].value == told.overlap[CLAIM].recall
    assert found["attributions, exact words: precision"].value == told.exact[ATTRIBUTION].precision
    assert found["record right, of claims with exact words"].value == told.record.accuracy
    assert found["end to end (words, record, source): F1"].value == told.end_to_end.f1
    assert trial.scores.calibration == (told.span_calibration.error, told.link_calibration.error)


def test_a_card_tells_what_the_trial_did(trial: Trial) -> None:
    card = {
        "scores": {"spoiled": trial.evaluation.to_json(), "broken": {"exact": 3}},
        "intervals": {"spoiled": trial.intervals()},
    }
    (told,) = card_scores(card)
    for measure in MEASURES:
        here, there = trial.scores.figures[measure], told.figures[measure]
        assert (there.value, there.of) == (here.value, here.of)
        assert there.low == pytest.approx(here.low, abs=1e-4)
    (bare,) = card_scores({"scores": card["scores"]})
    assert all(figure.low is None and figure.value is not None for figure in bare.figures.values())
    assert card_scores({}) == []


@pytest.mark.parametrize("seed", range(5))
def test_outcomes_part_the_claims_and_agree_with_evaluate(gold: list[Document], seed: int) -> None:
    """Independent of the counting in ``outcomes``: through the evaluation, and through the list of differences."""
    predicted = [spoiled(d, 100 * seed + i) for i, d in enumerate(gold)]
    ends, told = outcomes(Trial("t", gold, predicted)), evaluate(gold, predicted)
    assert sum(ends.times.values()) == ends.claims == sum(len(d.claims) for d in gold)
    assert sum(share.value or 0 for share in ends.shares.values()) == pytest.approx(1)
    assert ends.found.value == told.overlap[CLAIM].recall
    assert ends.exact.value == told.exact[CLAIM].recall
    assert ends.times["missed"] == told.overlap[CLAIM].fn
    assert ends.invented_times == told.overlap[CLAIM].fp
    faulty = {(d.document, d.start) for d in differences(gold, predicted) if d.label == CLAIM and d.kind != "invented"}
    exactly = {(g.id, s.start) for g in gold for _, s in g.claims} - faulty
    assert ends.times["right"] == len(exactly)


def test_each_kind_of_end() -> None:
    gold = document("a", "[[a1|Ilse Varga said]] [[k=9@a1|nine miners died]] and [[i=4@a1|four were hurt]] in Orsk.")
    said, nine, four = gold.spans
    cases = {
        "right": (said, nine, four),
        "edges": (said, replace(nine, start=nine.start + 5), four),
        "speaker": (said, replace(nine, attributed_to=None), four),
        "figure": (said, replace(nine, quantity=Quantity("exact", 8, 8, 8), attributed_to=None), four),
        "missed": (said, four),
    }
    for kind, spans in cases.items():
        times = outcomes(Trial("t", [gold], [replace(gold, spans=spans)])).times
        assert {name: n for name, n in times.items() if n} == Counter(["right", kind]), kind


@given(st.lists(st.integers(0, 500), min_size=5, max_size=5).filter(any))
def test_a_hundred_is_a_hundred(times: list[int]) -> None:
    shares = [n / sum(times) for n in times]
    whole = of_hundred(shares)
    assert sum(whole) == 100
    assert all(abs(n - 100 * share) < 1 for n, share in zip(whole, shares, strict=True))


def test_the_headline_says_the_figures() -> None:
    """Ten claims: seven right, one with other edges, one missed, one with a wrong figure; and one invented."""
    one = document("a", "[[a1|Police said]] [[k=3@a1|three sailors died]]. Two tugs searched until dark.")
    said, claim = one.spans
    answers = [one.spans] * 7
    answers.append((said, replace(claim, start=claim.start + 6)))
    answers.append((said,))
    answers.append((said, replace(claim, harm="injured")))
    gold = [replace(one, article=replace(one.article, id=str(i))) for i in range(10)]
    found = [replace(d, spans=spans) for d, spans in zip(gold, answers, strict=True)]
    end = len(one.text)
    found[0] = replace(found[0], spans=(*one.spans, Span(end - 11, end, CLAIM, "killed", Quantity("exact", 2, 2, 2))))
    words = headline(outcomes(Trial("t", gold, found)))
    assert "it finds 90 (95 % interval: " in words
    assert "80 of them with exactly the same words" in words
    assert "For 80 it reads harm and figure right, for 90 it names the right speaker, and 70 are right in" in words
    assert words.endswith("Of 100 claims that it marks, 10 are none.")


def test_the_headline_where_there_is_no_claim() -> None:
    plain = document("a", "The road to Belmar stayed shut.")
    assert "no casualty claim" in headline(outcomes(Trial("t", [plain], [plain])))


# --- parts ---------------------------------------------------------------------------------------------------


def test_parts_by_genre_add_up(trial: Trial) -> None:
    rows = by_field(trial, "genre")
    assert {row.name: row.documents for row in rows} == {"wire": 14, "cable": 13, "transcript": 13}
    total = trial.evaluation.exact[CLAIM]
    assert sum((row.counts for row in rows[1:]), rows[0].counts) == total
    alone = [i for i, d in enumerate(trial.gold) if d.meta["genre"] == "cable"]
    part = evaluate([trial.gold[i] for i in alone], [trial.predicted[i] for i in alone])
    assert next(row for row in rows if row.name == "cable").f1.value == part.exact[CLAIM].f1
    assert by_field(trial, "made") == []


def test_parts_by_harm_and_qualifier(trial: Trial) -> None:
    harms, qualifiers = by_harm(trial), by_qualifier(trial)
    times = Counter(claim.harm for d in trial.gold for _, claim in d.claims)
    assert {row.name: row.claims for row in harms if row.claims} == times
    assert [row.name for row in harms] == [name for name in HARMS if any(row.name == name for row in harms)]
    for rows in (harms, qualifiers):
        assert sum(row.claims for row in rows) == sum(len(d.claims) for d in trial.gold)
        # Right in words and kind is never more than right in words.
        assert sum(row.counts.tp for row in rows) <= trial.evaluation.exact[CLAIM].tp
    missing = next(row for row in harms if row.name == "missing")
    assert missing.counts.fp > 0  # ``spoiled`` reads claims of other harms so
    assert all(row.small == (row.documents < 5 or row.claims < 25) for row in (*harms, *qualifiers))


# --- reliability ---------------------------------------------------------------------------------------------


@given(st.integers(1, 300).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilson_is_the_interval_of_scipy(case: tuple[int, int]) -> None:
    right, of = case
    theirs = stats.binomtest(right, of).proportion_ci(method="wilson")
    assert wilson(right, of) == (pytest.approx(theirs.low, abs=1e-5), pytest.approx(theirs.high, abs=1e-5))


@pytest.mark.parametrize(("n", "p"), [(10, 0.95), (200, 0.85), (1000, 0.55)])
def test_what_chance_shows_is_the_mean_deviation_of_a_binomial(n: int, p: float) -> None:
    calibration = Calibration.of([(p, True)] * n)
    k = np.arange(n + 1)
    exact = float((np.abs(k / n - p) * stats.binom.pmf(k, n, p)).sum())
    assert by_chance(calibration) == pytest.approx(exact, rel=0.1)


def test_bins_are_the_answers() -> None:
    (low, high) = bins(Calibration.of([(0.31, False), (0.39, True), (0.97, True)]))
    assert (low.answers, low.right, low.mean, low.share) == (2, 1, pytest.approx(0.35), 0.5)
    assert (high.low, high.high, high.answers) == (0.9, 1.0, 1)
    assert bins(Calibration()) == [] and by_chance(Calibration()) == 0


# --- errors --------------------------------------------------------------------------------------------------


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]]]:
    """A text of which no two letters are the same, so that a piece tells where it stands; and marks in it."""
    blanks = draw(st.lists(st.sampled_from((True, False, False, False)), min_size=1, max_size=600))
    text = "".join(" " if blank else chr(0x4E00 + i) for i, blank in enumerate(blanks))
    marks = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text) - 1))
        marks.append(
            (start, min(start + draw(st.integers(1, 40)), len(text)), draw(st.sampled_from(("gold", "model"))))
        )
    return text, marks


@given(marked_texts())
def test_pieces_are_the_text_and_hold_every_mark(case: tuple[str, list[tuple[int, int, str]]]) -> None:
    text, marks = case
    cut = pieces(text, marks)
    for piece in cut:
        letters = [(i, ord(c) - 0x4E00) for i, c in enumerate(piece.text) if c != " "]
        if letters:
            start = letters[0][1] - letters[0][0]
            end = start + len(piece.text)
            assert piece.text == text[start:end]
            assert set(piece.marks) == {who for low, high, who in marks if low < end and start < high}
    for who in ("gold", "model"):
        covered = {i for low, high, w in marks if w == who for i in range(low, high)}
        assert sum(len(piece.text) for piece in cut if who in piece.marks) == len(covered)
    assert all(one.text or other.text for one, other in pairwise(cut))
    whole = all(piece.text for piece in cut)
    assert whole == ("".join(piece.text for piece in cut) == text)


def test_a_passage_shows_claim_and_both_speakers() -> None:
    far = "The road to Belmar stayed shut. " * 20
    gold = document(
        "a", f"[[a1|Dr. Ilse Varga said]] [[k=9@a1|nine miners died]]. {far}[[a2|The mayor agreed, saying]] so."
    )
    found = replace(gold, spans=tuple(replace(s, attributed_to=2) if s.is_claim else s for s in gold.spans))
    claim = next(s for s in gold.spans if s.is_claim)
    shown = passage(gold, found, Fault("link", claim, next(s for s in found.spans if s.is_claim)))
    marked = {piece.marks: piece.text for piece in shown if piece.marks}
    assert marked == {
        ("gold",): "Dr. Ilse Varga said",
        ("claim",): "nine miners died",
        ("model",): "The mayor agreed, saying",
    }
    assert [i for i, piece in enumerate(shown) if not piece.text] != []  # the road is left out


kinds_of_fault = st.sampled_from(("missed", "invented", "boundary", "record", "link"))


@st.composite
def faults_of_documents(draw: st.DrawFn) -> list[Candidate]:
    found = []
    for number in range(draw(st.integers(1, 12))):
        for place in range(draw(st.integers(0, 6))):
            kind = draw(kinds_of_fault)
            span = Span(
                10 * place, 10 * place + 5, CLAIM if kind in ("record", "link") else draw(st.sampled_from(LABELS))
            )
            gold, predicted = (None if kind == "invented" else span), (None if kind == "missed" else span)
            weight = draw(st.sampled_from((0.0, 0.3, 0.9)))
            found.append(Candidate(number, Fault(kind, gold, predicted), draw(st.sampled_from(("", "wire"))), weight))
    return found


@given(faults_of_documents(), st.integers(1, 25), st.randoms(use_true_random=False))
def test_the_choice_is_varied_and_weighty(found: list[Candidate], number: int, shuffle: random.Random) -> None:
    chosen = choose(found, number)
    assert len(chosen) == min(number, len(found))
    assert len({c.place for c in chosen}) == len(chosen)
    other = list(found)
    shuffle.shuffle(other)
    assert choose(other, number) == chosen
    # Kinds take turns: none is shown twice more often than another that still has errors to show.
    shown, there = Counter(c.kind for c in chosen), Counter(c.kind for c in found)
    for kind in there:
        assert shown[kind] == there[kind] or shown[kind] >= max(shown.values(), default=0) - 1
    left = [c for c in found if c not in chosen]
    for rank, taken in enumerate(chosen):
        used = {c.document for c in chosen[:rank]}
        others = [c for c in (*chosen[rank + 1 :], *left) if c.kind == taken.kind]
        if taken.document in used:  # only where every other error of the kind is in a document already seen
            assert all(c.document in used for c in others)
        # Beside errors of the same kind, document and genre, the weightier comes first.
        same = [c for c in others if (c.document, c.genre) == (taken.document, taken.genre)]
        assert all(c.weight <= taken.weight for c in same)


def test_every_difference_can_be_chosen_and_is_told(trial: Trial) -> None:
    everything = instructive(trial, 10_000)
    kinds = Counter(d.kind for d in differences(trial.gold, trial.predicted))
    assert len(everything) == sum(kinds.values()) == len(candidates(trial))
    for lesson in everything:
        assert lesson.gold and lesson.model and lesson.why and any(piece.marks for piece in lesson.pieces)
        assert (lesson.gold == "nothing here") == lesson.kind.startswith("invented")
        assert (lesson.model == "nothing here") == lesson.kind.startswith("missed")


# --- learning curve ------------------------------------------------------------------------------------------


def test_the_curve_is_nested_repeatable_and_uses_the_model_given(
    documents: list[Document], fresh_documents: list[Document], model: Model
) -> None:
    done: list[int] = []
    curve = learning_curve(documents[:16], fresh_documents, 2, whole=model, on_step=done.append)
    assert [step.documents for step in curve.steps] == [8, 16]
    assert done == [1, 2]
    assert curve.steps[-1].seconds is None and curve.steps[0].seconds is not None
    expected = trial_of(model, "fresh", fresh_documents).scores.figures["claims, exact words: F1"]
    assert curve.steps[-1].figures["claims, exact words"] == expected
    gain = curve.gains["claims, exact words"].value
    first, last = (step.figures["claims, exact words"].value for step in curve.steps)
    assert first is not None and last is not None and gain == pytest.approx(last - first)
    again = learning_curve(documents[:16][::-1][::-1], fresh_documents, 2, whole=model)
    assert again.steps[0].figures == curve.steps[0].figures
    assert set(curve.gains) == set(CURVES)


def test_a_curve_of_too_few_documents_is_refused(documents: list[Document], model: Model) -> None:
    with pytest.raises(InputError, match="3 documents are too few for a learning curve of 3 steps"):
        learning_curve(documents[:3], documents[5:8], 3, whole=model)
    with pytest.raises(InputError, match="give 2 or more"):
        learning_curve(documents, documents, 1)


def test_what_a_curve_learns_from_is_no_kin_of_what_judges_it(documents: list[Document]) -> None:
    corpus = [replace(d, meta={"group": f"event-{i // 2}"}) for i, d in enumerate(documents[:8])]
    kept = unseen(corpus, [corpus[0], Document(corpus[5].article)])
    assert {d.id for d in kept} == {d.id for d in corpus[2:]} - {corpus[5].id}
    assert group_of(corpus[1]) == group_of(corpus[0])


# --- collecting ----------------------------------------------------------------------------------------------


def test_collect_counts_what_was_learned_from(trial: Trial, model: Model) -> None:
    report = collect(model, [trial], [trial.gold[0], Document(Article("x", "A quiet day."))])
    assert report.shared == 1
    assert report.corpus["size"]["documents"] == 2
    with pytest.raises(InputError, match="needs labelled documents"):
        collect(model, [])
