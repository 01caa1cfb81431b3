#!/usr/bin/env python
"""Headrace from the command line: `python run.py --help`.

The commands are in dataflows/headrace/commands/, one file each.
"""

import sys
from pathlib import Path

# This checkout is used, whether headrace is installed or not.
sys.path.insert(0, str(Path(__file__).resolve().parent / "dataflows"))

if __name__ == "__main__":
    try:
        from headrace.commands import main

        sys.exit(main())
    except ModuleNotFoundError as error:
        sys.exit(f"{error}: activate the virtual environment, or run: pip install -e .")
    except KeyboardInterrupt:  # before a command began
        sys.exit(130)
