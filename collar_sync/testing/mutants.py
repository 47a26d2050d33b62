"""Planted bugs: each breaks one promise of the production code while its context lasts, and a world must notice.

A mutant replaces a few words in the source of one function, and refuses to exist where those words are not there (any
more): a mutant that changes nothing would be noticed by nobody and prove nothing.
"""

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from collar_sync.core import (
    air,
    ancestry,
    cover,
    engine,
    floor,
    invitations,
    library,
    links,
    membership,
    outline,
    pending,
    replica,
    session,
    space,
    standing,
    talk,
    vault,
)
from collar_sync.core.change import Action
from collar_sync.core.inspect import inspect as inspect_change
from collar_sync.core.outline import STATEMENTS
from collar_sync.core.statement import Said
from collar_sync.domain import consent_book


class Mutant(msgspec.Struct, frozen=True):
    """One planted bug: `plant` while its context lasts; a world notices it within `seeds` seeds.

    `hostile` where only forged messages show it.
    """

    name: str
    plant: Callable[[], Any]
    hostile: bool = False
    seeds: int = 120


@contextmanager
def rewritten(owner: Any, name: str, *words: tuple[str, str]) -> Iterator[None]:
    """Replace words in the source of one function of a class or module: each old ones and new ones."""
    original = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(original))
    for old, new in words:
        if source.count(old) != 1:
            raise LookupError(f"{name} does not say {old!r} once, so this mutant changes nothing.")
        source = source.replace(old, new)
    made: dict[str, Any] = {}
    code = compile("from __future__ import annotations\n" + source, f"<{name}>", "exec")
    exec(code, vars(sys.modules[original.__module__]), made)  # noqa: S102  # our own source, with a few words replaced
    with replaced(owner, name, made[name]):
        yield


@contextmanager
def replaced(owner: Any, name: str, by: Any) -> Iterator[None]:
    """Put something in the place of an attribute."""
    original = inspect.getattr_static(owner, name)
    setattr(owner, name, by)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _no_tip_check() -> Any:
    return rewritten(replica.Replica, "admit", ("if not identity.verify(", "if False and not identity.verify("))


@contextmanager
def _last_revoke_wins() -> Iterator[None]:
    """A grant by anyone that is later by the clock takes a revoke back."""
    read = consent_book.read

    def credulous(statements: Iterable[Said], people: Any, *noun: Any) -> Any:
        statements = list(statements)
        granted: dict[str, int] = {}
        for said in statements:
            if said.kind == consent_book.CONSENT.kind(consent_book.GRANT):
                granted[said.subject] = max(said.at, granted.get(said.subject, 0))
        outdone = {
            said.id for said in statements if said.kind == "consent.revoke" and said.at <= granted.get(said.subject, 0)
        }
        return read([said for said in statements if said.id not in outdone], people, *noun)

    with replaced(consent_book, "read", credulous):
        yield


def _same_actor() -> Any:
    own = "ids.raw_bytes(self.keys.device) + "
    return rewritten(space.Space, "write", (own + "chance[:8]", own + "bytes(8)"))


@contextmanager
def _delete_removes() -> Iterator[None]:
    receive = space.Space.receive

    def forgetful(self: Any, document: Any, raws: Any, tips: Any) -> Any:
        applied = receive(self, document, raws, tips)
        for change in applied.changes:
            for op in inspect_change(change.raw).ops:
                deleted = op.object == STATEMENTS and op.action is Action.DELETE
                if deleted and f"statement_{op.key}" in self.sayings:
                    self.sayings.forget(f"statement_{op.key}")
        return applied

    with replaced(space.Space, "receive", forgetful):
        yield


def _present_membership() -> Any:
    """Only who is enrolled already counts: what is acceptable depends on the order of arrival."""
    return rewritten(space.Space, "receive", ("self.membership.with_more(staged.learnt)", "self.membership"))


@contextmanager
def _half_a_batch() -> Iterator[None]:
    """A batch goes to the disk in two transactions, the later half of its changes and its signatures in the second."""
    whole = "turn.add(Store(token, batch))"
    first = "Batch(batch.changes[: len(batch.changes) // 2])"
    second = "msgspec.structs.replace(batch, changes=batch.changes[len(batch.changes) // 2 :])"
    halves = f"turn.add(Store(-token, {first})); turn.add(Store(token, {second}))"
    known = "self._pending.pop(number)"
    with (
        rewritten(vault.Vault, "_store", (whole, halves)),
        rewritten(pending.OnTheWay, "take", (known, f"{known} if number > 0 else Pending()")),
    ):
        yield


@contextmanager
def _queued() -> Iterator[None]:
    """A change whose causes are missing is taken in, as Automerge would queue it."""
    fed = "self._doc.feed([change.raw for change in staged.changes], heads)"
    with (
        rewritten(
            replica.Replica,
            "_place",
            ("if len(known) < len(ends):", "if False:"),
            ("if not change.ops or not known or change.start_op != max(known) + 1:", "if False:"),
        ),
        rewritten(replica.Replica, "_apply", (f"if not {fed}:", f"if not {fed} and False:")),
        rewritten(
            ancestry.Ancestry, "add", ("for dep in change.deps]", "for dep in change.deps if dep in self._places]")
        ),
    ):
        yield


@contextmanager
def _believed_snapshot() -> Iterator[None]:
    """What a snapshot holds counts as signed by whoever its tips name."""
    adopt = talk.Talk.adopt

    def credulous(self: Any, link: Any, event: Any, turn: Any) -> Any:
        with replaced(cover, "covered", lambda graph, _signed: {digest for _, digest, _ in graph}):
            return adopt(self, link, event, turn)

    with replaced(talk.Talk, "adopt", credulous):
        yield


