"""A laptop whose page is really served, and a plain client that says exactly what a test wants said."""

import asyncio
import contextlib
import functools
import http.client
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from collar_sync import Device
from demo_app.door import Door
from demo_app.laptop import Laptop
from demo_app.server import serving

WAIT_SECONDS_MAX = 30  # a limit for what never comes, however busy the machine is
PASSPHRASE = "slow rivers keep warm stones"
QUIET = functools.partial(Device.open, listen=("127.0.0.1", 0), discovery=False, cost="interactive")


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def body(self) -> str:
        """Its text."""
        return self.raw.decode()


class Served:
    """A laptop, its door, and requests to it; `cookie` is sent once a code was used."""

    def __init__(self, laptop: Laptop, door: Door) -> None:
        self.laptop = laptop
        self.door = door
        self.port = int(door.host.partition(":")[2])
        self.cookie = ""

    async def ask(
        self, path: str = "/", *, method: str = "GET", form: Mapping[str, str] | None = None, **headers: str | None
    ) -> Answer:
        """Send one request, with our own Host and cookie unless the test says otherwise; None leaves a header out."""
        return await asyncio.to_thread(self._ask, path, method, form, headers)

    async def enter(self) -> Answer:
        """Use the typed code, as the page for strangers does."""
        answer = await self.ask(
            "/open", method="POST", form={"code": self.door.typed_code}, origin=self.door.origin, cookie=None
        )
        assert answer.status == 200
        self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer

    def live(self, *, host: str | None = None, origin: str | None = "ours", cookie: bool = True) -> connect:
        """The page's own WebSocket, or one that says another Host, another Origin or none, or brings no cookie."""
        return connect(
            f"ws://{host or self.door.host}/live",
            host="127.0.0.1",
            port=self.port,
            origin=Origin(self.door.origin if origin == "ours" else origin) if origin else None,
            additional_headers={"Cookie": self.cookie} if cookie else None,
            compression=None,
            proxy=None,
        )

    def _ask(self, path: str, method: str, form: Mapping[str, str] | None, headers: Mapping[str, str | None]) -> Answer:
        body = urlencode(form).encode() if form is not None else None
        said: dict[str, str | None] = {"host": self.door.host, "cookie": self.cookie or None}
        if body is not None:
            said |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS_MAX)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in (said | dict(headers)).items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())


@contextlib.asynccontextmanager
async def served(folder: Path, **said: Any) -> AsyncIterator[Served]:
    """A laptop that is served until the end."""
    laptop = Laptop(folder, opening=QUIET, **said)
    async with serving(laptop) as door:
        try:
            yield Served(laptop, door)
        finally:
            await laptop.close()


class Line:
    """One window's line to the app: the newest state it was told, and intentions with their answers."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.states = 0
        self._newest: dict[str, Any] = {}

    async def until(self, ready: Callable[[dict[str, Any]], object] = bool) -> dict[str, Any]:
        """Return the newest state once it is so."""
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while not (self._newest and ready(self._newest)):
                await self._hear()
        return self._newest

    async def again(self, states: int) -> None:
        """Return once more than so many states have come."""
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while self.states <= states:
                await self._hear()

    async def look(self, what: str, **fields: object) -> dict[str, Any]:
        """Ask to see something that is not part of the state."""
        await self.socket.send(json.dumps({"do": what, "number": 7, **fields}, ensure_ascii=False))
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while (answer := await self._hear()) is None:
                pass
        seen: dict[str, Any] = answer["seen"]
        return seen

    async def act(self, what: str, **fields: object) -> str | None:
        """Send an intention; None, or the sentence that says what is wrong."""
        await self.socket.send(json.dumps({"do": what, "number": 7, **fields}, ensure_ascii=False))
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while (answer := await self._hear()) is None:
                pass
        problem: str | None = answer["problem"]
        return problem

    async def _hear(self) -> dict[str, Any] | None:
        """Take the next message; an answer is returned, a state is kept."""
        message: dict[str, Any] = json.loads(await self.socket.recv())
        if "answers" in message:
            return message
        self._newest = message if "stage" in message else self._newest | message
        self.states += 1
        return None


@contextlib.asynccontextmanager
async def window(page: Served) -> AsyncIterator[Line]:
    """A window that was let in."""
    async with page.live() as socket:
        yield Line(socket)
