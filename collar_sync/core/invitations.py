"""Invitations shown and joinings tried: which connection belongs to which code, and how each ends.

The first two digits of a code are its nameplate: announced, so that the other device finds this one and no code is
ever tried on a stranger. The rest stays secret. A code is used up by its first try, right or wrong. This module
decides who may try; it writes nothing, and whom a right code lets in is enrolled by the engine.
"""

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from collar_sync import limits
from collar_sync.core import beacon, pairing
from collar_sync.core.events import (
    Address,
    Advertise,
    Answer,
    Dial,
    Effect,
    Entropy,
    Invite,
    Join,
    Now,
    Progress,
    Refuse,
    Send,
)
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.core.links import Link, Links
from collar_sync.core.pairing import Inviter, Joiner, Offer
from collar_sync.core.space import Space
from collar_sync.errors import CollarError, LocalError, PairingFailed, PeerError, Unreachable, WrongCode
from collar_sync.ids import PersonId, SpaceId

_NAMEPLATE_DIGITS: Final = 2
_BROKEN_OFF: Final = (
    "The connection broke off while pairing. The code is used up now: ask for a new one, and try again."
)
_NOBODY: Final = "The device at that address shows no code right now. Ask for a new code, and check the address."


class Admission(msgspec.Struct, frozen=True):
    """Somebody knew the code and asks to be enrolled."""

    space: SpaceId
    public: PublicKeys
    person_name: str
    device_name: str
    proof: bytes


class Welcome(msgspec.Struct, frozen=True):
    """This device was let in."""

    request: int
    space: SpaceId
    keys: Keys
    salt: bytes
    sponsor: PublicKeys
    address: Address


class _Shown:
    """A code that this device shows."""

    def __init__(self, event: Invite, offer: Offer, keys: Keys, started: int) -> None:
        self.request = event.request
        self.space = event.space
        self.code = pairing.normalise(event.code)
        self.offer = offer
        self.keys = keys
        self.started = started  # steady milliseconds
        self.inviter: Inviter | None = None
        self.link: int | None = None


class _Tried:
    """A code that a person typed into this device."""

    def __init__(self, event: Join, keys: Keys, salt: bytes) -> None:
        self.request = event.request
        self.code = pairing.normalise(event.code)
        self.event = event
        self.keys = keys
        self.salt = salt
        self.waiting = [event.address] if event.address is not None else []
        self.seen: set[Address] = set()
        self.joiner: Joiner | None = None
        self.link: int | None = None
        self.address: Address | None = None
        self.offer: Offer | None = None
        self.answered = False  # the other side took part, so the code is used up


