"""The parsers of the command line, and how their help looks."""

import argparse
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from headrace import __version__
from headrace.errors import did_you_mean

#: How the documentation and the docstrings call the program.
_DOCUMENTED = "run.py"
_HELP_COLUMNS = 88


def program() -> str:
    """How the user called this program: "run.py", or the installed "headrace"."""
    called = Path(sys.argv[0])
    is_installed = called.stem == "headrace" or called.parts[-2:] == ("headrace", "__main__.py")
    return "headrace" if is_installed else _DOCUMENTED


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help of 88 columns at most, which calls the program as the user did."""

    def __init__(self, prog: str):
        super().__init__(prog, width=min(shutil.get_terminal_size().columns - 2, _HELP_COLUMNS))

    def format_help(self) -> str:
        return super().format_help().replace(_DOCUMENTED, program())


def command_parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """The parser of one command, which adds its own arguments."""
    return argparse.ArgumentParser(
        prog=f"{program()} {name}",
        description=description,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )


def overview_parser(commands: Mapping[str, str]) -> argparse.ArgumentParser:
    """The parser of a command line without a command: `--help` and `--version`."""
    lines = ["Answers with citations, from your own documents.", "", "commands:"]
    width = max(map(len, commands))
    for name, summary in commands.items():
        begin = f"  {name:<{width}}  "
        lines += textwrap.wrap(
            summary, _HELP_COLUMNS, initial_indent=begin, subsequent_indent=" " * len(begin)
        )
    parser = argparse.ArgumentParser(
        prog=program(),
        usage="%(prog)s COMMAND ...",
        formatter_class=HelpFormatter,
        description="\n".join([*lines, "", f"{_DOCUMENTED} COMMAND --help says more."]),
        allow_abbrev=False,
    )
    add_version(parser)
    return parser


def add_version(parser: argparse.ArgumentParser) -> None:
    """--version, which prints it and ends."""
    parser.add_argument(
        "--version",
        action="version",
        version=f"headrace {__version__}",
        help="show the version and exit",
    )


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments as the parser reads them.

    Ends the process with exit code 2 for wrong ones; an unknown option may be a typo of
    one that there is.
    """
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.error(f"unknown argument: {unknown[0]}{_meant(unknown[0], parser)}")
    return args


def _meant(argument: str, parser: argparse.ArgumentParser) -> str:
    """Which option an unknown one may be a typo of; "" for what is no option."""
    if not argument.startswith("-"):
        return ""
    options: list[str] = []
    for action in parser._actions:
        options += action.option_strings
    return did_you_mean(argument.partition("=")[0], options)
