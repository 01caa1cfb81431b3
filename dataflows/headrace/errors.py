"""What Headrace raises, and what each error means to the person who reads it.

    HeadraceError           every error of ours
    ├── SettingsError       a setting, a name or a part of the user's own does not fit
    ├── QuestionError       the question cannot be asked: empty, too long, unknown field
    ├── SourceError         a file or line cannot become a document; the others go on
    ├── DatabaseError       PostgreSQL is too old or too new, or refuses
    │   ├── DatabaseAway        it cannot be reached
    │   │   └── DatabaseLost    the connection was lost meanwhile
    │   ├── DatabaseTimeout     it did not answer within the limit
    │   └── DatabaseConflict    another transaction was in the way
    ├── ModelError          a model cannot be loaded, or does not fit the database
    │   └── MissingWeights      its weights are not on this machine
    ├── WorkerError         workers elsewhere cannot be used, or were lost
    ├── GenerationError     the language model gave no usable answer
    ├── DeadlineExceeded    a request took longer than it may
    └── Cancelled           the caller of a request has left

Anything else that reaches a caller is a defect; the dataflow adds the name of its node.
"""

import difflib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class HeadraceError(Exception):
    """An error for a person: what was being done, what went wrong, what to do next."""


class SettingsError(HeadraceError):
    """A setting, a name or a part of the user's own does not fit."""


class QuestionError(HeadraceError):
    """The question cannot be asked as it stands."""


class SourceError(HeadraceError):
    """One source cannot become a document.

    The message is the reason alone; the caller knows the path.
    """


class DatabaseError(HeadraceError):
    """PostgreSQL cannot serve us."""


class DatabaseAway(DatabaseError):
    """PostgreSQL cannot be reached."""


class DatabaseLost(DatabaseAway):
    """The connection to PostgreSQL was lost while something was done.

    Whether a transaction that was just being committed was stored is not known.
    """


class DatabaseTimeout(DatabaseError):
    """PostgreSQL did not answer within the limit of a question or an ingest."""


class DatabaseConflict(DatabaseError):
    """PostgreSQL ended a transaction in favour of another one; it can be repeated."""


class ModelError(HeadraceError):
    """A model cannot be loaded, or does not fit what the database holds."""


class MissingWeights(ModelError):
    """A model's weights are not on this machine, and questions are answered without."""


class WorkerError(HeadraceError):
    """Workers on other machines cannot be used, or were lost again and again."""


class GenerationError(HeadraceError):
    """The language model gave no usable answer.

    Attributes:
        partial_text: what had arrived before the fault; "" when nothing had.
    """

    def __init__(self, message: str, partial_text: str = ""):
        super().__init__(message)
        self.partial_text = partial_text


class DeadlineExceeded(HeadraceError):
    """A request took longer than it may."""


class Cancelled(HeadraceError):
    """The caller of a request has left; there is nobody to answer."""


@contextmanager
def noted_at(error: BaseException | None) -> Iterator[None]:
    """Clean up after `error`: what fails meanwhile is noted there, and not raised.

    Without an error, what fails is raised.
    """
    try:
        yield
    except Exception as second:
        if error is None:
            raise
        error.add_note(f"closing failed too: {second}")


def raise_interruption(error: BaseException | None) -> None:
    """Raises the Ctrl-C or SIGTERM that led to `error`, if one did.

    While a library cleans up after one, it may fail in its own way and hide it.
    """
    while error is not None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise error
        error = error.__context__


def json_fault(error: ValueError | RecursionError) -> str:
    """What is wrong with a line of JSON, and at which character."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at character {error.pos + 1}"
    return str(error)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What a wrong name may have meant, to put after it in a message.

    Returns: ", did you mean X or Y?", or "; there are: ..." where no name is near.
    """
    by_small_letters = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), by_small_letters, n=2)
    if near:
        return f", did you mean {' or '.join(by_small_letters[match] for match in near)}?"
    return f"; there are: {', '.join(sorted(by_small_letters.values()))}"
