"""Questions over HTTP: answers, events, and the values of nodes."""

import json

import pytest

from support.services import QUESTION

EVENTS = {"Accept": "text/event-stream"}


def events_of(response) -> list[tuple[str, dict]]:
    """The events of a response, each with its name."""
    found = []
    for block in response.text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_an_answer_is_the_pipelines_own(reader, rag, shop):
    told = reader.post("/v1/ask", json={"question": QUESTION}).json()
    own = rag.ask(QUESTION, shop).to_dict()
    for changing in ("stages", "total_ms"):
        told.pop(changing), own.pop(changing)
    assert told == json.loads(json.dumps(own))
    assert "two years" in told["answer"] and told["citations"][0]["document_id"] == "warranty"


def test_events_come_as_the_pipeline_makes_them_and_last_the_answer(reader):
    response = reader.post("/v1/ask", json={"question": QUESTION}, headers=EVENTS)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response)
    names = [name for name, _ in events]
    assert names[-1] == "answer" and names.index("text") < names.index("citation")
    text = "".join(data["text"] for name, data in events if name == "text")
    answer = events[-1][1]
    assert text == answer["answer"]
    assert [data for name, data in events if name == "citation"] == answer["citations"]


def test_an_error_before_the_first_event_has_its_own_status(reader):
    response = reader.post("/v1/ask", json={"question": " \u200b "}, headers=EVENTS)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_an_error_after_the_first_event_is_an_event(reader, rag, monkeypatch):
    def ask(question, tenant, *, listener, **given):
        from headrace import GenerationError, TextEvent

        listener(TextEvent("The warranty"))
        raise GenerationError("the model at http://10.0.0.9 broke off")

    monkeypatch.setattr(rag, "ask", ask)
    events = events_of(reader.post("/v1/ask", json={"question": QUESTION}, headers=EVENTS))
    assert [name for name, _ in events] == ["text", "error"]
    assert events[1][1]["status"] == 502 and "10.0.0.9" not in json.dumps(events)


def test_history_filters_and_the_day_reach_the_question(reader):
    body = {"question": "And the battery?", "history": [QUESTION, "Two years."]}
    assert "one year" in reader.post("/v1/ask", json=body).json()["answer"]
    body = {"question": QUESTION, "filters": {"author": "Ada Lovelace"}}
    cited = reader.post("/v1/ask", json=body).json()["citations"]
    assert all(one["document_id"] == "refunds" for one in cited)
    body = {"question": "What was published last year?", "today": "2022-05-01"}
    notes = reader.post("/v1/ask", json=body).json()["filters"]
    assert any("2021" in note for note in notes)


def test_any_node_can_be_asked_for_and_an_admin_may_replace_others(reader, admin):
    wanted = {"question": QUESTION, "nodes": ["fused_hits", "keyword_hits"]}
    values = reader.post("/v1/retrieve", json=wanted).json()["values"]
    assert values["fused_hits"][0]["chunk"]["document_id"] == "warranty"
    replaced = {**wanted, "overrides": {"keyword_hits": [], "semantic_hits": []}}
    assert admin.post("/v1/retrieve", json=replaced).json()["values"]["fused_hits"] == []
    hits = {**wanted, "overrides": {"keyword_hits": values["fused_hits"], "semantic_hits": []}}
    again = admin.post("/v1/retrieve", json=hits).json()["values"]["fused_hits"]
    assert [hit["chunk"] for hit in again] == [hit["chunk"] for hit in values["fused_hits"]]


@pytest.mark.parametrize("more", [{"settings": {"candidate_count": 1}}, {"overrides": {"x": 1}}])
def test_whoever_only_reads_chooses_no_settings_and_replaces_nothing(reader, more):
    route = "/v1/retrieve" if "overrides" in more else "/v1/ask"
    response = reader.post(route, json={"question": QUESTION, **more})
    assert response.status_code == 403 and "admin" in response.json()["detail"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"settings": {"candidate_cuont": 1}}, "did you mean candidate_count"),
        ({"settings": {"candidate_count": 0}}, "candidate_count"),
        ({"settings": {"tenant": "other"}}, "unknown setting tenant"),
        ({"settings": {"max_question_characters": 10**9}}, "unknown setting"),
        ({"overrides": {"database": {}}}, "database"),
        ({"overrides": {"keyword_hits": [{"chunk": 1}]}}, "keyword_hits"),
        ({"overrides": {"query_embeddings": [[1.0]]}}, "no form in JSON"),
        ({"nodes": ["fused_hit"]}, "did you mean fused_hits"),
        ({"nodes": ["database"]}, "database"),
        ({"filters": {"autor": "Ada"}}, "autor"),
        ({"tenant": "other"}, "body.tenant"),
    ],
)
def test_a_wrong_name_or_value_is_told(admin, more, said):
    response = admin.post("/v1/retrieve", json={"question": QUESTION, **more})
    assert response.status_code == 422
    assert said in response.json()["detail"]


def test_a_question_that_is_too_long_is_refused(reader):
    response = reader.post("/v1/ask", json={"question": "why " * 10_000})
    assert response.status_code == 422 and "16,000" in response.json()["detail"]
