"""What flows between two pages while both agree, and what each is told once it does not: nothing, whatever the reason.

A page is told so without asking, also where only time brought the end.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta

import pytest

from collar_sync import limits
from collar_sync.domain.agreements import Reflection
from demo_app import actions, views
from demo_app.here import Here
from demo_app.pictures import ConsentView
from demo_app.sharing_pictures import EarlierView, ProgressView
from tests.demo.served import PASSPHRASE, WAIT_SECONDS_MAX, Served
from tests.demo.test_repair_views import _do, _seen, _until
from tests.demo.test_views import _paired, _space

DAY = 86_400_000
HOUR = 3_600_000
TEXT = "at the library, on the third floor"
CLEAR = Reflection(need="sleep that carries us", free_to_refuse=True, source="clarity")


def _offer(page: Served, *others: Served, until: int | None = None, **more: object) -> dict[str, object]:
    """What a page offers under which its person's own flows to the others, with more where a test says so."""
    space = _space(page.laptop)
    people = [_space(each.laptop).me for each in others]
    plain = {"purpose": "near", "whose": [space.me], "people": people, "excludes": [], "access": ["us"]}
    return plain | {"until": until} | more


async def _granted(alex: Served, sam: Served, kind: str, **offer: object) -> str:
    """Offer it from Alex's page and grant it from Sam's; its id."""
    consent = await _offered(alex, sam, kind, **offer)
    assert await _do(sam, "offer.grant", noun="consent", id=consent) is None
    await _until(alex, lambda state: _state(state.consents, consent) != "proposed")
    return consent


async def _offered(alex: Served, sam: Served, kind: str, **offer: object) -> str:
    assert await _do(alex, kind, **offer) is None
    consent = _seen(alex).consents[0].id
    await _until(sam, lambda state: consent in {each.id for each in state.consents})
    return consent


async def _told_until(alex: Served, sam: Served, until: int) -> str | None:
    """Agree until that moment, and share; the consent, or None where this machine was too slow for it."""
    consent = await _offered(alex, sam, "sharing.offer", **_offer(alex, sam, until=until, what=["place"]))
    if await _do(sam, "offer.grant", noun="consent", id=consent) is not None:
        return None
    await _until(alex, lambda state: _state(state.consents, consent) != "proposed")
    return consent if await _tell(alex, milliseconds=DAY) is None and _seen(alex).sharing.mine else None


def _state(consents: Sequence[ConsentView], identifier: str) -> str:
    return next(each.state.value for each in consents if each.id == identifier)


async def _tell(page: Served, text: str = TEXT, milliseconds: int = HOUR) -> str | None:
    return await _do(page, "sharing.tell", what="place", text=text, milliseconds=milliseconds)


async def _look(page: Served, what: str) -> object:
    return (await actions.perform(page.laptop, json.dumps({"do": what, "number": 1}))).seen


def _heard(page: Served) -> list[str]:
    (theirs,) = _seen(page).sharing.theirs
    return [each.text for each in theirs.values]


