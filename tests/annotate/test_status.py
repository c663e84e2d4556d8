"""The figures of a session say what was done, counted here by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from casualty_claims.annotate.regions import EARLIER, Reading, to_result
from casualty_claims.annotate.studio.answers import read_answers
from casualty_claims.annotate.studio.overview import overview
from casualty_claims.annotate.studio.status import Progress, Revision, Status, Work, revision_of, status_of
from casualty_claims.annotate.tasks import tasks_of
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Article, Span
from casualty_claims.data.notation import bounds
from rich.console import Console

TEXT = "Police said six people died and four were hurt."
SAID, DIED = Span(0, 11, ATTRIBUTION), Span(12, 27, CLAIM, "killed", bounds("exact", 6), 0)
HURT = Span(32, 46, CLAIM, "injured", bounds("exact", 4), 0)
SUGGESTED = Reading((SAID, DIED, HURT))
TASKS = [replace(task, text=task.text) for task in tasks_of(Article("a", " ".join([TEXT] * 6)))]


def changed(**claim: Any) -> Reading:
    return Reading((SAID, replace(DIED, **claim), HURT))


@pytest.mark.parametrize(
    ("reading", "claims", "attributions"),
    [
        (SUGGESTED, Revision(kept=2, claims=2), Revision(kept=1)),
        (Reading(), Revision(deleted=2), Revision(deleted=1)),
        (changed(start=16), Revision(kept=1, moved=1, claims=2), Revision(kept=1)),
        (changed(harm="missing"), Revision(kept=2, claims=2, harm=1), Revision(kept=1)),
        (changed(quantity=bounds("about", 6)), Revision(kept=2, claims=2, qualifier=1), Revision(kept=1)),
        (changed(quantity=bounds("exact", 7)), Revision(kept=2, claims=2, number=1), Revision(kept=1)),
        (changed(quantity=None), Revision(kept=2, claims=2, qualifier=1, number=1), Revision(kept=1)),
        (changed(attributed_to=None), Revision(kept=2, claims=2, link=1), Revision(kept=1)),
        (
            Reading((SAID, replace(DIED, attributed_to=None), HURT), (None, EARLIER, None)),
            Revision(kept=2, claims=2, link=1),
            Revision(kept=1),
        ),
        (
            Reading((replace(SAID, end=6), DIED, HURT)),
            Revision(kept=2, claims=2),
            Revision(moved=1),
        ),
        (
            Reading((replace(DIED, attributed_to=None), replace(HURT, attributed_to=None))),
            Revision(kept=2, claims=2, link=2),
            Revision(deleted=1),
        ),
        (
            Reading((SAID, Span(28, 31, ATTRIBUTION), replace(DIED, attributed_to=1), HURT)),
            Revision(kept=2, claims=2, link=1),
            Revision(kept=1, added=1),
        ),
        (
            Reading((SAID, replace(DIED, end=46))),
            Revision(moved=1, deleted=1, claims=1),
            Revision(kept=1),
        ),
        (
            Reading((Span(12, 27, ATTRIBUTION), replace(HURT, attributed_to=None))),
            Revision(kept=1, deleted=1, claims=1, link=1),
            Revision(deleted=1, added=1),
        ),
    ],
)
def test_what_became_of_a_suggestion(reading: Reading, claims: Revision, attributions: Revision) -> None:
    found = revision_of(SUGGESTED, reading)
    assert found == {CLAIM: claims, ATTRIBUTION: attributions}
    for label, revision in found.items():
        assert revision.suggested == sum(span.label == label for span in SUGGESTED.spans)
        assert revision.kept + revision.moved + revision.added == sum(span.label == label for span in reading.spans)


def test_a_link_is_the_same_when_another_attribution_stands_before_it() -> None:
    claim, attribution = Span(7, 11, CLAIM, "killed", bounds("exact", 6), 0), Span(12, 27, ATTRIBUTION)
    before = Reading((replace(claim, attributed_to=1), attribution))
    after = Reading((Span(0, 6, ATTRIBUTION), replace(claim, attributed_to=2), attribution))
    assert revision_of(before, after) == {CLAIM: Revision(kept=1, claims=1), ATTRIBUTION: Revision(kept=1, added=1)}
    assert revision_of(after, before) == {CLAIM: Revision(kept=1, claims=1), ATTRIBUTION: Revision(kept=1, deleted=1)}


def annotation(user: int, reading: Reading, seconds: float | None = None, **more: Any) -> dict[str, Any]:
    return {
        "completed_by": user,
        "result": to_result(reading, TEXT),
        "lead_time": seconds,
        "was_cancelled": False,
    } | more


def offered(number: int, reading: Reading, version: str = "small 1", day: int = 1) -> dict[str, Any]:
    made = f"2026-03-{day:02}T10:00:00.000000Z"
    return {"id": number, "result": to_result(reading, TEXT), "model_version": version, "created_at": made}


def test_a_session_counted_by_hand() -> None:
    predictions = [offered(5, SUGGESTED)]
    known = {"parent_prediction": 5}
    tasks = [
        (predictions, annotation(1, SUGGESTED, 10, **known), annotation(2, changed(harm="missing"), 4, **known)),
        (predictions, annotation(1, Reading(), 20, **known), annotation(2, SUGGESTED, 8, **known)),
        ([], annotation(1, Reading((SAID,)), 60), annotation(2, Reading((SAID,)), 6, parent_prediction=None)),
        (predictions, annotation(1, Reading(), None, was_cancelled=True, **known)),
        ([offered(7, Reading())], annotation(2, Reading(), 100, parent_prediction=7),
         annotation(1, Reading(), was_cancelled=True)),
        (predictions,),
    ]  # fmt: skip
    rows = [
        {"id": i, "data": task.data(), "predictions": shown, "annotations": done}
        for i, (task, (shown, *done)) in enumerate(zip(TASKS, tasks, strict=True))
    ]
    rows.append({"id": 99, "data": {"text": "Another's."}, "annotations": []})
    answers = read_answers(rows, {1: "anna", 2: "ben"}, version="small 1")
    status = status_of(answers, {"id": 3, "title": "Spring session"}, wanted=2)
    assert status.progress == Progress(tasks=6, labelled=4, skipped=1, open=1, enough=3, wanted=2)
    assert status.annotators == (
        Work("anna", labelled=3, empty=1, skipped=2, accepted=1, corrected=1, scratch=1, seconds=20),
        Work("ben", labelled=4, empty=1, skipped=0, accepted=2, corrected=1, scratch=1, seconds=7),
    )
    assert status.revisions == {
        CLAIM: Revision(kept=6, deleted=2, claims=6, harm=1),
        ATTRIBUTION: Revision(kept=3, deleted=1),
    }
    assert status.strangers == 1
    row = json.loads(json.dumps(status.to_json()))
    assert row["progress"]["open"] == 1 and row["annotators"][1]["annotator"] == "ben"
    assert row["suggested_spans"][CLAIM]["kept"] == 6


@pytest.mark.parametrize(
    ("parent", "day", "wanted"),
    [
        (1, 9, Reading((SAID,))),
        (2, 9, SUGGESTED),
        (7, 9, None),  # deleted since: nobody knows what it was
        (None, 9, Reading((Span(0, 3, CLAIM),))),
        (None, 3, SUGGESTED),
        (None, 1, None),
    ],
)
def test_which_suggestion_an_annotation_came_from(parent: int | None, day: int, wanted: Reading | None) -> None:
    shown = [
        offered(3, Reading((Span(0, 3, CLAIM),)), "new", day=4),
        offered(2, SUGGESTED, "new", day=2),
        offered(1, Reading((SAID,)), "old", day=1),
    ]
    done = annotation(1, Reading(), parent_prediction=parent, created_at=f"2026-03-{day:02}T12:00:00.000000Z")
    row = {"id": 1, "data": TASKS[0].data(), "predictions": shown, "annotations": [done]}
    (answer,) = read_answers([row], {}, version="new").answers
    assert answer.suggestion == (None if wanted is None else tuple(to_result(wanted, TEXT)))


def test_nothing_yet() -> None:
    rows = [{"id": i, "data": task.data(), "annotations": []} for i, task in enumerate(TASKS)]
    status = status_of(read_answers(rows, {}), {"id": 3, "title": "Spring session"})
    assert status.progress == Progress(tasks=6, labelled=0, skipped=0, open=6, enough=0, wanted=1)
    assert status.annotators == ()


def shown(status: Status) -> list[str]:
    console = Console(width=80, file=StringIO(), highlight=False)
    console.print(overview(status))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def test_the_overview_fits_a_terminal_and_says_what_it_shows() -> None:
    work = Work("anna@example.org", labelled=1234, empty=80, skipped=3, accepted=150, corrected=55, seconds=132)
    revisions = {CLAIM: Revision(kept=280, moved=20, deleted=20, added=14, claims=300, harm=3, link=12)}
    progress = Progress(tasks=2000, labelled=1234, skipped=6, open=760, enough=210, wanted=2)
    lines = shown(Status({"id": 3, "title": "Spring [session]\x1b[2J"}, progress, (work,), revisions))
    assert max(map(len, lines)) <= 80
    words = [" ".join(line.split()) for line in lines]
    assert words[0] == "Spring [session]\ufffd[2J project 3"
    assert words[1].endswith("62% of 2,000 sentences labelled")
    assert "1,234 labelled · 6 skipped · 760 open · 210 by 2 annotators, as wanted" in words
    assert "anna@example.org 1,234 80 3 2.2 min 150 55 0" in words
    assert "CASUALTY_CLAIM 320 280 (88%) 20 (6%) 20 (6%) 14" in words
    assert "corrected 300 3 (1%) 0 0 12 (4%)" in words


def test_the_overview_of_an_empty_project() -> None:
    progress = Progress(tasks=0, labelled=0, skipped=0, open=0, enough=0, wanted=1)
    lines = shown(Status({"id": 3, "title": "Spring session"}, progress, (), {CLAIM: Revision()}))
    assert [line.strip() for line in lines] == [
        "Spring session  project 3",
        "0% of 0 sentences labelled",
        "0 labelled · 0 skipped · 0 open",
    ]
