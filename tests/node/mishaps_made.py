"""How each mishap of a pairing is made to happen between two real devices."""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from collar_sync import Device, Introduction, PairingFailed, Space, limits
from collar_sync.core import pairing, pairing_frames
from collar_sync.core.mishaps import Mishap
from collar_sync.errors import CollarError
from collar_sync.node import pairing as node_pairing
from tests.node.people import no, pair, yes


class Scene(NamedTuple):
    """Alex has a space, Sam has a device; nothing was ever paired."""

    alex: Device
    sam: Device
    ours: Space
    folder: Path
    patch: pytest.MonkeyPatch

    @property
    def place(self) -> tuple[str, int]:
        return ("127.0.0.1", self.alex.port)

    def joins(
        self, code: str, compare: Callable[[Introduction], Awaitable[bool]] = yes, **more: Any
    ) -> Awaitable[Space]:
        return self.sam.join(code, **{"me": "Sam", "address": self.place, "compare": compare, **more})


Told = dict[str, CollarError | None]  # what Alex is told who shows a code, what Sam is told who types one


async def both(showing: Awaitable[Any], typing: Awaitable[Any]) -> Told:
    """What each of the two is told in the end."""
    ends = await asyncio.gather(showing, typing, return_exceptions=True)
    for end in ends:
        assert not isinstance(end, BaseException) or isinstance(end, CollarError), repr(end)
    alex, sam = (end if isinstance(end, CollarError) else None for end in ends)
    return {"alex": alex, "sam": sam}


async def told(asking: Awaitable[Any]) -> Told:
    """What the one who asks is told."""
    try:
        await asking
    except CollarError as error:
        return {"one": error}
    raise AssertionError("nothing went wrong")


async def shown(
    each: Scene, compare: Callable[[Introduction], Awaitable[bool]], *, says: bool | None = True, own: bool = False
) -> Told:
    """Alex shows a code and Sam types it; Alex says this of the words, or nothing."""
    async with each.alex.invite(each.ours, own_device=own) as invitation:

        async def showing() -> None:
            if says is None:
                await invitation.met()
                await asyncio.shield(invitation._joined)
            elif says:
                await invitation.confirm()
            else:
                await invitation.reject()
                await invitation.met()

        return await both(showing(), each.joins(invitation.code, compare))


async def never(_seen: Introduction) -> bool:
    await asyncio.sleep(3_600)
    return True


def other(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**8:08d}"


async def wrong_code(each: Scene) -> Told:
    async with each.alex.invite(each.ours) as invitation:
        return await both(invitation.met(), each.joins(other(invitation.code)))


async def used_code(each: Scene) -> Told:
    async with each.alex.invite(each.ours) as invitation:
        await both(invitation.met(), each.joins(other(invitation.code)))
        return await told(each.joins(invitation.code))


async def own_code(each: Scene) -> Told:
    async with each.alex.invite(each.ours) as invitation:
        return await told(each.alex.join(invitation.code, me="Alex", address=each.place, compare=yes))


async def unused(each: Scene) -> Told:
    each.patch.setattr(limits, "PAIRING_MILLISECONDS_MAX", 100)
    async with each.alex.invite(each.ours) as invitation:
        return await told(invitation.met())


async def nobody(each: Scene) -> Told:
    each.patch.setattr(node_pairing, "_LOOK_SECONDS", 0.1)
    return await told(each.joins("1234 5678", address=None))


async def already(each: Scene) -> Told:
    await pair(each.alex, each.ours, each.sam)
    return await shown(each, yes)


async def otherwise(each: Scene) -> Told:
    """Sam is in as somebody else, and Alex shows a code for one more device of his own."""
    await pair(each.alex, each.ours, each.sam)
    return await shown(each, yes, own=True)


async def gone(each: Scene) -> Told:
    """Alex removes a laptop of his that does not get to hear of it, and joins with it again."""
    theirs, _ = await pair(each.alex, each.ours, each.sam, own_device=True)
    each.patch.setattr("collar_sync.core.parting.Parting.told", lambda *_: None)
    await each.ours.devices.remove(theirs._state.keys.device)
    return await shown(each, yes, own=True)


async def left_before(each: Scene) -> Told:
    theirs, _ = await pair(each.alex, each.ours, each.sam)
    await theirs.leave(tell=False)
    return await shown(each, yes)


async def words_differ_here(each: Scene) -> Told:
    ends = await shown(each, no)
    return {"alex": None, "sam": ends["sam"]}


async def words_differ_there(each: Scene) -> Told:
    ends = await shown(each, no)
    return {"alex": ends["alex"], "sam": None}


async def not_compared(each: Scene) -> Told:
    each.patch.setattr(limits, "COMPARE_MILLISECONDS_MAX", 300)
    return await shown(each, never)


async def stopped_by_the_joiner(each: Scene) -> Told:
    async with each.alex.invite(each.ours) as invitation:
        joining = asyncio.ensure_future(each.joins(invitation.code, never))
        await invitation.met()
        joining.cancel()
        return await told(invitation.confirm())


async def broke_off(each: Scene) -> Told:
    async with each.alex.invite(each.ours) as invitation:
        joining = asyncio.ensure_future(each.joins(invitation.code, never))
        await invitation.met()
        for connection in list(each.alex._runner._connections.values()):
            connection.abort("The cable was pulled.")
        return await both(invitation.confirm(), joining)


