"""What is one person's alone, over arbitrary lives: scripts, safety, entries, taking back, copies, private words.

Each expectation is written from the rule, straight over what is kept and shown, and shares no code with it.
"""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any, Final

import msgspec

from collar_sync.domain import scripts, tracking
from collar_sync.domain.aside import NARROWING
from collar_sync.domain.erasing import Erasing
from collar_sync.domain.repair import Step
from collar_sync.domain.safety import LABELS, SafetyKind, SafetyPage
from collar_sync.domain.slip_kinds import SlipKind
from collar_sync.errors import LocalError, NotFound
from tests.domain.lives import CLEAR, LINES, choose, over_lives, twin
from tests.domain.plain import HOUR, Household, PlainLedger, run
from tests.domain.test_record_rules import lift_all, two

NEGOTIATING: Final = re.compile(
    r"compromise|negotiat|talk it over|halfway|agree on|both sides|their side|work (it|things) out|understand why they"
    r"|give (them|it) another|mediat|together with (them|your partner)"
)
ROLES: Final = re.compile(r"\b(dominant|submissive|dom|sub|sir|master|mistress|slave|owner|kneel|collar|protocol)\b")
RANK: Final = re.compile(
    r"\b(kneel|obey|punish me|i order|i command|good (girl|boy|submissive)|real (dominant|submissive)"
    r"|as your (dominant|submissive|master|mistress)|you belong|you must)\b"
)
LONG: Final = re.compile(r"[A-Za-z0-9+/=_-]{80,}")  # a signature, in whatever letters: 64 bytes are 86 of them or more


def everything(ledger: PlainLedger) -> object:
    """All that lies on a device, at hand or not."""
    return msgspec.msgpack.encode((ledger.heard, list(ledger.fields.items()), ledger.own, ledger.shelf))


# --- scripts ---


def attempts(ledger: PlainLedger, chance: Random) -> Iterator[Callable[[], Any]]:
    """One try of what needs a permission, of each noun, and whatever comes of it."""
    tasks, offers, agreed = ledger.tasks, ledger.consents, ledger.agreements
    for noun in (offers, agreed):
        each = choose(chance, noun.all())
        for verb in (noun.grant, noun.pause, noun.resume, noun.decline, noun.revoke):
            yield partial(verb, each)
    task = choose(chance, tasks.all())
    for act in (tasks.accept, tasks.done, tasks.take_back, tasks.decline):
        yield partial(act, task)
    session, scene = choose(chance, ledger.sessions.all()), choose(chance, ledger.checklists.all())
    other = chance.choice(sorted(ledger.people()))
    yield from (
        lambda: tasks.ask("t", of=other),
        lambda: offers.propose("p", LINES),
        lambda: agreed.propose("consequence", LINES, CLEAR),
        lambda: ledger.sessions.join(session),
        lambda: ledger.sessions.end(session),
        lambda: ledger.checklists.tick(scene),
        lambda: ledger.checklists.untick(scene),
        lambda: ledger.limits.set("not that"),
        lambda: ledger.limits.loosen(choose(chance, ledger.limits.standing())),
        ledger.pauses.pause,
        ledger.pauses.lift,
    )


def came_of(home: Household, chance: Random) -> list[str]:
    found = []
    for ledger in home.ledgers[:2]:
        for act in attempts(ledger, chance):
            try:
                found.append(repr(run(act())))
            except LocalError as refusal:
                found.append(str(refusal))
    home.sync()
    return [*found, *sorted(each.id for each in home.everything())]


@over_lives
def test_no_permission_anywhere_depends_on_a_role(home: Household, chance: Random) -> None:
    """Whatever scripts somebody reads, edits and writes, by whatever role, they may do what they might before."""
    other, seed = twin(home), chance.getrandbits(32)
    for ledger in other.ledgers:
        before = ledger._written  # a number of one's own records, and no part of what is said
        for each in chance.sample(ledger.scripts.all(roles=True), chance.randint(0, 3)):
            run(ledger.scripts.edit(each.id, ["I lead."], ["I follow."]))
        run(ledger.scripts.write("The Dominant's words", ["I lead."], roles=chance.random() < 0.7))
        ledger._written = before
    first, second = (came_of(each, Random(seed)) for each in (home, other))  # noqa: S311 - the same chance for both
    assert first == second


