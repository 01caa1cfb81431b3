"""Abbreviations written out."""

from headrace import Document
from headrace.question.expansion import expanded_query__llm, expanded_query__rules
from headrace.types import KnownName, QuestionAnalysis, RewrittenQuery


def meaning(long_form: str, documents: int) -> KnownName:
    return KnownName("short form", "RRF", "", long_form, False, documents)


def test_of_several_senses_the_one_that_shares_words_with_the_question_is_meant():
    names = [meaning("renal risk factor", 9), meaning("reciprocal rank fusion", 1)]
    query = expanded_query__rules(RewrittenQuery("What is fusion by RRF?"), names)
    assert query.text == "What is fusion by RRF (reciprocal rank fusion)?"


def test_of_senses_that_share_none_the_clear_one_is_meant_or_the_two_most_frequent():
    asked = RewrittenQuery("What is RRF?")
    senses = [meaning("renal risk factor", 9), meaning("reciprocal rank fusion", 1)]
    assert expanded_query__rules(asked, senses).text == "What is RRF (renal risk factor)?"
    senses = [meaning("a b", 3), meaning("c d", 3), meaning("e f", 2)]
    assert expanded_query__rules(asked, senses).text == "What is RRF (c d) (a b)?"


def test_a_sense_is_clear_from_three_quarters_of_the_documents_on():
    asked = RewrittenQuery("What is RRF?")
    three_of_four = [meaning("renal risk factor", 3), meaning("reciprocal rank fusion", 1)]
    assert expanded_query__rules(asked, three_of_four).text == "What is RRF (renal risk factor)?"
    seven_of_ten = [meaning("renal risk factor", 7), meaning("reciprocal rank fusion", 3)]
    both = "What is RRF (reciprocal rank fusion) (renal risk factor)?"
    assert expanded_query__rules(asked, seven_of_ten).text == both


def test_an_abbreviation_that_the_question_defines_is_left_alone():
    query = RewrittenQuery("How does rapid rank fusion (RRF) add ranks?")
    assert expanded_query__rules(query, [meaning("reciprocal rank fusion", 1)]) == query


def test_a_long_form_of_one_word_counts_only_if_the_glossary_has_it():
    asked = RewrittenQuery("Which patients recovered?")
    defined = KnownName("long form", "patients", "", "PT", False, 9)
    assert expanded_query__rules(asked, [defined]) == asked
    given = defined._replace(given=True)
    assert expanded_query__rules(asked, [given]).text == "Which patients (PT) recovered?"


def test_what_the_tenant_knows_goes_before_what_the_language_model_knows():
    names = [meaning("reciprocal rank fusion", 1)]
    rules = expanded_query__rules(RewrittenQuery("RRF or CAP"), names)
    given = (("RRF", "really rapid fusion"), ("CAP", "common agricultural policy"))
    query = expanded_query__llm(rules, QuestionAnalysis(expansions=given))
    assert query.text == "RRF (reciprocal rank fusion) or CAP (common agricultural policy)"


# ------------------------------------------------------------------ with real documents


def expanded(rag, tenant: str) -> RewrittenQuery:
    question = "How does RRF add ranks?"
    return rag.run(["expanded_query"], question=question, tenant=tenant)["expanded_query"]


def test_an_abbreviation_defined_in_the_documents_is_expanded(rag, returns):
    query = expanded(rag, returns)
    assert query.text == "How does RRF (reciprocal rank fusion) add ranks?"
    assert query.changes[-1].reason == "defined so in the documents"


def test_the_given_glossary_goes_before_what_documents_define(rag, returns):
    rag.store_glossary([("RRF", "really rapid fusion")], returns)
    assert expanded(rag, returns).text == "How does RRF (really rapid fusion) add ranks?"


def test_a_glossary_of_one_tenant_means_nothing_to_another(rag, returns, tenant):
    rag.store_glossary([("RRF", "secret of tenant A")], returns)
    assert expanded(rag, f"{tenant}-other").text == "How does RRF add ranks?"


def test_what_documents_in_another_language_call_it_is_not_the_long_form(rag, tenant):
    english = "A Managed Security Services Provider (MSSP) is a firm that watches over systems."
    german = "Was ein MSSP ist und was er mit den Daten tut, die man ihm als Kunde anvertraut."
    texts = {"en": english, "de": german}
    rag.ingest([Document(name, "", text, name) for name, text in texts.items()], tenant)

    def text(question: str) -> str:
        return rag.run(["expanded_query"], question=question, tenant=tenant)["expanded_query"].text

    assert text("What is an MSSP?").startswith("What is an MSSP (Managed Security")
    assert text("Was ist ein MSSP und wie geht das?") == "Was ist ein MSSP und wie geht das?"
    # In a language that no document is in, every long form may help.
    assert "Provider" in text("¿Qué es un MSSP y para qué sirve?")
