"""A month of Alex and Sam, from pairing through a slip-up to the review, told once, on five real devices.

Sam kneels and Alex holds the structure; both said so on a calm day. Alex has a laptop and a tablet, Sam a laptop and a
phone. On Sam's laptop there is a second record, with Kim from the band, and neither record knows of the other. The days
go by on a clock that the story turns; everything else is as it is on a table: stores, sockets, channels, merges.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from collar_sync import ConsentState, Device, NotAllowed, Person, Space, WrongCode
from collar_sync.domain import checklist, focus, reminders
from collar_sync.domain.agreements import Reflection
from collar_sync.domain.consent import Consent
from collar_sync.domain.repair import Repair, Step
from collar_sync.domain.repair_forms import Stage
from collar_sync.domain.repair_writing import commitment
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.domain.tasks import TaskState
from collar_sync.domain.timeline import Day
from collar_sync.shells import clock
from tests.node.people import pair, yes

BERLIN = "Europe/Berlin"
MAY = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)  # a Friday, eight in the morning in Berlin
HOUR, DAY = 3_600_000, 86_400_000
CALM = Reflection(need="To come to rest at the end of a day", free_to_refuse=True, source="clarity")
PHONE_OFF = "whoever is late, their phone stays off for the evening"
HABIT = "lights out by eleven"
LATE = "Midnight: a call from work"
SECRET = "I was ashamed before I was sorry"  # a line of a journal


class Calendar:
    """The clock on everybody's wall, which the story turns."""

    def __init__(self) -> None:
        self._begun = clock.now()
        self._now = clock.now
        self._at = round(MAY.timestamp() * 1000)

    def now(self) -> int:
        return self._at + self._now() - self._begun

    def turn_to(self, day: int, hour: int = 8) -> None:
        """That day of May, at that hour in Berlin."""
        moment = MAY + timedelta(days=day - 1, hours=hour - 8)
        self._at, self._begun = round(moment.timestamp() * 1000), self._now()


class Household:
    """Alex's laptop and tablet, Sam's laptop and phone, Kim's laptop, and who reads what on them."""

    def __init__(self, may: Calendar, devices: Sequence[Device]) -> None:
        self.may = may
        self.devices = devices
        self.alex: Space
        self.alex_tablet: Space
        self.sam: Space
        self.sam_phone: Space
        self.band: Space
        self.kim: Space
        self.alex_person: Person
        self.sam_person: Person

    @property
    def everywhere(self) -> tuple[Space, ...]:
        return (self.alex, self.alex_tablet, self.sam, self.sam_phone)

    async def all_have_heard(self) -> None:
        """Every device of the two has what any of them has."""
        await until(lambda: len({_read(space) for space in self.everywhere}) == 1)

    def photo(self, space: Space) -> Consent:
        """What they agreed about photos, as it reads there."""
        return next(each for each in space.consents.all() if each.purpose == "A photo a day")

    def repair(self) -> Repair:
        """The one repair of this month, as both see it."""
        (ours,), (theirs,) = self.alex.repairs.all(), self.sam.repairs.all()
        assert ours == theirs
        return ours


def _read(space: Space) -> tuple[object, ...]:
    words = [(name, tuple(sorted(fields.items(), key=str))) for name, fields in space.records("task").items()]
    return (frozenset(each.id for each in space.statements("")), tuple(sorted(words)))


def slept(space: Space, of: Space) -> list[str]:
    """What this device is shown of that person's nights."""
    return [each.note for each in space.tracking.of(of.me)]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110  # several devices at once
            await asyncio.sleep(0.01)


async def open_device(path: Path) -> Device:
    listen = ("127.0.0.1", 0)
    device = await Device.open(path, "a long passphrase", listen=listen, discovery=False, cost="interactive")
    device.zone = BERLIN
    return device


@contextlib.asynccontextmanager
async def household(folder: Path, may: Calendar) -> AsyncIterator[Household]:
    """Five devices on a table, none of which knows another."""
    async with contextlib.AsyncExitStack() as stack:
        names = ("alex", "alex-tablet", "sam", "sam-phone", "kim")
        yield Household(may, [await stack.enter_async_context(await open_device(folder / name)) for name in names])


