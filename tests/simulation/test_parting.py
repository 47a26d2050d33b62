"""Removals and refusals among engines: what is sent to whom, and what altered software gets out of it."""

import hashlib
from functools import partial

import pytest

from collar_sync import ids, limits
from collar_sync.core import beacon, events, identity, marks, membership, removal, wire
from collar_sync.core.answered import hour
from collar_sync.core.binding import GENESIS
from collar_sync.core.change import Action, Change, Op
from collar_sync.core.channel import Channel
from collar_sync.core.durable import Tip
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.identity import Keys
from collar_sync.core.inspect import compose
from collar_sync.core.membership import ENROL, Learnt
from collar_sync.core.outline import RECORDS
from collar_sync.core.removal import REMOVE
from collar_sync.core.standing import REMOVED, UNVOUCHED
from collar_sync.core.statement import Statement, encode, identify
from collar_sync.core.vault import Turn
from collar_sync.errors import NotAllowed
from collar_sync.ids import DeviceId, SpaceId
from collar_sync.testing.couple import let_in
from collar_sync.testing.device import Device
from collar_sync.testing.run import paired
from collar_sync.testing.world import World

NAMES = ("Alex", "Sam", "Kim")


def world_of(own: bool) -> tuple[World, Device, Device, Device]:  # noqa: FBT001  # whose Sam's device is
    """Alex's, Sam's and Kim's devices in company; with `own`, Sam's is another one of Alex."""
    disks, truth = paired(3, own=own)
    world = World(7, truth.copy())
    first, second, third = (world.add(name, disks[name].copy()) for name in NAMES)
    world.settle()
    return world, first, second, third


def id_of(device: Device) -> DeviceId:
    return device.space.keys.device


def quiet(world: World) -> None:
    """Let everything happen that can, without asking that all come into step."""
    world.go_on(40_000, each=5_000)


def remove(world: World, remover: Device, removed: DeviceId) -> None:
    world.answer(remover, lambda number: events.RemoveDevice(number, remover.space.id, removed))


def note(world: World, device: Device, name: str) -> None:
    fields = (SetFields("note", name, {"line": name}),)
    world.request(device, lambda number: events.Write(number, device.space.id, None, fields))


def notes(device: Device) -> set[str]:
    return set(device.space.library.records("note/"))


def test_nothing_but_one_farewell_is_sent_to_a_removed_device(monkeypatch: pytest.MonkeyPatch) -> None:
    world, alex, tablet, kim = world_of(own=True)
    removed = id_of(tablet)
    remove(world, alex, removed)
    quiet(world)
    assert tablet.space.over
    for device in (alex, kim):
        assert device.space.standing.why_apart(removed) == REMOVED
    note(world, kim, "not for the tablet")
    quiet(world)
    said: list[tuple[str, wire.Message]] = []
    handle = World._handle

    def overheard(self: World, device: Device, event: events.Event) -> tuple[list[events.Effect], list[wire.Message]]:
        effects, messages = handle(self, device, event)
        said.extend((device.name, message) for message in messages)
        return effects, messages

    monkeypatch.setattr(World, "_handle", overheard)
    tablet.space.ended = None  # altered software that calls again, whatever it was told
    assert tablet.engine is not None
    for peer in tablet.engine.links.peers.values():
        peer.apart = None
    for other in (alex, kim):
        world.locate(tablet, other)
    quiet(world)
    assert notes(tablet) == set()
    assert any(name == "Sam" for name, _ in said)
    answers = [message for name, message in said if name != "Sam"]
    assert answers
    for answer in answers:
        assert isinstance(answer, wire.Farewell)
        assert answer.parted
        assert answer.removal is not None


def opening(device: DeviceId, number: int) -> Change:
    """What a device wrote in one of its openings."""
    actor, start = ids.raw_bytes(device) + number.to_bytes(8, "big"), GENESIS.max_op + 1
    op = Op(RECORDS, f"note/{number}", action=Action.MAKE_MAP)
    return compose(actor=actor, seq=1, start_op=start, deps=[GENESIS.hash], ops=[op])