async def test_nothing_is_shared_before_both_agree_and_then_the_other_alone_sees_it_and_no_time(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    assert str(await _tell(alex)).startswith("No consent that is active now covers sharing this.")
    assert (_seen(alex).sharing.covered, _seen(alex).sharing.mine) == ([], [])
    await _granted(alex, sam, "sharing.offer", **_offer(alex, sam, what=["place"]))
    (shown,) = _seen(sam).consents
    assert shown.flow == "sharing"
    assert ([each.name for each in shown.whose], shown.access) == (["Alex"], ("us",))
    now = _space(alex.laptop).now()
    assert shown.until is not None
    assert 13 * DAY < shown.until - now <= 14 * DAY
    (covered,) = _seen(alex).sharing.covered
    assert (covered.what, [each.name for each in covered.to], covered.until) == ("place", ["Sam"], shown.until)
    assert _seen(sam).sharing.covered == [], "it is not Sam's to share"
    assert str(await _tell(alex, " ")).startswith("What is shared has 1 to")
    assert await _tell(alex) is None
    (mine,) = _seen(alex).sharing.mine
    assert (mine.what, mine.text, [each.name for each in mine.to], mine.here) == ("place", TEXT, ["Sam"], True)
    assert mine.since is not None
    assert mine.until is not None
    assert HOUR - 60_000 < mine.until - now <= HOUR + 60_000
    state = await _until(sam, lambda state: state.sharing.theirs[0].values)
    assert [(each.what, each.text) for each in state.sharing.theirs[0].values] == [("place", TEXT)]
    assert state.sharing.mine == []
    assert TEXT not in _space(sam.laptop).export.json(journal=True)
    assert await _do(alex, "sharing.stop") is None
    assert _seen(alex).sharing.mine == []
    await _until(sam, lambda state: not state.sharing.theirs[0].values)


async def test_what_is_each_ones_to_share_may_flow_both_ways_and_nobody_has_to(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    each = [_space(page.laptop).me for page in (alex, sam)]
    await _granted(alex, sam, "sharing.offer", **_offer(alex, sam, whose=each, what=["mood", "free"]))
    for page, other in ((alex, "Sam"), (sam, "Alex")):
        seen = await _until(page, lambda state: len(state.sharing.covered) == 2)
        assert {(it.what, it.to[0].name) for it in seen.sharing.covered} == {("mood", other), ("free", other)}
        assert (seen.sharing.mine, seen.sharing.theirs[0].values) == ([], [])
    assert await _do(sam, "sharing.tell", what="mood", text="quiet", milliseconds=HOUR) is None
    await _until(alex, lambda state: state.sharing.theirs[0].values)
    assert str(await _tell(alex)).startswith("No consent that is active now covers sharing this.")


async def test_live_sharing_is_for_ninety_days_at_most_and_of_what_there_is_to_share(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    far = _space(alex.laptop).now() + 91 * DAY
    assert "90 days at most" in str(await _do(alex, "sharing.offer", **_offer(alex, sam, until=far, what=["place"])))
    assert str(await _do(alex, "sharing.offer", **_offer(alex, sam, what=[]))).startswith("What can be shared live")
    assert await _do(alex, "sharing.offer", **_offer(alex, sam, what=["heartbeat"])) == actions.NOT_UNDERSTOOD
    assert _seen(alex).consents == []


async def _pause(alex: Served, sam: Served, _consent: str) -> None:
    assert await _do(sam, "pause.add") is None
    await _until(alex, lambda state: state.pauses)


async def _withdraw(alex: Served, sam: Served, consent: str) -> None:
    assert await _do(sam, "offer.revoke", noun="consent", id=consent) is None
    await _until(alex, lambda state: _state(state.consents, consent) == "revoked")


async def _hold(alex: Served, sam: Served, consent: str) -> None:
    assert await _do(sam, "offer.pause", noun="consent", id=consent) is None
    await _until(alex, lambda state: _state(state.consents, consent) == "paused")


async def _stop(alex: Served, _sam: Served, _consent: str) -> None:
    assert await _do(alex, "sharing.stop", what="place") is None


async def _go_away(alex: Served, _sam: Served, _consent: str) -> None:
    await alex.laptop.close()


@pytest.mark.parametrize("end", [_pause, _withdraw, _hold, _stop, _go_away])
async def test_however_it_ends_the_other_is_told_the_same_nothing(
    alex: Served, sam: Served, end: Callable[[Served, Served, str], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AIR_LOST_MILLISECONDS", 300)
    await _paired(alex, sam)
    nothing = _seen(sam).sharing.theirs
    consent = await _granted(alex, sam, "sharing.offer", **_offer(alex, sam, what=["place", "mood"]))
    assert await _tell(alex) is None
    await _until(sam, lambda state: state.sharing.theirs[0].values)
    await end(alex, sam, consent)
    if end is not _go_away:
        assert _seen(alex).sharing.mine == [], "gone on both sides"
    await _until(sam, lambda state: not state.sharing.theirs[0].values)
    assert _seen(sam).sharing.theirs == nothing


async def test_what_somebody_muted_shares_waits_unseen_and_they_are_told_nothing(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    nothing, whom = _seen(sam).sharing.theirs, _space(alex.laptop).me
    await _granted(alex, sam, "sharing.offer", **_offer(alex, sam, what=["place"]))
    assert await _do(alex, "presence.show", to=_space(sam.laptop).me) is None
    assert await _do(alex, "presence.here") is None
    assert await _tell(alex) is None
    for _ in range(2):
        seen = await _until(sam, lambda state: state.sharing.theirs[0].here and state.sharing.theirs[0].values)
        assert [each.text for each in seen.sharing.theirs[0].values] == [TEXT]
        before = _seen(alex).sharing
        assert await _do(sam, "aside.mute", person=whom) is None
        assert _seen(sam).sharing.theirs == nothing
        assert _seen(alex).sharing == before
        assert await _do(sam, "aside.show", id=whom) is None


async def test_a_pause_that_is_lifted_brings_no_value_back(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    await _granted(alex, sam, "sharing.offer", **_offer(alex, sam, what=["place"]))
    assert await _tell(alex) is None
    await _until(sam, lambda state: state.sharing.theirs[0].values)
    assert await _do(alex, "pause.add") is None
    assert (_seen(alex).sharing.mine, _seen(alex).sharing.covered) == ([], [])
    assert str(await _tell(alex)).startswith("No consent that is active now")
    await _until(sam, lambda state: state.pauses)
    assert await _do(alex, "pause.lift") is None
    await _until(sam, lambda state: not state.pauses)
    assert await _tell(alex, "anew") is None  # what came before it would have come by now
    await _until(sam, lambda state: state.sharing.theirs[0].values)
    assert _heard(sam) == ["anew"]


async def test_a_value_ends_with_its_consent_and_that_without_anybodys_act(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    for seconds in (2, 8, 32):
        until = _space(alex.laptop).now() + seconds * 1000
        if consent := await _told_until(alex, sam, until):
            break
    assert consent is not None
    await _until(alex, lambda state: not state.sharing.mine)
    await _until(sam, lambda state: not state.sharing.theirs[0].values)
    assert _space(alex.laptop).now() >= until
    for page in (alex, sam):
        assert _state(_seen(page).consents, consent) == "expired"
    assert str(await _tell(alex)).startswith("No consent that is active now")


async def test_being_here_is_off_until_its_person_shows_it_and_says_it_and_ends_by_a_lock(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    assert str(await _do(alex, "presence.here")).startswith("You show nobody when you are here.")
    assert await _do(alex, "presence.show", to=_space(sam.laptop).me) is None
    (towards,) = _seen(alex).sharing.theirs
    assert towards.presence_until is not None
    assert _seen(alex).sharing.here_to == [], "to show it is not to be here"
    assert _seen(sam).sharing.theirs[0].presence_until is None, "nobody owes it in return"
    assert await _do(alex, "presence.here") is None
    assert [each.name for each in _seen(alex).sharing.here_to] == ["Sam"]
    await _until(sam, lambda state: state.sharing.theirs[0].here)
    assert await _do(alex, "hide") is None
    await _until(sam, lambda state: not state.sharing.theirs[0].here)
    await alex.laptop.unlock(PASSPHRASE)
    assert _seen(alex).sharing.here_to == [], "an unlocked page says nothing by itself"
    for stop in ("presence.away", "sharing.stop"):
        assert await _do(alex, "presence.here") is None
        await _until(sam, lambda state: state.sharing.theirs[0].here)
        assert await _do(alex, stop) is None
        await _until(sam, lambda state: not state.sharing.theirs[0].here)
    assert await _do(alex, "presence.here") is None
    assert await _do(alex, "presence.hide", to=_space(sam.laptop).me) is None
    assert (_seen(alex).sharing.here_to, _seen(alex).sharing.theirs[0].presence_until) == ([], None)
    await _until(sam, lambda state: not state.sharing.theirs[0].here)


async def test_being_here_goes_on_being_said_and_never_again_after_a_pause_took_it_back(
    alex: Served, sam: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _paired(alex, sam)
    space = _space(alex.laptop)
    await space.presence.show(_space(sam.laptop).me)
    said = asyncio.Queue[None]()
    arrive = space.presence.arrive

    def arrive_and_tell() -> None:
        arrive()
        said.put_nowait(None)

    monkeypatch.setattr(space.presence, "arrive", arrive_and_tell)
    here = Here(again_seconds=0.05)
    here.say(space)
    await _until(sam, lambda state: state.sharing.theirs[0].here)
    for _ in range(3):
        await asyncio.wait_for(said.get(), WAIT_SECONDS_MAX)
    assert space.presence.told() == {_space(sam.laptop).me}
    await space.pauses.pause()
    assert space.presence.told() == set()
    await space.pauses.lift()
    await asyncio.sleep(0.2)  # four times as long as it takes to say it again
    assert space.presence.told() == set()
    here.stop()


async def test_entries_are_mutual_each_ones_own_and_gone_with_the_agreement(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    ours, theirs = _space(alex.laptop), _space(sam.laptop)
    made = await ours.agreements.propose("tracking", ["lights out by eleven"], CLEAR)
    await _until(sam, lambda state: state.agreements)
    today = _seen(alex).habits.today
    entry = {"agreement": made.id, "habit": "lights out by eleven", "note": "a little later", "day": today}
    assert str(await _do(alex, "habit.write", **entry)).startswith("This agreement does not hold now")
    await theirs.agreements.grant(made.id)
    await _until(alex, lambda state: state.habits.habits)
    assert await _do(alex, "habit.write", **entry) is None
    long_ago = (date.fromisoformat(today) - timedelta(days=60)).isoformat()
    assert await _do(alex, "habit.write", **entry | {"day": long_ago, "note": "of the spring"}) is None
    (habit,) = _seen(alex).habits.habits
    assert ([side.person.name for side in habit.sides], habit.purpose) == (["Alex", "Sam"], CLEAR.need)
    mine, other = habit.sides
    assert ([each.note for each in mine.entries], other.entries) == (["a little later"], [])
    assert [each.day for each in mine.days if each.marks] == [today] == [mine.days[-1].day]
    assert date.fromisoformat(mine.days[0].day).weekday() == 0
    earlier = await _look(alex, "habit.earlier")
    assert isinstance(earlier, EarlierView)
    assert [each.note for each in earlier.entries] == ["of the spring"]
    (shown,) = _seen(alex).sharing.shown
    assert (shown.noun, shown.id, shown.habit) == ("agreement", made.id, "lights out by eleven")
    seen = await _until(sam, lambda state: state.habits.habits[0].sides[1].entries)
    (there,) = (each for each in seen.habits.habits[0].sides[1].entries)
    assert (there.id, there.day, there.note) == ("", today, "a little later")
    assert str(await _do(sam, "habit.remove", id=mine.entries[0].id)).startswith("There is no such entry of yours")
    assert await _do(alex, "habit.remove", id=mine.entries[0].id) is None
    await _until(sam, lambda state: not state.habits.habits[0].sides[1].entries)
    assert await _do(alex, "habit.restore", id=mine.entries[0].id) is None
    await _until(sam, lambda state: state.habits.habits[0].sides[1].entries)
    assert _seen(alex).habits.habits[0].sides[0].entries == mine.entries
    assert str(await _do(sam, "habit.restore", id=mine.entries[0].id)).startswith("There is no such entry of yours")
    assert await _do(sam, "offer.revoke", noun="agreement", id=made.id) is None
    assert (_seen(sam).habits.habits, _seen(sam).sharing.shown) == ([], [])
    await _until(alex, lambda state: not state.habits.habits)
    assert ours.tracking.of(theirs.me) == ()
    earlier = await _look(alex, "habit.earlier")
    assert isinstance(earlier, EarlierView)
    assert [each.note for each in earlier.entries] == ["a little later", "of the spring"], "its author's to keep"


async def test_follow_through_is_shown_to_whom_its_person_consents_and_no_longer(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    space = _space(alex.laptop)
    task = await space.tasks.promise("Water the ferns")
    await space.tasks.done(task.id)
    mine = await _look(alex, "progress.look")
    assert isinstance(mine, ProgressView)
    assert [each.person.name for each in mine.followed] == ["Alex"]
    assert [mark for each in mine.followed[0].days for mark in each.marks] == ["done"]
    assert [(week.done, week.due) for week in mine.followed[0].weeks] == [(1, 1)]
    theirs = await _look(sam, "progress.look")
    assert isinstance(theirs, ProgressView)
    assert [each.person.name for each in theirs.followed] == ["Sam"], "another's is theirs"
    consent = await _granted(alex, sam, "progress.offer", **_offer(alex, sam))
    (shown,) = _seen(alex).sharing.shown
    assert (shown.noun, shown.id, [each.name for each in shown.to]) == ("consent", consent, ["Sam"])
    assert _seen(sam).sharing.shown == []
    theirs = await _look(sam, "progress.look")
    assert isinstance(theirs, ProgressView)
    assert [each.person.name for each in theirs.followed] == ["Sam", "Alex"]
    assert theirs.followed[1].days == mine.followed[0].days
    assert await _do(alex, "offer.pause", noun="consent", id=consent) is None
    assert _seen(alex).sharing.shown == []
    await _until(sam, lambda state: _state(state.consents, consent) == "paused")
    theirs = await _look(sam, "progress.look")
    assert isinstance(theirs, ProgressView)
    assert [each.person.name for each in theirs.followed] == ["Sam"]


async def test_whoever_left_is_shown_nothing_that_flows(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    await _granted(alex, sam, "sharing.offer", **_offer(alex, sam, what=["place"]))
    assert await _tell(alex) is None
    await _until(sam, lambda state: state.sharing.theirs[0].values)
    assert await _do(sam, "space.leave", tell=True) is None
    gone = _seen(sam)
    assert (gone.sharing.theirs, gone.sharing.covered, gone.habits.habits) == ((), (), [])
    await _until(alex, lambda state: not state.space.others)
    assert (_seen(alex).sharing.mine, _seen(alex).sharing.theirs) == ([], [])
    assert views.encode(alex.laptop)
