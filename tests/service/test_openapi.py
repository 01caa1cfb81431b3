"""The description of the routes: complete, with examples, and true."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from headrace import __version__
from headrace.service.app import create_app
from headrace.service.options import Options
from headrace.settings import load_settings

APP = create_app(load_settings(), Options())
SCHEMA = schemathesis.openapi.from_dict(APP.openapi())
#: Requests tried of each route. More find more: `pytest --hypothesis-seed=random`.
TRIED = 8


def test_every_route_is_described_with_what_it_may_answer():
    described = APP.openapi()
    assert described["info"]["version"] == __version__
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            assert one.get("description"), (method, path)
            if path.startswith("/v1/"):
                assert one["security"] and {"401", "403", "422", "429"} <= set(one["responses"])
    question = described["components"]["schemas"]["Question"]
    assert question["properties"]["question"]["examples"]


def test_nothing_of_the_description_comes_from_another_host(address):
    for path in ("/docs", "/redoc"):
        assert httpx.get(f"{address}{path}").status_code == 404


#: What is left out. Whether a route without a token refuses is tried in test_access.py;
#: an id or a filter of the right type may be one that does not exist; and the web
#: framework's Allow names the methods of one route, where two have the same address.
NOT_CHECKED = [
    getattr(schemathesis.checks, name)
    for name in ("ignored_auth", "positive_data_acceptance", "allow_header_conformance")
]


@pytest.fixture(scope="module")
def send(address, admin):
    """Sends what schemathesis made, as an admin."""

    def sent(case) -> None:
        headers = {"Authorization": admin.headers["Authorization"]}
        case.call_and_validate(base_url=address, headers=headers, excluded_checks=NOT_CHECKED)

    return sent


@SCHEMA.parametrize()
@settings(
    max_examples=TRIED,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_the_answer_is_one_that_is_described(case, send):
    send(case)
