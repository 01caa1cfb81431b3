"""`python -m headrace`: the same as `headrace` and `run.py`."""

import sys

from headrace.commands import main

sys.exit(main())
