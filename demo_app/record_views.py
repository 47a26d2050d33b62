"""What a page shows of every record here, whichever is looked at: enough to choose one, and to stop. Pure reading."""

from collar_sync.node import Space
from demo_app.record_pictures import ChoiceView


def choice(space: Space) -> ChoiceView:
    """One record, as its person may choose it."""
    return ChoiceView(
        id=space.id,
        name=space.name,
        others=[each.name for each in space.people().values() if each.id != space.me and not each.left],
        paused=not space.over and bool(space.pauses.standing()),
        flows=bool(space.presence.told()) or any(each.to for each in space.sharing.mine()),
        over=bool(space.over),
    )