async def test_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may = Calendar()
    monkeypatch.setattr(clock, "now", may.now)
    async with household(tmp_path, may) as home:
        await they_find_each_other(home)
        await the_first_evening_they_say_what_holds(home)
        await a_week_goes_by(home)
        await an_evening_for_two(home)
        await a_weekend_of_rest(home)
        await the_slip_up(home)
        await the_night_in_which_sam_is_not_sure(home)
        await the_pause(home)
        await the_debrief(home)
        await the_amends(home)
        await two_weeks_of_small_promises(home)
        await the_review(home)
        await the_end_of_the_month(home)
        await the_phone_is_given_away_and_the_band_is_over(home)


async def they_find_each_other(home: Household) -> None:
    """Alex begins alone; one shows a code, the other types it, wrongly at first; then each brings a second device."""
    alex, alex_tablet, sam, sam_phone, kim = home.devices
    home.may.turn_to(1, 18)
    home.alex = await alex.create_space("Us", me="Alex", device_name="laptop")
    await home.alex.limits.set("No talk of this at my work")

    async with alex.invite(home.alex) as invitation:
        mistyped = f"{(int(invitation.code.replace(' ', '')) + 1) % 10**8:08d}"
        with pytest.raises(WrongCode):
            await sam.join(mistyped, me="Sam", compare=yes, address=("127.0.0.1", alex.port))
    assert [each.name for each in home.alex.people().values()] == ["Alex"]
    assert sam.spaces == ()

    home.sam, home.sam_person = await pair(alex, home.alex, sam, me="Sam", device_name="laptop")
    home.alex_person = home.sam.people()[home.alex.me]
    home.alex_tablet, _ = await pair(alex, home.alex, alex_tablet, me="Alex", device_name="tablet", own_device=True)
    home.sam_phone, _ = await pair(sam, home.sam, sam_phone, me="Sam", device_name="phone", own_device=True)
    for device, laptop in ((sam_phone, alex), (alex_tablet, sam)):  # all in one flat: each meets each
        device.connect("127.0.0.1", laptop.port)
    home.band = await sam.create_space("The band", me="Sam")
    home.kim, _ = await pair(sam, home.band, kim, me="Kim")
    await home.all_have_heard()

    for space in home.everywhere:
        assert {each.name for each in space.people().values()} == {"Alex", "Sam"}
        assert [each.text for each in space.limits.of(home.alex_person)] == ["No talk of this at my work"]
        assert len(space.devices.mine()) == 2
    assert {each.name for each in home.band.people().values()} == {"Sam", "Kim"}


async def the_first_evening_they_say_what_holds(home: Household) -> None:
    alex, sam = home.alex, home.sam
    home.may.turn_to(1, 20)
    await sam.limits.set("Nothing on video", "hard limit")
    photo = await alex.consents.propose(
        "A photo a day", ["one photo", "Nothing on video"], ["faces"], ["the two of us"]
    )
    ritual = await alex.agreements.propose(
        "ritual", ["kneel and breathe for ten minutes"], CALM, review=MAY + timedelta(days=27)
    )
    loop = await sam.agreements.propose("repair loop", ["pause, debrief, amend, review"], CALM)
    sleep = await sam.agreements.propose("tracking", [HABIT], CALM)
    await home.all_have_heard()
    assert sam.consents.get(photo.id).holds.includes == ("one photo",), "a limit holds at once, whatever is offered"

    await home.sam_phone.consents.grant(photo.id)
    await sam.agreements.grant(ritual.id)
    await alex.agreements.grant(loop.id)
    await alex.agreements.grant(sleep.id)
    await home.all_have_heard()
    for space in home.everywhere:
        assert space.consents.get(photo.id).state(space.now()) is ConsentState.ACTIVE
        assert [each.state(space.now()) for each in space.agreements.all()] == [ConsentState.ACTIVE] * 3

    kneel = await alex.tasks.ask(
        "Kneel and breathe",
        of=home.sam_person,
        due="2026-05-02T21:00",
        repeat="FREQ=DAILY",
        kind="ritual",
        zone=BERLIN,
        serves=ritual.id,
    )
    await home.all_have_heard()
    with pytest.raises(NotAllowed):
        await alex.tasks.accept(kneel.id)
    await sam.tasks.accept(kneel.id)
    await home.sam_phone.reminders.set(kneel.id, 60)
    await alex.tasks.promise("Ask how Sam's day was, before mine", due="2026-05-02T19:00")
    await home.all_have_heard()


