"""Callbacks that make models sparse during training, and show how."""

from tfprune.callbacks.budget_controller import BudgetController
from tfprune.callbacks.gradual_group_sparsification import (
    GradualGroupSparsification,
)
from tfprune.callbacks.plot_sparsity import plot_sparsity
from tfprune.callbacks.sparsity_history import SparsityHistory
from tfprune.callbacks.sparsity_tensor_board import SparsityTensorBoard
from tfprune.callbacks.stop_on_plateau import StopOnPlateau
from tfprune.callbacks.update_costs import UpdateCosts

__all__ = [
    "BudgetController",
    "GradualGroupSparsification",
    "SparsityHistory",
    "SparsityTensorBoard",
    "StopOnPlateau",
    "UpdateCosts",
    "plot_sparsity",
]
