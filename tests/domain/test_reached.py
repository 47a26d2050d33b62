"""The generators of lives reach the states that rules are about: a rule over what never happens proves nothing.

The histories are the same each time, so that no chance decides whether this fails.
"""

from collections import Counter
from typing import Final

from tests.domain import repair_lives
from tests.domain.plain import HOUR, Household
from tests.domain.repair_lives import SHEET_NAMES

HISTORIES: Final = 60


def clocks_apart(home: Household) -> bool:
    """Whether two clocks are wrong by hours, as those of people who travel."""
    clocks = [each.now() for each in home.ledgers]
    return any(HOUR <= abs(one - other) <= 12 * HOUR for one in clocks for other in clocks)


def test_repairs_come_to_signed_texts_that_are_written_anew() -> None:
    found = Counter[str]()
    for seed in range(HISTORIES):
        home = repair_lives.live(seed, 2 + seed % 3, 40 + seed % 41)
        reached = {"clocks hours apart"} if clocks_apart(home) else set[str]()
        for view in repair_lives.repairs(home).values():
            reached.add(view.stage.value)
            for name in SHEET_NAMES:
                sheet = getattr(view, name)
                reached |= {f"{name} agreed"} if sheet.agreed else set()
                reached |= {
                    f"{name} signed by others and then written anew"
                    for each in sheet.earlier
                    if len(each.signed_by) > 1
                }
                reached |= {"texts side by side"} if len(sheet.current) > 1 else set()
        found.update(reached)
    often = {"talk agreed": 4, "facts agreed": 3, "clocks hours apart": 5, "closed": 2, "review": 3}
    often |= {"plan agreed": 1, "weekly agreed": 1, "texts side by side": 2}
    often |= {"facts signed by others and then written anew": 4, "talk signed by others and then written anew": 4}
    assert {name: found[name] for name, least in often.items() if found[name] < least} == {}
