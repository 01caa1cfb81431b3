"""The Hamilton UI's HTTP interface, as far as we use it."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

#: The project that runs are sent to, and the user it belongs to: the UI shows a user only their own projects.
PROJECT = USER = "headrace"

#: Seconds for one answer. It waits for nothing but its own SQLite, whose own patience is 5 s.
TIMEOUT_S = 3.0


class HamiltonUI:
    """The UI on 127.0.0.1:`port`, asked directly, whatever proxies the environment names. May be used from several threads.

    Every method raises OSError (ConnectionRefusedError, TimeoutError, ...) when there is no usable answer within TIMEOUT_S.
    """

    def __init__(self, port: int):
        self.port = port
        self.address = f"http://127.0.0.1:{port}"

    def healthy(self) -> bool:
        """Whether a Hamilton UI answers here: not nothing, and not some other server."""
        try:
            return self.call("GET", "health") is True
        except OSError:
            return False

    def project_id(self) -> int | None:
        """The id of our project, None if there is none yet."""
        return next(
            (
                project["id"]
                for project in self.call("GET", "projects?limit=10000")
                if project["name"] == PROJECT
            ),
            None,
        )

    def make_project(self) -> int:
        visibility = {
            "user_ids_visible": [],
            "user_ids_writable": [USER],
            "team_ids_visible": [],
            "team_ids_writable": [],
        }
        described = {
            "name": PROJECT,
            "description": "Questions sent with --track",
            "tags": {},
            "attributes": [],
            "visibility": visibility,
        }
        return self.call("POST", "projects", described)["id"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What the UI answers to a request below /api/v1, read from JSON (None when it is empty); `body` is sent as JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        headers = {"x-api-user": USER, "Content-Type": "application/json"}
        try:
            connection.request(
                method,
                f"/api/v1/{path}",
                None if body is None else json.dumps(body, default=str),
                headers,
            )
            response = connection.getresponse()
            answer = response.read()
        except HTTPException as error:
            raise OSError(f"no HTTP answer: {error!r}") from None
        finally:
            connection.close()
        if response.status != 200:
            reason = answer.decode(errors="replace") if answer.startswith(b"{") else response.reason
            raise OSError(f"HTTP {response.status} to {method} /api/v1/{path}: {reason[:300]}")
        try:
            return json.loads(answer or b"null")
        except ValueError:
            raise OSError(f"no JSON to {method} /api/v1/{path}: {answer[:100]!r}") from None
