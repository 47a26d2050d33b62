"""What the page is told: of two people who are paired, over the real channel on loopback."""

import asyncio
import json
import re
from collections.abc import Callable

import msgspec
import pytest

from collar_sync import Space
from collar_sync.core.statement import AT_END
from demo_app import actions, folk, run, views
from demo_app.laptop import Laptop
from demo_app.pictures import OpenState
from demo_app.views import OVER_MAX
from tests.demo.served import WAIT_SECONDS_MAX, Served, window


def test_no_clock_of_anybody_keeps_the_page_from_being_shown() -> None:
    assert folk.day_of(AT_END - 1)[:4] == "2199"


def _seen(page: Served) -> OpenState:
    state = views.picture(page.laptop)
    assert isinstance(state, OpenState)
    return state


def _terms(state: OpenState) -> dict[str, str | None]:
    terms: dict[str, str | None] = msgspec.to_builtins(state.tasks[0].terms)
    return terms


async def _until(page: Served, ready: Callable[[OpenState], object]) -> OpenState:
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        with page.laptop.bell.listening() as rung:
            while not ready(_seen(page)):
                rung.clear()
                if ready(_seen(page)):
                    break
                await rung.wait()
    return _seen(page)


async def _paired(alex: Served, sam: Served, *, own: bool = False) -> None:
    await alex.laptop.show_code(own=own)
    code = await _until(alex, lambda state: state.pairing.code)
    assert alex.laptop.address is not None
    await sam.laptop.join(str(code.pairing.code), alex.laptop.address)
    words = [(await _until(page, lambda state: state.pairing.words is not None)).pairing.words for page in (alex, sam)]
    assert words[0] == words[1]
    for page in (alex, sam):
        page.laptop.compared(same=True)
    for page in (alex, sam):
        await _until(page, lambda state: state.pairing.paired)
        await _until(page, lambda state: state.sync.standing == "in_step")


async def _perform(page: Served, kind: str, /, **fields: object) -> str | None:
    """What the page is answered: None, or the sentence that says what is wrong."""
    return (await actions.perform(page.laptop, json.dumps({"do": kind, "number": 1, **fields}))).problem


def _space(laptop: Laptop) -> Space:
    assert laptop.space is not None
    return laptop.space


async def test_pairing_shows_a_code_and_its_picture_and_then_the_same_words_on_both(alex: Served, sam: Served) -> None:
    await alex.laptop.show_code()
    shown = (await _until(alex, lambda state: state.pairing.code)).pairing
    assert re.fullmatch(r"\d{4} \d{4}", str(shown.code))
    assert shown.qr is not None
    assert re.fullmatch(r"(M\d+ \d+\.5h1)+", shown.qr.path)
    await alex.laptop.stop_pairing()
    assert _seen(alex).pairing.code is None
    await _paired(alex, sam)
    assert (_seen(alex).pairing.partner, _seen(sam).pairing.partner) == ("Sam", "Alex")
    assert [each.name for each in _seen(sam).space.others] == ["Alex"]


async def test_a_wrong_code_is_said_on_both_sides_and_used_up(alex: Served, sam: Served) -> None:
    await alex.laptop.show_code()
    code = str((await _until(alex, lambda state: state.pairing.code)).pairing.code)
    assert alex.laptop.address is not None
    await sam.laptop.join(code[:-1] + str((int(code[-1]) + 1) % 10), alex.laptop.address)
    said = (await _until(sam, lambda state: state.pairing.joining_problem)).pairing
    heard = (await _until(alex, lambda state: state.pairing.showing_problem)).pairing
    assert said.joining_problem == heard.showing_problem
    assert str(said.joining_problem).startswith("The code did not match.")
    assert heard.code is None


