"""The question on its way to the search, and what the tenant's documents say of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from headrace.types.notes import Note

ChangeKind = Literal["typo", "abbreviation", "follow-up"]
CourtesyKind = Literal["", "greeting", "thanks", "farewell", "assent"]
FilterOperator = Literal["in", "range", "exists"]
NameKind = Literal["short form", "long form", "value", "name", "near name"]
QuestionKind = Literal["comparison", "bridging", "check", "several", "simple"]
RangeKind = Literal["dates", "numbers"]
SubQueryRole = Literal["original", "rewritten", "preferred", "sub-question", "topic"]


@dataclass(frozen=True, slots=True)
class Courtesy:
    """A message that asks nothing: a greeting, thanks, a farewell, "ok".

    Attributes:
        kind: "" for a question.
        language: of the message, as PostgreSQL names it.
    """

    kind: CourtesyKind = ""
    language: str = "english"


@dataclass(frozen=True, slots=True)
class Change:
    """One change made to the question; `reason` is for people."""

    kind: ChangeKind
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class RewrittenQuery:
    """A question's text after a stage, and all changes made so far."""

    text: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionAnalysis:
    """What a language model made of a question.

    Attributes:
        standalone: the question made to stand alone, in the user's words.
        typos: pairs, as typed and as meant.
        expansions: pairs, abbreviation and long form.
        filters: conditions on the documents, each with the words that express it.
        sub_questions: what can be searched for on its own.
        note: why there is no analysis and rules are used instead; None with an
            analysis.
        usage: tokens, as the service counts them.
        cost_usd: None where the price is not known.
    """

    standalone: str = ""
    typos: tuple[tuple[str, str], ...] = ()
    expansions: tuple[tuple[str, str], ...] = ()
    filters: tuple[tuple["Filter", str], ...] = ()
    sub_questions: tuple[str, ...] = ()
    note: Note | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a document's metadata.

    Attributes:
        operator: "in": the field has one of `values`, whatever their case. "range":
            `low` <= value < `high`, both dates or both numbers; None leaves a side
            open. "exists": the document has the field.
        negated: documents that do not meet the condition are wanted, those without the
            field included.
    """

    field: str
    operator: FilterOperator
    values: tuple[str, ...] = ()
    low: date | float | None = None
    high: date | float | None = None
    negated: bool = False

    def is_among(self, other: "Filter") -> bool:
        """Whether its values are some of another's, of the same field."""
        same = (self.field, self.operator, self.negated) == (
            other.field,
            other.operator,
            other.negated,
        )
        return same and self.operator == "in" and set(self.values) <= set(other.values)

    def __str__(self) -> str:
        if self.operator == "exists":
            return f"{'no' if self.negated else 'any'} {self.field}"
        if self.operator == "in":
            return f"{self.field} {'is not' if self.negated else '='} {' or '.join(self.values)}"
        ends = []
        if self.low is not None:
            ends.append(f"from {_shown(self.low)}")
        if self.high is not None:
            ends.append(f"before {_shown(self.high)}")
        return f"{self.field} {'not ' if self.negated else ''}{' to '.join(ends)}"


def _shown(end: date | float) -> str:
    return f"{end:.15g}" if isinstance(end, float | int) else str(end)


