"""The Hamilton UI's HTTP interface, as far as it is used here."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any, Literal

#: The project that runs are sent to.
PROJECT = "headrace"
#: The user it belongs to: the UI shows a user only their own projects.
USER = "headrace"

#: Seconds for one answer. The UI waits for nothing but its own SQLite, and that for at
#: most 5 s.
TIMEOUT_S = 3.0


class HamiltonUI:
    """The UI on 127.0.0.1:`port`. Several threads may use it at once.

    It is asked directly, whatever proxies the environment names.

    Every method but `healthy` raises OSError (ConnectionRefusedError, TimeoutError,
    ...) when there is no usable answer within TIMEOUT_S.
    """

    def __init__(self, port: int):
        self.port = port
        self.address = f"http://127.0.0.1:{port}"

    def healthy(self) -> bool:
        """Whether a Hamilton UI answers here, rather than nothing or another server."""
        try:
            return self.call("GET", "health") is True
        except OSError:
            return False

    def project_id(self) -> int | None:
        """The id of our project; None if there is none yet."""
        for project in self.call("GET", "projects?limit=10000"):
            if project["name"] == PROJECT:
                return project["id"]
        return None

    def make_project(self) -> int:
        """Make our project; returns its id."""
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

    def call(self, method: Literal["GET", "POST", "PUT"], path: str, body: Any = None) -> Any:
        """What the UI answers to a request.

        Args:
            method: of HTTP.
            path: below /api/v1.
            body: sent as JSON; None: nothing is sent.
        Returns:
            The answer, read from JSON; None when it is empty.
        """
        connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        content = None if body is None else json.dumps(body, default=str)
        headers = {"x-api-user": USER, "Content-Type": "application/json"}
        try:
            connection.request(method, f"/api/v1/{path}", content, headers)
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
