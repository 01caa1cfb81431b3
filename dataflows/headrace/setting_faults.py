"""What is said of a wrong setting: which one, where it was set, what it takes."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from headrace.errors import did_you_mean

PREFIX = "HEADRACE_"
SETTINGS_FILE = "headrace.toml"

#: What pydantic-settings says of a variable that should hold JSON.
_NO_JSON = re.compile(r'error parsing value for field "(\w+)" from source "EnvSettingsSource"')
#: How much alike names are of which one is taken for the other, mistyped. Variables of
#: others may begin with HEADRACE_, too: Kubernetes makes some for a service "headrace".
_ALIKE = 0.85


def complaint(item: Mapping[str, Any], choices: Mapping[str, Any], fields: Mapping) -> str:
    """One line about one error of pydantic.

    Args:
        choices: what the caller chose, by setting.
        fields: the settings that there are, as pydantic describes them.
    """
    name = ".".join(str(part) for part in item["loc"])
    setting = name.lower().removeprefix(PREFIX.lower())
    if item["type"] == "extra_forbidden":
        return f"{SETTINGS_FILE}: unknown setting {setting}{did_you_mean(setting, fields)}"
    field = fields.get(setting)
    shown = f" = {item['input']!a:.200}" if field is None or field.repr else ""
    return f"{_place(setting, choices)}{shown}: {item['msg']}"


def unreadable(error: ValueError) -> str:
    """What is said when a source of settings cannot be read at all."""
    if field := _NO_JSON.search(str(error)):
        return f"setting {variable_of(field[1])}: it takes JSON: {error.__cause__}"
    return f"reading {SETTINGS_FILE} failed: {error}"


def mistyped_variable(settings: Iterable[str]) -> str:
    """What is said of a variable that is nearly one of ours; "" for none."""
    known = [variable_of(setting) for setting in settings]
    for variable in sorted(os.environ):
        if variable.startswith(PREFIX) and variable not in (*known, f"{PREFIX}DATABASE_URL"):
            near = difflib.get_close_matches(variable, known, n=1, cutoff=_ALIKE)
            if near:
                return f"{variable} is no setting, did you mean {near[0]}?"
    return ""


def variable_of(setting: str) -> str:
    """The environment variable of a setting."""
    return "DATABASE_URL" if setting == "database_url" else f"{PREFIX}{setting.upper()}"


def _place(setting: str, choices: Mapping[str, Any]) -> str:
    """A setting as it is written where it was set."""
    if setting in choices:
        return f"setting {setting}"
    if variable_of(setting) in os.environ:
        return f"setting {variable_of(setting)}"
    return f"{SETTINGS_FILE}: setting {setting}"
