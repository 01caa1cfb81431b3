"""What the container's files say fits the project; no container is built here."""

import json
import re

import yaml

from headrace.commands import load_command, parsers
from support.places import ROOT

FOLDER = ROOT / "dataflows" / "headrace" / "service"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    """What follows an instruction of the Dockerfile, each time it is given."""
    joined = DOCKERFILE.replace("\\\n", "")
    return re.findall(rf"^{name} (.+)$", joined, re.MULTILINE)


def parsed(arguments: list[str]) -> dict:
    """What a command line means to run.py."""
    command = load_command(arguments[0])
    parser = parsers.command_parser(arguments[0], command.__doc__)
    command.add_arguments(parser)
    return vars(parsers.parsed(parser, arguments[1:]))


def test_the_image_serves_as_a_user_without_rights():
    assert instructions("USER") == ["10001"]
    assert json.loads(instructions("ENTRYPOINT")[-1]) == ["headrace"]
    served = parsed(json.loads(instructions("CMD")[-1]))
    assert served["host"] == "0.0.0.0" and str(served["port"]) == instructions("EXPOSE")[0]
    probe = instructions("HEALTHCHECK")[0]
    assert f":{served['port']}/ready" in probe


def test_what_the_image_copies_is_there_and_is_all_that_the_wheel_needs():
    copied = [word for line in instructions("COPY") for word in line.split()[:-1]]
    copied = [word for word in copied if not word.startswith(("--from", "/"))]
    assert all((ROOT / word).exists() for word in copied)
    assert {"pyproject.toml", "README.md", "LICENSE", "dataflows", "sql"} <= set(copied)


def test_the_composition_brings_a_database_that_will_do():
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    assert services["database"]["image"].startswith("pgvector/pgvector:0.8.5-")
    ours = services["headrace"]
    assert (FOLDER / ours["build"]["context"]).resolve() == ROOT
    assert (ROOT / ours["build"]["dockerfile"]) == FOLDER / "Dockerfile"
    assert ours["ports"] == ["127.0.0.1:8080:8080"]
    address = ours["environment"]["DATABASE_URL"]
    assert "@database/" in address and "${POSTGRES_PASSWORD}" in address
    stop_s = parsed(["serve"])["stop_after"]
    assert int(ours["stop_grace_period"].removesuffix("s")) > stop_s


def test_the_commands_in_the_comments_are_ours():
    lines = DOCKERFILE + (FOLDER / "compose.yaml").read_text()
    commands = re.findall(r"headrace (token create .+)$", lines, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert parsed(command.split())["tenant"] == "acme"
