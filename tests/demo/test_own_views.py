"""What a page is handed of what is its person's alone: when they look, and nothing of it to anybody else."""

from pathlib import Path
from typing import Any

import msgspec

from collar_sync import Say, limits
from demo_app import actions, views
from tests.demo.served import PASSPHRASE, Served, served, window
from tests.demo.test_repair_views import _do, _quiet, _seen, _until
from tests.demo.test_views import _paired, _space

MARK = "Nobody else reads this."


async def _look(page: Served, what: str, **fields: object) -> dict[str, Any]:
    async with window(page) as line:
        return await line.look(what, **fields)


async def _journal(page: Served, entries: int = 20) -> dict[str, Any]:
    return await _look(page, "journal.look", entries=entries)


async def test_whatever_is_written_for_oneself_neither_the_others_page_nor_ones_own_is_told_of_it(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    before = views.encode(alex.laptop), views.encode(sam.laptop)
    for what, fields in (
        ("journal.write", {"text": MARK, "prompt": "knew"}),
        ("draft.write", {"text": MARK}),
        ("contact.write", {"name": MARK, "reach": MARK, "knows": MARK}),
        ("script.write", {"title": MARK, "helps": [MARK], "avoid": [], "roles": False}),
        ("script.edit", {"id": "hurt", "helps": [MARK], "avoid": []}),
        ("place.write", {"name": MARK, "reach": MARK}),
        ("place.edit", {"id": "medical", "name": MARK, "reach": MARK}),
        ("aside.mute", {"person": _space(sam.laptop).me}),
    ):
        assert await _do(alex, what, **fields) is None
        assert (views.encode(alex.laptop), views.encode(sam.laptop)) == before, what
    assert (await _look(sam, "scripts.look"), await _look(sam, "places.look")) != (
        await _look(alex, "scripts.look"),
        await _look(alex, "places.look"),
    )
    for look in ("scripts.look", "places.look", "aside.look"):
        assert MARK not in str(await _look(sam, look))
    assert MARK not in str(await _journal(sam))
    assert str(await _journal(alex)).count(MARK) == 5
    assert MARK not in str(await _look(alex, "timeline.look", lines=50))


async def test_an_entry_is_changed_taken_out_and_put_back_and_the_newest_come_first(alex: Served) -> None:
    for number in range(3):
        assert await _do(alex, "journal.write", text=f"Entry {number}", prompt="") is None
    journal = await _journal(alex)
    assert {each["text"] for each in journal["entries"]} == {"Entry 0", "Entry 1", "Entry 2"}
    assert [each["at"] for each in journal["entries"]] == sorted(
        (each["at"] for each in journal["entries"]), reverse=True
    )
    entry = journal["entries"][0]
    assert await _do(alex, "journal.edit", id=entry["id"], text="Changed") is None
    (first,) = (await _journal(alex, 1))["entries"]
    assert (first, (await _journal(alex, 1))["further"]) == ({**entry, "text": "Changed"}, True)
    assert await _do(alex, "own.remove", what="entry", id=entry["id"]) is None
    assert str(await _do(alex, "journal.edit", id=entry["id"], text="x")).startswith("There is no such entry")
    assert len((await _journal(alex))["entries"]) == 2
    assert await _do(alex, "own.restore", what="entry", id=entry["id"]) is None
    assert (await _journal(alex))["entries"][0] == first
    assert str(await _do(alex, "journal.write", text=" ", prompt="")).startswith("There is nothing written yet.")


async def test_the_longest_entry_there_may_be_fits_through_the_pages_own_line(alex: Served) -> None:
    async with window(alex) as line:
        await line.until()
        assert await line.act("journal.write", text="🜁" * 50_000, prompt="") is None
        assert await line.act("journal.write", text="x" * 50_001, prompt="") == actions.NOT_UNDERSTOOD
        seen = await line.look("journal.look", entries=1)
    assert seen["entries"][0]["text"] == "🜁" * 50_000


async def test_a_draft_binds_nobody_until_it_is_said_and_what_cannot_be_said_stays_a_draft(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    assert await _do(alex, "draft.write", text="Not when I am ill.") is None
    assert await _do(alex, "draft.write", text="x" * 301) is None
    short, long = sorted((await _journal(alex))["drafts"], key=lambda each: len(each["text"]))
    assert (_seen(sam).limits, _seen(alex).limits) == ([], [])
    refused = await _do(alex, "draft.say", id=long["id"], kind="boundary")
    assert str(refused).startswith("A limit has 300 characters at most.")
    assert await _do(alex, "draft.say", id=short["id"], kind="hard limit") is None
    (limit,) = (await _until(sam, lambda state: state.limits)).limits
    assert (limit.text, limit.kind, limit.by.name) == ("Not when I am ill.", "hard limit", "Alex")
    assert (await _journal(alex))["drafts"] == [long]
    assert await _do(alex, "draft.say", id=short["id"], kind="boundary") == "There is no such draft."
    assert len(_seen(alex).limits) == 1
    assert await _do(alex, "own.remove", what="draft", id=long["id"]) is None
    assert await _do(alex, "own.restore", what="draft", id=long["id"]) is None
    assert (await _journal(alex))["drafts"] == [long]


async def test_a_journal_begun_alone_is_there_after_pairing_and_after_the_record_was_erased(
    alex: Served, sam: Served
) -> None:
    assert await _do(sam, "journal.write", text="Before we met.", prompt="") is None
    assert await _do(sam, "contact.write", name="Robin", reach="", knows="") is None
    assert await _do(sam, "place.edit", id="person", name="Robin", reach="next door") is None
    assert await _do(sam, "place.write", name="The library", reach="has a phone") is None
    assert await _do(sam, "script.edit", id="hurt", helps=["I need an hour."], avoid=[]) is None
    await _paired(alex, sam)
    assert await _do(sam, "journal.write", text="Since we met.", prompt="") is None
    assert await _do(sam, "safety.write", kind="threat", text="") is None
    safety = _seen(sam).repair.safety
    assert safety is not None
    assert {"Robin", "The library"} <= {each.name for each in safety.places}
    assert await _do(sam, "erase.here", receipt=False) is None
    journal = await _journal(sam)
    assert [each["text"] for each in journal["entries"]] == ["Since we met.", "Before we met."]
    assert [each["name"] for each in journal["contacts"]] == ["Robin"]
    for kind in ("markdown", "json"):
        form = {"kind": kind, "journal": "on"}
        copies = [
            (await sam.ask("/copy", method="POST", form=each, origin=sam.door.origin)).body
            for each in (form, {"kind": kind})
        ]
        assert [[words in copy for words in ("Since we met", "Before we met", "Robin")] for copy in copies] == [
            [True] * 3,
            [False] * 3,
        ]
    for entry in journal["entries"]:
        assert await _do(sam, "journal.edit", id=entry["id"], text=entry["text"].upper()) is None
    (first, second) = (await _journal(sam))["entries"]
    assert (first["text"], second["text"]) == ("SINCE WE MET.", "BEFORE WE MET.")
    places = {each["id"]: each["name"] for each in (await _look(sam, "places.look"))["places"]}
    assert places["person"] == "Robin"
    assert "The library" in places.values()
    hurt = {each["id"]: each for each in (await _look(sam, "scripts.look"))["scripts"]}["hurt"]
    assert (hurt["helps"], hurt["ours"], hurt["edited"]) == (["I need an hour."], True, True)
    assert await _do(sam, "own.remove", what="script", id="hurt") is None
    assert await _do(sam, "place.reset") is None
    assert not {each["id"]: each for each in (await _look(sam, "scripts.look"))["scripts"]}["hurt"]["edited"]
    after = await _look(sam, "places.look")
    assert ("Robin" in str(after), "The library" in str(after), after["changed"]) == (False, True, False)


async def test_the_list_of_places_opens_with_who_may_look_whatever_was_changed_in_it(alex: Served) -> None:
    came = await _look(alex, "places.look")
    assert came["opening"].startswith("Someone may check this device.")
    for place in came["places"]:
        assert await _do(alex, "own.remove", what="place", id=place["id"]) is None
    empty = await _look(alex, "places.look")
    assert (empty["places"], empty["changed"], empty["opening"]) == ([], True, came["opening"])
    assert await _do(alex, "own.restore", what="place", id="medical") is None
    assert [each["id"] for each in (await _look(alex, "places.look"))["places"]] == ["medical"]
    assert await _do(alex, "place.reset") is None
    assert await _look(alex, "places.look") == came
    assert str(await _do(alex, "place.write", name=" ", reach="")).startswith("Write whom or what to turn to")


async def test_what_is_hidden_here_looks_unanswered_there_and_can_be_brought_back(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    assert await _do(alex, "task.add", title="Kneel at nine", of=_space(sam.laptop).me) is None
    terms = {"purpose": "A photo a day", "includes": ["one"], "excludes": [], "access": [], "until": None}
    assert await _do(alex, "consent.offer", **terms, howToPause="") is None
    assert await _do(alex, "checkin.write", arriving=["tender"], need="", gratitude="", share=True) is None
    assert await _do(alex, "slip.write", sentence="You waited.", kind="promise-missed", mine=True) is None
    assert await _do(alex, "slip.share", id=_seen(alex).repair.drafts[0].id) is None
    await _until(sam, lambda it: it.tasks and it.consents and it.today.theirs and it.repair.repairs)
    await _quiet(alex, sam)
    seen, before = _seen(sam), views.encode(alex.laptop)
    ids = [seen.tasks[0].id, seen.consents[0].id, seen.today.theirs[0].id, seen.repair.repairs[0].id]
    for each in ids:
        assert await _do(sam, "aside.hide", id=each) is None
    after = _seen(sam)
    assert ([*after.tasks], [*after.consents], [*after.today.theirs], [*after.repair.repairs]) == ([], [], [], [])
    assert after.sync.standing == "in_step", "nothing of it is on its way to anybody"
    assert views.encode(alex.laptop) == before
    shown = await _look(sam, "aside.look")
    assert {(each["noun"], each["title"], each["by"]["name"]) for each in shown["hidden"]} == {
        ("task", "Kneel at nine", "Alex"),
        ("consent", "A photo a day", "Alex"),
        ("checkIn", "", "Alex"),
        ("slip", "You waited.", "Alex"),
    }
    for each in ids:
        assert await _do(sam, "aside.show", id=each) is None
    assert _seen(sam) == seen
    assert (await _look(sam, "aside.look"))["hidden"] == []
    assert str(await _do(sam, "aside.show", id=ids[0])) == "That is not set aside here."


async def test_what_was_hidden_long_ago_is_found_again_by_its_words(alex: Served, tmp_path: Path) -> None:
    space = _space(alex.laptop)
    assert await _do(alex, "moment.share", text="Tea in the rain.") is None
    assert await _do(alex, "aside.hide", id=_seen(alex).today.moments[0].id) is None
    for chapter in range(3):
        texts = [f"Moment {chapter}.{number}" for number in range(limits.CHAPTER_ENTRIES_MAX)]
        for start in range(0, len(texts), 250):
            await space.write(*(Say("moment.share", body={"text": each}) for each in texts[start : start + 250]))
    await alex.laptop.close()  # what is full is sealed, and rests
    async with served(tmp_path / "alex") as again:
        await again.enter()
        await again.laptop.unlock(PASSPHRASE)
        assert "Tea in the rain." not in [each.text for each in _space(again.laptop).moments.all()]
        (hidden,) = (await _look(again, "aside.look"))["hidden"]
    assert (hidden["noun"], hidden["title"]) == ("moment", "Tea in the rain.")


async def test_what_somebody_muted_asks_waits_unseen_and_to_them_it_looks_unanswered(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    me = _space(alex.laptop).me
    quiet = msgspec.to_builtins(_seen(sam))
    assert await _do(sam, "aside.mute", person=me) is None
    assert await _do(alex, "task.add", title="Kneel at nine", of=_space(sam.laptop).me) is None
    await _quiet(alex, sam)
    waiting = views.encode(alex.laptop)
    assert (_seen(alex).tasks[0].state, [*_seen(sam).tasks]) == ("asked", [])
    shown = await _look(sam, "aside.look")
    assert ([each["name"] for each in shown["muted"]], shown["hidden"]) == (["Alex"], [])
    assert await _do(alex, "pause.add") is None
    assert len((await _until(sam, lambda state: state.pauses)).pauses) == 1, "what narrows always shows"
    assert await _do(alex, "pause.lift") is None
    await _until(sam, lambda state: not state.pauses)
    await _quiet(alex, sam)
    assert msgspec.to_builtins(_seen(sam)) == quiet
    assert await _do(sam, "aside.show", id=me) is None
    assert [each.title for each in _seen(sam).tasks] == ["Kneel at nine"]
    await _quiet(alex, sam)
    assert views.encode(alex.laptop) == waiting
    assert str(await _do(sam, "aside.mute", person=_space(sam.laptop).me)).startswith("You cannot mute yourself.")


async def test_behind_the_lock_nothing_of_ones_own_can_be_looked_at(alex: Served) -> None:
    assert await _do(alex, "journal.write", text=MARK, prompt="") is None
    alex.laptop.hide()
    assert await _do(alex, "journal.look", entries=20) == actions.LOCKED
    assert await _do(alex, "places.look") == actions.LOCKED


async def test_what_is_ones_own_alone_goes_with_an_erased_record_where_one_says_so(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    assert await _do(sam, "journal.write", text="Since we met.", prompt="") is None
    assert await _do(sam, "erase.here", receipt=False, private=True) is None
    assert (await _journal(sam))["entries"] == []
    assert len(_seen(alex).space.others) == 1
