"""The labelling page in a real browser, on a real server: what the eye sees, what mouse and keys do, what comes home.

``UPDATE_PICTURES=1`` takes the picture of the README anew, and what the page submits for the tests of regions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.annotate import cli
from casualty_claims.annotate.page import guideline_html, labelling_config
from casualty_claims.annotate.regions import SOURCES, Reading, from_result, to_result
from casualty_claims.annotate.taskfile import open_tasks
from casualty_claims.annotate.tasks import Task, tasks_of
from casualty_claims.data.corpus import read_corpus
from casualty_claims.data.documents import HARMS, QUALIFIERS, Article
from casualty_claims.data.notation import parse
from hand import FLAGS, Hand, api, expect, playwright
from studio import Studio

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "annotate" / "golden"
UPDATE = bool(os.environ.get("UPDATE_PICTURES"))

CLAIM, ATTRIBUTION = "CASUALTY_CLAIM", "ATTRIBUTION"

BEFORE = "Shells fell on the old town from dawn. By noon the bridge was shut."
AFTER = "Schools stay closed until Friday. The mayor asked for generators."
HARD = "“No sleep” 🕯️ for the 👩‍👩‍👧 of Tarnova’s north.\n"
"""What offsets go wrong after: curly quotes, emoji of several code points, a line break."""


@pytest.fixture(scope="module")
def window(label_studio: Studio, chromium: str) -> Iterator[Any]:
    """A browser window in which the lead has logged in."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
        context.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        page = context.new_page()
        page.goto(f"{label_studio.url}/user/login/")
        page.fill("#email", label_studio.username)
        page.fill("#password", label_studio.password)
        page.click("[type=submit]")
        page.wait_for_url(lambda address: "/login" not in address)
        yield context
        browser.close()


@pytest.fixture
def open_page(label_studio: Studio, window: Any) -> Iterator[Callable[[int], Hand]]:
    """Open a project's next sentence as an annotator does ("Label All Tasks"), in a window with settings of its own."""
    own = window.browser.new_context(
        viewport={"width": 1280, "height": 800}, service_workers="block", storage_state=window.storage_state()
    )
    own.set_default_timeout(60_000)

    def open_page(project: int) -> Hand:
        page = own.new_page()
        page.goto(f"{label_studio.url}/projects/{project}/data?labeling=1")
        expect(page.locator(".lsf-richtext__container")).to_be_visible()
        return Hand(page, project, label_studio)

    yield open_page
    own.close()


@pytest.fixture
def open_task(
    label_studio: Studio, open_page: Callable[[int], Hand], request: pytest.FixtureRequest
) -> Callable[..., Hand]:
    """Open the page on one sentence in the inline notation, whose marks are the suggestion."""

    def open_task(notation: str, title: str = "", **settings: object) -> Hand:
        text, spans = parse(notation)
        task = Task("a1", 0, len(text), text, BEFORE, AFTER, "Two days of shelling", "2031-03-04", "Belmar Post")
        name = title or f"browser: {request.node.name}"[:50]
        project = api(
            label_studio, "POST", "/api/projects", {"title": name, "label_config": labelling_config()} | settings
        )
        result = to_result(Reading(spans), text)
        row = {"data": task.data(), "predictions": [{"model_version": "small", "score": 0.5, "result": result}]}
        api(label_studio, "POST", f"/api/projects/{project['id']}/import", [row])
        api(label_studio, "PATCH", f"/api/projects/{project['id']}", {"model_version": "small"})
        hand = open_page(project["id"])
        hand.sees(*((span.label, text[span.start : span.end]) for span in spans))
        return hand

    return open_task


