"""Command-line tools: flags in, library calls, one report out."""
