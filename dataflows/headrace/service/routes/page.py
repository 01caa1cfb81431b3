"""The page to ask at: a few files, served as they are."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).resolve().parent.parent / "page"
#: A browser asks each time whether the file has changed, so that no old one is used.
_HEADERS = {"Cache-Control": "no-cache"}


@router.get("/")
async def index() -> Response:
    """The page."""
    return FileResponse(_FOLDER / "index.html", headers=_HEADERS)


@router.get("/page.css")
async def style() -> Response:
    """How it looks."""
    return FileResponse(_FOLDER / "page.css", headers=_HEADERS)


@router.get("/page.js")
async def script() -> Response:
    """What it does: questions and answers."""
    return FileResponse(_FOLDER / "page.js", headers=_HEADERS)


@router.get("/documents.js")
async def documents_script() -> Response:
    """What it does: documents listed, added, removed."""
    return FileResponse(_FOLDER / "documents.js", headers=_HEADERS)


@router.get("/basics.js")
async def basics_script() -> Response:
    """What both use."""
    return FileResponse(_FOLDER / "basics.js", headers=_HEADERS)


@router.get("/icon.svg")
async def icon() -> Response:
    """Its picture in a tab."""
    return FileResponse(_FOLDER / "icon.svg", headers=_HEADERS)
