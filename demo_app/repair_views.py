"""Slip-ups and their repair as a page shows them. What comes next, and in what words, is the library's to say."""

from collections.abc import Mapping, Sequence
from typing import Final

from collar_sync.domain.repair import Repair, Shared, Version, Versions
from collar_sync.domain.repair_forms import Facts, Plan, Stage, Talk, Weekly, Word, apology_words, part_words
from collar_sync.domain.repair_steps import AFTERCARE, ROOTS, Step
from collar_sync.domain.safety import LABELS
from collar_sync.domain.slip_kinds import KINDS, ONE_SENTENCE, Hint
from collar_sync.domain.task import Task
from collar_sync.node import Space
from demo_app.folk import Folk
from demo_app.own_views import places
from demo_app.repair_pictures import (
    HintView,
    KindView,
    NoteView,
    PlaceView,
    PlanView,
    PromiseView,
    RepairsView,
    RepairTextsView,
    RepairView,
    SafetyView,
    SheetView,
    SlipDraftView,
    VersionView,
    WrittenView,
)

TEXTS_OF_REPAIR: Final = RepairTextsView(
    kinds=[KindView(value=kind.value, label=about.label) for kind, about in KINDS.items()],
    safety_kinds=[KindView(value=kind.value, label=label) for kind, label in LABELS.items()],
    one_sentence=ONE_SENTENCE,
    aftercare=AFTERCARE,
    roots=ROOTS,
)
NO_REPAIRS: Final = RepairsView(repairs=(), drafts=(), safety=None)


def repairs(space: Space, folk: Folk, records: Sequence[Space]) -> RepairsView:
    """Everything of slip-ups that this person may see here now."""
    shown = {each.id for each in space.slips.visible()} | {each.id for each in space.repairs.open()}
    tasks = [each for each in space.tasks.all() if each.serves] if shown else []
    return RepairsView(
        repairs=[_repair(space, each, folk, tasks) for each in space.repairs.all() if each.id in shown],
        drafts=[
            SlipDraftView(
                id=each.id,
                sentence=each.sentence,
                label=KINDS[each.kind].label,
                hints=_hints(each.hints),
                shared=each.shared is not None,
            )
            for each in space.slips.mine()
        ],
        safety=_safety(space, folk, records),
    )


def _safety(space: Space, folk: Folk, records: Sequence[Space]) -> SafetyView | None:
    page = space.safety.page()
    notes = [each for each in page.notes if not each.settled]
    if not notes:
        return None
    return SafetyView(
        opening=page.help.opening,
        title=page.text.title,
        paragraphs=page.text.paragraphs,
        places=[PlaceView(name=each.name, reach=each.reach) for each in places(records).places],
        pause=page.help.pause,
        notes=[
            NoteView(id=each.id, label=LABELS[each.kind], text=each.text, when=folk.when(folk.me, each.at))
            for each in notes
        ],
    )


def _repair(space: Space, repair: Repair, folk: Folk, tasks: Sequence[Task]) -> RepairView:
    step = repair.next_step(folk.me)
    quiet = step is Step.HELP  # then nothing is suggested, and nothing is asked
    first = repair.stage is Stage.SHARED and not quiet  # to be read before another repair of such a thing
    before = space.repairs.before(repair.id) if first else None
    apology = space.repairs.apology_draft(repair.id)
    part = space.repairs.part_draft(repair.id)
    promised = [each for each in tasks if each.promised and each.serves == repair.id]
    return RepairView(
        id=repair.id,
        sentence=repair.slip.sentence,
        label=repair.slip.about.label,
        by=folk.view(repair.slip.person),
        when=folk.when(repair.slip.person, repair.slip.at),
        focus=repair.slip.about.repairing.focus,
        better=repair.slip.about.repairing.better,
        stage=repair.stage.value,
        round=repair.round,
        between=folk.several(repair.slip.parties),
        takes_part=folk.me in repair.slip.parties,
        step=step.value,
        says=repair.says(folk.me),
        hints=repair.hints(folk.me),
        ready=[folk.view(each) for each in repair.ready],
        out=[folk.view(each) for each in repair.out],
        talk=_sheet(repair, repair.talk, folk),
        facts=_sheet(repair, repair.facts, folk),
        plan=_sheet(repair, repair.plan, folk),
        weekly=_sheet(repair, repair.weekly, folk),
        parts=[_written(each, part_words(each.what), folk) for each in repair.parts],
        apologies=[_written(each, apology_words(each.what), folk) for each in repair.apologies],
        words=[_word(each, folk) for each in repair.words],
        part_draft={**part_words(part), "roots": part.roots},
        apology_draft=apology_words(apology),
        apology_hints=_hints(apology.hints),
        promised=[f"{folk.view(each.for_person).name}: {each.title}" for each in promised],
        may_promise=repair.stage in {Stage.AMEND, Stage.REVIEW} and bool(space.repairs.to_promise(repair.id)),
        before=() if before is None else before.paragraphs,
    )


def _sheet(repair: Repair, sheet: Versions, folk: Folk) -> SheetView:
    """While it rests, what waits for this person's yes waits unseen: the domain's rule."""
    unseen = repair.unseen_by(folk.me)
    return SheetView(
        versions=[_version(each, folk) for each in sheet.current if each.id not in unseen],
        agreed=None if sheet.agreed is None else sheet.agreed.id,
    )


def _version(version: Version, folk: Folk) -> VersionView:
    what = version.what
    return VersionView(
        id=version.id,
        by=folk.view(version.person),
        when=folk.when(version.person, version.at),
        signed=[folk.view(each) for each in version.signed_by],
        at=what.at if isinstance(what, Talk) else None,
        text=what.text if isinstance(what, Facts) else "",
        plan=_plan(what, folk) if isinstance(what, Plan) else None,
        weekday=what.weekday if isinstance(what, Weekly) else None,
        starts=what.starts if isinstance(what, Weekly) else "",
        ends=what.ends if isinstance(what, Weekly) else "",
    )


def _plan(plan: Plan, folk: Folk) -> PlanView:
    return PlanView(
        on_pause=plan.on_pause,
        temporary_limits=plan.temporary_limits,
        changes=plan.changes,
        amends=plan.amends,
        promises=[
            PromiseView(title=each.title, whose=folk.view(each.person), repeats=each.repeat is not None)
            for each in plan.commitments
        ],
    )


def _written(shared: Shared, parts: Mapping[str, str], folk: Folk) -> WrittenView:
    return WrittenView(by=folk.view(shared.person), when=folk.when(shared.person, shared.at), parts={**parts})


def _word(shared: Shared, folk: Folk) -> WrittenView:
    word = shared.what
    return WrittenView(
        by=folk.view(shared.person),
        when=folk.when(shared.person, shared.at),
        parts={"changed": word.changed, "recurred": word.recurred} if isinstance(word, Word) else {},
        still_wary=isinstance(word, Word) and word.still_wary,
    )


def _hints(hints: tuple[Hint, ...]) -> list[HintView]:
    return [HintView(phrase=each.phrase, why=each.why) for each in hints]
