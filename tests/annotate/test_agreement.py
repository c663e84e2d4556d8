"""Agreement held against other ways to compute it: by hand, nervaluate, scikit-learn, krippendorff."""

from __future__ import annotations

import json
import random
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from casualty_claims.annotate.cli import main
from casualty_claims.annotate.judging.agreement import (
    Agreement,
    AgreementError,
    Comparison,
    Figure,
    agreement,
    compared,
)
from casualty_claims.annotate.judging.alpha import ABSENT, alpha, alpha_of, coincidences, token_values
from casualty_claims.annotate.judging.differences import differences, marked
from casualty_claims.annotate.judging.readings import session_of
from casualty_claims.annotate.judging.report import findings
from casualty_claims.annotate.judging.versions import write_gold
from casualty_claims.data.bootstrap import interval, resampled
from casualty_claims.data.corpus import write_corpus
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, LABELS, Article, Document, Span
from casualty_claims.models.tokens import TOKEN
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nervaluate.evaluator import Evaluator
from sessions import NAMES, TEXTS, read, sessions, without
from sklearn.metrics import f1_score


def figures(comparison: Comparison) -> dict[str, Figure]:
    """All figures of a comparison by a name of their own."""
    by_label = {"exact": comparison.exact, "overlap": comparison.overlap, "alpha": comparison.alpha}
    found = {f"{kind} {label}": figure for kind, row in by_label.items() for label, figure in row.items()}
    return found | dict(comparison.fields) | {"link": comparison.link, "record": comparison.record}


def measured(documents: list[Document], resamples: int = 0) -> Agreement:
    return agreement(session_of(documents), resamples=resamples)


# --- alpha -------------------------------------------------------------------------------------------------------

# Four observers, twelve units, five values: Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", C.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, np.nan, np.nan, np.nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, np.nan, 3],
        [np.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, np.nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, np.nan],
    ]
)


def alpha_by_hand(values: np.ndarray[Any, Any]) -> float:
    """One minus observed over expected disagreement, pair by pair of values, as the definition has it."""
    units = [[v for v in unit if v != ABSENT] for unit in values.T.tolist()]
    units = [unit for unit in units if len(unit) > 1]
    everything = [v for unit in units for v in unit]
    observed = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    expected = sum(a != b for a, b in permutations(everything, 2)) / (len(everything) - 1)
    return 1 - observed / expected


@pytest.mark.parametrize("value", [1, 2, 3, 4])
def test_alpha_of_the_textbook(value: int) -> None:
    """One value of the textbook's example against all others, as labels are in or out."""
    binary = np.where(np.isnan(OBSERVERS), ABSENT, value == OBSERVERS).astype(np.int8)
    wanted = krippendorff.alpha(
        np.where(np.isnan(OBSERVERS), np.nan, value == OBSERVERS), level_of_measurement="nominal"
    )
    assert alpha(binary) == pytest.approx(wanted)
    assert alpha_by_hand(binary) == pytest.approx(wanted)


def test_the_hand_is_right_about_the_textbook() -> None:
    assert alpha_by_hand(np.where(np.isnan(OBSERVERS), ABSENT, OBSERVERS)) == pytest.approx(0.743, abs=5e-4)


@given(st.integers(0, 2**32), st.integers(2, 6), st.integers(2, 60), st.integers(1, 5))
def test_summed_coincidences_give_the_alpha_of_the_package(seed: int, coders: int, units: int, documents: int) -> None:
    draw = np.random.default_rng(seed)
    values = draw.choice(np.array([ABSENT, 0, 1], np.int8), (coders, units), p=[0.3, 0.5, 0.2])
    document_of = draw.integers(0, documents, units)
    parts = coincidences(values, document_of, documents)
    whole = alpha(values)
    assert (
        whole == pytest.approx(alpha_of(parts.sum(axis=0)).item(), nan_ok=True)
        if whole is not None
        else (np.isnan(alpha_of(parts.sum(axis=0))))
    )
    for number in range(documents):
        own = alpha(values[:, document_of == number])
        assert own is None or own == pytest.approx(alpha_of(parts[number]).item())


