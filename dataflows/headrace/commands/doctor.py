"""Says what is installed, what is missing, and what to do about it.

  run.py doctor
  run.py doctor --download      also fetch the reranker's weights from the model hub

Exit code 0 when questions can be asked, 1 when something they need does not work.
"""

import argparse
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec

from rich.text import Text

from headrace import __version__
from headrace.commands import arguments, output
from headrace.errors import HeadraceError
from headrace.resources.models.credentials import credentials_present
from headrace.resources.models.encoders import load_encoder
from headrace.resources.models.reranker_weights import describe_weights, fetch_reranker
from headrace.settings import Settings

#: The module that shows an extra to be installed.
_EXTRAS = {
    "torch": "sentence_transformers",
    "explore": "jupyterlab",
    "ui": "hamilton_ui",
    "evaluate": "ir_measures",
}
_ENOUGH_DISK_GB = 2


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `state` is "ok", "note" (something could be better) or "broken" (questions cannot be asked)."""

    subject: str
    state: str
    found: str
    advice: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--download",
        action="store_true",
        help="fetch the reranker's weights from the model hub first",
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    if args.download:
        output.errors.print(fetch_reranker(settings.reranker), markup=False)
    findings = list(findings_of(settings))
    colours = {"ok": "green", "note": "yellow", "broken": "red"}
    rows = [
        (finding.subject, Text(finding.state, colours[finding.state]), finding.found)
        for finding in findings
    ]
    output.console.print(output.table(("", "state", "found"), rows))
    for finding in findings:
        if finding.advice:
            output.console.print(f"\n{finding.subject}: {finding.advice}", markup=False)
    return 1 if any(finding.state == "broken" for finding in findings) else 0


def findings_of(settings: Settings) -> Iterator[Finding]:
    """Everything looked at, in the order shown."""
    yield Finding(
        "headrace", "ok", f"{__version__}, apache-hamilton {metadata.version('apache-hamilton')}"
    )
    yield from _database(settings)
    yield _reranker(settings)
    yield _language_model(settings)
    yield _disk(settings)
    for extra, module in _EXTRAS.items():
        present = find_spec(module) is not None
        yield Finding(
            f"extra {extra}",
            "ok" if present else "note",
            "installed" if present else f"not installed: pip install 'headrace[{extra}]'",
        )
    drawn = shutil.which("dot")
    yield Finding(
        "graph pictures",
        "ok" if drawn else "note",
        drawn or "no program dot: run.py graph gives Mermaid and DOT, not SVG",
    )


def _database(settings: Settings) -> Iterator[Finding]:
    """Encoder and database: they are opened together, for real."""
    from headrace.resources.postgres.database import open_database

    try:
        encoder = load_encoder(settings.encoder, settings.encoder_threads, settings.data_dir)
        yield Finding(
            "encoder",
            "ok",
            f"{encoder.name}: {encoder.dimension} numbers, reads {encoder.max_tokens} word pieces",
        )
    except HeadraceError as error:
        yield Finding("encoder", "broken", settings.encoder, str(error))
        return
    try:
        with open_database(settings, encoder) as database:
            where = (
                f"embedded, in {settings.data_dir / 'postgres'}"
                if database.embedded
                else "from DATABASE_URL"
            )
            yield Finding(
                "database",
                "ok",
                f"PostgreSQL {database.versions[0]}, pgvector {database.versions[1]}, {where}",
            )
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
        f'{weights.removeprefix("missing: ")}; run "python run.py doctor --download" where the model hub can be reached, or set HEADRACE_RERANKER '
        "to a folder with model.onnx and tokenizer.json"
    )
    return Finding("reranker", "note", f"not reranked: no weights for {settings.reranker}", advice)


def _language_model(settings: Settings) -> Finding:
    if credentials_present():
        used = settings.generation in ("auto", "anthropic")
        found = (
            settings.language_model
            if used
            else f"{settings.language_model}, switched off (HEADRACE_GENERATION)"
        )
        return Finding("language model", "ok" if used else "note", found)
    advice = "set ANTHROPIC_API_KEY for written answers; without it, answers are sentences of the documents, word for word"
    return Finding(
        "language model",
        "broken" if settings.generation == "anthropic" else "note",
        "no key: answers are extractive",
        advice,
    )


def _disk(settings: Settings) -> Finding:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    free_gb = shutil.disk_usage(place).free / 1e9
    enough = free_gb >= _ENOUGH_DISK_GB and os.access(place, os.W_OK)
    advice = (
        "" if enough else "free some space, or set HEADRACE_DATA_DIR to a folder on another disk"
    )
    return Finding(
        "disk", "ok" if enough else "note", f"{free_gb:.0f} GB free for {settings.data_dir}", advice
    )
