"""A flood of strangers, as a program of its own: connections without end, each of which says one thing and stays.

Started as `python -m tests.node.flood PORT ADDRESSES SAYS`: to this port of the loopback, from so many addresses of it
in turns, saying the bytes in hexadecimal. At most 200 are open at once. It prints how many it has made, every hundred.
"""

import asyncio
import contextlib
import itertools
import sys

AT_ONCE = 200
STAY_SECONDS = 10.0


async def one(port: int, source: str, says: bytes) -> None:
    """One stranger, until it is thrown out."""
    with contextlib.suppress(OSError, TimeoutError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        try:
            writer.write(says)
            async with asyncio.timeout(STAY_SECONDS):
                await reader.read()
        finally:
            writer.transport.abort()


async def main(port: int, addresses: int, says: bytes) -> None:
    """Go on until the end of this program."""
    under_way: set[asyncio.Task[None]] = set()
    for number in itertools.count():
        while len(under_way) >= AT_ONCE:
            _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        place = number % addresses
        source = f"127.{1 + place // 62_500}.{place // 250 % 250}.{place % 250 + 2}"
        under_way.add(asyncio.create_task(one(port, source, says)))
        if number % 100 == 0:
            print(number, flush=True)  # noqa: T201  # this is how a program speaks


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3])))
