"""handle(event, now, entropy) → effects: everything this device decides.

One engine holds all spaces of a device. It is deterministic: the same events, times and random bytes give the same
effects. It does nothing itself; a shell carries out the effects, in order, and tells it what happened.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from collar_sync.core import events, identity, membership, wire
from collar_sync.core.air import Air
from collar_sync.core.answered import Answered
from collar_sync.core.company import FAILED, SILENT, Company, peer_setting
from collar_sync.core.edits import Say
from collar_sync.core.entrance import Entrance
from collar_sync.core.events import Effect, Entropy, Event, Now
from collar_sync.core.identity import Keys
from collar_sync.core.joinings import Joinings
from collar_sync.core.links import KEY_FRAME, PAIRING_FRAME, Link, Links, post, read, send
from collar_sync.core.parting import Parting
from collar_sync.core.passing import MakeGate, silence
from collar_sync.core.replica import statement_bytes
from collar_sync.core.shelf import Shelf
from collar_sync.core.space import Space, Unfinished, everything
from collar_sync.core.statement import identify
from collar_sync.core.talk import Talk
from collar_sync.core.vault import SALT_BYTES, Settings, SpaceRecord, Turn, Vault
from collar_sync.errors import CollarError, InvalidInput, NotAllowed, StoreError
from collar_sync.ids import SpaceId

_NOT_MET: Final = (
    "This device has not heard from the others yet, so nobody could tell whose word this is. Nothing was written: wait "
    "for the first sync, with both devices on. Pausing, limits and what is private need not wait."
)
_NOT_YET: Final = "This was to be said at a time that has not come yet here. Nothing was written; try it again."
_READ_AGAIN_MILLISECONDS: Final = 5_000  # between two tries to read all of a disk that failed
_FLOOR_STEP_MILLISECONDS: Final = 60_000  # how often the floor is kept while nothing else is written


class Engine:
    """Every decision of one device. `settings` gives those of its store, `shelf` its documents.

    `unfinished` says what must stay at hand of documents that are put to rest, `make_gate` who may hear what is told in
    passing. Raises `StoreError`.
    """

    def __init__(
        self,
        seed: bytes,
        settings: Settings,
        shelf: Shelf,
        unfinished: Unfinished = everything,
        make_gate: MakeGate = silence,
    ) -> None:
        kept = settings()
        self.links = Links(Answered(kept))
        self._vault = Vault(seed, settings, shelf, unfinished)
        self._talk = Talk(self._vault, self.links)
        joinings = Joinings(self.links, self._vault.spaces, self._vault.records)
        self._company = Company(self._vault, self.links, self._talk, joinings)
        self._entrance = Entrance(self._vault, self.links, self._talk, joinings, self._company, kept)
        self.air = Air(self._vault, self.links, self.time, make_gate)
        self._parting = Parting(self._vault, self.links, self._talk, self._company)
        self.failed: StoreError | None = None  # why nothing more is kept, taken in or sent until it is opened again
        self.as_stored = True  # whether nothing is shown but what is on the disk; asked once it failed
        self._read_again = 0  # when to try it next, steady milliseconds
        self._handlers = {
            events.Received: self._on_received,
            events.Sent: self._on_sent,
            events.Write: self._on_write,
            events.Note: self._on_note,
            events.Written: self._on_written,
            events.WriteFailed: self._on_write_failed,
            events.Opened: self._on_opened,
            events.Closed: self._on_closed,
            events.Examined: self._on_examined,
            events.Found: self._company.found,
            events.Locate: self._on_locate,
            events.Moved: self._on_moved,
            events.Looked: self._on_looked,
            events.CreateSpace: self._on_create,
            events.Invite: self._entrance.invite,
            events.Join: self._entrance.join,
            events.Compared: self._entrance.compared,
            events.Cancel: self._entrance.cancel,
            events.RemoveDevice: self._parting.remove,
            events.Leave: self._parting.leave,
            events.Choose: self._parting.choose,
            events.BelieveClock: self._on_believe_clock,
            events.Erase: self._parting.erase,
            events.Tick: self._on_tick,
            events.Tell: self.air.tell,
            events.Hush: self.air.hush,
            events.Stop: self._on_stop,
        }
        for space in self.spaces.values():
            self._company.meet(space)

    @property
    def spaces(self) -> Mapping[SpaceId, Space]:
        """The spaces of this device."""
        return self._vault.spaces

    def again(self) -> "Engine":
        """Return another engine that holds what is on the disk now, for reading; this one knows nothing of it."""
        return Engine(*self._vault.again())

    def awaited(self, space: Space) -> SpaceRecord | None:
        """As what this device was let into a space, while its own part in it is not here; None once it is."""
        return self._vault.records[space.id] if self._vault.awaited(space) else None

    def notes(self, space: SpaceId) -> Mapping[str, bytes]:
        """What this device notes for its person in a space, by name."""
        return {name: value for (place, name), value in self._vault.notes.items() if place == space}

    def time(self, wall: int) -> int:
        """The `now` of folds and of acts: never earlier than the latest given or kept; see `Floor`."""
        return self._vault.floor.now(wall)

    def advertise(self, instances: tuple[bytes, ...]) -> list[bytes]:
        """The secrets to announce, for these own instances, newest first."""
        self.links.instances = instances
        if self.failed is not None:
            return []
        peers = (peer.secret for peer in self.links.peers.values() if peer.apart is None)
        return [*self._entrance.nameplates(), *peers]

    def handle(self, event: Event, now: Now, entropy: Entropy) -> list[Effect]:
        """Decide what follows from one event; `entropy(n)` gives n random bytes.

        Raises a `LocalError` where a request cannot be done at all; nothing has changed then.
        """
        turn, before = Turn(now, entropy), self._vault.on_the_way.asked
        self.time(now.wall)
        try:
            self._handlers[type(event)](event, turn)  # type: ignore[operator]  # each handler takes its own event
        except StoreError as error:
            self._halt(error)  # what is on the disk cannot be read: nothing more is written either
            if isinstance(event, events.REQUESTS):
                self._vault.on_the_way.give_up(before)
                self._show_what_is_stored(turn)
                raise
        if self.failed is not None and not isinstance(event, events.Stop):
            self._fall_silent(turn)
        elif self._vault.halted is None:
            self._entrance.dial_due(turn)
            self.links.dial_due(self._vault.keys(), now, entropy, turn.out)
        self.air.settle(turn)
        return turn.out

    # --- a disk that failed ---

    def _halt(self, error: StoreError) -> None:
        if self._vault.halted is None:
            self._vault.halted = self.failed = error
            self.as_stored = False

    def _fall_silent(self, turn: Turn) -> None:
        """Part with everybody, who are told why, and show what is on the disk."""
        self._entrance.stop(str(self.failed), turn)
        for link in self.links.all():
            if link.session is not None:
                send(link, [wire.encode(FAILED)], turn.out, last=True)
            self._entrance.closed(link, str(self.failed), turn)
            self._company.lost(self.links.drop(link, SILENT, turn.now, turn.out), turn)
        for peer in self.links.peers.values():
            peer.why = SILENT
        self._show_what_is_stored(turn)

    def _show_what_is_stored(self, turn: Turn) -> None:
        """Let go of what was to be written and never will be; again and again where the disk cannot be read."""
        if self.as_stored or not self._vault.on_the_way.empty() or turn.now.steady < self._read_again:
            return
        try:
            self._vault.forget_unsaved()
        except StoreError:
            self._read_again = turn.now.steady + _READ_AGAIN_MILLISECONDS
            return
        self.as_stored = True
        self.links.peers = {key: peer for key, peer in self.links.peers.items() if key[0] in self.spaces}
        for space in self.spaces.values():
            self._company.meet(space)
        turn.add(events.Refresh())
        turn.add(events.Advertise())

    # --- writing ---

    def _on_write(self, event: events.Write, turn: Turn) -> None:
        space = self._vault.space(event.space)
        self._vault.writable()
        says = sum(isinstance(edit, Say) for edit in event.edits)
        met = space.keys.device in space.membership.devices
        if not met and any(isinstance(edit, Say) and not edit.early for edit in event.edits):
            raise NotAllowed(_NOT_MET)
        at = self._vault.floor.time if event.at is None else event.at
        if at > self._vault.floor.time:
            raise InvalidInput(_NOT_YET)
        applied, said = space.write(event.document, event.edits, at, turn.entropy(8 + 8 * says))
        if said:
            self._vault.floor.said(at)
        self.links.wanted(space.id)
        if not applied:  # it reads so already: perhaps by a change that is only on its way to the disk
            self._vault.once_durable(space, turn, lambda later: later.add(events.Answer(event.request, said)))
            return
        self._vault.keep(space, applied, turn, lambda later: later.add(events.Answer(event.request, said)))
        if any(space.library.is_core(each.document) for each in applied):
            self._company.meet(space, turn)
        for each in applied:
            self._talk.push(space, each.document, turn)  # before it is stored: each opening writes as a new actor

    def _on_note(self, event: events.Note, turn: Turn) -> None:
        self._vault.writable()
        space = self._vault.space(event.space)
        self._vault.note(
            space, event.name, event.value, turn, lambda later: later.add(events.Answer(event.request, None))
        )

    def _on_believe_clock(self, event: events.BelieveClock, turn: Turn) -> None:
        """Go back to what the clock says: a person's own act, since what had ended may then read as going on."""
        self._vault.writable()
        self._vault.floor.believe(turn.now.wall)
        for space in self.spaces.values():  # what was put away as over may not be
            space.hand.reopen()
        self._vault.keep_settings({}, turn, lambda later: later.add(events.Answer(event.request, None)))

    def _on_create(self, event: events.CreateSpace, turn: Turn) -> None:
        """Found a space: its first statement is made before its id, which is that statement's hash."""
        self._vault.writable()
        salt, chance = turn.entropy(SALT_BYTES), turn.entropy(16)
        keys = Keys.derive(self._vault.seed, salt)
        body = membership.found(event.name, event.person_name, event.device_name, keys.public)
        say = Say(membership.FOUND, body=body, home="core")
        at = self._vault.floor.time
        raw = statement_bytes(say, at=at, nonce=chance[8:])
        space = self._vault.begin(identity.space_of(identify(keys.device, raw)), keys)
        applied = space.say(say, at, chance)
        self._vault.floor.said(at)
        settings = self._vault.add(space, SpaceRecord(salt))  # with the founding, or a crash leaves one without
        self._vault.keep(
            space, [applied], turn, lambda later: later.add(events.Answer(event.request, space.id)), settings
        )

    def _on_written(self, event: events.Written, turn: Turn) -> None:
        pending = self._vault.on_the_way.take(event.token)
        if pending.then is not None:
            pending.then(turn)
        for applied in pending.applied:
            if pending.space is not None and self.spaces.get(pending.space.id) is pending.space:  # not erased meanwhile
                self._talk.stored(pending.space, applied, turn)
        self._go_on(turn)
        turn.add(events.Refresh())

    def _on_write_failed(self, event: events.WriteFailed, turn: Turn) -> None:
        self._halt(StoreError(str(event.error)))
        self._vault.on_the_way.give_up()
        turn.add(events.Refresh())

    # --- connections ---

    def _on_opened(self, event: events.Opened, turn: Turn) -> None:
        link = self.links.get(event.connection)
        if link is None and (event.connection > 0 or self.failed is not None):
            turn.add(events.Disconnect(event.connection, "It is not needed any more."))
        elif link is None:
            self.links.welcome(event.connection, event.host, turn.now, turn.out)
        elif link.pairing is not None:
            self._entrance.opened(link, turn)
        elif link.channel is not None:
            post(link, [link.channel.start()], turn.out)

    def _on_closed(self, event: events.Closed, turn: Turn) -> None:
        link = self.links.get(event.connection)
        if link is not None:
            self._entrance.closed(link, event.reason, turn)
            self._company.lost(self.links.closed(link, turn.now, event.how), turn)

    def _on_sent(self, event: events.Sent, turn: Turn) -> None:
        link = self.links.get(event.connection)
        if link is not None:
            link.unsent -= event.bytes
            self._talk.catch_up(link, turn)

    def _on_received(self, event: events.Received, turn: Turn) -> None:
        link = self.links.get(event.connection)
        if link is None:
            return
        try:
            self._read(link, event.frame, turn)
        except StoreError:
            raise  # our own disk's fault, not theirs
        except CollarError as error:
            self._company.refuse(link, error, turn)

    def _read(self, link: Link, frame: bytes, turn: Turn) -> None:
        if link.pairing is None and link.channel is None:
            if frame[:1] == PAIRING_FRAME:
                self._entrance.accept(link, turn)
            elif frame[:1] == KEY_FRAME:
                self.links.answer(link, self._vault.keys(), turn.now, turn.entropy)
        if link.pairing is not None:
            self._entrance.receive(link, frame, turn)
            return
        messages, established = read(link, frame, turn.out)
        answered = self.links.remember(link)
        if answered and self._vault.halted is None:
            self._vault.keep_settings(answered, turn)
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
        if peer.apart is not None:
            if peer.apart.farewell is not None:
                send(link, [wire.encode(peer.apart.farewell)], turn.out, last=True)
            self._company.lost(self.links.drop(link, peer.apart.reason, turn.now, turn.out), turn)
            return False
        self._talk.begin(link, space, peer, turn)
        return True

    def _on_tick(self, _event: events.Tick, turn: Turn) -> None:
        for link in self.links.overdue(turn.now):
            self._company.lost(self.links.drop(link, "It did not answer in time.", turn.now, turn.out), turn)
        self.links.rekey_due(turn.now, turn.out)
        self._entrance.expire(turn)
        if self._vault.halted is None:
            self._talk.bring_all(turn)
            self._vault.rest(turn)
        if self._vault.floor.time > self._vault.floor_kept + _FLOOR_STEP_MILLISECONDS and self._vault.halted is None:
            self._vault.keep_settings({}, turn)

    def _on_locate(self, event: events.Locate, turn: Turn) -> None:
        self.links.locate(event.address, turn.now.steady)

    def _on_moved(self, _event: events.Moved, turn: Turn) -> None:
        self.links.moved(turn.now.steady)

    def _on_looked(self, _event: events.Looked, _turn: Turn) -> None:
        self.links.wanted()

    def _on_stop(self, _event: events.Stop, turn: Turn) -> None:
        """Say farewell everywhere, keep what is known of every peer, and close."""
        self.air.clear()
        for link in self.links.all():
            if link.session is not None:
                send(link, [wire.encode(wire.Farewell("It was closed."))], turn.out, last=True)
            turn.add(events.Disconnect(link.id, "It was closed."))
        if self._vault.halted is None:
            self._vault.rest(turn, closing=True)
            settings: dict[str, bytes | None] = {}
            for peer in self.links.peers.values():
                gone = peer.apart is not None and peer.apart.farewell is not None  # a crash may have left its addresses
                settings.update(dict.fromkeys(peer_setting(peer)) if gone else peer_setting(peer))
            self._vault.keep_settings(settings, turn)
        self._vault.halted = StoreError("This device is closed.")

    def _on_message(self, link: Link, message: wire.Message, turn: Turn) -> None:
        if isinstance(message, wire.Farewell):
            self._parting.told(link, message, turn)
        elif isinstance(message, wire.Tell | wire.Hush):
            self.air.receive(link, message, turn)
        else:
            self._company.meet(self._talk.receive(link, message, turn), turn)

    def _on_examined(self, event: events.Examined, turn: Turn) -> None:
        link = self._talk.asked_by(event.token)
        if link is not None:
            self._attempt(link, lambda: self._talk.adopt(link, event, turn), turn)
        else:
            self._go_on(turn)

    def _attempt(self, link: Link, take: Callable[[], Space | None], turn: Turn) -> None:
        """Take in what came on a connection some time ago; whoever sent what cannot be taken is refused."""
        try:
            self._company.meet(take(), turn)
        except StoreError:
            raise
        except CollarError as error:
            self._company.refuse(link, error, turn)

    def _go_on(self, turn: Turn) -> None:
        """Take in what waited for the disk."""
        for link in self._talk.waiting():
            self._attempt(link, partial(self._talk.go_on, link, turn), turn)
