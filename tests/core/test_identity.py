"""Keys come from one seed, and are never linked, printed or confused; names made from them agree on every device."""

import hashlib

import msgspec
import pytest

from collar_sync import ids
from collar_sync.core import identity
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.core.words import WORDS
from collar_sync.errors import InvalidInput, InvalidSignature
from collar_sync.ids import DeviceId, PersonId, SpaceId

SEED = bytes(range(32))
SALT = b"one space's salt"
SPACE = ids.space_id(b"s" * 16)
DOCUMENT = ids.document_id(b"d" * 16)

PINNED_KEYS = "8071385af53b803d29245658db719d92c10af8e492dfa874a04052109f97fe4c"
PINNED_DEVICE = "device_31b5fe095a5be23eec56fffb380312b0"
PINNED_WORDS = "2a9fe47f529f3022ceb7d67028785eea5255101ef1e4ad3ee1c3f36c0cefa114"

# RFC 5869, appendix A, test cases 1 to 3: secret, salt, info, output.
RFC_5869 = [
    (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        (
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        ),
    ),
    (
        "0b" * 22,
        "",
        "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]


@pytest.mark.parametrize(("secret", "salt", "info", "output"), RFC_5869)
def test_hkdf_gives_the_published_vectors_of_rfc_5869(secret: str, salt: str, info: str, output: str) -> None:
    expected = bytes.fromhex(output)
    found = identity.hkdf(bytes.fromhex(secret), bytes.fromhex(salt), bytes.fromhex(info), len(expected))
    assert found == expected


def test_one_seed_gives_the_same_keys_in_one_space_and_others_in_another() -> None:
    here, again, elsewhere = Keys.derive(SEED, SALT), Keys.derive(SEED, SALT), Keys.derive(SEED, b"other salt here!")
    assert here.public == again.public
    assert here.exchange_secret == again.exchange_secret
    assert {here.public.signing, here.public.exchange}.isdisjoint({elsewhere.public.signing, elsewhere.public.exchange})
    assert here.device != elsewhere.device


def test_the_keys_of_a_seed_stay_what_they_are_in_every_later_version() -> None:
    public = Keys.derive(SEED, SALT).public
    assert hashlib.sha256(public.signing + public.exchange).hexdigest() == PINNED_KEYS
    assert public.device == PINNED_DEVICE


@pytest.mark.parametrize(("seed", "salt"), [(SEED[:31], SALT), (SEED, SALT + b"x"), (b"", b"")])
def test_a_seed_or_salt_of_another_size_is_refused(seed: bytes, salt: bytes) -> None:
    with pytest.raises(InvalidInput):
        Keys.derive(seed, salt)


def test_no_printed_form_of_keys_shows_a_secret() -> None:
    keys = Keys.derive(SEED, SALT)
    shown = f"{keys} {keys!r} {[keys]} {keys!a}"
    for secret in (SEED, keys.exchange_secret, keys._signing_secret, keys._signing_secret[:32]):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown
    assert keys.device in shown


def test_keys_cannot_be_changed() -> None:
    keys = Keys.derive(SEED, SALT)
    with pytest.raises(AttributeError):
        keys.exchange_secret = b"x" * 32  # type: ignore[misc]


def test_a_signature_holds_for_its_message_and_key_only() -> None:
    keys, other = Keys.derive(SEED, SALT), Keys.derive(b"z" * 32, SALT)
    signature = keys.sign(b"I said this")
    assert len(signature) == 64
    assert identity.verify(keys.public.signing, b"I said this", signature)
    assert not identity.verify(keys.public.signing, b"I said that", signature)
    assert not identity.verify(other.public.signing, b"I said this", signature)
    assert not identity.verify(keys.public.signing, b"I said this", signature[:-1] + bytes((signature[-1] ^ 1,)))


@pytest.mark.parametrize("size", [0, 31, 33, 63, 65, 128])
def test_a_signature_or_key_of_another_size_is_refused_without_an_exception(size: int) -> None:
    keys = Keys.derive(SEED, SALT)
    signature = keys.sign(b"hello")
    assert not identity.verify(keys.public.signing, b"hello", bytes(size))
    assert not identity.verify(bytes(size), b"hello", signature)


def test_bytes_cannot_move_from_signature_to_message() -> None:
    keys = Keys.derive(SEED, SALT)
    signature = keys.sign(b"hello")
    assert not identity.verify(keys.public.signing, b"ello", signature + b"h")
    assert not identity.verify(keys.public.signing, signature[-1:] + b"hello", signature[:-1])


def test_swapping_either_key_gives_another_device() -> None:
    one, two = Keys.derive(SEED, SALT).public, Keys.derive(b"z" * 32, SALT).public
    devices = {PublicKeys(a.signing, b.exchange).device for a in (one, two) for b in (one, two)}
    assert len(devices) == 4


def test_public_keys_from_a_peer_have_exactly_their_sizes() -> None:
    public = Keys.derive(SEED, SALT).public
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(public), type=PublicKeys) == public
    for damaged in ([public.signing, public.exchange[:31]], [public.signing + b"x", public.exchange], [public.signing]):
        with pytest.raises(msgspec.ValidationError):
            msgspec.msgpack.decode(msgspec.msgpack.encode(damaged), type=PublicKeys)


def test_ids_made_from_one_hash_differ_by_what_they_name() -> None:
    device, statement = ids.device_id(b"x" * 16), ids.statement_id(b"x" * 32)
    person, space = identity.person_of(device), identity.space_of(statement)
    assert ids.is_id(person, "person")
    assert ids.is_id(space, "space")
    assert len({ids.raw_bytes(person), ids.raw_bytes(space), b"x" * 16}) == 3
    assert identity.person_of(device) == person


def test_a_document_is_known_by_its_space_and_name() -> None:
    other = ids.space_id(b"t" * 16)
    made = {identity.document_of(space, name) for space in (SPACE, other) for name in ("core", "chapter/1", "")}
    assert len(made) == 6
    assert identity.document_of(SPACE, "core") in made


def test_safety_words_are_the_same_on_both_screens_and_others_for_another_handshake() -> None:
    words = identity.safety_words(b"h" * 32, b"n" * 32)
    assert words == identity.safety_words(b"h" * 32, b"n" * 32)
    assert words != identity.safety_words(b"i" * 32, b"n" * 32)
    assert words != identity.safety_words(b"h" * 32, b"o" * 32)
    assert all(word in WORDS for word in words)


def test_safety_words_use_all_three_places_and_the_whole_list() -> None:
    seen = [identity.safety_words(number.to_bytes(32, "big"), bytes(32)) for number in range(4_000)]
    for place in range(3):
        assert len({words[place] for words in seen}) == 256


def test_no_safety_word_is_mistaken_for_another() -> None:
    assert len(WORDS) == len(set(WORDS)) == 256
    assert hashlib.sha256(" ".join(WORDS).encode()).hexdigest() == PINNED_WORDS  # their order is part of the wire
    for word in WORDS:
        assert word.isascii()
        assert word.islower()
        assert 4 <= len(word) <= 9
        assert not [
            other for other in WORDS if other != word and (other.startswith(word) or _one_letter_apart(word, other))
        ]


def _one_letter_apart(one: str, other: str) -> bool:
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def test_a_tip_is_signed_in_the_documented_layout() -> None:
    message = identity.tip_message(SPACE, DOCUMENT, b"a" * 24, 258, b"h" * 32)
    assert message == b"collar/tip/1" + b"s" * 16 + b"d" * 16 + b"a" * 24 + b"\0\0\0\0\0\0\1\2" + b"h" * 32


@pytest.mark.parametrize(
    ("actor", "seq", "change_hash"),
    [
        (b"a" * 23, 1, b"h" * 32),
        (b"a" * 25, 1, b"h" * 32),
        (b"a" * 24, 1, b""),
        (b"a" * 24, -1, b"h" * 32),
        (b"a" * 24, 1 << 64, b"h" * 32),
    ],
)
def test_a_tip_of_another_shape_is_refused_so_that_no_two_tips_share_their_bytes(
    actor: bytes, seq: int, change_hash: bytes
) -> None:
    with pytest.raises(InvalidSignature):
        identity.tip_message(SPACE, DOCUMENT, actor, seq, change_hash)


def test_an_enrolment_names_space_enroller_keys_and_person() -> None:
    public, other = Keys.derive(SEED, SALT).public, Keys.derive(b"z" * 32, SALT).public
    enroller, person = ids.device_id(b"e" * 16), ids.person_id(b"p" * 16)

    def message(
        space: SpaceId = SPACE, enroller: DeviceId = enroller, public: PublicKeys = public, person: PersonId = person
    ) -> bytes:
        return identity.enrol_message(space, enroller, public, person)

    assert message() == b"collar/enrol/1" + b"s" * 16 + b"e" * 16 + public.signing + public.exchange + b"p" * 16
    changed = {
        message(space=ids.space_id(b"t" * 16)),
        message(enroller=ids.device_id(b"f" * 16)),
        message(public=other),
        message(person=ids.person_id(b"q" * 16)),
    }
    assert len(changed - {message()}) == 4
