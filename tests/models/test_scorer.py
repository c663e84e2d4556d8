"""Scoring in bulk: one article, many, a frame, another process; all give the same."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from casualty_claims.data.columns import Columns
from casualty_claims.data.documents import Article, Document, DocumentError
from casualty_claims.data.outputs import CLAIMS_SCHEMA
from casualty_claims.models import scorer as module
from casualty_claims.models.model import Model
from casualty_claims.models.scorer import Scorer, claims_frame
from casualty_claims.models.storage import ModelError, save_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

REPORT = "Police said at least 12 soldiers were killed near Tarnova. The road to Belmar stayed shut."
# Words that make claims likely, amid whatever else Unicode has.
PIECES = (
    *("Police said ", "at least ", "12", "1,5", "10^9", " million", " soldiers ", "were killed ", "and 4 wounded"),
    *("he added", ". ", ", ", "“", "”", '"', "\n\n", "no ", "dozens", " of them", "-", "half ", "a "),
)
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=30).map("".join)
KINDS = {"int64": "Int64", "double": "Float64", "string": "string"}


@pytest.fixture(scope="module")
def scorer(model: Model) -> Scorer:
    return Scorer(model)


@pytest.fixture(scope="module")
def articles(fresh_documents: list[Document]) -> list[Article]:
    return [d.article for d in fresh_documents]


@pytest.fixture(scope="module")
def frame(articles: list[Article]) -> pd.DataFrame:
    return pd.DataFrame({"id": [a.id for a in articles], "text": [a.text for a in articles]})


def has_the_columns(claims: pd.DataFrame) -> bool:
    found = {name: str(dtype) for name, dtype in claims.dtypes.items()}
    return found == {field.name: KINDS[str(field.type)] for field in CLAIMS_SCHEMA} and [*found] == CLAIMS_SCHEMA.names


# --- articles --------------------------------------------------------------------------------------------------


def test_a_text_gives_its_claim_with_record_and_source(scorer: Scorer) -> None:
    document = scorer.score(REPORT)
    ((_, claim),) = document.claims
    assert document.text[claim.start : claim.end] == "at least 12 soldiers were killed"
    assert claim.harm == "killed" and claim.quantity is not None
    assert (claim.quantity.qualifier, claim.quantity.count) == ("at_least", 12)
    assert claim.attributed_to is not None and claim.link_confidence is not None and claim.confidence is not None
    source = document.spans[claim.attributed_to]
    assert document.text[source.start : source.end] == "Police said"


def test_an_article_keeps_what_is_known_about_it(scorer: Scorer) -> None:
    article = Article("a7", REPORT, title="Raid", published="2014-08-12", source="The Belmar Post")
    document = scorer.score(article)
    assert document.article is article
    assert document.spans == scorer.score(REPORT).spans
    ((_, rows),) = scorer.score_with_rows([article])
    (row,) = rows
    assert [row[name] for name in ("article_id", "published", "outlet")] == ["a7", "2014-08-12", "The Belmar Post"]
    assert row["text"] == REPORT[row["start"] : row["end"]] and row["sentence"] == REPORT[: REPORT.index(" The road")]
    assert row["model"] == "small"


def test_an_article_without_claims(scorer: Scorer) -> None:
    assert scorer.score("The road to Belmar stayed shut.").spans == ()


@pytest.mark.parametrize("text", ["", " \n", "Six \ud800 died."])
def test_a_text_that_is_none(scorer: Scorer, text: str) -> None:
    with pytest.raises(DocumentError):
        scorer.score(text)


@pytest.mark.parametrize("size", [1, 500, 10**9])
def test_many_come_in_order_and_as_each_alone(
    scorer: Scorer, articles: list[Article], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(module, "BATCH_CHARACTERS", size)
    assert list(scorer.score_many(articles)) == [scorer.score(article) for article in articles]


def test_articles_are_taken_as_they_come(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_CHARACTERS", 3 * len(REPORT))
    taken = 0

    def articles() -> Iterator[Article]:
        nonlocal taken
        for taken in range(1, 101):  # what matters is how far it came
            yield Article(f"a{taken}", REPORT)

    found = scorer.score_many(articles())
    assert [next(found).id for _ in range(6)] == ["a1", "a2", "a3", "a4", "a5", "a6"]
    assert taken <= 8


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, max_size=3))
def test_any_text_can_be_scored(scorer: Scorer, texts: list[str]) -> None:
    articles = [Article(f"a{number}", text) for number, text in enumerate(texts) if text.strip()]
    rows = [row for _, found in scorer.score_with_rows(articles) for row in found]
    claims = claims_frame(rows)
    assert has_the_columns(claims) and len(claims) == len(rows)
    by_id = {article.id: article.text for article in articles}
    for row in rows:
        text = by_id[row["article_id"]]
        assert row["text"] == text[row["start"] : row["end"]] and row["text"] in row["sentence"]


def test_no_articles(scorer: Scorer) -> None:
    assert list(scorer.score_many([])) == [] == list(scorer.score_with_rows(iter(())))


def test_min_confidence(model: Model, scorer: Scorer, articles: list[Article]) -> None:
    halves = [replace(a, id=f"half of {a.id}", text=" ".join(a.text.split()[1::2])) for a in articles]
    articles = [*articles, *halves]  # half a report leaves doubt
    every = [s.confidence for d in scorer.score_many(articles) for s in d.spans]
    least = float(np.quantile(np.array(every, float), 0.2))
    strict = list(Scorer(model, min_confidence=least).score_many(articles))
    kept = [s.confidence for d in strict for s in d.spans]
    assert sorted(kept) == sorted(c for c in every if c is not None and c >= least)
    assert 0 < len(kept) < len(every)
    for document in strict:
        for _, claim in document.claims:
            assert claim.attributed_to is None or not document.spans[claim.attributed_to].is_claim


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), 50])
def test_a_confidence_that_is_none(model: Model, value: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Scorer(model, min_confidence=value)


def test_a_model_from_a_folder(model: Model, articles: list[Article], tmp_path: Path) -> None:
    folder = save_model(model, tmp_path / "m")
    expected = list(Scorer(model).score_many(articles))
    assert list(Scorer(folder).score_many(articles)) == expected
    assert list(Scorer(str(folder)).score_many(articles)) == expected
    with pytest.raises(ModelError, match="no model folder"):
        Scorer(tmp_path / "nowhere")


# --- frames ----------------------------------------------------------------------------------------------------


def test_a_frame_gives_a_row_a_claim(scorer: Scorer, frame: pd.DataFrame, articles: list[Article]) -> None:
    claims = scorer.score_frame(frame)
    assert has_the_columns(claims)
    expected = [(d.id, s.start, s.end) for d in scorer.score_many(articles) for _, s in d.claims]
    assert list(zip(claims["article_id"], claims["start"], claims["end"], strict=True)) == expected
    texts = dict(zip(frame["id"], frame["text"], strict=True))
    for row in claims.to_dict("records"):
        assert texts[row["article_id"]][row["start"] : row["end"]] == row["text"]
        assert row["text"] in row["sentence"]
        if not pd.isna(row["attribution_start"]):
            said = texts[row["article_id"]][row["attribution_start"] : row["attribution_end"]]
            assert pd.isna(row["source"]) or row["source"] in said
            assert pd.isna(row["cue"]) or row["cue"] in said


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"text": []}),
        pd.DataFrame({"text": pd.Series([], dtype="string"), "id": pd.Series([], dtype="int64")}),
        pd.DataFrame({"text": ["The road to Belmar stayed shut."]}),
        pd.DataFrame({"text": [None, np.nan, pd.NA, "", " \n "]}),
        pd.DataFrame({"text": pd.array([None, ""], dtype="string")}),
    ],
)
def test_no_claims_give_the_same_columns(scorer: Scorer, frame: pd.DataFrame) -> None:
    claims = scorer.score_frame(frame)
    assert len(claims) == 0 and has_the_columns(claims)
    some = scorer.score_frame(pd.DataFrame({"text": [REPORT]}))
    assert (pd.concat([claims, some]).dtypes == some.dtypes).all()


def test_columns_are_found_by_name_or_named(scorer: Scorer) -> None:
    usual = pd.DataFrame(
        {"URL": ["x/1"], "Body": [REPORT], "publishedAt": [pd.Timestamp("2014-08-12")], "outlet": ["Post"], 3: ["?"]}
    )
    (row,) = scorer.score_frame(usual).to_dict("records")
    assert (row["article_id"], row["published"], row["outlet"]) == ("x/1", "2014-08-12", "Post")
    named = pd.DataFrame({"key": [4.0], "lead": [REPORT], "text": ["No."], "day": [date(2014, 8, 12)]})
    (row,) = scorer.score_frame(named, Columns(text="lead", id="key", published="day")).to_dict("records")
    assert (row["article_id"], row["published"]) == ("4", "2014-08-12") and pd.isna(row["outlet"])


@pytest.mark.parametrize("columns", [[], ["headline"], ["headline", "id", 7]])
def test_no_text_column(scorer: Scorer, columns: list[Any]) -> None:
    with pytest.raises(ValueError, match="column") as caught:
        scorer.score_frame(pd.DataFrame([["x"] * len(columns)], columns=columns))
    for name in columns:
        assert str(name) in str(caught.value)


def test_without_an_id_the_row_label_stands_for_it(scorer: Scorer) -> None:
    frame = pd.DataFrame({"text": [REPORT, None, REPORT]}, index=["first", "second", "third"])
    assert scorer.score_frame(frame)["article_id"].tolist() == ["first", "third"]
    frame.index = pd.Index([7, 8, 9])
    assert scorer.score_frame(frame)["article_id"].tolist() == ["7", "9"]
    gaps = pd.DataFrame({"text": [REPORT] * 3, "id": ["a", None, np.nan]})
    assert scorer.score_frame(gaps)["article_id"].tolist() == ["a", "1", "2"]


def test_missing_texts_are_skipped(scorer: Scorer) -> None:
    texts = [None, REPORT, np.nan, "", pd.NA, " ", REPORT, pd.NaT]
    claims = scorer.score_frame(pd.DataFrame({"text": pd.Series(texts, dtype=object)}))
    assert claims["article_id"].tolist() == ["1", "6"]


@pytest.mark.parametrize(
    ("text", "reason"), [("Six \ud800 died.", "surrogate"), (7, "not a string"), (["Six"], "not a string")]
)
def test_a_text_that_cannot_be_one_names_its_row(scorer: Scorer, text: object, reason: str) -> None:
    frame = pd.DataFrame({"text": pd.Series([REPORT, text], dtype=object, index=["good", "bad"])})
    with pytest.raises(ValueError, match=reason) as caught:
        scorer.score_frame(frame)
    assert "'bad'" in str(caught.value)


def test_a_frame_in_parts_is_as_the_whole_and_is_left_as_it_was(scorer: Scorer, frame: pd.DataFrame) -> None:
    before = frame.copy(deep=True)
    whole = scorer.score_frame(frame)
    for cut in (1, 5):
        parts = [scorer.score_frame(frame[:cut]), scorer.score_frame(frame[cut:])]
        pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)
    backwards = scorer.score_frame(frame[::-1]).sort_values(["article_id", "start"], ignore_index=True)
    pd.testing.assert_frame_equal(backwards, whole.sort_values(["article_id", "start"], ignore_index=True))
    pd.testing.assert_frame_equal(frame, before)


def test_pickled_and_in_other_processes(scorer: Scorer, frame: pd.DataFrame) -> None:
    expected = scorer.score_frame(frame)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(scorer)).score_frame(frame), expected)
    parts = [frame[:4], frame[4:9], frame[9:]]
    found = joblib.Parallel(n_jobs=2)(joblib.delayed(Scorer.score_frame)(scorer, part) for part in parts)
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), expected)


def test_rows_to_a_frame() -> None:
    row: dict[str, Any] = dict.fromkeys(CLAIMS_SCHEMA.names)
    claims = claims_frame([row | {"count": 2**60 + 1, "claim_confidence": 1}, row | {"text": "six died"}])
    assert has_the_columns(claims)
    assert claims["count"][0] == 2**60 + 1 and claims["count"].isna()[1]
    assert claims["text"].isna()[0]
