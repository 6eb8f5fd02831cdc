"""Lets `python -m tfprune_console` do what `tfprune` does."""

import sys

from tfprune_console import run

sys.exit(run())
