"""Which shared slip-ups this person has not looked at yet, noted for them alone: nobody is told whether they have."""

from collections.abc import Sequence
from typing import Final

from collar_sync import SetFields
from collar_sync.domain.repair_steps import Step
from collar_sync.domain.slip import Slip
from collar_sync.node import Space

_READ: Final = "slip-read"


def unread(space: Space) -> Sequence[Slip]:
    """Those of others that are shown here, neither closed nor read; none in a pause, nor where it is about safety."""
    if space.over or space.pauses.standing():
        return ()
    read = space.private_records(_READ)
    fresh = [each for each in space.slips.visible() if each.person != space.me and each.id not in read]
    if not fresh:
        return ()
    steps = {each.id: each.next_step(space.me) for each in space.repairs.all()}
    return [each for each in fresh if steps.get(each.id) not in {None, Step.HELP, Step.CLOSED}]


async def look(space: Space) -> None:
    """Note that this person has looked at all of them."""
    edits = [SetFields(_READ, each.id, {"read": True}) for each in unread(space)]
    if edits:
        await space.write_private(*edits)
