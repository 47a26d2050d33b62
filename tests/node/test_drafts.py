"""What is half typed lies in the store of one device: there after a crash, nowhere else, and without growing."""

from pathlib import Path

from tests.node.test_device import open_device

HOUR_OF_TYPING = 400  # an hour of short pauses: one keeping each
MARK = "half of a thought"


async def test_a_draft_is_there_after_opening_again_and_gone_after_it_was_discarded(tmp_path: Path) -> None:
    async with await open_device(tmp_path) as device:
        space = await device.create_space("Us", me="Alex")
        await space.drafts.keep("task/new", {"title": MARK})
        await space.drafts.keep("moment", {"line": "Thank you"})
        await space.drafts.discard("moment")
    async with await open_device(tmp_path) as device:
        (space,) = device.spaces
        assert [(each.form, each.words) for each in space.drafts.all()] == [("task/new", {"title": MARK})]


async def test_a_draft_is_in_no_document_and_in_no_copy(tmp_path: Path) -> None:
    async with await open_device(tmp_path) as device:
        space = await device.create_space("Us", me="Alex")
        documents = set(space.automerge(journal=True))
        await space.drafts.keep("task", {"title": MARK})
        assert set(space.automerge(journal=True)) == documents
        assert MARK not in space.export.json(journal=True)


async def test_drafts_of_one_space_are_not_those_of_another_and_go_with_it_where_it_is_erased(tmp_path: Path) -> None:
    async with await open_device(tmp_path) as device:
        ours, band = await device.create_space("Us", me="Alex"), await device.create_space("Band", me="Alex")
        await ours.journal.write("stays")
        await ours.drafts.keep("task", {"title": MARK})
        await band.drafts.keep("task", {"title": "New strings"})
        await ours.erase()
        assert [each.text for each in ours.journal.all()] == ["stays"]
        assert ours.drafts.all() == ()
        assert band.drafts.get("task").words == {"title": "New strings"}
        identifier = ours.id
    async with await open_device(tmp_path) as device:
        assert {each.id: len(each.drafts.all()) for each in device.spaces} == {identifier: 0, band.id: 1}


async def test_an_hour_of_typing_leaves_the_store_no_larger_than_one_word(tmp_path: Path) -> None:
    async def sized(keepings: int) -> int:
        folder = tmp_path / str(keepings)
        async with await open_device(folder) as device:
            space = await device.create_space("Us", me="Alex")
            for number in range(keepings):
                await space.drafts.keep("task", {"title": f"{number} " + "word " * (number % 60)})
            await space.drafts.discard("task")
        return (folder / "store.db").stat().st_size

    assert await sized(HOUR_OF_TYPING) <= await sized(1) + 8 * 2_048  # pages that are free again