@pytest.mark.parametrize("by_itself", [False, True], ids=["by another", "by itself"])
def test_a_device_is_removed_in_as_many_changes_as_it_takes(
    by_itself: bool,  # noqa: FBT001  # who removes it
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "EDITS_AT_ONCE", 2)  # so that a few hundred openings are more than one change names
    opened_and_removed(1_000, by_itself=by_itself)


@pytest.mark.slow
def test_a_device_is_removed_however_often_it_was_opened() -> None:
    opened_and_removed(24_000, by_itself=False)


def opened_and_removed(openings: int, *, by_itself: bool) -> None:
    """A device that wrote as so many actors is removed, and all that they said before that stands."""
    world, alex, tablet, _ = world_of(own=True)
    remover, removed = tablet if by_itself else alex, id_of(tablet)
    chapter = remover.space.home("chapter")
    for start in range(0, openings, 1_000):  # each with one change, by an actor of its own
        some = [opening(removed, number) for number in range(start, start + 1_000)]
        tips = []
        for each in some:
            message = identity.tip_message(alex.space.id, chapter, each.actor, 1, each.hash)
            tips.append(Tip(each.actor, 1, each.hash, tablet.space.keys.sign(message)))
        remover.space.receive(chapter, [each.raw for each in some], tips)
    remove(world, remover, removed)
    parts = remover.space.membership.removals[removed]
    assert len({part.name for part in parts}) == 1
    assert len(removal.common(parts)[chapter]) == openings


def test_where_a_removed_device_was_is_forgotten_also_where_a_crash_came_between() -> None:
    world, alex, tablet, _ = world_of(own=True)
    removed, place = id_of(tablet), f"peer/{alex.space.id}/{id_of(tablet)}"
    world.crash(tablet)
    quiet(world)
    assert place in alex.disk.settings
    world.request(alex, lambda number: events.RemoveDevice(number, alex.space.id, removed))
    alex.disk.write(alex.writing.popleft().batch)
    world.crash(alex)
    world.start(alex)
    assert alex.space.standing.why_apart(removed) == REMOVED
    quiet(world)
    world.tell(alex, events.Stop())
    while alex.writing:
        alex.disk.write(alex.writing.popleft().batch)
    assert place not in alex.disk.settings


def test_edits_of_a_removed_device_that_somebody_had_already_are_everybodys_in_the_end() -> None:
    """What it wrote into records beyond the cut stays, where an honest device had it: or those would part."""
    world, alex, tablet, kim = world_of(own=True)
    world.network.part("Alex", "Sam", world.true)
    world.network.part("Alex", "Kim", world.true)
    quiet(world)
    note(world, tablet, "written while nobody could say")
    quiet(world)
    assert notes(kim) == {"written while nobody could say"}
    remove(world, alex, id_of(tablet))
    note(world, tablet, "later")
    world.network.meet("Alex", "Kim")
    world.network.meet("Alex", "Sam")
    world.settle()
    assert notes(alex) == notes(kim)
    assert "written while nobody could say" in notes(alex)


@pytest.mark.parametrize("by", ["Sam", "Kim"])
def test_a_forged_removal_removes_nobody_and_names_whoever_tried(by: str) -> None:
    world, alex, sam, kim = world_of(own=False)
    forger = world.devices[by]
    world.truth.hostile_names.add(by)
    target = id_of(alex)
    with pytest.raises(NotAllowed):
        remove(world, forger, target)
    proof = forger.space.keys.sign(identity.remove_message(forger.space.id, id_of(forger), target))
    (body,) = removal.bodies(bytes(8), proof, {})
    says = (Say(REMOVE, target, body, home="core"),)
    world.request(forger, lambda number: events.Write(number, forger.space.id, None, says))
    quiet(world)
    for device in (alex, sam, kim):
        assert not device.space.over
        assert device.space.standing.why_apart(target) is None
        assert device.space.membership.forged == {(id_of(forger), target)}
    note(world, alex, "still here")
    quiet(world)
    assert all("still here" in notes(device) for device in (sam, kim))


