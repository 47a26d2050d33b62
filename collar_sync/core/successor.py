"""Where everybody goes on after a document was split, and what each device brings there.

Rules. All of it follows from the set of convictions, whatever the order in which they came. A document that was split
is *frozen*: no honest device writes there again, and what was said in it stays said. Its successor is an ordinary
document that starts from genesis, in which those who split the former one have no say. Into it each device brings,
once, what is its own: every statement that it made, and the record fields whose shown value it wrote; those of the
convicted are brought by everybody as they read there. This module must not know connections, disks or Automerge, and
not what a record or a statement means.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Final

import msgspec

from collar_sync import limits
from collar_sync.core import lineage, statement
from collar_sync.core.cover import device_of
from collar_sync.core.edits import Scalar, SetFields, SetText
from collar_sync.core.equivocation import Convicted
from collar_sync.core.membership import Learnt
from collar_sync.core.outline import RECORDS, Outline
from collar_sync.ids import DeviceId, DocumentId, StatementId

_SUBSETS_OF_MAX: Final = 4  # splitters of one document whose every subset is foreseen; of more, those that are shown
_PORTION_OPS_MAX: Final = limits.CHANGE_OPS_MAX * 3 // 4
_PORTION_BYTES_MAX: Final = limits.CHANGE_BYTES_MAX // 2
_OP_BYTES: Final = 48  # more than any operation takes beside its name and value
_CHARACTER_BYTES: Final = 16  # more than one character of a text takes


class Splits:
    """What follows from everybody who was convicted so far, whatever the order in which they were.

    `lines` are those that documents here show. So whatever somebody went on in before they heard of all who split a
    document is followed, however many those are, at the cost of the documents that there are.
    """

    def __init__(self, convicted: Iterable[Convicted] = (), lines: Iterable[bytes] = ()) -> None:
        self._after: dict[DocumentId, list[frozenset[DeviceId]]] = {}
        for shown in lines:
            before, out = lineage.read(shown)
            self._after.setdefault(before, []).append(out)
        self._splitters: dict[DocumentId, set[DeviceId]] = {}
        for each in convicted:
            self._splitters.setdefault(each.document, set()).add(each.device)
        self.blocked = frozenset(device for found in self._splitters.values() for device in found)
        self._excluded: dict[DocumentId, frozenset[DeviceId]] = {}
        self._origins: dict[DocumentId, DocumentId] = {}
        self._shown: dict[DocumentId, bytes] = {}
        followed = {document: self._line(document, frozenset()) for document in self._splitters}
        counts = Counter(document for line in followed.values() for document in line)
        for document, line in followed.items():
            if counts[document] == 1:  # it stands in no line but its own
                self._excluded.update(line)
                self._origins.update(dict.fromkeys(line, document))

    def origin(self, document: DocumentId) -> DocumentId:
        """The document that was split first, where this one may have taken over from it; else itself."""
        return self._origins.get(document, document)

    def line(self, document: DocumentId) -> frozenset[DocumentId]:
        """Every document whose origin it is, itself among them where that is so."""
        return frozenset(each for each in (document, *self._origins) if self.origin(each) == document)

    def home(self, document: DocumentId) -> DocumentId:
        """Where to write what would be written to a document or to any of its successors."""
        document, out = self.origin(document), frozenset[DeviceId]()
        while splitters := self._splitters.get(document, set()) - out:
            out |= splitters
            document = self._successor(document, out)
        return document

    def frozen(self, document: DocumentId) -> bool:
        """Whether nothing may be written to a document any more."""
        return self.home(document) != document

    def excluded(self, document: DocumentId) -> frozenset[DeviceId]:
        """The devices that write nothing in a document, since it took over from what they split; `lineage` sees to it.

        So nobody can split a successor of what they split, and there are never more successors than devices.
        """
        return self._excluded.get(document, frozenset())

    def line_of(self, document: DocumentId) -> bytes:
        """What a first change in a document shows, see `lineage`; empty where it takes over from none that is known."""
        return self._shown.get(document, b"")

    def sources(self, document: DocumentId) -> tuple[DocumentId, ...]:
        """The document that was split first and every successor that it may ever have had here, but for its home.

        What this device wrote there is brought into the home: a successor too is left where one more splitter of its
        origin becomes known.
        """
        home = self.home(document)
        return tuple(each for each in self._line(self.origin(document), frozenset()) if each != home)

    def _line(self, document: DocumentId, out: frozenset[DeviceId]) -> dict[DocumentId, frozenset[DeviceId]]:
        """A document and its possible successors, with who is excluded from each."""
        line = {document: out}
        splitters = sorted(self._splitters.get(document, set()) - out)
        least = 1 if len(splitters) <= _SUBSETS_OF_MAX else len(splitters)
        some = {
            out.union(each) for count in range(least, len(splitters) + 1) for each in combinations(splitters, count)
        }
        some.update(each for each in self._after.get(document, ()) if out < each <= out.union(splitters))
        for excluded in sorted(some, key=lambda each: (len(each), sorted(each))):
            if excluded > out:
                line |= self._line(self._successor(document, excluded), excluded)
        return line

    def _successor(self, document: DocumentId, out: frozenset[DeviceId]) -> DocumentId:
        """Name what takes over from a document for everybody but these: the same id wherever they are known.

        Who split it, and not at which change: somebody who split a document three ways, or goes on splitting it, shows
        each device another first difference, but is one and the same splitter to all.
        """
        shown = lineage.line(document, out)
        named = lineage.named(shown)
        self._shown[named] = shown
        return named


# --- what a device brings ---


class Portion(msgspec.Struct, frozen=True):
    """What goes into one change."""

    edits: tuple[SetFields | SetText, ...]
    said: Mapping[StatementId, bytes]


def words(learnt: Iterable[Learnt], device: DeviceId, standing: Collection[StatementId]) -> dict[StatementId, bytes]:
    """The canonical bytes of what this device said in a frozen document and the successor does not hold yet.

    Said again by the same device they have the same id: the set of what was said stays what it was.
    """
    own = (each for each in learnt if each.device == device and each.id not in standing)
    return {each.id: statement.encode(each.statement) for each in sorted(own, key=lambda each: each.id)}


Read = Callable[[str], Mapping[str, Scalar] | None]


def salvage(
    keys: Iterable[str], read: Read, outline: Outline, authors: Collection[DeviceId], standing: Read
) -> list[SetFields | SetText]:
    """The edits that bring record fields of a frozen document into its successor.

    Of each record as it reads here, the fields whose shown value one of `authors` wrote (a text: began), but for those
    that the successor holds already (`standing`): they are newer. `authors` are this device and all that are excluded
    from the successor, since those cannot bring what they wrote.
    """
    edits: list[SetFields | SetText] = []
    for key in sorted(keys):
        kind, _, identifier = key.partition("/")
        if kind in {"", lineage.KIND} or not identifier:
            continue  # no app writes such a key
        holders = sorted(outline.live(RECORDS, key), reverse=True)  # more than one where devices began it at once
        there, plain = standing(key) or {}, dict[str, Scalar]()
        texts: list[SetFields | SetText] = []
        for field, value in sorted((read(key) or {}).items()):
            winner = next(filter(None, (outline.winner(holder, field) for holder in holders)), None)
            if winner is None or field in there or device_of(winner[1]) not in authors:
                continue
            if outline.object(winner) is None:
                if _writable(value):
                    plain[field] = value
            elif isinstance(value, str):
                texts.append(SetText(kind, identifier, field, value))
        edits += [SetFields(kind, identifier, plain), *texts] if plain else texts
    return edits


def _writable(value: Scalar) -> bool:
    """Whether it is a value that this library writes: altered software may have written others."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or -(1 << 63) <= value < 1 << 63


