"""The Hamilton UI's server, kept to this machine: what `run.py ui` starts as a process of its own.

    python -m headrace.resources.hamilton_ui.ui_server PORT FOLDER

`hamilton ui` listens on all of the machine's addresses, and its page loads Google Analytics, PostHog, feedback.fish and Google
Fonts. Here the same Django application, with the same settings, listens on 127.0.0.1 alone, and its page fetches nothing from
elsewhere. It still is Django's development server and asks for no password.
"""

import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from signal import SIGTERM

from headrace.resources.hamilton_ui.ui_client import USER

#: What a page from here may load: only what comes from here, or is in the page itself.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
)
#: The UI asks for a user name, and shows that user's projects: ours are one user's.
_HEAD = (
    (
        f"<head><script>localStorage.setItem('hamilton-username', '{USER}'); localStorage.setItem('authed', 'true')</script>"
        "<style>html { font-family: system-ui, sans-serif !important }</style>"  # it wants Google's Inter
    ).encode()
)
_FROM_ELSEWHERE = re.compile(rb'<(script|link)\b[^>]*"https://[^>]*>(</script>)?')


class OwnMachine:
    """Django middleware: the page without what it loads from elsewhere, its user signed in."""

    def __init__(self, get_response: Callable):
        self._get_response = get_response

    def __call__(self, request):
        from django.http import HttpResponse

        response = self._get_response(request)
        if response.streaming and response["Content-Type"].startswith("text/html"):
            response = HttpResponse(_own_page(b"".join(response.streaming_content)))
        response["Content-Security-Policy"] = _POLICY
        return response


def main(port: str, folder: str) -> None:
    """Brings the UI's database under `folder` up to date and serves on 127.0.0.1:`port`, for as long as the parent process lives."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import hamilton_ui

    sys.path.insert(0, hamilton_ui.__path__[0])
    (Path(folder) / "blobs").mkdir(parents=True, exist_ok=True)
    os.environ |= {"HAMILTON_BASE_DIR": folder, "DJANGO_SETTINGS_MODULE": "server.settings_mini"}
    os.environ.setdefault("DJANGO_LOG_LEVEL", "WARNING")  # its log would grow with every request
    from django.core.management import execute_from_command_line
    from server import settings_mini

    settings_mini.DEBUG = False  # or an error's page would show settings and the environment
    settings_mini.MIDDLEWARE.insert(0, f"{__name__}.OwnMachine")
    execute_from_command_line(["manage.py", "migrate", "--verbosity=0"])
    # --insecure: serve its own static files without DEBUG; --noreload: one process, not two
    execute_from_command_line(
        ["manage.py", "runserver", "--noreload", "--insecure", f"127.0.0.1:{port}"]
    )


def _own_page(page: bytes) -> bytes:
    return _FROM_ELSEWHERE.sub(b"", page).replace(b"<head>", _HEAD, 1)


def _end_with_parent() -> None:
    """The parent holds the other end of our standard input; it closes when the parent ends, however it ends."""
    os.read(
        sys.stdin.fileno(), 1
    )  # not sys.stdin.read(), whose lock would make a failing start end in a crash
    os.kill(os.getpid(), SIGTERM)


if __name__ == "__main__":
    main(*sys.argv[1:])
