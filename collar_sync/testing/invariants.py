"""What must hold in a world at every step, and what once it is quiet. A `Violation` names the promise that was broken.

Authorship, monotone safety, durability, causal order, privacy and the number of messages are watched as things happen;
convergence is looked at when everything is connected and at rest. Hostile devices promise nothing. Nothing here makes
anything happen.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from collar_sync.core import copies, events, session, wire
from collar_sync.core.binding import GENESIS_HASH
from collar_sync.core.durable import Batch
from collar_sync.core.equivocation import LET_IN_BY_SPLITTER
from collar_sync.core.membership import LEAVE
from collar_sync.core.removal import REMOVE
from collar_sync.core.statement import Said
from collar_sync.domain import pause
from collar_sync.domain.consent import Consent, State
from collar_sync.domain.consents import Consents
from collar_sync.domain.pauses import Pauses
from collar_sync.ids import DocumentId, StatementId
from collar_sync.testing.device import Device, Ledger
from collar_sync.testing.truth import Truth

_GIVEN_BACK: Final = copies.sentence("restored", "", mine=True)
_NOT_AGAIN: Final = "a change that is on its disk or on the way there"


class Violation(AssertionError):
    """A promise that did not hold."""


class _Memory:
    """What the watch remembers of one device."""

    def __init__(self) -> None:
        self.known: dict[DocumentId, set[bytes]] = {}  # hashes of all changes since its opening, and on its disk
        self.requests: dict[int, list[Batch]] = {}
        self.confirmed: dict[DocumentId, set[tuple[bytes, int, bytes]]] = {}
        self.told: dict[StatementId, Said] = {}  # statements that its own side was told are kept
        self.seen: dict[StatementId, Said] = {}  # pauses and consents that were in its folds since its opening
        self.over: dict[StatementId, State] = {}  # consents that were revoked or expired in its folds


class Invariants:
    """The watch over every device of one world."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._memories: dict[str, _Memory] = {}

    def opened(self, device: Device) -> None:
        """A device opened: all that it had confirmed is there."""
        memory = self._memories.setdefault(device.name, _Memory())
        memory.requests.clear()
        memory.over.clear()  # what made it so may not have been on the disk, and nobody was told that it was
        memory.known = {document: set(written.values()) for document, written in device.disk.written.items()}
        memory.seen = {each: said for each, said in memory.seen.items() if each in memory.told}
        library = device.space.library
        for document, changes in memory.confirmed.items():
            written = device.disk.written.get(document, {})
            clock = library.clock(document)
            replica = library.awake.get(document)
            for actor, seq, digest in changes:
                here = clock.get(actor, 0) >= seq or library.splits.frozen(document)
                hold(here and written.get((actor, seq)) == digest, f"{device.name} lost a change that it had confirmed")
                hold(
                    replica is None or replica.hash_at(actor, seq) == digest,
                    f"{device.name} reads back another change than it had confirmed",
                )
        reads = {said.id for said in device.space.statements("")} if memory.told else set()
        for identifier in memory.told.keys() - reads:
            hold(device.disk.says(identifier), f"{device.name} lost a statement that it had reported as kept")

    def restored(self, device: Device) -> None:
        """A device's disk was replaced: what it had confirmed may be gone."""
        self._memories.pop(device.name, None)

    def before(self, device: Device, event: events.Event, now: int) -> None:
        """A device is about to be told of an event."""
        if isinstance(event, events.Write):
            self._truth.says(device.space.keys.device, event, now)
        elif isinstance(event, events.Compared) and event.same and device.engine is not None and device.engine.spaces:
            self._truth.invites(device.space.keys.device)
        elif isinstance(event, events.Examined) and event.local:
            self._truth.faults.add(str(event.problem))
        elif isinstance(event, events.BelieveClock):  # what had expired may go on: its person says so
            memory = self._memories.setdefault(device.name, _Memory())
            memory.over = {each: state for each, state in memory.over.items() if state is not State.EXPIRED}

    def parting(self, device: Device, event: events.Event) -> None:
        """A device is about to be told to part with another, or with the space."""
        if isinstance(event, events.RemoveDevice):
            self._truth.parts(device.space.keys.device, REMOVE, event.device)
        elif isinstance(event, events.Leave):
            self._truth.parts(device.space.keys.device, LEAVE, "")
            self._truth.silent.update(() if event.tell else (device.space.keys.device,))
        elif isinstance(event, events.Erase):  # all of it is to be gone, but for what is its person's alone
            memory, private = self._memories.setdefault(device.name, _Memory()), device.space.library.private
            memory.confirmed = {name: changes for name, changes in memory.confirmed.items() if name in private}
            memory.told.clear()
            memory.seen.clear()

    def after(
        self, device: Device, event: events.Event, effects: Iterable[events.Effect], messages: Sequence[wire.Message]
    ) -> bool:
        """A device answered an event with these effects and messages; whether anything new is in its core."""
        if self.hostile(device):
            return False
        memory = self._memories.setdefault(device.name, _Memory())
        news = False
        for effect in effects:
            match effect:
                case events.Store():
                    news = news or any(device.space.library.is_core(document) for document, _ in effect.batch.changes)
                    self._stored(device, memory, effect.batch)
                    if isinstance(event, events.Write):
                        memory.requests.setdefault(event.request, []).append(effect.batch)
                case events.Answer():
                    for batch in memory.requests.pop(effect.request, []):
                        self._confirm(device, memory, batch, "answered a write that is not on its disk")
                case events.Changed():
                    for said in effect.statements:
                        self._authentic(device, said)
                        memory.told[said.id] = said
        for message in messages:
            self._said_to_peer(device, memory, message)
        return news

    def parted(self, device: Device, event: events.Event) -> None:
        """A device has parted with another: what it had seen of that one's words is what still counts."""
        if isinstance(event, events.RemoveDevice):
            removed = event.device
            seen = [said.id for said in device.space.statements("") if said.device == removed]
            for part in device.space.membership.removals.get(removed, ()):
                if part.by == device.space.keys.device:
                    self._truth.removed(removed, part.name, seen)

    def folds(self, device: Device, ledger: Ledger) -> None:
        """What a device makes of what it has never widens by what it learns, and holds nobody's words that are not."""
        if self.hostile(device) or ledger.me not in ledger.people():
            return
        memory = self._memories.setdefault(device.name, _Memory())
        now = ledger.now()
        statements = {said.id: said for prefix in ("pause", "consent.") for said in ledger.statements(prefix)}
        for identifier in memory.seen.keys() - statements.keys():
            here = identifier in device.space.sayings or device.disk.says(identifier)
            hold(here, f"{device.name} forgot {memory.seen[identifier].kind}: a statement was taken back")
        for identifier in statements.keys() - memory.seen.keys():
            self._authentic(device, statements[identifier])
        memory.seen.update(statements)
        self._pauses(device, ledger, statements.values())
        self._consents(device, memory, Consents(ledger).all(), statements.values(), now)

    def everything(self, device: Device, ledger: Ledger) -> None:
        """The same of all that a device holds; no other device's private document is among it."""
        if self.hostile(device):
            return
        self.folds(device, ledger)
        if device.running.failed is not None and device.running.as_stored:
            for document, replica in device.space.library.awake.items():
                written = device.disk.written.get(document, {})
                stored = all(written.get((each.actor, each.seq)) == each.hash for each in replica.missing({}))
                hold(stored, f"{device.name} shows something that its disk refused")
        for problem in device.space.problems:
            names = [f"{name}'s " for name in self._truth.hostile_names]
            names += ["A device "] * len(names)  # before core came, nobody has a name
            deserved = any(name in problem for name in names) or (bool(names) and problem == LET_IN_BY_SPLITTER)
            deserved = deserved or problem in self._truth.faults
            hold(deserved, f"{device.name} was not content with an honest device ({problem})")
        for notice in device.space.notices:
            forgot = notice != _GIVEN_BACK or device.name in self._truth.forgetful
            hold(forgot, f"{device.name} believes that it once lost something, which it did not")
        for said in ledger.statements(""):
            self._authentic(device, said)
        for removed in device.space.membership.removals:
            hold(self._truth.was_removed(removed), f"{device.name} believes that a device was removed, which was not")
        for document, owner in self._truth.private.items():
            hold(
                owner == device.name or (document not in device.disk.written and document not in device.space.library),
                f"{device.name} has a private document of {owner}",
            )

    def hostile(self, device: Device) -> bool:
        """Whether a device is in hostile hands."""
        return device.name in self._truth.hostile_names

    def unheard_of(self, device: Device, others: Iterable[Device]) -> bool:
        """Whether nobody else can know of a device, or it of nobody who keeps company with anybody.

        It was let in by one that nobody listens to or that left in silence, or perhaps not at all. One that waits says
        so; any says of everybody why it is not connected with them.
        """
        keys, others = device.space.keys.device, [other for other in others if other is not device]
        known = any(keys in other.space.membership.devices for other in others)
        if known and not device.awaits():
            return False
        first = device.space.membership.first.get(keys)
        let_in_by = [first.enroller] if first is not None else [other for _, other in device.running.links.peers]
        untold = all(
            by in self._truth.silent
            or any(by in each.space.library.splits.blocked or each.space.standing.why_apart(by) for each in others)
            for by in let_in_by
        )
        if device.awaits():
            return untold or not known
        return untold or LET_IN_BY_SPLITTER in device.space.problems

    def _stored(self, device: Device, memory: _Memory, batch: Batch) -> None:
        """A batch is whole: its changes are new, follow what is here, and each author among them signed."""
        signed = {(tip.actor[:16], tip.seq, tip.hash) for _, tip in batch.tips}
        devices = {actor for actor, _, _ in signed}
        for document, change in batch.changes:
            known = memory.known.setdefault(document, set())
            hold(change.hash not in known, f"{device.name} asked its disk to keep {_NOT_AGAIN}")
            for dependency in self._truth.dependencies(change.raw, change.hash):
                hold(
                    dependency in known or dependency == GENESIS_HASH,
                    f"{device.name} took in a change without one that it depends on",
                )
            hold(change.actor[:16] in devices, f"{device.name} took in a change without its author's signature")
            known.add(change.hash)

    def _confirm(self, device: Device, memory: _Memory, batch: Batch, otherwise: str) -> None:
        for document, change in batch.changes:
            written = device.disk.written.get(document, {})
            hold(written.get((change.actor, change.seq)) == change.hash, f"{device.name} {otherwise}")
            memory.confirmed.setdefault(document, set()).add((change.actor, change.seq, change.hash))

    def _said_to_peer(self, device: Device, memory: _Memory, message: wire.Message) -> None:
        match message:
            case wire.Stored():
                self._claimed(device, memory, message.document, message.known)
                named = [message.document]
            case wire.Have():
                for holding in message.holdings if message.durable else ():
                    self._claimed(device, memory, holding.document, holding.known or ())
                named = [holding.document for holding in message.holdings]
            case wire.Changes():
                named = [message.document]
                hold(
                    not any(word in raw for word in self._truth.private_words for raw in message.changes),
                    f"{device.name} sent words of a private document",
                )
            case wire.Snapshot():
                named = [message.document]
            case wire.Proven():
                named = [message.proof.document]
            case _:
                named = []
        hold(
            not any(DocumentId(document) in self._truth.private for document in named),
            f"{device.name} named a private document to a peer",
        )

    def _claimed(self, device: Device, memory: _Memory, text: str, known: Iterable[wire.Known]) -> None:
        document = DocumentId(text)
        written = device.disk.written.get(document, {})
        for entry in known:
            hold(
                written.get((entry.actor, entry.seq)) == entry.hash,
                f"{device.name} told a peer that it stored what is not on its disk",
            )
            memory.confirmed.setdefault(document, set()).add((entry.actor, entry.seq, entry.hash))

    def _authentic(self, device: Device, said: Said) -> None:
        hold(self._truth.really_said(said), f"{device.name} believes that {said.author} said {said.kind}, who did not")

    def _pauses(self, device: Device, ledger: Ledger, statements: Iterable[Said]) -> None:
        standing = {each.id for each in Pauses(ledger).standing()}
        people = ledger.people()
        lifts = [said for said in statements if said.kind == pause.LIFT and self._opens(device, said)]
        lifted = {answer for said in lifts for answer in said.answers}
        for said in statements:
            gone = said.kind == pause.PAUSE and said.id not in standing and said.author in people
            if gone and not people[said.author].left:
                hold(self._truth.lifted(said), f"{device.name} lifted a pause that its author never lifted")
                hold(said.id in lifted, f"{device.name} lifted a pause by words of a device that was removed before")

    def _opens(self, device: Device, said: Said) -> bool:
        """Whether each who removed the device that said this had seen it; nobody has to have removed it."""
        parts = device.space.membership.removals.get(said.device, ())
        return not parts or said.id in self._truth.seen(said.device, {part.name for part in parts})

    def _consents(
        self,
        device: Device,
        memory: _Memory,
        consents: Sequence[Consent],
        statements: Iterable[Said],
        now: int,
    ) -> None:
        yeses = {
            (identifier, said.author)
            for said in statements
            if said.kind in {"consent.propose", "consent.grant"} and self._opens(device, said)
            for identifier in (said.id, said.subject)
        }
        withdrawn = {(said.subject, said.author) for said in statements if said.kind == "consent.revoke"}
        for consent in consents:
            state = consent.state(now)
            before = memory.over.get(consent.id)
            if any((consent.id, party) in withdrawn for party in consent.parties):
                hold(state is State.REVOKED, f"{device.name} reads a consent as {state} that somebody revoked")
            if state is State.ACTIVE:
                hold(
                    all((consent.id, party) in yeses for party in consent.parties),
                    f"{device.name} reads a consent as active by words of a device that was removed before",
                )
            if consent.terms.until is not None and now >= consent.terms.until:
                before = before or State.EXPIRED
            hold(
                before is None or state is not State.ACTIVE,
                f"{device.name} reads a consent as active that was {before} before",
            )
            if state in {State.REVOKED, State.EXPIRED} and before is not State.REVOKED:
                memory.over[consent.id] = state


