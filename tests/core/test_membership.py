"""Who is who follows from the statements alone, in whatever order they came; nobody is enrolled who did not agree."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collar_sync import ids
from collar_sync.core import identity, membership, removal, statement
from collar_sync.core.identity import Keys, PublicKeys
from collar_sync.core.membership import ENROL, FOUND, LEAVE, Learnt, Membership
from collar_sync.core.statement import Statement
from collar_sync.ids import DeviceId, PersonId, SpaceId
from tests.core.story import NOW, keys_of

NAMES = ("Alex", "Sam", "Kim", "Robin", "Jo", "Max")


def said(device: DeviceId, kind: str, subject: str, body: dict[str, object], nonce: bytes = b"12345678") -> Learnt:
    one = Statement(kind, subject, body, NOW, (), nonce)
    return Learnt(device, statement.identify(device, statement.encode(one)), one, b"actor", 1)


def founding(name: str = "Alex", **changes: object) -> Learnt:
    keys = keys_of(name)
    body = {**membership.found("Us", name, "laptop", keys.public), **changes}
    return said(keys.device, FOUND, "", body)


SPACE = identity.space_of(founding().id)


def enrolment(
    enroller: str,
    newcomer: Keys,
    *,
    name: str = "Sam",
    person: PersonId | None = None,
    space: SpaceId = SPACE,
    agreed_with: str | None = None,
    signer: Keys | None = None,
    public: PublicKeys | None = None,
    subject: str | None = None,
    nonce: bytes = b"12345678",
    **changes: object,
) -> Learnt:
    """A good one, but for what is asked to be wrong."""
    public = public or newcomer.public
    person = person or identity.person_of(public.device)
    message = identity.enrol_message(space, keys_of(agreed_with or enroller).device, public, person)
    proof = (signer or newcomer).sign(message)
    body = {**membership.enrolment(name, "phone", public, proof), "person": person, **changes}
    return said(keys_of(enroller).device, ENROL, public.device if subject is None else subject, body, nonce)


def names_of(learnt: list[Learnt]) -> list[str]:
    return sorted(person.name for person in Membership(SPACE, tuple(learnt)).people().values())


def test_a_founder_lets_people_in_and_they_let_others_in() -> None:
    chain = [founding(), enrolment("Alex", keys_of("Sam")), enrolment("Sam", keys_of("Kim"), name="Kim")]
    assert names_of(chain) == ["Alex", "Kim", "Sam"]
    assert Membership(SPACE, tuple(chain)).name == "Us"


def parting(by: str, device: str | None, nonce: bytes) -> Learnt:
    """A device removes another, or its person leaves."""
    keys = keys_of(by)
    if device is None:
        return said(keys.device, LEAVE, "", {}, nonce)
    (say,) = removal.says(keys, SPACE, keys_of(device).device, {}, nonce)
    return said(keys.device, say.kind, say.subject, dict(say.body or {}), nonce)


@settings(max_examples=150)
@given(st.data())
def test_the_order_in_which_it_was_learnt_and_in_which_pieces_makes_no_difference(data: st.DataObject) -> None:
    learnt = [founding()]
    for number in range(data.draw(st.integers(1, 9))):
        enroller, newcomer = data.draw(st.sampled_from(NAMES)), data.draw(st.sampled_from(NAMES))
        if data.draw(st.integers(0, 3)) == 0:
            learnt.append(parting(enroller, data.draw(st.sampled_from((*NAMES, None))), bytes([number]) * 8))
            continue
        claimed = data.draw(st.sampled_from(NAMES))
        person = identity.person_of(keys_of(claimed).device)
        learnt.append(
            enrolment(
                enroller, keys_of(newcomer), name=f"{newcomer} {number}", person=person, nonce=bytes([number]) * 8
            )
        )
    whole = Membership(SPACE, tuple(learnt))
    shuffled = data.draw(st.permutations(learnt))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(learnt)), max_size=3)))
    grown = Membership(SPACE)
    for start, end in zip([0, *cuts], [*cuts, len(learnt)], strict=True):
        known = set(grown.devices)
        grown = grown.with_more(shuffled[start:end])
        assert known <= set(grown.devices), "who was ever enrolled stays so"
        assert standing(grown) == standing(Membership(SPACE, tuple(shuffled[:end])))
    assert standing(grown) == standing(whole)


FEW = NAMES[:4]


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(FEW), st.sampled_from(FEW), st.sampled_from(FEW)),
            st.tuples(st.sampled_from(FEW), st.sampled_from(FEW)),
            st.tuples(st.sampled_from(FEW)),
        ),
        min_size=2,
        max_size=10,
    )
)
@example([("Alex", "Sam", "Alex"), ("Sam", "Kim", "Sam")])
def test_what_is_learnt_one_by_one_comes_to_the_same_as_all_at_once(acts: list[tuple[str, ...]]) -> None:
    grown, learnt = Membership(SPACE, (founding(),)), [founding()]
    for number, act in enumerate(acts):
        nonce = bytes([number]) * 8
        match act:
            case (enroller, newcomer, claimed):
                person = identity.person_of(keys_of(claimed).device)
                one = enrolment(enroller, keys_of(newcomer), name=f"{newcomer} {number}", person=person, nonce=nonce)
            case (by, removed):
                one = parting(by, removed, nonce)
            case (by,):
                one = parting(by, None, nonce)
            case _:
                raise AssertionError(act)
        learnt.append(one)
        grown = grown.with_more([one])
        assert standing(grown) == standing(Membership(SPACE, tuple(learnt)))


def standing(who: Membership) -> tuple[object, ...]:
    """All that a membership says, in the order in which it says it where that is one."""
    people = list(who.people().items())
    enrolments, removals = list(who.enrolments()), list(who.removals.items())
    return who.name, who.devices, who.first, people, enrolments, removals, who.cuts, who.left, who.forged


LOW_ORDER = PublicKeys(keys_of("Sam").public.signing, bytes(32))
FORGED = {
    "no proof": enrolment("Alex", keys_of("Sam"), proof=b""),
    "a proof of zeros": enrolment("Alex", keys_of("Sam"), proof=bytes(64)),
    "signed by the enroller": enrolment("Alex", keys_of("Sam"), signer=keys_of("Alex")),
    "agreed to for another space": enrolment("Alex", keys_of("Sam"), space=ids.space_id(bytes(16))),
    "agreed to with another enroller": enrolment("Alex", keys_of("Sam"), agreed_with="Kim"),
    "agreed to as another person": said(
        keys_of("Alex").device,
        ENROL,
        keys_of("Sam").device,
        {**enrolment("Alex", keys_of("Sam")).statement.body, "person": identity.person_of(keys_of("Kim").device)},
    ),
    "another device's subject": enrolment("Alex", keys_of("Sam"), subject=keys_of("Kim").device),
    "no subject": enrolment("Alex", keys_of("Sam"), subject=""),
    "a swapped exchange key": enrolment("Alex", keys_of("Sam"), exchange=keys_of("Kim").public.exchange),
    "an exchange key that protects nothing": enrolment("Alex", keys_of("Sam"), public=LOW_ORDER),
    "a short key": enrolment("Alex", keys_of("Sam"), signing=keys_of("Sam").public.signing[:31]),
    "a person that is no id": said(
        keys_of("Alex").device,
        ENROL,
        keys_of("Sam").device,
        {**enrolment("Alex", keys_of("Sam")).statement.body, "person": "somebody"},
    ),
    "a name too long": enrolment("Alex", keys_of("Sam"), person_name="S" * 81),
    "no name": enrolment("Alex", keys_of("Sam"), person_name=""),
    "a name of two lines": enrolment("Alex", keys_of("Sam"), person_name="Sam\nYour passphrase is wrong."),
    "a device's name with a control character": enrolment("Alex", keys_of("Sam"), device_name="phone\x1b[2J"),
    "a name with a line's end of Unicode": enrolment("Alex", keys_of("Sam"), person_name="Sam\u2028Robin"),
    "a name that turns round what follows": enrolment("Alex", keys_of("Sam"), person_name="Sam \u202edetacoveR"),
    "a name that looks like another": enrolment("Alex", keys_of("Sam"), person_name="Al\u200bex"),
    "a blank name": enrolment("Alex", keys_of("Sam"), device_name="  "),
    "a number for a name": enrolment("Alex", keys_of("Sam"), person_name=7),
    "something more": enrolment("Alex", keys_of("Sam"), also="this"),
    "by a stranger": enrolment("Kim", keys_of("Sam")),
    "by oneself": enrolment("Sam", keys_of("Sam")),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_enrolment_lets_nobody_in_and_stands_in_nobodys_way(case: str) -> None:
    forged = FORGED[case]
    assert names_of([founding(), forged]) == ["Alex"]
    assert names_of([founding(), forged, enrolment("Alex", keys_of("Sam"), nonce=b"honestly")]) == ["Alex", "Sam"]


@pytest.mark.parametrize(
    "other",
    [
        founding("Sam"),
        founding(name="Another"),
        founding(signing=keys_of("Sam").public.signing),
        msgspec.structs.replace(founding(), id=founding("Sam").id),
    ],
)
def test_the_founding_of_another_space_founds_nothing_here(other: Learnt) -> None:
    assert Membership(SPACE, (other,)).people() == {}
    assert names_of([founding(), other]) == ["Alex"]


def test_a_founding_statement_passed_on_by_another_device_founds_nothing() -> None:
    copied = said(keys_of("Sam").device, FOUND, "", dict(founding().statement.body))
    space = identity.space_of(copied.id)
    assert Membership(space, (copied,)).people() == {}


def test_a_second_device_belongs_to_a_person_only_if_that_persons_device_let_it_in() -> None:
    tablet, pretender = keys_of("Alex's tablet"), keys_of("pretender")
    alex = identity.person_of(keys_of("Alex").device)
    learnt = [
        founding(),
        enrolment("Alex", keys_of("Sam")),
        enrolment("Alex", tablet, person=alex, name="Alex"),
        enrolment("Sam", pretender, person=alex, name="Alex"),
    ]
    found = Membership(SPACE, tuple(learnt))
    assert set(found.people()[alex].devices) == {keys_of("Alex").device, tablet.device}
    assert found.devices[pretender.device].person == identity.person_of(pretender.device)


def test_a_founder_keeps_name_and_person_whatever_others_say() -> None:
    sam = identity.person_of(keys_of("Sam").device)
    again = enrolment("Sam", keys_of("Alex"), name="Somebody else", person=sam)
    learnt = [founding(), enrolment("Alex", keys_of("Sam")), again]
    found = Membership(SPACE, tuple(learnt))
    alex = found.devices[keys_of("Alex").device]
    assert (alex.person, alex.name) == (identity.person_of(alex.id), "laptop")
    assert names_of(learnt) == ["Alex", "Sam"]


def test_what_is_not_about_membership_is_not_kept_by_it() -> None:
    here = Membership(SPACE, (founding(),))
    assert here.with_more([said(keys_of("Alex").device, "pause", "", {})]) is here
    assert here.with_more([founding()]) is here