@over_lives
def test_a_set_of_scripts_uses_no_roles_and_none_uses_rank_to_reach_closeness(home: Household, chance: Random) -> None:
    ledger = chance.choice(home.ledgers)
    edited = chance.choice(ledger.scripts.all(roles=False)).id
    run(ledger.scripts.edit(edited, ["my own words"], []))
    without, by_role = ledger.scripts.all(roles=False), ledger.scripts.all(roles=True)
    assert {*without, *by_role} == {*ledger.scripts.all()}
    for each in without:
        assert not ROLES.search(" ".join((each.title, *each.helps, *each.avoid)).lower())
    for each in (*without, *by_role):
        assert not RANK.search(" ".join(each.helps).lower())
    assert {each.edited for each in without} == {True, False}
    shipped = [each for each in (*without, *by_role) if each.id != edited]
    assert all(each.helps and each.avoid for each in shipped)
    about = [*(each.title.lower() for each in by_role)]
    for words in (("dominant", "slipped"), ("submissive", "slipped"), ("hurt",)):
        assert any(all(word in title for word in words) for title in about)


@over_lives
def test_every_script_is_everyones_own_to_edit_and_to_have_back_as_it_was(home: Household, chance: Random) -> None:
    one, other = two(home, chance)
    theirs, said = everything(other), {*one.heard}
    before = one.scripts.all()
    each = chance.choice(before)
    own = run(one.scripts.edit(each.id, ["words of my own", "and more"], [])).id
    found = one.scripts.get(own)
    assert (found.helps, found.avoid, found.title) == (("words of my own", "and more"), (), each.title)
    assert (found.roles, found.edited) == (each.roles, True)
    home.sync()
    assert (everything(other), {*one.heard}) == (theirs, said)
    assert other.scripts.get(each.id) == scripts.Scripts(other).get(each.id) != found
    run(one.scripts.remove(each.id))
    assert one.scripts.all() == before
    run(one.scripts.restore(each.id))
    assert one.scripts.get(each.id) == found


# --- the safety branch ---


def words_of(page: SafetyPage) -> str:
    places = (text for each in page.help.places for text in (each.name, each.reach))
    return " ".join((page.text.title, *page.text.paragraphs, page.help.opening, page.help.pause, *places)).lower()


@over_lives
def test_what_is_about_safety_opens_with_help_suggests_no_negotiating_and_offers_pause_with_what_shows_of_it(
    home: Household, chance: Random
) -> None:
    one, other = two(home, chance)
    lift_all(home)
    slip = run(one.slips.share(run(one.slips.write("You waited.", SlipKind.OTHER)).id, [other.me]))
    home.sync()
    run(one.repairs.begin(slip.id))
    home.sync()
    for place in chance.sample(other.help.list().places, chance.randint(0, 5)):
        run(other.help.remove(place.id))
    said, unready = {each.id for each in home.everything()}, (one.repairs.get(slip.id), one.repairs.next_step(slip.id))
    kind = chance.choice([*SafetyKind])
    note = run(other.safety.write(kind, about=chance.choice(("", slip.id))))
    page = other.repairs.help(slip.id)
    assert page is not None
    assert other.repairs.next_step(slip.id) is Step.HELP
    assert note in page.notes
    for each in (page, other.safety.page()):
        assert each.help.opening.lower().startswith("someone may check this device")
        assert "pause" in each.help.pause.lower()
        assert re.search("others? will see that you paused", each.help.pause.lower())
        assert not NEGOTIATING.search(words_of(each))
    assert not NEGOTIATING.search(LABELS[kind].lower())
    home.sync()
    assert {each.id for each in home.everything()} == said
    assert (one.repairs.get(slip.id), one.repairs.next_step(slip.id)) == unready


# --- behaviour tracking ---


def entries(ledger: PlainLedger) -> tuple[object, ...]:
    """What one device holds of entries, and tells and hears of them."""
    told = sorted((each.kind, each.body) for each in ledger.air.told() if each.kind.startswith(tracking.PREFIX))
    return ledger.tracking.mine(), told


