"""Annotated sentences come back as the documents they were cut from; what does not fit is told, never guessed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from casualty_claims.annotate.regions import EARLIER, LATER, OWN, Reading, to_result
from casualty_claims.annotate.studio.answers import Answers, read_answers
from casualty_claims.annotate.studio.assembly import Assembled, assemble, completed_quantity
from casualty_claims.annotate.tasks import Task, tasks_of
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, HARMS, Article, Document, Quantity, Span
from casualty_claims.data.labelled import labelled_part
from casualty_claims.data.notation import bounds, parse
from hypothesis import given, settings
from hypothesis import strategies as st

ANNA, BEN = "anna@example.org", "ben@example.org"
NAMES = {1: ANNA, 2: BEN}

# --- an oracle: documents cut to tasks ---------------------------------------------------------------------------


def reading_of(document: Document, task: Task) -> Reading:
    """What an annotator of this sentence draws who means what the document says."""
    inside = [i for i, s in enumerate(document.spans) if task.start <= s.start and s.end <= task.end]
    spans, sources = [], []
    for i in inside:
        span = document.spans[i]
        link, source = span.attributed_to, None
        if link is not None and link not in inside:
            source = EARLIER if document.spans[link].start < task.start else LATER
        place = inside.index(link) if link in inside else None
        moved = replace(span, start=span.start - task.start, end=span.end - task.start, attributed_to=place)
        spans.append(moved)
        sources.append(source)
    return Reading(tuple(spans), tuple(sources))


def exported(number: int, task: Task, *annotations: dict[str, Any]) -> dict[str, Any]:
    """A task as the server exports it."""
    rows = [{"id": number * 10 + i, "was_cancelled": False, **a} for i, a in enumerate(annotations)]
    return {"id": number, "data": task.data(), "annotations": rows, "drafts": [], "predictions": [], "inner_id": 1}


def by(user: int | None, result: Any, minute: int = 0, **more: Any) -> dict[str, Any]:
    return {"completed_by": user, "result": result, "updated_at": f"2026-03-01T10:{minute:02}:00.000000Z", **more}


def put_together(rows: Iterable[dict[str, Any]], articles: Sequence[Article]) -> tuple[Answers, Assembled]:
    answers = read_answers(rows, NAMES)
    return answers, assemble(answers.answers, {article.id: article for article in articles})


def nearest(document: Document, places: Sequence[tuple[int, int]]) -> Document:
    """The document without links that no choice of the page can say: to another than the nearest attribution."""
    spans = list(document.spans)
    for i, span in enumerate(spans):
        if span.attributed_to is None:
            continue
        start, end = next(place for place in places if place[0] <= span.start < place[1])
        source = spans[span.attributed_to]
        others = [s for s in spans if s.label == ATTRIBUTION]
        earlier, later = [s for s in others if s.end <= start][-1:], [s for s in others if s.start >= end][:1]
        if not start <= source.start < end and source not in (*earlier, *later):
            spans[i] = replace(span, attributed_to=None)
    return replace(document, spans=tuple(spans))


def test_reports_come_back_as_they_were(documents: list[Document]) -> None:
    rows, wanted = [], []
    for document in documents:
        tasks = tasks_of(document.article)
        wanted.append(nearest(document, [(t.start, t.end) for t in tasks]))
        rows += [
            exported(len(rows) + i, t, by(1, to_result(reading_of(wanted[-1], t), t.text))) for i, t in enumerate(tasks)
        ]
    random.Random(4).shuffle(rows)
    answers, made = put_together(rows, [document.article for document in documents])
    assert not answers.notes and not made.notes
    assert made.filled == 0
    assert made.labelled == answers.tasks == len(rows)
    wanted.sort(key=lambda d: d.id)
    assert [d.article for d in made.documents] == [d.article for d in wanted]
    assert [d.spans for d in made.documents] == [d.spans for d in wanted]
    assert sum(s.attributed_to is not None for d in wanted for s in d.spans) > 60


# --- any documents, two annotators ---------------------------------------------------------------------------------

QUANTITIES = st.one_of(
    st.builds(
        bounds, st.sampled_from("exact at_least more_than about at_most fewer_than vague".split()), st.integers(1, 9999)
    ),
    st.sampled_from([bounds("none", None), bounds("share", None)]),
    st.tuples(st.integers(0, 50), st.integers(1, 50)).map(lambda p: Quantity("between", None, min(p), max(p))),
)
WORDS = ("the ministry said", "six miners died", "“dozens” were hurt 🕯", "a\nwitness told us", "é\u0301toile", "x")
PIECES = st.tuples(
    st.sampled_from([None, CLAIM, ATTRIBUTION]), st.sampled_from(WORDS), st.sampled_from(HARMS), QUANTITIES
)
SENTENCES = st.lists(PIECES, min_size=1, max_size=4)


def written(sentences: Sequence[Sequence[Any]]) -> tuple[str, list[tuple[int, int]], list[Span]]:
    """A text, its sentences and its spans, which are not linked yet."""
    text, places, spans = "", [], []
    for sentence in sentences:
        first = len(text)
        for label, words, harm, quantity in sentence:
            if label == CLAIM:
                spans.append(Span(len(text), len(text) + len(words), label, harm, quantity))
            elif label:
                spans.append(Span(len(text), len(text) + len(words), label))
            text += words + " "
        text = text[:-1]
        places.append((first, len(text)))
        text += "\n\n"
    return text, places, spans


@settings(max_examples=150, deadline=None)
@given(st.lists(SENTENCES, min_size=1, max_size=5), st.data())
def test_what_two_annotators_did_is_what_the_documents_say(sentences: list[Any], data: st.DataObject) -> None:
    text, places, spans = written(sentences)
    article = Article("a", text, title="A", published="2026-03-01", source="Belmar Post")
    tasks = tasks_of(article, places)
    rows = {task.key: exported(i, task) for i, task in enumerate(tasks)}
    wanted: dict[str, Any] = {}
    for user, name in NAMES.items():
        done = [data.draw(st.sampled_from(["labelled", "skipped", "open"]), f"{name} {place}") for place in places]
        read = {place for place, what in zip(places, done, strict=True) if what == "labelled"}
        mine = [s for s in spans if any(a <= s.start < b for a, b in read)]
        links = [i for i, s in enumerate(mine) if s.label == ATTRIBUTION]
        for i, span in enumerate(mine):
            if span.is_claim and links:
                mine[i] = replace(span, attributed_to=data.draw(st.sampled_from([None, *links])))
        document = nearest(Document(article, tuple(mine)), places)
        for task, what in zip(tasks, done, strict=True):
            if what == "labelled":
                rows[task.key]["annotations"].append(by(user, to_result(reading_of(document, task), task.text)))
            elif what == "skipped":
                rows[task.key]["annotations"].append(by(user, "rubbish", was_cancelled=True))
        if set(done) != {"open"}:
            skipped = [list(p) for p, what in zip(places, done, strict=True) if what == "skipped"]
            wanted[name] = document.spans, sorted(map(list, read)), skipped
    order = data.draw(st.permutations(list(rows.values())))
    answers, made = put_together(order, [article])
    assert not answers.notes and not made.notes
    assert {d.meta["annotator"]: (d.spans, d.meta["labelled"], d.meta["skipped"]) for d in made.documents} == wanted
    assert [d.meta["annotator"] for d in made.documents] == sorted(wanted)
    for document in made.documents:
        assert document.article == article
        assert Document.from_json(document.to_json()) == document
        part = labelled_part(document)
        assert (part is None) == (not document.meta["labelled"])
        assert part is None or len(part.spans) == len(document.spans)


# --- what does not fit ---------------------------------------------------------------------------------------------

TEXT, SPANS = parse(
    "[[a1|The mayor of Tarnova said]] [[k=6@a1|six miners died]]. The road was shut. "
    "[[i>=4|At least four were wounded]]. [[a2|Colonel Dara Obin denied it, saying]] [[k0@a2|no one was killed]]."
)
ARTICLE = Article("news/tarnova.txt", TEXT)
GOLD = Document(ARTICLE, SPANS)
TASKS = tasks_of(ARTICLE)


def results() -> list[list[dict[str, Any]]]:
    return [to_result(reading_of(GOLD, task), task.text) for task in TASKS]


def reasons(*parts: Answers | Assembled) -> list[tuple[bool, str]]:
    return [(note.lost, note.reason) for part in parts for note in part.notes]


def test_four_sentences() -> None:
    assert len(TASKS) == 4
    rows = [exported(i, t, by(1, r)) for i, (t, r) in enumerate(zip(TASKS, results(), strict=True))]
    _, made = put_together(rows, [ARTICLE])
    (document,) = made.documents
    assert document.spans == SPANS
    assert dict(document.meta) == {
        "annotator": ANNA,
        "labelled": [[t.start, t.end] for t in TASKS],
        "skipped": [],
        "control": [],
    }
    assert (made.labelled, made.empty, made.skipped, made.filled) == (4, 1, 0, 0)


def test_a_changed_article_loses_that_sentence_only() -> None:
    changed = replace(ARTICLE, text=TEXT.replace("At least four", "At least nine"))
    rows = [exported(i, t, by(1, r)) for i, (t, r) in enumerate(zip(TASKS, results(), strict=True))]
    answers, made = put_together(rows, [changed])
    ((lost, reason),) = reasons(answers, made)
    assert lost and "was changed after the export" in reason and "At least nine" in reason
    assert made.notes[0].place == f"task 2, {ANNA}, {TASKS[2].key}"
    (document,) = made.documents
    assert document.meta["labelled"] == [[TASKS[i].start, TASKS[i].end] for i in (0, 1, 3)]
    assert [s for s in document.spans if s.is_claim and s.harm == "injured"] == []
    assert [document.spans[s.attributed_to].start for s in document.spans if s.attributed_to is not None] == [0, 90]


def test_an_article_that_is_not_there() -> None:
    rows = [exported(0, TASKS[0], by(1, results()[0])), exported(1, replace(TASKS[1], article="b"), by(2, []))]
    answers, made = put_together(rows, [ARTICLE])
    assert reasons(answers, made) == [(True, "there is no article 'b'; give the articles that were exported")]
    assert len(made.documents) == 1


def test_control_sentences_are_told_apart() -> None:
    rows = [exported(i, replace(t, chosen="control" if i == 1 else "model"), by(1, [])) for i, t in enumerate(TASKS)]
    rows.append(exported(9, replace(TASKS[2], chosen="control"), by(2, None, was_cancelled=True)))
    _, made = put_together(rows, [ARTICLE])
    anna, ben = made.documents
    assert anna.meta["control"] == [[TASKS[1].start, TASKS[1].end]]
    assert (ben.meta["control"], ben.meta["skipped"]) == ([], [[TASKS[2].start, TASKS[2].end]])
    assert (made.labelled, made.empty, made.skipped) == (4, 4, 1)


def test_the_last_of_two_annotations_counts() -> None:
    task, result = TASKS[0], results()[0]
    row = exported(7, task, by(1, [], minute=5), by(1, result, minute=9), by(2, result, minute=9), by(2, [], minute=7))
    answers, made = put_together([row], [ARTICLE])
    assert [d.spans for d in made.documents] == [SPANS[:2], SPANS[:2]]
    assert reasons(answers, made) == [
        (False, f"answered twice: what was submitted at 2026-03-01 10:0{minute}:00 gives way to what was submitted at"
                " 2026-03-01 10:09:00") for minute in (5, 7)]  # fmt: skip


def test_a_sentence_that_stands_on_the_server_twice_is_one() -> None:
    rows = [exported(1, TASKS[0], by(1, results()[0])), exported(2, TASKS[0], by(1, [], minute=1))]
    answers, made = put_together(rows, [ARTICLE])
    assert answers.tasks == 1 and made.documents[0].spans == ()
    assert [note.place.split(",")[0] for note in answers.notes] == ["task 1"]


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (by(1, []), ANNA),
        (by(17, []), "user 17"),
        (by(None, []), "a deleted account"),
        ({"completed_by": {"id": 2, "email": "changed@example.org"}, "result": []}, BEN),
    ],
)
def test_annotators_have_names(annotation: dict[str, Any], name: str) -> None:
    answers, made = put_together([exported(1, TASKS[0], annotation)], [ARTICLE])
    assert answers.annotators == [name] == [d.meta["annotator"] for d in made.documents]
    assert not answers.notes


def test_one_annotator_alone() -> None:
    rows = [exported(1, TASKS[0], by(1, []), by(2, results()[0]), by(1, "no list"))]
    assert [a.annotator for a in read_answers(rows, NAMES, only=BEN).answers] == [BEN]
    assert not read_answers(rows, NAMES, only=BEN).notes


def test_drafts_and_predictions_are_no_answers() -> None:
    row = exported(1, TASKS[0])
    row["drafts"] = [{"result": results()[0], "user": ANNA}]
    row["predictions"] = [{"id": 3, "result": results()[0]}]
    answers = read_answers([row], NAMES)
    assert (answers.tasks, answers.answers, answers.notes) == (1, (), ())


@pytest.mark.parametrize(
    "data",
    [None, {}, {"text": "Somebody else's task"}, TASKS[0].data() | {"key": "news/tarnova.txt#0-44#000000000000"},
     TASKS[0].data() | {"text": TASKS[0].text.replace("six", "ten")}, TASKS[0].data() | {"end": 9}],
)  # fmt: skip
def test_tasks_of_strangers_are_told(data: Any) -> None:
    row = exported(1, TASKS[0], by(1, [])) | {"data": data}
    answers, made = put_together([row, exported(2, TASKS[1], by(1, []))], [ARTICLE])
    assert (answers.strangers, answers.tasks, made.labelled) == (1, 1, 1)
    ((lost, reason),) = reasons(answers, made)
    assert lost and reason.startswith("it is no task of this toolkit: ")


@pytest.mark.parametrize("result", ["words", 3, {"a": 1}, True])
def test_a_result_that_is_none(result: Any) -> None:
    answers, made = put_together([exported(1, TASKS[0], by(1, result), by(2, []))], [ARTICLE])
    ((lost, reason),) = reasons(answers, made)
    assert lost and reason.startswith("an annotation cannot be read: its result ")
    assert answers.annotators == [BEN]


def test_items_that_cannot_be_understood_are_told_and_the_rest_is_kept() -> None:
    result = results()[0]
    odd = [
        {"id": "z", "from_name": "label", "type": "labels", "value": {"start": 0, "end": 3, "labels": ["PLACE"]}},
        {"id": "y", "from_name": "label", "type": "labels", "value": {"start": 9, "end": 900, "labels": [CLAIM]}},
        {"type": "relation", "from_id": "s1", "to_id": "gone"},
        "rubbish",
    ]
    answers, made = put_together([exported(1, TASKS[0], by(1, [*odd, *result]))], [ARTICLE])
    assert made.documents[0].spans == SPANS[:2]
    found = reasons(answers, made)
    assert all(lost for lost, _ in found)
    told = " ".join(reason for _, reason in found)
    assert ["PLACE" in told, "900" in told, "relation" in told, "1 of 10 items" in told] == [True] * 4
    assert {note.place for note in made.notes} == {f"task 1, {ANNA}, {TASKS[0].key}"}


# --- sources in other sentences ------------------------------------------------------------------------------------


def linked(choice: str, *labelled: int) -> Assembled:
    """The third sentence's claim with its source in this direction; the sentences labelled are numbered."""
    found = results()
    claim = reading_of(GOLD, TASKS[2])
    found[2] = to_result(Reading(claim.spans, (choice,)), TASKS[2].text)
    rows = [exported(i, TASKS[i], by(1, found[i])) for i in labelled]
    rows += [exported(i, TASKS[i], by(2, found[i])) for i in range(4) if i not in labelled]
    return put_together(rows, [ARTICLE])[1]


