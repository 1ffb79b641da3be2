"""A small name server (RFC 1035, over UDP) that changes its mind, and the question put to it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from typing import cast

from attrs import Factory, define

A, IN = 1, 1


@define
class NameServer(asyncio.DatagramProtocol):
    """Answers the next of its lists of addresses each time it is asked; the last one for ever, and with a TTL of 0."""

    answers: list[Sequence[str]]
    port: int = 0
    asked: list[str] = Factory(list)
    transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, sender: tuple[str | int, ...]) -> None:
        labels, end = [], 12
        while length := data[end]:
            labels.append(data[end + 1 : end + 1 + length].decode())
            end += 1 + length
        self.asked.append(".".join(labels))
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        head = data[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        records = [
            struct.pack("!HHHIH", 0xC00C, A, IN, 0, 4) + IPv4Address(address).packed for address in found
        ]  # 0xC00C points at the name of the question
        assert self.transport is not None
        self.transport.sendto(head + data[12 : end + 5] + b"".join(records), sender)


@asynccontextmanager
async def naming(*answers: Sequence[str]) -> AsyncIterator[NameServer]:
    made = NameServer(list(answers))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: made, ("127.0.0.1", 0))
    made.port = transport.get_extra_info("sockname")[1]
    try:
        yield made
    finally:
        transport.close()


def resolver(server: NameServer) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """What asks this server, each time anew."""

    async def resolve(name: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        question = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.setblocking(False)
            end.connect(("127.0.0.1", server.port))
            await loop.sock_sendall(
                end, struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + question + struct.pack("!BHH", 0, A, IN)
            )
            data = await loop.sock_recv(end, 1500)
        count = struct.unpack("!H", data[6:8])[0]
        # Each record is 16 bytes at the end, its address the last four.
        return [str(IPv4Address(data[len(data) - 16 * place - 4 : len(data) - 16 * place])) for place in range(count)]

    return resolve
