"""Command-line tools: flags in, one library call, one report out."""
