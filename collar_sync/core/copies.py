"""Whether a device's store is older than it once was, or runs twice, as the changes of one document show.

Rules. One store is opened by one process at a time, and each opening writes as a new actor, drawn at its first write.
So the openings of one store follow each other: no change of one can have a change of a later one in its past. "copied"
is said only where that is broken, and so is certain; "restored" is said of what may be innocent. What was taken in
before this opening is not looked at, so a copy may be noticed late, never wrongly. This module must not know clocks,
connections or what a change does.
"""

from collections.abc import Iterable
from typing import Final, Literal

from collar_sync import ids
from collar_sync.ids import DeviceId

Noticed = Literal["restored", "copied"]

REMEMBERED_MAX: Final = 20_000  # changes whose past is remembered, the newest; about 3 MB
_TOGETHER: Final = 128  # meetings that are looked at as one, where they all say the same of an actor


class Meetings:
    """Which openings of one device met which others, one after the other; each a set of bits.

    Altered software can have thousands meet thousands. So of every so many in a row it is known whom all of them met,
    and whom any did: one question goes through a few hundred of these at most, but where somebody sees to it that they
    differ.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[int, int]] = []  # an opening's bit, and whom it newly met
        self._sums: list[tuple[int, int, int]] = []  # of so many rows: all openings, whom any met, whom each met

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, opening: int, met: int) -> None:
        """Take in that an opening newly met these."""
        self._rows.append((opening, met))
        if len(self._rows) % _TOGETHER == 0:
            openings, any_met, each_met = 0, 0, -1
            for one, whom in self._rows[-_TOGETHER:]:
                openings, any_met, each_met = openings | one, any_met | whom, each_met & whom
            self._sums.append((openings, any_met, each_met))

    def met(self, bit: int, since: int) -> int:
        """The openings that met the one of this bit in a meeting since the first so many."""
        found, place = 0, since
        while place < len(self._rows):
            number, within = divmod(place, _TOGETHER)
            if within == 0 and number < len(self._sums):
                openings, any_met, each_met = self._sums[number]
                if each_met & bit or not any_met & bit:
                    found |= openings if each_met & bit else 0
                    place += _TOGETHER
                    continue
            opening, whom = self._rows[place]
            found |= opening if whom & bit else 0
            place += 1
        return found


class Copies:
    """One document's openings, as a fold over its changes in causal order. `device` is this one."""

    def __init__(self, device: DeviceId) -> None:
        self._device = ids.raw_bytes(device)
        self._bits: dict[bytes, int] = {}  # actor → its bit in the sets below
        self._openings: dict[bytes, int] = {}  # device → its actors
        self._pasts: dict[bytes, int] = {}  # hash of a change → the actors in its past, its own among them
        self._met: dict[int, int] = {}  # an actor's bit → all actors in the pasts of its changes
        self._meetings: dict[bytes, Meetings] = {}  # device → which of its actors met which
        self._met_by: dict[int, tuple[int, int]] = {}  # an actor's bit → who met it, in so many of these meetings
        self._present = 0  # the actors of this opening

    def take(self, actor: bytes, change: bytes, deps: Iterable[bytes], *, here: bool) -> Noticed | None:
        """Take in one change by its hash and what it depends on; `here` says that this opening wrote it.

        "restored": this device once wrote that change and does not have it, since it crashed, was restored from a
        backup, or a copy wrote it. "copied": the change shows that two openings of its device's store run at once; of
        this device or of another.
        """
        device = actor[: ids.SHORT_BYTES]
        bit = self._bits.setdefault(actor, 1 << len(self._bits))
        past = bit
        for dep in deps:
            past |= self._pasts.get(dep, 0)
        self._pasts[change] = past
        if len(self._pasts) > REMEMBERED_MAX:
            del self._pasts[next(iter(self._pasts))]
        openings = self._openings[device] = self._openings.get(device, 0) | bit
        met = self._met.get(bit, 0)
        self._met[bit] = met | past
        meetings = self._meetings.setdefault(device, Meetings())
        met_by, read = self._met_by.get(bit, (0, len(meetings)))  # nobody met it before it wrote
        met_by |= meetings.met(bit, read)
        news = past & openings & ~met & ~bit
        if news:
            meetings.add(bit, news)
        self._met_by[bit] = (met_by, len(meetings))
        if here:
            self._present |= bit
        elif past & self._present and device == self._device:
            return "copied"  # this opening is its store's last, and something knew of it and wrote
        if past & openings & met_by:
            return "copied"  # each of two openings wrote after the other had begun
        return "restored" if device == self._device and not here else None


def sentence(noticed: Noticed, device: str, *, mine: bool) -> str:
    """What a person reads, where `device` reads like "Sam's phone"."""
    if noticed == "restored":
        return (
            "This device was given back something that it had written once and no longer had. After a crash, or after "
            "it was set up from a backup, that is as it should be. If there was neither, somebody uses a copy of it "
            "elsewhere: close the app there, and pair that one anew, as a device of its own."
        )
    what = "this device" if mine else device
    return (
        f"Two copies of {what} are in use at the same time, as where a backup is used beside the device that it was "
        "made of. Close the app on one of the two, and pair that one anew, as a device of its own."
    )
