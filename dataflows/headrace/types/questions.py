"""The question on its way to the search, and what the tenant's documents know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Change:
    """One change made to the question: `kind` is "typo", "abbreviation" or "follow-up"; `reason` is for people."""

    kind: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class RewrittenQuery:
    """A question's text after a stage, with every change that stage and earlier ones made."""

    text: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionAnalysis:
    """What a language model made of a question.

    Attributes:
        standalone: the question made to stand alone, in the user's words.
        typos: (as typed, as meant).
        expansions: (abbreviation, long form).
        filters: conditions on the documents, with the words that said so.
        sub_questions: what can be searched for by itself.
        note: why there is no analysis, and rules stand in; "" where there is one.
        usage: tokens, as the service counts them; `cost_usd` is None where the price is not known.
    """

    standalone: str = ""
    typos: tuple[tuple[str, str], ...] = ()
    expansions: tuple[tuple[str, str], ...] = ()
    filters: tuple[tuple["Filter", str], ...] = ()
    sub_questions: tuple[str, ...] = ()
    note: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a document's metadata.

    operator "in": `values` are the accepted ones (compared without regard to case).
    operator "range": `low` <= value < `high`, both dates or both numbers; None leaves a side open.
    operator "exists": the document has the field.
    `negated`: a document meets it by not meeting the condition, one without the field included.
    """

    field: str
    operator: str
    values: tuple[str, ...] = ()
    low: date | float | None = None
    high: date | float | None = None
    negated: bool = False

    def __str__(self) -> str:
        if self.operator == "exists":
            return f"{'no' if self.negated else 'any'} {self.field}"
        if self.operator == "in":
            return f"{self.field} {'is not' if self.negated else '='} {' or '.join(self.values)}"
        low, high = (
            f"{end:.15g}" if isinstance(end, float | int) else end for end in (self.low, self.high)
        )
        ends = ([f"from {low}"] if low is not None else []) + (
            [f"before {high}"] if high is not None else []
        )
        return f"{self.field} {'not ' if self.negated else ''}{' to '.join(ends)}"


class Spelling(NamedTuple):
    """What may be meant where a question has `typed`, a word or two: `chunks` of the tenant have `meant`, in any inflection; its share of general
    text is `frequency`, 0 where no general word list has it.
    """

    typed: str
    meant: str
    chunks: int
    frequency: float = 0.0


@dataclass(frozen=True, slots=True)
class KnownWords:
    """What is known of a question's words: how many chunks have each, in any inflection, and other spellings of those that are known nowhere."""

    chunks: Mapping[str, int] = field(default_factory=dict)
    spellings: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)


class KnownName(NamedTuple):
    """What a phrase of a question means to the tenant's documents.

    kind "short form": `meaning` is its long form; "long form": its short form; "value": the phrase, in small letters, is a value of `field`;
    "name": it is another name of the value `meaning`; "near name": a slip away from a name of it. `given`: by the user's glossary. `documents` that
    say so or have the value, up to 1,000.
    """

    kind: str
    phrase: str
    field: str
    meaning: str
    given: bool
    documents: int


@dataclass(frozen=True, slots=True)
class QueryFilters:
    """What a question says about the documents it wants.

    Attributes:
        applied: every hit meets these.
        preferred: documents that meet one of these are searched for as well, and count more.
        relaxed: those given up because they left nothing.
        consumed: the words that `applied` came from.
    """

    applied: tuple[Filter, ...] = ()
    preferred: tuple[Filter, ...] = ()
    relaxed: tuple[Filter, ...] = ()
    consumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubQuery:
    """One searched stream: `role` is "original", "rewritten", "preferred" or "sub-question".

    In the keyword search all of its `phrases` count like one rare word; no hit of either search has anything `excluded`; all its hits meet
    `filters`. `weight` is what its scores count beside those of the other streams.
    """

    text: str
    role: str = "original"
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    weight: float = 1.0


def leading(sub_queries: Sequence[SubQuery]) -> int:
    """The place of the sub-query that weighs most, the first of equal ones; 0 where there is none."""
    return max(range(len(sub_queries)), key=lambda number: sub_queries[number].weight, default=0)


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a tenant holds, as of one moment. `version` changes with every committed change of its documents.

    `indexed` is whether the database has a vector index; there is none before a tenant has outgrown exact search.
    """

    version: str
    documents: int
    chunks: int
    languages: tuple[str, ...]
    fields: tuple[str, ...]
    date_fields: tuple[str, ...] = ()
    number_fields: tuple[str, ...] = ()
    indexed: bool = True


@dataclass(frozen=True, slots=True)
class Facet:
    """How many documents have a field, or, with `value`, this value of it.

    Of a field, `kinds` says what ranges there are: "dates", "numbers", both or neither. `value` is as one of the documents writes it.
    """

    field: str
    documents: int
    value: str | None = None
    kinds: tuple[str, ...] = ()
