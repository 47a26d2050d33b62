"""What rests is found: by its names, by every name that it speaks of, in pages of history; at no cost of the rest."""

import random
from pathlib import Path

import pytest

from collar_sync import ids
from collar_sync.core.durable import AtHand, Batch, Erasure, KeptStatement
from collar_sync.core.statement import AT_END
from collar_sync.errors import StoreDamaged
from collar_sync.ids import DocumentId
from collar_sync.shells.store import Store
from tests.shells.logged import (
    ALEX,
    KEY,
    NOTES,
    TASKS,
    change,
    signed,
)
from tests.shells.sealed import choice, end, record, seal, statement


def test_statements_and_records_of_sealed_documents_are_found_by_their_names(store: Store) -> None:
    store.write(signed(ALEX, 1))
    store.write(Batch(changes=[(TASKS, change(ALEX, 1))]))
    said = (statement(1, subject="dishes"), statement(2, subject="laundry"))
    done = record("dishes", title="Dishes \N{BROOM}", repeat=7, weight=0.5, done=True, mark=b"\0\xff", until=None)
    answer = statement(3, "answer", subject=said[1].id, document=TASKS)
    store.write(seal(end(ALEX, 1), statements=said, records=(done, record("dishes-2", title="no"))))
    store.write(seal(end(ALEX, 1), document=TASKS, statements=(answer,)))
    assert store.about("dishes") == AtHand((said[0],), (done,))
    assert store.about(said[1].id) == AtHand((said[1], answer), ())
    assert store.about("dish") == AtHand()
    assert store.at_hand() == AtHand()


def test_a_statement_is_found_by_every_name_that_it_speaks_of_as_it_was_sealed_last(path: Path, store: Store) -> None:
    odd = ("a\0b", "\\", '"', "\N{BROOM}", "\uffff")
    asked, taken = statement(1, subject="dishes"), statement(2, "undo", statement(1).id, "dishes", "dishes")
    other = statement(3, "undo", statement(1).id, *odd, document=TASKS)
    store.write(signed(ALEX, 1))
    store.write(Batch(changes=[(TASKS, change(ALEX, 1))]))
    store.write(seal(end(ALEX, 1), statements=(asked, taken)))
    store.write(seal(end(ALEX, 1), document=TASKS, statements=(other,)))
    assert store.about(asked.id) == AtHand((asked, taken, other))
    assert store.about("dishes") == AtHand((asked, taken))
    assert [store.about(name) for name in odd] == [AtHand((other,))] * len(odd)
    assert store.about("a") == store.about("") == AtHand()
    store.write(signed(ALEX, 2))
    moved, news = statement(2, "undo", "laundry"), statement(4, "undo", other.id)
    store.write(seal(end(ALEX, 2), chunk=b"2", statements=(moved, news)))
    store.close()
    again = Store.open(path, KEY)
    assert again.about(asked.id) == AtHand((other,))
    assert again.about("dishes") == AtHand()
    assert again.about("laundry") == AtHand((moved,))
    assert again.about(other.id) == AtHand((other, news))
    again.check()
    again.write(Batch(erase=Erasure(frozenset({TASKS}), ())))
    assert again.about(other.id) == AtHand((news,))
    again.check()
    again.close()


PLANTED = (
    "DELETE FROM spoken_of WHERE name = 'laundry'",
    "UPDATE spoken_of SET statement = statement + 1 WHERE name = 'laundry'",
    "INSERT INTO spoken_of VALUES ('kitchen', 1)",
    "UPDATE statements SET names = '[]' WHERE number = 2",
    "DROP TRIGGER statement_comes; DELETE FROM statements; INSERT INTO statements SELECT * FROM before",
    "DROP TRIGGER statement_goes; DELETE FROM statements",
)


@pytest.mark.parametrize("planted", PLANTED)
def test_a_check_finds_a_statement_that_is_not_found_by_its_names(store: Store, planted: str) -> None:
    store.write(signed(ALEX, 1))
    said = (statement(1, subject="dishes"), statement(2, "task/undo", "laundry", statement(1).id))
    store.write(seal(end(ALEX, 1), statements=said))
    assert store._connection is not None
    store._connection.executescript("CREATE TEMP TABLE before AS SELECT * FROM statements")
    store.check()
    store._connection.executescript(planted)
    with pytest.raises(StoreDamaged, match="is damaged"):
        store.check()


