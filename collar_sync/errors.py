"""Every error of this library, on one page.

Who is to blame decides the answer: a `LocalError` is our caller's to mend, a `PeerError` ends a connection and leaves
the node running, a `StoreError` stops writing before anything more can be lost. The text of each is a sentence for a
person. Foreign exceptions become one of these in the one module that imports the foreign library.
"""

from typing import Literal


class CollarError(Exception):
    """Anything this library raises on purpose."""


class LocalError(CollarError):
    """What our own caller asked for cannot be done."""


class NotAllowed(LocalError):
    """This person may not do that (grant for another, lift another's pause)."""


class NotFound(LocalError):
    """No such task, consent, person, space or document here."""


class NewerVersion(LocalError):
    """A newer version of the app wrote this; it is kept as it is, and cannot be overwritten here."""


class InvalidInput(LocalError):
    """A value outside its bounds or not of its form."""


class WrongCode(LocalError):
    """The pairing code did not match; it is burnt on both sides."""


class PairingFailed(LocalError):
    """Pairing ended before both sides were sure, for another reason than the code."""


How = Literal["refused", "silent", "no way", "strange", "unanswered"]
"""What came of a call: turned away, no answer, no way there, an answer of something else, or a key nobody knows."""


class Unreachable(LocalError):
    """No device answered at that address or for that code."""

    def __init__(self, sentence: str, how: How = "silent") -> None:
        super().__init__(sentence)
        self.how = how


class Closed(LocalError):
    """The device, space or connection was closed."""


class PeerError(CollarError):
    """A peer sent something no honest, current peer sends; its connection is closed with this reason."""


def refused(device: str, error: CollarError) -> str:
    """What a person reads of a device that sent such a thing: what it means, what to do, and then what was amiss."""
    return (
        f"{device} was refused: what it sent does not fit this record, and none of it was kept. If it goes on, see "
        "that both have the newest version of this app; if that does not help, begin anew with that one. What was "
        f"amiss, for whoever looks into it: {error}"
    )


class HandshakeFailed(PeerError):
    """The other end could not prove a key we know, or took too long."""


class InvalidFrame(PeerError):
    """Bytes that are no valid frame, record or message."""


class OtherVersion(PeerError):
    """The peer and this device speak no common version of the protocol; nobody did wrong."""


class InvalidChange(PeerError):
    """An Automerge change that is malformed, non-canonical, out of place or beyond the wire's bounds."""


class CausesMissing(InvalidChange):
    """A change came without what it depends on."""


class UnknownAuthor(PeerError):
    """A change by a device that is not (yet) enrolled here; asked for again after the core document."""


class InvalidSignature(PeerError):
    """A tip whose signature does not verify, or that names another change than the one that came."""


class Equivocation(PeerError):
    """Two different changes of one (actor, seq), both signed: proof of altered software or a copied store."""


class StoreError(CollarError):
    """The store cannot be read or written; nothing was overwritten."""


class WrongPassphrase(StoreError):
    """The passphrase does not open this store; the store is untouched."""

    def __init__(self) -> None:
        super().__init__("That is not the passphrase. Nothing was changed. Try again.")


class StoreDamaged(StoreError):
    """The store file fails its integrity check."""


class StoreInUse(StoreError):
    """Another process has this store open."""
