"""What the garbage collector leaves alone."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_as_it_stands() -> Iterator[None]:
    """Within, the collector does not look at what is there at the beginning.

    A process that answers questions for long has about 150,000 objects before the first
    one: modules, models, the graph. To look at all of them takes the time of several
    questions, and comes every hundred (DECISIONS.md, "what stands"). This is for
    processes of our own. In someone else's it would keep objects that they drop.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
