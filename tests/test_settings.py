"""Settings: where they come from, and what is said of wrong ones."""

from itertools import chain
from pathlib import Path

import pytest

from headrace.errors import SettingsError
from headrace.settings import GROUPS, SETTINGS_FILE, Settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and a user's configuration folder in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda name: str(tmp_path / "user"))
    return tmp_path


def written(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / SETTINGS_FILE).write_text(text)


# --------------------------------------------------------------- where they come from


def test_settings_come_from_the_environment_and_choices_go_before_it(monkeypatch):
    monkeypatch.setenv("HEADRACE_TOKEN_BUDGET", "700")
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@y/z")
    assert load_settings().token_budget == 700
    assert load_settings(token_budget=900).token_budget == 900
    assert load_settings().database_url == "postgresql://x@y/z"


def test_a_file_in_the_current_folder_goes_before_the_users_and_after_the_environment(
    folder, monkeypatch
):
    written(folder / "user", "token_budget = 500\nanswer_passages = 5\nrrf_k = 5\n")
    written(folder, "token_budget = 600\nanswer_passages = 6\n")
    monkeypatch.setenv("HEADRACE_TOKEN_BUDGET", "700")
    settings = load_settings()
    assert (settings.token_budget, settings.answer_passages, settings.rrf_k) == (700, 6, 5)


@pytest.mark.parametrize("text", ["1 -2 3 -4 5 6", "1,-2,3,-4,5,6", "[1, -2, 3, -4, 5, 6]"])
def test_the_weights_of_the_answerability_are_one_setting_of_six_numbers(monkeypatch, text):
    monkeypatch.setenv("HEADRACE_ANSWERABILITY_WEIGHTS", text)
    assert load_settings().answerability_weights == (1.0, -2.0, 3.0, -4.0, 5.0, 6.0)
    assert load_settings().node_parameters()["answerability_weights"] == (
        1.0,
        -2.0,
        3.0,
        -4.0,
        5.0,
        6.0,
    )
    assert load_settings(answerability_weights=(0, 0, 0, 0, 0, 1)).answerability_weights[5] == 1.0


def test_every_setting_is_in_one_group_of_the_documentation():
    grouped = list(chain.from_iterable(GROUPS.values()))
    assert sorted(grouped) == sorted(Settings.model_fields)


# --------------------------------------------------------------- wrong ones


def complaint(**choices: object) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(**choices)
    return str(caught.value)


def test_a_wrong_setting_is_named_with_what_it_takes(monkeypatch):
    monkeypatch.setenv("HEADRACE_KEYWORD", "tfidf")
    monkeypatch.setenv("HEADRACE_TOKEN_BUDGET", "lots")
    message = complaint()
    assert "HEADRACE_KEYWORD = 'tfidf'" in message
    assert "'bm25' or 'ts_rank'" in message
    assert "HEADRACE_TOKEN_BUDGET = 'lots'" in message


def test_a_wrong_setting_is_named_where_it_was_set(folder):
    assert complaint(token_budget="lots").startswith("setting token_budget = 'lots': ")
    written(folder, "token_budget = 'lots'\n")
    assert complaint().startswith("headrace.toml: setting token_budget = 'lots': ")


def test_an_unknown_setting_says_what_it_may_mean(folder):
    meant = "unknown setting token_bugdet, did you mean token_budget"
    assert meant in complaint(token_bugdet=3)
    written(folder, "token_bugdet = 3\n")
    assert complaint().startswith(f"headrace.toml: {meant}")


def test_an_unknown_setting_that_is_like_none_lists_all():
    message = complaint(zzzz=3)
    assert message.startswith("unknown setting zzzz; there are: admin_url, ")
    assert "token_budget" in message


def test_a_variable_that_is_nearly_a_setting_is_an_error_and_others_are_let_be(monkeypatch):
    monkeypatch.setenv("HEADRACE_SERVICE_PORT", "tcp://10.0.0.1:8080")
    load_settings()
    monkeypatch.setenv("HEADRACE_TOKEN_BUGDET", "3")
    assert complaint() == "HEADRACE_TOKEN_BUGDET is no setting, did you mean HEADRACE_TOKEN_BUDGET?"


def test_a_variable_that_should_be_json_is_named(monkeypatch):
    monkeypatch.setenv("HEADRACE_PRICES", "x")
    assert complaint().startswith("setting HEADRACE_PRICES: it takes JSON: Expecting value")


def test_a_file_that_is_no_toml_says_so(folder):
    written(folder, "token_budget: 3\n")
    assert complaint().startswith("reading headrace.toml failed: ")


@pytest.mark.parametrize("setting", ["database_url", "admin_url", "read_url"])
def test_addresses_are_in_no_repr_and_no_dump(setting):
    settings = load_settings(**{setting: "postgresql://me:s3cret@host/database"})
    assert "s3cret" not in repr(settings) and "s3cret" not in str(settings.model_dump())
    message = complaint(**{setting: "postgresql://me:s3c%zz@h/d"})
    assert f"setting {setting}: " in message and "s3c" not in message


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8000/v1",
        "ftp://host/v1",
        "http:///v1",
        "http://me:my word@host/v1",
        "http://[x/v1",
    ],
)
def test_an_address_of_a_service_that_cannot_be_one_is_refused_and_not_repeated(address):
    message = complaint(language_model_url=address)
    assert "language_model_url: Value error, it is no address of a service" in message
    assert address not in message and "word" not in message


def test_an_address_of_a_service_ends_without_a_slash(monkeypatch):
    monkeypatch.setenv("HEADRACE_EMBEDDINGS_URL", "http://127.0.0.1:8000/v1/")
    assert load_settings().embeddings_url == "http://127.0.0.1:8000/v1"


def test_keys_are_not_shown(monkeypatch):
    monkeypatch.setenv("HEADRACE_EMBEDDINGS_KEY", "a-secret-key")
    settings = load_settings(language_model_key="another-secret")
    assert "secret" not in f"{settings!r} {settings} {settings.model_dump()}"
    assert settings.embeddings_key is not None
    assert settings.embeddings_key.get_secret_value() == "a-secret-key"
