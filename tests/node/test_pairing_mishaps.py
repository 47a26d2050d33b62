"""Everything that can go wrong while two devices pair is told to each of the two in a sentence, and leaves nothing."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from collar_sync import Device, Introduction, Space, limits
from collar_sync.core import pairing, pairing_frames
from collar_sync.core.codes import new_code
from collar_sync.core.mishaps import Mishap
from collar_sync.errors import LocalError
from collar_sync.node import pairing as node_pairing
from collar_sync.node.pairing import Invitation
from collar_sync.shells import transport
from tests.node.mishaps_made import (
    HAPPENS,
    Scene,
    Told,
    already,
    another_version,
    broke_off,
    gone,
    left_before,
    never,
    not_compared,
    otherwise,
    said,
    shown,
    told,
    too_soon,
    wrong_code,
)
from tests.node.people import no, pair, yes
from tests.node.test_device import open_device, until


@contextlib.asynccontextmanager
async def scene(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with await open_device(folder / "alex") as alex, await open_device(folder / "sam") as sam:
        yield Scene(alex, sam, await alex.create_space("Us", me="Alex"), folder, patch)


async def inviter_says_no(each: Scene) -> Told:
    return await shown(each, never, says=False)


async def stopped_by_the_inviter(each: Scene) -> Told:
    async with contextlib.AsyncExitStack() as stack:
        invitation: Invitation = await stack.enter_async_context(each.alex.invite(each.ours))
        joining = asyncio.ensure_future(each.joins(invitation.code, never))
        await invitation.met()
        await stack.aclose()
        return await told(joining)


PAIRED = {  # after one that went well
    Mishap.HERE_ALREADY,
    Mishap.OTHERWISE_HERE,
    Mishap.OVER_HERE,
    Mishap.GONE_HERE,
    Mishap.GONE_THERE,
    Mishap.THERE_ALREADY,
    Mishap.NOT_HERE_YET,
}


def template(mishap: Mishap) -> str:
    return "".join(
        "{}" if digits else "".join(run)
        for digits, run in itertools.groupby(mishap.sentence.replace("{}", "0"), str.isdigit)
    )


def test_everything_on_the_page_is_made_to_happen() -> None:
    assert {*HAPPENS} == {*Mishap}


@pytest.mark.parametrize("mishap", Mishap, ids=lambda mishap: mishap.name.lower())
async def test_it_is_said_in_its_own_sentence_with_a_way_on_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mishap: Mishap
) -> None:
    async with scene(tmp_path, monkeypatch) as each:
        ends = await HAPPENS[mishap](each)
        assert template(mishap) in {said(error) for error in ends.values()}, ends
        assert all(isinstance(error, LocalError) for error in ends.values() if error is not None)
        assert mishap.sentence.endswith(".")
        if mishap not in PAIRED:
            assert len(each.ours.people()) == 1
            assert not any(len(space.people()) != 1 for space in each.sam.spaces)
        monkeypatch.undo()
        if mishap not in PAIRED | {Mishap.TOO_SOON}:
            theirs, partner = await pair(each.alex, each.ours, each.sam)
            assert theirs.people()[partner.id].name == "Sam"


@pytest.mark.parametrize(
    ("happens", "alex", "sam"),
    [
        (wrong_code, Mishap.WRONG_CODE, Mishap.WRONG_CODE),
        (already, Mishap.THERE_ALREADY, Mishap.HERE_ALREADY),
        (left_before, Mishap.STOPPED_THERE, Mishap.OVER_HERE),
        (otherwise, Mishap.STOPPED_THERE, Mishap.OTHERWISE_HERE),
        (gone, Mishap.GONE_THERE, Mishap.GONE_HERE),
        (lambda each: shown(each, no), Mishap.DIFFER_THERE, Mishap.DIFFER_HERE),
        (inviter_says_no, Mishap.DIFFER_HERE, Mishap.DIFFER_THERE),
        (not_compared, Mishap.NOT_COMPARED, Mishap.NOT_COMPARED),
        (broke_off, Mishap.BROKE_OFF, Mishap.BROKE_OFF),
        (lambda each: another_version(each, 2), Mishap.NEWER_THERE, None),
    ],
    ids=[
        "wrong code",
        "already in",
        "left before",
        "as somebody else's",
        "removed before",
        "joiner says no",
        "inviter says no",
        "nobody says",
        "broke off",
        "version",
    ],
)
async def test_each_of_the_two_is_told_what_it_is_to_them(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[Scene], Awaitable[Told]],
    alex: Mishap,
    sam: Mishap | None,
) -> None:
    async with scene(tmp_path, monkeypatch) as each:
        ends = await happens(each)
        assert str(ends["alex"]) == alex.sentence
        assert sam is None or str(ends["sam"]) == sam.sentence


async def lost_on_the_way(each: Scene) -> Told:
    """Both say yes, and the cable is pulled before Sam hears that Alex's device let him in."""
    each.patch.setattr("collar_sync.node.device._FIRST_SYNC_SECONDS", 0.0)
    welcome = pairing.Inviter.welcome

    def pulled(side: pairing.Inviter, *verdict: pairing_frames.Verdict) -> bytes:
        for connection in list(each.sam._runner._connections.values()):
            connection.abort("The cable was pulled.")
        return welcome(side, *verdict)

    each.patch.setattr(pairing.Inviter, "welcome", pulled)
    return await shown(each, yes)


