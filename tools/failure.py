"""How a failure looks to the user."""


def one_line(error: BaseException) -> str:
    """Says what went wrong, without line breaks.

    Args:
        error: A deliberate error, whose message is written for users, or one
            of the operating system.
    """
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        file = f" '{error.filename}'" if error.filename else ""
        text = f"{error.strerror}{file}."
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!", ")")) else f"{text}."
