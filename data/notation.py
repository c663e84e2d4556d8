"""A document as annotated text, for people to write, read and review.

Labels stand in the text they label::

    [[a1|Officials said]] [[k>=30@a1|at least 30 people had died]] and [[i=4@a1|four were hurt]].

An attribution is ``[[a1|...]]``: a name of its own and its words. A claim starts with its harm (``k``
killed, ``i`` injured, ``m`` missing, ``c`` casualties), then its quantity, then ``@`` and the name of the
attribution that states it, if one does:

========  ==========  ============================
mark      qualifier   example
========  ==========  ============================
``=6``    exact       ``[[k=6|six soldiers died]]``
``>=6``   at_least    ``[[k>=6|at least six dead]]``
``>6``    more_than   ``[[i>6|more than six hurt]]``
``~6``    about       ``[[k~6|some six people died]]``
``<=6``   at_most     ``[[k<=6|up to six dead]]``
``<6``    fewer_than  ``[[k<6|fewer than six died]]``, ``<?`` where no figure is given
``6-8``   between     ``[[k6-8|six to eight dead]]``
``v24``   vague       ``[[kv24|dozens were killed]]``, ``v?`` where the word gives no lower bound
``0``     none        ``[[i0|no one was hurt]]``
``%``     share       ``[[k%|most of the dead]]``
========  ==========  ============================

The low and high bounds follow from qualifier and figure (``bounds``), so they cannot be mistyped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .documents import ATTRIBUTION, CLAIM, DocumentError, Quantity, Span

_HARM_BY_LETTER = {"k": "killed", "i": "injured", "m": "missing", "c": "casualties"}
_LETTER_BY_HARM = {harm: letter for letter, harm in _HARM_BY_LETTER.items()}

_MARK = re.compile(r"\[\[([^|\[\]\n]+)\|(.*?)\]\]", re.DOTALL)
_ATTRIBUTION = re.compile(r"a\d+\Z")
_CLAIM = re.compile(r"([kimc])(>=\d+|<=\d+|>\d+|<\d+|<\?|=\d+|~\d+|\d+-\d+|v\d+|v\?|0|%)(?:@(a\d+))?\Z")


def bounds(qualifier: str, count: int | None) -> Quantity:
    """Qualifier and figure with the bounds they imply (annotation scheme, section 4).

    For ``vague`` the figure is the lower bound that the word gives. ``between`` needs two figures:
    make the ``Quantity`` yourself.
    """
    match qualifier:
        case "exact":
            return Quantity("exact", count, count, count)
        case "at_least":
            return Quantity("at_least", count, count, None)
        case "more_than":
            return Quantity("more_than", count, None if count is None else count + 1, None)
        case "about":
            return Quantity("about", count, None, None)
        case "at_most":
            return Quantity("at_most", count, None, count)
        case "fewer_than":
            return Quantity("fewer_than", count, None, None if count is None else max(count - 1, 0))
        case "vague":
            return Quantity("vague", None, count, None)
        case "none":
            return Quantity("none", 0, 0, 0)
        case "share":
            return Quantity("share", None, None, None)
    raise DocumentError(f"no bounds follow from qualifier {qualifier!r}")


def _read_quantity(mark: str) -> Quantity:
    if "-" in mark:
        low, high = mark.split("-")
        return Quantity("between", None, int(low), int(high))
    operator = mark.rstrip("0123456789?") if mark != "0" else "0"
    digits = mark[len(operator) :].replace("?", "")
    qualifier = {
        "=": "exact",
        ">=": "at_least",
        ">": "more_than",
        "~": "about",
        "<=": "at_most",
        "<": "fewer_than",
        "v": "vague",
        "0": "none",
        "%": "share",
    }[operator]
    return bounds(qualifier, int(digits) if digits else None)


def _write_quantity(quantity: Quantity) -> str:
    q = quantity
    figure = "?" if q.count is None else str(q.count)
    match q.qualifier:
        case "between":
            return f"{q.low}-{q.high}"
        case "vague":
            return "v?" if q.low is None else f"v{q.low}"
        case "none":
            return "0"
        case "share":
            return "%"
    operators = {"exact": "=", "at_least": ">=", "more_than": ">", "about": "~", "at_most": "<=", "fewer_than": "<"}
    return operators[q.qualifier] + figure


def parse(notation: str) -> tuple[str, tuple[Span, ...]]:
    """Annotated text to plain text and its spans; raises ``DocumentError`` naming the mark at fault."""
    text: list[str] = []
    marks: list[tuple[int, int, str, str]] = []
    position = length = 0
    for match in _MARK.finditer(notation):
        before, words = notation[position : match.start()], match.group(2)
        if "[[" in words:
            raise DocumentError(f"mark inside a mark, or an unclosed one: {match.group(0)[:60]!r}")
        if words != words.strip() or not words:
            raise DocumentError(f"mark is empty, or begins or ends with a blank: {match.group(0)[:60]!r}")
        length += len(before)
        text += [before, words]
        marks.append((length, length + len(words), match.group(1).strip(), match.group(0)))
        length += len(words)
        position = match.end()
    text.append(notation[position:])
    plain = "".join(text)
    if stray := re.search(r"\[\[|\]\]", plain):
        raise DocumentError(f"stray bracket near {plain[max(0, stray.start() - 30) : stray.end() + 30]!r}")

    names: dict[str, int] = {}
    for index, (_, _, head, whole) in enumerate(marks):
        if _ATTRIBUTION.match(head):
            if head in names:
                raise DocumentError(f"attribution {head} is named twice: {whole[:60]!r}")
            names[head] = index
    spans = []
    for start, end, head, whole in marks:
        if head in names:
            spans.append(Span(start, end, ATTRIBUTION))
            continue
        if not (claim := _CLAIM.match(head)):
            raise DocumentError(f"{head!r} is neither an attribution nor a claim: {whole[:60]!r}")
        letter, quantity, target = claim.groups()
        if target is not None and target not in names:
            raise DocumentError(f"no attribution {target} in the document: {whole[:60]!r}")
        link = names[target] if target is not None else None
        spans.append(Span(start, end, CLAIM, _HARM_BY_LETTER[letter], _read_quantity(quantity), link))
    return plain, tuple(spans)


def render(text: str, spans: Iterable[Span]) -> str:
    """The inverse of ``parse`` for non-overlapping spans in order of their start."""
    spans = tuple(spans)
    names = {i: f"a{n}" for n, i in enumerate((i for i, s in enumerate(spans) if not s.is_claim), 1)}
    out: list[str] = []
    position = 0
    for i, span in enumerate(spans):
        if i in names:
            head = names[i]
        else:
            if span.harm is None or span.quantity is None:
                raise DocumentError(f"the claim at {span.start} has no harm or quantity to write")
            head = _LETTER_BY_HARM[span.harm] + _write_quantity(span.quantity)
            if span.attributed_to is not None:
                head += "@" + names[span.attributed_to]
        out += [text[position : span.start], f"[[{head}|{text[span.start : span.end]}]]"]
        position = span.end
    out.append(text[position:])
    return "".join(out)
