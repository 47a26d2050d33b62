"""What is private leaves no trace on any wire: real engines, their frames byte for byte, and everyone else's store.

The same life is lived twice with the same chance, once with a journal, drafts and notes about safety, once without.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from collar_sync.core import library, talk
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.events import Effect, Event, Send, Written
from collar_sync.domain.checkin import CheckIns
from collar_sync.domain.drafts import Drafts
from collar_sync.domain.help import Help
from collar_sync.domain.journal import Journal
from collar_sync.domain.private import Drawer
from collar_sync.domain.repair_writing import RepairWriting
from collar_sync.domain.safety import Safety
from collar_sync.domain.scripts import Scripts
from collar_sync.domain.slips import Slips
from collar_sync.errors import LocalError
from collar_sync.testing import Violation, World, done, found_space
from collar_sync.testing.device import Device, Ledger
from collar_sync.testing.mutants import replaced, rewritten

NAMES: tuple[str, ...] = ("alex", "sam", "phone")
OWN = ("phone",)  # Alex's, too: what is private stays on the device where it was written
MARK = "nobody else reads this"


class Nouns:
    """What a person does in a space."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.journal = Journal(ledger)
        self.drafts = Drafts(ledger)
        self.safety = Safety(ledger)
        self.slips = Slips(ledger)
        self.repairs = RepairWriting(ledger)
        self.check_ins = CheckIns(ledger)
        self.scripts = Scripts(ledger)
        self.help = Help(ledger)


class Quiet(World):
    """A world in which private acts have a chance of their own, and all else happens in one fixed order."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.frames: list[bytes] = []
        self.plain: list[bytes] = []
        self._aside: random.Random | None = None

    def draw(self, size: int) -> bytes:
        return (self._aside or self.chance).randbytes(size)

    @contextmanager
    def aside(self, seed: int) -> Iterator[None]:
        """What happens inside draws from elsewhere, and is on the disk at the end."""
        self._aside = random.Random(seed)  # noqa: S311 - a simulation is replayed
        try:
            yield
            self.flush()
        finally:
            self._aside = None

    def flush(self) -> None:
        """All that waits to be written is, by no lot."""
        for device in self.running():
            while device.writing:
                store = device.writing.popleft()
                device.disk.write(store.batch)
                self.tell(device, Written(store.token))

    def step(self) -> bool:
        self.flush()
        return super().step()

    def _handle(self, device: Device, event: Event) -> tuple[list[Effect], list[Any]]:
        effects, messages = super()._handle(device, event)
        self.frames += [frame for effect in effects if isinstance(effect, Send) for frame in effect.frames]
        self.plain += [repr(message).encode() for message in messages]
        return effects, messages


async def written_and_put_back(journal: Journal) -> None:
    entry = await journal.write(MARK, prompt="knew")
    await journal.remove(entry.id)
    await journal.restore(entry.id)


async def half_written(drafts: Drafts) -> None:
    await drafts.keep("task", {"title": MARK})
    await drafts.keep("moment", {"line": MARK})
    await drafts.discard("task")


def private_acts(nouns: Nouns, slip: str) -> list[Callable[[], Any]]:
    """One of everything that is for nobody else."""
    return [
        lambda: written_and_put_back(nouns.journal),
        lambda: nouns.journal.drafts.write(MARK),
        lambda: nouns.journal.contacts.write(MARK, MARK, MARK),
        lambda: nouns.safety.write("coercion", MARK, about=slip),
        lambda: nouns.slips.write(MARK, "other"),
        lambda: nouns.check_ins.write(MARK[:20], MARK, MARK),
        nouns.check_ins.not_now,
        lambda: nouns.repairs.write_part(slip, facts=MARK, roots=MARK),
        lambda: nouns.repairs.write_apology(slip, regret=MARK),
        lambda: nouns.scripts.edit("hurt", [MARK], [MARK]),
        lambda: nouns.help.write(MARK, MARK),
        lambda: half_written(nouns.drafts),
    ]


def shared_acts(nouns: Nouns, slip: str) -> list[Callable[[], Any]]:
    return [
        lambda: nouns.repairs.begin(slip),
        lambda: nouns.repairs.ready(slip),
        lambda: nouns.repairs.step_out(slip),
        lambda: nouns.repairs.step_back(slip),
        lambda: nouns.repairs.take_back(slip),
        lambda: nouns.repairs.propose_talk(slip, nouns.ledger.now() + 3_600_000),
    ]


def lived(seed: int, *, privately: bool) -> tuple[Quiet, dict[str, Any]]:
    """One life, with or without what is private; and what everyone but Alex reads at its end."""
    world = Quiet(seed)
    for name in NAMES:
        world.add(name)
    found_space(world, NAMES, own=OWN)
    people = {name: Nouns(world.ledger(world.devices[name])) for name in NAMES}
    alex = people["alex"]
    draft = done(alex.slips.write("You waited, since I did not call.", "promise-missed"))
    slip = done(alex.slips.share(draft.id)).id
    world.settle()
    chance = random.Random(seed)  # noqa: S311 - a simulation is replayed
    for turn in range(12):
        who, act = people[chance.choice(NAMES)], chance.randrange(6)
        world.flush()
        if privately:
            with world.aside(seed + turn):
                done(private_acts(alex, slip)[turn]())
        with suppress(LocalError):  # refused at the call: life goes on
            done(shared_acts(who, slip)[act]())
        if chance.random() < 0.3:
            world.settle()
    world.wait(90_000)  # what is quiet is sealed
    world.settle()
    return world, {name: everything_read(world.devices[name], people[name]) for name in NAMES[1:]}


def everything_read(device: Device, nouns: Nouns) -> Any:
    repairs = nouns.repairs.all()
    people = sorted(nouns.ledger.people())
    return (
        sorted(nouns.ledger.statements(""), key=lambda said: said.id),
        repairs,
        [(each.next_step(person), each.waiting_for) for each in repairs for person in people],
        sorted(device.space.library),
        {document: sorted(written.items()) for document, written in device.disk.written.items()},
        device.space.problems,
    )


def marks(world: Quiet, words: str = MARK) -> list[str]:
    """Where those words are that they must not be: in what was sent, before it is sealed, or with anybody but Alex."""
    found = ["sent" for plain in world.plain if words.encode() in plain]
    for name in NAMES[1:]:
        device = world.devices[name]
        found += [f"on {name}'s disk" for each in device.disk.written if words in repr(device.disk.load(each))]
        found += [f"with {name}" for said in device.space.statements("") if words in repr(said)]
    return found


def kept(world: Quiet) -> str:
    """All that Alex's device holds."""
    library = world.devices["alex"].space.library
    notes = world.ledger(world.devices["alex"]).notes()
    return repr([list(library.replica(document).records("")) for document in list(library)]) + repr(notes)


