"""A copy of a damaged database file in which every page can be read: as it was written last, or before, or as nothing.

The library reads nothing more once it met a page that fails its authentication. So such a page is replaced, in the
copy, by what the write-ahead log or the file has of it from before, and else by one of the same key and number that is
part of no table. The damaged file is read, byte by byte, and never opened by the library: nothing can change it. It
knows pages, and nothing of tables, rows or what they mean.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from collar_sync.errors import StoreDamaged
from collar_sync.shells import database, walcheck
from collar_sync.shells.database import PAGE_BYTES

_SALT_BYTES: Final = 16
_VERSIONS_MAX: Final = 4  # of one page in the write-ahead log that are tried, the newest first, before that in the file
FILLING: Final = bytes.fromhex("5cd1f0a7")  # drawn by lot; what a page holds, again and again, that holds nothing
_SPARE_PAGES: Final = 8  # behind those of the damaged file, for what is written into the copy
_BAD_PAGE: Final = "HMAC verification failed for page "


class Image:
    """The copy. `pages` is how many there are, `unread` those of which the newest version is not what was written.

    `first` is the database's own first page, by which its tables are found, where it and those it names can be read.
    """

    def __init__(self, path: Path, key: bytes, scratch: Path) -> None:
        """Make it of the database at this path and the log beside it, in an empty directory.

        Raises `StoreDamaged` where not one page opens with the key, and what `database.mapped` maps.
        """
        self._path, self._wal, self._key = path, database.beside(path, "-wal"), key
        self._copy, self._empty = scratch / "image", scratch / "empty"
        pages = -(-path.stat().st_size // PAGE_BYTES)
        logged = walcheck.versions(self._wal, PAGE_BYTES)
        most = pages + sum(map(len, logged.values()))  # a number beyond was damaged itself
        self._logged = {page: offsets for page, offsets in logged.items() if 0 < page <= most}
        self.pages = max([pages, 1, *self._logged])
        self.unread: set[int] = set()
        self._salt = min(dict.fromkeys(self._salts()), key=self._bad_with)
        if self._bad_with(self._salt) >= self.pages - 1:
            raise StoreDamaged(f"Nothing in {path} can be read with this key. It was left as it is.")
        self._mend()
        firsts = [*self._versions(1)]
        self.first = next(filter(self._opens, firsts), None)
        if self.first is None or self.first != firsts[0]:
            self.unread.add(1)

    def connect(self, *, own: bool = False) -> Any:
        """Open the copy: with its `own` first page, which names its tables, or with one that names none of them."""
        first = self.first if own else None
        self._put(1, first or self._page(self._empty, 0))
        return database.plain_connection(self._copy, self._key, self._salt)

    def _salts(self) -> Iterator[bytes]:
        """What may be the salt: what the file begins with, what the log has of it, and what a new file is given."""
        for first in self._versions(1):
            yield first[:_SALT_BYTES]
        yield database.salt(self._key)

    def _bad_with(self, salt: bytes) -> int:
        """Lay the copy out under this salt, and count the pages behind the first that are not what was written."""
        self._salt = salt
        self._fill()
        self._lay()
        return len(self._bad() | self.unread)

    def _fill(self) -> None:
        """Make a file that has as many pages under the same key, none of which is part of a table."""
        self._empty.unlink(missing_ok=True)
        connection = database.plain_connection(self._empty, self._key, self._salt)
        try:
            connection.execute("CREATE TABLE filler (value)")
            content = FILLING * ((self.pages + _SPARE_PAGES) * PAGE_BYTES // len(FILLING))
            connection.execute("INSERT INTO filler VALUES (?)", (content,))
        finally:
            connection.close()
        shutil.copyfile(self._empty, self._copy)

    def _lay(self) -> None:
        """Put the newest version of each page in, but for the first; one of nothing but zeros was never written."""
        self.unread.clear()
        with self._path.open("rb") as source, self._copy.open("r+b") as file:
            for page in range(1, self.pages + 1):
                content = source.read(PAGE_BYTES)
                if page > 1 and any(content):
                    file.seek((page - 1) * PAGE_BYTES)
                    file.write(content)
                elif page > 1 and page not in self._logged:
                    self.unread.add(page)
        for page, offsets in self._logged.items():
            if page > 1:
                self._put(page, self._page(self._wal, offsets[-1]))

    def _mend(self) -> None:
        """Replace each page that does not authenticate by what it was before, and else by one that holds nothing."""
        before: dict[int, Iterator[bytes]] = {}
        while bad := self._bad():
            self.unread |= bad
            for page in bad:
                if page not in before:
                    before[page] = self._versions(page)
                    next(before[page], None)  # that is the one that is bad
                self._put(page, next(before[page], self._page(self._empty, (page - 1) * PAGE_BYTES)))

    def _versions(self, page: int) -> Iterator[bytes]:
        """What is there of a page, the newest first."""
        offsets = self._logged.get(page, [])
        for offset in offsets[: -_VERSIONS_MAX - 1 : -1]:
            yield self._page(self._wal, offset)
        yield self._page(self._path, (page - 1) * PAGE_BYTES).ljust(PAGE_BYTES, b"\0")

    def _bad(self) -> set[int]:
        """The pages that are not what was written under their number, as the copy is now."""
        connection = self.connect()
        try:
            return _bad_pages(connection)
        finally:
            connection.close()

    def _opens(self, first: bytes) -> bool:
        """Whether this is a first page that authenticates."""
        self._put(1, first)
        connection = None
        try:
            connection = database.plain_connection(self._copy, self._key, self._salt)
            return 1 not in _bad_pages(connection)
        except database.Failure:
            return False
        finally:
            if connection is not None:
                connection.close()

    def _put(self, page: int, content: bytes) -> None:
        with self._copy.open("r+b") as file:
            file.seek((page - 1) * PAGE_BYTES)
            file.write(content)

    @staticmethod
    def _page(path: Path, offset: int) -> bytes:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(PAGE_BYTES)


def _bad_pages(connection: Any) -> set[int]:
    found = connection.execute("PRAGMA cipher_integrity_check").fetchall()
    return {int(text.removeprefix(_BAD_PAGE)) for (text,) in found if text.startswith(_BAD_PAGE)}
