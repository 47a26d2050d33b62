"""What of core is finished is at hand no more, and all of it comes back as soon as anything speaks of it."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from collar_sync.core.durable import AtHand
from collar_sync.core.edits import Say
from collar_sync.core.hand import Hand
from collar_sync.core.people import Person
from collar_sync.core.sayings import Sayings
from collar_sync.core.space import Choice, Records, Space
from collar_sync.core.statement import AT_END, Said
from collar_sync.errors import StoreError
from collar_sync.ids import PersonId, StatementId
from collar_sync.testing.mutants import rewritten
from tests.core.story import NOW, chance, couple, deliver, keys_of, write
from tests.core.test_library import Shelves
from tests.core.test_removal import add_device, remove


def only_standing(
    said: Sequence[Said], _records: Records, _people: Mapping[PersonId, Person], _now: int, past: bytes
) -> Choice:
    """A stop is over once it was lifted; of all else everything stays. How often it was asked is remembered."""
    names: set[str] = {each.id for each in said if each.kind != "stop.lift" and not answered(each.id, said)}
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

    def stop(self, about: str = "") -> StatementId:
        return self._say(Say("stop", about, home="core"))

    def lift(self, *stops: StatementId, about: str = "") -> StatementId:
        return self._say(Say("stop.lift", about, answers=stops, home="core"))

    def _say(self, say: Say) -> StatementId:
        _, (identifier,) = self.alex.write(None, [say], NOW, chance(16))
        return identifier

    def settle(self) -> None:
        self.shelves.seals[self.alex.core], self.rest = self.alex.seal(self.alex.core)
        self.stay, _ = self.alex.settle(NOW)

    def reopen(self) -> None:
        """Close and open: what is at hand comes from the shelf, and core rests."""
        self.alex = Space(self.alex.id, self.alex.keys, self.shelves, only_standing)
        self.alex.library.open(self.alex.core, self.rest, private=False)
        kept = self.shelves.seals[self.alex.core].statements
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
def test_news_that_speaks_of_it_brings_back_all_that_belongs_to_it(home: Home, *, opened: bool, awake: bool) -> None:
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


def test_news_in_a_chapter_does_so_while_core_rests(home: Home) -> None:
    stop = home.stop()
    lift = home.lift(stop)
    home.settle()
    home.reopen()
    write(home.alex, Say("task.ask", stop))
    assert home.alex.core in home.alex.library.resting
    assert home.at_hand() == {stop, lift}


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


def test_where_the_shelf_cannot_be_read_once_nothing_of_core_is_overlooked_later(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = home.stop()
    lift = home.lift(stop)
    home.settle()
    home.reopen()
    with monkeypatch.context() as broken:
        broken.setattr(Shelves, "history", unreadable)
        with pytest.raises(StoreError):
            home.alex.recall(stop)
    assert home.alex.recall(stop)
    assert home.at_hand() == {stop, lift}


def unreadable(*_: object) -> None:
    raise StoreError("The disk could not be read just now.")


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
        Hand, "hear", ("(learnt.id, *spoken_of(learnt))", "(learnt.id,)")
    ),
    "a part comes back": lambda: rewritten(Sayings, "bring", ("waiting += spoken_of(self._away[each][0])", "pass")),
    "a core at rest is not known": lambda: rewritten(Hand, "_know", ("in self._unknown()", "in ()")),
    "a core that wakes is at hand": lambda: rewritten(
        Space, "_woken", ("rested and self.library.is_core(document)", "False")
    ),
    "what is away is not sealed": lambda: rewritten(Sayings, "said_in", ("self.everything()", 'self.of("")')),
    "a removal changes nothing": lambda: rewritten(Space, "_news", ("self.membership.cuts != cuts", "False")),
    "history leaves out what is away": lambda: rewritten(Hand, "history", ("islice(awake, count)", "()")),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_violation_is_noticed(name: str) -> None:
    stories: list[Callable[[], None]] = [
        lambda: test_what_is_finished_is_not_at_hand_and_what_stands_is(Home()),
        lambda: test_news_that_speaks_of_it_brings_back_all_that_belongs_to_it(Home(), opened=True, awake=False),
        lambda: test_news_that_speaks_of_it_brings_back_all_that_belongs_to_it(Home(), opened=False, awake=True),
        lambda: test_news_in_a_chapter_does_so_while_core_rests(Home()),
        lambda: test_it_is_recalled_by_name_and_history_tells_of_it_all_along(Home(), opened=False),
        lambda: test_a_core_that_wakes_and_is_sealed_again_has_lost_nothing(Home()),
        lambda: test_once_a_device_is_removed_nothing_of_core_is_judged_by_what_it_had_been(Home()),
    ]

    def all_told() -> None:
        for story in stories:
            story()

    with MUTANTS[name](), pytest.raises((AssertionError, KeyError)):
        all_told()