def test_a_token_is_in_if_it_shares_a_character() -> None:
    spans = (Span(5, 10, CLAIM), Span(12, 21, ATTRIBUTION))  # "six d", "d, said t"
    document = Document(Article("a", "That six died, said the nurse."), spans, {"annotator": "amara"})
    other = Document(document.article, (), {"annotator": "ben"})
    session = session_of([document, other])
    values, lengths = token_values(session.sentences, ["amara", "ben"])
    assert lengths.tolist() == [len(TOKEN.findall(document.text))]
    assert values[:, 0].tolist() == [[0, 1, 1, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1, 0, 0]]
    assert not values[:, 1].any()


# --- F1, links and records ---------------------------------------------------------------------------------------


def test_figures_by_hand() -> None:
    amara = read(
        "amara",
        "[[a1|Police said]] [[k=6@a1|six miners died]].",
        "The road to Belmar stayed shut.",
        "[[a2|Nurses told Oshe Radio]] that [[i=4@a2|4 were hurt]] and [[m=1|one is missing]].",
    )
    ben = read(
        "ben",
        "[[a1|Police said]] [[k>=6|six miners died]].",
        "The road to Belmar stayed shut.",
        "[[a2|Nurses]] told Oshe Radio that [[k=4@a2|4 were hurt]] and one is [[m=1|missing]].",
    )
    pair = measured([amara, ben]).everyone
    assert pair.annotators == ("amara", "ben") and pair.sentences == 3
    assert (pair.exact[CLAIM].value, pair.exact[CLAIM].of) == (4 / 6, 6)
    assert (pair.overlap[CLAIM].value, pair.overlap[CLAIM].of) == (1, 6)
    assert (pair.exact[ATTRIBUTION].value, pair.overlap[ATTRIBUTION].value) == (1 / 2, 1)
    assert (pair.link.value, pair.link.of) == (1 / 2, 2)  # the second source has other edges, but is the same
    assert {name: figure.value for name, figure in pair.fields.items()} == {
        "harm": 1 / 2,
        "qualifier": 1 / 2,
        "count": 1,
        "low": 1,
        "high": 1 / 2,
    }
    assert pair.record.value == 0
    assert pair.link.low is None  # one document


def test_a_source_of_which_the_direction_is_known_is_not_nobody() -> None:
    plain = [read(name, "[[i=4|4 were hurt]].") for name in NAMES[:3]]
    ways = ["earlier", "earlier", None]
    rows = [
        Document(d.article, d.spans, {**d.meta, "unresolved": [[0, 11, way]] if way else []})
        for d, way in zip(plain, ways, strict=True)
    ]
    assert [pair.link.value for pair in measured(rows).pairs] == [1, 0, 0]


@given(sessions(names=NAMES[:2]))
@settings(max_examples=60, deadline=None)
def test_f1_is_that_of_nervaluate_and_of_sets(documents: list[Document]) -> None:
    session = session_of(documents)
    shared = [s for s in session.sentences if len(s.readings) == 2]
    assume(shared)
    both = [[[m.span for m in s.readings[name]] for s in shared] for name in NAMES[:2]]
    one, other = (
        [[{"label": s.label, "start": s.start, "end": s.end - 1} for s in spans] for spans in reading]
        for reading in both
    )
    found = measured(documents).everyone
    results = Evaluator(one, other, tags=list(LABELS), loader="dict").evaluate()["entities"]
    for label in LABELS:
        sets = [
            {(n, s.start, s.end) for n, spans in enumerate(reading) for s in spans if s.label == label}
            for reading in both
        ]
        total = sum(map(len, sets))
        assert found.exact[label].of == total
        if total:
            assert found.exact[label].value == pytest.approx(2 * len(sets[0] & sets[1]) / total)
            assert found.exact[label].value == pytest.approx(results[label]["strict"].f1)


