"""What run.py (and the installed `headrace`) offers: one module per command, each with `add_arguments(parser)` and `run(args)`.

A command is imported only when it is called, so that `--help` and the light ones start at once. Exit codes: 0 done, 1 done but something
failed and is named, 2 wrong use or nothing could be done, 130 interrupted.
"""

import argparse
import gc
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "demo": "ask three questions about the Python packages installed here: no key, no network, no server",
    "ingest": "store files and folders, so that they can be asked about",
    "ask": "answer one question, with citations",
    "facets": "show which fields and values the documents have, to filter by",
    "batch": "answer a file of questions, resumably",
    "evaluate": "measure every node on labelled questions",
    "compare": "compare two settings on the same labelled questions, node by node",
    "tune": "fit settings on labelled questions, recommending only what is significantly better",
    "bench": "measure how fast every stage is, beside the same work done by hand",
    "recall": "audit semantic search on live data against exact search, and say which setting to raise",
    "graph": "show the dataflow as Mermaid, DOT or SVG",
    "migrate-encoder": "change the model that makes the vectors, while questions are answered",
    "tenant": "make logins that see one tenant and no other, for those who write SQL of their own",
    "ui": "start the Hamilton UI, which shows the graph and tracked runs",
    "doctor": "say what is installed, what is missing and what to do about it",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that `arguments` (or the command line) name; the process's exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    name = arguments[0] if arguments else "--help"
    if name not in COMMANDS:
        _overview().parse_args(arguments or ["--help"])
        return 2
    command = import_module(f"headrace.commands.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(
        prog=f"run.py {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return _run(command, parser.parse_args(arguments[1:]))


def _run(command, args: argparse.Namespace) -> int:
    from headrace.errors import HeadraceError

    signal.signal(signal.SIGTERM, _terminate)
    # A question makes thousands of objects and hardly a cycle; looking through all that is loaded holds up every thread for 0.1 s.
    gc.set_threshold(50_000, 20, 100)
    try:
        return command.run(args)
    except HeadraceError as error:
        _print_error(f"error: {error}", error)
        return 2
    except KeyboardInterrupt as interruption:
        _print_error("interrupted; what was finished is kept", interruption)
        return 130
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        sys.stderr.close()
        return 0


def _print_error(message: str, error: BaseException) -> None:
    print(message, file=sys.stderr)
    for note in getattr(error, "__notes__", []):
        print(f"  {note}", file=sys.stderr)


def _terminate(number: int, frame: object) -> None:
    """Ends on SIGTERM as a program ends, so that the embedded server is let go of."""
    raise SystemExit(128 + number)


def _overview() -> argparse.ArgumentParser:
    width = max(len(name) for name in COMMANDS)
    listed = "\n".join(f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="run.py",
        usage="run.py COMMAND ...",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f"Answers with citations, from your own documents.\n\ncommands:\n{listed}\n\nrun.py COMMAND --help says more.",
    )
    parser.add_argument("command", choices=list(COMMANDS), help=argparse.SUPPRESS)
    return parser
