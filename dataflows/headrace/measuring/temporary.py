"""A data folder for one measurement."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def temporary_folder(data_dir: Path) -> Iterator[Path]:
    """Yield a data folder under another one, which is removed at the end.

    The encoder's weights are those of `data_dir`, which are made there if need be and
    stay. Where a system refuses links to folders, they are made for this folder alone.
    """
    models = data_dir / "models"
    models.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=data_dir))
    try:
        with suppress(OSError):
            (folder / models.name).symlink_to(models.resolve(), target_is_directory=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
