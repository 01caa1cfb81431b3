"""The filters that are read from a question, and those given beside it."""

from datetime import date

import pytest

from headrace.errors import QuestionError
from headrace.question.filtering import query_filters__llm, query_filters__rules
from headrace.question.found_filters import FoundFilter
from headrace.types import (
    Document,
    Filter,
    Note,
    QueryFilters,
    QuestionAnalysis,
    RewrittenQuery,
    TenantFacts,
)

EMPTY = TenantFacts("v", 0, 0, ("english",), ())
HOPPER = Filter("author", "in", ("grace hopper",))
MIT = Filter("license", "in", ("mit",))
IN_2021 = Filter("published", "range", (), date(2021, 1, 1), date(2022, 1, 1))


def negated(condition: Filter) -> Filter:
    return Filter(
        condition.field,
        condition.operator,
        condition.values,
        condition.low,
        condition.high,
        negated=True,
    )


class NoDatabase:
    """Fails the test when a node asks it, although nothing has to be looked up."""

    tenant = "t"
    fingerprint = "none"

    def query(self, statement, parameters=None):
        raise AssertionError(f"{statement} was asked for")


class AnyDatabase(NoDatabase):
    """Every document has every field and meets every filter."""

    def query(self, statement, parameters=None):
        return [(9, 9)]


def test_a_question_without_a_date_or_field_asks_the_database_nothing():
    query = RewrittenQuery("how do wings fly")
    assert query_filters__rules(query, [], EMPTY, NoDatabase()) == QueryFilters()


def test_without_an_analysis_the_filters_are_those_of_the_rules():
    analysis = QuestionAnalysis(
        filters=((MIT, "MIT"),), note=Note("understanding", "rules stand in", is_passing=True)
    )
    by_rules = [FoundFilter(HOPPER, "by Hopper", is_clear=True)]
    given = RewrittenQuery("papers by Hopper"), analysis, by_rules, EMPTY, AnyDatabase()
    assert query_filters__llm(*given) == QueryFilters((HOPPER,), consumed=("by Hopper",))


# ------------------------------------------------------------------ with real documents


def filters_of(rag, tenant: str, question: str) -> QueryFilters:
    return rag.run(["query_filters"], question=question, tenant=tenant)["query_filters"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which document with license MIT speaks of fusion?", [MIT]),
        ("license: MIT what is merged?", [MIT]),
        ("What did the author Grace Hopper say about batteries?", [HOPPER]),
        ("What do documents by Grace Hopper say about batteries?", [HOPPER]),
        ("Which documents published in 2021 speak of batteries?", [IN_2021]),
        ("Documents not by Grace Hopper on refunds", [negated(HOPPER)]),
        ("Documents that aren't by Grace Hopper on refunds", [negated(HOPPER)]),
        ("documents by grace hopper about batteries", [HOPPER]),
        ("What has Grace Hopper written on batteries?", [HOPPER]),
        ("Documents not published in 2021 on refunds", [negated(IN_2021)]),
        ("Does Grace Hopper use MIT methods?", []),
        ("What happened to refunds in 2021?", []),
    ],
)
def test_filters_are_read_only_where_the_words_ask_for_them(rag, returns, question, expected):
    filters = filters_of(rag, returns, question)
    assert list(filters.applied) == expected and not filters.relaxed


@pytest.mark.parametrize(
    ("question", "preferred"),
    [
        ("Documents by Grace Hoper on refunds", (HOPPER,)),
        ("Documents by Hoppre on refunds", (HOPPER,)),
        ("Documents by Grace Kelly on refunds", ()),
        ("Documents by Battery on refunds", ()),
        ("Documents by Hopper on refunds", ()),
        ("Grace Hoper on refunds", ()),
    ],
)
def test_documents_of_a_name_that_is_misspelt_are_preferred_and_not_required(
    rag, returns, question, preferred
):
    assert filters_of(rag, returns, question).preferred == preferred


