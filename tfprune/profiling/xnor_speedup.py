"""How much faster products of signs could be."""

WIDTH = 64
"""Bits that one instruction handles."""


def xnor_speedup(terms: int) -> float:
    """Computes how much faster than in floating point a binary sum is.

    One instruction does 64 binary products; each output also takes one real
    product, by its scale. For `c` input channels and filters of `N_W`
    positions,

    `S = 64 c N_W / (c N_W + 64)`

    Args:
        terms: How many products are summed to one output, `c N_W`.

    Returns:
        The factor, between 64/65 and 64. What moves data is not counted.

    Example:

    ```python
    xnor_speedup(256 * 9)  # 62.27
    ```

    Source: Rastegari et al., "XNOR-Net", 2016 (arXiv:1603.05279), section 4.1.
    """
    return WIDTH * terms / (terms + WIDTH)
