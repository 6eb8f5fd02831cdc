"""Damage to files, drawn at random."""

from collections.abc import Callable

import numpy as np

Mutation = Callable[[np.ndarray, np.random.Generator], np.ndarray]
INTERESTING = (0, 1, 2, 4, 8, 127, 128, 255, 2**15, 2**31 - 1, 2**32 - 1)


def flip_bits(content: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    for place in draw.integers(0, len(content), draw.integers(1, 9)):
        content[place] ^= np.uint8(1 << draw.integers(0, 8))
    return content


def set_bytes(content: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    places = draw.integers(0, len(content), draw.integers(1, 9))
    content[places] = draw.integers(0, 256, len(places))
    return content


def set_words(content: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Offsets, lengths and positions are such words."""
    words = content[: len(content) // 4 * 4].view("<u4")
    for place in draw.integers(0, len(words), draw.integers(1, 4)):
        words[place] = draw.choice(
            [draw.choice(INTERESTING), draw.integers(0, len(content))]
        )
    return content


def swap_words(content: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Exchanges what two offsets lead to, more or less."""
    words = content[: len(content) // 4 * 4].view("<u4")
    first, second = draw.integers(0, len(words), 2)
    words[[first, second]] = words[[second, first]]
    return content


def shift_words(content: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Lets offsets lead to the neighbours."""
    words = content[: len(content) // 4 * 4].view("<i4")
    for place in draw.integers(0, len(words), draw.integers(1, 4)):
        words[place] += 4 * draw.integers(-8, 9)
    return content


def cut_off(content: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    return content[: draw.integers(0, len(content))]


def copy_stretch(content: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    size = int(draw.integers(1, min(65, len(content))))
    source, target = draw.integers(0, len(content) - size, 2)
    content[target : target + size] = content[source : source + size].copy()
    return content


def remove_stretch(
    content: np.ndarray, draw: np.random.Generator
) -> np.ndarray:
    start = draw.integers(0, len(content))
    return np.delete(content, slice(start, start + draw.integers(1, 17)))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    set_bytes,
    set_words,
    swap_words,
    shift_words,
    cut_off,
    copy_stretch,
    remove_stretch,
)


def damaged(content: bytes, seed: int) -> tuple[bytes, str]:
    """Damages a file.

    Args:
        content: Its bytes.
        seed: Chooses the damage.

    Returns:
        The bytes afterwards, and the name of the mutation.
    """
    draw = np.random.default_rng(seed)
    mutation = MUTATIONS[draw.integers(0, len(MUTATIONS))]
    array = np.frombuffer(content, np.uint8).copy()
    with np.errstate(over="ignore"):
        return mutation(array, draw).tobytes(), mutation.__name__
