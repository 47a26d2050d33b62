"""What is left of one document whose store is damaged: which of its changes hold together, and what is gone.

Rules. A change counts where its bytes are its hash's, everything that it follows is here too, and a signature of its
own device covers it; so whatever is kept can be sent to others as before. A device signs its own changes again where
the signature is what was lost. What only a row remembers is said once more where it is this device's own: the same
words by the same device are the same statement. It knows no disk, no table and no clock.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress

import msgspec

from collar_sync import ids
from collar_sync.core import cover, identity
from collar_sync.core.binding import GENESIS_HASH
from collar_sync.core.change import Change
from collar_sync.core.cover import device_of
from collar_sync.core.durable import Kept, KeptRecord, KeptStatement, LoggedChange, Tip
from collar_sync.core.edits import SetFields
from collar_sync.core.identity import Keys
from collar_sync.core.inspect import inspect
from collar_sync.core.marks import Marks
from collar_sync.core.membership import Learnt, Membership
from collar_sync.core.replica import Replica, statements_in
from collar_sync.core.statement import decode_kept, identify
from collar_sync.core.steps import Applied, Author
from collar_sync.core.successor import portions
from collar_sync.errors import InvalidChange, InvalidInput
from collar_sync.ids import DocumentId, SpaceId, StatementId


class Remains:
    """What was read of one document: its changes, tips, and how many changes each actor is known to have made.

    `statements` and `records` are rows that speak of this device's own words, which are written again where they are
    missing; `marks` the places for slices that were noted.
    """

    def __init__(self, document: DocumentId) -> None:
        self.document = document
        self.changes: dict[bytes, Change] = {}  # by hash
        self.tips: dict[bytes, list[Tip]] = {}  # by actor
        self.ends: dict[bytes, int] = {}
        self.statements: list[KeptStatement] = []
        self.records: list[KeptRecord] = []
        self.marks: bytes | None = None

    def take(self, raw: bytes) -> None:
        """Take in one raw change; what is none is passed over."""
        with suppress(InvalidChange):
            change = inspect(raw)
            self.changes[change.hash] = change
            self.know(change.actor, change.seq)

    def sign(self, tip: Tip) -> None:
        """Take in a signature, which may be of anything."""
        self.tips.setdefault(tip.actor, []).append(tip)
        self.know(tip.actor, tip.seq)

    def know(self, actor: bytes, seq: int) -> None:
        """Take note that an actor made so many changes."""
        self.ends[actor] = max(seq, self.ends.get(actor, 0))

    def said(self) -> tuple[Learnt, ...]:
        """Every statement in these changes, whether or not they hold together."""
        return statements_in([*self.changes.values()])[0]


class Restored(msgspec.Struct, frozen=True):
    """A document made anew.

    `learnt` is all that is said in it; `lost` has how many changes of each actor are known not to be in it; `marks` is
    what to note of where it can be cut, `again` how many statements and records were written once more.
    """

    replica: Replica
    learnt: tuple[Learnt, ...]
    lost: Mapping[bytes, int]
    marks: bytes | None
    again: int


def restore(space: SpaceId, remains: Remains, membership: Membership, keys: Keys, chance: bytes | None) -> Restored:
    """Make a document of what remains, and write into it what only rows still have of this device's own words.

    `chance` is 8 random bytes for that; None where this device may write nothing there. Raises `InvalidChange` where
    Automerge makes no document of it.
    """
    changes, tips = _standing(space, remains, membership, keys)
    replica = Replica(space, remains.document)
    log = tuple(LoggedChange(each.actor, each.seq, each.hash, each.raw) for each in changes)
    marks = _marks(remains.marks, {each.hash for each in changes})
    learnt = replica.restore(Kept(None, log, tips, marks))
    lost = {actor: end - replica.clock.get(actor, 0) for actor, end in remains.ends.items()}
    again = 0
    if chance is not None:
        author = Author(keys.device, ids.raw_bytes(keys.device) + chance, keys.sign)
        for applied in _again(replica, remains, {each.id for each in learnt}, author):
            learnt += applied.learnt
            again += len(applied.learnt) + len(applied.records)
    lost = {actor: count for actor, count in lost.items() if count > 0}
    return Restored(replica, tuple(learnt), lost, replica.marks.news() or marks, again)


def _standing(
    space: SpaceId, remains: Remains, membership: Membership, keys: Keys
) -> tuple[list[Change], tuple[Tip, ...]]:
    """The changes that follow only on each other and that signatures cover, in order, and those signatures."""
    public = {device: each.public for device, each in membership.devices.items()} | {keys.device: keys.public}
    valid: dict[Tip, bool] = {}

    def fits(tip: Tip) -> bool:
        if tip not in valid:
            message = identity.tip_message(space, remains.document, tip.actor, tip.seq, tip.hash)
            own = public.get(device_of(tip.actor))
            valid[tip] = own is not None and identity.verify(own.signing, message, tip.signature)
        return valid[tip]

    newest_first = {actor: sorted(tips, key=lambda tip: -tip.seq) for actor, tips in remains.tips.items()}
    left = remains.changes
    while True:
        changes = [*_following(left)]
        here = {(each.actor, each.seq): each.hash for each in changes}
        ends = {each.actor: each for each in changes}
        tips: dict[bytes, Tip] = {}
        for actor, end in ends.items():
            found = (tip for tip in newest_first.get(actor, ()) if here.get((actor, tip.seq)) == tip.hash and fits(tip))
            tip = next(found, None)
            if device_of(actor) == keys.device and (tip is None or tip.seq < end.seq):
                message = identity.tip_message(space, remains.document, actor, end.seq, end.hash)
                tip = Tip(actor, end.seq, end.hash, keys.sign(message))
            if tip is not None:
                tips[actor] = tip
        graph = [(each.actor, each.hash, each.deps) for each in changes]
        covered = cover.covered(graph, {tip.hash for tip in tips.values()})
        if len(covered) == len(changes):
            return changes, tuple(tips.values())
        left = {each.hash: each for each in changes if each.hash in covered}


def _following(changes: Mapping[bytes, Change]) -> Iterator[Change]:
    """Each change of which all that it follows comes before it: an operation's number is greater than those before."""
    clock: dict[bytes, int] = {}
    here = {GENESIS_HASH}
    for change in sorted(changes.values(), key=lambda each: (each.start_op, each.hash)):
        if clock.get(change.actor, 0) == change.seq - 1 and here.issuperset(change.deps):
            clock[change.actor] = change.seq
            here.add(change.hash)
            yield change


