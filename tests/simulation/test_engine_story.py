"""Two and three engines, no sockets: pairing, sync, wrong codes, crashes."""

from collar_sync.core import events
from collar_sync.core.edits import Say, SetFields
from collar_sync.core.events import Address
from collar_sync.errors import PairingFailed, Unreachable, WrongCode
from tests.simulation.world import PORT, World, found_space


def test_two_devices_pair_by_code_and_read_what_the_other_writes() -> None:
    world = World(1)
    alex, sam = world.add("Alex"), world.add("Sam")
    space = found_space(world, ["Alex", "Sam"])
    assert {person.name for person in sam.space.people().values()} == {"Alex", "Sam"}
    chapter = sam.space.home("chapter")
    edits = (SetFields("task", "1", {"title": "Water the ferns"}), Say("task.ask", "1"))
    world.answer(sam, lambda number: events.Write(number, space, chapter, edits))
    world.settle()
    assert alex.space.records(chapter, "task") == {"1": {"title": "Water the ferns"}}
    (said,) = alex.space.statements("task.")
    assert said.author == sam.space.me
