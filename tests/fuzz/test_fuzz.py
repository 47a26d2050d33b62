"""Bytes made at random: nothing but a peer's error comes of them, in no time, and what is accepted loads again."""

import os
import time

import pytest

from tests.fuzz import script, search, seeds, targets
from tests.fuzz.script import Act, Step

SEED = int(os.environ.get("COLLAR_FUZZ_SEED", time.time_ns() % (1 << 32)))
SECONDS = {"apply": 8.0, "read": 3.0, "message": 1.5, "said": 1.5, "frame": 2.0}


@pytest.mark.parametrize("name", targets.TARGETS)
def test_what_was_found_once_is_still_harmless(name: str) -> None:
    inputs = search.corpus(name)
    assert inputs
    for data in inputs:
        search.tried_out(name, data)


@pytest.mark.parametrize("name", targets.TARGETS)
def test_nothing_new_is_found_in_a_few_seconds(name: str) -> None:
    report = search.search(name, seed=SEED, runs=1_000_000, seconds=SECONDS[name])
    assert report.runs > len(search.corpus(name))
    assert report.outcomes >= 2


def test_scripts_reach_automerge_and_every_room_before_it() -> None:
    outcomes = {each for data in search.corpus("apply") for each in targets.apply(data).split("; ")}
    assert "taken in" in outcomes
    assert len(outcomes) > 12, outcomes


def test_the_corpus_stays_small_and_every_target_has_one() -> None:
    assert {path.name for path in seeds.CORPUS.iterdir()} == {*targets.TARGETS}
    assert sum(path.stat().st_size for path in seeds.CORPUS.glob("*/*")) < 200_000


def test_a_promise_that_does_not_hold_is_noticed_and_can_be_played_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = script.encode([Step(targets.SAMS, [], [Act(targets.RECORDS_HERE, "note/2", False, 0, None, [])])])
    assert search.tried_out("apply", sound) == "taken in"
    monkeypatch.setattr(targets, "SECONDS_MAX", 0.0)
    with pytest.raises(search.Failure, match=sound.hex()):
        search.tried_out("apply", sound)
