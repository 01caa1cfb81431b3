"""Prints the script with which your shell completes commands, options and settings.

  run.py completion bash
  run.py completion zsh
  run.py completion tcsh

For the installed program, in a file that your shell reads when it starts:

  bash    eval "$(headrace completion bash)"              in ~/.bashrc
  zsh     headrace completion zsh > FOLDER/_headrace      FOLDER is one of $fpath
  tcsh    headrace completion tcsh > ~/.headrace.tcsh     and: source ~/.headrace.tcsh

The script completes the program that printed it: headrace, or run.py called as
./run.py. Commands, options and files are completed, and the names of settings after
--set.
"""

import argparse
from itertools import chain
from pathlib import Path
from typing import Any

from headrace.commands import COMMANDS, load_command, parsers
from headrace.errors import SettingsError
from headrace.settings import GROUPS

_SHELLS = ("bash", "zsh", "tcsh")
#: Options whose value is NAME=VALUE of a setting.
_SETTINGS_OPTIONS = ("--set", "--baseline", "--candidate")
_BASH_SETTINGS = """
_headrace_settings() {
  compgen -W "%s" -- "$1"
}
"""
#: After the = of a setting its value follows, so no blank is put there.
_BASH_WITHOUT_BLANK = """
_headrace_complete() {
  %(function)s "$@"
  if [[ "${COMPREPLY[0]-}" == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o bashdefault -o default -F _headrace_complete %(program)s
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=_SHELLS)


def run(args: argparse.Namespace) -> int:
    try:
        import shtab
    except ImportError:
        raise SettingsError("completion needs shtab: pip install shtab") from None

    parser = _all_commands(shtab.FILE)
    print(shtab.complete(parser, args.shell))
    if args.shell == "bash":
        function = f"_shtab_{shtab.wordify(parser.prog)}"
        print(_BASH_WITHOUT_BLANK % {"function": function, "program": parser.prog})
    return 0


def _all_commands(files: Any) -> argparse.ArgumentParser:
    """One parser of all commands, with what the shells are to complete.

    Args:
        files: shtab's completion of a file.
    """
    parser = argparse.ArgumentParser(prog=parsers.program())
    parsers.add_version(parser)
    commands = parser.add_subparsers()
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        load_command(name).add_arguments(command)
        _mark(command, files)
    return parser


def _mark(parser: argparse.ArgumentParser, files: Any) -> None:
    """Says of which arguments the values are files or settings, as shtab wants it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for part in action.choices.values():
                _mark(part, files)
        elif action.type is Path:
            vars(action)["complete"] = files
        elif set(action.option_strings) & set(_SETTINGS_OPTIONS):
            vars(action)["complete"] = _settings()


def _settings() -> dict[str, Any]:
    """The completion of NAME= for every setting, by shell."""
    names = " ".join(f"{name}=" for name in chain.from_iterable(GROUPS.values()))
    return {
        "bash": "_headrace_settings",
        "zsh": f"({names})",
        "tcsh": f"({names})",
        "preamble": {"bash": _BASH_SETTINGS % names},
    }
