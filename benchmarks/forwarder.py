"""The yardstick: a stock aiosmtpd server on uvloop that forwards mail and does nothing else.

Within the DATA command it hands the message to the next hop with smtplib in a thread,
over connections that it keeps, and answers as the next hop did. (With aiosmtplib it
is slower on large mail and on a single connection, faster only on many small ones.)
"""

from __future__ import annotations

import argparse
import asyncio
import smtplib
import socket

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session


class Forward:
    """aiosmtpd handler that keeps its connections to the next hop."""

    def __init__(self, next_hop: int) -> None:
        self._next_hop = next_hop
        self._idle: list[smtplib.SMTP] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return await asyncio.to_thread(self._forward, envelope)

    def _forward(self, envelope: Envelope) -> str:
        client = self._idle.pop() if self._idle else self._connected()
        assert isinstance(envelope.content, bytes)
        try:
            client.sendmail(envelope.mail_from or "", envelope.rcpt_tos, envelope.content)
        except smtplib.SMTPException:
            return "451 The next hop did not take it"
        self._idle.append(client)
        return "250 OK"

    def _connected(self) -> smtplib.SMTP:
        client = smtplib.SMTP("127.0.0.1", self._next_hop)
        assert client.sock is not None
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client


async def serve(port: int, next_hop: int) -> None:
    """Forward mail from one loopback port to another until cancelled."""
    handler = Forward(next_hop)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("next_hop", type=int)
    options = parser.parse_args()
    uvloop.run(serve(options.port, options.next_hop))
