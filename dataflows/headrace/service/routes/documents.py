"""The tenant's documents: listed, shown, stored, removed; and long ingests as jobs."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse

from headrace.callers import check_caller
from headrace.errors import QuestionError, json_fault
from headrace.ingest.readers import Empty, Limits, Remark, Unreadable, read_each
from headrace.metadata.documents import listed
from headrace.resources.postgres.tenants.tokens import Holder
from headrace.service import bodies
from headrace.service.access import Reader, Writer
from headrace.service.jobs import outcome_dict, stored_jobs
from headrace.service.plain import document_dict
from headrace.service.problems import NOT_FOUND, Refusal
from headrace.service.state import Service, service_of
from headrace.types import Document, Outcome
from headrace.types.documents import OutcomeStatus

router = APIRouter(prefix="/v1", tags=["documents"])


_MOST_LISTED = 1000
_MOST_FILES = 100
_LATER: dict[int | str, dict[str, Any]] = {
    202: {"model": bodies.JobBody, "description": "A job; /v1/jobs/JOB_ID shows how far it is."}
}
Wait = Annotated[bool, Query(description="false: store the documents in the background, as a job")]


class Upload(NamedTuple):
    """A file that was sent."""

    name: str
    document_id: str
    content: bytes


@router.get("/documents", response_model=bodies.ListingBody)
async def list_documents(
    request: Request,
    holder: Reader,
    source: Annotated[str, Query(description="how the source begins")] = "",
    after: Annotated[str, Query(description="the last id of the list before")] = "",
    limit: Annotated[int, Query(ge=1, le=_MOST_LISTED)] = 100,
    filters: Annotated[
        str, Query(description="conditions on metadata, as JSON", examples=['{"author": "Ada"}'])
    ] = "",
) -> Response:
    """The tenant's documents by id, without their texts."""
    service = service_of(request)
    conditions = _conditions(filters)

    def work() -> dict[str, Any]:
        database = service.rag.database.for_questions(holder.tenant)
        found = listed(database, conditions, source=source, after=after, limit=limit)
        return {"documents": [document_dict(one) for one in found.documents], "more": found.more}

    return JSONResponse(await service.work.run(request, holder, work))


@router.get(
    "/documents/{document_id:path}", response_model=bodies.ShownDocument, responses=NOT_FOUND
)
async def show_document(request: Request, holder: Reader, document_id: str) -> Response:
    """A document with its text and chunks."""
    service = service_of(request)

    def work() -> dict[str, Any]:
        try:
            document = service.rag.document(document_id, holder.tenant)
        except QuestionError as error:
            raise _no_document(error) from error
        return document_dict(document, whole=True)

    return JSONResponse(await service.work.run(request, holder, work))


@router.post("/documents", response_model=bodies.OutcomesBody, responses=_LATER)
async def store_documents(
    request: Request, holder: Writer, given: bodies.DocumentsBody, wait: Wait = True
) -> Response:
    """Stores documents, each in place of the one with the same id."""
    documents = [one.document() for one in given.documents]
    return await _stored(request, holder, documents, (), wait)


@router.post("/documents/upload", response_model=bodies.OutcomesBody, responses=_LATER)
async def upload_documents(
    request: Request,
    holder: Writer,
    files: list[UploadFile],
    folder: Annotated[str, Query(description="what their ids begin with", max_length=500)] = "",
    wait: Wait = True,
) -> Response:
    """Stores files; the id of each is its name, below `folder`."""
    service = service_of(request)
    if len(files) > _MOST_FILES:
        raise Refusal(413, "too-large", f"at most {_MOST_FILES} files can be sent at once")
    uploads = []
    for file in files:
        name = _file_name(file.filename)
        document_id = f"{folder.strip('/')}/{name}".lstrip("/")
        uploads.append(Upload(name, document_id, await file.read()))
    documents, others = await service.work.run(
        request,
        holder,
        lambda: _read(service, uploads),
        deadline_s=service.rag.settings.ingest_timeout_s,
    )
    return await _stored(request, holder, documents, others, wait)


@router.delete(
    "/documents/{document_id:path}", response_model=bodies.OutcomesBody, responses=NOT_FOUND
)
async def remove_document(request: Request, holder: Writer, document_id: str) -> Response:
    """Removes a document, with everything made of it."""
    service = service_of(request)

    def work() -> list[Outcome]:
        outcomes = service.rag.remove(tenant=holder.tenant, ids=[document_id])
        if any(outcome.status == "failed" for outcome in outcomes):
            raise _no_document(outcomes[0].reason)
        return outcomes

    return _outcomes_response(service, await service.work.run(request, holder, work))


