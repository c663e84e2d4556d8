"""One task a sentence: its place, its key, its neighbours, and the way to a server and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from casualty_claims.annotate.tasks import CHOSEN, Task, TaskError, tasks_of
from casualty_claims.data.documents import Article
from casualty_claims.data.sentences import split_sentences
from hypothesis import given
from hypothesis import strategies as st

PIECES = st.one_of(
    st.sampled_from(["Police said so. ", "Dr. Varga", "“No!” ", "\n\n", "\r\n", "🙂 ", ". ", "12 died.", "e\u0301"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
TEXTS = st.lists(PIECES, min_size=1, max_size=25).map("".join).filter(str.strip)


def article(text: str) -> Article:
    return Article("wire-7", text, "Ferry sinks", "2011-05-02", "The Belmar Post")


@given(TEXTS)
def test_every_sentence_is_one_task_in_order(text: str) -> None:
    made = tasks_of(article(text))
    assert [(t.start, t.end) for t in made] == list(split_sentences(text))
    assert all(t.text == text[t.start : t.end] for t in made)
    assert len({t.key for t in made}) == len(made)
    assert all((t.title, t.published, t.outlet) == ("Ferry sinks", "2011-05-02", "The Belmar Post") for t in made)


@given(TEXTS, st.integers(0, 5))
def test_the_context_is_the_neighbouring_sentences(text: str, context: int) -> None:
    made = tasks_of(article(text), context=context)
    for number, task in enumerate(made):
        before, after = made[max(number - context, 0) : number], made[number + 1 : number + 1 + context]
        # blanks between sentences are the article's own, so only the words are compared
        assert task.before.split() == " ".join(t.text for t in before).split() or _glued(task.before, before)
        assert task.after.split() == " ".join(t.text for t in after).split() or _glued(task.after, after)
        assert task.before in text
        assert task.after in text


def _glued(shown: str, tasks: list[Task]) -> bool:
    """Whether the sentences stand in what is shown with nothing but blanks between, if any."""
    return "".join(shown.split()) == "".join("".join(t.text.split()) for t in tasks)


def test_a_sentence_keeps_its_key_when_another_article_is_there_or_the_context_is_longer() -> None:
    text = "A mine fell in at Oshe. Two men died there. Nobody else was hurt."
    short, long = tasks_of(article(text), context=0), tasks_of(article(text), context=9)
    assert [t.key for t in short] == [t.key for t in long]
    assert short[1].key.startswith("wire-7#24-43#")
    assert short[1].before == short[1].after == ""
    assert (long[1].before, long[1].after) == ("A mine fell in at Oshe.", "Nobody else was hurt.")


def test_the_key_hangs_on_article_place_and_words() -> None:
    task = Task("a", 0, 4, "Dead")
    others = [Task("b", 0, 4, "Dead"), Task("a", 1, 5, "Dead"), Task("a", 0, 4, "Deaf")]
    assert len({t.key for t in [task, *others]}) == 4
    assert replace(task, before="x", title="y", chosen="control").key == task.key


@given(TEXTS, st.sampled_from(CHOSEN), st.booleans())
def test_a_task_survives_the_way_to_a_server_and_back(text: str, chosen: str, known: bool) -> None:
    source = article(text) if known else Article("wire-7", text)
    for task in tasks_of(source):
        task = replace(task, chosen=chosen)
        assert Task.from_data(task.data()) == task


def test_what_is_unknown_is_shown_as_nothing() -> None:
    data = Task("a", 0, 4, "Dead").data()
    assert [data[name] for name in ("title", "published", "outlet", "before", "after")] == [""] * 5


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": "Three men died."}, "does not fit|do not fit"),
        ({"text": "Six men died."}, "changed after the export"),
        ({"article": "other"}, "changed after the export"),
        ({"start": 1, "end": 14}, "changed after the export"),
        ({"start": True}, "start is True"),
        ({"start": "0"}, "start is '0'"),
        ({"end": None}, "end is None"),
        ({"text": None}, "text is None"),
        ({"key": 3}, "key is 3"),
        ({"start": 13, "end": 0}, "do not fit"),
        ({"article": ""}, "which article"),
    ],
)
def test_what_is_no_task_of_ours_is_refused_with_the_reason(change: dict[str, Any], reason: str) -> None:
    data = Task("wire-7", 0, 13, "Two men died.").data()
    with pytest.raises(TaskError, match=reason):
        Task.from_data(data | change)
