"""The Export rule over arbitrary lives: a copy holds what its person is shown at that moment, all of it and no more.

Every text in such a life is a word of its own, so whatever shows one can be told from whatever does not.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest
from hypothesis import strategies as st

from collar_sync.domain import export, in_full
from collar_sync.domain.agreements import Agreements, Reflection
from collar_sync.domain.lists import Lists
from collar_sync.domain.repair_writing import commitment
from tests.domain.plain import Household, PlainLedger, run
from tests.domain.planting import Mutant, noticed, other, over, words
from tests.domain.worded import lived

WORD: Final = re.compile(r"w\d+x")


def shown(one: PlainLedger) -> set[str]:
    """Every word that is shown to this person now, in any list and in the timeline."""
    found: list[Any] = [line.text for day in one.timeline.everything()[0] for line in day.lines]
    found += [(each.title, each.details) for each in one.tasks.visible()]
    for several in (one.consents, one.agreements, one.check_ins, one.moments, one.updates, one.checklists, one.repairs):
        found += several.visible()
    return {*WORD.findall(str([*found, *one.limits.standing()]))}


@over(st.integers(0, 1 << 32), st.integers(2, 3), st.integers(0, 60), share=1 / 2)
def test_a_copy_holds_all_that_its_person_is_shown_at_that_moment_and_no_word_more(
    seed: int, people: int, steps: int
) -> None:
    """However they paused, muted, hid, refused or repaired before; and the same after what is over was put away."""
    one = lived(seed, people, steps).home.ledgers[0]
    now = shown(one)
    json, markdown = one.export.json(), one.export.markdown()
    assert {*WORD.findall(json)} == now
    assert {*WORD.findall(markdown)} == now
    one.put_away()
    assert one.export.json() == json


RULE: Final = test_a_copy_holds_all_that_its_person_is_shown_at_that_moment_and_no_word_more


def copies(one: PlainLedger) -> tuple[str, str]:
    return one.export.json(journal=True), one.export.markdown(journal=True)


def two() -> tuple[Household, PlainLedger, PlainLedger]:
    home = Household("Alex", "Sam")
    alex, sam = home.ledgers
    return home, alex, sam


def test_a_consequence_that_waits_for_the_end_of_a_slip_up_is_in_no_copy() -> None:
    home, alex, sam = two()
    run(alex.agreements.propose("consequence", ["w1x"], Reflection("w2x", free_to_refuse=True, source="clarity")))
    run(sam.slips.share(run(sam.slips.write("You waited, since I did not call", "promise-missed")).id))
    home.sync()
    assert sam.agreements.visible() == ()
    for text in copies(sam):
        assert WORD.findall(text) == []
    assert "w2x" in alex.export.markdown(), "whoever proposed it sees it"


def test_new_words_of_a_task_that_wait_are_in_no_copy() -> None:
    for muted in (False, True):
        home, alex, sam = two()
        task = run(alex.tasks.ask("Walk the dog", of=sam.me))
        home.sync()
        run(sam.tasks.accept(task.id))
        run(sam.aside.mute(alex.me) if muted else sam.pauses.pause())
        home.sync()
        run(alex.tasks.rename(task.id, "w1x"))
        home.sync()
        for text in copies(sam):
            assert WORD.findall(text) == []
            assert "Walk the dog" in text


def repairing() -> tuple[Household, PlainLedger, PlainLedger, str]:
    """A repair in its debrief."""
    home, alex, sam = two()
    slip = run(sam.slips.share(run(sam.slips.write("I forgot the call", "promise-missed")).id)).id
    home.sync()
    run(sam.repairs.begin(slip))
    onward(home, slip)
    return home, alex, sam, slip


def onward(home: Household, slip: str) -> None:
    home.sync()
    for ledger in home.ledgers:
        run(ledger.repairs.ready(slip))
    home.sync()


def test_a_text_that_waits_while_its_repair_rests_is_in_no_copy() -> None:
    home, alex, sam, slip = repairing()
    run(alex.repairs.propose_facts(slip, "w1x"))
    home.sync()
    for quiet, loud in ((sam.pauses.pause, sam.pauses.lift), (sam.repairs.step_out, sam.repairs.step_back)):
        several: tuple[Any, ...] = () if quiet == sam.pauses.pause else (slip,)
        run(quiet(*several))
        for text in copies(sam):
            assert WORD.findall(text) == []
        run(loud(*several))
        assert "w1x" in sam.export.markdown()


def test_what_was_written_in_the_rounds_before_stays_in_a_copy_and_in_sight() -> None:
    home, alex, sam, slip = repairing()
    onward(home, slip)
    run(alex.repairs.propose_plan(slip, changes=["w1x"], commitments=[commitment("Call", alex.me, details="w2x")]))
    home.sync()
    run(sam.repairs.sign(slip, alex.repairs.get(slip).plan.current[0].id))
    onward(home, slip)
    run(alex.repairs.again(slip))
    assert [each.signed_by for each in alex.repairs.get(slip).before] == [tuple(sorted((alex.me, sam.me)))]
    for text in copies(alex):
        assert {"w1x", "w2x"} <= {*WORD.findall(text)}


NO_WORDS: Final = {"id", "draft", "person", "said", "round", "begun_by", "starts", "ends", "zone", "occasion", "people"}
OTHERWISE: Final = {"ticked", "stopped_by", "departed", "commitments"}  # people, and promises, in words of their own


def test_every_word_of_all_that_people_write_for_each_other_has_a_heading_in_a_copy() -> None:
    """Whatever field of text a form has or will have; what it says otherwise, such as a time, is said in words."""
    for form in in_full.CALLED:
        known = in_full._FIELDS.get(form, {})
        texts = {each.name for each in msgspec.structs.fields(form) if re.search("str|tuple|Line", str(each.type))}
        assert texts - NO_WORDS - OTHERWISE == {*known}, form
        assert len({*known.values()}) == len(known), "no heading takes the place of another"


class _Unbound(Lists):
    """Agreements that do not know who is in a repair."""

    def __init__(self, ledger: Any) -> None:
        super().__init__(ledger)
        self.agreements = Agreements(ledger)


def _every(name: str, noun: str) -> Callable[[], Any]:
    return words(export._Shown, name, (f"{noun}.visible()", f"{noun}.all()"))


MUTANTS: Final = (
    Mutant(
        "a copy does not know who is in a repair",
        other(export, "Lists", _Unbound),
        test_a_consequence_that_waits_for_the_end_of_a_slip_up_is_in_no_copy,
    ),
    Mutant(
        "a copy holds new words of a task that wait",
        _every("tasks", "self._lists.tasks"),
        test_new_words_of_a_task_that_wait_are_in_no_copy,
    ),
    Mutant(
        "a copy holds texts that wait while a repair rests",
        _every("repairs", "self._lists.repairs"),
        test_a_text_that_waits_while_its_repair_rests_is_in_no_copy,
    ),
    Mutant(
        "a copy leaves out the rounds before",
        words(export._Shown, "_repair", ("*repair.before, ", "")),
        test_what_was_written_in_the_rounds_before_stays_in_a_copy_and_in_sight,
    ),
    Mutant("a copy holds consents that wait", _every("offers", "self._lists.consents"), RULE),
    Mutant("a copy holds what somebody muted tells", _every("shared", "lists.moments"), RULE),
    Mutant(
        "a copy holds the record of a task as it is written",
        words(export._Shown, "_task", ("details=task.details", "details=str(self._ledger.records('task'))")),
        RULE,
    ),
    Mutant(
        "a copy leaves out small promises",
        words(in_full, "_promise", ("promise.details, ", "")),
        test_what_was_written_in_the_rounds_before_stays_in_a_copy_and_in_sight,
    ),
    Mutant(
        "a copy reads of what is at hand alone",
        words(export._Shown, "__init__", ("Lists(Whole(ledger, everything))", "Lists(ledger)")),
        RULE,
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    with mutant.plant():
        assert noticed(mutant.property)
