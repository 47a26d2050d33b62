"""Replicas against a plain reading of the same changes: equal changes, equal documents, whatever way they came.

Devices write records and texts, delete by a tombstone, get parts of what others have in any causal order, in batches,
twice, with holes or without signatures, are put to rest and opened again, and lose what was not yet on the disk.
"""

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from collar_sync import ids
from collar_sync.core import identity, statement
from collar_sync.core.binding import GENESIS_HASH, load_snapshot
from collar_sync.core.change import Action, Op
from collar_sync.core.durable import Kept, Tip
from collar_sync.core.edits import SetFields, SetText
from collar_sync.core.identity import Keys
from collar_sync.core.inspect import compose, inspect
from collar_sync.core.membership import Device as Member
from collar_sync.core.membership import Membership
from collar_sync.core.outline import RECORDS
from collar_sync.core.replica import Replica
from collar_sync.core.statement import Statement
from collar_sync.core.steps import Author
from collar_sync.errors import CausesMissing, Equivocation, InvalidSignature, PeerError
from tests.machines.book import Book, Pen
from tests.machines.past import Past, Written, chance_from, in_parts
from tests.machines.search import search

SPACE = ids.space_id(b"s" * 16)
DOCUMENT = ids.document_id(b"d" * 16)
KEYS = tuple(Keys.derive(name.encode().ljust(32, b"."), b"one space's salt") for name in ("Alex", "Sam", "Kim"))
SIDES = len(KEYS)
GENESIS_MAX_OP = 2


# --- the production code, as far as this machine touches it ---


def membership() -> Membership:
    """A space in which all of them were let in."""
    found = Membership(SPACE)
    found.devices = {
        keys.device: Member(keys.device, identity.person_of(keys.device), keys.public, "laptop") for keys in KEYS
    }
    return found


MEMBERS = membership()


