"""Eight digits said aloud pair two devices; whoever lacks them gets one visible try, and learns nothing from it."""

import hashlib
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spake2 import SPAKE2_A

from collar_sync import ids, limits
from collar_sync.core import codes, identity, pairing
from collar_sync.core.channel import padded_bytes
from collar_sync.core.identity import Keys
from collar_sync.core.pairing import Inviter, Joiner, PairingStep
from collar_sync.core.pairing_frames import (
    FRAME_BYTES,
    VERSION,
    Joining,
    Offer,
    Reason,
    Step,
    Verdict,
    body_of,
    frame_of,
    pack,
    refusal,
)
from collar_sync.errors import HandshakeFailed, InvalidInput, PairingFailed, WrongCode

ALEX, SAM, EVE = (Keys.derive(name * 32, b"salt of a space!") for name in (b"a", b"s", b"e"))
CODE, WRONG = "4829 1730", "4829 1731"
PINNED_WIRE = "b9daa8cd24e5386058e7de6be1a3d9f9bd28cdc5298bc3a63ef2468ed5e545e9"


def entropy_of(seed: bytes) -> Callable[[int], bytes]:
    """Draw bytes that a test can draw again."""
    count = 0

    def draw(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(seed + b"%d" % count).digest(size)

    return draw


def an_offer(keys: Keys = ALEX, space_name: str = "Us", device_name: str = "Alex's laptop") -> Offer:
    return Offer(
        space=ids.space_id(b"s" * 16),
        space_name=space_name,
        person=identity.person_of(keys.device),
        person_name="Alex",
        device_name=device_name,
        public=keys.public,
    )


def alex_shows(code: str = CODE, offer: Offer | None = None, keys: Keys = ALEX, seed: bytes = b"alex") -> Inviter:
    return Inviter(code, offer or an_offer(keys), keys.exchange_secret, entropy_of(seed))


def sam_types(code: str = CODE, keys: Keys = SAM, seed: bytes = b"sam", name: str = "Sam") -> Joiner:
    return Joiner(code, keys, name, "Sam's laptop", entropy_of(seed))


def sent(step: PairingStep) -> bytes:
    assert step.send is not None
    return step.send


def frames_of(inviter: Inviter, joiner: Joiner) -> list[bytes]:
    """Every frame of a pairing that goes well, in order."""
    frames = [joiner.start()]
    frames.append(sent(inviter.receive(frames[-1])))
    frames.append(sent(joiner.receive(frames[-1])))
    frames.append(sent(inviter.receive(frames[-1])))
    frames.append(sent(joiner.receive(frames[-1])))
    assert inviter.receive(frames[-1]).joined is not None
    frames.append(joiner.decide(Verdict.YES))
    assert inviter.receive(frames[-1]).verdict is Verdict.YES
    frames.append(inviter.welcome())
    assert joiner.receive(frames[-1]).verdict is Verdict.YES
    return frames


def introduce(alex: Inviter, sam: Joiner) -> None:
    """Up to the three words on both screens."""
    alex.receive(sent(sam.receive(sent(alex.receive(sent(sam.receive(sent(alex.receive(sam.start())))))))))


def assert_burnt(side: Inviter | Joiner, *frames: bytes) -> None:
    for frame in (*frames, b"", refusal(Reason.WRONG_CODE)):
        with pytest.raises(PairingFailed):
            side.receive(frame)
    assert side.words is None
    if isinstance(side, Inviter):
        with pytest.raises(PairingFailed):
            side.welcome()


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


# --- a joiner or inviter who knows the code, with altered software ---


def _joining(keys: Keys, name: str = "Sam") -> Joining:
    return Joining(keys.public, name, "Sam's laptop", sam_types()._nonce)


@pytest.mark.parametrize(
    "says",
    [
        _joining(EVE),
        _joining(SAM, name=""),
        _joining(SAM, name="x" * 81),
        _joining(SAM, name="two\nlines"),
    ],
    ids=["keys of another device", "no name", "a name too long", "a name of two lines"],
)
def test_a_joiner_that_lies_about_itself_is_refused(says: Joining) -> None:
    alex, sam = alex_shows(), sam_types()
    offer = sent(alex.receive(sent(sam.receive(sent(alex.receive(sam.start()))))))
    sam._handshake.read(body_of(offer, Step.OFFER)[32:])
    with pytest.raises(HandshakeFailed):
        alex.receive(frame_of(Step.JOIN, sam._handshake.write(pack(says))))
    assert_burnt(alex)


def test_nothing_is_said_behind_what_a_payload_says() -> None:
    alex, sam = alex_shows(), sam_types()
    offer = sent(alex.receive(sent(sam.receive(sent(alex.receive(sam.start()))))))
    sam._handshake.read(body_of(offer, Step.OFFER)[32:])
    with pytest.raises(HandshakeFailed):
        alex.receive(frame_of(Step.JOIN, sam._handshake.write(pack(_joining(SAM))[:-1] + b"!")))
    assert_burnt(alex)


@pytest.mark.parametrize(
    "signed",
    [
        bytes(64),
        SAM.sign(identity.enrol_message(an_offer().space, EVE.device, SAM.public, identity.person_of(SAM.device))),
        SAM.sign(
            identity.enrol_message(ids.space_id(b"t" * 16), ALEX.device, SAM.public, identity.person_of(SAM.device))
        ),
        SAM.sign(identity.enrol_message(an_offer().space, ALEX.device, SAM.public, identity.person_of(ALEX.device))),
        EVE.sign(identity.enrol_message(an_offer().space, ALEX.device, SAM.public, identity.person_of(SAM.device))),
    ],
    ids=["no signature", "enrolled by another", "another space", "as another person", "by another device"],
)
def test_a_yes_without_the_signature_of_this_enrolment_is_no_yes(signed: bytes) -> None:
    alex, sam = alex_shows(), sam_types()
    introduce(alex, sam)
    assert sam._sending is not None
    with pytest.raises(HandshakeFailed):
        alex.receive(frame_of(Step.DECIDE, sam._sending.encrypt(b"", b"\x01" + signed)))


@pytest.mark.parametrize(
    "offer",
    [
        an_offer(EVE),
        msgspec.structs.replace(an_offer(), space="space_x"),
        msgspec.structs.replace(an_offer(), space=identity.person_of(ALEX.device)),
        msgspec.structs.replace(an_offer(), person="Alex"),
    ],
    ids=["keys of another device", "no space", "a person for a space", "no person"],
)
def test_an_inviter_that_lies_about_itself_is_refused(offer: Offer) -> None:
    alex, sam = Inviter(CODE, offer, ALEX.exchange_secret, entropy_of(b"alex")), sam_types()
    proof = sam.receive(sent(alex.receive(sam.start())))
    with pytest.raises(HandshakeFailed):
        sam.receive(sent(alex.receive(sent(proof))))
    assert sam.offer is None
    assert_burnt(sam)


def test_the_fresh_key_that_was_announced_is_the_one_that_is_used() -> None:
    alex, sam = alex_shows(), sam_types()
    answer = sent(alex.receive(sam.start()))
    sam._ephemeral = b"another fresh key of 32 bytes..."
    with pytest.raises(HandshakeFailed):
        alex.receive(sent(sam.receive(answer)))
    assert_burnt(alex)

    alex, sam = alex_shows(), sam_types()
    proof = sent(sam.receive(sent(alex.receive(sam.start()))))
    alex._ephemeral = b"another fresh key of 32 bytes..."
    with pytest.raises(HandshakeFailed):
        sam.receive(sent(alex.receive(proof)))
    assert_burnt(sam)


def test_an_offer_in_the_name_of_another_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    alex, sam = alex_shows(), sam_types()
    proof = sam.receive(sent(alex.receive(sam.start())))
    monkeypatch.setattr(pairing, "pack", lambda _: pack(an_offer(EVE)))
    offer = alex.receive(sent(proof))
    monkeypatch.undo()
    with pytest.raises(HandshakeFailed):
        sam.receive(sent(offer))
    assert_burnt(sam)


def test_a_device_does_not_pair_with_itself() -> None:
    alex, mirror = alex_shows(), sam_types(keys=ALEX)
    proof = mirror.receive(sent(alex.receive(mirror.start())))
    offer = sent(alex.receive(sent(proof)))
    mirror._handshake.read(body_of(offer, Step.OFFER)[32:])
    with pytest.raises(HandshakeFailed):
        alex.receive(frame_of(Step.JOIN, mirror._handshake.write(pack(_joining(ALEX)))))

    alex, mirror = alex_shows(), sam_types(keys=ALEX)
    proof = mirror.receive(sent(alex.receive(mirror.start())))
    with pytest.raises(HandshakeFailed):
        mirror.receive(sent(alex.receive(sent(proof))))


# --- codes and names as people write them ---


@pytest.mark.parametrize(
    "typed",
    [
        "48291730",
        "4829 1730",
        " 4829-1730 ",
        "48 29 17 30",
        "4829\N{EN DASH}1730",
        "4829\N{EM DASH}1730",
        "4829\u00a01730\n",
        "\uff14\uff18\uff12\uff19\uff11\uff17\uff13\uff10",
        "\u0664\u0668\u0662\u0669\u0661\u0667\u0663\u0660",
    ],
)
def test_a_code_is_understood_however_it_is_typed(typed: str) -> None:
    assert codes.normalise(typed) == "48291730"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "this has 0"),
        ("4829 173", "this has 7"),
        ("4829 17300", "this has 9"),
        ("4829 173O", "8 digits and nothing else"),
        ("4829.1730", "8 digits and nothing else"),
        ("²8291730", "8 digits and nothing else"),
    ],
)
def test_a_code_that_cannot_be_one_is_explained_before_anything_is_sent(typed: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told) as caught:
        sam_types(typed)
    assert str(caught.value).endswith(".")
    with pytest.raises(InvalidInput):
        alex_shows(typed)


