"""Opening the browser: a file that only its owner may read, with a neutral name, that posts a code working once.

Nothing secret stands in an address or in a process's arguments, where other users of the machine could read it. It must
not know what the page shows.
"""

import asyncio
import contextlib
import os
import tempfile
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from demo_app import pages
from demo_app.door import Door

FILE_SECONDS_MAX: Final = 120.0  # a browser that has not read it by then will not


@asynccontextmanager
async def launching(door: Door) -> AsyncIterator[None]:
    """Open the browser; the file is gone once its code was used, after two minutes, and at the end."""
    path = write_file(door)
    remove = asyncio.get_running_loop().call_later(FILE_SECONDS_MAX, path.unlink, True)
    admitted = door.on_admitted

    def on_admitted() -> None:
        if door.launch_code is None:
            path.unlink(missing_ok=True)
        admitted()

    door.on_admitted = on_admitted
    threading.Thread(target=_show, args=(path.as_uri(),), daemon=True).start()  # a browser in the terminal stays in it
    try:
        yield
    finally:
        remove.cancel()
        path.unlink(missing_ok=True)


def _show(address: str) -> None:
    with contextlib.suppress(webbrowser.Error, OSError):
        webbrowser.open(address)


def write_file(door: Door) -> Path:
    """Write the launch file, readable by its owner alone, under a name that says nothing."""
    handle, name = tempfile.mkstemp(suffix=".html")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(pages.launch_page(door.origin, door.offer_launch_code()))
    return Path(name)
