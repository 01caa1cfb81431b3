"""What a worker needs to open the same pipeline: settings, secrets, own code.

Own code is what the user gave: modules, and those that the settings name as
"package.module:factory". It is sent with the modules beside it that it has imported.
What is installed, as a package, is not sent: it must be installed there.
"""

import importlib
import os
import pickle
import sys
import sysconfig
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs

from headrace.errors import WorkerError
from headrace.pipeline import Pipeline
from headrace.resources.models.loading import PROTOCOLS
from headrace.scaling.likeness import Place
from headrace.setting_types import is_factory
from headrace.settings import Settings

#: Variables that the libraries of services and of PostgreSQL read themselves.
_ENVIRONMENT = ("ANTHROPIC_", "OPENAI_", "HF_", "PG", "SSL_CERT_", "NO_PROXY", "HTTPS_PROXY")
#: A worker has few pieces of work at the same time.
_CONNECTIONS = 4


@dataclass(frozen=True)
class Shipment:
    """What is sent to each worker; with its secrets, so it is never shown.

    Attributes:
        place: where it comes from.
        sources: the user's own code, by file name.
        modules: the names of those that join the graph.
        parts: models and readers that were given as objects.
        workers_per_node: among which the processors of a machine are shared.
    """

    place: Place
    settings: Settings
    environment: Mapping[str, str]
    sources: Mapping[str, str]
    modules: tuple[str, ...]
    parts: bytes
    workers_per_node: int

    def __repr__(self) -> str:
        return f"Shipment of {len(self.sources)} files of the user's own"

    @classmethod
    def of(cls, rag: Pipeline, place: Place, workers_per_node: int) -> "Shipment":
        """What a pipeline was opened with.

        Raises WorkerError for an object that cannot be sent.
        """
        given = _given(rag)
        environment = {
            name: value for name, value in os.environ.items() if name.startswith(_ENVIRONMENT)
        }
        return cls(
            place,
            rag.settings,
            environment,
            dict(_sources(_own_modules(rag, given))),
            tuple(module.__name__ for module in rag.modules),
            _pickled(given),
            workers_per_node,
        )

    def packed(self) -> bytes:
        """As it is sent: small, since Ray keeps what is small for restarted workers."""
        return zlib.compress(pickle.dumps(self))

    @staticmethod
    def unpacked(packed: bytes) -> "Shipment":
        return pickle.loads(zlib.decompress(packed))

    def opened(self) -> Pipeline:
        """The same pipeline, in a process on the cluster."""
        os.environ.update(self.environment)
        if self.sources:
            sys.path.insert(0, self._folder())
        modules = [importlib.import_module(name) for name in self.modules]
        given = _cloudpickle().loads(self.parts)
        readers = given.pop("readers")
        return Pipeline.open(self._settings_here(), modules=modules, readers=readers, **given)

    def _folder(self) -> str:
        """The folder that own code can be imported from."""
        folder = tempfile.mkdtemp(prefix="headrace-own-")
        for name, text in self.sources.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    def _settings_here(self) -> Settings:
        settings = self.settings
        changed: dict[str, Any] = {"connections": min(settings.connections, _CONNECTIONS)}
        if not settings.encoder_threads:
            changed["encoder_threads"] = max(1, (os.cpu_count() or 1) // self.workers_per_node)
        if not self.place.is_here(settings.data_dir):
            changed["data_dir"] = Path(platformdirs.user_data_dir("headrace"))
        return settings.model_copy(update=changed)


def _given(rag: Pipeline) -> dict[str, Any]:
    """The objects of the user's own, by the name that `Pipeline.open` takes."""
    own = {}
    for name in PROTOCOLS:
        part = rag.models.own(name)
        if part is not None and not is_factory(getattr(rag.settings, name)):
            own[name] = part
    named = len(rag.models.readers)
    return {**own, "readers": list(rag.readers[: len(rag.readers) - named])}


def _cloudpickle() -> Any:
    """Pickles also what a notebook or a script defines."""
    return importlib.import_module("ray.cloudpickle")


def _pickled(given: Mapping[str, Any]) -> bytes:
    cloudpickle = _cloudpickle()
    for name, part in given.items():
        try:
            cloudpickle.dumps(part)
        except Exception as error:  # whatever a part of the user's own raises
            raise WorkerError(
                f"the {name} that the pipeline was opened with cannot be sent to workers "
                f"({error}): name a factory of it in the settings, package.module:factory"
            ) from error
    return cloudpickle.dumps(dict(given))


def _own_modules(rag: Pipeline, given: Mapping[str, Any]) -> Iterator[ModuleType]:
    yield from rag.modules
    settings = [getattr(rag.settings, name) for name in PROTOCOLS]
    for named in (*settings, *rag.settings.readers):
        if is_factory(named) and named.partition(":")[0] in sys.modules:
            yield sys.modules[named.partition(":")[0]]
    readers = given["readers"]
    for part in (*given.values(), *readers):
        yield sys.modules[type(part).__module__]


def _sources(modules: Iterator[ModuleType]) -> Iterator[tuple[str, str]]:
    """The text of modules, and of those beside them that are loaded, by file name."""
    for module in modules:
        path = _own_file(module)
        if path is None:
            continue
        is_package = path.name == "__init__.py"
        folder = path.parents[module.__name__.count(".") + is_package]
        # A module that was loaded by its path may have another name than its file.
        name = module.__name__.replace(".", "/")
        yield (f"{name}/__init__.py" if is_package else f"{name}.py"), path.read_text("utf-8")
        for other in list(sys.modules.values()):
            beside = _own_file(other)
            if beside is not None and beside.is_relative_to(folder):
                yield beside.relative_to(folder).as_posix(), beside.read_text("utf-8")


def _own_file(module: Any) -> Path | None:
    """The file of a module of the user's own; None for what is installed."""
    name, file = getattr(module, "__name__", ""), getattr(module, "__file__", None)
    if not file or name.partition(".")[0] in ("headrace", "__main__"):
        return None
    path = Path(file)
    installed = [sysconfig.get_path(kind) for kind in ("purelib", "platlib", "stdlib")]
    is_installed = any(path.is_relative_to(place) for place in installed)
    return None if is_installed or path.suffix != ".py" or not path.is_file() else path
