"""Whatever is given to a pipeline, an error that it raises is one of ours."""

import math
from datetime import date

import pytest

from headrace import Document
from headrace.errors import HeadraceError, SettingsError
from headrace.settings import Settings, checked_setting, load_settings

WRONG = {
    "None": None,
    "zero": 0,
    "negative": -5.0,
    "huge": 10**30,
    "nan": math.nan,
    "bytes": b"x",
    "blank": " ",
    "nul": "\0",
    "surrogate": "\ud800",
    "long": "x" * 100_000,
    "truth": True,
    "mapping": {"author": object()},
    "mapping of bytes": {b"a": b"b"},
    "mapping of surrogates": {"\ud800": "\ud800"},
    "list of None": [None],
    "list of surrogates": ["\ud800"],
    "list of NUL": ["\0"],
    "pairs": [("a", None)],
    "set": {1},
    "object": object(),
    "function": len,
    "date": date(2020, 1, 1),
}
#: Everything that takes an argument, by the name of the argument.
CALLS = {
    "question": lambda rag, wrong: rag.ask(wrong),
    "streamed question": lambda rag, wrong: list(rag.stream(wrong)),
    "tenant": lambda rag, wrong: rag.ask("Where?", wrong),
    "nodes": lambda rag, wrong: rag.run(wrong, question="Where?"),
    "node": lambda rag, wrong: rag.run([wrong], question="Where?"),
    "overrides": lambda rag, wrong: rag.run(["answer"], question="Where?", overrides=wrong),
    "sources": lambda rag, wrong: rag.ingest(wrong),
    "source": lambda rag, wrong: rag.ingest([wrong]),
    "tenant of documents": lambda rag, wrong: rag.ingest([Document("b", "", "b", "s")], wrong),
    "paths to remove": lambda rag, wrong: rag.remove(wrong),
    "path to remove": lambda rag, wrong: rag.remove([wrong]),
    "ids to remove": lambda rag, wrong: rag.remove(ids=wrong),
    "sources to remove": lambda rag, wrong: rag.remove(sources=[wrong]),
    "document": lambda rag, wrong: rag.document(wrong),
    "filters of documents": lambda rag, wrong: rag.documents(filters=wrong),
    "source of documents": lambda rag, wrong: rag.documents(source=wrong),
    "limit of documents": lambda rag, wrong: rag.documents(limit=wrong),
    "field": lambda rag, wrong: rag.facets(None, wrong),
    "limit": lambda rag, wrong: rag.facets(limit=wrong),
    "glossary": lambda rag, wrong: rag.store_glossary(wrong),
}
OF_A_QUESTION = ("history", "today", "filters", "listener", "rrf_k", "token_budget")
OF_A_QUESTION += ("semantic_weight", "max_sub_queries", "answerability_weights", "duplicates")
for _name in OF_A_QUESTION:
    CALLS[_name] = lambda rag, wrong, name=_name: rag.ask("Where?", **{name: wrong})


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_wrong_argument_gives_an_error_of_ours_or_none(rag, call):
    answered = []
    for name, wrong in WRONG.items():
        try:
            call(rag, wrong)
        except HeadraceError as error:
            assert len(str(error)) < 4000
        else:
            answered.append(name)
    assert len(answered) < len(WRONG) / 2


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_wrong_setting_gives_a_settings_error_or_none(name):
    for wrong in WRONG.values():
        try:
            load_settings(**{name: wrong})
        except SettingsError as error:
            assert len(str(error)) < 4000


def test_a_setting_given_to_a_question_is_checked_like_any_other():
    assert checked_setting("answer_threshold", 1) == 1.0
    with pytest.raises(SettingsError, match="setting rrf_k = 0: Input should be greater than"):
        checked_setting("rrf_k", 0)
