"""The shapes of what the page shows of this laptop itself."""

from demo_app.shapes import View


class BackupView(View, frozen=True):
    """How much of a backup is done while it is being made; then where it is, or why there is none."""

    running: bool
    percent: int
    made: str | None
    problem: str | None


class SettingsView(View, frozen=True):
    """This laptop: what it is called here, where its data lies, and its backups."""

    device: str
    directory: str
    suggestion: str
    """A path for the next backup."""
    backup: BackupView
    ahead: int | None
    """The time that is believed here, in milliseconds, where this laptop's clock says much less by now."""
