"""The Export row: one's own copy of what one may see; and a copy brought back is a memory that grants nothing."""

import contextlib
import importlib
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync.domain import export, memory
from collar_sync.domain.consents import State
from collar_sync.domain.export import WARNING
from collar_sync.domain.presence import Presence
from collar_sync.domain.sharing import Sharings
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.errors import InvalidInput, LocalError, NotFound
from tests.domain.histories import over_histories
from tests.domain.lives import CLEAR
from tests.domain.plain import DAY, MAY_DAY, Household, PlainLedger, granted, run
from tests.domain.test_presence import Quiet

DOMAIN = Path(export.__file__).parent


def life(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    task = run(alex.tasks.ask("Evening check-in", of=sam.me, details="Ten minutes\nNo screens"))
    run(alex.limits.set("No photos of faces", "hard limit"))
    run(alex.journal.write("What I would not say aloud"))
    home.sync()
    run(sam.tasks.done(task.id))
    run(granted(home, alex, sam))
    run(alex.tasks.promise("Water the *ferns*"))
    home.sync()


def test_a_copy_says_what_its_person_may_see_and_warns(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    life(home, alex, sam)
    text = alex.export.markdown()
    for words in (
        WARNING,
        "# Us",
        "As Alex could read it on 2026-05-01.",
        "- Alex: No photos of faces (hard limit)",
        "- **Evenings apart** (active)",
        "  - Included: a call; a photo",
        "- Alex: Water the \\*ferns\\*",
        "### 2026-05-01",
        "- Sam said that “Evening check-in” is done.",
    ):
        assert words in text, words
    assert "aloud" not in text
    assert "> What I would not say aloud" in alex.export.markdown(journal=True)


def test_a_copy_holds_all_five_points_of_what_was_agreed(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    run(granted(home, alex, sam, until=MAY_DAY + 20 * DAY))
    run(alex.consents.propose("Where we are", ["a pin"], review=MAY_DAY + 30 * DAY, flow="sharing", whose=[sam.me]))
    run(alex.agreements.propose("ritual", ["tea at nine"], CLEAR))
    text = alex.export.markdown()
    for words in (
        "- **Evenings apart** (active)",
        "  - Between: Alex, Sam",
        "  - Until 2026-05-21",
        "  - Who may see: us two",
        "  - How to pause: Press Pause",
        "  - Shared live, of Sam",
        "  - From 2026-05-01, until 2026-05-15, to be looked at again on 2026-05-31",
        "- **n** (ritual, proposed)",
        "  - Ongoing, to be looked at again on 2026-07-24",
    ):
        assert words in text, words


def test_a_copy_made_before_anybody_was_met_says_so_plainly(home: Household, sam: PlainLedger) -> None:
    home.people.clear()
    assert "As you could read it on 2026-05-01." in sam.export.markdown()


def test_a_copy_in_json_reads_as_it_was_written(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    life(home, alex, sam)
    copy = memory.read(alex.export.json())
    (day,) = memory.days(copy)
    assert {each.text for each in day.entries} == {each.text for each in alex.timeline.page().days[0].lines}
    assert memory.own_limits(copy) == ("No photos of faces",)
    assert [(each.noun, each.state) for each in copy.offers] == [("consent", "active")]
    assert {each.details for each in copy.tasks} == {"Ten minutes\nNo screens", ""}
    assert copy.note == WARNING


def test_what_another_did_shows_the_day_in_a_copy_too(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    life(home, alex, sam)
    consent = run(granted(home, alex, sam))
    run(sam.checklists.begin("scene"))
    run(sam.reviews.held(consent.id))
    home.sync()
    copy = memory.read(alex.export.json())
    for day in copy.days:
        assert all((each.at is not None) == (each.by == alex.me) for each in day.entries)
    assert str(sam.clock) not in re.sub(rf'"by": "{alex.me}",\s+"text": "[^"]*",\s+"at": \d+', "", alex.export.json())


def numbers(found: object) -> set[int]:
    """Every whole number in what JSON reads as."""
    if isinstance(found, dict):
        return numbers([*found.values()])
    if isinstance(found, list):
        return set().union(*map(numbers, found))
    return {found} if isinstance(found, int) and not isinstance(found, bool) else set()


@over_histories(st.integers(1, DAY - 1))
def test_no_time_in_a_copy_tells_at_which_minute_of_a_day_another_did_something(home: Household, minute: int) -> None:
    """What they leave open is counted from the day: how long a thing lasts, and when to look at it again."""
    one = home.ledgers[0]
    other = next((each for each in home.ledgers if each.me != one.me), None)
    if other is None:
        return  # everybody else has left
    other.clock = max(one.now(), other.now()) // DAY * DAY + DAY + minute
    acts: list[Callable[[], object]] = [
        lambda: run(other.consents.propose("near", ["a"], flow="tracking")),
        lambda: run(other.agreements.propose("rule", ["a"], CLEAR)),
        lambda: run(other.agreements.propose("tracking", ["a"], CLEAR)),
        lambda: run(Sharings(other, other.consents, Quiet()).propose("place", purpose="near")),
        lambda: run(Presence(other, Quiet()).show(one.me)),
        lambda: run(other.checklists.begin("scene")),
        lambda: run(other.sessions.begin("study", 5)),
        lambda: [run(other.reviews.held(each.id)) for each in other.agreements.all()[:1]],
        lambda: run(other.tasks.promise("Water the ferns", due="2026-05-02T18:00")),
        lambda: run(other.limits.set("no faces")),
    ]
    for act in acts:
        with contextlib.suppress(LocalError):  # in a pause some of it waits
            act()
    home.sync()
    found = numbers(msgspec.json.decode(one.export.json()))
    assert not [each for each in found if each > DAY and each % DAY == minute]


def test_what_waits_unseen_is_in_no_copy_not_even_its_words(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    run(sam.pauses.pause())
    home.sync()
    run(alex.tasks.ask("Come home early", of=sam.me, details="All of it"))
    run(alex.consents.propose("A new thing", ["a call"]))
    home.sync()
    for text in (sam.export.json(journal=True), sam.export.markdown(journal=True)):
        assert not re.search("Come home early|All of it|A new thing", text)
    assert re.search("Come home early", alex.export.json())


def test_what_is_over_and_put_away_is_in_it(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    life(home, alex, sam)
    before = memory.read(alex.export.json())
    alex.put_away()
    assert memory.read(alex.export.json()) == before


def test_every_private_kind_is_left_out_unless_it_is_asked_for() -> None:
    found = set()
    for path in DOMAIN.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for kind in re.findall(
            r"(?:Drawer\(\s*\w+,|private_records\(|write_private\(\s*SetFields\()\s*([\"\w-]+)", text
        ):
            module = importlib.import_module(f"collar_sync.domain.{path.stem}")
            found.add(kind.strip('"') if kind.startswith('"') else getattr(module, kind, None))
    assert found - {None, memory.RECORD, memory.PIECE} == {*export.PRIVATE}


def shared(ledger: PlainLedger) -> tuple[object, ...]:
    return ({*ledger.heard}, dict(ledger.fields), [each.state(ledger.now()) for each in ledger.consents.all()])


@over_histories()
def test_bringing_a_copy_in_says_nothing_grants_nothing_and_changes_nothing_shared(home: Household) -> None:
    home.sync()
    copy = home.ledgers[-1].export.json(journal=True)
    for ledger in home.ledgers[:2]:
        before = shared(ledger)
        brought = run(ledger.memories.bring_in(copy))
        assert ledger.memories.get(brought.id) == memory.read(copy)
        assert shared(ledger) == before


def test_a_consent_that_was_withdrawn_stays_so_whatever_a_copy_says(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    consent = run(granted(home, alex, sam))
    copy = alex.export.json()
    run(sam.consents.revoke(consent.id))
    home.sync()
    before = shared(alex)
    run(alex.memories.bring_in(copy))
    assert shared(alex) == before
    home.sync()
    assert alex.consents.get(consent.id).state(alex.now()) is State.REVOKED
    assert [each.state for each in alex.memories.get(alex.memories.all()[0].id).offers] == ["active"]


def test_memories_are_listed_and_can_be_taken_out(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    life(home, alex, sam)
    first = run(alex.memories.bring_in(alex.export.json()))
    alex.clock += DAY
    second = run(alex.memories.bring_in(alex.export.json()))
    assert [(each.id, each.made_on) for each in alex.memories.all()] == [
        (first.id, "2026-05-01"),
        (second.id, "2026-05-02"),
    ]
    run(alex.memories.remove(first.id))
    with pytest.raises(NotFound):
        alex.memories.get(first.id)
    assert sam.memories.all() == ()


def test_what_was_taken_out_of_the_private_side_is_in_no_copy(alex: PlainLedger) -> None:
    gone = "what nobody is to read again"
    run(alex.journal.remove(run(alex.journal.write(gone)).id))
    run(alex.journal.drafts.remove(run(alex.journal.drafts.write(gone)).id))
    run(alex.journal.contacts.remove(run(alex.journal.contacts.write("Robin", knows=gone)).id))
    run(alex.safety.remove(run(alex.safety.write("threat", gone)).id))
    run(alex.slips.remove(run(alex.slips.write(gone, SlipKind.OTHER)).id))
    run(alex.check_ins.remove(run(alex.check_ins.write(need=gone)).id))
    run(alex.scripts.remove(run(alex.scripts.write("Mine", [gone])).id))
    assert gone in str(alex.own), "it stays in the history of this device, and is searched for"
    run(alex.journal.write("what stays"))
    for copy in (alex.export.json(journal=True), alex.export.markdown(journal=True)):
        assert "what stays" in copy
        assert gone not in copy
    headings = [line for line in alex.export.markdown(journal=True).splitlines() if line.startswith("## Private")]
    assert headings == ["## Private: journal"]


def test_a_copy_of_many_pieces_comes_back_whole(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    for _ in range(40):
        run(alex.journal.write("é" * 9_000))
    life(home, alex, sam)
    brought = run(alex.memories.bring_in(alex.export.json(journal=True)))
    assert brought.pieces > 1
    assert alex.memories.get(brought.id) == memory.read(alex.export.json(journal=True))


def test_a_copy_that_an_editor_saved_with_a_mark_before_it_is_read(alex: PlainLedger) -> None:
    copy = alex.export.json()
    brought = run(alex.memories.bring_in("\ufeff" + copy))
    assert alex.memories.get(brought.id) == memory.read(copy)


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(str))
def test_whatever_is_no_copy_is_refused_in_words_and_keeps_nothing(text: str) -> None:
    alex = Household("Alex").ledgers[0]
    with pytest.raises(InvalidInput, match="no copy that this app made"):
        run(alex.memories.bring_in(text))
    assert alex.memories.all() == ()


@given(st.data())
def test_a_copy_that_was_changed_is_read_or_refused_in_words(data: st.DataObject) -> None:
    home = Household("Alex", "Sam")
    life(home, *home.ledgers)
    whole = msgspec.json.decode(home.ledgers[0].export.json())
    name = data.draw(st.sampled_from(sorted(whole)))
    whole[name] = data.draw(st.none() | st.integers() | st.text() | st.lists(st.text()) | st.just({"a": {"b": "c"}}))
    with contextlib.suppress(InvalidInput):
        memory.read(msgspec.json.encode(whole).decode())


def test_a_copy_of_a_newer_version_is_refused_in_words(home: Household, alex: PlainLedger) -> None:
    newer = alex.export.json().replace('"version": 1', '"version": 2')
    with pytest.raises(InvalidInput, match="newer version"):
        run(alex.memories.bring_in(newer))
