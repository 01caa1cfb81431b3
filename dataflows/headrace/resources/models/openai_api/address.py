"""The address and the key of a service with OpenAI's API, and a client for them."""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from headrace.resources.models.connections import sdk
from headrace.resources.redaction import without_secrets

LIBRARY = "openai"
_OPENAI = "https://api.openai.com/v1"
#: The message where the SDK is needed and not installed.
MISSING = "the package openai is not installed: pip install 'headrace[openai]'"


@dataclass(frozen=True)
class ServiceAddress:
    """Where a service is, and the key for it.

    Attributes:
        url: as far as "/v1"; None for OPENAI_BASE_URL, and without that for OpenAI.
        key: None for OPENAI_API_KEY, which is sent to OpenAI and to OPENAI_BASE_URL,
            and nowhere else.
    """

    url: str | None = None
    key: SecretStr | None = None

    @property
    def in_use(self) -> str:
        """The address of this moment."""
        return self.url or os.environ.get("OPENAI_BASE_URL") or _OPENAI

    @property
    def shown(self) -> str:
        """The same without a login."""
        return without_secrets(self.in_use)

    @property
    def is_openai(self) -> bool:
        """Whether OpenAI itself is asked, which has rules of its own."""
        host = urlsplit(self.in_use).hostname or ""
        return host == "openai.com" or host.endswith(".openai.com")

    @property
    def lacks_key(self) -> bool:
        """Whether nothing would be answered for want of a key."""
        return self.is_openai and not self._key

    @property
    def _key(self) -> str:
        if self.key is not None:
            return self.key.get_secret_value()
        base_url = os.environ.get("OPENAI_BASE_URL")
        if self.is_openai or (base_url and self.in_use == base_url):
            return os.environ.get("OPENAI_API_KEY", "")
        return ""

    def without_key(self, text: str) -> str:
        """A text without the key, which the service may have repeated in it."""
        secret = self.key.get_secret_value() if self.key else ""
        return text.replace(secret, "***") if secret else text

    def client(self, **options: Any) -> Any:
        """A client of the SDK, which insists on a key where there is none."""
        library, _, _ = sdk(LIBRARY)
        return library.AsyncOpenAI(base_url=self.in_use, api_key=self._key or "none", **options)