@router.get("/jobs", response_model=bodies.JobsBody)
async def list_jobs(request: Request, holder: Reader) -> Response:
    """The tenant's ingests in the background, the newest first."""
    service = service_of(request)

    def work() -> list[dict[str, Any]]:
        return [
            job.to_dict() for job in stored_jobs(service.rag.database.for_tenant(holder.tenant))
        ]

    return JSONResponse({"jobs": await service.work.run(request, holder, work)})


@router.get("/jobs/{job_id}", response_model=bodies.JobBody, responses=NOT_FOUND)
async def show_job(request: Request, holder: Reader, job_id: str) -> Response:
    """How far an ingest in the background is."""
    service = service_of(request)

    def work() -> dict[str, Any]:
        try:
            (job,) = stored_jobs(service.rag.database.for_tenant(holder.tenant), job_id)
        except QuestionError as error:
            raise Refusal(404, "no-such-job", str(error)) from error
        return job.to_dict()

    return JSONResponse(await service.work.run(request, holder, work))


async def _stored(
    request: Request,
    holder: Holder,
    documents: Sequence[Document],
    others: Sequence[Outcome],
    wait: bool,
) -> Response:
    """Stores documents now, or in a job; `others` are files that gave none."""
    service = service_of(request)
    if not wait:
        job = await service.work.run(
            request, holder, lambda: service.jobs.start(holder.tenant, documents, others)
        )
        place = {"Location": f"/v1/jobs/{job.job_id}"}
        return JSONResponse(job.to_dict(), 202, place)

    def work() -> list[Outcome]:
        def on_progress(what: str, done: int, total: int) -> None:
            check_caller()

        stored = service.rag.ingest(documents, holder.tenant, on_progress=on_progress)
        return [*stored, *others]

    outcomes = await service.work.run(
        request, holder, work, deadline_s=service.rag.settings.ingest_timeout_s
    )
    return _outcomes_response(service, outcomes)


def _outcomes_response(service: Service, outcomes: Sequence[Outcome]) -> Response:
    for outcome in outcomes:
        service.metrics.count_outcome(outcome.status)
    return JSONResponse({"outcomes": [outcome_dict(outcome) for outcome in outcomes]})


def _read(service: Service, uploads: Sequence[Upload]) -> tuple[list[Document], list[Outcome]]:
    """The documents of uploaded files, and what there is to say of the others."""
    settings = service.rag.settings
    limits = Limits(settings.max_document_mb, settings.max_document_s)
    documents: list[Document] = []
    others: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="headrace-") as place:
        ids: dict[Path, str] = {}
        for number, upload in enumerate(uploads):
            path = Path(place, str(number), upload.name)
            path.parent.mkdir()
            path.write_bytes(upload.content)
            ids[path] = upload.document_id
        for path, found in read_each(ids, limits, readers=service.rag.readers):
            check_caller()
            name = found.source.replace(str(path), ids[path])
            if isinstance(found, Unreadable):
                others.append(Outcome(name, name, _status(found), reason=found.reason))
            else:
                documents.append(replace(found, document_id=name, source=name))
    return documents, others


def _status(unreadable: Unreadable) -> OutcomeStatus:
    """The status of a file that is not a document."""
    if isinstance(unreadable, Empty):
        return "passed over"
    return "noted" if unreadable.is_in_part or isinstance(unreadable, Remark) else "failed"


def _file_name(given: str | None) -> str:
    """The last part of a file's name, whatever system it comes from."""
    name = PurePosixPath((given or "").replace("\\", "/")).name
    if name in ("", "..") or "\0" in name or len(name.encode(errors="replace")) > 255:
        raise Refusal(422, "file-name", "each file needs a name, of at most 255 bytes")
    return name


def _no_document(reason: object) -> Refusal:
    return Refusal(404, "no-such-document", _without_commands(str(reason)))


def _without_commands(reason: str) -> str:
    """What a reason says to somebody who has no command line here."""
    return reason.partition("; run.py")[0]


def _conditions(filters: str) -> Any:
    try:
        return json.loads(filters) if filters else None
    except ValueError as error:
        raise QuestionError(f"filters are not JSON: {json_fault(error)}") from None
