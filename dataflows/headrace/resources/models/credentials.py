"""Credentials, and by them the service of the language model.

The search for Anthropic's follows that of its SDK (anthropic 2.12,
`lib/credentials/_chain.py`), without importing it.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import Literal

from headrace.settings import Settings


def language_service(settings: Settings) -> Literal["anthropic", "openai"] | None:
    """Whose API the language model is asked by; None where nobody can be asked.

    It is what `generation` names. Where that leaves it open, it is Anthropic's where
    there are credentials for it, else OpenAI's where an address is set.
    """
    if settings.generation in ("anthropic", "openai"):
        return settings.generation
    if credentials_present():
        return "anthropic"
    return "openai" if settings.language_model_url else None


def credentials_present() -> bool:
    """Whether Anthropic's SDK would find credentials, in the environment or a profile.

    Says nothing about whether the service accepts them. For a profile that is named but
    does not exist, this returns False where the SDK raises.
    """
    given = os.environ.get
    federated = given("ANTHROPIC_FEDERATION_RULE_ID") and given("ANTHROPIC_ORGANIZATION_ID")
    identity = given("ANTHROPIC_IDENTITY_TOKEN") or given("ANTHROPIC_IDENTITY_TOKEN_FILE")
    return bool(
        given("ANTHROPIC_API_KEY")
        or given("ANTHROPIC_AUTH_TOKEN")
        or (federated and identity)
        or _credentials_in_headers(given("ANTHROPIC_CUSTOM_HEADERS", ""))
        or _profile_file().is_file()
    )


def _credentials_in_headers(lines: str) -> bool:
    """Whether custom headers, one `name: value` a line, carry credentials."""
    headers = {}
    for line in lines.split("\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return bool(headers.get("authorization") or headers.get("x-api-key"))


def _profile_file() -> Path:
    """The file of the profile that the SDK would use; it need not exist."""
    folder = Path(os.environ.get("ANTHROPIC_CONFIG_DIR") or _usual_folder())
    active = ""
    with contextlib.suppress(OSError):
        active = (folder / "active_config").read_text(encoding="utf-8", errors="replace").strip()
    return folder / "configs" / f"{os.environ.get('ANTHROPIC_PROFILE') or active or 'default'}.json"


def _usual_folder() -> str:
    if sys.platform == "win32":
        return os.path.expandvars(r"%APPDATA%\Anthropic")
    # Path.home() would raise for a container's user without a home.
    return os.path.expanduser("~/.config/anthropic")  # noqa: PTH111
