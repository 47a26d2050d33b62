"""Every step of a connection has its time: whoever stalls there is let go of then and not before; keys grow old too."""

from collections.abc import Callable
from typing import Final

import pytest

from collar_sync import ids, limits
from collar_sync.core import events, wire
from collar_sync.core.answered import hour
from collar_sync.core.channel import Candidate, Channel
from collar_sync.core.edits import SetFields
from collar_sync.core.identity import Keys, person_of
from collar_sync.core.links import Link
from collar_sync.core.pairing import Inviter, Joiner
from collar_sync.core.pairing_frames import Offer, Verdict
from collar_sync.testing import World, found_space

CODE: Final = "12345678"
PLACE: Final = events.Address("Sam", 77)
INCOMING: Final = -900  # the connection of somebody who says so much and no more
NEAR_MILLISECONDS: Final = 400  # so long before its time a step may still be taken, and so long after it none
NEW: Final = Keys.derive(b"n" * 32, b"salt of a space!")
ELSEWHERE: Final = ids.space_id(b"elsewhere" + bytes(7))
HELLO: Final = wire.encode(wire.Hello(limits.WIRE_VERSION_OLDEST, limits.WIRE_VERSION))


class Stalling:
    """Alex's device, and Sam's keys in the hands of software that stalls; Sam's own device is off."""

    def __init__(self) -> None:
        self.world = World(1)
        self.world.network.announces = False
        self.alex, sam = self.world.add("Alex"), self.world.add("Sam")
        found_space(self.world, ["Alex", "Sam"])
        self.sam = sam.space.keys
        self.world.close(sam)
        self.world.arrive()
        self.world.wait(60_000)
        self.world.network.calls.clear()

    def tell(self, event: events.Event) -> list[bytes]:
        """What Alex's device sends when this happens."""
        out = self.alex.running.handle(event, self.world.moment(self.alex), self.world.draw)
        for effect in out:
            self.world.effects.carry_out(self.alex, effect)
        return [frame for each in out if isinstance(each, events.Send) for frame in each.frames]

    def opened(self) -> int:
        self.tell(events.Opened(INCOMING, "10.0.0.9"))
        return INCOMING

    def hears(self, number: int, *frames: bytes) -> list[bytes]:
        return [answer for frame in frames for answer in self.tell(events.Received(number, frame))]

    def links(self) -> dict[int, Link]:
        return {link.id: link for link in self.alex.running.links.all()}

    def dialled(self) -> int:
        """Alex's device calls where Sam's software is now."""
        self.tell(events.Locate(PLACE))
        (number,) = (each.id for each in self.links().values() if each.address == PLACE)
        return number

    def instance(self) -> bytes:
        return hour(self.world.moment(self.alex).wall)

    # --- devices that know each other ---

    def says_nothing(self) -> int:
        return self.opened()

    def calls(self) -> tuple[int, Channel, bytes]:
        space = self.alex.space
        channel = Channel.initiator(
            keys=self.sam,
            peer=space.keys.public,
            space=space.id,
            instance=self.instance(),
            ephemeral=self.world.draw(32),
        )
        number = self.opened()
        (answer,) = self.hears(number, channel.start())
        return number, channel, answer

    def calls_and_proves_nothing(self) -> int:
        return self.calls()[0]

    def proves(self) -> tuple[int, Channel]:
        number, channel, answer = self.calls()
        assert self.hears(number, *channel.receive(answer).send), "it is greeted"
        return number, channel

    def proves_and_does_not_greet(self) -> int:
        return self.proves()[0]

    def greets_and_does_not_say_what_it_has(self) -> int:
        number, channel = self.proves()
        self.hears(number, *channel.seal(HELLO))
        return number

    def is_never_reached(self) -> int:
        return self.dialled()

    def does_not_answer_a_call(self) -> int:
        number = self.dialled()
        assert self.tell(events.Opened(number)), "the call"
        return number

    def answers_and_does_not_greet(self) -> int:
        number = self.dialled()
        space = self.alex.space
        alex = Candidate(space.id, self.sam, space.keys.public, space.keys.device, (self.instance(),))
        (call,) = self.tell(events.Opened(number))
        (answer,) = Channel.responder([alex], self.world.draw(32)).receive(call).send
        assert self.hears(number, answer), "the proof, and what is there"
        return number

    # --- somebody who knows the code that Alex's device shows ---

    def shown(self) -> tuple[int, int, Joiner]:
        space = self.alex.space
        request = self.world.request(self.alex, lambda number: events.Invite(number, space.id, CODE))
        return request, self.opened(), Joiner(CODE, NEW, "Robin", "phone", self.world.draw)

    def types_the_code_and_proves_nothing(self) -> int:
        _, number, joiner = self.shown()
        assert self.hears(number, joiner.start())
        return number

    def proves_the_code_and_does_not_join(self) -> int:
        _, number, joiner = self.shown()
        (answer,) = self.hears(number, joiner.start())
        assert self.hears(number, joiner.receive(answer).send or b"")
        return number

    def joins(self) -> tuple[int, int, Joiner]:
        request, number, joiner = self.shown()
        (answer,) = self.hears(number, joiner.start())
        (offer,) = self.hears(number, joiner.receive(answer).send or b"")
        assert self.hears(number, joiner.receive(offer).send or b"") == []
        return request, number, joiner

    def joins_and_does_not_compare(self) -> int:
        request, number, _ = self.joins()
        self.tell(events.Compared(request, same=True))
        return number

    def joins_a_person_who_does_not_compare(self) -> int:
        _, number, joiner = self.joins()
        self.hears(number, joiner.decide(Verdict.YES))
        return number

    # --- somebody who shows the code that is typed into Alex's device ---

    def typed(self) -> tuple[int, int, Inviter]:
        request = self.world.request(self.alex, lambda number: events.Join(number, CODE, "Alex", "laptop", PLACE))
        (number,) = (each.id for each in self.links().values() if each.pairing == request)
        offer = Offer(ELSEWHERE, "Theirs", person_of(NEW.device), "Robin", "phone", NEW.public)
        return request, number, Inviter(CODE, offer, NEW.exchange_secret, self.world.draw)

    def does_not_answer_a_code(self) -> int:
        _, number, _ = self.typed()
        assert self.tell(events.Opened(number))
        return number

    def answers_and_proves_no_code(self) -> int:
        _, number, inviter = self.typed()
        (hello,) = self.tell(events.Opened(number))
        assert self.hears(number, inviter.receive(hello).send or b"")
        return number

    def offers(self) -> tuple[int, int]:
        request, number, inviter = self.typed()
        (hello,) = self.tell(events.Opened(number))
        (proof,) = self.hears(number, inviter.receive(hello).send or b"")
        assert self.hears(number, inviter.receive(proof).send or b"")
        return request, number

    def offers_and_does_not_compare(self) -> int:
        return self.offers()[1]

    def offers_and_does_not_answer_a_yes(self) -> int:
        request, number = self.offers()
        self.tell(events.Compared(request, same=True))
        return number