@pytest.mark.parametrize("seed", range(8))
def test_the_others_get_the_same_bytes_and_read_the_same_with_and_without_what_is_private(seed: int) -> None:
    world, read = lived(seed, privately=True)
    without, read_without = lived(seed, privately=False)
    assert world.frames == without.frames
    assert world.plain == without.plain
    assert read == read_without
    assert marks(world) == []
    assert kept(world).count(MARK) > kept(without).count(MARK) == 0


@contextmanager
def _written_among_the_others() -> Iterator[None]:
    async def put(self: Any, identifier: str, **fields: Any) -> None:
        await self._ledger.write(SetFields(self._kind, identifier, {**fields, "~removed": False}))
        await self._ledger.write_private(SetFields(self._kind, identifier, {**fields, "~removed": False}))

    with replaced(Drawer, "put", put):
        yield


@contextmanager
def _half_typed_among_the_others() -> Iterator[None]:
    async def keep(self: Any, form: str, words: dict[str, str]) -> None:
        await self._notes.write(SetFields("task", form, {**words}))

    with replaced(Drafts, "keep", keep):
        yield


@contextmanager
def _said_without_a_word() -> Iterator[None]:
    write = Safety.write

    async def telling(self: Any, kind: Any, words: str = "", *, about: str = "") -> Any:
        await self._ledger.write(Say("repair.ready", about, {"round": 1, "stage": "pause"}))
        return await write(self, kind, words, about=about)

    with replaced(Safety, "write", telling):
        yield


def _without(owner: Any, name: str, check: str) -> Any:
    return rewritten(owner, name, (check, "False"))


_PRIVATE = "each not in self.private and "
LEAKS: dict[str, Callable[[], Any]] = {
    "what is half typed is written among the others": _half_typed_among_the_others,
    "private records are written among the others": _written_among_the_others,
    "a note about safety says something that holds no word of it": _said_without_a_word,
    "a private document is pushed": lambda: rewritten(
        talk.Talk, "push", ("document in space.library.private", "False")
    ),
    "a private document is offered": lambda: rewritten(
        library.Library, "shared", ("each not in self.private and ", "")
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_noticed(name: str) -> None:
    without, read_without = lived(0, privately=False)
    with LEAKS[name]():
        try:
            world, read = lived(0, privately=True)
        except Violation:
            return  # the world itself watches for this
    assert world.frames != without.frames or read != read_without
