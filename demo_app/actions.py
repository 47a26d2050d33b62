"""An intention from the page becomes one call to the domain or to the laptop.

Each intention has one shape and is refused whole where it has another. Nothing is decided here: who may do what is the
domain's to say, and its sentence is what the page shows.
"""

from typing import Annotated, Final

import msgspec

from collar_sync.errors import CollarError, InvalidInput
from collar_sync.ids import DeviceId, PersonId
from collar_sync.node import Space
from demo_app import network, trouble
from demo_app.laptop import Laptop

NOT_UNDERSTOOD: Final = "The app did not understand that. Reload the page, and try again."
LOCKED: Final = "This laptop is locked. Unlock it first."

Text = Annotated[str, msgspec.Meta(max_length=4_000)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Id = Annotated[str, msgspec.Meta(max_length=128)]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Lines = Annotated[tuple[Text, ...], msgspec.Meta(max_length=64)]


class Intention(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="do"):
    """What somebody wants; `number` is the page's own, given back with the answer."""

    number: int


class Hello(Intention, frozen=True, tag="hello"):
    """A window opened, or is looked at again; its person's IANA time zone."""

    zone: Name


class Start(Intention, frozen=True, tag="setup.start"):
    """First run."""

    name: Name
    passphrase: Text


class CallMe(Intention, frozen=True, tag="setup.name"):
    """A first run that was interrupted before there was a name."""

    name: Name


class Unlock(Intention, frozen=True, tag="setup.unlock"):
    """Open what is here."""

    passphrase: Text


class Hide(Intention, frozen=True, tag="hide"):
    """Lock every window."""


class Quit(Intention, frozen=True, tag="quit"):
    """Close the app."""


class ChooseSpace(Intention, frozen=True, tag="space.choose"):
    """Look at another record."""

    space: Id


class Pause(Intention, frozen=True, tag="pause.add"):
    """Stop everything."""


class LiftPause(Intention, frozen=True, tag="pause.lift"):
    """Lift one's own pauses."""


class AddTask(Intention, frozen=True, tag="task.add"):
    """Promise something, or ask somebody else for it."""

    title: Text
    of: Id
    due: Day | None = None


class AnswerTask(Intention, frozen=True):
    """An act on one task."""

    task: Id


class AcceptTask(AnswerTask, frozen=True, tag="task.accept"):
    """Say yes."""


class DeclineTask(AnswerTask, frozen=True, tag="task.decline"):
    """Say no."""


class DoTask(AnswerTask, frozen=True, tag="task.done"):
    """Say it is done."""


class UndoTask(AnswerTask, frozen=True, tag="task.undo"):
    """Take back that it is done."""


class RenameTask(AnswerTask, frozen=True, tag="task.rename"):
    """Give it another title."""

    title: Text


class OfferConsent(Intention, frozen=True, tag="consent.offer", rename="camel"):
    """Offer the five points. `until` is in milliseconds."""

    purpose: Text
    includes: Lines
    excludes: Lines
    access: Lines
    until: int | None
    how_to_pause: Text


class AnswerConsent(Intention, frozen=True):
    """An act on one consent."""

    consent: Id


class GrantConsent(AnswerConsent, frozen=True, tag="consent.grant"):
    """Say yes."""


class DeclineConsent(AnswerConsent, frozen=True, tag="consent.decline"):
    """Say no."""


class PauseConsent(AnswerConsent, frozen=True, tag="consent.pause"):
    """Pause this one."""


class ResumeConsent(AnswerConsent, frozen=True, tag="consent.resume"):
    """Lift one's own pause on it."""


class RevokeConsent(AnswerConsent, frozen=True, tag="consent.revoke"):
    """Withdraw, for good."""


class ShowCode(Intention, frozen=True, tag="pairing.show"):
    """Show a code, for another person or for another laptop of one's own."""

    own: bool = False


class Join(Intention, frozen=True, tag="pairing.join"):
    """Use the code of another laptop."""

    code: Name
    address: Name = ""


class StopPairing(Intention, frozen=True, tag="pairing.stop"):
    """Show or use a code no longer."""


class WordsChecked(Intention, frozen=True, tag="pairing.checked"):
    """Two people compared the three words: they are the same on both screens, or not."""

    same: bool


class RemoveDevice(Intention, frozen=True, tag="device.remove"):
    """Remove a laptop of one's own, for good."""

    device: Id


class RefuseDevice(Intention, frozen=True, tag="device.refuse"):
    """Keep no connection with somebody's laptop from here."""

    device: Id


class AllowDevice(Intention, frozen=True, tag="device.allow"):
    """Connect with it again."""

    device: Id


class Leave(Intention, frozen=True, tag="space.leave"):
    """Leave the space, for good, with a word to the others or without."""

    tell: bool


class AskErasing(Intention, frozen=True, tag="erase.ask"):
    """Ask everybody to erase the record."""


class Erase(Intention, frozen=True, tag="erase.here"):
    """Erase the record from this laptop, for good; `receipt` tells those who asked for it."""

    receipt: bool


class HideHere(Intention, frozen=True, tag="aside.hide"):
    """Show something no more on this laptop, without anyone knowing."""

    id: Id


OfWindow = Hello | Hide | Quit | Start | CallMe | Unlock
OfPairing = ShowCode | Join | StopPairing | WordsChecked | ChooseSpace
OfParting = RemoveDevice | RefuseDevice | AllowDevice | Leave | AskErasing | Erase | HideHere
OfTasks = AddTask | AcceptTask | DeclineTask | DoTask | UndoTask | RenameTask
OfConsents = OfferConsent | GrantConsent | DeclineConsent | PauseConsent | ResumeConsent | RevokeConsent
AnyIntention = OfWindow | OfPairing | OfParting | OfTasks | OfConsents | Pause | LiftPause

_decoder = msgspec.json.Decoder(AnyIntention)


class _Numbered(msgspec.Struct, frozen=True):
    """The least that every intention carries."""

    number: int = 0


class Answer(msgspec.Struct, frozen=True):
    """What came of the intention with that number: None, or a sentence that says what to do."""

    answers: int
    problem: str | None


async def perform(laptop: Laptop, raw: str) -> Answer:
    """Do what the page asks for and say what came of it."""
    try:
        intention: AnyIntention = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeError):
        return Answer(answers=_number(raw), problem=NOT_UNDERSTOOD)
    try:
        await _do(laptop, intention)
    except CollarError as error:
        return Answer(answers=intention.number, problem=str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not take the page away
        return Answer(answers=intention.number, problem=trouble.report(error))
    finally:
        laptop.bell.ring()
    return Answer(answers=intention.number, problem=None)


async def _do(laptop: Laptop, intention: AnyIntention) -> None:
    if isinstance(intention, OfWindow):
        await _on_window(laptop, intention)
        return
    space = laptop.space
    if space is None:
        raise InvalidInput(LOCKED)
    if isinstance(intention, Pause):  # before the lock is asked: Pause works behind it
        await space.pauses.pause()
        return
    if laptop.stage != "open":
        raise InvalidInput(LOCKED)
    if isinstance(intention, OfPairing):
        await _on_pairing(laptop, intention)
    elif isinstance(intention, OfParting):
        await _on_parting(laptop, space, intention)
    elif isinstance(intention, OfTasks):
        await _on_task(space, intention)
    elif isinstance(intention, OfConsents):
        await _on_consent(space, intention)
    else:
        await space.pauses.lift()


async def _on_window(laptop: Laptop, intention: OfWindow) -> None:
    match intention:
        case Hello():
            laptop.zone = intention.zone
            laptop.looked_at()
        case Start():
            await laptop.start(_name(intention.name), intention.passphrase)
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
            await laptop.join(intention.code, network.parse(intention.address))
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
            await laptop.erase(receipt=intention.receipt)
        case HideHere():
            await space.aside.hide(intention.id)


async def _on_task(space: Space, intention: OfTasks) -> None:
    tasks = space.tasks
    match intention:
        case AddTask():
            due = f"{intention.due}T23:59" if intention.due else None  # a day, to its end
            if intention.of == space.me:
                await tasks.promise(intention.title, due=due)
            else:
                await tasks.ask(intention.title, of=PersonId(intention.of), due=due)
        case AcceptTask():
            await tasks.accept(intention.task)
        case DeclineTask():
            await tasks.decline(intention.task)
        case DoTask():
            await tasks.done(intention.task)
        case UndoTask():
            await tasks.undo(intention.task)
        case RenameTask():
            await tasks.rename(intention.task, intention.title)


async def _on_consent(space: Space, intention: OfConsents) -> None:
    consents = space.consents
    match intention:
        case OfferConsent():
            await consents.propose(
                intention.purpose,
                intention.includes,
                intention.excludes,
                intention.access,
                until=intention.until,
                how_to_pause=intention.how_to_pause,
            )
        case GrantConsent():
            await consents.grant(intention.consent)
        case DeclineConsent():
            await consents.decline(intention.consent)
        case PauseConsent():
            await consents.pause(intention.consent)
        case ResumeConsent():
            await consents.resume(intention.consent)
        case RevokeConsent():
            await consents.revoke(intention.consent)


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
