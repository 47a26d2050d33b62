"""One person's page, served to their own browser: files, the way in, and one WebSocket that pushes the newest state.

The socket is bound to 127.0.0.1 and to nothing else, there is no access log, and everything passes the door first. A
page that reads slowly gets the newest state when it is ready for it, never a queue of old ones. It decides nothing that
is written: an intention goes to `actions`, what a window is told comes from `window`.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from importlib import resources
from typing import Final
from urllib.parse import parse_qs

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from collar_sync.errors import LocalError
from demo_app import actions, pages, past
from demo_app.door import GUESS_SECONDS, HOST, Door, Guard
from demo_app.laptop import Laptop
from demo_app.window import Window

INTENTION_BYTES_MAX: Final = 256 << 10  # one entry of the journal has 50,000 characters
FORM_BYTES_MAX: Final = 1 << 10  # a code
CONNECTIONS_MAX: Final = 64  # windows of one person
LOOK_AGAIN_SECONDS: Final = 20.0  # what only time changes (an expiry, a new day) shows within this
SETTLE_SECONDS: Final = 0.01  # changes closer together than this are one push
CLOSED_BY_QUIT: Final = 4001  # the page then says that the app was closed, not that it was lost

TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
}


class _Quiet(uvicorn.Server):
    """Leaves signals alone: one handler of ours stops both servers and both nodes."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Page:
    """The address, the door and the handlers of one laptop's page."""

    def __init__(self, laptop: Laptop, door: Door) -> None:
        self._laptop = laptop
        self._door = door
        self._files = static_files()

    def app(self) -> Guard:
        """The whole ASGI app, behind its door."""
        routes = [
            Route("/", self._index),
            Route("/blank", self._blank),
            Route("/static/{path:path}", self._file),
            Route("/open", self._open, methods=["POST"]),
            Route("/copy", self._copy, methods=["POST"]),
            WebSocketRoute("/live", self._live),
        ]
        return Guard(
            Starlette(routes=routes),
            door=self._door,
            policy=pages.policy(self._door.host),
            page_for_strangers=pages.door_page,
        )

    async def _index(self, _request: Request) -> Response:
        return _answer(self._files["index.html"])

    async def _blank(self, _request: Request) -> Response:
        return pages.blank_page()

    async def _file(self, request: Request) -> Response:
        found = self._files.get(request.path_params["path"])
        return _answer(found) if found else PlainTextResponse("There is no such file.", HTTPStatus.NOT_FOUND)

    async def _open(self, request: Request) -> Response:
        body = await _bounded_body(request)
        codes = parse_qs(body.decode("utf-8", "replace"), max_num_fields=4).get("code", [""]) if body else [""]
        session = self._door.admit(codes[0], from_file=request.headers["origin"] == "null")
        if session is None:
            await asyncio.sleep(GUESS_SECONDS)
            return pages.door_page("That code does not open this page. Codes work once: take the newest one printed.")
        response = pages.way_in()
        self._door.set_cookie(response, session)
        return response

    async def _copy(self, request: Request) -> Response:
        """Hand over a copy of what is looked at; back to the page where it is locked, or no such copy is known."""
        asked = parse_qs((await _bounded_body(request)).decode("utf-8", "replace"), max_num_fields=4)
        space = self._laptop.space if self._laptop.stage == "open" else None
        kind = asked.get("kind", [""])[0]
        made = None if space is None else await past.copy(self._laptop.records, kind, journal="journal" in asked)
        if made is None:
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
        named = {"content-disposition": f'attachment; filename="{made.name}"'}
        return Response(made.content, media_type=made.media_type, headers=named)

    async def _live(self, websocket: WebSocket) -> None:
        await websocket.accept()
        with self._laptop.bell.listening() as rung:
            line = _Line(websocket, rung)
            pushing = asyncio.create_task(self._push(line))
            try:
                await self._listen(line)
            except WebSocketDisconnect:
                pass
            finally:
                pushing.cancel()
                with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
                    await pushing

    async def _push(self, line: "_Line") -> None:
        """Send the state whenever it reads differently from what the page shows, until cancelled or the app quits."""
        while not self._laptop.quitting:
            line.rung.clear()
            news = line.window.news(self._laptop)
            if news is not None:
                await line.websocket.send_text(news.decode())
            await asyncio.sleep(SETTLE_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(line.rung.wait(), LOOK_AGAIN_SECONDS)
        await line.websocket.close(CLOSED_BY_QUIT)

    async def _listen(self, line: "_Line") -> None:
        """Do one intention after the other and answer each, until the page goes or sends what is no text.

        What holds a passphrase takes a second by design; a pause that is pressed meanwhile does not wait for it.
        """
        beside: set[asyncio.Task[None]] = set()
        try:
            while (raw := (await line.websocket.receive()).get("text")) is not None:
                answering = asyncio.create_task(self._answer(line, raw))
                beside.add(answering)
                answering.add_done_callback(beside.discard)
                if not actions.checks_a_passphrase(raw):
                    await answering
        finally:
            await asyncio.gather(*beside)

    async def _answer(self, line: "_Line", raw: str) -> None:
        answer = await actions.perform(self._laptop, raw, line.window)
        if answer.seen is None:
            line.window.owe()
            line.rung.set()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # gone, and its last wish may be to lock
            await line.websocket.send_text(msgspec.json.encode(answer).decode())


class _Line:
    """One window's WebSocket, and what that window shows as far as we know."""

    def __init__(self, websocket: WebSocket, rung: asyncio.Event) -> None:
        self.websocket = websocket
        self.rung = rung
        self.window = Window()


@asynccontextmanager
async def serving(laptop: Laptop, *, port: int = 0) -> AsyncIterator[Door]:
    """Serve this laptop's page on 127.0.0.1 while inside; port 0 takes a free one.

    Raises `LocalError` where the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # a restart gets its port back at once; elsewhere this would let others share it
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise LocalError(
            f"Port {port} is taken or not allowed. Choose another with --port, or leave it out."
        ) from error
    door = Door(listener.getsockname()[1])
    server = _Quiet(
        uvicorn.Config(
            Page(laptop, door).app(),
            http="h11",
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            ws_max_size=INTENTION_BYTES_MAX,
            ws_per_message_deflate=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=1,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(SETTLE_SECONDS)
            if running.done():
                running.result()
                raise LocalError("The page could not be served on this machine.")
        yield door
    finally:
        server.should_exit = True
        await running


def static_files() -> Mapping[str, tuple[bytes, str]]:
    """Every file of the page with its type, by its path; read once, so no request ever names a path on the disk."""
    found: dict[str, tuple[bytes, str]] = {}
    waiting = [("", resources.files("demo_app") / "static")]
    while waiting:
        prefix, folder = waiting.pop()
        for each in folder.iterdir():
            suffix = "." + each.name.rpartition(".")[2]
            if each.is_dir():
                waiting.append((f"{prefix}{each.name}/", each))
            elif suffix in TYPES:
                found[prefix + each.name] = (each.read_bytes(), TYPES[suffix])
    return found


def _answer(found: tuple[bytes, str]) -> Response:
    content, media_type = found
    return Response(content, media_type=media_type)


async def _bounded_body(request: Request) -> bytes:
    """The body of a form, or nothing where it is longer than any of ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES_MAX:
            return b""
    return body
