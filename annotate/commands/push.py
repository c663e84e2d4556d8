"""Tasks to a Label Studio server: makes the project with its page and guideline, or adds to it what is missing.

examples:
  export LABEL_STUDIO_URL=http://localhost:8080 LABEL_STUDIO_API_KEY=...
  casualty-annotate push tasks.json --project "Spring session"
  casualty-annotate push tasks.json --project "Spring session" --annotators 3 --order uncertain
  casualty-annotate push newer-model.json --project "Spring session"     suggestions of another model beside the first

Push as often as you like. A sentence is known by its key: it is on the server once, and the suggestions of each model
version once. After an error, a crash or Ctrl-C, run the same command again. Copies that others made, or two pushes at
the same time, are taken away, unless somebody has worked on them.
What the page could not show is not sent: see FILE.rejects.jsonl.
The token is in Account & Settings of the server; a legacy token and a personal access token both do.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from ...data.rejects import rejects_beside
from ...data.wording import counted
from ._server import add_server, server_of

HELP = "send tasks to a Label Studio server"


def add(parser: argparse.ArgumentParser) -> None:
    from ..studio.projects import ORDERS

    parser.add_argument("file", type=Path, metavar="FILE", help="the tasks of casualty-annotate export or adjudicate")
    parser.add_argument("--annotators", type=int, metavar="N", help="how many people label each sentence (default: 1)")
    parser.add_argument("--order", choices=tuple(ORDERS), help="which sentence comes next: as in the file, by chance, "
                        "or that with the least confidence (default: sequential)")  # fmt: skip
    parser.add_argument("--update-page", action="store_true", help="put the labelling page and guideline of this "
                        "version in the place of those of the project")  # fmt: skip
    add_server(parser)


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    """Push; 0 done, 1 some tasks rejected."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from ...data.outputs import open_outputs
    from ..studio.projects import Setup
    from ..studio.push import push

    setup = Setup(args.annotators, args.order, args.update_page)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("tasks"),
        TimeElapsedColumn(),
    )
    try:
        with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
            bar = progress.add_task("checking", total=None)
            server = server_of(args)
            server.told = lambda words: errors.print(words, markup=False, soft_wrap=True)
            done = push(
                server,
                args.file,
                args.project,
                setup=setup,
                on_step=lambda phase, number, total: progress.update(
                    bar, description=phase, completed=number, total=total
                ),
            )
    except KeyboardInterrupt:
        errors.print("casualty-annotate: stopped; run the same command again, and it goes on from here", markup=False)
        return 130
    rejects = rejects_beside(args.file)
    with open_outputs(None, None, rejects, force=True) as (_, _, refused):
        for reject in done.rejects:
            if refused:
                refused.write(reject.to_json())

    def say(words: str) -> None:
        screen.print(words, markup=False, soft_wrap=True)

    say(f"{'made' if done.is_new else 'found'} {done.project.title!r}: {done.project.page}")
    added = counted(done.predictions, "suggestion")
    say(f"{counted(done.new, 'new task')}, {done.there:,} there already, {added} added")
    for number, words in (
        (done.removed, "surplus task"),
        (done.removed_predictions, "surplus suggestion"),
    ):
        if number:
            say(f"{counted(number, words)} removed from the server")
    if done.repeated:
        say(f"{counted(done.repeated, 'task')} stood in the file again and went once")
    for note in done.notes:
        say(note)
    if done.copies:
        say(
            f"{counted(len(done.copies), 'sentence')} stand there more than once, and people have worked on the copies;"
            f" all were kept: {', '.join(done.copies[:5])}{', …' if len(done.copies) > 5 else ''}"
        )
    if not done.rejects:
        return 0
    say(f"{counted(len(done.rejects), 'task')} could not be sent, all listed in {rejects}:")
    for reject in done.rejects[:5]:
        say(f"  {reject.place}: {reject.reason}")
    return 1
