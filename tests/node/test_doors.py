"""Where other devices knock: announced ports change, the last few stay open, and what came in by one goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from collar_sync.errors import Unreachable
from collar_sync.node.doors import Doors
from collar_sync.shells.transport import Connection, dial


async def echo(connection: Connection) -> None:
    async for frame in connection:
        await connection.send([frame])


@asynccontextmanager
async def open_doors(port: int = 0) -> AsyncIterator[Doors]:
    doors = Doors(echo, lambda _host: 0)
    await doors.open("127.0.0.1", port)
    try:
        yield doors
    finally:
        await doors.close()


async def answers(port: int) -> bool:
    try:
        connection = await dial("127.0.0.1", port)
    except Unreachable:
        return False
    await connection.close()
    return True


async def test_each_announcement_has_a_port_of_its_own_beside_the_one_that_people_type() -> None:
    async with open_doors() as doors:
        ports = [await doors.next_port() for _ in range(3)]
        assert len({doors.port, *ports}) == 4
        assert [await answers(port) for port in (doors.port, *ports)] == [True] * 4


async def test_old_announced_ports_close_the_typed_one_stays_and_so_does_what_came_through_an_old_one() -> None:
    async with open_doors() as doors:
        ports = [await doors.next_port()]
        through = await dial("127.0.0.1", ports[0])
        ports += [await doors.next_port() for _ in range(6)]
        assert [await answers(port) for port in ports] == [False] * 3 + [True] * 4
        assert await answers(doors.port)
        await through.send([b"still here"])
        assert await anext(through) == b"still here"
        assert len(doors._leaving) == 1, "the others had nobody left and are gone"
        await through.close()
        async with asyncio.timeout(30):
            while doors._leaving:
                await doors.next_port()


async def test_a_port_that_a_person_chose_is_the_one_that_is_announced() -> None:
    async with open_doors() as doors:
        chosen = doors.port
    async with open_doors(chosen) as doors:
        assert [await doors.next_port() for _ in range(3)] == [chosen] * 3


async def test_where_nobody_listens_nothing_is_announced() -> None:
    assert await Doors(echo, lambda _host: 0).next_port() == 0


@pytest.mark.parametrize("turned", ["away", "closed"])
async def test_turned_away_or_closed_nobody_new_comes_in_anywhere(turned: str) -> None:
    async with open_doors() as doors:
        ports = [doors.port, await doors.next_port(), await doors.next_port()]
        if turned == "away":
            doors.turn_away()
        else:
            await doors.close()
        assert [await answers(port) for port in ports] == [False] * 3