class Invitations:
    """Every code in use on this device."""

    def __init__(self) -> None:
        self._shown: _Shown | None = None
        self._tried: _Tried | None = None

    def nameplates(self) -> list[bytes]:
        """What to announce while a code is shown and unused."""
        shown = self._shown
        return [_nameplate(shown.code)] if shown is not None and shown.inviter is None else []

    def invite(self, event: Invite, space: Space, now: Now, out: list[Effect]) -> None:
        """Show a code; one at a time, so that it is clear to which a device answers."""
        if self._shown is not None:
            raise LocalError("A code is being shown already. Close that one first.")
        me = space.membership.devices.get(space.keys.device)
        if me is None:
            raise LocalError("This space is not here yet; it arrives with the first sync.")
        offer = Offer(
            space=space.id,
            space_name=space.membership.name,
            person=me.person,
            person_name=space.people()[me.person].name,
            device_name=me.name,
            public=space.keys.public,
        )
        self._shown = _Shown(event, offer, space.keys, now.steady)
        out.append(Advertise())

    def join(self, event: Join, seed: bytes, salt: bytes) -> None:
        """Begin to look for whoever shows this code."""
        if self._tried is not None:
            raise LocalError("This device is joining already. Stop that first.")
        self._tried = _Tried(event, Keys.derive(seed, salt), salt)

    def found(self, tags: tuple[bytes, ...], instance: bytes, addresses: Iterable[Address], epoch: int) -> None:
        """Somebody announced themself: perhaps whoever shows the code."""
        tried = self._tried
        if tried is None or tried.event.address is not None:
            return
        if beacon.recognise({0: _nameplate(tried.code)}, tags, epoch, instance) is not None:
            news = [address for address in addresses if address not in tried.seen]
            tried.seen.update(news)
            tried.waiting += news

    def dial_due(self, links: Links, now: Now, out: list[Effect]) -> None:
        """Dial the next address: one at a time, since one device may have several and a code has one try."""
        tried = self._tried
        if tried is None or tried.link is not None:
            return
        if tried.waiting:
            tried.address = tried.waiting.pop(0)
            link = Link(links.number(), now.steady, outgoing=True)
            link.pairing, link.address = tried.request, tried.address
            tried.link = link.id
            links.add(link)
            out.append(Dial(link.id, tried.address))
        elif tried.event.address is not None:
            self._fail_tried(Unreachable(_NOBODY), out)

    def start(self, link: Link, entropy: Entropy) -> bytes:
        """The first frame of a joining whose connection is open."""
        tried = self._tried
        if tried is None or tried.link != link.id:
            raise PeerError("Nobody asked for this pairing.")
        tried.joiner = Joiner(tried.code, tried.keys, tried.event.person_name, tried.event.device_name, entropy)
        return tried.joiner.start()

    def accept(self, link: Link, entropy: Entropy, out: list[Effect]) -> None:
        """A stranger begins to pair: allowed while a code is shown that nobody tried yet."""
        shown = self._shown
        if shown is None or shown.inviter is not None:
            raise PeerError("No code is shown here.")
        shown.inviter = Inviter(shown.code, shown.offer, shown.keys.exchange_secret, entropy)
        shown.link = link.id
        link.pairing = shown.request
        out.append(Advertise())

    def receive(self, link: Link, frame: bytes, out: list[Effect]) -> Admission | Welcome | Literal[False] | None:
        """Take one frame of a pairing: who asks in, that this device is in, False where it is over, None to go on."""
        shown, tried = self._shown, self._tried
        if shown is not None and shown.link == link.id:
            return self._receive_shown(shown, link, frame, out)
        if tried is not None and tried.link == link.id:
            return self._receive_tried(tried, link, frame, out)
        return False

    def welcome(self, link: Link, person: PersonId, out: list[Effect]) -> None:
        """The new device's enrolment is on the disk: tell it, and whoever showed the code."""
        shown = self._shown
        if shown is None or shown.inviter is None or shown.link != link.id:
            return
        out.append(Send(link.id, [shown.inviter.welcome()]))
        out.append(Answer(shown.request, person))
        self._end_shown(out)

    def closed(self, link: Link, out: list[Effect]) -> None:
        """A connection ended: a joining that nobody answered goes on elsewhere, anything else is over."""
        shown, tried = self._shown, self._tried
        if shown is not None and shown.link == link.id:
            self._fail_shown(PairingFailed(_BROKEN_OFF), out)
        if tried is not None and tried.link == link.id:
            tried.link = tried.joiner = None
            if tried.answered:
                self._fail_tried(PairingFailed(_BROKEN_OFF), out)

    def cancel(self, request: int, out: list[Effect]) -> list[int]:
        """End a request without an answer; the connections to drop."""
        for code in (self._shown, self._tried):
            if code is not None and code.request == request:
                self._forget(code, out)
                return [code.link] if code.link is not None else []
        return []

    def expire(self, now: Now, out: list[Effect]) -> list[int]:
        """End an invitation that nobody used in time; the connections to drop."""
        shown = self._shown
        if shown is None or now.steady - shown.started < limits.PAIRING_MILLISECONDS_MAX:
            return []
        self._fail_shown(PairingFailed("Nobody used the code within five minutes. Show a new one to try again."), out)
        return [shown.link] if shown.link is not None else []

    def _receive_shown(
        self, shown: _Shown, link: Link, frame: bytes, out: list[Effect]
    ) -> Admission | Literal[False] | None:
        inviter = shown.inviter
        if inviter is None:
            return False
        try:
            step = inviter.receive(frame)
        except WrongCode as error:
            out.append(Send(link.id, [pairing.REFUSAL]))
            self._fail_shown(error, out)
            return False
        except CollarError as error:
            self._fail_shown(_as_local(error), out)
            return False
        if step.send is not None:
            out.append(Send(link.id, [step.send]))
        if step.joined is None:
            return None
        if inviter.words is not None:
            out.append(Progress(shown.request, inviter.words))
        joined = step.joined
        return Admission(shown.space, joined.public, joined.person_name, joined.device_name, joined.proof)

    def _receive_tried(
        self, tried: _Tried, link: Link, frame: bytes, out: list[Effect]
    ) -> Welcome | Literal[False] | None:
        joiner = tried.joiner
        if joiner is None or tried.address is None:
            return False
        tried.answered = True
        try:
            step = joiner.receive(frame)
        except CollarError as error:
            self._fail_tried(_as_local(error), out)
            return False
        if step.send is not None:
            out.append(Send(link.id, [step.send]))
        if step.offer is not None and tried.offer is None:
            tried.offer = step.offer
            if joiner.words is not None:
                out.append(Progress(tried.request, joiner.words))
        if not step.done or tried.offer is None:
            return None
        self._tried = None
        offer = tried.offer
        return Welcome(tried.request, offer.space, tried.keys, tried.salt, offer.public, tried.address)

    def _fail_shown(self, error: LocalError, out: list[Effect]) -> None:
        if self._shown is not None:
            out.append(Refuse(self._shown.request, error))
            self._end_shown(out)

    def _fail_tried(self, error: LocalError, out: list[Effect]) -> None:
        if self._tried is not None:
            out.append(Refuse(self._tried.request, error))
            self._tried = None

    def _end_shown(self, out: list[Effect]) -> None:
        self._shown = None
        out.append(Advertise())

    def _forget(self, code: _Shown | _Tried, out: list[Effect]) -> None:
        if code is self._tried:
            self._tried = None
        else:
            self._end_shown(out)


def _nameplate(code: str) -> bytes:
    """The announced key of a code: from its first two digits alone."""
    return hashlib.sha256(b"collar/nameplate/1" + code[:_NAMEPLATE_DIGITS].encode()).digest()


def _as_local(error: CollarError) -> LocalError:
    return error if isinstance(error, LocalError) else PairingFailed(str(error))
