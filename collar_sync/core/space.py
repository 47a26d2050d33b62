"""One space on this device: its documents, its people, everything said in it. Decides what a batch means for the whole.

It ties membership to replicas: core's enrolments say whose changes count, in core itself and in every other document.
It knows no connection, no disk and no meaning of a statement beyond membership.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from collar_sync import ids, limits
from collar_sync.core import identity
from collar_sync.core.durable import LoggedChange, Tip
from collar_sync.core.edits import Edit, Home, Say, Scalar
from collar_sync.core.identity import Keys
from collar_sync.core.membership import Learnt, Membership
from collar_sync.core.people import Person
from collar_sync.core.replica import Applied, Author, Replica, statement_bytes
from collar_sync.core.statement import Said, identify
from collar_sync.errors import CollarError, InvalidInput
from collar_sync.ids import DocumentId, PersonId, SpaceId, StatementId

CORE = "core"
CHAPTER = "chapter-1"


class Space:
    """The state of one space."""

    def __init__(self, identifier: SpaceId, keys: Keys) -> None:
        self.id = identifier
        self.keys = keys
        self.membership = Membership(identifier)
        self.core = identity.document_of(identifier, CORE)
        self.replicas: dict[DocumentId, Replica] = {}
        self.problems: list[str] = []
        self._homes = {"core": self.core, "chapter": identity.document_of(identifier, CHAPTER)}
        self._said: dict[str, dict[StatementId, tuple[Learnt, DocumentId]]] = {}
        self._actors: dict[DocumentId, bytes] = {}

    @property
    def me(self) -> PersonId:
        """Whose device this is, in this space."""
        return self.author(self.keys.device)

    def people(self) -> Mapping[PersonId, Person]:
        """Everyone in the space."""
        return self.membership.people()

    def document(self, name: str) -> DocumentId:
        """The id of the document of that name."""
        return identity.document_of(self.id, name)

    def home(self, home: Home) -> DocumentId:
        """Where new records and statements of that home go."""
        return self._homes[home]

    def replica(self, document: DocumentId) -> Replica:
        """The replica of a document, empty where nothing of it came yet."""
        found = self.replicas.get(document)
        if found is None:
            if len(self.replicas) >= limits.DOCUMENTS_MAX:
                raise InvalidInput("This space holds as many documents as it can.")
            found = self.replicas[document] = Replica(self.id, document)
        return found

    def statements(self, prefix: str) -> Iterator[Said]:
        """Everything said whose kind starts so, by people who are or were members; in no order that means anything."""
        for kind, found in self._said.items():
            if kind.startswith(prefix):
                for learnt, document in found.values():
                    yield self._as_said(learnt, document)

    def record(self, document: DocumentId, kind: str, identifier: str) -> Mapping[str, Scalar] | None:
        """One record of a document, or None."""
        replica = self.replicas.get(document)
        return replica.record(f"{kind}/{identifier}") if replica else None

    def records(self, document: DocumentId, kind: str) -> dict[str, Mapping[str, Scalar]]:
        """The records of a kind in a document, by id."""
        replica = self.replicas.get(document)
        found: dict[str, Mapping[str, Scalar]] = {}
        for key in replica.keys() if replica else ():
            if key.startswith(kind + "/"):
                fields = replica.record(key) if replica else None
                if fields is not None:
                    found[key[len(kind) + 1 :]] = fields
        return found

    def restore(self, document: DocumentId, log: Sequence[LoggedChange], tips: Sequence[Tip]) -> None:
        """Take in this device's own log of one document."""
        learnt = self.replica(document).restore(log, tips)
        self._learn(document, learnt)

    def write(
        self, document: DocumentId, edits: Sequence[Edit], now: int, chance: bytes
    ) -> tuple[Applied | None, list[StatementId]]:
        """Write edits as one change of this device, if they change anything, and the ids of what was said.

        `chance` is 8 random bytes and 8 more for each statement. Raises `InvalidInput`; nothing is written then.
        """
        said: dict[StatementId, bytes] = {}
        for place, say in enumerate(edit for edit in edits if isinstance(edit, Say)):
            raw = statement_bytes(say, at=now, nonce=chance[8 + 8 * place : 16 + 8 * place])
            said[identify(self.keys.device, raw)] = raw
        rest = [edit for edit in edits if not isinstance(edit, Say)]
        actor = self._actors.setdefault(document, ids.raw_bytes(self.keys.device) + chance[:8])
        author = Author(self.keys.device, actor, self.keys.sign)
        applied = self.replica(document).write(rest, said, author)
        if applied is not None:
            self._learn(document, applied.learnt)
        return applied, list(said)

    def say(self, say: Say, now: int, chance: bytes) -> Applied:
        """Say one thing in core; 16 random bytes."""
        applied, _ = self.write(self.core, [say], now, chance)
        assert applied is not None  # noqa: S101  # a statement is always new: it has a nonce
        return applied

    def receive(self, document: DocumentId, raws: Sequence[bytes], tips: Sequence[Tip]) -> Applied:
        """Verify a peer's batch against who is enrolled, with the enrolments that the batch itself brings to core.

        Raises `PeerError`; nothing of the batch is kept then. An enrolment in it counts only if its own author's
        signature verifies, which `admit` checks for every author of the batch.
        """
        replica = self.replica(document)
        staged = replica.stage(raws)
        membership = self.membership.with_more(staged.learnt) if document == self.core else self.membership
        applied = replica.admit(staged, tips, membership)
        self._learn(document, applied.learnt)
        for device in applied.overwritten:
            owner = self.membership.devices[device]
            name = self.people()[owner.person].name
            self.note(f"{name}'s {owner.name} tried to delete or overwrite something that was said. It had no effect.")
        return applied

    def note(self, problem: str) -> None:
        """Remember something a person should see; each sentence once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def blame(self, device: ids.DeviceId, error: CollarError) -> None:
        """Name the device whose bytes were refused."""
        owner = self.membership.devices.get(device)
        self.note(f"{owner.name if owner else 'A device'} was refused: {error}")

    def _learn(self, document: DocumentId, learnt: Iterable[Learnt]) -> None:
        news = list(learnt)
        if document == self.core:
            self.membership = self.membership.with_more(news)
        for each in news:
            self._said.setdefault(each.statement.kind, {}).setdefault(each.id, (each, document))

    def author(self, device: ids.DeviceId) -> PersonId:
        """Whose device this is; before the first sync has told, it is somebody's first."""
        found = self.membership.devices.get(device)
        return found.person if found else identity.person_of(device)

    def said(self, applied: Applied) -> tuple[Said, ...]:
        """What one batch said, with its authors."""
        return tuple(self._as_said(learnt, applied.document) for learnt in applied.learnt)

    def _as_said(self, learnt: Learnt, document: DocumentId) -> Said:
        own = learnt.statement
        person = self.author(learnt.device)
        return Said(learnt.id, own.kind, own.subject, own.body, own.at, own.answers, person, learnt.device, document)
