"""A couple's past, written into a real store as the couple would have written it: what long questions start from.

Alex and Sam write, and a third device of the space, Robin's, takes in what they write: each change is composed, signed,
inspected, verified, applied, logged and later sealed by the library itself. What is left out is the way there: no
connection, no sealing of frames, and one transaction for many changes. A device of Alex or Sam is a copy of that store
that holds their seed, since what the devices of a space hold in common is all but their keys. It knows no asyncio.
"""

import os
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from collar_sync import ids
from collar_sync.core import events, identity, membership
from collar_sync.core.durable import Batch
from collar_sync.core.edits import Edit, Say
from collar_sync.core.events import Effect, Now
from collar_sync.core.identity import Keys
from collar_sync.core.replica import statement_bytes
from collar_sync.core.space import Space
from collar_sync.core.statement import identify
from collar_sync.core.steps import Author
from collar_sync.core.vault import SALT_BYTES, SpaceRecord, Turn, Vault
from collar_sync.domain.finished import unfinished
from collar_sync.ids import DocumentId, PersonId, SpaceId, StatementId
from collar_sync.shells.store import Store

PEOPLE: Final = ("Alex", "Sam", "Robin")
_FLUSH_CHANGES: Final = 2_000
_QUIET_MILLISECONDS: Final = 600_000


class Member(msgspec.Struct, frozen=True):
    """One device of the space: whose, the seed and the salt of its keys."""

    name: str
    seed: bytes
    salt: bytes

    @property
    def keys(self) -> Keys:
        """Its keys in the space."""
        return Keys.derive(self.seed, self.salt)


class Household(msgspec.Struct, frozen=True):
    """The space and its three devices: Alex's, who founded it, Sam's, and Robin's, who only reads."""

    space: SpaceId
    founded_at: int
    founding: bytes
    members: tuple[Member, ...]

    @classmethod
    def new(cls, founded_at: int) -> "Household":
        """Draw keys for everyone; `founded_at` in milliseconds since the epoch."""
        members = tuple(Member(name, os.urandom(32), os.urandom(SALT_BYTES)) for name in PEOPLE)
        keys = members[0].keys
        body = membership.found("Us", members[0].name, "Laptop", keys.public)
        raw = statement_bytes(Say(membership.FOUND, body=body, home="core"), at=founded_at, nonce=bytes(8))
        return cls(identity.space_of(identify(keys.device, raw)), founded_at, raw, members)

    def settings(self, place: int) -> dict[str, bytes | None]:
        """What the store of this member's device holds beside the documents."""
        sponsor = None if place == 0 else self.members[0].keys.public
        record = SpaceRecord(self.members[place].salt, sponsor)
        space = {f"space/{self.space}": msgspec.msgpack.encode(record)}
        return {"device/seed": self.members[place].seed, **space}