class Device:
    """One replica and what its store would hold of it."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.replica = Replica(SPACE, DOCUMENT)
        self.chunk: bytes | None = None
        self.batches: list[Any] = []  # on the disk, since it was last put to rest
        self.resting_tips: dict[bytes, Tip] = {}
        self.openings = 0
        self.said = 0

    @property
    def actor(self) -> bytes:
        return ids.raw_bytes(self.keys.device) + self.openings.to_bytes(8, "big")

    def write(self, edits: Sequence[Any], said: int) -> tuple[bytes, Tip] | None:
        """The one change written and its tip; None where nothing would change."""
        words: dict[ids.StatementId, bytes] = {}
        for _ in range(said):
            self.said += 1
            raw = statement.encode(Statement("note", "", {}, 1, (), self.said.to_bytes(8, "big")))
            words[statement.identify(self.keys.device, raw)] = raw
        author = Author(self.keys.device, self.actor, self.keys.sign)
        draft = self.replica.draft(edits, words, author)
        if draft is None:
            return None
        applied = self.replica.commit(draft)
        self.batches.append(applied)
        (change,), (tip,) = applied.changes, applied.tips
        return change.raw, tip

    def receive(self, raws: Sequence[bytes], tips: Sequence[Tip]) -> list[bytes]:
        """The hashes of what was new."""
        applied = self.replica.admit(self.replica.stage(raws), tips, MEMBERS)
        self.batches.append(applied)
        return [change.hash for change in applied.changes]

    def rest(self) -> None:
        """Put to rest: the snapshot stands for all rows."""
        self.chunk, ends = self.replica.seal()
        assert {(actor, seq) for actor, seq, _ in ends} == set(self.replica.clock.items())
        self.resting_tips = self._tips()
        self.batches = []

    def open_again(self, lost: int) -> list[bytes]:
        """Open without the last batches, under a new actor; the hashes of what they held."""
        kept = max(0, len(self.batches) - lost)
        gone = [change.hash for batch in self.batches[kept:] for change in batch.changes]
        del self.batches[kept:]
        self.replica = Replica(SPACE, DOCUMENT)
        log = tuple(change for batch in self.batches for change in batch.changes)
        self.replica.restore(Kept(self.chunk, log, tuple(self._tips().values())))
        self.openings += 1
        return gone

    def read(self) -> dict[str, dict[str, Any]]:
        found = {key: dict(fields) for key, fields in self.replica.records("")}
        assert all(self.replica.record(key) == fields and self.replica.has(key) for key, fields in found.items())
        return found

    def _tips(self) -> dict[bytes, Tip]:
        return self.resting_tips | {tip.actor: tip for batch in self.batches for tip in batch.tips}


# --- what is drawn ---

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=4)
    | st.binary(max_size=4)
    | st.floats(allow_nan=False, allow_infinity=False)
)
keys = st.sampled_from(["1", "1", "1", "2"])
field_edits = st.builds(
    lambda key, fields: ("fields", key, fields),
    keys,
    st.dictionaries(st.sampled_from(["title", "count", "body"]), scalars, max_size=2) | st.just({"deleted": True}),
)
splices = st.builds(
    lambda key, start, removed, added: ("splice", key, (start, removed, added)),
    keys,
    st.integers(0, 12),
    st.integers(0, 4),
    st.integers(0, 4),
)
scraps = st.builds(lambda key, text: ("scrap", key, text), keys, st.text("ab", max_size=5))
edits = st.lists(field_edits | field_edits | splices | splices | scraps, max_size=3)
sides = st.integers(0, SIDES - 1)
seeds = st.integers(0, 1 << 32)
Edit = tuple[str, str, Any]
ODDITIES = ("jumble", "signatures lack", "signature is false", "second history")


class Replicas(RuleBasedStateMachine):
    """Three devices, and for each the set of changes it must have."""

    def __init__(self) -> None:
        super().__init__()
        self.devices = [Device(keys) for keys in KEYS]
        self.past = Past()
        self.has: list[set[bytes]] = [set() for _ in self.devices]
        self.books: dict[frozenset[bytes], tuple[bytes, dict[str, Any]]] = {}  # digest and reading of each set seen
        self.sets: dict[bytes, frozenset[bytes]] = {}
        self.letters = 0
        self.touched = set(range(SIDES))  # since it was last looked at

    # --- what happens ---

    @initialize()
    def everybody_begins_with_one_record(self) -> None:
        """Else most stories would be about records that were begun twice."""
        self._write(0, [("fields", "1", {"title": "Ferns"}), ("splice", "1", (0, 0, 4))], 1)
        for taker in (1, 2):
            self.everything_missing_arrives(0, taker)

    @rule(writes=st.lists(st.tuples(sides, edits, st.integers(0, 1)), min_size=1, max_size=4))
    def people_write(self, writes: list[tuple[int, list[Edit], int]]) -> None:
        for side, drawn, said in writes:
            self._write(side, drawn, said)

    @rule(writes=st.lists(st.tuples(sides, edits, st.integers(0, 1)), min_size=1, max_size=4), giver=sides, taker=sides)
    def people_write_and_meet(self, writes: list[tuple[int, list[Edit], int]], giver: int, taker: int) -> None:
        self.people_write(writes)
        self.everything_missing_arrives(giver, taker)

    @rule(deliveries=st.lists(st.tuples(sides, sides, seeds), min_size=1, max_size=4))
    def things_arrive(self, deliveries: list[tuple[int, int, int]]) -> None:
        """Part of what another has, in some causal order, in batches, and some of it once more."""
        for giver, taker, seed in deliveries:
            self._deliver(giver, taker, chance_from(seed))

    @rule(giver=sides, taker=sides)
    def everything_missing_arrives(self, giver: int, taker: int) -> None:
        """As a session would send it: what lacks beyond a version vector, with the tips that cover it."""
        source, target = self.devices[giver].replica, self.devices[taker]
        missing = source.missing(target.replica.clock)
        assert {each.hash for each in missing} == self.has[giver] - self.has[taker]
        new = target.receive([each.raw for each in missing], source.needed_tips())
        assert new == [each.hash for each in missing]
        self._arrived(taker, new)

    @rule(odd=st.lists(st.tuples(st.sampled_from(ODDITIES), sides, sides, seeds), min_size=2, max_size=6))
    def odd_batches_arrive(self, odd: list[tuple[str, int, int, int]]) -> None:
        """Taken whole where they can be, refused whole otherwise."""
        for kind, giver, taker, seed in odd:
            chance = chance_from(seed)
            match kind:
                case "jumble":
                    self._jumble(taker, chance)
                case "signatures lack":
                    self._signatures_lack(giver, taker, chance)
                case "signature is false":
                    self._signature_is_false(giver, taker, chance)
                case "second history":
                    self._second_history(taker, chance)

    @rule(side=sides, rests=st.booleans(), lost=st.integers(-3, 3))
    def a_device_rests_and_opens_again(self, side: int, rests: bool, lost: int) -> None:  # noqa: FBT001
        """Perhaps without the last it wrote or got: that was not on the disk, though others may have it."""
        self.touched.add(side)
        if rests:
            self.devices[side].rest()
        if lost >= 0:
            self.has[side] -= set(self.devices[side].open_again(lost))

    @rule(side=sides, seed=seeds)
    def somebody_asks(self, side: int, seed: int) -> None:
        """What lacks beyond any version vector, each after its causes; and a snapshot, which a newcomer takes."""
        chance = chance_from(seed)
        device, has = self.devices[side], self.has[side]
        clock = self.past.clock(has)
        for _ in range(3):
            known = {actor: chance.randint(0, seq + 1) for actor, seq in clock.items() if chance.random() < 0.8}
            missing = [each.hash for each in device.replica.missing(known)]
            assert sorted(missing) == sorted(self.past.beyond(has, known))
            for place, each in enumerate(missing):
                assert not self.past.changes[each].past & set(missing[place:])
        raws = load_snapshot(device.replica.save())
        assert sorted(raws) == sorted(self.past.changes[each].raw for each in has)
        newcomer = Device(KEYS[side])
        newcomer.receive(raws, device.replica.needed_tips())
        assert (newcomer.replica.digest(), newcomer.read()) == (device.replica.digest(), device.read())
        assert newcomer.replica.clock == clock

    # --- what must hold ---

    @invariant()
    def each_device_has_what_came_and_reads_what_it_means(self) -> None:
        for side in sorted(self.touched):
            device, has = self.devices[side], self.has[side]
            found, clock = device.replica, self.past.clock(has)
            assert found.clock == clock
            assert found.heads == (self.past.heads(has) or {GENESIS_HASH})
            for actor, seq in clock.items():
                here = {self.past.changes[each].seq: each for each in has if self.past.changes[each].actor == actor}
                assert [found.hash_at(actor, place) for place in range(seq + 2)] == [
                    None, *(here[place] for place in range(1, seq + 1)), None,
                ]  # fmt: skip
            digest, reading = self._seen(frozenset(has), found.digest())
            assert found.digest() == digest
            assert typed(device.read()) == typed(reading)
        self.touched.clear()

    # --- the machine's hands ---

    def _write(self, side: int, drawn: list[Edit], said: int) -> None:
        device, has = self.devices[side], self.has[side]
        book = self._book(has)
        start = 1 + max((self.past.changes[each].max_op for each in has), default=GENESIS_MAX_OP)
        pen = Pen(book, device.actor, start)
        real: list[Any] = []
        for _ in range(said):
            pen.other()
        for kind, key, what in drawn:
            if kind == "fields":
                pen.fields(f"note/{key}", what)
                real.append(SetFields("note", key, what))
                continue
            name = "scrap" if kind == "scrap" else "body"
            text = what if kind == "scrap" else self._spliced(book, key, *what)
            pen.text(f"note/{key}", name, text)
            assert book.read()[f"note/{key}"][name] == text
            real.append(SetText("note", key, name, text))
        written = device.write(real, said)
        assert (written is None) == (not pen.steps)
        if written is None:
            return
        raw, tip = written
        change = inspect(raw)
        assert (change.actor, change.start_op, change.max_op) == (device.actor, start, start + len(pen.steps) - 1)
        assert set(change.deps) >= self.past.heads(has)
        past = frozenset(has)
        self.past.changes[change.hash] = Written(
            change.hash, change.actor, change.seq, raw, tip, change.max_op, past, tuple(pen.steps)
        )
        self._arrived(side, [change.hash])

    def _deliver(self, giver: int, taker: int, chance: random.Random) -> None:
        for batch in in_parts(self.past.some(self.has[giver], self.has[taker], chance), chance):
            again = [self.past.changes[each] for each in sorted(self.has[taker]) if chance.random() < 0.2]
            everything = self.past.in_order([each.hash for each in (*batch, *again)], chance)
            if chance.random() < 0.3:
                everything += [chance.choice(everything)]
            new = self.devices[taker].receive([each.raw for each in everything], self.past.newest(everything))
            self._arrived(taker, new)
            assert set(new) == {each.hash for each in batch}

    def _jumble(self, side: int, chance: random.Random) -> None:
        """Any changes in any order: good where each follows what is there."""
        chosen = [each for each in self.past.changes.values() if chance.random() < 0.6]
        if chance.random() < 0.5:
            chance.shuffle(chosen)
        new = [each for each in chosen if each.hash not in self.has[side]]
        tips = self.past.newest(new)
        if self.past.follows(new, self.has[side]):
            self._arrived(side, self.devices[side].receive([each.raw for each in chosen], tips))
            assert {each.hash for each in new} <= self.has[side]
        else:
            self._refused(side, CausesMissing, chosen, tips)

    def _signatures_lack(self, giver: int, taker: int, chance: random.Random) -> None:
        """Good where each change is in the past of one that its own device signed, or is that one."""
        batch = self.past.some(self.has[giver], self.has[taker], chance)
        signed = [self.past.changes[tip.hash] for tip in self.past.newest(batch) if chance.random() < 0.6]
        tips = [each.tip for each in signed]
        older = [each for each in batch if each.actor not in {tip.actor for tip in tips}]
        if older and chance.random() < 0.5:  # an older tip of an actor is none for its newest change
            tips.append(older[0].tip)
            signed += [older[0]] if older[0].tip in self.past.newest(batch) else []
        covered = all(
            any(each is other or (each.hash in other.past and each.actor[:16] == other.actor[:16]) for other in signed)
            for each in batch
        )
        if covered:
            self._arrived(taker, self.devices[taker].receive([each.raw for each in batch], tips))
            assert {each.hash for each in batch} <= self.has[taker]
        else:
            self._refused(taker, InvalidSignature, batch, tips)

    def _signature_is_false(self, giver: int, taker: int, chance: random.Random) -> None:
        batch = self.past.some(self.has[giver], self.has[taker], chance)
        if batch:
            tips = self.past.newest(batch)
            false, place = bytearray(tips[-1].signature), chance.randrange(64)
            false[place] ^= 1
            tips[-1] = msgspec.structs.replace(tips[-1], signature=bytes(false))
            self._refused(taker, InvalidSignature, batch, tips)

    def _second_history(self, side: int, chance: random.Random) -> None:
        """Another change in the place of one that is here, signed by its device."""
        if self.has[side]:
            old = inspect(self.past.changes[chance.choice(sorted(self.has[side]))].raw)
            op = Op(RECORDS, "note/other", action=Action.MAKE_MAP)
            change = compose(actor=old.actor, seq=old.seq, start_op=old.start_op, deps=old.deps, ops=[op])
            signer = next(keys for keys in KEYS if ids.raw_bytes(keys.device) == old.actor[:16])
            message = identity.tip_message(SPACE, DOCUMENT, old.actor, old.seq, change.hash)
            tip = Tip(old.actor, old.seq, change.hash, signer.sign(message))
            rival = Written(change.hash, old.actor, old.seq, change.raw, tip, change.max_op, frozenset())
            self._refused(side, Equivocation, [rival], [tip])

    def _book(self, has: set[bytes] | frozenset[bytes]) -> Book:
        return Book.of(step for each in has for step in self.past.changes[each].meaning)

    def _seen(self, has: frozenset[bytes], digest: bytes) -> tuple[bytes, dict[str, Any]]:
        """The digest and the reading of that set: the same each time, and of no other set."""
        if has not in self.books:
            self.books[has] = digest, self._book(has).read()
        assert self.sets.setdefault(digest, has) == has, "two sets of changes have one digest"
        return self.books[has]

    def _spliced(self, book: Book, key: str, start: int, removed: int, added: int) -> str:
        """What the body reads once some letters went and others came, each of which came only once in the story."""
        now = book.read().get(f"note/{key}", {}).get("body")
        text = now if isinstance(now, str) else ""
        self.letters += added
        fresh = "".join(chr(0x4E00 + self.letters - each) for each in range(added))
        start = min(start, len(text))
        return text[:start] + fresh + text[start + removed :]

    def _arrived(self, side: int, new: list[bytes]) -> None:
        self.has[side] |= set(new)
        self.touched.add(side)

    def _refused(self, side: int, error: type[PeerError], batch: list[Written], tips: list[Any]) -> None:
        with pytest.raises(PeerError) as caught:
            self.devices[side].receive([each.raw for each in batch], tips)
        assert type(caught.value) is error
        self.touched.add(side)


def typed(reading: dict[str, dict[str, Any]]) -> dict[str, dict[str, tuple[str, Any]]]:
    """Told apart where Python does not: yes from one, a whole number from a fraction."""
    return {
        key: {name: (type(value).__name__, repr(value)) for name, value in fields.items()}
        for key, fields in reading.items()
    }


def test_equal_changes_read_the_same_and_as_they_were_meant_whatever_way_they_came() -> None:
    run(Replicas, settings=search(stories=50, steps=25))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_equal_changes_read_the_same_in_long_stories() -> None:
    run(Replicas, settings=search(stories=2_000, steps=60))
