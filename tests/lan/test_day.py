"""A whole day and the next, as somebody on the same network sees it: no word, no key, nothing that returns, no sizes.

Everything that crosses the network is captured, put together and unmasked, then searched. The same searches find what
they look for where laptops have their protections switched off, each its own kind.
"""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from collar_sync import ids
from tests.lan import leaks, traces
from tests.lan.bed import Bed
from tests.lan.capture import Views
from tests.lan.remote import ALEX, ALEX_LAPTOP, SAM, SAM_LAPTOP, SPACE, Remote, join, laptops

pytestmark = pytest.mark.alone

TITLE, DETAILS = "Evening check-in at nine", "Say how you arrive, après-midi aussi ☂"
RENAMED, SECOND = "Evening check-in at half past nine", "Water the tomatoes on the balcony"
PURPOSE, INCLUDED = "A photograph every Thursday", "the blue scarf and nothing else"
LOST_LAPTOP = "Samphire's laptop that was left on a train"
SOFTWARE = ("collar_sync", "collar-sync", "collar-demo", "automerge", "Automerge", "websockets", "zeroconf", "Python/3")
NIGHT_SECONDS = 2.0  # for everybody to forget yesterday's names, a second after they were taken back


@dataclass(frozen=True, slots=True)
class Seen:
    """A capture of a day and the next; what nobody may see in it, and where the laptops were."""

    path: Path
    night: tuple[float, float]
    secret: dict[str, str | bytes]
    addresses: tuple[bytes, ...]

    def returning(self, elsewhere: "Seen") -> set[bytes]:
        """What was sent on both days, and never in that other home."""
        common = traces.tokens(traces.said(elsewhere.path, 0, time.time()), elsewhere.addresses)
        before = traces.tokens(traces.said(self.path, 0, self.night[0]), self.addresses, common)
        after = traces.tokens(traces.said(self.path, self.night[1], time.time()), self.addresses, common)
        return before & after


@dataclass(frozen=True, slots=True)
class Home:
    """What the people of a home are called, and what their laptops are."""

    space: str
    alex: str
    sam: str
    alex_laptop: str
    sam_laptop: str
    lost_laptop: str


OURS = Home(SPACE, ALEX, SAM, ALEX_LAPTOP, SAM_LAPTOP, LOST_LAPTOP)
ANOTHER = Home("Hearth", "Bo", "Cy", "grey", "old", "lost")


def live(folder: Path, home: Home, night_seconds: float, *, leaking: bool) -> Seen:
    """Two days of one home: pairing, work, a second laptop, a pause; the night; another address, work, a removal."""
    folder.mkdir()
    with Bed("alex", "sam", "kim") as bed, contextlib.ExitStack() as morning:
        with bed.capture(folder / "seen.pcap"):
            alex, sam, kim = morning.enter_context(laptops(bed, folder, "alex", "sam", "kim", leaking=leaking))
            alex("create", name=home.space, me=home.alex, device_name=home.alex_laptop)
            codes = [join(alex, sam, me=home.sam, device_name=home.sam_laptop)]
            task = alex("ask", title=TITLE, details=DETAILS)["id"]
            consent = sam("propose", purpose=PURPOSE, includes=[INCLUDED])["id"]
            alex.until("read", lambda seen: consent in seen["consents"])
            alex("grant", consent=consent)
            codes.append(join(sam, kim, me=home.sam, device_name=home.lost_laptop, own=True))
            kim.until("read", lambda seen: task in seen["tasks"] and consent in seen["consents"])
            sam("pause")
            alex.until("read", lambda seen: seen["pauses"] == [home.sam])
            everywhere_in_step(alex, sam, kim)

            evening = time.time()
            sam("tomorrow")
            assert sam.close() == ""
            for laptop in (alex, kim):
                laptop.tell("overnight")
            for laptop in (alex, kim):
                laptop.hear()
            time.sleep(night_seconds)
            dawn = time.time()

            bed.readdress("sam", "10.77.0.99")
            sam = morning.enter_context(contextlib.closing(Remote(bed, "sam", folder / "sam", leaking=leaking)))
            sam("tomorrow")
            alex("rename", task=task, title=RENAMED)
            second = alex("ask", title=SECOND, details="")["id"]
            sam.until("read", lambda seen: second in seen["tasks"] and seen["tasks"][task][0] == RENAMED)
            sam("revoke", consent=consent)
            sam("remove", device_name=home.lost_laptop)
            alex.until("read", lambda seen: seen["consents"][consent][1] == "REVOKED")
            kim.until("others", lambda others: not any(other["connected"] for other in others.values()))
            assert alex("read") == sam("read")
            secret = secrets(bed, home, alex, sam, codes)
        return Seen(folder / "seen.pcap", (evening, dawn), secret, addresses(bed))


