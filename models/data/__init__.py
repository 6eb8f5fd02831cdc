"""The data sets that networks are measured on."""

from tfprune.models.data.dataset import Dataset
from tfprune.models.data.digits import digits
from tfprune.models.data.loading import DATASETS, load, names
from tfprune.models.data.mnist import fashion_mnist, mnist
from tfprune.models.data.npz import load_npz
from tfprune.models.data.validation import validation_split

__all__ = [
    "DATASETS",
    "Dataset",
    "digits",
    "fashion_mnist",
    "load",
    "load_npz",
    "mnist",
    "names",
    "validation_split",
]
