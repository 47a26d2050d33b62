"""Whatever a peer with altered software says, nothing breaks: it is passed over, and named with a reason."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.core.statement import AT_END
from collar_sync.domain import agreements, checklist, consents, focus, memory, pause, reviews, task, task_fold, terms
from collar_sync.domain.finished import unfinished
from collar_sync.domain.nouns import OF_KIND
from collar_sync.domain.occurrences import occurrences
from collar_sync.domain.problems import problems, sentence
from collar_sync.domain.progress import strip
from collar_sync.domain.reading import UNKNOWN_KIND
from collar_sync.domain.repair_steps import Step
from collar_sync.errors import InvalidInput
from tests.domain.histories import KINDS, json
from tests.domain.lives import KINDS as MORE_KINDS
from tests.domain.plain import MAY_DAY, Household, PlainLedger

VALID: dict[str, dict[str, Any]] = {
    "consent.propose": {"purpose": "p", "includes": ["a"], "parties": [], "until": MAY_DAY, "supersedes": []},
    "consent.decline": {"seen": []},
    "task.ask": {"for": "", "title": "t", "kind": "task"},
    "task.promise": {"title": "t"},
    "task.done": {"occurrence": "2026-05-01"},
    "limit.set": {"text": "t", "kind": "boundary"},
    "agreement.propose": {
        "purpose": "p",
        "includes": ["a"],
        "parties": [],
        "kind": "tracking",
        "flow": "tracking",
        "starts": MAY_DAY,
        "until": MAY_DAY + 1,
        "whose": [],
    },
    "checklist.begin": {"occasion": "scene", "title": "t", "lines": ["a"], "people": [], "until": MAY_DAY},
    "checklist.tick": {"lines": ["a"]},
    "focus.begin": {"kind": "study", "minutes": 5, "people": []},
    "review.held": {"again_at": MAY_DAY},
}
unknown = ("pause.", "consent.", "consent.force", "task.", "task.excuse", "other")
kinds = st.sampled_from([*KINDS, *MORE_KINDS, *OF_KIND, *unknown])
bodies = st.dictionaries(st.text(max_size=8), json, max_size=3)
spoilt = st.tuples(st.sampled_from(sorted(VALID)), st.integers(0, 9), json)
statements = st.lists(st.tuples(kinds, bodies, st.integers(0, 1), st.integers(0, 60)), max_size=12)


def fold_everything(home: Household) -> None:
    said = home.everything()
    rests = pause.read(said, home.people).rests
    for consent in consents.fold(said, home.people).values():
        consent.state(MAY_DAY)
    for each in task_fold.fold(said, {}, home.people, rests=rests).values():
        each.timing(MAY_DAY)
    for agreement in agreements.fold(said, home.people).values():
        agreement.state(MAY_DAY)
        assert agreement.review
    for begun in checklist.fold(said, home.people).values():
        begun.state(MAY_DAY)
    for session in focus.fold(said, home.people).values():
        session.state(MAY_DAY)
    for person in home.people:
        reviews.due_for(said, home.people, person, MAY_DAY)
    unfinished(said, {}, home.people, MAY_DAY, b"")
    problems(said, home.people)


def read_every_list(ledger: PlainLedger) -> None:
    """Ask all that a screen asks, of everything that is to be shown to this person."""
    now, first, last = ledger.now(), date(2026, 4, 1), date(2026, 5, 31)
    for offer in (*ledger.consents.visible(), *ledger.agreements.visible()):
        offer.state(now)
    for each in ledger.tasks.visible():
        each.timing(now)
        each.next_day(now)
        occurrences(each, first, last, now)
        assert each.today(now) == "2026-05-01"
    for person in ledger.people():
        strip(ledger.tasks.all(), person, first, last, now, ledger.zone())
        ledger.tracking.of(person)
    for repair in ledger.repairs.all():
        repair.weekly_talk(now)
        repair.asks(ledger.me)
        ledger.repairs.before(repair.id)
        assert repair.next_step(ledger.me) in Step
    for session in ledger.sessions.open():
        assert session.left(now) >= 0
    for every in (ledger.checklists.open, ledger.reviews.due, ledger.reminders.ringing, ledger.timeline.page):
        every()
    for visible in (ledger.check_ins.visible, ledger.moments.visible, ledger.updates.visible, ledger.slips.visible):
        visible()
    assert ledger.export.markdown()
    assert memory.read(ledger.export.json())
    assert all(sentence(each, ledger.people()) for each in problems(ledger.statements(""), ledger.people()))


@given(statements, st.lists(spoilt, max_size=6), st.sampled_from([MAY_DAY, AT_END - 1]))
def test_no_body_and_no_clock_whatever_breaks_a_fold_or_a_list(
    said: list[tuple[str, dict[str, Any], int, int]], almost: list[tuple[str, int, Any]], clock: int
) -> None:
    home = Household("Alex", "Sam", "Kim")
    home.ledgers[0].clock = home.ledgers[1].clock = clock
    for kind, body, who, about in said:
        known = [each.id for each in home.everything()]
        subject = known[about % len(known)] if known else ""
        try:
            home.ledgers[who].say(kind, subject, body, known[about % 7 :: 2])
        except InvalidInput:
            continue  # not a statement at all: it never gets as far as a fold
    parties = sorted(home.people)
    for kind, field, value in almost:
        body = dict(VALID[kind])
        body |= {name: parties for name in ("parties", "people", "whose") if name in body}
        if "for" in body:
            body["for"] = parties[0]
        body[sorted(body)[field % len(body)]] = value
        try:
            home.ledgers[0].say(kind, (home.everything() or [home.ledgers[0].say("pause")])[0].id, body)
        except InvalidInput:
            continue
    fold_everything(home)
    home.sync()
    read_every_list(home.ledgers[2])


@given(kinds.filter(lambda kind: kind.startswith(("pause.", "consent.", "task."))), bodies)
def test_what_is_about_nothing_here_is_named_with_a_reason(kind: str, body: dict[str, Any]) -> None:
    home = Household("Alex", "Sam")
    said = home.ledgers[0].say(kind, "statement_unknown", {**body, "more": True})
    named = problems(home.everything(), home.people)
    assert [each.statement for each in named] == [said.id] or "title" in body
    assert all(each.reason.endswith(".") and each.author == said.author for each in named)


@given(st.dictionaries(st.sampled_from(["title", "details", "due", "zone", "repeat"]), json | st.floats()))
def test_no_record_whatever_breaks_a_task(fields: dict[str, Any]) -> None:
    home = Household("Alex", "Sam")
    said = home.ledgers[0].say("task.promise", "record", {"title": "t"})
    read = task_fold.fold([said], {"record": fields}, home.people)[said.id]
    read.timing(MAY_DAY)
    read.next_day(MAY_DAY)
    assert read.title


@pytest.mark.parametrize("kind", ["task.promise", "task.ask"])
def test_no_clock_however_far_ahead_keeps_the_day_from_being_read(kind: str) -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    alex.clock = AT_END - 1
    for repeat in ("FREQ=DAILY", "FREQ=MONTHLY;BYDAY=1MO", None):
        asked = alex.say(kind, f"record {repeat}", {"title": "t", "for": alex.me})
        alex.say("task.accept", asked.id, {"title": "t"} if repeat is None else {"title": "t", "repeat": repeat})
        # from so late a day on the first Monday of a month never comes, so that one reads as if it did not repeat
        alex.say("task.done", asked.id, {"occurrence": "2026-05-01"} if repeat == "FREQ=DAILY" else {})
        if repeat is not None:
            alex.fields["task", f"record {repeat}", "repeat"] = (0, "", repeat)
    home.sync()
    first, last = date(2026, 4, 1), date(2026, 5, 31)
    for each in sam.tasks.all():
        assert each.state is not task.TaskState.ASKED
        assert not each.changed
        assert each.today(sam.now()) == "2026-05-01"
        assert each.timing(sam.now()) is task.Timing.NOT_DUE
        each.next_day(sam.now())
        occurrences(each, first, last, sam.now())
    assert strip(sam.tasks.all(), alex.me, first, last, sam.now(), "UTC")
    assert sam.timeline.page().days


@pytest.mark.parametrize("field", ["starts", "until", "review"])
def test_a_date_that_no_calendar_shows_is_in_no_terms(field: str) -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    body = VALID["consent.propose"] | {"parties": sorted(home.people), field: AT_END - 1}
    alex.say("consent.propose", "", body)
    home.sync()
    assert sam.consents.all() == ()
    assert len(sam.consents.problems()) == 1
    with pytest.raises(InvalidInput, match="2199"):
        terms.moment(AT_END - 1, "end")


def test_a_very_long_chain_of_amendments_is_cut_and_named_and_breaks_nothing() -> None:
    home = Household("Alex", "Sam")
    alex = home.ledgers[0]
    body: dict[str, Any] = {"purpose": "p", "includes": ["a"], "parties": sorted(home.people)}
    last = alex.say("consent.propose", body=body).id
    for _ in range(600):
        last = alex.say("consent.propose", body={**body, "supersedes": [last]}, answers=[last]).id
    read = consents.fold(home.everything(), home.people)
    assert len(read) == 512
    reasons = {each.reason for each in problems(home.everything(), home.people)}
    assert reasons == {
        "This consent has been changed too often; it needs a fresh proposal.",
        "It amends a proposal that is not here.",
    }


@pytest.mark.parametrize("kind", ["consent.grant", "consent.resume", "task.accept", "task.take_back"])
def test_a_yes_with_strings_attached_opens_nothing(kind: str) -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    if kind.startswith("consent."):
        about = alex.say("consent.propose", body={"purpose": "p", "includes": ["a"], "parties": sorted(home.people)})
    else:
        about = alex.say("task.ask", body={"for": sam.me, "title": "t"})
    attached = sam.say(kind, about.id, {"if": "only if"})
    assert [each.statement for each in problems(home.everything(), home.people)] == [attached.id]


@pytest.mark.timeout(30)
def test_thousands_of_statements_about_one_consent_keep_no_device_busy() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    body: dict[str, Any] = {"purpose": "p", "includes": ["a"], "parties": sorted(home.people)}
    chain = [alex.say("consent.propose", body=body).id]
    for _ in range(511):
        chain.append(alex.say("consent.propose", body={**body, "supersedes": chain[-1:]}, answers=chain[-1:]).id)
    for _ in range(1500):
        alex.say("consent.propose", body={**body, "supersedes": [chain[510]]}, answers=[chain[510]])
    noes = [sam.say("consent.decline", version, {"seen": chain[:40]}).id for version in chain]
    for index, version in enumerate(chain):
        sam.say("consent.grant", version, answers=noes[index // 128 * 128 :][:128])
    read = consents.fold(home.everything(), home.people)
    assert len(read) == 2012
    assert read[chain[0]].state(MAY_DAY) is consents.State.SUPERSEDED


def test_what_does_not_count_is_told_with_whose_it_was_and_why() -> None:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    paused = alex.say("pause")
    sam.say("pause.lift", answers=[paused.id])
    (found,) = problems(home.everything(), home.people)
    assert sentence(found, home.people) == (
        "Sam said something that does not count here (pause.lift): "
        "It names a pause of someone else; each person lifts only their own."
    )


def test_what_does_not_count_carries_no_words_of_whoever_said_it() -> None:
    home = Household("Alex", "Sam")
    home.named("Alex").say("consent.answer me at once")
    (found,) = problems(home.everything(), home.people)
    assert sentence(found, home.people) == (f"Alex said something that does not count here: {UNKNOWN_KIND}")
