"""One consent, or one agreement, as a person reads it: current willingness, never proof.

A view is a plain, frozen value. Its state depends on it and a `now` alone, in the Consent rule's order of precedence:
what is final first, then what anyone's no makes of it, and active only where nothing stands against it.
"""

import enum
from typing import Final, Literal

import msgspec

from collar_sync.core.people import Person
from collar_sync.domain.reading import id_of
from collar_sync.domain.table import Rule, always, read
from collar_sync.domain.terms import Terms
from collar_sync.ids import PersonId, StatementId

UNSEEN_MILLISECONDS = 14 * 24 * 60 * 60 * 1000  # the Consent rule: after a no, nothing new by another for 14 days

NOTE: Final = "This shows what each of you is willing to do now. It is no proof of anything, and no promise for later."

NarrowingKind = Literal["decline", "pause", "revoke"]


class State(enum.StrEnum):
    """How a consent reads at a moment. Only `ACTIVE` permits anything."""

    PROPOSED = "proposed"  # waits for somebody's yes
    UPCOMING = "upcoming"  # granted by all, and its start is still to come
    ACTIVE = "active"
    PAUSED = "paused"
    DECLINED = "declined"
    REVOKED = "revoked"  # final: withdrawn by someone, or someone named in it has left
    EXPIRED = "expired"
    LAPSED = "lapsed"  # final: a consequence that waited for a yes until a repair was closed
    SUPERSEDED = "superseded"  # final: a later version was granted by all


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What decides how a consent reads at a moment."""

    withdrawn: bool = False
    superseded: bool = False
    over: bool = False
    lapsed: bool = False
    declined: bool = False
    waiting: bool = False
    paused: bool = False
    early: bool = False


TABLE: Final[tuple[Rule[Facts, State], ...]] = (
    Rule("someone withdrew, or someone named in it has left", lambda facts: facts.withdrawn, State.REVOKED),
    Rule("a version that grew from it was granted by all", lambda facts: facts.superseded, State.SUPERSEDED),
    Rule("its end has come", lambda facts: facts.over, State.EXPIRED),
    Rule("it waited for someone's yes when they closed a repair", lambda facts: facts.lapsed, State.LAPSED),
    Rule("someone's decline stands", lambda facts: facts.declined, State.DECLINED),
    Rule("someone has not granted it", lambda facts: facts.waiting, State.PROPOSED),
    Rule("a pause on it stands, or one of the whole space", lambda facts: facts.paused, State.PAUSED),
    Rule("its start is still to come", lambda facts: facts.early, State.UPCOMING),
    Rule("nothing stands against it", always, State.ACTIVE),
)


class Narrowing(msgspec.Struct, frozen=True):
    """A standing no of one person: what kind, on which version, and when by their own clock: show the day."""

    id: StatementId
    kind: NarrowingKind
    person: PersonId
    subject: StatementId
    at: int


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal and where everyone named in it stands.

    `id` is the proposal's statement. `terms` are as written; `holds` is what they come to beside rival versions that
    all have granted as well, and without the lines that a limit of someone named forbids, which are `limited`.
    `narrowings` holds each person's latest standing no of each kind on this version, the last one last, whichever
    version of the lineage it was said about; `refused_by` whose no binds this one after their yes to it, or is about
    it. `departed` are those named who have left, `lapsed_for` those for whom it waited when they closed a repair.
    `lineage` is the first proposal of the chain; `superseded_by` the direct versions that took effect or that a
    granted later one grew from; `rivals` other open versions side by side with this. `unseen` says until when this is
    not yet shown to whom.
    """

    id: StatementId
    proposer: PersonId
    proposed_at: int
    terms: Terms
    holds: Terms
    limited: tuple[str, ...] = ()
    parties: tuple[PersonId, ...]
    granted_by: tuple[PersonId, ...]
    waiting_for: tuple[PersonId, ...]
    narrowings: tuple[Narrowing, ...] = ()
    refused_by: tuple[PersonId, ...] = ()
    departed: tuple[PersonId, ...] = ()
    lapsed_for: tuple[PersonId, ...] = ()
    space_paused: bool = False
    lineage: StatementId
    supersedes: tuple[StatementId, ...] = ()
    superseded_by: tuple[StatementId, ...] = ()
    rivals: tuple[StatementId, ...] = ()
    unseen: tuple[tuple[PersonId, int], ...] = ()

    @property
    def purpose(self) -> str:
        """What it is for."""
        return self.terms.purpose

    @property
    def includes(self) -> tuple[str, ...]:
        """What is included, as written."""
        return self.terms.includes

    @property
    def excludes(self) -> tuple[str, ...]:
        """What is not included, as written."""
        return self.terms.excludes

    @property
    def access(self) -> tuple[str, ...]:
        """Who may see; empty means only those named."""
        return self.terms.access

    @property
    def how_to_pause(self) -> str:
        """How to pause it without penalty."""
        return self.terms.how_to_pause

    @property
    def starts(self) -> int | None:
        """From when, in milliseconds; None is at once."""
        return self.terms.starts

    @property
    def until(self) -> int | None:
        """Until when, in milliseconds; None is ongoing."""
        return self.terms.until

    @property
    def review(self) -> int | None:
        """When to look at it again, in milliseconds."""
        return self.terms.review

    @property
    def paused_by(self) -> tuple[PersonId, ...]:
        """Whose pause on it stands; a pause of the whole space is `space_paused`."""
        return self._narrowed_by("pause")

    @property
    def declined_by(self) -> tuple[PersonId, ...]:
        """Whose decline stands."""
        return self._narrowed_by("decline")

    @property
    def revoked_by(self) -> tuple[PersonId, ...]:
        """Who withdrew, for good."""
        return self._narrowed_by("revoke")

    @property
    def last_narrowing(self) -> Narrowing | None:
        """Return the last standing no, by its author's clock, for showing who and when."""
        return self.narrowings[-1] if self.narrowings else None

    def state(self, now: int) -> State:
        """How it reads at `now`, milliseconds since the epoch; the Consent and Pause rules.

        Rule (Consent): current willingness, never proof: active only with everyone's standing yes, and any one person's
        no, an end or a pause outranks that yes; what was withdrawn or replaced stays so.
        """
        return read(
            TABLE,
            Facts(
                withdrawn=bool(self.revoked_by or self.departed),
                superseded=bool(self.superseded_by),
                over=self.holds.until is not None and now >= self.holds.until,
                lapsed=bool(self.lapsed_for),
                declined=bool(self.declined_by),
                waiting=bool(self.waiting_for),
                paused=bool(self.paused_by) or self.space_paused,
                early=self.holds.starts is not None and now < self.holds.starts,
            ),
        )

    def covers(self, line: str, now: int) -> bool:
        """Whether this thing is consented to at `now`: active, and included by every version that holds.

        Rule (Consent): only what its words include, only while it is active, and nothing that a limit forbids.
        """
        return self.state(now) is State.ACTIVE and line in self.holds.includes

    def visible_to(self, person: Person | PersonId, now: int) -> bool:
        """Whether to show this to them; what lapsed for them, with a repair, is not shown to them afterwards.

        Rule (Consent): after someone's no, a proposal by another that they did not know then is not shown to them for
        14 days.
        Rule (Pause): while the space is paused, what waits for their yes waits unseen.
        """
        reader = id_of(person)
        waits = self.space_paused and self.is_new_to(reader)
        return not waits and reader not in self.lapsed_for and not self.held_back_from(reader, now)

    def is_new_to(self, person: Person | PersonId) -> bool:
        """Whether it asks this person something that they have not answered, whatever they said no to before it."""
        person = id_of(person)
        return person in self.parties and person != self.proposer and not self.answered_by(person)

    def answered_by(self, person: Person | PersonId) -> bool:
        """Whether their standing yes, or a no of theirs, is about this very version."""
        person = id_of(person)
        return person in self.granted_by or person in self.refused_by

    def held_back_from(self, person: Person | PersonId, now: int) -> bool:
        """Whether the 14 days after this person's no still keep it from them.

        Rule (Consent): whoever declined or withdrew is not asked anew by another for 14 days.
        """
        person = id_of(person)
        return any(each == person and now < until for each, until in self.unseen)

    def _narrowed_by(self, kind: NarrowingKind) -> tuple[PersonId, ...]:
        return tuple(sorted({each.person for each in self.narrowings if each.kind == kind}))
