"""Codes that a person typed into this device: whom to try them on, and how each try ends.

A code is tried on whoever announces its nameplate, or at the one address that was typed with it, and used up by its
first try. Nothing is kept of a try that fails before this device's person said yes. That yes goes out once the keys
that it stands for are on the disk; from then on the other side may have let this device in, whatever comes between, and
only its sealed no takes that back. This module decides where to dial and what to say; it writes nothing.
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
from collar_sync.core.vault import SpaceRecord, Turn
from collar_sync.errors import CollarError, PeerError, Unreachable
from collar_sync.ids import SpaceId

_GRACE_MILLISECONDS: Final = limits.HANDSHAKE_MILLISECONDS_MAX  # the other end's clock runs out first, and says so
_SEEN_MAX: Final = 64  # addresses at which one code is tried; anybody can announce its first two digits
_UNDONE: Final = {
    Verdict.DIFFER: Mishap.DIFFER_THERE,
    Verdict.STOPPED: Mishap.STOPPED_THERE,
    Verdict.LATE: Mishap.NOT_COMPARED,
    Verdict.HERE: Mishap.HERE_ALREADY,
    Verdict.GONE: Mishap.GONE_HERE,
}


@dataclass(frozen=True, slots=True)
class Yes:
    """This device's person said yes: with `record` on the disk, what comes of it survives whatever happens."""

    request: int
    space: SpaceId
    record: SpaceRecord
    sponsor: PublicKeys
    address: Address


@dataclass(frozen=True, slots=True)
class Welcome:
    """This device was let in, or may have been: the connection ended after its yes, and before any answer."""

    yes: Yes


@dataclass(frozen=True, slots=True)
class Undone:
    """The other side said no: what was kept for this device's yes is not needed."""

    yes: Yes


End = Welcome | Undone | None


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
        self.yes: Yes | None = None  # where that is yes
        self.promised = False  # the yes is on the disk, and went out
        self.answered = False  # the other side took part, so the code is used up
        self.deadline: int | None = None  # steady milliseconds


