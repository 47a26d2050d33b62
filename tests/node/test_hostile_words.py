"""Sam's app is altered and says what no app says, of every noun, over the real channel: Alex's reads on as before.

Each lie is well-formed for the channel, signed with Sam's own keys, and nonsense to the noun that it is about. It is
kept, named with a reason, and changes nothing that Alex reads; so it stays after a restart.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from collar_sync import Person, Say, SetFields, Space
from collar_sync.domain.agreements import Reflection
from collar_sync.domain.nouns import NOUNS, OF_KIND
from collar_sync.domain.problems import problems
from collar_sync.domain.reading import UNKNOWN_KIND
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.errors import InvalidInput
from tests.node.test_device import open_device, two_devices, until

CALM: Final = Reflection(need="Rest", free_to_refuse=True, source="clarity")
NOWHERE: Final = "statement_" + "ab" * 32
LONG: Final = "x" * 15_000
FAR: Final = 1 << 62
KEPT: Final = "Sam said something that this version does not know. It is kept."


class Life(NamedTuple):
    """What was there before the lies: whose, and by which id."""

    alex: str
    sam: str
    ids: Mapping[str, str]

    def __getattr__(self, name: str) -> str:
        return self.ids[name]


async def lived(ours: Space, partner: Person) -> Life:
    """One thing of every noun, said by Alex, who asks and offers; one round is Alex's alone."""
    slip = await ours.slips.write("You waited for two hours", SlipKind.PROMISE_MISSED)
    ids = {
        "pause": (await ours.pauses.pause()).id,
        "limit": (await ours.limits.set("No cameras")).id,
        "consent": (await ours.consents.propose("A photo a day", ["one photo"])).id,
        "agreement": (await ours.agreements.propose("rule", ["knock first"], CALM)).id,
        "task": (await ours.tasks.promise("Call at seven", due="2026-05-01T19:00", repeat="FREQ=DAILY")).id,
        "asked": (await ours.tasks.ask("Tea", of=partner)).id,
        "round": (await ours.checklists.begin("scene", ["I want this"])).id,
        "alone": (await ours.checklists.begin("aftercare", ["water"], people=[])).id,
        "slip": (await ours.slips.share(slip.id)).id,
        "wish": (await ours.erasing.ask()).id,
    }
    await ours.pauses.lift()
    ids["pause"] = (await ours.pauses.pause()).id
    await ours.moments.share("Thank you for the tea")
    await ours.updates.share(changed="I call first")
    return Life(ours.me, partner.id, ids)


Lie = tuple[str, str, dict[str, Any], tuple[str, ...]]


