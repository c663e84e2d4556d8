"""One module a command of ``casualty-train``."""
