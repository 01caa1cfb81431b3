"""--executor: whether a command works in this process or on a Ray cluster."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from headrace.errors import SettingsError
from headrace.execution.blocks import ThreadExecutor
from headrace.types import Executor


def add_executor(parser: argparse.ArgumentParser) -> None:
    """--executor, --address and --gpus-per-worker; read by `executor_of`."""
    parser.add_argument(
        "--executor",
        choices=("threads", "ray"),
        default="threads",
        help="where the work is done: in this process, or by the --workers of a Ray cluster, "
        "each of which loads the models (extra scale; default %(default)s)",
    )
    parser.add_argument(
        "--address",
        metavar="A",
        help="--executor ray: the cluster: auto for the one of this machine, or "
        "ray://HOST:10001; otherwise RAY_ADDRESS, or workers on this machine alone",
    )
    parser.add_argument(
        "--gpus-per-worker",
        type=float,
        metavar="G",
        help="--executor ray: GPUs of each worker, such as 1 or 0.5 (default 0)",
    )


@contextmanager
def executor_of(args: argparse.Namespace, workers: int | None, threads: int) -> Iterator[Executor]:
    """Yield what does the work of a command.

    Args:
        workers: of a cluster; None: as many as it has processors.
        threads: pieces at the same time in this process.
    Raises SettingsError for arguments of a cluster without one.
    """
    if args.executor == "threads":
        for name in ("address", "gpus_per_worker"):
            if getattr(args, name) is not None:
                option = f"--{name.replace('_', '-')}"
                raise SettingsError(f"{option} is of a cluster: add --executor ray")
        yield ThreadExecutor(threads)
        return
    from headrace.scaling.ray_executor import RayExecutor

    gpus = args.gpus_per_worker or 0.0
    with RayExecutor(args.address, workers=workers, gpus_per_worker=gpus) as executor:
        yield executor
