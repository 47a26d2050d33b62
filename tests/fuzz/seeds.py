"""Writes the inputs that fuzzing starts from: `python -m tests.fuzz.seeds`."""

import zlib
from pathlib import Path
from random import Random
from typing import Any

from msgspec import msgpack

from collar_sync import ids
from collar_sync.core import statement, wire
from collar_sync.core.durable import Tip
from collar_sync.core.pairing_frames import Joining, Offer
from collar_sync.core.statement import Statement
from tests.fuzz import mutation, script, targets
from tests.fuzz.script import Act, Step

CORPUS = Path(__file__).parent / "corpus"


def scripts() -> list[bytes]:
    """One sound script, its kin, and some that chance made."""
    chance = Random(1)  # noqa: S311  # not for secrets
    record = Act(targets.RECORDS_HERE, "note/2", False, targets.MAP, None, [])
    letter = Act(targets.SAMS_TEXT, (7, 3), True, targets.SET, "z", [])
    gone = Act(targets.SAMS_TEXT, (6, 3), False, targets.DELETE, None, [(6, 3)])
    title = Act(targets.SAMS_RECORD, "title", False, targets.SET, "Fern", [-1])
    pause = Act(None, None, False, targets.SET, [script.SAY, "pause"], [])
    rivals = [Step(0, [], [title]), Step(1, [1], [title]), Step(3, [2], [gone]), Step(0, [], [letter, gone])]
    found = [script.encode([Step(who, [], acts)]) for who in (0, 1, 3) for acts in ([record], [title], [letter, pause])]
    found += [script.encode(rivals), script.encode(targets.OPENING), script.encode([*rivals, *reversed(rivals)])]
    for number in range(60):
        found.append(mutation.mutate(found[number], chance, scripted=True))
    return found


def messages() -> list[bytes]:
    """One of each kind of message, and one that is compressed."""
    actor, digest, document = b"a" * 24, b"d" * 32, str(targets.DOCUMENT)
    known = (wire.Known(actor, 1, digest),)
    tip = Tip(actor, 1, digest, b"s" * 64)
    kinds: list[wire.Message] = [
        wire.Have((wire.Holding(document, digest, known),), complete=True, durable=False),
        wire.Changes(document, (b"raw", b"x" * 2_000), (tip,)),
        wire.Snapshot(document, b"chunk", (tip,)),
        wire.Stored(document, known),
        wire.Farewell("Good night."),
        wire.Tell(b"opening1", 7, "app/line", b"a word", 60_000),
        wire.Hush(b"opening1", 8, "app/line"),
    ]
    return [*map(wire.encode, kinds), b"\x01" + zlib.compress(b"\x95\x05"), b"\x00\x92\x05\xa1x"]


def statements() -> list[bytes]:
    """Statements with every kind of value."""
    answers = (ids.statement_id(b"1" * 32), ids.statement_id(b"2" * 32))
    bodies: list[dict[str, Any]] = [
        {},
        {"a": None, "b": [True, -1, "x", b"y", [[]]], "c": {"d": 1 << 62}},
        {"deep": [[[[[[1]]]]]]},
    ]
    return [
        statement.encode(Statement("pause", "subject", body, 1 << 40, answers[:number], bytes(8)))
        for number, body in enumerate(bodies)
    ]


def frames() -> list[bytes]:
    """Frames for each state of a channel, and what pairing packs."""
    alex, kim = targets.ALEX, targets.KIM
    packed = [
        msgpack.encode(Offer(alex.id, "Us", alex.me, "Alex", "laptop", alex.keys.public)),
        msgpack.encode(Joining(kim.public, "Kim", "phone", bytes(32))),
    ]
    call = b"\x01" + bytes(271)
    opened = [b"\x02" + bytes(260), b"\x03hello", b"\x06" + call]
    return [b"\x00" + call, b"\x05" + packed[0], b"\x01" + packed[1], *opened]


def write() -> None:
    """Write them all."""
    raws = [change.raw for change, _ in targets._OPENED]
    kinds = {
        "apply": scripts(),
        "read": [*raws, *(raw[11:] for raw in raws), b"\x85\x6f\x4a\x83"],
        "message": messages(),
        "said": statements(),
        "frame": frames(),
    }
    for name, inputs in kinds.items():
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs):
            (folder / f"seed-{number:02}").write_bytes(data)


if __name__ == "__main__":
    write()
