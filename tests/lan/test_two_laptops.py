"""Two laptops on one network: they find each other, pair, and keep one record through a cut."""

from pathlib import Path

from tests.lan.bed import Bed
from tests.lan.remote import ALEX, ALEX_LAPTOP, SAM, SAM_LAPTOP, SPACE, in_step, laptops, pair

TITLE, DETAILS = "Evening check-in at nine", "Say how you arrive, après-midi aussi ☂"
RENAMED, SECOND = "Evening check-in at half past nine", "Water the tomatoes on the balcony"
PURPOSE, INCLUDED = "A photograph every Thursday", "the blue scarf and nothing else"


def test_they_find_each_other_pair_and_keep_one_record_through_a_cut(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed, laptops(bed, tmp_path) as (alex, sam):
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
