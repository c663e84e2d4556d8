"""Retraining: one run at a time, a sound model or none, and the one that answers is never worse off."""

from __future__ import annotations

import itertools
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from casualty_claims.annotate.studio import retraining
from casualty_claims.annotate.studio.backend import Served
from casualty_claims.annotate.studio.retraining import GOLD, MODEL, Recipe, Retrainer
from casualty_claims.data.corpus import write_corpus
from casualty_claims.data.documents import Document
from casualty_claims.models.model import Model
from casualty_claims.models.scorer import Scorer
from casualty_claims.models.storage import load_model, save_model

Make = Callable[..., Retrainer]

CLI = 'import sys; sys.argv[0] = "fit"; args = sys.argv[2:]; out = args[args.index("--out") + 1]\n'
"""How a stand-in for casualty-train begins: it gets the same arguments."""


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        pause.wait(0.01)


@pytest.fixture
def served(model: Model) -> Served:
    return Served(Scorer(model))


@pytest.fixture
def corpus(tmp_path: Path, documents: list[Document]) -> Path:
    write_corpus(tmp_path / "corpus.jsonl", documents[:24])
    return tmp_path / "corpus.jsonl"


@pytest.fixture
def make(tmp_path: Path, corpus: Path, served: Served, fresh_documents: list[Document]) -> Iterator[Make]:
    """Retrainers that pull one more report each time, and are stopped at the end."""
    made: list[Retrainer] = []
    known = itertools.count(1)

    def pull(path: Path) -> None:
        write_corpus(path, fresh_documents[: next(known)])

    def start(every: int = 3, pull: Callable[[Path], object] = pull, project: int | None = None) -> Retrainer:
        recipe = Recipe((corpus,), tmp_path / "out", every, project)
        made.append(Retrainer(recipe, pull, served.swap))
        return made[-1]

    yield start
    for retrainer in made:
        retrainer.stop()


