"""Two laptops on one network: they find each other, pair, keep in step through a cut, and nobody can read along."""

import json
import subprocess
import sys
from pathlib import Path

from collar_sync import ids
from tests.lan.bed import Bed
from tests.lan.capture import Views
from tests.lan.remote import ALEX, ALEX_LAPTOP, SAM, SAM_LAPTOP, SPACE, Remote, in_step, laptops, pair

TITLE, DETAILS = "Evening check-in at nine", "Say how you arrive, après-midi aussi ☂"
RENAMED, SECOND = "Evening check-in at half past nine", "Water the tomatoes on the balcony"
PURPOSE, INCLUDED = "A photograph every Thursday", "the blue scarf and nothing else"


def words(bed: Bed, alex: Remote) -> dict[str, str | bytes]:
    """Everything that was written, every id in both spellings, and what would tell which software this is."""
    written = (SPACE, ALEX, SAM, ALEX_LAPTOP, SAM_LAPTOP, TITLE, DETAILS, RENAMED, SECOND, PURPOSE, INCLUDED)
    known = alex("identifiers")
    return {
        **{word: word for word in (*written, *bed.host_names.values())},
        **{f"{name}, as text": text.split("_")[1] for name, text in known.items()},
        **{f"{name}, raw": ids.raw_bytes(text) for name, text in known.items()},
        **{word: word for word in ("collar_sync", "collar-sync", "collar-demo", "automerge", "Automerge")},
        **{kind: kind for kind in ("statements", "task.ask", "consent.propose", "device.enrol")},
    }


def test_they_find_each_other_pair_and_keep_one_record_through_a_cut_and_nobody_reads_along(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed:
        with bed.capture(tmp_path / "seen.pcap"), laptops(bed, tmp_path) as (alex, sam):
            pair(alex, sam)
            task = alex("ask", title=TITLE, details=DETAILS)["id"]
            consent = sam("propose", purpose=PURPOSE, includes=[INCLUDED])["id"]
            sam.until("read", lambda seen: task in seen["tasks"])
            alex.until("read", lambda seen: consent in seen["consents"])
            alex("grant", consent=consent)
            sam.until("read", lambda seen: seen["consents"][consent][1] == "ACTIVE")
            assert alex("read") == sam("read")

            bed.cut("sam")
            alex("rename", task=task, title=RENAMED)
            alex("ask", title=SECOND, details="")
            sam("revoke", consent=consent)
            sam("pause")
            alex.until("status", lambda status: not status["connected"])
            status = alex("status")
            assert status["waiting_out"] > 0
            assert status["why"]
            apart = alex("read"), sam("read")
            assert apart[0]["consents"][consent][1] == "ACTIVE", "the withdrawal cannot have come through the cut"
            assert apart[1]["tasks"][task][0] == TITLE

            bed.heal("sam")
            in_step(alex)
            in_step(sam)
            together = alex("read")
            assert together == sam("read")
            assert together["tasks"][task][0] == RENAMED
            assert SECOND in {title for title, _, _ in together["tasks"].values()}
            assert together["consents"][consent][1] == "REVOKED"
            assert together["pauses"] == [SAM]
            assert alex("status")["problems"] == []
            secret = words(bed, alex)
        assert_nothing_can_be_read(bed, tmp_path, secret)


def assert_nothing_can_be_read(bed: Bed, folder: Path, secret: dict[str, str | bytes]) -> None:
    """The capture holds none of the words, and the same search finds every one of them in a plaintext conversation."""
    views = Views.of(folder / "seen.pcap")
    assert sum(map(len, views.messages)) > 5_000, "a whole conversation was put together and unmasked"
    assert views.find(secret) == {}
    with bed.capture(folder / "control.pcap"):
        plaintext(bed, list(secret.values()))
    control = Views.of(folder / "control.pcap")
    found = control.find(secret)
    assert [name for name in secret if "messages: as it is" not in found.get(name, set())] == []


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


def plaintext(bed: Bed, said: list[str | bytes]) -> None:
    """Sam's laptop tells Alex's every word, unencrypted, over the same kind of connection: the masked direction."""
    server = subprocess.Popen([*bed.enter("alex"), sys.executable, "-c", SERVER], stdout=subprocess.PIPE)
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == b"ready\n"
        raw = [(word.encode() if isinstance(word, str) else word).hex() for word in said]
        bed.run("sam", sys.executable, "-c", CLIENT, bed.addresses["alex"], json.dumps(raw))
    finally:
        server.kill()
        server.communicate()


def test_a_wrong_code_is_said_on_both_laptops_and_costs_the_code(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed, laptops(bed, tmp_path) as (alex, sam):
        alex("create", name=SPACE, me=ALEX, device_name=ALEX_LAPTOP)
        code = alex("invite")["code"]
        wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
        sam.tell("join", code=wrong, me=SAM, device_name=SAM_LAPTOP)
        alex.tell("joined")
        assert sam.hear()["error"] == "WrongCode"
        assert alex.hear()["error"] == "WrongCode"
        again = alex("invite")["code"]
        assert again != code