async def a_week_goes_by(home: Household) -> None:
    (kneel,) = (each for each in home.sam.tasks.all() if each.kind == "ritual")
    home.may.turn_to(2, 20)
    (ringing,) = home.sam_phone.reminders.ringing()
    assert "kneel" not in reminders.TEXT.lower(), "a screen is seen by others"
    await home.sam_phone.reminders.seen(ringing)
    assert home.sam.reminders.ringing() == (), "it was set on the phone"
    for day in range(2, 9):
        home.may.turn_to(day, 21)
        device = home.sam_phone if day % 2 else home.sam
        await device.tasks.done(kneel.id)
        if day == 4:  # a missed occurrence is a gentle fact; this one was only said too early
            await device.undo.take_back()
        arrived = await device.check_ins.write(["steady"] if day != 6 else ["tired"], need="an early night")
        if day == 6:
            await device.check_ins.share(arrived.id)
        await home.all_have_heard()
    for space, words in ((home.sam_phone, "Half past, reading"), (home.alex, LATE)):
        ((sleep, habit),) = space.tracking.habits()
        await space.tracking.write(sleep.id, habit, words)
    await until(lambda: slept(home.sam, home.alex) == slept(home.alex_tablet, home.alex) == [LATE])
    await until(lambda: slept(home.alex, home.sam) == slept(home.sam, home.sam) == ["Half past, reading"])
    await home.alex.moments.share("Thank you for the tea")
    (promise,) = (each for each in home.alex.tasks.all() if each.promised)
    await home.alex_tablet.tasks.done(promise.id)
    await home.all_have_heard()

    days = {each.day: each for each in home.sam.progress.mine(date(2026, 5, 2), date(2026, 5, 8))}
    assert len(days) == 7
    assert [each.done_on("2026-05-04") for each in home.sam.tasks.all() if each.id == kneel.id] == [False]
    with pytest.raises(NotAllowed):
        home.alex.progress.of(home.sam_person, date(2026, 5, 2), date(2026, 5, 8))
    assert [each.need for each in home.alex.check_ins.all()] == ["an early night"]
    assert len(home.sam.check_ins.mine()) + len(home.sam_phone.check_ins.mine()) == 7
    assert home.alex.check_ins.mine() == ()


async def an_evening_for_two(home: Household) -> None:
    alex, sam, phone = home.alex, home.sam, home.sam_phone
    home.may.turn_to(8, 22)
    await alex.presence.show(home.sam_person)
    alex.presence.arrive()
    free = await alex.sharing.propose("free", purpose="To find an evening")
    await home.all_have_heard()
    await phone.consents.grant(free.id)
    await home.all_have_heard()
    alex.sharing.tell("free", "From nine, all evening")
    await until(lambda: [each.text for each in sam.sharing.of(home.alex_person)] == ["From nine, all evening"])
    await until(lambda: sam.presence.here() == {alex.me})
    assert alex.presence.here() == frozenset(), "Sam shows it to nobody"

    begun = await alex.checklists.begin("scene")
    await home.all_have_heard()
    await alex.checklists.tick(begun.id)
    await sam.checklists.tick(begun.id, begun.lines[0])
    await home.all_have_heard()
    assert alex.checklists.get(begun.id).waiting_for == (sam.me,), "silence is no yes"
    await sam.checklists.untick(begun.id)
    await home.all_have_heard()
    assert alex.checklists.get(begun.id).state(alex.now()) is checklist.State.STOPPED
    again = await sam.checklists.again(begun.id)
    await home.all_have_heard()
    await phone.checklists.tick(again.id)
    await home.alex_tablet.checklists.tick(again.id)
    await home.all_have_heard()
    for space in home.everywhere:
        assert space.checklists.get(again.id).state(space.now()) is checklist.State.READY

    after = await sam.sessions.begin("aftercare", 30)
    await home.all_have_heard()
    await alex.sessions.join(after.id)
    await home.all_have_heard()
    home.may.turn_to(8, 23)
    for space in home.everywhere:
        assert space.sessions.get(after.id).state(space.now()) is focus.State.TIME_IS_UP, "a soft end"
    await alex.sessions.end(after.id)
    await home.all_have_heard()


