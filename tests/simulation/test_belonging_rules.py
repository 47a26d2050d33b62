"""People and devices, between whole devices: leaving, refusing and erasing are one's own, and say nothing."""

from collections.abc import Mapping
from functools import partial
from random import Random
from typing import Final

import pytest
from hypothesis import strategies as st

from collar_sync.core import events, parting
from collar_sync.core.membership import LEAVE
from collar_sync.errors import NotAllowed
from collar_sync.testing.device import done
from collar_sync.testing.world import World
from tests.domain.planting import Mutant, noticed, over, words
from tests.simulation.talking import HOUR, Person, people

seeds = st.integers(0, 1 << 16)


def lived(seed: int) -> tuple[World, list[Person], Random]:
    """Three people who have said this and that, not all of which has arrived."""
    world, everyone = people("Alex", "Sam", "Kim", seed=seed)
    chance = Random(seed)  # noqa: S311 - one seed replays it
    for _ in range(chance.randrange(6)):
        person = chance.choice(everyone)
        done(person.pauses.pause() if chance.random() < 0.5 else person.presence.hide())
        for _ in range(chance.randrange(30)):
            world.step()
    world.settle()
    chance.shuffle(everyone)
    return world, everyone, chance


def said(person: Person) -> dict[str, str]:
    """What this person's device heard: by id, who said it and of which kind."""
    return {each.id: f"{each.author} {each.kind}" for each in person.device.space.statements("")}


def connected(one: Person, other: Person) -> bool:
    space, engine = one.device.space, one.device.engine
    assert engine is not None
    peer = engine.links.peers[space.id, other.device.space.keys.device]
    return peer.link is not None and engine.links.get(peer.link) is not None


@over(seeds, st.booleans(), share=1 / 16)
def test_leaving_is_said_where_its_person_chose_so_and_else_nothing_is(seed: int, tell: object) -> None:
    world, (one, other, third), _ = lived(seed)
    before, me = said(other), one.id
    world.answer(one.device, lambda number: events.Leave(number, one.device.space.id, tell=bool(tell)))
    world.go_on(40_000, each=5_000)
    for each in (other, third):
        new = {said(each)[name] for name in said(each).keys() - before.keys()}
        assert new == ({f"{me} {LEAVE}"} if tell else set())
        assert each.device.space.people()[me].left == bool(tell)
        assert not connected(each, one)
    assert connected(other, third)
    assert one.device.space.over
    with pytest.raises(NotAllowed):
        done(one.pauses.pause())


@over(seeds, share=1 / 16)
def test_refusing_a_device_is_said_to_nobody_and_changes_nothing_for_others_and_can_be_taken_back(seed: int) -> None:
    world, (one, other, third), _ = lived(seed)
    refused = other.device.space.keys.device
    before = [said(each) for each in (one, other, third)]
    for refuse in (True, False):
        world.answer(one.device, partial(events.Choose, space=one.device.space.id, device=refused, refuse=refuse))
        world.go_on(40_000, each=5_000)
        assert [said(each) for each in (one, other, third)] == before
        assert connected(other, third)
        assert connected(one, third)
        assert connected(one, other) is not refuse
        assert not other.device.space.over
        assert not other.device.space.people()[one.id].left


@over(seeds, share=1 / 16)
def test_nobody_takes_anybody_elses_device_out(seed: int) -> None:
    world, (one, other, third), _ = lived(seed)
    before = [said(each) for each in (one, other, third)]
    out = partial(events.RemoveDevice, space=one.device.space.id, device=other.device.space.keys.device)
    with pytest.raises(NotAllowed):
        world.answer(one.device, out)
    world.go_on(20_000, each=5_000)
    assert [said(each) for each in (one, other, third)] == before
    assert connected(one, other)


@over(seeds, share=1 / 16)
def test_erasing_here_is_said_to_nobody_and_erases_nothing_elsewhere(seed: int) -> None:
    world, (one, other, third), _ = lived(seed)
    before, me = [said(each) for each in (other, third)], one.id
    world.answer(one.device, partial(_erase, one))
    world.go_on(40_000, each=5_000)
    assert [said(each) for each in (other, third)] == before
    assert not other.device.space.people()[me].left
    assert connected(other, third)
    world.wait(HOUR)
    assert [said(each) for each in (other, third)] == before


def _erase(person: Person, number: int) -> events.Event:
    return events.Erase(number, person.device.space.id)


LEAVING: Final = test_leaving_is_said_where_its_person_chose_so_and_else_nothing_is
REFUSING: Final = test_refusing_a_device_is_said_to_nobody_and_changes_nothing_for_others_and_can_be_taken_back
ERASING: Final = test_erasing_here_is_said_to_nobody_and_erases_nothing_elsewhere
SAYS: Final = "self._say(space, [Say(LEAVE, home='core')], 1 << 40, turn)"

MUTANTS: Final[Mapping[str, Mutant]] = {
    each.name: each
    for each in (
        Mutant("leaving is always told", words(parting.Parting, "leave", ("if event.tell:", "if True:")), LEAVING),
        Mutant("leaving is never told", words(parting.Parting, "leave", ("if event.tell:", "if False:")), LEAVING),
        Mutant(
            "a refusal is told",
            words(parting.Parting, "choose", ("self._company.meet(", f"{SAYS}; self._company.meet(")),
            REFUSING,
        ),
        Mutant(
            "a refused device stays in company",
            words(parting.Parting, "choose", ("self._vault.choices[space.id, event.device] = event.refuse", "pass")),
            REFUSING,
        ),
        Mutant(
            "to erase is to leave with a word",
            words(parting.Parting, "erase", ("space.ended = Ending.ERASED", f"{SAYS}; space.ended = Ending.ERASED")),
            ERASING,
        ),
    )
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_violation_is_noticed(name: str) -> None:
    with MUTANTS[name].plant():
        assert noticed(MUTANTS[name].property, examples=20)
