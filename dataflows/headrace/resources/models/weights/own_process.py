"""Weights made in a process of their own, which gives its memory back when it ends.

Making them takes a few hundred megabytes. Half of that would stay with a process that
goes on.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_OS_ERROR = 3
_PROGRAM = """
import sys
sys.path[:] = {path!r}
from pathlib import Path
from {module} import {name}
try:
    {name}(*map(Path, sys.argv[1:]))
except OSError as error:
    print(error, file=sys.stderr)
    sys.exit({code})
"""


def make_alone(make: Callable[[Path, Path], object], model: Path, made: Path) -> None:
    """Calls a module's function, which writes the file `made` from `model`.

    Raises OSError or RuntimeError with the message of what the function raised.
    """
    program = _PROGRAM.format(
        path=sys.path, module=make.__module__, name=make.__name__, code=_OS_ERROR
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(model), str(made)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    if ran.returncode:
        said = ran.stderr.strip().splitlines() or [f"it ended with {ran.returncode}"]
        raise (OSError if ran.returncode == _OS_ERROR else RuntimeError)(said[-1])
