"""Alex's space in memory, on the devices of Alex and others, and the changes that altered software would make.

Stories share it; it promises nothing itself. Everything in it follows from names and counters, so that a story reads
the same each time.
"""

from collections.abc import Sequence

from collar_sync import ids
from collar_sync.core import identity, membership
from collar_sync.core.binding import GENESIS
from collar_sync.core.change import Change, Op
from collar_sync.core.durable import AtHand, Kept, KeptRecord, KeptStatement, Tip
from collar_sync.core.edits import Edit, Say
from collar_sync.core.identity import Keys
from collar_sync.core.inspect import compose
from collar_sync.core.replica import Replica, statement_bytes
from collar_sync.core.space import Space
from collar_sync.core.statement import identify
from collar_sync.core.steps import Applied
from collar_sync.ids import DocumentId, SpaceId

NOW = 1_790_000_000_000
SALT = b"one space's salt"


class Chance:
    """Bytes that never come twice."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, size: int) -> bytes:
        self._next += size // 8
        return b"".join((self._next - place).to_bytes(8, "big") for place in range(size // 8))


chance = Chance()


class Papers:
    """A shelf that holds what was put on it, and nothing of documents at rest."""

    def __init__(self) -> None:
        self.kept: dict[DocumentId, Kept] = {}

    def load(self, document: DocumentId, *, older: bool = False) -> Kept:  # noqa: ARG002  # it has but one
        return self.kept.get(document, Kept(None, (), ()))

    def at_hand(self) -> AtHand:
        return AtHand()

    def about(self, _name: str) -> AtHand:
        return AtHand()

    def records(self, _document: DocumentId, _prefix: str) -> Sequence[KeptRecord]:
        return ()

    def history(
        self, _documents: Sequence[DocumentId], _before: tuple[int, str], _count: int, _kind: str | None = None
    ) -> Sequence[KeptStatement]:
        return ()


def begun(identifier: SpaceId, keys: Keys) -> Space:
    """A space on a device that has nothing of it yet."""
    return Space(identifier, keys, Papers())


def reopened(space: Space) -> Space:
    """The space as it is after its device was opened again, from its logs."""
    papers = Papers()
    for document, replica in space.library.awake.items():
        papers.kept[document] = Kept(None, tuple(replica.missing({})), tuple(replica.tips.values()))
    again = Space(space.id, space.keys, papers)
    for document in sorted(papers.kept, key=lambda each: each != space.core):
        again.library.open(document, None, private=False)
    return again


def keys_of(name: str) -> Keys:
    return Keys.derive(name.encode().ljust(32, b"."), SALT)


def founded(name: str = "Alex") -> Space:
    """The space on its founder's device."""
    keys, drawn = keys_of(name), chance(16)
    say = Say(membership.FOUND, body=membership.found("Us", name, "laptop", keys.public), home="core")
    raw = statement_bytes(say, at=NOW, nonce=drawn[8:])
    space = begun(identity.space_of(identify(keys.device, raw)), keys)
    space.say(say, NOW, drawn)
    return space


def enrolment_of(space: Space, newcomer: Keys, name: str) -> Say:
    """What this device says to let a newcomer in who agreed to it."""
    person = identity.person_of(newcomer.device)
    proof = newcomer.sign(identity.enrol_message(space.id, space.keys.device, newcomer.public, person))
    body = membership.enrolment(name, "phone", newcomer.public, proof)
    return Say(membership.ENROL, newcomer.device, body, home="core")


def join(host: Space, name: str) -> Space:
    """Let somebody in; the space on their device, with core."""
    newcomer = keys_of(name)
    host.say(enrolment_of(host, newcomer, name), NOW, chance(16))
    space = begun(host.id, newcomer)
    deliver(host, space, host.core)
    return space


def couple() -> tuple[Space, Space]:
    """One space on Alex's and on Sam's device."""
    alex = founded()
    return alex, join(alex, "Sam")


def write(space: Space, *edits: Edit, document: DocumentId | None = None) -> Applied:
    says = sum(isinstance(edit, Say) for edit in edits)
    (applied,), _ = space.write(document or space.home("chapter"), edits, NOW, chance(8 + 8 * says))
    return applied


def deliver(source: Space, target: Space, document: DocumentId) -> Applied:
    """Everything of a document that the other device lacks."""
    replica = source.replica(document)
    missing = replica.missing(target.replica(document).clock)
    return target.receive(document, [change.raw for change in missing], list(replica.tips.values()))


def state(replica: Replica) -> tuple[object, ...]:
    """Everything that a replica holds, as others could see it."""
    records = {key: dict(replica.record(key) or {}) for key in sorted(replica.record_keys())}
    log = sorted(change.raw for change in replica.missing({}))
    return replica.heads, records, log, replica.clock, dict(replica.tips), replica.save()


def fingerprint(space: Space) -> object:
    """The same of a whole space, but for the one thing that order of arrival shows in: the saved bytes."""
    said = sorted(each.id for each in space.statements(""))
    replicas = {document: space.replica(document) for document in sorted(space.library)}
    documents = {document: state(replica)[:-1] for document, replica in replicas.items() if replica.clock}
    return documents, said, dict(space.membership.devices), dict(space.people())


class Forger:
    """A device's keys in altered software: it signs whatever it likes, for one document and one actor."""

    def __init__(self, space: SpaceId, document: DocumentId, keys: Keys, nonce: bytes = b"altered!") -> None:
        self.actor = ids.raw_bytes(keys.device) + nonce
        self._space = space
        self._document = document
        self._keys = keys

    def change(
        self, *ops: Op, seq: int = 1, start_op: int = GENESIS.max_op + 1, deps: Sequence[bytes] = (GENESIS.hash,)
    ) -> Change:
        return compose(actor=self.actor, seq=seq, start_op=start_op, deps=deps, ops=ops)

    def tip(self, change: Change, signer: Keys | None = None) -> Tip:
        message = identity.tip_message(self._space, self._document, change.actor, change.seq, change.hash)
        return Tip(change.actor, change.seq, change.hash, (signer or self._keys).sign(message))
