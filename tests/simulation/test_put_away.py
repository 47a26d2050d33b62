"""What was settled long ago is at hand on no device, and whatever anyone says of it later counts on all alike."""

import contextlib

import pytest

from collar_sync.core import events, vault
from collar_sync.core.edits import Home, Say
from collar_sync.domain.consents import Consents, State
from collar_sync.domain.pauses import Pauses
from collar_sync.errors import NotAllowed
from collar_sync.testing import Device, World, done, found_space
from collar_sync.testing.invariants import Violation
from collar_sync.testing.mutants import rewritten
from collar_sync.testing.quiet import settled

DAY = 24 * 60 * 60 * 1000


def shift(world: World, device: Device, milliseconds: int) -> None:
    device.clock.lose(milliseconds)
    world.tell(device, events.Tick())
    world.go_on()


def later(world: World, *reopened: Device) -> None:
    """Two months on; some devices are closed and opened, the others run all along."""
    for device in world.running():
        shift(world, device, 60 * DAY)
    for device in reopened:
        world.close(device)
        world.start(device)


class Story:
    """Alex and Sam, a consent that Sam withdrew, one that Sam declined, one that goes on, and a pause that is over."""

    def __init__(self) -> None:
        self.world = world = World(11)
        self.alex, self.sam = world.add("Alex"), world.add("Sam")
        found_space(world, ["Alex", "Sam"])
        mine, theirs = Consents(world.ledger(self.alex)), Consents(world.ledger(self.sam))
        self.withdrawn, self.declined, self.active = (
            done(mine.propose(name, ["a call"])).id for name in ("Mornings", "Evenings", "Sundays")
        )
        world.settle()
        done(theirs.grant(self.withdrawn))
        done(theirs.grant(self.active))
        done(theirs.revoke(self.withdrawn))
        done(theirs.decline(self.declined))
        pauses = Pauses(world.ledger(self.sam))
        done(pauses.pause())
        done(pauses.lift())
        world.settle()

    def at_hand(self, device: Device) -> set[str]:
        return {each.id for each in Consents(self.world.ledger(device)).all()}

    def state(self, device: Device, consent: str) -> State:
        ledger = self.world.ledger(device)
        return Consents(ledger).get(consent).state(ledger.now())


@pytest.mark.parametrize("crash", [False, True])
def test_what_is_over_is_not_at_hand_after_an_opening_and_what_goes_on_is(*, crash: bool) -> None:
    story = Story()
    later(story.world, story.alex)
    if crash:
        story.world.crash(story.alex)
        story.world.start(story.alex)
    assert story.at_hand(story.alex) == {story.active}
    assert not list(story.alex.space.statements("pause"))
    story.world.settle()


@pytest.mark.parametrize("reopened", ["nobody", "Alex", "Sam", "both"])
def test_a_yes_to_what_was_declined_long_ago_counts_on_both_and_one_to_what_was_withdrawn_on_none(
    reopened: str,
) -> None:
    story = Story()
    later(story.world, *(each for each in (story.alex, story.sam) if reopened in (each.name, "both")))
    theirs = Consents(story.world.ledger(story.sam))
    done(theirs.grant(story.declined))
    story.world.settle()
    for device in (story.alex, story.sam):
        assert story.declined in story.at_hand(device)
        assert story.state(device, story.declined) is State.ACTIVE
        assert story.state(device, story.withdrawn) is State.REVOKED


@pytest.mark.parametrize("granted", [False, True], ids=["change only proposed", "change granted"])
@pytest.mark.parametrize(("reopened", "said"), [("nobody", True), ("both", False), ("both", True)])
def test_what_was_withdrawn_by_way_of_its_change_stays_so_where_only_the_first_version_is_named(
    reopened: str, *, granted: bool, said: bool
) -> None:
    story = Story()
    ledgers = [story.world.ledger(each) for each in (story.alex, story.sam)]
    mine, theirs = map(Consents, ledgers)
    first = done(mine.propose("Walks", ["a call"])).id
    story.world.settle()
    done(theirs.grant(first))
    story.world.settle()
    second = done(mine.propose("Walks", ["a call", "a photo"], supersedes=first)).id
    story.world.settle()
    if granted:
        done(theirs.grant(second))
    done(theirs.revoke(second))
    later(story.world, *((story.alex, story.sam) if reopened == "both" else ()))
    assert any(first not in story.at_hand(each) for each in (story.alex, story.sam))
    if said:  # no more than altered software would: the library refuses to
        done(ledgers[0].write(Say("consent.grant", first, home="core")))
        story.world.settle()
    for device in (story.alex, story.sam):
        assert story.state(device, first) in {State.REVOKED, State.SUPERSEDED}
        assert story.state(device, second) is State.REVOKED


@pytest.mark.parametrize("said", ["consent", "chapter"])
def test_a_change_of_what_was_withdrawn_stays_under_that_no_where_the_device_was_killed_before_it_rested(
    said: str,
) -> None:
    """As altered software would propose it, in a chapter too: what it names is not among what was chosen before."""
    story = Story()
    later(story.world, story.alex)
    assert story.withdrawn not in story.at_hand(story.alex)
    theirs = story.world.ledger(story.sam)
    body = {"purpose": "Mornings", "includes": ["a call"], "parties": sorted(theirs.people())}
    body["supersedes"] = [story.withdrawn]
    home: Home = "core" if said == "consent" else "chapter"
    (changed,) = done(theirs.write(Say("consent.propose", body=body, answers=(story.withdrawn,), home=home)))
    story.world.settle()
    story.world.crash(story.alex)
    story.world.start(story.alex)
    mine = story.world.ledger(story.alex)
    assert {story.withdrawn, changed} <= {each.id for each in mine.statements("consent.")}
    with contextlib.suppress(NotAllowed):
        done(Consents(mine).grant(changed))
    assert story.state(story.alex, changed) is State.REVOKED
    story.world.settle()


def test_a_person_who_believes_the_clock_again_has_all_of_it_at_hand() -> None:
    story = Story()
    later(story.world, story.alex)
    shift(story.world, story.alex, -60 * DAY)
    assert story.world.answer(story.alex, events.BelieveClock) is None
    assert story.at_hand(story.alex) == {story.withdrawn, story.declined, story.active}


def test_a_choice_that_takes_what_goes_on_for_over_is_noticed() -> None:
    with rewritten(vault.Vault, "_settle", ("space.settle(self.floor.time)", "space.settle(1 << 52)")):
        story = Story()
        mine, ends = Consents(story.world.ledger(story.alex)), story.world.time(story.alex) + DAY
        done(mine.propose("Until tomorrow", ["a call"], until=ends))
        story.world.close(story.alex)
        story.world.start(story.alex)
        with pytest.raises(Violation, match="put away a consent that is proposed"):
            settled(story.alex, story.world.ledger(story.alex))


def test_a_device_that_was_killed_and_takes_what_it_chose_before_for_all_there_is_is_noticed() -> None:
    hear = "space.hand.hear(since.get(space.id, ()))"
    with rewritten(vault.Vault, "_open", (hear, "pass")), pytest.raises(AssertionError):
        test_a_change_of_what_was_withdrawn_stays_under_that_no_where_the_device_was_killed_before_it_rested("chapter")