def reasons(device: Device, steady: int) -> None:
    """Every other device has said to this one what it has, or there is a reason why it is not connected."""
    links = device.running.links
    for peer in links.peers.values():
        link = links.get(peer.link or 0)
        there, why = link is not None and link.session is not None and link.session.greeted, links.why_not(peer, steady)
        hold(why is None if there else bool(why), f"{device.name} tells of a device, connected or not: {why}")


def messages_max(devices: int) -> int:
    """How many messages one change may cost among so many connected devices.

    Its author sends it to each other; each of these may pass it on to those that it does not know to have it; each
    device confirms it to all others.
    """
    others = devices - 1
    return others + others * (others - 1) + devices * others


def remaining(devices: Iterable[Device]) -> list[Device]:
    """Those of these devices that keep company with each other: nobody left, was removed, or was let in too late."""
    here = [device for device in devices if not device.space.over]
    return [
        device
        for device in here
        if not any(other.space.standing.why_apart(device.space.keys.device) for other in here if other is not device)
    ]


def conversing(device: Device) -> bool:
    """Whether any other device is connected to this one."""
    return device.engine is not None and any(device.engine.links.of_space(device.space.id))


def in_step(device: Device, other: Device) -> bool:
    """Whether a device is connected to another and was told what that has, and nothing waits in either direction."""
    if device.engine is None or other.engine is None:
        return False
    space = device.space
    peer = device.engine.links.peers.get((space.id, other.space.keys.device))
    link = device.engine.links.get(peer.link) if peer is not None and peer.link is not None else None
    if peer is None or link is None or link.session is None:
        return False
    waiting = session.unconfirmed(space, peer.stored)
    return link.session.greeted and waiting == 0 and link.session.lacking() == 0


def hold(promise: bool, otherwise: str) -> None:  # noqa: FBT001  # it reads as an assertion
    """Raise a `Violation` that says `otherwise` where a promise does not hold."""
    if not promise:
        raise Violation(otherwise + ".")
