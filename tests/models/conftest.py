"""Word lists of our own: what stands in the shipped ones is not the matter of these tests."""

from __future__ import annotations

import pytest
from casualty_claims.models.vocabulary import MEMBERSHIPS, Lexicons


@pytest.fixture(scope="session")
def lexicons() -> Lexicons:
    """A few words in the lists that classes and features are made of."""
    return {
        **dict.fromkeys(MEMBERSHIPS, frozenset[str]()),
        "killed": frozenset({"killed", "died", "bodies"}),
        "injured": frozenset({"wounded"}),
        "cues": frozenset({"said"}),
        "number_words": frozenset({"seven"}),
        "quantifiers": frozenset({"dozens"}),
        "people": frozenset({"people", "officers", "bodies"}),
        "sources": frozenset({"police", "officers"}),
        "pronouns": frozenset({"he"}),
    }
