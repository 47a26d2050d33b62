"""The Task rule, told as stories."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from collar_sync import limits
from collar_sync.core.edits import Scalar, SetText
from collar_sync.domain.tasks import TaskState, Timing
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from tests.domain.plain import DAY, HOUR, MAY_DAY, Household, PlainLedger

EVENING = "2026-05-01T18:00"


async def test_alex_asks_sam_accepts_does_it_and_takes_it_back(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    asked = await alex.tasks.ask(" Water  the plants ", of=sam.owner, details="The fern too", kind="ritual")
    assert (asked.title, asked.details, asked.kind) == ("Water the plants", "The fern too", "ritual")
    assert (asked.asked_by, asked.for_person, asked.asked_at) == (alex.me, sam.me, MAY_DAY)
    assert asked.state is TaskState.ASKED
    home.sync()
    assert (await sam.tasks.accept(asked.id)).state is TaskState.ACCEPTED
    sam.clock += HOUR
    done = await sam.tasks.done(asked.id)
    assert (done.state, done.done_at, done.is_open) == (TaskState.DONE, MAY_DAY + HOUR, False)
    home.sync()
    assert alex.tasks.all() == sam.tasks.all() == (done,)
    assert (await sam.tasks.take_back(asked.id)).state is TaskState.ACCEPTED


async def test_only_sam_answers_what_sam_was_asked(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    task = await alex.tasks.ask("Water the plants", of=sam.me)
    for act in (alex.tasks.accept, alex.tasks.decline, alex.tasks.done, alex.tasks.take_back):
        with pytest.raises(NotAllowed, match="Only the person a task is for"):
            await act(task.id)
    for kind in ("task.accept", "task.decline", "task.done", "task.take_back"):
        alex.say(kind, task.id)
    home.sync()
    assert sam.tasks.get(task.id).state is TaskState.ASKED
    assert len(sam.tasks.problems()) == 4


async def test_sam_declines_and_may_accept_later(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    task = await alex.tasks.ask("Water the plants", of=sam.owner)
    home.sync()
    assert (await sam.tasks.decline(task.id)).state is TaskState.DECLINED
    with pytest.raises(NotAllowed, match="Accept it first"):
        await sam.tasks.done(task.id)
    assert (await sam.tasks.accept(task.id)).state is TaskState.ACCEPTED


async def test_a_decline_is_not_hidden_by_a_yes_from_sams_other_device(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Water the plants", of=sam.owner)
    home.sync()
    phone = home.second_device("Sam")
    phone.hear(*home.everything())
    await sam.tasks.decline(task.id)
    await phone.tasks.accept(task.id)
    home.sync()
    assert alex.tasks.get(task.id).state is TaskState.DECLINED


async def test_a_done_is_taken_back_and_a_decline_never(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    task = await alex.tasks.ask("Water the plants", of=sam.owner)
    home.sync()
    with pytest.raises(NotAllowed, match="nothing to take back"):
        await sam.tasks.take_back(task.id)
    decline = sam.say("task.decline", task.id)
    sam.say("task.take_back", task.id, answers=[decline.id])
    assert sam.tasks.get(task.id).state is TaskState.DECLINED
    assert [each.reason for each in sam.tasks.problems()] == [
        "It takes back what is no done; a decline is answered by an acceptance."
    ]


async def test_a_done_said_while_another_device_takes_one_back_stands(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Water the plants", of=sam.owner)
    home.sync()
    await sam.tasks.done(task.id)
    phone = home.second_device("Sam")
    phone.hear(*home.everything())
    await phone.tasks.take_back(task.id)
    again = await phone.tasks.done(task.id)
    await sam.tasks.take_back(task.id)
    home.sync()
    assert sam.tasks.get(task.id).dones == again.dones


async def test_a_promise_needs_no_yes_and_only_its_author_keeps_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    promise = await sam.tasks.promise("Call my sister", kind="micro-commitment")
    assert (promise.state, promise.promised, promise.asked_by) == (TaskState.OPEN, True, sam.me)
    home.sync()
    with pytest.raises(NotAllowed):
        await alex.tasks.done(promise.id)
    assert (await sam.tasks.decline(promise.id)).state is TaskState.DECLINED
    assert (await sam.tasks.accept(promise.id)).state is TaskState.OPEN
    assert (await sam.tasks.done(promise.id)).state is TaskState.DONE


async def test_both_may_edit_the_words_and_how_it_was_asked_stays_readable(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Water the plants", of=sam.owner)
    home.sync()
    await sam.tasks.rename(task.id, "Water the ferns")
    await sam.tasks.describe(task.id, "Twice")
    await sam.tasks.reschedule(task.id, EVENING, zone="Europe/Berlin")
    home.sync()
    read = alex.tasks.get(task.id)
    assert (read.title, read.asked_title, read.details) == ("Water the ferns", "Water the plants", "Twice")
    assert (read.due, read.zone, read.repeat) == (EVENING, "Europe/Berlin", None)
    await alex.tasks.reschedule(task.id)
    assert alex.tasks.get(task.id).due is None


async def test_new_times_stay_in_the_zone_of_whose_task_it_is(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    alex.where, sam.where = "America/Los_Angeles", "Pacific/Auckland"
    task = await alex.tasks.ask("Call", of=sam.owner, due=EVENING)
    home.sync()
    assert (await sam.tasks.accept(task.id)).zone == "Pacific/Auckland"
    home.sync()
    for each in (sam, alex):
        assert (await each.tasks.reschedule(task.id, "2026-06-02T09:00")).zone == "Pacific/Auckland"
        home.sync()
    assert (await alex.tasks.reschedule(task.id, EVENING, zone="Europe/Berlin")).zone == "Europe/Berlin"


async def test_kim_edits_no_words_between_alex_and_sam() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    task = await alex.tasks.ask("Water the plants", of=sam.owner)
    home.sync()
    with pytest.raises(NotAllowed, match="can change the words"):
        await kim.tasks.rename(task.id, "Water mine")


async def test_words_spoilt_by_altered_software_read_as_they_were_asked(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Water the plants", of=sam.owner)
    spoilt: dict[str, Scalar] = {"title": 7, "details": b"x", "due": "soon", "zone": "../etc", "repeat": "FREQ=EVER"}
    for field, value in spoilt.items():
        alex.fields["task", task.record, field] = (9, "", value)
    home.sync()
    read = sam.tasks.get(task.id)
    assert (read.title, read.details, read.due, read.zone, read.repeat) == ("Water the plants", "", None, None, None)


async def test_a_second_ask_about_the_same_words_is_a_task_of_its_own(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Water the plants", of=sam.owner)
    home.sync()
    forged = sam.say("task.ask", task.record, {"for": alex.me, "title": "Do it yourself"})
    home.sync()
    assert alex.tasks.get(task.id).for_person == sam.me
    assert alex.tasks.get(forged.id).asked_by == sam.me


async def test_a_task_is_due_on_its_day_in_its_zone_and_missed_only_when_the_day_is_over(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Water the plants", of=sam.owner, due=EVENING, zone="Pacific/Auckland")
    home.sync()
    assert task.timing(MAY_DAY) is Timing.NOT_DUE
    task = await sam.tasks.accept(task.id)
    auckland_midnight = 1_777_636_800_000  # 2026-05-01T12:00Z, when 2 May begins there
    assert task.timing(auckland_midnight - DAY - 1) is Timing.NOT_DUE
    assert task.timing(auckland_midnight - DAY) is Timing.DUE
    assert task.timing(auckland_midnight - 1) is Timing.DUE
    assert task.timing(auckland_midnight) is Timing.MISSED
    assert (await sam.tasks.done(task.id)).timing(auckland_midnight) is Timing.NOT_DUE


async def test_a_time_without_a_zone_is_the_assignees_own_once_they_accept(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    sam.where = "Pacific/Auckland"
    asked = await alex.tasks.ask("Call your sister", of=sam.owner, due=EVENING)
    assert asked.zone is None
    home.sync()
    accepted = await sam.tasks.accept(asked.id)
    home.sync()
    assert alex.tasks.get(asked.id).zone == accepted.zone == "Pacific/Auckland"
    assert (await sam.tasks.promise("Call my brother", repeat="FREQ=DAILY")).zone == "Pacific/Auckland"
    assert (await sam.tasks.promise("Call my mother")).zone is None
    assert (await sam.tasks.promise("Call my aunt", due=EVENING, zone="Europe/Berlin")).zone == "Europe/Berlin"


async def test_a_time_whose_zone_was_spoilt_is_read_where_the_reader_is_and_waits_for_a_yes(sam: PlainLedger) -> None:
    task = await sam.tasks.promise("Call my sister", due=EVENING)
    sam.fields["task", task.record, "zone"] = (9, "", "Middle/Earth")
    changed = sam.tasks.get(task.id)
    assert (changed.changed, changed.timing(MAY_DAY + 15 * HOUR, "UTC")) == (True, Timing.NOT_DUE)
    sam.say("task.accept", task.id, {"title": task.title, "due": EVENING}, [task.id])
    task = sam.tasks.get(task.id)
    assert task.timing(MAY_DAY + 15 * HOUR, "UTC") is Timing.DUE
    assert task.timing(MAY_DAY + 15 * HOUR, "Pacific/Auckland") is Timing.MISSED


async def test_in_pause_a_task_is_neither_due_nor_missed_and_stays_unmissed_afterwards(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await sam.tasks.promise("Call my sister", due=EVENING)
    await alex.pauses.pause()
    home.sync()
    for now in (MAY_DAY, MAY_DAY + 12 * HOUR, MAY_DAY + 2 * DAY):
        assert sam.tasks.get(task.id).timing(now) is Timing.RESTING
    alex.clock += 12 * HOUR
    await alex.pauses.lift()
    home.sync()
    assert sam.tasks.get(task.id).timing(MAY_DAY + 2 * DAY) is Timing.RESTING
    later = await sam.tasks.promise("Call my brother", due="2026-05-02T18:00")
    assert later.timing(MAY_DAY + 2 * DAY) is Timing.MISSED


async def test_each_day_of_a_daily_check_in_is_done_on_its_own(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Evening check-in", of=sam.owner, repeat="FREQ=DAILY;COUNT=3")
    home.sync()
    await sam.tasks.accept(task.id)
    task = await sam.tasks.done(task.id)
    assert (task.done_on("2026-05-01"), task.done_on("2026-05-02")) == (True, False)
    assert (task.state, task.next_day(sam.now())) == (TaskState.ACCEPTED, "2026-05-02")
    assert (task.timing(MAY_DAY), task.timing(MAY_DAY + DAY)) == (Timing.NOT_DUE, Timing.DUE)
    sam.clock += DAY
    assert len((await sam.tasks.done(task.id)).dones) == 2
    assert len((await sam.tasks.done(task.id)).dones) == 2
    task = await sam.tasks.take_back(task.id, "2026-05-01")
    assert [each.occurrence for each in task.dones] == ["2026-05-02"]
    assert task.next_day(sam.now()) == "2026-05-03"
    assert task.next_day(sam.now() + 2 * DAY) is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"title": " "}, "title is empty"),
        ({"title": "x" * (limits.TITLE_CHARACTERS_MAX + 1)}, "title is too long"),
        ({"details": "x" * (limits.DETAILS_CHARACTERS_MAX + 1)}, "details are too long"),
        ({"due": "tomorrow"}, "2026-05-01T18:00"),
        ({"due": "2026-02-30T18:00"}, "2026-05-01T18:00"),
        ({"due": EVENING, "zone": "Middle/Earth"}, "time zone is not known"),
        ({"due": EVENING, "zone": "../etc/passwd"}, "time zone is not known"),
        ({"due": datetime(2026, 5, 1, tzinfo=UTC), "zone": "Europe/Berlin"}, "Give only one of them"),
        ({"repeat": "FREQ=SOMETIMES"}, "cannot be kept"),
        ({"kind": "chore"}, "Choose one of these kinds"),
        ({"of": "person_x"}, "not in this record"),
    ],
)
async def test_an_ask_that_cannot_be_kept_is_refused_with_what_to_do(
    alex: PlainLedger, sam: PlainLedger, words: dict[str, object], sentence: str
) -> None:
    complete: dict[str, object] = {"title": "Water the plants", "of": sam.owner, **words}
    with pytest.raises(InvalidInput, match=sentence):
        await alex.tasks.ask(**complete)  # type: ignore[arg-type]
    assert alex.heard == {}


async def test_an_aware_datetime_brings_its_zone(alex: PlainLedger, sam: PlainLedger) -> None:
    due = datetime(2026, 5, 1, 18, tzinfo=ZoneInfo("Europe/Berlin"))
    task = await alex.tasks.ask("Water the plants", of=sam.owner, due=due)
    assert (task.due, task.zone) == (EVENING, "Europe/Berlin")
    task = await alex.tasks.ask("Water the plants", of=sam.owner, due=due.astimezone(UTC))
    assert (task.due, task.zone) == ("2026-05-01T16:00", "UTC")


async def test_an_occurrence_that_is_no_day_is_refused_here_and_passed_over_there(sam: PlainLedger) -> None:
    task = await sam.tasks.promise("Stretch", repeat="FREQ=DAILY")
    with pytest.raises(InvalidInput, match="Name the occurrence by its day"):
        await sam.tasks.done(task.id, "yesterday")
    sam.say("task.done", task.id, {"occurrence": "yesterday"})
    assert sam.tasks.get(task.id).dones == ()
    assert len(sam.tasks.problems()) == 1


async def test_a_task_that_is_not_here_is_said_to_be_not_here(sam: PlainLedger) -> None:
    with pytest.raises(NotFound, match="no such task"):
        await sam.tasks.accept("statement_x")


async def test_nothing_is_asked_of_someone_who_has_left(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    home.leave("Sam")
    with pytest.raises(NotAllowed, match="Sam has left"):
        await alex.tasks.ask("Water the plants", of=sam.owner)


async def test_details_that_altered_software_wrote_without_end_are_read_as_far_as_anybody_may_write(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    task = await alex.tasks.ask("Tea", of=sam.me, details="Green.")
    await alex.write(SetText("task", task.record, "details", "x" * 1_000_000))
    home.sync()
    assert sam.tasks.get(task.id).details == "x" * limits.DETAILS_CHARACTERS_MAX
    assert ["details of \u201cTea\u201d" in line for line in sam.tasks.unread()] == [True]
    await sam.tasks.describe(task.id, "Green.")
    assert (sam.tasks.get(task.id).details, sam.tasks.unread()) == ("Green.", ())
