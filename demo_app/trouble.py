"""An error that nobody meant: say that it happened and where in the code, never what was being written."""

import sys
import traceback
from pathlib import Path
from typing import Final

SENTENCE: Final = (
    "Something went wrong inside the app. What was saved before is safe. Try again; if it stays so, close the app and "
    "start it again."
)


def report(error: BaseException) -> str:
    """Name the kind of error and its places on standard error; returns the sentence for the page."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    sys.stderr.write(f"{SENTENCE} ({type(error).__name__} at {', '.join(places)})\n")
    return SENTENCE
