"""What the stories about the store write, and the copy that a crash would leave of it."""

import hashlib
import shutil
from pathlib import Path

from collar_sync import ids
from collar_sync.core.durable import Batch, LoggedChange, Tip
from collar_sync.shells.store import Store

KEY = bytes(range(32))
NOTES = ids.document_id(b"n" * 16)
TASKS = ids.document_id(b"t" * 16)
ALEX = b"a" * 24
SAM = b"s" * 24
ROOT = Path(__file__).parents[2]


def change(actor: bytes, seq: int, raw: bytes | None = None) -> LoggedChange:
    digest = hashlib.sha256(actor + seq.to_bytes(8, "big")).digest()
    return LoggedChange(actor, seq, digest, digest * 8 if raw is None else raw)


def tip(actor: bytes, seq: int) -> Tip:
    return Tip(actor, seq, change(actor, seq).hash, bytes([seq & 0xFF]) * 64)


def signed(actor: bytes, *seqs: int) -> Batch:
    return Batch(changes=[(NOTES, change(actor, seq)) for seq in seqs], tips=[(NOTES, tip(actor, seqs[-1]))])


def as_after_a_crash(path: Path, target: Path) -> Path:
    """Copy what is on the disk of a store that is still open."""
    shutil.copytree(path.parent, target)
    return target / path.name


def open_and_check(path: Path) -> None:
    opened = Store.open(path, KEY)
    try:
        opened.check()
    finally:
        opened.close()
