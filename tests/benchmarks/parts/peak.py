"""Run a command of the package: ``peak.py models.cli news/ --no-table``.

The last line that it prints has its processor seconds and its peak memory in megabytes.
"""

from __future__ import annotations

import importlib
import re
import resource
import sys
import time
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_megabytes() -> float:
    """Of this process so far. Where the system tells, without what its parent had before it began."""
    if STATUS.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())):
        return int(found[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    module, *arguments = sys.argv[1:]
    status = importlib.import_module(f"casualty_claims.{module}").main(arguments)
    print(time.process_time(), peak_megabytes())
    sys.exit(status)
