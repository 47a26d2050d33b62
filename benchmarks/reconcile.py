"""Two sides that each wrote 100 things alone meet again: how long until both hold all 200, and after how many trips.

Both sides are in one process without a socket, so what is timed is the work of both, one after the other. Ours are two
whole engines with stores on disk: mutual handshake, encrypted, signed, each change inspected and verified. In each step
all that either side has to send crosses at once, and session messages are counted by step: two steps are one round
trip. Beside it two pycrdt documents: plaintext, in memory, no handshake. Each of the 100 is a change of its own, a
record of a title and a tick; what was there before is 200 tasks, and grows by the rounds on both sides of the
comparison.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pycrdt import Doc, Map, create_sync_message, handle_sync_message

from benchmarks.measure import Answer, Figure, Figures, Row, Table, disk, print_answers
from benchmarks.overheard import overhearing
from benchmarks.prepared import PASSPHRASE, prepared
from collar_sync.core import events, wire
from collar_sync.core.edits import Scalar, SetFields
from collar_sync.core.engine import Engine
from collar_sync.core.events import Address, Effect, Event, Now
from collar_sync.domain.finished import unfinished
from collar_sync.shells import keystore
from collar_sync.shells.store import Store

EDITS: Final = 100
ROUNDS: Final = 15
BEFORE: Final = 200
_ROUND_MILLISECONDS: Final = 60_000


class Side:
    """One device: its engine, its store, and the frames that it has to send."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "store.db", keystore.unlock(folder, PASSPHRASE))
        settings = self.store.settings()
        self.engine = Engine(settings["device/seed"], lambda: settings, self.store, unfinished)
        self.space = next(iter(self.engine.spaces.values()))
        self.frames: list[bytes] = []
        self.dials: list[int] = []
        self._unwritten: list[events.Store] = []
        self._steady = 0

    def handle(self, event: Event) -> None:
        """Tell the engine; what it asks waits here."""
        self._carry_out(self.engine.handle(event, self._now(), os.urandom))

    def pass_time(self) -> None:
        """Long enough that any backoff is over."""
        self._steady += _ROUND_MILLISECONDS

    def write(self) -> None:
        """Have on disk what waits for it, in one transaction, as the writer thread does with what has piled up."""
        waiting, self._unwritten = self._unwritten, []
        if waiting:
            self.store.write_many([each.batch for each in waiting])
        for each in waiting:
            self._carry_out(self.engine.handle(events.Written(each.token), self._now(), os.urandom))

    def digests(self) -> dict[str, bytes]:
        """Of every document: equal on both sides once all has arrived."""
        library = self.space.library
        return {document: library.digest(document) for document in library.shared()}

    def dial(self, other: "Side") -> int:
        """The number of the connection that it opens to the other side."""
        self.pass_time()
        self.dials.clear()
        self.handle(events.Locate(Address("loopback", 1)))
        found = 0
        for number in list(self.dials):
            link = self.engine.links.get(number)
            if link is not None and link.peer is not None and link.peer[1] == other.space.keys.device:
                found = number
            else:
                self.handle(events.Closed(number, "Nobody is there."))  # Robin's device is not
        return found

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, events.Send):
                self.frames += effect.frames
            elif isinstance(effect, events.Store):
                self._unwritten.append(effect)
            elif isinstance(effect, events.Dial):
                self.dials.append(effect.connection)

    def _now(self) -> Now:
        return Now(time.time_ns() // 1_000_000, self._steady)


class Ours:
    """Two engines; `once` gives seconds with the handshake, after it, and until both have it on disk."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self.sides = sides
        self.trips = 0.0
        self.trips_in_all = 0.0
        self.messages = 0
        self.sent_bytes = 0
        self._round = 0

    def once(self) -> tuple[float, float, float]:
        """One time apart and together again."""
        self._round += 1
        for place, side in enumerate(self.sides):
            for number in range(EDITS):
                fields: dict[str, Scalar] = {"title": f"Evening check-in, number {number}", "done": False}
                edit = SetFields("chore", f"{self._round}-{place}-{number}", fields)
                side.handle(events.Write(self._round * EDITS + number, side.space.id, None, (edit,)))
            side.write()
        alex, sam = self.sides
        called, caller = -self._round, sam.dial(alex)
        steps: list[int] = []
        moments: list[float] = []
        step = 0

        def note(message: wire.Message) -> None:
            moments.append(time.perf_counter())
            if not isinstance(message, wire.Stored):
                steps.append(step)

        with overhearing() as heard:
            heard.then = note
            begun = time.perf_counter()
            alex.handle(events.Opened(called))
            sam.handle(events.Opened(caller))
            while alex.digests() != sam.digests():
                to_alex, to_sam = list(sam.frames), list(alex.frames)
                sam.frames.clear()
                alex.frames.clear()
                assert to_alex or to_sam, "something is left to say until both hold the same"
                step += 1
                for frame in to_alex:
                    alex.handle(events.Received(called, frame))
                for frame in to_sam:
                    sam.handle(events.Received(caller, frame))
            converged = time.perf_counter()
            for side in self.sides:
                side.write()
            durable = time.perf_counter()
        self.trips = (steps[-1] - steps[0]) / 2  # the first of them rode on the handshake's last frame
        self.trips_in_all = step / 2
        self.messages = sum(heard.messages.values())
        self.sent_bytes = sum(heard.sent_bytes.values())
        self._part(called, caller)
        return converged - begun, converged - moments[0], durable - begun

    def _part(self, called: int, caller: int) -> None:
        alex, sam = self.sides
        alex.handle(events.Closed(called, "The connection ended."))
        sam.handle(events.Closed(caller, "The connection ended."))
        for side in self.sides:
            side.frames.clear()
            side.write()


class Pycrdt:
    """Two documents and their own protocol: each says what it has, and gets what it lacks."""

    def __init__(self) -> None:
        self._docs: list[Doc[Map[Map[str | bool]]]] = [Doc(), Doc()]
        self._tasks = [doc.get("tasks", type=Map) for doc in self._docs]
        self._round = 0
        for number in range(BEFORE):
            self._tasks[0][f"old{number}"] = Map({"title": f"An old promise, number {number}", "done": True})
        self._meet()

    def once(self) -> float:
        """One time apart and together again: seconds."""
        self._round += 1
        for place, tasks in enumerate(self._tasks):
            for number in range(EDITS):
                title = f"Evening check-in, number {number}"
                tasks[f"{self._round}-{place}-{number}"] = Map({"title": title, "done": False})
        begun = time.perf_counter()
        self._meet()
        found = time.perf_counter() - begun
        assert len(self._tasks[0]) == len(self._tasks[1]) == BEFORE + 2 * EDITS * self._round
        return found

    def _meet(self) -> None:
        one, other = self._docs
        asked = [create_sync_message(one), create_sync_message(other)]
        answers = [handle_sync_message(asked[1][1:], one), handle_sync_message(asked[0][1:], other)]
        handle_sync_message((answers[0] or b"")[1:], other)
        handle_sync_message((answers[1] or b"")[1:], one)


async def run() -> list[Answer]:
    """Give the table of this question, and what crossed."""
    past = prepared(f"tasks-{BEFORE}")
    with disk() as folder:
        sides = [Side(past.device(place, folder / str(place))) for place in (0, 1)]
        ours, theirs = Ours(sides), Pycrdt()
        ours.once()  # to warm up
        theirs.once()
        found = [(theirs.once(), *ours.once()) for _ in range(ROUNDS)]
        for side in sides:
            side.store.close()
    names = (
        "pycrdt, plaintext, in memory",
        "collar_sync, with the handshake",
        "collar_sync, after the handshake",
        "collar_sync, and durable on both sides",
    )
    columns = zip(*found, strict=True)
    rows = [Row(name, seconds) for name, seconds in zip(names, columns, strict=True)]
    figures = [
        Figure("round trips, handshake included", ours.trips_in_all, ""),
        Figure("round trips after the handshake", ours.trips, "", 1),
        Figure("session messages, both ways, confirmations too", ours.messages, ""),
        Figure("their bytes before padding and sealing", ours.sent_bytes, "B"),
    ]
    return [
        Table(f"{EDITS} + {EDITS} offline changes reconciled", rows, "the work of both sides, one after the other"),
        Figures("What crossed, in the last round", figures),
    ]


if __name__ == "__main__":
    print_answers(run)