async def a_weekend_of_rest(home: Household) -> None:
    home.may.turn_to(9, 9)
    home.alex.sharing.tell("free", "Not before noon")
    await until(lambda: [each.text for each in home.sam.sharing.of(home.alex_person)] == ["Not before noon"])
    await home.sam_phone.pauses.pause()
    await home.all_have_heard()
    assert home.sam.sharing.of(home.alex_person) == ()
    assert home.alex.sharing.mine() == ()
    assert home.sam.presence.here() == frozenset()
    photo = home.photo(home.alex)
    assert photo.state(home.alex.now()) is ConsentState.PAUSED
    assert slept(home.sam, home.alex) == slept(home.alex, home.sam) == []
    await home.alex.tasks.ask("Send me a photo", of=home.sam_person)
    await home.all_have_heard()
    assert [each.title for each in home.sam.tasks.visible() if each.state is TaskState.ASKED] == []
    with pytest.raises(NotAllowed):
        await home.alex.pauses.lift()
    home.may.turn_to(9, 21)
    assert home.sam_phone.reminders.ringing() == (), "nothing rings in a pause, nor afterwards for what it covered"

    home.may.turn_to(10, 20)
    await home.sam.pauses.lift()
    await home.all_have_heard()
    photo = home.photo(home.alex)
    assert photo.state(home.alex.now()) is ConsentState.ACTIVE
    await until(lambda: slept(home.sam, home.alex) == [LATE])  # they still agree, so it is shown again
    (asked,) = (each for each in home.sam.tasks.visible() if each.state is TaskState.ASKED)
    await home.sam.tasks.decline(asked.id)
    await home.alex.agreements.propose("consequence", [PHONE_OFF], CALM)  # Sam has not answered it yet when
    await home.all_have_heard()


async def the_slip_up(home: Household) -> None:
    """Alex told a friend. Sam found out, and stopped everything."""
    home.may.turn_to(12, 23)
    await home.sam.pauses.pause()
    await home.sam.journal.write("I knew it before I was told")
    await home.all_have_heard()

    home.may.turn_to(13, 1)
    await home.alex.journal.write(SECRET)
    draft = await home.alex.slips.write(
        "You were laid open to somebody you never chose: I told Robin about us", SlipKind.CONFIDENCE_BROKEN
    )
    await home.all_have_heard()
    assert home.sam.slips.all() == ()

    home.may.turn_to(13, 9)
    shared = await home.alex.slips.share(draft.id)
    await home.all_have_heard()
    assert home.sam.slips.get(shared.id).mine
    assert "dignity" in shared.about.repairing.threatens


async def the_night_in_which_sam_is_not_sure(home: Household) -> None:
    """Alex was loud when Sam said no. What Sam thinks of it stays on Sam's laptop: nobody sees there is any."""
    slip, before = home.repair().id, len(home.alex.statements(""))
    sees = home.alex.repairs.next_step(slip)
    note = await home.sam.safety.write("intimidation", "Alex was loud when I said no", about=slip)
    assert home.sam.repairs.next_step(slip) is Step.HELP, "help comes before everything else"
    page = home.sam.repairs.help(slip)
    assert page is not None
    assert page.help.opening.startswith("Someone may check this device")
    await home.sam.journal.contacts.write("Robin's sister", "She has known me since school")

    home.may.turn_to(14, 12)  # after a long walk with her
    await home.sam.safety.settle(note.id)
    assert home.sam.repairs.next_step(slip) is not Step.HELP
    assert (home.alex.repairs.next_step(slip), len(home.alex.statements(""))) == (sees, before)


async def the_pause(home: Household) -> None:
    slip = home.repair().id
    assert home.sam.repairs.next_step(slip) is Step.PAUSED, "nothing is asked of anyone while a pause stands"
    home.may.turn_to(14, 18)
    await home.sam.pauses.lift()
    await home.all_have_heard()
    script = home.alex.scripts.get("dominant-slipped")  # words of others, to make one's own
    await home.alex.scripts.edit(script.id, [*script.helps, "I will not ask you to comfort me."], script.avoid)
    await home.sam.repairs.begin(slip)
    await home.all_have_heard()
    with pytest.raises(NotAllowed):
        await home.alex.agreements.propose("consequence", ["no phone for a week"], CALM)

    await home.alex.repairs.propose_talk(slip, home.alex.now() + 20 * HOUR)
    await home.all_have_heard()
    await home.sam_phone.repairs.sign(slip, home.sam_phone.repairs.get(slip).talk.current[0].id)
    await home.alex.repairs.ready(slip)
    await home.all_have_heard()
    assert home.repair().stage is Stage.PAUSE, "one who is ready opens nothing"
    home.may.turn_to(15, 21)  # two weeks after they agreed to look at their sleep, and nobody has to say so
    assert slept(home.sam, home.alex) == slept(home.alex, home.sam) == []
    await home.sam.repairs.ready(slip)
    await home.all_have_heard()
    assert home.repair().stage is Stage.DEBRIEF


