"""Check-ins, small moments, open updates: what people tell each other on ordinary days, and what nobody asks for."""

import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core.letters import is_blank
from collar_sync.domain import checkin, moment, update
from collar_sync.domain.checkin import ARRIVING, CheckIns
from collar_sync.domain.moment import Moments
from collar_sync.domain.problems import problems
from collar_sync.domain.told import Told
from collar_sync.domain.update import Updates
from collar_sync.errors import InvalidInput, NotFound
from tests.domain.plain import DAY, Household, PlainLedger, run


async def test_a_check_in_is_for_oneself_until_it_is_shared(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    written = await alex.check_ins.write(["tired", "my own word"], need="An early night.", gratitude="The soup.")
    home.sync()
    assert (sam.check_ins.all(), alex.check_ins.today()) == ((), written)
    shared = await alex.check_ins.share(written.id)
    home.sync()
    (read,) = sam.check_ins.all()
    assert (read.id, read.draft, shared.id) == (shared.said, written.id, written.id)
    assert (read.person, read.arriving, read.need) == (alex.me, ("tired", "my own word"), "An early night.")
    assert [each.shared for each in alex.check_ins.mine()] == [True]


async def test_shared_twice_it_is_said_once(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    written = await alex.check_ins.write("steady")
    await alex.check_ins.share(written.id)
    await alex.check_ins.share(written.id)
    home.sync()
    assert len(sam.check_ins.all()) == 1


async def test_what_was_shared_reads_as_shared_also_when_it_rests(alex: PlainLedger) -> None:
    said = (await alex.check_ins.share((await alex.check_ins.write("tired")).id)).said
    alex.shelf.update(alex.heard)
    alex.heard.clear()
    (own,) = alex.check_ins.mine()
    assert (own.shared, own.said) == (True, said)


async def test_not_now_is_a_whole_answer_and_nothing_more_is_read_from_it(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    await alex.check_ins.share((await alex.check_ins.not_now()).id)
    sam.say("checkin.share", "x", {"not_now": True, "need": "more"})
    home.sync()
    for read in sam.check_ins.all():
        assert (read.not_now, read.arriving, read.need, read.gratitude) == (True, (), "", "")


async def test_nobody_shares_a_check_in_of_another(alex: PlainLedger, sam: PlainLedger) -> None:
    written = await alex.check_ins.write(ARRIVING[0])
    with pytest.raises(NotFound):
        await sam.check_ins.share(written.id)


async def test_no_day_is_missed_and_a_new_day_asks_nothing(alex: PlainLedger) -> None:
    await alex.check_ins.write("steady")
    alex.clock += 3 * DAY
    assert alex.check_ins.today() is None
    alex.clock -= 3 * DAY
    later = await alex.check_ins.not_now()
    assert alex.check_ins.today() == later, "the latest of the day"
    names = {name for name in dir(CheckIns) if not name.startswith("_")}
    assert names == {"all", "visible", "mine", "today", "problems", "write", "not_now", "share", "remove"}


async def test_a_page_of_now_reads_only_what_was_said_since(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    for _ in range(2):
        await alex.check_ins.share((await alex.check_ins.write("steady")).id)
        await alex.moments.share("The soup.")
        await alex.updates.share(changed="I call at eight.")
        alex.clock += 3 * DAY
    sam.clock = alex.clock
    home.sync()
    for noun in (sam.check_ins, sam.moments, sam.updates):
        earlier, later = noun.visible()
        assert noun.visible(since=earlier.at + 1) == noun.visible(since=later.at) == (later,)
        assert noun.visible(since=later.at + 1) == ()


async def test_a_small_moment_is_one_line_and_uncounted(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    said = await alex.moments.share("  You left the light   on for me. ")
    home.sync()
    assert sam.moments.all() == (said,)
    assert said.text == "You left the light on for me."
    assert {name for name in dir(Moments) if not name.startswith("_")} == {"all", "visible", "problems", "share"}


async def test_an_open_update_is_volunteered(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    said = await alex.updates.share(in_place="An alarm at seven.")
    home.sync()
    assert sam.updates.all() == (said,)
    assert {name for name in dir(Updates) if not name.startswith("_")} == {"all", "visible", "problems", "share"}


@given(st.sampled_from([checkin.CHECK_IN, moment.MOMENT, update.UPDATE]), st.text(max_size=12))
def test_nothing_asks_for_a_check_in_a_moment_or_an_update(told: Told[Any, Any], act: str) -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    known = {checkin.SHARE, moment.SHARE, update.SHARE}
    said = sam.say(f"{told.prefix}{act}", "", {"of": alex.me, "please": True})
    home.sync()
    assert (alex.check_ins.all(), alex.moments.all(), alex.updates.all()) == ((), (), ())
    named = {each.statement for each in problems(home.everything(), home.people)}
    assert said.id in named
    assert "request" not in inspect.getsource(update.Updates)
    assert said.kind in known or act != "share"


@given(st.text(max_size=1_200), st.text(max_size=1_200))
def test_whatever_is_written_is_kept_as_written_or_refused_with_a_sentence(first: str, second: str) -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    too_long = max(len(first.strip()), len(second.strip())) > limits.PASSAGE_CHARACTERS_MAX
    if too_long or (is_blank(first) and is_blank(second)):
        with pytest.raises(InvalidInput, match=r"(in parts|is enough)\.$"):
            run(alex.updates.share(first, second))
        return
    said = run(alex.updates.share(first, second))
    home.sync()
    assert sam.updates.all() == (said,)
    assert (said.changed, said.feeling) == (first.strip(), second.strip())


async def test_what_is_empty_or_too_much_is_refused_with_a_sentence(alex: PlainLedger) -> None:
    with pytest.raises(InvalidInput, match="not now"):
        await alex.check_ins.write()
    with pytest.raises(InvalidInput, match="words that fit best"):
        await alex.check_ins.write([f"word {number}" for number in range(limits.FEELINGS_MAX + 1)])
    with pytest.raises(InvalidInput, match="is short"):
        await alex.check_ins.write("x" * (limits.FEELING_CHARACTERS_MAX + 1))
    with pytest.raises(InvalidInput, match="Write one line"):
        await alex.moments.share(" ")
    with pytest.raises(InvalidInput, match="One of them is enough"):
        await alex.updates.share()