@pytest.mark.parametrize(("choice", "words"), [(EARLIER, "The mayor of Tarnova said"), (OWN, None),
                                               (LATER, "Colonel Dara Obin denied it, saying")])  # fmt: skip
def test_a_source_in_another_sentence(choice: str, words: str | None) -> None:
    made = linked(choice, 0, 1, 2, 3)
    (document,) = made.documents
    claim = next(s for s in document.spans if s.harm == "injured")
    source = None if claim.attributed_to is None else document.spans[claim.attributed_to]
    assert (source and TEXT[source.start : source.end]) == words
    assert not made.notes and "unresolved" not in document.meta


@pytest.mark.parametrize(("choice", "wanted"), [(EARLIER, "Ben said"), (LATER, "Cleo said")])
def test_of_several_sources_the_nearest_is_meant(choice: str, wanted: str) -> None:
    text, spans = parse(
        "[[a1|Anna said]] so, [[a2|Ben said]] no. It rained. [[k=6|Six miners died]]. It rained on. "
        "[[a3|Cleo said]] so, [[a4|Dara said]] no. [[a5|Emil said]] nothing."
    )
    article = Article("d", text)
    rows = []
    for i, task in enumerate(tasks_of(article)):
        reading = reading_of(Document(article, spans), task)
        sources = tuple(choice if span.is_claim else None for span in reading.spans)
        rows.append(exported(i, task, by(1, to_result(Reading(reading.spans, sources), task.text))))
    _, made = put_together(rows, [article])
    (document,) = made.documents
    ((_, claim),) = document.claims
    assert claim.attributed_to is not None
    source = document.spans[claim.attributed_to]
    assert text[source.start : source.end] == wanted


