"""An app's own typed document: records of one msgspec.Struct, merged field by field.

Scalar fields are last-write-wins; a `Text` field merges by character; a `Counter` field is one number per person,
summed. A record is deleted by a tombstone field, since a concurrent edit must not vanish with a deleted map. The
document says which version of the app has written to it; what a newer one wrote is kept, and never overwritten here.
"""

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from collar_sync.core.edits import Edit, Scalar, SetFields, SetText
from collar_sync.domain.given import careful
from collar_sync.errors import InvalidInput, NewerVersion, NotFound
from collar_sync.ids import PersonId

_KIND: Final = "item"
SCHEMA: Final = "schema"  # records `schema/<version>`, only ever added: concurrent writers agree on the greatest
_REMOVED: Final = "~removed"
_DIGITS: Final = 10
_SHARE: Final = "#"  # between the name of a counter and the person whose share it is


class Merge(enum.Enum):
    """How concurrent edits of a field meet, where it is not the last write that wins."""

    TEXT = enum.auto()
    COUNTER = enum.auto()


Text = Annotated[str, Merge.TEXT]
Counter = Annotated[int, Merge.COUNTER]
T = TypeVar("T", bound=msgspec.Struct)


@careful
class Document(Generic[T]):
    """The records of one document, each a `T`. Writes return once they are on this device's disk."""

    def __init__(
        self,
        form: type[T],
        me: Callable[[], PersonId],
        one: Callable[[str, str], Mapping[str, Scalar] | None],
        every: Callable[[str], Mapping[str, Mapping[str, Scalar]]],
        write: Callable[[Sequence[Edit]], Awaitable[object]],
        version: int = 1,
    ) -> None:
        self._form = form
        self._version = version
        self._merges = {
            name: next((each for each in get_args(hint) if isinstance(each, Merge)), None)
            for name, hint in get_type_hints(form, include_extras=True).items()
            if get_origin(hint) is Annotated
        }
        self._me = me
        self._one = one
        self._every = every
        self._write = write

    @property
    def version(self) -> int:
        """The newest version of the app that has written to this document; 1 where none said so."""
        return schema_version(self._every(SCHEMA))

    @property
    def newer(self) -> bool:
        """Whether a newer version of the app than this one has written to it."""
        return self.version > self._version

    def unread(self) -> tuple[str, ...]:
        """The ids of records that are kept and do not fit this version's type."""
        return tuple(
            identifier
            for identifier, fields in self._every(_KIND).items()
            if fields.get(_REMOVED) is not True and self._typed(fields) is None
        )

    def all(self) -> dict[str, T]:
        """Every record that was not removed, by its id; one that does not fit the type is left out, and kept."""
        found = ((identifier, self._typed(fields)) for identifier, fields in self._every(_KIND).items())
        return {identifier: record for identifier, record in found if record is not None}

    def get(self, identifier: str) -> T | None:
        """One record, or None."""
        fields = self._one(_KIND, identifier)
        return None if fields is None else self._typed(fields)

    async def put(self, identifier: str, record: T) -> None:
        """Write a whole record, new or in place of what is there; fields that this version does not know stay.

        Raises `NewerVersion` where what is there does not fit this version's type, `InvalidInput` where this does not.
        """
        if not isinstance(record, self._form):
            raise InvalidInput(f"These records are each a {self._form.__name__}.")
        found = self._one(_KIND, identifier)
        if found is not None and found.get(_REMOVED) is not True and self._typed(found) is None:
            raise NewerVersion(
                "A newer version of this app wrote that. It is kept as it is: update the app here to change it."
            )
        await self._set(identifier, msgspec.structs.asdict(record), {_REMOVED: False})

    async def change(self, identifier: str, **fields: Scalar) -> None:
        """Set some fields of a record; raises `NotFound` and `InvalidInput`."""
        self._existing(identifier)
        await self._set(identifier, fields, {})

    async def edit_text(self, identifier: str, field: str, text: str) -> None:
        """Make a `Text` field read `text`; the other person's concurrent edits of other places stay."""
        self._existing(identifier)
        if self._merges.get(field) is not Merge.TEXT:
            raise InvalidInput(f"{field} is no text that is merged.")
        await self._set(identifier, {field: text}, {})

    async def add(self, identifier: str, field: str, amount: int) -> None:
        """Add to a `Counter` field."""
        self._existing(identifier)
        if self._merges.get(field) is not Merge.COUNTER:
            raise InvalidInput(f"{field} is no counter.")
        own = self._share(field)
        now = (self._one(_KIND, identifier) or {}).get(own)
        total = (now if isinstance(now, int) else 0) + amount
        await self._put([SetFields(_KIND, identifier, {own: total})])

    async def remove(self, identifier: str) -> None:
        """Remove a record; what somebody else is just writing into it is kept in the history."""
        self._existing(identifier)
        await self._put([SetFields(_KIND, identifier, {_REMOVED: True})])

    def _existing(self, identifier: str) -> None:
        if self.get(identifier) is None:
            raise NotFound(f"There is no record {identifier!r} here.")

    async def _set(self, identifier: str, fields: Mapping[str, Any], extra: Mapping[str, Scalar]) -> None:
        found = self._one(_KIND, identifier) or {}
        plain: dict[str, Scalar] = dict(extra)
        texts: list[Edit] = []
        for name, value in fields.items():
            if name not in self._form.__struct_fields__:
                raise InvalidInput(f"These records have no field {name!r}.")
            merge = self._merges.get(name)
            if merge is Merge.TEXT:
                texts.append(SetText(_KIND, identifier, name, str(value)))
            elif merge is Merge.COUNTER:
                plain[self._share(name)] = self._whole(name, value) - self._sum(found, name, without=self._me())
            elif value is None or isinstance(value, str | int | float | bool | bytes):
                plain[name] = value
            else:
                raise InvalidInput(f"The field {name!r} holds no plain value.")
        merged = {name: value for name, value in fields.items() if self._merges.get(name) is Merge.TEXT}
        self._check({**found, **plain, **merged})
        await self._put([SetFields(_KIND, identifier, plain), *texts])

    def _share(self, field: str) -> str:
        """Return where this person's own part of a counter is kept."""
        return f"{field}{_SHARE}{self._me()}"

    @staticmethod
    def _whole(field: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidInput(f"The counter {field!r} takes whole numbers.")
        return value

    def _check(self, fields: Mapping[str, Any]) -> None:
        """Refuse what would leave a record that this version itself cannot read; raises `InvalidInput`."""
        try:
            msgspec.convert(self._plain(fields), self._form)
        except msgspec.ValidationError as error:
            raise InvalidInput(f"This does not fit these records, and was not written: {error}.") from error

    async def _put(self, edits: Sequence[Edit]) -> None:
        stamp = [SetFields(SCHEMA, str(self._version), {})] if self.version < self._version else []
        await self._write([*stamp, *edits])

    def _typed(self, fields: Mapping[str, Scalar]) -> T | None:
        if fields.get(_REMOVED) is True:
            return None
        try:
            return msgspec.convert(self._plain(fields), self._form)
        except msgspec.ValidationError:
            return None

    def _plain(self, fields: Mapping[str, Any]) -> dict[str, object]:
        """Return the fields as the type has them, each counter as its sum."""
        plain: dict[str, object] = {}
        for name in self._form.__struct_fields__:
            if self._merges.get(name) is Merge.COUNTER:
                plain[name] = self._sum(fields, name)
            elif name in fields:
                plain[name] = fields[name]
        return plain

    @staticmethod
    def _sum(fields: Mapping[str, Scalar], name: str, without: str | None = None) -> int:
        prefix = name + _SHARE
        return sum(
            value
            for key, value in fields.items()
            if key.startswith(prefix) and isinstance(value, int) and key != f"{prefix}{without}"
        )


def schema_version(records: Mapping[str, object]) -> int:
    """The greatest version among records `schema/<version>`; what is no number is passed over."""
    return max((int(name) for name in records if name.isascii() and name.isdigit() and len(name) < _DIGITS), default=1)
