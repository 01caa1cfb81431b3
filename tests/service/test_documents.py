"""Documents over HTTP: stored, uploaded, listed, shown, removed; jobs; what they hold."""

from collections.abc import Iterator

import httpx
import pytest

from support.services import until

SEAL = {"document_id": "ice/seal.md", "title": "Seal", "text": "The seal sleeps on ice."}


def store(writer, *documents, **choice):
    return writer.post("/v1/documents", json={"documents": documents}, params=choice)


def test_a_document_is_stored_shown_changed_and_removed(writer):
    (new,) = store(writer, SEAL).json()["outcomes"]
    assert (new["status"], new["document_id"]) == ("new", "ice/seal.md")
    shown = writer.get("/v1/documents/ice/seal.md").json()
    assert shown["text"] == SEAL["text"] and shown["chunks"][0]["text"] == SEAL["text"]
    assert store(writer, SEAL).json()["outcomes"][0]["status"] == "unchanged"
    changed = {**SEAL, "text": "The seal sleeps on sand."}
    assert store(writer, changed).json()["outcomes"][0]["status"] == "changed"
    answer = writer.post("/v1/ask", json={"question": "Where does the seal sleep?"}).json()
    assert "sand" in answer["answer"]
    removed = writer.delete("/v1/documents/ice/seal.md").json()["outcomes"]
    assert [one["status"] for one in removed] == ["removed"]
    assert writer.get("/v1/documents/ice/seal.md").status_code == 404
    assert writer.delete("/v1/documents/ice/seal.md").status_code == 404


def test_documents_are_listed_by_pages_and_by_conditions(reader):
    first = reader.get("/v1/documents", params={"limit": 2}).json()
    assert [one["document_id"] for one in first["documents"]] == ["ranking", "refunds"]
    assert first["more"] == 1
    rest = reader.get("/v1/documents", params={"after": "refunds"}).json()
    assert [one["document_id"] for one in rest["documents"]] == ["warranty"]
    mit = reader.get("/v1/documents", params={"filters": '{"license": "MIT"}'}).json()
    assert [one["document_id"] for one in mit["documents"]] == ["ranking", "refunds"]
    for wrong in ("{", '{"licence": "MIT"}', "[1]"):
        assert reader.get("/v1/documents", params={"filters": wrong}).status_code == 422


def test_facets_are_fields_and_their_values(reader):
    fields = reader.get("/v1/facets").json()["facets"]
    assert {one["field"] for one in fields} == {"author", "license", "published"}
    values = reader.get("/v1/facets", params={"field": "license"}).json()["facets"]
    assert [(one["value"], one["documents"]) for one in values] == [("MIT", 2), ("Apache-2.0", 1)]
    assert reader.get("/v1/facets", params={"field": "licence"}).status_code == 422


def test_files_are_uploaded_under_their_names_and_what_cannot_be_read_is_named(writer):
    files = [
        ("files", ("walrus.md", b"# Walrus\n\nThe walrus sleeps on land.")),
        ("files", ("page.html", b"<p>The <script>alert(1)</script>orca sleeps at sea.</p>")),
        ("files", ("broken.pdf", b"%PDF-1.4 broken")),
        ("files", ("void.md", b"---\ntitle: Void\n---\n")),
        ("files", ("old.txt", b"M\xfcller")),
    ]
    response = writer.post("/v1/documents/upload", files=files, params={"folder": "zoo"})
    told = {one["document_id"]: one for one in response.json()["outcomes"]}
    assert told["zoo/walrus.md"]["status"] == told["zoo/page.html"]["status"] == "new"
    assert told["zoo/broken.pdf"]["status"] == "failed" and told["zoo/broken.pdf"]["reason"]
    assert told["zoo/void.md"]["status"] == "passed over"
    assert told["zoo/void.md"]["reason"] == "empty: there is no text in it"
    assert told["zoo/old.txt"]["status"] == "noted", "its encoding is a guess"
    shown = writer.get("/v1/documents/zoo/walrus.md").json()
    assert (shown["title"], shown["source"]) == ("Walrus", "zoo/walrus.md")
    assert "/tmp" not in response.text and "headrace-" not in response.text


