"""What a page shows: the state of one laptop as one frozen picture.

Pure reading: it changes nothing, and everything it says comes from the folds and the node's own status. Sentences are
made in the page; here are names, states and times. What another person did carries its day, never the minute; what a
locked page may not know is left out of the picture, not hidden in it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
import segno

from collar_sync.domain import erasing, schedule
from collar_sync.domain.limit import Limit
from collar_sync.domain.pause import PauseState
from collar_sync.domain.task import Task, TaskState
from collar_sync.domain.task_book import Terms
from collar_sync.ids import DeviceId
from collar_sync.node import DeviceStatus, KnownDevice, Space
from demo_app import day_views, sharing_views
from demo_app.folk import Folk, day_of
from demo_app.heed import heed
from demo_app.laptop import Laptop
from demo_app.meeting import Pairing
from demo_app.offers import agreements, consent_view, without_acts
from demo_app.pictures import (
    DEAR,
    AgreementView,
    ClosedState,
    ConsentView,
    DeviceView,
    EraseRequestView,
    ErasingView,
    LimitView,
    OpenState,
    PairingView,
    PauseView,
    PictureView,
    ReachedView,
    ReceiptView,
    Shown,
    SpaceView,
    SyncView,
    TaskView,
    TermsView,
)
from demo_app.record_views import choice
from demo_app.reminder_views import rang_at, reminders
from demo_app.repair_views import NO_REPAIRS, repairs
from demo_app.settings_views import settings
from demo_app.task_acts import DAY_ENDS

OVER_MAX: Final = 40  # tasks done or declined that are still listed

_SHOWN: Final[dict[TaskState, Shown]] = {
    TaskState.ASKED: "asked",
    TaskState.ACCEPTED: "accepted",
    TaskState.OPEN: "accepted",
    TaskState.DECLINED: "declined",
    TaskState.DONE: "done",
}


def encode(laptop: Laptop) -> bytes:
    """All of it as JSON."""
    return msgspec.json.encode(picture(laptop))


def picture(laptop: Laptop, looked_at: Collection[str] = DEAR) -> ClosedState | OpenState:
    """What this laptop's page may show now; of the parts that are `DEAR` those are empty that nobody looks at."""
    space = laptop.space
    if laptop.stage != "open" or space is None:
        stage = "unlock" if laptop.stage == "open" else laptop.stage
        may_pause = space is not None and not space.over
        return ClosedState(
            stage=stage,
            may_pause=may_pause,
            name_hint=laptop.name_hint,
            restored=laptop.backups.restored,
            rang_at=rang_at(space, laptop.records) if space is not None and laptop.aloud else None,
        )
    folk = Folk(space)
    now = space.now()
    known = {each.id: each for each in space.devices.all()}
    over = bool(space.over)  # then it can be read, and nothing more can be done in it
    devices = [_device(each, folk, known.get(each.device), over=over) for each in space.sync_status()]
    consents, tasks, agreed = list[ConsentView](), list[TaskView](), list[AgreementView]()
    if "consents" in looked_at:
        consents = [consent_view(each, folk, now) for each in space.consents.visible()]
    if "tasks" in looked_at:
        tasks = [_task(each, folk, now, laptop.zone) for each in _current(space.tasks.visible())]
    if "agreements" in looked_at:
        agreed = agreements(space, folk, now)
    habits = sharing_views.habits(space, folk, now)
    if over:
        agreed = [without_acts(each) for each in agreed]
        consents = [without_acts(each) for each in consents]
        tasks = [msgspec.structs.replace(each, may_change=False, may_answer=False) for each in tasks]
    return OpenState(
        stage="open",
        may_pause=not over,
        space=SpaceView(
            id=space.id,
            name=space.name,
            me=folk.view(space.me),
            others=folk.others(),
            choices=[choice(each) for each in laptop.choices()],
        ),
        pauses=[] if over else _pauses(space.pauses.standing(), laptop, space, folk),
        tasks=sorted(tasks, key=lambda each: (each.due is None, each.due or "")),
        consents=list(reversed(consents)),
        agreements=agreed,
        today=day_views.today(space, folk, now),
        focus=day_views.focus_time(space, folk, now),
        checklists=day_views.checklists(space, folk, now),
        repair=repairs(space, folk, laptop.records) if "repair" in looked_at else NO_REPAIRS,
        reminders=reminders(space, laptop.records),
        sharing=sharing_views.sharing(space, folk, habits, now),
        habits=habits,
        limits=[_limit(each, folk, over=over) for each in space.limits.standing()],
        devices=devices,
        sync=_sync(devices),
        pairing=_pairing(laptop.pairing, laptop.addresses()),
        erasing=_erasing(space, folk, known),
        settings=settings(laptop, space, folk),
        copy_warning=space.export.WARNING,
        problems=[*laptop.problems(), *space.problems()] if "problems" in looked_at else [],
        heed=heed(laptop, space),
        notices=[*filter(None, [laptop.notice]), *space.notices()],
        over=space.over,
        left_silently=space.left_silently,
    )


