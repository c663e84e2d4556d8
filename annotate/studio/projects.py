"""The project of a session: made as the labelling page wants it, found again, or refused if it is not ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..page import PageError, check_config, guideline_html, labelling_config
from .kept import Project
from .server import Server, ServerError
from .trouble import Patience

ORDERS = {"sequential": "Sequential sampling", "random": "Uniform sampling", "uncertain": "Uncertainty sampling"}
"""In which order annotators get the tasks. Uncertain: the suggestion with the lowest confidence first."""

TITLE = range(3, 51)
"""Characters of a project's title."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a project shall be. ``None``: as it is; a new one has each task labelled once, in the order of the file.

    ``annotators`` is how many label each task. ``page`` puts our page and guideline in the place of those that are
    there; else what a labelling lead changed on them stays.
    """

    annotators: int | None = None
    order: str | None = None
    page: bool = False

    def __post_init__(self) -> None:
        if self.annotators is not None and self.annotators < 1:
            raise ServerError(f"{self.annotators} annotators for each task are too few")
        if self.order is not None and self.order not in ORDERS:
            raise ServerError(f"the order {self.order!r} is not one of {', '.join(ORDERS)}")


@dataclass(frozen=True, slots=True)
class Ready:
    """A project to send tasks to, and what to tell of it.

    ``is_doubtful``: the server may still be at work on another of the same title, which it was asked for before.
    """

    project: Project
    is_new: bool
    notes: tuple[str, ...] = ()
    is_doubtful: bool = False


def set_up(server: Server, title: str, setup: Setup) -> Ready:
    """The project called ``title``, made or changed if need be.

    Raises ``ServerError`` if there is one with another labelling page, or several.
    """
    patience, is_new, is_made, is_doubtful = Patience(server.patience, server.told), False, False, False
    while True:
        # Looked for even after it was made: where two pushes, or a server in trouble, made two, the older one is it.
        project = server.project(title)
        if project is not None:
            return replace(_fitted(server, project, setup, is_new), is_doubtful=is_doubtful)
        if len(title) not in TITLE:
            raise ServerError(f"a project's title has {TITLE[0]} to {TITLE[-1]} characters; {title!r} has {len(title)}")
        if is_made:
            raise ServerError(f"the project {title!r} was made and is not there; did somebody delete it?")
        is_new = True
        try:
            server.create_project(title, labelling_config(), guideline_html(), **_settings(setup))
        except ServerError as error:
            trouble = error
            is_doubtful |= error.doubtful
        else:
            is_made = True
            continue
        patience.pause(trouble)


def remove_twins(server: Server, ready: Ready) -> None:
    """A server in trouble may have made the project more than once; the others are as empty as they were made."""
    patience = Patience(server.patience, server.told)
    while ready.is_new:
        try:
            for twin in server.projects(ready.project.title):
                if twin.id != ready.project.id and not twin.tasks and twin.config == ready.project.config:
                    server.delete_project(twin)
        except ServerError as error:
            trouble = error
        else:
            return
        patience.pause(trouble)


def _settings(setup: Setup) -> dict[str, Any]:
    wanted = {"maximum_annotations": setup.annotators, "sampling": ORDERS.get(setup.order or "")}
    return {name: value for name, value in wanted.items() if value is not None}


def _fitted(server: Server, project: Project, setup: Setup, is_new: bool) -> Ready:
    """A project that was there: not ours is told, ours is changed where asked for, and what a lead changed is kept."""
    try:
        check_config(project.config)
    except PageError as error:
        reason = str(error)
    else:
        reason = ""
    if reason and project.tasks:
        raise ServerError(
            f"the project {project.title!r} at {project.page} is not one of casualty-annotate: {reason};"
            " give another --project"
        )
    changes, notes = _settings(setup), []
    if reason or setup.page:
        page = {"label_config": labelling_config(), "expert_instruction": guideline_html(), "show_instruction": True}
        changes |= page
    elif project.config.strip() != labelling_config().strip():
        notes.append("its labelling page is not the one of this version, and was left as it is; see --update-page")
    had = {"maximum_annotations": project.annotators, "sampling": project.sampling}
    changes = {name: value for name, value in changes.items() if had.get(name) != value}
    if changes:
        project = server.update_project(project, **changes)
    return Ready(project, is_new, tuple(notes))
