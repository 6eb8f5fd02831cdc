"""The one line of another library's error that says what went wrong."""

import re

NAMED_ERROR = re.compile(r"^\s*\w+(?:Error|Exception): (.+)$", re.MULTILINE)


def error_line(error: BaseException) -> str:
    """Picks the telling line of an error.

    TensorFlow wraps an error of user code in a listing of source lines that
    ends in `ValueError: what happened`; others begin with what happened.

    Args:
        error: The error.

    Returns:
        The line, or the name of the error's class where it has no text.

    Example:

    >>> error_line(ValueError("Bad shape.\\nMore details."))
    'Bad shape.'
    """
    text = str(error).strip()
    named = NAMED_ERROR.findall(text)
    if named:
        return str(named[-1]).strip()
    return text.splitlines()[0].strip() if text else type(error).__name__


def sentence(text: str) -> str:
    """A text with its first letter in upper case."""
    return text[:1].upper() + text[1:]
