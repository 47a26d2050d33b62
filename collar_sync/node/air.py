"""Words in passing of one space, as an app tells and hears them: typed, in memory, for a while, and never stored.

An app names its kinds and gives each a `msgspec.Struct`; what cannot be read as that (a newer version wrote it) is not
heard. Presence and live sharing have their own faces in the domain, which speak through `Port`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import msgspec

from collar_sync import limits
from collar_sync.core import events
from collar_sync.core.passing import Heard, Told
from collar_sync.core.people import Person
from collar_sync.core.space import Space
from collar_sync.domain.gate import APP
from collar_sync.domain.given import careful
from collar_sync.errors import InvalidInput
from collar_sync.ids import DeviceId, PersonId
from collar_sync.node.runner import Runner

T = TypeVar("T", bound=msgspec.Struct)


class Port:
    """The engine's words in passing for one space, as the domain asks for them."""

    def __init__(self, space: Callable[[], Space], runner: Runner) -> None:
        self._space = space
        self._runner = runner

    def tell(self, kind: str, body: bytes, to: Iterable[PersonId], lifetime_milliseconds: int) -> None:
        """Tell these people; raises `InvalidInput`, `NotAllowed`."""
        self._runner.handle(events.Tell(self._space().id, kind, body, tuple(to), lifetime_milliseconds))

    def hush(self, kind: str) -> None:
        """Take back what is told of that kind."""
        self._runner.handle(events.Hush(self._space().id, kind))

    def told(self) -> Sequence[Told]:
        """What this device tells now."""
        return self._runner.engine.air.told(self._space(), self._runner.now())

    def heard(self) -> Sequence[Heard]:
        """What is heard now."""
        return self._runner.engine.air.heard(self._space(), self._runner.now())


class Word(msgspec.Struct, Generic[T], frozen=True):
    """What a device of that person tells just now."""

    body: T
    person: PersonId
    device: DeviceId


@careful
class Air:
    """An app's own words in passing: a cursor, a line being typed, a tune that plays."""

    def __init__(self, port: Port) -> None:
        self._port = port

    def tell(
        self, kind: str, body: msgspec.Struct, *, to: Iterable[Person | PersonId], lifetime_milliseconds: int
    ) -> None:
        """Tell the devices of these people, connected now or later, until it is hushed or its lifetime ends.

        It takes the place of what was told of that kind. Everybody named must be allowed to hear it, or is left out;
        raises `NotAllowed` where nobody is, as while the space is paused, and `InvalidInput` beyond a bound.

        Rule (Sharing): never in the record: in memory, with a lifetime, and silent while a pause stands.
        """
        people = [person.id if isinstance(person, Person) else person for person in to]
        try:
            encoded = msgspec.msgpack.encode(body)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidInput("That cannot be told: it holds a value of a kind that cannot be written.") from error
        self._port.tell(_named(kind), encoded, people, lifetime_milliseconds)

    def hush(self, kind: str) -> None:
        """Take it back, at once.

        Rule (Sharing): who tells it ends it, alone and at once.
        """
        self._port.hush(_named(kind))

    def heard(self, kind: str, form: type[T]) -> tuple[Word[T], ...]:
        """What others, and this person's other devices, tell of that kind at this moment."""
        found: list[Word[T]] = []
        for heard in self._port.heard():
            if heard.kind == _named(kind):
                try:
                    found.append(Word(msgspec.msgpack.decode(heard.body, type=form), heard.person, heard.device))
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                    continue
        return tuple(found)


def _named(kind: str) -> str:
    if not 0 < len(kind) <= limits.AIR_KIND_CHARACTERS_MAX - len(APP):
        raise InvalidInput("The kind of a word in passing has 1 to 60 characters.")
    if not kind.isprintable():
        raise InvalidInput("The kind of a word in passing holds a character that cannot be written.")
    return APP + kind
