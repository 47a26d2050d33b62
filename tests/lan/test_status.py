"""Why two laptops are not connected, in words, on networks that really keep them apart."""

import contextlib
from pathlib import Path

from collar_sync.core.reach import SENTENCES, Cause
from tests.lan.bed import Bed
from tests.lan.remote import Remote, in_step, laptops, pair


def both_say(bed: Bed, folder: Path, cause: Cause) -> None:
    """Switched on again, both laptops give this reason."""
    assert "does not let devices see each other" in SENTENCES[cause]
    with contextlib.ExitStack() as closing:
        both = [Remote(bed, name, folder / name) for name in ("alex", "sam")]
        for laptop in both:
            closing.callback(laptop.close)
        for laptop in both:
            laptop.until("status", lambda status: status["why"] == SENTENCES[cause])


def test_two_that_firewalls_or_a_guest_network_keep_apart_are_told_so(tmp_path: Path) -> None:
    with Bed("alex", "sam") as bed:
        with laptops(bed, tmp_path) as (alex, sam):
            pair(alex, sam)
            in_step(alex)
        bed.firewall("alex")
        bed.firewall("sam")
        both_say(bed, tmp_path, Cause.APART)
        bed.isolate("alex", "sam")
        both_say(bed, tmp_path, Cause.NOBODY)
