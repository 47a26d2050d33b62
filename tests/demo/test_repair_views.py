"""What a page is told of slip-ups and their repair: one's own alone until it is shared, and help before everything."""

import asyncio
import json
from collections.abc import Callable

from demo_app import actions, views
from demo_app.pictures import OpenState
from tests.demo.served import WAIT_SECONDS_MAX, Served, window
from tests.demo.test_views import _paired, _space


def _seen(page: Served) -> OpenState:
    state = views.picture(page.laptop)
    assert isinstance(state, OpenState)
    return state


async def _do(page: Served, kind: str, /, **fields: object) -> str | None:
    return (await actions.perform(page.laptop, json.dumps({"do": kind, "number": 1, **fields}))).problem


async def _until(page: Served, ready: Callable[[OpenState], object]) -> OpenState:
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        with page.laptop.bell.listening() as rung:
            while not ready(_seen(page)):
                await rung.wait()
                rung.clear()
    return _seen(page)


async def _quiet(*pages: Served) -> None:
    """Nothing is on its way to anybody: each knows it of the other, which need not happen at once."""
    for page in pages:
        await _until(page, lambda state: state.sync.standing == "in_step")


async def _shared(alex: Served, sam: Served) -> str:
    assert await _do(alex, "slip.write", sentence="You waited for an hour.", kind="promise-missed", mine=True) is None
    (draft,) = _seen(alex).repair.drafts
    assert _seen(sam).repair.repairs == []
    alone = await _do(alex, "slip.share", id=draft.id, people=[])
    assert alone == "There is nobody here to share it with. It stays with you."
    assert await _do(alex, "slip.share", id=draft.id, people=[_space(sam.laptop).me]) is None
    assert _seen(alex).repair.drafts[0].shared
    return (await _until(sam, lambda state: state.repair.repairs)).repair.repairs[0].id


async def test_what_waits_for_a_yes_waits_unseen_while_somebody_is_out(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    repair = await _shared(alex, sam)
    assert await _do(sam, "repair.step", repair=repair, step="begin") is None
    await _until(alex, lambda state: state.repair.repairs[0].stage == "pause")
    space = alex.laptop.space
    assert space is not None
    assert await _do(alex, "repair.talk", repair=repair, at=space.now() + 3_600_000) is None
    seen = await _until(sam, lambda state: state.repair.repairs[0].talk.versions)
    assert (seen.repair.repairs[0].step, seen.repair.repairs[0].talk.agreed) == ("sign-talk", None)
    assert await _do(alex, "repair.step", repair=repair, step="stepOut") is None
    seen = await _until(sam, lambda state: state.repair.repairs[0].step == "rest")
    assert seen.repair.repairs[0].talk.versions == []
    assert len(_seen(alex).repair.repairs[0].talk.versions) == 1, "one's own stays"
    version = _seen(alex).repair.repairs[0].talk.versions[0].id
    assert str(await _do(sam, "repair.sign", repair=repair, version=version)).startswith("This rests for now")


async def test_a_note_about_safety_puts_help_first_here_and_nothing_anywhere_else(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    repair = await _shared(alex, sam)
    await _quiet(alex, sam)
    before = views.picture(alex.laptop)
    assert await _do(sam, "slip.write", sentence="x", kind="threat", mine=False) is not None, "it is no slip-up"
    assert await _do(sam, "safety.write", kind="whim", text="") is not None
    assert await _do(sam, "safety.write", kind="threat", text="On Friday.") is None
    seen = _seen(sam)
    assert seen.repair.safety is not None
    assert seen.repair.safety.opening.startswith("Someone may check this device.")
    assert [(each.id, each.step) for each in seen.repair.repairs] == [(repair, "help")]
    assert seen.sync.standing == "in_step", "nothing of it is on its way to anybody"
    assert views.picture(alex.laptop) == before
    assert await _do(sam, "safety.settle", id=seen.repair.safety.notes[0].id) is None
    assert (_seen(sam).repair.safety, _seen(sam).repair.repairs[0].step) == (None, "begin")


async def test_the_words_of_the_screen_are_read_once_and_are_the_librarys_own(alex: Served) -> None:
    async with window(alex) as line:
        texts = await line.look("repair.texts")
    assert {"value": "other", "label": "Something else"} in texts["kinds"]
    assert {each["value"] for each in texts["safetyKinds"]}.isdisjoint(each["value"] for each in texts["kinds"])
    assert {"hints"}.isdisjoint(texts), "which of them are for whom is said with each repair"


async def test_a_slip_up_of_another_is_named_once_on_today_and_nobody_learns_whether_it_was_looked_at(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    await _shared(alex, sam)
    assert [each.name for each in _seen(sam).today.slips] == ["Alex"]
    assert _seen(alex).today.slips == []
    await _quiet(alex, sam)
    before = views.picture(alex.laptop)
    assert await _do(sam, "safety.write", kind="threat", text="") is None
    assert _seen(sam).today.slips == [], "where it is about safety nothing leads there"
    safety = _seen(sam).repair.safety
    assert safety is not None
    assert await _do(sam, "safety.settle", id=safety.notes[0].id) is None
    assert len(_seen(sam).today.slips) == 1
    assert await _do(sam, "slip.looked") is None
    assert _seen(sam).today.slips == []
    assert _seen(sam).sync.standing == "in_step", "nothing of it is on its way to anybody"
    assert views.picture(alex.laptop) == before


async def test_what_is_hidden_muted_or_shared_into_a_pause_is_not_named(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    repair = await _shared(alex, sam)
    assert await _do(alex, "pause.add") is None
    await _until(sam, lambda state: state.pauses)
    assert _seen(sam).today.slips == []
    assert await _do(alex, "pause.lift") is None
    await _until(sam, lambda state: not state.pauses)
    (by,) = _seen(sam).today.slips
    assert await _do(sam, "aside.mute", person=by.id) is None
    assert _seen(sam).today.slips == []
    assert await _do(sam, "aside.show", id=by.id) is None
    assert len(_seen(sam).today.slips) == 1
    assert await _do(sam, "aside.hide", id=repair) is None
    assert _seen(sam).today.slips == []


async def test_a_lift_that_would_be_refused_is_not_offered_and_why_is_said(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    offered = {
        "kind": "consequence",
        "need": "Quiet evenings",
        "freeToRefuse": True,
        "source": "clarity",
        "includes": ["No phone for a day."],
        "excludes": [],
        "access": [],
        "until": None,
        "howToPause": "Say pause.",
    }
    assert await _do(alex, "agreement.offer", **offered) is None
    (agreement,) = (await _until(sam, lambda state: state.agreements)).agreements
    fields = {"noun": "agreement", "id": agreement.id}
    assert await _do(sam, "offer.grant", **fields) is None
    assert await _do(sam, "offer.pause", **fields) is None
    (agreement,) = _seen(sam).agreements
    assert (agreement.may_resume, agreement.held_back) == (True, "")
    await _shared(alex, sam)
    (agreement,) = _seen(sam).agreements
    assert (agreement.may_resume, agreement.may_change, agreement.may_revoke) == (False, False, True)
    assert await _do(sam, "offer.resume", **fields) == agreement.held_back
    assert "nothing can be its price" in agreement.held_back
