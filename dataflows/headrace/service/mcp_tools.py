"""The tools and resources of the MCP server, over stdio and over HTTP alike.

A tool's result is structured, and each citation or document comes as a resource link
too, which `resources/read` and the tool `read_document` open.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, unquote

from mcp.server.mcpserver import Context, MCPServer, ResourceSecurity
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.types import CallToolResult, ContentBlock, ResourceLink, TextContent, ToolAnnotations
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from headrace import __version__
from headrace.errors import HeadraceError, QuestionError
from headrace.metadata.documents import listed
from headrace.metadata.facets import facets
from headrace.pipeline import Pipeline
from headrace.resources.postgres.tenants.tokens import Holder
from headrace.service.bodies import AnswerBody, FacetsBody, ListingBody
from headrace.service.plain import document_dict, plain, text_of
from headrace.service.problems import problem_of
from headrace.types import Answer, Citation

T = TypeVar("T")
#: What a tool does, given the pipeline and who asks.
Work = Callable[[Pipeline, Holder], T]
#: Runs a tool's work in a thread, for whoever a request comes from.
Run = Callable[[Context, Work[Any]], Awaitable[Any]]

_ADDRESS = "headrace://documents/"
_MOST_HITS = 50
_MOST_LISTED = 200
_MOST_CHARACTERS = 20_000
_AROUND = 500
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_INSTRUCTIONS = (
    "Answers from one tenant's documents. ask gives an answer whose citations were checked; "
    "search gives passages; read_document reads what stands around one of them; facets and "
    "list_documents say what there is."
)
Filters = Annotated[
    dict[str, Any] | None,
    Field(description="conditions on metadata, by field: a value, a list, or a range"),
]


class FoundPassage(BaseModel):
    """A chunk that was found; the text is characters start to end of the document."""

    document_id: str
    title: str
    headings: list[str]
    page: int | None
    start: int
    end: int
    score: float
    text: str


class FoundPassages(BaseModel):
    """What a search found, best first."""

    passages: list[FoundPassage]


class Excerpt(BaseModel):
    """Characters start to end of a document's text, of `length` in all."""

    document_id: str
    title: str
    source: str
    start: int
    end: int
    length: int
    text: str


def mcp_server(run: Run) -> MCPServer:
    """The server with its tools and resources; `run` runs their work."""
    server = MCPServer(
        "headrace", version=__version__, instructions=_INSTRUCTIONS, log_level="WARNING"
    )
    tools = Tools(run)
    for tool in (tools.ask, tools.search, tools.read_document, tools.list_documents, tools.facets):
        server.add_tool(tool, annotations=_READS)
    document = server.resource(
        _ADDRESS + "{+document_id}",
        name="document",
        mime_type="text/plain",
        # An id is looked up in the database, and is no path of a file.
        security=ResourceSecurity(exempt_params={"document_id"}),
    )
    document(tools.document)
    return server


