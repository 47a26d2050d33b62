"""Each rule of ordinary days and of the private side as a property over arbitrary histories; and whatever peers say."""

from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync.core.statement import Said
from collar_sync.domain import checkin, moment, slip, slips, update
from collar_sync.domain.problems import problems
from collar_sync.domain.sentences import Folk, sentence
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.errors import InvalidInput, LocalError
from collar_sync.testing.mutants import replaced
from tests.domain.histories import json
from tests.domain.plain import DAY, HOUR, MAY_DAY, Household, PlainLedger, run
from tests.domain.repair_lives import KINDS, NAMES, live, repairs

SHARED: Final = ("checkin.share", "moment.share", "update.share", "slip.share")


class Day:
    """A household after an arbitrary history of ordinary days, and what each device was told to share."""

    def __init__(self, seed: int, people: int, steps: int) -> None:
        self.home = Household(*NAMES[:people])
        self.told: dict[str, list[str]] = {kind: [] for kind in SHARED}  # what authors themselves said aloud
        self.kept: list[str] = []  # what they did not
        chance = Random(seed)  # noqa: S311 - one seed replays a history
        for number in range(steps):
            ledger = chance.choice(self.home.ledgers)
            ledger.clock += chance.choice([0, HOUR, DAY, -90 * DAY])
            self.step(ledger, f"words {number}.", chance)

    def step(self, ledger: PlainLedger, words: str, chance: Random) -> None:
        acts: dict[str, Callable[[], Any]] = {
            "keep": lambda: self.keep(ledger, words, chance),
            "check in": lambda: self.share("checkin.share", words, ledger, chance),
            "moment": lambda: self.tell("moment.share", words, ledger.moments.share(words)),
            "update": lambda: self.tell("update.share", words, ledger.updates.share(feeling=words)),
            "slip": lambda: self.share("slip.share", words, ledger, chance),
            "not now": lambda: run(ledger.check_ins.share(run(ledger.check_ins.not_now()).id)),
            "device": lambda: len(self.home.ledgers) < 6 and self.home.second_device(ledger.owner.name),
            "meet": self.home.sync,
            "lie": lambda: self.lie(ledger, chance),
        }
        acts[chance.choice(list(acts))]()

    def keep(self, ledger: PlainLedger, words: str, chance: Random) -> None:
        self.kept.append(words)
        acts: list[Callable[[], Any]] = [
            lambda: ledger.journal.write(words),
            lambda: ledger.check_ins.write("tired", need=words),
            lambda: ledger.slips.write(words, chance.choice(list(SlipKind))),
            lambda: ledger.safety.write("coercion", words),
            lambda: ledger.journal.drafts.write(words),
        ]
        run(chance.choice(acts)())

    def tell(self, kind: str, words: str, act: Coroutine[Any, Any, object]) -> None:
        self.told[kind].append(words)
        run(act)

    def share(self, kind: str, words: str, ledger: PlainLedger, chance: Random) -> None:
        """Write it and share it, some of them twice."""
        self.told[kind].append(words)
        for draft in [self._written(kind, words, ledger, chance)] * chance.choice([1, 2]):
            run(ledger.check_ins.share(draft) if kind == "checkin.share" else ledger.slips.share(draft))

    @staticmethod
    def _written(kind: str, words: str, ledger: PlainLedger, chance: Random) -> str:
        if kind == "checkin.share":
            return run(ledger.check_ins.write("steady", need=words)).id
        return run(ledger.slips.write(words, chance.choice(list(SlipKind)))).id

    def lie(self, ledger: PlainLedger, chance: Random) -> None:
        kind = chance.choice([*SHARED, "update.request", "checkin.ask", "moment.count"])
        everybody = sorted(self.home.people)
        bodies: dict[str, dict[str, Any]] = {
            "checkin.share": {"not_now": True, "need": "asked for", "arriving": ["x"]},
            "slip.share": {"sentence": "said of another", "kind": "threat", "parties": everybody},
        }
        ledger.say(kind, "", bodies.get(kind, {"of": everybody[0]}))


