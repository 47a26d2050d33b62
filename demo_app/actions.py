"""An intention from the page becomes one call to the domain or to the laptop.

Nothing is decided here: who may do what is the
domain's to say, and its sentence is what the page shows.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from collar_sync.domain.agreements import Agreements, Reflection
from collar_sync.domain.consents import Consents
from collar_sync.errors import CollarError, InvalidInput
from collar_sync.ids import DeviceId, PersonId
from collar_sync.node import Space
from demo_app import (
    day_acts,
    day_views,
    draft_acts,
    heed,
    help_views,
    network,
    offers,
    own_acts,
    own_views,
    past,
    record_acts,
    reminder_acts,
    repair_acts,
    repair_views,
    settings_acts,
    sharing_acts,
    sharing_views,
    task_acts,
    trouble,
)
from demo_app.day_intentions import LookAtDayTexts, OfTheDay, People
from demo_app.draft_intentions import OfDrafts
from demo_app.intentions import (
    AcceptTask,
    AllowDevice,
    AnyIntention,
    AskErasing,
    CallMe,
    ChooseSpace,
    Decline,
    DeclineTask,
    DoTask,
    Erase,
    Grant,
    Hello,
    Hide,
    InSpace,
    Join,
    Leave,
    LiftPause,
    LookAt,
    LookAtRepairTexts,
    LookAtWording,
    LookBack,
    LoosenLimit,
    OfferAgreement,
    OfferConsent,
    OfLimits,
    OfLooking,
    OfOffers,
    OfPairing,
    OfParting,
    OfTasks,
    OfTopic,
    OfWindow,
    Pause,
    PauseOffer,
    Quit,
    ReadNotice,
    RefuseDevice,
    RemoveDevice,
    Restore,
    Resume,
    Revoke,
    SetLimit,
    ShowCode,
    Start,
    StopPairing,
    StopRestoring,
    UndoLast,
    UndoTask,
    Unlock,
    WordsChecked,
)
from demo_app.laptop import Laptop
from demo_app.own_intentions import OfLookingAtOwn, OfOwn
from demo_app.record_intentions import OfRecords
from demo_app.reminder_intentions import OfReminders
from demo_app.repair_intentions import OfRepairs
from demo_app.settings_intentions import LookAtHelpTexts, OfSettings
from demo_app.shapes import View
from demo_app.sharing_intentions import OfLookingAtWhatFlows
from demo_app.task_intentions import AddTask, ChangeTask, LookAhead
from demo_app.window import Window

NOT_UNDERSTOOD: Final = "The app did not understand that. Reload the page, and try again."
LOCKED: Final = "This laptop is locked. Unlock it first."

_SLOW: Final = frozenset({"setup.unlock", "setup.restore", "settings.passphrase"})

_decoder = msgspec.json.Decoder(AnyIntention)


class _Numbered(msgspec.Struct, frozen=True):
    """The least that every intention carries."""

    number: int = 0
    do: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What came of the intention with that number: None, or a sentence that says what to do; and what it looked at."""

    answers: int
    problem: str | None
    seen: View | None = None


def checks_a_passphrase(raw: str) -> bool:
    """Whether this takes a second by design; nothing that is asked for after it depends on what comes of it."""
    try:
        return msgspec.json.decode(raw, type=_Numbered).do in _SLOW
    except (msgspec.MsgspecError, UnicodeError):
        return False


