"""Weights whose network has no outliers where it is to be rounded.

Dynamic quantisation rounds all inputs of a dense layer to 256 steps of one size. A few
channels, above all of [CLS], are ten times as large as the others, which makes the
steps coarse. So each channel is divided by a factor, and the matrix is multiplied by it
(Xiao et al., SmoothQuant, ICML 2023). After the activation, where one channel holds
nearly all of an outlier, that would coarsen the matrix instead: there the channel is
computed several times, and each copy counts in part (Zhao et al., Outlier Channel
Splitting, ICML 2019).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from headrace.resources.models.weights.bert_graph import WORDS, Network, layers

#: How much of an outlier moves to the matrix, 0 to 1 (DECISIONS.md, "smoothing").
_MOVED = 0.7
#: The largest value of a channel that is not split (DECISIONS.md, "smoothing").
_UNSPLIT = 8.0
#: Word pieces evenly from BERT's vocabulary, between [CLS] and [SEP] (DECISIONS.md,
#: "smoothing").
_SAMPLE = [101, *range(1000, 30522, 117), 102]


def smoothed(
    weights: Mapping[str, np.ndarray], sample: Sequence[int] = _SAMPLE
) -> dict[str, np.ndarray]:
    """Weights of a network that computes the same, with smaller outliers.

    Dense layers have `factors` that their inputs are multiplied by.

    Args:
        sample: the word pieces of a text whose outliers are looked at.
    """
    largest = _largest_inputs(weights, sample)
    changed = dict(weights)
    for layer in layers(weights):
        for dense in (f"{layer}.attention", f"{layer}.intermediate.dense"):
            _smooth(changed, dense, largest[dense])
        _split(changed, layer, largest[f"{layer}.output.dense"])
    return changed


def _largest_inputs(
    weights: Mapping[str, np.ndarray], sample: Sequence[int]
) -> dict[str, np.ndarray]:
    """The largest absolute value of each input channel, by the dense layer."""
    import onnxruntime

    # Only the sample's rows, as the whole table would take half of the memory.
    rows = weights[WORDS][list(sample)]
    names, model = _with_all_inputs({**weights, WORDS: rows})
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    del model
    _, *inputs = session.run(None, {"input_ids": np.arange(len(rows))[None]})
    found = {}
    for dense, values in zip(names, inputs, strict=True):
        found[dense] = np.abs(np.asarray(values)[0]).max(axis=0)
    return found


def _with_all_inputs(weights: Mapping[str, np.ndarray]) -> tuple[list[str], bytes]:
    """The dense layers of a network, and the network whose outputs are their inputs."""
    network = Network(weights)
    model = network.model(with_inputs=True).SerializeToString()
    return list(network.inputs), model


def _smooth(weights: dict[str, np.ndarray], dense: str, largest: np.ndarray) -> None:
    """Move the outliers of a dense layer's inputs to its matrix."""
    matrix = weights[f"{dense}.weight"]
    divided = largest**_MOVED / np.abs(matrix).max(axis=1) ** (1 - _MOVED)
    divided = (divided / np.median(divided)).astype(np.float32)
    weights[f"{dense}.factors"] = 1 / divided
    weights[f"{dense}.weight"] = matrix * divided[:, None]


def _split(weights: dict[str, np.ndarray], layer: str, largest: np.ndarray) -> None:
    """Compute the channels that have outliers after the activation several times."""
    copies = np.maximum(1, np.ceil(largest / _UNSPLIT)).astype(int)
    if copies.max() == 1:
        return
    first, second = f"{layer}.intermediate.dense", f"{layer}.output.dense"
    for name in (f"{first}.weight", f"{first}.bias"):
        weights[name] = np.repeat(weights[name], copies, axis=-1)
    weights[f"{second}.weight"] = np.repeat(weights[f"{second}.weight"], copies, axis=0)
    weights[f"{second}.factors"] = np.repeat(1 / copies, copies).astype(np.float32)
