"""Out of a damaged file comes every row that lay on a page that can be read, as it was written, and no other."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from collar_sync.core.durable import Batch
from collar_sync.errors import StoreDamaged
from collar_sync.shells import database
from collar_sync.shells.salvage import Salvaged, salvage
from collar_sync.shells.store import Store
from tests.shells.logged import ALEX, KEY, NOTES, SAM, as_after_a_crash, change, signed
from tests.shells.test_seal_damage import fill

PAGE = database.PAGE_BYTES
TABLES = ("settings", "authors", "log", "snapshots", "statements", "records")
ON_ONE_PAGE = {"settings": 20, "authors": 12, "log": 8, "snapshots": 6, "statements": 12, "records": 12}  # no more fit


def filled(store: Store) -> None:
    fill(store)
    store.write_many([signed(ALEX, seq) for seq in range(61, 300)])
    store.write(Batch(settings={f"peer/{number:04}": os.urandom(120) for number in range(60)}))


@pytest.fixture
def good(path: Path, store: Store) -> bytes:
    """The bytes of a store with everything in it, in the file alone."""
    filled(store)
    store.close()
    return path.read_bytes()


def read(path: Path, tmp_path: Path, key: bytes = KEY) -> Salvaged:
    """What is salvaged, of a file that is the same afterwards."""
    before = {each: each.read_bytes() for each in path.parent.iterdir() if each.name != f"{path.name}.lock"}
    scratch = tmp_path / f"scratch-{len([*tmp_path.iterdir()])}"
    scratch.mkdir()
    found = salvage(path, key, scratch)
    assert {each: each.read_bytes() for each in before} == before, "a damaged file is left as it is"
    return found


def lost(whole: Salvaged, found: Salvaged) -> dict[str, int]:
    """How many rows of each table are missing; none may be there that was not, or read otherwise."""
    for table in ("settings", "log", "statements", "records"):
        right = getattr(whole, table)
        assert all(right[name] == row for name, row in getattr(found, table).items()), table
    for number, author in found.authors.items():  # one that the index alone has says less, and nothing wrong
        assert (author.document, author.actor) == (whole.authors[number].document, whole.authors[number].actor)
    return {table: len(getattr(whole, table)) - len(getattr(found, table)) for table in TABLES}


def flipped(good: bytes, pages: Iterator[int] | list[int], chance: random.Random) -> bytes:
    damaged = bytearray(good)
    for page in pages:
        damaged[(page - 1) * PAGE + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def test_nothing_is_missing_of_a_file_that_is_whole(path: Path, good: bytes, tmp_path: Path) -> None:
    found = read(path, tmp_path)
    assert (found.unread, found.torn, len(found.log), len(found.settings)) == (0, set(), 260, 61)
    assert (found.authors[1].sealed, found.authors[1].dropped) == (50, 40)
    assert len(good) == found.pages * PAGE


def lost_with_each(path: Path, good: bytes, tmp_path: Path, pages: list[int]) -> None:
    whole, chance = read(path, tmp_path), random.Random(3)  # noqa: S311 - a repeatable test
    assert max(len(getattr(whole, table)) for table in TABLES) > 200
    costly = 0
    for page in pages:
        path.write_bytes(flipped(good, [page], chance))
        missing = lost(whole, read(path, tmp_path))
        assert all(missing[table] <= most for table, most in ON_ONE_PAGE.items()), (page, missing)
        costly += any(missing.values())
    assert costly > len(pages) // 4, "pages of rows were among them"


def test_one_page_that_cannot_be_read_costs_what_lay_on_it(path: Path, good: bytes, tmp_path: Path) -> None:
    last = len(good) // PAGE
    chance = random.Random(1)  # noqa: S311 - a repeatable test
    lost_with_each(path, good, tmp_path, [1, 2, 3, 4, *chance.sample(range(5, last + 1), 8)])


@pytest.mark.slow
def test_each_page_that_cannot_be_read_costs_what_lay_on_it(path: Path, good: bytes, tmp_path: Path) -> None:
    lost_with_each(path, good, tmp_path, [*range(1, len(good) // PAGE + 1)])


def test_without_its_first_page_and_its_salt_all_is_read(path: Path, good: bytes, tmp_path: Path) -> None:
    whole = read(path, tmp_path)
    path.write_bytes(bytes(PAGE) + good[PAGE:])
    found = read(path, tmp_path)
    assert not any(lost(whole, found).values())
    assert found.unread == 1
    assert found.torn == set(TABLES), "nothing leads to a table any more"


@pytest.mark.parametrize("part", [(0, 2), (1, 2), (1, 3)])
def test_of_half_a_disk_the_other_half_is_read(path: Path, good: bytes, tmp_path: Path, part: tuple[int, int]) -> None:
    whole = read(path, tmp_path)
    pages = len(good) // PAGE
    size = pages // part[1] * PAGE
    gone = slice(part[0] * size, (part[0] + 1) * size)
    damaged = bytearray(good)
    damaged[gone] = bytes(size)
    path.write_bytes(damaged)
    found = read(path, tmp_path)
    missing = lost(whole, found)
    assert found.unread >= size // PAGE
    assert any(missing.values())
    kept = sum(len(getattr(found, table)) for table in ("log", "statements", "records"))
    assert kept * 4 > sum(len(getattr(whole, table)) for table in ("log", "statements", "records"))


def test_a_file_cut_in_the_middle_of_a_page_is_read_up_to_there(path: Path, good: bytes, tmp_path: Path) -> None:
    whole = read(path, tmp_path)
    path.write_bytes(good[: len(good) * 3 // 4 - 100])
    found = read(path, tmp_path)
    lost(whole, found)
    assert found.statements


def test_what_the_log_beside_the_file_has_is_read_past_a_page_of_it_that_is_damaged(
    path: Path, store: Store, tmp_path: Path
) -> None:
    filled(store)
    store.check()  # all of it into the file
    for seq in range(300, 330):
        store.write(signed(ALEX, seq))
    crashed = as_after_a_crash(path, tmp_path / "crashed")
    wal = crashed.with_name(crashed.name + "-wal")
    whole, log = read(crashed, tmp_path), wal.read_bytes()
    assert len(whole.log) == 290
    chance = random.Random(2)  # noqa: S311 - a repeatable test
    for _ in range(4):
        damaged = bytearray(log)
        damaged[chance.randrange(32, len(log) - 2 * PAGE)] ^= 1 << chance.randrange(8)
        wal.write_bytes(damaged)
        with pytest.raises(StoreDamaged):
            Store.open(crashed, KEY)
        assert sum(lost(whole, read(crashed, tmp_path)).values()) <= 2, (
            "what was written with that very version of the page"
        )


def test_a_value_that_went_on_over_a_page_that_is_gone_is_not_made_up(path: Path, store: Store, tmp_path: Path) -> None:
    content = os.urandom(20 * PAGE)
    store.write(Batch(settings={"long": content, "short": b"x"}))
    store.write(Batch(changes=[(NOTES, change(SAM, 1, content))]))
    store.close()
    good = path.read_bytes()
    chance = random.Random(4)  # noqa: S311 - a repeatable test
    torn = 0
    for page in chance.sample(range(len(good) // PAGE - 38, len(good) // PAGE), 5):
        path.write_bytes(flipped(good, [page], chance))
        found = read(path, tmp_path)
        assert found.settings.get("long", content) == content
        assert all(logged.raw == content for logged in found.log.values())
        torn += "long" not in found.settings or not found.log
    assert torn >= 4


def test_with_another_key_nothing_is_read_and_that_is_said(path: Path, good: bytes, tmp_path: Path) -> None:
    assert good
    with pytest.raises(StoreDamaged, match=r"Nothing in .* can be read"):
        read(path, tmp_path, bytes(32))