def _marks(kept: bytes | None, here: AbstractSet[bytes]) -> bytes | None:
    """The places for slices, where all that they name is here."""
    try:
        slices = [*Marks(kept).slices({})]
    except msgspec.MsgspecError:
        return None
    return kept if all(tip.hash in here for _, tips in slices for tip in tips) else None


def _again(replica: Replica, remains: Remains, said: AbstractSet[StatementId], author: Author) -> Iterator[Applied]:
    """Write once more what rows alone have: this device's own statements, and fields of records that are its own."""
    words = {each.id: each.raw for each in remains.statements if each.id not in said and _own(each, author)}
    edits: list[SetFields] = []
    for record in remains.records:
        kind, _, identifier = record.key.partition("/")
        standing = replica.record(record.key) or {}
        fields = {name: value for name, value in record.fields.items() if name not in standing}
        if kind and identifier and fields:
            edits.append(SetFields(kind, identifier, fields))
    for portion in portions(edits, words):
        with suppress(InvalidInput):
            applied = replica.write(portion.edits, portion.said, author)
            if applied is not None:
                yield applied


def _own(kept: KeptStatement, author: Author) -> bool:
    """Whether a row is what this device said, word for word: its id is made of both."""
    return decode_kept(kept.raw) is not None and identify(author.device, kept.raw) == kept.id
