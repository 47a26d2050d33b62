"""Somebody between two who pair, again, or with altered frames: the words differ, or nothing comes of it."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spake2 import SPAKE2_A

from collar_sync.core import identity, pairing
from collar_sync.core.pairing_frames import (
    FRAME_BYTES,
    VERSION,
    Joining,
    Reason,
    Step,
    Verdict,
    body_of,
    frame_of,
    pack,
)
from collar_sync.errors import HandshakeFailed, PairingFailed, WrongCode
from tests.core.two_who_pair import (
    EVE,
    WRONG,
    alex_shows,
    an_offer,
    assert_burnt,
    frames_of,
    introduce,
    sam_types,
    sent,
)

# --- someone in between, again, or altered ---


def test_whoever_knows_the_code_and_stands_in_between_makes_the_two_screens_show_other_words() -> None:
    alex, sam = alex_shows(), sam_types()
    to_alex, to_sam = sam_types(keys=EVE, seed=b"eve"), alex_shows(offer=an_offer(EVE), keys=EVE, seed=b"eve")
    introduce(alex, to_alex)
    introduce(to_sam, sam)
    assert alex.words == to_alex.words
    assert sam.words == to_sam.words
    assert sam.words != alex.words


def test_whoever_joins_cannot_look_for_something_to_say_that_gives_the_words_of_another_screen() -> None:
    """With three words, some minutes of looking would be enough, or seconds on many processors."""
    seen = set()
    for number in range(40):
        alex, eve = alex_shows(), sam_types(keys=EVE)
        offer = sent(alex.receive(sent(eve.receive(sent(alex.receive(eve.start()))))))
        eve._handshake.read(body_of(offer, Step.OFFER)[32:])
        said = Joining(EVE.public, "Sam", f"laptop {number}", eve._nonce)
        alex.receive(frame_of(Step.JOIN, eve._handshake.write(pack(said))))
        seen.add(alex.words)
    assert len(seen) == 1


def test_whoever_joins_shows_the_nonce_that_its_first_frame_was_made_with() -> None:
    alex, eve = alex_shows(), sam_types(keys=EVE)
    hello = eve.start()
    assert eve._nonce not in hello
    offer = sent(alex.receive(sent(eve.receive(sent(alex.receive(hello))))))
    eve._handshake.read(body_of(offer, Step.OFFER)[32:])
    other = Joining(EVE.public, "Sam", "laptop", bytes(32))
    with pytest.raises(HandshakeFailed):
        alex.receive(frame_of(Step.JOIN, eve._handshake.write(pack(other))))
    assert_burnt(alex)


def test_whoever_shows_a_code_has_said_all_that_makes_the_words_before_the_nonce_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pairing, "_commitment", lambda _nonce: bytes(32))  # so that all but the nonce is the same
    seen = set()
    for number in range(40):
        eve, sam = alex_shows(offer=an_offer(EVE), keys=EVE), sam_types()
        sam._nonce = hashlib.sha256(b"%d" % number).digest()
        before = [sam.start()]
        before.append(sent(eve.receive(before[-1])))
        before.append(sent(sam.receive(before[-1])))
        before.append(sent(eve.receive(before[-1])))
        assert not any(sam._nonce in frame for frame in before)
        eve.receive(sent(sam.receive(before[-1])))
        assert eve.words == sam.words
        seen.add(sam.words)
    assert len(seen) > 35, "what nobody but Sam's device knew decides them"


def test_someone_in_the_middle_with_a_guess_of_their_own_gets_nothing() -> None:
    alex, sam = alex_shows(), sam_types()
    to_alex, to_sam = sam_types(WRONG, keys=EVE, seed=b"eve"), alex_shows(WRONG, keys=EVE, seed=b"eve")
    with pytest.raises(WrongCode):
        alex.receive(sent(to_alex.receive(sent(alex.receive(to_alex.start())))))
    with pytest.raises(WrongCode):
        to_sam.receive(sent(sam.receive(sent(to_sam.receive(sam.start())))))
    assert_burnt(alex)


def test_swapping_the_fresh_keys_in_the_middle_breaks_the_proofs() -> None:
    eve = identity.exchange_public(EVE.exchange_secret)
    alex, sam = alex_shows(), sam_types()
    hello = sam.start()
    answer = sent(alex.receive(hello[:3] + eve + hello[35:]))
    with pytest.raises(WrongCode):
        alex.receive(sent(sam.receive(answer)))

    alex, sam = alex_shows(), sam_types()
    answer = sent(alex.receive(sam.start()))
    with pytest.raises(WrongCode):
        alex.receive(sent(sam.receive(answer[:2] + eve + answer[34:])))


def test_frames_of_an_earlier_pairing_with_the_same_code_do_not_pair_again() -> None:
    recorded = frames_of(alex_shows(), sam_types())
    alex = alex_shows(seed=b"another evening")
    alex.receive(recorded[0])
    with pytest.raises(WrongCode):
        alex.receive(recorded[2])
    assert_burnt(alex, recorded[4])

    sam = sam_types(seed=b"another evening")
    sam.start()
    sam.receive(recorded[1])
    with pytest.raises(WrongCode):
        sam.receive(recorded[3])
    assert_burnt(sam, recorded[5])


def mirrored(hello: bytes) -> bytes:
    """A first frame in the form of an answer."""
    body = body_of(hello, Step.HELLO)
    return frame_of(Step.ANSWER, body[1:33] + body[65:])


def test_a_frame_sent_back_to_its_sender_ends_the_pairing() -> None:
    sam = sam_types()
    hello = sam.start()
    with pytest.raises(HandshakeFailed):
        sam.receive(hello)
    assert_burnt(sam)

    sam = sam_types()
    hello = sam.start()
    with pytest.raises(HandshakeFailed):
        sam.receive(mirrored(hello))

    sam = sam_types()
    hello = sam.start()
    other_side = hello[:67] + b"B" + hello[68:]
    with pytest.raises(HandshakeFailed):
        sam.receive(mirrored(other_side))

    alex, sam = alex_shows(), sam_types()
    proof = sent(sam.receive(sent(alex.receive(sam.start()))))
    offer = sent(alex.receive(proof))
    with pytest.raises(WrongCode):
        sam.receive(offer[:2] + proof[2:34] + offer[34:])


@pytest.mark.parametrize("version", [0, VERSION + 1, 255])
def test_another_version_is_told_apart_from_a_wrong_code_on_both_sides(version: int) -> None:
    alex, sam = alex_shows(), sam_types()
    hello = sam.start()
    which = "older" if version < VERSION else "newer"
    with pytest.raises(PairingFailed, match=f"runs a.? {which} version"):
        alex.receive(hello[:2] + bytes((version,)) + hello[3:] + b"more than is known here")
    assert_burnt(alex)
    with pytest.raises(PairingFailed, match=f"runs a.? {which} version"):
        sam.receive(frame_of(Step.REFUSE, bytes((Reason.OTHER_VERSION, version))))
    assert_burnt(sam)


def test_a_version_changed_on_the_way_breaks_the_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    sam = sam_types()
    hello = sam.start()
    monkeypatch.setattr("collar_sync.core.pairing_frames.VERSION", VERSION + 1)
    alex = alex_shows()
    answer = sent(alex.receive(hello[:2] + bytes((VERSION + 1,)) + hello[3:]))
    with pytest.raises(WrongCode):
        alex.receive(sent(sam.receive(answer)))


def test_a_skipped_or_doubled_frame_ends_the_pairing() -> None:
    recorded = frames_of(alex_shows(), sam_types())
    for begun, wrong in [(0, 1), (0, 2), (0, 4), (1, 0), (1, 4), (2, 0), (2, 2), (2, 3)]:
        alex = alex_shows()
        for frame in recorded[: 2 * begun : 2]:
            alex.receive(frame)
        with pytest.raises(HandshakeFailed):
            alex.receive(recorded[wrong])
        assert_burnt(alex, *recorded)


def altered(frame: bytes, at: int) -> bytes:
    """One byte is another; beyond the last, a zero too few or too many."""
    if at >= len(frame):
        return frame[:-1] if at == len(frame) else frame + b"\0"
    return frame[:at] + bytes((frame[at] ^ 1,)) + frame[at + 1 :]


@pytest.mark.parametrize("place", range(7))
def test_any_altered_byte_ends_the_pairing_on_the_side_that_reads_it(place: int) -> None:
    end = len(frames_of(alex_shows(), sam_types())[place].rstrip(b"\0"))
    ends = {end - 1, end + 1, *range(FRAME_BYTES - 1, FRAME_BYTES + 2)}
    for at in sorted({*range(2), *range(2, end, max(1, end // 12)), *ends}):
        alex, sam = alex_shows(), sam_types()
        ended = False
        frame = sam.start()
        for step in range(7):
            reader = (alex, sam, alex, sam, alex, alex, sam)[step]
            if step == place:
                frame = altered(frame, at)
            try:
                answer = reader.receive(frame)
            except (HandshakeFailed, PairingFailed, WrongCode):
                ended = True
                break
            if step == 4:
                frame = sam.decide(Verdict.YES)
            elif step == 5:
                frame = alex.welcome()
            elif step < 4:
                frame = sent(answer)
        assert ended, f"byte {at} of frame {place + 1}"
        assert (alex.words is None) or place >= 5


@given(frame=st.binary(max_size=80), padded=st.booleans())
@settings(max_examples=40)
def test_no_other_bytes_for_a_first_frame_do_more_than_burn_the_code(*, frame: bytes, padded: bool) -> None:
    alex = alex_shows()
    frame = frame.ljust(FRAME_BYTES, b"\0") if padded else frame
    with pytest.raises((HandshakeFailed, PairingFailed)):
        alex.receive(frame)
    assert_burnt(alex)


@given(point=st.binary(min_size=32, max_size=32))
@settings(max_examples=40, deadline=None)
def test_no_bytes_for_a_point_of_the_curve_escape_as_a_foreign_error(point: bytes) -> None:
    alex = alex_shows()
    try:
        step = alex.receive(frame_of(Step.HELLO, b"\x01" + bytes(64) + b"A" + point))
    except HandshakeFailed:
        assert_burnt(alex)
    else:
        assert step.joined is None


@pytest.mark.parametrize(
    "point",
    [
        b"\x01" + bytes(31),
        bytes(32),
        b"\xec" + b"\xff" * 30 + b"\x7f",
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    ],
    ids=["the neutral element", "order 4", "order 2", "order 8"],
)
def test_points_of_small_order_are_refused(point: bytes) -> None:
    with pytest.raises(HandshakeFailed):
        alex_shows().receive(frame_of(Step.HELLO, b"\x01" + bytes(64) + b"A" + point))


def test_whoever_knows_the_code_and_sends_a_point_that_cancels_out_gets_no_foreign_error() -> None:
    blinding = SPAKE2_A(b"48291730", entropy_f=bytes)
    blinding.start()
    point = blinding.my_blinding().scalarmult(blinding.pw_scalar).to_bytes()
    alex = alex_shows()
    try:
        step = alex.receive(frame_of(Step.HELLO, b"\x01" + bytes(64) + b"A" + point))
    except HandshakeFailed:
        assert_burnt(alex)
    else:
        assert step.joined is None
