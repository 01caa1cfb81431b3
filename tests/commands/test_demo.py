from headrace.commands import demo
from headrace.ingest.installed_packages import installed_packages

#: Six packages; the descriptions of a whole environment take a minute.
PACKAGES = ("numpy", "RapidFuzz", "openpyxl", "psycopg", "tiktoken", "rich")


def test_the_demo_answers_two_questions_and_declines_one(run, monkeypatch):
    documents = [one for one in installed_packages() if one.title.split()[0] in PACKAGES]
    monkeypatch.setattr(demo, "installed_packages", lambda most: documents)
    ran = run("demo", "--set", "reranking=cross_encoder")
    assert ran.code == 0, ran.out
    compound, filtered, declined = ran.out.split("\nQ: ")[1:]
    assert "RapidFuzz/METADATA, characters" in compound
    assert "psycopg/METADATA, characters" in compound
    assert "openpyxl/METADATA, characters" in filtered
    assert "The documents do not answer this." in declined
    assert "semantic_hits" in declined
    assert "run.py ingest PATH" in declined
    # That there are no weights is no fault of an answer: it is said once, at the end.
    assert ran.out.count("not reranked") == 1
    assert declined.index("not reranked") > declined.index("run.py doctor")


def test_installed_packages_are_documents_with_their_metadata():
    documents = {document.document_id: document for document in installed_packages()}
    pydantic = documents["package:pydantic"]
    assert "package:headrace" not in documents
    assert pydantic.metadata["license"] == "MIT"
    assert "Data validation" in pydantic.text
    assert pydantic.markup == "markdown"


def test_of_many_packages_those_that_headrace_needs_are_taken():
    few = [document.metadata["name"] for document in installed_packages(30)]
    assert len(few) == 30 and few == sorted(few)
    assert {"numpy", "RapidFuzz", "openpyxl", "psycopg"} <= set(few)
    # They are among the others of the environment, and nothing here needs them.
    assert not {"pytest", "ruff", "jupyterlab"} & set(few)
    assert len(installed_packages(75)) <= 75