def first_of_each(edits: Iterable[SetFields | SetText]) -> list[SetFields | SetText]:
    """Each field once, as the first of the edits says: the same record may have been held in several places."""
    seen: set[tuple[str, str, str]] = set()
    kept: list[SetFields | SetText] = []
    for edit in edits:
        if isinstance(edit, SetText):
            if (edit.kind, edit.id, edit.field) not in seen:
                kept.append(edit)
            seen.add((edit.kind, edit.id, edit.field))
            continue
        fields = {name: value for name, value in edit.fields.items() if (edit.kind, edit.id, name) not in seen}
        seen.update((edit.kind, edit.id, name) for name in fields)
        if fields:
            kept.append(SetFields(edit.kind, edit.id, fields))
    return kept


def portions(edits: Iterable[SetFields | SetText], said: Mapping[StatementId, bytes]) -> list[Portion]:
    """Lay out what a device brings for as few changes as surely hold it: nearly always one.

    A text that is longer than one change may hold grows by as much as fits with each.
    """
    laid: list[Portion] = []
    now: list[SetFields | SetText] = []
    some: dict[StatementId, bytes] = {}
    ops = size = 0
    for more, count, piece in (*_sayings(said), *_pieces(edits)):
        if (now or some) and (size + more > _PORTION_BYTES_MAX or ops + count > _PORTION_OPS_MAX):
            laid.append(Portion(tuple(now), some))
            now, some, ops, size = [], {}, 0, 0
        last = now[-1] if now else None
        if isinstance(piece, str):
            some[piece] = said[piece]
        elif (
            isinstance(piece, SetFields)
            and isinstance(last, SetFields)
            and (last.kind, last.id)
            == (
                piece.kind,
                piece.id,
            )
        ):
            now[-1] = SetFields(piece.kind, piece.id, {**last.fields, **piece.fields})
        else:
            now.append(piece)
        ops, size = ops + count, size + more
    return [*laid, Portion(tuple(now), some)] if now or some else laid


def _record(edit: SetFields | SetText) -> tuple[str, str]:
    return edit.kind, edit.id


def _sayings(said: Mapping[StatementId, bytes]) -> Iterator[tuple[int, int, StatementId]]:
    """Bytes and operations at most that each statement takes, and its id."""
    for identifier, raw in said.items():
        yield len(raw) + len(identifier) + _OP_BYTES, 1, identifier


def _pieces(edits: Iterable[SetFields | SetText]) -> Iterator[tuple[int, int, SetFields | SetText]]:
    """Each edit in parts that fit a change: bytes and operations at most, and the part."""
    step = _PORTION_BYTES_MAX // _CHARACTER_BYTES // 4
    for edit in edits:
        frame = 2 * _OP_BYTES + len(f"{edit.kind}/{edit.id}".encode())
        if isinstance(edit, SetFields):
            for field, value in edit.fields.items():
                content = value.encode() if isinstance(value, str) else value
                size = len(field.encode()) + (len(content) if isinstance(content, bytes) else 8)
                yield frame + size, 2, SetFields(edit.kind, edit.id, {field: value})
        else:
            for start in range(0, max(1, len(edit.text)), step):
                part = edit.text[: start + step]
                count = len(part) - start
                size = len(edit.field.encode()) + count * _CHARACTER_BYTES
                yield frame + size, count + 2, SetText(edit.kind, edit.id, edit.field, part)
