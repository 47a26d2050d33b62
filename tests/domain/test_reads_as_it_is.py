"""Words read as they are: a limit meets what looks the same, a title hides nothing, a quotation ends where it ends."""

from collections.abc import Callable
from typing import Final

import pytest

from collar_sync.core.edits import SetFields
from collar_sync.domain import consent_fold, terms
from collar_sync.domain import limit as limit_rule
from tests.domain.plain import DAY, Household, PlainLedger, run
from tests.domain.planting import Mutant, Planting, both, noticed, words

TURNED = "sit\u202ekneel"


def told(ledger: PlainLedger) -> list[str]:
    return [line.text for day in ledger.timeline.page(lines=10_000).days for line in day.lines]


@pytest.mark.parametrize(
    ("line", "limit"),
    [
        ("c\u200dhoking", "choking"),
        ("caf\u00e9", "cafe\u0301"),
        ("ｃｈｏｋｉｎｇ", "Choking"),  # noqa: RUF001
        ("cho\ufe0fking", " choking "),
        ("choking", "cho\u034fking"),
    ],
)
def test_a_limit_meets_every_line_that_reads_the_same(
    home: Household, alex: PlainLedger, sam: PlainLedger, line: str, limit: str
) -> None:
    consent = run(alex.consents.propose("An evening", [line, "talking"]))
    home.sync()
    run(sam.consents.grant(consent.id))
    run(sam.limits.set(limit, "hard limit"))
    home.sync()
    for ledger in (alex, sam):
        read = ledger.consents.get(consent.id)
        assert read.holds.includes == ("talking",)
        assert read.limited == (line,)
        assert not read.covers(line, ledger.now())


@pytest.mark.parametrize(
    ("line", "limit"),
    [
        ("\u0441hoking", "choking"),
        ("ph\u03bftos", "PHOTOS"),
        ("fiIm", "film"),
        ("\u041c\u0430x", "m\u0430\u0445"),
        ("В\u041e\u0412", "в\u043e\u0432"),  # noqa: RUF001
        ("thurnbs", "thumbs"),
        ("A\u0406M at me", "aim at me"),
    ],
)
def test_a_limit_meets_every_line_that_looks_the_same_in_whatever_letters(
    home: Household, alex: PlainLedger, sam: PlainLedger, line: str, limit: str
) -> None:
    consent = run(alex.consents.propose("An evening", [line, "talking"]))
    left_out = run(alex.consents.propose("Another evening", [line, "talking"], [limit]))
    home.sync()
    for each in (consent, left_out):
        run(sam.consents.grant(each.id))
    run(sam.limits.set(limit, "hard limit"))
    home.sync()
    for ledger in (alex, sam):
        for each in (consent, left_out):
            read = ledger.consents.get(each.id)
            assert read.holds.includes == ("talking",)
            assert not read.covers(line, ledger.now())


def test_no_title_of_a_task_holds_what_turns_it_round(home: Household, alex: PlainLedger, sam: PlainLedger) -> None:
    for title in (TURNED, "si\u200bt"):
        alex.say("task.ask", "hidden", {"for": sam.me, "title": title})
        alex.say("task.promise", "hidden too", {"title": title})
    asked = run(alex.tasks.ask("Tea at nine", of=sam.me))
    home.sync()
    run(alex.write(SetFields("task", asked.record, {"title": TURNED})))
    home.sync()
    assert [each.title for each in sam.tasks.visible()] == ["Tea at nine"]
    run(sam.tasks.accept(asked.id))
    assert sam.tasks.get(asked.id).title == "Tea at nine"
    assert len(sam.tasks.problems()) == 4
    assert run(alex.tasks.rename(asked.id, TURNED)).title == "sitkneel", "this software writes it as it reads"


def test_words_in_quotation_marks_cannot_end_their_own_quotation(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    run(alex.tasks.ask("tea”. You accepted “kneel", of=sam.me))
    run(alex.moments.share("hi”. Sam withdrew from a consent: “photos"))
    home.sync()
    assert len(told(sam)) == 2
    for line in told(sam):
        assert (line.count("“"), line.count("”")) == (1, 1)
        assert line.endswith("”.")


def test_what_a_clock_says_that_is_a_century_ahead_fills_no_page_of_now(
    home: Household, alex: PlainLedger, sam: PlainLedger
) -> None:
    run(alex.moments.share("Thank you"))
    alex.clock += 36_500 * DAY
    run(alex.moments.share("From far away"))
    run(alex.updates.share("I moved"))
    run(alex.check_ins.share(run(alex.check_ins.write("tender")).id))
    home.sync()
    for _ in range(2):
        assert [each.text for each in sam.moments.visible(since=sam.now() - 7 * DAY)] == ["Thank you"]
        assert not sam.updates.visible(since=sam.now() - 7 * DAY)
        assert not sam.check_ins.visible(since=sam.now() - 7 * DAY)
        sam.clock += DAY
    assert [each.text for each in sam.moments.visible()] == ["Thank you", "From far away"], "nothing is lost"
    assert len(alex.moments.visible(since=alex.now() - 7 * DAY)) == 1
    assert len(told(sam)) == 4


def looks(line: str, limit: str) -> Callable[[], None]:
    def story() -> None:
        home = Household("Alex", "Sam")
        alex, sam = home.ledgers
        test_a_limit_meets_every_line_that_looks_the_same_in_whatever_letters(home, alex, sam, line, limit)

    return story


def reading(*changed: tuple[str, str]) -> Planting:
    """Plant by other words in what a text is compared by, wherever it is."""
    return both(*(words(module, "readings", *changed) for module in (limit_rule, consent_fold, terms)))


MUTANTS: Final = (
    Mutant(
        "a letter of another script hides a line from a limit",
        reading(("(plain(text), *looks)", "(plain(text),)")),
        looks("\u0441hoking", "choking"),
    ),
    Mutant(
        "a line without a dot is never an i",
        reading(("(_LOOKS, _UPRIGHT)", "(_LOOKS,)")),
        looks("A\u0406M at me", "aim at me"),
    ),
    Mutant(
        "two letters that look like one hide a line from a limit",
        reading(('.replace("rn", "m")', "")),
        looks("thurnbs", "thumbs"),
    ),
    Mutant(
        "only what it looks like counts",
        reading(("(plain(text), *looks)", "looks")),
        looks("В\u041e\u0412", "в\u043e\u0432"),  # noqa: RUF001
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_violation_is_noticed(mutant: Mutant) -> None:
    assert not noticed(mutant.property)
    with mutant.plant():
        assert noticed(mutant.property)
