"""What a page may want: each intention has one shape, and is refused whole where it has another. It does nothing."""

from typing import Annotated, Literal

import msgspec

from collar_sync.domain.task_book import Terms
from collar_sync.domain.terms import Kind
from demo_app.day_intentions import LookAtDayTexts, OfTheDay, People
from demo_app.draft_intentions import OfDrafts
from demo_app.intention import Id, Intention, Lines, Name, Text
from demo_app.own_intentions import OfLookingAtOwn, OfOwn
from demo_app.pictures import DEAR, Dear
from demo_app.record_intentions import OfRecords
from demo_app.reminder_intentions import OfReminders
from demo_app.repair_intentions import OfRepairs
from demo_app.settings_intentions import LookAtHelpTexts, OfSettings
from demo_app.sharing_intentions import OfLookingAtWhatFlows, OfSharing
from demo_app.task_intentions import AddTask, ChangeTask, LookAhead


class Hello(Intention, frozen=True, tag="hello"):
    """A window opened, or is looked at again; its person's IANA time zone.

    `aloud` says that its browser shows a notice of the system for a reminder, as its person switched on there.
    """

    zone: Name
    aloud: bool = False


class LookAt(Intention, frozen=True, tag="look"):
    """This window shows another screen: the parts it looks at, of those that are dear to make."""

    parts: Annotated[tuple[Dear, ...], msgspec.Meta(max_length=len(DEAR))]


class Start(Intention, frozen=True, tag="setup.start"):
    """First run."""

    name: Name
    passphrase: Text


class Restore(Intention, frozen=True, tag="setup.restore"):
    """First run, out of a backup."""

    path: Text
    passphrase: Text


class StopRestoring(Intention, frozen=True, tag="setup.stopRestoring"):
    """Stop beginning from a backup."""


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


class AnswerTask(Intention, frozen=True):
    """An act on one task."""

    task: Id


class AcceptTask(AnswerTask, frozen=True, tag="task.accept"):
    """Say yes to what was shown."""

    terms: Terms


class DeclineTask(AnswerTask, frozen=True, tag="task.decline"):
    """Say no."""


class DoTask(AnswerTask, frozen=True, tag="task.done"):
    """Say it is done."""


class UndoTask(AnswerTask, frozen=True, tag="task.take_back"):
    """Take back that it is done."""


class OfferConsent(Intention, frozen=True, tag="consent.offer", rename="camel"):
    """Offer the five points to these people, or to everyone. `until` is in milliseconds."""

    purpose: Text
    includes: Lines
    excludes: Lines
    access: Lines
    until: int | None
    how_to_pause: Text
    people: People | None = None


class OfferAgreement(Intention, frozen=True, tag="agreement.offer", rename="camel"):
    """Offer an agreement, or a new version of those it `supersedes`, with the three questions answered."""

    kind: Kind
    need: Text
    free_to_refuse: bool
    source: Literal["clarity", "fear"]
    includes: Lines
    excludes: Lines
    access: Lines
    until: int | None
    how_to_pause: Text
    supersedes: Annotated[tuple[Id, ...], msgspec.Meta(max_length=16)] = ()
    people: People | None = None


class LookAtWording(Intention, frozen=True, tag="agreement.wording"):
    """See how a draft may read to the other."""

    texts: Lines


class AnswerOffer(Intention, frozen=True):
    """An act on one consent or agreement."""

    noun: Literal["consent", "agreement"]
    id: Id


class Grant(AnswerOffer, frozen=True, tag="offer.grant"):
    """Say yes."""


class Decline(AnswerOffer, frozen=True, tag="offer.decline"):
    """Say no."""


class PauseOffer(AnswerOffer, frozen=True, tag="offer.pause"):
    """Pause this one."""


class Resume(AnswerOffer, frozen=True, tag="offer.resume"):
    """Lift one's own pause on it."""


class Revoke(AnswerOffer, frozen=True, tag="offer.revoke"):
    """Withdraw, for good."""


class ShowCode(Intention, frozen=True, tag="pairing.show"):
    """Show a code, for another person or for another laptop of one's own."""

    own: bool = False


class Join(Intention, frozen=True, tag="pairing.join"):
    """Use the code of another laptop; this one is `called` so, where it is said."""

    code: Name
    address: Name = ""
    called: Name = ""


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
    """Erase the record from this laptop, for good; `receipt` tells those who asked for it.

    What is this person's alone stays, unless `private`.
    """

    receipt: bool
    private: bool = False


class SetLimit(Intention, frozen=True, tag="limit.set"):
    """State a limit of one's own."""

    text: Text
    kind: Literal["boundary", "hard limit"]


class LoosenLimit(Intention, frozen=True, tag="limit.loosen"):
    """Take back one limit of one's own."""

    limit: Id


class LookAtRepairTexts(Intention, frozen=True, tag="repair.texts"):
    """Read the library's own words for the repair screen."""


class LookBack(Intention, frozen=True, tag="timeline.look"):
    """Read what happened, newest day first, until there are so many lines."""

    lines: Annotated[int, msgspec.Meta(ge=1, le=2_000)]


class ReadNotice(Intention, frozen=True, tag="notice.read"):
    """Say a notice no more on every screen."""

    notice: Text


class UndoLast(Intention, frozen=True, tag="undo.last"):
    """Take back the last own act that can be."""


OfWindow = Hello | LookAt | Hide | Quit | Start | Restore | StopRestoring | CallMe | Unlock
OfPairing = ShowCode | Join | StopPairing | WordsChecked | ChooseSpace
OfParting = RemoveDevice | RefuseDevice | AllowDevice | Leave | AskErasing | Erase
OfTasks = AddTask | AcceptTask | DeclineTask | DoTask | UndoTask | ChangeTask
OfOffers = OfferConsent | OfferAgreement | Grant | Decline | PauseOffer | Resume | Revoke
OfLimits = SetLimit | LoosenLimit
OfTopic = OfRecords | OfTheDay | OfReminders | OfRepairs | OfSharing | OfOwn | OfSettings
InSpace = OfPairing | OfParting | OfTasks | OfOffers | OfLimits | OfTopic | ReadNotice | UndoLast | LiftPause
OfLooking = (
    LookBack
    | LookAhead
    | LookAtWording
    | LookAtRepairTexts
    | LookAtDayTexts
    | LookAtHelpTexts
    | OfLookingAtWhatFlows
    | OfLookingAtOwn
)
AnyIntention = OfWindow | InSpace | OfLooking | Pause | OfDrafts
