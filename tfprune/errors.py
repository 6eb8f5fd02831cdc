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


class FileWriteError(TfpruneError, OSError):
    """The disk refused a file; what stood at its path is untouched."""


class MissingDependencyError(TfpruneError, ImportError):
    """A package that export needs cannot be imported."""


class UnsuitableModelError(TfpruneError, RuntimeError):
    """The runtime or the device that a file is meant for refuses it."""


class VerificationError(TfpruneError, RuntimeError):
    """An exported file does not compute what its source computes."""
