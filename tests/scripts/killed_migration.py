"""Changes the encoder of a database: `killed_migration.py DATABASE_URL`.

After four chunks the process kills itself, as `kill -9` would.
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from headrace import load_settings
from headrace.operations import encoder_migration
from headrace.resources.models import loading
from headrace.resources.models.encoders import BUNDLED, load_encoder
from support.half_encoder import HALF, HalfEncoder


def kill(what: str, done: int, total: int) -> None:
    if done >= 4:
        os.kill(os.getpid(), signal.SIGKILL)


def load_half(name: str, threads: int, cache_dir: Path, forms: object) -> HalfEncoder:
    return HalfEncoder(load_encoder(BUNDLED, 1, cache_dir))


loading.load_encoder = load_half
encoder_migration._BLOCK_CHUNKS = 2
settings = load_settings(database_url=sys.argv[1])
encoder_migration.EncoderMigration(settings, HALF, report=kill).run()
