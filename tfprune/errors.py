"""What tfprune raises when it cannot go on."""


class TfpruneError(Exception):
    """Base of every error that tfprune raises on purpose."""


class InvalidInputError(TfpruneError, ValueError):
    """An argument or a file is not what was expected.

    The message is one line: what was expected, what was received, and how to
    mend it.
    """


class ExactnessError(TfpruneError, RuntimeError):
    """A model with channels removed differs from the same model masked."""


class VerificationError(TfpruneError, RuntimeError):
    """An exported file does not compute what its source computes."""
