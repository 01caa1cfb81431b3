#!/usr/bin/env python
"""Headrace from the command line: `python run.py --help`. The commands are in dataflows/commands/, one file each."""

import sys

from dataflows.commands import main

if __name__ == "__main__":
    sys.exit(main())
