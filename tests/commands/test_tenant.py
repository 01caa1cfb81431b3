"""run.py tenant: logins, and a tenant's documents in a file."""

import uuid

import pytest

from headrace.commands.serve import _welcome


def test_a_login_is_made_listed_and_dropped(run, returns):
    role = f"reader_{uuid.uuid4().hex[:8]}"
    ran = run("tenant", "create", "--role", role, "--tenant", returns)
    assert ran.code == 0 and f"{role} reads {returns}: " in ran.out
    assert "password, shown this once: " in ran.out
    listed = run("tenant", "list")
    assert [role, returns, "reads"] in [line.split() for line in listed.out.splitlines()]
    assert (
        run("tenant", "drop", "--role", role).out == f"{role} of {returns} is gone; the rows stay\n"
    )
    assert run("tenant", "drop", "--role", role).code == 2


def test_a_tenant_is_exported_and_imported_under_another_name(run, returns, tmp_path):
    file = tmp_path / "returns.gz"
    ran = run("tenant", "export", file, "--tenant", returns)
    assert ran.code == 0 and ran.out == f"3 documents of {returns} written to {file}\n"
    ran = run("tenant", "import", file, "--tenant", f"{returns}-copy")
    assert ran.code == 0 and ran.out.startswith("3 new (")
    assert run("tenant", "import", file).out.startswith("3 unchanged (")


def test_what_cannot_be_exported_or_imported_is_said(run, returns, tmp_path):
    file = tmp_path / "returns.gz"
    ran = run("tenant", "export", file, "--tenant", f"{returns}x")
    assert ran.code == 2 and f"did you mean {returns}" in ran.err and not file.exists()
    run("tenant", "export", file, "--tenant", returns)
    file.write_bytes(file.read_bytes()[:-20])
    ran = run("tenant", "import", file, "--tenant", f"{returns}-copy")
    assert ran.code == 2 and "is cut or damaged" in ran.err


def test_a_tenant_that_holds_nothing_gets_its_token_and_login_with_a_word_about_it(run, returns):
    hint = f'no documents were ever stored for tenant "{returns}s", did you mean {returns}'
    role = f"reader_{uuid.uuid4().hex[:8]}"
    made = run("tenant", "create", "--role", role, "--tenant", f"{returns}s")
    assert made.code == 0 and hint in made.err
    made = run("token", "create", "--tenant", f"{returns}s")
    assert made.code == 0 and hint in made.err
    known = run("token", "create", "--tenant", returns)
    assert "no documents" not in known.err
    for token in (made, known):
        run("token", "revoke", token.out.split("_")[1])


def test_a_service_without_tokens_says_that_its_tenant_holds_nothing(rag, returns, capsys):
    _welcome(f"{returns}s", rag, "http://127.0.0.1:8080", False)
    assert f"did you mean {returns}" in capsys.readouterr().err
    _welcome(returns, rag, "http://127.0.0.1:8080", False)
    _welcome("", rag, "http://127.0.0.1:8080", True)
    assert not capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "  ", "x" * 501])
def test_a_name_that_no_tenant_can_have_is_an_error(run, returns, tmp_path, name):
    file = tmp_path / "returns.gz"
    run("tenant", "export", file, "--tenant", returns)
    for command in (
        ("token", "create"),
        ("tenant", "create", "--role", "reader"),
        ("tenant", "import", file),
        ("serve",),
        ("mcp",),
    ):
        ran = run(*command, "--tenant", name)
        assert ran.code == 2, command
        assert "tenant" in ran.err, command
