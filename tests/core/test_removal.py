"""Removing a device: who may, what of its words stays standing, and that no order of arrival matters."""

import contextlib
import itertools
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core import identity, membership, removal
from collar_sync.core.change import Action, Op, Value
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.equivocation import prove
from collar_sync.core.identity import Keys
from collar_sync.core.inspect import inspect
from collar_sync.core.membership import ENROL, LEAVE, Learnt, Membership
from collar_sync.core.outline import RECORDS, STATEMENTS
from collar_sync.core.removal import REMOVE
from collar_sync.core.replica import statement_bytes
from collar_sync.core.space import Space
from collar_sync.core.standing import LEFT, REMOVED, UNVOUCHED
from collar_sync.core.statement import Said, Statement, encode, identify
from collar_sync.errors import Equivocation, NotAllowed
from collar_sync.ids import DeviceId
from tests.core.story import NOW, Forger, begun, chance, couple, deliver, join, keys_of, reopened, write


def add_device(host: Space, name: str) -> Space:
    """One more device of the same person; the space on it, with core."""
    newcomer = keys_of(name)
    proof = newcomer.sign(identity.enrol_message(host.id, host.keys.device, newcomer.public, host.me))
    body = membership.enrolment("Alex", name, newcomer.public, proof, host.me)
    host.say(Say(ENROL, newcomer.device, body, home="core"), NOW, chance(16))
    space = begun(host.id, newcomer)
    deliver(host, space, host.core)
    return space


def remove(space: Space, device: DeviceId) -> None:
    says = space.removal(device, chance(8))
    space.write(space.core, says, NOW, chance(8 + 8 * len(says)))


def everything(source: Space, target: Space) -> None:
    for document in source.library.shared():
        if source.library.digest(document) != target.library.digest(document):
            deliver(source, target, document)


def said(space: Space, kind: str) -> list[Said]:
    return [each for each in space.statements(kind) if each.kind == kind]


def beyond(space: Space, kind: str) -> list[bool]:
    return sorted(each.beyond_cut for each in said(space, kind))


def three() -> tuple[Space, Space, Space]:
    """Alex's laptop and tablet, and Sam's laptop, all with core."""
    laptop, sam = couple()
    tablet = add_device(laptop, "tablet")
    everything(laptop, sam)
    return laptop, tablet, sam


def test_what_was_said_before_the_removal_stands_and_what_comes_after_it_only_narrows() -> None:
    laptop, tablet, sam = three()
    write(tablet, Say("promise", home="core"), document=tablet.core)
    everything(tablet, laptop)
    remove(laptop, tablet.keys.device)
    everything(laptop, sam)
    write(tablet, Say("promise", home="core"), document=tablet.core)
    everything(tablet, laptop)
    everything(laptop, sam)
    for space in (laptop, sam, reopened(sam)):
        assert beyond(space, "promise") == [False, True]
        assert space.standing.why_apart(tablet.keys.device) == REMOVED
        assert {each.author for each in said(space, "promise")} == {laptop.me}


def test_what_the_remover_had_not_seen_is_beyond_also_in_a_chapter_that_comes_later() -> None:
    laptop, tablet, sam = three()
    write(tablet, Say("done"))
    everything(tablet, laptop)
    write(tablet, Say("done"))
    everything(tablet, sam)
    remove(laptop, tablet.keys.device)
    assert beyond(laptop, "done") == [False]
    assert beyond(sam, "done") == [False, False], "the news has not come yet"
    everything(laptop, sam)
    assert beyond(sam, "done") == [False, True]
    everything(sam, laptop)
    assert beyond(laptop, "done") == [False, True]


def test_only_a_device_of_the_same_person_removes_one_and_whoever_tries_is_named() -> None:
    laptop, tablet, sam = three()
    with pytest.raises(NotAllowed, match="only their own"):
        sam.removal(laptop.keys.device, bytes(8))
    proof = sam.keys.sign(identity.remove_message(sam.id, sam.keys.device, laptop.keys.device))
    (body,) = removal.bodies(bytes(8), proof, {})
    write(sam, Say(REMOVE, laptop.keys.device, body, home="core"), document=sam.core)
    write(laptop, Say("promise", home="core"), document=laptop.core)
    everything(sam, laptop)
    assert not laptop.membership.removals
    assert laptop.membership.forged == {(sam.keys.device, laptop.keys.device)}
    assert laptop.standing.why_apart(tablet.keys.device) is None
    assert beyond(laptop, "promise") == [False]