@pytest.mark.parametrize(("choice", "labelled"), [(EARLIER, (1, 2, 3)), (EARLIER, (2,)), (LATER, (0, 1, 2))])
def test_a_source_that_was_not_labelled_is_kept_as_a_direction(choice: str, labelled: tuple[int, ...]) -> None:
    """Another annotator has labelled it, which is no help: their spans are theirs."""
    made = linked(choice, *labelled)
    document = made.documents[0]
    claim = next(s for s in document.spans if s.harm == "injured")
    assert claim.attributed_to is None
    assert document.meta["unresolved"] == [[claim.start, claim.end, choice]]
    ((lost, reason),) = [(n.lost, n.reason) for n in made.notes if ANNA in n.place]
    assert not lost and f"stands {choice}" in reason and "'At least four were wounded'" in reason


# --- records -------------------------------------------------------------------------------------------------------


def test_what_an_annotator_left_open_is_read_from_the_words() -> None:
    drawn = [[row for row in result if row["type"] in ("labels", "relation")] for result in results()]
    rows = [exported(i, t, by(1, r)) for i, (t, r) in enumerate(zip(TASKS, drawn, strict=True))]
    _, made = put_together(rows, [ARTICLE])
    assert made.documents[0].spans == SPANS
    assert made.filled == 3 and not made.notes


