"""A mail server that keeps what it is sent."""

import logging
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.services.launcher import free_port

# Every command of every letter, in the report of a test that fails.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class PostOffice:
    """Takes every letter, as `EMAIL_URL` names it."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        port = free_port()
        self.url = f"smtp://127.0.0.1:{port}"
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self._controller.start()

    def close(self) -> None:
        self._controller.stop()

    def times(self) -> Counter[str]:
        """How often each letter came, by its Message-ID."""
        return Counter(str(letter["Message-ID"]) for letter in self.letters)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append(letter)
        return "250 OK"
