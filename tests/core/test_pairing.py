"""Pairing by a short code: what each side learns, the three words, and what a wrong code comes to."""

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collar_sync import ids, limits
from collar_sync.core import identity
from collar_sync.core.channel import padded_bytes
from collar_sync.core.pairing import Joiner, PairingStep
from collar_sync.core.pairing_frames import (
    FRAME_BYTES,
    Reason,
    Verdict,
    refusal,
)
from collar_sync.errors import HandshakeFailed, PairingFailed, WrongCode
from tests.core.two_who_pair import (
    ALEX,
    CODE,
    EVE,
    SAM,
    WRONG,
    alex_shows,
    an_offer,
    assert_burnt,
    entropy_of,
    frames_of,
    introduce,
    sam_types,
    sent,
)

PINNED_WIRE = "b9daa8cd24e5386058e7de6be1a3d9f9bd28cdc5298bc3a63ef2468ed5e545e9"


# --- going well ---


def test_the_right_code_tells_each_side_who_the_other_is() -> None:
    alex, sam = alex_shows(), sam_types("48-29 17 30")
    proving = sam.receive(sent(alex.receive(sam.start())))
    offered = sam.receive(sent(alex.receive(sent(proving))))
    assert (offered.offer, sam.offer, offered.verdict) == (an_offer(), an_offer(), None)
    joined = alex.receive(sent(offered)).joined
    assert joined is not None
    assert (joined.public, joined.person_name, joined.device_name) == (SAM.public, "Sam", "Sam's laptop")
    said = alex.receive(sam.decide(Verdict.YES))
    message = identity.enrol_message(an_offer().space, ALEX.device, SAM.public, identity.person_of(SAM.device))
    assert said.verdict is Verdict.YES
    assert identity.verify(SAM.public.signing, message, said.proof)
    assert sam.receive(alex.welcome()).verdict is Verdict.YES


def test_both_screens_show_the_same_words_and_others_each_time() -> None:
    seen = []
    for seed in (b"one evening", b"another"):
        alex, sam = alex_shows(seed=seed), sam_types(seed=seed)
        assert (alex.words, sam.words) == (None, None)
        frames_of(alex, sam)
        assert alex.words == sam.words
        assert alex.words is not None
        seen.append(alex.words)
    assert seen[0] != seen[1]


def test_a_pairing_reads_on_the_wire_as_it_did_in_the_first_version() -> None:
    frames = frames_of(alex_shows(), sam_types())
    assert [frame[:2].hex() for frame in frames] == ["0201", "0202", "0203", "0204", "0205", "0206", "0207"]
    assert (
        {len(frame) for frame in (*frames, refusal(Reason.STOPPED))}
        == {padded_bytes(FRAME_BYTES - 20) + 16}
        == {FRAME_BYTES}
    )
    assert hashlib.sha256(b"".join(frames)).hexdigest() == PINNED_WIRE


def test_no_frame_shows_a_name_a_key_an_id_or_the_code_nor_how_long_the_names_are() -> None:
    frames = frames_of(alex_shows(), sam_types())
    wire = b"".join(frames)
    for keys in (ALEX, SAM):
        assert keys.public.exchange not in wire
        assert keys.public.signing not in wire
    assert not any(text in wire for text in (b"Alex", b"laptop", b"Us\0", b"Sam", b"4829", ids.raw_bytes(ALEX.device)))
    longer = alex_shows(offer=an_offer(space_name="The two of us and a long name"))
    assert [len(frame) for frame in frames_of(longer, sam_types(name="Samantha of the hills"))] == list(
        map(len, frames)
    )


def test_names_of_the_greatest_size_in_any_script_fit() -> None:
    name = "\N{SMILING FACE WITH SMILING EYES}" * limits.NAME_CHARACTERS_MAX
    alex = alex_shows(offer=an_offer(space_name=name, device_name=name))
    sam = Joiner(CODE, SAM, name, name, entropy_of(b"sam"))
    frames_of(alex, sam)
    assert sam.offer is not None
    assert sam.offer.space_name == name


def test_the_welcome_is_given_once_and_only_to_whom_joined() -> None:
    alex, sam = alex_shows(), sam_types()
    with pytest.raises(PairingFailed):
        alex.welcome()
    frames_of(alex, sam)
    with pytest.raises(PairingFailed):
        alex.welcome()
    with pytest.raises(PairingFailed):
        alex.receive(b"")
    with pytest.raises(PairingFailed):
        sam.receive(b"")
    with pytest.raises(PairingFailed):
        sam.start()


