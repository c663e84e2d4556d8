"""Who annotated: the accounts of a server, by its numbers, and the names that stand for them here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .pseudonyms import pseudonyms

NOBODY = "a deleted account"
"""Who made what the server knows no account of any more."""


def account(annotation: Mapping[str, Any]) -> int | None:
    """The server's number of who made an annotation; exports give it alone or within the account."""
    by = annotation.get("completed_by")
    number = by.get("id") if isinstance(by, Mapping) else by
    return number if isinstance(number, int) else None


def name_of(number: int | None, names: Mapping[int, str]) -> str:
    """The name that stands for an account; one that is gone keeps its number."""
    return NOBODY if number is None else names.get(number, f"user {number}")


def names_of(users: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """The accounts of a server by number: by e-mail, else by user name. Deleted ones are left out."""
    names = {}
    for user in users:
        email, username = str(user.get("email") or ""), str(user.get("username") or "")
        name = email if "@" in email else username
        if name and name != "Deleted":
            names[int(user["id"])] = name
    return names


def annotators_of(
    rows: Sequence[Mapping[str, Any]], names: Mapping[int, str], file: Path | None = None
) -> tuple[dict[int, str], Mapping[str, str]]:
    """Names of those who annotated the exported tasks ``rows``, by number, and their pseudonyms by name.

    With a ``file`` of pseudonyms, the names are these; who is new gets one, in the order of the accounts.
    """
    found = {account(annotation) for row in rows for annotation in row.get("annotations") or ()}
    known = {number: name_of(number, names) for number in sorted(n for n in found if n is not None)}
    if file is None:
        return known, {}
    hidden = pseudonyms(file, known.values())
    return {number: hidden[name] for number, name in known.items()}, hidden
