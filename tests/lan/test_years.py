"""Laptops that live together for years: sleep, other networks, firewalls, lost packets, a third one, one lost."""

import time
from pathlib import Path

import pytest

from tests import in_time
from tests.lan.bed import Bed
from tests.lan.remote import ALEX, ALEX_LAPTOP, SAM_LAPTOP, SPACE, Remote, in_step, join, laptops, pair

KIM, KIM_LAPTOP = "Kimberlite Sound", "Kimberlite's tablet"
NOTICED_SECONDS_MAX = 4.0
AGAIN_SECONDS_MAX = 3.0  # after a change of network or sleep; counted by the laptops: this test's pace is out of it
GIVEN_UP_SECONDS = 6.0


def written(laptop: Remote, title: str) -> str:
    """Promises something there; the id of it."""
    return str(laptop("promise", title=title)["id"])


def arrives(laptop: Remote, task: str) -> float:
    return laptop.until("read", lambda seen: task in seen["tasks"])


def with_laptop(laptop: Remote, who: str, *, connected: bool) -> None:
    """Waits until the laptop of that name stands so."""
    laptop.until("others", lambda others: others[who]["connected"] is connected)


def test_a_lid_that_was_closed_is_noticed_and_once_it_is_open_both_are_in_step_at_once(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed, laptops(bed, tmp_path) as (alex, sam):
        pair(alex, sam)
        slept: list[tuple[float, float]] = []

        def sleeps() -> tuple[float, float]:
            in_step(alex)
            in_step(sam)
            asleep = time.monotonic()
            sam.sleep()
            noticed = alex.when(lambda moment: not moment["connected"], asleep)
            task = written(alex, "while you slept")
            time.sleep(max(0.0, asleep + GIVEN_UP_SECONDS - time.monotonic()))
            awake = time.monotonic()
            sam.wake()
            slept.append((noticed, max(each.when(lambda moment: moment["in_step"], awake) for each in (sam, alex))))
            assert task in sam("read")["tasks"]
            return slept[-1]

        in_time.kept(lambda: sleeps()[0], NOTICED_SECONDS_MAX)
        made = iter([*slept])
        in_time.kept(lambda: (next(made, None) or sleeps())[1], AGAIN_SECONDS_MAX)


@pytest.mark.slow
def test_a_firewall_on_either_side_keeps_nobody_apart(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed, laptops(bed, tmp_path) as (alex, sam):
        pair(alex, sam)
        for number, guarded in enumerate(("sam", "alex"), start=60):
            in_step(alex)
            in_step(sam)
            bed.firewall(guarded)
            bed.readdress("sam", f"10.77.0.{number}")  # what was connected is not any more, over either family
            bed.cut("sam")
            sam.until("status", lambda status: not status["connected"])
            alex.until("status", lambda status: not status["connected"])
            bed.heal("sam")
            tasks = [written(alex, "from here"), written(sam, "from there")]
            for laptop in (alex, sam):
                in_step(laptop)
                assert {*tasks} <= {*laptop("read")["tasks"]}
            bed.firewall(guarded, up=False)


@pytest.mark.slow
def test_where_one_packet_in_six_is_lost_and_the_link_is_slow_they_pair_and_everything_arrives(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed, laptops(bed, tmp_path) as (alex, sam):
        bed.slow("sam", 2_000)
        bed.lose("sam", 16)
        pair(alex, sam)
        tasks = [written(laptop, f"number {number}") for number in range(5) for laptop in (alex, sam)]
        for laptop in (alex, sam):
            laptop.until("read", lambda seen: {*tasks} <= {*seen["tasks"]}, seconds=60)


def test_ipv6_alone_is_enough(tmp_path: Path) -> None:
    with Bed("alex", "sam", ipv4=False) as bed, laptops(bed, tmp_path) as (alex, sam):
        pair(alex, sam)
        arrives(sam, written(alex, "without any older address"))
        assert sam("status")["problems"] == []


def test_they_meet_on_whichever_network_both_are(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed, laptops(bed, tmp_path) as (alex, sam):
        pair(alex, sam)
        wires = iter(range(in_time.TRIES))

        def meets() -> float:
            in_step(alex)
            place = f"café {next(wires)}"
            bed.roam("sam", place)
            alex.until("status", lambda status: not status["connected"])
            tasks = [written(alex, "written at home"), written(sam, f"written at the {place}")]
            before = time.monotonic()
            bed.wire("alex", place, f"wifi{place[-1]}")  # alex has a foot in either network
            joined = time.monotonic()
            again = before + max(laptop.when(lambda moment: moment["in_step"], before) for laptop in (alex, sam))
            for laptop in (alex, sam):
                assert {*tasks} <= {*laptop("read")["tasks"]}
            bed.roam("sam", "home")
            arrives(sam, written(alex, f"home again from the {place}"))
            return again - joined

        in_time.kept(meets, AGAIN_SECONDS_MAX)


@pytest.mark.slow
def test_where_announcements_are_blocked_a_typed_address_is_enough_and_is_remembered(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed, laptops(bed, tmp_path, port=7_100) as (alex, sam):
        bed.block_multicast()
        alex("create", name=SPACE, me=ALEX, device_name=ALEX_LAPTOP)
        join(alex, sam, address=(bed.addresses["alex"], 7_100))
        arrives(alex, written(sam, "typed once"))
        bed.cut("sam")
        alex.until("status", lambda status: not status["connected"])
        assert sam.close() == ""
        bed.heal("sam")
        with laptops(bed, tmp_path, "sam", port=7_100) as (again,):
            arrives(again, written(alex, "and never again"))


@pytest.mark.slow
def test_out_of_a_guest_network_they_are_in_step_again_at_once(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed, laptops(bed, tmp_path) as (alex, sam):
        pair(alex, sam)

        def comes_out() -> float:
            in_step(alex)
            in_step(sam)
            bed.isolate("alex", "sam")
            task = written(alex, "not to be heard by any guest")
            for laptop in (alex, sam):
                laptop.until("status", lambda status: not status["connected"] and status["why"])
            before = time.monotonic()
            bed.isolate("alex", "sam", isolated=False)
            out = time.monotonic()
            again = before + sam.when(lambda moment: moment["in_step"], before)
            assert task in sam("read")["tasks"]
            return again - out

        in_time.kept(comes_out, AGAIN_SECONDS_MAX)


def test_of_three_laptops_two_go_on_without_the_third_which_catches_up_or_is_never_seen_again(tmp_path: Path) -> None:
    with Bed("alex", "sam", "kim") as bed, laptops(bed, tmp_path, "alex", "sam", "kim") as (alex, sam, kim):
        pair(alex, sam)
        join(alex, kim, me=KIM, device_name=KIM_LAPTOP)
        arrives(kim, written(sam, "to both of you"))
        arrives(sam, written(kim, "and to you"))

        def goes_alone() -> float:
            bed.part({"alex", "sam"}, {"kim"})
            for one, other in ((alex, KIM_LAPTOP), (sam, KIM_LAPTOP), (kim, ALEX_LAPTOP), (kim, SAM_LAPTOP)):
                with_laptop(one, other, connected=False)
            alone = written(kim, "written alone")
            together = written(alex, "written by two")
            arrives(sam, together)
            assert alone not in sam("read")["tasks"]
            before = time.monotonic()
            bed.join()
            joined = time.monotonic()
            again = before + kim.when(lambda moment: moment["in_step"], before)
            arrives(kim, together)
            for laptop in (alex, sam):
                arrives(laptop, alone)
            assert kim("read")["tasks"] == sam("read")["tasks"] == alex("read")["tasks"]
            return again - joined

        in_time.kept(goes_alone, AGAIN_SECONDS_MAX)
        for other in (alex, sam):  # what Kim's laptop said that it has, not only what it has, is what counts below
            other.until("others", lambda others: others[KIM_LAPTOP]["in_step"])

        bed.unplug("kim")  # lost for good
        with_laptop(alex, KIM_LAPTOP, connected=False)
        arrives(sam, written(alex, "without you"))
        alex.until("others", lambda others: others[SAM_LAPTOP]["in_step"])
        lost = alex("others")[KIM_LAPTOP]
        assert lost["waiting_out"] == 1
        assert lost["why"]
        assert alex("others")[SAM_LAPTOP]["problems"] == []
