"""Codes that this device shows: which connection uses which, and how each ends.

The first two digits of a code are its nameplate: announced, so that the other device finds this one and no code is
ever tried on a stranger. The rest stays secret. A code is used up by its first try, right or wrong, and after several
failures no new one is shown for a while, which grows. This module decides who may try; it writes nothing, and whom a
right code and two people who saw the same words let in is enrolled by the entrance.
"""

from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core.codes import nameplate, normalise
from collar_sync.core.events import Advertise, Answer, Introduction, Invite, Now, Progress, Refuse, Send
from collar_sync.core.identity import PublicKeys
from collar_sync.core.links import Link, Links
from collar_sync.core.mishaps import Mishap
from collar_sync.core.pairing import Inviter
from collar_sync.core.pairing_frames import Joining, Offer, Reason, Step, Verdict, disturbed, refusal
from collar_sync.core.space import Space
from collar_sync.core.standing import LEFT, REMOVED
from collar_sync.core.vault import Turn
from collar_sync.errors import CollarError, LocalError, NotAllowed, PairingFailed, PeerError, WrongCode
from collar_sync.ids import PersonId, SpaceId

_UNDONE: Final = {
    Verdict.DIFFER: Mishap.DIFFER_THERE,
    Verdict.STOPPED: Mishap.STOPPED_THERE,
    Verdict.LATE: Mishap.NOT_COMPARED,
}


class Caution(msgspec.Struct, frozen=True, array_like=True):
    """How many codes in a row failed by what somebody else sent, and when the last did; kept between openings."""

    failures: int = 0
    last: int = 0  # wall milliseconds

    def wait(self, wall: int) -> int:
        """For how long no new code is shown, in milliseconds."""
        more = self.failures - limits.PAIRING_FAILURES_FREE
        if more <= 0:
            return 0
        delay = min(limits.PAIRING_DELAY_MILLISECONDS_MIN << min(more - 1, 16), limits.PAIRING_DELAY_MILLISECONDS_MAX)
        return max(0, self.last + delay - wall)


class Admission(msgspec.Struct, frozen=True):
    """Somebody knew the code, both people saw the same words, and the new device signed its enrolment."""

    space: SpaceId
    person: PersonId
    joined: Joining
    proof: bytes

    @property
    def public(self) -> PublicKeys:
        """The keys of the new device."""
        return self.joined.public


class _Shown:
    """A code that this device shows."""

    def __init__(self, event: Invite, space: Space, offer: Offer, inviter: Inviter, now: Now) -> None:
        self.request = event.request
        self.space = space
        self.code = normalise(event.code)
        self.offer = offer
        self.inviter = inviter
        self.deadline = now.steady + limits.PAIRING_MILLISECONDS_MAX  # steady milliseconds
        self.until = now.wall + limits.PAIRING_MILLISECONDS_MAX  # of the clock that goes on while a computer sleeps
        self.link: Link | None = None
        self.joined: Joining | None = None  # from then on there are words
        self.agreed = False  # what this device's person says
        self.proof: bytes | None = None  # what the other's says, once it is yes


