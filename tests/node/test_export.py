"""A copy of a real device's record: JSON without a key in it, and documents that any tool for Automerge opens."""

from pathlib import Path

from collar_sync import Device
from collar_sync.core.binding import load_snapshot

PASSPHRASE = "a passphrase of a story"
SECRET = "what I would not say aloud"


def content(chunk: bytes) -> str:
    """All that a document holds, as Automerge reads it from the file."""
    return b"".join(load_snapshot(chunk)).decode(errors="replace")


async def test_the_documents_come_out_as_automerge_and_the_journal_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "alex"
    async with await Device.open(path, PASSPHRASE, listen=None, discovery=False, cost="interactive") as alex:
        space = await alex.create_space("Us", me="Alex")
        await space.tasks.promise("Water the ferns")
        await space.journal.write(SECRET)
    async with await Device.open(path, PASSPHRASE, listen=None, discovery=False) as alex:
        (space,) = alex.spaces
        await space.tasks.promise("Water the moss")
        shared, everything = space.automerge(), space.automerge(journal=True)
        assert sorted(shared) == ["chapter-1.automerge", "core.automerge"]
        assert len(everything) == len(shared) + 1
        read = {name: content(chunk) for name, chunk in everything.items()}
        assert "Water the ferns" in read["chapter-1.automerge"]
        assert "Water the moss" in read["chapter-1.automerge"]
        assert [name for name, text in read.items() if SECRET in text] == [*(everything.keys() - shared.keys())]
        for text in (space.export.json(), space.export.markdown()):
            assert "signing" not in text
            assert SECRET not in text
            assert "Water the moss" in text
        brought = await space.memories.bring_in(space.export.json())
        assert space.memories.get(brought.id).space == "Us"
        assert "Water the moss" in space.timeline.page().days[0].lines[-1].text
