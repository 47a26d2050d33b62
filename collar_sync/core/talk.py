"""What connected devices say to each other about a space, and what follows here.

It ties sessions to the vault: takes in what peers send, passes it on, and confirms what is on the disk. It knows
neither how a connection came about nor how it ends; whoever does wrong is named by a raised `PeerError`.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import Final

import msgspec

from collar_sync import ids, limits
from collar_sync.core import cover, equivocation, events, session, wire
from collar_sync.core.bringing import bring
from collar_sync.core.durable import Tip
from collar_sync.core.equivocation import Proof, prove, supplement
from collar_sync.core.inbox import Inbox
from collar_sync.core.links import Link, Links, send
from collar_sync.core.peers import Peer
from collar_sync.core.session import Session
from collar_sync.core.space import Space
from collar_sync.core.steps import Applied
from collar_sync.core.vault import Turn, Vault
from collar_sync.errors import (
    CausesMissing,
    CollarError,
    Equivocation,
    InvalidChange,
    InvalidFrame,
    InvalidSignature,
    LocalError,
    PeerError,
    UnknownAuthor,
)
from collar_sync.ids import DocumentId, SpaceId

_TOO_LARGE: Final = (
    "One part of this record is too large to be sent whole, so a device that has little of it gets no further there."
)
_UNVERIFIED_MAX: Final = 16
_EARLY_BYTES_MAX: Final = limits.TESTIMONY_BYTES_MAX  # what comes beyond it comes again with the next connection


class Talk:
    """Every conversation of this device."""

    def __init__(self, vault: Vault, links: Links) -> None:
        self._vault = vault
        self._links = links
        self.meet: Callable[[Space, Turn], None] = lambda _space, _turn: None  # core tells of other devices now
        self._to_bring = tuple(space for space in vault.spaces.values() if space.evidence.proofs)
        self._unverified: dict[SpaceId, list[Proof]] = {}  # about devices that core has not told of yet
        self._early: dict[SpaceId, list[wire.Testimony]] = {}  # the same
        self._inbox = Inbox()

    def begin(self, link: Link, space: Space, peer: Peer, turn: Turn) -> None:
        """Greet a device that has proven its key."""
        beside = any(each.peer == link.peer and each.session is not None for each in self._links.all())
        link.session = Session(space, peer.stored, beside=beside)
        hello = wire.encode(wire.Hello(limits.WIRE_VERSION_OLDEST, limits.WIRE_VERSION))
        send(link, [hello], turn.out, last=True)  # whatever waits: nothing may come before it
        self._introduce(link, space, turn)
        turn.add(events.Refresh())

    def _introduce(self, link: Link, space: Space, turn: Turn) -> None:
        """What comes before anything else, and then what is here."""
        first: list[wire.Message] = [wire.Proven(proof) for proof in space.evidence.proofs.values()]
        link.introduction = iter([*first, *space.testimony()])
        self._go_on_introducing(link, space, turn)

    def _go_on_introducing(self, link: Link, space: Space, turn: Turn) -> None:
        """Say more of it, as far as the peer keeps up: all of it may be more than may wait to be sent at once."""
        while link.introduction is not None and not link.behind:
            message = next(link.introduction, None)
            if message is not None:
                send(link, [wire.encode(message)], turn.out)
            else:
                link.introduction = None
                self.greet(link, space, turn)

    def greet(self, link: Link, space: Space, turn: Turn) -> None:
        """Say what is here, as at the beginning."""
        if link.session is not None:
            send(link, [wire.encode(link.session.hello(durable=self._vault.shared_durable(space)))], turn.out)

    def receive(self, link: Link, message: wire.Message, turn: Turn) -> Space | None:
        """Take in one message; answers its space where its devices may be different now.

        Raises `PeerError`, with nothing kept.
        """
        if link.session is None or link.peer is None:
            raise PeerError("A message came before its time.")
        space = self._vault.spaces[link.peer[0]]
        if link.session.version is None and not isinstance(message, wire.Hello):
            raise PeerError("A message came before the versions were agreed on.")
        match message:
            case wire.Hello():
                link.session.version = wire.agree(message)
            case wire.Have():
                answers = link.session.receive_have(message, durable=self._vault.shared_durable(space))
                link.missed = link.missed or (link.behind and link.session.asks)
                self._offer(link, answers, turn)
                turn.add(events.Refresh())
            case wire.Changes() | wire.Snapshot():
                return self._in_turn(link, space, message, turn)
            case wire.Proven():
                return self._prove(space, message.proof, turn)
            case wire.Testimony():
                return self._hear(space, message, turn)
            case wire.Stored():
                link.session.receive_stored(message)
                turn.add(events.Refresh())
        return space if space.over else None  # what it goes on telling for may be known there by now

    def waiting(self) -> Iterator[Link]:
        """The connections on which something waits to be taken in."""
        for link in self._inbox.links():
            if self._links.get(link.id) is link:
                yield link
            else:
                self._inbox.forget(link)

    def asked_by(self, token: int) -> Link | None:
        """Whose snapshot was looked at; None where nobody waits for it any more, and it is let go of."""
        link = self._inbox.asked_by(token)
        if link is not None and self._links.get(link.id) is link:
            return link
        self._inbox.examined(token)
        return None

    def adopt(self, link: Link, event: events.Examined, turn: Turn) -> Space | None:
        """Take in the changes of a snapshot that could be loaded, and what came behind it; as `receive`."""
        document, tips = self._inbox.examined(event.token)
        try:
            if event.changes is None or link.peer is None:
                problem = event.problem or "A snapshot came that cannot be loaded."
                raise LocalError(problem) if event.local else InvalidChange(problem)
            different = self._take(link, self._vault.spaces[link.peer[0]], document, event.changes, tips, turn)
        except CollarError:
            self._inbox.forget(link)
            raise
        if self._vault.halted is None:
            self._vault.rest(turn)  # a first sync brings chapters faster than time passes
        return self.go_on(link, turn) or different

    def go_on(self, link: Link, turn: Turn) -> Space | None:
        """Take in what waits on a connection, as long as the disk is not far behind; as `receive`."""
        if link.peer is None:
            return None
        space, different = self._vault.spaces[link.peer[0]], None
        try:
            while not self._vault.behind() and self._links.get(link.id) is link:
                message = self._inbox.next(link)
                if message is None:
                    break
                if isinstance(message, wire.Snapshot):
                    turn.add(events.Examine(self._inbox.examine(link), message.chunk))
                else:
                    self._inbox.take(link)
                    taken = self._take(link, space, DocumentId(message.document), message.changes, message.tips, turn)
                    different = taken or different
        except CollarError:
            self._inbox.forget(link)
            raise
        if self._inbox.emptied(link):
            self._ask_again(space, turn)  # for what there was no room to wait
        return different

    def push(self, space: Space, document: DocumentId, turn: Turn) -> None:
        """Send every connected device what it lacks of a document."""
        if document in space.library.private:
            return
        for link in self._links.of_space(space.id):
            if link.behind:
                link.lagging = True
            elif link.session is not None:
                self._offer(link, link.session.offer(document), turn)

    def catch_up(self, link: Link, turn: Turn) -> None:
        """What was to be sent is on its way by half: say what was not said, and offer what was not offered."""
        if link.session is None or link.peer is None or link.unsent > limits.OUTBOX_BYTES_MAX // 2:
            return
        space = self._vault.spaces[link.peer[0]]
        self._go_on_introducing(link, space, turn)
        if link.introduction is not None:
            return
        if link.missed:
            link.missed, link.lagging = False, True
            self._introduce(link, space, turn)
        if link.lagging:
            link.lagging = False
            self._offer(link, chain.from_iterable(map(link.session.offer, space.library.shared())), turn)

    def _offer(self, link: Link, messages: Iterator[wire.Message], turn: Turn) -> None:
        """Send what a session offers, as far as the peer keeps up: what is not sent is not taken for sent."""
        while not link.behind:
            message = next(messages, None)
            if message is None:
                break
            send(link, [wire.encode(message)], turn.out)
        else:
            link.lagging = True
        if link.session is not None and link.session.too_large and link.peer is not None:
            self._vault.spaces[link.peer[0]].note(_TOO_LARGE)

    def stored(self, space: Space, applied: Applied, turn: Turn) -> None:
        """Confirm to every peer that these changes are on the disk, and tell this device's own side."""
        ends = applied.ends()
        if applied.document not in space.library.private:
            confirmation = wire.encode(session.stored(applied.document, ends))
            for link in self._links.of_space(space.id):
                send(link, [confirmation], turn.out)
                if link.session is not None and link.session.owes and self._vault.shared_durable(space):
                    self.greet(link, space, turn)
        said = space.said(applied)
        for device in dict.fromkeys(cover.device_of(end.actor) for end in ends):
            own = tuple(each for each in said if each.device == device)
            author, mine = space.author(device), device == space.keys.device
            turn.add(events.Changed(space.id, applied.document, author, mine, own, tuple(sorted(applied.records))))

    def _in_turn(self, link: Link, space: Space, message: wire.Changes | wire.Snapshot, turn: Turn) -> Space | None:
        """Changes count in the order in which they came: this comes after what waits before it."""
        if not ids.is_id(message.document, "document") or message.document in space.library.private:
            raise PeerError("A message named a document in a form that no shared document has.")
        if isinstance(message, wire.Changes) and not message.changes:
            raise InvalidFrame("A message came that holds nothing.")
        if not self._inbox.put(link, message) and link.session is not None:
            link.session.put_off(DocumentId(message.document))
        return self.go_on(link, turn)

    def _take(
        self, link: Link, space: Space, document: DocumentId, raws: Sequence[bytes], tips: Sequence[Tip], turn: Turn
    ) -> Space | None:
        if not raws:
            raise InvalidFrame("A snapshot came that holds nothing.")
        nowhere = self._vault.halted is not None or space.over or space.library.splits.frozen(document)
        if link.session is None or nowhere:
            return None  # nothing is taken in that cannot be kept, or that counts no more
        if document in link.session.ask_again:
            return None  # it all comes again
        try:
            applied = space.receive(document, raws, tips)
        except (UnknownAuthor, CausesMissing) as error:
            _put_off(link.session, document, error, in_core=space.library.is_core(document))
            return None
        except Equivocation:
            return self._accuse(space, document, raws, tips, turn)
        link.session.received(document, applied.clock)
        if applied.changes:
            self._vault.keep(space, [applied], turn)
            if space.library.is_core(document):
                self.meet(space, turn)  # whoever was removed by this is sent nothing more, this included
            self.push(space, document, turn)
        if not applied.changes or not space.library.is_core(document):
            return None
        self._ask_again(space, turn)
        self._weigh(space, turn)
        return space

    def _weigh(self, space: Space, turn: Turn) -> None:
        """More devices are known now: what came too early may count. Whoever sent it is not blamed so late."""
        for proof in self._unverified.pop(space.id, []):
            with suppress(PeerError):
                self._prove(space, proof, turn)
        for testimony in self._early.pop(space.id, []):
            with suppress(PeerError):
                self._hear(space, testimony, turn)

    def _accuse(
        self, space: Space, document: DocumentId, raws: Sequence[bytes], tips: Sequence[Tip], turn: Turn
    ) -> Space | None:
        """A change came that is not the one that is here: its author signed both, or this peer lies."""
        try:
            proof = prove((space.id, document), space.replica(document), raws, tips, space.membership)
        except Equivocation as error:  # signed, and longer than a proof may be
            space.note(str(error))
            return None
        if proof is None:
            raise InvalidSignature("Another history of a device came, which that device did not sign.")
        return self._prove(space, proof, turn)

    def _prove(self, space: Space, proof: Proof, turn: Turn) -> Space | None:
        """Keep a proof that is new, pass it on, and bring what is this device's into the successor."""
        try:
            if self._vault.halted is not None or not space.convict(proof):
                return None
        except UnknownAuthor:
            waiting = self._unverified.setdefault(space.id, [])
            size = sum(map(equivocation.weight, (*waiting, proof)))
            if len(waiting) < _UNVERIFIED_MAX and size <= limits.PROOFS_SPARE_BYTES_MAX:
                waiting.append(proof)
            return None
        self._vault.keep_settings(
            {f"proof/{space.id}/{equivocation.name(proof).hex()}": msgspec.msgpack.encode(proof)}, turn
        )
        told: list[wire.Message] = [wire.Proven(proof), *space.testimony()]
        for link in self._links.of_space(space.id):
            send(link, map(wire.encode, told), turn.out)  # each is put into bytes only while there is room for it
        held = space.library.awake.get(DocumentId(proof.document))
        if held is not None:
            more = supplement(proof, held, space.evidence.shown())
            if more is not None:
                self._prove(space, more, turn)
        self.bring(space, turn)
        self._ask_again(space, turn)  # what is core is another document now
        return space

    def _hear(self, space: Space, testimony: wire.Testimony, turn: Turn) -> Space | None:
        """Keep what was said in a document that was split and was not known here, and pass it on."""
        if not ids.is_id(testimony.document, "document") or testimony.document in space.library.private:
            raise PeerError("A message named a document in a form that no shared document has.")
        if self._vault.halted is not None:
            return None
        self._postpone(space, testimony)
        if not space.hear(testimony):
            return None
        encoded = msgspec.msgpack.encode(testimony)
        name = f"heard/{space.id}/{hashlib.sha256(encoded).hexdigest()}"
        self._vault.keep_settings({name: encoded}, turn)
        for link in self._links.of_space(space.id):
            send(link, [wire.encode(testimony)], turn.out)
        self._weigh(space, turn)
        self.bring(space, turn)
        self._ask_again(space, turn)
        turn.add(events.Refresh())
        return space

    def _postpone(self, space: Space, testimony: wire.Testimony) -> None:
        """Hear it again once core has told of everyone who signed in it: it comes before core does."""
        known = space.membership.devices
        if all(cover.device_of(tip.actor) in known for tip in testimony.tips if len(tip.actor) == limits.ACTOR_BYTES):
            return
        waiting = self._early.setdefault(space.id, [])
        if testimony not in waiting and sum(map(_size, (*waiting, testimony))) <= _EARLY_BYTES_MAX:
            waiting.append(testimony)

    def bring_all(self, turn: Turn) -> None:
        """Once after opening: what a crash kept from being brought."""
        waiting, self._to_bring = self._to_bring, ()
        for space in waiting:
            self.bring(space, turn)

    def bring(self, space: Space, turn: Turn) -> None:
        """Write what is this device's into the successors of split documents, where it does not stand there yet."""
        try:
            brought = bring(space, turn.entropy(8)) if not space.over else []
        except (LocalError, PeerError) as error:
            space.note(f"Not everything could be brought along to where the record goes on: {error}")
            return
        for applied in brought:
            self._vault.keep(space, [applied], turn)
            self.push(space, applied.document, turn)

    def _ask_again(self, space: Space, turn: Turn) -> None:
        """New devices are known now: ask once more for what they wrote."""
        for link in self._links.of_space(space.id):
            if link.session is not None and link.session.ask_again:
                have = link.session.have(link.session.ask_again, durable=self._vault.shared_durable(space), again=True)
                link.session.ask_again.clear()
                send(link, [wire.encode(have)], turn.out)


def _size(testimony: wire.Testimony) -> int:
    return sum(map(len, testimony.changes)) + sum(len(tip.signature) for tip in testimony.tips)


def _put_off(session: Session, document: DocumentId, error: PeerError, *, in_core: bool) -> None:
    """Let go of a batch that comes again, and is nobody's fault; raises the error of any other."""
    if isinstance(error, UnknownAuthor) and not in_core:
        session.put_off(document)
    elif isinstance(error, UnknownAuthor) or document not in session.asked_again:
        raise error
