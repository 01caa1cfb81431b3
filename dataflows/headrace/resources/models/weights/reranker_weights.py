"""The weights of a reranker: in a folder, in the model hub's cache, or on the hub.

Each of these places holds `tokenizer.json`, perhaps `config.json`, and the weights:
`model.onnx` or `onnx/model.onnx` for ONNX Runtime, or `*.safetensors` for
sentence-transformers (extra `torch`).
"""

import json
import os
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TypeVar

from headrace.errors import ModelError
from headrace.resources.models.weights.integer_weights import sha256
from headrace.resources.redaction import without_secrets

#: A name of the hub, for messages.
_EXAMPLE = "cross-encoder/ms-marco-MiniLM-L-6-v2"

#: Seconds that the hub may take to say that it has the model.
_ANSWER_S = 3.0
#: Seconds that a start may wait for the files, some 90 MB.
_DOWNLOAD_S = 300.0
#: How long the hub is left alone after a failed download.
_TRY_AGAIN = timedelta(days=1)
_OFFLINE = "HF_HUB_OFFLINE is set"
#: Where an ONNX model may be in a folder, in order of preference.
_ONNX_FILES = ("model.onnx", "onnx/model.onnx")

T = TypeVar("T")


def fetch_reranker(name: str) -> str:
    """Download the ONNX weights of `name`, unless they are on this machine.

    Returns:
        Where the weights are, in the words of `describe_weights`.
    Raises ModelError with the reason when that fails: within 3 s when the hub cannot be
    reached.
    """
    problem = "" if is_path(name) or onnx_folder(name) else _download(name, limit_s=None)
    if problem or not (onnx_folder(name) or torch_folder(name)):
        raise ModelError(missing(name, problem))
    return describe_weights(name)


def describe_weights(name: str) -> str:
    """Where the weights of `name` are on this machine, or "missing: " and the reason.

    Loads and downloads nothing.
    """
    place = "folder" if is_path(name) else "hub cache"
    if folder := onnx_folder(name):
        return f"ONNX, {place} {folder}"
    if folder := torch_folder(name):
        return f"sentence-transformers, {place} {folder}"
    return f"missing: {_missing_here(name)}"


def weights_hash(name: str) -> str:
    """Which weights of `name` are on this machine, by a hash; "" without any."""
    files: list[Path] = []
    if folder := onnx_folder(name):
        files = [file for file in [onnx_file(folder)] if file]
    elif folder := torch_folder(name):
        files = sorted(folder.glob("*.safetensors"))
    return " ".join(sha256(file) for file in files)


# ---------------------------------------------------------------------- on this machine


def is_path(name: str) -> bool:
    """Whether a reranker's name is that of a folder, not one of the hub's."""
    return _path(name).is_dir() or name.startswith(("/", ".", "~")) or name.count("/") > 1


def _path(name: str) -> Path:
    # Path.expanduser would raise for a user who is unknown here.
    return Path(os.path.expanduser(name)).absolute()  # noqa: PTH111


def onnx_folder(name: str) -> Path | None:
    """The folder on this machine with the ONNX weights of `name`; None without one."""
    folder = _folder(name)
    if folder and onnx_file(folder) and (folder / "tokenizer.json").is_file():
        return folder
    return None


def torch_folder(name: str) -> Path | None:
    """The folder on this machine with the safetensors of `name`; None without one.

    None, too, where sentence-transformers, which loads them, is not installed.
    """
    folder = _folder(name)
    if folder and _has_safetensors(folder) and find_spec("sentence_transformers"):
        return folder
    return None


def onnx_file(folder: Path) -> Path | None:
    """The ONNX model in a folder; None without one."""
    for name in _ONNX_FILES:
        if (folder / name).is_file():
            return folder / name
    return None


def _has_safetensors(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))


def _folder(name: str) -> Path | None:
    """The folder on this machine for `name`: itself, or what the hub's cache holds."""
    if is_path(name):
        return _path(name) if _path(name).is_dir() else None
    file = _cached_file(name, "tokenizer.json") or _cached_file(name, "config.json")
    return file.parent if file else None


def _cached_file(name: str, filename: str) -> Path | None:
    """A model's file in the hub's cache. Raises ModelError for an impossible name."""
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError

    try:
        path = huggingface_hub.try_to_load_from_cache(name, filename)
    except HFValidationError:
        raise ModelError(
            f"HEADRACE_RERANKER={name!r} is neither a folder nor a name that the model hub "
            f"could have: give a folder, or a name such as {_EXAMPLE}"
        ) from None
    return Path(path) if isinstance(path, str) else None


