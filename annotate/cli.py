"""``casualty-annotate``: labelling sessions with Label Studio, from sentences to gold."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from ..data.programs import add_commands, run_command

COMMANDS = ("export", "page", "push", "status", "pull", "agreement", "adjudicate", "serve", "convert", "replay")

EXAMPLES = """\
a session:
  casualty-annotate export news/ --out tasks.json --only --select 500      sentences worth labelling, with suggestions
  casualty-annotate push tasks.json --project "Spring session"             to a Label Studio server
  casualty-annotate status --project "Spring session"                      who has labelled how much
  casualty-annotate pull --project "Spring session" --articles news/ --out labelled.jsonl
  casualty-annotate agreement labelled.jsonl                               how far do the annotators agree?
  casualty-annotate adjudicate labelled.jsonl --rule majority --out gold.jsonl
  casualty-train fit data/corpus gold.jsonl --out my-model

The server's address and token come from --url and --token, or LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.
exit status: 0 done, 1 some inputs rejected, 2 could not run.
"""


def parser() -> argparse.ArgumentParser:
    """The command's options; ``--help`` prints what this holds."""
    p = argparse.ArgumentParser(
        prog="casualty-annotate",
        description="Run labelling sessions: choose sentences, label them in Label Studio, bring gold home.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("--version", action="version", version=f"%(prog)s {version('casualty-claims')}",
                   help="print the version")  # fmt: skip
    add_commands(p, COMMANDS, f"{__package__}.commands")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    return run_command(parser(), arguments, extra="annotate")


if __name__ == "__main__":
    sys.exit(main())
