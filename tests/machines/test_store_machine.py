"""The store against plain dicts: what a write returned for is there, whole, after any close, kill or refusal.

A kill is a copy of the folder as it is at that moment, or as it was in the middle of the last write: then all of that
write is there or none of it. The model decides by itself what the store must refuse.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from collar_sync import ids
from collar_sync.core.durable import Batch, KeptRecord, KeptStatement, LoggedChange, Seal, Tip
from collar_sync.core.shelf import Shelf
from collar_sync.errors import Closed, StoreError
from collar_sync.ids import DocumentId, StatementId
from collar_sync.shells.store import Store
from tests.machines.search import search

KEY = bytes(range(32))
DOCUMENTS = tuple(ids.document_id(bytes([place]) * 16) for place in range(3))
ELSEWHERE = ids.document_id(b"?" * 16)
ACTORS = tuple(bytes([place]) * 24 for place in range(3))
SETTINGS = ("space/1", "peer/1", "seal", "")
KINDS = ("task.ask", "task.done", "pause", "task")
SUBJECTS = ("1", "2", "task", "")
KEYS = ("task/1", "task/2", "note/1", "note/1/2", "note/")
End = tuple[int, bytes]


# --- the model ---


@dataclass
class Paper:
    """What is on the disk of one document."""

    log: list[LoggedChange] = field(default_factory=list)
    tips: dict[bytes, dict[int, Tip]] = field(default_factory=dict)
    chunk: bytes | None = None
    ends: dict[bytes, End] = field(default_factory=dict)
    statements: dict[StatementId, KeptStatement] = field(default_factory=dict)
    records: dict[str, KeptRecord] = field(default_factory=dict)
    statements_at_hand: set[StatementId] = field(default_factory=set)
    records_at_hand: set[str] = field(default_factory=set)

    def sealed(self, actor: bytes) -> int:
        return self.ends[actor][0] if actor in self.ends else 0

    def last(self, actor: bytes) -> int:
        return self.sealed(actor) + sum(each.actor == actor for each in self.log)

    def there(self, actor: bytes, seq: int) -> bytes | None:
        """The hash of a change that is in the log, or the last one sealed."""
        if actor in self.ends and self.ends[actor][0] == seq:
            return self.ends[actor][1]
        return next((each.hash for each in self.log if (each.actor, each.seq) == (actor, seq)), None)

    def append(self, change: LoggedChange) -> bool:
        if change.seq <= self.sealed(change.actor) or self.there(change.actor, change.seq) is not None:
            return False
        self.log.append(change)
        return True

    def sign(self, tip: Tip) -> bool:
        """A sealed change that is not its actor's last is known by the snapshot alone: it is taken at its word."""
        tips = self.tips.setdefault(tip.actor, {})
        if tip.seq >= self.sealed(tip.actor) and self.there(tip.actor, tip.seq) != tip.hash:
            return False
        if tip.seq > self.sealed(tip.actor) or tip.seq > max(tips, default=0):
            tips[tip.seq] = tip
        return True

    def rest(self, seal: Seal) -> bool:
        """Everything up to the ends goes, all of which must be there; nothing that was sealed comes back."""
        ends = {actor: (seq, digest) for actor, seq, digest in seal.ends}
        named = {each.document for each in seal.statements} | {each.document for each in seal.records}
        mine = named <= {seal.document}
        once = (
            len(ends) == len(seal.ends)
            and len({each.id for each in seal.statements}) == len(seal.statements)
            and len({each.key for each in seal.records}) == len(seal.records)
        )
        here = all(seq >= self.sealed(actor) and self.there(actor, seq) == end for actor, (seq, end) in ends.items())
        if not (mine and once and here and set(self.ends) <= set(ends)):
            return False
        self.chunk, self.ends = seal.chunk, ends
        self.log = [each for each in self.log if each.seq > self.sealed(each.actor)]
        for actor, tips in self.tips.items():
            newest = max((seq for seq in tips if seq <= self.sealed(actor)), default=0)
            self.tips[actor] = {seq: tip for seq, tip in tips.items() if seq >= newest}
        self.statements = {each.id: each for each in seal.statements}
        self.records = {each.key: each for each in seal.records}
        self.statements_at_hand &= set(self.statements)
        self.records_at_hand &= set(self.records)
        return True


