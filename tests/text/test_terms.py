"""How a text is cut into words for the search, and what quotes and hyphens ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.text.terms import Asked, read_syntax, searched, spaced
from headrace.types import Document

# As functions


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("GPT-4 came after GPT-3.5", "GPT 4 came after GPT 3.5 GPT4 GPT3.5"),
        ("CVE-2024-3094 in xz/liblzma", "CVE 2024 3094 in xz liblzma CVE20243094 xzliblzma"),
        ("read snake_case, Python 3.11.7", "read snake case, Python 3.11.7 snakecase"),
        ("It ends here.Next it begins", "It ends here Next it begins hereNext"),
        ("NetBox v4.6.8 and V2.0, not v2", "NetBox v4.6.8 and V2.0, not v2 4.6.8 2.0"),
        ("U.S. law", "U.S. law"),
        ("C++ and C# but not #1 or a+b", "Cplusplus and Csharp but not #1 or a+b"),
        ("-5 degrees - no, – well", "-5 degrees - no, – well"),
        ("我在北京工作。", "我在 在北 北京 京工 工作 。"),
        ("東京tower 서울", "東京 tower 서울"),
        ("字", "字"),
        ("plain words", "plain words"),
    ],
)
def test_words_stand_apart_and_compounds_are_also_whole(text, words):
    assert searched(text).split() == words.split()


@given(st.text(alphabet=st.sampled_from("ab1-_/:.@ 北京ก\n+#"), max_size=40))
def test_no_letter_or_digit_is_lost(text):
    assert set(filter(str.isalnum, text)) <= set(spaced(text))
    assert searched(text).startswith(spaced(text))


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (
            'speed of a "big cat" -car -"sports club"',
            Asked('speed of a "big cat"', ("big cat",), ("car", "sports club")),
        ),
        ("jaguar -car", Asked("jaguar", (), ("car",))),
        (
            "„zwei Worte“, «deux mots»",
            Asked("„zwei Worte“, «deux mots»", ("zwei Worte", "deux mots")),
        ),
        ('the so-called "cat"', Asked('the so-called "cat"')),
        (
            "What is possible in many resource -limited settings?",
            Asked("What is possible in many resource -limited settings?"),
        ),
        ("minus -5", Asked("minus -5")),
        ("-SH", Asked("-SH")),
        ('an open " quote', Asked('an open " quote')),
    ],
)
def test_quotation_marks_and_hyphens_at_the_end_ask_for_something(question, asked):
    found = read_syntax(question)
    assert (found.text, found.excluded) == (asked.text, asked.excluded)
    assert set(found.phrases) == set(asked.phrases)


# In PostgreSQL

TEXTS = {
    "gpt": "The model GPT-4 was released after long tests.",
    "cve": "The hole CVE-2024-3094 was found by chance.",
    "snake": "Call read_the_file with a path.",
    "version": "Python 3.11.7 mends the parser.",
    "hyphen": "Send an e-mail to the state-of-the-art desk.",
    "choice": "Pay by card and/or cheque.",
    "run": "The sentence stops here.Without space the next one begins.",
    "beijing": "我在北京大学学习中文。",
    "tokyo": "東京都は日本の首都です。",
    "sharp": "Written in C# by hand.",
}


def ingest(rag, tenant: str, texts: dict[str, str]) -> None:
    language = {"language": "en"}
    documents = [Document(name, "", text, name, language) for name, text in texts.items()]
    rag.ingest(documents, tenant)


@pytest.fixture
def texts(rag, tenant) -> str:
    ingest(rag, tenant, TEXTS)
    return tenant


def found(rag, tenant: str, question: str, node: str = "keyword_hits") -> list[str]:
    hits = rag.run([node], question=question, tenant=tenant)[node]
    return [hit.chunk.document_id for hit in hits]


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("GPT-4", "gpt"),
        ("GPT 4", "gpt"),
        ("gpt4", "gpt"),
        ("CVE-2024-3094", "cve"),
        ("3094", "cve"),
        ("read_the_file", "snake"),
        ("readthefile", "snake"),
        ("3.11.7", "version"),
        ("email", "hyphen"),
        ("e-mail", "hyphen"),
        ("cheque", "choice"),
        ("without", "run"),
        ("北京", "beijing"),
        ("中文", "beijing"),
        ("日本", "tokyo"),
        ("C#", "sharp"),
    ],
)
def test_identifiers_codes_and_writing_without_spaces_are_found_alone(
    rag, texts, question, document
):
    assert found(rag, texts, question)[:1] == [document]


CATS = {
    "big": "The big cat runs at great speed.",
    "apart": "A cat is not big, and its speed is none.",
    "car": "The car called big cat has speed.",
    "cars": "Cars have speed, said the big man with the cat.",
}


@pytest.fixture
def cats(rag, tenant) -> str:
    ingest(rag, tenant, CATS)
    return tenant


def test_chunks_with_a_quoted_phrase_come_first(rag, cats):
    assert set(found(rag, cats, 'speed of a "big cat"')[:2]) == {"big", "car"}
    assert len(found(rag, cats, 'speed of a "big cat"')) == 4


@pytest.mark.parametrize("node", ["keyword_hits", "semantic_hits", "fused_hits"])
@pytest.mark.parametrize("limit", [15_000, 0])
def test_what_is_excluded_is_in_no_hit_in_any_inflection(rag, cats, node, limit):
    for question, expected in [
        ("big cat speed -car", {"big", "apart"}),
        ('speed -"big cat"', {"apart", "cars"}),
    ]:
        results = rag.run([node], question=question, tenant=cats, exact_search_chunks=limit)
        assert {hit.chunk.document_id for hit in results[node]} == expected


def test_what_is_excluded_is_not_what_is_meant(rag, cats):
    results = rag.run(["sub_queries"], question="big cat speed -car", tenant=cats)
    first = results["sub_queries"][0]
    assert first.text == "big cat speed" and first.excluded == ("car",)


def test_words_of_a_short_title_count_more_than_those_of_a_long_one(rag, tenant):
    long = "The seven long words this heading has say walrus besides others too"
    body = "Nothing of it is said in this text, which is about something else."
    rag.ingest(
        [
            Document("short", "Walrus", body, "s"),
            Document("long", long, body, "l"),
            Document("body", "", body + " Walrus.", "b"),
        ],
        tenant,
    )
    with rag.database.for_tenant(tenant).transaction() as transaction:
        rows = transaction.execute(
            "SELECT c.document_id, p.frequency FROM chunks c, posted_terms(c.lexemes) AS p "
            "WHERE p.term = hashtextextended('walrus', 0)"
        )
        posted = dict(rows)
    assert posted == {"short": 3, "long": 1, "body": 1}
    assert found(rag, tenant, "walrus")[0] == "short"


def test_phrases_and_exclusions_count_once_and_no_chunk_has_17_phrases():
    asked = read_syntax('cats "big cat" "big cat" -dog -dog -fox')
    assert (asked.phrases, asked.excluded) == (("big cat",), ("dog", "fox"))
    assert len(read_syntax(" ".join(f'"a b{n}"' for n in range(16))).phrases) == 16
    assert read_syntax(" ".join(f'"a b{n}"' for n in range(17))).phrases == ()


@pytest.mark.parametrize(
    "question", ["docker run -it", "tar -xzf", "how do I use pip install -e", "ls -l -rt"]
)
def test_options_of_a_command_exclude_nothing(question):
    asked = read_syntax(question)
    assert (asked.text, asked.excluded) == (question, ())
