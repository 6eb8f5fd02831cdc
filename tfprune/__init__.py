"""Make Keras 3 models small and fast, and prove that they stayed the same."""

__version__ = "0.1.0"
