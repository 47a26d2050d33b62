"""The way into a space: a code shown or typed becomes an enrolled device on one side, a new space on the other.

It ties invitations to the vault. It knows no frame's bytes, and nothing of what two devices say once they are paired.
"""

from collections.abc import Iterable

from collar_sync.core import events, identity, membership
from collar_sync.core.company import Company, peer_setting
from collar_sync.core.edits import Say
from collar_sync.core.invitations import Admission, Invitations, Welcome
from collar_sync.core.links import Link, Links
from collar_sync.core.talk import Talk
from collar_sync.core.vault import SALT_BYTES, Turn, Vault


class Entrance:
    """Every way in: codes of this device, and codes of others typed here."""

    def __init__(self, vault: Vault, links: Links, talk: Talk, invitations: Invitations, company: Company) -> None:
        self._vault = vault
        self._links = links
        self._talk = talk
        self._invitations = invitations
        self._company = company

    def invite(self, event: events.Invite, turn: Turn) -> None:
        """Show a code."""
        self._invitations.invite(event, self._vault.space(event.space), turn.now, turn.out)

    def join(self, event: events.Join, turn: Turn) -> None:
        """Look for whoever shows a code."""
        self._vault.writable()
        self._invitations.join(event, self._vault.seed, turn.entropy(SALT_BYTES))
        self._company.look_again(turn)

    def cancel(self, event: events.Cancel, turn: Turn) -> None:
        """Stop either."""
        self._drop_all(self._invitations.cancel(event.request, turn.out), "Pairing was stopped.", turn)

    def expire(self, turn: Turn) -> None:
        """Time passed: an unused code ends."""
        self._drop_all(self._invitations.expire(turn.now, turn.out), "The code expired.", turn)

    def receive(self, link: Link, frame: bytes, turn: Turn) -> None:
        """Take one frame of a pairing."""
        match self._invitations.receive(link, frame, turn.out):
            case Admission() as admission:
                self._admit(link, admission, turn)
            case Welcome() as welcome:
                self._enter(link, welcome, turn)
            case False:
                self._links.drop(link, "Pairing ended.", turn.now, turn.out)

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
        self._company.meet(space, turn)

    def _enter(self, link: Link, welcome: Welcome, turn: Turn) -> None:
        """This device was let in: keep the space, then connect to the device that let it in."""
        self._vault.writable()
        space = self._vault.begin(welcome.space, welcome.keys)
        settings = self._vault.add(space, welcome.salt, welcome.sponsor)
        self._company.meet(space, turn)
        peer = self._links.peers[(space.id, welcome.sponsor.device)]
        if welcome.address.instance is None:
            peer.addresses = (welcome.address,)
        else:
            peer.found(welcome.address.instance, (welcome.address,))
        self._links.drop(link, "Pairing is done.", turn.now, turn.out)
        self._vault.keep_settings(
            {**settings, **peer_setting(peer)},
            turn,
            lambda later: later.add(events.Answer(welcome.request, space.id)),
        )

    def _drop_all(self, connections: Iterable[int], reason: str, turn: Turn) -> None:
        for connection in connections:
            link = self._links.get(connection)
            if link is not None:
                self._links.drop(link, reason, turn.now, turn.out)
