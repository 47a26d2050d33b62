"""Half typed forms as the page's wishes have them: kept in their own record, let go with what they became, bounded."""

import json
from typing import Any

from collar_sync import Space, limits
from demo_app import actions
from demo_app.server import INTENTION_BYTES_MAX
from tests.demo.served import PASSPHRASE, Served


async def _do(page: Served, what: str, **fields: object) -> actions.Answer:
    return await actions.perform(page.laptop, json.dumps({"do": what, "number": 1, **fields}))


def _space(page: Served) -> Space:
    assert page.laptop.space is not None
    return page.laptop.space


async def _words(page: Served, form: str, space: Space | None = None) -> Any:
    seen = (await _do(page, "draft.look", space=(space or _space(page)).id, form=form)).seen
    return json.loads(json.dumps(seen, default=lambda view: {"words": dict(view.words)}))["words"]


async def test_a_form_is_read_back_as_it_was_kept_and_goes_when_it_is_let_go(alex: Served) -> None:
    here = {"space": _space(alex).id, "form": "task"}
    assert await _words(alex, "task") == {}
    await _do(alex, "draft.keep", **here, words={"title": "Call the pl", "of": "x"})
    assert await _words(alex, "task") == {"title": "Call the pl", "of": "x"}
    await _do(alex, "draft.discard", **here)
    assert await _words(alex, "task") == {}


async def test_a_field_that_is_kept_leaves_the_others_as_they_were_kept(alex: Served) -> None:
    here = {"space": _space(alex).id, "form": "offer"}
    await _do(alex, "draft.keep", **here, words={"purpose": "To feel near", "includes": "one photo"})
    await _do(alex, "draft.keep", **here, words={"includes": "", "excludes": "faces"})
    assert await _words(alex, "offer") == {"purpose": "To feel near", "includes": "", "excludes": "faces"}


async def test_what_a_form_became_takes_its_draft_along_and_what_was_refused_leaves_it(alex: Served) -> None:
    space = _space(alex)
    await space.drafts.keep("task", {"title": "Call the plumber"})
    refused = await _do(alex, "task.add", title="", of=space.me, draft="task")
    assert refused.problem is not None
    assert await _words(alex, "task") == {"title": "Call the plumber"}
    assert (await _do(alex, "task.add", title="Call the plumber", of=space.me, draft="task")).problem is None
    assert await _words(alex, "task") == {}


async def test_a_draft_that_arrives_late_is_kept_in_the_record_it_was_typed_for(alex: Served) -> None:
    ours = _space(alex)
    band = await alex.laptop._opened().create_space("The band", me="Alex")
    alex.laptop.choose(band.id)
    await _do(alex, "draft.keep", space=ours.id, form="task", words={"title": "Call the pl"})
    assert (await _words(alex, "task", band), await _words(alex, "task", ours)) == ({}, {"title": "Call the pl"})
    unknown = await _do(alex, "draft.keep", space="space_none", form="task", words={"title": "x"})
    assert unknown.problem == "There is no such record on this laptop."


async def test_behind_the_lock_no_draft_is_read_or_kept(alex: Served) -> None:
    here = {"space": _space(alex).id, "form": "task"}
    await _do(alex, "draft.keep", **here, words={"title": "x"})
    alex.laptop.hide()
    for what, more in (("draft.look", {}), ("draft.keep", {"words": {"title": "y"}}), ("draft.discard", {})):
        answer = await _do(alex, what, **here, **more)
        assert (answer.problem, answer.seen) == (actions.LOCKED, None)
    await alex.laptop.unlock(PASSPHRASE)
    assert await _words(alex, "task") == {"title": "x"}


async def test_what_is_too_long_to_be_kept_half_written_is_said(alex: Served) -> None:
    here = {"space": _space(alex).id, "form": "task"}
    long = "x" * limits.DRAFT_CHARACTERS_MAX
    assert len(long) < INTENTION_BYTES_MAX
    refused = await _do(alex, "draft.keep", **here, words={"title": long})
    assert refused.problem is not None
    assert refused.problem.startswith("This is too long to be kept half written")
    many = {str(number): "x" for number in range(65)}
    assert (await _do(alex, "draft.keep", **here, words=many)).problem == actions.NOT_UNDERSTOOD
    assert await _words(alex, "task") == {}