class Gone(Exception):
    """The client is no longer there."""


@pytest.mark.parametrize("length", [{"Content-Length": "1000"}, {}], ids=["announced", "chunked"])
def test_an_upload_that_breaks_off_stores_nothing(writer, length):
    files = [("files", ("half.md", b"The walrus sleeps on land."))]
    whole = httpx.Request("POST", f"{writer.base_url}/v1/documents/upload", files=files)
    body = whole.read()

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        raise Gone

    headers = {"Content-Type": whole.headers["Content-Type"], **length}
    with pytest.raises(Gone):
        writer.post("/v1/documents/upload", content=half(), headers=headers)
    assert store(writer, SEAL).status_code == 200
    stored = writer.get("/v1/documents").json()["documents"]
    assert [one["document_id"] for one in stored] == [SEAL["document_id"]]


@pytest.mark.parametrize("name", ["../../etc/passwd.md", "..\\..\\windows\\x.md", "/etc/x.md"])
def test_a_files_name_leads_nowhere(writer, name):
    response = writer.post("/v1/documents/upload", files=[("files", (name, b"A walrus."))])
    (told,) = response.json()["outcomes"]
    assert told["document_id"] in ("passwd.md", "x.md") and told["status"] == "new"


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/pipeline.py", "%00"]
)
def test_an_id_is_only_looked_up(reader, path):
    response = reader.get(f"/v1/documents/{path}")
    assert response.status_code == 404
    assert "root:" not in response.text


@pytest.mark.parametrize(
    "wrong",
    [
        {**SEAL, "text": ""},
        {**SEAL, "document_id": "x" * 2000},
        {**SEAL, "metadata": {"author": {"first": "Ada"}}},
        {**SEAL, "tenant": "other"},
        {"text": "No id."},
    ],
)
def test_a_document_that_cannot_be_stored_is_told(writer, wrong):
    response = store(writer, wrong)
    if response.status_code == 200:
        (outcome,) = response.json()["outcomes"]
        assert outcome["status"] == "failed" and outcome["reason"]
    else:
        assert response.status_code == 422
    assert writer.get("/v1/documents").json()["documents"] == []


def test_a_long_ingest_runs_as_a_job(writer):
    documents = [{**SEAL, "document_id": f"seal-{number}"} for number in range(20)]
    started = store(writer, *documents, wait=False)
    assert started.status_code == 202
    place = started.headers["location"]
    until(lambda: writer.get(place).json()["status"] == "done")
    job = writer.get(place).json()
    assert job["progress"]["documents"] == [20, 20]
    assert [one["status"] for one in job["outcomes"]] == ["new"] * 20
    assert [one["job_id"] for one in writer.get("/v1/jobs").json()["jobs"]] == [job["job_id"]]
    assert job["created_at"] and started.json()["created_at"] == job["created_at"]


def test_a_job_that_fails_says_why(writer, rag, monkeypatch):
    from headrace.errors import DatabaseAway

    def ingest(*given, **choice):
        raise DatabaseAway("no route to 10.0.0.9")

    monkeypatch.setattr(rag, "ingest", ingest)
    place = store(writer, SEAL, wait=False).headers["location"]
    until(lambda: writer.get(place).json()["status"] == "failed")
    reason = writer.get(place).json()["reason"]
    assert "database cannot be reached" in reason and "10.0.0.9" not in reason


def test_markup_in_documents_and_questions_stays_text(writer):
    script = "<script>alert('walrus')</script>"
    walrus = {"document_id": script, "title": script, "text": f"A walrus said {script}."}
    store(writer, {**walrus, "markup": "plain"})
    response = writer.post("/v1/ask", json={"question": f"What did the walrus say? {script}"})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    (citation,) = response.json()["citations"]
    assert citation["title"] == script and script in citation["quote"]


def test_feedback_is_kept_for_admins(reader, admin):
    given = {"question": "Why?", "answer": "So. [1]", "is_helpful": False, "comment": "wrong"}
    assert reader.post("/v1/feedback", json=given).status_code == 204
    assert reader.get("/v1/feedback").status_code == 403
    kept = admin.get("/v1/feedback").json()["feedback"][0]
    assert {name: kept[name] for name in given} == given