@pytest.mark.parametrize(
    "question",
    [
        "Do documents by Grace Hopper with license MIT both speak of fusion?",
        "documents by Grace Hopper, while those with license MIT speak of fusion",
    ],
)
def test_in_a_question_about_several_documents_filters_are_preferred_only(rag, returns, question):
    filters = filters_of(rag, returns, question)
    assert filters.applied == () and set(filters.preferred) == {HOPPER, MIT}


@pytest.mark.parametrize("having", [9, 8])
def test_a_filter_is_applied_if_nine_of_ten_documents_have_its_field(rag, tenant, having):
    documents = []
    for number in range(10):
        metadata = {"license": "MIT"} if number < having else {}
        text = f"Fusion, part {number}."
        documents.append(Document(f"d{number}", f"Part {number}", text, "", metadata))
    rag.ingest(documents, tenant)
    filters = filters_of(rag, tenant, "Which document with license MIT speaks of fusion?")
    assert (filters.applied, filters.preferred) == (((MIT,), ()) if having == 9 else ((), (MIT,)))


def yearly(kind: str, author: str) -> list[Document]:
    """A document of each of three years, dated in the year after."""
    documents = []
    for year in (2019, 2020, 2021):
        metadata = {"date": f"{year + 1}-03-30", "author": author}
        text = f"There were {year - 1900} employees."
        documents.append(Document(f"{kind} {year}", f"{kind} {year}", text, "", metadata))
    return documents


@pytest.fixture
def reports(rag, tenant):
    documents = yearly("Annual report", "Tom Berg") + yearly("Pump specification", "Ada Lind")
    rag.ingest(documents, tenant)
    return tenant


def test_a_year_in_the_name_of_a_report_is_no_date_of_publication(rag, reports):
    question = "Annual report 2021: how many employees?"
    assert filters_of(rag, reports, question) == QueryFilters()
    assert filters_of(rag, reports, "documents published in 2021 on employees").applied


def test_last_year_counts_from_the_current_day_and_the_answer_says_so(rag, reports):
    question = "How many employees were there last year?"
    (preferred,) = filters_of(rag, reports, question).preferred
    assert preferred.low == date(date.today().year - 1, 1, 1)
    answer = rag.ask(question, reports, today=date(2021, 6, 1))
    assert any("2021-06-01" in note.text for note in answer.degraded)


def test_words_about_dates_that_no_document_can_meet_are_named(rag, tenant):
    rag.ingest([Document("d", "Staff", "There were 131 employees.", "")], tenant)
    answer = rag.ask("How many employees were there last year?", tenant)
    assert any('"last year" was not applied' in note.text for note in answer.degraded)


@pytest.mark.parametrize(
    ("question", "newest"),
    [
        ("What does the latest annual report say of employees?", date(2022, 3, 30)),
        ("the newest pump specification by Ada Lind", date(2022, 3, 30)),
        ("What are the latest trends in pumping?", None),
        ("What is the newest pump of all?", None),
        ("What is the newest document?", date(2022, 3, 30)),
        ("Show me the newest report", date(2022, 3, 30)),
        ("What did Pumps | Latest Annual Report News say?", None),
    ],
)
def test_the_latest_documents_of_a_name_are_those_of_the_newest_date(
    rag, reports, question, newest
):
    filters = filters_of(rag, reports, question)
    found = [one.low for one in (*filters.applied, *filters.preferred) if one.low]
    assert found == ([newest] if newest else [])


def test_the_newest_documents_are_looked_for_among_those_that_meet_given_filters(rag, reports):
    given = {"date": {"before": "2021-12-31"}}
    found = rag.run(
        ["query_filters"], question="the latest annual report", tenant=reports, filters=given
    )["query_filters"]
    assert found.applied[-1].low == date(2021, 3, 30)


