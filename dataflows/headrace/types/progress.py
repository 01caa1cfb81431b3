"""How long work says how far it is."""

from collections.abc import Callable

#: Told what is being done, how much of it is done, and of how much. It may be called
#: from another thread than the one that works.
Progress = Callable[[str, int, int], None]
