"""Finds devices on the local network, by announcements that tell a stranger nothing.

An announcement is one of a generic service type, under a random instance and host name, with a fixed number of short
tags. Whose tags they are is decided elsewhere. Names are new on each day, each restart and each change of the network,
and so is the port, so nothing said here links one day to another. The library does not notice a network that changes:
it is started afresh after each change, and after sleep. Nothing here gives up; `problem` says what is wrong meanwhile.
"""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from zeroconf import DNSQuestionType, Error, IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from collar_sync import limits
from collar_sync.shells import clock
from collar_sync.shells.surroundings import Interfaces, Surroundings, link_local, near, outward, rank

MakeTags = Callable[[bytes, int], tuple[bytes, ...]]
OnFound = Callable[[bytes, tuple[bytes, ...], Sequence[tuple[str, int]]], None]

INSTANCE_BYTES: Final = 16
EPOCH_MILLISECONDS: Final = 24 * 60 * 60 * 1_000
_TYPE: Final = "_http._tcp.local."
_TAGS_KEY: Final = b"k"
_TAGS_BYTES_MAX: Final = 248  # what one TXT string holds
_TTL_SECONDS: Final = 120  # a device that vanished is forgotten
_WATCH_SECONDS: Final = 1.0  # between two looks at the day
_REFRESH_SECONDS: Final = 0.3  # several reasons to announce anew become one
_QUEUED_SECONDS_MAX: Final = 1.3  # how long an answer may wait on its way out
_RESOLVE_MILLISECONDS_MAX: Final = 3_000
_RESOLVING_MAX: Final = 64  # a network full of made-up names costs no more than this at once
_ADDRESSES_MAX: Final = 8  # of one device; each is called
_RETRY_SECONDS_MAX: Final = 30.0
_ASK_SECONDS_MIN: Final = 5.0  # asking again who is there, while somebody is missing: at first so soon,
_ASK_SECONDS_MAX: Final = 60.0  # then twice as late each time, up to this

_NAMES_MAX: Final = 16_384  # heard; the library remembers when to ask for each, 4 MB. A large office has some hundred
_CALM_SECONDS: Final = 30.0  # after which a network that was flooded is one like any other

_NO_NETWORK: Final = (
    "This computer is on no network, so other devices cannot be found. Connect to the network of your other device."
)
_NO_LOOKING: Final = (
    "Other devices cannot be found by themselves: this computer does not let the app look around the network. "
    "Allow it in the system's settings for firewall and local network, or type the other device's address."
)
_FLOODED: Final = (
    "Something on this network floods it with announcements, so your other devices may not be found. Type the other "
    "device's address, or use another network."
)


