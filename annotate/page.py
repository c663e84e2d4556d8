"""The labelling page: its configuration, and the guideline that opens on it.

``guideline.md`` holds the examples once, in the inline notation of ``data.notation``, each in a fenced block:
the first line says what it teaches, the rest is the annotated text. What annotators see is made from that.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ..data.documents import Span
from ..data.notation import parse
from ..data.outputs import open_file
from .regions import TEXT, numbers

_SEE = "casualty-annotate page writes one that fits"

_EXAMPLE = re.compile(r"^```example *([^\n]*)\n([^\n]+)\n(.+?)\n```$", re.DOTALL | re.MULTILINE)

# Label Studio keeps <style> and class but drops style="...", resets all margins, and escapes the greater-than sign.
_STYLE = """\
.cc-guide { font-size: 15px; line-height: 1.55; padding-bottom: 24px; }
.cc-guide h1 { font-size: 24px; font-weight: 600; margin: 0 0 12px; }
.cc-guide h2 { font-size: 20px; font-weight: 600; margin: 32px 0 8px; }
.cc-guide h3 { font-size: 16px; font-weight: 600; margin: 24px 0 6px; }
.cc-guide p { margin: 8px 0; }
.cc-guide ul { list-style: disc; padding-left: 22px; margin: 6px 0; }
.cc-guide ol { list-style: decimal; padding-left: 22px; margin: 6px 0; }
.cc-guide table { border-collapse: collapse; margin: 10px 0; }
.cc-guide th, .cc-guide td { border: 1px solid #bbb6aa; padding: 4px 10px; text-align: left; vertical-align: top; }
.cc-guide blockquote { border-left: 4px solid #bbb6aa; margin: 4px 0 18px; padding: 2px 14px; }
.cc-guide blockquote strong { background: #c2410c44; font-weight: inherit; padding: 1px 2px; }
.cc-guide blockquote em { background: #1d4ed844; font-style: normal; padding: 1px 2px; }
.cc-guide blockquote ul { font-size: 13px; list-style: none; padding: 0; margin: 4px 0; }"""


class PageError(ValueError):
    """A labelling configuration that does not fit this toolkit; the message says why."""


@dataclass(frozen=True, slots=True)
class Example:
    """One example of the guideline. ``topics`` are the rules it belongs to (R1 to R10, A1 to A7, link)."""

    topics: tuple[str, ...]
    lesson: str
    text: str
    spans: tuple[Span, ...]

    def to_markdown(self) -> str:
        """Claims bold, attributions in italics, and a line for each that says what it means."""
        shown, position = "", 0
        for span in self.spans:
            shown += self.text[position : span.start] + self._marked(span)
            position = span.end
        shown += self.text[position:]
        told = [span for span in self.spans if span.is_claim] or self.spans
        lines = [f"{self._marked(span)}: {self._meaning(span)}" for span in told]
        if len(told) == 1 and told[0].is_claim:
            lines = [self._meaning(told[0])]
        rows = [shown, "", *(f"- {line}" for line in lines or ["nothing to mark"])]
        return f"{self.lesson}\n\n" + "\n".join(f"> {row}".rstrip() for row in rows)

    def _marked(self, span: Span) -> str:
        words = self.text[span.start : span.end]
        return f"**{words}**" if span.is_claim else f"*{words}*"

    def _meaning(self, span: Span) -> str:
        if not span.is_claim:
            return "attribution"
        assert span.quantity is not None
        number, upper = numbers(span.quantity)
        how = span.quantity.qualifier.replace("_", " ")
        if span.quantity.qualifier == "between":
            how += f" {number} and {upper}"
        elif span.quantity.qualifier not in ("none", "share"):
            how += f" {number or 0}"
        meaning = f"{span.harm}, {how}"
        if span.attributed_to is not None:
            meaning += f" → {self._marked(self.spans[span.attributed_to])}"
        return meaning


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def labelling_config() -> str:
    """The labelling page, as Label Studio's XML."""
    return _file("labels.xml")


@cache
def examples() -> tuple[Example, ...]:
    """The guideline's examples, in order. Raises ``DocumentError`` if one is not sound."""
    return tuple(map(_example, _EXAMPLE.finditer(_file("guideline.md"))))


def _example(match: re.Match[str]) -> Example:
    topics, lesson, notation = match.groups()
    return Example(tuple(topics.split()), lesson, *parse(notation))


def guideline_markdown() -> str:
    """The guideline as people read it, as a file or on a site that shows Markdown."""
    return _EXAMPLE.sub(lambda match: _example(match).to_markdown(), _file("guideline.md"))


def guideline_html() -> str:
    """The guideline for a project's ``expert_instruction``: one line, styled by class."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark").enable("table").render(guideline_markdown())
    return f'<div class="cc-guide"><style>{_STYLE}</style>{body}</div>'.replace("\n", " ")


def check_config(config: str) -> None:
    """Raises ``PageError`` unless the page has all the controls whose answers ``regions`` reads.

    A lead may add to the page or reword it; the names of controls and choices must stay.
    """
    from label_studio_sdk.label_interface.interface import LabelInterface

    try:
        page, own = LabelInterface(config), LabelInterface(labelling_config())
        page.validate()  # type: ignore[no-untyped-call]
    except Exception as error:  # the SDK lets errors of many kinds through, its XML reader's among them
        raise PageError(f"Label Studio cannot read the labelling page: {error}") from None
    if {text.name: text.value for text in page.objects}.get(TEXT) != "$text":
        raise PageError(f'the labelling page needs <Text name="{TEXT}" value="$text"/>; {_SEE}')
    controls = {control.name: control for control in page.controls}
    for wanted in own.controls:
        control = controls.get(wanted.name)
        if control is None or control.tag != wanted.tag or control.to_name != wanted.to_name:
            raise PageError(f'the labelling page needs <{wanted.tag} name="{wanted.name}" toName="{TEXT}">; {_SEE}')
        if lacking := [value for value in wanted.labels if value not in control.labels]:
            raise PageError(
                f'<{wanted.tag} name="{wanted.name}"> of the labelling page lacks {", ".join(lacking)}; {_SEE}'
            )


def write_page(folder: str | Path, force: bool = False) -> list[Path]:
    """Write labels.xml, guideline.md and guideline.html into ``folder``, which is made if need be; returns their paths.

    Raises ``OutputError`` if one of them is there already and ``force`` is not set.
    """
    whole = f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Guideline</title>{guideline_html()}</html>\n'
    contents = {"labels.xml": labelling_config(), "guideline.md": guideline_markdown(), "guideline.html": whole}
    Path(folder).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for name, content in contents.items():
            stack.enter_context(open_file(Path(folder, name), force=force)).write(content.encode())
    return [Path(folder, name) for name in contents]
