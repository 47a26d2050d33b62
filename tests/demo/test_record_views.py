"""Several records on one laptop: one more is begun, each keeps its own, and any of them is stopped from any other."""

from collar_sync import Space
from demo_app.actions import LOCKED
from demo_app.laptop import SPACE_NAME
from tests.demo.served import PASSPHRASE, Served
from tests.demo.test_repair_views import _do, _seen, _until
from tests.demo.test_sharing_views import _granted, _heard, _offer, _tell
from tests.demo.test_views import _paired, _space

TWO = "A record for travels"
UNKNOWN = "There is no such record on this laptop."


def _paused(page: Served) -> set[str]:
    return {each.name for each in _seen(page).space.choices if each.paused}


def _flowing(page: Served) -> set[str]:
    return {each.name for each in _seen(page).space.choices if each.flows}


async def _begun(page: Served, title: str = TWO, **more: str) -> Space:
    assert await _do(page, "record.begin", title=title, **more) is None
    return _space(page.laptop)


async def test_one_more_record_is_begun_under_its_own_name_and_stays_to_be_chosen_while_it_is_empty(
    alex: Served,
) -> None:
    first = _space(alex.laptop)
    begun = await _begun(alex, f" {TWO}\n", called="A.")
    seen = _seen(alex)
    assert (seen.space.id, seen.space.name, seen.space.me.name, seen.space.others) == (begun.id, TWO, "A.", [])
    assert await _do(alex, "task.add", title="Only here", of=begun.me) is None
    alex.laptop.choose(first.id)
    assert _seen(alex).tasks == []
    await _begun(alex, "Nothing in it yet")
    assert _seen(alex).space.me.name == "Alex", "as in the record that was looked at"
    alex.laptop.choose(begun.id)
    assert [each.title for each in _seen(alex).tasks] == ["Only here"]
    assert {each.name for each in _seen(alex).space.choices} == {TWO, "Nothing in it yet"}, "and no other is empty"


async def test_no_two_records_of_one_laptop_are_begun_under_one_name_nor_under_none(alex: Served) -> None:
    await _begun(alex)
    for title, sentence in (
        (TWO, "You have a record of that name."),
        (SPACE_NAME, "You have a record of that name."),
        ("  ", "A name is one line of 1 to 80 characters"),
        ("x" * 81, "A name is one line of 1 to 80 characters"),
    ):
        assert str(await _do(alex, "record.begin", title=title)).startswith(sentence)
    assert await _do(alex, "record.begin", title="Third", called="x" * 81) is not None
    assert _seen(alex).space.name == TWO
    alex.laptop.hide()
    assert await _do(alex, "record.begin", title="Behind the lock") == LOCKED
    assert len(alex.laptop.records) == 2


async def test_a_pause_is_of_one_record_and_each_other_is_paused_from_there(alex: Served, sam: Served) -> None:
    await _paired(alex, sam)
    ours, begun = _space(alex.laptop), await _begun(alex)
    assert await _do(alex, "pause.add") is None
    assert (_paused(alex), _seen(sam).pauses) == ({TWO}, [])
    assert await _do(alex, "record.pause", record=ours.id) is None
    assert _paused(alex) == {SPACE_NAME, TWO}
    await _until(sam, lambda state: state.pauses)
    alex.laptop.choose(ours.id)
    assert await _do(alex, "pause.lift") is None
    assert _paused(alex) == {TWO}, "a lift is of one record"
    await _until(sam, lambda state: not state.pauses)
    for what in ("record.pause", "record.hush"):
        assert await _do(alex, what, record="space_unknown") == UNKNOWN
        assert await _do(alex, what, record=begun.id) is None


async def test_behind_the_lock_where_nobody_sees_which_is_looked_at_pause_stops_every_record(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    await _begun(alex)
    alex.laptop.hide()
    assert await _do(alex, "pause.add") is None
    await _until(sam, lambda state: state.pauses)
    await alex.laptop.unlock(PASSPHRASE)
    assert _paused(alex) == {SPACE_NAME, TWO}


async def test_what_is_shared_in_a_record_that_is_not_looked_at_is_told_and_ends_with_one_press(
    alex: Served, sam: Served
) -> None:
    await _paired(alex, sam)
    ours = _space(alex.laptop)
    await _granted(alex, sam, "sharing.offer", **_offer(alex, sam, until=ours.now() + 7_200_000, what=["place"]))
    assert await _tell(alex) is None
    await _until(sam, lambda _: _heard(sam) != [])
    await _begun(alex)
    assert _flowing(alex) == {SPACE_NAME}
    assert await _do(alex, "record.hush", record=ours.id) is None
    assert _flowing(alex) == set()
    await _until(sam, lambda _: _heard(sam) == [])
    alex.laptop.choose(ours.id)
    assert await _do(alex, "presence.show", to=_space(sam.laptop).me) is None
    assert await _do(alex, "presence.here") is None
    alex.laptop.choose(next(each.id for each in _seen(alex).space.choices if each.name == TWO))
    assert _flowing(alex) == {SPACE_NAME}
    assert await _do(alex, "record.hush", record=_space(alex.laptop).id) is None
    assert _flowing(alex) == {SPACE_NAME}, "that was another record"
    assert await _do(alex, "record.hush", record=ours.id) is None
    assert _flowing(alex) == set()
