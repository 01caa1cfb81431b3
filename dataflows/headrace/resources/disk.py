"""The room that is left on a disk, for errors that name the reason."""

import shutil
from pathlib import Path


def free_mb(folder: Path) -> float:
    """The free space of the disk of a folder, which need not exist, in MB."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free / 1e6


def too_full(folder: Path, needed_mb: float) -> str:
    """That a folder's disk is too full, and a semicolon; "" where it is not.

    Libraries say in many ways, or in none, that a disk is full.
    """
    free = free_mb(folder)
    if free >= needed_mb:
        return ""
    return f"its disk is too full ({free:.0f} MB are free, {needed_mb:.0f} MB are needed); "
