"""The file that a command works on, wherever the user put it."""

from collections.abc import Sequence

from tfprune.errors import InvalidInputError


def no_files(files: Sequence[str]) -> None:
    """Refuses words that are no flags.

    Raises:
        InvalidInputError: When there are some.
    """
    if files:
        raise InvalidInputError(
            f"Expected nothing but flags. Received: '{files[0]}'."
        )


def file_argument(
    files: Sequence[str], **values: str | None
) -> tuple[str, str] | None:
    """Finds the one file among a bare word and several flags.

    Args:
        files: The words that are no flags.
        **values: Values of the flags that may name it instead, by name.

    Returns:
        How it was given, a name of a flag or `"file"`, and its path; None
        when it was not.

    Raises:
        InvalidInputError: When several are given.

    Example:

    ```python
    file_argument(["a.keras"], keras_model=None)    # ("file", "a.keras")
    ```
    """
    given = [("file", word) for word in files]
    given += [(name, value) for name, value in values.items() if value]
    if len(given) > 1:
        shown = ", ".join(
            value if name == "file" else f"--{name}={value}"
            for name, value in given
        )
        raise InvalidInputError(f"Expected one model. Received: {shown}.")
    return given[0] if given else None


def required(value: str | None, flag: str) -> str:
    """The value of a flag that has no default.

    Raises:
        InvalidInputError: When it was not given.
    """
    if not value:
        raise InvalidInputError(
            f"Expected the flag --{flag}. It was not given."
        )
    return value
