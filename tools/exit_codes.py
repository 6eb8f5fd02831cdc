"""What a command's exit code says."""

DONE = 0
"""The command did what it was asked for."""

FAILED = 1
"""A file, the data or the work itself failed; nothing half-written is left."""

WRONG_USAGE = 2
"""The command line alone shows that it cannot be meant so."""

INTERRUPTED = 130
"""Stopped by Ctrl-C, as shells count it."""
