"""MCP by the SDK's own client, over both transports."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from headrace.commands.demo import QUESTIONS
from headrace.ingest.installed_packages import installed_packages
from support.places import ROOT
from support.services import QUESTION, token

#: Of the demo's 75 packages, those that its questions are about, and two more.
PACKAGES = ("RapidFuzz", "openpyxl", "psycopg", "tiktoken", "rich")
TOOLS = {"ask", "search", "read_document", "list_documents", "facets"}


@asynccontextmanager
async def over_http(address: str, bearer: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {bearer}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as sending,
        Client(streamable_http_client(f"{address}/mcp", http_client=sending)) as client,
    ):
        yield client


@asynccontextmanager
async def over_stdio(data_dir, tenant: str) -> AsyncIterator[Client]:
    environment = {**os.environ, "HEADRACE_DATA_DIR": str(data_dir), "HEADRACE_RERANKING": "off"}
    command = [str(ROOT / "run.py"), "mcp", "--tenant", tenant]
    started = StdioServerParameters(command=sys.executable, args=command, env=environment)
    async with Client(stdio_client(started)) as client:
        yield client


async def every_tool(client: Client) -> None:
    """Uses each tool, and reads a resource that a result links to."""
    tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS
    assert all(tool.description and tool.output_schema for tool in tools)
    for question, said in (
        (QUESTION, "two years"),
        ("How many days do I have to return an item?", "30 days"),
        ("What are results merged by?", "reciprocal rank fusion"),
    ):
        answered = await client.call_tool("ask", {"question": question})
        assert not answered.is_error and said in answered.content[0].text
        cited = answered.structured_content["citations"][0]
        link = next(block for block in answered.content if block.type == "resource_link")
        assert link.name == cited["document_id"] and link.description == cited["quote"]
        text = (await client.read_resource(link.uri)).contents[0].text
        assert text[cited["start"] : cited["end"]] == cited["quote"]
    span = {"document_id": "warranty", "start": cited["start"], "end": cited["end"]}
    read = await client.call_tool("read_document", {**span, "around": 0})
    assert read.structured_content["length"] > len(read.structured_content["text"]) > 0
    found = await client.call_tool("search", {"question": QUESTION, "limit": 2})
    passages = found.structured_content["passages"]
    assert passages[0]["document_id"] == "warranty" and len(passages) == 2
    listed = await client.call_tool("list_documents", {"limit": 2})
    assert [one["document_id"] for one in listed.structured_content["documents"]] == [
        "ranking",
        "refunds",
    ]
    facets = await client.call_tool("facets", {"field": "license"})
    assert facets.structured_content["facets"][0]["value"] == "MIT"
    wrong = await client.call_tool("ask", {"question": QUESTION, "filters": {"autor": "Ada"}})
    assert wrong.is_error and "autor" in wrong.content[0].text
    with pytest.raises(MCPError):
        await client.read_resource("headrace://documents/none")


def test_every_tool_over_http(rag, shop, address):
    async def use() -> None:
        async with over_http(address, token(rag, shop)) as client:
            await every_tool(client)

    anyio.run(use)


def test_every_tool_over_stdio(rag, shop, data_dir):
    async def use() -> None:
        async with over_stdio(data_dir, shop) as client:
            await every_tool(client)

    anyio.run(use)


def test_the_demos_questions_over_http(rag, tenant, address):
    """Without a language model on either side."""
    rag.ingest([one for one in installed_packages() if one.title.split()[0] in PACKAGES], tenant)

    async def use() -> list[dict[str, Any]]:
        async with over_http(address, token(rag, tenant)) as client:
            asked = [await client.call_tool("ask", {"question": one.text}) for one in QUESTIONS]
            return [one.structured_content or {} for one in asked]

    answers = anyio.run(use)
    assert [one["answered"] for one in answers] == [one.is_answerable for one in QUESTIONS]
    cited = [{part["document_id"] for part in one["citations"]} for one in answers]
    assert cited[0] >= {"package:psycopg", "package:RapidFuzz"}
    assert "package:openpyxl" in cited[1] and answers[2]["reason"]


def test_a_token_of_another_tenant_finds_nothing_of_ours(rag, tenant, address):
    async def use() -> None:
        async with over_http(address, token(rag, tenant)) as client:
            asked = await client.call_tool("ask", {"question": QUESTION})
            assert not asked.structured_content["answered"]
            assert asked.content[0].text.startswith("The documents do not answer this. Reason: ")
            read = await client.call_tool("read_document", {"document_id": "warranty"})
            assert read.is_error
            with pytest.raises(MCPError):
                await client.read_resource("headrace://documents/warranty")

    anyio.run(use)


def test_without_a_token_mcp_answers_nothing(address):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    for headers in ({}, {"Authorization": "Bearer x"}):
        response = httpx2.post(f"{address}/mcp", json=call, headers=headers)
        assert response.status_code == 401
        assert response.headers["content-type"] == "application/problem+json"