async def perform(laptop: Laptop, raw: str, window: Window | None = None) -> Answer:
    """Do what the page asks for in that window, where it is one, and say what came of it."""
    try:
        intention: AnyIntention = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeError):
        return Answer(answers=_number(raw), problem=NOT_UNDERSTOOD)
    try:
        seen = await _do(laptop, intention, window or Window())
    except CollarError as error:
        return Answer(answers=intention.number, problem=str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not take the page away
        return Answer(answers=intention.number, problem=trouble.report(error))
    finally:
        laptop.bell.ring()
    return Answer(answers=intention.number, problem=None, seen=seen)


async def _do(laptop: Laptop, intention: AnyIntention, window: Window) -> View | None:
    if isinstance(intention, OfWindow):
        await _on_window(laptop, intention, window)
        return None
    space = laptop.space
    if space is None:
        raise InvalidInput(LOCKED)
    if isinstance(intention, Pause):  # before the lock is asked: Pause works behind it
        await _pause(laptop, space)
        return None
    if laptop.stage != "open":
        raise InvalidInput(LOCKED)
    if isinstance(intention, OfLooking):
        return _look(laptop, space, intention)
    if isinstance(intention, OfDrafts):
        return await draft_acts.act(laptop.records, intention)
    await _on_space(laptop, space, intention)
    if intention.draft:
        await space.drafts.discard(intention.draft)
    return None


async def _pause(laptop: Laptop, space: Space) -> None:
    """Pause what is looked at; behind the lock, where nobody sees which that is, every record on this laptop."""
    others = [each for each in laptop.choices() if each is not space and not each.over]
    for each in [space, *(others if laptop.stage != "open" else [])]:
        await each.pauses.pause()


def _look(laptop: Laptop, space: Space, intention: OfLooking) -> View:
    if isinstance(intention, OfLookingAtOwn):
        return own_views.look(laptop.records, intention)
    if isinstance(intention, OfLookingAtWhatFlows):
        return sharing_views.look(space, intention)
    match intention:
        case LookBack():
            return past.look(space, intention.lines)
        case LookAhead():
            return task_acts.ahead(intention, space.now(), space.zone())
        case LookAtWording():
            return offers.wording(space, intention.texts)
        case LookAtRepairTexts() | LookAtDayTexts() | LookAtHelpTexts():
            return _texts(intention)


def _texts(intention: LookAtRepairTexts | LookAtDayTexts | LookAtHelpTexts) -> View:
    match intention:
        case LookAtRepairTexts():
            return repair_views.TEXTS_OF_REPAIR
        case LookAtDayTexts():
            return day_views.TEXTS_OF_THE_DAY
        case LookAtHelpTexts():
            return help_views.TEXTS_OF_HELP


async def _on_space(laptop: Laptop, space: Space, intention: InSpace) -> None:
    if isinstance(intention, OfPairing):
        await _on_pairing(laptop, intention)
    elif isinstance(intention, OfParting):
        await _on_parting(laptop, space, intention)
    elif isinstance(intention, OfTasks):
        await _on_task(space, intention)
    elif isinstance(intention, OfOffers):
        await _on_offer(space, intention)
    elif isinstance(intention, OfTopic):
        await _on_topic(laptop, space, intention)
    else:
        await _at_once(space, intention)


async def _at_once(space: Space, intention: OfLimits | ReadNotice | UndoLast | LiftPause) -> None:
    match intention:
        case SetLimit():
            await space.limits.set(intention.text, intention.kind)
        case LoosenLimit():
            await space.limits.loosen(intention.limit)
        case ReadNotice():
            await heed.note_read(space, intention.notice)
        case UndoLast():
            await space.undo.take_back()
        case LiftPause():
            await space.pauses.lift()


async def _on_topic(laptop: Laptop, space: Space, intention: OfTopic) -> None:
    if isinstance(intention, OfRecords):
        await record_acts.act(laptop, intention)
    elif isinstance(intention, OfTheDay):
        await day_acts.act(space, intention)
    elif isinstance(intention, OfRepairs):
        await repair_acts.act(space, intention, laptop.zone)
    elif isinstance(intention, OfReminders):
        await reminder_acts.act(space, intention)
    elif isinstance(intention, OfOwn):
        await own_acts.act(laptop.records, intention)
    elif isinstance(intention, OfSettings):
        await settings_acts.act(laptop, intention)
    else:
        await sharing_acts.act(space, laptop.here, intention)


async def _on_window(laptop: Laptop, intention: OfWindow, window: Window) -> None:
    match intention:
        case LookAt():
            window.looks_at = intention.parts
        case Hello():
            laptop.zone = intention.zone
            laptop.aloud = intention.aloud
            laptop.looked_at()
        case Start():
            await laptop.start(_name(intention.name), intention.passphrase)
        case Restore():
            await laptop.backups.restore(intention.path, intention.passphrase)
            await laptop.unlock(intention.passphrase)
        case StopRestoring():
            laptop.backups.stop()
        case CallMe():
            await laptop.found(_name(intention.name))
        case Unlock():
            await laptop.unlock(intention.passphrase)
        case Hide():
            laptop.hide()
        case Quit():
            laptop.quit()


async def _on_pairing(laptop: Laptop, intention: OfPairing) -> None:
    match intention:
        case ShowCode():
            await laptop.show_code(own=intention.own)
        case Join():
            await laptop.join(intention.code, network.parse(intention.address), intention.called)
        case WordsChecked():
            laptop.compared(same=intention.same)
        case StopPairing():
            await laptop.stop_pairing()
        case ChooseSpace():
            laptop.choose(intention.space)


async def _on_parting(laptop: Laptop, space: Space, intention: OfParting) -> None:
    match intention:
        case RemoveDevice():
            await space.devices.remove(DeviceId(intention.device))
        case RefuseDevice():
            await space.devices.refuse(DeviceId(intention.device))
        case AllowDevice():
            await space.devices.allow(DeviceId(intention.device))
        case Leave():
            await space.leave(tell=intention.tell)
        case AskErasing():
            await space.erasing.ask()
        case Erase():
            await laptop.erase(receipt=intention.receipt, private=intention.private)


async def _on_task(space: Space, intention: OfTasks) -> None:
    tasks = space.tasks
    match intention:
        case AddTask():
            await task_acts.add(space, intention)
        case ChangeTask():
            await task_acts.change(space, intention)
        case AcceptTask():
            await tasks.accept(intention.task, shown=intention.terms)
        case DeclineTask():
            await tasks.decline(intention.task)
        case DoTask():
            await tasks.done(intention.task)
        case UndoTask():
            await tasks.take_back(intention.task)


async def _on_offer(space: Space, intention: OfOffers) -> None:
    match intention:
        case OfferConsent():
            await space.consents.propose(
                intention.purpose,
                intention.includes,
                intention.excludes,
                intention.access,
                until=intention.until,
                how_to_pause=intention.how_to_pause,
                parties=_parties(intention.people),
            )
        case OfferAgreement():
            await space.agreements.propose(
                intention.kind,
                intention.includes,
                Reflection(intention.need, intention.free_to_refuse, intention.source),
                excludes=intention.excludes,
                access=intention.access,
                until=intention.until,
                how_to_pause=intention.how_to_pause,
                supersedes=intention.supersedes or None,
                parties=_parties(intention.people),
            )
        case _:
            await _answer(space.consents if intention.noun == "consent" else space.agreements, intention)


def _parties(people: People | None) -> Sequence[PersonId] | None:
    return None if people is None else [PersonId(each) for each in people]


async def _answer(noun: Consents | Agreements, intention: Grant | Decline | PauseOffer | Resume | Revoke) -> None:
    match intention:
        case Grant():
            await noun.grant(intention.id)
        case Decline():
            await noun.decline(intention.id)
        case PauseOffer():
            await noun.pause(intention.id)
        case Resume():
            await noun.resume(intention.id)
        case Revoke():
            await noun.revoke(intention.id)


def _name(name: str) -> str:
    name = name.strip()
    if not name:
        raise InvalidInput("Say what you would like to be called.")
    return name


def _number(raw: str) -> int:
    """The number of an intention that is otherwise not understood."""
    try:
        return msgspec.json.decode(raw, type=_Numbered).number
    except (msgspec.MsgspecError, UnicodeError):
        return 0
