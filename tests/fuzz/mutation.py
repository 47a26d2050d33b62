"""Changes an input a little: a script by its parts, other bytes by bits, numbers and pieces."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

import msgspec

from collar_sync.core.columns import unsigned
from tests.fuzz import script
from tests.fuzz.script import Act, Reference, Script, Step

BYTES_MAX: Final = 4_096

_NUMBERS: Final = (0, 1, 2, 3, 64, 127, 128, 255, 256, 1 << 14, 1 << 21, (1 << 30) - 1, 1 << 30, 1 << 31, 1 << 32)
_EXTREMES: Final = (*(unsigned(number) for number in (*_NUMBERS, 1 << 40, 1 << 63)), b"\x7f", b"\x80", b"\xff" * 10)
_NAMES: Final = ("title", "body", "note/1", "note/2", "~/join", "", "\u00e9" * 129, "x" * 257)
_VALUES: Final = (
    *(None, True, False, 0, -1, 1 << 62, -(1 << 63), 0.5, float("nan"), "", "a", "\U0001fab4", "ab", b"", b"\x00\xff"),
    *([3, 5], [3, 1 << 64], [script.SAY, "pause"], [script.SAY, "device.enrol", "x", {}], [script.SAY, ""]),
)
_ACTIONS: Final = (0, 1, 1, 1, 3, 3, 4, 2, 5, 6, 7, 99)


def mutate(data: bytes, chance: Random, *, scripted: bool) -> bytes:
    """Another input that differs in a few places."""
    steps = script.decode(data) if scripted else None
    if steps is None:
        return bytes_mutated(data, chance)[:BYTES_MAX]
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        chance.choice(_ON_SCRIPTS)(steps, chance)
    try:
        out = script.encode(steps[:12])
    except (msgspec.MsgspecError, OverflowError, ValueError, UnicodeEncodeError):
        return data
    return out if len(out) <= BYTES_MAX else data


def bytes_mutated(data: bytes, chance: Random) -> bytes:
    """Bytes with some flipped, removed, doubled, replaced by a number that is hard to read, or moved."""
    out = bytearray(data or b"\x00")
    for _ in range(chance.choice((1, 1, 2, 4))):
        place, size = chance.randrange(len(out) + 1), chance.choice((1, 1, 2, 4, 8, 32))
        match chance.randrange(6):
            case 0 if place < len(out):
                out[place] ^= 1 << chance.randrange(8)
            case 1:
                del out[place : place + size]
            case 2:
                out[place:place] = out[place : place + size] or b"\x00"
            case 3:
                out[place : place + chance.randrange(3)] = chance.choice(_EXTREMES)
            case 4:
                out[place : place + size] = chance.randbytes(size)
            case _:
                other = chance.randrange(len(out) + 1)
                out[place:place] = out[other : other + size]
        out = out or bytearray(1)
    return bytes(out)


def crossed(one: bytes, other: bytes, chance: Random, *, scripted: bool) -> bytes:
    """The start of one input and the end of another."""
    ours, theirs = (script.decode(one), script.decode(other)) if scripted else (None, None)
    if ours is None or theirs is None:
        return (one[: chance.randrange(len(one) + 1)] + other[chance.randrange(len(other) + 1) :])[:BYTES_MAX]
    mixed = script.encode((ours[: chance.randrange(len(ours) + 1)] + theirs[chance.randrange(len(theirs) + 1) :])[:12])
    return mixed if len(mixed) <= BYTES_MAX else one


# --- scripts ---


def reference(chance: Random) -> Reference:
    """An operation that probably exists."""
    if chance.random() < 0.6:
        return chance.randrange(24)
    counter = chance.randrange(1, 30) if chance.random() < 0.9 else chance.choice(_NUMBERS)
    return counter, chance.randrange(8)


def _holder(chance: Random) -> Reference | None:
    return chance.choice(((2, 1), (2, 1), (1, 1), (3, 3), (3, 3), (3, 2), (5, 3), (5, 3), None, reference(chance)))


def _key(chance: Random) -> Any:
    return chance.choice((*_NAMES[:5], chance.choice(_NAMES), None, (6, 3), (7, 3), (9, 2), reference(chance)))


def act(chance: Random) -> Act:
    """One operation; as often sound as not."""
    match chance.randrange(7):
        case 0:
            return Act((2, 1), f"note/{chance.randrange(3)}", False, 0, None, [])
        case 1:
            return Act((3, 3), chance.choice(_NAMES[:3]), False, chance.choice((1, 1, 4)), chance.choice(_VALUES), [-1])
        case 2:
            return Act((5, 3), chance.choice((None, (6, 3), (7, 3), (9, 2))), True, 1, "x", [])
        case 3:
            gone = chance.choice(((6, 3), (7, 3), (9, 2)))
            return Act((5, 3), gone, False, 3, None, [gone])
        case 4:
            return Act(None, None, False, 1, [script.SAY, chance.choice(("pause", "task.ask", "x"))], [])
        case _:
            replaces = [reference(chance) for _ in range(chance.choice((0, 0, 1, 1, 3)))]
            chosen = chance.choice(_VALUES)
            return Act(_holder(chance), _key(chance), chance.random() < 0.3, chance.choice(_ACTIONS), chosen, replaces)


def _step(chance: Random) -> Step:
    follows = [chance.randrange(8) for _ in range(chance.choice((0, 0, 1, 2)))]
    return Step(chance.choice((0, 1, 1, 3, 4, 2)), follows, [act(chance) for _ in range(chance.choice((1, 1, 2, 4)))])


def _more(steps: Script, chance: Random) -> None:
    steps.insert(chance.randrange(len(steps) + 1), _step(chance))


def _fewer(steps: Script, chance: Random) -> None:
    if len(steps) > 1:
        del steps[chance.randrange(len(steps))]


def _again(steps: Script, chance: Random) -> None:
    if steps:
        steps.insert(chance.randrange(len(steps) + 1), msgspec.structs.replace(chance.choice(steps)))


def _moved(steps: Script, chance: Random) -> None:
    if steps:
        steps.insert(chance.randrange(len(steps)), steps.pop(chance.randrange(len(steps))))


def _framed(steps: Script, chance: Random) -> None:
    if not steps:
        return
    step = chance.choice(steps)
    match chance.randrange(4):
        case 0:
            step.author = chance.randrange(6)
        case 1:
            step.follows = [chance.randrange(10) for _ in range(chance.choice((0, 1, 1, 2, 5)))]
        case 2:
            step.seq_off = chance.choice((-1, 1, 0, 0, 1 << 31))
        case _:
            step.start_off = chance.choice((-1, 1, 0, 0, 1 << 29, 1 << 31, (1 << 32) - 12))


def _patched(steps: Script, chance: Random) -> None:
    if not steps:
        return
    step = chance.choice(steps)
    if step.patches and chance.random() < 0.3:
        step.patches = []
        return
    come = chance.choice((chance.choice(_EXTREMES), chance.randbytes(1), chance.randbytes(4), b""))
    column = chance.randrange(12) if chance.random() < 0.8 else -1
    place = chance.choice((0, 0, 1, 1, 2, 3, -1, -2, chance.randrange(256)))
    step.patches = [*step.patches[:3], (column, place, chance.choice((0, 1, 1, 1, 2, 4)), come)]


def _acted(steps: Script, chance: Random) -> None:
    if not steps:
        return
    step = chance.choice(steps)
    step.acts = [*step.acts]
    place = chance.randrange(len(step.acts) + 1)
    match chance.randrange(4):
        case 0:
            step.acts.insert(place, act(chance))
        case 1 if step.acts:
            del step.acts[place % len(step.acts)]
        case 2 if step.acts:
            step.acts.insert(place, chance.choice(step.acts))
        case _ if step.acts:
            step.acts[place % len(step.acts)] = _varied(step.acts[place % len(step.acts)], chance)


def _varied(old: Act, chance: Random) -> Act:
    new: dict[str, Any] = {}
    match chance.randrange(7):
        case 0:
            new["holder"] = _holder(chance)
        case 1:
            new["key"] = _key(chance)
        case 2:
            new["insert"] = not old.insert
        case 3:
            new["action"] = chance.choice(_ACTIONS)
        case 4:
            new["value"] = chance.choice(_VALUES)
        case 5:
            new["replaces"] = chance.choice(([], [-1], [reference(chance)], [*old.replaces[:5], reference(chance)]))
        case _:
            new["repeat"] = chance.choice((1, 2, 3, 9, 300))
    return msgspec.structs.replace(old, **new)


_ON_SCRIPTS: Final[Sequence[Callable[[Script, Random], None]]] = (
    *(_more, _more, _fewer, _again, _moved, _framed, _framed, _patched, _patched, _patched, _patched),
    *(_acted, _acted, _acted, _acted, _acted, _acted),
)