def _pauses(standing: Sequence[PauseState], laptop: Laptop, space: Space, folk: Folk) -> list[PauseView]:
    """One entry a person, from their earliest pause; it has reached a device when any of them has."""
    found: list[PauseView] = []
    for person in dict.fromkeys(each.person for each in standing):
        own = [each for each in standing if each.person == person]
        reached = [
            ReachedView(device=folk.device(status.device_name, status.person), reached=laptop.has_reached(status, own))
            for status in space.sync_status()
            if person == folk.me and status.person != folk.me
        ]
        found.append(PauseView(by=folk.view(person), when=folk.when(person, own[0].at), reached=reached))
    return found


def _current(tasks: Sequence[Task]) -> Sequence[Task]:
    """Everything still open, and of what is over the newest: a page of today is no archive."""
    over = [each for each in tasks if not each.is_open]
    over.sort(key=lambda each: each.done_at or each.declined_at or each.asked_at)
    return [*(each for each in tasks if each.is_open), *over[-OVER_MAX:]]


def _task(task: Task, folk: Folk, now: int, zone: str) -> TaskView:
    today = task.today(now, zone)
    done_today = task.repeat is not None and task.done_on(today)
    done = task.state is TaskState.DONE or (done_today and not task.changed)
    answered_at = task.done_at if done else task.declined_at or task.accepted_at
    due = _comes(task, now, zone)
    was = task.agreed if task.changed else None
    return TaskView(
        id=task.id,
        title=task.title,
        of=folk.view(task.for_person),
        by=folk.view(task.asked_by),
        details=task.details,
        due=due,
        due_at=_due_at(task, due, zone),
        timing=task.timing(now, zone),
        state="done" if done else _SHOWN[task.state],
        answered=folk.when(task.for_person, answered_at) if answered_at else None,
        may_change=folk.me in {task.for_person, task.asked_by},
        may_answer=folk.me == task.for_person,
        folded=done and task.done_at is not None and day_of(task.done_at) != day_of(now),
        terms=_terms(task.terms),
        was=_terms(was) if was is not None else None,
        was_due=_comes(_in_words_of(was, task), now, zone) if was is not None else None,
    )


def _comes(task: Task, now: int, zone: str) -> str | None:
    """Return the first day that comes of it: what repeats from a day on need not come on that day."""
    return task.next_day(now, zone) or (task.due[:10] if task.due else None)


def _in_words_of(terms: Terms, task: Task) -> Task:
    return msgspec.structs.replace(task, due=terms.due, zone=terms.zone, repeat=terms.repeat)


def _due_at(task: Task, day: str | None, zone: str) -> int | None:
    """Return when it is due on that day, of what has a time of it and not the day alone."""
    if day is None or task.due is None or task.due.endswith(DAY_ENDS):
        return None
    due = schedule.wall_time(f"{day}{task.due[10:]}")
    return None if due is None else schedule.instant(due, task.where(zone))


