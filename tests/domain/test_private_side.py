"""The journal, slip-ups before they are shared, the safety branch, help and scripts: what is for one person alone."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core.edits import Scalar, SetFields, SetText
from collar_sync.core.letters import is_blank
from collar_sync.domain import slips
from collar_sync.domain.help import OPENING, PAUSE_SEEN, PLACES, TEXTS, Help
from collar_sync.domain.journal import PROMPTS, Journal
from collar_sync.domain.ledger import PrivateLedger
from collar_sync.domain.repair import Step
from collar_sync.domain.safety import Safety, SafetyKind
from collar_sync.domain.scripts import SCRIPTS, Scripts
from collar_sync.domain.slip_kinds import KINDS, SlipKind
from collar_sync.errors import InvalidInput, NotFound
from collar_sync.ids import PersonId
from tests.domain.plain import HOUR, MAY_DAY, Household, PlainLedger, run


class Alone:
    """A ledger that can say nothing and share nothing: no act on the private side needs more."""

    me = PersonId("person_alone")

    def __init__(self) -> None:
        self.own: dict[str, dict[str, dict[str, Scalar]]] = {}

    def now(self) -> int:
        return MAY_DAY

    def zone(self) -> str:
        return "UTC"

    def new_id(self) -> str:
        return f"id{sum(map(len, self.own.values()))}"

    def private_records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        return self.own.get(kind, {})

    async def write_private(self, *edits: SetFields | SetText) -> None:
        for edit in edits:
            fields = {edit.field: edit.text} if isinstance(edit, SetText) else edit.fields
            self.own.setdefault(edit.kind, {}).setdefault(edit.id, {}).update(fields)


async def test_the_private_side_works_on_a_ledger_that_can_say_nothing() -> None:
    alone: PrivateLedger = Alone()
    assert not hasattr(alone, "write")
    assert (await Journal(alone).write("x")).text == "x"
    note = await Safety(alone).write(SafetyKind.THREAT, "x")
    assert Safety(alone).page().notes == (note,)
    assert "x" in {each.name for each in (await Help(alone).write("x")).places}
    assert (await Scripts(alone).write("x", ["x"])).helps == ("x",)


async def test_the_journal_keeps_entries_prompts_draft_limits_and_people_to_call(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    entry = await alex.journal.write("I knew on Tuesday.", prompt="knew")
    await alex.journal.edit(entry.id, "I knew on Monday.")
    limit = await alex.journal.drafts.write("Not when I am ill.")
    await alex.journal.drafts.edit(limit.id, "Not when I am ill or sad.")
    await alex.journal.contacts.write("Robin", "the number on the fridge", "all of it")
    home.sync()
    assert [each.text for each in alex.journal.all()] == ["I knew on Monday."]
    assert [each.text for each in alex.journal.drafts.all()] == ["Not when I am ill or sad."]
    assert [each.name for each in alex.journal.contacts.all()] == ["Robin"]
    assert (sam.journal.all(), sam.journal.drafts.all(), sam.journal.contacts.all(), home.everything()) == (
        (),
        (),
        (),
        [],
    )
    await alex.journal.remove(entry.id)
    await alex.journal.drafts.remove(limit.id)
    assert (alex.journal.all(), alex.journal.drafts.all()) == ((), ())
    assert {"knew", "need", "refuse"} <= PROMPTS.keys()


async def test_what_was_taken_out_can_be_put_back_as_it_was_and_nothing_that_never_was(
    home: Household, alex: PlainLedger
) -> None:
    entry = await alex.journal.write("I knew on Monday.", prompt="knew")
    draft = await alex.journal.drafts.write("Not when I am ill.")
    robin = await alex.journal.contacts.write("Robin", "the number on the fridge")
    script = await alex.scripts.edit("hurt", ["I need an hour."], [])
    own, edited = (await alex.help.write("Robin's sister")).places[-1], PLACES.keys() - {"medical"}
    for each in edited:
        await alex.help.edit(each, "Somebody", "somewhere")
    before = (alex.journal.all(), alex.journal.drafts.all(), alex.journal.contacts.all(), alex.help.list())
    for noun, identifier in (
        (alex.journal, entry.id),
        (alex.journal.drafts, draft.id),
        (alex.journal.contacts, robin.id),
        (alex.scripts, script.id),
        (alex.help, own.id),
        (alex.help, "medical"),
        (alex.help, "person"),
    ):
        alex.clock += HOUR
        await noun.remove(identifier)
        await noun.restore(identifier)
        await noun.restore(identifier)
        if noun is not alex.help:
            with pytest.raises(NotFound):
                await noun.restore("never")
    with pytest.raises(NotFound):
        await alex.help.restore("never")
    assert (alex.journal.all(), alex.journal.drafts.all(), alex.journal.contacts.all(), alex.help.list()) == before
    assert alex.scripts.get("hurt") == script
    assert home.everything() == []
    await alex.help.restore()
    assert {each.id: each.name for each in alex.help.list().places} == {
        **{each: place.name for each, place in PLACES.items()},
        own.id: own.name,
    }


async def test_a_journal_entry_of_a_newer_version_is_kept_unread(alex: PlainLedger) -> None:
    alex.own["journal"] = {"new": {"strokes": b"drawn"}, "more": {"text": "read", "mood": 7}}
    assert [each.text for each in alex.journal.all()] == ["read"]
    assert "new" in alex.own["journal"]


async def test_what_the_journal_cannot_keep_is_refused_with_a_sentence(alex: PlainLedger) -> None:
    with pytest.raises(InvalidInput, match="A single word is enough"):
        await alex.journal.write("  ")
    with pytest.raises(InvalidInput, match="one of these prompts"):
        await alex.journal.write("x", prompt="why")
    with pytest.raises(InvalidInput, match="too long"):
        await alex.journal.write("x" * 50_001)
    with pytest.raises(NotFound):
        await alex.journal.edit("none", "x")
    with pytest.raises(InvalidInput, match="whom to call"):
        await alex.journal.contacts.write("")


async def test_a_slip_up_is_private_until_its_author_shares_it_and_shared_once(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    draft = await alex.slips.write("You waited.", SlipKind.PROMISE_MISSED)
    home.sync()
    assert (home.everything(), sam.slips.all()) == ([], ())
    with pytest.raises(NotFound):
        await sam.slips.share(draft.id)
    slip = await alex.slips.share(draft.id)
    assert await alex.slips.share(draft.id) == slip
    assert [each.shared for each in alex.slips.mine()] == [slip.id]
    await alex.slips.edit(draft.id, "You waited for three hours.")
    assert alex.slips.get(slip.id).sentence == "You waited."


async def test_every_kind_says_what_it_threatens_and_where_amends_belong() -> None:
    assert set(KINDS) == set(SlipKind)
    for about in KINDS.values():
        row = about.repairing
        assert min(len(about.label), len(row.threatens), len(row.focus), len(row.better)) > 0
    assert KINDS[SlipKind.WATCHED].repairing.threatens == "Autonomy."
    assert not set(KINDS) & set(SafetyKind)


@given(st.text(min_size=1, max_size=300))
def test_style_never_stands_in_the_way_of_a_sentence(words: str) -> None:
    alex = Household("Alex", "Sam").named("Alex")
    if not is_blank(words):
        assert run(alex.slips.write(words, "other")).sentence == " ".join(words.split())


async def test_phrases_that_make_it_smaller_are_shown(alex: PlainLedger) -> None:
    draft = await alex.slips.write("I just forgot, but you are too sensitive.", SlipKind.DISMISSED)
    assert [each.phrase for each in draft.hints] == ["just", "but", "too sensitive"]
    assert (await alex.slips.write("You cried until ten.", SlipKind.DISMISSED)).hints == ()


async def test_a_kind_that_comes_up_again_leads_to_help_from_outside_and_nobody_else_can_tell(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    await alex.slips.share((await alex.slips.write("You waited.", SlipKind.FORGOTTEN_AGAIN)).id)
    assert alex.slips.outside_help(SlipKind.FORGOTTEN_AGAIN) is None
    await alex.slips.write("You waited again.", SlipKind.FORGOTTEN_AGAIN)
    said = home.everything()
    assert alex.slips.outside_help(SlipKind.FORGOTTEN_AGAIN) == TEXTS["outside"]
    assert alex.repairs.before(alex.slips.all()[0].id) == TEXTS["outside"]
    home.sync()
    assert sam.slips.outside_help(SlipKind.FORGOTTEN_AGAIN) is None
    assert home.everything() == said


async def test_what_was_shared_from_another_device_of_ones_own_came_up_too(home: Household, alex: PlainLedger) -> None:
    phone = home.second_device("Alex")
    await phone.slips.share((await phone.slips.write("You waited.", SlipKind.PROMISE_MISSED)).id)
    home.sync()
    assert alex.slips.outside_help(SlipKind.PROMISE_MISSED) is None
    again = await alex.slips.share((await alex.slips.write("You waited again.", SlipKind.PROMISE_MISSED)).id)
    home.sync()
    for ledger in home.ledgers:
        assert ledger.repairs.before(again.id) == TEXTS["outside"]


async def test_a_kind_that_came_up_in_a_repair_that_is_long_closed_leads_to_help_all_the_same(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    first = await alex.slips.share((await alex.slips.write("You waited", SlipKind.PROMISE_MISSED)).id)
    home.sync()
    for ledger in (alex, sam):
        ledger.shelf.update(ledger.heard)
        ledger.heard.clear()
    assert sam.slips.outside_help(SlipKind.PROMISE_MISSED) is None
    again = await alex.slips.share((await alex.slips.write("You waited again", SlipKind.PROMISE_MISSED)).id)
    sam.hear(alex.heard[again.id])
    assert sam.slips.outside_help(SlipKind.PROMISE_MISSED) == TEXTS["outside"]
    assert sam.repairs.before(again.id) == TEXTS["outside"]
    assert {each.shared for each in alex.slips.mine()} == {first.id, again.id}


async def test_what_rests_is_not_looked_through_where_what_is_at_hand_says_it(
    home: Household, alex: PlainLedger, sam: PlainLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        await alex.slips.share((await alex.slips.write("You waited", SlipKind.DISMISSED)).id)
    home.sync()
    monkeypatch.setattr(sam, "history", None)
    assert sam.slips.outside_help(SlipKind.DISMISSED) == TEXTS["outside"]


async def test_however_much_was_shared_it_is_looked_through_as_far_as_the_bound_says(
    home: Household, alex: PlainLedger, sam: PlainLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (SlipKind.DISMISSED, SlipKind.DISMISSED, *[SlipKind.PROMISE_MISSED] * 4):
        alex.clock += HOUR
        await alex.slips.share((await alex.slips.write("You waited", kind)).id)
    home.sync()
    sam.shelf.update(sam.heard)
    sam.heard.clear()
    monkeypatch.setattr(slips, "_READ_AT_ONCE", 2)
    assert sam.slips.outside_help(SlipKind.DISMISSED) == TEXTS["outside"]
    monkeypatch.setattr(limits, "RECURRENCE_READ_MAX", 4)
    assert sam.slips.outside_help(SlipKind.PROMISE_MISSED) == TEXTS["outside"]
    assert sam.slips.outside_help(SlipKind.DISMISSED) is None


async def test_the_safety_branch_stays_here_and_help_takes_the_place_of_every_step(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    slip = await alex.slips.share((await alex.slips.write("You waited.", SlipKind.OTHER)).id)
    await alex.repairs.begin(slip.id)
    home.sync()
    before = (sam.repairs.get(slip.id), home.everything(), alex.repairs.next_step(slip.id))
    note = await sam.safety.write(SafetyKind.COERCION, "I was told to say yes.", about=slip.id)
    assert sam.repairs.next_step(slip.id) is Step.HELP
    page = sam.repairs.help(slip.id)
    assert page is not None
    assert (page.help.opening, page.help.pause, page.notes) == (OPENING, PAUSE_SEEN, (note,))
    home.sync()
    assert (home.everything(), alex.repairs.next_step(slip.id)) == before[1:]
    assert alex.repairs.get(slip.id).waiting_for == before[0].waiting_for
    assert [each.text for each in alex.timeline.page().days[0].lines if "told" in each.text] == []
    await sam.safety.settle(note.id)
    assert sam.repairs.next_step(slip.id) is before[0].next_step(sam.me)
    assert [each.text for each in sam.safety.all()] == ["I was told to say yes."]


async def test_a_kind_of_the_safety_branch_is_no_slip_up(alex: PlainLedger) -> None:
    for kind in SafetyKind:
        with pytest.raises(InvalidInput, match="That is about safety"):
            await alex.slips.write("It happened.", kind)
    with pytest.raises(InvalidInput, match="Choose what comes closest") as refused:
        await alex.safety.write("promise-missed")
    assert all(f"{each.value} (" in str(refused.value) for each in SafetyKind), "what it takes is named"


NEGOTIATING = ("compromise", "negotiate", "talk it over", "meet halfway", "agree on", "see their side", "both sides")


async def test_nothing_on_the_safety_page_suggests_negotiating(alex: PlainLedger) -> None:
    page = alex.safety.page()
    words = " ".join((*page.text.paragraphs, page.help.opening, page.help.pause, *(e.reach for e in page.help.places)))
    assert [phrase for phrase in NEGOTIATING if phrase in words.lower()] == []
    assert page.help.opening.startswith("Someone may check this device")


async def test_the_list_of_help_is_ones_own_and_opens_with_the_same_sentence_always(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    assert {each.id for each in alex.help.list().places} == set(PLACES)
    await alex.help.write("Robin", "the number on the fridge")
    await alex.help.edit("medical", "Doctor Vale")
    edited = await alex.help.remove("helpline")
    assert edited.opening == OPENING
    assert {"Robin", "Doctor Vale"} <= {each.name for each in edited.places}
    assert "helpline" not in {each.id for each in edited.places}
    assert {each.id for each in (await alex.help.restore()).places} >= set(PLACES)
    with pytest.raises(NotFound):
        await alex.help.remove("none")
    home.sync()
    assert len(sam.help.list().places) == len(PLACES)
    assert home.everything() == []


async def test_reading_help_and_scripts_records_nothing(alex: PlainLedger) -> None:
    for name in TEXTS:
        assert alex.help.text(name).paragraphs
    alex.help.list()
    alex.scripts.all()
    alex.safety.page()
    assert (alex.own, alex.heard, alex.fields) == ({}, {}, {})
    with pytest.raises(NotFound):
        alex.help.text("blame")


async def test_there_are_scripts_for_each_role_and_for_people_who_use_none(alex: PlainLedger) -> None:
    assert {"dominant-slipped", "submissive-slipped", "hurt-in-dynamic"} == {e.id for e in alex.scripts.all(roles=True)}
    without = alex.scripts.all(roles=False)
    assert {"slipped", "hurt"} <= {each.id for each in without}
    for script in without:
        words = " ".join((script.title, *script.helps, *script.avoid)).lower()
        assert [role for role in ("dominant", "submissive", "sir", "mistress", "kneel") if role in words.split()] == []
    assert all(each.helps and each.avoid for each in SCRIPTS.values())


async def test_a_script_is_everyones_own_to_edit(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    await alex.scripts.edit("hurt", ["I need an hour."], [])
    own = await alex.scripts.write("For Sundays", ["Tea first."])
    assert alex.scripts.get("hurt").helps == ("I need an hour.",)
    assert alex.scripts.get(own.id).edited
    home.sync()
    assert sam.scripts.get("hurt").helps == SCRIPTS["hurt"].helps
    await alex.scripts.remove("hurt")
    assert alex.scripts.get("hurt").helps == SCRIPTS["hurt"].helps