@pytest.mark.parametrize("how", ["signed by another", "for another space", "about another device", "not signed"])
def test_a_removal_that_its_own_device_did_not_sign_for_removes_nothing(how: str) -> None:
    laptop, tablet, _ = three()
    removed = tablet.keys.device
    message = {
        "for another space": identity.remove_message(begun_elsewhere().id, laptop.keys.device, removed),
        "about another device": identity.remove_message(laptop.id, laptop.keys.device, laptop.keys.device),
    }.get(how, identity.remove_message(laptop.id, laptop.keys.device, removed))
    signer = tablet.keys if how == "signed by another" else laptop.keys
    body = {"name": bytes(8), "proof": b"" if how == "not signed" else signer.sign(message), "cut": []}
    write(laptop, Say(REMOVE, removed, body, home="core"), document=laptop.core)
    assert not laptop.membership.removals


def begun_elsewhere() -> Space:
    return couple()[0]


def test_two_devices_that_remove_each_other_are_both_removed() -> None:
    laptop, tablet, sam = three()
    remove(laptop, tablet.keys.device)
    remove(tablet, laptop.keys.device)
    for order in ((laptop, tablet), (tablet, laptop)):
        news = begun(sam.id, keys_of("Sam"))
        for source in order:
            everything(source, news)
        assert {*news.membership.removals} == {laptop.keys.device, tablet.keys.device}
        assert news.standing.why_apart(laptop.keys.device) == REMOVED
        assert news.standing.why_apart(tablet.keys.device) == REMOVED
        assert news.standing.why_apart(sam.keys.device) is None, "he was let in before, by a device that was removed"


def test_whom_a_removed_device_lets_in_later_is_no_company_and_speaks_for_nobody_else() -> None:
    laptop, tablet, sam = three()
    remove(laptop, tablet.keys.device)
    stranger = join(tablet, "Mallory")
    spare = add_device(tablet, "spare")
    write(spare, Say("promise", home="core"), document=spare.core)
    write(stranger, Say("hello", home="core"), document=stranger.core)
    for source in (laptop, spare, stranger):
        everything(source, sam)
    assert sam.standing.why_apart(stranger.keys.device) == UNVOUCHED
    assert sam.standing.why_apart(spare.keys.device) == UNVOUCHED
    assert beyond(sam, "promise") == [True], "said in the name of Alex"
    assert beyond(sam, "hello") == [False], "a person who is nobody's but their own"


def test_a_cut_that_leaves_everything_out_silences_no_other_person() -> None:
    laptop, sam = couple()
    tablet = add_device(laptop, "tablet")
    everything(laptop, sam)
    write(sam, Say("promise", home="core"), document=sam.core)
    proof = tablet.keys.sign(identity.remove_message(tablet.id, tablet.keys.device, laptop.keys.device))
    (body,) = removal.bodies(bytes(8), proof, {})
    write(tablet, Say(REMOVE, laptop.keys.device, body, home="core"), document=tablet.core)
    everything(sam, tablet)
    assert beyond(tablet, "promise") == [False]
    assert tablet.people()[sam.me].name == "Sam"
    assert tablet.standing.why_apart(sam.keys.device) == UNVOUCHED, "until whoever knows him allows it"


def test_a_cut_that_names_what_nobody_wrote_lets_nothing_in() -> None:
    laptop, tablet, sam = three()
    write(tablet, Say("promise", home="core"), document=tablet.core)
    everything(tablet, laptop)
    ((actor, _, _),) = (end for end in laptop.library.ends(laptop.core) if end[0].startswith(tablet_bytes(tablet)))
    proof = laptop.keys.sign(identity.remove_message(laptop.id, laptop.keys.device, tablet.keys.device))
    (body,) = removal.bodies(bytes(8), proof, {laptop.core: ((actor, 1 << 29, bytes(32)),)})
    write(laptop, Say(REMOVE, tablet.keys.device, body, home="core"), document=laptop.core)
    everything(laptop, sam)
    assert beyond(sam, "promise") == [True]


def tablet_bytes(tablet: Space) -> bytes:
    return bytes.fromhex(tablet.keys.device.partition("_")[2])


@pytest.mark.parametrize("cut", [None, 7, [[b"short", []]], [[bytes(16), [[b"x", "y", b"z"]]]]])
def test_a_removal_counts_even_where_its_cut_cannot_be_read(cut: object) -> None:
    laptop, tablet, _ = three()
    proof = laptop.keys.sign(identity.remove_message(laptop.id, laptop.keys.device, tablet.keys.device))
    body = {"name": bytes(8), "proof": proof, "cut": cut, "more": 1}
    write(laptop, Say(REMOVE, tablet.keys.device, body, home="core"), document=laptop.core)
    assert tablet.keys.device in laptop.membership.removals
    write(tablet, Say("promise", home="core"), document=tablet.core)
    everything(tablet, laptop)
    assert beyond(laptop, "promise") == [True]


