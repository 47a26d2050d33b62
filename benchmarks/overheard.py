"""Session messages as they arrive, counted: of which kind, how many bytes as sent, how many once inflated.

It listens where the engine decodes what its channel gave it, so what is counted is what really crossed, before padding
and sealing, in both directions of one process.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from unittest import mock

import msgspec

from collar_sync.core import wire


@dataclass(slots=True)
class Heard:
    """What arrived; `then` is told each message."""

    messages: Counter[str] = field(default_factory=Counter)
    sent_bytes: Counter[str] = field(default_factory=Counter)
    plain_bytes: Counter[str] = field(default_factory=Counter)
    then: Callable[[wire.Message], None] = lambda _message: None


@contextlib.contextmanager
def overhearing() -> Iterator[Heard]:
    """Count every session message that this process decodes meanwhile."""
    heard, decode, encoder = Heard(), wire.decode, msgspec.msgpack.Encoder()

    def listen(data: bytes) -> wire.Message:
        message = decode(data)
        kind = type(message).__name__
        heard.messages[kind] += 1
        heard.sent_bytes[kind] += len(data)
        heard.plain_bytes[kind] += 1 + len(encoder.encode(message))
        heard.then(message)
        return message

    with mock.patch.object(wire, "decode", listen):
        yield heard
