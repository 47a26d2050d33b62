"""A paired device in hostile hands: its keys and channels are good, since it was let in; what it says is not.

Beside living as any device does, it now and then sends one forged thing to one peer, over the session of its own
production engine. Where it is `splitting`, it also signs two different changes under one number and shows each to
another peer, which parts devices until they go on in a fresh document.
"""

import contextlib
import functools
import zlib
from collections.abc import Callable, Sequence
from typing import Final

from collar_sync import ids, limits
from collar_sync.core import events, identity, lineage, wire
from collar_sync.core.binding import GENESIS, GENESIS_HASH, Binding
from collar_sync.core.change import Action, Change, Op, Value
from collar_sync.core.durable import Tip
from collar_sync.core.edits import Say
from collar_sync.core.identity import Keys
from collar_sync.core.inspect import compose, inspect
from collar_sync.core.links import Link, send
from collar_sync.core.outline import RECORDS, STATEMENTS
from collar_sync.core.removal import says
from collar_sync.core.replica import statement_bytes
from collar_sync.core.statement import identify
from collar_sync.errors import InvalidInput, StoreError
from collar_sync.ids import DeviceId, DocumentId
from collar_sync.testing.device import Device
from collar_sync.testing.world import World

_NONCE_BYTES: Final = 8


class Hostile:
    """What a device in hostile hands does beside what its software does."""

    def __init__(self, world: World, device: Device, *, splitting: bool = False) -> None:
        self._world = world
        self._device = device
        self._last_ops: dict[bytes, int] = {GENESIS_HASH: GENESIS.max_op}
        self._weights: dict[Callable[[Link], list[bytes]], int] = {
            self.in_anothers_name: 2, self.removing_anothers: 1, self.unsigned: 2, self.signed_by_another: 1,
            self.causes_missing: 2, self.two_histories: 1,
            self.taken_back: 5, self.good_then_garbage: 1, self.altered: 1,
            self.from_a_stranger: 1, self.lie_about_history: 1, self.lie_about_storing: 1, self.snapshot_of_others: 2,
            self.snapshot_damaged: 1, self.garbage: 1, self.bomb: 1, self.split: 12 if splitting else 0,
            self.foresee: 20 if splitting else 0,
        }  # fmt: skip

    def act(self) -> None:
        """Send one forged thing to one peer that it is connected to, or call one."""
        engine = self._device.engine
        if engine is None or not engine.spaces or self._device.space.me not in self._device.space.people():
            return
        links, chance = self._links(), self._world.chance
        others = [each for each in self._world.running() if each is not self._device]
        if links:
            link = chance.choice(links)
            (forge,) = chance.choices(list(self._weights), list(self._weights.values()))
            with contextlib.suppress(StoreError, InvalidInput):  # its own disk fails, or there is nothing to forge
                self.send(link, forge(link))
        elif others:
            other = chance.choice(others)
            self._world.locate(self._device, other)

    def send(self, link: Link, messages: Sequence[bytes]) -> None:
        """Send plain messages, sealed as the good session seals them."""
        out: list[events.Effect] = []
        send(link, messages, out)
        for effect in out:
            if isinstance(effect, events.Send):
                self._world.network.send(self._device.name, effect.connection, effect.frames)
        self._world.counts["forged"] += 1

    # --- forgeries ---

    def in_anothers_name(self, _link: Link) -> list[bytes]:
        """Something said in the name of the peer, or of somebody else, under this device's signature."""
        keys = self._device.space.keys
        others = [each for each in self._device.space.membership.devices if each != keys.device]
        victim = self._world.chance.choice(others)
        document, change = self._saying(victim, Say("pause", home="core"))
        return [self._batch(document, [change], [self._tip(document, change, keys)])]

    def removing_anothers(self, _link: Link) -> list[bytes]:
        """A removal of somebody else's device, well signed by this one."""
        space = self._device.space
        others = [each.id for each in space.membership.devices.values() if each.person != space.me]
        victim = self._world.chance.choice(others or [space.keys.device])
        (say,) = says(space.keys, space.id, victim, {}, self._world.draw(_NONCE_BYTES))
        document, change = self._saying(space.keys.device, say)
        return [self._signed(document, change)]

    def unsigned(self, link: Link) -> list[bytes]:
        """Something said in the peer's name, without any signature."""
        victim = link.peer[1] if link.peer is not None else self._device.space.keys.device
        document, change = self._saying(victim, Say("pause.lift", home="core"))
        return [self._batch(document, [change], [])]

    def signed_by_another(self, _link: Link) -> list[bytes]:
        """An own change under a signature of somebody who was never let in."""
        document, change = self._saying(self._device.space.keys.device, Say("pause", home="core"))
        stranger = Keys.derive(self._world.draw(32), self._world.draw(16))
        return [self._batch(document, [change], [self._tip(document, change, stranger)])]

    def causes_missing(self, _link: Link) -> list[bytes]:
        """A well-signed change that follows one which is nowhere."""
        document = self._document()
        change = self._noting(document, deps=[self._world.draw(32)], start_op=1 << 20)
        return [self._signed(document, change)]

    def two_histories(self, _link: Link) -> list[bytes]:
        """Two changes under one number in one message."""
        document, nonce = self._document(), self._world.draw(_NONCE_BYTES)
        first, second = (self._noting(document, nonce=nonce) for _ in range(2))
        tip = self._tip(document, second, self._device.space.keys)
        return [self._batch(document, [first, second], [tip])]

    def split(self, link: Link) -> list[bytes]:
        """Two changes under one number, both well signed: one for this peer, the other for another one."""
        document, nonce = self._document(), self._world.draw(_NONCE_BYTES)
        first, second = (self._signed(document, self._noting(document, nonce=nonce)) for _ in range(2))
        others = [each for each in self._links() if each is not link]
        if not others:
            return [first, second]
        self.send(self._world.chance.choice(others), [second])
        return [first]

    def foresee(self, _link: Link) -> list[bytes]:
        """Something written into the document that takes over from one that this device is about to split.

        It says truly or not at all from which, or follows what another wrote there.
        """
        keys, space, chance = self._device.space.keys, self._device.space, self._world.chance
        document = self._document()
        shown = lineage.line(document, {keys.device, *space.library.splits.excluded(document)})
        ahead = lineage.named(shown)
        if ahead in space.library and chance.randrange(2):
            return [self._signed(ahead, self._noting(ahead))]
        actor = ids.raw_bytes(keys.device) + self._world.draw(_NONCE_BYTES)
        start_op = GENESIS.max_op + 1
        ops = [Op(RECORDS, "note/foreseen", action=Action.MAKE_MAP)]
        if chance.randrange(2):
            ops.append(Op((start_op, actor), "~line", value=Value.of(shown)))
        change = compose(actor=actor, seq=1, start_op=start_op, deps=[GENESIS_HASH], ops=ops)
        return [self._signed(ahead, change)]

    def taken_back(self, _link: Link) -> list[bytes]:
        """A well-signed change that deletes or overwrites what somebody said."""
        statements = [*self._device.space.statements("pause"), *self._device.space.statements("consent.")]
        said = sorted(each.id for each in statements or self._device.space.statements("device."))
        key = self._world.chance.choice(said).removeprefix("statement_")
        core, found = self._device.space.home("core"), []
        for change in self._history(core):
            found += [
                (counter, change.actor)
                for counter, op in enumerate(change.ops, change.start_op)
                if op.object == STATEMENTS and op.key == key
            ]
        action = self._world.chance.choice((Action.DELETE, Action.DELETE, Action.SET))
        taken = self._change(core, [Op(STATEMENTS, key, action=action, predecessors=tuple(sorted(found)[-1:]))])
        return [self._signed(core, taken)]

    def good_then_garbage(self, _link: Link) -> list[bytes]:
        """A good change and bytes that are none, in one message: all of it is refused."""
        document = self._document()
        change = self._noting(document)
        tip = self._tip(document, change, self._device.space.keys)
        return [wire.encode(wire.Changes(document, (change.raw, b"\x85\x6f\x4a\x83garbage"), (tip,)))]

    def altered(self, _link: Link) -> list[bytes]:
        """A good message with one bit turned over."""
        document = self._document()
        message = bytearray(self._signed(document, self._noting(document)))
        message[self._world.chance.randrange(len(message))] ^= 1 << self._world.chance.randrange(8)
        return [bytes(message)]

    def from_a_stranger(self, _link: Link) -> list[bytes]:
        """A change of a device that nobody let in."""
        document = self._document()
        stranger = Keys.derive(self._world.draw(32), self._world.draw(16))
        record = Op(RECORDS, "note/strange", action=Action.MAKE_MAP)
        change = self._change(document, [record], device=stranger.device)
        return [self._batch(document, [change], [self._tip(document, change, stranger)])]

    def lie_about_history(self, _link: Link) -> list[bytes]:
        """Another hash for a change that everybody knows."""
        document = self._device.space.home("core")
        tips = list(self._device.space.replica(document).tips.values())
        if not tips:
            raise InvalidInput("There is nothing to lie about yet.")
        tip = self._world.chance.choice(tips)
        known = (wire.Known(tip.actor, tip.seq, self._world.draw(32)),)
        return [wire.encode(wire.Have((wire.Holding(document, bytes(32), known),), complete=True, durable=True))]

    def lie_about_storing(self, _link: Link) -> list[bytes]:
        """It confirms changes that were never made."""
        actor = ids.raw_bytes(self._device.space.keys.device) + self._world.draw(_NONCE_BYTES)
        return [wire.encode(wire.Stored(self._document(), (wire.Known(actor, 7, self._world.draw(32)),)))]

    def snapshot_of_others(self, _link: Link) -> list[bytes]:
        """A snapshot with changes in others' names, and tips that say something else than it holds."""
        space, document = self._device.space, self._device.space.home("core")
        others = [each for each in space.membership.devices if each != space.keys.device]
        _, change = self._saying(self._world.chance.choice(others), Say("pause", home="core"))
        binding = Binding()
        binding.feed([each.raw for each in (*self._history(document), change)], {change.hash})
        chunk = binding.save()
        return [wire.encode(wire.Snapshot(document, chunk, tuple(space.replica(document).tips.values())))]

    def snapshot_damaged(self, _link: Link) -> list[bytes]:
        """A snapshot with one bit turned over."""
        document = self._document()
        chunk = bytearray(self._device.space.replica(document).save())
        chunk[self._world.chance.randrange(len(chunk))] ^= 1 << self._world.chance.randrange(8)
        return [wire.encode(wire.Snapshot(document, bytes(chunk), ()))]

    def garbage(self, _link: Link) -> list[bytes]:
        """Bytes that are no message."""
        return [self._world.draw(self._world.chance.randrange(200))]

    def bomb(self, _link: Link) -> list[bytes]:
        """A few bytes that would inflate beyond what any message may be."""
        return [b"\x01" + _bomb()]

    # --- how they are made ---

    def _links(self) -> list[Link]:
        engine = self._device.engine
        return list(engine.links.of_space(self._device.space.id)) if engine is not None else []

    def _document(self) -> DocumentId:
        space = self._device.space
        return self._world.chance.choice((space.home("core"), space.home("chapter")))

    def _noting(
        self, document: DocumentId, *, nonce: bytes = b"", deps: Sequence[bytes] = (), start_op: int = 0
    ) -> Change:
        """A change of this device that makes a record."""
        record = Op(RECORDS, f"note/forged-{self._world.draw(4).hex()}", action=Action.MAKE_MAP)
        return self._change(document, [record], nonce=nonce, deps=deps, start_op=start_op)

    def _saying(self, author: DeviceId, say: Say) -> tuple[DocumentId, Change]:
        """A change that says something in a device's name, in core."""
        raw = statement_bytes(say, at=self._world.true, nonce=self._world.draw(_NONCE_BYTES))
        key = identify(author, raw).removeprefix("statement_")
        core = self._device.space.home("core")
        return core, self._change(core, [Op(STATEMENTS, key, value=Value.of(raw))], device=author)

    def _change(
        self,
        document: DocumentId,
        ops: Sequence[Op],
        *,
        device: DeviceId | None = None,
        nonce: bytes = b"",
        deps: Sequence[bytes] = (),
        start_op: int = 0,
    ) -> Change:
        """The first change of a new actor of a device, in its place after all that this device has."""
        actor = ids.raw_bytes(device or self._device.space.keys.device) + (nonce or self._world.draw(_NONCE_BYTES))
        if not deps:
            self._history(document)
            deps = sorted(self._device.space.replica(document).heads)[: limits.CHANGE_DEPS_MAX]
            start_op = 1 + max(self._last_ops[dep] for dep in deps)
        if ops[0].action is Action.MAKE_MAP:
            ops = [*ops, Op((start_op, actor), "line", value=Value.of(self._world.draw(4).hex()))]
        return compose(actor=actor, seq=1, start_op=start_op, deps=deps, ops=ops)

    def _history(self, document: DocumentId) -> list[Change]:
        """Every change that this device has of a document."""
        changes = [inspect(change.raw) for change in self._device.space.replica(document).missing({})]
        self._last_ops.update((change.hash, change.max_op) for change in changes)
        return changes

    def _tip(self, document: DocumentId, change: Change, keys: Keys) -> Tip:
        message = identity.tip_message(self._device.space.id, document, change.actor, change.seq, change.hash)
        return Tip(change.actor, change.seq, change.hash, keys.sign(message))

    def _signed(self, document: DocumentId, change: Change) -> bytes:
        return self._batch(document, [change], [self._tip(document, change, self._device.space.keys)])

    def _batch(self, document: DocumentId, changes: Sequence[Change], tips: Sequence[Tip]) -> bytes:
        return wire.encode(wire.Changes(document, tuple(change.raw for change in changes), tuple(tips)))


@functools.cache
def _bomb() -> bytes:
    return zlib.compress(bytes(limits.MESSAGE_BYTES_MAX + 1))
