"""One device that looks around, as a program: JSON lines out, commands in; for stories that need a process each.

Arguments: its letter and its port. Commands: `refresh`, `day N`, `missing`, `problem`, `local`, `close`. It announces
its letter eight times over as the first of sixteen tags, and says what it found, with the tags that are letters.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from collar_sync.shells.discovery import EPOCH_MILLISECONDS, Discovery
from collar_sync.shells.surroundings import Surroundings, local_addresses


def say(**what: Any) -> None:
    """Print one line of JSON."""
    print(json.dumps(what), flush=True)  # noqa: T201 - this is how a program speaks


async def main(letter: str, port: int) -> None:
    """Run until told to close."""
    day, missing = 20_000, False

    def tags(instance: bytes, epoch: int) -> tuple[bytes, ...]:
        say(announces=instance.hex(), epoch=epoch)
        return (letter.encode() * 8, *(instance[:7] + bytes([place]) for place in range(15)))

    def found(instance: bytes, tags: tuple[bytes, ...], addresses: Sequence[tuple[str, int]]) -> None:
        letters = [tag[:1].decode() for tag in tags if len(set(tag)) == 1]
        say(found=letters, instance=instance.hex(), tags=len(tags), addresses=list(addresses))

    async def next_port() -> int:
        return port

    say(ready=True)
    surroundings = Surroundings()
    await surroundings.start()
    discovery = Discovery(
        tags,
        found,
        surroundings,
        next_port=next_port,
        now=lambda: day * EPOCH_MILLISECONDS + 5,
        missing=lambda: missing,
    )
    discovery.start()
    while True:
        match (await asyncio.to_thread(sys.stdin.readline)).split():
            case ["refresh"]:
                discovery.refresh()
            case ["day", number]:
                day = int(number)
            case ["missing"]:
                missing = True
            case ["problem"]:
                say(problem=discovery.problem)
            case ["local"]:
                say(local=local_addresses())
            case _:
                await discovery.close()
                await surroundings.close()
                say(closed=True)
                return


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
