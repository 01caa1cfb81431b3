#!/usr/bin/env python
"""Headrace from the command line: `python run.py --help`. The commands are in dataflows/headrace/commands/, one file each."""

import sys
from pathlib import Path

sys.path.insert(
    0, str(Path(__file__).resolve().parent / "dataflows")
)  # this checkout, installed or not

from headrace.commands import main

if __name__ == "__main__":
    sys.exit(main())
