"""The shapes of what a page shows: frozen view models, as the page reads them. They hold names, states and times."""

from collections.abc import Sequence
from typing import Final, Literal, get_args

from collar_sync.domain.consent import State
from collar_sync.domain.task import Timing
from collar_sync.domain.terms import Flow, Kind
from demo_app.day_pictures import ChecklistsView, FocusView, TodayView
from demo_app.heed import HeedView
from demo_app.record_pictures import ChoiceView
from demo_app.reminder_pictures import RemindersView
from demo_app.repair_pictures import RepairsView
from demo_app.settings_pictures import SettingsView
from demo_app.shapes import PersonView, View, WhenView
from demo_app.sharing_pictures import HabitsView, SharingView

Shown = Literal["asked", "accepted", "declined", "done"]
Dear = Literal["tasks", "consents", "agreements", "repair", "problems"]
DEAR: Final = frozenset[str](get_args(Dear))
"""Parts that take long to make, of which a window says whether it looks at them; see `window`."""


class ReachedView(View, frozen=True):
    """Whether something has reached another person's device."""

    device: str
    reached: bool


class PauseView(View, frozen=True):
    """One person's standing pause, and for one's own where it has arrived."""

    by: PersonView
    when: WhenView
    reached: Sequence[ReachedView]


class TermsView(View, frozen=True):
    """What a yes to a task is to: its title, local wall time in a zone, and how it repeats."""

    title: str
    due: str | None
    zone: str | None
    repeat: str | None


class TaskView(View, frozen=True):
    """One task. `folded` is what is over and would only be in the way."""

    id: str
    title: str
    of: PersonView
    by: PersonView
    details: str
    due: str | None
    due_at: int | None
    """That day's time in milliseconds, where it has one."""
    timing: Timing
    state: Shown
    answered: WhenView | None
    may_change: bool
    may_answer: bool
    """Whether it is this person who says yes, no or done."""
    folded: bool
    terms: TermsView
    """What a yes to it now would be to."""
    was: TermsView | None
    """What the person it is for had said yes to, where it was changed since and waits for an answer."""
    was_due: str | None
    """The day that would come first by that."""


class ConsentView(View, frozen=True):
    """One consent: its five points, how it reads now and why, and what this person may do about it.

    `flow` is what may flow while it holds, live or about the days, and `whose` it is.
    """

    id: str
    purpose: str
    includes: Sequence[str]
    excludes: Sequence[str]
    access: Sequence[str]
    how_to_pause: str
    flow: Flow | None
    whose: Sequence[PersonView]
    starts: int | None
    until: int | None
    state: State
    by: PersonView
    when: WhenView
    parties: Sequence[PersonView]
    waits_for: Sequence[PersonView]
    last_by: PersonView | None
    last_when: WhenView | None
    space_paused: bool
    may_grant: bool
    may_decline: bool
    may_pause: bool
    may_resume: bool
    may_revoke: bool
    may_offer_again: bool


class AgreementView(ConsentView, frozen=True):
    """One version of an agreement; `rivals` are other open versions beside it, by id."""

    kind: Kind
    review: int
    version: int
    rivals: Sequence[str]
    limited: Sequence[str]
    may_change: bool
    held_back: str = ""
    """Why no yes can be said to it today, in words; empty where one can, or none is this person's to say."""


class RewriteView(View, frozen=True):
    """A wording that may press somebody, why, and another way to say it."""

    found: str
    why: str
    instead: str


class WordingView(View, frozen=True):
    """What a draft's wording may do to whoever reads it."""

    rewrites: Sequence[RewriteView]


class LimitView(View, frozen=True):
    """One person's standing limit, in their words."""

    id: str
    kind: Literal["boundary", "hard limit"]
    text: str
    by: PersonView
    when: WhenView
    may_loosen: bool


class DeviceView(View, frozen=True):
    """Another device of this space: how in step it is, by the day."""

    id: str
    name: str
    person: PersonView | None
    standing: Literal["in_step", "waiting", "away"]
    reached_day: str | None
    waiting_out: int
    waiting_in: int | None
    why: str | None
    removable: bool
    """Whether it is one of this person's own, and may be removed here."""
    refusable: bool
    """Whether it is another's, and may be refused here."""
    allowable: bool
    """Whether it was refused here, and may be allowed again."""
    parted: bool
    """Whether no connection with it is kept: it was removed or refused, or its person left."""


class SyncView(View, frozen=True):
    """The one line in the frame."""

    standing: Literal["alone", "apart", "in_step", "coming", "waiting", "away"]
    device: str = ""
    waiting: int = 0
    day: str | None = None
    many: bool = False
    """Whether it says something of one of several, or of all of them."""


class ReceiptView(View, frozen=True):
    """Somebody says that a device of theirs erases the record."""

    device: str
    when: WhenView


class EraseRequestView(View, frozen=True):
    """Somebody asks that the record be erased."""

    id: str
    by: PersonView
    when: WhenView
    receipts: Sequence[ReceiptView]


class ErasingView(View, frozen=True):
    """What was asked about erasing, and what nobody can promise about it."""

    warning: str
    requests: Sequence[EraseRequestView]


class PictureView(View, frozen=True):
    """A QR code as one path in a square of `size` units."""

    size: int
    path: str


class PairingView(View, frozen=True):
    """A code being shown or used, and afterwards the three words."""

    code: str | None = None
    qr: PictureView | None = None
    expires_at: int | None = None
    joining: bool = False
    showing_problem: str | None = None
    joining_problem: str | None = None
    words: Sequence[str] | None = None
    partner: str | None = None
    own: bool = False
    compared: bool = False
    paired: bool = False
    addresses: Sequence[str] = ()


class SpaceView(View, frozen=True):
    """The space that is looked at, and who is in it."""

    id: str
    name: str
    me: PersonView
    others: Sequence[PersonView]
    choices: Sequence[ChoiceView]


class LineView(View, frozen=True):
    """One sentence of who did what; `at` in milliseconds for one's own, None for another's."""

    id: str
    text: str
    at: int | None


class DayView(View, frozen=True):
    """One day's lines, and how many more there are than are shown."""

    day: str
    lines: Sequence[LineView]
    more: int


class PastView(View, frozen=True):
    """Some days, the last first; whether there are any before; and what of one's own can be taken back, in words."""

    days: Sequence[DayView]
    further: bool
    undo: str | None


class ClosedState(View, frozen=True):
    """Before the way in: nothing of what is written."""

    stage: Literal["firstRun", "unnamed", "unlock"]
    may_pause: bool
    name_hint: str
    rang_at: int | None = None
    """When a reminder came, for a notice of the system; None where no such notice is wanted."""
    restored: int | None = None
    """How much of a backup is restored by now, in percent; None where none is being restored."""


class OpenState(View, frozen=True):
    """Everything the page shows; of what is dear, what is looked at."""

    stage: Literal["open"]
    may_pause: bool
    space: SpaceView
    pauses: Sequence[PauseView]
    tasks: Sequence[TaskView]
    consents: Sequence[ConsentView]
    agreements: Sequence[AgreementView]
    limits: Sequence[LimitView]
    today: TodayView
    focus: FocusView
    checklists: ChecklistsView
    repair: RepairsView
    reminders: RemindersView
    sharing: SharingView
    habits: HabitsView
    devices: Sequence[DeviceView]
    sync: SyncView
    pairing: PairingView
    erasing: ErasingView
    settings: SettingsView
    copy_warning: str
    problems: Sequence[str]
    notices: Sequence[str]
    heed: HeedView
    over: str
    """Why this laptop takes no part in the space any more; empty while it does."""
    left_silently: bool
