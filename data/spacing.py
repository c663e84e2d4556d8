r"""The blanks around a token, as UDPipe keeps them in the last column of CoNLL-U.

``SpaceAfter=No``, ``SpacesAfter=\n\n`` and ``SpacesBefore=\s``; ``_`` is one space after the token. Blanks that UDPipe
has no letter for are written by their number (``\u00a0``).
"""

from __future__ import annotations

import re
from functools import lru_cache

_ESCAPED = {" ": "\\s", "\t": "\\t", "\r": "\\r", "\n": "\\n", "|": "\\p", "\\": "\\\\"}
_MEANT = {escaped: plain for plain, escaped in _ESCAPED.items()}


def to_misc(before: str, after: str) -> str:
    """The cell for a token between these blanks."""
    parts = [f"SpacesBefore={_escape(before)}"] if before else []
    if not after:
        parts.append("SpaceAfter=No")
    elif after != " ":
        parts.append(f"SpacesAfter={_escape(after)}")
    return "|".join(parts) or "_"


@lru_cache(1024)
def from_misc(cell: str) -> tuple[str, str]:
    """The blanks before and after a token."""
    known = dict(part.partition("=")[::2] for part in cell.split("|"))
    after = "" if known.get("SpaceAfter") == "No" else " "
    return _unescape(known.get("SpacesBefore", "")), _unescape(known.get("SpacesAfter", after))


def _escape(blanks: str) -> str:
    return "".join(_ESCAPED.get(c) or f"\\u{ord(c):04x}" for c in blanks)


def _unescape(words: str) -> str:
    def plain(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else _MEANT.get(match[0], match[0])

    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|.)", plain, words)
