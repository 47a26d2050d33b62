"""Who may come in: the rules every request and every WebSocket passes before anything else sees it.

In this order: the Host must be exactly ours (421), so that a name rebound to 127.0.0.1 gets nothing; the Origin must be
ours (403) wherever it is sent, and it must be sent with a POST and a WebSocket; the session cookie must be one we gave
(401). A cookie is given for a code, each of which works once. It knows no space, no people and nothing written.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

HOST: Final = "127.0.0.1"
OPEN_PATH: Final = "/open"
CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that reads like another
CODE_GROUPS: Final = 3
CODE_GROUP_LETTERS: Final = 4  # with the groups: 58 bits, and each guess costs GUESS_SECONDS
GUESS_SECONDS: Final = 0.5
SESSIONS_MAX: Final = 32  # windows of one person on one laptop

NEUTRAL_HEADERS: Final = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",  # "no-referrer" would make our own form post as nobody: Origin null
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Refusal(msgspec.Struct, frozen=True):
    """Why something may not come in, as a status and a sentence."""

    status: HTTPStatus
    sentence: str


WRONG_HOST: Final = Refusal(HTTPStatus.MISDIRECTED_REQUEST, "This address is not the one this page lives at.")
WRONG_ORIGIN: Final = Refusal(HTTPStatus.FORBIDDEN, "Only this app's own page may do that.")
NO_SESSION: Final = Refusal(
    HTTPStatus.UNAUTHORIZED, "Open this page with the code that the app printed when it started."
)


def new_code() -> str:
    """A code for typing: three groups of four letters and digits."""
    groups = ("".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_GROUP_LETTERS)) for _ in range(CODE_GROUPS))
    return "-".join(groups)


class Door:
    """The codes and sessions of one server, in memory only: they end with the process."""

    def __init__(self, port: int) -> None:
        self.host: Final = f"{HOST}:{port}"
        self.origin: Final = f"http://{self.host}"
        self.cookie_name: Final = f"session_{port}"  # cookies ignore ports: two pages on one machine must not share one
        self.launch_code: str | None = None
        self.typed_code = new_code()
        self.on_admitted: Callable[[], None] = lambda: None
        self._sessions: dict[str, None] = {}

    def offer_launch_code(self) -> str:
        """A long code for the launch file; the one before it no longer works."""
        self.launch_code = secrets.token_urlsafe(32)
        return self.launch_code

    def admit(self, code: str, *, from_file: bool) -> str | None:
        """A new session for a code that is right, which is then used up; None for a wrong one.

        A page of any origin can post as a file does, so from there only the long code counts, and guesses cost nobody.
        """
        if from_file:
            right = self.launch_code is not None and _same(code, self.launch_code)
        else:
            right = _same(_letters(code), _letters(self.typed_code))
        if not right:
            return None
        if from_file:
            self.launch_code = None
        else:
            self.typed_code = new_code()
        session = secrets.token_urlsafe(32)
        self._sessions[session] = None
        while len(self._sessions) > SESSIONS_MAX:
            del self._sessions[next(iter(self._sessions))]
        self.on_admitted()
        return session

    def knows(self, cookie_header: str) -> bool:
        """Whether this Cookie header carries a session we gave."""
        session = cookie_parser(cookie_header).get(self.cookie_name, "")
        return any(_same(session, known) for known in self._sessions)

    def set_cookie(self, response: Response, session: str) -> None:
        """Hand the session to the browser, for this browser's own life only."""
        response.set_cookie(self.cookie_name, session, path="/", httponly=True, samesite="strict")

    def judge(self, scope: Scope) -> Refusal | None:
        """What stands against this request or WebSocket, by its headers alone."""
        headers = _headers(scope["headers"])
        if headers.get("host") != [self.host]:
            return WRONG_HOST
        origins = headers.get("origin", [])
        opening = scope["type"] == "http" and scope["path"] == OPEN_PATH
        allowed = ([self.origin], ["null"]) if opening else ([self.origin],)
        needed = scope["type"] == "websocket" or scope["method"] not in {"GET", "HEAD"}
        if (origins or needed) and origins not in allowed:
            return WRONG_ORIGIN
        if not opening and not self.knows("; ".join(headers.get("cookie", []))):
            return NO_SESSION
        return None


class Guard:
    """ASGI middleware: asks the door about everything, and puts the strict headers on every answer."""

    def __init__(self, app: ASGIApp, *, door: Door, policy: str, page_for_strangers: Callable[[], Response]) -> None:
        self._app = app
        self._door = door
        self._headers: Mapping[str, str] = {**NEUTRAL_HEADERS, "content-security-policy": policy}
        self._page_for_strangers = page_for_strangers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in; answer everything else here."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        refusal = self._door.judge(scope)
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            response = PlainTextResponse(refusal.sentence, refusal.status)
            await WebSocket(scope, receive, send_with_headers).send_denial_response(response)
        elif refusal is NO_SESSION and scope["method"] == "GET" and scope["path"] == "/":
            await self._page_for_strangers()(scope, receive, send_with_headers)
        else:
            await PlainTextResponse(refusal.sentence, refusal.status)(scope, receive, send_with_headers)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in raw:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _letters(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter in CODE_LETTERS)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
