"""What Headrace raises, and what each means to the person who reads it.

    HeadraceError                 every error of ours; the message says what was being done and what to do next
    ├── SettingsError             a setting, an input name or an override is not one Headrace knows
    ├── QuestionError             the question cannot be asked: empty, too long, a filter on an unknown field
    ├── SourceError               a file or a line cannot become a document; the others go on
    ├── DatabaseError             PostgreSQL is unreachable, too old, newer than the code, or refuses us
    ├── ModelError                an encoder, a reranker or its weights cannot be loaded or do not fit the database
    └── GenerationError           the language model gave no usable answer; carries what it had said so far

Anything else that reaches a caller is a defect; the dataflow adds the name of the node it came from.
"""


class HeadraceError(Exception):
    """An error with a message meant for a person: what was being done, what went wrong, what to do next."""


class SettingsError(HeadraceError):
    """A setting, an input name or an override is not one Headrace knows."""


class QuestionError(HeadraceError):
    """The question cannot be asked as it stands."""


class SourceError(HeadraceError):
    """One source cannot become a document. The message is the reason alone; the caller knows the path."""


class DatabaseError(HeadraceError):
    """PostgreSQL cannot serve us."""


class ModelError(HeadraceError):
    """A model cannot be loaded, or does not fit what the database holds."""


class GenerationError(HeadraceError):
    """The language model gave no usable answer.

    Attributes:
        partial_text: what had arrived before the fault; "" when nothing had.
    """

    def __init__(self, message: str, partial_text: str = ""):
        super().__init__(message)
        self.partial_text = partial_text


def raise_interruption(error: BaseException | None) -> None:
    """Raises the Ctrl-C or SIGTERM that `error` came of, if it did: cleaning up after one, a library may fail in a way of its own and hide it."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise error
        error = error.__context__
