"""The Task rule as a pure fold: one asks, the assignee answers, and only the assignee says done.

Who asked whom is a statement, so its author is verified; the words (title, details, due, zone, repeat) are a record
that both may edit. A decline stands until an acceptance names it; a done stands until a taking back names it. What a
task that was read so is like is in `task`; no clock is asked here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from collar_sync import limits
from collar_sync.core.edits import Scalar
from collar_sync.core.letters import is_blank, misleads
from collar_sync.core.people import Person
from collar_sync.core.quoting import quoted
from collar_sync.core.statement import Said
from collar_sync.domain import pause, schedule, task_book
from collar_sync.domain.pause import Rest
from collar_sync.domain.reading import Problem, ordered
from collar_sync.domain.task import Facts, Task, TaskState, is_whole, never, stands
from collar_sync.domain.task_book import PROMISE, Entry, Terms
from collar_sync.ids import PersonId, StatementId

RECORD: Final = "task"


def fold(
    statements: Iterable[Said],
    records: Mapping[str, Mapping[str, Scalar]],
    people: Mapping[PersonId, Person],
    *,
    rests: Sequence[Rest] = (),
) -> dict[StatementId, Task]:
    """Every task by its id, the earliest asked (by its author's clock) first; `rests` as the pause fold gives them."""
    entries, _ = task_book.read(statements, people)
    rests = tuple(rests)
    paused = any(rest.end is None for rest in rests)
    found = [_view(entry, records.get(entry.said.subject, {}), rests, paused=paused) for entry in entries.values()]
    found.sort(key=lambda each: (each.asked_at, each.id))
    return {each.id: each for each in found}


def terms(words: Mapping[str, Scalar], otherwise: str, asked_at: int) -> Terms:
    """Return how these words of a task read: what cannot be read is not there; for the title it is `otherwise`."""
    title, due, zone, repeat = words.get("title"), words.get("due"), words.get("zone"), words.get("repeat")
    known = isinstance(title, str) and not is_blank(title) and not misleads(title)
    known = known and len(str(title)) <= limits.TITLE_CHARACTERS_MAX
    due = due if isinstance(due, str) and schedule.wall_time(due) is not None else None
    zone = zone if isinstance(zone, str) and schedule.zone(zone) is not None else None
    if not isinstance(repeat, str) or never(repeat, due, zone, asked_at) is not None:
        repeat = None
    return Terms(title=str(title) if known else otherwise, due=due, zone=zone, repeat=repeat)


def problems(statements: Iterable[Said], people: Mapping[PersonId, Person]) -> tuple[Problem, ...]:
    """Return the task statements that do not count, and why."""
    _, problems = task_book.read(statements, people)
    return ordered(problems)


def unread(task: Task, words: Mapping[str, Scalar]) -> Iterator[str]:
    """Return what of a task's words is kept and not read, each with a reason: someone else may have written it."""
    title = quoted(task.title)
    if len(str(words.get("details", ""))) > limits.DETAILS_CHARACTERS_MAX:
        yield f"The details of {title} are too long to be read to their end. Write them anew, and shorter."
    for field, read_as, name in (("due", task.due, "time"), ("zone", task.zone, "time zone")):
        if words.get(field) is not None and read_as is None:
            yield f"The {name} of {title} is not known here, so it is not read. Set it anew."
    repeat = words.get("repeat")
    if repeat is not None and task.repeat is None:
        why = never(str(repeat), task.due, task.zone, task.asked_at)
        yield f"{title} is read as what does not repeat. {why} It can be set anew."


def _view(entry: Entry, words: Mapping[str, Scalar], rests: tuple[Rest, ...], *, paused: bool) -> Task:
    said, body = entry.said, entry.body
    declines = entry.standing_declines()
    dones = entry.standing_dones()
    details = words.get("details")
    read_as = terms(words, body.title, said.at)
    yeses = entry.standing_yeses()
    agreed = any(each.terms == read_as for each in yeses)
    return Task(
        id=said.id,
        record=said.subject,
        title=read_as.title,
        asked_title=body.title,
        details=details[: limits.DETAILS_CHARACTERS_MAX] if isinstance(details, str) else "",
        for_person=body.for_person,
        asked_by=said.author,
        asked_at=said.at,
        promised=said.kind == PROMISE,
        kind=body.kind,
        serves=body.serves,
        also=entry.also,
        due=read_as.due,
        zone=read_as.zone,
        repeat=read_as.repeat,
        state=stands(
            Facts(
                declined=bool(declines),
                done=is_whole(dones, read_as.due),
                repeats=read_as.repeat is not None,
                promised=said.kind == PROMISE,
                agreed=agreed,
            ),
        ),
        accepted_at=max([each.at for each in entry.accepts]) if entry.accepts else None,
        agreed=yeses[-1].terms if yeses else None,
        yes_at=entry.agreed_at(yeses[-1].terms) if yeses else None,
        agreed_at=entry.agreed_at(read_as) if agreed else None,
        declined_at=max([each.at for each in declines]) if declines else None,
        dones=dones,
        space_paused=paused,
        rests=rests,
    )


_MARGIN_MILLISECONDS: Final = 3 * 24 * 60 * 60 * 1000  # whatever the zone, and time to say done afterwards
_OVER: Final = frozenset({TaskState.DONE, TaskState.DECLINED})


def open_names(
    statements: Sequence[Said],
    records: Mapping[str, Mapping[str, Scalar]],
    people: Mapping[PersonId, Person],
    _now: int,
) -> set[str]:
    """Names of the tasks that are not over, and of words whose task has not arrived; `records` are by `kind/id`."""
    start = f"{RECORD}/"
    words = {key[len(start) :]: fields for key, fields in records.items() if key.startswith(start)}
    tasks = fold(statements, words, people).values()
    latest: dict[PersonId, int] = {}
    for said in statements:
        latest[said.author] = max(said.at, latest.get(said.author, 0))
    open_ones = [each for each in tasks if each.state not in _OVER and not _ran_out(each, latest)]
    names: set[str] = {name for each in open_ones for name in (*each.names, each.record)}
    return names | (words.keys() - {each.record for each in tasks})


def _ran_out(task: Task, latest: Mapping[PersonId, int]) -> bool:
    """Whether its recurrence has an end that has passed, by what its own assignee said since; no clock is asked."""
    finite = task.repeat is not None and ("COUNT=" in task.repeat or "UNTIL=" in task.repeat)
    since = latest.get(task.for_person, 0) - _MARGIN_MILLISECONDS
    return finite and since > 0 and task.next_day(since) is None


def hidden(statements: Sequence[Said], people: Mapping[PersonId, Person], me: PersonId, _now: int) -> set[str]:
    """Return the ids of tasks that are not to be shown to this person now; of one with several, all but its first."""
    rests = pause.read(statements, people).rests
    tasks = fold(statements, {}, people, rests=rests).values()
    return {name for each in tasks for name in (each.also if each.visible_to(me) else each.names)}
