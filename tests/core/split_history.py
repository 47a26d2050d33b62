"""A device whose history splits, for tests of what is proven by that."""

from collections.abc import Sequence

import pytest

from collar_sync.core.change import Action, Change, Op, Value
from collar_sync.core.durable import Tip
from collar_sync.core.equivocation import Convicted, Proof, prove
from collar_sync.core.outline import RECORDS
from collar_sync.core.space import Space
from collar_sync.errors import (
    Equivocation,
)
from collar_sync.ids import DocumentId, SpaceId
from tests.core.story import Forger, couple, join

Batch = tuple[Sequence[bytes], Sequence[Tip]]


class Scene:
    """Alex's and Kim's devices, and Sam's altered software, which wrote one change that both took in."""

    def __init__(self) -> None:
        self.alex, self.sam = couple()
        self.kim = join(self.alex, "Kim")
        self.document: DocumentId = self.alex.home("chapter")
        self.sams = Forger(self.alex.id, self.document, self.sam.keys)
        self.first = self.sams.change(Op(RECORDS, "note/1", action=Action.MAKE_MAP))
        for space in (self.alex, self.kim):
            space.receive(self.document, *self.signed(self.first))

    @property
    def place(self) -> tuple[SpaceId, DocumentId]:
        return self.alex.id, self.document

    def after(self, before: Change, title: str, *, by: Forger | None = None, seq: int | None = None) -> Change:
        op = Op((3, self.sams.actor), "title", value=Value.of(title))
        seq = before.seq + 1 if seq is None else seq
        return (by or self.sams).change(op, seq=seq, start_op=before.max_op + 1, deps=(before.hash,))

    def history(self, title: str, length: int = 1, after: Change | None = None) -> list[Change]:
        found = [after or self.first]
        for number in range(length):
            found.append(self.after(found[-1], f"{title} {number}"))
        return found[1:]

    def signed(self, *written: Change, by: Forger | None = None) -> Batch:
        return [change.raw for change in written], [(by or self.sams).tip(written[-1])]

    def proof(self, space: Space, batch: Batch) -> Proof | None:
        """What a device makes of a batch that it refused as an equivocation."""
        with pytest.raises(Equivocation):
            space.receive(self.document, *batch)
        return prove(self.place, space.replica(self.document), *batch, space.membership)

    def convicted(self, seq: int = 2) -> Convicted:
        return Convicted(self.sam.keys.device, self.sam.me, self.document, self.sams.actor, seq)


def a_proof(scene: Scene, length: int = 1) -> Proof:
    scene.alex.receive(scene.document, *scene.signed(*scene.history("Ferns", length)))
    proof = scene.proof(scene.alex, scene.signed(*scene.history("Moss", length)))
    assert proof is not None
    return proof
