"""What is new waits unseen in a pause, from somebody muted and in an open repair, whatever was said no to before it."""

import pytest

from collar_sync.core.edits import SetFields
from collar_sync.ids import StatementId
from tests.domain.lives import CLEAR
from tests.domain.plain import DAY, Household, PlainLedger, run

LONG_AFTER = 20 * DAY  # the 14 days after a no are over


def told(ledger: PlainLedger) -> str:
    return "\n".join(line.text for day in ledger.timeline.page(lines=10_000).days for line in day.lines)


def refused_long_ago(home: Household, asks: PlainLedger, refuses: PlainLedger, noun: str, no: str) -> str:
    """Something that one proposed and the other said no to; the id of it."""
    if noun == "consents":
        offered = run(asks.consents.propose("Evenings apart", ["one evening a week"])).id
    else:
        offered = run(asks.agreements.propose("consequence", ["an evening apart"], CLEAR)).id
    home.sync()
    run(getattr(getattr(refuses, noun), no)(offered))
    home.sync()
    for ledger in home.ledgers:
        ledger.clock += LONG_AFTER
    return str(offered)


def asked_anew(asks: PlainLedger, noun: str, instead_of: str) -> str:
    """A new version of it by whatever software, with other words; the id of it."""
    body: dict[str, object] = {
        "purpose": "Answer me",
        "includes": ["one evening a week"],
        "parties": sorted(asks.people()),
        "supersedes": [instead_of],
    }
    if noun == "agreements":
        body["kind"] = "consequence"
    return str(asks.say(f"{noun[:-1]}.propose", body=body, answers=[StatementId(instead_of)]).id)


@pytest.mark.parametrize("no", ["decline", "revoke"])
@pytest.mark.parametrize("noun", ["consents", "agreements"])
@pytest.mark.parametrize("when", ["in a pause", "from somebody muted"])
def test_a_new_version_of_what_was_refused_long_ago_waits_unseen(
    home: Household, alex: PlainLedger, sam: PlainLedger, when: str, noun: str, no: str
) -> None:
    old = refused_long_ago(home, alex, sam, noun, no)
    if when == "in a pause":
        run(sam.pauses.pause())
    else:
        run(sam.aside.mute(alex.me))
    new = asked_anew(alex, noun, old)
    home.sync()
    shown = [each.id for each in getattr(sam, noun).visible()]
    assert new not in shown
    assert old in shown, "what was answered stays in sight"
    assert "Answer me" not in told(sam)
    assert new in [each.id for each in getattr(alex, noun).visible()], "whoever proposed it sees it"
    if when == "in a pause":
        run(sam.pauses.lift())
    else:
        run(sam.aside.show(alex.me))
    assert new in [each.id for each in getattr(sam, noun).visible()]


@pytest.mark.parametrize("no", ["decline", "revoke"])
def test_a_consequence_in_the_place_of_one_refused_long_ago_waits_unseen_while_a_repair_is_open(
    home: Household, alex: PlainLedger, sam: PlainLedger, no: str
) -> None:
    old = refused_long_ago(home, alex, sam, "agreements", no)
    slip = run(sam.slips.share(run(sam.slips.write("I forgot the call", "other")).id))
    home.sync()
    run(alex.repairs.begin(slip.id))
    home.sync()
    new = asked_anew(alex, "agreements", old)
    home.sync()
    shown = [each.id for each in sam.agreements.visible()]
    assert new not in shown
    assert old in shown
    assert "Answer me" not in told(sam)


@pytest.mark.parametrize("when", ["in a pause", "from somebody muted"])
@pytest.mark.parametrize("before", ["asked", "accepted"])
def test_other_words_for_a_declined_task_wait_unseen(
    home: Household, alex: PlainLedger, sam: PlainLedger, when: str, before: str
) -> None:
    task = run(alex.tasks.ask("Tea at nine", of=sam.me))
    home.sync()
    if before == "accepted":
        run(sam.tasks.accept(task.id))
    run(sam.tasks.decline(task.id))
    if when == "in a pause":
        run(sam.pauses.pause())
    else:
        run(sam.aside.mute(alex.me))
    run(alex.write(SetFields("task", alex.tasks.get(task.id).record, {"title": "Answer me"})))
    home.sync()
    assert [each.title for each in sam.tasks.visible()] == ["Tea at nine"]
    assert "Answer me" not in told(sam)
    if when == "in a pause":
        run(sam.pauses.lift())
    else:
        run(sam.aside.show(alex.me))
    assert [each.title for each in sam.tasks.visible()] == ["Answer me"]
