"""The command `python -m collar_sync`: looks after a store without an app: verify, backup, restore, rescue."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from collar_sync.errors import CollarError, StoreError
from collar_sync.node import Device

_BACKUP: Final = (
    "Write everything on this device to one encrypted file. It holds private documents too, it opens with the "
    "passphrase of today, and it stays as it is when something is erased later: keep it where nobody else comes by it."
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; answers 0 where all is well, 1 where something is wrong with the store, 2 where it failed."""
    chosen = _parser().parse_args(arguments)
    passphrase = getpass.getpass("Passphrase: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        return asyncio.run(_run(chosen, passphrase))
    except CollarError as error:
        sys.stderr.write(f"{error}\n")
        return 2


async def _run(chosen: argparse.Namespace, passphrase: str) -> int:
    if chosen.command == "verify":
        findings = await Device.verify(chosen.directory, passphrase, _progress("documents"))
        for finding in findings:
            sys.stdout.write(f"{finding}\n")
        sys.stdout.write("Something is wrong; nothing was changed.\n" if findings else "All is well.\n")
        return 1 if findings else 0
    if chosen.command == "rescue":
        words = await Device.rescue(chosen.directory, passphrase, _progress("documents"))
        sys.stdout.write("\n".join(words or ["All is well; nothing was changed."]) + "\n")
        return 0
    if chosen.command == "restore":
        await Device.restore(chosen.file, chosen.directory, passphrase, _progress("bytes"))
        sys.stdout.write("Restored. Use only one of the two from now on, this one or the one it was made from.\n")
        return 0
    if not Device.exists(chosen.directory):
        raise StoreError(f"There is no device in {chosen.directory}.")
    async with await Device.open(chosen.directory, passphrase, listen=None, discovery=False) as device:
        await device.backup(chosen.file, _progress("bytes"))
    sys.stdout.write("Written. Keep it safe: it opens with the passphrase.\n")
    return 0


def _progress(what: str) -> Callable[[int, int], None]:
    """Shows how far it is, on a terminal only."""

    def show(done: int, everything: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {everything} {what}" + ("\n" if done == everything else ""))
            sys.stderr.flush()

    return show


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m collar_sync", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="look through a whole store and say what is wrong; changes nothing")
    verify.add_argument("directory", type=Path, help="the device's directory")
    backup = commands.add_parser("backup", help="write one encrypted file", description=_BACKUP)
    backup.add_argument("directory", type=Path, help="the device's directory")
    backup.add_argument("file", type=Path, help="the file to write; it must not exist")
    restore = commands.add_parser("restore", help="make a device's directory out of a backup")
    restore.add_argument("file", type=Path, help="the backup")
    restore.add_argument("directory", type=Path, help="the directory to make; missing or empty")
    rescue = commands.add_parser("rescue", help="make a new store of what can be read of a damaged one")
    rescue.add_argument(
        "directory", type=Path, help="the device's directory; the damaged store stays in a folder there"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
