import argparse
from pathlib import Path

import pytest

from headrace import SettingsError, load_settings
from headrace.commands import arguments


def parsed(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    arguments.add_tenant(parser)
    arguments.add_settings(parser)
    return parser.parse_args(given)


def test_what_is_set_goes_before_a_commands_own_defaults():
    args = parsed("--set", "rrf_k=20,keyword=ts_rank", "--set", "rrf_k=30")
    settings = arguments.settings_of(args, rrf_k=10, candidate_count=50)
    assert (settings.rrf_k, settings.keyword, settings.candidate_count) == (30, "ts_rank", 50)


def test_a_file_of_settings_has_one_a_line_with_or_without_the_prefix(tmp_path):
    path = tmp_path / "tuned.env"
    path.write_text('# tuned\nHEADRACE_RRF_K=20\nfusion=rrf\n\nprices={"m": [1, 2]}\n')
    settings = arguments.settings_of(parsed("--set", f"@{path}"))
    assert (settings.rrf_k, settings.fusion, settings.prices) == (20, "rrf", {"m": (1.0, 2.0)})


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("rrf_k", "'rrf_k' is not of the form NAME=VALUE"),
        ("prices=cheap", "setting prices = 'cheap': it takes JSON"),
        ("@nowhere.env", "reading the settings nowhere.env failed"),
    ],
)
def test_a_setting_that_cannot_be_read_is_explained(given, complaint):
    with pytest.raises(SettingsError, match=complaint):
        arguments.settings_of(parsed("--set", given))


def test_the_tenant_is_that_of_the_settings_unless_one_is_named():
    settings = load_settings(tenant="acme")
    assert arguments.tenant_of(parsed(), settings) == "acme"
    assert arguments.tenant_of(parsed("--tenant", "other"), settings) == "other"


def test_without_a_tenant_it_is_said_how_to_name_one():
    with pytest.raises(SettingsError, match="give --tenant T, or set HEADRACE_TENANT"):
        arguments.tenant_of(parsed(), load_settings())


def test_a_module_that_is_not_there_is_named():
    with pytest.raises(SettingsError, match=r"nowhere\.py"):
        arguments.modules_of([Path("nowhere.py")])
