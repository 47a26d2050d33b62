"""Planted violations of the rules about ordinary days and the private side, each with the property that must notice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from collar_sync.core.edits import Say, SetFields
from collar_sync.core.statement import Said
from collar_sync.domain import checkin, moment, slip, slips
from collar_sync.domain.private import Drawer
from collar_sync.domain.told import Told
from collar_sync.testing.mutants import replaced, rewritten
from tests.domain import test_day_rules as rules
from tests.domain.mutants_repair import Planted
from tests.domain.planting import inside


@contextmanager
def _shared_when_written() -> Iterator[None]:
    async def put(self: Any, identifier: str, **fields: Any) -> None:
        await self._ledger.write(Say(f"{self._kind}.kept", identifier, {k: str(v) for k, v in fields.items()}))
        await self._ledger.write_private(SetFields(self._kind, identifier, {**fields, "~removed": False}))

    with replaced(Drawer, "put", put):
        yield


class _AnyKind(slip.Body, frozen=True):
    kind: str  # type: ignore[assignment]  # whatever a peer says


@contextmanager
def _edits_said() -> Iterator[None]:
    edit = slips.Slips.edit

    async def telling(self: Any, identifier: str, words: str, kind: Any = None) -> Any:
        await self._ledger.write(Say("slip.share", identifier, {"sentence": words}))
        return await edit(self, identifier, words, kind)

    with replaced(slips.Slips, "edit", telling):
        yield


def _whole(said: Said, body: checkin.Body) -> checkin.CheckIn:
    """What stands beside a "not now" is read too."""
    words = msgspec.structs.asdict(body)
    return checkin.CheckIn(id=said.id, draft=said.subject, person=said.author, at=said.at, said=said.id, **words)


class _Counted(moment.Moment, frozen=True):
    """A moment with a number on it."""

    number: int = 1


MUTANTS: Final = {
    "what is kept is said": Planted(rules.test_what_its_author_did_not_share_is_with_nobody_else, _shared_when_written),
    "more is read from a not now": Planted(
        rules.test_not_now_says_nothing_more,
        lambda: inside(checkin.CHECK_IN, view=_whole),
    ),
    "a threat is read as a slip-up": Planted(
        rules.test_what_is_read_is_what_its_author_shared_and_by_nobody_else,
        lambda: inside(slip.SLIP, form=_AnyKind),
    ),
    "an update can be asked for": Planted(
        rules.test_nothing_that_asks_for_something_is_read,
        lambda: rewritten(Told, "read", ("if not said.kind.startswith(prefix):", "if said.kind != self.kind:")),
    ),
    "a check-in is read twice": Planted(
        rules.test_what_is_read_is_what_its_author_shared_and_by_nobody_else,
        lambda: rewritten(
            checkin.CheckIns, "share", ("return self._view(identifier, draft, before)  # shared already", "pass")
        ),
    ),
    "the order of arrival is that of moments": Planted(
        rules.test_whoever_heard_the_same_reads_the_same_and_a_removed_device_adds_nothing,
        lambda: rewritten(Told, "read", ("found.sort(key=lambda each: (each[0].at, each[0].id))", "pass")),
    ),
    "a removed device shares": Planted(
        rules.test_whoever_heard_the_same_reads_the_same_and_a_removed_device_adds_nothing,
        lambda: rewritten(Told, "read", ("amiss(said, people, known=said.kind == self.kind)", "None")),
    ),
    "what comes up again is not noticed": Planted(
        rules.test_a_kind_that_comes_up_again_is_told_to_nobody,
        lambda: rewritten(slips.Slips, "outside_help", ("if len(once) > 1 else", "if len(once) > 4 else")),
    ),
    "what one shared from another device is passed over": Planted(
        rules.test_a_kind_that_comes_up_again_is_told_to_nobody,
        lambda: rewritten(slips.Slips, "outside_help", (" and each.draft in mine)", ")")),
    ),
    "what rests is not looked through": Planted(
        rules.test_a_kind_that_comes_up_again_is_noticed_however_much_of_it_rests,
        lambda: rewritten(slips.Slips, "outside_help", ("chain(self.all(), self._resting(known))", "self.all()")),
    ),
    "of what rests only a page is looked through": Planted(
        rules.test_a_kind_that_comes_up_again_is_noticed_however_much_of_it_rests,
        lambda: rewritten(slips.Slips, "_resting", ("if len(found) < _READ_AT_ONCE:", "if found:")),
    ),
    "what rests and is at hand came up twice": Planted(
        rules.test_a_kind_that_comes_up_again_is_noticed_however_much_of_it_rests,
        lambda: rewritten(slips.Slips, "outside_help", ("once.add(each.id)", "once.add(id(each))")),
    ),
    "no phrase makes it smaller": Planted(
        rules.test_a_phrase_that_makes_it_smaller_is_shown_to_whoever_writes_it_and_stands_in_nobodys_way,
        lambda: replaced(slips, "hints", lambda *_: ()),
    ),
    "a phrase that makes it smaller is taken out": Planted(
        rules.test_a_phrase_that_makes_it_smaller_is_shown_to_whoever_writes_it_and_stands_in_nobodys_way,
        lambda: rewritten(slips.Slips, "share", ('"sentence": draft.sentence', '"sentence": draft.sentence[:9]')),
    ),
    "an edit is said too": Planted(
        rules.test_what_was_shared_stays_said_as_it_was_and_its_draft_is_its_authors, _edits_said
    ),
    "what its author takes out is taken back": Planted(
        rules.test_what_was_shared_stays_said_as_it_was_and_its_draft_is_its_authors,
        lambda: rewritten(slips.Slips, "_find", ("return self._by", "return None if not self.mine() else self._by")),
    ),
    "moments are counted": Planted(
        rules.test_nothing_of_an_ordinary_day_is_counted, lambda: replaced(moment, "Moment", _Counted)
    ),
}
