"""A real SMTP server on this machine, which does as it is told."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """What arrived; and what is answered instead, by the name of the SMTP command.

    `answers["RCPT"]` is a list of answers to give before the usual one. "hang up" cuts
    the connection; after DATA that is after the letter has arrived.
    """

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.answers: dict[str, list[str]] = {}
        self.connections = 0

    def _answer(self, command: str, server: Any) -> str | None:
        waiting = self.answers.get(command)
        if not waiting:
            return None
        answer = waiting.pop(0)
        if answer == "hang up":
            server.transport.abort()
            return "421 gone"
        return answer

    async def handle_HELO(self, server: Any, *args: Any) -> str:
        return "250 localhost"

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, lines: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        if answer := self._answer("EHLO", server):
            return [answer]
        return lines

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if answer := self._answer("MAIL", server):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if answer := self._answer("RCPT", server):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = (self.answers.get("DATA") or [""])[0]
        if answer in {"", "hang up"}:
            self.letters.append(message_from_bytes(envelope.content, policy=default))
        return self._answer("DATA", server) or "250 OK"

    def holds(self, count: int) -> bool:
        return len(self.letters) >= count

    @property
    def ids(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.letters]

    @property
    def readers(self) -> list[str]:
        return [letter["To"] for letter in self.letters]


@contextmanager
def running(mailbox: Mailbox, port: int) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    server = Controller(
        mailbox, loop=loop, hostname="127.0.0.1", port=port, ready_timeout=20
    )
    server.start()
    # Its own question whether it is there.
    mailbox.connections = 0
    try:
        yield
    finally:
        server.stop()
        loop.close()
