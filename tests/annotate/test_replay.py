"""A replay learns from what was labelled alone, judges on what was held out, and says what it saw."""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from casualty_claims.annotate.choosing.curves import CHOSEN, RANDOM, Score
from casualty_claims.annotate.choosing.replay import Plan, ReplayError, _chosen, _judged, _Scene, _trained, replay
from casualty_claims.annotate.cli import main, parser
from casualty_claims.data.corpus import read_corpus, write_corpus
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models.scorer import as_spans
from casualty_claims.models.tagger import SpanTagger
from casualty_claims.train.evaluation import evaluate

SMALL = Plan(start=30, step=10, rounds=2, repeats=2, trees=3)


@pytest.fixture(scope="module")
def scores(documents: list[Document]) -> list[Score]:
    return replay(documents, SMALL)


def mostly_plain(documents: Sequence[Document]) -> list[Document]:
    """Reports with a long tail of sentences that hold nothing: chance meets few claims."""
    made = []
    for number, document in enumerate(documents):
        r = random.Random(number)
        who, how = (
            ("The bridge at Tarnova", "A market in Belmar", "The coast road"),
            ("shut", "crowded", "quiet", "wet"),
        )
        tail = [
            f"{r.choice(who)} was {r.choice(how)} at {r.randint(2, 12)} on day {r.randint(2, 30)}." for _ in range(15)
        ]
        text = " ".join([document.text, *tail])
        made.append(replace(document, article=Article(document.id, text)))
    return made


def test_sizes_arms_and_repeats(scores: list[Score]) -> None:
    assert [(s.repeat, s.arm, s.sentences) for s in scores] == [
        (repeat, arm, size) for repeat in range(2) for size in (30, 40, 50) for arm in (RANDOM, CHOSEN)
    ]


def test_both_arms_start_from_the_same(scores: list[Score]) -> None:
    for repeat in range(2):
        random_arm, chosen_arm = [s for s in scores if s.repeat == repeat and s.sentences == 30]
        assert (random_arm.spans, random_arm.counts) == (chosen_arm.spans, chosen_arm.counts)


def test_the_same_seed_gives_the_same_with_any_number_of_processes(
    documents: list[Document], scores: list[Score]
) -> None:
    assert replay(documents, SMALL, jobs=2) == scores
    assert replay(documents, replace(SMALL, seed=1)) != scores


def test_progress_is_told(documents: list[Document]) -> None:
    told: list[int] = []
    replay(documents, replace(SMALL, rounds=1), on_repeat=told.append)
    assert told == [1, 2]


def test_documents_of_one_event_are_all_held_out_or_none(documents: list[Document]) -> None:
    grouped = [replace(d, meta={"group": f"event-{n // 4}"}) for n, d in enumerate(documents)]
    for repeat in range(5):
        scene = _Scene.of(grouped, SMALL, repeat)
        away = {grouped[n].meta["group"] for n in scene.held_out}
        home = {grouped[n].meta["group"] for n, _, _ in scene.pool}
        assert not away & home
        assert len(away | home) == 10 and len(away) == 2
        there = {(n, *b) for n, d in enumerate(grouped) if d.meta["group"] in home for b in split_sentences(d.text)}
        assert set(scene.pool) == there and len(scene.pool) == len(there)
    assert _Scene.of(grouped, SMALL, 0).held_out != _Scene.of(grouped, SMALL, 1).held_out


def half_labelled(document: Document) -> Document:
    """The same document, of which every other sentence was labelled."""
    ranges = [list(bounds) for bounds in split_sentences(document.text)][::2]
    return replace(document, meta={"labelled": ranges})


def test_of_documents_labelled_in_part_the_rest_does_not_count(documents: list[Document]) -> None:
    """Neither its text nor its spans reach a model or a figure."""
    partly = [half_labelled(document) for document in documents]
    plan = Plan(start=30, step=10, rounds=1, repeats=1, trees=3)
    stripped = []
    for document in partly:
        inside = [s for s in document.spans if any(a <= s.start < b for a, b in document.meta["labelled"])]
        stripped.append(replace(document, spans=tuple(replace(span, attributed_to=None) for span in inside)))
    assert sum(len(d.spans) for d in stripped) < sum(len(d.spans) for d in partly)
    assert replay(partly, plan) == replay(stripped, plan)
    with pytest.raises(ReplayError, match="only"):
        replay(partly, Plan(start=100, step=30, rounds=1, repeats=1))


def test_a_tagger_learns_from_the_labelled_sentences_alone(documents: list[Document]) -> None:
    scene = _Scene.of(documents, SMALL, 0)
    labelled = scene.pool[:40]
    _, spans = _trained(scene, labelled, SMALL)
    inside = sum(
        any(number == n and start <= span.start < end for n, start, end in labelled)
        for number, document in enumerate(documents)
        for span in document.spans
    )
    assert spans == inside
    tagger, _ = _trained(scene, labelled, SMALL)
    own = {number for number, _, _ in labelled}
    blank = [
        replace(document, spans=tuple(
            replace(s, attributed_to=None) for s in document.spans
            if any(number == n and start <= s.start < end for n, start, end in labelled)
        ))
        for number, document in enumerate(documents)
    ]  # fmt: skip
    other, _ = _trained(replace(scene, documents=blank), labelled, SMALL)
    texts = [documents[number].text for number in sorted(own)]
    assert [list(s) for s in other.predict(texts)] == [list(s) for s in tagger.predict(texts)]


