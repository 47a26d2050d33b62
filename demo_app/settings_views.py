"""What the page shows of this laptop itself. Pure reading."""

import time
from typing import Final

import msgspec

from collar_sync.node import Space
from demo_app.folk import Folk, day_of
from demo_app.laptop import Laptop
from demo_app.settings_pictures import BackupView, SettingsView

AHEAD_MILLISECONDS_MIN: Final = 60 * 60 * 1000  # what may end an hour early is left to end by itself


def settings(laptop: Laptop, space: Space, folk: Folk) -> SettingsView:
    """This laptop, as its person may know it."""
    own = next((each.name for each in space.devices.all() if each.here), "")
    return SettingsView(
        device=folk.device(own, space.me),
        directory=str(laptop.backups.directory),
        suggestion=laptop.backups.suggestion(day_of(space.now())),
        ahead=now if (now := space.now()) > time.time() * 1000 + AHEAD_MILLISECONDS_MIN else None,
        backup=BackupView(**msgspec.structs.asdict(laptop.backups.newest)),
    )