@over_lives
def test_no_use_of_a_device_makes_an_entry_and_nobody_touches_anothers(home: Household, chance: Random) -> None:
    """Only what somebody wrote as one is an entry of theirs, and only they take it out."""
    home.sync()
    for ledger in home.ledgers:
        if habits := ledger.tracking.habits():
            agreement, habit = chance.choice(habits)
            run(ledger.tracking.write(agreement.id, habit, "one's own"))
    before = [ledger.tracking.mine() for ledger in home.ledgers]
    for ledger in home.ledgers:
        for act in attempts(ledger, chance):
            with suppress(LocalError):
                run(act())
        done = run(ledger.tasks.promise("sleep", due="2026-05-02T09:00"))
        run(ledger.tasks.done(done.id))
        run(ledger.check_ins.write("tired"))
        run(ledger.journal.write("sleep"))
        ledger.clock += HOUR
        ledger.tracking.tell()
        for other in home.ledgers:
            for entry in other.tracking.mine() if other.me != ledger.me else ():
                if entry.id not in {each.id for each in ledger.tracking.mine()}:
                    try:
                        run(ledger.tracking.remove(entry.id))
                    except NotFound:
                        continue
                    raise AssertionError("somebody took out what another wrote")
    home.sync()
    assert [ledger.tracking.mine() for ledger in home.ledgers] == before


# --- taking back ---


def opened_again(ledger: PlainLedger, home: Household) -> PlainLedger:
    """The same device, after its app was closed."""
    return next(each for each in twin(home).ledgers if each.owner.devices == ledger.owner.devices)


def narrowed(ledger: PlainLedger) -> dict[str, object]:
    """Everything that stands as a no, of anyone."""
    offers = (*ledger.consents.all(), *ledger.agreements.all())
    return {
        "pauses": {each.id for each in ledger.pauses.standing()},
        "noes": {(each.id, no.id) for each in offers for no in each.narrowings},
        "states": {(each.id, each.state(ledger.now())) for each in offers},
        "limits": {each.id for each in ledger.limits.standing()},
        "declined": {each.id for each in ledger.tasks.all() if each.declined_at is not None},
        "checklists": {(each.id, each.state(ledger.now())) for each in ledger.checklists.all()},
        "sessions": {(each.id, each.inside) for each in ledger.sessions.all()},
    }


def narrow(ledger: PlainLedger, chance: Random) -> None:
    """Say no in every way there is."""
    offers: tuple[Any, ...] = (ledger.consents, ledger.agreements)
    for noun in offers:
        for verb in chance.sample((noun.pause, noun.decline, noun.revoke), 3):
            with suppress(LocalError):
                run(verb(choose(chance, noun.all())))
    acts: tuple[Callable[[], Any], ...] = (
        lambda: ledger.tasks.decline(choose(chance, [each for each in ledger.tasks.all() if each.asked_by])),
        lambda: ledger.checklists.untick(choose(chance, ledger.checklists.all())),
        lambda: ledger.sessions.leave(choose(chance, ledger.sessions.all())),
        lambda: ledger.limits.set("not that"),
        ledger.pauses.pause,
    )
    for act in acts:
        with suppress(LocalError):
            run(act())


@over_lives
def test_taking_back_reverses_no_pause_no_decline_no_withdrawal_and_no_other_no(
    home: Household, chance: Random
) -> None:
    home.sync()
    ledger = chance.choice(home.ledgers)
    narrow(ledger, chance)
    home.sync()
    before = narrowed(ledger)
    for device in (ledger, opened_again(ledger, home)):
        said = {*device.heard}
        steps = 0
        while device.undo.last() is not None:
            run(device.undo.take_back())
            steps += 1
            assert steps < 100
        assert {*device.heard} >= said, "what was said stays said"
        noes = {each.id for each in device.heard.values() if each.kind in NARROWING}
        assert all(noes.isdisjoint(device.heard[each].answers) for each in device.heard.keys() - said)
        assert narrowed(device) == before


@over_lives
def test_taking_back_is_of_ones_own_acts_on_this_device_and_what_another_wrote_since_stays(
    home: Household, chance: Random
) -> None:
    one, other = two(home, chance)
    lift_all(home)
    task = run(one.tasks.ask("t", of=other.me, details="d"))
    home.sync()
    own = run(one.tasks.promise("own"))
    run(one.tasks.done(own.id))
    run(other.tasks.done(task.id))
    home.sync()
    read: dict[str, tuple[str, str]] = {}
    for number in range(chance.randint(0, 4)):
        writer = chance.choice((one, other))
        edit, field = chance.choice(((writer.tasks.rename, "title"), (writer.tasks.describe, "details")))
        run(edit(task.id, f"{field} {number}"))
        read[field] = (writer.me, f"{field} {number}")
        home.sync()
    by_others = {each.id for each in one.heard.values() if each.device != one.owner.devices[0]}
    while one.undo.last() is not None:
        run(one.undo.take_back())
    found = one.tasks.get(task.id)
    assert not found.is_open, "what another did stays done"
    assert one.tasks.get(own.id).is_open, "what one did oneself is taken back"
    for field, (writer_id, text) in read.items():
        assert (getattr(found, field) == text) is (writer_id == other.me)
    took_back = [each for each in one.heard.values() if each.kind == "task.take_back" and each.author == one.me]
    assert not any({*each.answers} & by_others for each in took_back if each.device == one.owner.devices[0])


