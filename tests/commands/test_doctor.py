from types import SimpleNamespace

import pytest

from headrace.commands.findings import database_findings
from headrace.resources.postgres.access import Lag, Rights


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
        standby_lag=lambda: lag,
    )
    *_, finding = database_findings(database)
    assert (finding.subject, finding.state) == ("standby", state)
    assert finding.found.endswith(found)