TIMES: Final[dict[Callable[[Stalling], int], int]] = {
    Stalling.says_nothing: limits.HANDSHAKE_MILLISECONDS_MAX,
    Stalling.calls_and_proves_nothing: limits.HANDSHAKE_MILLISECONDS_MAX,
    Stalling.proves_and_does_not_greet: limits.GREETING_MILLISECONDS_MAX,
    Stalling.greets_and_does_not_say_what_it_has: limits.GREETING_MILLISECONDS_MAX,
    Stalling.is_never_reached: limits.HANDSHAKE_MILLISECONDS_MAX,
    Stalling.does_not_answer_a_call: limits.HANDSHAKE_MILLISECONDS_MAX,
    Stalling.answers_and_does_not_greet: limits.GREETING_MILLISECONDS_MAX,
    Stalling.types_the_code_and_proves_nothing: limits.HANDSHAKE_MILLISECONDS_MAX,
    Stalling.proves_the_code_and_does_not_join: limits.HANDSHAKE_MILLISECONDS_MAX,
    Stalling.joins_and_does_not_compare: limits.COMPARE_MILLISECONDS_MAX,
    Stalling.joins_a_person_who_does_not_compare: limits.COMPARE_MILLISECONDS_MAX,
    Stalling.does_not_answer_a_code: limits.HANDSHAKE_MILLISECONDS_MAX,
    Stalling.answers_and_proves_no_code: limits.HANDSHAKE_MILLISECONDS_MAX,
    Stalling.offers_and_does_not_compare: limits.COMPARE_MILLISECONDS_MAX + limits.HANDSHAKE_MILLISECONDS_MAX,
    Stalling.offers_and_does_not_answer_a_yes: limits.COMPARE_MILLISECONDS_MAX + limits.HANDSHAKE_MILLISECONDS_MAX,
}
"""Who shows a code hears of its end from the other side, whose clock runs out first."""


@pytest.mark.parametrize("stalls", TIMES, ids=lambda each: each.__name__)
def test_whoever_stalls_is_let_go_of_in_time_and_not_before(stalls: Callable[[Stalling], int]) -> None:
    each = Stalling()
    number = stalls(each)
    each.world.wait(TIMES[stalls] - NEAR_MILLISECONDS)
    assert number in each.links(), "a slow one has its time"
    each.world.wait(2 * NEAR_MILLISECONDS)
    assert number not in each.links()
    assert (each.alex.name, number) not in each.world.network._ends


def test_whom_a_code_let_in_does_not_keep_the_connection_that_it_came_by() -> None:
    each = Stalling()
    request, number, joiner = each.joins()
    each.world.tell(each.alex, events.Received(number, joiner.decide(Verdict.YES)))
    each.world.tell(each.alex, events.Compared(request, same=True))
    each.world.arrive()
    assert request in each.alex.answers
    each.world.wait(NEAR_MILLISECONDS)
    assert number not in each.links(), "pairing is done, and nobody else closes it where the other side does not"


# --- keys that served for long enough ---


def test_both_sides_change_keys_every_quarter_of_an_hour_though_nothing_is_said_and_no_more_often() -> None:
    world = World(1)
    world.network.announces = False
    alex, sam = world.add("Alex"), world.add("Sam")
    found_space(world, ["Alex", "Sam"])
    (one,), (other,) = (device.running.links.of_space(alex.space.id) for device in (alex, sam))

    def keys() -> tuple[bytes, bytes]:
        assert one.channel is not None
        assert other.channel is not None
        sides = (one.channel._sending, other.channel._receiving), (other.channel._sending, one.channel._receiving)
        found: list[bytes] = []
        for sends, receives in sides:
            assert sends is not None
            assert receives is not None
            assert (sends._key, sends.nonce) == (receives._key, receives.nonce)
            found.append(sends._key)
        return found[0], found[1]

    used = [keys()]
    for _ in range(3):
        for _ in range(14):
            world.wait(60_000)
            world.arrive()
            assert keys() == used[-1]
        world.wait(61_000)
        world.arrive()
        used.append(keys())
    for direction in zip(*used, strict=True):
        assert len({*direction}) == len(used)
    world.answer(sam, lambda number: events.Write(number, sam.space.id, None, (SetFields("note", "1", {"a": 1}),)))
    world.arrive()
    assert alex.space.library.records("note/"), "and what is said is still understood"
