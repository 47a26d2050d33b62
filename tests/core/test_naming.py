"""Nobody is called what another is called, nor by a word that stands for somebody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import ids
from collar_sync.core import naming
from collar_sync.core.letters import plain
from collar_sync.ids import PersonId

PEOPLE = [ids.person_id(bytes([each] * 16)) for each in range(6)]


def called(*chosen: str) -> list[str]:
    names = naming.called(dict(zip(PEOPLE, chosen, strict=False)))
    return [names[each] for each in PEOPLE[: len(chosen)]]


def test_whoever_chose_a_name_that_nobody_else_has_is_called_by_it() -> None:
    assert called("Alex", "Sam", "Señor Ω") == ["Alex", "Sam", "Señor Ω"]


def test_two_of_one_name_are_told_apart_and_a_third_of_another_is_called_as_before() -> None:
    assert called("Alex", "alex", "Sam") == ["Alex (acorn)", "alex (album)", "Sam"]
    assert called("Alex", "A\u200dlex", "Ａｌｅｘ") == ["Alex (acorn)", "A\u200dlex (album)", "Ａｌｅｘ (almond)"]  # noqa: RUF001


def test_nobody_is_you_or_someone() -> None:
    assert called("You", " yOU ", "Someone")[0] == "You (acorn)"
    assert not {plain(each) for each in called("you", "Me", "Somebody")} & {"you", "me", "somebody"}


def test_nobody_is_called_what_another_is_called_with_a_word() -> None:
    assert called("Alex", "Alex", "Alex (acorn)") == ["Alex (acorn)", "Alex (album)", "Alex (acorn) (almond)"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alex", "\u0410lex"),  # a Cyrillic A
        ("Max", "\u041c\u0430\u0445"),  # Cyrillic all through
        ("Nina", "\u039dina"),  # a Greek Nu
        ("Sally", "SaIIy"),
        ("Alex", "A1ex"),
        ("Momo", "M0rno"),
        ("Zo\u00eb", "Zo\u0451"),
        ("Sam", "\u13daam"),  # a Cherokee letter
    ],
)
def test_two_whose_names_look_the_same_are_told_apart_whatever_script_they_are_in(one: str, other: str) -> None:
    assert called(one, other) == [f"{one} (acorn)", f"{other} (album)"]
    assert called(one, "Kim", other)[1] == "Kim"


def test_nobody_looks_like_you_or_like_another_with_a_word() -> None:
    for name in ("Y\u043eu", "\u0421omeone".replace("\u0421", "\u0405"), "l"):
        assert called(name, "Sam") == [f"{name} (acorn)", "Sam"]
    assert called("Alex", "Alex", "Alex (acorn\u2769")[2] == "Alex (acorn\u2769 (almond)"


def test_a_name_in_any_script_that_looks_like_no_other_is_as_it_was_chosen() -> None:
    names = ["Алекс", "Σοφία", "Ольга", "さくら", "Իրինա", "محمد", "Zoë", "Ian"]
    assert called(*names[:6]) == names[:6]
    assert called(*names[2:]) == names[2:]
    assert called("Ian", "ian")[0] != "Ian", "case made no difference before, and makes none now"


@given(
    st.lists(
        st.sampled_from(
            ["Alex", "ALEX", "you", "Sam", "Alex (acorn)", "Sam (album)", "Kim", "AIex", "K\u0456m", "5am"]
        ),
        max_size=6,
    )
)
def test_no_two_are_called_alike_and_no_order_of_arrival_decides(chosen: list[str]) -> None:
    names = dict(zip(PEOPLE, chosen, strict=False))
    found = naming.called(names)
    assert len({plain(each) for each in found.values()}) == len(names)
    assert all(found[person].startswith(name) for person, name in names.items())
    backwards: dict[PersonId, str] = dict(reversed(names.items()))
    assert naming.called(backwards) == found


def test_two_who_were_dealt_the_same_word_get_two() -> None:
    alike = [ids.person_id(bytes([each] * 15 + [7])) for each in range(3)]
    assert len(set(naming.called(dict.fromkeys(alike, "Alex")).values())) == 3