def test_a_filter_whose_documents_do_not_speak_of_what_is_asked_is_given_up(rag, tenant):
    staff = Document("a", "Staff", "There were 131 employees.", "", {"date": "2021-02-01"})
    pumps = Document("b", "Pumps", "A pump has 55 kW.", "", {"date": "2022-02-01"})
    rag.ingest([staff, pumps], tenant)
    filters = filters_of(rag, tenant, "Documents published in 2022 about employees")
    assert not filters.applied and filters.relaxed[0].low == date(2022, 1, 1)
    for question in (
        "Documents published in 2022 about pumps",
        "Which documents were published in 2022?",
        "Documents published in 2022 about turbines",
    ):
        filters = filters_of(rag, tenant, question)
        assert filters.applied and not filters.relaxed


def filing(company: str, year: int) -> Document:
    metadata = {"company": company, "fiscal_year": year, "year": year}
    return Document(
        f"{company} {year}", f"{company} {year}", f"Sales fell in {year}.", "", metadata
    )


@pytest.mark.parametrize(
    ("question", "applied", "preferred"),
    [
        ("Adobe's sales in FY2021", ["company", "fiscal_year", "year"], []),
        ("Adobe's sales in 2021", ["company", "fiscal_year"], ["year = 2021"]),
        (
            "Sales of Boeing from FY2020 to FY2021",
            ["company", "fiscal_year", "year"],
            ["fiscal_year = 2021", "year = 2020", "year = 2021"],
        ),
        (
            "Compare the sales of Adobe and Boeing in fiscal 2020",
            ["company", "fiscal_year", "year"],
            ["company = adobe", "company = boeing"],
        ),
        ("Did sales fall in 2021?", ["fiscal_year"], []),
    ],
)
def test_companies_and_fiscal_years_are_required_and_each_of_several_is_preferred(
    rag, tenant, question, applied, preferred
):
    rag.ingest([filing("Adobe", year) for year in (2020, 2021)], tenant)
    rag.ingest([filing("Boeing", year) for year in (2020, 2021)], tenant)
    filters = filters_of(rag, tenant, question)
    assert [one.field for one in filters.applied] == applied
    assert list(map(str, filters.preferred)) == preferred


def test_which_documents_somebody_wrote(rag, reports):
    (author,) = filters_of(rag, reports, "Which documents did Ada Lind write?").applied
    assert author == Filter("author", "in", ("ada lind",))


def test_what_a_document_must_not_be_is_never_preferred():
    unclear = FoundFilter(negated(HOPPER), "not Hopper", is_clear=False)
    analysis = QuestionAnalysis(note=Note("understanding", "rules stand in", is_passing=True))
    given = RewrittenQuery("papers not by Hopper"), analysis, [unclear], EMPTY, AnyDatabase()
    assert query_filters__llm(*given) == QueryFilters()


def test_a_filter_that_leaves_nothing_is_given_up_and_the_answer_says_so(rag, returns):
    answer = rag.ask("How long does the warranty last, in documents published in 1950?", returns)
    assert answer.answered
    (note,) = [note for note in answer.degraded if note.stage == "filter extraction"]
    assert "published from 1950-01-01" in note.text and "not applied" in note.text


def test_a_given_filter_is_never_given_up(rag, returns):
    answer = rag.ask("How long does the warranty last?", returns, filters={"license": "GPL"})
    assert not answer.answered and not answer.citations


def test_a_filter_on_an_unknown_field_says_which_there_are(rag, returns):
    message = 'no document has the field "colour"; there are: author, license, published'
    with pytest.raises(QuestionError, match=message):
        rag.ask("How long does the warranty last?", returns, filters={"colour": "red"})


@pytest.mark.parametrize(
    "filters",
    [
        ["license"],
        {"license": []},
        {"published": {"after": "2019"}},
        {"published": {"from": "soon"}},
        "MIT",
    ],
)
def test_a_malformed_filter_is_refused(rag, returns, filters):
    with pytest.raises(QuestionError):
        rag.ask("How long does the warranty last?", returns, filters=filters)