class Spelling(NamedTuple):
    """What a question may mean by `typed`, one word or two.

    Attributes:
        chunks: how many of the tenant's chunks have `meant`, in any inflection.
        frequency: its share of general text; 0 if no general word list has it.
    """

    typed: str
    meant: str
    chunks: int
    frequency: float = 0.0


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the database has of a question's words and phrases.

    Attributes:
        text: of the question; None if nothing was looked up.
        words: rows of `known_words.sql`; () if no word may be a typo.
        names: rows of `known_names.sql`.
        language: of the documents whose abbreviations count; "": of all.
    """

    text: str | None = None
    words: Sequence[tuple] = ()
    names: Sequence[tuple] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class KnownWords:
    """What is known of a question's words.

    Attributes:
        chunks: how many chunks have each word, in any inflection.
        spellings: other spellings of the words that are known nowhere.
        looked_up: what the database was asked for, the names of the question included.
    """

    chunks: Mapping[str, int] = field(default_factory=dict)
    spellings: Mapping[str, tuple[Spelling, ...]] = field(default_factory=dict)
    looked_up: LookedUp = LookedUp()


class KnownName(NamedTuple):
    """What a phrase of a question means to the tenant's documents.

    Attributes:
        kind: "short form": `meaning` is its long form. "long form": its short form.
            "value": the phrase, in small letters, is a value of `field`. "name": it is
            another name of the value `meaning`. "near name": it is a slip away from a
            name.
        given: whether the user's glossary says so.
        documents: how many say so or have the value, up to 1,000.
        frequency: the share of running text that is the phrase; 0 if no word list has
            it.
        is_telling: whether few documents have the value, and the others hardly mention
            it.
    """

    kind: NameKind
    phrase: str
    field: str
    meaning: str
    given: bool
    documents: int
    frequency: float = 1.0
    is_telling: bool = False


@dataclass(frozen=True, slots=True)
class QueryFilters:
    """The conditions that a question puts on the documents it wants.

    Attributes:
        applied: every hit meets these.
        preferred: documents that meet one of these are searched for too, and count
            more.
        relaxed: given up because they left no document, or none about what is asked.
        consumed: the words that `applied` came from.
        today: the day from which words such as "last year" were counted; None if there
            were none.
        unread: words such as "last year" for which there is no field of dates.
    """

    applied: tuple[Filter, ...] = ()
    preferred: tuple[Filter, ...] = ()
    relaxed: tuple[Filter, ...] = ()
    consumed: tuple[str, ...] = ()
    today: date | None = None
    unread: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """How the documents were chosen, in sentences; () without filters."""
        applied = " and ".join(map(str, self.applied))
        preferred = "" if self._says_all else ", or ".join(map(str, self.preferred))
        notes = []
        if applied:
            notes.append(f"filter: only documents with {applied} were searched")
        if preferred:
            notes.append(f"filter: documents with {preferred} were preferred")
        return tuple(notes)

    @property
    def _says_all(self) -> bool:
        """Whether `applied` names whatever is preferred: the parts of a question."""
        return all(any(one.is_among(applied) for applied in self.applied) for one in self.preferred)


@dataclass(frozen=True, slots=True)
class SubQuery:
    """One text to search for.

    Attributes:
        role: a "topic" is searched for, but is not a question to answer.
        phrases: in the keyword search, all of them together count like one rare word.
        excluded: no hit of either search has any of these.
        filters: every hit meets these.
        weight: of its scores, relative to those of the other sub-queries.
        keywords: what the keyword search reads instead of the text; None for the text.
        keyword_weight: of the keyword search, relative to its usual weight.
        language: the question's, if some documents are in it and others are not; else
            "".
        crossing: the question's language, then those of the documents, if no document
            is in the question's; else ().
    """

    text: str
    role: SubQueryRole = "original"
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    weight: float = 1.0
    keywords: str | None = None
    keyword_weight: float = 1.0
    language: str = ""
    crossing: tuple[str, ...] = ()

    @property
    def searched_words(self) -> str:
        """What the keyword search reads."""
        return self.text if self.keywords is None else self.keywords


def leading(sub_queries: Sequence[SubQuery]) -> int:
    """The index of the heaviest sub-query, the first of equals; 0 for none."""
    return max(range(len(sub_queries)), key=lambda number: sub_queries[number].weight, default=0)


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """What a tenant holds at one moment.

    Attributes:
        version: changes with every committed change of the tenant's documents, and with
            the statements that read them.
        languages: text search configurations of the documents, one at least.
        fields: of the metadata; those that hold dates and numbers are listed again.
        indexed: whether the database has a vector index. It has none until a tenant
            outgrows exact search.
        vectors: about how many vectors that index holds, of all tenants, rounded up to
            a power of two; 0 if that is not known.
    """

    version: str
    documents: int
    chunks: int
    languages: tuple[str, ...]
    fields: tuple[str, ...]
    date_fields: tuple[str, ...] = ()
    number_fields: tuple[str, ...] = ()
    indexed: bool = True
    vectors: int = 0


@dataclass(frozen=True, slots=True)
class Facet:
    """How many documents have a field or, with `value`, this value of it.

    Attributes:
        value: as one of the documents writes it.
        kinds: of a field, the kinds of ranges it can be filtered by.
    """

    field: str
    documents: int
    value: str | None = None
    kinds: tuple[RangeKind, ...] = ()