@given(sessions(names=NAMES[:2]))
@settings(max_examples=40, deadline=None)
def test_alpha_of_two_is_near_the_token_f1_of_scikit_learn(documents: list[Document]) -> None:
    """Where both mark everything alike F1 and alpha are 1 together, and F1 is 0 where alpha is below it."""
    session = session_of(documents)
    shared = [s for s in session.sentences if len(s.readings) == 2]
    assume(shared)
    values, _ = token_values(shared, NAMES[:2])
    for label, row in zip(LABELS, values, strict=True):
        value = measured(documents).everyone.alpha[label].value
        if value is not None:
            f1 = f1_score(row[0], row[1], zero_division=0)
            assert (value == pytest.approx(1)) == (f1 == pytest.approx(1))
            assert f1 > 0 or value <= 0


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=4), st.data())
def test_two_readings_agree_both_ways(places: list[tuple[int, int]], data: st.DataObject) -> None:
    """Spans of one label may overlap, and then which is paired with which could depend on who comes first."""
    more = data.draw(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=4))
    text = "abcdefghijklmnopqrs"
    one, other = (
        Document(Article("a", text), tuple(Span(s, s + n, CLAIM) for s, n in sorted(set(spans))), {"annotator": name})
        for spans, name in ((places, "amara"), (more, "ben"))
    )
    readings = session_of([one, other]).sentences[0].readings
    assert compared(readings["amara"], readings["ben"]) == compared(readings["ben"], readings["amara"])


# --- properties --------------------------------------------------------------------------------------------------


@given(sessions(), st.permutations(NAMES[:3]))
@settings(max_examples=40, deadline=None)
def test_the_names_and_the_order_of_annotators_do_not_matter(documents: list[Document], names: list[str]) -> None:
    try:
        before = measured(documents, resamples=20)
    except AgreementError:
        return
    new = dict(zip(NAMES[:3], names, strict=True))
    renamed = [
        Document(d.article, d.spans, {**d.meta, "annotator": new[d.meta["annotator"]]}) for d in reversed(documents)
    ]
    after = measured(renamed, resamples=20)
    pairs = {frozenset(p.annotators): figures(p) for p in after.pairs}
    for pair in before.pairs:
        assert_same(pairs[frozenset(new[name] for name in pair.annotators)], figures(pair))
    assert_same(figures(after.everyone), figures(before.everyone))


