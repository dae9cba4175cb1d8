"""One connection to the mail server, and what its answers mean for a letter."""

import smtplib
from contextlib import suppress
from types import TracebackType
from typing import Any

from django.core.mail import EmailMessage, get_connection

from shop.mail import MAIL_ERRORS

CLOSING = 421


class MailerError(Exception):
    """The letter did not leave, or nobody knows."""


class ServerUnavailable(MailerError):
    """The server does not answer, or does not take letters of ours: any of them."""


class Deferred(MailerError):
    """Not now. Or the connection broke, and the letter may even have arrived."""


class Refused(MailerError):
    """This letter, or its reader, for good."""


class Mailer:
    """Opens its connection for the first letter, and anew when the server has gone.

    Not inside a transaction: it waits for another machine, EMAIL_TIMEOUT seconds for
    each thing that it asks.
    """

    def __init__(self) -> None:
        self._connection: Any = get_connection()

    def __enter__(self) -> "Mailer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def send(self, message: EmailMessage) -> None:
        """The server has the letter. Raises one of the errors above.

        A recipient or a text that is refused with a 5xx will not be taken tomorrow; a
        4xx may. What is said before that, to us or to our address as the sender, is
        about the shop's own settings or the server: whatever its number, it passes.
        """
        try:
            self._connection.open()
        except MAIL_ERRORS as error:
            self._close()
            raise ServerUnavailable(_told(error)) from error
        try:
            self._connection.send_messages([message])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise self._answered(code, text) from error
        except smtplib.SMTPDataError as error:
            raise self._answered(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPSenderRefused as error:
            self._close()
            raise ServerUnavailable(_told(error)) from error
        except MAIL_ERRORS as error:
            self._close()
            raise Deferred(_told(error)) from error

    def _answered(self, code: int, text: bytes | str) -> MailerError:
        if code == CLOSING:
            self._close()
        text = text.decode(errors="replace") if isinstance(text, bytes) else text
        error = Refused if 500 <= code < 600 else Deferred
        return error(f"{code} {text}")

    def _close(self) -> None:
        with suppress(*MAIL_ERRORS):
            self._connection.close()


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
