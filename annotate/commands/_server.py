"""What the commands that talk to a Label Studio server have in common."""

from __future__ import annotations

import argparse

from ..studio.access import TOKEN, URL
from ..studio.server import PATIENCE, TIMEOUT, Project, Server, ServerError, connect


def add_server(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Options that say which project of which server is meant, and how to get in."""
    group = parser.add_argument_group("server")
    group.add_argument("--project", required=required, metavar="NAME", help="title or number of the project")
    group.add_argument("--url", metavar="ADDRESS", help=f"of the server (default: ${URL})")
    group.add_argument(
        "--token",
        metavar="TOKEN",
        help=f"of your account there (default: ${TOKEN}, which is better: a token on the command line can be seen by"
        " all who may list the processes of this machine, and stays in the shell's history)",
    )
    group.add_argument(
        "--timeout", type=float, default=TIMEOUT, metavar="SECONDS", help="for one request (default: %(default)g)"
    )
    group.add_argument(
        "--patience",
        type=float,
        default=PATIENCE,
        metavar="SECONDS",
        help="to wait in all for a server in trouble (default: %(default)g)",
    )


def server_of(args: argparse.Namespace) -> Server:
    """The server that the options name. Raises ``ServerError``."""
    if not 0 < args.timeout < float("inf") or not 0 <= args.patience < float("inf"):
        raise ServerError("--timeout must be more than 0 seconds, --patience 0 or more")
    return connect(args.url, args.token, timeout=args.timeout, patience=args.patience)


def project_of(server: Server, args: argparse.Namespace) -> Project:
    """The project that the options name. Raises ``ServerError`` if it is not there."""
    project = server.project(args.project)
    if project is None:
        raise ServerError(f"{server.address} has no project {args.project!r}; casualty-annotate push makes one")
    return project
