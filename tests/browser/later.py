"""The demo app on a machine whose clock a test sets: as many hours later as the file says that is named in LATER."""

import os
from pathlib import Path

from collar_sync.shells import clock
from demo_app.__main__ import main

_FILE = Path(os.environ["LATER"])
_SAYS = clock.now


def _later() -> int:
    return _SAYS() + int(_FILE.read_text()) * 60 * 60 * 1000


if __name__ == "__main__":
    clock.now = _later
    main()
