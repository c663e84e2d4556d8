"""The report as one HTML page that needs nothing else: no script, no file, no network.

The template escapes whatever it prints; only the pictures, which this package draws, go in as they are. Text from
articles is hostile by assumption: the page also forbids itself scripts and connections (Content-Security-Policy).
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from ...models.display import visible
from .collecting import Report
from .sections import SPEED, sections, summary


def html_page(report: Report) -> str:
    """The page. The same report gives the same text."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    style = _file("page.css")
    environment = Environment(
        loader=FunctionLoader(_file), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    # Control characters are no HTML; what steers the direction of text is kept in its place by the style.
    environment.finalize = _clean
    environment.filters["picture"] = Markup
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    template = environment.get_template("page.html")
    return template.render(
        title=f"How good is {report.model}?",
        summary=summary(report),
        sections=sections(report),
        style=Markup(style),
        volatile=SPEED,
    )


def _clean(value: Any) -> Any:
    return visible(value) if type(value) is str else value


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
