"""The ordinary day as a page shows it: check-ins, small moments, open updates, focus time, checklists.

A page of now, no archive: each is read only as far back as it is shown here, and what is older stands in the timeline.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar, get_args

from collar_sync.domain import checklist, focus
from collar_sync.domain.checkin import ARRIVING, CheckIn
from collar_sync.domain.checklist import Round
from collar_sync.domain.checklists import STARTERS
from collar_sync.domain.focus import Session
from collar_sync.node import Space
from demo_app import repair_news
from demo_app.day_pictures import (
    CheckInView,
    ChecklistsView,
    DayTextsView,
    FocusView,
    MomentView,
    RoundView,
    SessionView,
    TickView,
    TodayView,
    UpdateView,
)
from demo_app.folk import Folk, day_of

DAY: Final = 24 * 60 * 60 * 1000
CHECK_INS_MILLISECONDS: Final = 2 * DAY  # how somebody arrived today, or yesterday where their day began earlier
MOMENTS_MILLISECONDS: Final = 7 * DAY
UPDATES_MILLISECONDS: Final = 14 * DAY
SHOWN_MAX: Final = 8  # of each: more would push the tasks off the screen

TEXTS_OF_THE_DAY: Final = DayTextsView(arriving=ARRIVING, kinds=get_args(focus.Kind), starters=STARTERS)

T = TypeVar("T")
V = TypeVar("V", MomentView, UpdateView, RoundView)


def today(space: Space, folk: Folk, now: int) -> TodayView:
    """How this person arrived today, and what people told each other lately."""
    mine = space.check_ins.today()
    theirs = {each.person: each for each in space.check_ins.visible(since=now - CHECK_INS_MILLISECONDS)}
    return TodayView(
        mine=None if mine is None else _check_in(mine, folk, mine.id),
        theirs=[_check_in(each, folk, str(each.said)) for each in theirs.values() if each.person != folk.me],
        moments=_newest(
            space.moments.visible(since=now - MOMENTS_MILLISECONDS),
            lambda each: MomentView(
                id=each.id, by=folk.view(each.person), when=folk.when(each.person, each.at), text=each.text
            ),
        ),
        updates=_newest(
            space.updates.visible(since=now - UPDATES_MILLISECONDS),
            lambda each: UpdateView(
                id=each.id,
                by=folk.view(each.person),
                when=folk.when(each.person, each.at),
                changed=each.changed,
                feeling=each.feeling,
                in_place=each.in_place,
            ),
        ),
        slips=[folk.view(each) for each in dict.fromkeys(each.person for each in repair_news.unread(space))],
    )


def _newest(found: Sequence[T], view: Callable[[T], V]) -> list[V]:
    return _by_day([view(each) for each in found[-SHOWN_MAX:]])


def _by_day(earliest_first: Sequence[V]) -> list[V]:
    """Newest day first, and in a day one's own before the others': no order tells when between them another acted."""
    return sorted(earliest_first, key=lambda each: (each.when.day, each.by.mine))[::-1]


def _check_in(check_in: CheckIn, folk: Folk, identifier: str) -> CheckInView:
    return CheckInView(
        id=identifier,
        by=folk.view(check_in.person),
        when=folk.when(check_in.person, check_in.at),
        arriving=check_in.arriving,
        need=check_in.need,
        gratitude=check_in.gratitude,
        not_now=check_in.not_now,
        shared=check_in.shared,
    )


def focus_time(space: Space, folk: Folk, now: int) -> FocusView:
    """The session this person entered last, until the day is over; and what runs that they may join.

    Nothing of either for whoever takes no part in the space any more: it is of the moment. So are checklists.
    """
    if space.over:
        return FocusView(mine=None, others=())
    entered = next((each for each in reversed(space.sessions.all()) if folk.me in each.inside), None)
    if entered is not None:
        over = [each for each in (entered.ended_at, entered.stopped_at) if each is not None]
        entered = None if over and day_of(min(over)) != day_of(now) else entered
    going = {focus.State.RUNNING, focus.State.BREAK}
    return FocusView(
        mine=None if entered is None else _session(entered, folk, now),
        others=[
            _session(each, folk, now)
            for each in space.sessions.open()
            if folk.me not in each.inside and each.state(now) in going
        ],
    )


def _session(session: Session, folk: Folk, now: int) -> SessionView:
    inside = folk.me in session.inside
    until = session.up_at(now) if inside else None
    return SessionView(
        id=session.id,
        kind=session.kind,
        minutes=session.minutes,
        by=folk.view(session.begun_by),
        when=folk.when(session.begun_by, session.begun_at),
        people=[folk.view(each) for each in session.people],
        inside=[folk.view(each) for each in session.inside],
        on_break=[folk.view(each) for each in session.on_break],
        state=session.state(now).value,
        until=until,
        left=session.left(now) if inside and until is None else None,
    )


def checklists(space: Space, folk: Folk, now: int) -> ChecklistsView:
    """Every round that is open for this person; and of theirs those stopped today and not begun afresh."""
    if space.over:
        return ChecklistsView(open=(), stopped=())
    stopped = [
        each
        for each in space.checklists.all()
        if each.state(now) is checklist.State.STOPPED
        and (each.begun_by == folk.me or each.ticked_by(folk.me) or folk.me in each.stopped_by)
        and not each.ended  # as it is by beginning it afresh
        and day_of(each.begun_at) == day_of(now)
    ]
    return ChecklistsView(
        open=_by_day([_round(each, folk, now) for each in space.checklists.open()]),
        stopped=_by_day([_round(each, folk, now) for each in stopped]),
    )


def _round(round_: Round, folk: Folk, now: int) -> RoundView:
    state = round_.state(now)
    named = folk.me in round_.people
    ticked = dict(round_.ticked)
    return RoundView(
        id=round_.id,
        occasion=round_.occasion,
        title="" if round_.title == round_.occasion else round_.title,
        by=folk.view(round_.begun_by),
        when=folk.when(round_.begun_by, round_.begun_at),
        people=[folk.view(each) for each in round_.people],
        lines=[
            TickView(text=line, ticked=folk.several(each for each, lines in ticked.items() if line in lines))
            for line in round_.lines
        ],
        state=state.value,
        waits_for=folk.several(round_.waiting_for),
        may_tick=named and state in {checklist.State.WAITING, checklist.State.READY},
        may_stop=named,
    )