class Discovery:
    """Announces this device and reports others, from `start` to `close`, through every change of network."""

    def __init__(
        self,
        make_tags: MakeTags,
        on_found: OnFound,
        surroundings: Surroundings,
        *,
        next_port: Callable[[], Awaitable[int]],
        missing: Callable[[], bool] = lambda: False,
        now: Callable[[], int] = clock.now,
    ) -> None:
        """`make_tags(instance, epoch)` gives what to announce; `on_found(instance, tags, addresses)` hears of others.

        `on_found` may hear of one device several times, and of devices that are none of ours. `next_port` gives the
        port for the next announcement, 0 for none; while somebody is `missing`, the network is asked again.
        """
        self.problem: str | None = None
        self._make_tags = make_tags
        self._on_found = on_found
        self._surroundings = surroundings
        self._next_port = next_port
        self._missing = missing
        self._now = now
        self._own: deque[bytes] = deque(maxlen=8)
        self._wake = asyncio.Event()
        self._closing = False
        self._stale = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Announce this device, and look around."""
        logging.getLogger("zeroconf").setLevel(logging.CRITICAL + 1)  # it would log names and addresses
        self._surroundings.hear.append(self._wake.set)
        self._task = asyncio.create_task(self._run())

    def refresh(self) -> None:
        """Announce anew, under new names: what `make_tags` or `next_port` say has changed."""
        self._stale = True
        self._wake.set()

    async def close(self) -> None:
        """Take back the announcement, and stop; calling it again is harmless."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def _run(self) -> None:
        wait_seconds, flooded = 1.0, False
        while not self._closing:
            interfaces, changes = self._surroundings.interfaces, self._surroundings.changes
            reachable = any(outward(each.host) for each in interfaces)
            begun = asyncio.get_running_loop().time()
            try:
                self.problem = _FLOODED if flooded else None if reachable else _NO_NETWORK
                if interfaces:
                    await self._while_unchanged(interfaces, changes)
                    wait_seconds, flooded = 1.0, False
                    continue
            except _FloodedError:
                self.problem, flooded = _FLOODED, True
            except (OSError, RuntimeError, Error, TimeoutError):
                self.problem = _NO_LOOKING if reachable else _NO_NETWORK
            if asyncio.get_running_loop().time() - begun > _CALM_SECONDS:
                wait_seconds = 1.0
            await self._pause(wait_seconds, changes)
            wait_seconds = min(2 * wait_seconds, _RETRY_SECONDS_MAX)

    def _unchanged(self, changes: int) -> bool:
        return not self._closing and self._surroundings.changes == changes

    async def _pause(self, seconds: float, changes: int) -> None:
        """Wait, but no longer than the network stays as it is."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._unchanged(changes) and (left := until - loop.time()) > 0:
            await self._sleep(left)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    async def _while_unchanged(self, interfaces: Interfaces, changes: int) -> None:
        """Announce and look around until this computer's addresses change, it wakes from sleep, or the end."""
        responder = _responder(interfaces)
        watcher = _Watcher(responder.zeroconf, interfaces, self._found)
        announcer = _Announcer(responder)
        calm = asyncio.get_running_loop().time() + _CALM_SECONDS
        try:
            await responder.zeroconf.async_wait_for_start()
            watcher.start()
            while self._unchanged(changes):
                epoch = self._now() // EPOCH_MILLISECONDS
                if self._stale or announcer.epoch != epoch:
                    self._stale = False
                    if port := await self._next_port():
                        await announcer.announce(epoch, self._announcement(interfaces, epoch, port))
                        await asyncio.sleep(_REFRESH_SECONDS)
                if watcher.names > _NAMES_MAX:
                    raise _FloodedError
                if self.problem == _FLOODED and asyncio.get_running_loop().time() > calm:
                    self.problem = None
                await watcher.ask_again(missing=self._missing())
                await self._sleep(_WATCH_SECONDS)
        finally:
            await watcher.stop()
            await announcer.close()
            with suppress(OSError, Error, TimeoutError):
                await responder.async_close()

    def _announcement(self, interfaces: Interfaces, epoch: int, port: int) -> AsyncServiceInfo:
        instance = os.urandom(INSTANCE_BYTES)
        self._own.append(instance)
        hosts = {each.host for each in interfaces}
        reachable = [host for host in hosts if outward(host)] or hosts
        return AsyncServiceInfo(
            _TYPE,
            f"{instance.hex()}.{_TYPE}",
            port=port,
            properties={_TAGS_KEY: b"".join(self._make_tags(instance, epoch))},
            server=f"{os.urandom(INSTANCE_BYTES).hex()}.local.",
            parsed_addresses=sorted(reachable, key=rank)[:_ADDRESSES_MAX],
            host_ttl=_TTL_SECONDS,
            other_ttl=_TTL_SECONDS,
        )

    def _found(self, instance: bytes, tags: tuple[bytes, ...], addresses: list[tuple[str, int]]) -> None:
        if instance not in self._own:
            self._on_found(instance, tags, addresses)


class _FloodedError(Exception):
    """More is announced on this network than can be remembered: what was is forgotten, with the library's responder."""


class _Announcer:
    """What is announced while one responder lives, and taken back."""

    def __init__(self, responder: AsyncZeroconf) -> None:
        self.epoch: int | None = None  # of what is announced; None before anything is
        self._responder = responder
        self._info: AsyncServiceInfo | None = None
        self._repeating: asyncio.Future[Any] | None = None
        self._leaving: dict[asyncio.Task[None], AsyncServiceInfo] = {}

    async def announce(self, epoch: int, info: AsyncServiceInfo) -> None:
        """Announce this, and take back what was announced before."""
        before, repeating = self._info, self._repeating
        # A random name needs no asking whether it is taken, which would cost half a second.
        sending = await self._responder.async_register_service(info, cooperating_responders=True)
        self.epoch, self._info, self._repeating = epoch, info, asyncio.ensure_future(sending)
        if before is not None:
            await _stop(repeating)
            task = asyncio.create_task(self._take_back(before, _QUEUED_SECONDS_MAX))
            self._leaving[task] = before
            task.add_done_callback(lambda done: self._leaving.pop(done, None))

    async def close(self) -> None:
        """Take back everything; the responder is to be closed at once after it."""
        left = [*self._leaving.values(), *([self._info] if self._info is not None else [])]
        await _stop(self._repeating, *self._leaving)
        await asyncio.gather(*(self._take_back(info, 0) for info in left))
        with suppress(OSError, RuntimeError, Error, TimeoutError):
            for info in left:  # an answer may still have crossed those; after this the caller lets nothing out
                last = AsyncServiceInfo(_TYPE, info.name, 0, server=info.server)
                self._responder.zeroconf.async_send(self._responder.zeroconf.generate_service_broadcast(last, 0))

    async def _take_back(self, info: AsyncServiceInfo, wait_seconds: float) -> None:
        """Say that it is gone, and say so again in other words.

        An answer that was under way may come after the first farewell, and makes others believe in the old name for
        twenty minutes; and who hears the same bytes twice within a second passes over the second.
        """
        with suppress(OSError, RuntimeError, Error, TimeoutError):  # a lost network is noticed elsewhere
            await (await self._responder.async_unregister_service(info))
            await asyncio.sleep(wait_seconds)
            bare = AsyncServiceInfo(_TYPE, info.name, info.port, properties=info.properties, server=info.server)
            await (await self._responder.async_unregister_service(bare))


