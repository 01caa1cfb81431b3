"""ONNX Runtime for the encoder and the cross-encoders: each text on one thread."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

#: Joins sums to the normalisation after them, which then takes ten times as long
#: (DECISIONS.md, "few operators").
_SLOW = ["SkipLayerNormFusion"]


def one_thread_session(model: Path) -> "InferenceSession":
    """A session that runs each text on the thread that calls it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(model), options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOW
    )


def first_output(session: "InferenceSession", inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """What the model computes first. Raises TypeError when that is not an array."""
    output = session.run(None, dict(inputs))[0]
    if not isinstance(output, np.ndarray):
        raise TypeError(f"it gives a {type(output).__name__} where an array belongs")
    return output