# --- the wrong code ---


def test_a_wrong_code_is_told_on_both_sides_and_burnt_on_both() -> None:
    alex, sam = alex_shows(), sam_types(WRONG)
    guess = sent(sam.receive(sent(alex.receive(sam.start()))))
    with pytest.raises(WrongCode):
        alex.receive(guess)
    with pytest.raises(WrongCode):
        sam.receive(refusal(Reason.WRONG_CODE))
    assert_burnt(alex, guess, sam_types().start())
    assert_burnt(sam)
    assert sam.offer is None


def test_whoever_pretends_to_show_the_code_is_found_out() -> None:
    eve, sam = alex_shows(WRONG, keys=EVE), sam_types()
    guess = sent(sam.receive(sent(eve.receive(sam.start()))))
    with pytest.raises(WrongCode):
        eve.receive(guess)
    forged = sent(alex_after_offer())
    with pytest.raises(WrongCode):
        sam.receive(forged)
    assert sam.offer is None
    assert_burnt(sam)


def alex_after_offer() -> PairingStep:
    alex, sam = alex_shows(), sam_types(seed=b"another sam")
    return alex.receive(sent(sam.receive(sent(alex.receive(sam.start())))))


@given(guess=st.integers(0, 10**8 - 1).filter(lambda number: number != 48291730))
@settings(max_examples=8, deadline=None)
def test_no_other_code_lets_anybody_in(guess: int) -> None:
    alex, sam = alex_shows(), sam_types(f"{guess:08}")
    with pytest.raises(WrongCode):
        alex.receive(sent(sam.receive(sent(alex.receive(sam.start())))))
    assert_burnt(alex)


def test_a_refusal_before_the_code_was_tried_is_no_word_on_the_code() -> None:
    sam = sam_types()
    sam.start()
    with pytest.raises(HandshakeFailed):
        sam.receive(refusal(Reason.WRONG_CODE))
    assert_burnt(sam)


# --- two people, three words ---


@pytest.mark.parametrize("verdict", [Verdict.DIFFER, Verdict.STOPPED, Verdict.LATE])
def test_a_no_of_either_side_reaches_the_other_sealed_and_carries_no_signature(verdict: Verdict) -> None:
    alex, sam = alex_shows(), sam_types()
    introduce(alex, sam)
    said = alex.receive(sam.decide(verdict))
    assert (said.verdict, said.proof) == (verdict, bytes(64))

    alex, sam = alex_shows(), sam_types()
    introduce(alex, sam)
    assert sam.receive(alex.welcome(verdict)).verdict is verdict
    with pytest.raises(PairingFailed):
        alex.welcome()


def test_a_yes_and_a_no_look_alike_to_whoever_listens() -> None:
    lengths = []
    for verdict in Verdict:
        alex, sam = alex_shows(), sam_types()
        introduce(alex, sam)
        lengths.append((len(sam.decide(verdict)), len(alex.welcome(verdict))))
    assert len(set(lengths)) == 1


def test_nobody_is_let_in_who_did_not_say_yes() -> None:
    alex, sam = alex_shows(), sam_types()
    introduce(alex, sam)
    with pytest.raises(HandshakeFailed):
        sam.receive(alex.welcome(Verdict.YES))
    with pytest.raises(PairingFailed):
        sam_types().decide(Verdict.YES)
    alex, sam = alex_shows(), sam_types()
    introduce(alex, sam)
    sam.decide(Verdict.DIFFER)
    with pytest.raises(PairingFailed):
        sam.decide(Verdict.YES)


def test_once_there_are_words_nothing_unsealed_ends_it() -> None:
    alex, sam = alex_shows(), sam_types()
    introduce(alex, sam)
    for side in (alex, sam):
        with pytest.raises(HandshakeFailed):
            side.receive(refusal(Reason.STOPPED))


def test_a_device_of_the_same_person_signs_that_it_is_one_and_another_person_cannot_be_made_of_it() -> None:
    own = msgspec.structs.replace(an_offer(), own=True)
    alex, sam = alex_shows(offer=own), sam_types()
    introduce(alex, sam)
    assert sam.offer == own
    said = alex.receive(sam.decide(Verdict.YES))
    as_alex = identity.enrol_message(own.space, ALEX.device, SAM.public, own.person)
    as_sam = identity.enrol_message(own.space, ALEX.device, SAM.public, identity.person_of(SAM.device))
    assert identity.verify(SAM.public.signing, as_alex, said.proof)
    assert not identity.verify(SAM.public.signing, as_sam, said.proof)