async def _stop(*doing: "asyncio.Future[Any] | None") -> None:
    """End what is still being done, whatever came of it."""
    left = [each for each in doing if each is not None]
    for each in left:
        each.cancel()
    await asyncio.gather(*left, return_exceptions=True)


class _Watcher:
    """Looks for announcements of our form while one responder lives, and asks for what is missing of them."""

    def __init__(
        self,
        responder: Zeroconf,
        interfaces: Interfaces,
        found: Callable[[bytes, tuple[bytes, ...], list[tuple[str, int]]], None],
    ) -> None:
        self._responder = responder
        self._interfaces = interfaces
        self._scopes = sorted({each.index for each in interfaces if link_local(each.host)})
        self._found = found
        self.names = 0  # heard since the browser began
        self._browser: AsyncServiceBrowser | None = None
        self._resolving: dict[str, asyncio.Task[None]] = {}
        self._wait_seconds = _ASK_SECONDS_MIN
        self._next_question = 0.0

    def start(self) -> None:
        self.names = 0
        # Asks for answers to all: one sent to the asker alone gets lost where two programs share the port.
        self._browser = AsyncServiceBrowser(
            self._responder, _TYPE, handlers=[self._heard], question_type=DNSQuestionType.QM
        )
        self._next_question = asyncio.get_running_loop().time() + self._wait_seconds

    async def ask_again(self, *, missing: bool) -> None:
        """Ask who is there, where it is time to: the library soon does so an hour apart, and packets get lost."""
        if asyncio.get_running_loop().time() < self._next_question:
            return
        self._wait_seconds = min(2 * self._wait_seconds, _ASK_SECONDS_MAX) if missing else _ASK_SECONDS_MIN
        if missing and self._browser is not None:
            await self._browser.async_cancel()
            self.start()

    async def stop(self) -> None:
        if self._browser is not None:
            await self._browser.async_cancel()
        for task in self._resolving.values():
            task.cancel()
        await asyncio.gather(*self._resolving.values(), return_exceptions=True)

    def _heard(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        self.names += state_change is ServiceStateChange.Added
        instance = _instance(name.removesuffix(f".{service_type}"))
        if instance is None or state_change is ServiceStateChange.Removed:
            return
        info = AsyncServiceInfo(service_type, name)
        if info.load_from_cache(zeroconf):  # as a rule one packet says everything
            self._report(instance, info)
        elif name not in self._resolving and len(self._resolving) < _RESOLVING_MAX:
            task = asyncio.get_running_loop().create_task(self._resolve(instance, info))
            self._resolving[name] = task
            task.add_done_callback(lambda _: self._resolving.pop(name, None))

    async def _resolve(self, instance: bytes, info: AsyncServiceInfo) -> None:
        with suppress(Error, OSError, TimeoutError):
            if await info.async_request(self._responder, _RESOLVE_MILLISECONDS_MAX):
                self._report(instance, info)

    def _report(self, instance: bytes, info: AsyncServiceInfo) -> None:
        """Tell of an announcement, and of its addresses, which anybody may have made up, those on a network here."""
        tags = _tags(info.properties)
        if tags is None or not info.port:
            return
        hosts: dict[str, None] = {}
        for host in info.parsed_scoped_addresses():
            if link_local(host) and "%" not in host:  # heard without saying where: it may be on any
                hosts.update(dict.fromkeys(f"{host}%{index}" for index in self._scopes))
            else:
                hosts[host] = None
        ranked = sorted((host for host in hosts if near(host, self._interfaces)), key=rank)
        if ranked:
            self._found(instance, tags, [(host, info.port) for host in ranked][:_ADDRESSES_MAX])


def _responder(interfaces: Interfaces) -> AsyncZeroconf:
    """Open the library on every interface and both families, or on IPv4 alone where the other is refused."""
    hosts = sorted({each.host for each in interfaces})
    narrow = [host for host in hosts if ":" not in host]
    try:
        return AsyncZeroconf(interfaces=hosts, ip_version=IPVersion.All if narrow else IPVersion.V6Only)
    except (OSError, RuntimeError):
        if not narrow:
            raise
        return AsyncZeroconf(interfaces=narrow, ip_version=IPVersion.V4Only)


def _instance(name: str) -> bytes | None:
    if len(name) != 2 * INSTANCE_BYTES or name != name.lower():
        return None
    try:
        return bytes.fromhex(name)
    except ValueError:
        return None


def _tags(properties: dict[bytes, bytes | None]) -> tuple[bytes, ...] | None:
    joined = properties.get(_TAGS_KEY)
    if len(properties) != 1 or joined is None or not 0 < len(joined) <= _TAGS_BYTES_MAX:
        return None
    if len(joined) % limits.TAG_BYTES:
        return None
    return tuple(joined[at : at + limits.TAG_BYTES] for at in range(0, len(joined), limits.TAG_BYTES))