def _terms(terms: Terms) -> TermsView:
    return TermsView(title=terms.title, due=terms.due, zone=terms.zone, repeat=terms.repeat)


def _limit(limit: Limit, folk: Folk, *, over: bool) -> LimitView:
    return LimitView(
        id=limit.id,
        kind=limit.kind,
        text=limit.text,
        by=folk.view(limit.person),
        when=folk.when(limit.person, limit.at),
        may_loosen=limit.person == folk.me and not over,
    )


def _erasing(space: Space, folk: Folk, known: Mapping[DeviceId, KnownDevice]) -> ErasingView:
    requests = [
        EraseRequestView(
            id=each.id,
            by=folk.view(each.person),
            when=folk.when(each.person, each.at),
            receipts=[
                ReceiptView(
                    device=folk.device(known[receipt.device].name, receipt.person) if receipt.device in known else "",
                    when=folk.when(receipt.person, receipt.at),
                )
                for receipt in each.receipts
            ],
        )
        for each in space.erasing.visible()
    ]
    return ErasingView(warning=erasing.WARNING, requests=requests)


def _device(status: DeviceStatus, folk: Folk, known: KnownDevice | None, *, over: bool) -> DeviceView:
    mine = known is not None and known.mine
    return DeviceView(
        id=status.device,
        name=folk.device(status.device_name, status.person),
        person=folk.view(status.person) if status.person else None,
        standing="in_step" if status.in_step else "waiting" if status.connected else "away",
        reached_day=status.last_reached.isoformat() if status.last_reached is not None else None,
        waiting_out=status.waiting_out,
        waiting_in=status.waiting_in,
        why=status.why,
        removable=mine and not status.apart and not over,
        refusable=not mine and not status.apart and not over,
        allowable=status.allowable,
        parted=status.apart,
    )


def _sync(devices: Sequence[DeviceView]) -> SyncView:
    """The worst that is true of any device of another person; of one's own, where there is nobody else."""
    near = [each for each in devices if not each.parted]
    counted = [each for each in near if each.person is None or not each.person.mine] or near
    if not counted:
        return SyncView(standing="apart" if any(each.allowable for each in devices) else "alone")
    worst = max(counted, key=lambda each: (each.standing != "in_step", each.waiting_out, each.standing == "away"))
    many = len(counted) > 1
    if worst.standing == "in_step":
        return SyncView(standing="in_step", device=worst.name, many=many)
    if worst.waiting_out > 0:
        return SyncView(standing="waiting", device=worst.name, waiting=worst.waiting_out, many=many)
    if worst.standing == "waiting":
        return SyncView(standing="coming", device=worst.name, many=many)
    return SyncView(standing="away", device=worst.name, day=worst.reached_day, many=many)


def _pairing(pairing: Pairing, addresses: Sequence[str]) -> PairingView:
    return PairingView(
        code=pairing.code,
        qr=_picture(pairing.qr_text) if pairing.qr_text else None,
        expires_at=pairing.expires_at,
        joining=pairing.joining,
        showing_problem=pairing.showing_problem,
        joining_problem=pairing.joining_problem,
        words=pairing.words,
        partner=pairing.partner,
        own=pairing.own,
        compared=pairing.compared,
        paired=pairing.paired,
        addresses=addresses,
    )


def _picture(text: str) -> PictureView:
    """A QR code as strokes of one unit, row by row: drawn by the page, so that no markup is ever made from data."""
    border = 4
    rows = segno.make(text, micro=False, error="m").matrix
    strokes = [
        f"M{column + border} {line + border}.5h1"
        for line, row in enumerate(rows)
        for column, dark in enumerate(row)
        if dark
    ]
    return PictureView(size=len(rows) + 2 * border, path="".join(strokes))
