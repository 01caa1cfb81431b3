"""Secrets stand in no error, no repr and no log."""

import io
import logging
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout

import pytest

from headrace import Pipeline
from headrace.errors import HeadraceError
from headrace.resources.redaction import without_secrets
from headrace.setting_types import readable_address
from headrace.settings import load_settings

SECRET = "Zq7xV-not-a-word"
ADDRESS = f"postgresql://me:{SECRET}@127.0.0.1:1/documents"

UNREADABLE = [
    f"postgresql//me:{SECRET}@host/x",
    f"mysql://me:{SECRET}@host/x",
    SECRET,
    f"postgresql://me:a@{SECRET}@host/x",
    f"postgresql://me:a/{SECRET}@host/x",
    f"postgresql://me:{SECRET}",
    f"postgresql://me:{SECRET}%zz@host/x",
    f"postgresql://me:{SECRET}@host:port/x",
    f"postgresql://me:a {SECRET}@host/x",
    f"postgresql://host/x?password=a&{SECRET}",
    f"postgresql://me:{SECRET}@[::1/x",
    f"postgresql://me:{SECRET}@[::1]x",
    f"host=h password = a {SECRET}",
    f"host=h password='{SECRET}",
]
UNREACHABLE = [
    ADDRESS,
    f"postgresql://me:{SECRET}@host.invalid/x",
    f"postgresql://me:{SECRET}@127.0.0.1:1/x?colour=red",
    f"postgresql://me@127.0.0.1:1/x?password={SECRET}&sslmode=wrong",
    f"host=127.0.0.1 port=1 password={SECRET}",
    f"host=127.0.0.1 port=one password='{SECRET}'",
    f"host=127.0.0.1 pasword={SECRET}",
]


def everything(error: BaseException) -> str:
    """What a traceback shows of an error, and every error that it holds."""
    shown = "".join(traceback.format_exception(error)) + repr(error)
    seen = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            shown += f"{one} {one!r}"
            waiting += [one.__cause__, one.__context__]
    return shown


@pytest.mark.parametrize("address", [*UNREADABLE, *UNREACHABLE])
def test_an_address_that_does_not_work_shows_no_password(tmp_path, address, caplog):
    caplog.set_level(logging.DEBUG)
    told = io.StringIO()
    with redirect_stdout(told), redirect_stderr(told), pytest.raises(HeadraceError) as raised:
        Pipeline.open(database_url=address, data_dir=tmp_path, encoder=Encoder())
    assert SECRET not in everything(raised.value) + told.getvalue() + caplog.text


class Encoder:
    """An encoder that is never asked: the database comes first."""

    name = "none"
    dimension = 384
    max_tokens = 256

    def encode(self, texts, purpose="query"):
        raise AssertionError("asked")

    def tokenizer(self):
        raise AssertionError("asked")


@pytest.mark.parametrize("address", UNREADABLE)
def test_an_unreadable_address_is_said_before_anything_is_opened(address):
    with pytest.raises(HeadraceError, match="database_url: .* no address of PostgreSQL"):
        load_settings(database_url=address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "postgresql://",
        "postgres://me:p[#!$?x@one:1,two:2/x?sslmode=require",
        "postgresql://[::1]:5432/x",
        "postgresql://%2Ftmp/x?options=-c%20a%3Db&user=me@host",
        "host = one  dbname='a b' password='x\\'y'",
    ],
)
def test_an_address_that_libpq_reads_is_taken(address):
    assert load_settings(database_url=address).database_url == address


@pytest.mark.parametrize(
    "evil", ["a=", "a=a", "a='", "a=a ", "\\", "postgresql://a:1,", "postgresql://h/d?a=a&"]
)
def test_an_endless_address_is_read_in_no_time(evil):
    began = time.monotonic()
    with pytest.raises(ValueError):
        readable_address(evil + evil[-4:] * 30_000 + " \n!")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("value", [[SECRET], {"password": SECRET}, 7])
def test_settings_show_no_address(value, monkeypatch):
    settings = load_settings(database_url=ADDRESS)
    assert settings.database_url == ADDRESS
    assert SECRET not in f"{settings} {settings!r} {settings.model_dump()}"
    with pytest.raises(HeadraceError, match="setting database_url: ") as raised:
        load_settings(database_url=value)
    assert SECRET not in everything(raised.value)


@pytest.mark.parametrize(
    "line",
    [
        f'database_url = "{ADDRESS}',
        f"database_url = {SECRET}",
        f'database_url = ["{SECRET}"]',
        f'api_key = "{SECRET}"',
        f'database_url = "a" {SECRET}',
        f'[database]\npassword = "{SECRET}"',
    ],
)
def test_a_settings_file_that_is_wrong_where_the_secret_stands_does_not_show_it(
    tmp_path, monkeypatch, line
):
    (tmp_path / "headrace.toml").write_text(line)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HeadraceError) as raised:
        load_settings()
    assert SECRET not in everything(raised.value)


def test_what_others_say_loses_secrets_of_the_environment(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", SECRET)
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "Authorization: Bearer other-secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:proxy-word@proxy:3128")
    monkeypatch.setenv("MY_API_KEY", "short")
    said = f"no {SECRET}, other-secret or proxy-word, at http://a:b@host; a short way"
    hidden = "no ***, *** or ***, at http://***@host; a short way"
    assert without_secrets(said) == hidden
