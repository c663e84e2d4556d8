"""The tagger as an estimator, and what holds of its predictions whatever the text."""

from __future__ import annotations

import io
from dataclasses import replace

import joblib
import numpy as np
import pytest
from casualty_claims.data.documents import LABELS, Document, Span
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models import stretches as batching
from casualty_claims.models import tagger as module
from casualty_claims.models.stretches import positions_of, stretches
from casualty_claims.models.tagger import Found, SpanTagger
from casualty_claims.models.tokens import tokenise
from casualty_claims.models.vocabulary import Vocabulary
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, cross_val_predict

# Words that make claims likely, amid whatever else Unicode has.
PIECES = st.one_of(
    st.sampled_from(
        [
            "Police said ",
            "at least 12 ",
            "soldiers ",
            "were killed ",
            "and 4 wounded",
            ". ",
            ", ",
            "“",
            "”",
            "\n\n",
            "\x00",
        ]
    ),
    st.text(max_size=6),
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


def places(spans: tuple[Span | Found, ...]) -> set[tuple[int, int, str]]:
    return {(s.start, s.end, s.label) for s in spans}


def test_it_finds_the_spans_of_reports_like_those_it_learned_from(
    tagger: SpanTagger, fresh_documents: list[Document]
) -> None:
    found = tagger.predict([d.text for d in fresh_documents])
    right = sum(len(places(a) & places(d.spans)) for a, d in zip(found, fresh_documents, strict=True))
    assert right > 0.9 * sum(len(d.spans) for d in fresh_documents)
    assert right > 0.9 * sum(map(len, found))


def test_parameters_and_clones(tagger: SpanTagger) -> None:
    names = {"C", "span_C", "trees", "threshold", "folds", "labels", "longest", "least", "relations"}
    assert tagger.get_params().keys() == names
    copy = clone(tagger).set_params(trees=3, threshold=0.7)
    assert (copy.trees, copy.threshold, copy.folds) == (3, 0.7, tagger.folds)
    assert tagger.trees != 3
    assert not hasattr(copy, "token_model_")
    with pytest.raises(ValueError, match="bush"):
        copy.set_params(bush=1)


def test_labels_are_but_names(documents: list[Document]) -> None:
    texts = [d.text for d in documents[:16]]
    own = dict(zip(LABELS, ("TOLL", "SPEAKER"), strict=True))
    other = [[Found(s.start, s.end, own[s.label], 1.0) for s in d.spans] for d in documents[:16]]
    expected = SpanTagger(trees=5, folds=2).fit(texts, [d.spans for d in documents[:16]]).predict(texts)
    found = SpanTagger(trees=5, folds=2, labels=tuple(own.values())).fit(texts, other).predict(texts)
    assert found.tolist() == [tuple(replace(s, label=own[s.label]) for s in spans) for spans in expected]
    assert sum(map(len, found)) > 20


@pytest.mark.parametrize("relations", [True, False])
def test_with_and_without_a_second_look_it_finds_what_there_is(
    documents: list[Document], fresh_documents: list[Document], relations: bool
) -> None:
    texts, fresh = [d.text for d in documents], [d.text for d in fresh_documents]
    tagger = SpanTagger(trees=15, folds=2, relations=relations).fit(texts, [d.spans for d in documents])
    found = tagger.predict(fresh)
    right = sum(len(places(a) & places(d.spans)) for a, d in zip(found, fresh_documents, strict=True))
    assert right > 0.9 * sum(len(d.spans) for d in fresh_documents)
    assert right > 0.9 * sum(map(len, found))
    assert len(tagger.second_looks_) == 2 * relations
    # Alone, among others, and in stretches: a second look sees no further than its sentence.
    assert [tagger.predict([text])[0] for text in fresh] == found.tolist()
    again = SpanTagger(trees=15, folds=2, relations=relations).fit(texts, [d.spans for d in documents])
    assert again.predict(fresh).tolist() == found.tolist()


def test_sentences_are_found_where_none_are_given(documents: list[Document]) -> None:
    texts, spans = [d.text for d in documents[:16]], [d.spans for d in documents[:16]]
    bounds = [split_sentences(text) for text in texts]
    given_ = SpanTagger(trees=5, folds=2).fit(texts, spans, sentences=bounds)
    assert given_.predict(texts).tolist() == SpanTagger(trees=5, folds=2).fit(texts, spans).predict(texts).tolist()
    joined = [[(0, len(text))] for text in texts[:8]] + bounds[8:]
    whole = SpanTagger(trees=5, folds=2).fit(texts, spans, sentences=joined)
    assert whole.token_model_.window.keys.keys.tolist() != given_.token_model_.window.keys.keys.tolist()


def test_a_span_may_cross_what_is_given_as_one() -> None:
    text = "Obin spoke. Many fell. Nobody left."
    vocabulary = Vocabulary({**dict.fromkeys(module.MEMBERSHIPS, frozenset())})
    span = [[Found(5, 22, "X", 1.0)]]
    apart, joined = (tokenise([text], [bounds], vocabulary.ids) for bounds in (split_sentences(text), [(0, len(text))]))
    assert positions_of(apart, span, "X") == []
    ((first, last),) = positions_of(joined, span, "X")
    assert (joined.start[first], joined.end[last]) == (5, 22)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_labels(documents: list[Document], count: int) -> None:
    texts = [d.text for d in documents[:16]]
    names = tuple("ABC"[:count])
    spans = [[Found(s.start, s.end, names[(s.end - s.start) % count], 1.0) for s in d.spans] for d in documents[:16]]
    assert {s.label for row in spans for s in row} == set(names)
    tagger = SpanTagger(trees=5, folds=2, labels=names).fit(texts, spans)
    assert len(tagger.span_models_) == count
    assert tagger.token_model_.window.bias.shape == (1 + 4 * count,)
    assert {s.label for row in tagger.predict(texts) for s in row} <= set(names)
    stream = io.BytesIO()
    joblib.dump(tagger, stream)
    assert joblib.load(io.BytesIO(stream.getvalue())).predict(texts).tolist() == tagger.predict(texts).tolist()


def test_cross_validation_by_group(documents: list[Document]) -> None:
    some = documents[:24]
    groups = [number // 3 for number in range(len(some))]
    found = cross_val_predict(
        SpanTagger(trees=5, folds=2), [d.text for d in some], [d.spans for d in some], groups=groups, cv=GroupKFold(2)
    )
    assert found.shape == (len(some),)
    for spans, document in zip(found, some, strict=True):
        assert isinstance(spans, tuple) and all(isinstance(span, Found) for span in spans)
        assert all(span.end <= len(document.text) for span in spans)
    assert sum(len(places(spans) & places(d.spans)) for spans, d in zip(found, some, strict=True)) > 20


def test_learning_is_repeatable_and_gives_joblib_what_it_needs(documents: list[Document]) -> None:
    texts, gold = [d.text for d in documents[:16]], [d.spans for d in documents[:16]]
    one = SpanTagger(trees=5, folds=2).fit(texts, gold, groups=["a", "b"] * 8)
    expected = one.predict(texts).tolist()
    assert SpanTagger(trees=5, folds=2).fit(texts, gold, groups=["a", "b"] * 8).predict(texts).tolist() == expected
    stream = io.BytesIO()
    joblib.dump(one, stream)
    assert joblib.load(io.BytesIO(stream.getvalue())).predict(texts).tolist() == expected
    assert len(stream.getvalue()) < 20_000_000


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, max_size=3))
@example(["", " \n", "\x00", "killed" * 9000])
@example(["Police said 12 soldiers were killed" + ", 12 soldiers were killed" * 200])
def test_spans_of_any_text_are_sound(tagger: SpanTagger, texts: list[str]) -> None:
    found = tagger.predict(texts)
    assert found.dtype == object and found.shape == (len(texts),)
    for text, spans in zip(texts, found, strict=True):
        end = 0
        for span in spans:
            assert end <= span.start < span.end <= len(text), "in order, without overlap, inside the text"
            words = text[span.start : span.end]
            assert words == words.strip()
            assert span.label in LABELS
            assert tagger.threshold - 1e-4 <= span.confidence <= 1
            assert any(low <= span.start and span.end <= high for low, high in split_sentences(text))
            end = span.end


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, max_size=3), st.integers(0, 11))
def test_a_text_alone_is_as_among_others(
    tagger: SpanTagger, fresh_documents: list[Document], others: list[str], which: int
) -> None:
    text = fresh_documents[which].text
    (alone,) = tagger.predict([text])
    assert tagger.predict([*others, text, *others[::-1], text]).tolist()[len(others)] == alone