def test_a_harm_that_is_set_stays_beside_one_that_is_read() -> None:
    text = "Six miners died and four were wounded."
    article = Article("e", text)
    six, four = bounds("exact", 6), bounds("exact", 4)
    reading = Reading((Span(0, 15, CLAIM, "missing", six), Span(20, 37, CLAIM, None, four)))
    _, made = put_together([exported(1, tasks_of(article)[0], by(1, to_result(reading, text)))], [article])
    assert [s.harm for s in made.documents[0].spans] == ["missing", "injured"]
    assert made.filled == 1


def test_the_harm_of_the_claim_before_the_sentence_is_passed_on() -> None:
    text = "Six miners were wounded. Three more in Belmar."
    article = Article("b", text)
    rows = [
        exported(i, t, by(1, to_result(Reading((Span(0, length, CLAIM, harm),)), t.text)))
        for i, (t, length, harm) in enumerate(zip(tasks_of(article), (23, 10), ("missing", None), strict=True))
    ]
    _, made = put_together(rows, [article])
    assert [s.harm for s in made.documents[0].spans] == ["missing", "missing"]


def test_what_an_annotator_set_is_not_overridden() -> None:
    task = TASKS[2]
    mine = Span(0, 26, CLAIM, "missing", bounds("about", 9))
    _, made = put_together([exported(1, task, by(1, to_result(Reading((mine,)), task.text)))], [ARTICLE])
    (span,) = made.documents[0].spans
    assert (span.harm, span.quantity) == ("missing", bounds("about", 9))
    assert made.filled == 0


