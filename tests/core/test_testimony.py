"""What is heard of a document that was split: what its own devices signed counts, and hearing it is quick."""

import pytest

from collar_sync import ids, limits
from collar_sync.core import equivocation, identity, wire
from collar_sync.core.change import Action, Op
from collar_sync.core.edits import Say
from collar_sync.core.evidence import Evidence, attributed
from collar_sync.core.membership import Membership
from collar_sync.core.outline import RECORDS
from collar_sync.core.space import Space
from tests.core.story import Forger, couple, founded, join, write

LINKS = 40


def chain() -> list[Space]:
    """Everybody was let in by the one before, and says something; the last one has all of it."""
    spaces = [founded()]
    for number in range(LINKS):
        spaces.append(join(spaces[-1], f"Guest {number}"))
        write(spaces[-1], Say("promise", home="core"), document=spaces[-1].core)
    return spaces


def heard(space: Space, without: Space | None = None) -> wire.Testimony:
    """All of core as one space has it, but for the signatures of a device."""
    replica = space.replica(space.core)
    tips = (tip for actor, tip in replica.tips.items() if without is None or not _by(without, actor))
    return wire.Testimony(space.core, tuple(each.raw for each in replica.missing({})), tuple(tips))


def _by(space: Space, actor: bytes) -> bool:
    return space.author(space.keys.device) == space.me and actor.hex().startswith(space.keys.device.partition("_")[2])


def test_whoever_was_let_in_one_by_the_other_is_heard_at_once_and_each_signature_is_looked_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spaces = chain()
    looked_at: list[bytes] = []
    verify = identity.verify

    def counted(key: bytes, message: bytes, signature: bytes) -> bool:
        looked_at.append(signature)
        return verify(key, message, signature)

    monkeypatch.setattr(identity, "verify", counted)
    testimony = heard(spaces[-1])
    _, learnt = attributed(testimony, Membership(spaces[0].id), in_core=True)
    assert {each.device for each in learnt if each.statement.kind == "promise"} == {
        space.keys.device for space in spaces[1:]
    }
    assert len(looked_at) <= len(testimony.tips) + LINKS


def test_where_one_in_the_line_did_not_sign_nobody_after_them_is_heard() -> None:
    spaces = chain()
    _, learnt = attributed(heard(spaces[-1], without=spaces[10]), Membership(spaces[0].id), in_core=True)
    assert {each.device for each in learnt if each.statement.kind == "promise"} == {
        space.keys.device for space in spaces[1:10]
    }


def split(space: Space, by: Space, number: int) -> equivocation.Proof:
    """A proof that a device told two histories of a document that it made up."""
    document = ids.document_id(number.to_bytes(16, "big"))
    forger = Forger(space.id, document, by.keys)
    branches = []
    for text in ("one", "other"):
        op = Op(RECORDS, f"note/{text}", action=Action.MAKE_MAP)
        change = forger.change(op)
        branches.append(equivocation.Branch((change.raw,), forger.tip(change)))
    return equivocation.Proof(space.id, document, *branches)


def test_of_documents_that_nobody_has_no_more_proofs_are_kept_than_a_few_and_of_one_that_is_here_always_one() -> None:
    alex, sam = couple()
    kept = sum(alex.convict(split(alex, sam, number)) for number in range(300))
    assert kept == len(alex.evidence.proofs) < 300
    write(alex, Say("promise"))
    proof = split(alex, sam, 1)
    chapter = alex.home("chapter")
    forger = Forger(alex.id, chapter, sam.keys)
    made = [forger.change(Op(RECORDS, f"note/{text}", action=Action.MAKE_MAP)) for text in ("one", "other")]
    branches = [equivocation.Branch((each.raw,), forger.tip(each)) for each in made]
    assert alex.convict(equivocation.Proof(proof.space, chapter, *branches))
    assert alex.library.splits.frozen(chapter)


def test_what_was_heard_is_kept_up_to_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEARD_BYTES_MAX", 4_000)
    evidence = Evidence()
    kept = [
        evidence.keep(wire.Testimony("document_" + "0" * 32, (bytes([number]) * 1_000,), ())) for number in range(6)
    ]
    assert kept == [True] * 4 + [False] * 2