async def the_debrief(home: Household) -> None:
    alex, sam, slip = home.alex.repairs, home.sam.repairs, home.repair().id
    await alex.write_part(
        slip,
        facts="I told Robin on Sunday",
        impact="I felt heavy",
        meaning="I let you down",
        request="To hear what it did",
        roots="I wanted to be seen",
    )
    await sam.write_part(
        slip,
        facts="Robin greeted me by my title",
        impact="My stomach fell",
        meaning="I am a story now",
        request="That it stops here",
    )
    await home.all_have_heard()
    assert home.repair().parts == (), "each part is private until its author shares it"
    await alex.share_part(slip)
    await sam.share_part(slip)
    await home.all_have_heard()

    await home.sam_phone.repairs.step_out(slip)
    await home.all_have_heard()
    assert home.alex.repairs.next_step(slip) is Step.REST
    home.may.turn_to(16, 10)
    await home.sam_phone.repairs.step_back(slip)
    await home.all_have_heard()

    await alex.propose_facts(slip, "On the 10th Alex told Robin about us. Sam had not agreed to that.")
    await home.all_have_heard()
    await sam.sign(slip, home.repair().facts.current[0].id)
    await home.all_have_heard()
    assert home.repair().facts.agreed is not None
    await sam.propose_facts(slip, "On the 10th Alex told Robin about us, by name. Sam had not agreed to that.")
    await home.all_have_heard()
    assert home.repair().facts.agreed is None, "another text is another text: it has to be signed anew"
    await alex.sign(slip, home.repair().facts.current[0].id)
    await alex.ready(slip)
    await sam.ready(slip)
    await home.all_have_heard()
    assert home.repair().stage is Stage.AMEND


async def the_amends(home: Household) -> None:
    alex, sam, slip = home.alex.repairs, home.sam.repairs, home.repair().id
    await alex.write_apology(slip, regret="I am sorry", ownership="I told Robin, and nobody made me")
    with pytest.raises(NotAllowed, match="saved and not offered"):
        await alex.offer_apology(slip)
    await alex.write_apology(
        slip,
        impact="You were greeted by a word that was ours",
        question="What do you need to know?",
        change="I have told Robin that it stays with them, and I speak of us to nobody",
    )
    await alex.offer_apology(slip)
    photo = home.photo(home.sam)
    await home.sam.consents.pause(photo.id)
    promise = commitment("Ten minutes to check in", home.alex.me, repeat="FREQ=DAILY;COUNT=14", due="2026-05-17T20:00")
    await alex.propose_plan(
        slip, on_pause=["photos"], changes=["names of friends are asked about first"], commitments=[promise]
    )
    await home.all_have_heard()
    await sam.sign(slip, home.repair().plan.current[0].id)
    await home.all_have_heard()
    await asyncio.gather(*(each.repairs.promise(slip) for each in (home.alex, home.alex_tablet)))  # and it is one task
    await alex.ready(slip)
    await sam.ready(slip)
    await home.all_have_heard()
    assert home.repair().stage is Stage.REVIEW
    assert home.alex.consents.get(photo.id).state(home.alex.now()) is ConsentState.PAUSED


async def two_weeks_of_small_promises(home: Household) -> None:
    slip = home.repair().id
    await home.alex.repairs.propose_weekly(slip, 6, "18:00", "18:30", BERLIN)
    await home.all_have_heard()
    await home.sam.repairs.sign(slip, home.repair().weekly.current[0].id)
    (small,) = (each for each in home.alex.tasks.all() if each.kind == "micro-commitment")
    for day in range(17, 31):
        home.may.turn_to(day, 20)
        await (home.alex if day % 3 else home.alex_tablet).tasks.done(small.id)
        await home.all_have_heard()
        if day == 20:
            update = await home.alex.updates.share(changed="I left the chat in which I told it", feeling="Quieter")
            await home.all_have_heard()
            await home.sam_phone.aside.hide(update.id)  # not today
            assert [len(each.updates.visible()) for each in (home.sam, home.sam_phone)] == [1, 0]
        if day == 24:
            await home.sam.repairs.say(slip, changed="You ask before you tell", still_wary=True)
            await home.alex.repairs.say(slip, changed="I have asked each evening")
            await home.all_have_heard()
    assert len(home.sam.tasks.get(small.id).dones) == 14


