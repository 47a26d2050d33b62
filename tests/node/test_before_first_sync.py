"""A device that was let in and has not heard from anybody yet: each act is refused with nothing written, or done.

It knows neither the others nor whose device it is, so nothing that it said could be read as anybody's. A pause and a
limit need nobody, and what is private is: these are done, and count from the moment at which the others hear of them.
"""

import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from collar_sync import Device, LocalError, Space
from collar_sync.core.talk import Talk
from collar_sync.domain.agreements import Reflection
from collar_sync.domain.repair_writing import commitment
from collar_sync.errors import NotAllowed, PairingFailed
from collar_sync.ids import PersonId
from collar_sync.node import device as device_module
from tests.node.people import pair
from tests.node.test_device import open_device, until

CALM: Final = Reflection(need="n", free_to_refuse=True, source="clarity")
Act = Callable[[Space], Awaitable[object]]


def named(noun: str, *verbs: str, more: tuple[Any, ...] = ()) -> dict[str, Act]:
    """Acts on something by its id: there is nothing here yet."""

    def act(verb: str) -> Act:
        return lambda space: getattr(getattr(space, noun), verb)("statement_none", *more)

    return {f"{noun}.{verb}": act(verb) for verb in verbs}


async def share_check_in(space: Space) -> object:
    return await space.check_ins.share((await space.check_ins.write("steady")).id)


async def share_slip(space: Space) -> object:
    return await space.slips.share((await space.slips.write("I forgot it", "promise-missed")).id)


SHARED: Final[dict[str, Act]] = {
    "tasks.ask": lambda space: space.tasks.ask("Tea", of=space.me),
    "tasks.promise": lambda space: space.tasks.promise("Tea", repeat="FREQ=DAILY", due="2026-05-01T18:00"),
    **named("tasks", "accept", "decline", "done", "take_back"),
    **named("tasks", "rename", "describe", more=("words",)),
    "tasks.reword": lambda space: space.tasks.reword("nothing of that name", title="words"),
    **named("tasks", "reschedule", more=("2026-05-01T18:00",)),
    "consents.propose": lambda space: space.consents.propose("p", ["a"]),
    **named("consents", "grant", "decline", "pause", "resume", "revoke"),
    "agreements.propose": lambda space: space.agreements.propose("rule", ["a"], CALM),
    **named("agreements", "grant", "decline", "pause", "resume", "revoke"),
    "sharing.propose": lambda space: space.sharing.propose("mood", purpose="p"),
    **named("reviews", "held"),
    "checklists.begin": lambda space: space.checklists.begin("scene", ["water"]),
    **named("checklists", "again", "tick", "untick", "end"),
    "sessions.begin": lambda space: space.sessions.begin("study", 30),
    **named("sessions", "join", "take_break", "resume", "leave", "end"),
    **named("tracking", "write", more=("sleep",)),
    **named("tracking", "remove", "restore"),
    "check_ins.share": share_check_in,
    "moments.share": lambda space: space.moments.share("thank you"),
    "updates.share": lambda space: space.updates.share("I set an alarm"),
    "slips.share": share_slip,
    **named("repairs", "begin", "ready", "close", "again", "take_back", "step_out", "step_back"),
    **named("repairs", "share_part", "offer_apology", "promise", "say"),
    **named("repairs", "sign", more=("statement_none",)),
    **named("repairs", "propose_talk", more=(1_777_622_400_000,)),
    **named("repairs", "propose_facts", more=("It was so.",)),
    "repairs.propose_plan": lambda space: space.repairs.propose_plan(
        "statement_none", changes=["c"], commitments=[commitment("Tea", space.me)]
    ),
    **named("repairs", "propose_weekly", more=(6, "18:00", "18:30", "Europe/Berlin")),
    "presence.show": lambda space: space.presence.show(PersonId("person_none")),
    "limits.set": lambda space: space.limits.set("No photos"),
    **named("limits", "loosen"),
    **named("limits", "reword", more=("No photos at all",)),
    "pauses.pause": lambda space: space.pauses.pause(),
    "pauses.lift": lambda space: space.pauses.lift(),
    "presence.hide": lambda space: space.presence.hide(),
    "erasing.ask": lambda space: space.erasing.ask(),
    "erasing.receipt": lambda space: space.erasing.receipt(),
    "undo.take_back": lambda space: space.undo.take_back(),
}
ALWAYS: Final = {"limits.set", "pauses.pause", "presence.hide"}  # they need nobody, and narrow
SILENT: Final = {"erasing.receipt"}  # where nobody asked there is nothing to say
ALONE: Final = {  # what a device keeps for its person; of repairs and slip-ups their drafts
    *("aside", "drafts", "help", "journal", "memories", "reminders", "safety", "scripts"),
    *("check_ins.write", "check_ins.not_now", "check_ins.remove", "slips.write", "slips.edit", "slips.remove"),
    *("repairs.write_part", "repairs.write_apology", "devices"),
}