class Tools:
    """What a client can call. The docstrings are what it is told of each tool."""

    def __init__(self, run: Run):
        self._run = run

    async def ask(
        self,
        context: Context,
        question: str,
        history: Annotated[
            list[str] | None, Field(description="earlier turns, oldest first")
        ] = None,
        filters: Filters = None,
    ) -> Annotated[CallToolResult, AnswerBody]:
        """Answer a question from the documents, with citations that were checked.

        Without an answer, `reason` says why, and `nearest` what comes nearest.
        """

        def work(rag: Pipeline, holder: Holder) -> Answer:
            return rag.ask(question, holder.tenant, history=history or [], **_chosen(filters))

        answer = await _done(self._run(context, work))
        links = [_citation_link(one) for one in answer.citations or answer.nearest]
        return _result(text_of(answer), answer.to_dict(), links)

    async def search(
        self,
        context: Context,
        question: str,
        limit: Annotated[int, Field(ge=1, le=_MOST_HITS)] = 10,
        filters: Filters = None,
    ) -> Annotated[CallToolResult, FoundPassages]:
        """Find the passages of the documents that fit a question best."""

        def work(rag: Pipeline, holder: Holder) -> list[Any]:
            given = {"question": question, "tenant": holder.tenant, **_chosen(filters)}
            return rag.run(["reranked_hits"], **given)["reranked_hits"][:limit]

        hits = await _done(self._run(context, work))
        passages = []
        for hit in hits:
            chunk = hit.chunk
            passage = FoundPassage(
                document_id=chunk.document_id,
                title=chunk.title,
                headings=list(chunk.headings),
                page=chunk.page,
                start=chunk.start,
                end=chunk.end,
                score=hit.score,
                text=chunk.text,
            )
            passages.append(passage)
        text = "\n\n".join(f"{one.document_id}: {one.text}" for one in passages)
        links = [_link(one.document_id, one.title) for one in _once(passages)]
        found = FoundPassages(passages=passages).model_dump()
        return _result(text or "nothing was found", found, links)

    async def read_document(
        self,
        context: Context,
        document_id: str,
        start: Annotated[int, Field(ge=0, description="first character, as a citation says")] = 0,
        end: Annotated[int | None, Field(description="the character after the last")] = None,
        around: Annotated[int, Field(ge=0, description="more on either side")] = _AROUND,
    ) -> Annotated[CallToolResult, Excerpt]:
        """Read a document, or a span of it with what stands around."""
        document = await _done(
            self._run(context, lambda rag, holder: _document(rag, holder, document_id))
        )
        text = document.text or ""
        first = max(0, start - around)
        last = len(text) if end is None else min(len(text), max(start, end) + around)
        last = min(last, first + _MOST_CHARACTERS)
        excerpt = Excerpt(
            document_id=document_id,
            title=document.title,
            source=document.source,
            start=first,
            end=max(first, last),
            length=len(text),
            text=text[first:last],
        )
        return _result(excerpt.text, excerpt.model_dump(), [_link(document_id, document.title)])

    async def list_documents(
        self,
        context: Context,
        source: Annotated[str, Field(description="how the source begins")] = "",
        after: Annotated[str, Field(description="the last id of the list before")] = "",
        limit: Annotated[int, Field(ge=1, le=_MOST_LISTED)] = 50,
        filters: Filters = None,
    ) -> Annotated[CallToolResult, ListingBody]:
        """List the documents by id, and say how many more there are."""

        def work(rag: Pipeline, holder: Holder) -> dict[str, Any]:
            database = rag.database.for_questions(holder.tenant)
            found = listed(database, filters, source=source, after=after, limit=limit)
            documents = [document_dict(one) for one in found.documents]
            return {"documents": documents, "more": found.more}

        found = await _done(self._run(context, work))
        links = [_link(one["document_id"], one["title"]) for one in found["documents"]]
        text = "\n".join(f"{one['document_id']}: {one['title']}" for one in found["documents"])
        return _result(f"{text}\n{found['more']} more".strip(), found, links)

    async def facets(
        self,
        context: Context,
        field: Annotated[str | None, Field(description="show the values of this field")] = None,
        limit: Annotated[int, Field(ge=1, le=1000)] = 100,
    ) -> Annotated[CallToolResult, FacetsBody]:
        """Show the fields of the documents, or the values of one, to filter by."""

        def work(rag: Pipeline, holder: Holder) -> list[dict[str, Any]]:
            return plain(facets(rag.database.for_questions(holder.tenant), field, limit))

        found = await _done(self._run(context, work))
        lines = [f"{one['value'] or one['field']}: {one['documents']}" for one in found]
        return _result("\n".join(lines), {"facets": found})

    async def document(self, context: Context, document_id: str) -> str:
        """The text of a stored document."""
        wanted = unquote(document_id)
        try:
            found = await self._run(context, lambda rag, holder: _document(rag, holder, wanted))
        except QuestionError as error:
            raise ResourceNotFoundError(str(error)) from error
        return found.text or ""


def _document(rag: Pipeline, holder: Holder, document_id: str) -> Any:
    return rag.document(document_id, holder.tenant)


def _chosen(filters: dict[str, Any] | None) -> dict[str, Any]:
    return {"filters": filters} if filters else {}


async def _done(work: Awaitable[T]) -> T:
    """What the work returns. An error becomes a ToolError, in the service's words."""
    try:
        return await work
    except (HeadraceError, HTTPException) as error:
        raise ToolError(problem_of(error)[0]["detail"]) from error


def _result(
    text: str, structured: dict[str, Any], links: Iterable[ResourceLink] = ()
) -> CallToolResult:
    content: list[ContentBlock] = [TextContent(type="text", text=text), *links]
    return CallToolResult(content=content, structured_content=structured)


def _once(passages: Iterable[FoundPassage]) -> Iterable[FoundPassage]:
    """The first passage of each document."""
    return {one.document_id: one for one in reversed(list(passages))}.values()


def _citation_link(citation: Citation) -> ResourceLink:
    place = f"[{citation.number}] {citation.name}"
    return _link(citation.document_id, place, citation.quote)


def _link(document_id: str, title: str, description: str | None = None) -> ResourceLink:
    return ResourceLink(
        name=document_id,
        title=title or None,
        uri=_ADDRESS + quote(document_id, safe="/"),
        description=description,
        mime_type="text/plain",
    )