def test_whom_a_removed_device_lets_in_later_is_no_company_until_somebody_allows_it() -> None:
    world, alex, tablet, kim = world_of(own=True)
    for one, other in (("Alex", "Sam"), ("Alex", "Kim"), ("Sam", "Kim")):
        world.network.part(one, other, world.true)
    quiet(world)
    remove(world, alex, id_of(tablet))
    stranger = world.add("Charlie")
    world.network.part("Charlie", "Alex", world.true)
    world.network.part("Charlie", "Kim", world.true)
    let_in(world, tablet, stranger, "12345678")
    quiet(world)
    world.network.meet("Kim", "Sam")
    world.network.meet("Kim", "Charlie")
    quiet(world)
    note(world, kim, "before the news")
    quiet(world)
    assert "before the news" in notes(stranger)
    world.network.meet("Alex", "Kim")
    quiet(world)
    assert kim.space.standing.why_apart(id_of(stranger)) == UNVOUCHED
    note(world, kim, "after it")
    quiet(world)
    assert "after it" in notes(alex)
    assert "after it" not in notes(stranger)
    world.answer(kim, lambda number: events.Choose(number, kim.space.id, id_of(stranger), refuse=False))
    kim.announcing = stranger.announcing = True
    quiet(world)
    assert "after it" in notes(stranger)


def write_all(device: Device, says: tuple[Say, ...], number: int) -> events.Event:
    return events.Write(number, device.space.id, None, says)


def test_of_a_thousand_devices_that_one_lets_in_a_few_are_company_and_those_met_before_stay() -> None:
    world, alex, sam, kim = world_of(own=False)
    assert sam.engine is not None
    world.truth.hostile_names.add("Kim")
    says: list[Say] = []
    for number in range(1_000):
        keys = Keys.derive(number.to_bytes(32, "big"), b"one space's salt")
        person = identity.person_of(keys.device)
        proof = keys.sign(identity.enrol_message(kim.space.id, id_of(kim), keys.public, person))
        body = membership.enrolment("Mallory", "phone", keys.public, proof)
        says.append(Say(ENROL, keys.device, body, home="core"))
    for start in range(0, len(says), 500):
        some = tuple(says[start : start + 500])
        world.request(kim, partial(write_all, kim, some))
    quiet(world)
    assert len(sam.space.membership.devices) == 1_003, "they count, or devices would part"
    assert len(sam.engine.links.peers) <= limits.DEVICES_LET_IN_MAX + 2
    assert any("let in more than" in each for each in sam.space.problems)
    note(world, alex, "as before")
    quiet(world)
    assert "as before" in notes(sam)


def mallory(number: int, host: Keys, space: SpaceId) -> tuple[Keys, Say]:
    """A made-up device that another one lets in."""
    keys = Keys.derive(number.to_bytes(32, "big"), b"one space's salt")
    proof = keys.sign(identity.enrol_message(space, host.device, keys.public, identity.person_of(keys.device)))
    return keys, Say(ENROL, keys.device, membership.enrolment("Mallory", "phone", keys.public, proof), home="core")


def learnt(host: Keys, say: Say) -> Learnt:
    statement = Statement(say.kind, say.subject, dict(say.body), 1, (), bytes(8))
    return Learnt(host.device, identify(host.device, encode(statement)), statement, bytes(24), 1)


