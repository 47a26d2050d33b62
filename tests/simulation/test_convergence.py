"""Three replicas, anything written in any order, over connections that break and devices that crash: they converge.

The whole production engine runs here, with real channels, real Automerge and real signatures; only sockets, disks and
clocks are simulated. A failing example prints the steps; they replay it.
"""

import functools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync.core import events
from collar_sync.core.edits import SetFields, SetText
from collar_sync.domain.consent import State
from collar_sync.domain.consents import Consents
from collar_sync.domain.pause import Pauses
from collar_sync.domain.tasks import Tasks
from collar_sync.errors import LocalError
from tests.simulation.world import Device, Disk, SimulatedLedger, World, done, found_space

NAMES = ("Alex", "Sam", "Kim")
RECORDS = ("fern", "cabin")


@functools.cache
def paired_disks() -> dict[str, Disk]:
    """The disks of three devices that have paired; each example starts from copies of them."""
    world = World(0)
    for name in NAMES:
        world.add(name)
    found_space(world, NAMES)
    world.locate_all()
    world.settle()
    assert all(len(device.space.people()) == len(NAMES) for device in world.devices.values())
    return {name: device.disk for name, device in world.devices.items()}


class Life:
    """Three people with a paired device each, and everything that may happen to them."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        for name in NAMES:
            self.world.add(name, paired_disks()[name].copy())
        self.world.locate_all()
        while self.world.step():
            pass  # everybody is connected when the story begins
        self.revoked: set[str] = set()

    def device(self, who: int) -> Device:
        return self.world.devices[NAMES[who % len(NAMES)]]

    def ledger(self, who: int) -> SimulatedLedger:
        return SimulatedLedger(self.world, self.device(who))

    def set_field(self, who: int, what: int) -> None:
        self._write(who, SetFields("note", RECORDS[what % len(RECORDS)], {"line": f"{who}/{what}", "count": what}))

    def set_text(self, who: int, what: int) -> None:
        words = ["once", "upon", "a", "quiet", "evening", "by", "the", "fire"]
        text = " ".join(words[what % len(words) :] + words[: what % 3])
        record = RECORDS[what % len(RECORDS)]
        self._write(who, SetText("note", record, "body", text))
        assert self.ledger(who).records("note")[record]["body"] == text

    def ask(self, who: int, what: int) -> None:
        others = [person for person in self.device(who).space.people() if person != self.device(who).space.me]
        done(Tasks(self.ledger(who)).ask(f"task {what}", of=others[what % len(others)]))

    def answer_task(self, who: int, what: int) -> None:
        tasks = Tasks(self.ledger(who))
        mine = [task for task in tasks.all() if task.for_person == self.device(who).space.me]
        if mine:
            task = mine[what % len(mine)]
            acts = (tasks.accept, tasks.decline, tasks.done, tasks.undo)
            self._try(lambda: acts[what % len(acts)](task.id))

    def propose(self, who: int, what: int) -> None:
        consents = Consents(self.ledger(who))
        self._try(lambda: consents.propose(f"purpose {what}", ["mornings"], ["photos"], ["the two of us"]))

    def answer_consent(self, who: int, what: int) -> None:
        consents = Consents(self.ledger(who))
        there = consents.all()
        if there:
            consent = there[what % len(there)]
            acts = (consents.grant, consents.decline, consents.pause, consents.resume)
            self._try(lambda: acts[what % len(acts)](consent.id))

    def revoke(self, who: int, what: int) -> None:
        """A revoke ends the consent at once where it is said."""
        consents = Consents(self.ledger(who))
        there = consents.all()
        if there:
            consent = there[what % len(there)]
            if self._try(lambda: consents.revoke(consent.id)):
                self.revoked.add(consent.id)
                assert consents.get(consent.id).state(self.ledger(who).now()) is State.REVOKED

    def pause(self, who: int, what: int) -> None:
        pauses = Pauses(self.ledger(who))
        self._try(pauses.pause if what % 3 else pauses.lift)

    def part(self, who: int, what: int) -> None:
        pair = frozenset((self.device(who).name, self.device(what).name))
        self.world.parted ^= {pair} if len(pair) > 1 else set()
        for pipe in list(self.world.pipes):
            if frozenset(device.name for device, _ in pipe.ends) in self.world.parted:
                self.world.cut(pipe)

    def cut(self, _who: int, what: int) -> None:
        if self.world.pipes:
            self.world.cut(self.world.pipes[what % len(self.world.pipes)])

    def crash(self, who: int, _what: int) -> None:
        """What was not on the disk is lost, unless it had been sent; nobody had been told that it was kept."""
        self.world.crash(self.device(who))
        self.revoked = set(filter(self._is_somewhere, self.revoked))

    def let_happen(self, _who: int, what: int) -> None:
        for _ in range(3 * what):
            self.world.step()

    def wait(self, _who: int, what: int) -> None:
        self.world.wait(what * 100)

    def rest(self) -> None:
        """Everything is connected again, and quiet."""
        self.world.parted.clear()
        self.world.settle()

    def _write(self, who: int, *edits: Any) -> None:
        device = self.device(who)
        document = device.space.home("chapter")
        self.world.request(device, lambda number: events.Write(number, device.space.id, document, edits))

    def _try(self, act: Callable[[], Any]) -> bool:
        try:
            done(act())
        except LocalError:
            return False  # a thing that this person may not do now
        return True

    def _is_somewhere(self, consent: str) -> bool:
        """Whether a revocation of it is on some device or on the way to one."""
        return any(
            Consents(SimulatedLedger(self.world, device)).get(consent).revoked_by
            for device in self.world.devices.values()
            if any(each.id == consent for each in Consents(SimulatedLedger(self.world, device)).all())
        )


STEPS = (
    "set_field", "set_text", "ask", "answer_task", "propose", "answer_consent", "revoke", "pause",
    "part", "cut", "crash", "let_happen", "let_happen", "wait",
)  # fmt: skip

happening = st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 40))
steps = st.lists(happening, min_size=5, max_size=60)


def folds(device: Device, world: World) -> Any:
    """What the domain makes of everything this device has."""
    ledger = SimulatedLedger(world, device)
    now = ledger.now()
    return (
        [(consent, consent.state(now)) for consent in sorted(Consents(ledger).all(), key=lambda each: each.id)],
        sorted(Tasks(ledger).all(), key=lambda each: each.id),
        sorted(Pauses(ledger).standing(), key=repr),
        ledger.records("note"),
        dict(ledger.people()),
    )


def live_and_converge(happenings: list[tuple[str, int, int]], seed: int) -> None:
    life = Life(seed)
    for name, who, what in happenings:
        getattr(life, name)(who, what)
    life.rest()
    first, *others = life.world.devices.values()
    for other in others:
        assert set(other.space.library) == set(first.space.library)
        for document in first.space.library.shared():
            assert other.space.replica(document).heads == first.space.replica(document).heads
        assert folds(other, life.world) == folds(first, life.world)
    for consent in life.revoked:
        for device in life.world.devices.values():
            ledger = SimulatedLedger(life.world, device)
            assert Consents(ledger).get(consent).state(ledger.now()) is State.REVOKED
    for device in life.world.devices.values():
        assert not device.space.problems


@settings(max_examples=120)
@given(steps, st.integers(0, 1 << 32))
def test_replicas_converge_to_equal_heads_and_equal_folds_whatever_happened(
    happenings: list[tuple[str, int, int]], seed: int
) -> None:
    live_and_converge(happenings, seed)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@settings(max_examples=2_000)
@given(st.lists(happening, min_size=40, max_size=200), st.integers(0, 1 << 32))
def test_replicas_converge_whatever_happened_in_long_lives(happenings: list[tuple[str, int, int]], seed: int) -> None:
    live_and_converge(happenings, seed)
