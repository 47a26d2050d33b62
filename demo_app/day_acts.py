"""Intentions of the ordinary day become one call each, or two. Whether that may be done is the domain's to say."""

from collar_sync.ids import PersonId
from collar_sync.node import Space
from demo_app.day_intentions import (
    BeginChecklist,
    BeginSession,
    CheckIn,
    ChecklistStep,
    NotNow,
    OfTheDay,
    OfTogether,
    OfWords,
    RemoveCheckIn,
    SessionStep,
    ShareCheckIn,
    ShareMoment,
    ShareUpdate,
    Tick,
)


async def act(space: Space, intention: OfTheDay) -> None:
    """Do what is asked."""
    if isinstance(intention, OfWords):
        await _say(space, intention)
    else:
        await _together(space, intention)


async def _say(space: Space, intention: OfWords) -> None:
    match intention:
        case CheckIn():
            written = await space.check_ins.write(intention.arriving, intention.need, intention.gratitude)
            if intention.share:
                await space.check_ins.share(written.id)
        case NotNow():
            await space.check_ins.not_now()
        case ShareCheckIn():
            await space.check_ins.share(intention.id)
        case RemoveCheckIn():
            await space.check_ins.remove(intention.id)
        case ShareMoment():
            await space.moments.share(intention.text)
        case ShareUpdate():
            await space.updates.share(intention.changed, intention.feeling, intention.in_place)


async def _together(space: Space, intention: OfTogether) -> None:
    sessions, checklists = space.sessions, space.checklists
    match intention:
        case BeginSession():
            await sessions.begin(intention.kind, intention.minutes, people=map(PersonId, intention.people))
        case SessionStep():
            steps = {
                "join": sessions.join,
                "takeBreak": sessions.take_break,
                "resume": sessions.resume,
                "leave": sessions.leave,
                "end": sessions.end,
            }
            await steps[intention.step](intention.session)
        case BeginChecklist():
            people = map(PersonId, intention.people)
            await checklists.begin(intention.occasion, intention.lines, intention.title, people=people)
        case Tick():
            await checklists.tick(intention.round, intention.line)
        case ChecklistStep():
            if intention.step == "again":
                await checklists.again(intention.round)
            else:
                await (checklists.untick if intention.step == "untick" else checklists.end)(intention.round)
