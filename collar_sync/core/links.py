"""The life of connections: who is at the other end, which of two is kept, when to dial again.

Links turn frames into the messages of proven peers and back. They know keys and addresses; they do not know what a
message means, and nothing of documents.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from collar_sync import limits
from collar_sync.core.answered import HOUR_MILLISECONDS, Answered, hour
from collar_sync.core.channel import Candidate, Channel
from collar_sync.core.events import Address, Dial, Disconnect, Effect, Entropy, Now, PeerKey, Send
from collar_sync.core.identity import Keys
from collar_sync.core.peers import Peer
from collar_sync.core.reach import SENTENCES, Cause
from collar_sync.core.session import Session
from collar_sync.core.strangers import From, to_drop
from collar_sync.core.wire import Message
from collar_sync.errors import HandshakeFailed, How, PeerError
from collar_sync.ids import SpaceId

KEY_FRAME: Final = b"\x01"
PAIRING_FRAME: Final = b"\x02"
DAY_MILLISECONDS: Final = 24 * HOUR_MILLISECONDS
_PROVEN_MILLISECONDS: Final = 2_000  # no silent cut is noticed sooner; a refusal takes less, and is dialled again later
_CROSSING_MILLISECONDS: Final = 1_000  # what was opened so late knew of a connection that was proven before
_SETTLED_MILLISECONDS: Final = 10_000  # what is lost so soon after this computer's addresses changed, is lost by that
_LOCATED_MAX: Final = 8  # addresses that a person typed; a wrong one drops out as later ones come


class Link:
    """One connection."""

    def __init__(self, identifier: int, opened: int, *, outgoing: bool) -> None:
        self.id = identifier
        self.opened = opened  # steady milliseconds
        self.proven = opened  # likewise: when its peer was proven
        self.rekeyed = opened  # likewise: when this side last changed keys
        self.place = From("")  # of whoever called
        self.unsent = 0  # bytes on their way out that the network has not taken yet, as far as was told
        self.lagging = False  # something was not offered, since too much was unsent
        self.introduction: Iterator[Message] | None = None  # what is still to be said before anything else
        self.missed = False  # something else was not said, for the same reason
        self.outgoing = outgoing
        self.address: Address | None = None
        self.hours = 0  # by how much this side supposed the other's clock to be ahead, at a typed address
        self.peer: PeerKey | None = None  # whom it was dialled for; once `session` is set, who it is
        self.channel: Channel | None = None
        self.session: Session | None = None
        self.pairing: int | None = None  # the request of an invitation or joining that uses it

    @property
    def behind(self) -> bool:
        """Whether so much waits to be sent that nothing may be added."""
        return self.unsent > limits.OUTBOX_BYTES_MAX


class Links:
    """Every connection of this device, and the peers they reach or should."""

    def __init__(self, answered: Answered | None = None) -> None:
        self.peers: dict[PeerKey, Peer] = {}
        self.located: tuple[Address, ...] = ()
        self.instances: tuple[bytes, ...] = ()  # what this device announced, newest first
        self.anybody = False  # whether any device was heard on the network that this one is on
        self._moved = -_SETTLED_MILLISECONDS  # steady milliseconds
        self._answered = answered or Answered()
        self._links: dict[int, Link] = {}
        self._next = 1

    def number(self) -> int:
        """A fresh connection number for a dial; those of strangers, given by the node, are negative."""
        self._next += 1
        return self._next - 1

    def get(self, connection: int) -> Link | None:
        """The link of that number, unless it ended."""
        return self._links.get(connection)

    def behind(self, connection: int) -> bool:
        """Whether so much waits to be sent there that nothing may be added: its peer does not read what it asks for."""
        link = self._links.get(connection)
        return link is not None and link.behind

    def add(self, link: Link) -> None:
        """Keep track of a new link."""
        self._links[link.id] = link

    def locate(self, address: Address, steady: int) -> None:
        """Look for every peer at this address too, at once."""
        self.located = tuple(dict.fromkeys((address, *self.located)))[:_LOCATED_MAX]
        for peer in self.peers.values():
            peer.look(steady)

    def moved(self, steady: int) -> None:
        """Where nobody was reached before, somebody may be now: dial every peer at once."""
        self.anybody = False
        self._moved = steady
        for peer in self.peers.values():
            peer.moved(steady)

    def wanted(self, space: SpaceId | None = None) -> None:
        """A person is here, who may wait for the others, or for those of one space: dial whoever is missing now."""
        for key, peer in self.peers.items():
            if space in (None, key[0]):
                peer.retry.soon()

    def standing(self, host: str) -> int:
        """How well this host is known to be where a paired device is, see `Peer.knows`; 0 for a stranger's."""
        return max((peer.knows(host) for peer in self.peers.values() if peer.apart is None), default=0)

    def why_not(self, peer: Peer, steady: int) -> str | None:
        """Why a peer is not connected, in words; None while it is there and has said what it has."""
        link = self._links.get(peer.link) if peer.link is not None else None
        if link is None or link.session is None:
            return peer.why_not(steady, anybody=self.anybody)
        return None if link.session.greeted else SENTENCES[Cause.GREETING]

    def missing(self) -> bool:
        """Whether any peer that could be connected is not."""
        return any(peer.link is None and peer.apart is None for peer in self.peers.values())

    def all(self) -> list[Link]:
        """Every link there is."""
        return list(self._links.values())

    def of_space(self, space: SpaceId) -> Iterator[Link]:
        """The links in use whose peer is proven, one a peer."""
        for key, peer in self.peers.items():
            link = self._links.get(peer.link) if peer.link is not None else None
            if key[0] == space and link is not None and link.session is not None:
                yield link

    def welcome(self, connection: int, host: str, now: Now, out: list[Effect]) -> None:
        """A stranger is connected; where that is one too many, another is dropped."""
        link = Link(connection, now.steady, outgoing=False)
        link.place = From(host, self.standing(host))
        self.add(link)
        unproven = {
            each: each.place
            for each in self._links.values()
            if each.session is None and not each.outgoing and each.pairing is None
        }
        dropped = to_drop(unproven, link)
        if dropped is not None:
            self.drop(dropped, "Too many connections at once.", now, out)

    def dial_due(self, keys: Mapping[SpaceId, Keys], now: Now, entropy: Entropy, out: list[Effect]) -> None:
        """Dial every peer whose time has come, at all its addresses side by side."""
        for key, peer in self.peers.items():
            addresses = peer.due(self.located, now.steady)
            if addresses:
                peer.dialled(now.steady, entropy(1)[0] / 256)
            for address in addresses:
                link = Link(self.number(), now.steady, outgoing=True)
                link.peer, link.address, link.hours = key, address, peer.hours
                link.channel = Channel.initiator(
                    keys=keys[key[0]],
                    peer=peer.public,
                    space=key[0],
                    instance=address.instance or hour(now.wall + link.hours * HOUR_MILLISECONDS),
                    ephemeral=entropy(32),
                )
                peer.dialling.add(link.id)
                self.add(link)
                out.append(Dial(link.id, address))

    def answer(self, link: Link, keys: Mapping[SpaceId, Keys], now: Now, entropy: Entropy) -> None:
        """Make ready to answer a stranger's first key frame, as whichever peer it proves to be."""
        hours = tuple(hour(now.wall + shift * HOUR_MILLISECONDS) for shift in (0, -1, 1))
        candidates = [
            Candidate(
                space=key[0],
                keys=keys[key[0]],
                peer=peer.public,
                device=key[1],
                instances=(*self.instances, *self._answered.takes(key, hours)),
            )
            for key, peer in self.peers.items()
            if peer.apart is None or peer.apart.farewell is not None
        ]
        link.channel = Channel.responder(candidates, entropy(32), self._answered)

    def remember(self, link: Link) -> dict[str, bytes | None]:
        """Whatever just called on this link got its answer, the same call again will get none; the settings to keep."""
        channel = link.channel
        if channel is None or link.outgoing or channel.established or channel.caller is None:
            return {}
        return self._answered.add(channel.caller, channel.remote_ephemeral, channel.instance, self.instances)

    def establish(self, link: Link, me: Mapping[SpaceId, Keys], now: Now, out: list[Effect]) -> bool:
        """Its peer is proven: keep this link or the one there is; false where this one goes.

        The newest wins: whoever dials has lost the one before, even if this side does not know yet. Unless the two
        crossed, each side having dialled before it knew of the other's: then both sides would each close another one,
        so only the device with the smaller id closes, and it keeps the one that it dialled.
        """
        channel = link.channel
        if channel is None or channel.peer is None:
            raise HandshakeFailed("The other device could not prove who it is.")
        key = (channel.peer.space, channel.peer.device)
        link.peer = key
        peer = self.peers[key]
        slower = [self._links[each] for each in peer.dialling - {link.id} if each in self._links]
        peer.dialling.clear()
        for other in slower:
            other.peer = None  # nothing failed: no guess about the other's clock is made from it
            self.drop(other, "Another connection was faster.", now, out)
        current = self._links.get(peer.link) if peer.link is not None else None
        peer.last_reached = now.wall
        if link.address is not None and link.address.instance is None:
            peer.hours_there = link.hours
        link.proven = link.rekeyed = now.steady
        if current is not None and link.opened < current.proven + _CROSSING_MILLISECONDS:
            if me[key[0]].device > key[1]:  # theirs to decide; until then both work, and never a third
                for other in [each for each in self._proven(key) if each not in (link, current)]:
                    self.drop(other, "A newer connection took its place.", now, out)
                return True
            if current.outgoing or not link.outgoing:
                self.drop(link, "Another connection was faster.", now, out)
                return False
        peer.connected(link.id, link.place.host if link.address is None else link.address.host)
        if current is not None:
            self.drop(current, "A newer connection took its place.", now, out)
        return True

    def drop(self, link: Link, reason: str, now: Now, out: list[Effect]) -> Peer | None:
        """Close a link; answers the peer that is not connected any more because of it."""
        if self._links.pop(link.id, None) is None:
            return None
        out.append(Disconnect(link.id, reason))
        return self._forget(link, now, why=reason)

    def closed(self, link: Link, now: Now, how: How | None = None) -> Peer | None:
        """The other end closed it, or dialling failed; answers the peer that is not connected any more."""
        return None if self._links.pop(link.id, None) is None else self._forget(link, now, how=how)

    def _forget(self, link: Link, now: Now, *, why: str | None = None, how: How | None = None) -> Peer | None:
        peer = self.peers.get(link.peer) if link.peer is not None else None
        if peer is None:
            return None
        peer.dialling.discard(link.id)
        if peer.link != link.id:
            if peer.link is None and link.outgoing and link.address is not None:
                peer.failed(link.address, how or "unanswered", link.hours)
            return None
        spare = self._proven(peer.key)
        peer.link = spare[0].id if spare else None
        if peer.link is None:
            peer.why = why
            if now.steady - link.opened >= _PROVEN_MILLISECONDS:
                settled = now.steady - self._moved >= _SETTLED_MILLISECONDS
                peer.lost(now.steady, silently=why is None and settled)
            else:
                peer.retry.refused(now.steady)
        return peer

    def _proven(self, peer: PeerKey) -> list[Link]:
        return [each for each in self._links.values() if each.peer == peer and each.session is not None]

    def overdue(self, now: Now) -> list[Link]:
        """Links that have not proven a key in time, or then not said what they have; a pairing has its own times."""
        handshake = now.steady - limits.HANDSHAKE_MILLISECONDS_MAX
        greeting = now.steady - limits.GREETING_MILLISECONDS_MAX
        return [
            link
            for link in self._links.values()
            if link.pairing is None
            and (
                link.opened < handshake if link.session is None else link.proven < greeting and not link.session.greeted
            )
        ]

    def rekey_due(self, now: Now, out: list[Effect]) -> None:
        """Change the keys that served for long enough."""
        for link in self._links.values():
            due = link.session is not None and now.steady - link.rekeyed >= limits.REKEY_MILLISECONDS
            if due and link.channel is not None and link.channel.established:
                link.rekeyed = now.steady
                post(link, link.channel.rekey(), out)


def send(link: Link, messages: Iterable[bytes], out: list[Effect], *, last: bool = False) -> None:
    """Seal messages for the peer of this link, as long as not too much waits already; `last` ones in any case.

    What is not sent is missed: once the rest went out, the conversation begins anew.
    """
    if link.channel is None or not link.channel.established:
        return
    for message in messages:
        if link.behind and not last:
            link.missed = True
            return
        post(link, link.channel.seal(message), out)


def post(link: Link, frames: list[bytes], out: list[Effect]) -> None:
    """Put sealed frames on their way."""
    link.unsent += sum(map(len, frames))
    out.append(Send(link.id, frames))


def read(link: Link, frame: bytes, out: list[Effect]) -> tuple[list[bytes], bool]:
    """The messages in a frame, and whether the peer was proven by it; raises `PeerError`."""
    if link.channel is None:
        raise PeerError("A frame came before its time.")
    received = link.channel.receive(frame)
    if received.send:
        post(link, list(received.send), out)
    return list(received.messages), received.established
