"""What people do in a world, and what happens to their laptops: by lot, each act with its weight.

An act that a person may not do just then is simply not done. Nothing here judges what comes of it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from collar_sync.core import events
from collar_sync.core.edits import Edit, Scalar, SetFields, SetText
from collar_sync.domain import presence
from collar_sync.domain.consent import State
from collar_sync.domain.consents import Consents
from collar_sync.domain.pauses import Pauses
from collar_sync.domain.presence import Presence
from collar_sync.domain.sharing import Sharings
from collar_sync.domain.tasks import Tasks
from collar_sync.errors import LocalError, NotAllowed, StoreError
from collar_sync.testing.clock import HOUR_MILLISECONDS
from collar_sync.testing.couple import give_up
from collar_sync.testing.device import Air, Device, done
from collar_sync.testing.hostile import Hostile
from collar_sync.testing.invariants import Violation
from collar_sync.testing.passing import MARK
from collar_sync.testing.world import World

_PEOPLE_LEFT_MIN: Final = 3  # somebody stays to be kept company with
_FORGERY_EVERY: Final = 3  # so many acts, where a device is in hostile hands
PRIVATE_WORDS: Final = "for nobody else to read"
RECORDS: Final = ("fern", "cabin", "boat")
WORDS: Final = ("once", "upon", "a", "quiet", "evening", "by", "the", "fire")


class Life:
    """A world and the acts that can happen in it.

    `newcomers` are devices that nobody has let in yet; `hostile` is what one of the devices does beside.
    """

    def __init__(self, world: World, newcomers: Sequence[str] = (), hostile: Hostile | None = None) -> None:
        self.world = world
        self._hostile = hostile
        self._newcomers = list(newcomers)
        self._acts: list[Callable[[Device], None]] = []
        self._weights: list[int] = []
        for weight, act in self._table():
            self._acts.append(act)
            self._weights.append(weight)

    def act(self) -> None:
        """Something that a person does, or that happens to a device."""
        chance = self.world.chance
        if self._hostile is not None and not chance.randrange(_FORGERY_EVERY):
            self._hostile.act()
            return
        device = chance.choice(list(self.world.devices.values()))
        if device.engine is None or device.failed or device.halted:
            self.reopen(device)
            return
        act = chance.choices(self._acts, self._weights)[0]
        try:
            act(device)
        except StoreError:
            self.world.counts["acts that a disk kept from"] += 1
        except LocalError:
            self.world.counts["acts not allowed"] += 1
        else:
            self.world.counts["acts"] += 1

    def _table(self) -> tuple[tuple[int, Callable[[Device], None]], ...]:
        return (
            (12, self.set_fields), (10, self.set_text), (8, self.ask), (10, self.answer_task), (6, self.propose),
            (12, self.answer_consent), (4, self.revoke), (6, self.disagree), (5, self.pause), (4, self.lift),
            (2, self.write_privately), (8, self.let_in), (3, self.remove), (1, self.leave),
            (3, self.part), (6, self.meet), (3, self.cut), (1, self.call_again),
            (2, self.crash), (2, self.crash_soon), (4, self.crash_over_a_write), (2, self.close),
            (1, self.fill_disk), (1, self.spoil_reads), (1, self.slow_disk),
            (6, self.tell), (2, self.hush), (3, self.show), (1, self.hide), (4, self.arrive),
            (8, self.share),
            (12, self.wait), (2, self.wait_long), (2, self.set_clock),
        )  # fmt: skip

    # --- people ---

    def set_fields(self, device: Device) -> None:
        """Edit fields of a note."""
        number = self.world.chance.randrange(1 << 16)
        fields: dict[str, Scalar] = {self.world.chance.choice(("line", "count", "colour")): number, "by": device.name}
        self._write(device, SetFields("note", self.world.chance.choice(RECORDS), fields))

    def set_text(self, device: Device) -> None:
        """Edit the text of a note."""
        chance, record = self.world.chance, self.world.chance.choice(RECORDS)
        ledger = self.world.ledger(device)
        words = str(ledger.records("note").get(record, {}).get("body", "")).split()
        place = chance.randint(0, len(words))
        words[place : place + chance.randrange(3)] = chance.sample(WORDS, chance.randrange(4))
        text = " ".join(words[:40])
        self._write(device, SetText("note", record, "body", text))
        if (
            device.engine is not None
            and self.world.ledger(device).records("note").get(record, {}).get("body", "") != text
        ):
            raise Violation(f"{device.name} reads another text than its person has just written.")

    def ask(self, device: Device) -> None:
        """Ask somebody for something, or promise it."""
        chance, ledger = self.world.chance, self.world.ledger(device)
        others = [person for person in ledger.people() if person != ledger.me]
        title = f"task {chance.randrange(1000)}"
        if chance.randrange(4) and others:
            done(Tasks(ledger).ask(title, of=chance.choice(others), details="as we said" * chance.randrange(2)))
        else:
            done(Tasks(ledger).promise(title))

    def answer_task(self, device: Device) -> None:
        """Accept, decline, do, undo or reword a task."""
        chance, tasks = self.world.chance, Tasks(self.world.ledger(device))
        there = [task for task in tasks.all() if device.space.me in {task.for_person, task.asked_by}]
        if there:
            task = chance.choice(there).id
            acts = (
                tasks.accept,
                tasks.decline,
                tasks.done,
                tasks.take_back,
                lambda task: tasks.rename(task, "other words"),
            )
            done(chance.choice(acts)(task))

    def propose(self, device: Device) -> None:
        """Propose a consent to all, for some hours or for good, perhaps in place of another."""
        chance, ledger = self.world.chance, self.world.ledger(device)
        consents = Consents(ledger)
        there = [consent.id for consent in consents.all()]
        until = None if chance.randrange(2) else ledger.now() + chance.randrange(1, 2 * HOUR_MILLISECONDS)
        replaced = chance.choice(there) if there and not chance.randrange(3) else None
        purpose = f"purpose {chance.randrange(1000)}"
        done(consents.propose(purpose, ["mornings"], ["photos"], ["us"], until=until, supersedes=replaced))

    def answer_consent(self, device: Device) -> None:
        """Grant, decline, pause or resume a consent."""
        chance, consents = self.world.chance, Consents(self.world.ledger(device))
        there = consents.all()
        if there:
            acts = (consents.grant, consents.grant, consents.grant, consents.decline, consents.pause, consents.resume)
            done(chance.choice(acts)(chance.choice(there).id))

    def revoke(self, device: Device) -> None:
        """Withdraw from a consent."""
        consents = Consents(self.world.ledger(device))
        there = consents.all()
        if there:
            consent = self.world.chance.choice(there).id
            done(consents.revoke(consent))
            if consents.get(consent).state(self.world.time(device)) is not State.REVOKED:
                raise Violation(f"{device.name} reads a consent otherwise than revoked that its person just revoked.")

    def disagree(self, device: Device) -> None:
        """Withdraw from a consent on one device while another person grants it on theirs."""
        other = self.world.devices[self._other(device)]
        if other.engine is None or not other.engine.spaces or other.failed or other.halted:
            return
        mine, theirs = Consents(self.world.ledger(device)), Consents(self.world.ledger(other))
        waiting = [each.id for each in theirs.all() if other.space.me in each.waiting_for]
        both = sorted({each.id for each in mine.all()}.intersection(waiting))
        if not both:
            self.propose(device)  # it may have come there when they next disagree
            return
        consent = self.world.chance.choice(both)
        done(mine.revoke(consent))
        done(theirs.grant(consent))

    def pause(self, device: Device) -> None:
        """Pause the space, once one is known to be in it."""
        if device.space.me not in device.space.people():
            return
        done(Pauses(self.world.ledger(device)).pause())

    def lift(self, device: Device) -> None:
        """Lift one's own pauses."""
        done(Pauses(self.world.ledger(device)).lift())

    def let_in(self, device: Device) -> None:
        """Show a code to a newcomer, who may mistype it, at this device's address or found on the network."""
        chance = self.world.chance
        if not self._newcomers:
            return
        newcomer = self.world.devices.get(self._newcomers[0]) or self.world.add(self._newcomers[0])
        if newcomer.engine is not None and newcomer.engine.spaces and not newcomer.awaits():
            self._newcomers.pop(0)
            return
        own = bool(chance.randrange(2))  # one more device of the same person
        code = str(chance.randrange(10_000_000, 100_000_000))
        typed = code if chance.randrange(5) else code[:-1] + str((int(code[-1]) + 1) % 10)
        address = events.Address(device.name, device.port) if chance.randrange(2) else None
        for asker, event in ((device, events.Invite), (newcomer, events.Join)):
            give_up(self.world, asker)
            if asker.engine is None:
                return
            make = (
                (lambda number, device=device: events.Invite(number, device.space.id, code, own))
                if event is events.Invite
                else (lambda number: events.Join(number, typed, newcomer.name, "laptop", address))
            )
            asker.asked.append(self.world.request(asker, make))
        device.announcing = True

    def remove(self, device: Device) -> None:
        """Remove another device of one's own, which does not know yet and goes on for a moment."""
        membership, chance = device.space.membership, self.world.chance
        own = [each.id for each in membership.devices.values() if each.person == device.space.me]
        own = [each for each in own if each not in {device.space.keys.device, *membership.removals}]
        if not own:
            return
        removed = chance.choice(sorted(own))
        name = self.world.truth.names.get(removed, "")  # it may not have been told yet which space it is in
        running = [each for each in self.world.running() if each.name == name and not each.failed and not each.halted]
        acting = running if chance.randrange(4) else []
        for other in acting:
            self.pause(other)
        self.world.request(device, lambda number: events.RemoveDevice(number, device.space.id, removed))
        self.world.counts["devices removed"] += 1
        for other in acting:
            self.lift(other)
            self.answer_consent(other)

    def leave(self, device: Device) -> None:
        """Leave, with a word or without; one of the first two people never does."""
        chance, others = self.world.chance, [person for person in device.space.people().values() if not person.left]
        if len(others) < _PEOPLE_LEFT_MIN or chance.randrange(3):
            return
        tell = bool(chance.randrange(2))
        self.world.request(device, lambda number: events.Leave(number, device.space.id, tell))
        self.world.counts["leavings"] += 1

    def write_privately(self, device: Device) -> None:
        """Write into a document of one's own."""
        truth, space = self.world.truth, device.space
        document = space.private_document("diary")
        truth.private[document] = device.name
        truth.private_words.add(PRIVATE_WORDS.encode())
        fields = SetFields("page", str(self.world.chance.randrange(3)), {"words": PRIVATE_WORDS})
        self.world.request(device, lambda number: events.Write(number, space.id, document, (fields,)))

    def _write(self, device: Device, *edits: Edit) -> None:
        done(self.world.ledger(device).write(*edits))

    # --- in passing ---

    def tell(self, device: Device) -> None:
        """Tell some of the others something in passing, for a second or an hour."""
        chance = self.world.chance
        others = [person for person in device.space.people() if person != device.space.me]
        told = chance.sample(others, chance.randint(min(1, len(others)), len(others)))
        self._air(device).tell(
            f"app/{chance.randrange(3)}", self._word(), told, chance.choice((1_000, HOUR_MILLISECONDS))
        )

    def hush(self, device: Device) -> None:
        """Take it back."""
        self._air(device).hush(f"app/{self.world.chance.randrange(3)}")

    def show(self, device: Device) -> None:
        """Let somebody see when one is here, for an hour or longer."""
        chance, ledger = self.world.chance, self.world.ledger(device)
        others = [person for person in ledger.people() if person != ledger.me]
        until = ledger.now() + chance.randint(1, 20) * HOUR_MILLISECONDS
        done(Presence(ledger, self._air(device)).show(chance.choice(others or [ledger.me]), until=until))

    def hide(self, device: Device) -> None:
        """Let nobody see it any more."""
        done(Presence(self.world.ledger(device), self._air(device)).hide())

    def arrive(self, device: Device) -> None:
        """Say that one is here; each time in words of its own, so that they can be told apart."""
        shown = [each.to for each in Presence(self.world.ledger(device), self._air(device)).mine()]
        self._air(device).tell(presence.WORD, self._word(), shown, presence.HERE_MILLISECONDS)

    def share(self, device: Device) -> None:
        """Share something live; where nothing covers that, offer it, or have the others agree to what was offered."""
        ledger = self.world.ledger(device)
        consents = Consents(ledger)
        face = Sharings(ledger, consents, self._air(device))
        try:
            face.tell("place", self._word().decode())
        except NotAllowed:
            open_ = [each for each in consents.all() if each.terms.flow and each.state(ledger.now()) is State.PROPOSED]
            if not open_:
                everyone = [person for person, known in ledger.people().items() if not known.left]
                until = ledger.now() + self.world.chance.randint(1, 20) * HOUR_MILLISECONDS
                done(face.propose("place", purpose="near", whose=everyone, until=until))
            for each in open_:
                self._agree(each.id)

    def _agree(self, consent: str) -> None:
        for device in self.world.running():
            if device.engine is not None and device.engine.spaces and not device.failed and not device.halted:
                with suppress(LocalError):
                    done(Consents(self.world.ledger(device)).grant(consent))

    def _air(self, device: Device) -> Air:
        return Air(self.world, device)

    def _word(self) -> bytes:
        return MARK + b"%d" % self.world.chance.randrange(1 << 40)

    # --- laptops, networks and clocks ---

    def part(self, device: Device) -> None:
        """Put two devices on different networks."""
        self.world.network.part(device.name, self._other(device), self.world.true)

    def meet(self, device: Device) -> None:
        """Put two devices on one network again."""
        self.world.network.meet(device.name, self._other(device))
        device.announcing = True

    def cut(self, _device: Device) -> None:
        """Break a connection, noticed by both ends, one or none."""
        chance, connections = self.world.chance, self.world.network.connections()
        if connections:
            told = chance.choice(((0, 1), (0,), (1,), ()))
            self.world.network.cut(chance.choice(connections), self.world.true, told=told)
            self.world.counts["cuts"] += 1

    def call_again(self, device: Device) -> None:
        """Dial a peer at an address that a person typed, while it may be dialling too."""
        other = self.world.devices[self._other(device)]
        self.world.locate(device, other)

    def crash(self, device: Device) -> None:
        """Stop a device at once."""
        self.world.crash(device)

    def close(self, device: Device) -> None:
        """Close a device properly."""
        self.world.close(device)

    def crash_soon(self, device: Device) -> None:
        """Stop a device within the next few effects that it carries out."""
        device.effects_left = self.world.chance.randrange(12)

    def crash_over_a_write(self, device: Device) -> None:
        """Stop a device in the middle of what a person writes, who then opens it again and writes once more."""
        device.effects_left = self.world.chance.randrange(1, 5)
        self.set_fields(device)
        if device.engine is None:
            self.reopen(device)
            self.set_fields(device)

    def reopen(self, device: Device) -> None:
        """Open a stopped device, or one whose disk was full, with room again."""
        self.world.crash(device)
        device.disk.full = False
        self.world.start(device)

    def fill_disk(self, device: Device) -> None:
        """Leave no room on a disk."""
        device.disk.full = True

    def slow_disk(self, device: Device) -> None:
        """Have a disk write when nothing else can happen, or be quick again."""
        device.slow = not device.slow

    def spoil_reads(self, device: Device) -> None:
        """Make the next few reads of a disk fail."""
        device.disk.unreadable = self.world.chance.randint(1, 3)

    def wait(self, _device: Device) -> None:
        """Let some seconds pass."""
        self.world.wait(self.world.chance.randrange(200, 6_000))

    def wait_long(self, _device: Device) -> None:
        """Let an hour or so pass."""
        self.world.wait(self.world.chance.randrange(HOUR_MILLISECONDS))

    def set_clock(self, device: Device) -> None:
        """Set a wall clock forward or back."""
        device.clock.jump(self.world.chance.randint(-5 * HOUR_MILLISECONDS, 5 * HOUR_MILLISECONDS))
        self.world.counts["clocks set"] += 1
        if device.engine is not None and device.engine.spaces:
            self.world.check(device)

    def _other(self, device: Device) -> str:
        return self.world.chance.choice([name for name in self.world.devices if name != device.name])