def _early_confirmation() -> Any:
    kept = "self._vault.keep(space, [applied], turn)"
    said = "wire.encode(session.stored(document, applied.ends()))"
    return rewritten(talk.Talk, "_take", (kept, f"{kept}; send(link, [{said}], turn.out)"))


def _private_offered() -> Any:
    return rewritten(library.Library, "shared", ("each not in self.private and ", ""))


def _signature_left_out() -> Any:
    return rewritten(session, "_batch", ("if actor in actors)", "if actor in actors)[1:]"))


def _answered_early() -> Any:
    later = "lambda later: later.add(events.Answer(event.request, said))"
    now = "turn.add(events.Answer(event.request, said))"
    return rewritten(engine.Engine, "_on_write", (f"applied, turn, {later})", f"applied, turn); {now}"))


def _never_quiet() -> Any:
    """Whatever comes is sent back to where it came from."""
    return rewritten(session.Session, "received", ("clock[actor] = max(seq, clock.get(actor, 0))", "pass"))


def _time_goes_back() -> Any:
    return rewritten(floor.Floor, "now", ("max(self.time, wall)", "wall"))


def _no_cut() -> Any:
    return rewritten(standing.Standing, "beyond", ("return True", "return False"))


def _anybody_removes() -> Any:
    return rewritten(membership.Membership, "_parting", ("if device.person != by.person:", "if False:"))


def _letters_out_of_order() -> Any:
    return rewritten(outline.Outline, "visible", ("siblings.sort()", "siblings.sort(reverse=True)"))


def _nothing_at_hand() -> Any:
    """What is not finished in older chapters is not read at opening."""
    return rewritten(vault.Vault, "_open", ("self._shelf.at_hand()", "AtHand()"))


def _sent_in_vain() -> Any:
    """What a full outbox has no room for is taken for sent."""
    return rewritten(talk.Talk, "_offer", ("while not link.behind:", "while True:"))


def _let_in_unseen() -> Any:
    """The new device is enrolled before this device's person said that the words are the same."""
    return rewritten(invitations.Invitations, "_admission", ("not shown.agreed or ", ""))


def _told_anybody() -> Any:
    """A word goes on being told after the gate closed for whom it was told to."""
    return rewritten(air.Air, "_settle_told", (" if left > 0 and gate(kind, space.me, person, time)}", " if left > 0}"))


def _heard_for_ever() -> Any:
    """A word is heard beyond its lifetime."""
    return rewritten(air.Air, "_lasts", ("hearing.word.left(now, time) <= 0", "False"))


def _told_anew() -> Any:
    """A word that is told again has all of its lifetime once more."""
    lifetime = "telling.word.ends - telling.word.since"
    return rewritten(air.Air, "_send", ("telling.word.body, left)", f"telling.word.body, {lifetime})"))


def _heard_by_anybody() -> Any:
    """Whoever is told a word hears it, whatever they said or know."""
    return rewritten(
        air.Air, "_lasts", ("return self._gate(space)(kind, space.author(device), space.me, time)", "return True")
    )


def _word_written() -> Any:
    """What is told in passing is kept on the disk of whoever hears it."""
    kept = 'self._vault.keep_settings({"word": message.body}, turn)'
    return rewritten(
        air.Air,
        "receive",
        ("hearing.link, hearing.lost = link.id, None", f"hearing.link, hearing.lost = link.id, None; {kept}"),
    )


def _never_hushed() -> Any:
    """A word that is taken back is taken back here alone."""
    return rewritten(air.Air, "_hush", ("if link is not None and", "if False and"))


def _no_reason() -> Any:
    """Somebody who proved its key and said nothing yet is neither connected nor is there a reason why."""
    return rewritten(links.Links, "why_not", ("None if link.session.greeted else SENTENCES[Cause.GREETING]", "None"))


MUTANTS: Final[Mapping[str, Mutant]] = {
    each.name: each
    for each in (
        Mutant("the tip check is gone", _no_tip_check, hostile=True),
        Mutant("the last of grant and revoke wins", _last_revoke_wins),
        Mutant("the actor is kept across openings", _same_actor),
        Mutant("a delete removes a statement", _delete_removes, hostile=True),
        Mutant("acceptance by present membership", _present_membership),
        Mutant("a batch is cut inside a transaction", _half_a_batch),
        Mutant("a change with a missing cause is queued", _queued, hostile=True),
        Mutant("a snapshot's heads are believed", _believed_snapshot, hostile=True),
        Mutant("stored is said before it is written", _early_confirmation),
        Mutant("a private document is offered", _private_offered),
        Mutant("words from beyond a removal's cut count", _no_cut),
        Mutant("anybody removes anybody's device", _anybody_removes, hostile=True),
        Mutant("a signature is left out", _signature_left_out),
        Mutant("a write is answered before it is written", _answered_early),
        Mutant("what is unfinished and at rest is not read", _nothing_at_hand),
        Mutant("the time of folds goes back", _time_goes_back),
        Mutant("a text is edited in another order than it reads", _letters_out_of_order),
        Mutant("changes are sent back to where they came from", _never_quiet),
        Mutant("what a full outbox has no room for is taken for sent", _sent_in_vain),
        Mutant("somebody is let in before the words were compared", _let_in_unseen),
        Mutant("a word is told to one who may not hear it", _told_anybody),
        Mutant("a word is heard after its end", _heard_for_ever),
        Mutant("a word that is told again lasts anew", _told_anew),
        Mutant("a word is heard by one who may not hear it", _heard_by_anybody),
        Mutant("a word in passing is written down", _word_written),
        Mutant("a word is not taken back", _never_hushed),
        Mutant("a device is not connected for no reason", _no_reason),
    )
}
