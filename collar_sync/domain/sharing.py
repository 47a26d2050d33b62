"""The Sharing rule: a live value that its owner types flows only while an active consent covers it.

What may be shared live, a consent says in its lines (where I am, how I am, when I am free), and whose it is: these may
share it with the others named, and nobody has to. Such a consent lasts two weeks unless they choose otherwise, 90 days
at most, and is then asked for afresh. A value is a word in passing: in memory, for a day at most, gone on both sides at
a pause, a withdrawal or the end. Whoever shares sees it all the time; to the other, paused, over, withdrawn and offline
read alike: there is nothing.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from collar_sync import limits
from collar_sync.core.letters import is_blank
from collar_sync.core.people import Person
from collar_sync.domain.aside import names
from collar_sync.domain.consent import Consent
from collar_sync.domain.consents import Consents
from collar_sync.domain.given import careful
from collar_sync.domain.ledger import Ledger
from collar_sync.domain.passing import Air
from collar_sync.domain.reading import known
from collar_sync.domain.table import Rule, always, read
from collar_sync.errors import InvalidInput, NotAllowed
from collar_sync.ids import PersonId

What = Literal["place", "mood", "free"]

PREFIX: Final = "share/"  # of the kind of the word in passing
LINES: Final[Mapping[What, str]] = {
    "place": "Live sharing: where I am",
    "mood": "Live sharing: how I am",
    "free": "Live sharing: when I am free",
}
_DAY_MILLISECONDS: Final = 86_400_000
_UNKNOWN: Final = f"What can be shared live is one of: {', '.join(LINES)}."
_NOT_COVERED: Final = "No consent that is active now covers sharing this. Propose one first; nothing was shared."


class _Value(msgspec.Struct, frozen=True, array_like=True):
    """The body of the word in passing."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.SHARED_CHARACTERS_MAX)]


class Sharing(msgspec.Struct, frozen=True):
    """What this person shares now, on this device or another of theirs: to whom, since when, until when at the latest.

    All three are known on the device that shares; on another of the same person they are empty and None.
    """

    what: What
    text: str
    to: tuple[PersonId, ...] = ()
    since: int | None = None
    until: int | None = None


class Live(msgspec.Struct, frozen=True):
    """What another person shares now. No time is told with it, and where there is nothing, no reason."""

    what: What
    text: str


