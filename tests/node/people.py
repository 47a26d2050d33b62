"""What two people do at their devices: show a code, type it, compare three words."""

import asyncio

from collar_sync import Device, Introduction, Person, Space


async def pair(
    inviting: Device,
    space: Space,
    joining: Device,
    *,
    me: str = "Sam",
    device_name: str = "laptop",
    own_device: bool = False,
) -> tuple[Space, Person]:
    """Pair at the loopback address, both people seeing the same words: the joiner's space, and who joined."""
    async with inviting.invite(space, own_device=own_device) as invitation:

        async def same(seen: Introduction) -> bool:
            return seen.words == (await invitation.met()).words

        address = ("127.0.0.1", inviting.port)
        joined = joining.join(invitation.code, me=me, device_name=device_name, address=address, compare=same)
        return await asyncio.gather(joined, invitation.confirm())


async def yes(_seen: Introduction) -> bool:
    """Somebody who sees the same words, or does not look."""
    return True


async def no(_seen: Introduction) -> bool:
    """Somebody who sees other words."""
    return False
