"""What a claim rests on (annotation scheme, section 3)."""

from __future__ import annotations

from .conditions import Test, before, every
from .forms import leads_chain, split
from .marks import ATTRIBUTION, Mark


def _linked(mark: Mark) -> int:
    """Where the attribution begins on which a claim rests; -1 for nobody."""
    return -1 if mark.target is None else mark.target.start


def _chained(mark: Mark) -> bool:
    """It rests on the first of a chain."""
    link = mark.span.attributed_to
    return link is not None and leads_chain(mark.document, link)


def _sharing(mark: Mark) -> int:
    """How many claims rest on the same attribution."""
    link = mark.span.attributed_to
    return 0 if link is None else sum(span.attributed_to == link for span in mark.document.spans)


def _speakers(mark: Mark) -> bool:
    """An attribution stands in the same sentence."""
    low, high = mark.sentence
    return any(not s.is_claim and low <= s.start < high for s in mark.document.spans)


def _sourceless(mark: Mark) -> bool:
    target = mark.target
    return target is not None and split(mark.document.text[target.start : target.end]).source is None


def _nearest(mark: Mark) -> bool:
    """It rests on the last attribution before it."""
    places = [place for place, span in enumerate(mark.document.spans[: mark.place]) if not span.is_claim]
    return bool(places) and mark.span.attributed_to == places[-1]


LINKS: dict[str, Test] = {
    "nobody, no attribution in the sentence": lambda mark: mark.target is None and not _speakers(mark),
    "nobody, though the sentence has an attribution": lambda mark: mark.target is None and _speakers(mark),
    "an attribution before it": lambda mark: mark.sentence[0] <= _linked(mark) < mark.span.start,
    "an attribution after it": lambda mark: mark.span.start < _linked(mark) < mark.sentence[1],
    "an earlier sentence's attribution": lambda mark: -1 < _linked(mark) < mark.sentence[0],
    "a later sentence's attribution": lambda mark: _linked(mark) >= mark.sentence[1],
    "the first of a chain": _chained,
    "one attribution, three claims or more": lambda mark: _sharing(mark) >= 3,
    "a cue without a source": _sourceless,
    "the nearer of two attributions before it": every(before(rf"{ATTRIBUTION}.*{ATTRIBUTION}[^⟨⟩]*"), _nearest),
}
"""Where the attribution of a claim stands, and what shares it."""
