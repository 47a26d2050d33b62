"""The carrier: binary frames between two addresses over WebSockets, with nothing on the wire that names this project.

Frames come and go in order, bounded in size and number; a slow reader slows the sender down. What a frame means, who
may connect, and how many unproven strangers are borne once they speak WebSocket, is decided elsewhere. Reasons for
closing stay on this side: whoever listens on the network reads none. The library is known here and nowhere else.
"""

import asyncio
import errno
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection as WebSocket
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Protocol
from websockets.server import ServerProtocol
from websockets.typing import StatusLike
from websockets.uri import parse_uri

from collar_sync import limits
from collar_sync.core.strangers import From, to_drop
from collar_sync.errors import Closed, How, LocalError, Unreachable

FRAME_BYTES_MAX: Final = limits.RECORD_BYTES_MAX + 16  # a sealed record and what says which kind it is
_OPEN_SECONDS: Final = limits.HANDSHAKE_MILLISECONDS_MAX / 1_000
_CONNECT_SECONDS: Final = 2.0  # a local network answers in milliseconds; it is tried again anyway
_NEXT_ADDRESS_SECONDS: Final = 0.25  # a name with several addresses: try the next one beside a silent one (RFC 8305)
_BACKLOG: Final = 1_024  # connected, not accepted yet; who finds it full waits for a second and more
_PORT_MAX: Final = 65_535
_SWITCHING_PROTOCOLS: Final = 101
_ADDRESS: Final = parse_uri("ws://localhost/")  # in the Host header, which so tells nobody's address
_SETTINGS: Final[dict[str, Any]] = {
    "ping_interval": limits.PING_SECONDS,
    "ping_timeout": limits.PONG_SECONDS,
    "close_timeout": limits.CLOSE_SECONDS,
    "max_queue": 8,  # frames read ahead of whoever iterates
    "write_limit": FRAME_BYTES_MAX,  # bytes written ahead of the network
}

_SILENT_SECONDS: Final = limits.PING_SECONDS + limits.PONG_SECONDS  # whoever is there pings more often than that
_UNREAD_BYTES_MAX: Final = 4 * FRAME_BYTES_MAX  # beyond what `send` writes ahead, only answers to pings can wait

_silent = logging.getLogger(f"{__name__}.websockets")  # it would log headers, frames and addresses
_silent.disabled = True
_silent.propagate = False


class Connection:
    """One open connection: iterate for frames, `send`, `close`. `local` and `remote` are (host, port) of its ends."""

    __slots__ = ("_reason", "_sending", "_socket", "local", "remote")

    def __init__(self, opened: WebSocket) -> None:
        """Take over an open WebSocket."""
        # asyncio does it for what it dials, not for what it accepts: a second small frame would wait 40 ms there.
        opened.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = opened
        self._sending = asyncio.Lock()
        self._reason: str | None = None
        self.local = _plain_address(opened.local_address)
        self.remote = _plain_address(opened.remote_address)

    @property
    def reason(self) -> str | None:
        """Why the connection ended, as a sentence; None while it is open."""
        return self._reason

    def __aiter__(self) -> "Connection":
        return self

    async def __anext__(self) -> bytes:
        try:
            frame = await self._socket.recv()
        except ConnectionClosed as ending:
            self._reason = self._reason or _sentence(ending)
            raise StopAsyncIteration from None
        if isinstance(frame, bytes):
            return frame
        self._reason = self._reason or "The other device sent text where only sealed frames belong."
        await self._socket.close(CloseCode.UNSUPPORTED_DATA)
        raise StopAsyncIteration

    async def send(self, frames: Iterable[bytes]) -> None:
        """Send the frames in order, none of another call between them; raises `Closed` where the connection ended.

        Returns when all but the last few are with the network, so a sender is never far ahead of its reader.
        """
        try:
            async with self._sending:
                for frame in frames:
                    await self._socket.send(frame)
        except ConnectionClosed as ending:
            self._reason = self._reason or _sentence(ending)
            raise Closed(self._reason) from None

    async def close(self, reason: str = "This device closed the connection.") -> None:
        """Close, and keep the reason on this side. Returns within limits.CLOSE_SECONDS; again is harmless."""
        self._reason = self._reason or reason
        await self._socket.close()

    def abort(self, reason: str) -> None:
        """End it at once, without a word to the other end, which would not hear it."""
        self._reason = self._reason or reason
        self._socket.transport.abort()