@pytest.mark.parametrize(
    ("given", "words", "wanted"),
    [
        (None, "at least 30 people were killed", bounds("at_least", 30)),
        (bounds("about", None), "at least 30 people were killed", bounds("about", 30)),
        (bounds("exact", 31), "at least 30 people were killed", bounds("exact", 31)),
        (bounds("exact", 0), "at least 30 people were killed", bounds("exact", 0)),
        (bounds("vague", None), "dozens were killed", bounds("vague", 24)),
        (bounds("exact", None), "dozens were killed", bounds("exact", None)),
        (bounds("vague", None), "30 people were killed", bounds("vague", None)),
        (bounds("none", None), "30 people were killed", bounds("none", None)),
        (bounds("share", None), "30 people were killed", bounds("share", None)),
        (bounds("exact", None), "no one was killed", bounds("exact", None)),
        (Quantity("between"), "12 to 15 people were killed", Quantity("between", None, 12, 15)),
        (Quantity("between", None, 11, None), "12 to 15 people were killed", Quantity("between", None, 11, 15)),
        (Quantity("between", None, 40, None), "12 to 15 people were killed", Quantity("between", None, 40, None)),
        (Quantity("between"), "12 people were killed", Quantity("between")),
    ],
)
def test_a_qualifier_without_a_number_takes_that_of_the_words(
    given: Quantity | None, words: str, wanted: Quantity
) -> None:
    assert completed_quantity(given, words) == wanted


