"""run.py tenant: logins, and a tenant's documents in a file."""

import uuid


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
