"""How company ends: a device removed, a space left or erased, another's device refused; and how that is told.

Each is one person's own act, and at once: whoever is removed or left is told once, where that is known, and learns
nothing after it; whoever is refused is told nothing and gets no answer. Nobody expels anybody. It ties what was said
and decided to connections, and knows neither what is in a document nor how a device is found.
"""

import unicodedata
from typing import Final

from collar_sync import limits
from collar_sync.core import events, identity
from collar_sync.core.company import CLOSED, FAILED, Company
from collar_sync.core.edits import Say
from collar_sync.core.links import Link, Links
from collar_sync.core.membership import LEAVE
from collar_sync.core.mishaps import Mishap
from collar_sync.core.quoting import ended, quoted
from collar_sync.core.space import Space
from collar_sync.core.standing import Ending
from collar_sync.core.steps import Applied
from collar_sync.core.talk import Talk
from collar_sync.core.vault import ALLOWED, REFUSED, Turn, Vault
from collar_sync.core.wire import Farewell
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import DeviceId, SpaceId

_NAME_BYTES: Final = 8
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # what is none to read, or turns others round


class Parting:
    """Every way in which this device stops dealing with another, or with a whole space."""

    def __init__(self, vault: Vault, links: Links, talk: Talk, company: Company) -> None:
        self._vault = vault
        self._links = links
        self._talk = talk
        self._company = company

    def remove(self, event: events.RemoveDevice, turn: Turn) -> None:
        """Remove a device of this person: it is told, and nothing more goes there. Raises `NotAllowed`."""
        space = self._open(event.space)
        if event.device in space.membership.removals:
            raise NotAllowed("That device was removed already.")
        others = {*space.people()[space.me].devices} - {space.keys.device, *space.membership.removals}
        if event.device == space.keys.device and not others:
            raise NotAllowed("This is your only device here. Leaving the record is what does this for good.")
        self._say(space, space.removal(event.device, turn.entropy(_NAME_BYTES)), event.request, turn)

    def leave(self, event: events.Leave, turn: Turn) -> None:
        """Leave a space: at once, for good. Told, it is said to the others; else this device just falls silent.

        Whoever fell silent can say so later: nobody is bound to stay unheard.
        """
        space = self._vault.space(event.space)
        if not (event.tell and space.left_silently):
            space = self._open(event.space)
        self._vault.writable()
        if event.tell:
            self._say(space, [Say(LEAVE, home="core")], event.request, turn)
        else:
            self._end(space, Ending.LEFT, turn, event.request)

    def choose(self, event: events.Choose, turn: Turn) -> None:
        """Refuse another's device here, or take that back."""
        self._vault.writable()
        space = self._vault.space(event.space)
        member = space.membership.devices.get(event.device)
        if member is None or event.device == space.keys.device:
            raise InvalidInput("There is no such other device in this record.")
        self._vault.choices[space.id, event.device] = event.refuse
        self._vault.keep_settings(
            {f"choice/{space.id}/{event.device}": REFUSED if event.refuse else ALLOWED},
            turn,
            lambda later: later.add(events.Answer(event.request, None)),
        )
        self._company.meet(space, turn)

    def erase(self, event: events.Erase, turn: Turn) -> None:
        """Wipe a space from this device, but for what is its person's alone unless they say so; nobody is told."""
        self._vault.writable()
        space = self._vault.space(event.space)
        space.ended = Ending.ERASED
        self._company.meet(space, turn)
        for link in self._links.all():
            unproven = link.session is None and link.pairing is None  # it may yet prove to be somebody of this space
            if unproven or (link.peer is not None and link.peer[0] == space.id):
                self._links.drop(link, "It was closed.", turn.now, turn.out)
        self._links.peers = {key: peer for key, peer in self._links.peers.items() if key[0] != space.id}
        self._vault.erase(
            space, turn, lambda later: later.add(events.Answer(event.request, None)), private=event.private
        )
        turn.add(events.Advertise())

    def told(self, link: Link, farewell: Farewell, turn: Turn) -> None:
        """Another device says why it closes: perhaps that this one was removed, and it can show it."""
        if link.peer is not None and link.session is not None:
            space, peer = self._vault.spaces[link.peer[0]], self._links.peers[link.peer]
            if farewell.removal is not None and self._proves(space, *farewell.removal):
                self._end(space, Ending.REMOVED, turn)
            if farewell.parted and space.over and not peer.parted:
                peer.parted = True
                self._company.meet(space, turn)
        self._company.lost(self._links.drop(link, said(farewell.reason), turn.now, turn.out), turn)

    def _open(self, identifier: SpaceId) -> Space:
        """A space that this device takes part in; raises `NotAllowed` where it does not any more."""
        self._vault.writable()
        space = self._vault.space(identifier)
        if space.over:
            raise NotAllowed(space.over)
        if space.keys.device not in space.membership.devices:
            raise Mishap.NOT_HERE_YET.error()
        return space

    def _say(self, space: Space, says: list[Say], request: int, turn: Turn) -> None:
        """Write it, and act on it before anybody else is sent it.

        A device that was stolen may have written as so many actors that one change cannot name them all.
        """
        applied: list[Applied] = []
        at = self._vault.floor.time
        for start in range(0, len(says), limits.EDITS_AT_ONCE):
            some = says[start : start + limits.EDITS_AT_ONCE]
            applied += space.write(space.core, some, at, turn.entropy(8 + 8 * len(some)), last=True)[0]
        self._vault.floor.said(at)
        self._vault.keep(space, applied, turn, lambda later: later.add(events.Answer(request, None)))
        self._company.meet(space, turn)
        for each in applied:
            self._talk.push(space, each.document, turn)

    def _end(self, space: Space, how: Ending, turn: Turn, request: int | None = None) -> None:
        """This device takes no part any more."""
        if space.ended is None:
            space.ended = how
            self._vault.keep_settings(
                {f"ended/{space.id}": how.encode()},
                turn,
                None if request is None else lambda later: later.add(events.Answer(request, None)),
            )
            self._company.meet(space, turn)

    def _proves(self, space: Space, by: str, proof: bytes) -> bool:
        """Whether a device of this one's person signed that this one is removed: nobody else could say so."""
        remover = space.membership.devices.get(DeviceId(by))
        me = space.membership.devices.get(space.keys.device)
        if remover is None or me is None or remover.person != me.person:
            return False
        message = identity.remove_message(space.id, remover.id, me.id)
        return identity.verify(remover.public.signing, message, proof)


def said(reason: str) -> str:
    """What a status tells of another device's reason: as its words, since a person may take this app's for true."""
    if reason in {CLOSED.reason, FAILED.reason}:
        return reason
    shown = (" " if unicodedata.category(each) in _UNSHOWN else each for each in reason)
    return ended(f"It closed the connection. It says: {quoted(''.join(shown))}")
