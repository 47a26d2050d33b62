"""Whoever knows the code and runs altered software: what it says about itself is held against what it proved."""

import msgspec
import pytest

from collar_sync import ids
from collar_sync.core import identity, pairing
from collar_sync.core.identity import Keys
from collar_sync.core.pairing import Inviter
from collar_sync.core.pairing_frames import (
    Joining,
    Offer,
    Step,
    body_of,
    frame_of,
    pack,
)
from collar_sync.errors import HandshakeFailed
from tests.core.two_who_pair import (
    ALEX,
    CODE,
    EVE,
    SAM,
    alex_shows,
    an_offer,
    assert_burnt,
    entropy_of,
    introduce,
    sam_types,
    sent,
)


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
