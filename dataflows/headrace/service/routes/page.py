"""The page to ask at: a few files, served as they are."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).resolve().parent.parent / "page"
#: A browser asks each time whether the file has changed, so that no old one is used.
_HEADERS = {"Cache-Control": "no-cache"}
_FILES = ("page.css", "page.js", "documents.js", "basics.js", "icon.svg")


def _served(name: str) -> Callable[[], Awaitable[Response]]:
    async def file() -> Response:
        return FileResponse(_FOLDER / name, headers=_HEADERS)

    return file


router.get("/")(_served("index.html"))
for _name in _FILES:
    router.get(f"/{_name}")(_served(_name))
