"""The handwritten digits that come with scikit-learn."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from tfprune.models.data.dataset import Dataset
from tfprune.models.data.loading import DATASETS

# The images count 0 to 16 ink dots per cell.
DEEPEST_INK = 16.0
TEST_SAMPLES = 360


@DATASETS.register("digits")
def digits(data_dir: str | None = None) -> Dataset:
    """Returns 1,797 images of 8 x 8 x 1, of which 360 are the test split.

    The split is stratified by class and always the same.

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits",
    UCI Machine Learning Repository, 1998.

    Args:
        data_dir: Unused: the data come with scikit-learn.
    """
    bundle = load_digits()
    images = (bundle.images / DEEPEST_INK).astype("float32")[..., None]
    x_train, x_test, y_train, y_test = train_test_split(
        images,
        bundle.target.astype("int64"),
        test_size=TEST_SAMPLES,
        stratify=bundle.target,
        random_state=0,
    )
    return Dataset("digits", x_train, y_train, x_test, y_test)
