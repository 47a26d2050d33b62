"""handle(event, now, entropy) → effects: everything this device decides.

One engine holds all spaces of a device. It is deterministic: the same events, times and random bytes give the same
effects. It does nothing itself; a shell carries out the effects, in order, and tells it what happened.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from collar_sync.core import beacon, events, identity, membership, wire
from collar_sync.core.edits import Say
from collar_sync.core.events import Address, Effect, Entropy, Event, Now
from collar_sync.core.identity import Keys
from collar_sync.core.invitations import Admission, Invitations, Welcome
from collar_sync.core.links import DAY_MILLISECONDS, KEY_FRAME, PAIRING_FRAME, Link, Links, read, send
from collar_sync.core.peers import BLOCKED, Peer, PeerRecord
from collar_sync.core.replica import statement_bytes
from collar_sync.core.shelf import Shelf
from collar_sync.core.space import Space, Unfinished, everything
from collar_sync.core.statement import identify
from collar_sync.core.talk import Talk
from collar_sync.core.vault import SALT_BYTES, Turn, Vault
from collar_sync.errors import CollarError, LocalError, OtherVersion, StoreError
from collar_sync.ids import SpaceId

_HEARD_MAX: Final = 64  # announcements remembered; a busy network has fewer
_FLOOR_STEP_MILLISECONDS: Final = 60_000  # how often the floor is kept while nothing else is written


class Engine:
    """Every decision of one device. `settings` are those of its store, `shelf` gives back its documents.

    `unfinished` says what must stay at hand of documents that are put to rest. Raises `StoreError`.
    """

    def __init__(
        self, seed: bytes, settings: Mapping[str, bytes], shelf: Shelf, unfinished: Unfinished = everything
    ) -> None:
        self.links = Links()
        self._vault = Vault(seed, settings, shelf, unfinished)
        self._talk = Talk(self._vault, self.links)
        self._invitations = Invitations()
        self._latest = 0  # the last `now` given to a fold
        self._heard: dict[bytes, events.Found] = {}  # announcements, the newest last
        self._handlers = {
            events.Received: self._on_received,
            events.Write: self._on_write,
            events.Written: self._on_written,
            events.WriteFailed: self._on_write_failed,
            events.Opened: self._on_opened,
            events.Closed: self._on_closed,
            events.Examined: self._on_examined,
            events.Found: self._on_found,
            events.Locate: self._on_locate,
            events.CreateSpace: self._on_create,
            events.Invite: self._on_invite,
            events.Join: self._on_join,
            events.Cancel: self._on_cancel,
            events.Tick: self._on_tick,
            events.Stop: self._on_stop,
        }
        for space in self.spaces.values():
            self._meet(space)

    @property
    def spaces(self) -> Mapping[SpaceId, Space]:
        """The spaces of this device."""
        return self._vault.spaces

    def time(self, wall: int) -> int:
        """The `now` of folds: never earlier than the latest given or kept, so nothing seen as over comes back."""
        self._latest = max(wall, self._vault.floor, self._latest)
        return self._latest

    def advertise(self, instances: tuple[bytes, ...]) -> list[bytes]:
        """The secrets to announce, for these own instances, newest first."""
        self.links.instances = instances
        return [*self._invitations.nameplates(), *(peer.secret for peer in self.links.peers.values())]

    def handle(self, event: Event, now: Now, entropy: Entropy) -> list[Effect]:
        """Decide what follows from one event; `entropy(n)` gives n random bytes.

        Raises a `LocalError` where a request cannot be done at all; nothing has changed then.
        """
        turn = Turn(now, entropy)
        try:
            self._handlers[type(event)](event, turn)  # type: ignore[operator]  # each handler takes its own event
        except StoreError as error:
            if self._vault.halted is None:  # what is on the disk cannot be read: nothing more is written either
                self._vault.halted = error
                turn.add(events.Refresh())
            if isinstance(event, events.REQUESTS):
                raise
        if not isinstance(event, events.Stop) and self._vault.halted is None:
            self._invitations.dial_due(self.links, now, turn.out)
            self.links.dial_due(self._vault.keys(), now, entropy, turn.out)
        return turn.out

    # --- writing ---

    def _on_write(self, event: events.Write, turn: Turn) -> None:
        space = self._vault.space(event.space)
        self._vault.writable()
        says = sum(isinstance(edit, Say) for edit in event.edits)
        applied, said = space.write(event.document, event.edits, turn.now.wall, turn.entropy(8 + 8 * says))
        if not applied:
            turn.add(events.Answer(event.request, said))
            return
        self._vault.keep(space, applied, turn, lambda later: later.add(events.Answer(event.request, said)))
        for each in applied:
            self._talk.push(space, each.document, turn)  # before it is stored: each opening writes as a new actor

    def _on_create(self, event: events.CreateSpace, turn: Turn) -> None:
        """Found a space: its first statement is made before its id, which is that statement's hash."""
        self._vault.writable()
        salt, chance = turn.entropy(SALT_BYTES), turn.entropy(16)
        keys = Keys.derive(self._vault.seed, salt)
        body = membership.found(event.name, event.person_name, event.device_name, keys.public)
        say = Say(membership.FOUND, body=body, home="core")
        raw = statement_bytes(say, at=turn.now.wall, nonce=chance[8:])
        space = self._vault.begin(identity.space_of(identify(keys.device, raw)), keys)
        applied = space.say(say, turn.now.wall, chance)
        self._vault.keep_settings(self._vault.add(space, salt), turn)
        self._vault.keep(space, [applied], turn, lambda later: later.add(events.Answer(event.request, space.id)))

    def _on_written(self, event: events.Written, turn: Turn) -> None:
        pending = self._vault.written(event.token)
        if pending.then is not None:
            pending.then(turn)
        for applied in pending.applied:
            if pending.space is not None:
                self._talk.stored(pending.space, applied, turn)
        turn.add(events.Refresh())

    def _on_write_failed(self, event: events.WriteFailed, turn: Turn) -> None:
        self._vault.halted = StoreError(str(event.error))
        turn.add(events.Refresh())

    # --- connections ---

    def _on_opened(self, event: events.Opened, turn: Turn) -> None:
        link = self.links.get(event.connection)
        if link is None and event.connection > 0:
            turn.add(events.Disconnect(event.connection, "It is not needed any more."))
        elif link is None and self.links.full():
            turn.add(events.Disconnect(event.connection, "Too many connections at once."))
        elif link is None:
            self.links.add(Link(event.connection, turn.now.steady, outgoing=False))
        elif link.pairing is not None:
            turn.add(events.Send(link.id, [self._invitations.start(link, turn.entropy)]))
        elif link.channel is not None:
            turn.add(events.Send(link.id, [link.channel.start()]))

    def _on_closed(self, event: events.Closed, turn: Turn) -> None:
        link = self.links.get(event.connection)
        if link is not None:
            self._invitations.closed(link, turn.out)
            self._lost(self.links.closed(link, event.reason, turn.now), turn)

    def _on_received(self, event: events.Received, turn: Turn) -> None:
        link = self.links.get(event.connection)
        if link is None:
            return
        try:
            self._read(link, event.frame, turn)
        except StoreError:
            raise  # our own disk's fault, not theirs
        except CollarError as error:
            self._refuse(link, error, turn)

    def _read(self, link: Link, frame: bytes, turn: Turn) -> None:
        if link.pairing is None and link.channel is None:
            if frame[:1] == PAIRING_FRAME:
                self._invitations.accept(link, turn.entropy, turn.out)
            elif frame[:1] == KEY_FRAME:
                self.links.answer(link, self._vault.keys(), turn.now, turn.entropy)
        if link.pairing is not None:
            self._on_pairing(link, frame, turn)
            return
        messages, established = read(link, frame, turn.out)
        self.links.remember(link, turn.now)
        if established and not self._establish(link, turn):
            return
        for message in messages:
            self._on_message(link, wire.decode(message), turn)

    def _establish(self, link: Link, turn: Turn) -> bool:
        if not self.links.establish(link, self._vault.keys(), turn.now, turn.out) or link.peer is None:
            return False
        space, peer = self.spaces[link.peer[0]], self.links.peers[link.peer]
        if link.address is not None and link.address.instance is None:
            peer.addresses = tuple(dict.fromkeys((link.address, *peer.addresses)))[:4]
        self._talk.begin(link, space, peer, turn)
        return True

    def _refuse(self, link: Link, error: CollarError, turn: Turn) -> None:
        """Close a connection that did wrong; name the device where it had proven itself, tell a stranger nothing."""
        if link.session is not None and link.peer is not None:
            if isinstance(error, LocalError):
                self.spaces[link.peer[0]].note(str(error))
            elif not isinstance(error, OtherVersion):
                self.spaces[link.peer[0]].blame(link.peer[1], error)
            send(link, [wire.encode(wire.Farewell(str(error)[:256]))], turn.out)
        self._lost(self.links.drop(link, str(error), turn.now, turn.out), turn)

    def _lost(self, peer: Peer | None, turn: Turn) -> None:
        """A peer lost a connection: keep what is known of it, and go on with another that it may have."""
        turn.add(events.Refresh())
        if peer is None:
            return
        spare = self.links.get(peer.link) if peer.link is not None else None
        if spare is not None and spare.session is not None:
            self._talk.greet(spare, self.spaces[peer.key[0]], turn)  # what the other carried may be lost
            for document in self.spaces[peer.key[0]].library.shared():
                send(spare, map(wire.encode, spare.session.offer(document)), turn.out)
        elif self._vault.halted is None:
            self._vault.keep_settings(_peer_setting(peer), turn)

    def _on_tick(self, _event: events.Tick, turn: Turn) -> None:
        for link in self.links.overdue(turn.now):
            self._lost(self.links.drop(link, "It did not answer in time.", turn.now, turn.out), turn)
        self._drop_all(self._invitations.expire(turn.now, turn.out), "The code expired.", turn)
        if self._vault.halted is None:
            self._talk.bring_all(turn)
            self._vault.rest(turn)
        if turn.now.wall > self._vault.floor + _FLOOR_STEP_MILLISECONDS and self._vault.halted is None:
            self._vault.keep_settings({}, turn)

    def _on_found(self, event: events.Found, turn: Turn) -> None:
        """Remember it too: whose it is may become known later, by a code typed or a device let in."""
        self._heard.pop(event.instance, None)
        self._heard[event.instance] = event
        while len(self._heard) > _HEARD_MAX:
            del self._heard[next(iter(self._heard))]
        self._recognise([event], turn)

    def _recognise(self, heard: Iterable[events.Found], turn: Turn) -> None:
        epoch = turn.now.wall // DAY_MILLISECONDS
        for found in heard:
            addresses = tuple(Address(host, port, found.instance) for host, port in found.addresses)
            self.links.found(found.instance, found.tags, addresses, epoch)
            self._invitations.found(found.tags, found.instance, addresses, epoch)  # a paired device may show a code too

    def _on_locate(self, event: events.Locate, _turn: Turn) -> None:
        self.links.locate(event.address)

    def _on_stop(self, _event: events.Stop, turn: Turn) -> None:
        """Say farewell everywhere, keep what is known of every peer, and close."""
        for link in self.links.all():
            if link.session is not None:
                send(link, [wire.encode(wire.Farewell("It was closed."))], turn.out)
            turn.add(events.Disconnect(link.id, "It was closed."))
        if self._vault.halted is None:
            self._vault.rest(turn, closing=True)
            settings: dict[str, bytes] = {}
            for peer in self.links.peers.values():
                settings.update(_peer_setting(peer))
            self._vault.keep_settings(settings, turn)
        self._vault.halted = StoreError("This device is closed.")

    def _on_message(self, link: Link, message: wire.Message, turn: Turn) -> None:
        if isinstance(message, wire.Farewell):
            self._lost(self.links.drop(link, message.reason, turn.now, turn.out), turn)
        else:
            self._meet(self._talk.receive(link, message, turn), turn)

    def _on_examined(self, event: events.Examined, turn: Turn) -> None:
        link = self._talk.examined(event.token)
        if link is None:
            return
        try:
            self._meet(self._talk.adopt(link, event, turn), turn)
        except StoreError:
            raise
        except CollarError as error:
            self._refuse(link, error, turn)

    # --- pairing ---

    def _on_invite(self, event: events.Invite, turn: Turn) -> None:
        self._invitations.invite(event, self._vault.space(event.space), turn.now, turn.out)

    def _on_join(self, event: events.Join, turn: Turn) -> None:
        self._vault.writable()
        self._invitations.join(event, self._vault.seed, turn.entropy(SALT_BYTES))
        self._recognise(reversed(self._heard.values()), turn)

    def _on_cancel(self, event: events.Cancel, turn: Turn) -> None:
        self._drop_all(self._invitations.cancel(event.request, turn.out), "Pairing was stopped.", turn)

    def _on_pairing(self, link: Link, frame: bytes, turn: Turn) -> None:
        match self._invitations.receive(link, frame, turn.out):
            case Admission() as admission:
                self._admit(link, admission, turn)
            case Welcome() as welcome:
                self._enter(link, welcome, turn)
            case False:
                self.links.drop(link, "Pairing ended.", turn.now, turn.out)

    def _admit(self, link: Link, joined: Admission, turn: Turn) -> None:
        """Enrol the new device; it is told once that is on the disk."""
        self._vault.writable()
        space = self._vault.space(joined.space)
        body = membership.enrolment(joined.person_name, joined.device_name, joined.public, joined.proof)
        say = Say(membership.ENROL, joined.public.device, body, home="core")
        applied = space.say(say, turn.now.wall, turn.entropy(16))
        person = identity.person_of(joined.public.device)
        self._vault.keep(space, [applied], turn, lambda later: self._invitations.welcome(link, person, later.out))
        self._talk.push(space, applied.document, turn)
        self._meet(space, turn)

    def _enter(self, link: Link, welcome: Welcome, turn: Turn) -> None:
        """This device was let in: keep the space, then connect to the device that let it in."""
        self._vault.writable()
        space = self._vault.begin(welcome.space, welcome.keys)
        settings = self._vault.add(space, welcome.salt, welcome.sponsor)
        self._meet(space, turn)
        peer = self.links.peers[(space.id, welcome.sponsor.device)]
        if welcome.address.instance is None:
            peer.addresses = (welcome.address,)
        else:
            peer.found(welcome.address.instance, (welcome.address,))
        self.links.drop(link, "Pairing is done.", turn.now, turn.out)
        self._vault.keep_settings(
            {**settings, **_peer_setting(peer)},
            turn,
            lambda later: later.add(events.Answer(welcome.request, space.id)),
        )

    def _drop_all(self, connections: Iterable[int], reason: str, turn: Turn) -> None:
        for connection in connections:
            link = self.links.get(connection)
            if link is not None:
                self.links.drop(link, reason, turn.now, turn.out)

    def _meet(self, space: Space | None, turn: Turn | None = None) -> None:
        """Every enrolled device but this one is a peer, and so is the one that let this device in."""
        if space is None:
            return
        public = {device.id: device.public for device in space.membership.devices.values()}
        sponsor = self._vault.sponsors.get(space.id)
        if sponsor is not None:
            public.setdefault(sponsor.device, sponsor)
        for device, keys in public.items():
            key = (space.id, device)
            if device != space.keys.device and key not in self.links.peers:
                record = self._vault.peer_records.get(key, PeerRecord())
                self.links.peers[key] = Peer(key, keys, beacon.pair_key(space.keys, keys), record)
                if turn is not None:
                    turn.add(events.Advertise())
                    self._recognise(self._heard.values(), turn)
            if device in space.library.splits.blocked and key in self.links.peers:
                self._block(self.links.peers[key], turn)

    def _block(self, peer: Peer, turn: Turn | None) -> None:
        """Keep no connection with a device that signed two histories."""
        peer.blocked = True
        for link in self.links.all() if turn is not None else ():
            if turn is not None and link.peer == peer.key:
                self._lost(self.links.drop(link, BLOCKED, turn.now, turn.out), turn)
        peer.why = BLOCKED


def _peer_setting(peer: Peer) -> dict[str, bytes]:
    return {f"peer/{peer.key[0]}/{peer.key[1]}": msgspec.msgpack.encode(peer.record())}
