"""Lives in which every text is a word of its own, so that whatever shows one can be told from whatever does not."""

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any, Final

from collar_sync.core.edits import SetFields
from collar_sync.domain.agreements import Reflection
from collar_sync.domain.repair_writing import commitment
from collar_sync.errors import LocalError
from tests.domain.plain import DAY, HOUR, Household, PlainLedger, run

NAMES: Final = ("Alex", "Sam", "Kim")


class Life:
    """People who write words, each once, and say, ask, refuse, pause and set aside what they heard of so far."""

    def __init__(self, seed: int, people: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - one seed replays a life
        self.home = Household(*NAMES[:people])
        self.count = 0

    def word(self) -> str:
        self.count += 1
        return f"w{self.count}x"

    def any(self, found: Any) -> str:
        ids = [each.id for each in found]
        return self.chance.choice(ids) if ids else "none"

    def step(self) -> None:
        ledger = self.chance.choice(self.home.ledgers)
        (act,) = self.chance.choices(*zip(*ACTS, strict=True))
        with suppress(LocalError):
            act(self, ledger)


def _tasks(life: Life, one: PlainLedger) -> None:
    tasks, task, word = one.tasks, life.any(one.tasks.all()), life.word()
    acts: tuple[Callable[[], Any], ...] = (
        lambda: tasks.ask(word, of=life.chance.choice(life.home.present()), details=life.word()),
        lambda: tasks.promise(word, life.word(), due="2026-05-02T18:00"),
        lambda: tasks.accept(task),
        lambda: tasks.decline(task),
        lambda: tasks.done(task),
        lambda: tasks.rename(task, word),
        lambda: tasks.describe(task, word),
        lambda: one.write(SetFields("task", tasks.get(task).record, {"title": word, "more": life.word()})),
    )
    run(life.chance.choice(acts)())


def _offers(life: Life, one: PlainLedger) -> None:
    offers: Any = life.chance.choice((one.consents, one.agreements))
    found = life.any(offers.all())
    if life.chance.random() < 0.4:
        changed = found if found != "none" and life.chance.random() < 0.4 else None
        if offers is one.consents:
            run(offers.propose(life.word(), [life.word()], [life.word()], [life.word()], supersedes=changed))
        else:
            kind = offers.get(changed).kind if changed else life.chance.choice(("rule", "consequence", "repair loop"))
            need = Reflection(life.word(), free_to_refuse=True, source="clarity")
            run(offers.propose(kind, [life.word()], need, supersedes=changed))
    else:
        acts = (offers.grant, offers.grant, offers.decline, offers.pause, offers.resume, offers.revoke)
        run(life.chance.choice(acts)(found))


def _tells(life: Life, one: PlainLedger) -> None:
    acts: tuple[Callable[[], Any], ...] = (
        lambda: one.check_ins.share(run(one.check_ins.write([life.word()], life.word(), life.word())).id),
        lambda: one.check_ins.write(need=life.word()),
        lambda: one.moments.share(life.word()),
        lambda: one.updates.share(life.word(), life.word(), life.word()),
        lambda: one.limits.set(life.word()),
        lambda: one.limits.loosen(life.any(one.limits.standing())),
        lambda: one.slips.share(run(one.slips.write(life.word(), "other")).id),
        lambda: one.journal.write(life.word()),
        one.erasing.ask,
    )
    run(life.chance.choice(acts)())


def _lists(life: Life, one: PlainLedger) -> None:
    found = life.any(one.checklists.all())
    if life.chance.random() < 0.4:
        run(one.checklists.begin("scene", [life.word(), life.word()], life.word()))
    else:
        run(life.chance.choice((one.checklists.tick, one.checklists.untick, one.checklists.end))(found))


def _repairs(life: Life, one: PlainLedger) -> None:
    repairs, found, word = one.repairs, life.any(one.repairs.all()), life.word

    def part() -> Any:
        run(repairs.write_part(found, facts=word(), impact=word(), meaning=word(), request=word(), roots=word()))
        return repairs.share_part(found)

    def apology() -> Any:
        run(
            repairs.write_apology(found, regret=word(), ownership=word(), impact=word(), change=word(), question=word())
        )
        return repairs.offer_apology(found)

    def plan() -> Any:
        promise = commitment(word(), one.me, details=word())
        several = {name: [word()] for name in ("on_pause", "protocols", "temporary_limits", "changes", "amends")}
        return repairs.propose_plan(found, commitments=[promise], **several)

    def everyone_is_ready() -> Any:
        for each in life.home.ledgers:
            life.home.sync()
            run(each.repairs.ready(found))
        return repairs.step_back(found)

    acts: tuple[Callable[[], Any], ...] = (
        lambda: repairs.begin(found),
        everyone_is_ready,
        everyone_is_ready,
        lambda: repairs.propose_facts(found, word()),
        lambda: repairs.sign(found, life.any(repairs.get(found).facts.current)),
        plan,
        part,
        apology,
        lambda: repairs.say(found, changed=word(), recurred=word()),
        lambda: repairs.close(found),
        lambda: repairs.again(found),
        lambda: repairs.step_out(found),
        lambda: repairs.step_back(found),
    )
    run(life.chance.choice(acts)())


def _quiet(life: Life, one: PlainLedger) -> None:
    everything = (one.tasks.all(), one.consents.all(), one.agreements.all(), one.moments.all(), one.repairs.all())
    some = life.any([each for found in (*everything, one.checklists.all(), one.check_ins.all()) for each in found])
    acts: tuple[Callable[[], Any], ...] = (
        one.pauses.pause,
        one.pauses.lift,
        one.pauses.lift,
        lambda: one.aside.hide(some),
        lambda: one.aside.mute(life.chance.choice(life.home.present())),
        lambda: one.aside.show(life.chance.choice(sorted(one.aside.all()) or ["none"])),
    )
    run(life.chance.choice(acts)())


def _sessions(life: Life, one: PlainLedger) -> None:
    sessions, found = one.sessions, life.any(one.sessions.all())
    acts: tuple[Callable[[], Any], ...] = (
        lambda: sessions.begin("study", 30),
        lambda: sessions.join(found),
        lambda: sessions.take_break(found),
        lambda: sessions.resume(found),
        lambda: sessions.leave(found),
        lambda: one.reviews.held(life.any(one.consents.all())),
        one.erasing.receipt,
    )
    run(life.chance.choice(acts)())


def _lies(life: Life, one: PlainLedger) -> None:
    """Say what is said already once more, about anything, with words in it that no version knows."""
    known = sorted(life.home.everything(), key=lambda said: said.id)
    if known:
        before, about = life.chance.choice(known), life.chance.choice(known)
        subject = life.chance.choice((before.subject, about.id))
        one.say(before.kind, subject, {**before.body, "more": life.word()}, [*before.answers, about.id])


def _meet(life: Life, _one: PlainLedger) -> None:
    life.home.sync()


def _later(life: Life, one: PlainLedger) -> None:
    one.clock += life.chance.choice((HOUR, DAY, 15 * DAY))


ACTS: Final[tuple[tuple[Callable[[Life, PlainLedger], None], int], ...]] = (
    (_tasks, 6),
    (_offers, 6),
    (_tells, 4),
    (_lists, 2),
    (_repairs, 6),
    (_quiet, 4),
    (_sessions, 2),
    (_lies, 1),
    (_meet, 6),
    (_later, 1),
)


def lived(seed: int, people: int, steps: int) -> Life:
    """A life of so many steps."""
    life = Life(seed, people)
    for _ in range(steps):
        life.step()
    return life
