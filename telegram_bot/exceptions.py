"""What Telegram can say instead of yes, and what the bot's own rules refuse."""

from django.utils.translation import gettext_lazy as _

from shop.exceptions import DomainError


class TelegramError(Exception):
    """Telegram has not done what it was asked. Its text never holds the token."""


class Unreachable(TelegramError):
    """No answer, or one of 500 and more: trying again may help."""


class TooManyMessages(TelegramError):
    """429: not before `retry_after` seconds."""

    def __init__(self, text: str, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class TokenRefused(TelegramError):
    """401 or 404: there is no bot of this token."""


class BotBlocked(TelegramError):
    """403: the person has blocked the bot, or the group has removed it."""


class Conflict(TelegramError):
    """409: somebody else asks for updates, or they go to a webhook."""


class CallRefused(TelegramError):
    """Any other no. `moved_to` is the group's new number, if that was the reason."""

    def __init__(self, text: str, moved_to: int | None = None) -> None:
        super().__init__(text)
        self.moved_to = moved_to


class ChatBusy(Exception):
    """Another update of this chat is being answered for too long."""


class StaleButton(Exception):
    """What the button stood for is not there any more, or never was."""


class LinkCodeRefused(DomainError):
    """Forged, too old, used before, or of an account that has changed since."""

    code = "link_code_refused"

    def __init__(self) -> None:
        super().__init__(
            _(
                "This code is not valid any more. Take a new one on the page of your"
                " account."
            )
        )


class NotSignedIn(DomainError):
    code = "not_authenticated"

    def __init__(self) -> None:
        super().__init__(_("Please sign in first."))


class OrderNotFound(DomainError):
    """There is none of this number, or it is somebody else's: nobody learns which."""

    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__(_("You have no order of this number."))
