"""Somebody on the network who recorded an announcement and makes it again: whom others call because of it."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests import needs
from tests.lan.bed import Bed
from tests.lan.remote import in_step, laptops, pair

PORT = 7_777
BELIEVED_SECONDS_MAX = 60
ELSEWHERE = ["8.8.8.8", "203.0.113.5", "10.99.0.1", "192.168.1.1", "127.0.0.1", "2001:db8::5", "fd00:9::5"]

REPEAT = """
import asyncio, json, os, sys
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf
async def main():
    kind, recorded = "_http._tcp.local.", {}
    responder = AsyncZeroconf()
    async def record(name):
        info = AsyncServiceInfo(kind, name)
        if await info.async_request(responder.zeroconf, 3_000):
            recorded[name] = info.properties
    def heard(zeroconf, service_type, name, state_change):
        if state_change.name == "Added":
            asyncio.get_running_loop().create_task(record(name))
    browser = AsyncServiceBrowser(responder.zeroconf, kind, handlers=[heard])
    while not (where := json.loads(await asyncio.to_thread(sys.stdin.readline))):
        print(json.dumps([name[:32] for name in recorded]), flush=True)
    addresses, port = where
    await browser.async_cancel()
    await responder.async_close()
    responder = AsyncZeroconf()
    for name, properties in recorded.items():
        info = AsyncServiceInfo(kind, name, port=port, properties=properties, server=os.urandom(16).hex() + ".local.",
                                parsed_addresses=addresses)
        await responder.async_register_service(info, cooperating_responders=True)
    print(json.dumps("repeated"), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await responder.async_close()
asyncio.run(main())
"""


def test_who_repeats_a_recorded_announcement_makes_nobody_call_an_address_beyond_the_network_or_within_the_computer(
    tmp_path: Path,
) -> None:
    ip, nft = needs.program("ip", "iproute2"), needs.program("nft", "nftables")
    with Bed("alex", "sam", "kim") as bed, laptops(bed, tmp_path) as (alex, sam):
        command = [*bed.enter("kim"), sys.executable, "-c", REPEAT]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as kim:
            assert kim.stdout is not None
            assert kim.stdin is not None
            asks, says = kim.stdin, kim.stdout
            pair(alex, sam)
            in_step(alex)
            recorded: list[str] = []

            def can_be_repeated(heard: dict[str, Any]) -> bool:
                """Whether what Sam's laptop announces since they know each other was recorded too."""
                asks.write("[]\n")
                asks.flush()
                recorded[:] = json.loads(says.readline())
                return bool({*heard["instances"]} & {*recorded})

            alex.until("heard", can_be_repeated)
            for way in (("route",), ("-6", "route")):
                via = bed.link_local("kim") if "-6" in way else bed.address("kim")
                bed.run("alex", ip, *way, "add", "default", "via", via, "dev", "eth0")
            where = (f"ip daddr {bed.address('kim')}", f"ip daddr != {bed.address('kim')}", "meta nfproto ipv6")
            rules = " ".join(f"tcp dport {PORT} {each} counter;" for each in where)
            bed.run("alex", nft, f"table inet seen {{ chain o {{ type filter hook output priority 0; {rules} }}; }}")
            assert sam.close() == ""
            alex.until("status", lambda status: not status["connected"])
            time.sleep(2)  # until the name is gone: it was taken back twice
            kim.stdin.write(json.dumps([[*ELSEWHERE, bed.address("kim")], PORT]) + "\n")
            kim.stdin.flush()
            assert json.loads(kim.stdout.readline()) == "repeated"
            calls, until = [0], time.monotonic() + BELIEVED_SECONDS_MAX
            while calls[0] < 2 and time.monotonic() < until:
                time.sleep(0.2)
                told = bed.run("alex", nft, "list", "table", "inet", "seen")
                calls = [int(count) for count in re.findall(r"counter packets (\d+)", told)]
            kim.stdin.close()
        assert calls[0] > 0, "it was believed, and who repeats it called: else this would show nothing"
        assert calls[1:] == [0, 0]
