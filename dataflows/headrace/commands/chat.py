"""A conversation in the terminal about a tenant's documents.

  run.py chat --tenant acme
  run.py chat --tenant acme --filter year=2024..   with the filters and settings of ask
  run.py chat --tenant acme < questions.txt        one question a line

A question may refer to those before it: "And in Finland?" Answers appear as they are
written, with their sources below. A line that begins with / is a command:

  /sources   the quotes of the last answer, and where they are
  /why       how the last question was read, and when each stage ran
  /new       forget the conversation so far
  /help      show these commands
  /quit      leave

Ctrl-C ends the answer. Ctrl-C twice, or Ctrl-D, ends the chat. Exit code 0; 2 when
there is no such tenant; 130 after Ctrl-C.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from headrace.commands import arguments, ask, output
from headrace.commands.tenant_hints import check_tenant
from headrace.errors import HeadraceError
from headrace.pipeline import Pipeline
from headrace.types import Answer

_PROMPT = "> "
#: Turns that are kept, the user's and the answers.
_MOST_TURNS = 20
_NO_ANSWER = "The documents do not answer this."
_COMMANDS = {
    "/sources": "the quotes of the last answer, and where they stand",
    "/why": "how the last question was read, and when each stage ran",
    "/new": "forget the conversation so far",
    "/help": "show these commands",
    "/quit": "leave; so do Ctrl-D, and Ctrl-C twice",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_tenant(parser)
    arguments.add_filter(parser)
    arguments.add_today(parser)
    arguments.add_modules(parser)
    arguments.add_track(parser)
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = arguments.settings_of(args)
    tenant = arguments.tenant_of(args, settings)
    given = {"today": args.today, "filters": arguments.filters_of(args.filter)}
    modules = arguments.modules_of(args.modules)
    with Pipeline.open(settings, modules=modules, track=args.track) as rag:
        documents = check_tenant(rag, tenant)
        if sys.stdin.isatty():
            output.say(f"{documents:,} documents of {tenant}. /help shows the commands.")
        with _ctrl_c_interrupts():
            was_interrupted = _converse(Conversation(rag, tenant, given), _reader())
        if was_interrupted:
            # Ends the process as elsewhere, although an answer may still be made.
            signal.raise_signal(signal.SIGINT)
    return 0


@dataclass
class Conversation:
    """The turns so far, and the last answer."""

    rag: Pipeline
    tenant: str
    given: dict[str, Any]
    turns: list[str] = field(default_factory=list)
    last: Answer | None = None
    #: The turns that the last question was asked after.
    before_last: list[str] = field(default_factory=list)

    def ask(self, question: str) -> None:
        """Asks a question and prints its answer; what cannot be asked is said."""
        before = list(self.turns)
        given = {**self.given, "history": before}
        try:
            self.last = ask.streamed(self.rag, question, self.tenant, given, ask.print_sources)
        except HeadraceError as error:
            output.complain(f"error: {error}")
            return
        self.before_last = before
        self.turns = [*before, question, self.last.text or _NO_ANSWER][-_MOST_TURNS:]

    def command(self, line: str) -> None:
        """Does what a line that begins with / says."""
        name = line.split()[0].lower()
        if name == "/new":
            self.turns = []
            output.say("The next question stands alone.")
        elif name == "/help" or name not in _COMMANDS:
            _help(name)
        elif self.last is None:
            output.say("Nothing was asked yet.")
        elif name == "/sources":
            output.print_citations(self.last)
            if not (self.last.citations or self.last.nearest):
                output.say("The last answer has none.")
        else:
            given = {**self.given, "history": self.before_last}
            ask.trace(self.rag, self.last, self.tenant, given)


def _converse(conversation: Conversation, read: Callable[[], str]) -> bool:
    """Reads line after line, until the end of the input, /quit or a second Ctrl-C.

    Returns:
        Whether Ctrl-C ended it.
    """
    was_interrupted = False
    while True:
        try:
            line = read().strip()
            if line.lower() in ("/quit", "/exit"):
                return False
            if line.startswith("/"):
                conversation.command(line)
            elif line:
                conversation.ask(line)
            was_interrupted = False
        except EOFError:
            return False
        except KeyboardInterrupt:
            if was_interrupted:
                return True
            was_interrupted = True
            output.say("\n(Ctrl-C again, or Ctrl-D, ends the chat)")


def _reader() -> Callable[[], str]:
    """What reads the next line; it raises EOFError at the end of the input.

    Lines that are no terminal's are printed too, so that the output reads as a
    conversation.
    """
    if sys.stdin.isatty():
        # Arrow keys edit the line and go back to earlier ones.
        with suppress(ImportError):
            import readline  # noqa: F401
        return lambda: input(_PROMPT)
    return _read_line


def _read_line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    if line.strip():
        output.say(f"{_PROMPT}{line.strip()}")
    return line


@contextmanager
def _ctrl_c_interrupts() -> Iterator[None]:
    """Inside, Ctrl-C raises KeyboardInterrupt each time, and ends nothing by itself."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _help(name: str) -> None:
    if name not in _COMMANDS:
        output.say(f"There is no command {name}.")
    for command, text in _COMMANDS.items():
        output.say(f"{command:<9} {text}", indent=2)