def everywhere_in_step(*laptops: Remote) -> None:
    for laptop in laptops:
        laptop.until("others", lambda others: len(others) == 2 and all(other["in_step"] for other in others.values()))


def secrets(bed: Bed, home: Home, alex: Remote, sam: Remote, codes: list[str]) -> dict[str, str | bytes]:
    """Everything that was written, every key, every id in both spellings, and what would tell which software it is."""
    written = (TITLE, DETAILS, RENAMED, SECOND, PURPOSE, INCLUDED, *vars_of(home), *bed.host_names.values())
    known = alex("identifiers")
    keys = [
        (who, name, key) for who, laptop in (("alex", alex), ("sam", sam)) for name, key in laptop("secrets").items()
    ]
    return {
        **{word: word for word in (*written, *codes) if len(word.encode()) >= 8},
        **{f"{name}, as text": text.split("_")[1] for name, text in known.items()},
        **{f"{name}, raw": ids.raw_bytes(text) for name, text in known.items()},
        **{f"{name} of {who}": bytes.fromhex(key) for who, name, key in keys},
        **{kind: kind for kind in ("statements", "task.ask", "consent.propose", "device.enrol", *SOFTWARE)},
    }


def vars_of(home: Home) -> tuple[str, ...]:
    return (home.space, home.alex, home.sam, home.alex_laptop, home.sam_laptop, home.lost_laptop)


def addresses(bed: Bed) -> tuple[bytes, ...]:
    """Every address that a laptop had, packed: what a listener sees in any case."""
    old = [socket.inet_aton(f"10.77.0.{number}") for number in (1, 2, 3, 99)]
    return (*old, *(socket.inet_pton(socket.AF_INET6, bed.link_local(name)) for name in ("alex", "sam", "kim")))


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """Our home, another one, and ours without protections: side by side, since they wait most of the time."""
    folder = tmp_path_factory.mktemp("days")
    with ThreadPoolExecutor() as side_by_side:
        started = [
            side_by_side.submit(live, folder / "ours", OURS, NIGHT_SECONDS, leaking=False),
            side_by_side.submit(live, folder / "another", ANOTHER, 0, leaking=False),
            side_by_side.submit(live, folder / "leaking", OURS, NIGHT_SECONDS, leaking=True),
        ]
        return [life.result() for life in started]


@pytest.fixture(scope="module")
def seen(lives: list[Seen]) -> Seen:
    return lives[0]


@pytest.fixture(scope="module")
def elsewhere(lives: list[Seen]) -> Seen:
    return lives[1]


@pytest.fixture(scope="module")
def leaked(lives: list[Seen]) -> Seen:
    return lives[2]


@pytest.fixture(scope="module")
def found(leaked: Seen) -> dict[str, set[str]]:
    return Views.of(leaked.path).find(leaked.secret)


def test_no_word_name_key_or_id_and_no_name_of_this_software_is_seen(seen: Seen) -> None:
    views = Views.of(seen.path)
    assert sum(map(len, views.messages)) > 10_000, "whole conversations were put together and unmasked"
    assert views.find(seen.secret) == {}


def test_nothing_that_is_said_on_one_day_is_said_again_on_the_next(seen: Seen, elsewhere: Seen) -> None:
    for begin, end in ((0.0, seen.night[0]), (seen.night[1], time.time())):
        spoken = list(traces.said(seen.path, begin, end))
        assert sum(b"_http" in text for text in spoken) >= 3, "announcements of either day"
        assert sum(map(len, spoken)) > 5_000, "and conversations"
    assert seen.returning(elsewhere) == set()