def test_figures_are_those_of_the_evaluation(documents: list[Document], tagger: SpanTagger) -> None:
    scene = _Scene.of(documents, replace(SMALL, held_out=0.5), 0)
    gold = [documents[number] for number in scene.held_out]
    few = SpanTagger(trees=2, folds=2).fit([d.text for d in documents[:6]], [d.spans for d in documents[:6]])
    for model in (tagger, few):
        found = model.predict([d.text for d in gold])
        predicted = [Document(d.article, as_spans(spans)) for d, spans in zip(gold, found, strict=True)]
        assert _judged(scene, model) == evaluate(gold, predicted).exact


def test_what_is_chosen_is_new_and_as_much_as_was_wanted(documents: list[Document], tagger: SpanTagger) -> None:
    scene = _Scene.of(documents, SMALL, 0)
    labelled = scene.pool[:30]
    found = _chosen(scene, labelled, tagger, replace(SMALL, step=25), [0])
    assert len(found) == len(set(found)) == 25
    assert not set(found) & set(labelled) and set(found) <= set(scene.pool)


def test_where_claims_are_rare_choosing_finds_them(documents: list[Document]) -> None:
    plan = Plan(start=100, step=30, rounds=2, repeats=1, trees=3, control=0.2)
    last = {s.arm: s for s in replay(mostly_plain(documents), plan) if s.sentences == 160}
    assert last[CHOSEN].spans > 1.3 * last[RANDOM].spans


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"start": 0}, "start is 0"),
        ({"step": -1}, "step is -1"),
        ({"rounds": 0}, "rounds is 0"),
        ({"repeats": 0}, "repeats is 0"),
        ({"held_out": 0.0}, "between 0 and 1"),
        ({"held_out": 1.0}, "between 0 and 1"),
        ({"control": 1.5}, "between 0 and 1"),
    ],
)
def test_a_plan_that_cannot_be(plan: dict[str, float], words: str) -> None:
    with pytest.raises(ReplayError, match=words):
        Plan(**plan)  # type: ignore[arg-type]


def test_a_corpus_that_is_too_small(documents: list[Document]) -> None:
    with pytest.raises(ReplayError, match="two documents or more"):
        replay(documents[:1], SMALL)
    with pytest.raises(ReplayError, match=r"500 sentences and 4 times 500 more need 2,500 .* only \d+ are not"):
        replay(documents, Plan())


# --- the command -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus(documents: Sequence[Document], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    write_corpus(path, documents)
    return path


QUICK = ("--start", "30", "--step", "10", "--rounds", "1", "--repeats", "2")


def test_the_command_says_draws_and_writes(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    out, table = tmp_path / "choosing.png", tmp_path / "choosing.csv"
    assert main(["replay", str(corpus), *QUICK, "--out", str(out), "--table", str(table)]) == 0
    said = capsys.readouterr()
    assert out.read_bytes().startswith(b"\x89PNG") and out.stat().st_size > 20_000
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 2 * 2 * 3
    last = [float(r["f1"]) for r in rows if (r["arm"], r["sentences"], r["label"]) == (CHOSEN, "40", "ALL")]
    assert f"After 40 chosen sentences exact span F1 was {100 * np.mean(last):.1f}; another 10 would bring" in said.out
    assert "On average over the rounds" in said.out
    assert [line.split()[:2] for line in said.out.splitlines() if line.startswith("all spans")] == [["all", "spans"]]
    assert f"written: {out}" in said.err


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_other_kinds_of_picture(scores: list[Score], kind: str, tmp_path: Path) -> None:
    from casualty_claims.annotate.choosing.chart import draw

    for name in ("one", "two"):
        with (tmp_path / name).open("wb") as file:
            draw(scores, file, kind, SMALL.shared)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (tmp_path / "one").read_bytes()[:5] == {"svg": b"<?xml", "pdf": b"%PDF-"}[kind]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--out", "there.png"], "there.png exists; pass --force"),
        (["--out", "new.png", "--table", "there.csv"], "there.csv exists; pass --force"),
        (["--out", "new.gif"], "end its name in png, svg, pdf"),
        (["--out", "new"], "end its name in png, svg, pdf"),
        (["--out", "new.png", "--table", "new.xls"], "end its name in .parquet, .csv or .jsonl"),
        (["--out", "no/new.png"], "there is no folder no"),
        (["--jobs", "0"], "--jobs is 0"),
        (["--start", "5000"], "make --start, --step or --rounds smaller"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(
    corpus: Path, options: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    for name in ("there.png", "there.csv"):
        (tmp_path / name).write_text("mine")
    assert main(["replay", str(corpus), *options]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.csv", "there.png"]
    assert (tmp_path / "there.png").read_text() == "mine"


def test_help_explains_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    (commands,) = [a.choices for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    for name in ("replay", "serve"):
        with pytest.raises(SystemExit):
            main([name, "--help"])
        printed = "".join(capsys.readouterr().out.split())
        for action in commands[name]._actions:
            assert action.help, action.dest
            assert all(option in printed for option in action.option_strings)


def test_the_shipped_corpus_can_be_replayed() -> None:
    """The command of the documentation: enough sentences are there."""
    documents = list(read_corpus(Path(__file__).parents[2] / "data" / "corpus"))
    plan = Plan()
    assert len(_Scene.of(documents, plan, 0).pool) > 2 * (plan.start + plan.rounds * plan.step)
