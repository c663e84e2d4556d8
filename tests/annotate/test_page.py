"""The labelling page and its guideline: sound, complete, and saying the same as each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.annotate import cli
from casualty_claims.annotate.page import (
    Example,
    PageError,
    check_config,
    examples,
    guideline_html,
    guideline_markdown,
    labelling_config,
)
from casualty_claims.annotate.regions import HARM, LABEL, NUMBER, QUALIFIER, RELATION, SOURCE, SOURCES, TEXT, UPPER
from casualty_claims.annotate.tasks import Task
from casualty_claims.data.checks import faults
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import HARMS, LABELS, QUALIFIERS, Article, Document
from casualty_claims.models.quantities import read_quantity
from lxml import etree, html

ROOT = Path(__file__).resolve().parents[2]
RULES = [f"R{number}" for number in range(1, 11)] + [f"A{number}" for number in range(1, 8)] + ["link"]
CONTROLS = {LABEL: LABELS, HARM: HARMS, QUALIFIER: QUALIFIERS, SOURCE: SOURCES, NUMBER: (), UPPER: ()}


@pytest.fixture(scope="module")
def page() -> Any:
    return etree.fromstring(labelling_config().encode())


def control(page: Any, name: str) -> Any:
    (found,) = page.xpath(f"//*[@name='{name}']")
    return found


def test_the_page_is_what_the_sdk_and_this_toolkit_ask_for() -> None:
    pytest.importorskip("label_studio_sdk", reason="the SDK comes with casualty-claims[annotate]")
    check_config(labelling_config())


@pytest.mark.parametrize("name", CONTROLS)
def test_controls_offer_what_regions_reads(page: Any, name: str) -> None:
    found = control(page, name)
    assert found.get("toName") == TEXT
    assert tuple(c.get("alias") or c.get("value") for c in found.iter("Label", "Choice")) == CONTROLS[name]
    if name != LABEL:  # details of a claim alone
        assert (found.get("perRegion"), found.get("whenLabelValue")) == ("true", "CASUALTY_CLAIM")


def test_one_relation_and_a_text_that_offsets_are_right_in(page: Any) -> None:
    assert page.xpath("//Relation/@value") == [RELATION]
    # "character" breaks the page; "word" freezes it when the mouse is pressed beside the sentence and let go in it
    assert control(page, TEXT).get("granularity") == "symbol"


def test_everything_the_page_shows_is_in_the_task_and_only_the_sentence_can_be_labelled(page: Any) -> None:
    data = Task("a1", 0, 3, "Hi.").data()
    shown = re.findall(r"\$(\w+)", " ".join(page.xpath("//@value")))
    assert set(shown) == {"title", "outlet", "published", "before", "text", "after"} <= set(data)
    assert page.xpath("//*[starts-with(@value, '$') and not(self::Header)]/@value") == ["$text"]


def test_hot_keys(page: Any) -> None:
    """Each a letter of its own; none is the page's, which takes "u" to let go of a region. Digits will not do."""
    keys = page.xpath("//Label/@hotkey | //Choice/@hotkey")
    assert len(keys) == len(page.xpath("//Label | //Choice")) == len(set(keys))
    assert all(re.fullmatch("[a-tv-z]", key) for key in keys)
    assert all(not number.get("hotkey").isalnum() for number in page.iter("Number"))  # else it is given a digit


def test_the_style_holds_nothing_that_the_page_escapes(page: Any) -> None:
    (style,) = page.iter("Style")
    assert ">" not in style.text and "<" not in style.text
    assert ">" not in guideline_html().partition("<style>")[2].partition("</style>")[0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("</View>", "", "cannot read"),
        ('value="$text"', 'value="$words"', 'needs <Text name="text"'),
        ('name="text"', 'name="words"', "cannot read"),
        ('<Label value="ATTRIBUTION"', '<Label value="SOURCE"', "lacks ATTRIBUTION"),
        ('alias="at_least" ', "", "lacks at_least"),
        ('<Choice value="share"', '<Choice value="part"', "lacks share"),
        ('name="upper" toName="text"', 'name="most" toName="text"', 'needs <Number name="upper"'),
        ('name="number" toName="text"', 'name="number" toName="other"', "cannot read"),
        ('<Number name="number"', '<Rating name="number"', 'needs <Number name="number"'),
    ],
)
def test_a_page_that_would_lose_answers_is_refused(old: str, new: str, told: str) -> None:
    pytest.importorskip("label_studio_sdk", reason="the SDK comes with casualty-claims[annotate]")
    config = labelling_config()
    assert old in config
    with pytest.raises(PageError, match=re.escape(told)):
        check_config(config.replace(old, new))


