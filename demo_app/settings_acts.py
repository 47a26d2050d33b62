"""Intentions about this laptop itself become one call each."""

from demo_app.laptop import Laptop
from demo_app.settings_intentions import BackUp, BelieveClock, NewPassphrase, OfSettings, StopBackup


async def act(laptop: Laptop, intention: OfSettings) -> None:
    """Do what is asked."""
    match intention:
        case NewPassphrase():
            await laptop.new_passphrase(intention.old, intention.new)
        case BackUp():
            laptop.back_up(intention.path)
        case StopBackup():
            laptop.backups.stop()
        case BelieveClock():
            await laptop.believe_clock()