class State(enum.StrEnum):
    """What one consent lets flow of one line from one person to another, at a moment."""

    NOTHING = "nothing"
    FLOWS = "flows"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that this depends on. A consent knows the rest: who said no, who has not said yes, which pause stands."""

    consent: Consent
    line: str
    speaker: PersonId
    hearer: PersonId
    now: int


TABLE: Final[tuple[Rule[Facts, State], ...]] = (
    Rule("it is not one about live sharing", lambda facts: facts.consent.holds.flow != "sharing", State.NOTHING),
    Rule("it is not theirs to share", lambda facts: facts.speaker not in facts.consent.holds.whose, State.NOTHING),
    Rule(
        "whoever would hear is not named in it", lambda facts: facts.hearer not in facts.consent.parties, State.NOTHING
    ),
    Rule(
        "it is not active, or does not include that",
        lambda facts: not facts.consent.covers(facts.line, facts.now),
        State.NOTHING,
    ),
    Rule("nothing stands against it", always, State.FLOWS),
)


def covered_until(consents: Iterable[Consent], what: str, speaker: PersonId, hearer: PersonId, now: int) -> int | None:
    """Until when a value may flow from one to the other, or None where nothing covers it at `now`.

    Rule (Sharing): a value flows only from whose it is to whom a consent names, and only while that is active.
    """
    line = LINES.get(what)  # type: ignore[call-overload]  # whatever a peer calls it
    ends = [
        consent.holds.until
        for consent in consents
        if line is not None
        and read(TABLE, Facts(consent=consent, line=line, speaker=speaker, hearer=hearer, now=now)) is State.FLOWS
        and consent.holds.until is not None
    ]
    return max(ends, default=None)


@careful
class Sharings:
    """Live sharing in one space, as the person of this device does and sees it."""

    def __init__(self, ledger: Ledger, consents: Consents, air: Air) -> None:
        self._ledger = ledger
        self._consents = consents
        self._air = air

    async def propose(
        self,
        what: What | Sequence[What],
        *,
        purpose: str,
        whose: Iterable[Person | PersonId] | None = None,
        parties: Iterable[Person | PersonId] | None = None,
        excludes: Sequence[str] | str = (),
        access: Sequence[str] | str = (),
        until: datetime | int | None = None,
    ) -> Consent:
        """Propose that these people, or this one, may share this with those named, for two weeks or until then.

        90 days at most. Granted, paused and withdrawn as any consent. Raises `InvalidInput`, `NotAllowed`.

        Rule (Sharing): off until all who are named granted it; two weeks unless chosen, 90 days at most, then afresh.
        """
        kinds = (what,) if isinstance(what, str) else tuple(what)
        if not kinds or not {*kinds} <= LINES.keys():
            raise InvalidInput(_UNKNOWN)
        return await self._consents.propose(
            purpose,
            [LINES[each] for each in kinds],
            excludes,
            access,
            until=until,
            parties=parties,
            flow="sharing",
            whose=whose,
        )

    def tell(self, what: What, text: str, *, lifetime_milliseconds: int = _DAY_MILLISECONDS) -> Sharing:
        """Share this with everyone whom an active consent lets see it, in place of what was shared of its kind.

        It ends after its lifetime, a day at most, or with the consent, whichever is first. Raises `NotAllowed`.

        Rule (Sharing): its owner types it, an active consent covers it; held in memory, never in the record.
        """
        text = text.strip()
        if is_blank(text) or len(text) > limits.SHARED_CHARACTERS_MAX:
            raise InvalidInput(f"What is shared has 1 to {limits.SHARED_CHARACTERS_MAX} characters. Say it shorter.")
        now, ends = self._ledger.now(), self.hearers().get(what)
        if not ends:
            raise NotAllowed(_NOT_COVERED)
        try:
            body = msgspec.msgpack.encode(_Value(text))
        except UnicodeEncodeError as error:
            raise InvalidInput("A text holds half a character and cannot be shared. Please write it again.") from error
        lasts = min(lifetime_milliseconds, max(ends.values()) - now)
        self._air.tell(PREFIX + what, body, ends, lasts)
        told = (each for each in self.mine() if each.what == what)
        return next(told, Sharing(what, text, tuple(sorted(ends)), now, now + lasts))  # where it has ended by now

    def hearers(self) -> Mapping[What, Mapping[PersonId, int]]:
        """Who would hear what from this person now, and until when a consent lets them; what nobody would is left out.

        Rule (Sharing): off by default; a value flows only while an active consent covers it.
        """
        now, me, consents = self._ledger.now(), self._ledger.me, self._consents.flowing()
        found = {
            what: {
                person: until
                for person in self._ledger.people()
                if person != me and (until := covered_until(consents, what, me, person, now)) is not None
            }
            for what in LINES
        }
        return {what: ends for what, ends in found.items() if ends}

    def hush(self, what: What | None = None) -> None:
        """Share this no more, or nothing any more; at once. Raises `InvalidInput` for what is never shared live.

        Rule (Sharing): who shares stops alone, at once and unexplained; to the others it reads like offline.
        """
        if what is not None and what not in LINES:
            raise InvalidInput(_UNKNOWN)
        for kind in LINES if what is None else (what,):
            self._air.hush(PREFIX + kind)

    def mine(self) -> tuple[Sharing, ...]:
        """What this person shares at this moment; what is not here is not shared.

        Rule (Sharing): who shares sees it all the time.
        """
        here = [
            Sharing(what, value.text, told.to, told.since, told.ends)
            for told in self._air.told()
            if (what := _what(told.kind)) is not None and (value := _value(told.body)) is not None
        ]
        named = {each.what for each in here}
        elsewhere = self._heard(self._ledger.me)
        return (*here, *(Sharing(each.what, each.text) for each in elsewhere if each.what not in named))

    def of(self, person: Person | PersonId) -> tuple[Live, ...]:
        """What that person shares with this one at this moment; of somebody muted here nothing, who is not told.

        Rule (Sharing): paused, expired, withdrawn and offline read alike: nothing is here.
        """
        identifier = known(person, self._ledger.people())
        return () if identifier in names(self._ledger) else self._heard(identifier)

    def _heard(self, person: PersonId) -> tuple[Live, ...]:
        found = {
            what: Live(what, value.text)
            for heard in self._air.heard()
            if heard.person == person
            and (what := _what(heard.kind)) is not None
            and (value := _value(heard.body)) is not None
        }
        return tuple(found[what] for what in LINES if what in found)


def _what(kind: str) -> What | None:
    return next((what for what in LINES if PREFIX + what == kind), None)


def _value(body: bytes) -> _Value | None:
    """The value, or None where a newer version or altered software wrote it."""
    try:
        return msgspec.msgpack.decode(body, type=_Value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
