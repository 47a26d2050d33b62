"""Words in passing: told to connected devices, kept in memory for a while, and gone.

Whether a person may hear a word is asked of a gate, made from what was said in the space, on both sides: before it is
told and for as long as it is heard. Nothing here reaches a document or a disk; what a word means is not known here.
A word ends when its lifetime does, by either clock; when it is hushed; when the gate closes; and when the connection it
came over has been gone for AIR_LOST_MILLISECONDS. A gate that closed for somebody opens for a new word only.
"""

from collections.abc import Callable, Iterator
from typing import Final

from collar_sync import limits
from collar_sync.core import events, wire
from collar_sync.core.bucket import Bucket
from collar_sync.core.events import Now, PeerKey
from collar_sync.core.links import Link, Links, send
from collar_sync.core.passing import Gate, Heard, MakeGate, Told, silence
from collar_sync.core.space import Space
from collar_sync.core.vault import Turn, Vault
from collar_sync.errors import InvalidInput, NotAllowed, PeerError
from collar_sync.ids import DeviceId, PersonId, SpaceId

_PATIENCE: Final = 2  # a listener grants so many times what a teller takes: delayed words come in flocks


class _Word:
    """A word on either side, and when it ends, by the steady clock and by that of folds."""

    def __init__(self, body: bytes, lifetime: int, now: Now, time: int) -> None:
        self.body = body
        self.since = time
        self.ends = time + lifetime
        self.ends_steady = now.steady + lifetime

    def left(self, now: Now, time: int) -> int:
        """Milliseconds that it has left, not above 0 once it is over."""
        return min(self.ends_steady - now.steady, self.ends - time)


class _Telling:
    """A word of this device's: who is still to hear it, and which device got it over which connection."""

    def __init__(self, kind: str, to: set[PersonId], number: int, word: _Word) -> None:
        self.kind = kind
        self.to = to
        self.number = number
        self.word = word
        self.sent: dict[DeviceId, tuple[int, int]] = {}  # connection; how much of core the device had confirmed