def nameless(result: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items with ids that do not change from run to run."""
    names: dict[str, str] = {}
    made = []
    for row in result:
        ids = {k: names.setdefault(row[k], f"r{len(names)}") for k in ("id", "from_id", "to_id") if k in row}
        made.append(row | ids)
    return made


def as_kept(name: str, text: str, result: list[dict[str, Any]]) -> None:
    """The page submits today what the tests of regions take it to submit."""
    path = GOLDEN / f"{name}.json"
    if UPDATE:
        path.write_text(json.dumps({"text": text, "result": result}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    kept = json.loads(path.read_text("utf-8"))
    assert kept["text"] == text
    assert nameless(kept["result"]) == nameless(result)


def test_a_sentence_is_pushed_labelled_with_mouse_and_keys_and_pulled_as_it_was_labelled(
    label_studio: Studio, open_page: Callable[[int], Hand], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suggested = HARD + "[[a1|Colonel Dara Obin said]] [[k=14@a1|at least 14 people were killed]] and nine wounded."
    labelled = (
        HARD + "[[a1|Colonel Dara Obin said]] [[k>=15@a1|at least 14 people were killed]] and [[i=9@a1|nine wounded]]."
    )
    text, spans = parse(suggested)
    article = Article("a1", f"{BEFORE} {text} {AFTER}")
    start = article.text.index(text)
    (task,) = tasks_of(article, [(start, start + len(text))])
    (tmp_path / "news.jsonl").write_text(json.dumps({"id": "a1", "text": article.text}), "utf-8")
    prediction = {"model_version": "small", "score": 0.5, "result": to_result(Reading(spans), text)}
    with open_tasks(tmp_path / "tasks.json") as tasks:
        tasks.write({"data": task.data(), "predictions": [prediction]})

    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.legacy_token)
    title = "browser: there and back"
    assert cli.main(["push", str(tmp_path / "tasks.json"), "--project", title]) == 0

    hand = open_page(label_studio.projects(title)[0])
    expect(hand.page.locator(".cc-guide")).to_be_visible()
    hand.press("Escape")
    expect(hand.page.locator(".cc-guide")).to_be_hidden()
    seen = [(ATTRIBUTION, "Colonel Dara Obin said"), (CLAIM, "at least 14 people were killed")]
    hand.sees(*seen)
    hand.press("c")
    hand.drag("nine wounded")
    hand.sees(*seen, (CLAIM, "nine wounded"))
    hand.select("nine wounded")
    hand.press("i", "e")
    hand.type_number("number", "9")
    hand.let_go()
    hand.arrow("nine wounded", "Colonel Dara")
    hand.select("at least 14")
    hand.press("l")
    hand.type_number("number", "15")
    as_kept("labelled", text, hand.submit())

    out = tmp_path / "home.jsonl"
    assert cli.main(["pull", "--project", title, "--articles", str(tmp_path / "news.jsonl"), "--out", str(out)]) == 0
    (document,) = read_corpus(out)
    assert (document.text, document.spans) == parse(f"{BEFORE} {labelled} {AFTER}")
    assert document.meta["annotator"] == label_studio.username
    assert document.meta["labelled"] == [[task.start, task.end]]


def test_every_kind_of_correction_comes_home(open_task: Callable[..., Hand]) -> None:
    sentence = (
        HARD + "[[a1|The army said]] [[i20-30@a1|20 to 30 wounded]] and [[k=9@a1|heavy casualties]]; "
        "[[a2|aid workers put]] the [[k=21@a2|death toll at 21]] and Mina Orr told us of [[k=1|one death]]."
    )
    hand = open_task(sentence)
    hand.select("20 to 30")  # a number mended
    hand.type_number("upper", "35")
    hand.let_go()
    hand.select("heavy")  # another harm, another qualifier, a number that is not known, a source that comes later
    hand.press("t", "v", "x")
    hand.type_number("number", "")
    expect(hand.page.locator("input[name=number]")).to_have_value("0")
    hand.let_go()
    hand.page.locator("#Relations-draggable").click()  # so its arrow goes
    hand.page.locator(".lsf-relations__item").nth(1).hover()
    hand.page.get_by_label("Delete Relation").click()
    expect(hand.page.locator(".lsf-relations__item")).to_have_count(2)
    hand.select("aid workers")  # an attribution deleted, and its arrow with it
    hand.press("Backspace")
    hand.select("death toll")  # a claim made an attribution, its details gone
    hand.press("a")
    hand.let_go()
    hand.press("a")
    hand.drag("Mina Orr told us", slip=(-3, -9))  # however the mouse shakes
    hand.arrow("Mina Orr", "one death")  # an arrow drawn backwards
    as_kept("corrected", parse(sentence)[0], hand.submit())


def test_a_claim_without_harm_or_qualifier_is_not_sent(open_task: Callable[..., Hand]) -> None:
    hand = open_task(HARD + "Six were hurt.")
    hand.press("c")
    hand.drag("Six were hurt")
    hand.sees((CLAIM, "Six were hurt"))
    hand.page.get_by_role("button", name="Submit").first.click()
    expect(hand.page.get_by_text("Choose the harm of every claim")).to_be_visible()


def test_the_context_cannot_be_labelled(open_task: Callable[..., Hand]) -> None:
    hand = open_task(HARD + "Police said two men died.")
    for words in (
        "Shells fell on the old town",
        "By noon",
        "Schools stay closed",
        "Two days of shelling",
        "Belmar Post",
    ):
        hand.press("c")
        hand.drag(words, ".cc-page")
        hand.press("Escape")
    hand.press("c")
    hand.drag("two men died")
    hand.sees((CLAIM, "two men died"))  # the mouse works, and nothing else was made by it


def test_a_shaky_hand_marks_whole_words(open_task: Callable[..., Hand]) -> None:
    sentence = HARD + "Of “Dara’s men” and 20-30 rebels in a US-led raid, he said; 40 more told us. In all, Anna wrote"
    hand = open_task(sentence)
    slips = {
        "Tarnova’s north": (9, -9),
        "Dara’s men": (14, -14),
        "20-30 rebels": (14, -14),
        "US-led raid": (16, -9),
        "40 more told us": (-4, -2),  # from the blank before it
        "Anna wrote": (1, 90),  # past the end of the line
    }
    for number, (words, slip) in enumerate(slips.items(), 1):
        hand.press("a")
        hand.drag(words, slip=slip)
        expect(hand.page.locator(".htx-highlight[data-label]")).to_have_count(number)
    reading, problems = from_result(hand.submit(), sentence)
    assert sorted(sentence[span.start : span.end] for span in reading.spans) == sorted(slips)
    assert problems == []


def test_the_page_stays_alive_when_the_mouse_begins_elsewhere(open_task: Callable[..., Hand]) -> None:
    hand = open_task(HARD + "Police said two men died.")
    inside, _ = hand.spots("two men")
    for words in ("ATTRIBUTION", "By noon", "Belmar Post"):
        hand.press("c")
        outside, _ = hand.spots(words, ".cc-page")
        for start, end in ((outside, inside), (inside, outside)):
            hand.page.mouse.move(start["left"] + 2, start["middle"])
            hand.page.mouse.down()
            hand.page.mouse.move(end["left"] + 2, end["middle"], steps=4)
            hand.page.mouse.up()
            hand.page.mouse.click(600, 650)  # else the words stay selected, and the next drag would carry them along
        hand.press("Escape")
    hand.press("c")
    hand.drag("two men died")
    hand.sees((CLAIM, "two men died"))


def test_each_hot_key_sets_its_choice(open_task: Callable[..., Hand]) -> None:
    hand = open_task(HARD + "[[k=6|Six were hurt]].")
    hand.select("Six were")
    assert hand.page.locator(".cc-panel .lsf-choice").count() == len(HARMS) + len(QUALIFIERS) + len(SOURCES)
    for choice in hand.page.locator(".cc-panel .lsf-choice").all():
        name, _, key = choice.inner_text().strip().rstrip("]").partition("[")
        box = choice.locator("input")
        if box.is_checked():
            continue
        hand.press(key)
        expect(box, name).to_be_checked()
    hand.press("a")
    hand.sees((ATTRIBUTION, "Six were hurt"))
    expect(hand.page.locator(".cc-panel")).to_be_hidden()


def test_the_page_does_what_the_guideline_says(open_task: Callable[..., Hand]) -> None:
    hand = open_task(HARD + "Police said six were hurt in the fire.")
    hand.page.get_by_label("Settings").click()  # "the sliders at the bottom of the page"
    hand.page.get_by_text("Select region after creating it").click()
    hand.page.get_by_role("dialog").get_by_label("Close").click()
    expect(hand.page.get_by_role("dialog")).to_have_count(0)
    hand.press("c")
    hand.drag("six were hurt")
    expect(hand.page.locator(".htx-highlight.__active")).to_have_text("six were hurt")  # selected at once
    hand.press("i", "e")
    for choice in ("injured", "exact"):
        expect(hand.page.locator(".cc-panel .lsf-choice", has_text=choice).locator("input")).to_be_checked()
    hand.let_go()
    hand.press("a")
    hand.drag("Police said")
    hand.sees((CLAIM, "six were hurt"), (ATTRIBUTION, "Police said"))
    hand.press("Backspace")
    hand.sees((CLAIM, "six were hurt"))
    hand.press("Control+z")
    hand.sees((CLAIM, "six were hurt"), (ATTRIBUTION, "Police said"))


def test_nothing_to_mark_is_an_answer_and_a_skipped_sentence_is_none(open_task: Callable[..., Hand]) -> None:
    hand = open_task("The road to Belmar stayed shut.")
    assert hand.submit() == []
    hand = open_task("The road to Lisko stayed shut.")
    with hand.page.expect_response(lambda answer: "/annotations" in answer.url) as sent:
        hand.page.get_by_role("button", name="Skip").click()
    assert sent.value.json()["was_cancelled"] is True


def test_the_guideline_opens_on_the_page(open_task: Callable[..., Hand]) -> None:
    hand = open_task("Police said two men died.", expert_instruction=guideline_html(), show_instruction=True)
    guide = hand.page.locator(".cc-guide")
    expect(guide).to_be_visible()
    expect(guide.locator("h1")).to_have_text("How to label casualty claims")
    mark = guide.locator("blockquote strong").first
    assert mark.evaluate("e => getComputedStyle(e).backgroundColor") == "rgba(194, 65, 12, 0.267)"  # as on the page
    hand.press("Escape")
    expect(guide).to_be_hidden()
    hand.page.get_by_role("button", name="Instructions").click()
    expect(guide).to_be_visible()


def test_the_picture_of_the_page(open_task: Callable[..., Hand], tmp_path: Path) -> None:
    hand = open_task(
        "The hospital’s log ends at midnight 🕯️.\n“[[k>=14@a1|At least 14 people were killed]] and "
        "[[i20-30@a1|20 to 30 wounded]] in the old town,” [[a1|Colonel Dara Obin said]] on Monday, while "
        "[[a2|aid workers put]] the [[k=21@a2|death toll at 21]].",
        title="Spring session",
    )
    hand.select("20 to 30")
    expect(hand.page.locator("input[name=upper]")).to_have_value("30")
    expect(hand.page.locator("svg path[marker-end]")).to_have_count(3)  # the arrows
    hand.page.mouse.move(1200, 760)
    picture = (ROOT / "docs" if UPDATE else tmp_path) / "labelling-page.png"
    picture.parent.mkdir(exist_ok=True)
    hand.page.screenshot(path=picture, animations="disabled")
    assert picture.stat().st_size > 40_000  # not an empty page
