"""Callbacks that make models sparse during training, and show how."""

from tfprune.callbacks.budget_controller import BudgetController
from tfprune.callbacks.gradual_group_sparsification import (
    GradualGroupSparsification,
)

__all__ = ["BudgetController", "GradualGroupSparsification"]