def lies(of: Life) -> dict[str, tuple[Lie, ...]]:
    """By noun: in another's name, of wrong types, too long, at impossible times, and of a kind that is to come."""
    both = sorted([of.alex, of.sam])
    terms = {"purpose": "p", "includes": ["i"], "parties": both}
    begin = {"occasion": "scene", "title": "t", "lines": ["a"], "people": both, "until": 5}
    shared = {"sentence": "s", "kind": "other", "parties": both, "mine": True}
    return {
        "pause": (
            ("pause.lift", "", {}, (of.pause,)),
            ("pause.lift", "", {"newer": True}, (of.pause,)),
            ("pause.partial", "", {}, ()),
        ),
        "limit": (
            ("limit.loosen", "", {}, (of.limit,)),
            ("limit.loosen", "", {"newer": True}, (of.limit,)),
            ("limit.soften", "", {}, (of.limit,)),
        ),
        "consent": (
            ("consent.grant", of.consent, {"newer": True}, ()),
            ("consent.grant", NOWHERE, {}, ()),
            ("consent.resume", of.consent, {}, ()),
            ("consent.propose", "", {**terms, "purpose": 5}, ()),
            ("consent.propose", "", {**terms, "purpose": LONG}, ()),
            ("consent.propose", "", {**terms, "parties": [of.alex]}, ()),
            ("consent.propose", "", {**terms, "until": FAR}, ()),
            ("consent.propose", "", {**terms, "starts": 9, "until": 5}, ()),
            ("consent.propose", "", {**terms, "includes": ["a\u202ephoto"]}, ()),
            ("consent.assume", of.consent, {}, ()),
        ),
        "agreement": (
            ("agreement.grant", of.agreement, {"newer": True}, ()),
            ("agreement.propose", "", {**terms, "kind": "punishment"}, ()),
            ("agreement.propose", "", {**terms, "kind": "tracking"}, ()),
            ("agreement.enforce", of.agreement, {}, ()),
        ),
        "task": (
            ("task.done", of.task, {"occurrence": "2026-05-01"}, ()),
            ("task.accept", of.task, {}, ()),
            ("task.accept", of.asked, {}, ()),
            ("task.take_back", of.task, {}, ()),
            ("task.done", of.asked, {"occurrence": "2026-02-30"}, ()),
            ("task.done", of.asked, {"occurrence": 5}, ()),
            ("task.ask", "", {"for": of.alex, "title": LONG}, ()),
            ("task.ask", "", {"for": NOWHERE, "title": "t"}, ()),
            ("task.excuse", of.task, {}, ()),
        ),
        "checklist": (
            ("checklist.tick", of.alone, {"lines": ["water"]}, ()),
            ("checklist.tick", of.round, {"lines": ["I want that"]}, ()),
            ("checklist.begin", "", {**begin, "lines": [LONG]}, ()),
            ("checklist.begin", "", {**begin, "until": FAR}, ()),
            ("checklist.begin", "", {**begin, "people": [of.alex]}, ()),
            ("checklist.force", of.round, {}, ()),
        ),
        "focus session": (
            ("focus.join", NOWHERE, {}, ()),
            ("focus.begin", "", {"kind": "study", "minutes": "ten", "people": both}, ()),
            ("focus.begin", "", {"kind": "study", "minutes": FAR, "people": both}, ()),
            ("focus.begin", "", {"kind": "study", "minutes": 5, "people": [of.alex]}, ()),
            ("focus.lock", "", {}, ()),
        ),
        "review": (
            ("review.held", of.consent, {"again_at": FAR}, ()),
            ("review.held", of.consent, {"again_at": "soon"}, ()),
            ("review.demand", of.consent, {}, ()),
        ),
        "check-in": (
            ("checkin.share", "c", {"arriving": 5}, ()),
            ("checkin.share", "c", {"need": LONG}, ()),
            ("checkin.request", "", {}, ()),
        ),
        "moment": (
            ("moment.share", "", {"text": 5}, ()),
            ("moment.share", "", {"text": LONG}, ()),
            ("moment.count", "", {}, ()),
        ),
        "update": (
            ("update.share", "", {}, ()),
            ("update.share", "", {"changed": LONG}, ()),
            ("update.request", "", {}, ()),
        ),
        "repair": (
            ("slip.share", "d", {**shared, "kind": "coercion"}, ()),
            ("slip.share", "d", {**shared, "sentence": LONG}, ()),
            ("slip.share", "d", {**shared, "parties": [of.alex]}, ()),
            ("repair.ready", of.slip, {"round": "one", "stage": "debrief"}, ()),
            ("repair.ready", of.slip, {"round": FAR, "stage": "debrief"}, ()),
            ("repair.ready", of.slip, {"round": 1, "stage": "forgiven"}, ()),
            ("repair.talk", of.slip, {"round": 1, "at": -FAR}, ()),
            ("repair.facts", of.slip, {"round": 1, "text": LONG}, ()),
            ("repair.plan", of.slip, {"round": 1, "commitments": [{"title": "t", "for": NOWHERE}]}, ()),
            ("repair.weekly", of.slip, {"round": 1, "weekday": 9, "starts": "9", "ends": "8", "zone": "Mars"}, ()),
            ("repair.sign", NOWHERE, {}, ()),
            ("repair.forgive", of.slip, {}, ()),
        ),
        "erasing": (
            ("erase.ask", "", {"at_once": True}, ()),
            ("erase.receipt", of.wish, {"all": True}, ()),
            ("erase.now", "", {}, ()),
        ),
        "presence": (
            ("presence.show", NOWHERE, {"until": 5}, ()),
            ("presence.show", of.alex, {"until": "always"}, ()),
            ("presence.ask", of.alex, {}, ()),
        ),
    }


def reads(space: Space) -> tuple[object, ...]:
    """Everything that Alex's screens show."""
    now = space.now()
    offers = (*space.consents.all(), *space.agreements.all())
    return (
        [(each, each.state(now)) for each in offers],
        [(each, each.timing(now)) for each in space.tasks.all()],
        [(each, each.state(now)) for each in space.checklists.all()],
        [(each, each.next_step(space.me)) for each in space.repairs.all()],
        [every() for every in (space.slips.all, space.sessions.all, space.check_ins.all, space.moments.all)],
        [every() for every in (space.updates.all, space.limits.standing, space.pauses.standing)],
        [every() for every in (space.erasing.all, space.reviews.due, space.presence.mine, space.presence.here)],
    )


