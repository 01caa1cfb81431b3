"""Tokens: each reads and changes its own tenant, by every route there is."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from headrace.commands import main
from headrace.errors import SettingsError
from headrace.service.options import Options, is_loopback
from headrace.service.server import check_access
from support.services import QUESTION, client, forget_tokens, served, token

#: A request to each route, and what it holds of the shop if the shop asks.
BODY = {"question": QUESTION}
DOCUMENT = {"document_id": "warranty", "text": "The warranty is void."}
READ = [
    ("POST", "/v1/ask", {"json": BODY}),
    ("POST", "/v1/ask", {"json": BODY, "headers": {"Accept": "text/event-stream"}}),
    ("POST", "/v1/retrieve", {"json": {**BODY, "nodes": ["fused_hits", "context"]}}),
    ("GET", "/v1/documents", {}),
    ("GET", "/v1/documents/warranty", {}),
    ("GET", "/v1/facets", {}),
    ("GET", "/v1/facets", {"params": {"field": "author"}}),
    ("GET", "/v1/jobs", {}),
]
WRITE = [
    ("POST", "/v1/documents", {"json": {"documents": [DOCUMENT]}}),
    ("POST", "/v1/documents/upload", {"files": [("files", ("warranty", b"void"))]}),
    ("DELETE", "/v1/documents/warranty", {}),
]
ADMIN = [("GET", "/v1/feedback", {}), ("GET", "/metrics", {})]


@pytest.mark.parametrize(("method", "path", "given"), [*READ, *WRITE, *ADMIN])
def test_without_a_valid_token_nothing_is_done(rag, shop, address, method, path, given):
    expired = token(rag, shop, "admin", datetime.now(UTC) - timedelta(seconds=1))
    valid = token(rag, shop, "admin")
    name, secret = valid.split("_")[1:]
    for wrong in (None, "x", expired, f"hr_{name}_{'0' * 64}", f"hr_{'0' * 12}_{secret}"):
        with client(address, wrong) as stranger:
            response = stranger.request(method, path, **given)
        assert response.status_code == 401, (wrong, response.text)
        assert response.headers["www-authenticate"] == "Bearer"
        assert "warranty" not in response.text


@pytest.mark.parametrize(("method", "path", "given"), READ)
def test_a_token_of_another_tenant_finds_nothing_of_ours(reader, writer, shop, method, path, given):
    ours = reader.request(method, path, **given)
    theirs = writer.request(method, path, **given)
    assert ours.status_code == 200
    for word in ("two years", "Grace", "Warranty", "handbook", shop):
        assert word not in theirs.text


@pytest.mark.parametrize(("method", "path", "given"), WRITE)
def test_a_token_of_another_tenant_changes_nothing_of_ours(reader, writer, method, path, given):
    before = reader.get("/v1/documents/warranty").json()
    writer.request(method, path, **given)
    assert reader.get("/v1/documents/warranty").json() == before


def test_the_tenant_is_the_tokens_whatever_else_is_sent(reader, writer, shop):
    for params in ({"tenant": shop}, {"tenant_id": shop}):
        assert writer.get("/v1/documents", params=params).json()["documents"] == []
    for header in ("X-Tenant", "Headrace-Tenant", "X-Forwarded-User"):
        listed = writer.get("/v1/documents", headers={header: shop}).json()
        assert listed["documents"] == []
    overrides = {"tenant": shop}
    response = writer.post("/v1/retrieve", json={**BODY, "overrides": overrides})
    assert response.status_code == 403


@pytest.mark.parametrize(("method", "path", "given"), [*WRITE, *ADMIN])
def test_a_right_is_needed_for_what_changes_or_tells_more(reader, method, path, given):
    response = reader.request(method, path, **given)
    assert response.status_code == 403
    assert "ask for a token that has it" in response.json()["detail"]


def test_a_revoked_token_ends_at_once(rag, shop, address, data_dir, monkeypatch, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    made = ["token", "create", "--tenant", shop, "--rights", "write", "--expires", "1"]
    assert main(made) == 0
    bearer = capsys.readouterr().out.strip()
    assert main(["token", "list"]) == 0
    listed = capsys.readouterr().out
    name, secret = bearer.split("_")[1:]
    assert name in listed and secret not in listed
    with client(address, bearer) as holder:
        assert holder.get("/v1/facets").status_code == 200
        assert main(["token", "revoke", name]) == 0
        assert holder.get("/v1/facets").status_code == 401
    assert main(["token", "revoke", name]) == 2
    assert "token list" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "-1", "1e12", "nan"])
def test_a_token_expires_on_a_day_that_there_is(days, data_dir, monkeypatch, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    assert main(["token", "create", "--tenant", "acme", "--expires", days]) == 2
    assert "number of days" in capsys.readouterr().err


def test_no_token_is_logged_or_stored_as_it_is(rag, shop, address, caplog):
    import psycopg

    bearer = token(rag, shop)
    with caplog.at_level(logging.DEBUG), client(address, bearer) as holder:
        holder.get("/v1/facets")
        holder.post("/v1/ask", json={"question": ""})
        holder.get("/v1/documents/none")
    assert bearer.split("_")[2] not in caplog.text
    with psycopg.connect(rag.database.admin_uri) as connection:
        rows = connection.execute("SELECT service_tokens::text FROM service_tokens").fetchall()
    assert bearer.split("_")[2] not in str(rows)


def test_the_applications_login_cannot_list_tokens(rag):
    import psycopg

    with psycopg.connect(rag.database.uri) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT * FROM service_tokens")


# ------------------------------------------------------------------ without tokens


@pytest.fixture
def open_address(rag, shop):
    forget_tokens(rag)
    with served(rag, tenant=shop) as address:
        yield address


def test_without_any_token_this_machine_may_ask(open_address, shop):
    with client(open_address) as anyone:
        assert "two years" in anyone.post("/v1/ask", json=BODY).json()["answer"]
        counted = anyone.get("/metrics").text
        assert 'headrace_questions_total{outcome="answered"} 1.0' in counted
        assert 'headrace_node_seconds_count{node="fused_hits"} 1.0' in counted
        assert 'headrace_database_sessions{state="lent"} 0.0' in counted
        assert shop not in counted


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_without_any_token_a_page_of_another_site_cannot_ask(open_address, headers):
    with client(open_address) as browser:
        response = browser.post("/v1/ask", json=BODY, headers=headers)
    assert response.status_code == 403 and "token create" in response.json()["detail"]
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.com", ""])
def test_without_any_token_no_service_is_open_to_others(host):
    assert not is_loopback(host)
    with pytest.raises(SettingsError, match="token create"):
        check_access(Options(host=host), has_tokens=False, tenant="acme")
    check_access(Options(host=host), has_tokens=True, tenant=None)


def test_without_any_token_a_tenant_is_needed():
    with pytest.raises(SettingsError, match="--tenant T"):
        check_access(Options(), has_tokens=False, tenant=None)
    for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1"):
        check_access(Options(host=host), has_tokens=False, tenant="acme")