@dataclass
class Disk:
    """What is on the disk, in plain words."""

    order: dict[DocumentId, None] = field(default_factory=dict)  # of documents, by their first change
    papers: dict[DocumentId, Paper] = field(default_factory=dict)
    settings: dict[str, bytes] = field(default_factory=dict)

    def paper(self, document: DocumentId) -> Paper:
        return self.papers.get(document, Paper())

    def after(self, *batches: Batch) -> "Disk | None":
        """The disk with these batches, or None where they must be refused."""
        then = deepcopy(self)
        return then if all(then._take(batch) for batch in batches) else None

    def _take(self, batch: Batch) -> bool:
        for document in (*(each for each, _ in batch.changes), *(seal.document for seal in batch.seals)):
            self.papers.setdefault(document, Paper())
        self.order.update(dict.fromkeys(document for document, _ in batch.changes))
        good = all(self.paper(document).append(change) for document, change in batch.changes)
        good = good and all(self.paper(document).sign(tip) for document, tip in batch.tips)
        for name, value in batch.settings.items():
            if value is None:
                self.settings.pop(name, None)
            else:
                self.settings[name] = value
        good = good and all(self.paper(seal.document).rest(seal) for seal in batch.seals)
        if batch.at_hand is not None:
            statements, records = batch.at_hand
            for document, paper in self.papers.items():
                paper.statements_at_hand = set(paper.statements) & statements
                paper.records_at_hand = {key for key in paper.records if (document, key) in records}
        return good


