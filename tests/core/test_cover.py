"""One signature of a device stands for all of its own in the past of what it signed, and for nothing else."""

from collar_sync.core.cover import covered, needed

A, B = b"a" * 16, b"b" * 16
A1, A2, B1 = A + b"opening1", A + b"opening2", B + b"opening1"

# a1 ← b1 ← a2, and a lone b2 beside them
LINE = [(A1, b"a1", ()), (B1, b"b1", (b"a1",)), (A2, b"a2", (b"b1",))]


def test_a_later_opening_covers_an_earlier_one_through_anothers_change() -> None:
    assert covered(LINE, {b"a2"}) == {b"a1", b"a2"}
    assert covered(LINE, {b"a2", b"b1"}) == {b"a1", b"b1", b"a2"}


def test_nobody_covers_anothers_change_and_an_earlier_signature_covers_no_later_change() -> None:
    assert covered(LINE, {b"b1"}) == {b"b1"}
    assert covered(LINE, {b"a1"}) == {b"a1"}
    assert covered(LINE, {b"unknown"}) == set()


def test_what_is_not_in_the_past_is_not_covered() -> None:
    beside = [*LINE, (A1 + b"", b"a3", (b"a1",))]
    assert covered(beside, {b"a2"}) == {b"a1", b"a2"}


def test_only_the_ends_that_nothing_later_of_their_device_covers_need_a_tip() -> None:
    assert needed(LINE) == {A2, B1}
    assert needed([(A1, b"a1", ()), (A2, b"a2", ())]) == {A1, A2}
    assert needed([]) == set()
