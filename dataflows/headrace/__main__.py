"""`python -m headrace`: the same as `headrace` and `run.py`."""

import sys

try:
    from headrace.commands import main

    sys.exit(main())
except KeyboardInterrupt:  # before a command began
    sys.exit(130)
