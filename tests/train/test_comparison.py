"""The comparison: nothing of the test part leaks, the figures are the evaluation's, the table survives a stop."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from casualty_claims.data.corpus import write_corpus
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Article, Document, Span
from casualty_claims.train.cli import main
from casualty_claims.train.comparison import as_csv, as_json, as_markdown, compare, scores
from casualty_claims.train.evaluation import evaluate
from casualty_claims.train.opinions import Opinion
from casualty_claims.train.taggers import CrfTagger, TokenTagger


@dataclass
class Parrot:
    """Knows by heart what it has seen, and nothing else: a leak is what it gets right."""

    known: dict[str, tuple[Span, ...]] = field(default_factory=dict)

    def fit(self, documents: Sequence[Document]) -> None:
        self.known = {document.text: document.spans for document in documents}

    def predict(self, articles: Sequence[Article]) -> list[Document]:
        return [Document(article, self.known.get(article.text, ())) for article in articles]

    def candidates(self, texts: Sequence[str]) -> Opinion:
        """Of the first text its gold, of the others nothing."""
        spans = self.known.get(texts[0], ())
        columns = [np.array([getattr(s, name) for s in spans], np.int64) for name in ("start", "end")]
        label = np.array([int(not s.is_claim) for s in spans], np.int64)
        return Opinion(np.zeros_like(label), *columns, label, np.ones(len(spans), np.float32))

    def size(self) -> int:
        return 2_500_000


def test_nothing_of_the_test_part_is_seen(corpus_slice: list[Document]) -> None:
    """Not even by way of kin: the same text twice, in one group."""
    twins = [
        replace(d, article=replace(d.article, id=f"{d.id}-{i}"), meta={"group": d.id})
        for d in corpus_slice
        for i in range(2)
    ]
    (row,) = compare(twins, {"parrot": Parrot}, folds=4, gold=corpus_slice[:5])
    assert row.claims.exact == row.claims.overlap == row.attributions.exact == 0
    assert row.claims_gold is not None and row.claims_gold.exact == 1 == row.claims_gold.low == row.claims_gold.high
    assert row.candidate_recall == 0
    assert row.megabytes == 2.5


def test_scores_are_those_of_the_evaluation(corpus_slice: list[Document]) -> None:
    """With an interval around them that every resample of like documents shrinks to a point."""
    shifted = [
        replace(d, spans=tuple(replace(s, start=s.start + 1) if i % 3 else s for i, s in enumerate(d.spans)))
        for d in corpus_slice
    ]
    whole = evaluate(corpus_slice, shifted)
    for score, label in zip(scores(corpus_slice, shifted), (CLAIM, ATTRIBUTION), strict=True):
        assert score.exact == pytest.approx(whole.exact[label].f1, abs=1e-4)
        assert score.overlap == pytest.approx(whole.overlap[label].f1, abs=1e-4)
        assert score.low < score.exact < score.high
    same = scores(corpus_slice[:1] * 9, shifted[:1] * 9)
    assert all(score.low == score.exact == score.high for score in same)


@pytest.mark.parametrize("kind", [TokenTagger, CrfTagger])
def test_token_taggers_learn(kind: type[TokenTagger | CrfTagger], corpus_slice: list[Document]) -> None:
    """What they have seen they know; sentence-wide features are other features than a window's."""
    if kind is CrfTagger:
        pytest.importorskip("pycrfsuite", reason="the extra 'train' is not installed")
    made = []
    for wide in (False, True):
        tagger = kind(wide)
        tagger.fit(corpus_slice)
        found = tagger.predict([document.article for document in corpus_slice])
        assert evaluate(corpus_slice, found).exact[CLAIM].f1 > 0.9
        made.append(tagger.size())
    assert made[0] != made[1]


def test_a_window_sees_no_further(corpus_slice: list[Document]) -> None:
    """Five tokens away, a word of harm is nothing to a window, and much to what sees the sentence."""
    texts = [f"{word} on that long cold evening near Tarnova ." for word in ("Killed", "Harvest")]
    near, far = TokenTagger(wide=False), TokenTagger(wide=True)
    for tagger, same in ((near, True), (far, False)):
        tagger.fit(corpus_slice)
        batch, context = tagger.read(texts)
        scores = tagger.model.scores(batch, context, tagger.vocabulary)
        ends = [scores[last] for last in batch.last.tolist()]
        assert np.array_equal(*ends) is same


def test_the_command_writes_every_tagger_as_it_is_done(
    corpus_slice: list[Document], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, table = tmp_path / "corpus.jsonl", tmp_path / "table.json"
    write_corpus(corpus, corpus_slice)

    def stop(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(CrfTagger, "fit", stop)
    arguments = ["compare", str(corpus), "--folds", "2", "--out", str(table)]
    assert main([*arguments, "--taggers", "token,crf"]) == 2
    assert "the disk is gone" in capsys.readouterr().err
    assert [row["tagger"] for row in json.loads(table.read_text())] == ["token"]
    assert main([*arguments, "--taggers", "token"]) == 2  # the table is there
    assert main([*arguments, "--taggers", "token", "--gold", str(corpus), "--force"]) == 0
    (row,) = json.loads(table.read_text())
    assert row["claims"]["low"] <= row["claims"]["exact"] <= row["claims"]["high"]
    assert row["candidate_recall"] is None and row["claims_gold"]["exact"] > 0.9


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--taggers", "teacher"], "needs --teacher"),
        (["--taggers", "taught", "--teacher", "encoder"], "needs --articles"),
        (["--out", "table.docx"], "end its name in .md, .csv, .json"),
        (["--folds", "1", "--taggers", "token"], "give two or more"),
    ],
)
def test_what_it_cannot_do_it_says(
    more: list[str], message: str, corpus_slice: list[Document], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_corpus(tmp_path / "corpus.jsonl", corpus_slice[:4])
    assert main(["compare", str(tmp_path / "corpus.jsonl"), *more]) == 2
    assert message in capsys.readouterr().err


def test_the_tables_say_the_same(corpus_slice: list[Document]) -> None:
    rows = list(compare(corpus_slice[:6], {"a": Parrot, "b, |": partial(Parrot)}, folds=2))
    flat = list(csv.DictReader(as_csv(rows).splitlines()))
    assert [row["tagger"] for row in flat] == ["a", "b, |"] == [row["tagger"] for row in json.loads(as_json(rows))]
    assert float(flat[0]["claims_exact"]) == rows[0].claims.exact
    assert all(name in as_markdown(rows) for name in ("claims, exact F1", "candidates hold", "tokens/s"))
    assert "set apart" not in as_markdown(rows)


def test_teacher_and_taught(
    corpus_slice: list[Document], tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the command to the table: an encoder is fine-tuned in each fold, labels articles, and they are learned."""
    corpus, news = tmp_path / "corpus.jsonl", tmp_path / "news.jsonl"
    write_corpus(corpus, corpus_slice)
    news.write_text("".join(json.dumps({"id": d.id, "text": d.text}) + "\n" for d in corpus_slice), encoding="utf-8")
    words = ["--teacher", str(tiny_encoder), "--articles", str(news)]
    # So little training makes a teacher that finds nothing, and that is said.
    assert main(["compare", str(corpus), "--folds", "2", "--taggers", "teacher,taught", *words]) == 2
    shown = capsys.readouterr()
    assert "teacher: claims" in shown.err and "finds no claim" in shown.err
