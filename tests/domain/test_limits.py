"""The Limit rule, told as stories."""

import pytest

from collar_sync import limits
from collar_sync.domain import limit
from collar_sync.domain.consents import State
from collar_sync.domain.problems import problems
from collar_sync.errors import InvalidInput, NotAllowed, NotFound
from tests.domain.plain import Household, PlainLedger, granted


async def test_sam_states_a_limit_and_it_is_in_force_at_once_for_everyone(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    made = await sam.limits.set(" No  photos ", "hard limit")
    assert (made.text, made.kind, made.person) == ("No photos", "hard limit", sam.me)
    home.sync()
    assert alex.limits.standing() == sam.limits.of(sam.owner) == (made,)
    assert alex.limits.of(alex.owner) == ()


async def test_only_sam_loosens_sams_limit(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    made = await sam.limits.set("No photos")
    home.sync()
    with pytest.raises(NotAllowed, match="Only the person whose limit it is"):
        await alex.limits.loosen(made.id)
    alex.say("limit.loosen", answers=[made.id])
    home.sync()
    assert sam.limits.standing() == (made,)
    assert [each.reason for each in sam.limits.problems()] == [
        "It names a limit of someone else; only its author loosens a limit."
    ]
    await sam.limits.loosen(made.id)
    assert sam.limits.standing() == ()
    with pytest.raises(NotFound, match="taken back already"):
        await sam.limits.loosen(made.id)


async def test_a_limit_set_again_while_another_device_loosens_it_stands(home: Household, sam: PlainLedger) -> None:
    first = await sam.limits.set("No photos")
    phone = home.second_device("Sam")
    home.sync()
    await phone.limits.loosen(first.id)
    again = await sam.limits.set("No photos")
    home.sync()
    assert phone.limits.standing() == sam.limits.standing() == (again,)


async def test_rewording_puts_one_limit_in_the_place_of_another_in_one_change(sam: PlainLedger) -> None:
    first = await sam.limits.set("No photos")
    second = await sam.limits.reword(first.id, "No photos of my face", "hard limit")
    assert sam.limits.standing() == (second,)


async def test_a_line_that_is_a_limit_of_sam_no_longer_holds_until_sam_loosens_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = await granted(home, alex, sam)
    assert consent.covers("a photo", sam.now())
    made = await sam.limits.set("A  Photo")
    home.sync()
    read = alex.consents.get(consent.id)
    assert (read.holds.includes, read.limited, read.includes) == (("a call",), ("a photo",), ("a call", "a photo"))
    assert not read.covers("a photo", alex.now())
    assert read.covers("a call", alex.now())
    assert read.state(alex.now()) is State.ACTIVE
    await sam.limits.loosen(made.id)
    home.sync()
    assert alex.consents.get(consent.id).covers("a photo", alex.now())


async def test_a_limit_meets_a_line_that_another_keyboard_wrote(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    line = "Sam’s “pet” photos 10–12"  # noqa: RUF001
    consent = await alex.consents.propose("Evenings", [line])
    home.sync()
    await sam.consents.grant(consent.id)
    await sam.limits.set('sam\'s "pet" photos 10 - 12.')
    home.sync()
    assert not alex.consents.get(consent.id).covers(line, alex.now())


@pytest.mark.parametrize("unseen", ["\u3164", "\u2800", "\u200d"])
async def test_what_nobody_sees_is_no_title_no_line_and_no_limit(sam: PlainLedger, unseen: str) -> None:
    for write in (
        lambda: sam.limits.set(unseen),
        lambda: sam.tasks.ask(unseen, sam.owner),
        lambda: sam.consents.propose(unseen, ["a walk"]),
        lambda: sam.consents.propose("Evenings", [unseen]),
    ):
        with pytest.raises(InvalidInput, match=r"(is|are) empty|protects nobody"):
            await write()
    sam.say("limit.set", body={"text": unseen, "kind": "boundary"})
    assert [each.text for each in sam.limits.standing()] == [limit.UNREADABLE]  # it counts all the same


async def test_a_limit_of_kim_changes_nothing_between_alex_and_sam() -> None:
    home = Household("Alex", "Sam", "Kim")
    alex, sam, kim = home.ledgers
    consent = await alex.consents.propose("Evenings", ["a photo"], parties=[sam.me])
    home.sync()
    await sam.consents.grant(consent.id)
    await kim.limits.set("a photo")
    home.sync()
    assert alex.consents.get(consent.id).covers("a photo", alex.now())


async def test_a_limit_counts_whatever_it_holds_and_a_loosening_only_in_its_plain_form(sam: PlainLedger) -> None:
    odd = sam.say("limit.set", body={"text": 7, "kind": "iron", "more": True})
    sam.say("limit.loosen", body={"for": "tonight"}, answers=[odd.id])
    (read,) = sam.limits.standing()
    assert (read.id, read.kind, read.text) == (odd.id, "hard limit", limit.UNREADABLE)
    assert [each.kind for each in sam.limits.problems()] == ["limit.loosen"]


async def test_a_strangers_limit_or_one_of_an_unknown_kind_is_named(home: Household, sam: PlainLedger) -> None:
    sam.hear(Household("Nobody").ledgers[0].say("limit.set", body={"text": "x", "kind": "boundary"}))
    sam.say("limit.waive")
    sam.say("limit.loosen")
    assert {each.reason for each in problems(sam.heard.values(), home.people)} == {
        "It was said by someone who is not in this record.",
        "It is of a kind that this version does not know. It is kept; a newer version of the app may show it.",
        "It names no limit that is here.",
    }


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        (" ", "boundary", "it is empty"),
        ("x" * (limits.LINE_CHARACTERS_MAX + 1), "boundary", "Say it shorter"),
        ("No photos", "soft limit", "Choose one of these kinds"),
    ],
)
async def test_a_limit_that_cannot_be_kept_is_refused_with_what_to_do(
    sam: PlainLedger, text: str, kind: limit.Kind, sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        await sam.limits.set(text, kind)
    assert sam.heard == {}


async def test_a_limit_and_a_task_are_kept_without_what_cannot_be_seen(alex: PlainLedger, sam: PlainLedger) -> None:
    assert (await alex.limits.set("No\u200b\nvid\u202eeo")).text == "No video"
    assert (await alex.tasks.ask("Tea\u202e at\u00ad five", of=sam.me)).title == "Tea at five"
    with pytest.raises(InvalidInput, match="it is empty"):
        await alex.limits.set("\u200b \u202e")
    with pytest.raises(InvalidInput, match="title is empty"):
        await alex.tasks.ask("\u2060", of=sam.me)
