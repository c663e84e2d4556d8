"""What the model says of a sentence, from what it said of the article."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from casualty_claims.annotate.regions import EARLIER, LATER, OWN, SOURCES, Reading, from_result
from casualty_claims.annotate.suggestions import (
    Judgment,
    judge_articles,
    judgments,
    readings,
    suggest_tasks,
    suggestion,
)
from casualty_claims.annotate.tasks import Task, tasks_of
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Article, Document, Span
from casualty_claims.data.notation import parse
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models import Scorer
from casualty_claims.models.model import Model
from casualty_claims.models.tagger import Judged
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = (
    "[[a1|Police said]] [[k>=12@a1|at least 12 people were killed]] in Tarnova. "
    "[[k=3@a2|Three more died]] later. [[i=7|Seven were hurt]]. "
    "🙂 “[[m=2@a1|Two men are missing]],” [[a2|said Colonel Dara Obin]]."
)


@pytest.fixture(scope="module")
def scorer(model: Model) -> Scorer:
    return Scorer(model)


def labelled() -> tuple[Document, list[tuple[int, int]]]:
    text, spans = parse(WORDS)
    return Document(Article("wire-7", text), spans), list(split_sentences(text))


def test_a_claim_keeps_its_source_or_says_where_it_is() -> None:
    document, sentences = labelled()
    found = readings(document, sentences)
    said = []
    for reading, (start, end) in zip(found, sentences, strict=True):
        words = [document.text[start:end][span.start : span.end] for span in reading.spans]
        links = [span.attributed_to for span in reading.spans]
        said.append(list(zip(words, links, reading.sources, strict=True)))
    assert said == [
        [("Police said", None, None), ("at least 12 people were killed", 0, None)],
        [("Three more died", None, LATER)],
        [("Seven were hurt", None, OWN)],
        [("Two men are missing", None, EARLIER), ("said Colonel Dara Obin", None, None)],
    ]


def test_records_go_along() -> None:
    document, sentences = labelled()
    by_words = {document.text[s.start : s.end]: s for s in document.spans}
    for reading, (start, end) in zip(readings(document, sentences), sentences, strict=True):
        for span in reading.spans:
            whole = by_words[document.text[start:end][span.start : span.end]]
            assert (span.harm, span.quantity, span.label) == (whole.harm, whole.quantity, whole.label)


def test_spans_out_of_order_come_in_order_with_their_links() -> None:
    text = "Two died and six were hurt, police said."
    spans = (Span(28, 39, ATTRIBUTION), Span(13, 26, CLAIM, attributed_to=0), Span(0, 8, CLAIM, attributed_to=0))
    [reading] = readings(Document(Article("a", text), spans), [(0, len(text))])
    assert [(s.start, s.attributed_to) for s in reading.spans] == [(0, 2), (13, 2), (28, None)]


def test_a_span_over_the_end_of_a_sentence_is_left_out() -> None:
    text = "Police said. Two died."
    spans = (Span(0, 15, ATTRIBUTION), Span(13, 21, CLAIM, attributed_to=0), Span(13, 21, CLAIM))
    found = readings(Document(Article("a", text), spans), [(0, 12), (13, 22)])
    assert [len(r.spans) for r in found] == [0, 2]
    assert found[1].sources == (EARLIER, OWN)


def test_no_sentences_no_readings() -> None:
    assert readings(Document(Article("a", "x")), []) == []
    nothing = Judged((), np.zeros(0, np.int64), np.zeros(0, np.float32))
    assert judgments(Document(Article("a", "x")), nothing, []) == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_drawn_is_what_was_said(data: st.DataObject) -> None:
    """Any document, cut in any sentences: each sentence's items read as its spans, words and records the same."""
    document, _ = labelled()
    ends = sorted({span.end for span in document.spans})
    cuts = sorted(data.draw(st.sets(st.sampled_from(ends), max_size=3)) | {len(document.text)})
    cuts = [c for c in cuts if all(not s.start < c < s.end for s in document.spans)]
    sentences = list(zip([0, *cuts[:-1]], cuts, strict=True))
    total = 0
    for reading, (start, end) in zip(readings(document, sentences), sentences, strict=True):
        text = document.text[start:end]
        row = suggestion(reading, text, "small", 0.5)
        again, problems = from_result(row["result"], text)
        assert (again, problems) == (reading, [])
        total += len(reading.spans)
        for span, source in zip(reading.spans, reading.sources, strict=True):
            if span.is_claim:
                assert (span.attributed_to is None) == (source in SOURCES)
    assert total == len(document.spans)


def judged(*candidates: tuple[int, float]) -> Judged:
    return Judged((), np.array([c[0] for c in candidates], np.int64), np.array([c[1] for c in candidates], np.float32))