class _Hearing:
    """The latest of one kind from one device; `word` is None once it is gone, and only its number is remembered."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.until: tuple[int, int] | None = None  # when the word of that number ends, however late it is told again
        self.link = 0
        self.word: _Word | None = None
        self.lost: int | None = None  # steady milliseconds, since when its connection is gone


class _Ear:
    """All that is heard from one device, and how much of it may still come."""

    def __init__(self) -> None:
        self.opening = b""  # of the teller's: its numbers begin anew each time
        self.opened = 0  # when the connection was opened over which that opening spoke first
        self.kinds: dict[str, _Hearing] = {}
        self.bucket = Bucket(limits.AIR_EACH_MILLISECONDS // _PATIENCE, limits.AIR_BURST * _PATIENCE)
        self.excess = 0


class Air:
    """Every word in passing that this device tells or hears. `time` gives the `now` of folds."""

    def __init__(self, vault: Vault, links: Links, time: Callable[[int], int], make_gate: MakeGate = silence) -> None:
        self._vault = vault
        self._links = links
        self._time = time
        self._make_gate = make_gate
        self._gates: dict[SpaceId, tuple[int, Gate]] = {}
        self._told: dict[SpaceId, dict[str, _Telling]] = {}
        self._ears: dict[PeerKey, _Ear] = {}
        self._mouths: dict[PeerKey, Bucket] = {}
        self._opening = b""
        self._number = 0

    # --- what a person's own side asks ---

    def tell(self, event: events.Tell, turn: Turn) -> None:
        """Tell these people, in place of what was told of that kind; raises `InvalidInput`, `NotAllowed`."""
        space = self._vault.space(event.space)
        if space.over:
            raise NotAllowed(space.over)
        told = self._told.get(space.id, {})
        if not 0 < len(event.kind) <= limits.AIR_KIND_CHARACTERS_MAX or len(event.body) > limits.AIR_BODY_BYTES_MAX:
            raise InvalidInput("This is too long to be told in passing: 2 KiB at most. Say it shorter.")
        if event.lifetime_milliseconds <= 0:
            raise InvalidInput("What is told in passing lasts for a moment at least. Choose a longer time.")
        if event.lifetime_milliseconds > limits.AIR_LIFETIME_MILLISECONDS_MAX:
            raise InvalidInput("What is told in passing lasts for a day at most. Choose a shorter time.")
        if event.kind not in told and len(told) >= limits.AIR_KINDS_MAX:
            raise InvalidInput("Too many kinds of things are told at once. Stop one of them first.")
        gate, time = self._gate(space), self._time(turn.now.wall)
        to = {person for person in event.to if person != space.me and gate(event.kind, space.me, person, time)}
        if not to:
            raise NotAllowed("Nobody may hear this from you now.")
        self._opening = self._opening or turn.entropy(wire.OPENING_BYTES)
        self._number += 1
        word = _Word(event.body, event.lifetime_milliseconds, turn.now, time)
        telling = _Telling(event.kind, to, self._number, word)
        before = self._told.setdefault(space.id, {}).get(event.kind)
        if before is not None:
            self._hush(
                space, before, turn, {d: at for d, at in before.sent.items() if space.author(d) not in to | {space.me}}
            )
        self._told[space.id][event.kind] = telling
        turn.add(events.Refresh())

    def hush(self, event: events.Hush, turn: Turn) -> None:
        """Take back what is told of that kind; nothing where there is nothing."""
        telling = self._told.get(event.space, {}).pop(event.kind, None)
        if telling is not None:
            self._hush(self._vault.space(event.space), telling, turn, telling.sent)

    def told(self, space: Space, now: Now) -> tuple[Told, ...]:
        """What this device tells at this moment, kinds sorted."""
        gate, time = self._gate(space), self._time(now.wall)
        found: list[Told] = []
        for kind, telling in sorted(self._told.get(space.id, {}).items()):
            to = tuple(sorted(person for person in telling.to if gate(kind, space.me, person, time)))
            if to and telling.word.left(now, time) > 0:
                found.append(Told(kind, telling.word.body, to, telling.word.since, telling.word.ends))
        return tuple(found)

    def heard(self, space: Space, now: Now) -> tuple[Heard, ...]:
        """What is heard at this moment, by device and kind."""
        return tuple(
            Heard(kind, hearing.word.body, space.author(key[1]), key[1])
            for key, ear in sorted(self._ears.items())
            if key[0] == space.id
            for kind, hearing in sorted(ear.kinds.items())
            if hearing.word is not None and self._lasts(space, key[1], kind, hearing, now)
        )

    def reached(self, space: Space) -> dict[str, frozenset[DeviceId]]:
        """Which devices were told what and not hushed since, by kind."""
        return {kind: frozenset(telling.sent) for kind, telling in self._told.get(space.id, {}).items()}

    # --- what peers send ---

    def receive(self, link: Link, message: wire.Tell | wire.Hush, turn: Turn) -> None:
        """Take in one message of a proven peer; raises `PeerError` where it sends far more than any honest one."""
        if link.session is None or link.peer is None or link.session.version is None:
            raise PeerError("A message came before its time.")
        space = self._vault.spaces[link.peer[0]]
        ear = self._ears.setdefault(link.peer, _Ear())
        held = ear.kinds.get(message.kind)
        hushes = isinstance(message, wire.Hush)
        paid = hushes and held is not None and held.word is not None  # by the word that it takes back
        if not paid and not self._within(ear, turn.now.steady) and not hushes:
            return
        if message.opening != ear.opening:
            if link.opened < ear.opened:
                return  # it comes late, from before that device was opened anew
            ear.opening, ear.opened = message.opening, link.opened
            ear.kinds.clear()
        hearing = ear.kinds.get(message.kind) or self._slot(ear, message.kind)
        if hearing is None or message.number < hearing.number:
            return
        if message.number > hearing.number:
            hearing.until = None
        hearing.number, hearing.word = message.number, None
        if isinstance(message, wire.Tell):
            hearing.link, hearing.lost = link.id, None
            word = hearing.word = _Word(message.body, message.lifetime, turn.now, self._time(turn.now.wall))
            ends = (word.ends_steady, word.ends) if hearing.until is None else hearing.until
            hearing.until = (min(ends[0], word.ends_steady), min(ends[1], word.ends))
            word.ends_steady, word.ends = hearing.until
            if not self._lasts(space, link.peer[1], message.kind, hearing, turn.now):
                hearing.word = None
        turn.add(events.Refresh())

    def settle(self, turn: Turn) -> None:
        """After each event: end what is over on either side, and tell whoever may hear and was not told yet."""
        for identifier in [each for each, told in self._told.items() if told]:
            space = self._vault.spaces.get(identifier)
            if space is None or space.over:
                del self._told[identifier]  # nobody is connected who could be told
                turn.add(events.Refresh())
            else:
                self._settle_told(space, turn)
        for key, ear in self._ears.items():
            here = self._vault.spaces.get(key[0])
            for kind, hearing in ear.kinds.items():
                if hearing.word is None:
                    continue
                live = self._links.get(hearing.link) is not None
                hearing.lost = None if live else hearing.lost if hearing.lost is not None else turn.now.steady
                if here is None or here.over or not self._lasts(here, key[1], kind, hearing, turn.now):
                    hearing.word = None
                    turn.add(events.Refresh())

    def clear(self) -> None:
        """Forget everything: the device is being closed."""
        self._told.clear()
        self._ears.clear()

    # --- the teller's side ---

    def _settle_told(self, space: Space, turn: Turn) -> None:
        gate, time = self._gate(space), self._time(turn.now.wall)
        told = self._told[space.id]
        for kind, telling in list(told.items()):
            left = telling.word.left(turn.now, time)
            stay = {person for person in telling.to if left > 0 and gate(kind, space.me, person, time)}
            if stay != telling.to:
                telling.to = stay  # for good: what opens again later is another word's
                turn.add(events.Refresh())
            own = {space.me} if stay else set[PersonId]()
            gone = {d: at for d, at in telling.sent.items() if space.author(d) not in stay | own}
            self._hush(space, telling, turn, gone)
            telling.sent = {device: at for device, at in telling.sent.items() if device not in gone}
            if not stay:
                del told[kind]
                continue
            for link in self._listening(space, stay | own):
                self._send(space, link, telling, left, turn)

    def _listening(self, space: Space, people: set[PersonId]) -> Iterator[Link]:
        """Connections to the devices of these people that have said what they hold, one a device."""
        for link in self._links.of_space(space.id):
            if link.peer is None or link.session is None or not link.session.greeted:
                continue
            if self._counts(space, link.peer[1]) and space.author(link.peer[1]) in people:
                yield link

    def _send(self, space: Space, link: Link, telling: _Telling, left: int, turn: Turn) -> None:
        """Tell one device, once; again over a new connection, and where what it knows may have opened its gate."""
        if link.peer is None:
            return
        confirmed = sum(self._links.peers[link.peer].stored.get(space.home("core"), {}).values())
        if telling.sent.get(link.peer[1]) == (link.id, confirmed) or link.behind:
            return
        mouth = self._mouths.setdefault(link.peer, Bucket(limits.AIR_EACH_MILLISECONDS, limits.AIR_BURST))
        if not mouth.take(turn.now.steady):
            return  # at a later event: by then a newer word may have taken its place
        telling.sent[link.peer[1]] = (link.id, confirmed)
        message = wire.Tell(self._opening, telling.number, telling.kind, telling.word.body, left)
        send(link, [wire.encode(message)], turn.out)

    def _hush(self, space: Space, telling: _Telling, turn: Turn, sent: dict[DeviceId, tuple[int, int]]) -> None:
        """Take a word back from these devices; where the connection is gone it ends there by itself."""
        turn.add(events.Refresh())
        self._number += 1
        for device, (connection, _) in sent.items():
            link = self._links.get(connection)
            if link is not None and link.peer == (space.id, device):
                send(link, [wire.encode(wire.Hush(self._opening, self._number, telling.kind))], turn.out, last=True)

    # --- the listener's side ---

    def _within(self, ear: _Ear, steady: int) -> bool:
        """Whether one more message is within what an honest device sends."""
        if ear.bucket.full(steady):
            ear.excess = 0
        if ear.bucket.take(steady):
            return True
        ear.excess += 1
        if ear.excess > limits.AIR_EXCESS_MAX:
            raise PeerError("It sent messages in passing far faster than any honest device does.")
        return False

    def _slot(self, ear: _Ear, kind: str) -> _Hearing | None:
        """A place for one more kind, in that of one that is gone where there are too many; None where all are live."""
        if len(ear.kinds) >= limits.AIR_KINDS_MAX:
            gone = next((name for name, hearing in ear.kinds.items() if hearing.word is None), None)
            if gone is None:
                return None
            del ear.kinds[gone]
        return ear.kinds.setdefault(kind, _Hearing(0))

    def _lasts(self, space: Space, device: DeviceId, kind: str, hearing: _Hearing, now: Now) -> bool:
        """Whether a word may be heard now."""
        time = self._time(now.wall)
        if hearing.word is None or hearing.word.left(now, time) <= 0 or not self._counts(space, device):
            return False
        if hearing.lost is not None and now.steady - hearing.lost >= limits.AIR_LOST_MILLISECONDS:
            return False
        return self._gate(space)(kind, space.author(device), space.me, time)

    def _counts(self, space: Space, device: DeviceId) -> bool:
        """Whether a device was let in and nothing keeps it apart: no removal, no leaving, no refusal here."""
        peer = self._links.peers.get((space.id, device))
        known = device in space.membership.devices and space.standing.why_apart(device) is None
        return known and peer is not None and peer.apart is None

    def _gate(self, space: Space) -> Gate:
        """The gate as it follows from what is known of the space now."""
        revision, gate = self._gates.get(space.id, (-1, None))
        if gate is None or revision != space.revision:
            gate = self._make_gate(space.statements, space.people())
            self._gates[space.id] = (space.revision, gate)
        return gate
