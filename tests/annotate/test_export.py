"""Articles to tasks: nothing lost, nothing doubled, every suggestion on its words."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from casualty_claims.annotate.choosing.export import Choice, Summary, export
from casualty_claims.annotate.cli import main
from casualty_claims.annotate.regions import from_result
from casualty_claims.annotate.taskfile import read_tasks
from casualty_claims.annotate.tasks import Task
from casualty_claims.data.documents import Article, Document
from casualty_claims.data.outputs import OutputError
from casualty_claims.data.sentences import split_sentences
from casualty_claims.models import Scorer
from casualty_claims.models.cli import InputError
from casualty_claims.models.model import Model
from casualty_claims.models.storage import save_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def scorer(model: Model) -> Scorer:
    return Scorer(model)


@pytest.fixture(scope="module")
def saved(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "small"
    save_model(model, folder)
    return folder


@pytest.fixture
def news(tmp_path: Path, fresh_documents: list[Document], documents: list[Document]) -> Path:
    """Fifty-two reports, with an emoji and a line break here and there."""
    path = tmp_path / "news.jsonl"
    rows = []
    for number, document in enumerate([*fresh_documents, *documents]):
        text = ("🙂 " if number % 3 == 0 else "") + document.text + ("\r\n\r\n— Ends —" if number % 5 == 0 else "")
        rows.append({"id": document.id, "text": text, "title": f"Report {number}", "date": "2011-05-02"})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def articles(path: Path) -> list[Article]:
    return [Article(row["id"], row["text"]) for row in map(json.loads, path.read_text().splitlines())]


@pytest.fixture
def run(news: Path, tmp_path: Path, scorer: Scorer) -> Callable[..., tuple[Rows, Summary]]:
    """Export the reports and read the file."""

    def do(**options: Any) -> tuple[Rows, Summary]:
        out = tmp_path / "tasks.json"
        summary = export([news], out, force=True, **({"scorer": scorer} | options))
        return list(read_tasks(out)), summary

    return do


def keys(rows: Rows) -> list[str]:
    return [row["data"]["key"] for row in rows]


def chosen(rows: Rows) -> Counter[str]:
    return Counter(row["data"]["chosen"] for row in rows)


def test_every_sentence_of_every_article_is_there_once_in_order(
    run: Callable[..., tuple[Rows, Summary]], news: Path
) -> None:
    rows, summary = run(near=None)
    places = [(row["data"]["article"], row["data"]["start"], row["data"]["end"]) for row in rows]
    assert places == [(a.id, start, end) for a in articles(news) for start, end in split_sentences(a.text)]
    texts = {a.id: a.text for a in articles(news)}
    for row in rows:
        task = Task.from_data(row["data"])
        assert texts[task.article][task.start : task.end] == task.text
        assert task.published == "2011-05-02"
    assert (summary.articles, summary.sentences, summary.tasks) == (52, len(rows), len(rows))
    assert (summary.exact, summary.near, summary.rejected) == (0, 0, 0)


def test_every_span_of_the_model_is_suggested_on_its_words(
    run: Callable[..., tuple[Rows, Summary]], news: Path, scorer: Scorer
) -> None:
    rows, summary = run(near=None)
    found = set()
    for row in rows:
        task = Task.from_data(row["data"])
        [prediction] = row["predictions"]
        assert prediction["model_version"] == scorer.model.name
        assert 0.0 <= prediction["score"] <= 1.0
        reading, problems = from_result(prediction["result"], task.text)
        assert problems == []
        found |= {(task.article, s.start + task.start, s.end + task.start, s.label, s.harm) for s in reading.spans}
    scored = list(scorer.score_many(articles(news)))
    assert found == {(d.id, s.start, s.end, s.label, s.harm) for d in scored for s in d.spans}
    assert summary.claims == sum(len(d.claims) for d in scored) > 50
    assert summary.attributions == sum(len(d.attributions) for d in scored) > 50


def test_duplicates_are_left_out_counted_and_listed(run: Callable[..., tuple[Rows, Summary]], tmp_path: Path) -> None:
    every, _ = run(near=None)
    listed = tmp_path / "duplicates.jsonl"
    rows, summary = run(duplicates=listed)
    left_out = [json.loads(line) for line in listed.read_text().splitlines()]
    assert sorted(keys(rows) + [d["key"] for d in left_out]) == sorted(keys(every))
    assert {d["of"] for d in left_out} <= set(keys(rows))
    assert Counter(d["kind"] for d in left_out) == Counter(exact=summary.exact, near=summary.near)
    by_key = {row["data"]["key"]: row["data"]["text"] for row in every}
    place = {key: number for number, key in enumerate(keys(every))}
    assert all(by_key[d["key"]] == d["text"] and place[d["of"]] < place[d["key"]] for d in left_out)
    plain = [" ".join(row["data"]["text"].casefold().split()) for row in rows]
    assert len(set(plain)) == len(plain)
    assert summary.exact > 20


def test_only_the_likely_and_a_sample_of_the_rest(run: Callable[..., tuple[Rows, Summary]]) -> None:
    every, _ = run()
    likely, _ = run(choice=Choice(only=True, sample=0.0))
    both, summary = run(choice=Choice(only=True, sample=0.5, seed=3))
    whole, _ = run(choice=Choice(only=True, sample=1.0))
    assert keys(whole) == keys(every)
    assert set(keys(likely)) < set(keys(both)) < set(keys(every))
    assert chosen(likely).keys() == {"model"}
    assert {row["data"]["key"] for row in both if row["data"]["chosen"] == "model"} == set(keys(likely))
    assert dict(summary.chosen) == dict(chosen(both))
    with_spans = {row["data"]["key"] for row in every if row["predictions"][0]["result"]}
    assert with_spans <= set(keys(likely))


def test_what_chance_samples_hangs_on_the_sentence_alone(run: Callable[..., tuple[Rows, Summary]], news: Path) -> None:
    choice = Choice(only=True, sample=0.5, seed=3)
    rows, _ = run(choice=choice, near=None)
    kept = news.read_text().splitlines(keepends=True)[::2]
    news.write_text("".join(kept))
    half, _ = run(choice=choice, near=None)
    names = {json.loads(line)["id"] for line in kept}
    assert keys(half) == [row["data"]["key"] for row in rows if row["data"]["article"] in names]


@pytest.mark.parametrize("only", [False, True])
def test_a_selection_is_as_large_as_asked_with_its_control_part(
    run: Callable[..., tuple[Rows, Summary]], only: bool
) -> None:
    every, _ = run()
    rows, summary = run(choice=Choice(only=only, count=30, control=0.2, seed=1))
    again, _ = run(choice=Choice(only=only, count=30, control=0.2, seed=1))
    other, _ = run(choice=Choice(only=only, count=30, control=0.2, seed=2))
    assert rows == again
    assert keys(rows) != keys(other)
    assert chosen(rows) == dict(summary.chosen) == {"model": 24, "control": 6}
    assert [key for key in keys(every) if key in set(keys(rows))] == keys(rows)
    # a task is the same but for why it is there
    same = {row["data"]["key"]: row for row in every}
    for row in rows:
        assert row["predictions"] == same[row["data"]["key"]]["predictions"]
        assert row["data"] | {"chosen": "all"} == same[row["data"]["key"]]["data"]
    by_model = [row["predictions"][0]["score"] for row in rows if row["data"]["chosen"] == "model"]
    everywhere = [row["predictions"][0]["score"] for row in every]
    assert fmean(by_model) < fmean(everywhere)


def test_a_selection_of_more_than_there_is_takes_all(run: Callable[..., tuple[Rows, Summary]]) -> None:
    every, _ = run()
    rows, _ = run(choice=Choice(count=10_000))
    assert keys(rows) == keys(every)
    assert chosen(rows)["control"] == round(0.2 * len(rows))


def test_a_selection_without_suggestions(run: Callable[..., tuple[Rows, Summary]]) -> None:
    """The model chooses all the same."""
    rows, summary = run(choice=Choice(count=30), suggest=False)
    with_them, _ = run(choice=Choice(count=30))
    assert keys(rows) == keys(with_them)
    assert all("predictions" not in row for row in rows)
    assert (summary.claims, summary.attributions) == (0, 0)


def test_without_a_model_there_are_tasks_and_no_choice(run: Callable[..., tuple[Rows, Summary]]) -> None:
    rows, _ = run(scorer=None)
    every, _ = run()
    assert [row["data"] for row in rows] == [row["data"] for row in every]
    assert all(row.keys() == {"data"} for row in rows)
    for choice in (Choice(only=True), Choice(count=5)):
        with pytest.raises(ValueError, match="needs a model"):
            run(scorer=None, choice=choice)


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"sample": 1.5}, "sample is 1.5"), ({"control": -0.1}, "control is -0.1"), ({"likely": 2.0}, "likely is 2.0"),
     ({"count": 0}, "0 sentences")],
)  # fmt: skip
def test_choices_that_cannot_be(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Choice(**options)


@given(st.integers(0, 6), st.integers(0, 10**6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_articles_any_context(tmp_path: Path, scorer: Scorer, context: int, seed: int) -> None:
    draw = random.Random(seed)
    pieces = [
        "Police said 9 died. ",
        "“No,” he said. ",
        "\n\n",
        "🙂🙂 ",
        "Dr. ",
        "The 4 wounded, ",
        "é",
        "\u2028",
        "... ",
    ]
    texts = ["".join(draw.choices(pieces, k=draw.randint(1, 20))) for _ in range(5)]
    source, out = tmp_path / "any.jsonl", tmp_path / "any.json"
    source.write_text("".join(json.dumps({"id": f"a{i}", "text": t + "."}) + "\n" for i, t in enumerate(texts)))
    export([source], out, scorer=scorer, context=context, near=None, force=True)
    rows = list(read_tasks(out))
    found = [(row["data"]["article"], row["data"]["start"], row["data"]["text"]) for row in rows]
    assert found == [
        (f"a{i}", start, (t + ".")[start:end]) for i, t in enumerate(texts) for start, end in split_sentences(t + ".")
    ]
    assert len(set(keys(rows))) == len(rows)
    for row in rows:
        assert from_result(row["predictions"][0]["result"], row["data"]["text"])[1] == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("choice", [Choice(), Choice(count=5)])
def test_a_run_that_ends_early_leaves_no_file(
    news: Path,
    tmp_path: Path,
    scorer: Scorer,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
    choice: Choice,
) -> None:
    times = iter(range(3))
    real = scorer.model.linker.link

    def link(*arguments: Any) -> Iterator[Document]:
        if next(times, None) is None:
            raise error
        return real(*arguments)

    monkeypatch.setattr(scorer.model.linker, "link", link)
    monkeypatch.setattr("casualty_claims.models.scorer.BATCH_CHARACTERS", 100)  # a batch a report: three are done
    with pytest.raises(error):
        export([news], tmp_path / "tasks.json", scorer=scorer, choice=choice, duplicates=tmp_path / "d.jsonl")
    assert list(tmp_path.iterdir()) == [news]


def test_outputs_are_checked_before_any_work(news: Path, tmp_path: Path) -> None:
    out = tmp_path / "tasks.json"
    with pytest.raises(OutputError, match="is an input"):
        export([news], news, force=True)
    with pytest.raises(OutputError, match="two outputs"):
        export([news], out, duplicates=out)
    with pytest.raises(OutputError, match="no folder"):
        export([news], tmp_path / "none" / "tasks.json")
    out.write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        export([news], out)
    assert out.read_text() == "mine"


def test_no_articles_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no articles"):
        export([tmp_path / "empty"], tmp_path / "tasks.json")
    assert not (tmp_path / "tasks.json").exists()


# --- the command --------------------------------------------------------------------------------------------


def command(*arguments: object) -> int:
    return main(["export", *map(str, arguments)])


def test_the_command_tells_what_it_did(
    news: Path, tmp_path: Path, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, listed = tmp_path / "tasks.json", tmp_path / "left-out.jsonl"
    assert command(news, "--out", out, "--model", saved, "--duplicates", listed, "--select", 40, "--control", 0.25) == 0
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    rows = list(read_tasks(out))
    sentences = sum(len(list(split_sentences(a.text))) for a in articles(news))
    left = Counter(json.loads(line)["kind"] for line in listed.read_text().splitlines())
    assert lines[0] == (
        f"52 articles, {sentences} sentences, {left['exact']} left out as exact and {left['near']} as near duplicates"
    )
    assert lines[1] == "40 tasks: 30 chosen by the model, 10 by chance from all"
    labels = Counter(
        item["value"]["labels"][0]
        for row in rows
        for item in row["predictions"][0]["result"]
        if item["type"] == "labels"
    )
    assert lines[2] == f"suggested: {labels['CASUALTY_CLAIM']} claims, {labels['ATTRIBUTION']} attributions"
    assert lines[3:] == [f"written: {out}, {listed}"]


def test_the_command_with_the_shipped_model_and_its_defaults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "siege.txt", tmp_path / "tasks.json"
    source.write_text("🙂 Police said “at least 30” people were killed at Oshe. The road stayed shut.")
    assert command(source, "--out", out) == 0
    first, second = read_tasks(out)
    assert (first["data"]["after"], second["data"]["before"]) == (second["data"]["text"], first["data"]["text"])
    words = [item["value"]["text"] for item in first["predictions"][0]["result"] if item["type"] == "labels"]
    assert words == ["Police said", "at least 30” people were killed"]
    assert second["predictions"][0]["result"] == []
    assert "2 sentences" in capsys.readouterr().err


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(
    news: Path, tmp_path: Path, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    news.write_text(news.read_text() + '{"id": "x", "text": ""}\nbroken\n')
    out = tmp_path / "tasks.json"
    assert command(news, "--out", out, "--no-suggestions") == 1
    said = capsys.readouterr().err
    assert f"2 inputs could not be read, all listed in {out}.rejects.jsonl" in said
    assert f"{news}:53: the text is empty" in said
    rejects = [json.loads(line) for line in (tmp_path / "tasks.json.rejects.jsonl").read_text().splitlines()]
    assert [reject["place"] for reject in rejects] == [f"{news}:53", f"{news}:54"]
    assert len(list(read_tasks(out))) > 50


def test_the_same_seed_makes_the_same_file(news: Path, tmp_path: Path, saved: Path) -> None:
    files = []
    for number, seed in enumerate((4, 4, 5)):
        files.append(tmp_path / f"{number}.json")
        assert command(news, "--out", files[-1], "--model", saved, "--select", 30, "--only", "--seed", seed) == 0
    assert files[0].read_bytes() == files[1].read_bytes() != files[2].read_bytes()


def test_an_export_into_the_folder_of_the_articles_can_be_repeated(tmp_path: Path, saved: Path) -> None:
    (tmp_path / "a.txt").write_text("Two men died at Oshe. The road stayed shut.")
    out = tmp_path / "tasks.json"
    assert command(tmp_path, "--out", out, "--no-suggestions") == 0
    first = out.read_bytes()
    assert command(tmp_path, "--out", out, "--no-suggestions") == 2
    assert command(tmp_path, "--out", out, "--no-suggestions", "--force") == 0
    assert out.read_bytes() == first


def test_columns_can_be_named(tmp_path: Path) -> None:
    source, out = tmp_path / "dump.csv", tmp_path / "tasks.json"
    source.write_text("no,words,head,day,paper\n7,Two men died.,Ferry sinks,2011-05-02,Post\n")
    named = ["--text-column", "words", "--id-column", "no", "--title-column", "head"]
    assert command(source, "--out", out, "--no-suggestions", *named, "--published-column", "day",
                   "--source-column", "paper") == 0  # fmt: skip
    [row] = read_tasks(out)
    data = row["data"]
    told = [data[name] for name in ("article", "text", "title", "published", "outlet", "chosen")]
    assert told == ["7", "Two men died.", "Ferry sinks", "2011-05-02", "Post", "all"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--sample", "0.1"], "--sample goes with --only"),
        (["--sample", "0.1", "--only", "--select", "5"], "--sample goes with --only, without --select"),
        (["--control", "0.1"], "--control goes with --select"),
        (["--control", "0.1", "--only"], "--control goes with --select"),
        (["--keep-duplicates", "--duplicates", "x.jsonl"], "choose one"),
        (["--near", "0"], "--near must be above 0"),
        (["--no-suggestions", "--model", "x"], "--model has nothing to do"),
        (["--model", "nowhere"], "nowhere"),
    ],
)
def test_options_that_do_not_go_together_are_told(
    news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], reason: str
) -> None:
    assert command(news, "--out", tmp_path / "tasks.json", *options) == 2
    assert reason in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [news]


@pytest.mark.parametrize(
    "options", ["--select 0", "--select x", "--sample 2", "--control x", "--context -1", "--near 1.1", "--seed -1"]
)
def test_figures_that_cannot_be_are_refused(news: Path, tmp_path: Path, options: str) -> None:
    with pytest.raises(SystemExit) as caught:
        command(news, "--out", tmp_path / "tasks.json", *options.split())
    assert caught.value.code == 2


def test_fewer_than_asked_for_is_told(
    news: Path, tmp_path: Path, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(news, "--out", tmp_path / "t.json", "--model", saved, "--select", 9999, "--keep-duplicates") == 0
    said = capsys.readouterr().err
    assert "fewer than the 9,999 asked for" in said
    assert "left out" not in said