def test_finding_by_a_name_costs_what_speaks_of_it_and_not_what_else_was_said(store: Store) -> None:
    def work() -> int:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        assert store._connection is not None
        store._connection.set_progress_handler(step, 1)
        assert len(store.about(few[0].id).statements) == 3
        store._connection.set_progress_handler(None, 1)
        return steps

    few = (statement(1), *(statement(number, "undo", statement(1).id) for number in (2, 3)))
    others = tuple(statement(number, "undo", statement(number - 1).id) for number in range(5, 1_000))
    store.write(signed(ALEX, 1))
    store.write(seal(end(ALEX, 1), statements=few))
    alone = work()
    store.write(signed(ALEX, 2))
    store.write(seal(end(ALEX, 2), statements=(*few, *others)))
    assert work() <= alone + 10, "among 1,000 others as among none"


def test_what_is_at_hand_is_replaced_whole_and_outlives_a_new_seal(path: Path, store: Store) -> None:
    store.write(signed(ALEX, 1))
    one, two, three = statement(1), statement(2), statement(3)
    open_task, other = record("a", title="A"), record("b", title="B")
    store.write(seal(end(ALEX, 1), statements=(one, two), records=(open_task, other)))
    store.write(choice((one,), (open_task,)))
    assert store.at_hand() == AtHand((one,), (open_task,))
    store.write(choice((one, two), (other, record("missing"))))
    assert store.at_hand() == AtHand((one, two), (other,))
    store.write(signed(ALEX, 2))
    renamed = record("b", title="B, renamed")
    store.write(seal(end(ALEX, 2), chunk=b"2", statements=(two, three), records=(renamed,)))
    assert store.at_hand() == AtHand((two,), (renamed,))
    assert store.about("a") == AtHand()
    assert store.about(one.id) == AtHand()
    store.write(signed(ALEX, 3))
    both = Batch(
        seals=seal(end(ALEX, 3), chunk=b"3", statements=(one, two, three)).seals, at_hand=choice((three,)).at_hand
    )
    store.write(both)
    store.close()
    again = Store.open(path, KEY)
    assert again.at_hand() == AtHand((three,), ())
    again.close()


@pytest.mark.parametrize("kind", [None, "consent", "\U0010ffff", "consent/"])
@pytest.mark.parametrize("documents", [(NOTES,), (NOTES, TASKS), ()], ids=["one", "two", "none"])
def test_history_is_read_in_pages_the_last_said_first(
    store: Store, documents: tuple[DocumentId, ...], kind: str | None
) -> None:
    chance = random.Random(3)  # noqa: S311 - a repeatable test
    kinds = ("consent/given", "consent/revoked", "consents", "task/done", "consent", "\U0010ffff")
    written = {
        document: tuple(
            statement(number, chance.choice(kinds), document=document)
            for number in chance.sample(range(1_000 * place, 1_000 * place + 500), 200)
        )
        for place, document in enumerate((NOTES, TASKS, ids.document_id(b"o" * 16)))
    }
    for document, statements in written.items():
        store.write(Batch(changes=[(document, change(ALEX, 1))]))
        store.write(seal(end(ALEX, 1), document=document, statements=statements))
    found: list[KeptStatement] = []
    while True:
        page = store.history(documents, (found[-1].at, found[-1].id) if found else (AT_END, ""), 7, kind)
        found += page
        if len(page) < 7:
            break
    wanted = [each for document in documents for each in written[document] if kind in {None, each.kind}]
    assert found == sorted(wanted, key=lambda each: (each.at, each.id), reverse=True)
    assert store.history(documents, (AT_END, ""), 0, kind) == store.history(documents, (AT_END, ""), -1, kind) == ()


@pytest.mark.parametrize("kind", ["slip.share", "none.of.it"])
def test_the_history_of_one_kind_costs_what_there_is_of_it_and_not_what_else_was_said(store: Store, kind: str) -> None:
    def work() -> int:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        assert store._connection is not None
        store._connection.set_progress_handler(step, 1)
        assert len(store.history((NOTES, TASKS), (AT_END, ""), 100, kind)) == (5 if kind == "slip.share" else 0)
        store._connection.set_progress_handler(None, 1)
        return steps

    slips = tuple(statement(number, "slip.share") for number in range(0, 500, 100))
    others = tuple(statement(number, f"task.{number % 7}") for number in range(1, 2_000) if number % 100)
    store.write(signed(ALEX, 1))
    store.write(seal(end(ALEX, 1), statements=slips))
    few = work()
    store.write(signed(ALEX, 2))
    store.write(seal(end(ALEX, 2), statements=(*slips, *others)))
    assert work() <= few + 10, "among 2,000 others as among none"