class Listener:
    """Waits for connections; `on_connection` runs once for each, and the connection closes when it returns."""

    __slots__ = ("_on_connection", "_server", "_standing", "_strangers", "port")

    def __init__(
        self, on_connection: Callable[[Connection], Awaitable[None]], standing: Callable[[str], int] = lambda _host: 0
    ) -> None:
        """Wait for `start`. `standing` says how well a host is known; who is known better keeps a place of its own."""
        self._on_connection = on_connection
        self._server: Server | None = None
        self._standing = standing
        self._strangers: dict[_Incoming, From] = {}  # connected, not yet upgraded; in order of arrival
        self.port = 0

    async def start(self, host: str = "", port: int = 0, *, sock: socket.socket | None = None) -> None:
        """Listen on the address, on every address for "", on a free port for 0; raises `LocalError`."""
        self._server = await serve(
            self._welcome,
            sock=sock or _listening_socket(host, port),
            compression=None,
            open_timeout=_OPEN_SECONDS,
            server_header=None,
            backlog=_BACKLOG,
            logger=_silent,
            create_connection=cast(
                "Any", partial(_Incoming, self._strangers, self._standing)
            ),  # any maker will do, says its manual
            **_SETTINGS,
        )
        self.port = int(self._server.sockets[0].getsockname()[1])

    @property
    def idle(self) -> bool:
        """Whether no connection that came in here is open."""
        return not self._strangers and (self._server is None or not self._server.connections)

    def turn_away(self) -> None:
        """Let nobody new in; the connections there are go on until `close`."""
        if self._server is not None:
            self._server.server.close()

    async def close(self) -> None:
        """Stop listening and close every connection; returns when `on_connection` has returned for each."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for stranger in list(self._strangers):
            stranger.transport.abort()
        await server.wait_closed()

    async def _welcome(self, opened: ServerConnection) -> None:
        try:
            await self._on_connection(Connection(opened))
        except Exception as error:  # noqa: BLE001 - the library would swallow it
            what = {"message": "The handler of a connection failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(what)


async def dial(host: str, port: int) -> Connection:
    """Connect to a device; raises `Unreachable` with a sentence that names the address."""
    if not 0 < port <= _PORT_MAX:
        raise Unreachable(f"There is no port {port}: a port is a number from 1 to 65,535.")
    connection: ClientConnection | None = None

    def made() -> ClientConnection:
        nonlocal connection
        protocol = _Wordless(_ADDRESS, max_size=FRAME_BYTES_MAX, logger=_silent)
        connection = _Outgoing(protocol, **_SETTINGS)
        return connection

    try:
        async with asyncio.timeout(_OPEN_SECONDS):
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, opened = await loop.create_connection(made, host, port, happy_eyeballs_delay=_next_address(host))
            await opened.handshake(user_agent_header=None)
    except BaseException as error:
        if connection is not None and hasattr(connection, "transport"):
            connection.transport.abort()
        if isinstance(error, OSError | InvalidHandshake | ConnectionClosed | EOFError | UnicodeError):
            raise _unreachable(host, port, error) from None
        raise
    opened.start_keepalive()
    return Connection(opened)


_CLOSE: Final = Frame(Opcode.CLOSE, Close(CloseCode.NORMAL_CLOSURE, "").serialize())


class _Closing(Protocol):
    """Closes with one and the same frame: what the library would say, by code and in its words, would name it."""

    def send_frame(self, frame: Frame) -> None:
        super().send_frame(_CLOSE if frame.opcode is Opcode.CLOSE else frame)


class _Wordless(_Closing, ClientProtocol):
    """Of a connection that was dialled."""


class _Quiet(_Closing, ServerProtocol):
    """Says the least to whoever is not one of us: an empty refusal, without date, name or reason."""

    def accept(self, request: Request) -> Response:
        if request.path != "/" or "Origin" in request.headers:  # a web page sends its origin, a device never does
            return self.reject(400, "")
        response = super().accept(request)
        if response.status_code != _SWITCHING_PROTOCOLS:
            return self.reject(400, "")
        del response.headers["Date"]
        return response

    def reject(self, status: StatusLike, text: str) -> Response:  # noqa: ARG002 - the library's signature
        return Response(400, "Bad Request", Headers([("Connection", "close"), ("Content-Length", "0")]))


class _Watched(WebSocket):
    """Ends by itself where the library would wait: while nothing more can be written, its own pings wait too."""

    _heard = 0.0
    _looking: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        super().data_received(data)
        if self.transport.get_write_buffer_size() > _UNREAD_BYTES_MAX:  # pings without end, and no answer read
            self.transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._heard = self.loop.time()
        self._looking = self.loop.call_later(_SILENT_SECONDS, self._look)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._look_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._look_no_more()
        super().connection_lost(exc)

    def _look(self) -> None:
        if not self.transport.is_reading():  # by this side's own choice: it has more to read than it can take in
            self._heard = self.loop.time()
        left = self._heard + _SILENT_SECONDS - self.loop.time()
        if left <= 0:
            self.transport.abort()
        else:
            self._looking = self.loop.call_later(left, self._look)

    def _look_no_more(self) -> None:
        if self._looking is not None:
            self._looking.cancel()


class _Outgoing(_Watched, ClientConnection):
    """A connection that was dialled."""


class _Incoming(_Watched, ServerConnection):
    """Counted until it is upgraded; where there are too many, one is dropped."""

    def __init__(
        self,
        strangers: "dict[_Incoming, From]",
        standing: Callable[[str], int],
        _protocol: ServerProtocol,
        server: Server,
        **settings: Any,
    ) -> None:
        super().__init__(_Quiet(max_size=FRAME_BYTES_MAX, logger=_silent), server, **settings)
        self._strangers = strangers
        self._standing = standing

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        host = _plain_address(transport.get_extra_info("peername"))[0]
        self._strangers[self] = From(host, self._standing(host))
        dropped = to_drop(self._strangers, self)
        if dropped is not None:
            del self._strangers[dropped]
            dropped.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._strangers.pop(self, None)
        super().connection_lost(exc)

    async def handshake(self, *arguments: Any, **options: Any) -> None:
        await super().handshake(*arguments, **options)
        self._strangers.pop(self, None)


def _next_address(host: str) -> float | None:
    """After how many seconds to try a name's next address; a number has none, and asyncio then leaks no socket."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _NEXT_ADDRESS_SECONDS
    return None


