"""Words around figures, as messages say them."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """ "1 sentence", "1,200 sentences": the number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