# --- copies ---


def parts(found: object) -> Iterator[str]:
    """Every text in what JSON reads as, the names of fields too."""
    if isinstance(found, dict):
        yield from found
        yield from parts([*found.values()])
    elif isinstance(found, list):
        for each in found:
            yield from parts(each)
    elif isinstance(found, str):
        yield found


def secrets(ledger: PlainLedger) -> tuple[str, ...]:
    """Write something of each private kind, and say what."""
    words = ("one for the journal", "one about safety", "one not shared", "one to call", "one not offered")
    run(ledger.journal.write(words[0]))
    run(ledger.safety.write("threat", words[1]))
    run(ledger.slips.write(words[2], SlipKind.OTHER))
    run(ledger.journal.contacts.write(words[3]))
    run(ledger.journal.drafts.write(words[4]))
    return words


def plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


@over_lives
def test_a_copy_carries_no_signature_and_no_device_and_says_that_it_proves_nothing(
    home: Household, chance: Random
) -> None:
    one, _ = two(home, chance)
    for copy in (one.export.json(journal=chance.random() < 0.5), one.export.markdown()):
        said = " ".join(plain(copy).split())
        assert "It carries no signatures and proves nothing" in said
        assert not any(device in copy for each in home.ledgers for device in each.owner.devices)
        assert not LONG.search(copy)
    names = {*parts(msgspec.json.decode(one.export.json()))}
    assert not [each for each in names if re.fullmatch("(sig|signature|signed|proof|key|nonce|device)s?", each)]


@over_lives
def test_what_is_private_is_in_a_copy_only_where_its_person_says_so_and_never_anothers(
    home: Household, chance: Random
) -> None:
    one, other = two(home, chance)
    own = secrets(one)
    home.sync()
    for copy in (one.export.json(), one.export.markdown()):
        assert not [each for each in own if each in copy]
    assert not [each for each in own if each not in plain(one.export.markdown(journal=True))]
    for copy in (other.export.json(journal=True), other.export.markdown(journal=True)):
        assert not [each for each in own if each in copy]


@over_lives
def test_a_journal_begun_beside_another_space_is_in_a_copy_where_its_person_says_so_and_nothing_of_that_space(
    home: Household, chance: Random
) -> None:
    one, _ = two(home, chance)
    before = Household("Alex", "Robin").named("Alex")
    journal, safety, slip, contact, draft = secrets(before)
    run(before.moments.share("thanks for the tea"))
    run(one.journal.write("of this one"))
    beside = [before.export.own()]
    for copy in (one.export.json(beside=beside), one.export.markdown(beside=beside)):
        assert not [each for each in (journal, contact, draft, "of this one") if each in copy]
    for copy in (one.export.json(journal=True, beside=beside), one.export.markdown(journal=True, beside=beside)):
        assert not [each for each in (journal, contact, draft, "of this one") if each not in plain(copy)]
        assert not [each for each in (safety, slip, "thanks for the tea") if each in copy]


# --- erasing ---


@over_lives
def test_the_journal_and_all_that_is_private_is_untouched_by_an_erase_that_is_asked_for_and_told(
    home: Household, chance: Random
) -> None:
    for ledger in home.ledgers:
        secrets(ledger)
    kept = [msgspec.msgpack.encode(ledger.own) for ledger in home.ledgers]
    for ledger in chance.sample(home.ledgers, chance.randint(1, len(home.ledgers))):
        run(Erasing(ledger).ask())
        home.sync()
        run(Erasing(chance.choice(home.ledgers)).receipt())
    home.sync()
    for ledger in home.ledgers:
        Erasing(ledger).all()
    assert [msgspec.msgpack.encode(ledger.own) for ledger in home.ledgers] == kept


def signature() -> str:
    """What a signature looks like in a text."""
    return base64.urlsafe_b64encode(bytes(range(64))).decode()
