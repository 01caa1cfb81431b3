"""What the garbage collector leaves alone."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: What is kept from one question to the next is looked at so many times more seldom
#: (DECISIONS.md, "what stands").
_RARER = 10


@contextmanager
def kept_as_it_stands() -> Iterator[None]:
    """Within, the collector does not look at what is there at the beginning.

    A process that answers questions for long has about 150,000 objects before the first
    one: modules, models, the graph. To look at all of them takes the time of several
    questions, and comes every hundred (DECISIONS.md, "what stands"). What is older than
    a few questions is looked at ten times more seldom. This is for processes of our
    own. In someone else's it would keep objects that they drop.
    """
    young, older, oldest = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(young, older, _RARER * oldest)
    try:
        yield
    finally:
        gc.set_threshold(young, older, oldest)
        gc.unfreeze()
