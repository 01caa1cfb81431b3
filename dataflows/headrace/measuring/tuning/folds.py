"""Questions dealt into folds: what is fitted on the others is judged on each."""

import numpy as np

FOLDS = 5
#: A gain with a p-value below this is recommended.
SIGNIFICANT = 0.05


def dealt(count: int, random: np.random.Generator) -> np.ndarray:
    """(count,) the fold of each question; the folds differ in size by one at most."""
    return random.permutation(count) % FOLDS