def stand_in(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Another program in the place of casualty-train."""
    monkeypatch.setattr(retraining, "TRAIN", (sys.executable, "-c", CLI + code, "fit"))


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == retraining.__name__]


def test_a_real_training_takes_the_old_models_place(
    make: Make, served: Served, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "secret-token")
    retrainer = make(every=3)
    assert [retrainer.notice() for _ in range(2)] == [True, True]
    assert served.version == "small"
    retrainer.notice()
    until(lambda: served.version != "small")
    until(lambda: len(messages(caplog)) == 2)
    assert served.version.startswith("casualty-claims-")
    assert messages(caplog) == ["retraining begins", f"retrained: {served.version} answers from now on"]
    saved = load_model(tmp_path / "out" / MODEL)
    assert saved.name == served.version
    assert saved.card["corpus"]["documents"] == 25
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [GOLD, MODEL]
    assert "secret-token" not in caplog.text


def test_annotations_of_another_project_do_not_count(make: Make, served: Served) -> None:
    retrainer = make(every=1, project=7)
    assert retrainer.notice(1, 8) is False
    assert retrainer.notice(5, "7") is False
    assert retrainer._due is False
    assert served.version == "small"


def test_what_comes_in_during_a_run_makes_one_more(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Model, served: Served
) -> None:
    """However many annotations come in while a training runs, one more follows, and never two at once."""
    save_model(model, tmp_path / "made")
    stand_in(
        monkeypatch,
        "import os, pathlib, shutil, time\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n"
        "(here / 'running').mkdir()\n"  # fails if another one is at it
        "number = len(list(here.glob('begun-*')))\n"
        "(here / f'begun-{number}').touch()\n"
        "while number == 0 and not (here / 'go on').exists(): time.sleep(0.01)\n"
        "shutil.copytree(here / 'made', out)\n"
        "(here / 'running').rmdir()\n",
    )
    used: list[str] = []
    monkeypatch.setattr(served, "swap", lambda scorer: used.append(scorer.model.name))
    retrainer = make(every=2)
    retrainer._use = served.swap
    retrainer.notice(2)
    until(lambda: (tmp_path / "begun-0").exists())
    for _ in range(9):
        retrainer.notice()
    retrainer.ask()
    (tmp_path / "go on").touch()
    until(lambda: len(used) == 2)
    with retrainer._changed:
        assert not retrainer._due and retrainer._waiting == 0
    assert not (tmp_path / "begun-2").exists()


def test_the_same_annotations_are_not_learned_twice(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Model, fresh_documents: list[Document],
    caplog: pytest.LogCaptureFixture, served: Served,
) -> None:  # fmt: skip
    caplog.set_level(logging.INFO)
    save_model(model, tmp_path / "made")
    stand_in(monkeypatch, f"import shutil; shutil.copytree({str(tmp_path / 'made')!r}, out)")
    retrainer = make(pull=lambda path: write_corpus(path, fresh_documents))
    retrainer.ask()
    until(lambda: len(messages(caplog)) == 2)
    retrainer.ask()
    until(lambda: len(messages(caplog)) == 3)
    assert messages(caplog)[2] == "nothing new to learn from"


def _pull_that(error: BaseException) -> Callable[[Path], object]:
    def pull(path: Path) -> None:
        raise error

    return pull


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("sys.exit('casualty-train: fewer than two documents hold CASUALTY_CLAIM spans')", "fewer than two documents"),
        ("sys.exit(3)", "status 3: it said nothing"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "status -9"),
        ("print('x' * 5000 + '\\n\\n', file=sys.stderr); sys.exit(1)", "xxx"),
        ("pass", "there is no model folder"),
        ("import os; os.mkdir(out)", "card.json"),
        ("import shutil; shutil.copytree({made!r}, out); open(out + '/token_bias.npy', 'ab').write(b'1')", "changed"),
        ("import shutil; shutil.copytree({made!r}, out); open(out + '/card.json', 'w').write('{{')", "JSON"),
        ("import os; os.mkdir(out); os.symlink('/nowhere', out + '/card.json')", "link"),
    ],
    ids=["told", "silent", "killed", "long", "nothing", "empty", "damaged", "broken card", "link"],
)
def test_a_training_that_fails_leaves_the_model_as_it_was(
    make: Make, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Model,
    caplog: pytest.LogCaptureFixture, code: str, words: str,
) -> None:  # fmt: skip
    """... in memory and on disk, and the next retraining can still succeed."""
    caplog.set_level(logging.INFO)
    save_model(model, tmp_path / "made")
    save_model(Model(model.tagger, model.linker, {"name": "before"}), tmp_path / "out" / MODEL)
    before = served._current
    stand_in(monkeypatch, code.format(made=str(tmp_path / "made")))
    retrainer = make(every=1)
    retrainer.notice()
    until(lambda: any(r.levelno == logging.ERROR for r in caplog.records))
    (said,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert said.startswith("retraining failed, the model stays as it was") and words in said
    assert "\n" not in said and len(said) < 400
    assert served._current is before
    assert load_model(tmp_path / "out" / MODEL).name == "before"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [GOLD, MODEL]

    stand_in(monkeypatch, f"import shutil; shutil.copytree({str(tmp_path / 'made')!r}, out)")
    retrainer.notice()
    until(lambda: served._current is not before)
    assert load_model(tmp_path / "out" / MODEL).name == "small"


@pytest.mark.parametrize(
    ("error", "words", "kept"),
    [
        (ValueError("the server does not answer"), "the server does not answer", ""),
        (OSError(28, "No space left on device"), "No space left", ""),
        (RuntimeError("cookie: sessionid=secret"), "(RuntimeError)", "secret"),
        (KeyError("secret"), "(KeyError)", "secret"),
    ],
)
def test_a_pull_that_fails(
    make: Make, served: Served, caplog: pytest.LogCaptureFixture, error: Exception, words: str, kept: str
) -> None:
    """What a server said may hold cookies: errors that are not ours are told by their kind alone."""
    retrainer = make(every=1, pull=_pull_that(error))
    retrainer.ask()
    until(lambda: bool(messages(caplog)))
    (said,) = messages(caplog)
    assert words in said
    assert not kept or kept not in said
    assert served.version == "small"
    assert retrainer._thread.is_alive()


def test_a_folder_that_holds_other_things_is_left_alone(
    make: Make, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Model,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    (tmp_path / "out" / MODEL).mkdir(parents=True)
    (tmp_path / "out" / MODEL / "thesis.txt").write_text("mine")
    save_model(model, tmp_path / "made")
    stand_in(monkeypatch, f"import shutil; shutil.copytree({str(tmp_path / 'made')!r}, out)")
    before = served._current
    make().ask()
    until(lambda: bool(messages(caplog)))
    assert "is left alone" in messages(caplog)[0]
    assert served._current is before
    assert (tmp_path / "out" / MODEL / "thesis.txt").read_text() == "mine"


def test_the_training_gets_no_tokens(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("LABEL_STUDIO_API_KEY", "LABEL_STUDIO_URL", "CASUALTY_SERVE_PASSWORD"):
        monkeypatch.setenv(name, "secret")
    listed = tmp_path / "environment"
    stand_in(monkeypatch, f"import os; open({str(listed)!r}, 'w').write(str(dict(os.environ))); sys.exit('done')")
    make().ask()
    until(lambda: bool(messages(caplog)))
    assert "PATH" in listed.read_text() and "secret" not in listed.read_text()


def test_stopping_ends_the_training(
    make: Make, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    number = tmp_path / "number"
    stand_in(
        monkeypatch,
        f"import os, pathlib, time; pathlib.Path({str(number)!r}).write_text(str(os.getpid())); time.sleep(600)",
    )
    retrainer = make(every=1)
    retrainer.notice()
    until(lambda: number.exists() and number.read_text() != "")
    retrainer.stop()
    assert not retrainer._thread.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)
    assert messages(caplog) == []  # that it was stopped is no failure
    assert served.version == "small"


@pytest.mark.parametrize("every", [0, -1])
def test_a_recipe_that_cannot_be(tmp_path: Path, every: int) -> None:
    with pytest.raises(ValueError, match="1 annotation or more"):
        Recipe((tmp_path,), tmp_path, every)
