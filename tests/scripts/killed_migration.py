"""Changes the encoder of a database and kills itself after four chunks: `killed_migration.py DATABASE_URL`."""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from headrace import load_settings
from headrace.operations import encoder_migration
from headrace.resources.models.encoders import BUNDLED, load_encoder
from support.half_encoder import HALF, HalfEncoder


def kill(what: str, done: int, total: int) -> None:
    if done >= 4:
        os.kill(os.getpid(), signal.SIGKILL)


encoder_migration.load_encoder = lambda name, threads, cache_dir: HalfEncoder(
    load_encoder(BUNDLED, 1, cache_dir)
)
encoder_migration._BLOCK_CHUNKS = 2
encoder_migration.EncoderMigration(load_settings(database_url=sys.argv[1]), HALF, report=kill).run()
