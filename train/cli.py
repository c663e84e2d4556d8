"""``casualty-train``: check a corpus, fit a model, judge a model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ..data.programs import add_commands, run_command

COMMANDS = ("check", "fit", "evaluate", "report", "compare", "robust", "doubt", "polnear")

EXTRAS = {"torch": "teacher", "transformers": "teacher"}
"""The extra that brings a library; all others come with ``train``."""

EXAMPLES = """\
examples:
  casualty-train check data/corpus                       is the corpus sound? what is wrong, and where
  casualty-train check data/corpus --counts              how often does it show each rule, form and hard negative?
  casualty-train doubt data/corpus                       which labels may be wrong?
  casualty-train compare data/corpus                     which tagger is best?
  casualty-train fit data/corpus --out models/mine       cross-validate, fit on everything, save
  casualty-train fit data/corpus --out models/mine --gold gold.jsonl
  casualty-train evaluate models/mine gold.jsonl         how good is it on labelled articles?
  casualty-train evaluate models/mine gold.jsonl --errors
  casualty-train report models/mine gold.jsonl --out report.html   one page on how good it is
  casualty-train robust models/mine gold.jsonl           what does untidy text cost it?
  casualty-train polnear PolNeAR                         how good is its kind where others have figures?

exit status: 0 done, 1 the corpus has errors, 2 could not run.
"""


def parser() -> argparse.ArgumentParser:
    """The command's options; ``--help`` prints what this holds."""
    p = argparse.ArgumentParser(
        prog="casualty-train",
        description="Check a labelled corpus, train a model on it, and see how good the model is.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_commands(p, COMMANDS, f"{__package__}.commands")
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    return run_command(parser(), arguments, extra="train", extras=EXTRAS, stopped="stopped; nothing was saved")


if __name__ == "__main__":
    sys.exit(main())
