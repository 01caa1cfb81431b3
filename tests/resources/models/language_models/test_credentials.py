"""Whether there are credentials, compared with the SDK's own search."""

import pytest

from headrace.resources.models.credentials import credentials_present
from support.language_model_parts import write_profile

FEDERATION = {"ANTHROPIC_FEDERATION_RULE_ID": "r", "ANTHROPIC_ORGANIZATION_ID": "o"}


@pytest.mark.parametrize(
    ("variables", "present"),
    [
        ({}, False),
        ({"ANTHROPIC_API_KEY": "k"}, True),
        ({"ANTHROPIC_API_KEY": ""}, False),
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, True),
        ({**FEDERATION, "ANTHROPIC_IDENTITY_TOKEN": "t"}, True),
        ({**FEDERATION, "ANTHROPIC_IDENTITY_TOKEN_FILE": "/f"}, True),
        (FEDERATION, False),
        ({"ANTHROPIC_CUSTOM_HEADERS": "X-Team: a\nX-Api-Key: k"}, True),
        ({"ANTHROPIC_CUSTOM_HEADERS": "X-Team: a\nAuthorization:"}, False),
        ({"ANTHROPIC_PROFILE": "missing"}, False),
    ],
)
def test_credentials_are_present_exactly_when_the_sdk_finds_some_in_the_environment(
    environment, variables, present
):
    for name, value in variables.items():
        environment.setenv(name, value)
    assert (credentials_present(), sdk_finds_credentials()) == (present, present)


@pytest.mark.parametrize(
    ("profile", "variables", "pointer", "present"),
    [
        ("default", {}, None, True),
        ("work", {}, None, False),
        ("work", {"ANTHROPIC_PROFILE": "work"}, None, True),
        ("work", {}, "work\n", True),
        ("default", {}, "work", False),
    ],
)
def test_credentials_are_present_exactly_when_the_sdk_finds_a_profile(
    environment, tmp_path, profile, variables, pointer, present
):
    folder = write_profile(tmp_path, profile)
    if pointer:
        (folder / "active_config").write_text(pointer)
    for name, value in variables.items():
        environment.setenv(name, value)
    assert (credentials_present(), sdk_finds_credentials()) == (present, present)


def test_the_folder_of_profiles_can_be_moved(environment, tmp_path):
    folder = write_profile(tmp_path / "elsewhere", "default")
    environment.setenv("ANTHROPIC_CONFIG_DIR", str(folder))
    assert credentials_present() and sdk_finds_credentials()


def sdk_finds_credentials():
    """Whether the SDK itself would send a request.

    It refuses with TypeError, or with CredentialsError for a bad profile.
    """
    import anthropic

    try:
        with anthropic.Anthropic() as client:
            request = anthropic._models.FinalRequestOptions(method="post", url="/v1/messages")
            client._build_headers(request)
    except (TypeError, anthropic.CredentialsError):
        return False
    return True