@pytest.mark.parametrize("each_lets_in", [1, 2, 10, 31])
@pytest.mark.parametrize("whose", ["Kim, whom Alex let in", "Alex, who let in Sam"])
def test_of_devices_that_let_in_each_other_no_more_are_company_than_of_those_that_one_lets_in(
    each_lets_in: int, whose: str
) -> None:
    _, alex, sam, kim = world_of(own=False)
    assert sam.engine is not None
    space, root = sam.space, (kim if whose.startswith("Kim") else alex).space.keys
    hosts, found = [root], list[Learnt]()
    while len(found) < 600:
        keys, say = mallory(len(found), hosts[len(found) // each_lets_in], space.id)
        found.append(learnt(hosts[len(found) // each_lets_in], say))
        hosts.append(keys)
    space.membership = space.membership.with_more(found)
    assert len(space.membership.devices) == 603
    sam.engine._company.meet(space)
    most = limits.DEVICES_LET_IN_MAX * (1 if root is kim.space.keys else 2)
    assert {id_of(alex), id_of(kim)} <= {device for _, device in sam.engine.links.peers}
    assert len(sam.engine.links.peers) <= most + 2


def test_announcements_are_held_against_those_who_are_new_and_not_against_everybody_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, _, sam, kim = world_of(own=False)
    assert sam.engine is not None
    space = sam.space
    for number in range(64):
        fill = hashlib.sha256(number.to_bytes(8, "big")).digest()
        tags = beacon.tags_for([], world.true // 86_400_000, fill[:16], fill)
        world.tell(sam, events.Found(fill[:16], tags, (("somewhere", 1),)))
    by, found = kim.space.keys, list[Learnt]()
    for number in range(300):
        keys, say = mallory(number, by, space.id)
        found.append(learnt(by, say))
        by = keys
    space.membership = space.membership.with_more(found)
    looked_at: list[bytes] = []
    tag = beacon.tag

    def counted(pair_key: bytes, epoch: int, instance: bytes) -> bytes:
        looked_at.append(instance)
        return tag(pair_key, epoch, instance)

    monkeypatch.setattr(beacon, "tag", counted)
    before = len(sam.engine.links.peers)
    sam.engine._company.meet(space, Turn(world.moment(sam), world.draw))
    met = len(sam.engine.links.peers) - before
    assert met > limits.DEVICES_LET_IN_MAX // 2
    assert len(looked_at) <= 3 * 64 * met


def test_a_code_shown_by_a_device_that_is_removed_ends() -> None:
    world, alex, tablet, _ = world_of(own=True)
    shown = world.request(tablet, lambda number: events.Invite(number, tablet.space.id, "12345678"))
    remove(world, alex, id_of(tablet))
    quiet(world)
    assert isinstance(tablet.answers[shown], NotAllowed)
    assert tablet.engine is not None
    assert tablet.engine.advertise((b"instance",)) == []


def test_a_device_does_not_believe_anybody_else_that_it_was_removed() -> None:
    world, alex, tablet, kim = world_of(own=True)
    assert alex.engine is not None
    assert tablet.engine is not None
    kims = kim.space.keys
    lies = [
        wire.Farewell("gone", parted=True),
        wire.Farewell(
            "gone",
            parted=True,
            removal=(kims.device, kims.sign(identity.remove_message(kim.space.id, kims.device, id_of(tablet)))),
        ),
        wire.Farewell("gone", parted=True, removal=(id_of(alex), bytes(64))),
        wire.Farewell("gone", parted=True, removal=("device_nobody", bytes(64))),
    ]
    for lie in lies:
        link = next(each for each in tablet.engine.links.of_space(tablet.space.id) if each.peer is not None)
        now = tablet.clock.now(world.true)
        tablet.engine._parting.told(link, lie, Turn(now, world.draw))
        assert not tablet.space.over
        world.settle()


def test_what_another_device_says_as_it_closes_is_shown_as_its_words_and_on_one_line() -> None:
    world, alex, _, kim = world_of(own=False)
    assert alex.engine is not None
    lie = "Your disk is full.\nType your passphrase\u202e\x1b[2J here:\u2028evil.invalid"
    key = (alex.space.id, id_of(kim))
    link = next(each for each in alex.engine.links.of_space(alex.space.id) if each.peer == key)
    alex.engine._parting.told(link, wire.Farewell(lie), Turn(alex.clock.now(world.true), world.draw))
    why = alex.engine.links.peers[key].why
    assert why == (
        "It closed the connection. It says: \u201cYour disk is full. Type your passphrase [2J here: evil.invalid\u201d."
    )


@pytest.mark.parametrize("how", ["refused", "left silently", "erased"])
def test_whoever_calls_a_device_that_keeps_no_company_gets_not_one_byte_and_hears_nothing_of_it(how: str) -> None:
    """To them it looks like a device that is not reached: nobody has to say that they do not want to be."""
    world, alex, sam, kim = world_of(own=False)
    assert alex.engine is not None
    before = {each.id for each in kim.space.statements("")}
    keys, public, space = sam.space.keys, alex.space.keys.public, alex.space.id
    instance = hour(world.moment(alex).wall)
    if how == "refused":
        world.answer(alex, lambda number: events.Choose(number, space, id_of(sam), refuse=True))
    elif how == "erased":
        world.answer(alex, partial(erase, space))
    else:
        world.answer(alex, lambda number: events.Leave(number, space, tell=False))
    quiet(world)
    call = Channel.initiator(keys=keys, peer=public, space=space, instance=instance, ephemeral=bytes(32)).start()
    world.tell(alex, events.Opened(-700, "10.0.0.9"))
    answers = alex.engine.handle(events.Received(-700, call), world.moment(alex), world.draw)
    assert not any(isinstance(each, events.Send) for each in answers)
    assert [each.connection for each in answers if isinstance(each, events.Disconnect)] == [-700]
    others = [sam.space.keys, kim.space.keys] if how != "refused" else [sam.space.keys]
    for each in others:
        secret = beacon.pair_key(each, public)
        assert secret not in alex.engine.advertise((b"instance",)), "and is not announced to"
    assert {each.id for each in kim.space.statements("")} == before
    assert not sam.space.problems


def test_whoever_hears_first_of_a_removal_does_not_send_it_to_the_removed_device() -> None:
    world, alex, tablet, kim = world_of(own=True)
    world.network.part("Alex", "Sam", world.true)
    quiet(world)
    remove(world, alex, id_of(tablet))
    quiet(world)
    assert tablet.space.over
    assert not tablet.space.membership.removals, "it was told, and not sent what was said"
    assert kim.space.membership.removals


def test_who_left_with_a_word_tells_those_who_were_away_and_takes_in_nothing() -> None:
    world, alex, _, kim = world_of(own=False)
    world.network.part("Alex", "Kim", world.true)
    world.network.part("Alex", "Sam", world.true)
    quiet(world)
    world.answer(kim, lambda number: events.Leave(number, kim.space.id, tell=True))
    note(world, alex, "not for Kim")
    quiet(world)
    assert not alex.space.people()[kim.space.me].left
    world.network.meet("Alex", "Kim")
    alex.announcing = kim.announcing = True
    quiet(world)
    assert alex.space.people()[kim.space.me].left
    assert notes(kim) == set()
    assert kim.engine is not None
    assert kim.engine.advertise((b"instance",)) == [], "everybody knows, so nobody is looked for"


def test_a_device_that_removes_itself_says_so_to_the_others_first() -> None:
    world, alex, tablet, kim = world_of(own=True)
    remove(world, tablet, id_of(tablet))
    quiet(world)
    for device in (alex, kim):
        assert device.space.standing.why_apart(id_of(tablet)) == REMOVED
    assert tablet.space.over
    note(world, alex, "not for the tablet")
    quiet(world)
    assert notes(kim) == {"not for the tablet"}
    assert notes(tablet) == set()


def test_a_space_is_erased_while_others_are_calling_and_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    """At any step of their handshakes and first messages; nothing of it comes back."""
    monkeypatch.setattr(marks, "_SLICE_CHANGES", 1)  # what is kept of documents that go in slices
    for steps in range(0, 60, 3):
        world, alex, sam, _ = world_of(own=False)
        world.crash(alex)
        world.start(alex)
        for place in range(5):
            note(world, sam, f"while it comes {place}")
        for _ in range(steps):
            world.step()
        space = alex.space.id
        world.request(alex, partial(erase, space))
        assert alex.engine is not None
        assert not alex.engine.spaces
        for _ in range(40):
            world.arrive()
            world.wait(1_000)
        assert not alex.engine.links.peers
        assert not alex.disk.written
        assert {name.partition("/")[0] for name in alex.disk.settings} <= {"clock", "pairing"}


def erase(space: SpaceId, number: int) -> events.Event:
    return events.Erase(number, space)


@pytest.mark.parametrize("how", ["erase", "leave", "tell"])
def test_what_was_told_in_passing_is_gone_with_ones_part_in_a_space(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world, alex, sam, _ = world_of(own=False)
    space, hears = alex.space.id, sam.space.me
    assert alex.engine is not None
    monkeypatch.setattr(alex.engine.air, "_gate", lambda _space: lambda *_: True)  # whoever may hear, may
    monkeypatch.setattr(world.passing, "after", lambda *_: None)  # the world's own watch knows the gate
    world.tell(alex, events.Tell(space, "mood", b"fine", (hears,), 60_000))
    assert alex.engine.air._told[space]
    if how == "erase":
        world.request(alex, partial(erase, space))
    else:
        world.request(alex, lambda number: events.Leave(number, space, tell=how == "tell"))
    world.wait(1_000)
    assert not alex.engine.air._told.get(space)
    quiet(world)