def tells(space: Space) -> list[str]:
    """The lines of Alex's timeline, and those of a copy."""
    lines = [line.text for day in space.timeline.page().days for line in day.lines]
    return [*lines, *space.export.markdown().splitlines()]


async def test_whatever_is_said_of_any_noun_is_kept_and_named_and_changes_nothing(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, partner):
        life = await lived(ours, partner)
        await until(sam, lambda: len(theirs.statements("")) == len(ours.statements("")))
        before, lines = reads(ours), tells(ours)
        told = lies(life)
        assert told.keys() == {noun.name for noun in NOUNS}, "every noun is lied about"
        said = {
            (await theirs.write(Say(kind, subject, body, answers)))[0]: kind  # type: ignore[arg-type]
            for each in told.values()
            for kind, subject, body, answers in each
        }
        (unread,) = await theirs.write(Say("harvest.begin", "", {"of": [["plums"]]}))
        await until(alex, lambda: {*said, unread} <= {each.id for each in ours.statements("")})

        assert reads(ours) == before
        assert {each.removeprefix("- ") for each in tells(ours) if each not in lines} == {KEPT}
        found = {each.statement: each.reason for each in problems(ours.statements(""), ours.people())}
        assert [(kind, kind) for each, kind in said.items() if each not in found] == []
        assert {found[each] == UNKNOWN_KIND for each, kind in said.items() if kind not in OF_KIND} == {True}
        assert unread not in found, "what belongs to no noun of this version belongs to another app"
        named = ours.problems()
        assert all(each.startswith("Sam said something that does not count here") for each in named)
        assert all(any(each.endswith(reason) for each in named) for reason in found.values())
        assert max(map(len, named)) < 200, "nothing that Sam wrote is repeated"
    async with await open_device(tmp_path / "alex") as alex:
        (ours,) = alex.spaces
        assert {*said, unread} <= {each.id for each in ours.statements("")}
        assert (reads(ours), {*ours.problems()}) == (before, {*named})


async def test_what_is_too_long_for_anybody_is_refused_to_the_one_who_says_it(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, _):
        with pytest.raises(InvalidInput, match="too long to be kept as one piece"):
            await theirs.write(Say("moment.share", "", {"text": "x" * (16 << 10)}))
        await theirs.moments.share("a line")
        await until(alex, lambda: len(ours.moments.all()) == 1)
        assert sam.problems() == []


WRONG: Final[tuple[Any, ...]] = (None, 5, 3.5, b"\xff", "", LONG, "FREQ=DAILY;INTERVAL=0", "Mars/Phobos", "a\u202e\x00")


async def test_whatever_is_written_into_the_words_of_a_task_they_can_be_read_and_mended(tmp_path: Path) -> None:
    async with two_devices(tmp_path) as (alex, sam, ours, theirs, partner):
        task = await ours.tasks.ask("Tea", of=partner, due="2026-05-01T17:00", repeat="FREQ=DAILY")
        await until(sam, lambda: len(theirs.tasks.all()) == 1)
        await theirs.tasks.accept(task.id)
        for field in ("title", "details", "due", "zone", "repeat"):
            for value in WRONG:
                await theirs.write(SetFields("task", task.record, {field: value}))
                await until(alex, lambda: ours.records("task") == theirs.records("task"))
                assert reads(ours)
                assert tells(ours)
                assert ours.tasks.get(task.id).asked_title == "Tea"
        assert any("is read as what does not repeat" in each for each in ours.problems())
        await ours.tasks.rename(task.id, "Tea at five")
        await ours.tasks.describe(task.id, "with milk")
        mended = await ours.tasks.reschedule(task.id, "2026-05-01T17:00", "FREQ=DAILY", zone="Europe/Berlin")
        assert (mended.title, mended.details, mended.due) == ("Tea at five", "with milk", "2026-05-01T17:00")
        assert not any("is read as" in each for each in ours.problems())
        assert (mended.repeat, mended.zone) == ("FREQ=DAILY", "Europe/Berlin")
