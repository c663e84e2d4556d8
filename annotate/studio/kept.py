"""Projects and tasks as a Label Studio server keeps them, without what nobody here needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .trouble import Garbled


@dataclass(frozen=True, slots=True)
class Project:
    """A project of a server: ``page`` is where a browser shows its tasks, ``annotators`` how many shall label each.

    ``model_version`` is the one whose suggestions annotators see; empty: none was chosen.
    """

    id: int
    title: str
    page: str
    config: str
    instruction: str
    annotators: int
    sampling: str
    model_version: str
    tasks: int

    @classmethod
    def of(cls, project: Any, address: str) -> Project:
        """From the SDK's."""
        if not isinstance(project.id, int):
            raise Garbled
        return cls(
            project.id,
            project.title or "",
            f"{address}/projects/{project.id}/data",
            project.label_config or "",
            project.expert_instruction or "",
            project.maximum_annotations or 1,
            project.sampling or "",
            project.model_version or "",
            project.task_number or 0,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A task as a server keeps it. ``predictions`` are (number, model version), oldest first.

    ``is_worked_on``: somebody has annotated or skipped it, or has a draft of it.
    """

    id: int
    key: str | None
    predictions: tuple[tuple[int, str], ...] = ()
    is_worked_on: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Kept:
        data = row["data"]
        key = data.get("key") if isinstance(data, Mapping) else None
        made = sorted((p["id"], p.get("model_version") or "") for p in row["predictions"])
        return cls(
            row["id"],
            key if isinstance(key, str) else None,
            tuple(made),
            bool(row["annotations_ids"] or row["draft_exists"]),
        )
