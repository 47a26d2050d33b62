"""Two laptops that meet: a code shown or used, the words that two people compare, and who it was.

One at a time, and it outlives the window that began it. It knows the node and how to say what came of it; nothing of
which space is looked at, beyond the one that it is given, and nothing of pages.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Final

import msgspec

from collar_sync import Introduction
from collar_sync.errors import CollarError, Unreachable
from collar_sync.node import Device, Space
from demo_app import trouble
from demo_app.bell import Bell
from demo_app.network import Address

APART_SECONDS_MAX: Final = 6.0  # two nodes on one machine find each other in about one second, where multicast works
BY_ADDRESS: Final = (
    "The two windows did not find each other over the network of this machine (no multicast), so they were introduced "
    "by address. Everything else is as between two laptops."
)


class Pairing(msgspec.Struct, frozen=True):
    """Where pairing stands: a code shown or used, the words to compare, or who it was. Problems are sentences.

    `own` says that the laptop that joins becomes one more of `partner`'s; `compared`, that this person said yes and the
    other is still looking; `paired`, that both did.
    """

    code: str | None = None
    qr_text: str | None = None
    expires_at: int | None = None
    joining: bool = False
    showing_problem: str | None = None
    joining_problem: str | None = None
    words: tuple[str, ...] | None = None
    partner: str | None = None
    own: bool = False
    compared: bool = False
    paired: bool = False


class Meeting:
    """The pairing under way on one laptop. `neighbour` is where the other half of a --duo listens."""

    def __init__(self, bell: Bell, neighbour: Callable[[], Address | None]) -> None:
        self.pairing = Pairing()
        self.notice: str | None = None
        self._bell = bell
        self._neighbour = neighbour
        self._task: asyncio.Task[None] | None = None
        self._apart: asyncio.Timeout | None = None  # how long a duo looks around before it is introduced
        self._same: asyncio.Future[bool] | None = None  # what this person says of the words on the screen

    async def show_code(self, device: Device, space: Space, *, own: bool) -> None:
        """Show a code until it is used, runs out, or is stopped; `own` for another laptop of this person."""
        await self.stop()
        self._begin(self._show_code(device, space, own=own))

    async def join(
        self, device: Device, code: str, address: Address | None, *, me: str, called: str, then: Callable[[Space], None]
    ) -> None:
        """Use the code that the other laptop shows, as `me` on a laptop `called` so; `then` is told of the space."""

        async def at(address: Address | None) -> Space:
            return await device.join(code, me=me, device_name=called, address=address, compare=self._compare)

        await self.stop()
        self._set(Pairing(joining=True))
        self._begin(self._join(at, address, then))

    def compared(self, *, same: bool) -> None:
        """This person compared the words."""
        if self._same is not None and not self._same.done():
            self._set(msgspec.structs.replace(self.pairing, compared=same))
            self._same.set_result(same)

    async def stop(self) -> None:
        """Stop showing or using a code."""
        await self.close()
        self._task = None
        self.forget()

    async def close(self) -> None:
        """Stop, and leave on the screen what is there."""
        await cancel(self._task)

    def forget(self) -> None:
        """Say nothing any more of what came of it."""
        self._set(Pairing())

    def introduce(self, device: Device) -> None:
        """Tell the node where its neighbour on this machine is; for where the network carries no multicast."""
        neighbour = self._neighbour()
        if neighbour is not None:
            device.connect(*neighbour)
            self.notice = BY_ADDRESS
            self._bell.ring()

    async def _show_code(self, device: Device, space: Space, *, own: bool) -> None:
        try:
            async with device.invite(space, own_device=own) as invite:
                self._set(Pairing(code=invite.code, qr_text=invite.qr_text, expires_at=invite.expires_at))
                partner = await invite.joined(self._compare)
                self._set(Pairing(partner=partner.name, own=own, paired=True))
        except CollarError as error:
            self._set(Pairing(showing_problem=str(error)))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave a code on the screen
            self._set(Pairing(showing_problem=trouble.report(error)))

    async def _join(
        self,
        at: Callable[[Address | None], Awaitable[Space]],
        address: Address | None,
        then: Callable[[Space], None],
    ) -> None:
        try:
            space = await self._find(at, address)
        except CollarError as error:
            self._set(Pairing(joining_problem=str(error)))
            return
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave the page searching
            self._set(Pairing(joining_problem=trouble.report(error)))
            return
        then(space)
        self._set(Pairing(partner=self.pairing.partner, own=self.pairing.own, paired=True))

    async def _compare(self, seen: Introduction) -> bool:
        """Put the words on the screen, and wait for what this person says of them."""
        if self._apart is not None:
            self._apart.reschedule(None)  # they found each other: comparing takes as long as two people need
        self._same = asyncio.get_running_loop().create_future()
        self._set(Pairing(words=seen.words, partner=seen.person_name, own=seen.own))
        return await self._same

    async def _find(self, at: Callable[[Address | None], Awaitable[Space]], address: Address | None) -> Space:
        """Join at that address, or by looking around; in a duo that finds nobody, at the neighbour's address."""
        neighbour = self._neighbour()
        if address is not None or neighbour is None:
            return await at(address)
        try:
            async with asyncio.timeout(APART_SECONDS_MAX) as self._apart:
                return await at(None)
        except (TimeoutError, Unreachable):
            pass  # to be introduced by address
        finally:
            self._apart = None
        space = await at(neighbour)
        self.notice = BY_ADDRESS
        return space

    def _begin(self, pairing: Coroutine[None, None, None]) -> None:
        self._task = asyncio.create_task(pairing)

    def _set(self, pairing: Pairing) -> None:
        self.pairing = pairing
        self._bell.ring()


async def cancel(task: asyncio.Task[None] | None) -> None:
    """End a task, and wait until it has."""
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
