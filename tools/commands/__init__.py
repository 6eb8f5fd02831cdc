"""One command a file: its flags, and the job that they describe.

A command module has a docstring (its help text), `define_flags(flags)` and
`read_flags(flags, files)`, which returns an object with a `run` method. It
imports what needs Keras inside `read_flags`, so that help is instant.
"""
