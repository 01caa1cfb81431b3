from headrace.commands import tenant_hints
from headrace.commands.tenant_hints import tenant_hint
from headrace.resources.postgres.encoder_register import EncoderRegister


def holding(monkeypatch, *tenants: str) -> None:
    versions = dict.fromkeys(tenants, 1)
    monkeypatch.setattr(EncoderRegister, "tenant_versions", lambda register: versions)


def test_a_few_tenants_are_listed_where_none_is_near(monkeypatch, rag):
    holding(monkeypatch, "acme", "globex")
    assert tenant_hint(rag, "zzz").endswith('tenant "zzz"; there are: acme, globex')


def test_many_tenants_are_counted(monkeypatch, rag):
    holding(monkeypatch, *(f"customer {number}" for number in range(1000)))
    assert tenant_hint(rag, "zzz").endswith('tenant "zzz"; there are 1,000 others')


def test_without_any_tenant_that_is_said(monkeypatch, rag):
    holding(monkeypatch)
    assert tenant_hint(rag, "acme") == "no tenant has stored anything yet"


def test_a_tenant_that_stored_something_needs_no_hint(monkeypatch, rag):
    holding(monkeypatch, "acme", "acne")
    assert tenant_hint(rag, "acme") == ""


def test_a_login_that_may_not_list_tenants_gets_no_hint(monkeypatch, rag):
    def refused(*given: object, **more: object) -> None:
        raise PermissionError("permission denied for table tenant_statistics")

    monkeypatch.setattr(tenant_hints, "EncoderRegister", refused)
    assert tenant_hint(rag, "acme") == ""
