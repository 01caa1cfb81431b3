#!/usr/bin/env python
"""Headrace from the command line: `python run.py --help`. The commands are in dataflows/headrace/commands/, one file each."""

import sys

from headrace.commands import main

if __name__ == "__main__":
    sys.exit(main())
