"""Changes the model that makes all vectors, while questions are answered.

  run.py migrate-encoder MODEL         write the vectors of MODEL, build their index,
                                       and then switch, in one transaction
  run.py migrate-encoder --status      whose vectors there are, and how far a change is
  run.py migrate-encoder --rollback    back to the encoder before, while its vectors are
                                       kept: what was stored since is filled in first
  run.py migrate-encoder --finish      delete the vectors and the index of the encoder
                                       before
  run.py migrate-encoder --cancel      give up a change that is not finished

MODEL is what HEADRACE_ENCODER takes; it changes for all tenants. Meanwhile questions
are answered from the old vectors, and documents are stored. It is safe to interrupt:
the next run continues where this one stopped. After the switch, new processes need
HEADRACE_ENCODER=MODEL. Processes that are already running answer from the old vectors
until --finish, and store no more documents.
"""

import argparse

from headrace.commands import arguments, output
from headrace.operations.encoder_migration import (
    EncoderMigration,
    delete_encoder,
    encoder_progress,
    previous_encoder,
)
from headrace.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("model", nargs="?", metavar="MODEL", help="the encoder to change to")
    wanted.add_argument(
        "--status", action="store_true", help="only say which vectors there are, and how many"
    )
    wanted.add_argument("--rollback", action="store_true", help="change back to the encoder before")
    wanted.add_argument(
        "--finish",
        "--drop-old",
        action="store_true",
        help="delete what is kept of the encoder before",
    )
    wanted.add_argument(
        "--cancel", action="store_true", help="delete what an unfinished change has written"
    )
    parser.add_argument(
        "--cut",
        action="store_true",
        help="accept chunks longer than what MODEL reads: their ends are not read",
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    if args.status:
        _print_status(settings)
    elif args.finish or args.cancel:
        gone = delete_encoder(settings, "kept" if args.finish else "filling")
        output.say(f"deleted: {', '.join(gone)}" if gone else "there was nothing to delete")
    else:
        _migrate(settings, args.model or previous_encoder(settings), args.cut)
    return 0


def _migrate(settings: Settings, name: str, cut: bool) -> None:
    bar = output.progress()
    report = output.steps(bar)
    with EncoderMigration(settings, name, cut_long_chunks=cut, report=report) as migration, bar:
        vectors = migration.run()
    output.say(
        f"{vectors:,} vectors written; the encoder is now {name}\n"
        f"Start processes with HEADRACE_ENCODER={name} from now on; those already running "
        "answer from the old vectors.\n"
        "run.py migrate-encoder --rollback goes back, --finish deletes the old vectors."
    )


def _print_status(settings: Settings) -> None:
    rows = []
    for progress in encoder_progress(settings):
        encoder = progress.encoder
        vectors = f"{progress.vectors:,} of {progress.chunks:,}"
        rows.append((encoder.name, encoder.dimension, encoder.role, vectors))
    columns = ("encoder", "numbers", "role", "chunks with a vector")
    output.console.print(output.table(columns, rows, numbers=(columns[1], columns[3])))
