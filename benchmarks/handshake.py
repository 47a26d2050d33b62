"""How long does the arithmetic of a mutual handshake take, beside mutual TLS 1.3 by the standard library.

Both in memory, no socket: every byte that one side gives is handed to the other until both know whom they speak with
and one message of 64 bytes has crossed. Each handshake is full; nothing is resumed.
"""

import datetime as dt
import os
import ssl
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from benchmarks.measure import Table, print_answers, take_turns
from collar_sync import ids
from collar_sync.core.channel import Candidate, Channel
from collar_sync.core.identity import Keys

QUESTION = "Secure handshake, both sides proved"
MESSAGE = b"m" * 64
ROUNDS = 300


class _Noise:
    def __init__(self) -> None:
        self._space = ids.space_id(os.urandom(ids.SHORT_BYTES))
        self._instance = os.urandom(16)
        self._caller, self._called, *others = (Keys.derive(os.urandom(32), os.urandom(16)) for _ in range(5))
        known = [*others, self._caller]  # a household of four devices; the caller is the last one tried
        self._candidates = [
            Candidate(self._space, self._called, keys.public, keys.device, (self._instance,)) for keys in known
        ]

    async def measure(self, rounds: int) -> Sequence[float]:
        return [self._once() for _ in range(rounds)]

    def _once(self) -> float:
        begun = time.perf_counter()
        caller = Channel.initiator(
            keys=self._caller,
            peer=self._called.public,
            space=self._space,
            instance=self._instance,
            ephemeral=os.urandom(32),
        )
        called = Channel.responder(self._candidates, os.urandom(32))
        (answer,) = called.receive(caller.start()).send
        frames = caller.receive(answer).send + caller.seal(MESSAGE)
        heard = [message for frame in frames for message in called.receive(frame).messages]
        assert called.established
        assert MESSAGE in heard
        return time.perf_counter() - begun


class _Tls:
    def __init__(self) -> None:
        self._client = self._context(ssl.PROTOCOL_TLS_CLIENT)
        self._server = self._context(ssl.PROTOCOL_TLS_SERVER)
        own = [_certificate(), _certificate()]
        with tempfile.TemporaryDirectory() as folder:
            for number, (context, (chain, _)) in enumerate(zip((self._client, self._server), own, strict=True)):
                path = Path(folder, str(number))
                path.write_bytes(chain)
                context.load_cert_chain(path)
                context.load_verify_locations(cadata=own[1 - number][1].decode())

    @staticmethod
    def _context(protocol: ssl._SSLMethod) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        if protocol is ssl.PROTOCOL_TLS_SERVER:
            context.num_tickets = 0  # nothing is resumed, so no ticket is made
        return context

    async def measure(self, rounds: int) -> Sequence[float]:
        return [self._once() for _ in range(rounds)]

    def _once(self) -> float:
        begun = time.perf_counter()
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self._client.wrap_bio(to_client, to_server, server_side=False)
        server = self._server.wrap_bio(to_server, to_client, server_side=True)
        waiting = [client, server]
        while waiting:
            for side in tuple(waiting):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue
                waiting.remove(side)
        client.write(MESSAGE)
        assert server.read() == MESSAGE
        return time.perf_counter() - begun


def _certificate() -> tuple[bytes, bytes]:
    """Make a fresh self-signed Ed25519 certificate: with its key, and alone, both PEM."""
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "laptop")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    alone = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + alone, alone


async def run() -> list[Table]:
    """Give the table of this question."""
    rows = await take_turns(
        {"TLS 1.3, standard library, mutual": _Tls().measure, "collar_sync channel (Noise KK)": _Noise().measure},
        ROUNDS,
    )
    return [Table(QUESTION, rows, "ours: the called side tries four known devices, the caller's last")]


if __name__ == "__main__":
    print_answers(run)
