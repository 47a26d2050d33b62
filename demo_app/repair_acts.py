"""Intentions about slip-ups and their repair become one call each. Whether that may be done is the domain's to say."""

from collar_sync.domain.repair_writing import commitment
from collar_sync.ids import PersonId
from collar_sync.node import Space
from demo_app import repair_news
from demo_app.repair_intentions import (
    DraftApology,
    DraftPart,
    LookedAtSlips,
    MendStep,
    NoteSafety,
    OfRepairs,
    ProposePlan,
    ProposeTalk,
    ProposeWeekly,
    RemoveSlip,
    SayWord,
    SettleSafety,
    ShareSlip,
    SignText,
    UnsignText,
    WriteFacts,
    WriteSlip,
)


async def act(space: Space, intention: OfRepairs, zone: str) -> None:
    """Do what is asked; `zone` is where its person's weekly talk is."""
    match intention:
        case WriteSlip():
            await space.slips.write(intention.sentence, intention.kind, mine=intention.mine)
        case ShareSlip():
            people = intention.people
            await space.slips.share(intention.id, None if people is None else map(PersonId, people))
        case RemoveSlip():
            await space.slips.remove(intention.id)
        case LookedAtSlips():
            await repair_news.look(space)
        case NoteSafety():
            await space.safety.write(intention.kind, intention.text)
        case SettleSafety():
            await space.safety.settle(intention.id)
        case MendStep():
            await _step(space, intention)
        case _:
            await _write(space, intention, zone)


async def _step(space: Space, intention: MendStep) -> None:
    repairs, repair = space.repairs, intention.repair
    steps = {
        "begin": repairs.begin,
        "ready": repairs.ready,
        "notYet": repairs.take_back,
        "stepOut": repairs.step_out,
        "stepBack": repairs.step_back,
        "close": repairs.close,
        "again": repairs.again,
        "sharePart": repairs.share_part,
        "offerApology": repairs.offer_apology,
    }
    if intention.step == "promise":
        await repairs.promise(repair)
    else:
        await steps[intention.step](repair)


async def _write(
    space: Space,
    intention: SignText
    | UnsignText
    | DraftPart
    | DraftApology
    | ProposeTalk
    | WriteFacts
    | ProposePlan
    | ProposeWeekly
    | SayWord,
    zone: str,
) -> None:
    repairs, repair = space.repairs, intention.repair
    match intention:
        case SignText():
            await repairs.sign(repair, intention.version)
        case UnsignText():
            await repairs.take_back(repair, intention.version)
        case DraftPart():
            await repairs.write_part(
                repair,
                facts=intention.facts,
                impact=intention.impact,
                meaning=intention.meaning,
                request=intention.request,
                roots=intention.roots,
            )
        case DraftApology():
            await repairs.write_apology(
                repair,
                regret=intention.regret,
                ownership=intention.ownership,
                impact=intention.impact,
                change=intention.change,
                question=intention.question,
            )
        case ProposeTalk():
            await repairs.propose_talk(repair, intention.at)
        case WriteFacts():
            await repairs.propose_facts(repair, intention.text)
        case ProposePlan():
            promises = [commitment(each.title, PersonId(each.whose), repeat=each.repeat) for each in intention.promises]
            await repairs.propose_plan(
                repair,
                on_pause=intention.on_pause,
                temporary_limits=intention.temporary_limits,
                changes=intention.changes,
                amends=intention.amends,
                commitments=promises,
            )
        case ProposeWeekly():
            await repairs.propose_weekly(repair, intention.weekday, intention.starts, intention.ends, zone)
        case SayWord():
            await repairs.say(
                repair, changed=intention.changed, recurred=intention.recurred, still_wary=intention.still_wary
            )