async def the_review(home: Household) -> None:
    slip = home.repair().id
    home.may.turn_to(31, 18)
    await home.sam.repairs.say(slip, changed="It is quiet again")
    await home.sam.repairs.close(slip)
    await home.all_have_heard()
    assert home.repair().stage is Stage.REVIEW, "it is closed when all say so"
    await home.alex_tablet.repairs.close(slip)
    await home.all_have_heard()
    assert home.repair().stage is Stage.CLOSED
    for space in home.everywhere:  # what waited for Sam's yes all through the repair is not its price afterwards
        (phone_off,) = (each for each in space.agreements.all() if PHONE_OFF in each.includes)
        assert phone_off.state(space.now()) is ConsentState.LAPSED
        assert (phone_off in space.agreements.visible()) is (space.me == home.alex.me)
    assert home.alex.repairs.open() == home.sam.repairs.open() == ()


async def the_end_of_the_month(home: Household) -> None:
    alex, sam = home.alex, home.sam
    photo = home.photo(sam)
    await home.sam_phone.consents.revoke(photo.id)  # the photos are not taken up again, and nobody asks why
    await home.all_have_heard()
    for space in home.everywhere:
        assert space.consents.get(photo.id).state(space.now()) is ConsentState.REVOKED
        assert space.problems() == ()

    (due,) = sam.reviews.due()
    assert due.about.includes == ("kneel and breathe for ten minutes",)
    await sam.reviews.held(due.about.id)
    assert (len(sam.reviews.due()), len(alex.reviews.due())) == (0, 1), "each looks again for themself"

    told = {line.text for day in everything(sam) for line in day.lines}
    for sentence in (
        "Alex began this record.",
        "You set a limit: “Nothing on video”.",
        "You said yes to “A photo a day”.",
        "Alex asked you for “Kneel and breathe”.",
        "You said that “Kneel and breathe” is done for 5 May 2026.",
        "You paused everything.",
        "Alex shared what happened: “You were laid open to somebody you never chose: I told Robin about us”.",
        "Alex said that “Ten minutes to check in” is done for 30 May 2026.",
        "You withdrew from “A photo a day”.",
    ):
        assert sentence in told, sentence
    assert len(everything(sam)) > 20
    assert all(line.at is None for day in everything(sam) for line in day.lines if line.person != sam.me)
    assert told - {line.text for day in everything(home.sam_phone) for line in day.lines} == {
        "Alex shared an open update."
    }, "the phone leaves out what was hidden on it"

    copy = sam.export.json(journal=True)
    assert "I knew it before I was told" in copy
    assert SECRET not in copy
    assert SECRET not in home.sam_phone.export.json(journal=True)
    assert LATE not in copy, "what Alex wrote about an agreement that has ended"
    assert [LATE in space.export.json(journal=True) for space in home.everywhere] == [True, False, False, False]
    brought = await sam.memories.bring_in(copy)
    assert sam.consents.get(photo.id).state(sam.now()) is ConsentState.REVOKED, "a copy grants nothing"
    assert sam.memories.get(brought.id).space == "Us"

    assert home.kim.statements("task") == home.band.statements("task") == ()
    assert {each.name for each in home.kim.people().values()} == {"Sam", "Kim"}
    assert alex.timeline.page().days == home.alex_tablet.timeline.page().days


async def the_phone_is_given_away_and_the_band_is_over(home: Household) -> None:
    (phone,) = (each for each in home.sam.devices.mine() if not each.here)
    await home.sam.devices.remove(phone.id)
    await until(lambda: bool(home.sam_phone.over))
    with pytest.raises(NotAllowed, match="removed"):
        await home.sam_phone.tasks.promise("Too late")

    await home.kim.journal.write("What a summer it was")
    await home.band.erasing.ask()
    await until(lambda: len(home.kim.erasing.visible()) == 1)
    assert {each.name for each in home.kim.people().values()} == {"Sam", "Kim"}, "nothing is erased by asking"
    await home.kim.erase(receipt=True)
    await until(lambda: len(home.band.erasing.all()[0].receipts) == 1)
    await home.band.erase()
    assert home.kim.people() == {}
    assert [each.text for each in home.kim.journal.all()] == ["What a summer it was"], "one's own stays"
    assert [each.name for each in home.devices[2].spaces] == ["Us"]


def everything(space: Space) -> tuple[Day, ...]:
    days, _ = space.timeline.everything()
    return days