def test_a_number_that_nobody_gives_is_told() -> None:
    text = "Dozens were killed in Belmar."
    article = Article("c", text)
    (task,) = tasks_of(article)
    mine = Span(0, 18, CLAIM, "killed", bounds("at_least", None))
    answers, made = put_together([exported(1, task, by(1, to_result(Reading((mine,)), text)))], [article])
    assert made.documents[0].spans == (mine,)
    ((lost, reason),) = reasons(answers, made)
    assert not lost and reason.startswith("'Dozens were killed' is at_least, but neither")


# --- overlaps ------------------------------------------------------------------------------------------------------


def drawn(*spans: Span) -> tuple[Document, list[tuple[bool, str]]]:
    task = TASKS[0]
    answers, made = put_together([exported(1, task, by(1, to_result(Reading(spans), task.text)))], [ARTICLE])
    return made.documents[0], reasons(answers, made)


def test_of_two_claims_that_overlap_the_longer_is_kept_and_the_other_told() -> None:
    six = bounds("exact", 6)
    long, short = Span(26, 41, CLAIM, "killed", six), Span(26, 36, CLAIM, "injured", six)
    document, found = drawn(short, long)
    assert document.spans == (long,)
    assert found == [(True, "'six miners' is left out: it overlaps 'six miners died', of the same label")]


def test_a_claim_keeps_its_source_when_the_shorter_of_two_is_left_out() -> None:
    claim = Span(26, 41, CLAIM, "killed", bounds("exact", 6), attributed_to=1)
    document, found = drawn(Span(0, 25, ATTRIBUTION), Span(4, 25, ATTRIBUTION), claim)
    assert document.spans == (Span(0, 25, ATTRIBUTION), replace(claim, attributed_to=0))
    assert [lost for lost, _ in found] == [True]


def test_spans_of_different_labels_that_overlap_are_both_kept() -> None:
    claim = Span(21, 41, CLAIM, "killed", bounds("exact", 6))
    document, found = drawn(Span(0, 25, ATTRIBUTION), claim)
    assert document.spans == (Span(0, 25, ATTRIBUTION), claim)
    assert [lost for lost, _ in found] == [False]


def test_of_two_sentences_that_overlap_the_first_is_kept() -> None:
    """A project may hold two exports, cut differently."""
    a, b = tasks_of(ARTICLE, [(0, 60), (60, 80)]), tasks_of(ARTICLE, [(0, 42), (42, 75)])
    rows = [exported(i, task, by(1, [])) for i, task in enumerate([*a, *b])]
    answers, made = put_together(rows, [ARTICLE])
    (document,) = made.documents
    assert document.meta["labelled"] == [[0, 42], [42, 75]]
    assert [lost for lost, _ in reasons(answers, made)] == [True, True]
    assert labelled_part(document) is not None
