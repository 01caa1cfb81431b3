"""What must be the same in the process that asks and on its workers."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import headrace
from headrace.errors import WorkerError
from headrace.ingest.recipe import CHUNK_VERSION, DOCUMENT_VERSION
from headrace.pipeline import Pipeline
from headrace.resources.models.weights.reranker_weights import weights_hash
from headrace.resources.postgres import statements

_logger = logging.getLogger(__name__)

#: Linux: another one after every start of every machine.
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
#: Embedded here and there, to see whether the weights are the same.
_PROBE = "The walrus sleeps on the ice, and the ice drifts south."
#: Processors of other kinds round otherwise; other weights differ by far more.
_ALIKE = 0.999


@dataclass(frozen=True)
class Place:
    """A folder on a machine, by what no other folder has.

    Attributes:
        machine: of which machine, since it was started.
        folder: device and inode.
    """

    machine: str
    folder: tuple[int, int]

    @classmethod
    def of(cls, folder: Path) -> "Place":
        """The place of a folder as this process sees it; (0, 0) where there is none."""
        try:
            boot = _BOOT_ID.read_text().strip()
        except OSError:
            boot = os.uname().nodename if hasattr(os, "uname") else "this machine"
        try:
            found = folder.stat()
        except OSError:
            return cls(boot, (0, 0))
        return cls(boot, (found.st_dev, found.st_ino))

    def is_here(self, folder: Path) -> bool:
        """Whether it is this folder as this process sees it."""
        return self.folder != (0, 0) and self == Place.of(folder)


@dataclass(frozen=True)
class Facts:
    """What a process runs.

    Attributes:
        schema: of the database and all statements, by a hash.
        recipe: the versions of what is made of documents and chunks.
        place: of the data folder.
        node: the machine's name, for messages.
    """

    version: str
    schema: str
    recipe: str
    place: Place
    node: str = ""

    @classmethod
    def here(cls, data_dir: Path, node: str = "") -> "Facts":
        """The facts of this process."""
        recipe = f"{DOCUMENT_VERSION}.{CHUNK_VERSION}"
        place = Place.of(data_dir)
        return cls(headrace.__version__, statements.fingerprint(), recipe, place, node)


@dataclass(frozen=True)
class Probe:
    """What the models of a process make of what is known.

    Attributes:
        vector: that of a known text by the encoder, of norm 1.
        reranker: which weights of the reranker there are, by a hash; "" without any, or
            where it is not used.
    """

    vector: np.ndarray
    reranker: str

    @classmethod
    def of(cls, rag: Pipeline) -> "Probe":
        """The probe of a pipeline."""
        settings = rag.settings
        is_used = settings.reranking == "cross_encoder" and rag.models.own("reranker") is None
        reranker = weights_hash(settings.reranker) if is_used else ""
        return cls(rag.models.ingest_encoder.encode([_PROBE])[0], reranker)


def check_alike(ours: Facts, theirs: Facts, *, embedded: bool) -> None:
    """Checks that a worker may write what this process would.

    Args:
        embedded: whether the database is the embedded one, which serves one machine.
    Raises WorkerError that names the worker's machine and what to do.
    """
    differences = list(_differences(ours, theirs))
    if differences:
        raise WorkerError(
            f"the worker on {theirs.node} has another Headrace ({'; '.join(differences)}): "
            f"install the same one on every machine of the cluster, "
            f"pip install 'headrace[scale]=={ours.version}'"
        )
    if embedded and theirs.place != ours.place:
        raise WorkerError(
            f"the worker on {theirs.node} cannot reach the embedded PostgreSQL, which serves "
            "one machine only: set DATABASE_URL to a server that every machine of the cluster "
            "reaches"
        )


def check_same_models(name: str, ours: Probe, theirs: Probe, node: str) -> None:
    """Checks that the encoder of a worker has the same weights.

    Other weights of the reranker are told to the log: an ingest does without it.

    Args:
        name: the encoder's.
    Raises WorkerError.
    """
    is_comparable = ours.vector.shape == theirs.vector.shape
    likeness = float(ours.vector @ theirs.vector) if is_comparable else 0.0
    if not likeness >= _ALIKE:
        raise WorkerError(
            f"the worker on {node} has another model under the name {name} (cosine "
            f"{likeness:.3f} for the same text): bring its weights up to date"
        )
    if ours.reranker != theirs.reranker:
        _logger.warning(
            "the worker on %s has %s of the reranker: questions that it answers are ranked "
            "otherwise than here",
            node,
            "other weights" if theirs.reranker else "no weights",
        )


def _differences(ours: Facts, theirs: Facts) -> Iterator[str]:
    named = {"version": "version", "schema": "SQL", "recipe": "recipe of chunks"}
    for name, said in named.items():
        here, there = getattr(ours, name), getattr(theirs, name)
        if here != there:
            yield f"{said} {there[:12]} instead of {here[:12]}"
