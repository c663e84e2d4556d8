"""How good are predicted documents? Spans, records, links, and all of them together.

- *exact*: same label, start and end.
- *overlap*: same label and at least one shared character, gold and predicted spans paired one to one.
- *record*: of the claims found exactly, those whose harm, qualifier, count, low and high are all right.
- *link*: of the claims found exactly, those linked to the right attribution (one that overlaps the gold
  one: its boundaries are judged as a span), or rightly to none.
- *end to end*: claims whose span, record and source are all exactly right, as precision, recall and F1.
- *calibration*: whether of the spans, and of the links of exactly found claims, given with a probability of 80 %
  eight in ten are right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from ..data.counts import Calibration, Counts, Share
from ..data.documents import LABELS, Document, Span
from ..data.matching import FIELDS, overlap_pairs, record_values, source_of, sources_agree


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All counts of one comparison. Evaluations add: ``sum(evaluations, Evaluation())``."""

    exact: dict[str, Counts] = field(default_factory=dict)
    overlap: dict[str, Counts] = field(default_factory=dict)
    fields: dict[str, Share] = field(default_factory=dict)
    record: Share = field(default_factory=Share)
    link: Share = field(default_factory=Share)
    link_exact: Share = field(default_factory=Share)
    end_to_end: Counts = field(default_factory=Counts)
    span_calibration: Calibration = field(default_factory=Calibration)
    link_calibration: Calibration = field(default_factory=Calibration)
    confusion: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(field, gold value, predicted value) of exactly found claims, for harm, qualifier and link."""

    def __add__(self, other: Evaluation) -> Evaluation:
        merged: dict[str, Any] = {}
        for item in fields(self):
            mine, theirs = getattr(self, item.name), getattr(other, item.name)
            if isinstance(mine, Counter):
                merged[item.name] = mine + theirs
            elif isinstance(mine, dict):
                keys = [*mine, *(key for key in theirs if key not in mine)]
                merged[item.name] = {
                    k: mine[k] + theirs[k] if k in mine and k in theirs else mine.get(k, theirs.get(k)) for k in keys
                }
            else:
                merged[item.name] = mine + theirs
        return Evaluation(**merged)

    def to_json(self) -> dict[str, Any]:
        """Counts and the ratios derived from them, as JSON values."""
        confusion: dict[str, list[dict[str, Any]]] = {}
        for (what, gold, predicted), times in sorted(self.confusion.items()):
            confusion.setdefault(what, []).append({"gold": gold, "predicted": predicted, "times": times})
        return {
            "exact": {label: counts.to_json() for label, counts in self.exact.items()},
            "overlap": {label: counts.to_json() for label, counts in self.overlap.items()},
            "record": self.record.to_json(),
            "record_fields": {name: share.to_json() for name, share in self.fields.items()},
            "link": self.link.to_json(),
            "link_exact": self.link_exact.to_json(),
            "end_to_end": self.end_to_end.to_json(),
            "span_calibration": self.span_calibration.to_json(),
            "link_calibration": self.link_calibration.to_json(),
            "confusion": confusion,
        }


def evaluate(gold: Iterable[Document], predicted: Iterable[Document]) -> Evaluation:
    """Compare documents pairwise. Raises ``ValueError`` where a pair is not of the same text."""
    total = Evaluation()
    for wanted, found in zip(gold, predicted, strict=True):
        if wanted.text != found.text:
            raise ValueError(f"documents {wanted.id!r} and {found.id!r} are not the same text")
        total += _compare(wanted, found)
    return total


def _compare(gold: Document, predicted: Document) -> Evaluation:
    exact, overlap = {}, {}
    for label in LABELS:
        wanted = [s for s in gold.spans if s.label == label]
        found = [s for s in predicted.spans if s.label == label]
        same = len({(s.start, s.end) for s in wanted} & {(s.start, s.end) for s in found})
        exact[label] = Counts(same, len(found) - same, len(wanted) - same)
        touching = len(overlap_pairs(wanted, found))
        overlap[label] = Counts(touching, len(found) - touching, len(wanted) - touching)

    by_place = {(s.start, s.end): s for _, s in predicted.claims}
    shares = {name: Share() for name in FIELDS}
    record = link = link_exact = Share()
    all_right = 0
    linked: list[tuple[float, bool]] = []
    confusion: Counter[tuple[str, str, str]] = Counter()
    for _, claim in gold.claims:
        match = by_place.get((claim.start, claim.end))
        if match is None:
            continue
        wanted_values, found_values = record_values(claim), record_values(match)
        for name, a, b in zip(FIELDS, wanted_values, found_values, strict=True):
            shares[name] += Share(int(a == b), 1)
        for name, a, b in zip(FIELDS[:2], wanted_values, found_values, strict=False):
            confusion[name, str(a), str(b)] += 1
        record_right = wanted_values == found_values
        source, answer = source_of(gold, claim), source_of(predicted, match)
        touching_source = sources_agree(source, answer)
        same_source = (source and (source.start, source.end)) == (answer and (answer.start, answer.end))
        confusion["link", *_link_kinds(source, answer, touching_source)] += 1
        record += Share(int(record_right), 1)
        link += Share(int(touching_source), 1)
        link_exact += Share(int(same_source), 1)
        all_right += record_right and same_source
        if match.link_confidence is not None:
            linked.append((match.link_confidence, touching_source))
    places = {(s.start, s.end, s.label) for s in gold.spans}
    sure = [(s.confidence, (s.start, s.end, s.label) in places) for s in predicted.spans if s.confidence is not None]
    end_to_end = Counts(all_right, len(predicted.claims) - all_right, len(gold.claims) - all_right)
    return Evaluation(
        exact,
        overlap,
        shares,
        record,
        link,
        link_exact,
        end_to_end,
        Calibration.of(sure),
        Calibration.of(linked),
        confusion,
    )


def _link_kinds(wanted: Span | None, found: Span | None, right: bool) -> tuple[str, str]:
    if wanted is None:
        return "nobody", "nobody" if found is None else "somebody"
    return "somebody", "nobody" if found is None else "the right one" if right else "another one"
