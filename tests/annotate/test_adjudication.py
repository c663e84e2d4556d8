"""Adjudication: what becomes gold, what waits, and that nothing is lost or guessed on the way."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.annotate.cli import main
from casualty_claims.annotate.judging.adjudication import Outcome, Rule, RuleError, adjudicate
from casualty_claims.annotate.judging.gold import gold_documents
from casualty_claims.annotate.judging.readings import Place, Reading, Session, session_of
from casualty_claims.annotate.judging.review import reading_on_page, review_rows
from casualty_claims.annotate.judging.rounds import Files, adjudicate_files
from casualty_claims.annotate.judging.versions import version_of, write_gold
from casualty_claims.annotate.regions import from_result
from casualty_claims.annotate.taskfile import read_tasks
from casualty_claims.annotate.tasks import Task
from casualty_claims.data.checks import check_corpus
from casualty_claims.data.corpus import read_corpus, write_corpus
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Article, Document, Span
from casualty_claims.data.labelled import labelled_part
from casualty_claims.data.notation import bounds, render
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sessions import NAMES, read, sessions, without

RULES = [Rule(), Rule("majority"), Rule("expert", "amara"), Rule("majority", min_annotators=2)]

quick = settings(max_examples=30, deadline=None)


def places(outcome: Outcome) -> tuple[list[Place], list[Place]]:
    return [d.sentence.place for d in outcome.decided], [w.sentence.place for w in outcome.waiting]


def decided(*documents: Document, rule: str = "review", reviewed: Sequence[Document] = ()) -> Outcome:
    return adjudicate(session_of(documents), Rule.of(rule), session_of(reviewed))


def gold(*documents: Document, rule: str = "review", reviewed: Sequence[Document] = ()) -> dict[str, str]:
    """Gold articles in the inline notation, by id."""
    found = gold_documents(decided(*documents, rule=rule, reviewed=reviewed))
    return {d.id: render(d.text, d.spans) for d in found}


def reasons(*documents: Document, rule: str = "review", reviewed: Sequence[Document] = ()) -> list[str]:
    return [w.reason for w in decided(*documents, rule=rule, reviewed=reviewed).waiting]


# --- properties --------------------------------------------------------------------------------------------------


@given(sessions(names=NAMES), st.sampled_from(RULES))
@quick
def test_every_sentence_is_decided_or_waits(documents: list[Document], rule: Rule) -> None:
    session = session_of(documents)
    if rule.expert and rule.expert not in session.annotators:
        return
    outcome = adjudicate(session, rule)
    done, waiting = places(outcome)
    assert sorted([*done, *waiting]) == [s.place for s in session.sentences]
    assert outcome.rejects == ()
    articles = gold_documents(outcome)
    assert [d.id for d in articles] == sorted({d.id for d in documents} & {place[0] for place in done})
    assert [(d.id, *pair) for d in articles for pair in d.meta["labelled"]] == done
    assert [(d.id, x["start"], x["end"]) for d in articles for x in d.meta["decided"]] == done
    for document in articles:
        inside = [(a, b) for a, b in document.meta["labelled"]]
        assert all(any(a <= s.start and s.end <= b for a, b in inside) for s in document.spans)
    keys = [(row["data"]["article"], row["data"]["start"], row["data"]["end"]) for row in review_rows(outcome.waiting)]
    assert keys == waiting


@given(sessions(alike=True), st.sampled_from(RULES[:3]))
@quick
def test_what_all_say_comes_out_as_it_went_in(documents: list[Document], rule: Rule) -> None:
    session = session_of(documents)
    if rule.expert and rule.expert not in session.annotators:
        return
    outcome = adjudicate(session, rule)
    assert outcome.waiting == ()
    marks = {(d.id, s.start, s.end): s for d in documents for s in d.spans}
    for document in gold_documents(outcome):
        for span in document.spans:
            given_span = marks.pop((document.id, span.start, span.end))
            assert replace(span, attributed_to=None) == replace(given_span, attributed_to=None)
    assert marks == {}
    ways = {place: len(s.readings) for s in session.sentences for place in [s.place]}
    for decision in outcome.decided:
        assert (decision.how == "agreed") == (ways[decision.sentence.place] > 1)


@given(sessions(names=NAMES), st.permutations(NAMES), st.booleans())
@quick
def test_the_names_and_the_order_of_annotators_do_not_matter(
    documents: list[Document], names: list[str], by_majority: bool
) -> None:
    rule = Rule("majority" if by_majority else "review")
    new = dict(zip(NAMES, names, strict=True))
    renamed = [
        Document(d.article, d.spans, {**d.meta, "annotator": new[d.meta["annotator"]]}) for d in reversed(documents)
    ]
    before, after = adjudicate(session_of(documents), rule), adjudicate(session_of(renamed), rule)
    assert places(before) == places(after)
    for one, other in zip(gold_documents(before), gold_documents(after), strict=True):
        assert one.spans == other.spans


@given(sessions(names=(*NAMES, "emeka")))
@quick
def test_a_majority_of_whole_readings_wins(documents: list[Document]) -> None:
    """And of spans, counted in another way: no gold span without one, none with one left out."""
    session = session_of(documents)
    outcome = adjudicate(session, Rule("majority"))
    made = {d.sentence.place: d for d in outcome.decided}
    for sentence in session.sentences:
        voters = len(sentence.readings)
        reading, votes = Counter(sentence.readings.values()).most_common(1)[0]
        if 2 * votes > voters:
            assert made[sentence.place].reading == reading
        if (decision := made.get(sentence.place)) and voters > 1:
            spans = Counter(mark.place for r in sentence.readings.values() for mark in r)
            assert {m.place for m in decision.reading} == {p for p, n in spans.items() if 2 * n > voters}
            for mark in decision.reading:
                same = [m for r in sentence.readings.values() for m in r if m.place == mark.place]
                assert 2 * sum(m.span == mark.span for m in same) > len(same)


@given(sessions())
@quick
def test_an_expert_has_the_word_where_they_labelled(documents: list[Document]) -> None:
    session = session_of(documents)
    if "ben" not in session.annotators:
        return
    made = {d.sentence.place: d for d in adjudicate(session, Rule("expert", "ben")).decided}
    plain = {d.sentence.place: d for d in adjudicate(session).decided}
    for sentence in session.sentences:
        if "ben" in sentence.readings:
            assert made[sentence.place].reading == sentence.readings["ben"]
        else:
            assert made.get(sentence.place) == plain.get(sentence.place)


def pulled_review(session: Session, outcome: Outcome, choose: Any, name: str = "lead") -> list[Document]:
    """What a reviewer sends back who takes one of the readings of each sentence that waits."""
    found: dict[str, list[tuple[tuple[int, int], Reading]]] = {}
    for waiting in outcome.waiting:
        s = waiting.sentence
        reading = choose(list(s.readings.values()))
        found.setdefault(s.article.id, []).append(((s.start, s.end), reading))
    documents = []
    articles = {s.article.id: s.article for s in session.sentences}
    for id, rows in found.items():
        spans: list[Span] = []
        for _, reading in rows:
            numbers = {m.place: len(spans) + n for n, m in enumerate(reading)}
            for mark in reading:
                source = mark.source
                link = None if source is None else numbers.get((source.start, source.end, ATTRIBUTION))
                spans.append(replace(mark.span, attributed_to=link))
        meta = {"annotator": name, "labelled": [list(place) for place, _ in rows]}
        documents.append(Document(articles[id], tuple(spans), meta))
    return documents


@given(sessions(names=NAMES), st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_the_review_all_of_it_is_sound_gold(
    tmp_path_factory: pytest.TempPathFactory, documents: list[Document], data: st.DataObject
) -> None:
    session = session_of(documents)
    first = adjudicate(session)
    review = pulled_review(session, first, lambda readings: data.draw(st.sampled_from(readings)))
    second = adjudicate(session, Rule(), session_of(review))
    assert second.waiting == () and second.rejects == ()
    ways = {d.sentence.place: d.how for d in second.decided}
    assert {p for p, how in ways.items() if how == "reviewed by lead"} == {w.sentence.place for w in first.waiting}
    before = {d.sentence.place: d for d in first.decided}
    assert all(d == before[d.sentence.place] for d in second.decided if d.sentence.place in before)
    articles = gold_documents(second)
    assert all(labelled_part(d) is not None for d in articles)
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    write_corpus(path, articles)
    assert [p for p in check_corpus([path]) if p.severity == "error"] == []


@given(sessions())
@quick
def test_the_page_of_a_review_shows_each_reading_as_it_is(documents: list[Document]) -> None:
    outcome = adjudicate(session_of(documents))
    for row, waiting in zip(review_rows(outcome.waiting), outcome.waiting, strict=True):
        sentence, task = waiting.sentence, Task.from_data(row["data"])
        assert task.text == sentence.text
        article = sentence.article.text
        assert task.before in article[: task.start] and task.after in article[task.end :]
        names = [p["model_version"] for p in row["predictions"]]
        assert names == list(sentence.readings)
        for prediction, reading in zip(row["predictions"], sentence.readings.values(), strict=True):
            drawn, problems = from_result(prediction["result"], task.text)
            assert problems == [] and drawn == reading_on_page(sentence, reading)
            assert 0 <= prediction["score"] < 1


# --- cases -------------------------------------------------------------------------------------------------------

A = "[[a1|Police said]] [[k=6@a1|six miners died]]."
SIX, HURT = "[[k=6|six miners died]]", "[[i=6|six miners died]]"


def test_a_majority_decides_span_record_and_source() -> None:
    rows = [
        read("amara", "[[a1|Police said]] [[k=6@a1|six miners died]] and [[i=2|two were hurt]]."),
        read("ben", "[[a1|Police said]] [[k>=6@a1|six miners died]] and two were hurt."),
        read("chidi", "[[a1|Police said]] [[k=6|six miners died]] and two were hurt."),
    ]
    assert gold(*rows, rule="majority") == {"a": "[[a1|Police said]] [[k=6@a1|six miners died]] and two were hurt."}
    assert [d.how for d in decided(*rows, rule="majority").decided] == ["majority"]


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        ([f"{SIX}.", "six miners died."], "1 of 2 marked 'six miners died'"),
        ([f"{SIX}.", "[[k=6|six miners]] died.", "six [[k=6|miners died]]."], "2 the same with other edges"),
        ([f"{SIX}.", f"{HURT}."], "no majority on the harm of 'six miners died'"),
        ([f"{SIX}.", f"{SIX}.", f"{HURT}.", f"{HURT}."], "no majority on the harm"),
        ([f"{SIX}.", "[[k>=6|six miners died]].", "[[k~6|six miners died]]."], "no majority on the number of"),
        ([A, f"[[a1|Police said]] {SIX}."], "no majority on the source of"),
        (
            [A, A, f"Police said {SIX}.", "Police said six miners died.", "Police said six miners died."],
            "the source of 'six miners died' is 'Police said', which most did not mark",
        ),
    ],
)
def test_without_a_majority_a_sentence_waits_and_says_on_what(readings: list[str], reason: str) -> None:
    rows = [read(f"n{number}", reading) for number, reading in enumerate(readings)]
    (said,) = reasons(*rows, rule="majority")
    assert reason in said


def test_a_minority_is_outvoted_in_silence() -> None:
    rows = [read(name, "The road to Belmar stayed shut.") for name in NAMES[:3]]
    alone = read("dina", "The [[k=1|road to Belmar]] stayed shut.")
    assert gold(*rows, alone, rule="majority") == {"a": "The road to Belmar stayed shut."}


def test_the_source_with_other_edges_is_the_elected_one() -> None:
    rows = [
        read("amara", "[[a1|Police in Belmar said]] [[k=6@a1|six miners died]]."),
        read("ben", "[[a1|Police in Belmar said]] [[k=6|six miners died]]."),
        read("chidi", "[[a1|Police]] in Belmar said [[k=6@a1|six miners died]]."),
    ]
    assert gold(*rows, rule="majority") == {"a": "[[a1|Police in Belmar said]] [[k=6@a1|six miners died]]."}


def overlapping(name: str, *spans: tuple[int, int]) -> Document:
    made = tuple(Span(a, b, CLAIM, "killed", bounds("exact", 6)) for a, b in spans)
    return Document(Article("a", "At least six miners died."), made, {"annotator": name, "labelled": [[0, 25]]})


def test_of_overlapping_spans_the_one_with_more_votes_stays_and_it_is_told() -> None:
    rows = [
        overlapping("amara", (9, 19), (13, 24)),
        overlapping("ben", (9, 19), (13, 24)),
        overlapping("chidi", (9, 19)),
    ]
    (decision,) = decided(*rows, rule="majority").decided
    assert [mark.place[:2] for mark in decision.reading] == [(9, 19)]
    assert decision.notes == ("'miners died' is left out: it overlaps 'six miners', which more annotators marked",)
    (reason,) = reasons(*rows[:2], overlapping("chidi"), rule="majority")
    assert "overlap, and as many marked the one as the other" in reason


@pytest.mark.parametrize(
    ("spans", "fault"),
    [
        ((Span(0, 16, CLAIM, None, bounds("exact", 6)),), "a claim without harm"),
        ((Span(0, 16, CLAIM, "killed"),), "a claim without qualifier"),
        ((Span(0, 13, CLAIM, "killed", bounds("exact", 6)),), "cuts a word"),
        ((Span(0, 16, CLAIM, "killed", bounds("exact", 6)), Span(4, 10, ATTRIBUTION)), "overlaps"),
        ((Span(0, 16, CLAIM, "killed", bounds("exact", None)),), "exact needs a count"),
    ],
)
@pytest.mark.parametrize("names", [["amara"], ["amara", "ben"]])
@pytest.mark.parametrize("rule", ["review", "majority", "expert:amara"])
def test_what_breaks_the_scheme_is_never_gold(spans: tuple[Span, ...], fault: str, names: list[str], rule: str) -> None:
    article = Article("a", "Six miners died.")
    rows = [Document(article, spans, {"annotator": name, "labelled": [[0, 16]]}) for name in names]
    (reason,) = reasons(*rows, rule=rule)
    assert "breaks a rule" in reason and fault in reason
    (reason,) = reasons(*rows, rule=rule, reviewed=rows[:1])
    assert "it is reviewed by amara, but breaks a rule" in reason


def test_one_annotator_is_enough_unless_more_are_wanted() -> None:
    rows = [read("amara", A), read("ben", A, id="b"), read("chidi", A, id="b")]
    assert [d.how for d in decided(*rows).decided] == ["only amara", "agreed"]
    few = adjudicate(session_of(rows), Rule(min_annotators=2))
    assert [d.how for d in few.decided] == ["agreed"]
    assert [w.reason for w in few.waiting] == ["1 of at least 2 annotators labelled it"]
    assert str(Rule("expert", "amara", 2)) == "expert:amara, at least 2 annotators"
    expert = adjudicate(session_of(rows), Rule("expert", "amara", 3))
    assert [d.how for d in expert.decided] == ["expert amara"]


@pytest.mark.parametrize("words", ["", "majorty", "expert", "expert:", "majority:amara", "review:x"])
def test_a_rule_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(RuleError, match="choose review, majority or expert:NAME"):
        Rule.of(words)


def test_an_expert_must_have_labelled() -> None:
    with pytest.raises(RuleError, match="zoe labelled nothing here; those who did: amara"):
        decided(read("amara", A), rule="expert:zoe")


def test_the_review_stands_above_the_rest_and_its_reviewers_must_agree() -> None:
    rows = [read("amara", f"{SIX}."), read("ben", f"{SIX}.")]
    assert gold(*rows, reviewed=[read("lead", f"{HURT}.")]) == {"a": f"{HURT}."}
    assert gold(*rows, reviewed=[read("lead", f"{HURT}."), read("mira", f"{HURT}.")]) == {"a": f"{HURT}."}
    outcome = decided(*rows, reviewed=[read("lead", f"{HURT}."), read("mira", f"{SIX}.")])
    (waiting,) = outcome.waiting
    assert waiting.reason == "its reviewers lead, mira differ" and waiting.is_reviewed
    assert list(waiting.sentence.readings) == ["amara", "ben", "lead", "mira"]


def test_a_skipped_review_goes_on_waiting() -> None:
    rows = [read("amara", f"{SIX}.", "Rain fell."), read("ben", f"{HURT}.", "Rain fell.")]
    outcome = decided(*rows, reviewed=[without(read("lead", f"{SIX}.", "Rain fell."), 0)])
    assert [w.reason for w in outcome.waiting] == ["amara, ben differ"]
    assert [d.how for d in outcome.decided] == ["reviewed by lead"]


def test_what_was_reviewed_but_is_not_ours_is_told() -> None:
    rows = [read("amara", f"{SIX}."), read("ben", f"{HURT}.")]
    outcome = decided(*rows, reviewed=[read("lead", f"{SIX}.", id="b"), read("lead", "Ten sailors sank.")])
    assert [r.reason for r in outcome.rejects] == ["it was reviewed, but is not in the labelled file"] * 2
    other = decided(*rows, reviewed=[read("lead", "six divers died.")])
    assert [r.reason for r in other.rejects] == ["its words are not those that were reviewed; pull both again"]


def test_sentences_that_overlap_are_kept_once() -> None:
    article = Article("a", "Six miners died. Rain fell.")
    rows = [
        Document(article, (), {"annotator": "amara", "labelled": [[0, 16], [17, 27]]}),
        Document(article, (), {"annotator": "ben", "labelled": [[0, 27]]}),
    ]
    outcome = decided(*rows)
    assert [d.sentence.place for d in outcome.decided] == [("a", 0, 16), ("a", 17, 27)]
    assert [r.reason for r in outcome.rejects] == ["it overlaps the sentence at 0 to 16, which is kept"]


# --- links across sentences --------------------------------------------------------------------------------------

QUOTE, RUN_ON = "[[a1|Colonel Dara Obin spoke of]] [[k=6@a1|six dead]].", "[[i=2@a1|Two were hurt]]."


def test_links_across_sentences_are_kept_where_both_ends_are_gold() -> None:
    both = [read(name, QUOTE, RUN_ON) for name in NAMES[:2]]
    assert gold(*both) == {"a": f"{QUOTE} {RUN_ON}"}


def test_a_link_to_a_sentence_that_waits_keeps_its_direction_until_it_is_gold() -> None:
    split = "[[a1|Colonel Dara Obin]] spoke of [[k=6@a1|six dead]]."
    rows = [read("amara", QUOTE, RUN_ON), read("ben", QUOTE, RUN_ON), read("chidi", split, RUN_ON)]
    rows = [replace_source(row, rows[0]) for row in rows]
    outcome = decided(*rows)
    (document,) = gold_documents(outcome)
    assert [span.attributed_to for span in document.spans] == [None]
    assert document.meta["unresolved"] == [[*document.meta["labelled"][0][:1], document.spans[0].end, "earlier"]]
    (done,) = gold_documents(decided(*rows, reviewed=[without(read("lead", split, RUN_ON), 1)]))
    assert render(done.text, done.spans) == f"{split} {RUN_ON}"  # the source has other edges now, and is the same
    assert "unresolved" not in done.meta


def replace_source(document: Document, other: Document) -> Document:
    """Link the claim of the last sentence to the span that the other document links it to."""
    article, end = document.article, document.spans[-1].end
    source = other.spans[other.spans[-1].attributed_to or 0]
    spans = [s for s in document.spans if s.end != end]
    numbers = [n for n, s in enumerate(spans) if not s.is_claim and s.start == source.start]
    return Document(article, (*spans, replace(document.spans[-1], attributed_to=numbers[0])), document.meta)


def test_a_direction_finds_the_nearest_gold_attribution_that_way() -> None:
    meta = {"unresolved": [[39, 52, "earlier"]]}
    rows = [
        read("amara", "[[a1|Colonel Dara Obin spoke of]] six dead.", "[[i=2|Two were hurt]]."),
        read("ben", "Colonel Dara Obin spoke of six dead.", "[[i=2|Two were hurt]]."),
    ]
    start, end = rows[0].spans[-1].start, rows[0].spans[-1].end
    meta = {"unresolved": [[start, end, "earlier"]]}
    rows = [Document(r.article, r.spans, {**r.meta, **meta}) for r in rows]
    (waits,) = gold_documents(decided(*rows))
    assert waits.meta["unresolved"] == meta["unresolved"] and waits.spans[0].attributed_to is None
    (done,) = gold_documents(decided(*rows, rule="expert:amara"))
    assert done.spans[1].attributed_to == 0 and "unresolved" not in done.meta
    nobody = decided(*rows, rule="expert:ben")
    assert gold_documents(nobody)[0].meta["unresolved"] == meta["unresolved"]


TOLD, RUMOURED = "[[a1|Colonel Dara Obin spoke of]] six dead.", "[[a2|Nurses told of]] three."


def pointing(name: str, way: str, *sentences: str) -> Document:
    """The sentences, in which the source of the only claim stands ``way``."""
    document = read(name, *sentences)
    (claim,) = [span for span in document.spans if span.is_claim]
    return Document(document.article, document.spans, {**document.meta, "unresolved": [[claim.start, claim.end, way]]})


@pytest.mark.parametrize(
    ("way", "sentences", "link"),
    [
        ("earlier", [TOLD, RUMOURED, "[[i=2|Two were hurt]]."], 1),
        ("later", ["[[i=2|Two were hurt]].", TOLD, RUMOURED], 1),
        ("earlier", ["[[i=2|Two were hurt]].", TOLD], None),
        ("later", [TOLD, "[[i=2|Two were hurt]]."], None),
    ],
)
def test_the_nearest_one_that_way_is_meant(way: str, sentences: list[str], link: int | None) -> None:
    (document,) = gold_documents(decided(*(pointing(name, way, *sentences) for name in NAMES[:2])))
    ((_, claim),) = document.claims
    assert claim.attributed_to == link
    assert ("unresolved" in document.meta) == (link is None)


def test_a_sentence_that_waits_may_hold_a_nearer_one() -> None:
    hurt, plain = "[[i=2|Two were hurt]].", "Nurses told of three."
    rows = [pointing("amara", "earlier", TOLD, RUMOURED, hurt), pointing("ben", "earlier", TOLD, plain, hurt)]
    (document,) = gold_documents(decided(*rows))
    ((_, claim),) = document.claims
    assert claim.attributed_to is None and document.meta["unresolved"] == rows[0].meta["unresolved"]
    (settled,) = gold_documents(decided(*rows, rule="expert:ben"))
    assert [span.attributed_to for _, span in settled.claims] == [0]


def test_a_source_in_another_sentence_is_a_direction_on_the_page() -> None:
    rows = [read("amara", QUOTE, RUN_ON), read("ben", QUOTE, "[[k=2@a1|Two were hurt]].")]
    (row,) = review_rows(decided(*rows).waiting)
    readings = [from_result(p["result"], row["data"]["text"])[0] for p in row["predictions"]]
    assert [reading.sources for reading in readings] == [("earlier",), ("earlier",)]
    assert row["data"]["before"] == "Colonel Dara Obin spoke of six dead."
    rows = [
        read("amara", f"{SIX}.", "Rain fell.", "It was cold."),
        read("ben", f"{HURT}.", "Rain fell.", "It was cold."),
    ]
    (row,) = review_rows(decided(*rows).waiting)
    assert (row["data"]["before"], row["data"]["after"]) == ("", "Rain fell. It was cold.")


# --- files and the command ---------------------------------------------------------------------------------------


def labelled(folder: Path, *documents: Document, name: str = "labelled.jsonl") -> Path:
    path = folder / name
    names = {d.meta["annotator"] for d in documents}
    write_gold(path, documents, how="pull", annotators=names, project={"id": 3, "title": "Spring"}, force=True)
    return path


THREE = [
    read("amara", A, f"Later {SIX}.", genre="wire", control=[[0, 28]]),
    read("ben", A, f"Later {HURT}.", genre="wire"),
    read("chidi", A, f"Later {HURT}.", genre="wire"),
]


def test_a_round_from_files_to_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = labelled(tmp_path, *THREE), tmp_path / "gold.jsonl"
    assert main(["adjudicate", str(source), "--out", str(out), "--by", "lead"]) == 0
    said = capsys.readouterr().out
    assert "1 of 2 sentences are gold (1 agreed)" in said and "1 sentence to review in" in said
    (row,) = read_tasks(tmp_path / "gold.review.json")
    assert len(row["predictions"]) == 3
    (document,) = read_corpus(out)
    assert document.meta["genre"] == "wire" and document.meta["control"] == [[0, 28]]
    assert document.meta["decided"] == [{"start": 0, "end": 28, "how": "agreed"}]
    version, pulled = version_of(out), version_of(source)
    assert version is not None and pulled is not None
    assert version.pulled == {"hash": pulled.hash, "made": pulled.made}
    assert (version.how, version.rule, version.by) == ("adjudication", "review", "lead")
    assert version.project == {"id": 3, "title": "Spring"}
    assert version.annotators == ("amara", "ben", "chidi")

    reviewed = labelled(tmp_path, without(read("lead", A, f"Later {SIX}."), 0), name="reviewed.jsonl")
    command = ["adjudicate", str(source), "--out", str(out), "--by", "lead", "--reviewed", str(reviewed)]
    assert main(command) == 0
    assert "2 of 2 sentences are gold (1 agreed; 1 reviewed by lead)" in capsys.readouterr().out
    (document,) = read_corpus(out)
    assert render(document.text, document.spans) == f"{A} Later {SIX}."
    assert list(read_tasks(tmp_path / "gold.review.json")) == []
    version = version_of(out)
    assert version is not None and [row["hash"] for row in version.reviewed] == [version_of(reviewed).hash]  # type: ignore[union-attr]

    for path in tmp_path.iterdir():
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert main(command) == 0
    assert "1 as before" in capsys.readouterr().out
    assert {p.name for p in tmp_path.iterdir() if p.stat().st_mtime != 1_000_000_000} <= {"gold.review.json"}


def test_pseudonyms_stand_in_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out, names = labelled(tmp_path, *THREE), tmp_path / "out" / "gold.jsonl", tmp_path / "names.json"
    out.parent.mkdir()
    names.write_text('{"chidi": "annotator 9"}')
    review = labelled(tmp_path, without(read("lead", A, f"Later {SIX}."), 0), name="reviewed.jsonl")
    for more in (["--rule", "expert:ben"], [], ["--reviewed", str(review)]):
        command = ["adjudicate", str(source), "--out", str(out), "--pseudonyms", str(names), "--by", "lead", *more]
        assert main(command) == 0
        told = capsys.readouterr()
        for text in (told.out, told.err, *(p.read_text() for p in out.parent.iterdir())):
            assert not any(name in text for name in ("amara", "ben ", "ben'", '"ben', "chidi", "lead"))
    assert json.loads(names.read_text())["chidi"] == "annotator 9"
    assert "reviewed by annotator 12" in out.read_text()
    version = version_of(out)
    assert version is not None and version.by == "annotator 12"


def test_names_that_are_pseudonyms_stay(tmp_path: Path) -> None:
    rows = [Document(d.article, d.spans, {**d.meta, "annotator": f"annotator {n}"}) for n, d in enumerate(THREE, 1)]
    names = tmp_path / "names.json"
    names.write_text('{"x@example.org": "annotator 1", "y@example.org": "annotator 2", "z@example.org": "annotator 3"}')
    before = names.read_bytes()
    adjudicate_files(Files(labelled(tmp_path, *rows), tmp_path / "gold.jsonl", names=names))
    version = version_of(tmp_path / "gold.jsonl")
    assert version is not None and version.annotators == ("annotator 1", "annotator 2", "annotator 3")
    assert names.read_bytes() == before


def test_rejects_come_and_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = Document(Article("a", "Quite another text."), (), {"annotator": "dina", "labelled": [[0, 19]]})
    out = tmp_path / "gold.jsonl"
    assert main(["adjudicate", str(labelled(tmp_path, *THREE, stranger)), "--out", str(out)]) == 1
    assert "1 reject, all listed in" in capsys.readouterr().out
    (row,) = [json.loads(line) for line in (tmp_path / "gold.jsonl.rejects.jsonl").read_text().splitlines()]
    assert "that of the same article" in row["reason"]
    assert main(["adjudicate", str(labelled(tmp_path, *THREE)), "--out", str(out)]) == 0
    assert not (tmp_path / "gold.jsonl.rejects.jsonl").exists()


def test_what_a_majority_left_out_for_overlaps_is_noted(tmp_path: Path) -> None:
    rows = [
        overlapping("amara", (9, 19), (13, 24)),
        overlapping("ben", (9, 19), (13, 24)),
        overlapping("chidi", (9, 19)),
    ]
    files = Files(labelled(tmp_path, *rows), tmp_path / "gold.jsonl")
    assert adjudicate_files(files, "majority").outcome.rejects == ()
    assert "note: 'miners died' is left out" in files.rejects.read_text()


def test_a_file_that_is_not_named_as_a_review_is_not_written_over(tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.json"
    tasks.write_text("[]")
    files = Files(labelled(tmp_path, *THREE), tmp_path / "gold.jsonl", review=tasks)
    with pytest.raises(ValueError, match=r"ends in \.review\.json"):
        adjudicate_files(files)
    assert not files.out.exists() and tasks.read_text() == "[]"
    adjudicate_files(files, force=True)
    assert len(list(read_tasks(tasks))) == 1


@pytest.mark.parametrize("twice", ["--out", "--review"])
def test_an_input_is_never_an_output(tmp_path: Path, capsys: pytest.CaptureFixture[str], twice: str) -> None:
    source = labelled(tmp_path, *THREE)
    before = source.read_bytes()
    out = [] if twice == "--out" else ["--out", str(tmp_path / "gold.jsonl")]
    assert main(["adjudicate", str(source), *out, twice, str(source)]) == 2
    assert "name another output" in capsys.readouterr().err.replace("\n", " ")
    assert source.read_bytes() == before


def test_a_pull_that_was_edited_has_no_time_in_the_gold(tmp_path: Path) -> None:
    source = labelled(tmp_path, *THREE)
    write_corpus(source, THREE[:2])
    done = adjudicate_files(Files(source, tmp_path / "gold.jsonl"))
    assert not done.is_dated and any("is not as a pull left it" in line for line in done.told())