class Past:
    """Robin's device while it takes in what Alex (0) and Sam (1) write, in turns or not."""

    def __init__(self, household: Household, store: Store) -> None:
        self.household = household
        self.changes = 0
        self._store = store
        self._now = Now(household.founded_at, _QUIET_MILLISECONDS)
        store.write(Batch(settings=household.settings(2)))
        settings = {name: value for name, value in household.settings(2).items() if value is not None}
        self._vault = Vault(household.members[2].seed, lambda: settings, store, unfinished)
        self._keys = [member.keys for member in household.members]
        self._people = [identity.person_of(keys.device) for keys in self._keys]
        self._actors: dict[tuple[int, DocumentId], bytes] = {}
        self._batches: list[Batch] = []
        self._waiting: list[int] = []
        self._chapter = self.space.home("chapter")
        self._found()

    @property
    def space(self) -> Space:
        """The space as Robin's device has it."""
        return self._vault.spaces[self.household.space]

    def person(self, who: int) -> PersonId:
        """The id of Alex or Sam."""
        return self._people[who]

    def reopen(self, who: int) -> None:
        """The device of Alex or Sam is closed and opened: from now on it writes as a new actor."""
        self._actors = {key: actor for key, actor in self._actors.items() if key[0] != who}

    def write(self, who: int, edits: Sequence[Edit], at: int) -> list[StatementId]:
        """One act of Alex or Sam, a change in each document that it belongs to; answers the ids of what was said."""
        space = self.space
        self._now = Now(at, self._now.steady)
        self._vault.floor.now(at)
        places: dict[DocumentId, list[Edit]] = {}
        for edit in edits:
            key = None if isinstance(edit, Say) else space.library.home(f"{edit.kind}/{edit.id}")
            places.setdefault(key or space.home(edit.home), []).append(edit)
        said = [each for document, own in places.items() for each in self._change(who, document, own, at)]
        if len(self._batches) >= _FLUSH_CHANGES:
            self._flush()
        if space.home("chapter") != self._chapter:
            self._chapter = space.home("chapter")
            self.rest()
        return said

    def rest(self) -> None:
        """Nobody writes for a while: what is quiet is sealed, and what is not needed in memory goes."""
        self._flush()
        self._now = Now(self._now.wall, self._now.steady + _QUIET_MILLISECONDS)
        while self._turn(self._vault.rest):
            self._flush()

    def finish(self) -> None:
        """Seal and write all that is left, as closing does."""
        self._flush()
        self._turn(lambda turn: self._vault.rest(turn, closing=True))
        self._turn(lambda turn: self._vault.keep_settings({}, turn))
        self._flush()

    def _found(self) -> None:
        """Core's first statements: the founding, and the enrolment of Sam's device and Robin's by Alex's."""
        founder = self._keys[0]
        self._change(0, self.space.core, [], self.household.founded_at, self.household.founding)
        for member, keys in zip(self.household.members[1:], self._keys[1:], strict=True):
            person = identity.person_of(keys.device)
            proof = keys.sign(identity.enrol_message(self.household.space, founder.device, keys.public, person))
            body = membership.enrolment(member.name, "Laptop", keys.public, proof)
            say = Say(membership.ENROL, keys.device, body, home="core")
            self._change(0, self.space.core, [say], self.household.founded_at)

    def _change(
        self, who: int, document: DocumentId, edits: Sequence[Edit], at: int, raw: bytes | None = None
    ) -> list[StatementId]:
        """Compose and sign it as the writer's device would, and take it in as from a peer."""
        space, keys = self.space, self._keys[who]
        actor = self._actors.setdefault((who, document), ids.raw_bytes(keys.device) + os.urandom(8))
        statements = [statement_bytes(edit, at=at, nonce=os.urandom(8)) for edit in edits if isinstance(edit, Say)]
        said = {identify(keys.device, each): each for each in ([raw] if raw is not None else statements)}
        draft = space.replica(document).draft(
            [edit for edit in edits if not isinstance(edit, Say)], said, Author(keys.device, actor, keys.sign)
        )
        assert draft is not None
        applied = space.receive(document, [change.raw for change in draft.staged.changes], [draft.tip])
        self._turn(lambda turn: self._vault.keep(space, [applied], turn))
        self.changes += 1
        return list(said)

    def _turn(self, act: Callable[[Turn], None]) -> bool:
        """Whether it asked for something to be written."""
        turn = Turn(self._now, os.urandom, [])
        act(turn)
        return self._carry_out(turn.out)

    def _carry_out(self, effects: Sequence[Effect]) -> bool:
        stores = [effect for effect in effects if isinstance(effect, events.Store)]
        self._batches += [effect.batch for effect in stores]
        self._waiting += [effect.token for effect in stores]
        return bool(stores)

    def _flush(self) -> None:
        """Have everything on the disk."""
        if self._batches:
            self._store.write_many(self._batches)
        for token in self._waiting:
            self._vault.on_the_way.take(token)
        self._batches, self._waiting = [], []
