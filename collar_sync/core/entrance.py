"""The way into a space: a code shown or typed becomes an enrolled device on one side, a new space on the other.

It ties invitations and joinings to the vault: nothing is written before both people said that they see the same words.
It knows no frame's bytes, and nothing of what two devices say once they are paired.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from collar_sync.core import events, membership
from collar_sync.core.codes import normalise
from collar_sync.core.company import Company, peer_name
from collar_sync.core.edits import Say
from collar_sync.core.identity import Keys
from collar_sync.core.invitations import Admission, Caution, Invitations
from collar_sync.core.joinings import End, Joinings, Undone, Welcome, Yes
from collar_sync.core.links import Link, Links
from collar_sync.core.mishaps import Mishap
from collar_sync.core.peers import PeerRecord
from collar_sync.core.talk import Talk
from collar_sync.core.vault import SALT_BYTES, Turn, Vault, space_setting
from collar_sync.errors import LocalError, PeerError

_CAUTION: Final = "pairing/caution"


class Entrance:
    """Every way in: codes of this device, and codes of others typed here. `settings` are those of the store."""

    def __init__(
        self,
        vault: Vault,
        links: Links,
        talk: Talk,
        joinings: Joinings,
        company: Company,
        settings: Mapping[str, bytes],
    ) -> None:
        kept = settings.get(_CAUTION)
        self._caution = Caution() if kept is None else msgspec.msgpack.decode(kept, type=Caution)
        self._vault = vault
        self._links = links
        self._talk = talk
        self._invitations = Invitations(links, self._caution)
        self._joinings = joinings
        self._company = company
        self._before: dict[str, bytes | None] = {}  # what was kept before this device's yes to a joining

    def nameplates(self) -> list[bytes]:
        """What to announce while a code is shown."""
        return self._invitations.nameplates()

    def invite(self, event: events.Invite, turn: Turn) -> None:
        """Show a code."""
        self._vault.writable()
        if event.space not in self._vault.spaces:
            raise Mishap.NO_SUCH_SPACE.error()
        self._invitations.invite(event, self._vault.space(event.space), turn)

    def join(self, event: events.Join, turn: Turn) -> None:
        """Look for whoever shows a code."""
        self._vault.writable()
        if self._invitations.shows(normalise(event.code)):
            raise Mishap.OWN_CODE.error()
        self._joinings.join(event, self._vault.seed, turn.entropy(SALT_BYTES))
        self._company.look_again(turn)

    def compared(self, event: events.Compared, turn: Turn) -> None:
        """The person here said whether the words are the same."""
        self._admit(self._invitations.decide(event.request, turn, same=event.same), turn)
        self._promise(self._joinings.decide(event.request, turn, same=event.same), turn)
        self._remember(turn)

    def cancel(self, event: events.Cancel, turn: Turn) -> None:
        """Stop either."""
        self._invitations.cancel(event.request, turn)
        self._end(self._joinings.cancel(event.request, turn), turn)

    def expire(self, turn: Turn) -> None:
        """Time passed: what nobody used, answered or decided on ends."""
        self._invitations.expire(turn)
        for space in self._vault.spaces.values():
            if space.over:
                self._invitations.end(space.id, space.over, turn)
        self._end(self._joinings.expire(turn), turn)

    def dial_due(self, turn: Turn) -> None:
        """Go on looking for whoever shows the code that was typed."""
        self._joinings.dial_due(turn)

    def opened(self, link: Link, turn: Turn) -> None:
        """A connection to whoever may show the code is open."""
        self._joinings.opened(link, turn)

    def accept(self, link: Link, turn: Turn) -> None:
        """A stranger begins to pair; raises `PeerError` where no code is shown."""
        self._invitations.accept(link, turn)

    def receive(self, link: Link, frame: bytes, turn: Turn) -> None:
        """Take one frame of a pairing."""
        self._admit(self._invitations.receive(link, frame, turn), turn)
        self._end(self._joinings.receive(link, frame, turn), turn)
        self._remember(turn)

    def stop(self, why: str, turn: Turn) -> None:
        """Nobody can be let in any more, and nothing joined: whoever looks at a code is told why."""
        for space in self._vault.spaces:
            self._invitations.end(space, why, turn)

    def closed(self, link: Link, reason: str, turn: Turn) -> None:
        """A connection ended."""
        self._invitations.closed(link, turn)
        self._end(self._joinings.closed(link, reason, turn), turn)

    def _admit(self, admission: Admission | None, turn: Turn) -> None:
        """Enrol the new device; it is told once that is on the disk."""
        if admission is None or self._vault.halted is not None:
            return
        space, joined = self._vault.space(admission.space), admission.joined
        device = joined.public.device
        if device in space.membership.devices and space.standing.why_apart(device) is None:
            self._vault.once_durable(space, turn, lambda later: self._welcome(admission, later))
            return  # it was let in before, and did not get to hear of it
        body = membership.enrolment(
            joined.person_name, joined.device_name, joined.public, admission.proof, admission.person
        )
        say = Say(membership.ENROL, device, body, home="core")
        try:
            applied = space.say(say, self._vault.floor.time, turn.entropy(16))
        except (LocalError, PeerError) as error:
            self._invitations.undo(error, turn)
            return
        self._vault.floor.said(self._vault.floor.time)
        self._vault.keep(space, [applied], turn, lambda later: self._welcome(admission, later))
        self._talk.push(space, applied.document, turn)
        self._company.meet(space, turn)

    def _welcome(self, admission: Admission, turn: Turn) -> None:
        self._invitations.welcome(admission.person, turn)
        self._remember(turn)

    def _promise(self, yes: Yes | None, turn: Turn) -> None:
        """Keep what this device's yes stands for, and give it once that is on the disk: it may be let in from then on.

        Whatever ends this device or the connection, it then calls the other one as one that is known there.
        """
        if yes is None or self._vault.halted is not None:
            return
        settings = space_setting(yes.space, yes.record)
        before = self._vault.records.get(yes.space)
        self._before = dict.fromkeys(settings) if before is None else {**space_setting(yes.space, before)}
        sponsor = yes.sponsor.device
        if (yes.space, sponsor) not in self._links.peers and yes.address.instance is None:
            place = peer_name((yes.space, sponsor))
            settings[place] = msgspec.msgpack.encode(PeerRecord((yes.address,)))
            self._before[place] = None
        self._vault.keep_settings(settings, turn, lambda later: self._joinings.promise(yes.request, later))

    def _end(self, end: End, turn: Turn) -> None:
        """A joining ended: with a yes of this device that may count there, or with one that does not."""
        if isinstance(end, Welcome):
            self._enter(end.yes, turn)
        elif isinstance(end, Undone) and self._vault.halted is None:
            self._vault.keep_settings(self._before, turn)

    def _enter(self, yes: Yes, turn: Turn) -> None:
        """This device is in a space now, as far as it can know: connect to the device that let it in."""
        space = self._vault.spaces.get(yes.space)
        if space is None:
            space = self._vault.begin(yes.space, Keys.derive(self._vault.seed, yes.record.salt))
        self._vault.add(space, yes.record)
        self._company.meet(space, turn)
        peer = self._links.peers[(yes.space, yes.sponsor.device)]
        if yes.address.instance is None:
            peer.addresses = tuple(dict.fromkeys((yes.address, *peer.addresses)))[:4]
            peer.look(turn.now.steady)
        else:
            peer.found(yes.address.instance, (yes.address,), turn.now.steady)
        turn.add(events.Answer(yes.request, space.id))
        turn.add(events.Refresh())

    def _remember(self, turn: Turn) -> None:
        """Keep how many codes failed, so that closing the app does not make the next one wait less."""
        if self._caution != self._invitations.caution and self._vault.halted is None:
            self._caution = self._invitations.caution
            self._vault.keep_settings({_CAUTION: msgspec.msgpack.encode(self._caution)}, turn)
