"""Own entries about a habit between real devices: what is told again, what ends at once, what no store holds."""

from pathlib import Path

import pytest

from collar_sync import ConsentState, Device, Space, limits
from collar_sync.core.binding import load_snapshot
from collar_sync.core.durable import Kept
from collar_sync.domain.agreements import Reflection
from collar_sync.node.opening import open_store
from tests.node.people import pair
from tests.node.test_device import open_device, two_devices, until

HABIT = "lights out by eleven"
CLEAR = Reflection(need="sleep that carries us", free_to_refuse=True, source="clarity")


async def tracked(alex: Device, sam: Device, ours: Space, theirs: Space) -> str:
    made = await ours.agreements.propose("tracking", [HABIT], CLEAR)
    await until(sam, lambda: bool(theirs.agreements.all()))
    await theirs.agreements.grant(made.id)
    await until(alex, lambda: ours.agreements.get(made.id).state(ours.now()) is ConsentState.ACTIVE)
    return made.id


def words(space: Space, of: Space) -> list[str]:
    return [each.note for each in space.tracking.of(of.me)]


async def test_entries_are_shown_while_both_agree_also_after_the_app_was_closed_and_end_with_one_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AIR_LOST_MILLISECONDS", 300)
    async with await open_device(tmp_path / "alex") as alex:
        sam = await open_device(tmp_path / "sam")
        ours = await alex.create_space("Us", me="Alex")
        theirs, _ = await pair(alex, ours, sam)
        made = await tracked(alex, sam, ours, theirs)
        await theirs.tracking.write(made, HABIT, "a little later")
        await until(alex, lambda: words(ours, theirs) == ["a little later"])
        me = theirs.me
        await sam.close()
        await until(alex, lambda: ours.tracking.of(me) == ())
        async with await open_device(tmp_path / "sam") as again:
            (theirs,) = again.spaces
            assert [each.note for each in theirs.tracking.mine()] == ["a little later"]
            await until(alex, lambda: len(ours.tracking.of(me)) == 1)  # told again by itself
            await theirs.tracking.write(made, HABIT, "in time", "2026-11-01")
            await until(alex, lambda: sorted(words(ours, theirs)) == ["a little later", "in time"])
            await ours.agreements.pause(made)
            assert ours.tracking.of(me) == (), "at once, on the device that said no"
            await ours.agreements.resume(made)
            await until(alex, lambda: len(ours.tracking.of(me)) == 2)  # told again by itself
            await theirs.agreements.revoke(made)
            await until(alex, lambda: ours.tracking.of(me) == ())
            assert len(theirs.tracking.mine()) == 2
            assert (*ours.problems(), *theirs.problems()) == ()


async def test_what_one_wrote_is_in_no_store_of_another(tmp_path: Path) -> None:
    marker = "entry-marker-27d1"
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, _):
        made = await tracked(alex, sam, ours, theirs)
        await ours.tracking.write(made, HABIT, marker)
        await until(sam, lambda: words(theirs, ours) == [marker])
        assert marker not in theirs.export.json(journal=True)
        assert marker in ours.export.json(journal=True)
        assert marker not in ours.export.json()
        await ours.agreements.revoke(made)
        await until(sam, lambda: theirs.tracking.of(ours.me) == ())
    for name in ("alex", "sam"):
        store, _ = open_store(tmp_path / name, "a passphrase", "interactive")
        kept = [
            *store.settings().values(),
            *(piece for each in store.documents() for piece in _pieces(store.load(each))),
        ]
        store.close()
        assert any(HABIT.encode() in each for each in kept)
        assert any(marker.encode() in each for each in kept) == (name == "alex")


def _pieces(kept: Kept) -> list[bytes]:
    sealed = load_snapshot(kept.chunk) if kept.chunk else []
    return [*sealed, *(change.raw for change in kept.log)]