def _listening_socket(host: str, port: int) -> socket.socket:
    """One socket for both families where the machine has them, so that both have one port."""
    try:
        if not host:
            if socket.has_dualstack_ipv6():
                with suppress(OSError):
                    return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
            return socket.create_server(("", port))
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, OverflowError, UnicodeError) as error:
        raise LocalError(_cannot_listen(host, port, error)) from error


def _cannot_listen(host: str, port: int, error: Exception) -> str:
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            return f"Port {port} on this computer is used by another program. Close that, or choose another port."
        case errno.EACCES:
            return f"This computer does not allow listening on port {port}. Choose a port above 1023."
        case _:
            where = f"{host} port {port}" if host else f"port {port}"
            return f"This computer cannot listen on {where}. Check the address and the port."


def _unreachable(host: str, port: int, error: BaseException) -> Unreachable:
    how: How
    match error:
        case TimeoutError():
            what, how = "Nothing answered in time", "silent"
        case ConnectionRefusedError():
            what, how = "Nothing is listening there", "refused"
        case socket.gaierror() | UnicodeError():
            what, how = "There is no device of that name", "no way"
        case OSError():
            what, how = "There is no way to it on this network", "no way"
        case _:
            what, how = "What answered is not one of your devices", "strange"
    check = "Check that the other device is on and on the same network."
    return Unreachable(f"{host} port {port} could not be reached. {what}. {check}", how)


def _sentence(ending: ConnectionClosed) -> str:
    own = ending.sent.code if ending.sent is not None and not ending.rcvd_then_sent else None
    match own:
        case CloseCode.INTERNAL_ERROR:
            return "The connection was lost: the other device went silent."
        case CloseCode.MESSAGE_TOO_BIG:
            return "The other device sent more than fits one frame."
        case CloseCode.PROTOCOL_ERROR | CloseCode.INVALID_DATA:
            return "The other device sent something that is no valid frame."
        case _ if ending.rcvd is not None:
            return "The other device closed the connection."
        case _:
            return "The connection was lost."


def _plain_address(address: Any) -> tuple[str, int]:
    """Host and port, an IPv4 address as itself where a socket for both families shows it wrapped."""
    try:
        host, port = str(address[0]).partition("%")[0], int(address[1])
        mapped = getattr(ipaddress.ip_address(host), "ipv4_mapped", None)
    except (TypeError, ValueError):
        return ("", 0)  # gone already
    return (str(mapped or host), port)
