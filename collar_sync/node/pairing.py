"""Pairing as an app sees it: an invitation with its code and words, and a joining, each from beginning to end.

What is decided, and every sentence about what went wrong, is the engine's; here are only the waiting and the asking.
"""

import asyncio
import ipaddress
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from collar_sync import limits
from collar_sync.core import events
from collar_sync.core.codes import new_code
from collar_sync.core.events import Address, Introduction
from collar_sync.core.mishaps import Mishap
from collar_sync.core.people import Person
from collar_sync.errors import Closed
from collar_sync.ids import PersonId, SpaceId
from collar_sync.node.runner import Runner
from collar_sync.node.space import Space
from collar_sync.shells import clock
from collar_sync.shells.surroundings import local_addresses

Compare = Callable[[Introduction], Awaitable[bool]]

_LOOK_SECONDS: Final = 30.0  # for whoever shows the code
_PORT_MAX: Final = (1 << 16) - 1
_TYPED: Final = re.compile(
    r"(?:\[(?P<six>[0-9a-fA-F:.]+)(?P<scope>%[\w.-]+)?\]|(?P<host>[^\s:\[\]@]+)):(?P<port>\d{1,5})"
)


class Invitation:
    """A code that lets one device in, once, within five minutes, after two people compared three words.

    Wait for `met`, show its words, and then `confirm` or `reject`; or have `joined` ask.
    """

    def __init__(self, runner: Runner, space: Space, port: int, *, own_device: bool) -> None:
        self.code = new_code(os.urandom(16))
        self.qr_text = qr_text(self.code, local_addresses(), port)
        self.expires_at = clock.now() + limits.PAIRING_MILLISECONDS_MAX  # milliseconds since the epoch
        self._runner = runner
        self._space = space
        self._met: asyncio.Future[Introduction] = asyncio.get_running_loop().create_future()
        self._request, self._joined = runner.request(
            lambda number: events.Invite(number, space.id, self.code, own_device), self._met.set_result
        )
        self._joined.add_done_callback(_heard)

    async def met(self) -> Introduction:
        """Wait for whoever uses the code: who they say they are, and the words that both screens must show.

        Raises `WrongCode` or `PairingFailed`, after which the code is used up.
        """
        await asyncio.wait((self._met, self._joined), return_when=asyncio.FIRST_COMPLETED)
        if self._joined.done():
            self._joined.result()
        return self._met.result()

    async def confirm(self) -> Person:
        """Say that the words are the same; answers who joined, once the other person said so too.

        Raises `PairingFailed` where they did not, with nothing kept on either side.
        """
        await self.met()
        self._runner.handle(events.Compared(self._request, same=True))
        person: PersonId = await asyncio.shield(self._joined)
        return self._space.people()[person]

    async def joined(self, compare: Compare) -> Person:
        """Await `compare` once somebody uses the code, as joining does; answers who joined.

        It is cancelled where the other side ends it first. Raises `WrongCode` or `PairingFailed`.
        """
        await _compare(self._runner, self._request, self._met, self._joined, compare)
        person: PersonId = await asyncio.shield(self._joined)
        return self._space.people()[person]

    async def reject(self) -> None:
        """Say that the words differ: nothing is kept on either side, and the code is used up."""
        await self.met()
        self._runner.handle(events.Compared(self._request, same=False))

    def close(self) -> None:
        """Show the code no longer."""
        if not self._joined.done():
            self._runner.stop_asking(self._request, Closed("That code is not shown any more. Show a new one."))


@asynccontextmanager
async def invite(runner: Runner, space: Space, port: int, *, own_device: bool) -> AsyncIterator[Invitation]:
    """Show a code while the context lasts."""
    invitation = Invitation(runner, space, port, own_device=own_device)
    try:
        yield invitation
    finally:
        invitation.close()


async def join(
    runner: Runner, code: str, me: str, device_name: str, address: tuple[str, int] | None, compare: Compare
) -> SpaceId:
    """Use a code, or what the picture beside it says; answers the space once both people said yes."""
    code, _, place = code.strip().partition("@")
    where = address or (parse_address(place) if place else None)
    met: asyncio.Future[Introduction] = asyncio.get_running_loop().create_future()
    number, joined = runner.request(
        lambda number: events.Join(number, code, me, device_name, None if where is None else Address(*where)),
        met.set_result,
    )
    joined.add_done_callback(_heard)
    try:
        await asyncio.wait((met, joined), return_when=asyncio.FIRST_COMPLETED, timeout=_LOOK_SECONDS)
        if not met.done() and not joined.done():
            raise Mishap.NOBODY.error()
        await _compare(runner, number, met, joined, compare)
        identifier: SpaceId = await asyncio.shield(joined)
        return identifier
    finally:
        if not joined.done():
            runner.stop_asking(number, Closed("The joining was stopped."))


async def _compare(
    runner: Runner,
    request: int,
    met: "asyncio.Future[Introduction]",
    ended: "asyncio.Future[Any]",
    compare: Compare,
) -> None:
    """Ask the person here about the words, unless the other side ends it first, and say what they answer."""
    await asyncio.wait((met, ended), return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        return
    comparing = asyncio.ensure_future(compare(met.result()))
    try:
        await asyncio.wait((comparing, ended), return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not comparing.done():
            comparing.cancel()
            await asyncio.gather(comparing, return_exceptions=True)
    if not ended.done():
        runner.handle(events.Compared(request, same=comparing.result()))


def parse_address(text: str) -> tuple[str, int]:
    """Host and port as a person types them: 192.168.1.20:5000, [fe80::1%eth0]:5000 or name:5000."""
    match = _TYPED.fullmatch(text.strip())
    if match is None or not 0 < int(match["port"]) <= _PORT_MAX:
        raise Mishap.NO_ADDRESS.error()
    if match["six"] is None:
        return match["host"], int(match["port"])
    try:
        host = str(ipaddress.IPv6Address(match["six"]))
    except ValueError:
        raise Mishap.NO_ADDRESS.error() from None
    return host + (match["scope"] or ""), int(match["port"])


def qr_text(code: str, hosts: list[str], port: int) -> str:
    """What the picture beside a code says: the code, and where the device that shows it listens."""
    if not hosts:
        return code
    host = f"[{hosts[0]}]" if ":" in hosts[0] else hosts[0]
    return f"{code}@{host}:{port}"


def _heard(ended: "asyncio.Future[Any]") -> None:
    """Nobody has to wait for how it ended."""
    if not ended.cancelled():
        ended.exception()
