"""Models with layers of the user's classes, saved with their keep-masks."""

from tfprune.saving.load_model import load_model
from tfprune.saving.save_model import save_model

__all__ = ["load_model", "save_model"]
