"""Small tests of a mark, to be put together to detectors: what its words hold, what stands beside it.

Patterns are read without regard to case, except inside ``(?-i:...)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ...models.quantities import find_quantity
from .marks import Mark

Test = Callable[[Mark], bool]


def one_of(alternatives: str) -> str:
    """A pattern for whole words: any of the alternatives, which blanks part (``.`` stands for a blank in one)."""
    return rf"\b(?:{'|'.join(alternatives.split())})\b"


def words(*patterns: str) -> Test:
    """The span's own words hold one of the patterns."""
    found = _compiled("|".join(patterns)).search
    return lambda mark: found(mark.words) is not None


def after(pattern: str) -> Test:
    """The pattern follows directly on the span."""
    found = _compiled(pattern).match
    return lambda mark: found(mark.right) is not None


def before(pattern: str) -> Test:
    """The pattern stands directly before the span."""
    found = _compiled(rf"(?:{pattern})\Z").search
    return lambda mark: found(mark.left) is not None


def counted(pattern: str) -> Test:
    """The words that give the quantity hold the pattern."""
    found = _compiled(pattern).search
    return lambda mark: found(quantity_words(mark)) is not None


def qualifier(*names: str) -> Test:
    """The record's qualifier is one of the names."""
    return lambda mark: mark.qualifier in names


def every(*tests: Test) -> Test:
    return lambda mark: all(test(mark) for test in tests)


def either(*tests: Test) -> Test:
    return lambda mark: any(test(mark) for test in tests)


def no(test: Test) -> Test:
    return lambda mark: not test(mark)


def one(mark: Mark) -> bool:
    """The record counts exactly one."""
    quantity = mark.span.quantity
    return quantity is not None and quantity.qualifier == "exact" and quantity.count == 1


def quantity_words(mark: Mark) -> str:
    """The words of a claim that give its quantity; empty where the people themselves do ("a soldier")."""
    found = find_quantity(mark.words)
    return mark.words[found[1] : found[2]] if found else ""


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
