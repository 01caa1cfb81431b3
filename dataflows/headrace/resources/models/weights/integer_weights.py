"""Model weights for computing in whole numbers: dynamic quantisation to int8.

Processors run MiniLM twice as fast that way (DECISIONS.md, "int8 encoder"). Those
without dot products of int8 may saturate where weights are signed, and compute it
wrong. So a quantised model is compared with the original. Where the two do not agree,
one with unsigned weights takes its place.
"""

import contextlib
import hashlib
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from headrace.errors import ModelError
from headrace.resources.disk import too_full
from headrace.resources.models.weights.own_process import make_alone

#: Element type of tensors whose type quantisation cannot infer
#: (onnx.TensorProto.FLOAT).
_FLOAT = 1
#: The disk space that it takes to make them, in MB: the floats, twice, and the result.
_SPACE_MB = 500.0


def integer_file(
    model: Callable[[], Path],
    name: str,
    cache_dir: Path,
    makes: Sequence[Callable[[Path, Path], object]],
    agree: Callable[[Path, Path], bool],
    make_otherwise: Callable[[Path, Path], object] = shutil.copyfile,
) -> Path:
    """The file of a model that computes in whole numbers.

    It is made the first time, in seconds, and kept. A damaged file is made again.

    Args:
        model: returns the file to make it from; called only when there is none.
        name: of the weights; other weights need another name.
        cache_dir: keeps the file, in its folder `models`.
        makes: functions of a module, each of which is given the model and writes the
            file that it is given second. The first whose file agrees is used.
        agree: whether a made file, given first, is as good as the model, given second.
        make_otherwise: makes the file where none agrees; by default a copy of the
            model.
    Raises ModelError when it cannot be written; nothing is left of it then.
    A damaged model raises RuntimeError.
    """
    import onnxruntime

    def made_in(work: Path) -> Path:
        original, made = model(), work / "made.onnx"
        for make in makes:
            make_alone(make, original, made)
            if agree(made, original):
                return made
        make_alone(make_otherwise, original, made)
        return made

    return kept_file(f"{name}-onnxruntime-{onnxruntime.__version__}", cache_dir, made_in)


def kept_file(name: str, cache_dir: Path, make: Callable[[Path], Path]) -> Path:
    """A file that is made the first time and kept; a damaged one is made again.

    Args:
        name: of the content; another content needs another name.
        cache_dir: keeps the file, in its folder `models`.
        make: makes the file in a folder for it alone, and returns its place.
    Raises ModelError when it cannot be written; nothing is left of it then.
    """
    folder = cache_dir / "models"
    stem = re.sub(r"[^A-Za-z0-9.-]", "-", name) + "-"
    for file in sorted(folder.glob(f"{stem}*")):
        # The name ends with the beginning of the content's hash.
        if sha256(file).startswith(file.stem.removeprefix(stem)):
            return file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            made = make(Path(work))
            kept = folder / f"{stem}{sha256(made)[:16]}{made.suffix}"
            made.replace(kept)  # safe when two processes make it at once: both files are right
    except ModelError:
        raise
    # The libraries raise many kinds of exceptions, also where a file was cut short.
    except Exception as error:
        disk = too_full(folder, _SPACE_MB)
        if not disk and not isinstance(error, OSError):
            raise  # the model itself is damaged, which its user says
        advice = "Set HEADRACE_DATA_DIR to another folder."
        if not isinstance(error, NotADirectoryError | PermissionError):
            advice = "Free disk space, or set HEADRACE_DATA_DIR to another folder."
        raise ModelError(
            f"making the file {name} in {folder} failed: {disk}{error}\n{advice}"
        ) from error
    return kept


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def quantised(model: Path, made: Path) -> None:
    """Writes the file `made`: a model in whole numbers, of the same operators."""
    _quantise(model, made, is_signed=True)


def quantised_unsigned(model: Path, made: Path) -> None:
    """As `quantised`, for processors that saturate with signed weights."""
    _quantise(model, made, is_signed=False)


def _quantise(model: Path, made: Path, is_signed: bool) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _no_advice():
        quantize_dynamic(
            folded(model, made.parent),
            made,
            weight_type=QuantType.QInt8 if is_signed else QuantType.QUInt8,
            per_channel=True,
            extra_options={"DefaultTensorType": _FLOAT, "WeightSymmetric": True},
        )


def folded(model: Path, work: Path) -> Path:
    """A file, in the folder `work`, of a model whose int8 weights became floats."""
    import onnxruntime

    file = work / "folded.onnx"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(file)
    onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    return file


@contextlib.contextmanager
def _no_advice() -> Iterator[None]:
    """Silences the root logger.

    Through it, quantisation advises to prepare the model, which folding has done.
    """
    nothing = logging.Filter("none")
    logging.getLogger().addFilter(nothing)
    try:
        yield
    finally:
        logging.getLogger().removeFilter(nothing)