def test_a_page_may_be_reworded() -> None:
    pytest.importorskip("label_studio_sdk", reason="the SDK comes with casualty-claims[annotate]")
    check_config(
        labelling_config().replace('value="If no arrow"', 'value="Wer sagt es?"').replace("#c2410c", "#aa0000")
    )


def test_the_guideline_has_examples_of_everything() -> None:
    claims = [span for example in examples() for span in example.spans if span.is_claim]
    assert len(examples()) >= 40
    assert {topic for example in examples() for topic in example.topics} == set(RULES)
    assert {span.harm for span in claims} == set(HARMS)
    assert {span.quantity.qualifier for span in claims if span.quantity} == set(QUALIFIERS)
    assert {not example.spans for example in examples()} == {True, False}  # what is not marked is shown, too


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.text[:40])
def test_an_example_is_sound(example: Example) -> None:
    assert list(faults(Document(Article("guideline", example.text), example.spans))) == []
    for span in example.spans:
        words = example.text[span.start : span.end]
        if span.is_claim:  # the words, read by rules that know nothing of the example, give the same record
            assert read_quantity(words) == span.quantity


def test_no_example_is_said_twice_or_taken_from_the_corpus() -> None:
    def strings_of_words(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[i : i + 6]) for i in range(len(words) - 5)}

    assert len({example.text for example in examples()}) == len(examples())
    corpus = set().union(*(strings_of_words(document.text) for document in read_corpus(ROOT / "data" / "corpus")))
    for example in examples():
        assert not strings_of_words(example.text) & corpus, example.text


def test_people_see_the_marked_words_and_what_they_mean() -> None:
    (one, three) = examples()[0], next(e for e in examples() if e.text.startswith("Rebels said"))
    assert one.to_markdown().splitlines() == [
        "All four in a row.", "", "> **At least six soldiers died** on the coast road.", ">",
        "> - killed, at least 6",
    ]  # fmt: skip
    assert three.to_markdown().splitlines()[2:] == [
        "> *Rebels said* **five soldiers died**; *the army admitted* **one death**.",
        ">",
        "> - **five soldiers died**: killed, exact 5 → *Rebels said*",
        "> - **one death**: killed, exact 1 → *the army admitted*",
    ]


def test_the_guideline_on_the_page_marks_what_the_examples_mark() -> None:
    assert "[[" not in guideline_markdown() and "```" not in guideline_markdown()
    guide = html.fromstring(guideline_html())
    shown = list(guide.iter("blockquote"))[1:]  # the first explains the marks
    assert len(shown) == len(examples())
    for quote, example in zip(shown, examples(), strict=True):
        sentence = quote.find("p")
        assert sentence.text_content() == example.text
        marked = [(mark.tag, mark.text_content()) for mark in sentence.iter("strong", "em")]
        words = [("strong" if s.is_claim else "em", example.text[s.start : s.end]) for s in example.spans]
        assert marked == words


def test_the_guideline_names_the_hot_keys_of_the_page(page: Any) -> None:
    guideline = guideline_markdown()
    for choice in page.iter("Choice"):
        words = "the article's own voice" if choice.get("value") == "own voice" else choice.get("value")
        assert f"**{choice.get('hotkey')}** {words}" in guideline
    for label in page.iter("Label"):
        assert f"press **{label.get('hotkey')}**, then drag" in guideline


def test_the_guideline_in_the_documentation_is_today_s() -> None:
    assert (ROOT / "docs" / "guideline.md").read_text("utf-8") == guideline_markdown()


def test_the_command_writes_three_files_and_replaces_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "page"
    assert cli.main(["page", "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(out / name) for name in ("labels.xml", "guideline.md", "guideline.html")]
    assert "paste labels.xml" in told.err
    assert (out / "labels.xml").read_text("utf-8") == labelling_config()
    assert (out / "guideline.md").read_text("utf-8") == guideline_markdown()
    assert guideline_html() in (out / "guideline.html").read_text("utf-8")

    (out / "labels.xml").unlink()
    (out / "guideline.md").unlink()
    (out / "guideline.html").write_text("mine", "utf-8")
    assert cli.main(["page", "--out", str(out)]) == 2
    assert "guideline.html exists; pass --force" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["guideline.html"]  # all or nothing
    assert (out / "guideline.html").read_text("utf-8") == "mine"
    assert cli.main(["page", "--out", str(out), "--force"]) == 0
    assert guideline_html() in (out / "guideline.html").read_text("utf-8")
