"""One laptop of the LAN tests: a device in a process of its own, which does what it is told, one JSON line at a time.

Started inside a network namespace as `python -m tests.lan.laptop FOLDER PORT [leaking]`; port 0 is any. Each line it
reads is `{"do": …}` and is answered by one line: what came of it, or `{"error": kind, "said": sentence}`.
"""

import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from collar_sync.core.events import Introduction
from collar_sync.core.links import DAY_MILLISECONDS
from collar_sync.errors import CollarError
from collar_sync.node.device import Device
from collar_sync.node.pairing import Invitation
from collar_sync.node.space import Space
from collar_sync.shells import clock
from tests.lan import leaks


class Laptop:
    """What can be asked of it: every public method is a command, and its answer becomes JSON."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._inviting: contextlib.AbstractAsyncContextManager[Invitation] | None = None
        self._invitation: Invitation | None = None
        self._moments: list[dict[str, Any]] = []

    async def follow(self) -> None:
        """Writes down every moment at which a connection stood otherwise than before."""
        async for _ in self._device.watch():
            for space in self._device.spaces:
                for other in space.sync_status():
                    stands = {"who": other.device_name, "connected": other.connected, "in_step": other.in_step}
                    known = [each for each in self._moments if each["who"] == other.device_name]
                    if not known or {**stands, "at": known[-1]["at"]} != known[-1]:
                        self._moments.append({**stands, "at": time.monotonic()})

    async def moments(self) -> dict[str, Any]:
        return {"moments": self._moments}

    @property
    def _space(self) -> Space:
        (space,) = self._device.spaces
        return space

    async def create(self, name: str, me: str, device_name: str) -> dict[str, Any]:
        space = await self._device.create_space(name, me=me, device_name=device_name)
        return {"space": space.id}

    async def invite(self, own: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  # a word of the command
        self._inviting = self._device.invite(self._space, own_device=own)
        self._invitation = await self._inviting.__aenter__()
        return {"code": self._invitation.code}

    async def joined(self) -> dict[str, Any]:
        assert self._invitation is not None
        assert self._inviting is not None
        try:
            words = (await self._invitation.met()).words
            person = await self._invitation.confirm()
        finally:
            await self._inviting.__aexit__(None, None, None)
        return {"name": person.name, "words": words}

    async def join(self, code: str, me: str, device_name: str, address: list[Any] | None = None) -> dict[str, Any]:
        words: list[tuple[str, str, str]] = []

        async def compare(seen: Introduction) -> bool:
            words.append(seen.words)
            return True

        where = (address[0], address[1]) if address else None
        space = await self._device.join(code, me=me, device_name=device_name, address=where, compare=compare)
        return {"space": space.id, "words": words[-1]}

    async def ask(self, title: str, details: str) -> dict[str, Any]:
        (other,) = (person for person in self._space.people() if person != self._space.me)
        return {"id": (await self._space.tasks.ask(title, of=other, details=details)).id}

    async def promise(self, title: str) -> dict[str, Any]:
        return {"id": (await self._space.tasks.promise(title)).id}

    async def rename(self, task: str, title: str) -> dict[str, Any]:
        return {"title": (await self._space.tasks.rename(task, title)).title}

    async def propose(self, purpose: str, includes: list[str]) -> dict[str, Any]:
        return {"id": (await self._space.consents.propose(purpose, includes=includes)).id}

    async def grant(self, consent: str) -> dict[str, Any]:
        return {"id": (await self._space.consents.grant(consent)).id}

    async def revoke(self, consent: str) -> dict[str, Any]:
        return {"id": (await self._space.consents.revoke(consent)).id}

    async def pause(self) -> dict[str, Any]:
        await self._space.pauses.pause()
        return {}

    async def remove(self, device_name: str) -> dict[str, Any]:
        (lost,) = (each for each in self._space.devices.mine() if each.name == device_name)
        await self._space.devices.remove(lost.id)
        return {}

    async def tomorrow(self) -> dict[str, Any]:
        """Midnight, as far as announcements are concerned; a clock that jumped would be taken for a sleep."""
        discovery = self._device._discovery
        assert discovery is not None
        discovery._now = lambda: clock.now() + DAY_MILLISECONDS
        return {}

    async def overnight(self) -> dict[str, Any]:
        """The same, until today's name is announced and yesterday's has been taken back."""

        def taking_back() -> bool:
            names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
            return "_Announcer._take_back" in names

        await self.tomorrow()
        while not taking_back():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.05)
        while taking_back():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.05)
        return {}

    async def heard(self) -> dict[str, Any]:
        """What was announced by those whose tags this laptop knows, in hexadecimal."""
        return {"instances": [each.hex() for peer in self._device._engine.links.peers.values() for each in peer._found]}

    async def secrets(self) -> dict[str, Any]:
        """Every key and secret that this laptop holds, or knows of the others, in hexadecimal."""
        engine = self._device._engine
        found = {"the seed": engine._vault.seed}
        for space in engine.spaces.values():
            found["exchange secret"] = space.keys.exchange_secret
            for number, device in enumerate(space.membership.devices.values()):
                found[f"signing key {number}"] = device.public.signing
                found[f"exchange key {number}"] = device.public.exchange
        for number, peer in enumerate(engine.links.peers.values()):
            found[f"pair key {number}"] = peer.secret
        return {name: value.hex() for name, value in found.items()}

    async def read(self) -> dict[str, Any]:
        """Everything a person could see here."""
        space = self._space
        now = space.now()
        return {
            "name": space.name,
            "people": {person.id: person.name for person in space.people().values()},
            "tasks": {task.id: [task.title, task.details, task.state.name] for task in space.tasks.all()},
            "consents": {each.id: [each.terms.purpose, each.state(now).name] for each in space.consents.all()},
            "pauses": [space.people()[pause.person].name for pause in space.pauses.standing()],
        }

    async def status(self) -> dict[str, Any]:
        """How it stands with the other laptop, of which there is one."""
        (status,) = (await self.others()).values()
        return dict(status)

    async def others(self) -> dict[str, Any]:
        """How it stands with each laptop, by its name."""
        problems = [*self._device.problems(), *self._space.problems()]
        return {
            other.device_name: {
                "connected": other.connected,
                "in_step": other.in_step,
                "waiting_out": other.waiting_out,
                "why": other.why,
                "problems": problems,
            }
            for other in self._space.sync_status()
        }

    async def identifiers(self) -> dict[str, Any]:
        """Every id that must not be seen outside."""
        space = self._space
        people = space.people().values()
        return {
            "space": space.id,
            **{f"person {number}": person.id for number, person in enumerate(people)},
            **{f"device {number}": device for number, person in enumerate(people) for device in person.devices},
            **{f"task {number}": task.id for number, task in enumerate(space.tasks.all())},
            **{f"consent {number}": consent.id for number, consent in enumerate(space.consents.all())},
        }


def answer(what: dict[str, Any]) -> None:
    """Writes one line."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main(folder: Path, port: int) -> None:
    """Serves commands until its input ends."""
    async with await Device.open(folder, "a long passphrase", listen=("", port), cost="interactive") as device:
        laptop = Laptop(device)
        following = asyncio.create_task(laptop.follow())
        answer({"ready": time.monotonic()})
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = json.loads(line)
            act = getattr(laptop, command.pop("do"))
            try:
                answer(await act(**command))
            except CollarError as error:
                answer({"error": type(error).__name__, "said": str(error)})
    await following


if __name__ == "__main__":
    if sys.argv[3:] == ["leaking"]:
        leaks.spring()
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
