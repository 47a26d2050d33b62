"""Planted violations: what is left of the words of who has left, and of a device's beyond its removal.

Each breaks one fold while its context lasts; the property that asks it of all folds must notice.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from collar_sync.core.statement import Said
from collar_sync.domain import checklist, consent, consent_book, focus, gate, limit, pause, reviews, task_book
from tests.domain import test_partings_rules as parted
from tests.domain.planting import Mutant, Planting, other, without, words

OPENS: Final = parted.test_a_consent_or_an_agreement_opens_by_no_word_from_beyond_a_cut
WIDENS: Final = parted.test_what_would_widen_from_beyond_a_cut_reads_as_if_it_was_never_said
NARROWS: Final = parted.test_whatever_narrows_counts_alike_on_whichever_side_of_a_cut_it_was_said
LEFT: Final = parted.test_of_who_has_left_no_pause_stands_and_nothing_with_them_goes_on


def heard_by(module: Any, name: str, keep: Callable[[Said], Said | None]) -> Planting:
    """Plant by what reaches one reading: each statement as it is kept, or not at all."""
    read = getattr(module, name)

    def planted(said: Iterable[Said], *rest: Any, **named: Any) -> Any:
        return read([kept for each in said if (kept := keep(each)) is not None], *rest, **named)

    return other(module, name, planted)


def believes(module: Any, name: str, *kinds: str) -> Planting:
    """Plant by a fold that takes these kinds from beyond a cut for words from inside it."""
    return heard_by(
        module, name, lambda each: msgspec.structs.replace(each, beyond_cut=each.beyond_cut and each.kind not in kinds)
    )


def ignores(module: Any, name: str, *kinds: str) -> Planting:
    """Plant by a fold to which these kinds from beyond a cut were never said."""
    return heard_by(module, name, lambda each: None if each.beyond_cut and each.kind in kinds else each)


def agreeing(verb: str) -> tuple[str, str]:
    return f"consent.{verb}", f"agreement.{verb}"


BELIEVED: Final = (
    *((consent_book, "read", agreeing(yes), OPENS) for yes in ("propose", "grant", "resume")),
    (pause, "read", (pause.LIFT,), WIDENS),
    (limit, "read", (limit.LOOSEN,), WIDENS),
    *(
        (task_book, "read", (kind,), WIDENS)
        for kind in (task_book.ASK, task_book.PROMISE, task_book.ACCEPT, task_book.DONE, task_book.TAKE_BACK)
    ),
    *((checklist, "_read", (kind,), WIDENS) for kind in (checklist.BEGIN, checklist.TICK)),
    *((focus, "_read", (kind,), WIDENS) for kind in (focus.BEGIN, focus.JOIN, focus.RESUME)),
)
IGNORED: Final = (
    (pause, "read", (pause.PAUSE,)),
    (limit, "read", (limit.SET,)),
    *((consent_book, "read", agreeing(no)) for no in consent_book.NO),
    (consent_book, "read", (consent_book.AGREEMENT.kind(consent_book.LAPSE),)),
    (task_book, "read", (task_book.DECLINE,)),
    *((checklist, "_read", (kind,)) for kind in (checklist.UNTICK, checklist.END)),
    *((focus, "_read", (kind,)) for kind in (focus.LEAVE, focus.BREAK, focus.END)),
)
MUTANTS: Final = (
    *(
        Mutant(f"beyond a cut, this widens all the same: {', '.join(kinds)}", believes(module, name, *kinds), rule)
        for module, name, kinds, rule in BELIEVED
    ),
    *(
        Mutant(f"beyond a cut, this does not narrow: {', '.join(kinds)}", ignores(module, name, *kinds), NARROWS)
        for module, name, kinds in IGNORED
    ),
    Mutant(
        "beyond a cut, a review was held all the same",
        words(reviews, "amiss", ("(said.beyond_cut, BEYOND_CUT)", "(False, BEYOND_CUT)")),
        WIDENS,
    ),
    Mutant("a pause of somebody who left stands", without(pause, pause.State.DEPARTED), LEFT),
    Mutant(
        "whoever leaves ends every pause",
        words(pause, "read", ("left=people[said.author].left", "left=any(each.left for each in people.values())")),
        parted.test_a_pause_of_somebody_here_is_ended_by_nobodys_leaving,
    ),
    Mutant(
        "what was agreed with somebody who left goes on",
        words(consent.Consent, "state", ("bool(self.revoked_by or self.departed)", "bool(self.revoked_by)")),
        LEFT,
    ),
    Mutant(
        "a checklist waits for somebody who left",
        words(checklist, "_view", ("if people[each].left", "if False")),
        LEFT,
    ),
    Mutant(
        "somebody who left stays in a session",
        words(focus, "fold", ("if last is not None and not people[person].left", "if last is not None")),
        LEFT,
    ),
    Mutant("somebody who left is told things", words(gate, "make_gate", (" if not person.left}", "}")), LEFT),
)
