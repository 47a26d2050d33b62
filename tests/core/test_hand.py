"""What of core is finished is at hand no more, and all of it comes back as soon as anything speaks of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pytest

from collar_sync.core.durable import AtHand
from collar_sync.core.edits import Say
from collar_sync.core.hand import Hand
from collar_sync.core.people import Person
from collar_sync.core.sayings import Sayings
from collar_sync.core.space import Choice, Records, Space
from collar_sync.core.statement import AT_END, Said
from collar_sync.errors import StoreError
from collar_sync.ids import DocumentId, PersonId, StatementId
from collar_sync.testing.mutants import replaced, rewritten
from tests.core.story import NOW, chance, couple, deliver, keys_of, write
from tests.core.test_library import Shelves
from tests.core.test_removal import add_device, remove


def only_standing(
    said: Sequence[Said], _records: Records, _people: Mapping[PersonId, Person], _now: int, past: bytes
) -> Choice:
    """A stop is over once it was lifted; of all else everything stays. How often it was asked is remembered."""
    over = {"stop.lift", "stop.aside"}
    names: set[str] = {each.id for each in said if each.kind not in over and not answered(each.id, said)}
    return Choice(names, past + b"x")


def answered(identifier: StatementId, said: Sequence[Said]) -> bool:
    return any(identifier in each.answers for each in said if each.kind == "stop.lift")


class Home:
    """Alex's device, with a shelf of its own, and Sam's."""

    def __init__(self) -> None:
        self.shelves = Shelves()
        host, self.sam = couple()
        self.alex = Space(host.id, keys_of("Alex"), self.shelves, only_standing)
        deliver(host, self.alex, host.core)
        self.rests: dict[DocumentId, bytes] = {}

    def stop(self, about: str = "") -> StatementId:
        return self._say(Say("stop", about, home="core"))

    def lift(self, *stops: StatementId, about: str = "") -> StatementId:
        return self._say(Say("stop.lift", about, answers=stops, home="core"))

    def _say(self, say: Say) -> StatementId:
        _, (identifier,) = self.alex.write(None, [say], NOW, chance(16))
        return identifier

    def aside(self, about: str, *stops: StatementId) -> StatementId:
        """Say something of stops in the chapter, as altered software might, or another app."""
        _, (identifier,) = self.alex.write(None, [Say("stop.aside", about, answers=stops)], NOW, chance(16))
        return identifier

    def next_chapters(self) -> None:
        """Begin two more chapters: the first is at hand whole no more."""
        for number in (2, 3):
            self.alex.write(self.alex.library.chapter(number), [Say("task.ask", str(number))], NOW, chance(16))

    def settle(self) -> None:
        for document in self.alex.library.unsealed():
            self.shelves.seals[document], self.rests[document] = self.alex.seal(document)
        for document in self.alex.library.spare():
            self.alex.rest(document)
        self.stay, _ = self.alex.settle(NOW)

    def reopen(self) -> None:
        """Close and open: what is at hand comes from the shelf, and everything rests."""
        self.alex = Space(self.alex.id, self.alex.keys, self.shelves, only_standing)
        for document, rest in self.rests.items():
            self.alex.library.open(document, rest, private=False)
        kept = (each for seal in self.shelves.seals.values() for each in seal.statements)
        self.alex.hand.take(AtHand(tuple(each for each in kept if each.id in self.stay)))

    def at_hand(self) -> set[StatementId]:
        return {each.id for each in self.alex.statements("stop")}


@pytest.fixture
def home() -> Home:
    return Home()


def test_what_is_finished_is_not_at_hand_and_what_stands_is(home: Home) -> None:
    early, late = home.stop(), home.stop()
    home.lift(early)
    home.settle()
    assert home.at_hand() == {late}
    assert early not in home.stay
    assert {each.kind for each in home.alex.statements("")} >= {"space.found", "device.enrol"}


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("awake", [False, True])
def test_news_that_speaks_of_it_brings_back(home: Home, *, opened: bool, awake: bool) -> None:
    first, other = home.stop(), home.stop()
    about = home.stop(first)
    lifts = {home.lift(first, about), home.lift(first)}
    home.lift(other)
    home.settle()
    if opened:
        home.reopen()
    if awake:
        home.alex.replica(home.alex.core)
    assert home.at_hand() == set()
    news = home.lift(about)
    assert home.at_hand() == {first, about, news, *lifts}


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("spoken_of", range(4))
def test_it_comes_back_whole_from_whichever_end_it_is_spoken_of(home: Home, spoken_of: int, *, opened: bool) -> None:
    first = home.stop()
    chain = [first, second := home.stop(first), third := home.stop(second), home.stop(third)]
    lifts = {home.lift(each) for each in chain}
    home.settle()
    if opened:
        home.reopen()
    assert home.at_hand() == set()
    news = home.lift(about=chain[spoken_of])
    assert home.at_hand() == {*chain, *lifts, news}


def test_news_in_a_chapter_does_so_while_core_rests(home: Home) -> None:
    stop = home.stop()
    lift = home.lift(stop)
    home.settle()
    home.reopen()
    write(home.alex, Say("task.ask", stop))
    assert home.alex.core in home.alex.library.resting
    assert home.at_hand() == {stop, lift}


@pytest.mark.parametrize("spoken_of", range(2))
def test_what_was_said_of_it_in_a_chapter_comes_back_with_it_and_leads_on(home: Home, spoken_of: int) -> None:
    """As altered software, or that of another app, might say it."""
    first, other = home.stop(), home.stop()
    lifts = {home.lift(first), home.lift(other)}
    aside = home.aside(first, other)
    home.next_chapters()
    home.settle()
    home.reopen()
    assert home.at_hand() == set()
    news = home.lift(about=(first, other)[spoken_of])
    assert home.at_hand() == {first, other, aside, news, *lifts}


def test_what_was_said_of_it_before_it_is_here_comes_back_with_it(home: Home) -> None:
    _, (stop,) = home.sam.write(None, [Say("stop", home="core")], NOW, chance(16))
    _, (aside,) = home.sam.write(None, [Say("stop.aside", answers=(stop,))], NOW, chance(16))
    deliver(home.sam, home.alex, home.sam.library.chapter(1))
    home.next_chapters()
    home.settle()
    assert home.at_hand() == set()
    deliver(home.sam, home.alex, home.alex.core)
    assert home.at_hand() == {stop, aside}


def test_chapters_lead_only_so_far_and_core_to_its_end(home: Home) -> None:
    core, aside = [home.stop()], ["nothing"]
    for _ in range(80):
        core.append(home.stop(core[-1]))
        aside.append(home.aside(aside[-1]))
    for each in core:
        home.lift(each)
    home.next_chapters()
    home.settle()
    home.reopen()
    assert home.alex.recall(core[40])
    assert home.alex.recall("nothing")
    assert home.at_hand() >= {*core, *aside[1:32]}
    assert aside[-1] not in home.at_hand()


@pytest.mark.parametrize("opened", [False, True])
def test_it_is_recalled_by_name_and_history_tells_of_it_all_along(home: Home, *, opened: bool) -> None:
    stop = home.stop()
    lift = home.lift(stop)
    home.settle()
    if opened:
        home.reopen()

    def told() -> set[StatementId]:
        return {each.id for each in home.alex.history((AT_END, ""), 100)}

    assert {stop, lift} <= told()
    assert home.alex.recall(lift)
    assert home.at_hand() == {stop, lift}
    home.alex.replica(home.alex.core)
    assert home.at_hand() == {stop, lift}


@pytest.mark.parametrize("reads", range(3))
def test_where_the_shelf_cannot_be_read_nothing_comes_back_in_part_and_all_of_it_later(home: Home, reads: int) -> None:
    stop = home.stop()
    lift = home.lift(stop)
    home.settle()
    home.reopen()
    about, left = Shelves.about, iter(range(reads))

    def failing(shelves: Shelves, name: str) -> AtHand:
        if next(left, None) is None:
            raise StoreError("The disk could not be read just now.")
        return about(shelves, name)

    with replaced(Shelves, "about", failing):
        if reads < 2:
            with pytest.raises(StoreError):
                home.alex.recall(stop)
            assert home.at_hand() == set()
        else:
            assert home.alex.recall(stop), "it is read no more often than there are names"
    assert home.alex.recall(stop)
    assert home.at_hand() == {stop, lift}


def test_nothing_is_read_from_the_disk_but_what_has_to_do_with_what_is_named(home: Home) -> None:
    stop = home.stop()
    lift = home.lift(stop)
    for _ in range(9):
        home.lift(home.stop())
    home.settle()
    home.reopen()
    assert home.alex.recall(lift)
    held = [each for each, _ in home.alex.sayings.everything()]
    assert {each.id for each in held if each.statement.kind.startswith("stop")} == {stop, lift}


def test_history_is_cut_where_it_is_asked_to_be(home: Home) -> None:
    for _ in range(3):
        home.lift(home.stop())
    home.settle()
    whole = home.alex.history((AT_END, ""), 100)
    assert [(each.at, each.id) for each in whole] == sorted(((each.at, each.id) for each in whole), reverse=True)
    assert home.alex.history((AT_END, ""), 2) == whole[:2]
    assert home.alex.history((whole[1].at, whole[1].id), 100) == whole[2:]


@pytest.mark.parametrize("opened", [False, True])
def test_the_history_of_one_kind_is_what_all_of_it_holds_of_that_kind(home: Home, *, opened: bool) -> None:
    for _ in range(3):
        home.lift(home.stop())
    home.stop()
    home.settle()
    if opened:
        home.reopen()
    whole = home.alex.history((AT_END, ""), 100)
    for kind in ("stop", "stop.lift", "stop.", "space.found"):
        wanted = [each for each in whole if each.kind == kind]
        assert len(wanted) == {"stop": 3 + opened, "stop.lift": 3, "space.found": opened}.get(kind, 0)
        assert home.alex.history((AT_END, ""), 100, kind) == wanted
        assert home.alex.history((AT_END, ""), 2, kind) == wanted[:2]
        if wanted:
            assert home.alex.history((wanted[0].at, wanted[0].id), 100, kind) == wanted[1:]
    assert home.alex.history((AT_END, ""), 100) == whole


def test_a_core_that_wakes_and_is_sealed_again_has_lost_nothing(home: Home) -> None:
    home.lift(home.stop())
    home.settle()
    before = {each.id for each in home.shelves.seals[home.alex.core].statements}
    home.reopen()
    news = home.stop()
    home.settle()
    assert {each.id for each in home.shelves.seals[home.alex.core].statements} == {*before, news}
    assert home.stay >= {news}
    home.reopen()
    assert home.at_hand() == {news}


def test_once_a_device_is_removed_nothing_of_core_is_judged_by_what_it_had_been(home: Home) -> None:
    stop = home.stop()
    tablet = add_device(home.alex, "tablet")
    _, (lift,) = tablet.write(None, [Say("stop.lift", answers=(stop,), home="core")], NOW, chance(16))
    deliver(tablet, home.alex, tablet.core)
    home.settle()
    assert home.at_hand() == set()
    remove(home.alex, tablet.keys.device)
    assert home.at_hand() == {stop, lift}


MUTANTS = {
    "news does not bring back what it answers": lambda: rewritten(
        Hand, "hear", ("*filterfalse(self._sayings.at_hand, spoken_of(each))", "")
    ),
    "news does not bring back what speaks of it": lambda: rewritten(
        Hand, "hear", ("(each.id, *filterfalse", "('', *filterfalse")
    ),
    "a part comes back of what is in memory": lambda: rewritten(
        Hand, "_bring", ("near += (learnt.id, *spoken_of(learnt))", "pass")
    ),
    "what speaks of what comes back from memory does not": lambda: rewritten(
        Hand, "_bring", ("(learnt.id, *spoken_of(learnt))", "spoken_of(learnt)")
    ),
    "what that speaks of which comes back from memory does not": lambda: rewritten(
        Hand, "_bring", ("(learnt.id, *spoken_of(learnt))", "(learnt.id,)")
    ),
    "a part comes back of what is on the disk": lambda: rewritten(
        Hand, "_bring", ("near += (each.id, *each.names)", "pass")
    ),
    "what speaks of what comes back from the disk does not": lambda: rewritten(
        Hand, "_bring", ("near += (each.id, *each.names)", "near += each.names")
    ),
    "what that speaks of which comes back from the disk does not": lambda: rewritten(
        Hand, "_bring", ("near += (each.id, *each.names)", "near += (each.id,)")
    ),
    "what a chapter says of it does not come back": lambda: rewritten(
        Hand, "_bring", ("far.extendleft(each.names)", "del fresh[each.document, each.id]")
    ),
    "what a chapter leads to does not come back": lambda: rewritten(
        Hand, "_bring", ("far.extendleft(each.names)", "pass")
    ),
    "core is followed as far as a chapter": lambda: rewritten(
        Hand, "_bring", ("if library.is_core(each.document):", "if False:")
    ),
    "chapters are followed to their end": lambda: rewritten(
        Hand, "_bring", ("if library.is_core(each.document):", "if True:")
    ),
    "what is read comes back although more could not be": lambda: rewritten(
        Hand, "_bring", ("fresh[each.document, each.id] = each", "self.take(AtHand((each,)))")
    ),
    "the shelf does not know what a statement answers": lambda: rewritten(
        Shelves, "about", ("(e.id, *e.names)", "(e.id, *e.names[:1])")
    ),
    "all of core is read": lambda: rewritten(Hand, "recall", ("return self", "self.reopen(); return self")),
    "a core that wakes is at hand": lambda: rewritten(
        Space, "_woken", ("rested and self.library.is_core(document)", "False")
    ),
    "what is away is not sealed": lambda: rewritten(Sayings, "said_in", ("self.everything()", 'self.of("")')),
    "a removal changes nothing": lambda: rewritten(Space, "_news", ("self.membership.cuts != cuts", "False")),
    "history leaves out what is away": lambda: rewritten(Hand, "history", ("islice(awake, count)", "()")),
}


def stories() -> Iterator[Callable[[Home], None]]:
    yield test_what_is_finished_is_not_at_hand_and_what_stands_is
    whole, back = test_it_comes_back_whole_from_whichever_end_it_is_spoken_of, test_news_that_speaks_of_it_brings_back
    for opened in (True, False):
        yield from (partial(whole, spoken_of=end, opened=opened) for end in (0, 3))
        yield partial(back, opened=opened, awake=not opened)
    yield test_news_in_a_chapter_does_so_while_core_rests
    in_a_chapter = test_what_was_said_of_it_in_a_chapter_comes_back_with_it_and_leads_on
    yield from (partial(in_a_chapter, spoken_of=end) for end in range(2))
    yield test_what_was_said_of_it_before_it_is_here_comes_back_with_it
    yield test_chapters_lead_only_so_far_and_core_to_its_end
    yield partial(test_it_is_recalled_by_name_and_history_tells_of_it_all_along, opened=False)
    yield partial(test_where_the_shelf_cannot_be_read_nothing_comes_back_in_part_and_all_of_it_later, reads=1)
    yield test_nothing_is_read_from_the_disk_but_what_has_to_do_with_what_is_named
    yield test_a_core_that_wakes_and_is_sealed_again_has_lost_nothing
    yield test_once_a_device_is_removed_nothing_of_core_is_judged_by_what_it_had_been


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_violation_is_noticed(name: str) -> None:
    def all_told() -> None:
        for story in stories():
            story(Home())

    with MUTANTS[name](), pytest.raises((AssertionError, KeyError)):
        all_told()
