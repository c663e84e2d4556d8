"""What is known of a claim and an attribution that may state it: where the two stand and what stands between.

``Scene`` is a text prepared for such questions; ``pair_features`` answers them all for one claim.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..data.documents import Span

BACK, AHEAD = 4, 2
"""How many sentences before and after its own an attribution may stand."""
NOBODY = -1

LINK_FEATURES = 12 + 27
"""Columns of ``pair_features``: the claim's situation, the pair's."""

_ABSENT = -9.0
_FAR = 2000
"""A gap of more characters than this is not looked into."""
_CONJUNCTIONS = ("but|however|yet", "while|whereas", "although|though", "and", "as|after|when|since|before", "that")
_KINDS = range(1, len(_CONJUNCTIONS) + 1)
_CONJUNCTION = re.compile(rf"\b(?:{'|'.join(f'({words})' for words in _CONJUNCTIONS)})\b", re.IGNORECASE)
_PRONOUN = re.compile(r"(?:he|she|it|they|we|i|who)\b|.*\b(?:he|she|it|they)\Z", re.IGNORECASE | re.DOTALL)
_ACCORDING = re.compile(r"according|acording|in the words", re.IGNORECASE)
_CITING = re.compile(r"citing|quoting|cited|quoted", re.IGNORECASE)
_ADDING = re.compile(r"add(?:s|ed|ing)?\b", re.IGNORECASE)
_END = re.compile(r"[\s.,;:!?\"'”’)\]*]*\Z")
_LEAD = re.compile(r"[\s\"'“‘(\[*]*\Z")
_STOPPED = re.compile(r"[.!?…][\"'”’)\]]*\Z")
_OPENERS = "“"


_Places = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A text with its sentences, prepared for questions about places in it.

    ``quotes``: offsets where quotation begins or ends; ``conjunctions``: offsets of such words, ``kinds`` the kind of
    each.
    """

    text: str
    sentences: Sequence[tuple[int, int]]
    starts: list[int]
    quotes: list[int]
    conjunctions: list[int]
    kinds: list[int]
    _seen: dict[tuple[int, int], tuple[float, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, sentences: Sequence[tuple[int, int]]) -> Scene:
        quotes: list[int] = []
        open_quote = False
        for match in re.finditer(r'["“”]|\n', text):
            mark = match.group()
            # A quotation left open at a paragraph's end is opened anew by the next, or was a stray mark.
            becomes = mark == _OPENERS or (mark == '"' and not open_quote)
            if becomes != open_quote:
                quotes.append(match.start())
                open_quote = becomes
        found = list(_CONJUNCTION.finditer(text))
        conjunctions, kinds = [match.start() for match in found], [match.lastindex or 0 for match in found]
        return cls(text, sentences, [s for s, _ in sentences], quotes, conjunctions, kinds)

    def sentence(self, offset: int) -> int:
        """The number of the sentence that an offset stands in."""
        return max(bisect_right(self.starts, offset) - 1, 0)

    def quoted(self, offset: int) -> bool:
        """Whether an offset stands between quotation marks."""
        return bisect_right(self.quotes, offset) % 2 == 1

    def near(self, claim: Span) -> tuple[int, int]:
        """Between which offsets an attribution begins that is near enough to a claim."""
        here, starts = self.sentence(claim.start), self.starts
        low, beyond = here - BACK, here + AHEAD + 1
        return starts[low] if low > 0 else 0, starts[beyond] if beyond < len(starts) else len(self.text)

    def kinds_between(self, left: int, right: int) -> set[int]:
        """The kinds of the conjunctions that begin between two offsets."""
        return set(self.kinds[bisect_left(self.conjunctions, left) : bisect_left(self.conjunctions, right)])

    def attribution(self, span: Span) -> tuple[float, ...]:
        """What is known of an attribution whatever the claim; worked out once."""
        known = self._seen.get((span.start, span.end))
        if known is None:
            text, words = self.text, self.text[span.start : span.end]
            low, high = self.sentences[self.sentence(span.start)]
            follow = text[span.end : span.end + 6]
            known = self._seen[span.start, span.end] = (
                self.quoted(span.start),
                _LEAD.match(text[low : span.start]) is not None,
                _END.match(text[span.end : high]) is not None,
                " " not in words,
                _PRONOUN.match(words) is not None,
                _ACCORDING.match(words) is not None,
                _CITING.search(words) is not None,
                _ADDING.search(words) is not None,
                follow.lstrip().startswith("that"),
                follow.startswith((",", ":")),
            )
        return known


def candidates_of(scene: Scene, claim: Span, attributions: Sequence[tuple[int, Span]]) -> list[int]:
    """Places, in ``attributions``, of those near enough to a claim; ``NOBODY`` stands first."""
    low, high = scene.near(claim)
    near = [place for place, (_, span) in enumerate(attributions) if low <= span.start < high]
    return [NOBODY, *near]


def pair_features(
    scene: Scene,
    claim: Span,
    claims: Sequence[Span],
    attributions: Sequence[tuple[int, Span]],
    candidates: Sequence[int],
) -> list[list[float]]:
    """One row a candidate: the claim's own situation, then the pair's."""
    spans = [span for _, span in attributions]
    own = _situation(scene, claim, claims, spans)
    here = scene.sentence(claim.start)
    theirs, others = ([(s.start, s.end) for s in beside] for beside in (spans, claims))
    nobody = [1.0, *[_ABSENT] * (LINK_FEATURES - 13)]
    return [
        [*own, *(nobody if place == NOBODY else _pair(scene, claim, others, theirs, spans[place], here))]
        for place in candidates
    ]


def _situation(scene: Scene, claim: Span, claims: Sequence[Span], spans: Sequence[Span]) -> list[float]:
    """The claim in its sentence, whatever the attribution."""
    text, here = scene.text, scene.sentence(claim.start)
    low, high = scene.sentences[here] if scene.sentences else (0, len(text))
    same = [s for s in spans if low <= s.start < high]
    before = [s for s in same if s.end <= claim.start]
    after = [s for s in same if s.start >= claim.end]
    return [
        len(before),
        len(after),
        bool(after) and _END.match(text[after[-1].end : high]) is not None,
        bool(before) and _LEAD.match(text[low : before[0].start]) is not None,
        scene.quoted(claim.start),
        scene.quoted(low),
        _STOPPED.search(text[low:high]) is None,
        here == 0,
        min(here, 6),
        sum(low <= c.start < claim.start for c in claims),
        sum(claim.end <= c.start < high for c in claims),
        "reportedly" in text[low:high],
    ]


def _pair(scene: Scene, claim: Span, claims: _Places, spans: _Places, span: Span, here: int) -> list[float]:
    """The attribution as seen from the claim, and what stands between the two."""
    ahead = span.start >= claim.end
    left, right = (claim.end, span.start) if ahead else (span.end, claim.start)
    near = right - left < _FAR
    gap = scene.text[left:right] if near else ""
    kinds = scene.kinds_between(left, right) if near else ()
    return [
        0.0,
        scene.sentence(span.start) - here,
        ahead,
        min(gap.count(" "), 60),
        sum([left <= start and end <= right for start, end in spans]),
        sum([left <= start and end <= right for start, end in claims]),
        gap.count(","),
        ":" in gap,
        ";" in gap,
        '"' in gap or "“" in gap or "”" in gap,
        gap.count("\n"),
        *[kind in kinds for kind in _KINDS],
        *scene.attribution(span),
    ]
