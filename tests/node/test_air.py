"""Words in passing, presence and live sharing between real devices on the loopback."""

import asyncio
import contextlib
import logging
from pathlib import Path

import msgspec
import pytest

from collar_sync import Device, Space, limits
from collar_sync.core.durable import Kept
from collar_sync.domain.sharing import Live
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.node.opening import open_store
from tests.node.people import pair
from tests.node.test_device import open_device, two_devices, until


class Line(msgspec.Struct):
    """What somebody is typing."""

    text: str
    at: int = 0


class Other(msgspec.Struct):
    """The same kind as a newer version of an app writes it."""

    words: list[str]


async def test_an_app_tells_in_passing_what_another_device_reads_typed_and_is_told_when_it_changes(
    tmp_path: Path,
) -> None:
    lifetime = 0.25
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, partner):
        ours.air.tell("line", Line("hel", 3), to=[partner], lifetime_milliseconds=60_000)
        await until(sam, lambda: bool(theirs.air.heard("line", Line)))
        (word,) = theirs.air.heard("line", Line)
        assert (word.body, word.person) == (Line("hel", 3), ours.me)
        assert theirs.air.heard("line", Other) == ()  # what cannot be read is not heard
        ours.air.tell("line", Line("hello"), to=[partner], lifetime_milliseconds=60_000)
        await until(sam, lambda: [word.body.text for word in theirs.air.heard("line", Line)] == ["hello"])
        ours.air.hush("line")
        await until(sam, lambda: theirs.air.heard("line", Line) == ())
        while not theirs.air.heard("line", Line):  # on a machine that is busy it may be over before it came
            lifetime = 2 * lifetime
            ours.air.tell("line", Line("soon gone"), to=[partner], lifetime_milliseconds=round(1000 * lifetime))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(lifetime):
                    await until(sam, lambda: theirs.air.heard("line", Line) != ())
        await until(sam, lambda: theirs.air.heard("line", Line) == ())
        assert alex.problems() == sam.problems() == []
        for kind in ("", "x" * 61, "half a character \ud800"):
            with pytest.raises(InvalidInput):
                ours.air.hush(kind)
            with pytest.raises(InvalidInput):
                ours.air.tell(kind, Line("x"), to=[partner], lifetime_milliseconds=60_000)


async def test_presence_and_sharing_are_off_until_granted_and_end_on_both_sides_with_one_no(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, partner):
        with pytest.raises(NotAllowed):
            ours.presence.arrive()
        with pytest.raises(NotAllowed):
            ours.sharing.tell("place", "at the lake")
        await ours.presence.show(partner)
        ours.presence.arrive()
        await until(sam, lambda: theirs.presence.here() == {ours.me})
        consent = await ours.sharing.propose(["place"], purpose="To feel near")
        await until(sam, lambda: bool(theirs.consents.all()))
        await theirs.consents.grant(consent.id)
        await until(alex, lambda: ours.consents.get(consent.id).state(ours.now()).value == "active")
        ours.sharing.tell("place", "at the lake")
        await until(sam, lambda: theirs.sharing.of(ours.me) == (Live("place", "at the lake"),))
        assert [each.text for each in ours.sharing.mine()] == ["at the lake"]
        await theirs.consents.pause(consent.id)
        assert theirs.sharing.of(ours.me) == ()  # at once, on the device that said no
        await until(alex, lambda: ours.sharing.mine() == ())
        await theirs.consents.resume(consent.id)
        await until(alex, lambda: ours.consents.get(consent.id).state(ours.now()).value == "active")
        assert (ours.sharing.mine(), theirs.sharing.of(ours.me)) == ((), ())
        assert theirs.presence.here() == {ours.me}
        await ours.pauses.pause()
        await until(sam, lambda: theirs.presence.here() == set())


async def test_no_byte_of_what_is_told_in_passing_is_in_a_store_a_log_or_a_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    marker = "unwritten-marker-51ac"
    async with two_devices(tmp_path) as (_, sam, ours, theirs, partner):
        ours.air.tell("line", Line(marker), to=[partner], lifetime_milliseconds=60_000)
        await until(sam, lambda: bool(theirs.air.heard("line", Line)))
        task = await ours.tasks.ask("written-marker-8f1d", of=partner)
        await until(sam, lambda: any(each.id == task.id for each in theirs.tasks.all()))
        await asyncio.sleep(0.3)
    assert theirs.air.heard("line", Line) == ()  # a device that is closed remembers nothing
    assert ours.sharing.mine() == ()
    logging.getLogger("a story").debug("logged-marker-77e0")
    assert "logged-marker-77e0" in caplog.text  # what is logged is seen
    assert marker not in caplog.text
    for name in ("alex", "sam"):
        store, _ = open_store(tmp_path / name, "a passphrase", "interactive")
        kept = list(store.settings().values())
        kept += [piece for document in store.documents() for piece in _pieces(store.load(document))]
        store.close()
        everything = b"\0".join(kept)
        assert b"written-marker-8f1d" in everything
        assert marker.encode() not in everything
        for path in (tmp_path / name).iterdir():
            assert marker.encode() not in path.read_bytes()


def _pieces(kept: Kept) -> list[bytes]:
    return [kept.chunk or b"", *(change.raw for change in kept.log)]


async def test_a_device_that_is_closed_is_heard_no_more_and_tells_nothing_when_it_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AIR_LOST_MILLISECONDS", 500)
    async with await open_device(tmp_path / "alex") as alex:
        sam = await open_device(tmp_path / "sam")
        ours: Space = await alex.create_space("Us", me="Alex")
        theirs, _ = await pair(alex, ours, sam)
        theirs.air.tell("line", Line("here"), to=[ours.me], lifetime_milliseconds=600_000)
        await until(alex, lambda: bool(ours.air.heard("line", Line)))
        await sam.close()
        again: Device = await open_device(tmp_path / "sam")
        async with again:
            await until(alex, lambda: ours.sync_status()[0].connected)
            await until(alex, lambda: ours.air.heard("line", Line) == ())
            (their,) = again.spaces
            their.air.tell("line", Line("back"), to=[ours.me], lifetime_milliseconds=600_000)
            await until(alex, lambda: [word.body.text for word in ours.air.heard("line", Line)] == ["back"])
