"""Plain HTTP beside the screens: files and the health of the server."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import quote

import anyio
from anyio.to_thread import run_sync
from sqlalchemy import text
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from services.platform import files
from services.platform.db import DatabaseUnavailable, reading
from services.platform.files import FileMissing
from services.platform.i18n import Message, match_language, msg, use_language
from services.platform.settings import settings

SHOWN = ("image/", "application/pdf", "audio/", "video/", "text/plain")
"""Media types that a browser shows in its window; everything else is downloaded."""

CAREFUL = {
    # A picture in somebody's text must not tell a stranger's server who reads it.
    "Content-Security-Policy": "img-src 'self' data: blob:; media-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
"""Headers of the page."""


class Careful:
    """Adds the headers that keep the browser from fetching elsewhere what people write into texts, or showing us in a frame."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; the headers go in as a page starts."""

        async def answer(event: Event) -> None:
            if event["type"] == "http.response.start":
                headers = MutableHeaders(scope=event)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.update(CAREFUL)
            await send(event)

        await self.app(scope, receive, answer if scope["type"] == "http" else send)


class Shallow:
    """Leads from an address below a page (`/asset/1`), where nothing is, to the page (`/asset`); Streamlit alone would show a blank one."""

    RESERVED = ("_stcore", "component", "file", "media", "static")

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, unless a page is the answer to such an address."""
        page, _slash, deeper = scope.get("path", "").strip("/").partition("/")
        if scope["type"] != "http" or not deeper or page in self.RESERVED:
            await self.app(scope, receive, send)
            return
        led = False

        async def answer(event: Event) -> None:
            nonlocal led
            if event["type"] == "http.response.start" and Headers(raw=event["headers"]).get("content-type", "").startswith("text/html"):
                led = True
                await RedirectResponse(f"/{quote(page)}")(scope, receive, send)
            elif not led:
                await send(event)

        await self.app(scope, receive, answer)


async def health(_request: Request) -> Response:
    """200 while the database answers in time, else 503: for load balancers and watchers."""
    state = "down"
    with anyio.move_on_after(settings().health_seconds):
        state = await run_sync(_database_state, abandon_on_cancel=True)
    status = HTTPStatus.OK if state == "up" else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"database": state}, status)


def _database_state() -> str:
    try:
        with reading(seconds=settings().health_seconds) as db:
            db.execute(text("select 1"))
    except DatabaseUnavailable as error:
        return "busy" if error.busy else "down"
    return "up"


async def file(request: Request) -> Response:
    """A stored file or its preview, for an address made by `services.platform.files.link`."""
    asked = request.query_params
    try:
        id, until, account, side = (int(one) for one in (request.path_params["id"], asked["until"], asked["for"], asked["side"]))
    except (KeyError, ValueError):
        return _say(request, HTTPStatus.NOT_FOUND, msg("There is no such file."))
    if not files.link_holds(id, until, account, side, asked.get("key", "")):
        return _say(request, HTTPStatus.FORBIDDEN, msg("This link has run out. Open the file from its record again."))
    try:
        return await run_sync(_answer, id, side, request)
    except FileMissing:
        return _say(request, HTTPStatus.NOT_FOUND, msg("There is no such file."))
    except DatabaseUnavailable as error:
        return _say(request, HTTPStatus.SERVICE_UNAVAILABLE, error.message)


def _answer(id: int, side: int, request: Request) -> Response:
    with reading() as db:
        stored = files.read(db, id)
    tag = f'"{stored.sha256}-{side}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"private, max-age={settings().file_link_seconds}",
        "X-Content-Type-Options": "nosniff",
        # What is uploaded never runs as a page of ours.
        "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if side:
        return FileResponse(files.preview(stored, side), media_type="image/webp", headers=headers)
    shown = stored.media_type.startswith(SHOWN)
    headers["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename*=utf-8''{quote(stored.name)}"
    if stored.media_type == "application/pdf":
        # Browsers' own PDF viewers don't run in a sandbox.
        del headers["Content-Security-Policy"]
    return FileResponse(stored.path, media_type=stored.media_type, headers=headers)


def _say(request: Request, status: HTTPStatus, message: Message) -> Response:
    with use_language(match_language(request.headers.get("accept-language", ""))):
        return PlainTextResponse(str(message), status)


def middleware() -> list[Middleware]:
    """What every answer passes through."""
    return [Middleware(Careful), Middleware(Shallow)]


async def start(request: Request) -> RedirectResponse:
    """The page where a person starts is at the root; Streamlit would call its own path unknown."""
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")


def routes() -> list[Route]:
    """The addresses beside the screens."""
    served: dict[str, Callable[[Request], object]] = {"/health": health, "/file/{id:int}": file, "/today": start}
    return [Route(path, answer) for path, answer in served.items()]