async def test_where_the_connection_breaks_after_both_said_yes_the_new_device_comes_in_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as each:
        ends = await lost_on_the_way(each)
        assert ends["alex"] is None
        assert str(ends["sam"]) == Mishap.NOT_HERE_YET.sentence
        (theirs,) = each.sam.spaces
        await until(
            each.sam, lambda: len(theirs.people()) == len(each.ours.people()) and theirs.sync_status()[0].in_step
        )
        assert theirs.notices() == ()


async def test_what_is_said_on_both_sides_while_somebody_let_in_has_not_finished_joining(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as each:
        monkeypatch.setattr("collar_sync.core.links.Links.answer", lambda *_: None)  # nothing gets through any more
        await lost_on_the_way(each)
        (theirs,) = each.sam.spaces
        assert (theirs.name, theirs.notices()) == ("Us", (Mishap.NOT_HERE_YET.sentence,))
        (status,) = each.ours.sync_status()
        assert "has not finished joining" in (status.why or "")
        assert status.person_name == "Sam"
        await each.sam.close()
    monkeypatch.undo()
    async with await open_device(tmp_path / "alex") as alex, await open_device(tmp_path / "sam") as sam:
        (theirs,), (ours,) = sam.spaces, alex.spaces
        assert theirs.notices() == (Mishap.NOT_HERE_YET.sentence,), "also after it was opened anew"
        again, partner = await pair(alex, ours, sam)
        assert again.id == theirs.id
        assert len(ours.people()) == len(ours.devices.all()) == 2, "the same device, once"
        assert theirs.me == partner.id
        assert theirs.notices() == ()


async def test_who_left_and_erased_the_space_comes_back_as_somebody_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as each:
        theirs, partner = await pair(each.alex, each.ours, each.sam)
        await theirs.leave(tell=False)
        await theirs.erase()
        again, anew = await pair(each.alex, each.ours, each.sam)
        assert anew.id != partner.id
        assert again.me == anew.id


async def test_stopping_on_the_inviters_side_is_told_to_the_joiner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as each:
        ends = await stopped_by_the_inviter(each)
        assert str(ends["one"]) == Mishap.STOPPED_THERE.sentence


async def test_an_address_that_answers_and_is_none_of_ours_or_does_not_answer_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        writer.close()

    async with scene(tmp_path, monkeypatch) as each:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            ends = await told(each.joins("1234 5678", address=server.sockets[0].getsockname()[:2]))
            assert "What answered is not one of your devices" in str(ends["one"])
        with socket.create_server(("127.0.0.1", 0)) as deaf, monkeypatch.context() as impatient:
            impatient.setattr(transport, "_OPEN_SECONDS", 0.5)
            ends = await told(each.joins("1234 5678", address=deaf.getsockname()[:2]))
            assert "Nothing answered in time" in str(ends["one"])
        ends = await told(each.joins("1234 5678", address=("nobody.invalid", 1)))
        assert "There is no device of that name" in str(ends["one"])


async def test_whoever_knows_the_code_and_stands_in_between_is_seen_in_the_words_and_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mallory shows Sam the code that Alex shows, types it at Alex's, and calls themself whatever each expects."""
    async with (
        scene(tmp_path, monkeypatch) as each,
        await open_device(tmp_path / "shows") as shows,
        await open_device(tmp_path / "types") as types,
    ):
        trap = await shows.create_space("Us", me="Alex")
        async with each.alex.invite(each.ours) as invitation:
            monkeypatch.setattr(node_pairing, "new_code", lambda _entropy: invitation.code)
            async with shows.invite(trap) as false:
                sees: dict[str, Introduction] = {}
                both_see = asyncio.Event()

                async def sam_compares(introduction: Introduction) -> bool:
                    sees["sam"], sees["alex"] = introduction, await invitation.met()
                    both_see.set()
                    return sees["sam"].words == sees["alex"].words

                async def alex_compares() -> None:
                    await both_see.wait()
                    await (invitation.confirm() if sees["sam"].words == sees["alex"].words else invitation.reject())
                    await asyncio.shield(invitation._joined)

                ends = await asyncio.gather(
                    alex_compares(),
                    each.joins(false.code, sam_compares, address=("127.0.0.1", shows.port)),
                    types.join(invitation.code, me="Sam", compare=yes, address=each.place),
                    false.joined(yes),
                    return_exceptions=True,
                )
        assert [str(end) for end in ends[:2]] == [Mishap.DIFFER_HERE.sentence] * 2
        assert (sees["alex"].person_name, sees["sam"].person_name, sees["sam"].space_name) == ("Sam", "Alex", "Us")
        assert (len(each.ours.people()), each.sam.spaces, types.spaces, len(trap.people())) == (1, (), (), 1)


async def test_how_many_codes_failed_is_remembered_when_the_app_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as each:
        await too_soon(each)
    async with await open_device(tmp_path / "alex") as alex:
        with pytest.raises(LocalError, match=r"no new code is shown for now. Wait \d+ seconds"):
            async with alex.invite(alex.spaces[0]):
                pass


async def test_a_pairing_that_goes_well_forgets_the_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as each:
        for _ in range(limits.PAIRING_FAILURES_FREE):
            await wrong_code(each)
        await pair(each.alex, each.ours, each.sam)
        for _ in range(limits.PAIRING_FAILURES_FREE):
            async with await open_device(tmp_path / "kim") as kim:
                await wrong_code(each._replace(sam=kim))
        async with each.alex.invite(each.ours):
            pass


async def test_a_second_space_and_a_second_device_of_the_same_person_come_by_the_same_flow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as each, await open_device(tmp_path / "tablet") as tablet:
        theirs, partner = await pair(each.alex, each.ours, each.sam)
        second = await each.sam.create_space("The garden", me="Sam")
        there, joined = await pair(each.sam, second, each.alex, me="Alex")
        assert {space.id for space in each.alex.spaces} == {space.id for space in each.sam.spaces}
        assert (there.me, joined.name) == (joined.id, "Alex")
        assert joined.id != each.ours.me, "nobody can tell that two spaces share a device"
        own, same = await pair(each.sam, theirs, tablet, me="whatever", device_name="Sam's tablet", own_device=True)
        assert (same.id, own.me, own.people()[own.me].name) == (partner.id, partner.id, "Sam")
        assert len(own.people()) == 2
        assert len(own.people()[own.me].devices) == 2


async def test_what_is_introduced_says_who_and_what_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as each, each.alex.invite(each.ours) as invitation:
        seen: list[Introduction] = []

        async def look(introduction: Introduction) -> bool:
            seen.append(introduction)
            return True

        met, _ = await asyncio.gather(invitation.met(), told_later(invitation, each.joins(invitation.code, look)))
        assert seen[0].words == met.words
        assert (met.person_name, met.space_name, met.own) == ("Sam", "Us", False)
        assert msgspec.structs.replace(seen[0], person_name="Sam") == msgspec.structs.replace(met, person_name="Sam")
        assert seen[0].person_name == "Alex"


async def told_later(invitation: Invitation, joining: Awaitable[Space]) -> Space:
    space, _ = await asyncio.gather(joining, invitation.confirm())
    return space


@pytest.mark.parametrize("place", ["127.0.0.1", "[::1]", "localhost"])
async def test_a_code_with_an_address_pairs_where_nobody_is_announced(tmp_path: Path, place: str) -> None:
    async with (
        await Device.open(tmp_path / "alex", "a passphrase", discovery=False, cost="interactive") as alex,
        await open_device(tmp_path / "sam") as sam,
    ):
        ours = await alex.create_space("Us", me="Alex")
        async with alex.invite(ours) as invitation:
            joining = sam.join(f"{invitation.code}@{place}:{alex.port}", me="Sam", compare=yes)
            theirs, _ = await asyncio.gather(joining, invitation.confirm())
        assert theirs.id == ours.id


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.168.1.20:5000", ("192.168.1.20", 5000)),
        (" laptop.local:80 ", ("laptop.local", 80)),
        ("[fe80::1%eth0]:41234", ("fe80::1%eth0", 41234)),
        ("[2001:DB8::7]:1", ("2001:db8::7", 1)),
    ],
)
def test_an_address_is_understood_as_people_type_it(text: str, place: tuple[str, int]) -> None:
    assert node_pairing.parse_address(text) == place


@pytest.mark.parametrize(
    "text", ["", "1.2.3.4", "fe80::1:5000", "[fe80::1]", "[zz::1]:5", "[1.2.3.4]:5", "a:0", "a:65536", "a b:1"]
)
def test_an_address_that_is_none_is_explained(text: str) -> None:
    with pytest.raises(LocalError, match="An address looks like"):
        node_pairing.parse_address(text)


def test_the_picture_holds_an_address_of_either_family_that_can_be_read_back() -> None:
    code = new_code(bytes(16))
    for host in ("192.168.1.20", "2001:db8::7"):
        _, _, place = node_pairing.qr_text(code, [host], 5000).partition("@")
        assert node_pairing.parse_address(place) == (host, 5000)
    assert node_pairing.qr_text(code, [], 5000) == code
