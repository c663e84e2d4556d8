"""Figures and words of others, as messages say them."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """ "1 sentence", "1,200 sentences": the number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def one_line(words: str, limit: int) -> str:
    """Words on one line, without repeated blanks, of at most ``limit`` characters."""
    words = " ".join(words.split())
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


def quoted(words: str, limit: int) -> str:
    """Words between quotation marks, of at most ``limit`` characters, with what cannot be seen escaped."""
    return repr(words if len(words) <= limit else words[: limit - 3] + "...")
