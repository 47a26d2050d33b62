"""A lock before a running laptop: compares a passphrase with the one that opened it, and knows nothing else.

What is behind it stays decrypted in memory, as it was before; it keeps out whoever sits down at an open window.
"""

import hashlib
import hmac
import os
import unicodedata
from typing import Final

from collar_sync.errors import WrongPassphrase

_COST: Final = {"n": 1 << 14, "r": 8, "p": 1, "maxmem": 64 << 20}  # 16 MB and about 50 ms: felt by a guesser only


class Lock:
    """Takes the passphrase once and forgets it; what it keeps is a salted hash, in memory only."""

    def __init__(self, passphrase: str) -> None:
        self._salt = os.urandom(16)
        self._hash = self._of(passphrase)

    def __repr__(self) -> str:
        return "Lock()"

    def check(self, passphrase: str) -> None:
        """Raise `WrongPassphrase` where it is another; takes a moment, so not for the loop."""
        if not hmac.compare_digest(self._of(passphrase), self._hash):
            raise WrongPassphrase

    def _of(self, passphrase: str) -> bytes:
        raw = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
        return hashlib.scrypt(raw, salt=self._salt, **_COST)
