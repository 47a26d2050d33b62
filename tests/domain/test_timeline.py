"""The Timeline row: who did what, by day, as each may see it."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.core import membership
from collar_sync.core.floor import Floor
from collar_sync.core.statement import AT_END
from collar_sync.domain import focus
from collar_sync.domain.agreements import Reflection
from collar_sync.domain.nouns import NOUNS, Noun
from collar_sync.domain.sentences import SENTENCES
from collar_sync.domain.timeline import Day, Timeline
from collar_sync.errors import InvalidInput
from tests.domain.histories import over_histories
from tests.domain.paging import in_pages
from tests.domain.plain import DAY, HOUR, MAY_DAY, MINUTE, Household, PlainLedger, granted, run


def told(ledger: PlainLedger) -> list[str]:
    """The lines of everything, the last day first."""
    return [line.text for day in everything(ledger) for line in day.lines]


def everything(ledger: PlainLedger) -> tuple[Day, ...]:
    return ledger.timeline.page(lines=10_000).days


def test_a_day_reads_as_what_each_did(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    task = run(alex.tasks.ask("Evening check-in", of=sam.me))
    acts = (
        lambda: sam.tasks.accept(task.id),
        lambda: sam.tasks.done(task.id),
        lambda: sam.tasks.take_back(task.id),
        lambda: sam.tasks.promise("Water the ferns"),
        lambda: sam.consents.propose("Evenings apart", ["a call"]),
        lambda: alex.consents.grant(alex.consents.all()[0].id),
        lambda: alex.consents.pause(alex.consents.all()[0].id),
        lambda: alex.consents.resume(alex.consents.all()[0].id),
        lambda: alex.consents.revoke(alex.consents.all()[0].id),
        sam.pauses.pause,
        sam.pauses.lift,
    )
    for act in acts:
        alex.clock = sam.clock = alex.clock + MINUTE
        home.sync()
        run(act())
    home.sync()
    (day,) = everything(alex)
    assert day.day == "2026-05-01"
    assert [line.text for line in day.lines] == [
        "You asked Sam for “Evening check-in”.",
        "You said yes to “Evenings apart”.",
        "You paused “Evenings apart”.",
        "You lifted a pause on “Evenings apart”.",
        "You withdrew from “Evenings apart”.",
        "Sam accepted “Evening check-in”.",
        "Sam said that “Evening check-in” is done.",
        "Sam took back that “Evening check-in” is done.",
        "Sam promised “Water the ferns”.",
        "Sam proposed a consent: “Evenings apart”.",
        "Sam paused everything.",
        "Sam lifted their pause.",
    ]
    assert "You lifted your pause." in told(sam)
    assert "Alex asked you for “Evening check-in”." in told(sam)


def test_no_name_and_no_word_turns_a_sentence_into_another(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    home.people[alex.me] = msgspec.structs.replace(home.people[alex.me], name="Alex\n- Sam\u202e")
    run(alex.moments.share("Thank\u2066 you"))
    home.sync()
    (day,) = sam.timeline.page().days
    assert [line.text for line in day.lines] == ["Alex - Sam shared a small moment: “Thank you”."]


def test_a_repeating_task_says_which_day_was_done(alex: PlainLedger) -> None:
    task = run(alex.tasks.promise("Stretch", due="2026-05-01T07:00", repeat="FREQ=DAILY"))
    run(alex.tasks.done(task.id))
    assert "You said that “Stretch” is done for 1 May 2026." in told(alex)


def test_a_checklist_and_a_time_together_are_told_in_plain_words_and_not_by_what_the_record_calls_them(
    alex: PlainLedger,
) -> None:
    run(alex.checklists.begin("scene"))
    run(alex.checklists.begin("aftercare"))
    run(alex.checklists.begin("scene", title="The long weekend"))
    for kind in get_args(focus.Kind):
        run(alex.sessions.begin(kind, 25))
    assert {*told(alex)} == {
        "You began a checklist before a scene.",
        "You began a checklist for the care afterwards.",
        "You began a checklist: “The long weekend”.",
        "You began a focus time: journaling.",
        "You began a focus time: looking at consents.",
        "You began a focus time: aftercare.",
        "You began a focus time: study.",
    }


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_every_kind_that_this_version_knows_has_a_sentence(noun: Noun) -> None:
    assert noun.kinds <= SENTENCES.keys()
    assert {*membership.KINDS} <= SENTENCES.keys()


def test_what_this_version_does_not_know_is_told_as_that(alex: PlainLedger) -> None:
    alex.say("ritual.begun", "candles", {"who": "everyone"})
    assert told(alex) == ["You said something that this version does not know. It is kept."]


def test_an_app_tells_what_it_says_itself(alex: PlainLedger) -> None:
    alex.say("chess.move", "", {"move": "e4"})
    own = Timeline(alex, sentences={**SENTENCES, "chess.move": lambda said, folk: f"{folk.name(said.author)} moved."})
    assert [line.text for line in own.page().days[0].lines] == ["You moved."]


def test_what_does_not_count_is_not_told(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    task = run(alex.tasks.ask("Evening check-in", of=sam.me))
    home.sync()
    before = told(sam)
    alex.say("task.done", task.id)
    home.sync()
    assert told(sam) == before
    assert len(sam.tasks.problems()) == 1


def test_another_act_shows_the_day_and_not_the_minute(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    run(sam.tasks.promise("Water the ferns"))
    run(alex.tasks.promise("Call home"))
    home.sync()
    assert [(line.person, line.at) for line in everything(alex)[0].lines] == [(alex.me, MAY_DAY), (sam.me, None)]


@given(
    st.lists(st.integers(0, 15 * 60), min_size=1, max_size=5, unique=True),
    st.lists(st.integers(0, 15 * 60), min_size=1, max_size=5, unique=True),
)
def test_no_order_of_lines_tells_when_on_a_day_another_did_something(one: list[int], other: list[int]) -> None:
    shown = []
    for minutes in (one, other[: len(one)]):
        home = Household("Alex", "Sam")
        alex, sam = home.ledgers
        for hour in range(8, 20, 3):
            alex.clock = MAY_DAY + (hour - 8) * HOUR
            run(alex.tasks.promise(f"Own at {hour}"))
        for number, minute in enumerate(sorted(minutes)):
            sam.clock = MAY_DAY + minute * MINUTE
            run(sam.tasks.promise(f"Theirs {number}"))
        home.sync()
        shown.append([(line.text, line.at) for line in everything(alex)[0].lines][: 4 + len(other[: len(one)])])
    assert shown[0][: len(shown[1])] == shown[1]


def test_an_ask_during_a_pause_is_told_once_it_may_be_seen(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    run(sam.pauses.pause())
    home.sync()
    run(alex.tasks.ask("Evening check-in", of=sam.me))
    home.sync()
    assert told(sam) == ["You paused everything."]
    assert "You asked Sam for “Evening check-in”." in told(alex)
    run(sam.pauses.lift())
    assert "Alex asked you for “Evening check-in”." in told(sam)


def test_nothing_new_by_another_is_told_for_14_days_after_a_no(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = run(granted(home, alex, sam))
    run(sam.consents.revoke(consent.id))
    home.sync()
    alex.clock += HOUR
    run(alex.consents.propose("Once more", ["a call"], parties=[sam.me]))
    calm = Reflection(need="Or so", free_to_refuse=True, source="clarity")
    run(alex.agreements.propose("rule", ["a call"], calm, parties=[sam.me]))
    home.sync()
    assert [line for line in told(sam) if "Once more" in line or "Or so" in line] == []
    sam.clock += 15 * DAY
    assert len([line for line in told(sam) if "Once more" in line or "Or so" in line]) == 2


def test_days_are_those_of_the_reader(alex: PlainLedger) -> None:
    alex.clock = MAY_DAY + 15 * HOUR  # 23:00 in UTC
    run(alex.tasks.promise("Water the ferns"))
    days = []
    for alex.where in ("UTC", "Europe/Berlin", "America/Los_Angeles"):
        days.append(alex.timeline.page().days[0].day)
    assert days == ["2026-05-01", "2026-05-02", "2026-05-01"]


@over_histories(st.integers(1, 7))
def test_page_by_page_it_says_the_same_and_so_it_does_after_what_is_over_was_put_away(
    home: Household, lines: int
) -> None:
    home.sync()
    for ledger in home.ledgers:
        whole = everything(ledger)
        assert in_pages(ledger.timeline, lines) == whole
        ledger.put_away()
        assert everything(ledger) == whole
        ledger.put_away()
        assert in_pages(ledger.timeline, lines) == whole


@given(st.lists(st.integers(0, AT_END - 1), min_size=1, max_size=8))
def test_no_clock_however_wrong_keeps_it_from_being_read(times: list[int]) -> None:
    home = Household("Alex", "Sam")
    alex = home.ledgers[0]
    for time in times:
        alex.floor = Floor()
        alex.clock = time
        alex.say("pause")
    assert sum(len(day.lines) for day in in_pages(alex.timeline, 2)) == len(times)


def test_a_flood_on_one_day_is_cut_and_says_so(alex: PlainLedger) -> None:
    for _ in range(520):
        alex.say("pause")
    (day,) = alex.timeline.page().days
    assert (len(day.lines), day.more) == (500, 20)


def test_a_page_before_no_day_is_refused(alex: PlainLedger) -> None:
    for day in ("yesterday", "9999-12-31"):
        with pytest.raises(InvalidInput, match="from 1970 to 2199"):
            alex.timeline.page(day)


def test_what_somebody_let_lapse_is_told_by_whom_and_not_what_it_was(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    free = Reflection("rest", free_to_refuse=True, source="clarity")
    offered = run(alex.agreements.propose("consequence", ["dishes for a week"], free))
    home.sync()
    sam.say("agreement.lapse", answers=[offered.id])  # altered software, and no repair was open
    home.sync()
    assert "Sam let lapse what was still waiting for their yes." in told(alex)
    assert "You let lapse what was still waiting for your yes." in told(sam)
