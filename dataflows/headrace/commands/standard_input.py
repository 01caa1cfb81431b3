"""One document from standard input, for `ingest -`."""

import argparse
import io
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from headrace.commands import arguments, ingest_report, output
from headrace.errors import SettingsError, SourceError
from headrace.ingest.readers import Empty, Limits, Remark, Unreadable, is_supported, read_source
from headrace.ingest.sources import passed_over
from headrace.pipeline import Pipeline
from headrace.resources.models.loading import Models
from headrace.types import Document, Outcome, Reader

#: What stands for standard input among the paths.
STANDARD_INPUT = Path("-")
_NAME = "stdin"
#: Parts that only one kind of .zip has, and the ending of that kind.
_PARTS = {"word/": ".docx", "ppt/": ".pptx", "xl/": ".xlsx", "META-INF/container.xml": ".epub"}


def add_name(parser: argparse.ArgumentParser) -> None:
    """Adds --name, which says what the document is called."""
    parser.add_argument(
        "--name",
        metavar="NAME",
        help="what the document from standard input is called; its ending says the type",
    )


def ingest(args: argparse.Namespace) -> int:
    """Stores what comes from standard input, as if it were a file called --name."""
    if len(args.paths) > 1 or args.watch or args.prune or args.prune_all:
        raise SourceError(
            '"-" reads one document from standard input: give it alone, without further '
            "paths, --watch and --prune"
        )
    if args.executor != "threads":
        raise SettingsError('"-" is one document, stored by this process: leave out --executor')
    settings = arguments.settings_of(args)
    tenant = arguments.tenant_of(args, settings)
    limits = Limits(settings.max_document_mb, settings.max_document_s)
    data = sys.stdin.buffer.read(limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        raise limits.size_error(len(data), "at least ")
    documents, others = _read(
        data, args.name or _NAME + _ending(data), limits, Models(settings).readers
    )
    started = time.monotonic()
    with Pipeline.open(settings, modules=arguments.modules_of(args.modules)) as rag:
        outcomes = [*rag.ingest(documents, tenant, bulk=args.bulk), *others]
    output.write_json(args.json, ingest_report.as_json(outcomes, tenant))
    seconds = time.monotonic() - started
    return ingest_report.report(outcomes, settings, tenant, seconds=seconds)


def _read(
    data: bytes, name: str, limits: Limits, readers: Sequence[Reader]
) -> tuple[list[Document], list[Outcome]]:
    """The documents in a file of this name, and what else there is to say."""
    if not is_supported(Path(name), readers):
        raise SourceError(f"--name {name}: no type of file that is read has this ending")
    documents: list[Document] = []
    others: list[Outcome] = []
    with TemporaryDirectory() as folder:
        path = Path(folder, Path(name).name)
        path.write_bytes(data)
        for read in read_source(path, limits, readers=readers):
            source = read.source.replace(str(path), name)
            if isinstance(read, Empty):
                others.append(passed_over(read.kind, [source]))
            elif isinstance(read, Unreadable):
                status = "noted" if isinstance(read, Remark) else "failed"
                others.append(Outcome("", source, status, reason=read.reason))
            else:
                document_id = read.document_id.replace(str(path), name)
                documents.append(replace(read, document_id=document_id, source=source))
    return documents, others


def _ending(data: bytes) -> str:
    """The ending that a file of these bytes would have."""
    start = data[:1000].lstrip().lower()
    if data.startswith(b"%PDF-"):
        return ".pdf"
    if start.startswith((b"<!doctype html", b"<html")):
        return ".html"
    if not data.startswith(b"PK\x03\x04"):
        return ".md" if start.startswith((b"# ", b"---\n")) else ".txt"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:  # reading it says so
        return ".zip"
    for part, ending in _PARTS.items():
        if any(name.startswith(part) for name in names):
            return ending
    return ".zip"
