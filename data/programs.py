"""Programs of several commands, each command a module: ``HELP``, ``add(parser)``, ``run(args, screen, errors)``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib import import_module

from rich.console import Console


def add_commands(parser: argparse.ArgumentParser, names: Sequence[str], package: str) -> None:
    """Add the commands that are modules of ``package``; a module's docstring is what its ``--help`` shows."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in names:
        command = import_module(f"{package}.{name}")
        own = commands.add_parser(
            name,
            help=command.HELP,
            description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add(own)
        own.set_defaults(run=command.run)


def run_command(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None,
    extra: str,
    extras: Mapping[str, str] | None = None,
    stopped: str = "stopped",
) -> int:
    """Run the command that the arguments name; its exit status. What goes wrong is said in one sentence.

    A library that is not installed comes with ``extra``, or with the one that ``extras`` gives for it. ``stopped`` is
    said on Ctrl-C.
    """
    args = parser.parse_args(arguments)
    screen, errors = Console(highlight=False), Console(stderr=True, highlight=False)

    def say(message: str) -> None:
        errors.print(f"{parser.prog}: {message}", markup=False, soft_wrap=True)

    try:
        status: int = args.run(args, screen, errors)
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library == "casualty_claims":
            raise
        wanted = (extras or {}).get(library, extra)
        say(f"{args.command} needs {error.name}; install it with pip install 'casualty-claims[{wanted}]'")
        return 2
    except (ValueError, OSError) as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say(stopped)
        return 130
    return status
