"""What commands that learn from a teacher share."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_teaching(parser: argparse.ArgumentParser) -> None:
    """The options of whatever learns from a teacher."""
    parser.add_argument("--teacher", metavar="CHECKPOINT", help="a pretrained encoder, by folder or by name")
    parser.add_argument("--articles", type=Path, nargs="+", metavar="NEWS",
                        help="articles without labels, for the teacher to label")  # fmt: skip


def check_teaching(args: argparse.Namespace) -> None:
    """Load the teacher's checkpoint once before the work; raises ``ValueError`` if it is none."""
    if args.teacher:
        from transformers.utils import logging

        from ..teacher import check_checkpoint

        logging.disable_progress_bar()  # of loading weights: it takes a moment
        check_checkpoint(args.teacher)
