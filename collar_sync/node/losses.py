"""What a person reads about what could not be rescued: which record, whose words, from when to when, and who has them.

Words only; it decides nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from collar_sync import limits


class Loss(msgspec.Struct, frozen=True):
    """Changes of one device that are missing from one document.

    `again` is how many statements and records were found elsewhere in the store, and written once more. `first` and
    `last` bound when they were written, in milliseconds, where that is known; `holders` are the devices
    that confirmed to have them.
    """

    place: str
    device: str
    count: int
    again: int
    first: int | None
    last: int | None
    holders: tuple[str, ...]
    mine: bool  # by this device
    private: bool
    core: bool


def sentences(losses: Sequence[Loss]) -> Iterator[str]:
    """One for each loss, and what to look out for."""
    for loss in losses:
        what = "1 change" if loss.count == 1 else f"{loss.count:,} changes"
        yield f"{loss.place}: {what} by {loss.device}, written {_when(loss)}, could not be read. {_whence(loss)}"
        if loss.again:
            yield f"{loss.place}: {loss.again:,} of your own entries were found in a second place, and written again."
    if any(loss.core for loss in losses):
        yield (
            "Among what is missing there may be a pause, a no or a withdrawal. Until it is back, what is shown of "
            "consents may be older than what was said: say again what you know to have said, and ask each other."
        )


def day(milliseconds: int) -> str:
    """A day, in UTC, as it is written."""
    moment = datetime.fromtimestamp(min(max(milliseconds, 0), limits.MOMENT_MILLISECONDS_MAX) / 1_000, UTC)
    return f"{moment.day} {moment:%B} {moment.year}"


def _when(loss: Loss) -> str:
    first = None if loss.first is None else day(loss.first)
    last = None if loss.last is None else day(loss.last)
    if first is not None and last is not None:
        return f"on {first}" if first == last else f"between {first} and {last}"
    if first is not None:
        return f"on {first} or later"
    return "at a time that is not known" if last is None else f"by {last}"


def _whence(loss: Loss) -> str:
    if loss.private:
        return "They were on this device alone: only a backup from before has them."
    if loss.holders:
        return f"{' and '.join(loss.holders)} confirmed to have them; they come back with the next connection."
    if loss.mine:
        return "No other device has confirmed to have them; if one does, they come back with the next connection."
    return f"They come back with the next connection to {loss.device}, or to another device that has them."
