"""What the page shows of this laptop itself. Pure reading."""

import msgspec

from collar_sync.node import Space
from demo_app.folk import day_of
from demo_app.laptop import Laptop
from demo_app.settings_pictures import BackupView, SettingsView


def settings(laptop: Laptop, space: Space) -> SettingsView:
    """This laptop, as its person may know it."""
    own = next((each.name for each in space.devices.all() if each.here), "")
    return SettingsView(
        device=own,
        directory=str(laptop.backups.directory),
        suggestion=laptop.backups.suggestion(day_of(space.now())),
        backup=BackupView(**msgspec.structs.asdict(laptop.backups.newest)),
    )
