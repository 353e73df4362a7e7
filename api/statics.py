"""Files that pages refer to: style, script, mark. Read once, named by their content, kept by browsers for ever."""

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@cache
def static_files() -> dict[str, bytes]:
    """The files of `api/static` by name."""
    return {entry.name: entry.read_bytes() for entry in (files("api") / "static").iterdir()}


@cache
def static_url(name: str) -> str:
    """Address of a file, which changes when its content does."""
    digest = hashlib.sha256(static_files()[name]).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


@router.get("/static/{name}")
async def static_file(name: str) -> Response:
    content = static_files().get(name)
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type=MEDIA_TYPES[name.rpartition(".")[2]], headers={"cache-control": FOREVER})
