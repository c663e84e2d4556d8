"""The page in a real browser: it asks for nothing, it complains of nothing, and it can be read on a telephone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.data.documents import CLAIM, Document
from casualty_claims.models.model import Model
from casualty_claims.train.evaluation import evaluate
from casualty_claims.train.reporting import Report, collect, html_page, trial_of
from casualty_claims.train.reporting.curve import CURVES, Curve, Step
from casualty_claims.train.reporting.figures import Figure

pytest.importorskip("jinja2", reason="no jinja2: pip install 'casualty-claims[train]'")
pytest.importorskip("matplotlib", reason="no matplotlib: pip install 'casualty-claims[train]'")
playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync".split()
)
"""Of a browser that runs as root and talks to nobody."""

# Where each picture stands, and its words with their places.
PICTURES = """() => [...document.querySelectorAll("svg.chart")].map((svg) => {
  const box = (e) => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
  return {title: svg.querySelector("title").textContent, box: box(svg),
          words: [...svg.querySelectorAll("text")].map((t) => [t.textContent, box(t)])};
})"""

# Elements that stick out of the page and do not stand in a box that scrolls.
STICKING_OUT = """() => [...document.body.querySelectorAll("*")].filter((e) => {
  const r = e.getBoundingClientRect();
  return r.width > 1 && !e.closest(".scroll") && (r.right > document.documentElement.clientWidth + 1 || r.left < -1);
}).map((e) => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def report(corpus_slice: list[Document], fresh_documents: list[Document], model: Model) -> Report:
    gold = [
        *corpus_slice,
        *(replace(d, meta={"genre": "a genre with a name that is far too long"}) for d in fresh_documents),
    ]
    steps = [
        Step(
            n,
            4 * n,
            {
                name: Figure(f + n / 400, f - 0.02, f + 0.12, 90)
                for name, f in zip(CURVES, (0.5, 0.6, 0.4), strict=True)
            },
            2.0,
        )
        for n in (10, 20, 40)
    ]
    curve = Curve(tuple(steps), {name: Figure(0.05, 0.01, 0.09, 90) for name in CURVES})
    return collect(model, [trial_of(model, "gold.jsonl", gold)], gold, curve)


@pytest.fixture(scope="module")
def window() -> Iterator[Any]:
    """A browser."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        why = "no Chromium on the PATH; on Debian and Ubuntu: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "light"), (390, "dark")], ids=str)
def seen(request: pytest.FixtureRequest, window: Any, report: Report, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The page as it is shown, with what it asked for and what it complained of."""
    width, scheme = request.param
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html_page(report), "utf-8")
    context = window.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, service_workers="block", offline=True
    )
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(path.as_uri())
    yield page
    context.close()


def test_it_asks_for_nothing_and_complains_of_nothing(seen: Any) -> None:
    assert [Path(url).name for url in seen.asked if not url.startswith("data:")] == ["report.html"]
    assert seen.complaints == []


def test_nothing_sticks_out(seen: Any) -> None:
    assert seen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert seen.evaluate(STICKING_OUT) == []


def test_pictures_have_a_size_and_their_words_stand_apart(seen: Any) -> None:
    pictures = seen.evaluate(PICTURES)
    assert len(pictures) == 7
    for picture in pictures:
        left, top, right, bottom = picture["box"]
        assert right - left > 200 and bottom - top > 80, picture["title"]
        for words, (a, b, c, d) in picture["words"]:
            assert left - 2 <= a and c <= right + 2 and top - 2 <= b and d <= bottom + 2, (picture["title"], words)
        for (one, a), (other, b) in combinations(picture["words"], 2):
            across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            # Boxes of words are a little taller than the letters in them.
            assert across <= 1 or down <= 4, (picture["title"], one, other)


def test_the_headline_figures_are_in_view(seen: Any, report: Report) -> None:
    told = evaluate(report.main.gold, report.main.predicted)
    words = seen.locator("#summary > p").first.inner_text()
    assert f"it finds {100 * told.overlap[CLAIM].recall:.0f} " in words
    assert f"{100 * told.exact[CLAIM].f1:.1f}" in seen.locator("#scores tbody tr").first.inner_text()


def test_the_colours_follow_light_and_dark(seen: Any) -> None:
    """Paper and the ink of a picture's words: one is light where the other is dark."""
    dark = seen.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    paper = seen.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = seen.evaluate("getComputedStyle(document.querySelector('#calibration svg text')).fill")
    light = [sum(map(int, colour[4:-1].split(","))) > 384 for colour in (paper, ink)]
    assert light == [not dark, dark]
