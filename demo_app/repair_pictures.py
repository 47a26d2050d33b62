"""The shapes of what a page shows of slip-ups and their repair: frozen view models, as the page reads them."""

from collections.abc import Sequence

from demo_app.shapes import PersonView, View, WhenView


class HintView(View, frozen=True):
    """A phrase that was written, and why another would carry better."""

    phrase: str
    why: str


class SlipDraftView(View, frozen=True):
    """A slip-up that this person wrote for themself, shared or not."""

    id: str
    sentence: str
    label: str
    hints: Sequence[HintView]
    shared: bool


class PromiseView(View, frozen=True):
    """A small promise of a plan: whose, and whether it repeats."""

    title: str
    whose: PersonView
    repeats: bool


class PlanView(View, frozen=True):
    """Re-consent and amends."""

    on_pause: Sequence[str]
    temporary_limits: Sequence[str]
    changes: Sequence[str]
    amends: Sequence[str]
    promises: Sequence[PromiseView]


class VersionView(View, frozen=True):
    """One exact text that all are to sign; which of the last four it holds depends on what it is of."""

    id: str
    by: PersonView
    when: WhenView
    signed: Sequence[PersonView]
    at: int | None = None
    text: str = ""
    plan: PlanView | None = None
    weekday: int | None = None
    starts: str = ""
    ends: str = ""


class SheetView(View, frozen=True):
    """What all have to agree on: the texts side by side, and the id of the one that is agreed."""

    versions: Sequence[VersionView]
    agreed: str | None


class WrittenView(View, frozen=True):
    """Something of one person's own, as its parts by name: of a debrief, an apology, a review."""

    by: PersonView
    when: WhenView
    parts: dict[str, str]
    still_wary: bool = False


class RepairView(View, frozen=True):
    """One shared slip-up with its repair, and what comes next for this person."""

    id: str
    sentence: str
    label: str
    by: PersonView
    when: WhenView
    focus: str
    better: str
    stage: str
    round: int
    between: Sequence[PersonView]
    takes_part: bool
    """Whether this person is one of those it is between; who is not reads that there is one, and no more is asked."""
    step: str
    says: str
    hints: Sequence[str]
    ready: Sequence[PersonView]
    out: Sequence[PersonView]
    talk: SheetView
    facts: SheetView
    plan: SheetView
    weekly: SheetView
    parts: Sequence[WrittenView]
    apologies: Sequence[WrittenView]
    words: Sequence[WrittenView]
    part_draft: dict[str, str]
    apology_draft: dict[str, str]
    apology_hints: Sequence[HintView]
    promised: Sequence[str]
    may_promise: bool
    before: Sequence[str]


class NoteView(View, frozen=True):
    """One's own note about safety."""

    id: str
    label: str
    text: str
    when: WhenView


class PlaceView(View, frozen=True):
    """Somebody or somewhere to turn to."""

    name: str
    reach: str


class SafetyView(View, frozen=True):
    """What is shown to this person alone, instead of any step."""

    opening: str
    title: str
    paragraphs: Sequence[str]
    places: Sequence[PlaceView]
    pause: str
    notes: Sequence[NoteView]


class RepairsView(View, frozen=True):
    """All slip-ups that are to be shown, this person's own drafts, and help where they noted that it comes first."""

    repairs: Sequence[RepairView]
    drafts: Sequence[SlipDraftView]
    safety: SafetyView | None


class KindView(View, frozen=True):
    """A kind that can be chosen, by its plain words."""

    value: str
    label: str


class RepairTextsView(View, frozen=True):
    """The library's own words for this screen, which do not change."""

    kinds: Sequence[KindView]
    safety_kinds: Sequence[KindView]
    one_sentence: str
    aftercare: Sequence[str]
    roots: str
