"""The rules of the shop that can say no."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule refused: nothing was changed.

    `str(error)` is a sentence for the shopper, `code` a word for programs, `status`
    the HTTP status of the API's answer, `extra` more keys for that answer.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: Any = "", **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extra = extra

    def __str__(self) -> str:
        # Lazy translations are rendered when somebody reads them, in their language.
        return str(self.message)

    def as_dict(self) -> dict[str, Any]:
        """The API's answer: detail, code and what helps."""
        return {"detail": str(self), "code": self.code, **self.extra}


class Unavailable(DomainError):
    """A part that the shop depends on does not answer; trying again may help."""

    code = "unavailable"
    status = 503


class TooOften(DomainError):
    """A rate is used up; pages have a page for it (`ErrorPagesMiddleware`)."""

    code = "throttled"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(_("This was sent too often."), retry_after=retry_after)
