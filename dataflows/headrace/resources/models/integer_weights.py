"""A model's weights made to be computed with in whole numbers (dynamic quantisation to int8), once, and kept.

MiniLM takes half the time a text that way on processors with dot products of int8. Others may saturate and get it wrong: so what is made is tried,
and where it does not agree with the model it was made from, that one stays.
"""

import hashlib
import logging
import re
import tempfile
from collections.abc import Callable
from pathlib import Path


def integer_file(
    model: Callable[[], Path], name: str, cache_dir: Path, agree: Callable[[Path, Path], bool]
) -> Path:
    """The file that computes in whole numbers, made from a model's the first time, in seconds.

    Args:
        model: the ONNX file to make it from; only asked for where there is none yet.
        name: of the weights, another one for other weights.
        cache_dir: where it is kept, in a folder `models`. A damaged file is made anew.
        agree: whether what was made, given first, is as good as the model; if not, what is kept is a copy of the model.
    """
    import onnxruntime

    folder, stem = (
        cache_dir / "models",
        f"{re.sub(r'[^A-Za-z0-9.-]', '-', name)}-onnxruntime-{onnxruntime.__version__}-",
    )
    for file in sorted(
        folder.glob(f"{stem}*.onnx")
    ):  # the name ends with what its content should hash to
        if sha256(file).startswith(file.stem.removeprefix(stem)):
            return file
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        original = model()
        made = _quantised(original, Path(work))
        if not agree(made, original):
            made.write_bytes(original.read_bytes())
        kept = folder / f"{stem}{sha256(made)[:16]}.onnx"
        made.replace(kept)  # of two processes that make it at once, both are right
    return kept


def sha256(path: Path) -> str:
    """In hexadecimal, of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _quantised(model: Path, work: Path) -> Path:
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    )  # folds what is int8 already to floats
    options.optimized_model_filepath = str(work / "folded.onnx")
    onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    made = work / "quantised.onnx"
    unheard = logging.Filter(
        "none"
    )  # it advises, through the root logger, to prepare the model; folding has done that
    logging.getLogger().addFilter(unheard)
    try:
        quantize_dynamic(
            work / "folded.onnx",
            made,
            weight_type=QuantType.QInt8,
            per_channel=True,
            extra_options={"DefaultTensorType": 1},  # 1: float
        )
    finally:
        logging.getLogger().removeFilter(unheard)
    return made