def test_a_device_of_ten_years_is_removed_in_several_statements_of_one_change() -> None:
    laptop, tablet, _ = three()
    openings = 3_650
    held = {laptop.core: tuple((tablet_bytes(tablet) + n.to_bytes(8, "big"), 7, bytes(32)) for n in range(openings))}
    proof = laptop.keys.sign(identity.remove_message(laptop.id, laptop.keys.device, tablet.keys.device))
    says = [Say(REMOVE, tablet.keys.device, each, home="core") for each in removal.bodies(bytes(8), proof, held)]
    assert 2 < len(says) < 40
    write(laptop, *says, document=laptop.core)
    (cut,) = laptop.membership.cuts.values()
    assert len(cut[laptop.core]) == openings
    for each in laptop.replica(laptop.core).missing({}):
        assert len(each.raw) <= limits.CHANGE_BYTES_MAX


def test_who_leaves_has_left_on_every_device_and_whoever_removed_is_told_apart() -> None:
    laptop, tablet, sam = three()
    write(tablet, Say(LEAVE, home="core"), document=tablet.core)
    everything(tablet, sam)
    assert sam.people()[laptop.me].left
    (said,) = (each for each in sam.statements("person.leave"))
    assert sam.people()[laptop.me].left_at == said.at > 0
    assert not sam.people()[sam.me].left
    assert sam.standing.why_apart(laptop.keys.device) == sam.standing.why_apart(tablet.keys.device) == LEFT


def test_a_chain_of_a_thousand_devices_costs_each_newcomer_little() -> None:
    """Altered software may let in whom it likes; the fold must not become slow for everybody."""
    laptop, _ = couple()
    found = Membership(laptop.id, tuple(each for each, _ in laptop.sayings.of("")))
    host = laptop.keys
    chain: list[Learnt] = []
    for number in range(1_000):
        keys = Keys.derive(number.to_bytes(32, "big"), b"one space's salt")
        person = identity.person_of(keys.device)
        proof = keys.sign(identity.enrol_message(laptop.id, host.device, keys.public, person))
        one = Statement(ENROL, keys.device, membership.enrolment("M", "phone", keys.public, proof), NOW, (), bytes(8))
        chain.append(Learnt(host.device, identify(host.device, encode(one)), one, bytes(24), number + 1))
        host = keys
    found = found.with_more(chain[:-1])
    started = time.process_time()
    found = found.with_more(chain[-1:])
    assert len(found.devices) == 1_002
    assert time.process_time() - started < 0.5


ACTS = ("say", "tell", "remove", "add", "let in", "note", "meet", "meet")


def act(data: st.DataObject, step: int, devices: list[Space]) -> None:
    """One device does something."""
    device, what = data.draw(st.sampled_from(devices)), data.draw(st.sampled_from(ACTS))
    match what:
        case "say":
            write(device, Say("promise", home="core"), document=device.core)
        case "tell":
            write(device, Say("done"))
        case "note":
            write(device, SetFields("note", "shared", {"by": f"{step}"}))
        case "remove":
            own = [each.id for each in device.membership.devices.values() if each.person == device.me]
            remove(device, data.draw(st.sampled_from(sorted(own))))
        case "add" | "let in" if len(devices) < 5:
            devices.append((add_device if what == "add" else join)(device, f"device {step}"))
        case _:
            everything(device, data.draw(st.sampled_from([each for each in devices if each is not device])))


@settings(max_examples=40)
@given(st.data())
def test_whoever_holds_the_same_reads_the_same_whatever_came_first(data: st.DataObject) -> None:
    """Removals, enrolments and words of removed devices, concurrent, delivered in any order."""
    laptop, tablet, sam = three()
    devices: list[Space] = [laptop, tablet, sam]
    for step in range(data.draw(st.integers(3, 14))):
        with contextlib.suppress(NotAllowed):  # it was removed, and knows
            act(data, step, devices)
    order = data.draw(st.permutations(devices))
    for _ in range(2):
        for one in order:
            for other in order:
                if one is not other:
                    everything(one, other)
    readings = [reading(each) for each in [*devices, reopened(devices[0])]]
    assert all(each == readings[0] for each in readings)


def reading(space: Space) -> Sequence[object]:
    return [
        sorted((each.id, each.author, each.beyond_cut) for each in space.statements("")),
        {device: space.standing.why_apart(device) for device in sorted(space.membership.devices)},
        dict(space.people()),
        space.library.records("note/"),
    ]


