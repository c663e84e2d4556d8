"""An annotator's hand at the labelling page: what it sees, drags, clicks and types in a real browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from studio import Studio

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
expect = playwright.expect

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync".split()
)
"""Of a browser that runs as root and talks to nobody."""

# Where words are drawn: the place of their first and last character, whatever elements they are cut into.
SPOTS = """([selector, words]) => {
  const walker = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
  const nodes = []; let text = "";
  while (walker.nextNode()) { nodes.push([walker.currentNode, text.length]); text += walker.currentNode.data; }
  const spot = (offset) => {
    const [node, from] = nodes.filter(([n, f]) => f <= offset && offset < f + n.length).pop();
    const range = document.createRange();
    range.setStart(node, offset - from); range.setEnd(node, offset - from + 1);
    const box = [...range.getClientRects()].pop();
    return {left: box.left, right: box.right, middle: (box.top + box.bottom) / 2};
  };
  const at = text.indexOf(words);
  return at < 0 ? null : [spot(at), spot(at + words.length - 1)];
}"""

# What is highlighted, as the eye sees it: a mark broken over lines is several elements of one class.
MARKS = """() => {
  const marks = new Map();
  for (const part of document.querySelectorAll(".htx-highlight")) {
    const own = [...part.classList].find((name) => name.startsWith("htx-highlight-"));
    const [label, words] = marks.get(own) ?? ["", ""];
    marks.set(own, [part.getAttribute("data-label")?.split(":")[1] ?? label, words + part.textContent]);
  }
  return [...marks.values()];
}"""


@dataclass(frozen=True)
class Hand:
    """An annotator at the page of one task."""

    page: Any
    project: int
    studio: Studio

    def spots(self, words: str, selector: str = ".lsf-richtext__container") -> tuple[Any, Any]:
        first, last = self.page.evaluate(SPOTS, [selector, words])
        return first, last

    def drag(self, words: str, selector: str = ".lsf-richtext__container", slip: tuple[float, float] = (1, -1)) -> None:
        """Press the mouse at the first character of ``words``, let go at the last one, each a ``slip`` beside it."""
        first, last = self.spots(words, selector)
        mouse = self.page.mouse
        mouse.move(first["left"] + slip[0], first["middle"])
        mouse.down()
        mouse.move((first["left"] + last["right"]) / 2, (first["middle"] + last["middle"]) / 2, steps=4)
        mouse.move(last["right"] + slip[1], last["middle"], steps=4)
        mouse.up()

    def marks(self) -> list[tuple[str, str]]:
        return sorted((label, words) for label, words in self.page.evaluate(MARKS))

    def sees(self, *marks: tuple[str, str]) -> None:
        """Wait until exactly these (label, words) are highlighted."""
        wanted = sorted(marks)
        expect(self.page.locator(".htx-highlight[data-label]")).to_have_count(len(wanted))
        assert self.marks() == wanted

    def select(self, words: str) -> None:
        first, _ = self.spots(words)
        self.page.mouse.click(first["left"] + 2, first["middle"])
        expect(self.page.locator(".htx-highlight.__active").first).to_be_visible()

    def let_go(self) -> None:
        self.page.keyboard.press("Escape")
        expect(self.page.locator(".htx-highlight.__active")).to_have_count(0)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type_number(self, name: str, number: str) -> None:
        """Type into a number field, and click beside it: while the hand is in it, no hot key works."""
        self.page.locator(f"input[name={name}]").fill(number)
        self.page.get_by_text("Qualifier", exact=True).click()

    def arrow(self, start: str, end: str) -> None:
        self.select(start)
        self.press("Alt+r")
        first, _ = self.spots(end)
        self.page.mouse.click(first["left"] + 2, first["middle"])

    def submit(self) -> list[dict[str, Any]]:
        """What the page sent."""
        with self.page.expect_response(
            lambda answer: "/annotations" in answer.url and answer.request.method == "POST"
        ) as sent:
            self.page.get_by_role("button", name="Submit").first.click()
        assert sent.value.status == 201
        result: list[dict[str, Any]] = sent.value.json()["result"]
        return result


def api(studio: Studio, method: str, path: str, body: object = None) -> Any:
    headers = {"Authorization": f"Token {studio.legacy_token}"}
    answer = httpx.request(method, studio.url + path, json=body, headers=headers, timeout=60, trust_env=False)
    assert answer.is_success, answer.text
    return answer.json()
