"""Where an encoder's cosines lie.

Unrelated texts have a cosine of about 0 with one encoder, and of 0.7 with another.
Numbers that were fitted to the cosines of one encoder hold for another once both are on
the same scale.
"""

from typing import NamedTuple

import numpy as np


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


def known_scale(encoder: str) -> CosineScale | None:
    """The scale of an encoder by its name; None for one that is not known.

    Names are compared without the hub's owner, and without what says how the encoder
    is computed: "sentence-transformers/all-MiniLM-L6-v2", "all-MiniLM-L6-v2-int8".
    """
    name = encoder.rpartition("/")[2].lower()
    for model, scale in _SCALES.items():
        if name == model.lower() or name.startswith(f"{model.lower()}-"):
            return scale
    return None
