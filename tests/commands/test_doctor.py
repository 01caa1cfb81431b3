import json
import tomllib
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from headrace.commands.findings import database_findings
from headrace.commands.model_findings import (
    encoder_finding,
    language_model_finding,
    tried_models,
)
from headrace.resources.models.loading import Models
from headrace.resources.postgres.access import Lag, Rights
from headrace.settings import load_settings
from support.messages_server import Served, Status
from support.openai_server import (
    MODEL,
    ChatReply,
    OpenAIServer,
    Vectors,
    openai_server,
    quote_first_sentence,
)
from support.places import ROOT


def test_the_doctor_says_what_is_here_and_what_to_do_about_the_rest(run):
    ran = run("doctor", "--set", "reranking=cross_encoder")
    assert ran.code == 0
    expected = (
        "PostgreSQL 18",
        "pgvector 0.8",
        "all-MiniLM-L6-v2",
        "not reranked",
        "HEADRACE_RERANKER",
        "ANTHROPIC_API_KEY",
        "GB free",
        "extra torch",
    )
    assert [item for item in expected if item not in ran.out] == []


def test_the_doctor_and_the_readme_know_every_extra(run):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = set(project["optional-dependencies"])
    told = run("doctor").out
    assert [name for name in extras - {"test", "all"} if f"extra {name} " not in told] == []
    (_, listed) = (ROOT / "dataflows" / "README.md").read_text().split("Extras of the package:")
    assert [name for name in extras if f"`{name}`" not in listed] == []


def test_the_doctor_names_the_settings_that_are_set_by_group(run):
    ran = run("doctor", "--set", "rrf_k=20,connections=4")
    out = " ".join(ran.out.split())  # the table is as wide as the terminal
    assert "everyday: data_dir, reranking; " in out
    assert "operations: connections; tuning and variants: rrf_k" in out


def test_the_doctor_reports_a_database_that_cannot_be_reached(run, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    ran = run("doctor")
    assert ran.code == 1
    assert "broken" in ran.out
    assert "Check DATABASE_URL" in ran.out


@pytest.mark.parametrize(
    ("lag", "state", "found"),
    [
        (Lag(is_standby=True, seconds=900, has_all=True), "ok", "has all that was written"),
        (Lag(is_standby=True, seconds=3, has_all=False), "ok", "3 s behind"),
        (Lag(is_standby=True, seconds=900, has_all=False), "note", "900 s behind"),
        (Lag(is_standby=False, seconds=0, has_all=True), "note", "is no standby"),
    ],
)
def test_the_doctor_says_how_far_the_standby_is_behind(lag, state, found):
    rights = Rights("me", *[True] * 4, is_standby=False, is_pooled=False)
    database = SimpleNamespace(
        is_pooled=False,
        rights=lambda: rights,
        owner_rights=lambda: rights,
        standby_lags=lambda: iter([lag]),
        read_lag_s=30.0,
    )
    *_, finding = database_findings(database)
    assert (finding.subject, finding.state) == ("standby", state)
    assert finding.found.endswith(found)


# --------------------------------------------------------------------- models, tried


@pytest.fixture
def served(monkeypatch):
    """Serves a model with the given behaviours, and returns what leads to it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ExitStack() as running:

        def serve(*behaviours: Served) -> tuple[str, OpenAIServer]:
            server = running.enter_context(openai_server(behaviours))
            monkeypatch.setenv("HEADRACE_LANGUAGE_MODEL", MODEL)
            monkeypatch.setenv("HEADRACE_PRICES", json.dumps({MODEL: [1.0, 5.0]}))
            return f"generation=openai,language_model_url={server.address}", server

        yield serve


def words_of(ran) -> str:
    """The output without the lines of its table."""
    return " ".join(ran.out.split())


def test_no_model_is_asked_unless_it_is_wanted(run, served):
    settings, server = served(quote_first_sentence)
    ran = run("doctor", "--set", settings)
    assert ran.code == 0 and server.requests == []
    assert f"{MODEL} at http" in words_of(ran) and "tried" not in ran.out


def test_each_model_is_asked_once_and_its_cost_is_told(run, served):
    settings, server = served(quote_first_sentence)
    ran = run("doctor", "--try", "--set", settings)
    assert ran.code == 0 and len(server.requests) == 1
    assert "encoder, tried ok 384 numbers" in words_of(ran)
    assert "one answer, cited, 1200 tokens for 0.00200000 USD" in words_of(ran)


def test_a_model_that_does_not_cite_is_noted(run, served):
    settings, _ = served(ChatReply("The turbine."))
    ran = run("doctor", "--try", "--set", settings)
    assert ran.code == 0
    assert "language model, tried note one answer, not cited" in words_of(ran)
    assert "a larger model may cite" in words_of(ran)


def test_a_model_that_does_not_work_is_broken_and_says_what_to_do(run, served):
    settings, _ = served(Status(401))
    ran = run("doctor", "--try", "--set", settings)
    assert ran.code == 1
    assert "language model, tried broken does not work" in words_of(ran)
    assert "check HEADRACE_LANGUAGE_MODEL_KEY" in words_of(ran)


def test_a_served_encoder_is_asked_and_its_cost_is_told(served, data_dir):
    _, server = served(Vectors())
    choices = {"encoder": f"openai:{MODEL}", "embeddings_url": server.address}
    settings = load_settings(data_dir=data_dir, generation="extractive", **choices)
    models = Models(settings)
    finding = encoder_finding(models.encoder)
    assert server.requests == [] and finding.state == "ok"
    assert finding.found == f"openai:{MODEL} at {server.address}: reads 512 tokens"
    (tried,) = tried_models(settings, models)
    models.close()
    assert tried.state == "ok"
    assert tried.found.startswith("16 numbers, 5 tokens for 0.00000500 USD, ")


def test_what_is_missing_for_a_served_model_is_broken(data_dir, monkeypatch):
    encoder = Models(load_settings(data_dir=data_dir, encoder="openai:m")).encoder
    findings = [encoder_finding(encoder)]
    findings.append(language_model_finding(load_settings(generation="openai")))
    assert [one.state for one in findings] == ["broken", "broken"]
    assert ["OPENAI_API_KEY" in one.advice for one in findings] == [True, True]
    nameless = load_settings(generation="openai", language_model_url="http://127.0.0.1:9/v1")
    assert "set HEADRACE_LANGUAGE_MODEL to" in language_model_finding(nameless).advice


def test_an_address_that_is_not_used_is_noted(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")
    finding = language_model_finding(load_settings(language_model_url="http://127.0.0.1:9/v1"))
    assert (finding.state, finding.found) == ("note", "claude-haiku-5-5, of Anthropic")
    assert "HEADRACE_GENERATION=openai" in finding.advice