def part(by: Space, name: bytes, cut: removal.Cut) -> removal.Part:
    return removal.Part(by.keys.device, keys_of("tablet").device, name, b"", cut)


def test_of_several_removals_stands_what_all_of_them_leave_standing() -> None:
    laptop, tablet, _ = three()
    one, other, third = b"1" * 24, b"2" * 24, b"3" * 24
    core = laptop.core
    first = part(laptop, b"a", {core: {one: (5, b"5"), other: (3, b"3"), third: (2, b"x")}})
    second = part(tablet, b"a", {core: {one: (7, b"7"), third: (2, b"y")}})
    more = part(laptop, b"a", {core: {other: (4, b"4")}})  # of the first one
    for order in itertools.permutations([first, second, more]):
        assert removal.common(order) == {core: {one: (5, b"5")}}
    assert removal.common([first, more]) == {core: {one: (5, b"5"), other: (4, b"4"), third: (2, b"x")}}
    assert removal.common([part(tablet, b"b", {}), first]) == {}


def test_two_removals_leave_standing_what_both_removers_had_seen() -> None:
    laptop, tablet, sam = three()
    spare = add_device(laptop, "spare")
    write(tablet, Say("promise", home="core"), document=tablet.core)
    everything(tablet, spare)
    remove(spare, tablet.keys.device)
    for order in ((laptop, spare), (spare, laptop)):
        news = begun(sam.id, keys_of("Sam"))
        for source in order:
            everything(source, news)
        assert beyond(news, "promise") == [False]
    remove(laptop, tablet.keys.device)
    everything(laptop, spare)
    assert beyond(spare, "promise") == [True]


def test_words_that_are_put_twice_count_once_inside_whichever_came_first() -> None:
    """Altered software says its old words again as another actor: they were inside, and still are."""
    laptop, tablet, sam = three()
    write(tablet, Say("promise", home="core"), document=tablet.core)
    everything(tablet, laptop)
    (change,) = (
        each for each in tablet.replica(tablet.core).missing({}) if each.actor.startswith(tablet_bytes(tablet))
    )
    ops = [op for op in inspect(change.raw).ops if op.object == STATEMENTS]
    forger = Forger(laptop.id, laptop.core, tablet.keys, b"again...")
    again = forger.change(*(Op(STATEMENTS, op.key, value=op.value) for op in ops))
    remove(laptop, tablet.keys.device)
    for early in (True, False):
        news = begun(sam.id, keys_of("Sam"))
        everything(sam, news)
        if early:
            news.receive(news.core, [again.raw], [forger.tip(again)])
        everything(laptop, news)
        if not early:
            news.receive(news.core, [again.raw], [forger.tip(again)])
        assert beyond(news, "promise") == [False]
        assert beyond(reopened(news), "promise") == [False]


def test_nobody_backdates_a_yes_by_telling_another_history_of_a_removed_device() -> None:
    """Whoever has the device writes another change in the place of one that was before the removal."""
    laptop, tablet, sam = three()
    document = laptop.home("chapter")
    forger = Forger(laptop.id, document, tablet.keys)
    first = forger.change(Op(RECORDS, "note/1", action=Action.MAKE_MAP))
    second = forger.change(
        Op(RECORDS, "note/2", action=Action.MAKE_MAP), seq=2, start_op=first.max_op + 1, deps=(first.hash,)
    )
    laptop.receive(document, [first.raw, second.raw], [forger.tip(second)])
    remove(laptop, tablet.keys.device)
    raw = statement_bytes(Say("done"), at=NOW, nonce=bytes(8))
    key = identify(tablet.keys.device, raw).removeprefix("statement_")
    backdated = forger.change(Op(STATEMENTS, key, value=Value.of(raw)))
    sam.receive(document, [backdated.raw], [forger.tip(backdated)])
    everything(laptop_core(laptop), sam)
    assert beyond(sam, "done") == [True], "it came first, and the true history has not come"
    batch = [first.raw, second.raw], [forger.tip(second)]
    with pytest.raises(Equivocation):
        sam.receive(document, *batch)
    proof = prove((sam.id, document), sam.replica(document), *batch, sam.membership)
    assert proof is not None
    for space in (sam, laptop):
        space.convict(proof)
        assert beyond(space, "done") == [True]


def laptop_core(laptop: Space) -> Space:
    """The same space on a device that has core of it alone."""
    alone = begun(laptop.id, laptop.keys)
    deliver(laptop, alone, laptop.core)
    return alone