async def test_what_another_did_carries_its_day_and_never_the_minute(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    task = await _space(alex.laptop).tasks.ask("Water the ferns", of=_space(sam.laptop).me)
    await _until(sam, lambda state: state.tasks)
    await _space(sam.laptop).tasks.done(task.id)
    await _space(sam.laptop).pauses.pause()
    seen = await _until(alex, lambda state: state.pauses and state.tasks[0].state == "done")
    assert seen.tasks[0].answered is not None
    for when in (seen.tasks[0].answered, seen.pauses[0].when):
        assert when.at is None
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", when.day)
    assert seen.pauses[0].reached == []
    own = await _until(sam, lambda state: state.pauses and state.pauses[0].reached[0].reached)
    assert own.pauses[0].when.at is not None


async def test_a_pause_that_has_not_arrived_says_so_and_one_that_has_stays_arrived(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    await sam.laptop.close()
    await _until(alex, lambda state: state.sync.standing != "in_step")
    await _space(alex.laptop).pauses.pause()
    seen = _seen(alex)
    assert [each.reached for each in seen.pauses[0].reached] == [False]
    assert (seen.sync.standing, seen.sync.waiting) == ("waiting", 1)


async def test_no_one_is_offered_what_the_other_withdrew(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    offered = await _space(alex.laptop).consents.propose("Photos of us", ["faces"])
    await _until(sam, lambda state: state.consents)
    assert _seen(sam).consents[0].may_grant
    assert not _seen(alex).consents[0].may_grant
    await _space(sam.laptop).consents.grant(offered.id)
    granted = (await _until(alex, lambda state: state.consents[0].state == "active")).consents[0]
    assert (granted.may_pause, granted.may_revoke, granted.may_resume) == (True, True, False)
    await _space(sam.laptop).consents.pause(offered.id)
    paused = (await _until(alex, lambda state: state.consents[0].state == "paused")).consents[0]
    assert (paused.may_resume, paused.may_revoke, paused.may_pause) == (False, True, True)
    await _space(sam.laptop).consents.revoke(offered.id)
    over = (await _until(alex, lambda state: state.consents[0].state == "revoked")).consents[0]
    assert not over.may_offer_again
    assert not any((over.may_grant, over.may_pause, over.may_resume, over.may_revoke))
    assert _seen(sam).consents[0].may_offer_again


async def test_while_all_is_paused_a_consent_reads_so_and_can_still_be_withdrawn(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    offered = await _space(alex.laptop).consents.propose("Photos of us", ["faces"])
    await _until(sam, lambda state: state.consents)
    await _space(sam.laptop).consents.grant(offered.id)
    await _space(sam.laptop).pauses.pause()
    seen = (await _until(alex, lambda state: state.pauses and state.consents[0].state == "paused")).consents[0]
    assert seen.space_paused
    assert seen.may_revoke


async def test_who_wrote_alone_before_keeps_that_record_and_can_look_at_either(alex: Served, sam: Served) -> None:
    await _space(sam.laptop).tasks.promise("Written alone")
    await _paired(alex, sam)
    seen = _seen(sam)
    assert seen.tasks == []
    assert [each.others for each in seen.space.choices] == [[], ["Alex"]]
    sam.laptop.choose(seen.space.choices[0].id)
    assert [each.title for each in _seen(sam).tasks] == ["Written alone"]
    assert len(_seen(alex).space.choices) == 1


async def test_due_days_and_promises_read_as_they_were_made(alex: Served) -> None:
    tasks = _space(alex.laptop).tasks
    await tasks.promise("No day")
    await tasks.promise("Long ago", due="2020-05-01T23:59")
    await tasks.promise("Every day", repeat="FREQ=DAILY")
    seen = {each.title: each for each in _seen(alex).tasks}
    assert (seen["No day"].due, seen["No day"].timing) == (None, "not due")
    assert (seen["Long ago"].due, seen["Long ago"].timing) == ("2020-05-01", "not due"), "it was promised after its day"
    assert seen["Every day"].timing == "due"
    assert [each.title for each in _seen(alex).tasks][-1] == "No day"
    await tasks.done(seen["Every day"].id, seen["Every day"].due)
    assert {each.title: each.state for each in _seen(alex).tasks}["Every day"] == "done"


async def test_of_what_is_over_only_the_newest_is_listed_and_nothing_open_is_ever_left_out(alex: Served) -> None:
    tasks = _space(alex.laptop).tasks
    for number in range(OVER_MAX + 3):
        await tasks.done((await tasks.promise(f"Over {number}")).id)
    await tasks.promise("Still open")
    titles = [each.title for each in _seen(alex).tasks]
    assert len(titles) == OVER_MAX + 1
    assert {"Still open", f"Over {OVER_MAX + 2}"} <= {*titles}
    assert "Over 0" not in titles


@pytest.mark.parametrize("minutes", [0, 5])
async def test_the_code_is_shown_for_five_minutes_at_most(alex: Served, minutes: int) -> None:
    await alex.laptop.show_code()
    expires = (await _until(alex, lambda state: state.pairing.code)).pairing.expires_at
    assert expires is not None
    assert (expires > _space(alex.laptop).now() + minutes * 60_000) == (minutes == 0)


async def test_a_page_shows_why_a_device_is_not_connected_the_day_it_was_there_and_what_may_be_as_it_should(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    (device,) = _seen(alex).devices
    assert (device.standing, device.why) == ("in_step", None)
    await sam.laptop.close()
    (device,) = (await _until(alex, lambda state: state.devices[0].standing == "away")).devices
    assert device.why == "It was closed."
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(device.reached_day))
    assert device.waiting_in is None
    assert _seen(alex).notices == []
    state = _space(alex.laptop)._state
    state.note("Something came back that was written here.", state.notices)
    assert _seen(alex).notices == ["Something came back that was written here."]
    assert _seen(alex).problems == []


async def test_who_leaves_is_shown_what_that_means_and_is_counted_by_nobody_as_not_reached(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    assert [(each.removable, each.parted) for each in _seen(alex).devices] == [(False, False)], "it is not one's own"
    await _space(alex.laptop).checklists.begin("scene")
    await _space(alex.laptop).sessions.begin("study", 25)
    await _until(sam, lambda state: state.checklists.open and state.focus.others)
    answer = await _perform(sam, "space.leave", tell=True)
    assert answer is None
    assert ([*_seen(sam).checklists.open], [*_seen(sam).focus.others]) == ([], []), "nothing of the moment is theirs"
    assert _seen(sam).over.startswith("You have left this record")
    await _until(alex, lambda state: all(each.parted for each in state.devices))
    assert _seen(alex).sync.standing == "alone"
    assert str(await _perform(sam, "pause.add")).startswith("You have left this record")


async def test_a_laptop_of_ones_own_is_removed_on_the_page_and_says_so_on_its_own(alex: Served, sam: Served) -> None:
    await _paired(alex, sam, own=True)
    (device,) = _seen(alex).devices
    assert device.removable
    answer = await _perform(alex, "device.remove", device=device.id)
    assert answer is None
    await _until(sam, lambda state: state.over.startswith("This device was removed"))
    assert [(each.removable, each.parted) for each in _seen(alex).devices] == [(False, True)]


async def test_a_laptop_that_is_kept_away_is_said_to_be_so_here_and_not_there_and_can_be_allowed_again(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    (device,) = _seen(sam).devices
    assert (device.refusable, device.allowable, device.removable) == (True, False, False)
    assert await _perform(sam, "device.refuse", device=device.id) is None
    seen = await _until(sam, lambda state: state.devices[0].parted)
    assert (seen.devices[0].refusable, seen.devices[0].allowable, seen.sync.standing) == (False, True, "apart")
    there = await _until(alex, lambda state: state.devices[0].standing == "away")
    assert (there.devices[0].parted, there.devices[0].allowable, there.sync.standing) == (False, False, "away")
    assert not run._apart([alex.laptop, sam.laptop]), "a duo is not introduced anew to whom one of them keeps away"
    assert await _perform(sam, "device.allow", device=device.id) is None
    assert alex.laptop.address is not None
    assert sam.laptop._device is not None
    sam.laptop._device.connect(*alex.laptop.address)
    await _until(sam, lambda state: state.sync.standing == "in_step")


async def test_who_erases_at_anothers_request_goes_on_with_a_record_of_their_own_and_says_so_if_they_like(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    await _space(alex.laptop).tasks.promise("Water the ferns")
    shared = _space(sam.laptop).id
    assert await _perform(alex, "erase.ask") is None
    (asked,) = (await _until(sam, lambda state: state.erasing.requests and state.tasks)).erasing.requests
    assert (asked.by.name, asked.when.at, asked.receipts) == ("Alex", None, [])
    assert await _perform(sam, "erase.here", receipt=True) is None
    seen = await _until(sam, lambda state: not state.devices)
    assert (seen.tasks, seen.devices, seen.over, seen.may_pause) == ([], [], "", True)
    assert seen.space.id != shared
    assert [each.id for each in seen.space.choices] == [seen.space.id]
    (asked,) = (await _until(alex, lambda state: state.erasing.requests[0].receipts)).erasing.requests
    assert [(each.device, each.when.at) for each in asked.receipts] == [("Sam’s laptop", None)]  # noqa: RUF001
    assert [each.title for each in _seen(alex).tasks] == ["Water the ferns"]
    assert await _perform(alex, "erase.here", receipt=False) is None
    assert (_seen(alex).tasks, _seen(alex).space.me.name, _seen(alex).may_pause) == ([], "Alex", True)


async def test_what_was_changed_after_a_yes_asks_again_and_shows_what_the_yes_was_to(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    asked = await _space(alex.laptop).tasks.ask("Book the cabin", of=_space(sam.laptop).me, due="2026-05-02T18:00")
    await _until(sam, lambda state: state.tasks)
    shown = _terms(_seen(sam))
    assert await _perform(sam, "task.accept", task=asked.id, terms=shown) is None
    seen = await _until(alex, lambda state: state.tasks[0].state == "accepted")
    agreed = _terms(seen)
    assert (seen.tasks[0].was, agreed) == (None, {**shown, "zone": agreed["zone"]})
    assert agreed["zone"] is not None, "whose day it is was named with the yes"
    assert await _perform(alex, "task.change", task=asked.id, title="Book the castle") is None
    for page in (alex, sam):
        (task,) = (await _until(page, lambda state: state.tasks[0].title == "Book the castle")).tasks
        assert task.state == "asked"
        assert msgspec.to_builtins(task.was) == agreed
    assert await _perform(sam, "task.accept", task=asked.id, terms=_terms(_seen(sam))) is None
    seen = await _until(alex, lambda state: state.tasks[0].state == "accepted")
    assert seen.tasks[0].was is None


async def test_a_yes_to_what_was_changed_before_it_was_pressed_is_not_given(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    asked = await _space(alex.laptop).tasks.ask("Book the cabin", of=_space(sam.laptop).me)
    shown = _terms(await _until(sam, lambda state: state.tasks))
    assert await _perform(alex, "task.change", task=asked.id, title="Book the castle") is None
    await _until(sam, lambda state: state.tasks[0].title == "Book the castle")
    assert "was changed just before your yes" in str(await _perform(sam, "task.accept", task=asked.id, terms=shown))
    assert _seen(sam).tasks[0].state == "asked"
    assert await _perform(sam, "task.accept", task=asked.id, terms=_terms(_seen(sam))) is None
    assert _seen(sam).tasks[0].state == "accepted"


async def test_what_is_over_can_be_read_and_offers_nothing_to_do(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    offered = await _space(alex.laptop).consents.propose("Photos of us", ["faces"])
    await _space(alex.laptop).tasks.ask("Book the cabin", of=_space(sam.laptop).me)
    await _until(sam, lambda state: state.consents and state.tasks)
    await _space(sam.laptop).consents.grant(offered.id)
    await _space(sam.laptop).tasks.accept(_seen(sam).tasks[0].id)
    await _space(alex.laptop).pauses.pause()
    await _until(sam, lambda state: state.pauses)
    assert await _perform(sam, "space.leave", tell=False) is None
    seen = _seen(sam)
    assert (seen.may_pause, seen.pauses) == (False, []), "a pause that nobody can lift keeps nobody from reading"
    assert not any(getattr(seen.consents[0], name) for name in dir(seen.consents[0]) if name.startswith("may_"))
    assert (seen.tasks[0].may_answer, seen.tasks[0].may_change) == (False, False)
    assert str(await _perform(sam, "task.done", task=seen.tasks[0].id)).startswith("You have left this record")


async def test_a_request_to_erase_can_be_set_aside_here(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    assert await _perform(alex, "erase.ask") is None
    (asked,) = (await _until(sam, lambda state: state.erasing.requests)).erasing.requests
    assert await _perform(sam, "aside.hide", id=asked.id) is None
    assert _seen(sam).erasing.requests == []
    assert len(_seen(alex).erasing.requests) == 1


async def test_a_limit_is_shown_to_both_and_is_its_authors_to_loosen(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    assert await _perform(alex, "limit.set", text="Photos of my face", kind="hard limit") is None
    assert await _perform(alex, "limit.set", text="x", kind="whim") == actions.NOT_UNDERSTOOD
    (mine,) = _seen(alex).limits
    (theirs,) = (await _until(sam, lambda state: state.limits)).limits
    assert (mine.may_loosen, theirs.may_loosen, theirs.when.at, theirs.kind) == (True, False, None, "hard limit")
    assert await _perform(sam, "limit.loosen", limit=theirs.id) == "Only the person whose limit it is can loosen it."
    assert await _perform(alex, "limit.loosen", limit=mine.id) is None
    assert (await _until(sam, lambda state: not state.limits)).limits == []


async def _agreed(alex: Served, sam: Served, line: str, **more: object) -> str | None:
    fields: dict[str, object] = {
        "kind": "ritual",
        "need": "Slow Sundays",
        "freeToRefuse": True,
        "source": "clarity",
        "includes": [line],
        "excludes": [],
        "access": [],
        "until": None,
        "howToPause": "Say pause.",
    }
    return await _perform(alex, "agreement.offer", **fields | more)


async def test_an_agreement_is_shown_with_its_kind_its_version_and_those_beside_it(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    refused = await _agreed(alex, sam, "One", freeToRefuse=False)
    assert str(refused).startswith("An agreement that someone is not free to refuse is none.")
    assert str(await _agreed(alex, sam, "One", source="fear")).startswith("What comes from fear can wait.")
    assert _seen(alex).agreements == []
    assert await _agreed(alex, sam, "One") is None
    (first,) = (await _until(sam, lambda state: state.agreements)).agreements
    assert (first.kind, first.version, first.may_grant, first.may_change) == ("ritual", 1, True, True)
    assert await _perform(sam, "offer.grant", noun="consent", id=first.id) is not None, "it is no consent"
    assert await _perform(sam, "offer.grant", noun="agreement", id=first.id) is None
    await _until(alex, lambda state: state.agreements[0].state == "active")
    await sam.laptop.close()
    assert await _agreed(alex, sam, "Two", supersedes=[first.id]) is None
    assert await _agreed(alex, sam, "Three", supersedes=[first.id]) is None
    held, *rivals = reversed(_seen(alex).agreements)
    assert (held.id, held.state) == (first.id, "active")
    assert [each.version for each in rivals] == [2, 2]
    assert [each.rivals for each in rivals] == [[rivals[1].id], [rivals[0].id]]


async def test_a_draft_is_shown_with_other_words_and_nothing_of_it_is_written(alex: Served) -> None:
    async with window(alex) as line:
        before = await line.until()
        seen = await line.look("agreement.wording", texts=["You must call me", "Fine words"])
        assert [each["found"] for each in seen["rewrites"]] == ["You must"]
        assert (await line.look("agreement.wording", texts=[]))["rewrites"] == []
        assert await line.until() == before