def acts(space: Space) -> set[str]:
    """Every act of every noun of a space."""
    found = set()
    for noun, face in vars(space).items():
        if not noun.startswith("_") and type(face).__module__.startswith("collar_sync."):
            for name, _ in inspect.getmembers(type(face), inspect.iscoroutinefunction):
                if not name.startswith("_"):
                    found.add(f"{noun}.{name}")
    return found


@contextlib.asynccontextmanager
async def let_in(folder: Path, patch: pytest.MonkeyPatch, *, own: bool) -> AsyncIterator[tuple[Device, Device, Space]]:
    """Alex's device, one that was let in and was told nothing yet, and the space as that one knows it."""
    async with await open_device(folder / "alex") as alex, await open_device(folder / "new") as new:
        ours = await alex.create_space("Us", me="Alex")
        with patch.context() as quiet:
            quiet.setattr(device_module, "_FIRST_SYNC_SECONDS", 0.0)
            quiet.setattr(Talk, "begin", lambda *_: None)
            with contextlib.suppress(PairingFailed):
                await pair(alex, ours, new, own_device=own)
            (space,) = new.spaces
            assert space.me not in space.people()
            yield alex, new, space


def written(space: Space) -> tuple[set[str], object]:
    kinds = ("task", "schema")
    return {each.id for each in space.statements("")}, [dict(space.records(kind)) for kind in kinds]


@pytest.mark.parametrize("own", [False, True], ids=["a partner's device", "a device of one's own"])
async def test_every_act_is_refused_with_nothing_written_or_done_and_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, own: bool
) -> None:
    async with let_in(tmp_path, monkeypatch, own=own) as (_, _, space):
        listed = {each for each in acts(space) if not {each, each.partition(".")[0]} & ALONE}
        assert listed == SHARED.keys(), "every act is tried"
        done = set()
        for name, act in SHARED.items():
            before = written(space)
            try:
                await act(space)
            except LocalError:
                assert written(space) == before, f"{name} was refused, and is written"
            else:
                done.add(name)
                assert (written(space) != before) == (name not in SILENT), f"{name} was done, and is not written"
        assert done == ALWAYS | SILENT
        entry = await space.journal.write("Here already")
        assert space.journal.all() == (entry,)


@pytest.mark.parametrize("own", [False, True], ids=["a partner's device", "a device of one's own"])
async def test_what_was_refused_can_be_done_after_the_first_sync_and_what_was_done_counts_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, own: bool
) -> None:
    async with let_in(tmp_path, monkeypatch, own=own) as (alex, _, space):
        paused = await space.pauses.pause()
        limit = await space.limits.set("No photos")
        with pytest.raises(NotAllowed, match="wait for the first sync"):
            await space.tasks.promise("Tea")
        with pytest.raises(NotAllowed):
            await share_check_in(space)
        assert [each.shared for each in space.check_ins.mine()] == [False], "and it is still here"
        await alex.close()
    async with await open_device(tmp_path / "alex") as alex, await open_device(tmp_path / "new") as new:
        (ours,), (space,) = alex.spaces, new.spaces
        new.connect("127.0.0.1", alex.port)
        await until(new, lambda: space.me in space.people())
        await until(alex, lambda: {each.id for each in ours.limits.standing()} == {limit.id})
        for each in (ours, space):
            assert [pause.id for pause in each.pauses.standing()] == [paused.id]
            assert [pause.person for pause in each.pauses.standing()] == [space.me]
        assert (space.me == ours.me) == own
        await space.pauses.lift()
        promised = await space.tasks.promise("Tea")
        assert promised.for_person == space.me
