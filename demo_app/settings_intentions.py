"""What a page may want of this laptop itself: another passphrase, a backup, the pages of help. Shapes alone."""

from demo_app.intention import Intention, Text


class NewPassphrase(Intention, frozen=True, tag="settings.passphrase"):
    """Open with another passphrase from now on."""

    old: Text
    new: Text


class BackUp(Intention, frozen=True, tag="settings.backup"):
    """Write everything to one encrypted file at this path."""

    path: Text


class StopBackup(Intention, frozen=True, tag="settings.stopBackup"):
    """Stop the backup that is being made."""


class BelieveClock(Intention, frozen=True, tag="settings.believeClock"):
    """Believe this laptop's clock again."""


class LookAtHelpTexts(Intention, frozen=True, tag="help.texts"):
    """Read the library's own pages of help."""


OfSettings = NewPassphrase | BackUp | StopBackup | BelieveClock
