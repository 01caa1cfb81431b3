"""Where an encoder's cosines lie, and what they say of an answer.

Unrelated texts have a cosine of about 0 with one encoder, and of 0.7 with another.
Numbers that were fitted to the cosines of one encoder hold for another once both are on
the same scale.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np

from headrace.types.answers import AnswerabilityWeights

Known = TypeVar("Known")


class CosineScale(NamedTuple):
    """The cosines of an encoder that count as 0 and as 1.

    Example: on the scale (0.7, 0.95) a cosine of 0.8 counts as 0.4.
    """

    zero: float = 0.0
    one: float = 1.0

    def of(self, cosine: float) -> float:
        """A cosine on the scale; beyond 0 and 1 for one beyond both ends."""
        return (cosine - self.zero) / (self.one - self.zero)

    def of_all(self, cosines: np.ndarray) -> np.ndarray:
        """Many at once."""
        return (cosines - self.zero) / (self.one - self.zero)


#: The scale of all-MiniLM-L6-v2, to which all numbers were fitted, and of any encoder
#: that is not known.
UNSCALED = CosineScale()
#: By the name of a model (DECISIONS.md, "cosine scales").
_SCALES = {
    "all-MiniLM-L6-v2": UNSCALED,
    "multilingual-e5-small": CosineScale(0.758, 0.953),
}


#: What is added to the intercept of the answerability, by the name of a model. The
#: nearest chunks of two encoders agree in the mean on the scale, and the lowest of one
#: may still lie lower (DECISIONS.md, "answerability by encoder").
_ADDED = {
    "multilingual-e5-small": 0.65,
}


def known_scale(encoder: str) -> CosineScale | None:
    """The scale of an encoder by its name; None for one that is not known."""
    return _of_model(_SCALES, encoder)


def known_weights(encoder: str) -> AnswerabilityWeights:
    """What the signs of the answerability count, by the name of the encoder."""
    weights = AnswerabilityWeights()
    added = _of_model(_ADDED, encoder) or 0.0
    return weights._replace(intercept=weights.intercept + added)


#: Settings that, where the user has not chosen, are those of the encoder's name.
BY_ENCODER: Mapping[str, Callable[[str], tuple[float, ...] | None]] = {
    "cosine_scale": known_scale,
    "answerability_weights": known_weights,
}


def _of_model(known: Mapping[str, Known], encoder: str) -> Known | None:
    """What is known of an encoder by the name of its model.

    Names are compared without the hub's owner, and without what says how the encoder
    is computed: "sentence-transformers/all-MiniLM-L6-v2", "all-MiniLM-L6-v2-int8".
    """
    name = encoder.rpartition("/")[2].lower()
    for model, found in known.items():
        if name == model.lower() or name.startswith(f"{model.lower()}-"):
            return found
    return None