class Joinings:
    """The code that is being tried by this device, at most one."""

    def __init__(self, links: Links, here: Mapping[SpaceId, Space], records: Mapping[SpaceId, SpaceRecord]) -> None:
        self._links = links
        self._here = here
        self._records = records
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
        names = (tried.event.person_name, tried.event.device_name)
        tried.joiner = Joiner(tried.code, tried.keys, *names, turn.entropy, self._held)
        tried.deadline = turn.now.steady + limits.HANDSHAKE_MILLISECONDS_MAX
        turn.add(Send(link.id, [tried.joiner.start()]))

    def receive(self, link: Link, frame: bytes, turn: Turn) -> End:
        """Take one frame of whoever shows the code."""
        tried = self._tried
        if tried is None or tried.link is not link or tried.joiner is None or tried.address is None:
            return None
        tried.answered = True
        tried.deadline = turn.now.steady + limits.HANDSHAKE_MILLISECONDS_MAX
        try:
            step = tried.joiner.receive(frame)
        except CollarError as error:
            return self._fail(error, turn)
        if step.offer is not None:
            mishap = self._unfit(step.offer)
            if mishap is not None:
                turn.add(Send(link.id, [refusal(Reason.STOPPED)]))
                return self._fail(mishap.error(), turn)
        if step.send is not None:
            turn.add(Send(link.id, [step.send]))
        if step.offer is not None and tried.joiner.words is not None:
            tried.offer = offer = step.offer
            tried.deadline = turn.now.steady + limits.COMPARE_MILLISECONDS_MAX + _GRACE_MILLISECONDS
            words = tried.joiner.words
            met = Introduction(words, offer.space_name, offer.person_name, offer.device_name, own=offer.own)
            turn.add(Progress(tried.request, met))
        if step.verdict is Verdict.YES:
            return self._leave(turn)
        if step.verdict is not None:
            return self._fail(_UNDONE[step.verdict].error(), turn, refused=True)
        return None

    def decide(self, request: int, turn: Turn, *, same: bool) -> Yes | None:
        """This device's person compared the words; answers a yes, which is to be kept before it is given."""
        tried = self._tried
        if tried is None or tried.request != request or tried.joiner is None or tried.link is None:
            return None
        if tried.offer is None or tried.decided or tried.address is None:
            return None
        tried.decided = True
        if not same:
            turn.add(Send(tried.link.id, [tried.joiner.decide(Verdict.DIFFER)]))
            self._fail(Mishap.DIFFER_HERE.error(), turn)
            return None
        offer, keys = tried.offer, tried.joiner.keys
        salt = tried.salt if keys is tried.keys else self._records[offer.space].salt
        record = SpaceRecord(salt, offer.public, offer.person_of(keys.public.device), offer.space_name)
        tried.yes = Yes(request, offer.space, record, offer.public, tried.address)
        return tried.yes

    def promise(self, request: int, turn: Turn) -> None:
        """The yes of this request is on the disk: give it, if anybody is still there to hear it."""
        tried = self._tried
        if tried is None or tried.request != request or tried.joiner is None or tried.link is None or not tried.yes:
            return
        tried.promised = True
        turn.add(Send(tried.link.id, [tried.joiner.decide(Verdict.YES)]))

    def closed(self, link: Link, reason: str, turn: Turn) -> End:
        """A connection ended: a joining that nobody answered goes on elsewhere, anything else is over."""
        tried = self._tried
        if tried is None or tried.link is not link:
            return None
        tried.last = reason if tried.joiner is None else None
        tried.link = tried.joiner = tried.deadline = None
        return self._fail(Mishap.BROKE_OFF.error(), turn) if tried.answered else None

    def cancel(self, request: int, turn: Turn) -> End:
        """End a request without an answer, and say so at the other end, unless this device's yes is there already."""
        tried = self._tried
        if tried is None or tried.request != request:
            return None
        if tried.promised:
            return self._leave(turn)
        self._tried = None
        if tried.link is not None:
            if tried.joiner is not None and tried.answered:
                last = refusal(Reason.STOPPED) if tried.offer is None else tried.joiner.decide(Verdict.STOPPED)
                turn.add(Send(tried.link.id, [last]))
            self._links.drop(tried.link, "Pairing was stopped.", turn.now, turn.out)
        return Undone(tried.yes) if tried.yes is not None else None

    def expire(self, turn: Turn) -> End:
        """End a joining whose other side said nothing in time."""
        tried = self._tried
        if tried is None or tried.link is None or tried.deadline is None or turn.now.steady < tried.deadline:
            return None
        if tried.offer is not None:
            return self._fail(Mishap.NOT_COMPARED.error(), turn)
        if tried.answered:
            return self._fail(Mishap.WENT_SILENT.error(), turn)
        link = tried.link
        self._links.drop(link, "It did not answer in time.", turn.now, turn.out)
        return self.closed(link, "", turn)

    def _held(self, offer: Offer) -> tuple[Keys, bool] | None:
        """The keys that this device has in that space, and whether its own part in it is here."""
        here = self._here.get(offer.space)
        return None if here is None else (here.keys, here.keys.device in here.membership.devices)

    def _unfit(self, offer: Offer) -> Mishap | None:
        """Why this device cannot take an offer, of a space in which it has a part already."""
        here = self._here.get(offer.space)
        if here is None:
            return None
        if here.over:
            return Mishap.OVER_HERE
        record, device = self._records[offer.space], here.keys.device
        person = here.me if device in here.membership.devices else record.person
        return Mishap.OTHERWISE_HERE if person != offer.person_of(device) else None

    def _leave(self, turn: Turn) -> End:
        """Nothing more is to be heard of this try, in which this device's person said yes."""
        tried, self._tried = self._tried, None
        if tried is None or tried.yes is None:
            return None
        if tried.link is not None:
            self._links.drop(tried.link, "Pairing is done.", turn.now, turn.out)
        return Welcome(tried.yes)

    def _fail(self, error: CollarError, turn: Turn, *, refused: bool = False) -> End:
        """The try is over; where this device's yes went out, only a refusal of the other side undoes it."""
        tried = self._tried
        if tried is None or (tried.promised and not refused):
            return self._leave(turn)
        self._tried = None
        if tried.link is not None:
            self._links.drop(tried.link, "Pairing ended.", turn.now, turn.out)
        turn.add(Refuse(tried.request, as_local(error)))
        return Undone(tried.yes) if tried.yes is not None else None