def assert_same(one: dict[str, Figure], other: dict[str, Figure]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        for a, b in zip(one[name].to_json().values(), other[name].to_json().values(), strict=True):
            assert a == (None if b is None else pytest.approx(b, abs=2e-4)), name


@given(sessions(alike=True))
@settings(max_examples=40, deadline=None)
def test_perfect_agreement_is_one_everywhere(documents: list[Document]) -> None:
    try:
        found = measured(documents, resamples=20)
    except AgreementError:
        return
    for comparison in (found.everyone, *found.pairs):
        for figure in figures(comparison).values():
            assert figure.value in (None, pytest.approx(1))
            assert figure.low in (None, pytest.approx(1)) and figure.high in (None, pytest.approx(1))
            assert figure.of or figure.value is None
    assert differences(session_of(documents).sentences) == []


@given(sessions(), sessions(texts=("Seven sailors drowned off Belmar. Their captain said two more are missing.",)))
@settings(max_examples=40, deadline=None)
def test_sentences_that_only_one_labelled_change_nothing(shared: list[Document], more: list[Document]) -> None:
    try:
        before = measured(shared, resamples=20)
    except AgreementError:
        return
    seen: set[tuple[int, int]] = set()
    alone = []
    for document in more:  # each sentence goes to the first who labelled it
        mine = [n for n, pair in enumerate(document.meta["labelled"]) if tuple(pair) not in seen]
        others = [n for n in range(len(document.meta["labelled"])) if n not in mine]
        seen |= {tuple(pair) for pair in document.meta["labelled"]}
        kept = without(document, *others)
        alone.append(Document(Article("alone", kept.text), kept.spans, kept.meta))
    assert measured([*shared, *alone], resamples=20) == before


# --- the bootstrap -----------------------------------------------------------------------------------------------


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Documents of a known share of agreement: 19 of 20 intervals should hold it, and most of 100 do."""
    draw = np.random.default_rng(1)
    covered = 0
    for trial in range(100):
        share = np.clip(draw.normal(0.7, 0.1, 60), 0, 1)  # documents differ: a plain bootstrap would be too narrow
        of = draw.integers(5, 15, 60)
        right = draw.binomial(of, share)
        sums = resampled(np.stack([right, of], axis=1), 400, trial)
        low, high = interval(sums[:, 0] / sums[:, 1])
        covered += bool(low <= 0.7 <= high)
    assert 87 <= covered <= 100


def test_an_interval_shrinks_with_the_root_of_the_documents() -> None:
    draw = np.random.default_rng(2)
    widths = []
    for documents in (25, 400):
        counts = np.stack([draw.binomial(20, 0.6, documents), np.full(documents, 20)], axis=1)
        sums = resampled(counts, 2000, 0)
        low, high = interval(sums[:, 0] / sums[:, 1])
        widths.append(float(high - low))
    assert 3 < widths[0] / widths[1] < 5  # the root of 16 is 4


def test_resamples_are_sums_of_as_many_documents() -> None:
    counts = np.eye(7)
    sums = resampled(counts, 200, 3)
    assert sums.shape == (200, 7)
    assert (sums.sum(axis=1) == 7).all() and (sums == np.round(sums)).all()
    assert abs(sums.mean() - 1) < 1e-9
    assert (resampled(counts, 200, 3) == sums).all() and (resampled(counts, 200, 4) != sums).any()


def test_sentences_of_one_article_are_drawn_together() -> None:
    """A hundred sentences of two articles, one all right and one all wrong, leave everything open."""

    def documents(articles: int) -> list[Document]:
        found = []
        for number in range(articles):
            right = number % 2 == 0
            sentences = ["[[k=6|six miners died]]."] * (100 // articles)
            other = [s if right else "six [[k=6|miners died]]." for s in sentences]
            found += [read("amara", *sentences, id=f"a{number}"), read("ben", *other, id=f"a{number}")]
        return found

    few, many = (measured(documents(n), resamples=500).everyone.exact[CLAIM] for n in (2, 50))
    assert few.value == many.value == 0.5
    assert (few.low, few.high) == (0, 1)
    assert many.low is not None and many.high is not None and 0.3 < many.low < 0.5 < many.high < 0.7


# --- where they differ, and what is said of it -------------------------------------------------------------------

SPLIT = [
    read("amara", "[[a1|Police said]] [[k=6@a1|six miners died]].", "[[i=4|4 were hurt]]."),
    read("ben", "Police said [[k=6|six miners died]].", "[[i=4|4 were hurt]]."),
    read("chidi", "[[a1|Police said]] [[k>=6@a1|six miners died]].", "[[i=4|4 were hurt]]."),
]


def test_differences_are_counted() -> None:
    (worst,) = differences(session_of(SPLIT).sentences)
    # amara and ben: a span and a source; amara and chidi: a record; ben and chidi: all three
    assert worst.size == pytest.approx((2 + 1 + 3) / 3)
    assert worst.sentence.text == "Police said six miners died."


def test_readings_are_told_apart_without_colour() -> None:
    (worst,) = differences(session_of(SPLIT).sentences)
    lines = [marked(worst.sentence, reading).plain for reading in worst.sentence.readings.values()]
    assert lines == [
        "[1: Police said] [killed 6 ←1: six miners died].",
        "Police said [killed 6: six miners died].",
        "[1: Police said] [killed ≥ 6 ←1: six miners died].",
    ]


def test_findings_name_the_weak_label_and_its_edges() -> None:
    rows = [
        read("amara", "[[a1|Police in Belmar said]] [[k=6@a1|six miners died]].", id="a"),
        read("ben", "[[a1|Police]] in Belmar said [[k=6@a1|six miners died]].", id="a"),
    ]
    said = " ".join(findings(measured(rows)))
    assert "CASUALTY_CLAIM: alpha 1.00, the labels can be relied on." in said
    assert "ATTRIBUTION: alpha 0." in said and "too low to rely on" in said
    assert "Overlap F1 is 1.00 above exact F1" in said
    assert "one article, so there are no intervals" in said


def test_findings_name_who_is_apart() -> None:
    same = ["[[k=6|six miners died]]."] * 4
    rows = [read("amara", *same), read("ben", *same), read("chidi", *["six [[k=6|miners died]]."] * 4)]
    assert "chidi agrees least with the others" in " ".join(findings(measured(rows)))


# --- the command -------------------------------------------------------------------------------------------------


def labelled(folder: Path, documents: list[Document]) -> str:
    path = folder / "labelled.jsonl"
    write_gold(path, documents, how="pull", annotators={d.meta["annotator"] for d in documents})
    return str(path)


def test_the_command_tells_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [Document(Article(f"a{n}", d.text), d.spans, d.meta) for n in range(25) for d in SPLIT]
    assert main(["agreement", labelled(tmp_path, rows), "--worst", "2"]) == 0
    out = capsys.readouterr().out
    assert "50 sentences of 25 articles" in out
    assert "everyone" in out and "They differ in 25 of the 50 sentences; the 2" in out
    assert out.count("six miners died") == 6
    assert max(map(len, out.splitlines())) <= 100


def test_json_is_the_whole_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = labelled(tmp_path, SPLIT)
    assert main(["agreement", path, "--json", "--resamples", "50"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert [pair["annotators"] for pair in row["pairs"]] == [list(p) for p in combinations(NAMES[:3], 2)]
    assert row["everyone"]["exact"][CLAIM] == {"value": 1.0, "low": None, "high": None, "of": 12}
    assert row["worst"][0]["readings"]["ben"][0]["count"] == 6
    assert row["differing"] == 1


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        (SPLIT[:1], "all labels are by amara; agreement needs two"),
        ([without(SPLIT[0], 0), without(SPLIT[1], 1)], "no sentence was labelled by two of amara, ben"),
        ([Document(SPLIT[0].article)], "there are no labels here"),
    ],
)
def test_nothing_to_agree_on_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], documents: list[Document], reason: str
) -> None:
    path = tmp_path / "labelled.jsonl"
    write_gold(path, documents, how="pull", annotators=[])
    assert main(["agreement", str(path)]) == 2
    assert reason in capsys.readouterr().err.replace("\n", " ")


def test_what_does_not_fit_is_told_and_the_rest_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = Document(Article("a", "Quite another text."), (), {"annotator": "dina", "labelled": [[0, 19]]})
    nobody = Document(SPLIT[0].article)
    outside = Document(
        Article("b", "Six died. Rain fell."), (Span(10, 14, CLAIM),), {"annotator": "amara", "labelled": [[0, 9]]}
    )
    unordered = Document(Article("c", "Six died."), (), {"annotator": "ben", "labelled": [[5, 2]]})
    path = labelled(tmp_path, [*SPLIT, stranger])
    more = tmp_path / "more.jsonl"
    write_corpus(more, [nobody, outside, unordered])
    assert main(["agreement", path, str(more)]) == 1
    captured = capsys.readouterr()
    assert "2 sentences of 1 article that two" in captured.out
    for reason in (
        "not that of the same article",
        "does not say who",
        "outside of what was labelled",
        "labelled holds",
    ):
        assert reason in captured.err


def test_two_files_of_one_annotator_are_one_session() -> None:
    first, second = without(SPLIT[0], 1), without(SPLIT[0], 0)
    apart, whole = session_of([first, second, SPLIT[1]]), session_of([SPLIT[0], SPLIT[1]])
    assert apart == whole
    assert session_of([SPLIT[0], SPLIT[0]]) == session_of([SPLIT[0]])
    other = Document(SPLIT[1].article, SPLIT[1].spans, {**SPLIT[1].meta, "annotator": "amara"})
    assert [r.reason for r in session_of([SPLIT[0], other]).rejects] == [
        "the sentence at 0 to 28 is labelled twice, and otherwise; one is kept"
    ]


def test_random_labels_have_an_alpha_about_zero() -> None:
    draw = random.Random(5)
    words = [m.span() for m in TOKEN.finditer(TEXTS[0])]
    documents = []
    for number in range(200):
        for name in NAMES[:3]:
            start = draw.randrange(len(words) - 2)
            span = Span(words[start][0], words[start + draw.randrange(3)][1], CLAIM)
            documents.append(
                Document(
                    Article(f"r{number}", TEXTS[0]), (span,), {"annotator": name, "labelled": [[0, len(TEXTS[0])]]}
                )
            )
    figure = measured(documents, resamples=200).everyone.alpha[CLAIM]
    assert figure.value is not None and abs(figure.value) < 0.06
