"""Whether the process is alive, whether it can answer, and what it counted."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from headrace.resources.postgres.tenants.tokens import any_tokens
from headrace.service import bodies, metrics
from headrace.service.access import Admin
from headrace.service.state import service_of

router = APIRouter(tags=["operation"])


@router.get("/health", response_model=bodies.Alive)
async def health() -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"})


@router.get("/ready", response_model=bodies.Alive)
async def ready(request: Request) -> Response:
    """The database answers, and the encoder is loaded: questions can be asked."""
    service = service_of(request)
    await run_in_threadpool(any_tokens, service.lookups)
    return JSONResponse({"status": "ready"})


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def show_metrics(request: Request, holder: Admin) -> Response:
    """Questions, declines, time of each node, tokens and cost, for Prometheus."""
    service = service_of(request)
    text = service.metrics.text(service.work, service.rag.database.session_counts)
    return Response(text, media_type=metrics.MEDIA_TYPE)