def change_of(document: DocumentId, actor: bytes, seq: int, size: int = 40, twist: bytes = b"") -> LoggedChange:
    digest = hashlib.sha256(document.encode() + actor + seq.to_bytes(8, "big") + twist).digest()
    return LoggedChange(actor, seq, digest, (digest * (size // 32 + 1))[:size])


def tip_of(change: LoggedChange, twist: int = 0) -> Tip:
    return Tip(change.actor, change.seq, change.hash, bytes([change.seq & 0xFF, twist]) * 32)


def statement_of(document: DocumentId, number: int) -> KeptStatement:
    """One of a few statements, always the same: its id is a hash of it. Some speak of a few others too."""
    digest = hashlib.sha256(document.encode() + bytes([number])).digest()
    kind, subject = KINDS[number % len(KINDS)], SUBJECTS[number // len(KINDS) % len(SUBJECTS)]
    answered = (statement_of(document, number - 5),) if number >= 5 else ()
    names = (*filter(None, (subject,)), *(each.id for each in answered))
    device = ids.device_id(digest[:16])
    brought = ((digest[:24], number + 1),)
    said = ids.statement_id(digest)
    return KeptStatement(said, document, device, kind, names, digest[: number % 9], number % 7, brought)


# --- what is drawn ---

fields = st.dictionaries(
    st.sampled_from(["title", "count"]),
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=3) | st.binary(max_size=3),
    max_size=2,
)
seals = st.tuples(
    st.sampled_from(DOCUMENTS),
    st.integers(0, 7),  # how much of the log stays, by actor
    st.binary(max_size=5) | st.integers(2_000, 9_000).map(bytes),
    st.sets(st.integers(0, 15), max_size=6),
    st.dictionaries(st.sampled_from(KEYS), fields, max_size=4),
)
choices = st.none() | st.tuples(
    st.sets(st.tuples(st.sampled_from(DOCUMENTS), st.integers(0, 15)), max_size=12),
    st.sets(st.tuples(st.sampled_from(DOCUMENTS), st.sampled_from(KEYS)), max_size=8),
)
BAD = (
    "twice", "twice", "twice", "twice at once", "twisted", "twisted", "no change", "other hash", "torn",
    "actor left out", "actor left out", "end beyond", "end before", "other end", "actor unknown", "end twice",
    "another's statement",
)  # fmt: skip


class Stores(RuleBasedStateMachine):
    """One store, opened, killed and gone on with, beside what must be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.folders = Path(tempfile.mkdtemp(prefix="stores-"))
        self.kills = 0
        self.path = self.folders / "0" / "main.db"
        self.store = Store.create(self.path, KEY)
        self.disk = Disk()

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folders)

    # --- what happens ---

    @rule(
        wanted=st.lists(
            st.tuples(st.sampled_from(DOCUMENTS), st.sampled_from(ACTORS), st.sampled_from([0, 40, 3_000])),
            min_size=1,
            max_size=8,
        ),
        settings=st.dictionaries(st.sampled_from(SETTINGS), st.none() | st.binary(max_size=40), max_size=3),
        unsigned=st.integers(0, 63),
        parts=st.integers(1, 3),
        cut=st.none() | st.floats(0, 1, exclude_max=True),
    )
    def batches_are_written(
        self,
        wanted: list[tuple[DocumentId, bytes, int]],
        settings: dict[str, bytes | None],
        unsigned: int,
        parts: int,
        cut: float | None,
    ) -> None:
        """As an engine writes: changes one after the other, tips for most, together with settings."""
        batches: list[Batch] = []
        last = {(document, actor): self.disk.paper(document).last(actor) for document, actor, _ in wanted}
        for part in range(parts):
            changes: list[tuple[DocumentId, LoggedChange]] = []
            for document, actor, size in wanted[part::parts]:
                last[document, actor] += 1
                changes.append((document, change_of(document, actor, last[document, actor], size)))
            tips = [
                (document, tip_of(change))
                for place, (document, change) in enumerate(changes)
                if not unsigned >> place & 1
            ]
            batches.append(Batch(changes, tips, settings if part == 0 else {}))
        self._write(batches, cut)

    @rule(
        wanted=st.lists(seals, min_size=1, max_size=2),
        choice=choices,
        with_change=st.booleans(),
        cut=st.none() | st.floats(0, 1, exclude_max=True),
    )
    def documents_are_put_to_rest(
        self,
        wanted: list[Any],
        choice: Any,
        with_change: bool,  # noqa: FBT001
        cut: float | None,
    ) -> None:
        """All of the log or its older part, perhaps with a change of the same batch; what was sealed stays sealed."""
        change = change_of(wanted[0][0], ACTORS[0], self.disk.paper(wanted[0][0]).last(ACTORS[0]) + 1)
        batch = Batch([(wanted[0][0], change)] if with_change else [])
        then = self.disk.after(batch)
        assert then is not None
        batch = Batch(
            batch.changes, [], {"seal": b"1"}, [self._seal(then, *each) for each in wanted], at_hand=chosen(choice)
        )
        self._write([batch], cut)

    @rule(which=st.integers(0, 100), twist=st.integers(0, 3), with_setting=st.booleans(), choice=choices)
    def a_tip_comes_late_or_again(self, which: int, twist: int, with_setting: bool, choice: Any) -> None:  # noqa: FBT001
        """And what is at hand is chosen anew."""
        everything = [
            (document, change_of(document, actor, seq + 1))
            for document, paper in self.disk.papers.items()
            for actor in ACTORS
            for seq in range(paper.last(actor))
        ]
        if everything:
            document, change = everything[which % len(everything)]
            settings: dict[str, bytes | None] = {"late": b"1"} if with_setting else {}
            self._write([Batch([], [(document, tip_of(change, twist))], settings, [], at_hand=chosen(choice))])

    @rule(
        bad=st.lists(
            st.tuples(
                st.sampled_from(BAD),
                st.sampled_from(DOCUMENTS),
                st.sampled_from(ACTORS),
                st.integers(0, 100),
                st.booleans(),
            ),
            min_size=2,
            max_size=6,
        )
    )
    def what_cannot_be_is_refused_whole(self, bad: list[tuple[str, DocumentId, bytes, int, bool]]) -> None:
        for kind, document, actor, which, good_first in bad:
            self._bad_batch(kind, document, actor, which, good_first)

    @rule(how=st.sampled_from(["closed", "killed", "killed", "checked"]))
    def it_ends_and_is_opened_again(self, how: str) -> None:
        if how == "checked":
            self.store.check()
        if how == "killed":
            self._open(self._copied())  # the folder as it is now is all that is left
        else:
            self.store.close()
            self.store.close()
            with pytest.raises(Closed):
                self.store.settings()
            self._open(self.path)

    # --- what must hold ---

    @invariant()
    def it_holds_what_was_written_and_nothing_else(self) -> None:
        assert found(self.store) == seen(self.disk)

    @rule(
        documents=st.lists(st.sampled_from([*DOCUMENTS, ELSEWHERE]), unique=True, max_size=3),
        end=st.integers(0, 7),
        count=st.integers(0, 5),
        kind=st.sampled_from([None, *KINDS, "task."]),
    )
    def history_is_read_in_pages(self, documents: list[DocumentId], end: int, count: int, kind: str | None) -> None:
        every = [each for document in documents for each in self.disk.paper(document).statements.values()]
        kept = [each for each in every if kind in {None, each.kind}]
        expected = sorted((each for each in kept if each.at < end), key=lambda each: (each.at, each.id), reverse=True)
        assert [*self.store.history(documents, (end, ""), count, kind)] == expected[:count]
        pages: list[KeptStatement] = []
        while page := self.store.history(
            documents, (pages[-1].at, pages[-1].id) if pages else (end, ""), max(count, 1), kind
        ):
            pages += page
            assert len(pages) <= len(expected)
        assert pages == expected

    # --- the machine's hands ---

    def _seal(
        self,
        disk: Disk,
        document: DocumentId,
        stays: int,
        chunk: bytes,
        statements: set[int],
        records: dict[str, dict[str, Any]],
    ) -> Seal:
        """Over all there is of a document, or over some less of the actors that `stays` names by a bit."""
        paper = disk.paper(document)
        ends: list[tuple[bytes, int, bytes]] = []
        for place, actor in enumerate(ACTORS):
            last, sealed = paper.last(actor), paper.sealed(actor)
            seq = (sealed + last) // 2 if stays >> place & 1 else last
            digest = paper.there(actor, seq)
            if seq and digest is not None:
                ends.append((actor, seq, digest))
        kept = tuple(KeptRecord(document, key, own) for key, own in records.items())
        return Seal(document, chunk, tuple(ends), tuple(statement_of(document, each) for each in statements), kept)

    def _bad_batch(self, kind: str, document: DocumentId, actor: bytes, which: int, good_first: bool) -> None:  # noqa: FBT001
        """A change in a place that is taken, a tip or a seal over what is not there: all beside it goes too."""
        last = self.disk.paper(document).last(actor)
        fresh, beyond = change_of(document, actor, last + 1), change_of(document, actor, last + 2)
        old = change_of(document, actor, which % last + 1) if last else beyond
        strange = change_of(document, actor, old.seq, twist=b"x")
        newest = change_of(document, actor, max(last, 1), twist=b"x")
        seal = self._seal(self.disk, document, 0, b"bad", {1}, {})
        ends = [end for end in seal.ends if end[0] != actor]
        bad: Batch = {
            "twice": Batch([(document, old)] if last else [(document, fresh), (document, fresh)]),
            "twice at once": Batch([(document, beyond), (document, beyond)]),
            "twisted": Batch([(document, strange)] if last else [(document, beyond), (document, beyond)]),
            "no change": Batch(tips=[(document, tip_of(beyond))]),
            "other hash": Batch(tips=[(document, tip_of(newest))]),
            "torn": Batch([(document, beyond)], [(document, tip_of(change_of(document, actor, last + 2, twist=b"x")))]),
            "end beyond": self._bad(seal, ends=(*ends, (actor, last + 2, beyond.hash))),
            "end before": self._bad(
                seal, ends=(*ends, (actor, old.seq - 1, change_of(document, actor, old.seq - 1).hash))
            ),
            "other end": self._bad(seal, ends=(*ends, (actor, newest.seq, newest.hash))),
            "actor left out": self._bad(seal, ends=tuple(ends)),
            "actor unknown": self._bad(seal, ends=(*seal.ends, (b"?" * 24, 1, fresh.hash))),
            "end twice": self._bad(seal, ends=(*seal.ends, *seal.ends, (b"?" * 24, 1, fresh.hash))),
            "another's statement": self._bad(seal, statements=(statement_of(ELSEWHERE, 1),)),
        }[kind]
        good = Batch([(document, fresh)], [(document, tip_of(fresh))], {"refused": b"x", "space/1": None})
        self._write([good, bad] if good_first else [bad, good])

    def _bad(self, seal: Seal, **changed: Any) -> Batch:
        parts = {name: getattr(seal, name) for name in seal.__struct_fields__}
        return Batch(seals=[Seal(**{**parts, **changed})])

    def _write(self, batches: Sequence[Batch], cut: float | None = None) -> None:
        """Write and, where there is a cut, be killed in the middle of it."""
        before, then, length = self.disk, self.disk.after(*batches), wal_bytes(self.path)
        if then is None:
            with pytest.raises(StoreError, match="Nothing was written"):
                self.store.write_many(batches)
            return
        self.store.write_many(batches)
        self.disk = then
        if cut is not None and length < wal_bytes(self.path):
            copy = self._copied()
            with beside(copy).open("r+b") as wal:
                wal.truncate(length + int(cut * (wal_bytes(copy) - length)))
            self._open(copy)
            self.disk = then if found(self.store) == seen(then) else before

    def _copied(self) -> Path:
        self.kills += 1
        folder = self.folders / str(self.kills)
        shutil.copytree(self.path.parent, folder)
        return folder / self.path.name

    def _open(self, path: Path) -> None:
        self.store.close()
        self.path = path
        self.store = Store.open(path, KEY)


def chosen(choice: Any) -> Any:
    if choice is None:
        return None
    statements, records = choice
    return frozenset(statement_of(*each).id for each in statements), frozenset(records)


def beside(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def wal_bytes(path: Path) -> int:
    return beside(path).stat().st_size if beside(path).exists() else 0


def found(store: Store) -> Any:
    """Everything the store says it holds."""
    shelf: Shelf = store
    papers: dict[DocumentId, Any] = {}
    for document in (*DOCUMENTS, ELSEWHERE):
        kept = shelf.load(document)
        assert len({tip.actor for tip in kept.tips}) == len(kept.tips), "one tip an actor"
        papers[document] = kept.chunk, [*kept.log], {tip.actor: tip for tip in kept.tips}
    settings = store.settings()
    assert {name: store.load_setting(name) for name in SETTINGS} == {name: settings.get(name) for name in SETTINGS}
    about = {name: named(shelf.about(name)) for name in (*SUBJECTS, "1/2", *(each.id for each in SOME))}
    return store.documents(), papers, settings, named(shelf.at_hand()), about


def named(hand: Any) -> Any:
    """In an order of our own, each once."""
    assert len({(each.document, each.id) for each in hand.statements}) == len(hand.statements)
    assert len({(each.document, each.key) for each in hand.records}) == len(hand.records)
    return in_order(hand.statements, hand.records)


def in_order(statements: Any, records: Any) -> Any:
    return (
        sorted(statements, key=lambda each: (each.document, each.id)),
        sorted((each.document, each.key, repr(sorted(each.fields.items()))) for each in records),
    )


SOME = tuple(statement_of(document, number) for document in DOCUMENTS for number in (0, 5))


def seen(disk: Disk) -> Any:
    """The same of the model."""
    papers: dict[DocumentId, Any] = {}
    statements: list[KeptStatement] = []
    records: list[KeptRecord] = []
    for document in (*DOCUMENTS, ELSEWHERE):
        paper = disk.paper(document)
        tips = {actor: tips[max(tips)] for actor, tips in paper.tips.items() if tips}
        papers[document] = paper.chunk, paper.log, tips
        statements += paper.statements.values()
        records += paper.records.values()
    at_hand = in_order(
        [each for each in statements if each.id in disk.paper(each.document).statements_at_hand],
        [each for each in records if each.key in disk.paper(each.document).records_at_hand],
    )
    about: dict[str, Any] = {
        name: in_order(
            [each for each in statements if name in (each.id, *each.names)],
            [each for each in records if each.key.partition("/")[2] == name],
        )
        for name in (*SUBJECTS, "1/2", *(each.id for each in SOME))
    }
    return [*disk.order], papers, disk.settings, at_hand, about


def test_what_was_written_is_there_whatever_is_closed_killed_or_refused() -> None:
    run(Stores, settings=search(stories=25, steps=25))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_what_was_written_is_there_in_long_stories() -> None:
    run(Stores, settings=search(stories=1_500, steps=60))
