"""Texts without secrets: what others say may repeat a key, or an address with one."""

import os
import re

#: Variables of the environment that hold secrets, by their names.
_SECRET_NAME = re.compile(r"KEY|TOKEN|PASSW|SECRET|CREDENTIAL|_AUTH|CUSTOM_HEADERS", re.IGNORECASE)
#: A shorter value may be part of any word.
_LEAST_CHARACTERS = 6
#: The login in an address: "https://user:password@host".
_LOGIN = re.compile(r"(?<=://)[^\s/@]+(?=@)")
_HIDDEN = "***"


def without_secrets(text: str) -> str:
    """A text without logins in addresses and without secrets of the environment.

    Example: "no route to http://me:word@proxy" -> "no route to http://***@proxy".
    """
    for secret in _secrets():
        text = text.replace(secret, _HIDDEN)
    return _LOGIN.sub(_HIDDEN, text)


def _secrets() -> list[str]:
    """The secrets in the environment, the longest first: one may hold another."""
    found = set()
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name):
            # Headers come as "name: value" lines, and may come as "Bearer value".
            found |= {value, *value.split()}
        for login in _LOGIN.findall(value):
            found |= {login, login.partition(":")[2]}
    return sorted((one for one in found if len(one) >= _LEAST_CHARACTERS), key=len, reverse=True)
