"""The other devices that this one keeps company with: who is one, how each is found, what follows when one is lost.

It ties what core says of people and devices to their connections. It knows nothing of codes, and decodes no message.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core import beacon, events, wire
from collar_sync.core.events import Address, PeerKey
from collar_sync.core.identity import PublicKeys
from collar_sync.core.joinings import Joinings
from collar_sync.core.links import DAY_MILLISECONDS, Link, Links, send
from collar_sync.core.membership import ENROL, Membership
from collar_sync.core.peers import BLOCKED, Apart, Peer, PeerRecord
from collar_sync.core.removal import REMOVE
from collar_sync.core.retry import Retry
from collar_sync.core.space import Space
from collar_sync.core.standing import LEFT, REMOVED, UNVOUCHED, Ending
from collar_sync.core.talk import Talk
from collar_sync.core.vault import SpaceRecord, Turn, Vault
from collar_sync.errors import CollarError, LocalError, OtherVersion, PeerError
from collar_sync.ids import DeviceId, SpaceId

CLOSED: Final = wire.Farewell("It was closed.")
FAILED: Final = wire.Farewell(
    "Its disk failed, so it takes nothing in and sends nothing until it is closed and opened again."
)
SILENT: Final = "This device's disk failed, so it is connected with nobody until this app is closed and opened again."
REFUSED: Final = "You chose not to connect with it. You can take that back at any time."
REMOVED_TOLD: Final = "This device was removed by another device of the same person."
LEFT_TOLD: Final = "The person whose device this is has left this record."
UNFIT: Final = "It sent something that does not fit this record, so the connection was ended. None of it was kept."
LET_IN_IN_VAIN: Final = (
    "This device was removed, and nobody may have heard of you from it. Join again with a new code of somebody else."
)
Known = dict[DeviceId, PublicKeys]
_LINE_MAX: Final = 8  # devices, each let in by the one before; a space of years has a few in a row
_HEARD_MAX: Final = 64  # announcements remembered; a busy network has fewer


class Company:
    """Every other device that this one knows or has heard of."""

    def __init__(self, vault: Vault, links: Links, talk: Talk, joinings: Joinings) -> None:
        self._vault = vault
        self._links = links
        self._talk = talk
        self._joinings = joinings
        talk.meet = self.meet
        self._worked_out: dict[SpaceId, tuple[Membership, SpaceRecord | None, set[DeviceId], Known]] = {}
        self._heard: dict[bytes, events.Found] = {}  # announcements, the newest last

    def found(self, event: events.Found, turn: Turn) -> None:
        """Remember it too: whose it is may become known later, by a code typed or a device let in."""
        self._heard.pop(event.instance, None)
        self._heard[event.instance] = event
        self._links.anybody = True
        while len(self._heard) > _HEARD_MAX:
            del self._heard[next(iter(self._heard))]
        self._recognise([event], turn)

    def look_again(self, turn: Turn) -> None:
        """Somebody else is looked for now: look through what was heard, the newest first."""
        self._recognise(reversed(self._heard.values()), turn)

    def meet(self, space: Space | None, turn: Turn | None = None) -> None:
        """Every enrolled device but this one is a peer, and so is the one that let this device in."""
        if space is None:
            return
        public, news = self._known(space), list[Peer]()
        for device, keys in public.items():
            key = (space.id, device)
            if device != space.keys.device and key not in self._links.peers:
                record = self._vault.peer_records.get(key, PeerRecord())
                self._links.peers[key] = Peer(key, keys, beacon.pair_key(space.keys, keys), record)
                news.append(self._links.peers[key])
        if news and turn is not None:
            turn.add(events.Advertise())
            self._recognise(self._heard.values(), turn, news)
        for key in [(space.id, device) for device in public]:
            if key in self._links.peers:
                self._place(space, self._links.peers[key], turn)

    def _known(self, space: Space) -> Known:
        """The devices to know: all of the space, but of those that one device let in no more than may be.

        Whom one let in counts for it, and for whoever let that one in, up to the first that stands in this device's own
        line: to the devices there, most of which are this person's or their partner's, twice as many are granted. Whom
        it met before stays among them; of others those with the smallest ids are.
        """
        record = self._vault.records.get(space.id)
        met = {device for place, device in (*self._links.peers, *self._vault.peer_records) if place == space.id}
        before = self._worked_out.get(space.id)
        if before is not None and before[:3] == (space.membership, record, met):
            return before[3]
        counts: Counter[DeviceId] = Counter()
        first, line = space.membership.first, self._line(space)
        known: Known = {}
        crowded: set[DeviceId] = set()
        for device in sorted(space.membership.devices, key=lambda each: (each not in met, each)):
            above: list[DeviceId] = []
            step = first.get(device) if device not in line else None
            while step is not None and len(above) <= limits.DEVICES_LET_IN_MAX:
                above.append(step.enroller)
                step = first.get(step.enroller) if step.enroller not in line else None
            full = [each for each in above if counts[each] >= limits.DEVICES_LET_IN_MAX * (1 + (each in line))]
            crowded.update(full[-1:])
            if not full and step is None:
                counts.update(above)
                known[device] = space.membership.devices[device].public
        if record is not None and record.sponsor is not None:
            known.setdefault(record.sponsor.device, record.sponsor)
        for name in sorted(map(space.device_name, crowded)):
            space.note(f"{name} let in more than {limits.DEVICES_LET_IN_MAX} devices; not all are connected with.")
        self._worked_out[space.id] = (space.membership, record, met, known)
        return known

    def _line(self, space: Space) -> set[DeviceId]:
        """This device, the one that let it in, the one that let in that one, and so on for a few."""
        found = [space.keys.device]
        while len(found) < _LINE_MAX and found[-1] in space.membership.first:
            found.append(space.membership.first[found[-1]].enroller)
        return set(found)

    def _place(self, space: Space, peer: Peer, turn: Turn | None) -> None:
        """Keep a peer, or part with it: it may be told why, and is then forgotten where it was."""
        apart = self._why_apart(space, peer)
        if apart == peer.apart:
            return
        peer.apart = apart
        if turn is not None:
            turn.add(events.Advertise())
            turn.add(events.Refresh())
        if apart is None:
            peer.why = None
            peer.retry = Retry()
            return
        for link in self._links.all() if turn is not None else ():
            if turn is not None and link.peer == peer.key:
                if link.session is not None and apart.reason != BLOCKED:
                    send(link, [wire.encode(apart.farewell or CLOSED)], turn.out, last=True)
                self.lost(self._links.drop(link, apart.reason, turn.now, turn.out), turn)
        peer.why = apart.reason
        if apart.farewell is not None:
            peer.forget()
            if turn is not None and self._vault.halted is None:
                self._vault.keep_settings(dict.fromkeys(peer_setting(peer)), turn)

    def _why_apart(self, space: Space, peer: Peer) -> Apart | None:
        """Why no connection with a device is kept; None where one is."""
        device = peer.key[1]
        choice = self._vault.choices.get(peer.key)
        reason = space.standing.why_apart(device)
        told = None
        if reason == REMOVED:
            part = space.membership.removals[device][0]
            told = wire.Farewell(REMOVED_TOLD, parted=True, removal=(part.by, part.proof))
        me = space.keys.device
        leaving = space.ending is Ending.LEFT and not space.left_silently
        telling = not peer.parted and (leaving or _still_tells(space, peer))
        first = space.membership.first.get(device)
        vain = space.ending is Ending.REMOVED and first is not None and first.enroller == me
        table = (
            (device in space.library.splits.blocked, Apart(BLOCKED)),
            (vain and reason is None, Apart(space.over, wire.Farewell(LET_IN_IN_VAIN))),
            (bool(space.over) and not telling, Apart(space.over)),
            (reason == REMOVED, Apart(REMOVED, told)),
            (choice is True, Apart(REFUSED)),
            (reason == LEFT and not space.over, Apart(LEFT, wire.Farewell(LEFT_TOLD, parted=True))),
            (reason == UNVOUCHED and choice is None, Apart(UNVOUCHED)),
        )
        return next((apart for applies, apart in table if applies), None)

    def refuse(self, link: Link, error: CollarError, turn: Turn) -> None:
        """Close a connection that did wrong; name the device where it had proven itself, tell a stranger nothing."""
        if link.session is not None and link.peer is not None:
            space = self._vault.spaces[link.peer[0]]
            if isinstance(error, LocalError):
                space.note(str(error))
            elif not isinstance(error, OtherVersion):
                space.blame(link.peer[1], error)
            send(link, [wire.encode(wire.Farewell(str(error)[:256]))], turn.out, last=True)
        peer = self._links.drop(link, str(error), turn.now, turn.out)
        if peer is not None and isinstance(error, PeerError) and not isinstance(error, OtherVersion):
            peer.why = UNFIT
        self.lost(peer, turn)

    def lost(self, peer: Peer | None, turn: Turn) -> None:
        """A peer lost a connection: keep what is known of it, and go on with another that it may have."""
        turn.add(events.Refresh())
        if peer is None:
            return
        spare = self._links.get(peer.link) if peer.link is not None else None
        if spare is not None and spare.session is not None:
            space = self._vault.spaces[peer.key[0]]
            self._talk.greet(spare, space, turn)  # what the other carried may be lost
            spare.lagging = True
            self._talk.catch_up(spare, turn)
        elif self._vault.halted is None and (peer.apart is None or peer.apart.farewell is None):
            self._vault.keep_settings(peer_setting(peer), turn)

    def _recognise(self, heard: Iterable[events.Found], turn: Turn, whom: Collection[Peer] | None = None) -> None:
        """Whether any of these announcements is of one of these peers, or of any."""
        whom = self._links.peers.values() if whom is None else whom
        epoch = turn.now.wall // DAY_MILLISECONDS
        for found in heard:
            addresses = tuple(Address(host, port, found.instance) for host, port in found.addresses)
            for peer in whom:  # one device may be a peer in several spaces
                if beacon.recognise({0: peer.secret}, found.tags, epoch, found.instance) is not None:
                    peer.found(found.instance, addresses, turn.now.steady)
            self._joinings.found(found.tags, found.instance, addresses, epoch)  # a paired device may show a code too


def _still_tells(space: Space, peer: Peer) -> bool:
    """Whether this device was removed, and let in or removed others of which a peer has not confirmed to have heard.

    The remover may be among them, as where a new laptop removes the old one that let it in: nobody else can tell of it.
    """
    if space.ending is not Ending.REMOVED:
        return False
    own = (each for each, _ in space.sayings.of_kinds((ENROL, REMOVE)) if each.device == space.keys.device)
    return any(
        all(peer.stored.get(document, {}).get(actor, 0) < seq for document, actor, seq in space.sayings.brought(said))
        for said in (each.id for each in own)
    )


def peer_name(key: PeerKey) -> str:
    """Under which name what is known of a peer is kept."""
    return f"peer/{key[0]}/{key[1]}"


def peer_setting(peer: Peer) -> dict[str, bytes]:
    """What is kept about a peer, as a setting of the store."""
    return {peer_name(peer.key): msgspec.msgpack.encode(peer.record())}