def over_days(test: Callable[[Day], None]) -> Callable[[], None]:
    few = settings(max_examples=max(1, settings().max_examples // 4))
    days = st.builds(Day, st.integers(0, 1 << 32), st.integers(2, 4), st.integers(0, 40))
    return few(given(days)(test))


def read(said: list[Said], home: Household) -> Any:
    nouns = (checkin.CHECK_IN, moment.MOMENT, update.UPDATE, slip.SLIP)
    return (*([*noun.read(said, home.people)[0].values()] for noun in nouns), problems(said, home.people))


@over_days
def test_what_its_author_did_not_share_is_with_nobody_else(day: Day) -> None:
    day.home.sync()
    said = repr(day.home.everything())
    assert [words for words in day.kept if repr(words)[1:-1] in said] == []


@over_days
def test_what_is_read_is_what_its_author_shared_and_by_nobody_else(day: Day) -> None:
    said = day.home.everything()
    by = {each.id: each for each in said}
    check_ins, moments, updates, slips, _ = read(said, day.home)
    assert sorted(each.need for each in check_ins if each.need) == sorted(day.told["checkin.share"])
    assert sorted(each.text for each in moments) == sorted(day.told["moment.share"])
    assert sorted(each.feeling for each in updates) == sorted(day.told["update.share"])
    assert sorted(each.sentence for each in slips) == sorted(day.told["slip.share"])
    for each in (*check_ins, *moments, *updates):
        assert each.person == by[getattr(each, "said", None) or each.id].author


@over_days
def test_not_now_says_nothing_more(day: Day) -> None:
    for each in checkin.CHECK_IN.read(day.home.everything(), day.home.people)[0].values():
        assert not each.not_now or (each.arriving, each.need, each.gratitude) == ((), "", "")


@over_days
def test_nothing_that_asks_for_something_is_read(day: Day) -> None:
    asking = {each.id for each in day.home.everything() if each.kind not in SHARED}
    named = {each.statement for each in problems(day.home.everything(), day.home.people)}
    assert asking <= named


@over_days
def test_whoever_heard_the_same_reads_the_same_and_a_removed_device_adds_nothing(day: Day) -> None:
    said = day.home.everything()
    assert read(said[::-1], day.home) == read(said, day.home)
    cut = {ledger.owner.devices[0] for ledger in day.home.ledgers[len(day.home.people) :]}
    marked = [msgspec.structs.replace(each, beyond_cut=each.device in cut) for each in said]
    kept = [each for each in said if each.device not in cut]
    assert read(marked, day.home)[:-1] == read(kept, day.home)[:-1]


@over_days
def test_a_kind_that_comes_up_again_is_told_to_nobody(day: Day) -> None:
    before = day.home.everything()
    for ledger in day.home.ledgers:
        again = _again(ledger)
        assert _helped(ledger) == again
    assert day.home.everything() == before


@over_days
def test_a_kind_that_comes_up_again_is_noticed_however_much_of_it_rests(day: Day) -> None:
    chance = Random(len(day.home.everything()))  # noqa: S311 - one seed replays a history
    day.home.sync()
    for ledger in day.home.ledgers:
        again = _again(ledger)
        ledger.shelf.update(ledger.heard)  # a part of it is at hand too, as where core was awake
        for each in chance.sample(sorted(ledger.heard), chance.randint(0, len(ledger.heard))):
            del ledger.heard[each]
        with replaced(slips, "_READ_AT_ONCE", chance.randint(1, 3)):
            assert _helped(ledger) == again


def _again(ledger: PlainLedger) -> set[SlipKind]:
    """The kinds of which there are two or more, where all that was said is at hand."""
    own = {each.id: each.kind for each in ledger.slips.mine()}
    others = [each.kind for each in ledger.slips.all() if each.person != ledger.me or each.draft not in own]
    return {kind for kind in SlipKind if [*own.values(), *others].count(kind) > 1 and kind is not SlipKind.OTHER}


def _helped(ledger: PlainLedger) -> set[SlipKind]:
    return {kind for kind in SlipKind if ledger.slips.outside_help(kind) is not None}


SMALLER: Final = (
    *("It was only an hour", "that is no big deal", "you overreacted", "it was kind of late", "everyone does it"),
    *("I was late but you knew", "you made me wait", "I didn't mean it", "you always wait"),
)


@over_days
def test_a_phrase_that_makes_it_smaller_is_shown_to_whoever_writes_it_and_stands_in_nobodys_way(day: Day) -> None:
    for number, ledger in enumerate(day.home.ledgers):
        words = SMALLER[(number + len(day.kept)) % len(SMALLER)]
        draft = run(ledger.slips.write(words, SlipKind.OTHER))
        assert [hint for hint in draft.hints if hint.phrase in words.lower() and hint.why]
        assert run(ledger.slips.share(draft.id)).sentence == words


@over_days
def test_what_was_shared_stays_said_as_it_was_and_its_draft_is_its_authors(day: Day) -> None:
    for ledger in day.home.ledgers:
        draft = run(ledger.slips.write("As it was.", SlipKind.OTHER))
        shared = run(ledger.slips.share(draft.id))
        said = set(ledger.heard)
        run(ledger.slips.edit(draft.id, "As I would say it now."))
        run(ledger.slips.remove(draft.id))
        assert ledger.slips.get(shared.id).sentence == "As it was."
        assert set(ledger.heard) == said


@over_days
def test_nothing_of_an_ordinary_day_is_counted(day: Day) -> None:
    day.home.sync()
    for ledger in day.home.ledgers:
        for each in (*ledger.moments.all(), *ledger.updates.all(), *ledger.check_ins.all(), *ledger.slips.all()):
            numbers = {name for name in each.__struct_fields__ if type(getattr(each, name)) in {int, float}}
            assert numbers <= {"at"}


VALID: Final[dict[str, dict[str, Any]]] = {
    "slip.share": {"sentence": "s", "kind": "other", "parties": [], "mine": True},
    "repair.ready": {"round": 1, "stage": "debrief"},
    "repair.talk": {"round": 1, "at": MAY_DAY + HOUR},
    "repair.facts": {"round": 1, "text": "t"},
    "repair.plan": {"round": 1, "changes": ["c"], "commitments": [{"title": "t", "for": "x", "repeat": "FREQ=DAILY"}]},
    "repair.weekly": {"round": 1, "weekday": 0, "starts": "18:00", "ends": "18:30", "zone": "Europe/Berlin"},
    "repair.part": {"round": 1, "impact": "i"},
    "repair.word": {"round": 1, "still_wary": True},
    "checkin.share": {"arriving": ["steady"], "need": "n", "not_now": False},
    "moment.share": {"text": "t"},
    "update.share": {"changed": "c"},
}
spoilt = st.tuples(st.sampled_from(sorted(VALID)), st.integers(0, 9), json)
anything = st.tuples(
    st.sampled_from([*KINDS, *SHARED, "repair."]), st.dictionaries(st.text(max_size=8), json, max_size=3)
)


@settings(max_examples=40)
@given(st.integers(0, 1 << 32), st.lists(spoilt, max_size=8), st.lists(anything, max_size=8))
def test_no_body_whatever_breaks_what_is_read(
    seed: int, almost: list[tuple[str, int, Any]], strange: list[tuple[str, dict[str, Any]]]
) -> None:
    home = live(seed, 2, 30)
    alex = home.ledgers[0]
    (about, *_) = [each.id for each in home.everything() if each.kind == "slip.share"]
    said_too = list(strange)
    for kind, field, value in almost:
        body = {**VALID[kind], **({"parties": sorted(home.people)} if kind == "slip.share" else {})}
        body[sorted(body)[field % len(body)]] = value
        said_too.append((kind, body))
    for kind, body in said_too:
        try:
            alex.say(kind, about, body, [about])
        except InvalidInput:
            continue  # not a statement at all: it never gets as far as a fold
    said = home.everything()
    read(said, home)
    folk = Folk(alex.me, home.people, said)
    for view in repairs(home).values():
        view.weekly_talk(MAY_DAY)
        assert all(view.next_step(person) for person in home.people)
    assert [text for each in said if (text := sentence(each, folk)) == ""] == []


def test_a_time_of_day_with_more_behind_it_is_none() -> None:
    home = live(1, 2, 0)
    alex, sam = home.ledgers
    (slip_up,) = alex.slips.all()
    for _ in range(3):
        for ledger in (alex, sam):
            run(ledger.repairs.ready(slip_up.id))
            home.sync()
    alex.say("repair.weekly", slip_up.id, {**VALID["repair.weekly"], "ends": "18:30\n"})
    assert alex.repairs.get(slip_up.id).weekly.current == ()
    with pytest.raises(LocalError):
        run(alex.repairs.propose_weekly(slip_up.id, 0, "18:00", "25:00", "Europe/Berlin"))
