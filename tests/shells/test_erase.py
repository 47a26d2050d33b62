"""What is erased is gone from the file: no page of it, used or not, gives it back to whoever holds the key."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from collar_sync.core.durable import Batch, Erasure, KeptRecord, KeptStatement, LoggedChange, Seal, Tip
from collar_sync.shells import database
from collar_sync.shells.store import Store
from tests.shells.logged import ALEX, KEY, NOTES, TASKS, signed
from tests.shells.sealed import statement

PAGE, RESERVED, SALT, FRAME, HEADER = 2_048, 80, 16, 24, 32
SECRET = b"what nobody may read any more, not in any page of the file; "
KEPT = b"what is somebody's alone and stays where it is, on its page; "


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store"


def pages(path: Path) -> Iterator[bytes]:
    """Every page of the file and every frame of the log beside it, decrypted as SQLCipher does with a raw key."""
    content = path.read_bytes()
    found = [content[start : start + PAGE] for start in range(0, len(content), PAGE)]
    log = database.beside(path, "-wal")
    frames = log.read_bytes() if log.exists() else b""
    step = FRAME + PAGE
    found += [frames[start + FRAME : start + step] for start in range(HEADER, len(frames) - step + 1, step)]
    for page in found:
        for skip in (0, SALT):  # the first page begins with the file's salt
            body, vector = page[skip : PAGE - RESERVED], page[PAGE - RESERVED : PAGE - RESERVED + 16]
            decryptor = Cipher(algorithms.AES(KEY), modes.CBC(vector)).decryptor()
            yield decryptor.update(body) + decryptor.finalize()


def readable(path: Path, words: bytes) -> bool:
    return any(words in page for page in pages(path))


def filled(path: Path) -> Store:
    """A store with the same words in its log, a snapshot, a statement, a record and a setting."""
    store = Store.create(path, KEY)
    for document, words in ((TASKS, KEPT), (NOTES, SECRET)):
        for seq in range(1, 4):  # what two seals leave behind is in pages that are not used any more
            change = LoggedChange(ALEX, seq, os.urandom(32), words * 20)
            signed_tip = Tip(ALEX, seq, change.hash, bytes(64))
            store.write(Batch([(document, change)], [(document, signed_tip)], {f"seal/{document}": words}))
            said = statement(seq)
            kept = KeptStatement(said.id, document, said.device, "k", (words.decode(),), words * 3, 1, ((ALEX, seq),))
            record = KeptRecord(document, "note/a", {"line": words.decode() * 40 + str(seq)})
            ends = ((ALEX, seq, change.hash),)
            store.write(Batch(seals=[Seal(document, words * 90, ends, (kept,), (record,))]))
    return store


ERASE = Batch(settings={"left": b"1"}, erase=Erasure(frozenset({NOTES}), (f"seal/{NOTES}",)))


def test_the_pages_of_a_store_can_be_read_with_its_key_before_anything_is_erased(path: Path) -> None:
    filled(path).close()
    assert readable(path, SECRET)
    assert readable(path, KEPT)


def test_nothing_that_was_erased_is_left_in_any_page_and_nothing_else_is_gone(path: Path) -> None:
    store = filled(path)
    kept = store.load(TASKS), store.load_setting(f"seal/{TASKS}"), store.about("a").records
    store.write(ERASE)
    assert not readable(path, SECRET), "at once, while it is open"
    assert store.load(NOTES).log == ()
    assert store.load(NOTES).chunk is None
    assert store.load_setting(f"seal/{NOTES}") is None
    assert store.load_setting("left") == b"1"
    assert (store.load(TASKS), store.load_setting(f"seal/{TASKS}"), store.about("a").records[:1]) == (
        kept[0],
        kept[1],
        tuple(each for each in kept[2] if each.document == TASKS),
    )
    store.check()
    store.write(signed(ALEX, 1))
    store.close()
    assert not readable(path, SECRET)
    assert readable(path, KEPT)
    Store.open(path, KEY).close()


def test_erasing_that_was_interrupted_before_the_file_was_written_anew_is_finished_at_the_next_opening(
    path: Path,
) -> None:
    filled(path).close()
    program = f"""
import os, pathlib
from collar_sync.core.durable import Batch, Erasure
from collar_sync.shells import database
from collar_sync.shells.store import Store
database.rewrite = lambda _connection: os._exit(9)
store = Store.open(pathlib.Path({str(path)!r}), {KEY!r})
store.write(Batch(erase=Erasure(frozenset({{{str(NOTES)!r}}}), ("seal/{NOTES}",))))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 9
    store = Store.open(path, KEY)
    assert store.load(NOTES).log == ()
    assert not readable(path, SECRET)
    assert store.load_setting("store/wipe") is None
    store.close()


def test_a_wipe_that_the_disk_refuses_loses_nothing_and_is_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(path)

    def refuse(_connection: object) -> None:
        raise database.Failure("no room")

    monkeypatch.setattr(database, "rewrite", refuse)
    store.write(ERASE)
    assert store.load(NOTES).log == ()
    monkeypatch.undo()
    store.close()
    Store.open(path, KEY).close()
    assert not readable(path, SECRET)
