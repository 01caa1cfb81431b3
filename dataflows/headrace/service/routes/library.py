"""What there is to filter by, and what readers think of answers."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from headrace.metadata.facets import facets
from headrace.service import bodies
from headrace.service.access import Admin, Reader
from headrace.service.plain import plain
from headrace.service.state import service_of

router = APIRouter(prefix="/v1", tags=["library"])

_MOST = 1000


@router.get("/facets", response_model=bodies.FacetsBody)
async def list_facets(
    request: Request,
    holder: Reader,
    field: Annotated[str | None, Query(description="show the values of this field")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> Response:
    """The fields that the documents have, or the values of one, to filter by."""
    service = service_of(request)

    def work() -> list[dict[str, Any]]:
        return plain(facets(service.rag.database.for_questions(holder.tenant), field, limit))

    return JSONResponse({"facets": await service.work.run(request, holder, work)})


@router.post("/feedback", status_code=204)
async def give_feedback(request: Request, holder: Reader, given: bodies.Feedback) -> Response:
    """Stores what a reader thinks of an answer."""
    service = service_of(request)

    def work() -> None:
        database = service.rag.database.for_tenant(holder.tenant)
        database.query("store_feedback", given.model_dump())

    await service.work.run(request, holder, work)
    return Response(status_code=204)


@router.get("/feedback", response_model=bodies.FeedbackBody)
async def list_feedback(
    request: Request, holder: Admin, limit: Annotated[int, Query(ge=1, le=_MOST)] = 100
) -> Response:
    """What readers thought of answers, the newest first."""
    service = service_of(request)
    names = ("question", "answer", "is_helpful", "comment", "created_at")

    def work() -> list[dict[str, Any]]:
        database = service.rag.database.for_questions(holder.tenant)
        rows = database.query("stored_feedback", {"count_limit": limit})
        return [plain(dict(zip(names, row, strict=True))) for row in rows]

    return JSONResponse({"feedback": await service.work.run(request, holder, work)})
