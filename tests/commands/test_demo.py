from headrace.commands import demo
from headrace.ingest.installed_packages import installed_packages

#: Six packages; the descriptions of a whole environment take a minute.
PACKAGES = ("numpy", "RapidFuzz", "pydantic", "psycopg", "tiktoken", "rich")


def test_the_demo_answers_two_questions_and_declines_one(run, monkeypatch):
    documents = [one for one in installed_packages() if one.title.split()[0] in PACKAGES]
    monkeypatch.setattr(demo, "installed_packages", lambda: documents)
    ran = run("demo")
    assert ran.code == 0, ran.out
    compound, filtered, declined = ran.out.split("\nQ: ")[1:]
    assert "RapidFuzz/METADATA, characters" in compound
    assert "numpy/METADATA, characters" in compound
    assert "semantic_hits" in compound
    assert "pydantic/METADATA, characters" in filtered
    assert "The documents do not answer this." in declined
    assert "run.py ingest PATH" in declined


def test_installed_packages_are_documents_with_their_metadata():
    documents = {document.document_id: document for document in installed_packages()}
    pydantic = documents["package:pydantic"]
    assert "package:headrace" not in documents
    assert pydantic.metadata["license"] == "MIT"
    assert "Data validation" in pydantic.text
    assert pydantic.markup == "markdown"
