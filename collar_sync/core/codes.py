"""Pairing codes as people read, say and type them: eight digits. Knows nothing of what a code is used for."""

import hashlib
import unicodedata
from typing import Final

from collar_sync.core.mishaps import Mishap
from collar_sync.errors import InvalidInput

CODE_DIGITS: Final = 8
ENTROPY_BYTES: Final = 16
_NAMEPLATE_DIGITS: Final = 2


def new_code(entropy: bytes) -> str:
    """Make a code as it is shown, `4829 1730`, from 16 bytes of fresh entropy."""
    if len(entropy) != ENTROPY_BYTES:
        raise InvalidInput("A code is made from 16 bytes of entropy.")
    digits = f"{int.from_bytes(entropy, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"
    return f"{digits[:4]} {digits[4:]}"


def normalise(code: str) -> str:
    """Reduce a code as somebody typed it to its 8 digits; spaces, dashes and the digits of any script are fine."""
    digits = ""
    for character in code:
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            digits += str(digit)
        elif not character.isspace() and unicodedata.category(character) != "Pd":
            raise Mishap.NOT_DIGITS.error()
    if len(digits) != CODE_DIGITS:
        raise Mishap.NOT_EIGHT.error(len(digits))
    return digits


def nameplate(code: str) -> bytes:
    """The announced key of a code: from its first two digits alone."""
    return hashlib.sha256(b"collar/nameplate/1" + code[:_NAMEPLATE_DIGITS].encode()).digest()
