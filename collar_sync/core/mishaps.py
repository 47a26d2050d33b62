"""Everything that can go wrong while pairing, on one page: each with its own sentence and a way on.

The sentence is what a person reads. `local` ones are about this device, the others about what came from the far end;
who is told what is decided elsewhere. A test makes each of them happen for real.
"""

import enum

from collar_sync.errors import InvalidInput, LocalError, NotAllowed, NotFound, PairingFailed, Unreachable, WrongCode


class Mishap(enum.Enum):
    """One way in which pairing fails: the kind of its error, and the sentence, `{}` where it names a number."""

    def __init__(self, kind: type[LocalError], *sentence: str) -> None:
        self._kind = kind
        self.sentence = "".join(sentence)

    # what was typed
    NOT_DIGITS = InvalidInput, "A pairing code is 8 digits and nothing else, like 4829 1730. Please type it again."
    NOT_EIGHT = (
        InvalidInput,
        "A pairing code is 8 digits, like 4829 1730, and this has {}. Please look at the other screen again.",
    )
    NO_ADDRESS = (
        InvalidInput,
        "An address looks like 192.168.1.20:41234, with the number behind the colon, as it stands on the other screen.",
    )
    NO_NAME = InvalidInput, "A name is one line of 1 to 80 characters that can all be seen, one letter at least."
    OWN_CODE = InvalidInput, "That is the code on this device's own screen. Type it on the other device."

    # before anything is sent
    NOT_LISTENING = (
        LocalError,
        "This device does not listen, so nobody can join through it. Show the code on another device, or open this ",
        "one with an address.",
    )
    NO_SUCH_SPACE = NotFound, "There is no such record on this device."
    NOT_HERE_YET = (
        PairingFailed,
        "This record is not here yet. It comes by itself, once this laptop and the one that showed the code are both ",
        "on and in one network. If it does not come, join again with a new code of anybody in it. If the other person ",
        "said no, erase it here.",
    )
    SHOWING_ALREADY = LocalError, "A code is being shown already. Close that one first."
    JOINING_ALREADY = LocalError, "This device is joining already. Stop that first."
    TOO_SOON = (
        NotAllowed,
        "Several tries with wrong codes failed, so no new code is shown for now. Wait {} seconds, and make sure that ",
        "it was the two of you who tried.",
    )

    # nobody there
    NOBODY = (
        Unreachable,
        "Nobody on this network shows that code now. If it is gone from the other screen, it ran out, was stopped, or ",
        "was used up by a first try, whoever made it: ask for a new one. If it is still there, check that both ",
        "devices are on the same network, or type the other device's address as well.",
    )
    NOT_SHOWN = (
        Unreachable,
        "The device at that address shows no such code now. If it is gone from the other screen, it ran out, was ",
        "stopped, or was used up by a first try, whoever made it: ask for a new one. If it is still there, check the ",
        "address.",
    )
    UNUSED = PairingFailed, "Nobody used the code within five minutes. Show a new one to try again."

    # the other end
    WRONG_CODE = WrongCode, "The code did not match. It is used up now: ask for a new one, and try again."
    NEWER_THERE = (
        PairingFailed,
        "The other device runs a newer version of this app. Update the app on this device, then use a new code.",
    )
    OLDER_THERE = (
        PairingFailed,
        "The other device runs an older version of this app. Update the app on that device, then use a new code.",
    )
    HERE_ALREADY = (
        PairingFailed,
        "This device is in that record already, so there is nothing to pair. The two find each other by themselves.",
    )
    OTHERWISE_HERE = (
        PairingFailed,
        "This device is in that record already, and the code would let it in as somebody else's. Ask for a code that ",
        "is meant for it, or erase that record here first and use a new code.",
    )
    OVER_HERE = (
        PairingFailed,
        "This device was in that record before, and its part there is over. To be let in anew, erase that record here ",
        "first, with what is yours alone there; a copy keeps that for you. Then use a new code.",
    )
    THERE_ALREADY = (
        PairingFailed,
        "That device is in this record already, so there is nothing to pair. The two find each other by themselves.",
    )
    GONE_HERE = (
        PairingFailed,
        "This device was removed from that record, or its person has left it. To come back, erase it here first, then ",
        "use a new code.",
    )
    GONE_THERE = (
        PairingFailed,
        "That device was removed from this record, or its person has left it. To let it in again, its person erases ",
        "the record there first; then show a new code.",
    )
    STOPPED_THERE = (
        PairingFailed,
        "Pairing was stopped on the other device, and nothing was kept. Use a new code when you are both ready.",
    )
    BROKE_OFF = (
        PairingFailed,
        "The connection broke off while pairing. The code is used up now: ask for a new one, and try again.",
    )
    WENT_SILENT = (
        PairingFailed,
        "The other device stopped answering in the middle of pairing. Check that it is awake, then use a new code.",
    )
    DISTURBED = (
        PairingFailed,
        "Something that was no part of the pairing came in between. Please try again with a new code.",
    )
    OVER = PairingFailed, "This code is used up. Make a new one, and try again."

    # the three words
    DIFFER_HERE = (
        PairingFailed,
        "You said that the words differ, so nothing was kept on either device. Something may stand in between: try ",
        "again with a new code, on a network you trust.",
    )
    DIFFER_THERE = (
        PairingFailed,
        "The other person said that the words differ, so nothing was kept on either device. Something may stand in ",
        "between: try again with a new code, on a network you trust.",
    )
    NOT_COMPARED = (
        PairingFailed,
        "The words were not compared on both devices within five minutes, so nothing was kept. Use a new code when ",
        "you are both at hand.",
    )

    def error(self, *number: int) -> LocalError:
        """The error to raise or to answer with."""
        return self._kind(self.sentence.format(*number))
