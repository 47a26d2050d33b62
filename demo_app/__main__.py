"""The command `collar-demo`: reads its arguments, says what cannot be done in one sentence, and runs the app."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

import platformdirs

from collar_sync.errors import CollarError
from demo_app.run import Seat, run

NEUTRAL_NAME: Final = "ours"  # of the data directory: it says nothing about what is in it
PORT_MAX: Final = 65_535

EPILOG: Final = """\
Each person gets one line on standard output, in this form:

    [label] open http://127.0.0.1:PORT/ and type the code XXXX-XXXX-XXXX

The label is "me", or with --duo "left" and "right". A code works once; when it was used, the line comes again with a
new one. Stop with Ctrl+C: everything that was written is saved.
"""


def main() -> None:
    """Run the demo app until it is stopped."""
    arguments = _parser().parse_args()
    try:
        asyncio.run(run(_seats(arguments), browser=not arguments.no_browser))
    except CollarError as error:
        sys.exit(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="collar-demo",
        description="A shared record of two people, on their own laptops only. Opens a page in your browser.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--duo", action="store_true", help="two people on this machine, to try it alone")
    parser.add_argument("--no-browser", action="store_true", help="open no browser; use the line printed")
    parser.add_argument("--data-dir", type=Path, help="where to keep the data (default: your system's place for it)")
    parser.add_argument("--name", default="", help="the name to start with at first run")
    parser.add_argument("--port", type=_port, default=0, help="the page's port on 127.0.0.1 (default: a free one)")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < PORT_MAX:
        raise argparse.ArgumentTypeError(f"a port lies between 0 and {PORT_MAX - 1}")
    return port


def _seats(arguments: argparse.Namespace) -> list[Seat]:
    own: Path = arguments.data_dir or Path(platformdirs.user_data_dir(NEUTRAL_NAME, appauthor=False, roaming=False))
    port: int = arguments.port
    if not arguments.duo:
        return [Seat(label="me", directory=own, name_hint=arguments.name, port=port)]
    both = arguments.data_dir or own / "duo"
    return [
        Seat(label="left", directory=both / "left", name_hint=arguments.name or "Alex", port=port),
        Seat(label="right", directory=both / "right", name_hint="Sam", port=port + 1 if port else 0),
    ]


if __name__ == "__main__":
    main()
