"""A space believes its own enrolments, keeps a batch whole or not at all, and says whose device did wrong."""

import pytest

from collar_sync import limits
from collar_sync.core.binding import GENESIS, GENESIS_HASH
from collar_sync.core.change import Action, Op, Value
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.outline import RECORDS, STATEMENTS
from collar_sync.core.replica import statement_bytes
from collar_sync.core.statement import identify
from collar_sync.errors import InvalidFrame, InvalidInput, InvalidSignature, UnknownAuthor
from tests.core.story import (
    NOW,
    Forger,
    begun,
    chance,
    couple,
    deliver,
    enrolment_of,
    fingerprint,
    founded,
    join,
    keys_of,
    write,
)


def test_what_one_writes_the_other_reads_with_its_author() -> None:
    alex, sam = couple()
    document = alex.home("chapter")
    write(sam, SetFields("task", "1", {"title": "Ferns"}), Say("task.ask", "1", {"to": "Alex"}))
    deliver(sam, alex, document)
    assert alex.records(document, "task") == {"1": {"title": "Ferns"}}
    (said,) = alex.statements("task.")
    assert (said.author, said.device, said.document, said.body) == (sam.me, sam.keys.device, document, {"to": "Alex"})
    assert fingerprint(alex) == fingerprint(sam)


def test_records_of_a_kind_are_not_those_of_a_kind_whose_name_begins_alike() -> None:
    alex = founded()
    document = alex.home("chapter")
    write(alex, SetFields("task", "1", {"a": 1}), SetFields("tasks", "2", {"a": 2}), SetFields("task", "x/y", {"a": 3}))
    assert set(alex.records(document, "task")) == {"1", "x/y"}
    assert set(alex.records(document, "tasks")) == {"2"}
    assert alex.records(alex.document("nowhere"), "task") == {}


def test_a_newcomer_and_what_they_did_may_come_in_one_batch() -> None:
    alex, sam = couple()
    kim = join(alex, "Kim")
    write(kim, Say("pause", home="core"), document=kim.core)
    deliver(kim, sam, sam.core)
    assert {person.name for person in sam.people().values()} == {"Alex", "Sam", "Kim"}
    (pause,) = sam.statements("pause")
    assert pause.author == kim.me


def test_a_stranger_cannot_let_themself_in_and_nothing_of_their_batch_is_kept() -> None:
    alex, sam = couple()
    stranger = begun(alex.id, keys_of("Kim"))
    deliver(alex, stranger, alex.core)
    stranger.say(enrolment_of(stranger, stranger.keys, "Kim"), NOW, chance(16))
    before = fingerprint(sam)
    with pytest.raises(UnknownAuthor):
        deliver(stranger, sam, sam.core)
    assert fingerprint(sam) == before


def test_an_enrolment_forged_in_anothers_name_lets_nobody_in_even_for_its_own_batch() -> None:
    alex, sam = couple()
    kim = keys_of("Kim")
    body = dict(enrolment_of(alex, kim, "Kim").body)
    raw = statement_bytes(Say("device.enrol", kim.device, body), at=NOW, nonce=b"12345678")
    key = identify(alex.keys.device, raw).removeprefix("statement_")
    replica = sam.replica(sam.core)
    start_op = max(replica._last_op[head] for head in replica.heads) + 1
    as_alex = Forger(sam.id, sam.core, alex.keys)
    enrols = as_alex.change(Op(STATEMENTS, key, value=Value.of(raw)), start_op=start_op, deps=sorted(replica.heads))
    kims = Forger(sam.id, sam.core, kim)
    arrives = kims.change(Op(RECORDS, "note/1", action=Action.MAKE_MAP), start_op=enrols.max_op + 1, deps=[enrols.hash])
    before = fingerprint(sam)
    tips = [as_alex.tip(enrols, sam.keys), kims.tip(arrives)]
    with pytest.raises(InvalidSignature):
        sam.receive(sam.core, [enrols.raw, arrives.raw], tips)
    assert fingerprint(sam) == before
    sam.receive(sam.core, [enrols.raw, arrives.raw], [as_alex.tip(enrols), kims.tip(arrives)])
    assert kim.device in sam.membership.devices, "the same batch is good once it is truly Alex's"


def test_an_enrolment_outside_core_lets_nobody_in() -> None:
    alex, sam = couple()
    chapter = alex.home("chapter")
    write(alex, enrolment_of(alex, keys_of("Kim"), "Kim"), document=chapter)
    kims = Forger(sam.id, chapter, keys_of("Kim"))
    change = kims.change(Op(RECORDS, "note/1", action=Action.MAKE_MAP))
    replica = alex.replica(chapter)
    raws = [logged.raw for logged in replica.missing({})]
    with pytest.raises(UnknownAuthor):
        sam.receive(chapter, [*raws, change.raw], [*replica.tips.values(), kims.tip(change)])
    deliver(alex, sam, chapter)
    assert keys_of("Kim").device not in sam.membership.devices
    with pytest.raises(UnknownAuthor):
        sam.receive(chapter, [change.raw], [kims.tip(change)])


@pytest.mark.parametrize("content", [b"", b"\x96", "words", None, 7, True])
def test_what_is_put_among_statements_and_is_none_is_ignored_and_named_once(content: bytes | str | int | None) -> None:
    alex, sam = couple()
    sams = Forger(alex.id, alex.home("chapter"), sam.keys)
    ops = [Op(STATEMENTS, "a" * 64, value=Value.of(content)), Op(STATEMENTS, "b" * 64, value=Value.of(content))]
    change = sams.change(*ops, start_op=GENESIS.max_op + 1, deps=[GENESIS_HASH])
    said = [each.id for each in alex.statements("")]
    alex.receive(alex.home("chapter"), [change.raw], [sams.tip(change)])
    assert [each.id for each in alex.statements("")] == said
    assert alex.problems == ["Sam's phone tried to delete or overwrite something that was said. It had no effect."]


def test_problems_name_the_device_and_say_each_thing_once() -> None:
    alex, sam = couple()
    for _ in range(2):
        alex.blame(sam.keys.device, InvalidFrame("These bytes are none."))
    alex.blame(keys_of("Kim").device, InvalidFrame("These bytes are none."))
    assert len(alex.problems) == 2
    for problem, name in zip(alex.problems, ("Sam's phone", "A device"), strict=True):
        assert problem.startswith(
            f"{name} was refused: what it sent does not fit this record, and none of it was kept."
        )
        assert problem.endswith("These bytes are none.")


def test_a_write_that_cannot_be_kept_says_nothing_either() -> None:
    alex = founded()
    before = fingerprint(alex)
    with pytest.raises(InvalidInput):
        write(alex, Say("task.ask", "1"), Say("task.ask", "x" * 129))
    with pytest.raises(InvalidInput):
        write(alex, Say("task.ask", "1", {"long": "x" * limits.STATEMENT_BYTES_MAX}))
    assert fingerprint(alex) == before


def test_equal_words_said_twice_are_two_statements() -> None:
    alex = founded()
    write(alex, Say("pause"), Say("pause"))
    assert len({said.id for said in alex.statements("pause")}) == 2


def test_homes_of_one_space_are_the_same_on_every_device_and_others_elsewhere() -> None:
    alex, sam = couple()
    other = founded("Kim")
    assert alex.home("core") == sam.home("core") == alex.core
    assert alex.home("chapter") == sam.home("chapter")
    assert len({alex.core, alex.home("chapter"), other.core, other.home("chapter")}) == 4
