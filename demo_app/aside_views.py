"""What is set aside on this laptop, as a page shows it to its person so that they can bring it back.

What waits unseen for another reason is not named by it: of a task only the words that its person reads now are shown.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from collar_sync.ids import PersonId, is_id
from collar_sync.node import Space
from demo_app.folk import Folk
from demo_app.own_pictures import AsideView, HiddenView, Noun


class _Named(NamedTuple):
    """What somebody brought, and in what words."""

    noun: Noun
    by: PersonId
    title: str


def aside(space: Space) -> AsideView:
    """Return what is hidden here and who is muted."""
    folk = Folk(space)
    kept = sorted(space.aside.all())
    muted = [each for each in kept if is_id(each, "person")]
    hidden = [each for each in kept if each not in muted]
    named = _found(space, hidden)
    resting = [each for each in hidden if each not in named and space.recall(each)]
    named |= _found(space, resting)
    return AsideView(
        hidden=[_hidden(each, named.get(each), folk) for each in hidden],
        muted=[folk.view(PersonId(each)) for each in muted],
    )


def _hidden(identifier: str, known: _Named | None, folk: Folk) -> HiddenView:
    if known is None:
        return HiddenView(id=identifier, noun=None, by=None, title="")
    return HiddenView(id=identifier, noun=known.noun, by=folk.view(known.by), title=known.title)


def _found(space: Space, names: Collection[str]) -> dict[str, _Named]:
    """Look these up; no noun is read once all of them are found."""
    found: dict[str, _Named] = {}
    everything = _named(space) if names else iter(())
    while len(found) < len(names) and (pair := next(everything, None)) is not None:
        name, known = pair
        if name in names:
            found[name] = known
    return found


def _named(space: Space) -> Iterator[tuple[str, _Named]]:
    """Everything at hand that can be hidden, by every id that it may be hidden by."""
    yield from _asked(space)
    yield from _told(space)
    yield from _together(space)


def _asked(space: Space) -> Iterator[tuple[str, _Named]]:
    for task in space.tasks.as_read():
        for name in task.names:
            yield name, _Named("task", task.asked_by, task.title)
    for consent in space.consents.all():
        yield consent.id, _Named("consent", consent.proposer, consent.purpose)
    for agreement in space.agreements.all():
        yield agreement.id, _Named("agreement", agreement.proposer, agreement.purpose)
    for request in space.erasing.all():
        yield request.id, _Named("erasing", request.person, "")


def _told(space: Space) -> Iterator[tuple[str, _Named]]:
    for moment in space.moments.all():
        yield moment.id, _Named("moment", moment.person, moment.text)
    for update in space.updates.all():
        words = (update.changed, update.feeling, update.in_place)
        yield update.id, _Named("update", update.person, next(filter(None, words), ""))
    for check_in in space.check_ins.all():
        yield check_in.id, _Named("checkIn", check_in.person, "")
        yield str(check_in.said), _Named("checkIn", check_in.person, "")


def _together(space: Space) -> Iterator[tuple[str, _Named]]:
    for repair in space.repairs.all():
        yield repair.id, _Named("slip", repair.slip.person, repair.slip.sentence)
    for round_ in space.checklists.all():
        yield round_.id, _Named("checklist", round_.begun_by, "" if round_.title == round_.occasion else round_.title)
    for session in space.sessions.all():
        yield session.id, _Named("focus", session.begun_by, session.kind)
