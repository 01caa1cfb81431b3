"""What `run.py` and the installed `headrace` offer: one module for each command.

A command's module has `add_arguments(parser)` and `run(args)`, and its docstring is its
`--help`. It is imported only when it is called, so that `--help` and the light commands
start at once. Exit codes: 0 done; 1 done, but something failed and is named; 2 wrong
use, or nothing could be done; 130 interrupted.

Beside the commands:

    parsers.py        the parsers of the command line, and how help looks
    arguments.py      arguments that several commands take
    executors.py      where the work is done: here, or on a Ray cluster
    selection.py      which labelled questions to measure on
    characters.py     characters that a terminal acts on
    findings.py       what `doctor` finds
    model_findings.py what it finds about the models
    batching/         what `batch` reads and writes
    output.py         how answers and progress look in a terminal
    tables.py         tables that fit the terminal
    bench_tables.py   what `bench` prints
    tune_left_out.py  `tune --leave-one-out`, stage by stage
    tune_tables.py    what `tune --leave-one-out` prints
    standard_input.py one document from standard input
    interruption.py   Ctrl-C and SIGTERM
    tenant_hints.py   which tenants there are, for whoever names another
"""

import gc
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from headrace.commands import interruption, parsers
from headrace.commands.characters import harmless
from headrace.errors import HeadraceError, did_you_mean, raise_interruption

COMMANDS = {
    "demo": "ask three questions about the Python packages installed here: "
    "no key, no network, no server",
    "ingest": "store files and folders, so that questions can be asked about them",
    "ask": "answer one question, with citations",
    "chat": "answer questions in a conversation, each after those before it",
    "facets": "show which fields and values the documents have, to filter by",
    "documents": "list the stored documents, show one with its chunks, remove some",
    "chunk": "show one chunk by its number",
    "tenants": "list the tenants, with how much each holds",
    "batch": "answer a file or a pipe of questions; a run that was stopped continues",
    "evaluate": "measure every node on labelled questions",
    "compare": "compare two settings, or your own stage with ours, node by node",
    "tune": "fit settings on labelled questions; recommend only significant gains",
    "bench": "measure how fast every stage is, beside the same work done by hand",
    "recall": "compare semantic search on live data with exact search, and say which setting "
    "to raise",
    "graph": "show the dataflow as Mermaid, DOT or SVG",
    "migrate-encoder": "change the model that makes the vectors, while questions are answered",
    "tenant": "make logins that see one tenant only; export and import a tenant",
    "ui": "start the Hamilton UI, which shows the graph and tracked runs",
    "serve": "answer over HTTP, with a page to ask at: tokens, documents, OpenAPI, metrics",
    "mcp": "serve a tenant's documents to an MCP client, which starts this itself",
    "token": "make, list and revoke tokens of the HTTP service",
    "doctor": "say what is installed, what is missing and what to do about it",
    "completion": "print the script that completes commands and options in your shell",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that `arguments` name; the exit code.

    Args:
        arguments: None: those of this process, which Ctrl-C then ends at once.
    """
    if arguments is not None:
        return _guarded(list(arguments))
    interruption.end_on_ctrl_c()
    code = _guarded(sys.argv[1:])
    if code == interruption.INTERRUPTED:
        interruption.end_now()
    # While the interpreter ends, Ctrl-C would only show where it is.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return code


def load_command(name: str) -> ModuleType:
    """The module of a command."""
    return import_module(f"headrace.commands.{name.replace('-', '_')}")


def _guarded(arguments: list[str]) -> int:
    """Runs the command; errors that a person can answer become messages."""
    try:
        return _run(arguments)
    except HeadraceError as error:
        print(harmless("\n  ".join([f"error: {error}", *_notes(error)])), file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        interruption.say_interrupted(_notes(error))
        return interruption.INTERRUPTED
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        sys.stderr.close()
        return 0


def _run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "--help"
    if name not in COMMANDS:
        _refuse(name)
        return 2
    command = load_command(name)
    parser = parsers.command_parser(name, command.__doc__)
    command.add_arguments(parser)
    args = parsers.parsed(parser, arguments[1:])
    interruption.end_on_sigterm()
    # A question makes thousands of objects and hardly a cycle, and a search for cycles
    # through everything that is loaded stops every thread for 0.1 s.
    gc.set_threshold(50_000, 20, 100)
    try:
        return command.run(args)
    except Exception as error:
        raise_interruption(error)
        raise


def _refuse(name: str) -> None:
    """Shows the help or the version, or says that there is no such command."""
    parser = parsers.overview_parser(COMMANDS)
    if not name.startswith("-"):
        parser.error(f"unknown command: {name}{did_you_mean(name, COMMANDS)}")
    parser.parse_args([name])
    parser.error("name a command")


def _notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])
