"""One space with all of its past at hand, to be read from and never written to: for what reads everything once.

It brings back nothing and puts nothing away, so what is asked of it costs the space itself nothing afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence

from collar_sync.core.edits import Edit, Scalar, SetFields, SetText
from collar_sync.core.people import Person
from collar_sync.core.statement import Said
from collar_sync.domain.ledger import Ledger
from collar_sync.errors import NotAllowed
from collar_sync.ids import DeviceId, PersonId, StatementId

_ONLY_READ = "This is for reading only. Write to the record itself."


class Whole:
    """A ledger over every statement that there is; all else is as the ledger beneath has it."""

    def __init__(self, ledger: Ledger, statements: Iterable[Said]) -> None:
        self._ledger = ledger
        self._families: dict[str, list[Said]] = {}
        for said in statements:
            self._families.setdefault(said.kind.partition(".")[0], []).append(said)

    @property
    def me(self) -> PersonId:
        """Whose device this is."""
        return self._ledger.me

    @property
    def device(self) -> DeviceId:
        """Which device this is."""
        return self._ledger.device

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return self._ledger.now()

    def zone(self) -> str:
        """Return the IANA zone of this device."""
        return self._ledger.zone()

    def new_id(self) -> str:
        """Return a fresh random id for a record."""
        return self._ledger.new_id()

    def people(self) -> Mapping[PersonId, Person]:
        """Everyone who is or was in the space."""
        return self._ledger.people()

    def statements(self, prefix: str) -> Sequence[Said]:
        """Every statement that there ever was whose kind starts with `prefix`."""
        family, dot, _ = prefix.partition(".")
        names = [family] if dot else [name for name in self._families if name.startswith(family)]
        return [each for name in names for each in self._families.get(name, ()) if each.kind.startswith(prefix)]

    def records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """Return the records of that kind that the ledger beneath has at hand."""
        return self._ledger.records(kind)

    def private_records(self, kind: str) -> Mapping[str, Mapping[str, Scalar]]:
        """Return the private records of that kind."""
        return self._ledger.private_records(kind)

    def recall(self, name: str) -> bool:  # noqa: ARG002 - it is all here
        """There is nothing to bring back."""
        return False

    def history(self, before: tuple[int, str], count: int, kind: str | None = None) -> Sequence[Said]:  # noqa: ARG002
        """Nothing rests."""
        return ()

    def past(self) -> bytes:
        """Return what is remembered of what is not at hand."""
        return self._ledger.past()

    async def write(self, *edits: Edit, at: int) -> tuple[StatementId, ...]:  # noqa: ARG002
        """Refuse."""
        raise NotAllowed(_ONLY_READ)

    async def write_private(self, *edits: SetFields | SetText) -> None:  # noqa: ARG002
        """Refuse."""
        raise NotAllowed(_ONLY_READ)