@given(entropy=st.binary(min_size=16, max_size=16))
def test_every_code_is_shown_in_two_groups_of_four_and_read_back(entropy: bytes) -> None:
    code = codes.new_code(entropy)
    assert (len(code), code[4]) == (9, " ")
    assert codes.normalise(code) == code.replace(" ", "")


def test_codes_use_every_digit_in_every_place() -> None:
    made = [codes.new_code(hashlib.md5(b"%d" % number).digest()) for number in range(400)]  # noqa: S324 - 16 bytes
    assert all({code[place] for code in made} == set("0123456789") for place in (0, 1, 2, 3, 5, 6, 7, 8))


def test_a_code_needs_its_full_entropy() -> None:
    for size in (0, 15, 17):
        with pytest.raises(InvalidInput):
            codes.new_code(bytes(size))


@pytest.mark.parametrize(
    "name",
    ["", "   ", "x" * 81, "two\nlines", "bell\a", "broken\ud800", "line\u2028line", "tur\u202en", "un\u200bseen"],
)
def test_a_name_that_cannot_be_shown_is_refused_to_whoever_gives_it(name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        sam_types(name=name)
    with pytest.raises(InvalidInput, match="name"):
        alex_shows(offer=an_offer(space_name=name))


@pytest.mark.parametrize("name", ["S", "Sam & Alex", "Ümläut", "サム", "👩‍👩‍👧 family", "x" * 80])
def test_ordinary_names_are_kept_as_they_are(name: str) -> None:
    sam = sam_types(name=name)
    alex = alex_shows()
    offer = sam.receive(sent(alex.receive(sent(sam.receive(sent(alex.receive(sam.start())))))))
    joined = alex.receive(sent(offer)).joined
    assert joined is not None
    assert joined.person_name == name


def test_neither_side_shows_its_code_when_printed() -> None:
    for side in (alex_shows(), sam_types()):
        assert "4829" not in repr(side)
