"""Why a device is not connected: from what came of looking for it to a sentence that a person can act on.

A small table of causes. A sentence names no address: where somebody's device is on a network is nobody's to read. What
the other side said as it closed, and what this side closed it for, comes before anything that is worked out here.
"""

import enum
from collections.abc import Mapping
from typing import Final

from collar_sync.errors import How

_FRESH_MILLISECONDS: Final = 180_000  # an announcement so old may be of a device that was switched off since


class Cause(enum.Enum):
    """Why a device is not connected."""

    NOBODY = "no other device was heard on this network at all"
    UNHEARD = "others are heard here, that one is not"
    UNMET = "likewise, and it was never met: it may be there, and neither know nor show itself to this device"
    TRYING = "it was just heard"
    APART = "it is heard, and what is sent to it gets no answer"
    QUIET = "it was heard a while ago, and does not answer"
    TURNED_AWAY = "it is heard, and its computer refuses connections"
    STRANGE = "something else answers where it should be"
    UNKNOWN_THERE = "it answers, and then closes without a word"
    AWAY = "it was reached here before, and does not answer now"
    GREETING = "it proved its key, and has not said yet what it has"


SENTENCES: Final[Mapping[Cause, str]] = {
    Cause.NOBODY: (
        "No other device is heard on this network. Both laptops need to be on, unlocked and on the same network. If "
        "they are, this network does not let devices see each other, as many guest networks do: use a network of your "
        "own, or a phone's hotspot, or type the other laptop's address."
    ),
    Cause.UNHEARD: (
        "Other devices are heard on this network, and this one is not: it is off, asleep, or on another network."
    ),
    Cause.UNMET: (
        "This device has never met it. Other devices are heard on this network, and none of them is known to be that "
        "one: it is off, asleep, or on another network; or one of the two has not heard yet that the other was let in, "
        "and will once it meets a device that knows. If both are on, and here, and it stays so, the one that came in "
        "later joins anew with a code of the other."
    ),
    Cause.TRYING: "It was heard on this network, and is being called.",
    Cause.APART: (
        "It is heard here, but this network does not let devices see each other: what is sent to it gets no answer. "
        "Use a network of your own instead of a guest network, or a phone's hotspot. On your own network, allow the "
        "app in that laptop's firewall."
    ),
    Cause.QUIET: (
        "It was heard here a while ago, and does not answer: it is off or asleep by now, or this network does not let "
        "devices see each other."
    ),
    Cause.TURNED_AWAY: (
        "It is heard here, but its computer turns connections away: allow the app in that laptop's firewall, or open "
        "the app there again."
    ),
    Cause.STRANGE: (
        "Something else answers where this device should be. It may be on another network; if you typed its address, "
        "check it."
    ),
    Cause.UNKNOWN_THERE: (
        "It answers, but does not accept this device. Perhaps it has not heard yet that this device was let in, and "
        "will once it meets another device that knows; or this device was refused there. Look there at People. If you "
        "typed its address, check that the date is right on both. If it stays so, join here anew with a code of it."
    ),
    Cause.AWAY: "It was reached on this network before, and does not answer now: it is off, asleep, or has gone.",
    Cause.GREETING: "It is here, and both laptops are just finding out what the other one lacks.",
}


class Tries:
    """What came of looking for one device on the network that this one is on."""

    def __init__(self) -> None:
        self._reached = False
        self._heard: int | None = None  # steady milliseconds, when it last announced itself
        self._outcome: How | None = None  # of the last try where it announced itself
        self._kept: How | None = None  # of the last try where it once was, or was said to be

    def heard(self, steady: int) -> None:
        """It announced itself."""
        if self._outcome is not None and self._heard is not None and steady - self._heard > _FRESH_MILLISECONDS:
            self._outcome = None
        self._heard = steady

    def reached(self) -> None:
        """A connection to it proved its key."""
        self._reached = True
        self._outcome = self._kept = None

    def failed(self, how: How, *, announced: bool) -> None:
        """A try came to nothing, at an address that it announced or at another."""
        if announced:
            self._outcome = how
        else:
            self._kept = how

    def cause(self, steady: int, *, anybody: bool, met: bool) -> Cause:
        """Why no connection to it stands.

        `anybody` says whether any device was heard on this network, `met` whether this one was ever reached anywhere:
        one that knows nothing of this device announces itself to others alone, and is not recognised.
        """
        answered = {"unanswered": Cause.UNKNOWN_THERE, "strange": Cause.STRANGE}
        outcome = self._outcome if self._outcome is not None else self._kept
        if outcome in answered:
            return answered[outcome]
        if self._reached:
            return Cause.AWAY
        if self._heard is None:
            heard = Cause.UNHEARD if met else Cause.UNMET
            return heard if anybody else Cause.NOBODY
        if self._outcome is None:
            return Cause.TRYING if steady - self._heard <= _FRESH_MILLISECONDS else Cause.QUIET
        if steady - self._heard > _FRESH_MILLISECONDS:
            return Cause.QUIET
        return Cause.TURNED_AWAY if self._outcome == "refused" else Cause.APART
