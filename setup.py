"""Packaging: the library, and `tools/` and `models/` as its subpackages."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def packages_under(folder: str) -> list[str]:
    """Names of the packages of `folder` as they install below tfprune."""
    found = find_packages(str(HERE / folder), exclude=["console"])
    return [
        f"tfprune.{folder}",
        *(f"tfprune.{folder}.{name}" for name in found),
    ]


setup(
    name="tfprune",
    version="0.1.0",
    description=(
        "Make Keras 3 models small and fast: structured sparsity, exact "
        "channel removal and verified LiteRT export."
    ),
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=[
        *find_packages(include=["tfprune", "tfprune.*"]),
        *packages_under("tools"),
        *packages_under("models"),
        "tfprune_console",
    ],
    package_dir={
        "tfprune.tools": "tools",
        "tfprune.models": "models",
        "tfprune_console": "tools/console",
    },
    package_data={
        "tfprune": ["py.typed"],
        "tfprune.export.targets": ["rules/*.json"],
        "tfprune.export.versions": ["*.json"],
    },
    install_requires=[
        "absl-py>=2.1",
        "ai-edge-litert>=2.1",
        "keras>=3.15",
        "litert-quantizer>=0.11",
        "matplotlib>=3.9",
        "numpy>=2.0",
        "rich>=13.7",
        "scikit-learn>=1.5",
        "scipy>=1.13",
        "tensorflow>=2.21",
    ],
    extras_require={
        "jax": ["jax>=0.5"],
        "torch": ["torch>=2.6"],
        "tensorboard": ["tensorboard>=2.19"],
        # For an environment of its own: see benchmarks/tfmot_models.sh.
        "tfmot": ["tensorflow-model-optimization>=0.8.1", "tf_keras>=2.21"],
        "test": [
            "hypothesis>=6.100",
            "jax>=0.5",
            "pytest>=8.2",
            "pytest-xdist>=3.6",
            "tensorboard>=2.19",
        ],
        "lint": ["import-linter>=2.3", "mypy>=1.14", "ruff>=0.9"],
    },
    entry_points={"console_scripts": ["tfprune = tfprune_console:run"]},
)
