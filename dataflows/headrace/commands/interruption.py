"""How the process of a command ends on Ctrl-C and on SIGTERM."""

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from headrace.commands.characters import harmless

#: The exit code after Ctrl-C.
INTERRUPTED = 130
_MESSAGE = "interrupted; what was finished is kept"
#: After Ctrl-C a command may close what it has open for this long.
_PATIENCE_S = 1.0

#: Set while `_end_anyway` ends the process.
_is_ending = threading.Event()
#: Those who will end it, once Ctrl-C was pressed.
_impatient: list[threading.Timer] = []
#: What the running command has to say when it is interrupted.
_details: list[Callable[[], str]] = []


def end_on_ctrl_c() -> None:
    """Ctrl-C ends this process within a second or so, whatever it waits for.

    KeyboardInterrupt is raised, as usual. But closing a pool waits for its threads, and
    a thread may embed documents, or wait a minute for a language model.
    """
    signal.signal(signal.SIGINT, _interrupt)


def end_calmly_on_ctrl_c() -> None:
    """From now on Ctrl-C gives the command the time it needs to close what is open.

    For commands that have processes of their own to end.
    """
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def end_on_sigterm() -> None:
    """SIGTERM ends this process as a program ends: what is open is closed."""
    signal.signal(signal.SIGTERM, _terminate)


def close_calmly() -> None:
    """After Ctrl-C, gives the command all the time it needs to close what is open.

    For commands that Ctrl-C is meant to end. A second one ends them at once.
    """
    while _impatient:
        _impatient.pop().cancel()


@contextmanager
def telling(detail: Callable[[], str]) -> Iterator[None]:
    """Says this, too, if Ctrl-C interrupts what is done here: how far it came."""
    _details.append(detail)
    try:
        yield
    except KeyboardInterrupt as error:
        error.add_note(detail())
        raise
    finally:
        _details.remove(detail)


def say_interrupted(notes: list[str]) -> None:
    """Says on standard error that the command was interrupted."""
    if not _is_ending.is_set():
        print(harmless("\n  ".join([_MESSAGE, *notes])), file=sys.stderr)


def end_now() -> NoReturn:
    """Ends the process without waiting for its threads."""
    while _is_ending.is_set():
        time.sleep(_PATIENCE_S)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _interrupt(number: int, frame: object) -> None:
    impatience = threading.Timer(_PATIENCE_S, _end_anyway)
    impatience.daemon = True
    _impatient.append(impatience)
    impatience.start()
    # A second Ctrl-C does not wait even so long.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt


def _end_anyway() -> None:
    """Ends the process while the main thread still waits for something.

    What is stored is stored in transactions. What ends with the program, such as the
    embedded server, is registered with atexit.
    """
    _is_ending.set()
    try:
        atexit._run_exitfuncs()
        details = [detail() for detail in _details]
        print(harmless("\n  ".join([_MESSAGE, *details])), file=sys.stderr, flush=True)
    finally:
        os._exit(INTERRUPTED)


def _terminate(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
