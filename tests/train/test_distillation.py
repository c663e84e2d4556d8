"""Silver: what a teacher thinks, never twice, the same for articles in any order, and never linked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from casualty_claims.data.corpus import write_corpus
from casualty_claims.data.documents import LABELS, Article, Document, Span
from casualty_claims.data.labelled import labelled_part, labelled_ranges
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models.storage import load_model
from casualty_claims.models.tokens import TOKEN
from casualty_claims.train.cli import main
from casualty_claims.train.distillation import Choice, is_silver, provenance, taught
from casualty_claims.train.fitting import fit_model
from casualty_claims.train.opinions import Opinion, Panel, mean_opinion
from hypothesis import given
from hypothesis import strategies as st

SENTENCES = (
    "Nine miners died in Belmar.",
    "Colonel Dara Obin said so.",
    "The harbour of Tarnova was calm.",
    "Villagers buried the dead.",
    "Prices rose again.",
    "Six nurses were wounded.",
)


class Oracle:
    """Gives each run of tokens of a sentence, drawn by its words, a probability drawn by its words."""

    def opinion(self, texts: Sequence[str]) -> Opinion:
        rows = []
        for number, text in enumerate(texts):
            for low, high in split_sentences(text):
                drawn = np.random.default_rng(list(sha256(text[low:high].encode()).digest()))
                tokens = [(m.start(), m.end()) for m in TOKEN.finditer(text, low, high)]
                for _ in range(int(drawn.integers(0, 3))):
                    first, last = sorted(drawn.integers(0, len(tokens), 2).tolist())
                    sure = float(drawn.choice([0.02, 0.1, 0.5, 0.8, 0.9, 0.99]))
                    rows.append((number, tokens[first][0], tokens[last][1], int(drawn.integers(2)), sure))
        columns = np.array(rows, float).reshape(-1, 5).T
        text, start, end, label = columns[:4].astype(np.int64)
        return Opinion(text, start, end, label, columns[4].astype(np.float32))


texts = st.lists(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map(" ".join), min_size=1, max_size=6)


@given(texts, st.sampled_from([0.02, 0.5, 0.9]), st.sampled_from([0.0, 0.4, 1.0]))
def test_every_kept_sentence_says_what_the_labeller_thinks(bodies: list[str], possible: float, rest: float) -> None:
    articles = [Article(f"a{i}", body) for i, body in enumerate(bodies)]
    seen: set[str] = set()
    for document in taught(articles, Oracle(), "oracle", Choice(possible, rest)):
        assert is_silver(document) and document.meta["silver"] == "oracle"
        ranges = labelled_ranges(document)
        assert ranges and set(ranges) <= set(split_sentences(document.text))
        for low, high in ranges:
            words = document.text[low:high]
            assert words not in seen
            seen.add(words)
            alone = Oracle().opinion([words])
            expected = sorted(
                (start, end, LABELS[label], round(p, 4))
                for _, start, end, label, p in zip(*(c.tolist() for c in vars_of(alone)), strict=True)
                if p >= np.float32(possible)
            )
            inside = [s for s in document.spans if low <= s.start < high]
            assert sorted((s.start - low, s.end - low, s.label, s.confidence) for s in inside) == expected
            assert rest or inside
    bodies_said = {text[low:high] for text in bodies for low, high in split_sentences(text)}
    assert rest < 1 or seen == bodies_said


def vars_of(opinion: Opinion) -> tuple[np.ndarray, ...]:
    return opinion.text, opinion.start, opinion.end, opinion.label, opinion.probability


@given(texts, st.randoms(use_true_random=False))
def test_the_order_of_articles_does_not_matter(bodies: list[str], order: object) -> None:
    articles = [Article(f"a{i}", body) for i, body in enumerate(dict.fromkeys(bodies))]
    mixed = list(articles)
    order.shuffle(mixed)  # type: ignore[attr-defined]

    def kept(some: list[Article]) -> set[str]:
        silver = taught(some, Oracle(), "oracle", Choice(0.6, 0.5))
        return {d.text[low:high] for d in silver for low, high in labelled_ranges(d) or ()}

    assert kept(articles) == kept(mixed)


def test_how_much_of_the_rest() -> None:
    """All sentences in which something is possible, and about the wanted share of the others."""

    class Plain:
        def opinion(self, texts: Sequence[str]) -> Opinion:
            rows = [(n, t.index("Nine"), len(t) - 1, 0, 0.99) for n, t in enumerate(texts) if "Nine" in t]
            rows += [(n, t.index("Obin"), len(t) - 1, 1, 0.1) for n, t in enumerate(texts) if "Obin" in t]
            columns = np.array(rows, float).T
            return Opinion(*columns[:4].astype(np.int64), probability=columns[4].astype(np.float32))

    kinds = ("Nine died at post", "Obin spoke at post", "Rain fell on post")
    articles = [Article(f"{words}{n}", f"{words} {n}.") for words in kinds for n in range(200)]
    silver = taught(articles, Plain(), "plain", Choice(0.02, 0.25))
    nine, obin, rain = (sum(d.text.startswith(words) for d in silver) for words in kinds)
    assert (nine, obin) == (200, 200) and 30 < rain < 70
    assert provenance(silver) == {
        "teachers": ["plain"], "documents": 400 + rain, "sentences": 400 + rain, "claims": 200, "attributions": 0
    }  # fmt: skip


def test_a_panel_gives_the_mean() -> None:
    def opinion(*rows: tuple[int, int, float]) -> Opinion:
        start, end, sure = np.array(rows, float).T
        zero = np.zeros(len(rows), np.int64)
        return Opinion(zero, start.astype(np.int64), end.astype(np.int64), zero, sure.astype(np.float32))

    mean = mean_opinion([opinion((0, 4, 0.9), (5, 9, 0.4)), opinion((0, 4, 0.5), (2, 9, 1.0))])
    sure = [round(p, 4) for p in mean.probability.tolist()]
    assert sorted(zip(mean.start.tolist(), mean.end.tolist(), sure, strict=True)) == [
        (0, 4, 0.7),
        (2, 9, 0.5),
        (5, 9, 0.2),
    ]
    texts = list(SENTENCES)
    one, two = (
        {*zip(o.text.tolist(), o.start.tolist(), o.end.tolist(), strict=True)}
        for o in (Oracle().opinion(texts), Panel((Oracle(), Oracle())).opinion(texts))
    )
    assert one == two


def test_silver_teaches_spans_and_no_links(corpus_slice: list[Document]) -> None:
    """The tagger sees the silver part and nothing beside it; the linker is what it was without."""
    gold = [replace(d, article=replace(d.article, text=d.text + "\n\nRain fell.")) for d in corpus_slice[:14]]
    more = corpus_slice[15]
    bare = tuple(Span(s.start, s.end, s.label) for s in more.spans)
    silver = Document(
        Article("silver", more.text + "\n\nMore text."), bare, {"silver": "t", "labelled": [[0, len(more.text)]]}
    )
    assert labelled_part(silver).text == more.text  # type: ignore[union-attr]
    without, with_it = fit_model(gold), fit_model(gold, silver=[silver])
    assert not np.array_equal(
        with_it.tagger.token_model_.window.key_weights, without.tagger.token_model_.window.key_weights
    )
    assert np.array_equal(with_it.linker.forest_.value, without.linker.forest_.value)


def test_fit_with_a_teacher_needs_articles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "none.jsonl", "--out", str(tmp_path / "model"), "--teacher", "encoder"]) == 2
    assert "give both --teacher and --articles" in capsys.readouterr().err


def test_no_encoder_no_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("transformers", reason="the extra 'teacher' is not installed")
    more = ["--teacher", str(tmp_path), "--articles", "none.txt", "--out", str(tmp_path / "model")]
    assert main(["fit", "none.jsonl", *more]) == 2
    shown = capsys.readouterr().err
    assert f"no encoder can be loaded from {tmp_path}" in shown and shown.count("\n") == 1


def test_fit_with_a_teacher(
    corpus_slice: list[Document], tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silver in the corpus is learned and told in the card; a teacher sure of nothing stops the command."""
    gold = [replace(d, article=replace(d.article, text=d.text + "\n\nRain fell.")) for d in corpus_slice[:16]]
    spans = tuple(Span(s.start, s.end, s.label) for s in corpus_slice[17].spans)
    silver = Document(Article("s", corpus_slice[17].text), spans, {"silver": "sage"})
    write_corpus(tmp_path / "corpus.jsonl", [*gold, silver])
    words = ["fit", str(tmp_path / "corpus.jsonl"), "--folds", "0", "--out", str(tmp_path / "model")]
    assert main([*words, "--teacher", str(tiny_encoder), "--articles", str(tmp_path / "corpus.jsonl")]) == 2
    assert "finds no claim" in capsys.readouterr().err
    assert main(words) == 0
    card = load_model(tmp_path / "model").card
    assert card["corpus"]["documents"] == len(gold)
    assert card["silver"]["teachers"] == ["sage"] and card["silver"]["claims"] == len(silver.claims)