def missing(name: str, problem: str) -> str:
    """Why there are no weights, and how to get them.

    Args:
        name: of the reranker.
        problem: why a download failed; "" when there was none.
    """
    from huggingface_hub.constants import HF_HUB_CACHE

    reason = problem or _missing_here(name)
    hub_name = _EXAMPLE if is_path(name) else name
    cached = f"models--{hub_name.replace('/', '--')}"
    return (
        f"no weights for the reranker {name}: {reason}\n"
        'Run "python run.py doctor --download" where the model hub can be reached; '
        f"or do so on another machine and copy {cached} from its hub cache to {HF_HUB_CACHE}; "
        "or set HEADRACE_RERANKER to a folder with model.onnx and tokenizer.json."
    )


def _missing_here(name: str) -> str:
    """Why there are no weights on this machine."""
    folder = _folder(name)
    if folder is None:
        return "the folder does not exist" if is_path(name) else "they are not in the hub's cache"
    if _has_safetensors(folder):
        return (
            f"{folder} has no model.onnx with a tokenizer.json, "
            "and its safetensors need pip install 'headrace[torch]'"
        )
    return f"{folder} does not have both model.onnx and tokenizer.json"


# ------------------------------------------------------------------------------ the hub


def try_download(name: str, cache_dir: Path) -> str:
    """Download the ONNX weights of `name`; returns why that failed, "" if it did not.

    A failure is noted in `cache_dir`. For a day after it, the hub is not asked again
    and the same reason is returned.
    """
    note = cache_dir / f"download-failed-{name.replace('/', '--')}.json"
    if problem := _recent_problem(note):
        return problem
    problem = _download(name, _DOWNLOAD_S)
    if problem and problem != _OFFLINE:
        failure = {"failed_at": datetime.now(UTC).isoformat(), "problem": problem}
        with suppress(OSError):  # where nothing can be written, the next start asks again
            cache_dir.mkdir(parents=True, exist_ok=True)
            note.write_text(json.dumps(failure), "utf-8")
    return problem


def _recent_problem(note: Path) -> str:
    """What a note of the last day says.

    "" when the note is older, absent, or unreadable (another process may be writing
    it).
    """
    try:
        content = json.loads(note.read_text("utf-8"))
        problem = content["problem"]
        failed_at = datetime.fromisoformat(content["failed_at"])
        age = datetime.now(UTC) - failed_at
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if not timedelta(0) <= age < _TRY_AGAIN:
        return ""
    return f"{problem} ({failed_at:%Y-%m-%d %H:%M} UTC; not tried again for a day)"


def _download(name: str, limit_s: float | None) -> str:
    """Download the ONNX weights of `name` to the hub's cache; returns why that failed.

    Args:
        name: on the hub.
        limit_s: seconds that the files may take; None: no limit.
    Returns:
        The reason in at most 400 characters; "" when the weights are in the cache now.
    """
    import huggingface_hub as hub
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE

    if HF_HUB_OFFLINE:
        return _OFFLINE
    try:
        # Without a network hf_hub_download tries for half a minute to six minutes,
        # whatever its etag_timeout is. So the hub is asked once before, briefly.
        url = hub.hf_hub_url(name, "onnx/model.onnx")
        _within(_ANSWER_S, lambda: hub.get_hf_file_metadata(url, timeout=_ANSWER_S))
        _within(limit_s, lambda: _download_files(name))
    except Exception as error:
        # Network, service, disk and checksum have their own exceptions, all answered
        # alike.
        said = without_secrets(f"{ENDPOINT} gave no weights: {error!r}")
        return " ".join(said.split())[:400]
    return ""


def _download_files(name: str) -> None:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    with suppress(EntryNotFoundError):
        hf_hub_download(name, "config.json")
    for filename in ("tokenizer.json", "onnx/model.onnx"):
        hf_hub_download(name, filename)


def _within(limit_s: float | None, work: Callable[[], T]) -> T:
    """What `work()` returns or raises within `limit_s` seconds; else TimeoutError.

    After the limit the work continues, and its result is dropped. It runs in a thread,
    because nothing else cuts a name lookup short, and in a daemon thread, so that it
    does not delay the end of the program.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except Exception as error:
            result.set_exception(error)

    Thread(target=run, daemon=True).start()
    if not wait([result], limit_s).done:
        raise TimeoutError(f"not done within {limit_s:g} s")
    return result.result()
