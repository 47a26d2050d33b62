"""The demo app whose two windows look around for each other as long as it takes: no machine is too slow for that."""

from demo_app import meeting, run
from demo_app.__main__ import main

PATIENCE_SECONDS = 90.0

if __name__ == "__main__":
    for module in (meeting, run):
        vars(module)["APART_SECONDS_MAX"] = PATIENCE_SECONDS
    main()
