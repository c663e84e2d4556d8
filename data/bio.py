"""Spans as tags on tokens, and back: IOB1, IOB2 (BIO), BIOES and BILOU.

Ramshaw and Marcus, "Text Chunking using Transformation-Based Learning" (1995), and what grew from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

_TAG = re.compile(r"O|[BIESLUM]-\S+")

Place = tuple[int, int]
"""First token of a span, and the token after its last."""


@lru_cache(1024)
def is_tag(cell: str) -> bool:
    """Whether this is a tag of any of the schemes."""
    return _TAG.fullmatch(cell) is not None


def to_tags(spans: Iterable[Place], label: str, length: int) -> list[str]:
    """Tags of ``length`` tokens (IOB2) for spans that do not overlap."""
    tags = ["O"] * length
    for first, last in spans:
        tags[first:last] = [f"B-{label}"] + [f"I-{label}"] * (last - first - 1)
    return tags


def from_tags(tags: Sequence[str]) -> Iterator[tuple[int, int, str, bool]]:
    """Spans of one sentence: first token, token after the last, label, and whether its first tag is one that begins.

    Any scheme is understood. A span begun by a tag that should go on with one begins all the same, as conlleval has
    it; in IOB1 nearly every span does.
    """
    label, first, begun = "", 0, True
    for number, tag in enumerate(tags):
        prefix, name = tag[0], tag[2:]
        begins = bool(name) and (prefix in "BSU" or name != label)
        if label and (begins or not name):
            yield first, number, label, begun
            label = ""
        if begins:
            label, first, begun = name, number, prefix in "BSU"
        if name and prefix in "ESLU":
            yield first, number + 1, label, begun
            label = ""
    if label:
        yield first, len(tags), label, begun


def is_strict(sentences: Iterable[Sequence[str]]) -> bool:
    """Whether these tags follow a scheme in which every span begins with a tag of its own.

    In IOB1 alone, B- stands nowhere but behind a span of the same label.
    """
    return any(
        tag[0] in "ESLU" or (tag[0] == "B" and tag[2:] != before[2:])
        for tags in sentences
        for before, tag in zip(["O", *tags], tags, strict=False)
    )


def in_layers(spans: Iterable[Place]) -> list[list[Place]]:
    """Spans in as few rows as keep them from overlapping, each row in order."""
    layers: list[list[Place]] = []
    for span in sorted(spans):
        for layer in layers:
            if layer[-1][1] <= span[0]:
                layer.append(span)
                break
        else:
            layers.append([span])
    return layers
