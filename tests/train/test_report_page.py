"""The page: its figures are those of ``evaluate``, hostile text stays text, the same input makes the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from casualty_claims.data.corpus import write_corpus
from casualty_claims.data.documents import ATTRIBUTION, CLAIM, Article, Document, Quantity, Span
from casualty_claims.models.model import Model
from casualty_claims.models.storage import load_model, save_model
from casualty_claims.train.cli import main
from casualty_claims.train.evaluation import Evaluation, evaluate
from casualty_claims.train.reporting import Report, Trial, collect, html_page, markdown_page, trial_of
from casualty_claims.train.reporting.curve import CURVES, Curve, Step
from casualty_claims.train.reporting.figures import Figure
from casualty_claims.train.reporting.speed import Speed, enough, measure
from lxml import html
from markdown_it import MarkdownIt

pytest.importorskip("jinja2", reason="no jinja2: pip install 'casualty-claims[train]'")
pytest.importorskip("matplotlib", reason="no matplotlib: pip install 'casualty-claims[train]'")

CSS = Path(__file__).parents[2] / "train" / "reporting" / "page.css"
SPEED = Speed(1000, 10, 50_000.0, 80_000.0, 4.2, 12_300_000, 33.0, 20, "Linux, 2 cores", "2024-05-01")
HOSTILE = [
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png) <http://evil.example>",
    "https://evil.example www.evil.example me@evil.example",
    "| a | b |\n|---|---|\n```\n# Heading\n<!-- ",
    "\x00\x1b[31m\u202eevil",
    "$x^2$ ~~gone~~ **bold** _it_ &lt;b&gt;",
]


@pytest.fixture(scope="module")
def gold(corpus_slice: list[Document], fresh_documents: list[Document]) -> list[Document]:
    return [*corpus_slice, *(replace(d, meta={"genre": "made up"}) for d in fresh_documents)]


@pytest.fixture(scope="module")
def report(gold: list[Document], model: Model) -> Report:
    trial = trial_of(model, "gold.jsonl", gold)
    card = {
        "name": "small-1234",
        "scores": {"cross-validation": trial.evaluation.to_json()},
        "corpus": {"documents": 9},
    }
    some = {name: Figure(0.8, 0.7, 0.9, 50) for name in CURVES}
    steps = Step(20, 80, {name: Figure(0.6, 0.5, 0.7, 50) for name in CURVES}, 3.0), Step(40, 160, some, None)
    curve = Curve(steps, {name: Figure(0.2, 0.1, 0.3, 50) for name in CURVES})
    return collect(Model(model.tagger, model.linker, card), [trial], gold[:9], curve, SPEED)


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return html_page(report)


@pytest.fixture(scope="module")
def tree(page: str) -> Any:
    return html.document_fromstring(page)


@pytest.fixture(scope="module")
def told(report: Report) -> Evaluation:
    return evaluate(report.main.gold, report.main.predicted)


def hostile(text: str) -> Document:
    """A document that says ``text`` wherever a document can say something, with a claim that nobody finds."""
    words = f"{text} said nine miners died {text}"
    spans = (
        Span(0, len(text) + 5, ATTRIBUTION),
        Span(len(text) + 6, len(text) + 23, CLAIM, "killed", Quantity("exact", 9, 9, 9), 0),
    )
    return Document(Article(text, words, title=text), spans, {"genre": text, "region": text})


@pytest.fixture(scope="module")
def attacked(model: Model) -> Report:
    documents = [hostile(text) for text in HOSTILE]
    trial = Trial(HOSTILE[0], documents, [replace(d, spans=()) for d in documents])
    return collect(Model(model.tagger, model.linker, {"name": HOSTILE[1]}), [trial], documents)


# --- what it says --------------------------------------------------------------------------------------------


def row(tree: Any, name: str, section: str = "scores") -> list[str]:
    (found,) = tree.xpath(f"//section[@id='{section}']//tr[th[normalize-space(text())='{name}' or span[1]='{name}']]")
    return [" ".join(cell.text_content().split()) for cell in found.xpath("./td")]


def test_the_scores_are_those_of_evaluate(tree: Any, told: Evaluation) -> None:
    expected = {
        "claims, exact words: F1": told.exact[CLAIM].f1,
        "claims, exact words: precision": told.exact[CLAIM].precision,
        "claims, overlapping words: recall": told.overlap[CLAIM].recall,
        "attributions, exact words: F1": told.exact[ATTRIBUTION].f1,
        "record right, of claims with exact words": told.record.accuracy,
        "link right, of claims with exact words": told.link.accuracy,
        "end to end (words, record, source): F1": told.end_to_end.f1,
    }
    for name, value in expected.items():
        judged, card = row(tree, name)
        assert judged.split()[0] == card == f"{100 * value:.1f}", name
    assert row(tree, "expected calibration error, spans")[0] == f"{told.span_calibration.error:.3f}"


def test_the_headline_is_that_of_evaluate(tree: Any, told: Evaluation) -> None:
    first = tree.xpath("string(//section[@id='summary']/p[1])")
    assert f"it finds {100 * told.overlap[CLAIM].recall:.0f} (95 % interval" in first
    assert f"{100 * told.exact[CLAIM].recall:.0f} of them with exactly the same words" in first


def test_every_count_of_the_confusions_stands_in_its_table(tree: Any, told: Evaluation) -> None:
    for what in ("Harm", "Qualifier", "Link"):
        (table,) = tree.xpath(f"//table[caption='{what}']")
        counts = [int(n.replace(",", "")) for n in table.xpath(".//td/text()") if n != "·"]
        expected = [n for (field, _, _), n in told.confusion.items() if field == what.lower()]
        assert sorted(counts) == sorted(expected)


def test_every_section_and_twenty_errors_are_there(tree: Any, told: Evaluation) -> None:
    links = tree.xpath("//nav//a/@href")
    assert links == [f"#{key}" for key in tree.xpath("//section/@id")]
    assert {"summary", "limits", "cost", "scores", "parts", "calibration", "confusion", "errors", "curve", "corpus",
            "speed"} == set(tree.xpath("//section/@id"))  # fmt: skip
    assert len(tree.xpath("//ol[@class='lessons']/li")) == 20
    assert all(item.xpath(".//mark") for item in tree.xpath("//ol[@class='lessons']/li"))


def test_small_parts_are_grey(tree: Any) -> None:
    for line in tree.xpath("//section[@id='parts']//tbody/tr"):
        documents, claims = (int(cell.replace(",", "")) for cell in line.xpath("./td/text()")[:2])
        assert ("faint" in line.get("class")) == (documents < 5 or claims < 25)


def test_cautions(report: Report, model: Model) -> None:
    few = Trial("few", report.main.gold[:3], report.main.predicted[:3])
    page = html_page(collect(model, [few], report.main.gold[:2]))
    assert "2 of the 3 documents that it was judged on stand in the corpus given, too." in page
    assert "The figures rest on 3 documents" in page
    assert "learning curve" not in page.lower().replace("--curve", "")


def test_nothing_to_say_is_said(model: Model) -> None:
    plain = Document(Article("a", "The road to Belmar stayed shut."))
    page = html_page(collect(model, [Trial("one", [plain], [plain])]))
    assert "There is no casualty claim in these articles, and it marked none." in page
    assert "There is no error in these documents." in page


# --- hostile text --------------------------------------------------------------------------------------------


def test_hostile_text_stays_text_in_html(attacked: Report) -> None:
    page = html_page(attacked)
    tree = html.document_fromstring(page)
    assert tree.xpath("//script | //img | //iframe | //object | //embed | //form | //base") == []
    assert [a for a in tree.xpath("//@*") if a.attrname.startswith("on")] == []
    assert all(href.startswith(("#", "data:,")) for href in tree.xpath("//@href"))
    text = " ".join(tree.text_content().split())
    for said in HOSTILE[:5]:
        assert said in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy and "script" not in policy


def test_hostile_text_stays_text_in_markdown(attacked: Report) -> None:
    page = markdown_page(attacked).removeprefix("---\n").partition("---\n")[2]
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(page)
    flat = [inner for token in tokens for inner in (token, *(token.children or []))]
    kinds = {token.type for token in flat}
    signs = (
        "html_inline",
        "html_block",
        "link_open",
        "image",
        "code_inline",
        "fence",
        "code_block",
        "em_open",
        "s_open",
    )
    assert kinds.isdisjoint(signs)
    assert sum(token.type == "heading_open" and token.tag == "h1" for token in flat) == 1
    text = "".join(token.content for token in flat if token.type in ("text", "text_special", "entity"))
    for said in HOSTILE[:4]:
        assert said in text
    # An address becomes a link on a code host without any sign of Markdown.
    assert not re.search(r"https?://|www\.|\w@\w", page)


# --- the same page from the same input -----------------------------------------------------------------------


def without_speed(page: str) -> str:
    before, _, rest = page.partition("<!-- speed -->")
    return before + rest.partition("<!-- /speed -->")[2]


@pytest.mark.parametrize("write", [html_page, markdown_page])
def test_only_the_speed_differs_from_run_to_run(report: Report, write: Callable[[Report], str]) -> None:
    one, two = write(report), write(replace(report, speed=replace(SPEED, first=1.0, again=2.0, measured="2031-01-01")))
    assert one != two
    assert without_speed(one) == without_speed(two)
    assert len(without_speed(one)) > 0.9 * len(one)


def test_the_same_report_makes_the_same_bytes_in_another_process(report: Report, tmp_path: Path) -> None:
    (tmp_path / "report").write_bytes(pickle.dumps(report))
    code = (
        "import hashlib, pathlib, pickle, sys\n"
        "from casualty_claims.train.reporting import html_page, markdown_page\n"
        "report = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "print(*(hashlib.sha256(w(report).encode()).hexdigest() for w in (html_page, markdown_page)))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "report"], capture_output=True, text=True,
                          check=True, env=os.environ | {"PYTHONHASHSEED": "7"})  # fmt: skip
    assert done.stdout.split() == [hashlib.sha256(w(report).encode()).hexdigest() for w in (html_page, markdown_page)]


# --- for every reader ----------------------------------------------------------------------------------------


def test_the_page_needs_nothing_else(page: str, tree: Any) -> None:
    assert tree.xpath("//@src") == []
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", page))
    assert addresses == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}  # names, not places
    assert "@import" not in page and not re.search(r"url\((?!#)", page)


def test_pictures_and_tables_are_told(tree: Any) -> None:
    pictures = tree.xpath("//*[local-name()='svg']")
    assert len(pictures) == 7
    for picture in pictures:
        title, told = (picture.xpath(f"./*[local-name()='{name}']/text()")[0] for name in ("title", "desc"))
        assert title and len(told) > 20 and picture.get("role") == "img"
        assert picture.xpath(".//*[local-name()='text']") or "hundred" in picture.get("aria-labelledby")
        assert "#0" not in html.tostring(picture).decode()  # no colour that does not follow light and dark
    for table in tree.xpath("//table"):
        assert table.xpath("./caption")
        assert all(head.get("scope") in ("col", "row") for head in table.xpath(".//th"))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for reference in re.findall(r"url\(#([^)]+)\)", html.tostring(tree).decode()):
        assert reference in ids


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def palettes() -> Iterator[dict[str, str]]:
    """The colours in light, and in dark."""
    blocks = re.findall(r":root \{([^}]*--blue[^}]*)\}", CSS.read_text("utf-8"))
    assert len(blocks) == 3  # and print
    for block in blocks[:2]:
        yield dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


@pytest.mark.parametrize("which", [0, 1], ids=["light", "dark"])
def test_contrast(which: int) -> None:
    colours = list(palettes())[which]
    pairs = [(ink, paper) for ink in ("ink", "soft", "faint", "blue") for paper in ("paper", "card")]
    pairs += [("ink", wash) for wash in ("gold-wash", "model-wash", "notice")]
    pairs += [("paper", square) for square in ("green", "blue", "orange", "purple", "vermilion")]  # signs in squares
    for one, other in pairs:
        light, dark = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (one, other)


# --- speed ---------------------------------------------------------------------------------------------------


def test_speed_counts_tokens_and_bytes(model: Model, fresh_documents: list[Document], tmp_path: Path) -> None:
    save_model(model, tmp_path / "m")
    articles = [d.article for d in fresh_documents]
    speed = measure(model, articles, tmp_path / "m")
    assert speed.articles == len(articles)
    assert speed.bytes == sum(path.stat().st_size for path in (tmp_path / "m").iterdir())
    assert speed.first > 0 and speed.again > 0
    words = sum(len(re.findall(r"\w+", article.text)) for article in articles)
    assert words < speed.tokens < 2 * words
    assert enough(articles[:2], articles[2:], characters=1) == articles[:1]
    assert enough(articles[:2], articles[2:]) == articles


# --- commands ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model: Model, gold: list[Document]) -> Path:
    place = tmp_path_factory.mktemp("report")
    save_model(model, place / "model")
    write_corpus(place / "gold.jsonl", gold[-6:])
    write_corpus(place / "more.jsonl", gold[:4])
    return place


def run(folder: Path, *arguments: str) -> int:
    return main(["report", str(folder / "model"), *(str(folder / a) if a.endswith((".jsonl", ".html", ".md")) else a
                                                    for a in arguments)])  # fmt: skip


def test_report_writes_both(folder: Path) -> None:
    files = ["gold.jsonl", "more.jsonl", "--out", "page.html", "--markdown", "card.md"]
    assert run(folder, *files, "--corpus", "more.jsonl", "--curve", "0") == 0
    page, card = ((folder / name).read_text("utf-8") for name in ("page.html", "card.md"))
    for written in (page, card):
        assert "gold.jsonl (6 documents)" in written.replace("\\", "")
        assert "more.jsonl (4 documents)" in written.replace("\\", "")
    assert run(folder, *files) == 2  # they are there
    assert (folder / "page.html").read_text("utf-8") == page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gold.jsonl", "--out", "gold.jsonl", "--force"], "gold.jsonl is an input; name another output"),
        (["gold.jsonl", "--out", "x.html", "--markdown", "x.html"], "is named for two outputs"),
        (["gold.jsonl", "--out", "x.html", "--curve", "1"], "give 2 steps or more, or 0"),
        (["none.jsonl", "--out", "x.html"], "none.jsonl"),
        (["gold.jsonl", "--corpus", "gold.jsonl", "--out", "x.html"], "too few for a learning curve"),
    ],
)
def test_refusals(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert run(folder, *arguments) == 2
    error = capsys.readouterr().err
    assert said in " ".join(error.split()) and error.startswith("casualty-train: ")
    assert not (folder / "x.html").exists()


def test_fit_writes_the_page_and_keeps_intervals(
    tmp_path: Path, documents: list[Document], corpus_slice: list[Document]
) -> None:
    write_corpus(tmp_path / "c.jsonl", documents)
    write_corpus(tmp_path / "g.jsonl", corpus_slice[12:])
    arguments = ["fit", str(tmp_path / "c.jsonl"), "--out", str(tmp_path / "m"), "--gold", str(tmp_path / "g.jsonl")]
    arguments += ["--folds", "0", "--report", str(tmp_path / "r.html")]
    assert main(arguments) == 0
    tree = html.document_fromstring((tmp_path / "r.html").read_text("utf-8"))
    card = json.loads((tmp_path / "m" / "card.json").read_text("utf-8"))
    (cell,) = row(tree, "claims, exact words: F1")
    low, high = card["intervals"]["gold g.jsonl"]["claims, exact words: F1"]
    f1 = card["scores"]["gold g.jsonl"]["exact"][CLAIM]["f1"]
    # The card rounds to four digits, the page to three.
    shown = [float(number) / 100 for number in re.findall(r"[\d.]+", cell)]
    assert shown == pytest.approx([f1, low, high], abs=0.00056)
    again = collect(load_model(tmp_path / "m"), [trial_of(load_model(tmp_path / "m"), "g", corpus_slice[12:])])
    told = {s.name: s.figures["claims, exact words: F1"] for s in again.earlier}
    assert (told["gold g.jsonl"].low, told["gold g.jsonl"].high) == (low, high)
    named = collect(load_model(tmp_path / "m"), [trial_of(load_model(tmp_path / "m"), "g.jsonl", corpus_slice[12:])])
    assert named.earlier == ()  # what is judged anew is not told twice
    assert main(arguments) == 2
    assert main([*arguments[:3], str(tmp_path / "other"), "--folds", "0", "--report", str(tmp_path / "n.html")]) == 2
