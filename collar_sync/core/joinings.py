"""Codes that a person typed into this device: whom to try them on, and how each try ends.

A code is tried on whoever announces its nameplate, or at the one address that was typed with it, and used up by its
first try. Nothing is kept of a try that fails. This module decides where to dial and what to say; it writes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from collar_sync import limits
from collar_sync.core import beacon
from collar_sync.core.codes import nameplate, normalise
from collar_sync.core.events import Address, Dial, Introduction, Join, Progress, Refuse, Send
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.core.invitations import as_local
from collar_sync.core.links import Link, Links
from collar_sync.core.mishaps import Mishap
from collar_sync.core.pairing import Joiner
from collar_sync.core.pairing_frames import Offer, Reason, Verdict, refusal
from collar_sync.core.space import Space
from collar_sync.core.vault import Turn
from collar_sync.errors import CollarError, PeerError, Unreachable
from collar_sync.ids import SpaceId

_GRACE_MILLISECONDS: Final = limits.HANDSHAKE_MILLISECONDS_MAX  # the other end's clock runs out first, and says so
_SEEN_MAX: Final = 64  # addresses at which one code is tried; anybody can announce its first two digits
_UNDONE: Final = {
    Verdict.DIFFER: Mishap.DIFFER_THERE,
    Verdict.STOPPED: Mishap.STOPPED_THERE,
    Verdict.LATE: Mishap.NOT_COMPARED,
}


@dataclass(frozen=True, slots=True)
class Welcome:
    """This device was let in."""

    request: int
    space: SpaceId
    keys: Keys
    salt: bytes
    sponsor: PublicKeys
    address: Address
    link: Link


class _Tried:
    """A code that a person typed into this device."""

    def __init__(self, event: Join, keys: Keys, salt: bytes) -> None:
        self.request = event.request
        self.code = normalise(event.code)
        self.event = event
        self.keys = keys
        self.salt = salt
        self.waiting = [event.address] if event.address is not None else []
        self.seen: set[Address] = set()
        self.last: str | None = None  # why the last address could not be reached
        self.link: Link | None = None
        self.address: Address | None = None
        self.joiner: Joiner | None = None  # since the connection is open
        self.offer: Offer | None = None  # from then on there are words
        self.decided = False  # this device's person said what they see
        self.answered = False  # the other side took part, so the code is used up
        self.deadline: int | None = None  # steady milliseconds


class Joinings:
    """The code that is being tried by this device, at most one."""

    def __init__(self, links: Links, here: Mapping[SpaceId, Space]) -> None:
        self._links = links
        self._here = here
        self._tried: _Tried | None = None

    def join(self, event: Join, seed: bytes, salt: bytes) -> None:
        """Begin to look for whoever shows this code."""
        if self._tried is not None:
            raise Mishap.JOINING_ALREADY.error()
        self._tried = _Tried(event, Keys.derive(seed, salt), salt)

    def found(self, tags: tuple[bytes, ...], instance: bytes, addresses: Iterable[Address], epoch: int) -> None:
        """Somebody announced themself: perhaps whoever shows the code."""
        tried = self._tried
        if tried is None or tried.event.address is not None:
            return
        if beacon.recognise({0: nameplate(tried.code)}, tags, epoch, instance) is not None:
            news = [address for address in addresses if address not in tried.seen][: _SEEN_MAX - len(tried.seen)]
            tried.seen.update(news)
            tried.waiting += news

    def dial_due(self, turn: Turn) -> None:
        """Dial the next address: one at a time, since one device may have several and a code has one try."""
        tried = self._tried
        if tried is None or tried.link is not None:
            return
        if tried.waiting:
            tried.address = tried.waiting.pop(0)
            tried.link = link = Link(self._links.number(), turn.now.steady, outgoing=True)
            link.pairing, link.address = tried.request, tried.address
            self._links.add(link)
            turn.add(Dial(link.id, tried.address))
        elif tried.event.address is not None:
            self._fail(Unreachable(tried.last) if tried.last is not None else Mishap.NOT_SHOWN.error(), turn)

    def opened(self, link: Link, turn: Turn) -> None:
        """The connection of a joining is open: send the first frame."""
        tried = self._tried
        if tried is None or tried.link is not link:
            raise PeerError("Nobody asked for this pairing.")
        tried.joiner = Joiner(tried.code, tried.keys, tried.event.person_name, tried.event.device_name, turn.entropy)
        tried.deadline = turn.now.steady + limits.HANDSHAKE_MILLISECONDS_MAX
        turn.add(Send(link.id, [tried.joiner.start()]))

    def receive(self, link: Link, frame: bytes, turn: Turn) -> Welcome | None:
        """Take one frame of whoever shows the code; answers what this device was let into."""
        tried = self._tried
        if tried is None or tried.link is not link or tried.joiner is None or tried.address is None:
            return None
        tried.answered = True
        tried.deadline = turn.now.steady + limits.HANDSHAKE_MILLISECONDS_MAX
        try:
            step = tried.joiner.receive(frame)
        except CollarError as error:
            self._fail(error, turn)
            return None
        here = self._here.get(step.offer.space) if step.offer is not None else None
        if here is not None:
            turn.add(Send(link.id, [refusal(Reason.STOPPED if here.over else Reason.HERE_ALREADY)]))
            self._fail((Mishap.OVER_HERE if here.over else Mishap.HERE_ALREADY).error(), turn)
            return None
        if step.send is not None:
            turn.add(Send(link.id, [step.send]))
        if step.offer is not None and tried.joiner.words is not None:
            tried.offer = offer = step.offer
            tried.deadline = turn.now.steady + limits.COMPARE_MILLISECONDS_MAX + _GRACE_MILLISECONDS
            words = tried.joiner.words
            met = Introduction(words, offer.space_name, offer.person_name, offer.device_name, own=offer.own)
            turn.add(Progress(tried.request, met))
        if step.verdict is not None and step.verdict is not Verdict.YES:
            self._fail(_UNDONE[step.verdict].error(), turn)
        elif step.verdict is Verdict.YES and tried.offer is not None:
            self._tried = None
            offer = tried.offer
            return Welcome(tried.request, offer.space, tried.keys, tried.salt, offer.public, tried.address, link)
        return None

    def decide(self, request: int, turn: Turn, *, same: bool) -> None:
        """This device's person compared the words."""
        tried = self._tried
        if tried is None or tried.request != request or tried.joiner is None or tried.link is None:
            return
        if tried.offer is None or tried.decided:
            return
        tried.decided = True
        turn.add(Send(tried.link.id, [tried.joiner.decide(Verdict.YES if same else Verdict.DIFFER)]))
        if not same:
            self._fail(Mishap.DIFFER_HERE.error(), turn)

    def closed(self, link: Link, reason: str, turn: Turn) -> None:
        """A connection ended: a joining that nobody answered goes on elsewhere, anything else is over."""
        tried = self._tried
        if tried is None or tried.link is not link:
            return
        tried.last = reason if tried.joiner is None else None
        tried.link = tried.joiner = tried.deadline = None
        if tried.answered:
            self._fail(Mishap.BROKE_OFF.error(), turn)

    def cancel(self, request: int, turn: Turn) -> None:
        """End a request without an answer, and say so at the other end."""
        tried = self._tried
        if tried is None or tried.request != request:
            return
        self._tried = None
        if tried.link is None:
            return
        if tried.joiner is not None and tried.answered and not tried.decided:
            last = refusal(Reason.STOPPED) if tried.offer is None else tried.joiner.decide(Verdict.STOPPED)
            turn.add(Send(tried.link.id, [last]))
        self._links.drop(tried.link, "Pairing was stopped.", turn.now, turn.out)

    def expire(self, turn: Turn) -> None:
        """End a joining whose other side said nothing in time."""
        tried = self._tried
        if tried is None or tried.link is None or tried.deadline is None or turn.now.steady < tried.deadline:
            return
        if tried.offer is not None:
            self._fail(Mishap.NOT_COMPARED.error(), turn)
        elif tried.answered:
            self._fail(Mishap.WENT_SILENT.error(), turn)
        else:
            link = tried.link
            self._links.drop(link, "It did not answer in time.", turn.now, turn.out)
            self.closed(link, "", turn)

    def _fail(self, error: CollarError, turn: Turn) -> None:
        """The try is over, and nothing of it is kept."""
        tried, self._tried = self._tried, None
        if tried is None:
            return
        if tried.link is not None:
            self._links.drop(tried.link, "Pairing ended.", turn.now, turn.out)
        turn.add(Refuse(tried.request, as_local(error)))
