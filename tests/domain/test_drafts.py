"""What is half typed: kept by the form until it is sent or discarded, bounded, and then gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collar_sync import limits
from collar_sync.core.letters import is_blank
from collar_sync.domain.drafts import Draft, Drafts
from collar_sync.errors import InvalidInput, NotFound
from tests.domain.plain import HOUR, MAY_DAY, Household, PlainLedger, run

WORDS = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text(max_size=30), max_size=4)
FORMS = st.sampled_from(["task", "moment", "offer"])


async def test_what_is_half_typed_is_there_again_as_it_was_left_since_when_it_was_begun(alex: PlainLedger) -> None:
    await alex.drafts.keep("task", {"title": "Water the pl"})
    alex.clock = MAY_DAY + HOUR
    await alex.drafts.keep("moment", {"line": "Thank you"})
    await alex.drafts.keep("task", {"title": "Water the plants", "of": "person_x", "due": " "})
    assert alex.drafts.all() == (
        Draft(form="task", words={"title": "Water the plants", "of": "person_x", "due": " "}, at=MAY_DAY),
        Draft(form="moment", words={"line": "Thank you"}, at=MAY_DAY + HOUR),
    )
    await alex.drafts.discard("task")
    await alex.drafts.discard("task")
    assert alex.drafts.find("task") is None
    with pytest.raises(NotFound, match="sent or discarded"):
        alex.drafts.get("task")
    assert alex.drafts.get("moment").words == {"line": "Thank you"}


async def test_what_was_emptied_is_no_draft(alex: PlainLedger) -> None:
    await alex.drafts.keep("task", {"title": "x"})
    await alex.drafts.keep("task", {"title": " \n"})
    assert alex.noted == {}


async def test_what_reads_as_before_is_not_written_again(alex: PlainLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    await alex.drafts.keep("task", {"title": "x"})
    with monkeypatch.context() as still:
        still.setattr(PlainLedger, "note", None)
        await alex.drafts.keep("task", {"title": "x"})
        await alex.drafts.discard("moment")


async def test_what_cannot_be_kept_is_refused_with_a_sentence_and_what_was_kept_stays(alex: PlainLedger) -> None:
    await alex.drafts.keep("task", {"title": "x"})
    most = limits.DRAFT_CHARACTERS_MAX - len("title")
    for words, sentence in (
        ({"title": "x" * (most + 1)}, "too long to be kept half written"),
        ({"x" * 201: "y"}, "1 to 200 characters"),
        ({"title": "\ud800"}, "half a character"),
        ({"title": 7}, "is text"),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            await alex.drafts.keep("task", words)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="1 to 200 characters"):
        await alex.drafts.keep("", {"title": "x"})
    assert alex.drafts.get("task").words == {"title": "x"}
    await alex.drafts.keep("task", {"title": "x" * most})


async def test_so_many_things_are_half_written_at_once_and_no_more_yet_each_of_them_can_be_gone_on_with(
    alex: PlainLedger,
) -> None:
    for number in range(limits.DRAFTS_MAX):
        await alex.drafts.keep(f"task/{number}", {"title": "x"})
    with pytest.raises(InvalidInput, match="Send one of them or discard it"):
        await alex.drafts.keep("one more", {"title": "x"})
    await alex.drafts.keep("task/7", {"title": "xy"})
    await alex.drafts.discard("task/8")
    await alex.drafts.keep("one more", {"title": "x"})


async def test_a_note_of_a_newer_version_is_kept_unread(alex: PlainLedger) -> None:
    alex.noted["task"] = b"drawn"
    assert (alex.drafts.all(), alex.drafts.find("task")) == ((), None)
    assert alex.noted == {"task": b"drawn"}


@given(st.lists(st.tuples(FORMS, st.one_of(st.none(), WORDS)), max_size=12))
def test_only_the_last_words_of_each_form_are_anywhere_and_nothing_is_said(
    acts: list[tuple[str, dict[str, str] | None]],
) -> None:
    home = Household("Alex", "Sam")
    alex = home.named("Alex")
    last: dict[str, dict[str, str]] = {}
    for form, words in acts:
        run(alex.drafts.discard(form) if words is None else alex.drafts.keep(form, words))
        last[form] = words if words and not is_blank("".join(words.values())) else {}
    home.sync()
    assert {each.form: each.words for each in alex.drafts.all()} == {form: each for form, each in last.items() if each}
    assert set(alex.noted) == {form for form, each in last.items() if each}
    assert (home.everything(), alex.own, home.named("Sam").drafts.all()) == ([], {}, ())


def test_drafts_can_say_nothing_to_anyone() -> None:
    class Alone:
        def now(self) -> int:
            return MAY_DAY

        def notes(self) -> dict[str, bytes]:
            return {}

        async def note(self, name: str, value: bytes | None) -> None:
            pass

    run(Drafts(Alone()).keep("task", {"title": "x"}))