def test_confidence_is_that_of_the_least_sure_decision() -> None:
    document = Document(Article("a", "Two died. Six were hurt. All was calm. It ended."))
    sentences = [(0, 9), (10, 24), (25, 38), (39, 48)]
    found = judgments(document, judged((0, 0.98), (4, 0.3), (10, 0.93), (25, 0.02)), sentences)
    assert [j.confidence for j in found] == [0.7, 0.93, 0.98, 1.0]  # what it let go counts as what it took
    assert [j.likely for j in found] == [0.98, 0.93, 0.02, 0.0]
    assert [j.closeness for j in found] == pytest.approx([0.3, 0.07, 0.02, 0.0])


def test_an_unsure_link_makes_an_unsure_sentence() -> None:
    spans = (Span(0, 8, CLAIM, confidence=0.99, link_confidence=0.41),)
    [found] = judgments(Document(Article("a", "Two died."), spans), judged((0, 0.99)), [(0, 9)])
    assert found.confidence == 0.41


def test_a_suggestion_is_a_prediction_with_name_and_score() -> None:
    row = suggestion(Reading((Span(0, 8, CLAIM, harm="killed"),)), "Two died.", "small", 0.75)
    assert (row["model_version"], row["score"]) == ("small", 0.75)
    assert [item["value"]["text"] for item in row["result"]] == ["Two died", "Two died"]
    assert suggestion(Reading(), "Calm.", "small", 1.0) == {"model_version": "small", "score": 1.0, "result": []}


def test_articles_are_judged_as_they_are_scored(scorer: Scorer, fresh_documents: list[Document]) -> None:
    """Every span of the model's documents is in one reading, on the same characters, with the same record."""
    articles = [d.article for d in fresh_documents]
    for document, (article, sentences, found) in zip(
        scorer.score_many(articles), judge_articles(scorer, articles), strict=True
    ):
        assert article == document.article
        placed = [
            (span.start + start, span.end + start, span.label, span.harm, span.quantity, span.confidence)
            for judgment, (start, _) in zip(found, sentences, strict=True)
            for span in judgment.reading.spans
        ]
        assert placed == [(s.start, s.end, s.label, s.harm, s.quantity, s.confidence) for s in document.spans]
        for judgment in found:
            sure = [s.confidence for s in judgment.reading.spans if s.confidence is not None]
            assert judgment.confidence <= min(sure, default=1.0) + 1e-3
            assert judgment.likely >= max(sure, default=0.0) - 1e-3
            assert 0.0 <= judgment.confidence <= 1.0


def suggested(scorer: Scorer, article: Article, context: int) -> list[tuple[dict[str, object], Judgment, Task]]:
    [(_, sentences, found)] = judge_articles(scorer, [article])
    tasks = tasks_of(article, sentences, context)
    return list(zip(suggest_tasks(scorer, tasks), found, tasks, strict=True))


def test_a_task_that_shows_the_whole_article_gets_what_the_article_gave(
    scorer: Scorer, fresh_documents: list[Document]
) -> None:
    same = total = 0
    for document in fresh_documents:
        for row, judgment, task in suggested(scorer, document.article, 99):
            expected = suggestion(judgment.reading, task.text, "small", judgment.confidence)
            total += 1
            same += row == expected
    assert total > 40
    assert same == total


def test_a_source_in_the_context_is_told_and_one_that_is_not_shown_is_not(scorer: Scorer) -> None:
    text = "23 villagers died there."
    shown = Task("a", 90, 90 + len(text), text, "Witnesses said the bridge was shut.")
    sources = []
    for task in (shown, replace(shown, before="")):
        [row] = suggest_tasks(scorer, [task])
        sources.append(from_result(row["result"], text)[0].sources)
    assert sources == [(EARLIER,), (OWN,)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["Police said ", "12 died", ". ", "“", "\n", "🙂", "at Oshe ", "\r\n\r\n"]), max_size=9),
    st.sampled_from(["", "Police said 9 died.", "🙂", " \n "]),
    st.sampled_from(["", "He said so. It ended.", "\n"]),
)
def test_suggestions_stand_in_the_text_whatever_is_around(
    scorer: Scorer, pieces: list[str], before: str, after: str
) -> None:
    text = "".join(pieces) or "x"
    tasks = [Task("a", 7, 7 + len(text), text, before, after)] * 2
    rows = suggest_tasks(scorer, tasks)
    assert rows[0] == rows[1]
    reading, problems = from_result(rows[0]["result"], text)
    assert problems == []
    assert all(text[s.start : s.end].strip() for s in reading.spans)


def test_many_tasks_are_suggested_for_in_batches(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [Task(f"a{i}", 0, len(t), t) for i, t in enumerate(f"Police said {n} people died." for n in range(2, 40))]
    together = suggest_tasks(scorer, tasks)
    monkeypatch.setattr("casualty_claims.models.scorer.BATCH_CHARACTERS", 100)
    assert suggest_tasks(scorer, tasks) == together
    assert suggest_tasks(scorer, []) == []
    numbers = [[i["value"]["number"] for i in row["result"] if i["type"] == "number"] for row in together]
    assert numbers == [[n] for n in range(2, 40)]