def test_a_text_is_as_its_paragraphs(tagger: SpanTagger, fresh_documents: list[Document]) -> None:
    """Nothing is seen beyond a sentence, so reports joined by blank lines give their spans, moved."""
    texts = [d.text for d in fresh_documents]
    joined, starts = "", []
    for text in texts:
        starts.append(len(joined))
        joined += text + "\n\n"
    expected = [
        (span.start + start, span.end + start, span.label, span.confidence)
        for start, spans in zip(starts, tagger.predict(texts), strict=True)
        for span in spans
    ]
    assert [(s.start, s.end, s.label, s.confidence) for s in tagger.predict([joined])[0]] == expected


def test_batches_and_a_vocabulary_cleared_in_mid_run_change_nothing(
    tagger: SpanTagger, fresh_documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [d.text for d in fresh_documents]
    expected = tagger.predict(texts).tolist()
    monkeypatch.setattr(batching, "BATCH_CHARACTERS", 700)
    assert tagger.predict(texts).tolist() == expected
    small = Vocabulary(tagger.lexicons_, limit=30)
    monkeypatch.setattr(tagger, "_types", small)
    assert tagger.predict(texts).tolist() == expected
    assert small.generation > 2, "it was cleared more than once"
    small.clear()
    assert tagger.predict(texts[::-1]).tolist() == expected[::-1]


def test_a_higher_threshold_gives_surer_spans(tagger: SpanTagger, fresh_documents: list[Document]) -> None:
    texts = [half for d in fresh_documents for half in (d.text, " ".join(d.text.split()[1::2]))]  # half is no report
    loose, strict = (clone(tagger).set_params(threshold=threshold) for threshold in (0.05, 0.9999))
    for changed in (loose, strict):
        changed.__dict__ |= {k: v for k, v in tagger.__dict__.items() if k.endswith("_")}
    found = strict.predict(texts)
    assert all(span.confidence > 0.9998 for spans in found for span in spans)
    assert 0 < sum(map(len, found)) < sum(map(len, loose.predict(texts)))


def test_what_is_in_doubt_teaches_the_first_stage_alone(documents: list[Document]) -> None:
    """Rivals with probabilities: the tags learn from them, the judges of whole spans as if they were not there."""

    def fitted(likely: float) -> SpanTagger:
        spans = [
            [Found(s.start, s.end, s.label, 1.0 if number else likely) for number, s in enumerate(d.spans)]
            for d in documents[:24]
        ]
        return SpanTagger(trees=5, folds=2).fit([d.text for d in documents[:24]], spans)

    plain, doubtful = fitted(1.0), fitted(0.5)
    assert not np.array_equal(doubtful.token_model_.network.out, plain.token_model_.network.out)
    assert not np.array_equal(doubtful.token_model_.window.key_weights, plain.token_model_.window.key_weights)
    texts = [d.text for d in documents[24:]]
    assert sum(map(len, doubtful.predict(texts))) > 0.9 * sum(map(len, plain.predict(texts)))


def test_no_texts(tagger: SpanTagger) -> None:
    assert tagger.predict([]).shape == (0,)
    assert tagger.tag([], []) == []


def test_not_fitted() -> None:
    with pytest.raises(NotFittedError):
        SpanTagger().predict(["Police said."])


@pytest.mark.parametrize(
    ("texts", "spans", "message"),
    [
        ([], [], "at least two"),
        (["One died."], [()], "at least two"),
        (["One died.", "Two died."], [()], "2 texts but 1"),
        (["One died.", "Two died."], [(), ()], "too few|one class|1 class|classes"),
    ],
)
def test_too_little_to_learn_from(texts: list[str], spans: list[tuple[Span, ...]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpanTagger().fit(texts, spans)


def test_gold_spans_to_positions() -> None:
    texts = ["Two fell. Six men died here.", "No one.", "Nine left."]
    batch = tokenise(
        texts, [split_sentences(t) for t in texts], Vocabulary({**dict.fromkeys(module.MEMBERSHIPS, frozenset())}).ids
    )
    claim, attribution = LABELS

    def words(spans: list[list[Span]], label: str) -> list[str]:
        return [
            texts[batch.text_of[batch.sentence[i]]][batch.start[i] : batch.end[j]]
            for i, j in positions_of(batch, spans, label)
        ]

    assert words([[Span(10, 22, claim)], [Span(0, 6, attribution)], [Span(0, 4, claim)]], claim) == [
        "Six men died",
        "Nine",
    ]
    assert words([[Span(10, 22, claim)], [Span(0, 6, attribution)], []], attribution) == ["No one"]
    assert words([[Span(4, 13, claim)], [], []], claim) == [], "it leaves its sentence"
    assert words([[Span(9, 10, claim)], [], []], claim) == [], "it holds a blank"
    assert words([[Span(11, 16, claim)], [], []], claim) == ["Six men"], "half tokens are taken whole"


def test_candidates_are_told_with_the_spans_taken_from_them(
    tagger: SpanTagger, fresh_documents: list[Document]
) -> None:
    texts = [d.text for d in fresh_documents]
    bounds = [split_sentences(text) for text in texts]
    tagged, judged = tagger.tag(texts, bounds), tagger.judge(texts, bounds)
    assert [j.spans for j in judged] == tagged
    least = np.concatenate([j.probability for j in judged]).min()
    assert least < tagger.threshold  # what was let go is there, too
    for text, item in zip(texts, judged, strict=True):
        assert item.start.shape == item.probability.shape
        assert (np.diff(item.start) >= 0).all()
        assert ((item.start >= 0) & (item.start < len(text))).all()
        for span in item.spans:
            beside = item.probability[item.start == span.start]
            assert np.abs(beside - span.confidence).min() < 1e-3


def test_candidates_of_a_text_in_stretches_are_those_of_the_whole(
    tagger: SpanTagger, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n\n".join(d.text for d in documents[:6])
    texts, bounds = ["", text, "…"], [[], split_sentences(text), [(0, 1)]]
    whole = tagger.judge(texts, bounds)
    monkeypatch.setattr(module, "stretches", lambda s: list(stretches(s, 200)))
    parts = tagger.judge(texts, bounds)
    assert len(list(stretches(bounds, 200))) > 3
    for one, other in zip(whole, parts, strict=True):
        assert places(one.spans) == places(other.spans)
        assert np.array_equal(one.start, other.start)
        assert np.allclose(one.probability, other.probability, atol=1e-5)
    assert not len(whole[0].start)
