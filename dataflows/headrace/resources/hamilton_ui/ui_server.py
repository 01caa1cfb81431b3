"""The Hamilton UI's server, kept to this machine: the process that `run.py ui` starts.

    python -m headrace.resources.hamilton_ui.ui_server PORT FOLDER

`hamilton ui` listens on all of the machine's addresses, and its page loads Google
Analytics, PostHog, feedback.fish and Google Fonts. Here the same Django application,
with the same settings, listens on 127.0.0.1 alone, and its page fetches nothing from
elsewhere. It still is Django's development server and asks for no password.
"""

import os
import re
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from signal import SIGTERM
from typing import Any

from headrace.resources.hamilton_ui.ui_client import USER

#: What the page may load: what is in the page itself or comes from this server.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
    )
)
#: Signs our user in: the UI asks for a user name, and shows that user's projects.
_SIGN_IN = (
    f"<script>localStorage.setItem('hamilton-username', '{USER}'); "
    "localStorage.setItem('authed', 'true')</script>"
)
#: The page asks for Google's font Inter.
_FONT = "<style>html { font-family: system-ui, sans-serif !important }</style>"
#: Values shown as HTML; the list of runs with their questions.
_TABLES = """<style>
.headrace { white-space: normal; max-width: 75rem }
.headrace p, .headrace ul, .headrace table { margin: 0.5rem 0 }
.headrace td, .headrace th { padding: 0.25rem 1rem 0.25rem 0; vertical-align: top }
.headrace tr { border-bottom: 1px solid #e5e7eb }
.headrace td { overflow-wrap: anywhere; min-width: 5rem }
.headrace td:first-child, .headrace th { white-space: nowrap }
td:has(> .headrace-run) { display: flex; align-items: center }
.headrace.hits td:nth-child(5) { min-width: 26rem }
.headrace-run { order: 1; min-width: 20rem; color: #111827 }
.headrace-run:hover { text-decoration: underline }
.headrace-run small { color: #6b7280 }
</style>"""
_QUESTIONS = f"<script>{Path(__file__).with_name('runs_page.js').read_text()}</script>"
_HEAD = f"<head>{_SIGN_IN}{_FONT}{_TABLES}{_QUESTIONS}".encode()
_FROM_ELSEWHERE = re.compile(rb'<(script|link)\b[^>]*"https://[^>]*>(</script>)?')


class OwnMachine:
    """Django middleware: signs our user in, removes what the page loads elsewhere."""

    def __init__(self, get_response: Callable[[Any], Any]):
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        from django.http import HttpResponse

        response = self._get_response(request)
        if response.streaming and response["Content-Type"].startswith("text/html"):
            response = HttpResponse(_own_page(b"".join(response.streaming_content)))
        response["Content-Security-Policy"] = _POLICY
        return response


def _own_page(page: bytes) -> bytes:
    return _FROM_ELSEWHERE.sub(b"", page).replace(b"<head>", _HEAD, 1)


def main(port: str, folder: str) -> None:
    """Bring the UI's database up to date, and serve until the parent process ends.

    Args:
        port: of 127.0.0.1.
        folder: holds the database; made when it does not exist.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import hamilton_ui

    sys.path.insert(0, hamilton_ui.__path__[0])
    (Path(folder) / "blobs").mkdir(parents=True, exist_ok=True)
    os.environ |= {"HAMILTON_BASE_DIR": folder, "DJANGO_SETTINGS_MODULE": "server.settings_mini"}
    os.environ.setdefault("DJANGO_LOG_LEVEL", "WARNING")  # its log would grow with every request
    from django.core.management import execute_from_command_line

    settings: Any = import_module("server.settings_mini")
    settings.DEBUG = False  # an error's page would show settings and the environment
    settings.MIDDLEWARE.insert(0, f"{__name__}.OwnMachine")
    execute_from_command_line(["manage.py", "migrate", "--verbosity=0"])
    # --insecure: serve its own static files without DEBUG; --noreload: one process, not
    # two
    execute_from_command_line(
        ["manage.py", "runserver", "--noreload", "--insecure", f"127.0.0.1:{port}"]
    )


def _end_with_parent() -> None:
    """End this process when its parent ends, in whatever way.

    The parent holds the other end of our standard input, which closes with it.
    """
    # Not sys.stdin.read(): its lock would make a start that fails end in a crash.
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), SIGTERM)


if __name__ == "__main__":
    main(*sys.argv[1:])
