"""A model: a tagger and a linker that were trained together, and the card that says how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .linker import Linker
from .tagger import SpanTagger


@dataclass(frozen=True, slots=True)
class Model:
    """What ``casualty-train`` makes and ``Scorer`` uses.

    ``card`` holds the name and version of the model, what it was trained on, and its scores; everything in
    it is JSON.
    """

    tagger: SpanTagger
    linker: Linker
    card: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name and content hash, as it stands in the ``model`` column of the claims table."""
        return str(self.card.get("name", "unnamed"))