async def went_silent(each: Scene) -> Told:
    """Sam's device falls asleep after its first frame: the connection stays, and nothing comes any more."""
    each.patch.setattr(limits, "HANDSHAKE_MILLISECONDS_MAX", 2_000)  # a busy machine stands still for a while
    each.patch.setattr(pairing.Joiner, "receive", lambda *_: pairing.PairingStep())
    async with each.alex.invite(each.ours) as invitation:
        joining = asyncio.ensure_future(each.joins(invitation.code))
        return await both(invitation.met(), joining)


async def another_version(each: Scene, version: int) -> Told:
    each.patch.setattr(pairing, "VERSION", version)  # of the joiner's frames; what is read goes by the other
    async with each.alex.invite(each.ours) as invitation:
        return await both(invitation.met(), each.joins(invitation.code))


async def newer(each: Scene) -> Told:
    return {"alex": (await another_version(each, pairing_frames.VERSION + 1))["alex"]}


async def older(each: Scene) -> Told:
    return {"alex": (await another_version(each, pairing_frames.VERSION - 1))["alex"]}


async def disturbed(each: Scene) -> Told:
    """Something on the way alters what is sent."""

    class Altering(pairing.Joiner):
        def start(self) -> bytes:
            return super().start() + b"!"

    each.patch.setattr("collar_sync.core.joinings.Joiner", Altering)
    async with each.alex.invite(each.ours) as invitation:
        return {"alex": (await both(invitation.met(), each.joins(invitation.code)))["alex"]}


async def over(each: Scene) -> Told:
    side = pairing.Joiner("1234 5678", each.ours._state.keys, "Sam", "laptop", bytes)
    side.start()
    try:
        side.start()
    except CollarError as error:
        return {"one": error}
    return {}


async def showing_already(each: Scene) -> Told:
    async with each.alex.invite(each.ours):
        return await told(each.alex.invite(each.ours).__aenter__())


async def joining_already(each: Scene) -> Told:
    first = asyncio.ensure_future(each.joins("1234 5678", address=None))
    await asyncio.sleep(0)
    try:
        return await told(each.joins("8765 4321", address=None))
    finally:
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def too_soon(each: Scene) -> Told:
    for _ in range(limits.PAIRING_FAILURES_FREE + 1):
        await wrong_code(each)
    return await told(each.alex.invite(each.ours).__aenter__())


async def not_listening(each: Scene) -> Told:
    async with await Device.open(
        each.folder / "kim", "a passphrase", listen=None, discovery=False, cost="interactive"
    ) as kim:
        space = await kim.create_space("Mine", me="Kim")
        try:
            kim.invite(space)
        except CollarError as error:
            return {"one": error}
    return {}


async def no_such_space(each: Scene) -> Told:
    elsewhere = await each.sam.create_space("Mine", me="Sam")
    return await told(each.alex.invite(elsewhere).__aenter__())


async def not_here_yet(each: Scene) -> Told:
    """Sam is in, and Alex's device goes off before the first sync."""
    each.patch.setattr("collar_sync.node.device._FIRST_SYNC_SECONDS", 0.0)
    each.patch.setattr("collar_sync.core.talk.Talk.begin", lambda *_: None)
    with contextlib.suppress(PairingFailed):
        await pair(each.alex, each.ours, each.sam)
    return await told(each.sam.invite(each.sam.spaces[0]).__aenter__())


def typed(**said: Any) -> Callable[[Scene], Awaitable[Told]]:
    return lambda each: told(each.joins(**{"code": "1234 5678", **said}))


HAPPENS: dict[Mishap, Callable[[Scene], Awaitable[Told]]] = {
    Mishap.NOT_DIGITS: typed(code="1234 567x"),
    Mishap.NOT_EIGHT: typed(code="1234 567"),
    Mishap.NO_ADDRESS: typed(code="1234 5678@here", address=None),
    Mishap.NO_NAME: typed(me=" "),
    Mishap.OWN_CODE: own_code,
    Mishap.NOT_LISTENING: not_listening,
    Mishap.NO_SUCH_SPACE: no_such_space,
    Mishap.NOT_HERE_YET: not_here_yet,
    Mishap.SHOWING_ALREADY: showing_already,
    Mishap.JOINING_ALREADY: joining_already,
    Mishap.TOO_SOON: too_soon,
    Mishap.NOBODY: nobody,
    Mishap.NOT_SHOWN: used_code,
    Mishap.UNUSED: unused,
    Mishap.WRONG_CODE: wrong_code,
    Mishap.NEWER_THERE: newer,
    Mishap.OLDER_THERE: older,
    Mishap.HERE_ALREADY: already,
    Mishap.OTHERWISE_HERE: otherwise,
    Mishap.OVER_HERE: left_before,
    Mishap.GONE_HERE: gone,
    Mishap.GONE_THERE: gone,
    Mishap.THERE_ALREADY: already,
    Mishap.STOPPED_THERE: stopped_by_the_joiner,
    Mishap.BROKE_OFF: broke_off,
    Mishap.WENT_SILENT: went_silent,
    Mishap.DISTURBED: disturbed,
    Mishap.OVER: over,
    Mishap.DIFFER_HERE: words_differ_here,
    Mishap.DIFFER_THERE: words_differ_there,
    Mishap.NOT_COMPARED: not_compared,
}


def said(error: CollarError | None) -> str:
    """The sentence without the number in it."""
    return "".join("{}" if digits else "".join(run) for digits, run in itertools.groupby(str(error), str.isdigit))