class Invitations:
    """The code in use on this device, at most one."""

    def __init__(self, links: Links, caution: Caution) -> None:
        self.caution = caution
        self._links = links
        self._shown: _Shown | None = None

    def nameplates(self) -> list[bytes]:
        """What to announce while a code is shown and unused."""
        shown = self._shown
        return [nameplate(shown.code)] if shown is not None and shown.link is None else []

    def shows(self, code: str) -> bool:
        """Whether this is the code on this device's own screen."""
        return self._shown is not None and self._shown.code == code

    def invite(self, event: Invite, space: Space, turn: Turn) -> None:
        """Show a code; one at a time, so that it is clear to which a device answers."""
        if self._shown is not None:
            raise Mishap.SHOWING_ALREADY.error()
        me = space.membership.devices.get(space.keys.device)
        if me is None:
            raise Mishap.NOT_HERE_YET.error()
        if space.over:
            raise NotAllowed(space.over)
        if self.caution.last > turn.now.wall:  # the clock was set back: what is left of the wait counts from now on
            self.caution = Caution(self.caution.failures, turn.now.wall)
        wait = self.caution.wait(turn.now.wall)
        if wait > 0:
            raise Mishap.TOO_SOON.error(-(-wait // 1_000))
        offer = Offer(
            space=space.id,
            space_name=space.membership.name,
            person=me.person,
            person_name=space.people()[me.person].chosen,
            device_name=me.name,
            public=space.keys.public,
            own=event.own,
        )
        inviter = Inviter(event.code, offer, space.keys.exchange_secret, turn.entropy)
        self._shown = _Shown(event, space, offer, inviter, turn.now)
        turn.add(Advertise())

    def accept(self, link: Link, turn: Turn) -> None:
        """A stranger begins to pair: allowed while a code is shown that nobody tried yet."""
        shown = self._shown
        if shown is None or shown.link is not None:
            raise PeerError("No code is shown here.")
        shown.link = link
        link.pairing = shown.request
        turn.add(Advertise())

    def receive(self, link: Link, frame: bytes, turn: Turn) -> Admission | None:
        """Take one frame of whoever uses the code; answers whom it lets in, once both said yes."""
        shown = self._shown
        if shown is None or shown.link is not link:
            return None
        shown.deadline = turn.now.steady + limits.HANDSHAKE_MILLISECONDS_MAX
        try:
            step = shown.inviter.receive(frame)
        except CollarError as error:
            self._suspect(turn)
            if isinstance(error, WrongCode):
                self._fail(error, turn, refusal(Reason.WRONG_CODE))
            elif isinstance(error, PairingFailed) and frame[1:2] == bytes((Step.HELLO,)):
                self._fail(error, turn, refusal(Reason.OTHER_VERSION))
            else:
                self._fail(error, turn)
            return None
        if step.send is not None:
            turn.add(Send(link.id, [step.send]))
        if step.joined is not None:
            self._meet(shown, step.joined, turn)
        if step.verdict is Verdict.YES:
            shown.proof = step.proof
            shown.deadline = turn.now.steady + limits.COMPARE_MILLISECONDS_MAX
        elif step.verdict is not None:
            if step.verdict is Verdict.DIFFER:
                self._suspect(turn)
            self._fail(_UNDONE[step.verdict].error(), turn)
        return self._admission()

    def decide(self, request: int, turn: Turn, *, same: bool) -> Admission | None:
        """This device's person compared the words; answers whom that lets in, once both said yes."""
        shown = self._shown
        if shown is None or shown.request != request or shown.joined is None or shown.agreed:
            return None
        if not same:
            self._suspect(turn)
            self._fail(Mishap.DIFFER_HERE.error(), turn, shown.inviter.welcome(Verdict.DIFFER))
            return None
        shown.agreed = True
        return self._admission()

    def welcome(self, person: PersonId, turn: Turn) -> None:
        """The new device's enrolment is on the disk: tell it, and whoever showed the code."""
        shown = self._shown
        if shown is None or shown.link is None:
            return
        turn.add(Send(shown.link.id, [shown.inviter.welcome()]))
        self._links.drop(shown.link, "Pairing is done.", turn.now, turn.out)  # whoever joined may keep it open for ever
        turn.add(Answer(shown.request, person))
        self.caution = Caution()
        self._end(turn)

    def closed(self, link: Link, turn: Turn) -> None:
        """A connection ended: so does the code that was used on it, unless the enrolment is on its way to the disk."""
        shown = self._shown
        if shown is not None and shown.link is link and not self._admitting():
            self._fail(Mishap.BROKE_OFF.error(), turn)

    def cancel(self, request: int, turn: Turn) -> None:
        """End a request without an answer, and say so at the other end."""
        shown = self._shown
        if shown is None or shown.request != request or self._admitting():
            return
        if shown.link is not None:
            turn.add(Send(shown.link.id, [_ending(shown, Reason.STOPPED, Verdict.STOPPED)]))
            self._links.drop(shown.link, "Pairing was stopped.", turn.now, turn.out)
        self._end(turn)

    def expire(self, turn: Turn) -> None:
        """End an invitation that nobody used, answered or decided on in time."""
        shown = self._shown
        if shown is None or self._admitting():
            return
        slept = shown.link is None and turn.now.wall >= shown.until
        if turn.now.steady < shown.deadline and not slept:
            return
        if shown.link is None:
            self._fail(Mishap.UNUSED.error(), turn)
        elif shown.joined is None:
            self._fail(Mishap.WENT_SILENT.error(), turn)
        else:
            self._fail(Mishap.NOT_COMPARED.error(), turn, shown.inviter.welcome(Verdict.LATE))

    def end(self, space: SpaceId, why: str, turn: Turn) -> None:
        """This device takes no part in a space any more: nobody is let in by it."""
        if self._shown is not None and self._shown.offer.space == space and not self._admitting():
            self._fail(NotAllowed(why), turn)

    def undo(self, error: CollarError, turn: Turn) -> None:
        """The new device could not be enrolled: say why here, and there that nothing came of it."""
        if self._shown is not None:
            self._fail(error, turn, self._shown.inviter.welcome(Verdict.STOPPED))

    def _admitting(self) -> bool:
        return self._shown is not None and self._shown.agreed and self._shown.proof is not None

    def _admission(self) -> Admission | None:
        shown = self._shown
        if shown is None or not shown.agreed or shown.proof is None or shown.joined is None:
            return None
        person = shown.offer.person_of(shown.joined.public.device)
        return Admission(shown.offer.space, person, shown.joined, shown.proof)

    def _meet(self, shown: _Shown, joined: Joining, turn: Turn) -> None:
        """Somebody knew the code: show the words, unless there is nothing to let in, which both are told.

        A device that was let in before and does not know of it goes on.
        """
        shown.joined = joined
        device = joined.public.device
        member, why = shown.space.membership.devices.get(device), shown.space.standing.why_apart(device)
        if why in {REMOVED, LEFT}:
            self._fail(Mishap.GONE_THERE.error(), turn, shown.inviter.welcome(Verdict.GONE))
        elif member is not None and member.person != shown.offer.person_of(device):
            self._fail(disturbed(), turn)  # an honest device joins as whose it is
        elif member is not None and why is None and joined.here:
            self._fail(Mishap.THERE_ALREADY.error(), turn, shown.inviter.welcome(Verdict.HERE))
        elif shown.inviter.words is not None:
            shown.deadline = turn.now.steady + limits.COMPARE_MILLISECONDS_MAX
            turn.add(Progress(shown.request, _introduction(shown.offer, joined, shown.inviter.words)))

    def _suspect(self, turn: Turn) -> None:
        """Somebody else made a code fail: the next one may have to wait."""
        self.caution = Caution(self.caution.failures + 1, turn.now.wall)

    def _fail(self, error: CollarError, turn: Turn, last: bytes | None = None) -> None:
        """The code is used up: say why here, and by a last frame there."""
        shown = self._shown
        if shown is None:
            return
        if shown.link is not None:
            if last is not None:
                turn.add(Send(shown.link.id, [last]))
            self._links.drop(shown.link, "Pairing ended.", turn.now, turn.out)
        turn.add(Refuse(shown.request, as_local(error)))
        self._end(turn)

    def _end(self, turn: Turn) -> None:
        self._shown = None
        turn.add(Advertise())


def _ending(shown: _Shown, reason: Reason, verdict: Verdict) -> bytes:
    """The last frame: sealed once there are words."""
    return refusal(reason) if shown.joined is None else shown.inviter.welcome(verdict)


def _introduction(offer: Offer, joined: Joining, words: tuple[str, str, str]) -> Introduction:
    name = offer.person_name if offer.own else joined.person_name
    return Introduction(words, offer.space_name, name, joined.device_name, own=offer.own)


def as_local(error: CollarError) -> LocalError:
    """The same sentence, as what our own caller is told."""
    return error if isinstance(error, LocalError) else PairingFailed(str(error))