def test_names_and_ports_of_one_day_are_not_announced_on_the_next(seen: Seen) -> None:
    evening, dawn = seen.night
    yesterday, today = (traces.announced(seen.path, *day) for day in ((0, evening), (dawn, time.time())))
    for before, after in zip(yesterday, today, strict=True):
        assert len(before) >= 3, "each of the laptops"
        assert len(after) >= 2, "and those of the next day"
        assert not before & after


def test_nothing_has_a_size_but_those_of_the_padding_and_all_of_a_pairing_has_one(seen: Seen, elsewhere: Seen) -> None:
    assert traces.told_by_size(seen.path) == []
    assert traces.told_by_size(elsewhere.path) == []
    sizes = traces.pairing_sizes(seen.path)
    assert len(sizes) == 1, f"whichever step, whoever paired, and not {sizes}"
    assert sizes == traces.pairing_sizes(elsewhere.path)


def test_connections_close_with_one_and_the_same_frame(seen: Seen, elsewhere: Seen) -> None:
    assert traces.closing(seen.path) == traces.closing(elsewhere.path) == {b"\x03\xe8"}, "code 1000 and no word"


def test_words_that_are_not_sealed_are_found(found: dict[str, set[str]]) -> None:
    for word in (TITLE, RENAMED, SECOND, PURPOSE):  # a first sync is compressed, and what is said later is not
        assert any(where.startswith("messages") for where in found[word]), word
    assert any(name.endswith(", raw") for name in found), "and ids"


def test_a_tag_that_stays_the_same_is_found(leaked: Seen, elsewhere: Seen) -> None:
    assert len(leaked.returning(elsewhere)) >= 1
    pair = leaked.secret["pair key 0 of alex"]
    assert isinstance(pair, bytes)
    assert leaks.steady_tag(pair) in leaked.returning(elsewhere)


def test_a_key_that_is_announced_is_found(found: dict[str, set[str]]) -> None:
    assert any(name.startswith("exchange key") and "packets: as it is" in where for name, where in found.items())


def test_a_header_that_names_the_software_is_found(found: dict[str, set[str]]) -> None:
    assert "streams: as it is" in found["websockets"]


def test_sizes_that_are_not_padded_are_found(leaked: Seen) -> None:
    assert traces.told_by_size(leaked.path)


def test_reasons_that_are_given_in_the_clear_are_found(leaked: Seen) -> None:
    assert any(len(each) > 2 for each in traces.closing(leaked.path))


SERVER = """
import asyncio, websockets.asyncio.server
async def main():
    async def talk(connection):
        async for message in connection:
            await connection.send(b"heard")
    async with websockets.asyncio.server.serve(talk, "", 7000, compression=None):
        print("ready", flush=True)
        await asyncio.Future()
asyncio.run(main())
"""
CLIENT = """
import asyncio, json, sys, websockets.asyncio.client
async def main():
    async with websockets.asyncio.client.connect(f"ws://{sys.argv[1]}:7000", compression=None) as connection:
        for word in json.loads(sys.argv[2]):
            await connection.send(bytes.fromhex(word))
            await connection.recv()
asyncio.run(main())
"""


@contextlib.contextmanager
def _listening(bed: Bed) -> Iterator[None]:
    server = subprocess.Popen([*bed.enter("alex"), sys.executable, "-c", SERVER], stdout=subprocess.PIPE)
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"ready\n"
        yield
    finally:
        server.kill()
        server.communicate()


def test_each_of_the_secrets_would_be_found_in_a_plaintext_conversation(seen: Seen, tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed, bed.capture(tmp_path / "control.pcap"), _listening(bed):
        raw = [(word.encode() if isinstance(word, str) else word).hex() for word in seen.secret.values()]
        bed.run("sam", sys.executable, "-c", CLIENT, bed.addresses["alex"], json.dumps(raw))
    found = Views.of(tmp_path / "control.pcap").find(seen.secret)
    assert [name for name in seen.secret if "messages: as it is" not in found.get(name, set())] == []
