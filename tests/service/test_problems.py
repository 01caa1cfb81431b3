"""What each error becomes: a status, and words without names of hosts and files."""

import pytest

from headrace import errors
from headrace.service.problems import problem_of

SECRET = "postgresql://me:word@10.0.0.9/x"
TOLD = {
    errors.QuestionError: 422,
    errors.SettingsError: 422,
    errors.SourceError: 422,
    errors.DatabaseError: 503,
    errors.DatabaseAway: 503,
    errors.DatabaseLost: 503,
    errors.DatabaseTimeout: 504,
    errors.DatabaseConflict: 503,
    errors.ModelError: 503,
    errors.MissingWeights: 503,
    errors.WorkerError: 503,
    errors.GenerationError: 502,
    errors.DeadlineExceeded: 504,
    errors.Cancelled: 499,
}


@pytest.mark.parametrize("kind", TOLD)
def test_an_error_of_headrace_has_a_status_of_its_own(kind):
    told, headers = problem_of(kind(SECRET))
    assert told["status"] == TOLD[kind]
    is_clients = told["status"] < 500 or kind is errors.DeadlineExceeded
    assert (SECRET in told["detail"]) is is_clients
    assert ("Retry-After" in headers) is not is_clients


def test_every_error_of_headrace_is_listed():
    kinds = {value for value in vars(errors).values() if isinstance(value, type)}
    kinds = {kind for kind in kinds if issubclass(kind, errors.HeadraceError)}
    assert kinds - {errors.HeadraceError} == TOLD.keys()


def test_a_defect_is_told_without_what_it_says(reader, rag, monkeypatch, caplog):
    def ask(*given, **choice):
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(rag, "ask", ask)
    response = reader.post("/v1/ask", json={"question": "Why?"})
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert SECRET not in response.text and SECRET in caplog.text


def test_a_body_that_is_not_json_or_not_said_to_be_is_told_as_that(reader):
    json = {"Content-Type": "application/json"}
    detail = reader.post("/v1/ask", content=b'{"question": oh}', headers=json).json()["detail"]
    assert "body: it is not JSON: Expecting value, at character 13." in detail
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for given in (form, {}):
        refused = reader.post("/v1/ask", content=b'{"question": "Why?"}', headers=given)
        assert "with the header Content-Type: application/json" in refused.json()["detail"]
    assert "a JSON object is expected" in reader.post("/v1/ask", json=[1]).json()["detail"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"question": "Why?", "tenant": "b"}, "body.tenant: this route takes no such field."),
        ({"q": "Why?"}, "body.question: it is needed, and not given."),
        ({"question": 5}, "body.question: text is expected."),
        ({"question": ""}, "body.question: 1 or more characters are needed."),
        ({"question": "Why?", "filters": 5}, "body.filters: "),
    ],
)
def test_what_is_wrong_with_a_body_is_told_in_plain_words(reader, body, detail):
    assert detail in reader.post("/v1/ask", json=body).json()["detail"]


def test_a_conversation_without_messages_is_told_in_plain_words(reader):
    refused = reader.post("/v1/chat/completions", json={"model": "headrace", "messages": []})
    assert "body.messages: 1 or more must be given." in refused.json()["error"]["message"]
